/* What times a step on a RISC-V core: mcycle; on an ESP32-C3, which has none, its own counter.
 * Sources: The RISC-V Instruction Set Manual, volume II, "Hardware Performance Monitor"; Espressif,
 * ESP32-C3 Technical Reference Manual, "Performance Counter CSRs". */
#if defined(__riscv)

#include "startup.h"

#define READ(csr)                                       \
  ({                                                    \
    uintptr_t value;                                    \
    __asm__ volatile("csrr %0, " #csr : "=r"(value));   \
    value;                                              \
  })
enum { ESPRESSIF = 0x612 };

static uint32_t first;

static uint32_t cycles(void) {
  return (uint32_t)(READ(mvendorid) == ESPRESSIF ? READ(0x7E2) /* mpccr */ : READ(mcycle));
}

const char *counter_name(void) {
  if (READ(mvendorid) != ESPRESSIF) return "mcycle";
  __asm__ volatile("csrw 0x7E0, %0\n csrw 0x7E1, %0" ::"r"(1)); /* mpcer: cycles; mpcmr: on */
  return "mpccr";
}

void counter_start(void) { first = cycles(); }
uint32_t counter_elapsed(void) { return cycles() - first; }

#endif
