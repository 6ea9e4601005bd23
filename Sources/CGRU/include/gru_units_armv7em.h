/* Units on cores with the DSP instructions of Armv7E-M: gates and next states, in assembly because a
 * compiler keeps fewer of their values in registers. The comments give each value's format; the
 * equations are those of Cell.swift and Activations.swift. */
#ifndef GRU_UNITS_ARMV7EM_H
#define GRU_UNITS_ARMV7EM_H

#include "gru_blend.h"

#if defined(__ARM_FEATURE_DSP)

/* |x| added to what lies as far below 2^31 as the second knot before the last of sigmoid's Q18: it
 * saturates, which is a clamp, and counts from GRU_KNOTS_BEFORE. -2^31, whose magnitude is one more,
 * finds the next knot, which is the same. */
#define GRU_MAGNITUDE(magnitude, x)                             \
  "eor " magnitude ", " x ", " x ", asr #31 \n"                 \
  "qadd " magnitude ", " magnitude ", r12 \n"                   \
  "sub " magnitude ", " magnitude ", " x ", asr #31 \n"
/* The same of 2 x. */
#define GRU_TWICE_MAGNITUDE(magnitude, x)                       \
  "eor " magnitude ", " x ", " x ", asr #31 \n"                 \
  "qdadd " magnitude ", r12, " magnitude " \n"                  \
  "sub " magnitude ", " magnitude ", " x ", asr #31 \n"         \
  "sub " magnitude ", " magnitude ", " x ", asr #31 \n"

/* Between two knots in `knots`, by the low 13 bits of `position`: left * 2^13 + (right - left) * p,
 * and what the table lacks. r3 has 2^13 below p. */
#define GRU_BETWEEN(knots, position)                            \
  "bfi r3, " position ", #16, #13 \n"                           \
  "sub " knots ", " knots ", " knots ", lsl #16 \n"             \
  "smlad " position ", " knots ", r3, r7 \n"

/* half, tanh(|x| / 2) / 2 in Q30, becomes 1/2 + tanh(x / 2) / 2, rounded to Q16: half up where x is
 * positive, and half down where it isn't, because ~half is one less than -half. */
#define GRU_SIGMOID(half, x)                                    \
  "eor " half ", " half ", " x ", asr #31 \n"                   \
  "add " half ", " half ", #0x20002000 \n"                      \
  "bfc " half ", #0, #14 \n"

/* r0 = tanh(r11), Q29 with bits below 2^-16, and r9 = h. Rounds as GRU_SIGMOID does, when 4096 is
 * added. */
#define GRU_TANH                                                \
  GRU_TWICE_MAGNITUDE("r0", "r11")                              \
  "lsr lr, r0, #13 \n"                                          \
  "ldr lr, [r5, lr, lsl #1] \n"                                 \
  "ldrsh r9, [r4, r1] \n"                                       \
  GRU_BETWEEN("lr", "r0")                                       \
  "eor r0, r0, r11, asr #31 \n"

/* What GRU_UNITS finds in registers; an LDR behind another one takes one cycle. */
#define GRU_UNIT_CONSTANTS                                      \
  "ldr.w r12, 20f \n"                                           \
  "mov r7, #0x10000000 \n"                                      \
  "mov r3, #0x2000 \n"

/* Units while there are any in r6. Takes GRU_UNIT_CONSTANTS and r1: bytes from next state to last
 * state, r4: next state, r5: knots, less GRU_KNOTS_BEFORE, r6: settings, r10: sum c of the first unit;
 * n, z and r lie n_at, z_at and r_at bytes behind it. Moves r4 and r10 behind the units, and keeps r1
 * and r5. GRU_RARE_UNITS, somewhere behind it, has what few cells need.
 *
 * TST leaves the carry flag clear, so that SBC takes one off: with m = n + 2^-16, the difference is
 * m - 2^-16 - h, and n + 2^-16 - z * (n - h) is the next state with the half that rounds it. */
#define GRU_UNITS(n_at, z_at, r_at)                             \
  "lsls r0, r6, #24 \n"                                         \
  "bne.w 28f \n"                                                \
  "21: \n"                                                      \
  "ldr r8, [r10, #" r_at "] \n"                                 \
  "ldr r9, [r10, #" z_at "] \n"                                 \
  GRU_MAGNITUDE("r0", "r8")                                     \
  GRU_MAGNITUDE("r2", "r9")                                     \
  "lsr r11, r0, #13 \n"                                         \
  "lsr lr, r2, #13 \n"                                          \
  "ldr r11, [r5, r11, lsl #1] \n"                               \
  "ldr lr, [r5, lr, lsl #1] \n"                                 \
  GRU_BETWEEN("r11", "r0")                                      \
  GRU_BETWEEN("lr", "r2")                                       \
  GRU_SIGMOID("r0", "r8") /* r */                               \
  GRU_SIGMOID("r2", "r9") /* z */                               \
  "ldr r11, [r10, #" n_at "] \n"                                \
  "ldr r8, [r10], #4 \n"                                        \
  "lsl r8, r8, #2 \n"                                           \
  "smmlar r11, r8, r0, r11 \n" /* n's sum + r * c */            \
  "tst r6, #0x1800000 \n"                                       \
  "bne.w 22f \n"                                                \
  GRU_TANH                                                      \
  "add r0, r0, #4096 + 8192 \n"                                 \
  "asr r0, r0, #13 \n" /* m, Q16 */                             \
  "lsl r11, r0, #7 \n" /* m, Q23 */                             \
  "sbc r0, r0, r9, lsl #1 \n"                                   \
  "lsls r0, r0, #9 \n"                                          \
  "smmlsr r11, r0, r2, r11 \n"                                  \
  "ssat r11, #16, r11, asr #8 \n"                               \
  "23: \n"                                                      \
  "strh r11, [r4], #2 \n"                                       \
  "subs r6, r6, #0x4000000 \n"                                  \
  "bpl 21b \n"

