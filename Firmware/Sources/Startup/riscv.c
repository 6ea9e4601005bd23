/* Reset and exceptions of a RISC-V core in machine mode. */
#if defined(__riscv)

#include "startup.h"

extern int main(int, char **);

/* The first instruction: a stack, where exceptions go, and on to C. */
__attribute__((naked, section(".text.start"))) void start(void) {
  __asm__ volatile(
      "la sp, __stack_top\n"
      "la t0, fault_handler\n"
      "csrw mtvec, t0\n"
      "j run_program");
}

__attribute__((used)) void run_program(void) {
  initialize_memory();
  main(0, 0);
  machine_exit(0);
}

/* A fault or an unexpected interrupt: 70 is the exit code of a bug. */
__attribute__((used, aligned(4))) void fault_handler(void) { machine_exit(70); }

/* The test device of SiFive's machines and of QEMU's `virt`: 0x5555 passes, 0x3333 fails with the
 * code above it. Source: QEMU, hw/misc/sifive_test.c. */
_Noreturn void machine_exit(int32_t code) {
  *(volatile uint32_t *)0x100000 = code == 0 ? 0x5555 : (uint32_t)code << 16 | 0x3333;
  for (;;) {
  }
}

#endif
