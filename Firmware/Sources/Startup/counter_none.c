/* Other cores time no step. */
#if !defined(__arm__) && !defined(__riscv)

#include "startup.h"

const char *counter_name(void) { return 0; }
void counter_start(void) {}
uint32_t counter_elapsed(void) { return UINT32_MAX; }

#endif
