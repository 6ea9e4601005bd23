/* How assembly for Armv7E-M calls assembly: registers are passed as gru_armv7em.c and
 * gru_units_armv7em.h say, and not as the calling convention of C asks. */
#ifndef GRU_ARMV7EM_H
#define GRU_ARMV7EM_H

#include "gru_quad.h"

#if defined(__ARM_FEATURE_DSP)

/* The sums of a quad of the operand in r9, whose entry into the loop is where this jumps to. */
#define GRU_START_PAIRS       \
  "movs r3, #0 \n"            \
  "movs r4, #0 \n"            \
  "movs r6, #0 \n"            \
  "movs r7, #0 \n"            \
  "mov r8, #0 \n"             \
  "ldm r9, {r1, r5, pc} \n"
/* The same, with the shift in r2. */
#define GRU_START_INT16 "b.w gru_sum_int16_armv7em \n"

#endif

#endif
