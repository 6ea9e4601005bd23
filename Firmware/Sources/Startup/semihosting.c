/* Ends the program through Arm's semihosting: SYS_EXIT_EXTENDED (0x20) with the reason
 * ADP_Stopped_ApplicationExit (0x20026) and an exit code, both as wide as a register.
 * Source: Arm, "Semihosting for AArch32 and AArch64". */
#if defined(__arm__) || defined(__aarch64__)

#include "startup.h"

_Noreturn void semihosting_exit(int32_t code) {
  uintptr_t block[2] = {0x20026, (uintptr_t)code};
#if defined(__aarch64__)
  register uintptr_t operation __asm__("x0") = 0x20;
  register void *argument __asm__("x1") = block;
  __asm__ volatile("hlt 0xf000" ::"r"(operation), "r"(argument) : "memory");
#else
  register uintptr_t operation __asm__("r0") = 0x20;
  register void *argument __asm__("r1") = block;
  __asm__ volatile("bkpt 0xab" ::"r"(operation), "r"(argument) : "memory");
#endif
  halt();
}

#endif
