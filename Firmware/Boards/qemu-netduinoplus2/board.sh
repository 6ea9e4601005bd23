# Netduino Plus 2 with an STM32F405, in QEMU.
core=cortex-m4
triple=armv7em-none-none-eabi
clock_hz=168000000
emulator=(qemu-system-arm -M netduinoplus2 -nographic -semihosting-config enable=on,target=native
  -kernel)
