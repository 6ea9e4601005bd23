/* Gives the static variables their first values; a WebAssembly module starts with them. */
#if !defined(__wasm__)

#include "startup.h"

extern uint32_t __data_start, __data_end, __data_load, __bss_start, __bss_end;

void initialize_memory(void) {
  const uint32_t *source = &__data_load;
  for (uint32_t *word = &__data_start; word < &__data_end;) *word++ = *source++;
  for (uint32_t *word = &__bss_start; word < &__bss_end;) *word++ = 0;
}

#endif
