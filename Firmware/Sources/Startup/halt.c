/* The end on a board. */
#include "startup.h"

_Noreturn void halt(void) {
  for (;;) {
#if !defined(__wasm__)
    __asm__ volatile("wfi");
#endif
  }
}