/* `take_carry` and `keep_carry` bring the carry's address into r0 and back, and lr between them;
 * `after_shift` makes good for the sums not lying side by side. */
#define GRU_RARE_UNITS(r_at, take_carry, keep_carry, after_shift) \
  "22: \n"                                                      \
  "lsls r0, r6, #8 \n" /* bit 24 */                             \
  "bcs 25f \n"                                                  \
  GRU_TANH                                                      \
  "add r0, r0, #4096 \n"                                        \
  "asrs r0, r0, #13 \n"                                         \
  "lsl r11, r0, #7 \n" /* n, Q23 */                             \
  "24: \n"                                                      \
  "mov r8, #0 \n"                                               \
  "lsls r0, r6, #8 \n" /* bit 23 as sign */                     \
  "bpl 27f \n"                                                  \
  take_carry                                                    \
  "ldrsb r8, [r0] \n"                                           \
  "27: \n"                                                      \
  "add r8, r8, r9, lsl #8 \n"                                   \
  "sub r8, r8, r11 \n"                                          \
  "lsl r8, r8, #2 \n"                                           \
  "smmlar r9, r8, r2, r11 \n" /* n + z * (h - n), Q23 */        \
  "add r11, r9, #128 \n"                                        \
  "ssat r11, #16, r11, asr #8 \n"                               \
  "tst r6, #0x800000 \n"                                        \
  "beq 23b \n"                                                  \
  "sub r9, r9, r11, lsl #8 \n"                                  \
  "ssat r9, #8, r9 \n"                                          \
  "strb r9, [r0], #1 \n"                                        \
  keep_carry                                                    \
  "b 23b \n"                                                    \
  "25: \n" /* ReLU: max(0, x) from Q18 to Q23 less the exponent, at most 3 * 2^23 - 256 */ \
  "ldrsh r9, [r4, r1] \n"                                       \
  "movw lr, #0xff00 \n"                                         \
  "movt lr, #0x017f \n"                                         \
  "ubfx r0, r6, #8, #5 \n"                                      \
  "bic r11, r11, r11, asr #31 \n"                               \
  "rsbs r0, r0, #5 \n"                                          \
  "bpl 26f \n"                                                  \
  "mvns r0, r0 \n"                                              \
  "mov r8, #1 \n"                                               \
  "lsl r8, r8, r0 \n" /* the half that rounds */                \
  "adds r0, #1 \n"                                              \
  "qadd r11, r11, r8 \n"                                        \
  "asr r11, r11, r0 \n"                                         \
  "movs r0, #0 \n"                                              \
  "26: \n"                                                      \
  "asr lr, lr, r0 \n"                                           \
  "cmp r11, lr \n"                                              \
  "it gt \n"                                                    \
  "movgt r11, lr \n"                                            \
  "lsl r11, r11, r0 \n"                                         \
  "b 24b \n"                                                    \
  "28: \n" /* all sums have fewer fraction bits than 18 */      \
  "add r9, r10, #" r_at " \n"                                   \
  "29: \n"                                                      \
  "ldm r9, {r0, r2, r8, r11} \n"                                \
  "lsls r0, r6 \n"                                              \
  "lsls r2, r6 \n"                                              \
  "lsl r8, r8, r6 \n"                                           \
  "lsl r11, r11, r6 \n"                                         \
  "stm r9, {r0, r2, r8, r11} \n"                                \
  "sub r9, r9, #16 \n"                                          \
  "cmp r9, r10 \n"                                              \
  "bhs 29b \n"                                                  \
  after_shift                                                   \
  "b 21b \n"                                                    \
  ".p2align 2 \n"                                               \
  "20: .word 0x7fd38000 \n" /* 2^31 - (356 << 13) */

_Static_assert(GRU_KNOTS_BEFORE == 0x80000 - 712, "knots");
_Static_assert(offsetof(gru_cell_t, preactivation_shift) % 4 == 0, "settings are a word");
_Static_assert(offsetof(gru_cell_t, state_exponent) % 4 == 1, "settings are a word");
_Static_assert(offsetof(gru_cell_t, reset) % 4 == 2 && GRU_RESET_AFTER == 0, "bit 23 is free");
_Static_assert(offsetof(gru_cell_t, candidate) % 4 == 3 && GRU_ACTIVATION_RELU == 1 &&
                   GRU_ACTIVATION_TANH == 2,
               "bits 24 and 25");

#endif

#endif
