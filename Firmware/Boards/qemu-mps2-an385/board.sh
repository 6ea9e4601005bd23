# Arm MPS2 with the AN385 image, in QEMU.
core=cortex-m3
triple=armv7em-none-none-eabi
clock_hz=25000000
emulator=(qemu-system-arm -M mps2-an385 -nographic -semihosting-config enable=on,target=native -kernel)
