/* What times a step on a Cortex-M: CYCCNT where the core has one that counts, else SysTick.
 * Sources: Armv7-M Architecture Reference Manual, B3.3 and C1.8; Armv6-M, B3.3. */
#if defined(__arm__)

#include "startup.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

/* SysTick: 24 bits that count down with the processor's clock. */
#define SYST_CSR REGISTER(0xE000E010)
#define SYST_RVR REGISTER(0xE000E014)
#define SYST_CVR REGISTER(0xE000E018)
enum { SYST_ENABLE = 5 /* processor clock, no interrupt */, SYST_COUNTFLAG = 1 << 16 };

static void systick_start(void) {
  SYST_CSR = 0;
  SYST_RVR = 0xFFFFFF;
  SYST_CVR = 0; /* any write clears it, and the flag; it reloads with the next tick */
  SYST_CSR = SYST_ENABLE;
}

static uint32_t systick_elapsed(void) {
  uint32_t ticks = (0 - SYST_CVR) & 0xFFFFFF;
  return SYST_CSR & SYST_COUNTFLAG ? UINT32_MAX : ticks;
}

#if __ARM_ARCH >= 7

#define DEMCR REGISTER(0xE000EDFC)
#define DWT_CTRL REGISTER(0xE0001000)
#define DWT_CYCCNT REGISTER(0xE0001004)
#define DWT_LAR REGISTER(0xE0001FB0)
enum { DEMCR_TRCENA = 1 << 24, DWT_CYCCNTENA = 1 };

/* Switches CYCCNT on; whether it then counts. Emulators and some cores have none. */
static int has_cycle_count(void) {
  DEMCR |= DEMCR_TRCENA;
  DWT_LAR = 0xC5ACCE55; /* the Cortex-M7 locks it */
  DWT_CTRL |= DWT_CYCCNTENA;
  uint32_t before = DWT_CYCCNT;
  for (int turn = 0; turn < 16; turn++) __asm__ volatile("nop");
  return DWT_CYCCNT != before;
}

static uint32_t first;

const char *counter_name(void) { return has_cycle_count() ? "DWT CYCCNT" : "SysTick"; }

void counter_start(void) {
  systick_start();
  first = DWT_CYCCNT;
}

uint32_t counter_elapsed(void) {
  uint32_t cycles = DWT_CYCCNT - first;
  return cycles != 0 ? cycles : systick_elapsed();
}

#else

const char *counter_name(void) { return "SysTick"; }
void counter_start(void) { systick_start(); }
uint32_t counter_elapsed(void) { return systick_elapsed(); }

#endif

#endif
