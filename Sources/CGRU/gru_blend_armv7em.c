/* gru_blend() of gru_blend.h: takes the carry in r3, and keeps r7 and r12. */
#include "gru_units_armv7em.h"

#if defined(__ARM_FEATURE_DSP)

__attribute__((naked)) void gru_blend_armv7em(void) {
  __asm__(
      "push {r3, r7, r12, lr} \n"
      GRU_UNIT_CONSTANTS
      GRU_UNITS("16", "32", "48")
      "pop {r3, r7, r12, pc} \n"
      GRU_RARE_UNITS("48", "ldr r0, [sp] \n", "str r0, [sp] \n", ""));
}

#endif
