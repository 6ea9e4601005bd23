/* gru_blend(): the loop over units, in assembly because a compiler keeps fewer of its values in
 * registers. The comments give each value's format; the equations are those of Cell.swift and
 * Activations.swift. */
#include "gru_blend.h"

#if defined(__ARM_FEATURE_DSP)

/* value = value with the sign of x. */
#define SIGNED(value, x)                            \
  "eor " value ", " value ", " x ", asr #31 \n"     \
  "sub " value ", " value ", " x ", asr #31 \n"

/* What lies between two knots, of 13 bits in `position`, becomes what these are multiplied with. */
#define WEIGHTS(position)                                      \
  "ubfx " position ", " position ", #0, #13 \n"                \
  "rsb " position ", " position ", " position ", lsl #16 \n"   \
  "add " position ", " position ", #8192 \n"

/* half, tanh(|x| / 2) / 2 in Q30 with bits below 2^-16, becomes 1/2 + tanh(x / 2) / 2. */
#define SIGMOID(half, x)                    \
  "bfc " half ", #0, #14 \n"                \
  SIGNED(half, x)                           \
  "add " half ", " half ", #0x20000000 \n"

/* Takes r1: carry or NULL, r2: next state, r3: knots, less GRU_KNOTS_BEFORE, r4: settings, r7: h,
 * r10: sums of the first unit (c; n, z, r follow 16, 32, 48 bytes on). Keeps r0, r3 and r12, and
 * moves r1, r2 and r7 behind the units.
 *
 * r5 makes up for what the table lacks, and rounds. r12 lies as far below 2^31 as the second knot
 * before the last of sigmoid's Q18: a magnitude is added to it with saturation, which is a clamp, and
 * the index of its knot counts from GRU_KNOTS_BEFORE. -2^31, whose magnitude is one more, finds the
 * next knot, which is the same. */
__attribute__((naked)) void gru_blend_armv7em(void) {
  __asm__(
      "push {r0, r12, lr} \n"
      "movw r5, #0x2000 \n"
      "movt r5, #0x1000 \n" /* 2^28 + 2^13 */
      "movw r12, #0x8000 \n"
      "movt r12, #0x7fd3 \n" /* 2^31 - (356 << 13) */

      "1: \n"
      "ldr r8, [r10, #48] \n"
      "ldr r9, [r10, #32] \n"
      "lsl r8, r8, r4 \n"
      "lsl r9, r9, r4 \n"
      "eor r0, r8, r8, asr #31 \n"
      "eor r6, r9, r9, asr #31 \n"
      "qadd r0, r0, r12 \n"
      "qadd r6, r6, r12 \n"
      "sub r0, r0, r8, asr #31 \n"
      "sub r6, r6, r9, asr #31 \n"
      "lsr r11, r0, #13 \n"
      "lsr lr, r6, #13 \n"
      "ldr r11, [r3, r11, lsl #1] \n"
      "ldr lr, [r3, lr, lsl #1] \n"
      WEIGHTS("r0") WEIGHTS("r6")
      "smlad r0, r11, r0, r5 \n"
      "smlad r6, lr, r6, r5 \n"
      SIGMOID("r0", "r8") /* r */
      SIGMOID("r6", "r9") /* z */

      "ldr r11, [r10, #16] \n"
      "ldr r8, [r10], #4 \n"
      "lsl r11, r11, r4 \n" /* n, so far without r * c */
      "lsl r8, r8, r4 \n"
      "lsl r8, r8, #2 \n"
      "smmlar r11, r8, r0, r11 \n"
      "tst r4, #0x8000 \n"
      "bne 6f \n"
      "eor r0, r11, r11, asr #31 \n"
      "qdadd r0, r12, r0 \n" /* twice the magnitude, for tanh */
      "sub r0, r0, r11, asr #31 \n"
      "sub r0, r0, r11, asr #31 \n"
      "lsr lr, r0, #13 \n"
      "ldr lr, [r3, lr, lsl #1] \n"
      "ldrsh r9, [r7], #2 \n" /* h */
      WEIGHTS("r0")
      "sub r8, r5, #4096 \n"
      "smlad r0, lr, r0, r8 \n"
      "lsrs r0, r0, #13 \n"
      SIGNED("r0", "r11")
      "lsl r11, r0, #7 \n" /* n, Q23 */

      "3: \n"
      "cbnz r1, 5f \n"
      "rsb r0, r11, r9, lsl #8 \n"
      "lsls r0, r0, #2 \n"
      "smmlar r11, r0, r6, r11 \n" /* n + z * (h - n), Q23 */
      "add r11, r11, #128 \n"
      "ssat r11, #16, r11, asr #8 \n"
      "strh r11, [r2], #2 \n"
      "4: \n"
      "subs r4, r4, #0x10000 \n"
      "bpl 1b \n"
      "pop {r0, r12, pc} \n"

      "5: \n" /* with a carry */
      "ldrsb r0, [r1] \n"
      "add r0, r0, r9, lsl #8 \n"
      "sub r0, r0, r11 \n"
      "lsls r0, r0, #2 \n"
      "smmlar r11, r0, r6, r11 \n"
      "add r0, r11, #128 \n"
      "ssat r0, #16, r0, asr #8 \n"
      "strh r0, [r2], #2 \n"
      "sub r11, r11, r0, lsl #8 \n"
      "ssat r11, #8, r11 \n"
      "strb r11, [r1], #1 \n"
      "b 4b \n"

      "6: \n" /* ReLU: max(0, x) from Q18 to Q23 less the exponent, at most 3 * 2^23 - 256 */
      "ldrsh r9, [r7], #2 \n"
      "movw lr, #0xff00 \n"
      "movt lr, #0x017f \n"
      "ubfx r0, r4, #8, #5 \n"
      "bic r11, r11, r11, asr #31 \n"
      "rsbs r0, r0, #5 \n"
      "bmi 7f \n"
      "asr lr, lr, r0 \n"
      "cmp r11, lr \n"
      "it gt \n"
      "movgt r11, lr \n"
      "lsl r11, r11, r0 \n"
      "b 3b \n"
      "7: \n"
      "rsbs r0, r0, #0 \n"
      "mov r8, #1 \n"
      "lsl r8, r8, r0 \n"
      "lsr r8, r8, #1 \n"
      "qadd r11, r11, r8 \n"
      "asr r11, r11, r0 \n"
      "cmp r11, lr \n"
      "it gt \n"
      "movgt r11, lr \n"
      "b 3b \n");
}

_Static_assert(offsetof(gru_cell_t, preactivation_shift) % 4 == 0, "settings are a word");
_Static_assert(offsetof(gru_cell_t, state_exponent) % 4 == 1, "settings are a word");
_Static_assert(offsetof(gru_cell_t, candidate) % 4 == 3 && GRU_ACTIVATION_RELU == 1 &&
                   GRU_ACTIVATION_TANH == 2,
               "bit 24");

#endif
