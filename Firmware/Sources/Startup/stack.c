/* Measures the stack: paint what is free, run, look how far the paint is gone. In WebAssembly it is
 * the stack in linear memory, where variables lie whose addresses are taken. */
#include "startup.h"

enum { PAINTED_WORDS = 1024 };
static const uint32_t PAINT = 0xA5A5A5A5u;

#if defined(__wasm__)
extern uint32_t stack_limit __asm__("__stack_low");
#else
extern uint32_t stack_limit __asm__("__stack_limit");
#endif
static volatile uint32_t *top, *bottom;

/* The paint ends this far below the frame of stack_paint(), whose caller's calls start there. */
__attribute__((noinline)) void stack_paint(void) {
  top = (volatile uint32_t *)__builtin_frame_address(0) - 16;
  bottom = top - &stack_limit > PAINTED_WORDS ? top - PAINTED_WORDS : &stack_limit;
  for (volatile uint32_t *word = bottom; word < top; word++) *word = PAINT;
}

__attribute__((noinline)) uint32_t stack_used(void) {
  const volatile uint32_t *word = bottom;
  while (word < top && *word == PAINT) word++;
  return (uint32_t)(top - word + 16) * sizeof(uint32_t);
}
