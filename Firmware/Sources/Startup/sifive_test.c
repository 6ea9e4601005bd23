/* Ends the program through SiFive's test device: 0x5555 passes, 0x3333 fails with the code above it.
 * Source: QEMU, hw/misc/sifive_test.c. */
#if defined(__riscv)

#include "startup.h"

_Noreturn void sifive_test_exit(int32_t code) {
  *(volatile uint32_t *)0x100000 = code == 0 ? 0x5555 : (uint32_t)code << 16 | 0x3333;
  halt();
}

#endif
