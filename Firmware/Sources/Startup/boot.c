/* Tells one start of the board from the next. */
#include "startup.h"

#if defined(__wasm__)

uint32_t boot_count(void) { return 0; } /* each start has a memory of its own */

#else

extern uint32_t __stack_limit;

/* The lowest word of the stack's memory, which nobody clears and no stack of ours reaches, keeps
 * the count through a reset; after power-up it begins with what the RAM happens to hold. */
uint32_t boot_count(void) {
  volatile uint32_t *count = &__stack_limit;
  return *count += 1;
}

#endif
