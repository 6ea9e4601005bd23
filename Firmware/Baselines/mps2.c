/* Measures a baseline as Sources/Benchmark measures a network, on the MPS2 board's Cortex-M4. */
#include "baseline.h"
#include "startup.h"

enum { STEPS = 64, LOOPS = 1 << 23 };

void machine_start(void) {
  *(volatile uint32_t *)0x40004008 = 1;         /* transmitter on */
  *(volatile uint32_t *)0xE000ED88 |= 0xF << 20; /* CPACR: the floating-point unit on */
}

_Noreturn void machine_exit(int32_t code) { semihosting_exit(code); }

static void print(const char *text) {
  while (*text) *(volatile uint32_t *)0x40004000 = (uint8_t)*text++;
}

static void print_decimal(uint32_t value) {
  char digit[2] = {(char)('0' + value % 10), 0};
  if (value >= 10) print_decimal(value / 10);
  print(digit);
}

static uint32_t ticks_of_steps(int steps) {
  clock_start();
  for (int step = 0; step < STEPS; step++) {
    baseline_fill_input();
    if (step < steps) baseline_step();
  }
  return clock_ticks();
}

__attribute__((noinline)) static void measure(void) {
  uint32_t stack = 0;
  baseline_prepare();
  for (int step = 0; step < 8; step++) {
    baseline_fill_input();
    stack_paint();
    baseline_step();
    if (stack_used() > stack) stack = stack_used();
  }
  clock_start();
  counted_loop(LOOPS);
  float instructions = 2.0f * LOOPS / (float)clock_ticks();
  uint32_t ticks = ticks_of_steps(STEPS) - ticks_of_steps(0);
  print("baseline: ");
  print_decimal((uint32_t)((float)ticks * instructions / STEPS + 0.5f));
  print(" instructions a step, stack ");
  print_decimal(stack);
  print(" bytes\n");
}

int main(int count, char **arguments) {
  (void)count, (void)arguments;
  measure();
  return 0;
}
