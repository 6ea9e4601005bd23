# Arm MPS3 with the AN547 image, in QEMU.
core=cortex-m55
triple=armv7em-none-none-eabi
clock_hz=32000000
toolset=cortex-m4 # Armv7E-M code, which the core runs; see Firmware/build
emulator=(qemu-system-arm -M mps3-an547 -nographic -semihosting-config enable=on,target=native -kernel)
