# Arm MPS2 with the AN505 image, in QEMU.
core=cortex-m33
triple=armv7em-none-none-eabi
clock_hz=20000000
toolset=cortex-m4 # Armv7E-M code, which the core runs; see Firmware/build
emulator=(qemu-system-arm -M mps2-an505 -nographic -semihosting-config enable=on,target=native -kernel)
