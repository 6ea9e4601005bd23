/* gru_add_pairs() on cores with the DSP instructions of Armv7E-M: in assembly, because compilers don't
 * fit the loop into the 14 registers that it takes. At -Osize, half of what they emit moves
 * accumulators to the stack and back. */
#include "gru_quad.h"

#if defined(__ARM_FEATURE_DSP)

/* Two columns of rows 0 and 1 in `a`, of rows 2 and 3 in `b`, the vector's two values in lr. */
#define TWO_COLUMNS(a, b)       \
  "smlald r4, r5, " a ", lr \n" \
  "sxtb16 " a ", " a " \n"      \
  "smlald r7, r8, " b ", lr \n" \
  "sxtb16 " b ", " b " \n"      \
  "smlad r3, " a ", lr, r3 \n"  \
  "smlad r6, " b ", lr, r6 \n"

/* A load of four words takes no more cycles than four loads. */
#define FOUR_COLUMNS                \
  "ldm r0!, {r9, r10, r11, r12} \n" \
  "ldr lr, [r1], #4 \n"             \
  TWO_COLUMNS("r9", "r10")          \
  "ldr lr, [r1], #4 \n"             \
  TWO_COLUMNS("r11", "r12")

/* constants, operand, addends and sums in r0 to r3; takes all registers but sp for itself.
 *
 * In the loop: weights in r0, the vector and its end in r1 and r2, sums of a in r3 and r6, of v in
 * r5:r4 and r8:r7. */
__attribute__((naked)) void gru_add_pairs_armv7em(void) {
  __asm__(
      "push {r0, r1, r2, r3, lr} \n"
      "ldr r0, [r0] \n"
      "ldm r1, {r1, r2, r9} \n"
      "movs r3, #0 \n"
      "movs r4, #0 \n"
      "movs r5, #0 \n"
      "movs r6, #0 \n"
      "movs r7, #0 \n"
      "mov r8, #0 \n"
      "bx r9 \n"

      ".p2align 2 \n"
      ".global gru_pairs_round \n"
      ".thumb_func \n"
      "gru_pairs_round: \n" FOUR_COLUMNS FOUR_COLUMNS FOUR_COLUMNS FOUR_COLUMNS
      "cmp r1, r2 \n"
      "blo gru_pairs_round \n"
      "bne gru_pairs_rest \n"

      "1: \n" /* the four sums in r3, r4, r6, r7 */
      "lsrs r4, r4, #8 \n"
      "orr r4, r4, r5, lsl #24 \n"
      "sub r4, r4, r3, asr #8 \n"
      "lsrs r7, r7, #8 \n"
      "orr r7, r7, r8, lsl #24 \n"
      "sub r7, r7, r6, asr #8 \n"

      "pop {r1, r2, r8} \n" /* constants, -, addends */
      "ldr lr, [r1, #4] \n"
      "ldm r8, {r8, r9, r10, r11} \n"
      "ldm lr!, {r2, r5} \n"
      "smmlar r8, r3, r2, r8 \n"
      "smmlar r9, r4, r5, r9 \n"
      "ldm lr!, {r2, r5} \n"
      "smmlar r10, r6, r2, r10 \n"
      "smmlar r11, r7, r5, r11 \n"
      "strd r0, lr, [r1] \n"
      "pop {r3, lr} \n" /* sums */
      "stm r3, {r8, r9, r10, r11} \n"
      "bx lr \n"

      ".global gru_pairs_rest \n"
      ".thumb_func \n"
      "gru_pairs_rest: \n" /* up to three columns more */
      "ldr r9, [sp, #4] \n"
      "ldr r9, [r9, #12] \n"
      "lsls r9, r9, #31 \n" /* the columns' bit 1 as carry, bit 0 as sign */
      "bcc 2f \n"
      "ldm r0!, {r9, r10} \n"
      "ldr lr, [r1], #4 \n" TWO_COLUMNS("r9", "r10")
      "2: \n"
      "bpl 1b \n"
      "ldr r9, [r0], #4 \n"
      "ldrh lr, [r1] \n"
      "lsr r10, r9, #16 \n" TWO_COLUMNS("r9", "r10")
      "b 1b \n");
}

#endif
