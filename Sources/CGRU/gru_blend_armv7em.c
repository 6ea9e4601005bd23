/* gru_blend(): the loop over units, in assembly because a compiler keeps fewer of its values in
 * registers. The comments give each value's format; the equations are those of Cell.swift and
 * Activations.swift. */
#include "gru_blend.h"

#if defined(__ARM_FEATURE_DSP)

/* result = |x| */
#define MAGNITUDE(x, result)                        \
  "eor " result ", " x ", " x ", asr #31 \n"        \
  "sub " result ", " result ", " x ", asr #31 \n"

/* result = magnitude with the sign of x. */
#define SIGNED(result, magnitude, x)                       \
  "eor " magnitude ", " magnitude ", " x ", asr #31 \n"    \
  "sub " result ", " magnitude ", " x ", asr #31 \n"

/* x in Q18 becomes tanh(x / 2) / 2 in Q16; takes r12 and lr. The last knot but one lies at 0x2c8000;
 * 13 bits are between two knots; r5 makes up for what the table lacks, and rounds. */
#define HALF_TANH_OF_HALF(x)         \
  MAGNITUDE(x, "r12")                \
  "cmp r12, #0x2c8000 \n"            \
  "it hi \n"                         \
  "movhi r12, #0x2c8000 \n"          \
  "lsr lr, r12, #13 \n"              \
  "ldr lr, [r3, lr, lsl #1] \n"      \
  "ubfx r12, r12, #0, #13 \n"        \
  "rsb r12, r12, r12, lsl #16 \n"    \
  "add r12, r12, #8192 \n"           \
  "smlad lr, lr, r12, r5 \n"         \
  "lsr lr, lr, #14 \n"               \
  SIGNED(x, "lr", x)

/* r0: sums of the first unit (r; z, n, c follow 16, 32, 48 bytes on), r1: h, r2: next state, r3:
 * knots, r4: settings, r6: end of the sums, r7: carry. */
__attribute__((naked)) void gru_blend_armv7em(void) {
  __asm__(
      "push {lr} \n"
      "movw r5, #0x2000 \n"
      "movt r5, #0x1000 \n" /* 2^28 + 2^13 */

      "1: \n"
      "ldr r10, [r0, #32] \n"
      "ldr r9, [r0, #16] \n"
      "lsl r10, r10, r4 \n" /* n, so far without r * c */
      "tst r4, #0x10000 \n" /* GRU_RESET_BEFORE */
      "bne 2f \n"
      "ldr r11, [r0, #48] \n"
      "ldr r8, [r0] \n"
      "lsl r8, r8, r4 \n"
      HALF_TANH_OF_HALF("r8")
      "mov lr, #0x20000000 \n"
      "add r8, lr, r8, lsl #14 \n" /* r, Q30 */
      "lsl r11, r11, r4 \n"
      "lsl r11, r11, #2 \n"
      "smmlar r10, r11, r8, r10 \n"

      "2: \n"
      "lsl r9, r9, r4 \n"
      HALF_TANH_OF_HALF("r9")
      "mov lr, #0x2000000 \n"
      "add r9, lr, r9, lsl #10 \n" /* z, Q26 */

      "tst r4, #0x1000000 \n" /* GRU_ACTIVATION_RELU, not TANH */
      "bne 6f \n"
      MAGNITUDE("r10", "r12")
      "cmp r12, #0x164000 \n"
      "it hi \n"
      "movhi r12, #0x164000 \n"
      "lsr lr, r12, #12 \n"
      "ldr lr, [r3, lr, lsl #1] \n"
      "ubfx r12, r12, #0, #12 \n"
      "rsb r12, r12, r12, lsl #16 \n"
      "lsl r12, r12, #1 \n"
      "add r12, r12, #8192 \n"
      "sub r11, r5, #4096 \n"
      "smlad lr, lr, r12, r11 \n"
      "lsr lr, lr, #13 \n"
      "lsl lr, lr, #7 \n"
      SIGNED("r10", "lr", "r10") /* n, Q23 */

      "3: \n"
      "ldrsh r11, [r1], #2 \n"
      "lsl r11, r11, #8 \n"
      "cbnz r7, 5f \n"
      "sub r11, r11, r10 \n"
      "lsl r11, r11, #6 \n"
      "smmlar r10, r11, r9, r10 \n" /* n + z * (h - n), Q23 */
      "add r10, r10, #128 \n"
      "ssat r10, #16, r10, asr #8 \n"
      "strh r10, [r2], #2 \n"
      "4: \n"
      "adds r0, #4 \n"
      "cmp r0, r6 \n"
      "bne 1b \n"
      "pop {pc} \n"

      "5: \n" /* with a carry */
      "ldrsb r12, [r7] \n"
      "add r11, r11, r12 \n"
      "sub r11, r11, r10 \n"
      "lsl r11, r11, #6 \n"
      "smmlar r10, r11, r9, r10 \n"
      "add r11, r10, #128 \n"
      "ssat r11, #16, r11, asr #8 \n"
      "strh r11, [r2], #2 \n"
      "sub r10, r10, r11, lsl #8 \n"
      "ssat r10, #8, r10 \n"
      "strb r10, [r7], #1 \n"
      "b 4b \n"

      "6: \n" /* ReLU: max(0, x) from Q18 to Q23 less the exponent, at most 3 * 2^23 - 256 */
      "movw lr, #0xff00 \n"
      "movt lr, #0x017f \n"
      "ubfx r11, r4, #8, #5 \n"
      "bic r10, r10, r10, asr #31 \n"
      "rsbs r11, r11, #5 \n"
      "bmi 7f \n"
      "asr lr, lr, r11 \n"
      "cmp r10, lr \n"
      "it gt \n"
      "movgt r10, lr \n"
      "lsl r10, r10, r11 \n"
      "b 3b \n"
      "7: \n"
      "rsb r11, r11, #0 \n"
      "mov r12, #1 \n"
      "lsl r12, r12, r11 \n"
      "lsr r12, r12, #1 \n"
      "qadd r10, r10, r12 \n"
      "asr r10, r10, r11 \n"
      "cmp r10, lr \n"
      "it gt \n"
      "movgt r10, lr \n"
      "b 3b \n");
}

_Static_assert(offsetof(gru_cell_t, preactivation_shift) % 4 == 0, "settings are a word");
_Static_assert(offsetof(gru_cell_t, state_exponent) % 4 == 1, "settings are a word");
_Static_assert(offsetof(gru_cell_t, reset) % 4 == 2 && GRU_RESET_BEFORE == 1, "bit 16");
_Static_assert(offsetof(gru_cell_t, candidate) % 4 == 3 && GRU_ACTIVATION_RELU == 1 &&
                   GRU_ACTIVATION_TANH == 2,
               "bit 24");

#endif
