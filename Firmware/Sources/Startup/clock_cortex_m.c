/* The clock of a Cortex-M: SysTick, 24 bits that count down with the processor's clock.
 * Source: Armv7-M Architecture Reference Manual, B3.3. */
#if defined(__arm__)

#include "startup.h"

static volatile uint32_t *const control = (volatile uint32_t *)0xE000E010;
static volatile uint32_t *const reload = (volatile uint32_t *)0xE000E014;
static volatile uint32_t *const value = (volatile uint32_t *)0xE000E018;

void clock_start(void) {
  *reload = 0xFFFFFF;
  *value = 0;   /* any write clears it; it reloads with the next tick */
  *control = 5; /* processor clock, enabled, no interrupt */
}

uint32_t clock_ticks(void) { return (0 - *value) & 0xFFFFFF; }

__attribute__((noinline)) void counted_loop(uint32_t count) {
  __asm__ volatile(".syntax unified\n1: subs %0, #1\n bne 1b" : "+l"(count) : : "cc");
}

#endif
