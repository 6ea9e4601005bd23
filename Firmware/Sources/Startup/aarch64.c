/* Reset and exceptions of an AArch64 core that starts in EL1 with the MMU off.
 * Source: Arm Architecture Reference Manual for A-profile, "CPACR_EL1", "VBAR_EL1". */
#if defined(__aarch64__)

#include "startup.h"

/* The first instruction: the vector unit on, a stack, where exceptions go, and on to C. */
__attribute__((naked, section(".text.start"))) void start(void) {
  __asm__ volatile(
      "mov x0, #0x300000\n" /* FPEN: no trap */
      "msr cpacr_el1, x0\n"
      "isb\n"
      "adrp x0, __stack_top\n"
      "add x0, x0, :lo12:__stack_top\n"
      "mov sp, x0\n"
      "adrp x0, exception_vectors\n"
      "add x0, x0, :lo12:exception_vectors\n"
      "msr vbar_el1, x0\n"
      "b start_in_c");
}

__attribute__((used)) void start_in_c(void) {
  initialize_memory();
  run_program();
}

/* A fault. */
__attribute__((used)) void fault_handler(void) { machine_exit(70); }

/* Sixteen entries of 128 bytes. */
__attribute__((naked, used, aligned(2048))) void exception_vectors(void) {
  __asm__ volatile(".rept 16\n b fault_handler\n .balign 128\n .endr");
}

#endif
