/* Exact sums of a quad of rows on cores with the DSP instructions of Armv7E-M: in assembly, because
 * compilers don't fit the loops into the 14 registers that they take. At -Osize, half of what they
 * emit moves accumulators to the stack and back.
 *
 * A load of several words takes no more cycles than as many loads.
 *
 * Between the functions here, and the steps in gru_step_armv7em.c, registers are passed as they say
 * and not as the calling convention of C asks. */
#include <stddef.h>

#include "gru_armv7em.h"

#if defined(__ARM_FEATURE_DSP)

#define LABEL(name)        \
  ".p2align 2 \n"          \
  ".global " name " \n"    \
  ".thumb_func \n" name ": \n"

/* Both loops go through 16 columns in a round, and enter the first one behind those blocks of code
 * that don't make a round. gru_prepare_...() keeps r0 and r1. */

/* Sums are made of weights in lr and an operand in r9. What goes on afterwards lies on the stack: r0 as
 * it was, and where. Sums of the quad come back in r3, r4, r6 and r7, the weights behind it in lr; only
 * sp is kept. */

/* Two columns of rows 0 and 1 in `a`, of rows 2 and 3 in `b`, the vector's two values in `x`. */
#define TWO_COLUMNS_OF_PAIRS(a, b, x) \
  "smlald r4, r5, " a ", " x " \n"    \
  "sxtb16 " a ", " a " \n"            \
  "smlald r7, r8, " b ", " x " \n"    \
  "sxtb16 " b ", " b " \n"            \
  "smlad r3, " a ", " x ", r3 \n"     \
  "smlad r6, " b ", " x ", r6 \n"

/* 60 bytes of code. */
#define FOUR_COLUMNS_OF_PAIRS             \
  "ldm lr!, {r9, r10, r11, r12} \n"       \
  "ldr r0, [r1], #4 \n"                   \
  "ldr r2, [r1], #4 \n"                   \
  TWO_COLUMNS_OF_PAIRS("r9", "r10", "r0") \
  TWO_COLUMNS_OF_PAIRS("r11", "r12", "r2")

/* The same of two or one columns more, when a pair's sums are apart. */
#define REST_OF_PAIR(pair, even, odd)          \
  "sxtb16 r2, " pair " \n"                     \
  "ssub16 " pair ", " pair ", r2 \n"           \
  "sxtb16 " pair ", " pair ", ror #8 \n"       \
  "smlad " even ", r2, r5, " even " \n"        \
  "smlad " odd ", " pair ", r5, " odd " \n"

/* Begins in GRU_START_PAIRS. Rounds are counted where r5 has no need for its bits: from
 * -2 * rounds + 1 in bits 31...16 up to 1, above what a sum can reach.
 *
 * In the loop: sums of a in r3 and r6, of v in r5:r4 and r8:r7, see gru_quad.h. */
__attribute__((naked)) void gru_sum_pairs_armv7em(void) {
  __asm__(
      "0: \n"
      FOUR_COLUMNS_OF_PAIRS FOUR_COLUMNS_OF_PAIRS FOUR_COLUMNS_OF_PAIRS FOUR_COLUMNS_OF_PAIRS
      "adds r5, r5, #0x20000 \n"
      "bmi 0b \n"

      "7: \n"
      "lsrs r4, r4, #8 \n"
      "orr r4, r4, r5, lsl #24 \n"
      "sub r4, r4, r3, asr #8 \n"
      "lsrs r7, r7, #8 \n"
      "orr r7, r7, r8, lsl #24 \n"
      "sub r7, r7, r6, asr #8 \n"
      "pop {r0, pc} \n"

      /* Where up to three columns are left over, the sums so far return here. */
      "4: \n"
      "ldr r0, [r9, #12] \n"
      "adr.w r2, 1f + 1 \n"
      "push {r0, r2} \n"
      "lsrs r0, r0, #2 \n" /* fours */
      "beq 7b \n"
      "rsbs r0, r0, #0 \n"
      "and r0, r0, #3 \n"
      "rsb r0, r0, r0, lsl #4 \n"
      "adr.w r2, 0b + 1 \n"
      "add r2, r2, r0, lsl #2 \n"
      "bx r2 \n"

      "1: \n"
      "lsls r0, r0, #31 \n" /* the columns' bit 1 as carry, bit 0 as sign */
      "bcc 3f \n"
      "ldm lr!, {r9, r10} \n"
      "ldr r5, [r1], #4 \n"
      "2: \n"
      REST_OF_PAIR("r9", "r3", "r4")
      REST_OF_PAIR("r10", "r6", "r7")
      "3: \n"
      "bpl 5f \n"
      "ldr r9, [lr], #4 \n"
      "ldrh r5, [r1] \n"
      "lsrs r10, r9, #16 \n"
      "b 2b \n"
      "5: \n"
      "pop {r0, pc} \n"

      /* end = 2^16 - ceil(fours / 4) * 2^17; entry = round + 60 * (-fours & 3), or the rest's. */
      LABEL("gru_prepare_pairs")
      "ldr r2, [r0, #12] \n"
      "lsls r3, r2, #30 \n"
      "adr.w r3, 4b + 1 \n"
      "bne 6f \n"
      "rsb r12, r2, #0 \n"
      "and r12, r12, #12 \n"
      "rsb r12, r12, r12, lsl #4 \n"
      "adr.w r3, 0b + 1 \n"
      "add r3, r12 \n"
      "6: \n"
      "adds r2, #12 \n"
      "lsrs r2, r2, #4 \n"
      "lsls r2, r2, #17 \n"
      "rsb r2, r2, #0x10000 \n"
      "strd r2, r3, [r0, #4] \n"
      "bx lr \n");
}

