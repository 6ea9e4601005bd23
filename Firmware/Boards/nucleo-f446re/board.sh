# ST Nucleo-F446RE. In QEMU its image runs on the Netduino Plus 2's STM32F405, which has the same core,
# the same memories and USART2 at the same addresses; its program ends by waiting, as on the board.
core=cortex-m4
triple=armv7em-none-none-eabi
clock_hz=16000000
emulator=(qemu-system-arm -M netduinoplus2 -display none -monitor none -serial null -serial stdio
  -kernel)
