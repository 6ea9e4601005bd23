/* The clock of a RISC-V core: instructions retired.
 * Source: The RISC-V Instruction Set Manual, volume II, "Hardware Performance Monitor". */
#if defined(__riscv)

#include "startup.h"

static uint32_t first;

static uint32_t retired(void) {
  uint32_t count;
  __asm__ volatile("csrr %0, minstret" : "=r"(count));
  return count;
}

void clock_start(void) { first = retired(); }

uint32_t clock_ticks(void) { return retired() - first; }

__attribute__((noinline)) void counted_loop(uint32_t count) {
  __asm__ volatile("1: addi %0, %0, -1\n bnez %0, 1b" : "+r"(count));
}

#endif