/* 28 bytes of code. */
#define TWO_COLUMNS_OF_INT16      \
  "ldm lr!, {r11, r12} \n"        \
  "ldr r0, [r1], #4 \n"           \
  "smlald r3, r4, r11, r0 \n"     \
  "smlald r5, r6, r12, r0 \n"     \
  "ldm lr!, {r11, r12} \n"        \
  "smlald r7, r8, r11, r0 \n"     \
  "smlald r9, r10, r12, r0 \n"
#define FOUR_COLUMNS_OF_INT16 TWO_COLUMNS_OF_INT16 TWO_COLUMNS_OF_INT16

/* The same of int16 rows, whose 64-bit sums are rounded right by the shift in r2.
 *
 * In the loop: sums of rows 0 to 3 in r4:r3, r6:r5, r8:r7 and r10:r9, which begin with the half that
 * rounds them. */
__attribute__((naked)) void gru_sum_int16_armv7em(void) {
  __asm__(
      "push {r2} \n"
      "mov r11, r9 \n"
      "movs r4, #1 \n"
      "lsl r3, r4, r2 \n"
      "lsrs r3, r3, #1 \n"
      "mov r5, r3 \n"
      "mov r7, r3 \n"
      "mov r9, r3 \n"
      "movs r4, #0 \n"
      "movs r6, #0 \n"
      "mov r8, #0 \n"
      "mov r10, #0 \n"
      "ldm r11, {r1, r2, pc} \n"

      "0: \n"
      FOUR_COLUMNS_OF_INT16 FOUR_COLUMNS_OF_INT16 FOUR_COLUMNS_OF_INT16 FOUR_COLUMNS_OF_INT16
      "cmp r1, r2 \n"
      "blo 0b \n"
      "bne 2f \n"

      "1: \n"
      "pop {r11} \n"
      "rsb r12, r11, #32 \n"
      "lsrs r3, r11 \n"
      "lsls r4, r12 \n"
      "orrs r3, r4 \n"
      "lsr r4, r5, r11 \n"
      "lsls r6, r12 \n"
      "orrs r4, r6 \n"
      "lsr r6, r7, r11 \n"
      "lsl r8, r8, r12 \n"
      "orr r6, r6, r8 \n"
      "lsr r7, r9, r11 \n"
      "lsl r10, r10, r12 \n"
      "orr r7, r7, r10 \n"
      "pop {r0, pc} \n"

      "2: \n" /* one column more: rows 0 and 1 in a word, 2 and 3 in one */
      "ldm lr!, {r11, r12} \n"
      "ldrh r0, [r1] \n"
      "smlald r3, r4, r11, r0 \n"
      "lsr r11, r11, #16 \n"
      "smlald r5, r6, r11, r0 \n"
      "smlald r7, r8, r12, r0 \n"
      "lsr r12, r12, #16 \n"
      "smlald r9, r10, r12, r0 \n"
      "b 1b \n"

      /* end = that of twos, less a byte where a column is left over; entry = round + 28 * (-twos & 7),
       * or the rest's. */
      LABEL("gru_prepare_int16")
      "ldr r2, [r0, #12] \n"
      "ldr r3, [r0] \n"
      "and r12, r2, #1 \n"
      "add r3, r3, r2, lsl #1 \n"
      "sub r3, r3, r12, lsl #1 \n"
      "sub r3, r3, r12 \n"
      "str r3, [r0, #4] \n"
      "lsrs r2, r2, #1 \n"
      "rsb r3, r2, #0 \n"
      "and r3, r3, #7 \n"
      "rsb r3, r3, r3, lsl #3 \n"
      "adr.w r12, 0b + 1 \n"
      "add r3, r12, r3, lsl #2 \n"
      "it eq \n"
      "adreq r3, 2b + 1 \n"
      "str r3, [r0, #8] \n"
      "bx lr \n");
}

/* gru_add_pairs() and gru_add_int16(): r9 has the operand, r3 the addends, r5 the sums, r11 the
 * constants, and r2 the shift. They keep no register but sp. */
#define ADD(name, SUM)                           \
  __attribute__((naked)) void name(void) {       \
    __asm__(                                     \
        "push {r3, r5, r11, lr} \n"              \
        "ldrd lr, r0, [r11] \n"                  \
        "adr.w r1, 1f + 1 \n"                    \
        "push {r0, r1} \n"                       \
        SUM                                      \
        "1: \n"                                  \
        "pop {r1, r2, r5, r8} \n"                \
        "ldm r0!, {r9, r10, r11, r12} \n"        \
        "strd lr, r0, [r5] \n"                   \
        "ldm r1, {r0, r1, r5, lr} \n"            \
        "smmlar r0, r3, r9, r0 \n"               \
        "smmlar r1, r4, r10, r1 \n"              \
        "smmlar r5, r6, r11, r5 \n"              \
        "smmlar lr, r7, r12, lr \n"              \
        "stm r2, {r0, r1, r5, lr} \n"            \
        "bx r8 \n");                             \
  }

ADD(gru_add_pairs_armv7em, GRU_START_PAIRS)
ADD(gru_add_int16_armv7em, GRU_START_INT16)

_Static_assert(offsetof(gru_operand_t, vector) == 0 && offsetof(gru_operand_t, end) == 4 &&
                   offsetof(gru_operand_t, entry) == 8 && offsetof(gru_operand_t, columns) == 12,
               "an operand is loaded at once");

#endif
