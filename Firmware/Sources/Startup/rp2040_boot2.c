/* The first 256 bytes of an RP2040's flash. The boot ROM copies them to RAM and runs them: they set up
 * the serial interface so that reads of 0x10000000 and above read flash, with the command that every
 * flash chip knows, and go on to the program behind them. Other boards' linker scripts leave them out.
 * Source: Raspberry Pi, RP2040 Datasheet, "Second Stage", "SSI". */
#if defined(__arm__) && __ARM_ARCH == 6

__attribute__((naked, used, section(".boot2"))) void rp2040_boot2(void) {
  __asm__ volatile(
      ".syntax unified\n"
      "ldr r3, =0x18000000\n" /* SSI */
      "movs r1, #0\n"
      "str r1, [r3, #0x08]\n" /* SSIENR: off */
      "movs r1, #4\n"
      "str r1, [r3, #0x14]\n" /* BAUDR: a fourth of the core's clock */
      "ldr r1, =0x001F0300\n"
      "str r1, [r3, #0x00]\n" /* CTRLR0: one line, frames of 32 bits, sends, then receives */
      "movs r1, #0\n"
      "str r1, [r3, #0x04]\n" /* CTRLR1: one frame */
      "ldr r1, =0x03000218\n"
      "ldr r0, =0x180000F4\n"
      "str r1, [r0]\n" /* SPI_CTRLR0: command 0x03 of 8 bits, address of 24 bits */
      "movs r1, #1\n"
      "str r1, [r3, #0x08]\n" /* SSIENR: on */
      "ldr r0, =0x10000100\n"  /* the vectors */
      "ldr r1, =0xE000ED08\n"
      "str r0, [r1]\n" /* VTOR */
      "ldmia r0, {r0, r1}\n"
      "msr msp, r0\n"
      "bx r1\n"
      ".ltorg\n"
      ".org 252\n"
      ".word 0x3C019546\n"); /* CRC-32 of the bytes before; Tools/flash_image checks it */
}

#endif
