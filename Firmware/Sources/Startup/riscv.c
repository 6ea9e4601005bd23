/* Reset and exceptions of a RISC-V core in machine mode. */
#if defined(__riscv)

#include "startup.h"

/* The first instruction: a stack, where exceptions go, and on to C. */
__attribute__((naked, section(".text.start"))) void start(void) {
  __asm__ volatile(
      "la sp, __stack_top\n"
      "la t0, fault_handler\n"
      "csrw mtvec, t0\n"
      "j start_in_c");
}

__attribute__((used)) void start_in_c(void) {
  initialize_memory();
  run_program();
}

/* A fault. Some cores take the lowest eight bits of mtvec for something else. */
__attribute__((used, aligned(256))) void fault_handler(void) { machine_exit(70); }

#endif
