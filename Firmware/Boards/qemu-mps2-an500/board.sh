# Arm MPS2 with the AN500 image, in QEMU.
core=cortex-m7
triple=armv7em-none-none-eabi
clock_hz=25000000
emulator=(qemu-system-arm -M mps2-an500 -nographic -semihosting-config enable=on,target=native -kernel)
