# BBC micro:bit, in QEMU.
core=cortex-m0
triple=armv6m-none-none-eabi
clock_hz=16000000
emulator=(qemu-system-arm -M microbit -nographic -semihosting-config enable=on,target=native -kernel)
