/* Measures the stack: paint what is free, run, look how far the paint is gone. */
#if defined(__arm__)

#include "startup.h"

enum { PAINTED_WORDS = 1024 };
static const uint32_t PAINT = 0xA5A5A5A5u;

static volatile uint32_t *top;

/* The paint ends this far below the frame of stack_paint(), whose caller's calls start there. */
__attribute__((noinline)) void stack_paint(void) {
  top = (volatile uint32_t *)__builtin_frame_address(0) - 16;
  for (int word = 1; word <= PAINTED_WORDS; word++) top[-word] = PAINT;
}

__attribute__((noinline)) uint32_t stack_used(void) {
  int untouched = PAINTED_WORDS;
  while (untouched > 0 && top[-untouched] == PAINT) untouched--;
  return (uint32_t)(untouched + 16) * sizeof(uint32_t);
}

#endif
