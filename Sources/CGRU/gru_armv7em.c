/* Exact sums of a quad of rows on cores with the DSP instructions of Armv7E-M: in assembly, because
 * compilers don't fit the loops into the 14 registers that they take. At -Osize, half of what they
 * emit moves accumulators to the stack and back.
 *
 * A load of several words takes no more cycles than as many loads.
 *
 * Between the functions here, and the steps in gru_step_armv7em.c, registers are passed as they say
 * and not as the calling convention of C asks. */
#include <stddef.h>

#include "gru_quad.h"

#if defined(__ARM_FEATURE_DSP)

/* Labels in the functions below: the loops, and what follows them. */
GRU_LABEL gru_pairs_round(void);
GRU_LABEL gru_pairs_rest_first(void);
GRU_LABEL gru_int16_round(void);
GRU_LABEL gru_int16_rest(void);

#define LABEL(name)        \
  ".p2align 2 \n"          \
  ".global " name " \n"    \
  ".thumb_func \n" name ": \n"

/* Both loops go through 16 columns in a round, and enter the first one behind those blocks of code
 * that don't make a round. */

/* Rounds are counted where r5 has no need for its bits: from -2 * rounds + 1 in bits 31...16 up to 1,
 * above what a sum can reach. */
void gru_prepare_pairs(gru_operand_t *operand) {
  uint32_t fours = operand->columns / 4;
  operand->end = 0x10000 - (fours + 3) / 4 * 0x20000;
  operand->entry = operand->columns % 4 ? (uintptr_t)gru_pairs_rest_first
                                        : (uintptr_t)gru_pairs_round + 60 * (-fours & 3);
}

/* The end of twos, less a byte where a column is left over. */
void gru_prepare_int16(gru_operand_t *operand) {
  uint32_t twos = operand->columns / 2;
  uintptr_t round = (uintptr_t)gru_int16_round + 28 * (-twos & 7);
  operand->end = (uintptr_t)(operand->vector + 2 * twos) - operand->columns % 2;
  operand->entry = twos ? round : (uintptr_t)gru_int16_rest;
}

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
  "ldm r0!, {r9, r10, r11, r12} \n"       \
  "ldr lr, [r1], #4 \n"                   \
  "ldr r2, [r1], #4 \n"                   \
  TWO_COLUMNS_OF_PAIRS("r9", "r10", "lr") \
  TWO_COLUMNS_OF_PAIRS("r11", "r12", "r2")

/* The same of two or one columns more, when a pair's sums are apart. */
#define REST_OF_PAIR(pair, even, odd)          \
  "sxtb16 r2, " pair " \n"                     \
  "ssub16 " pair ", " pair ", r2 \n"           \
  "sxtb16 " pair ", " pair ", ror #8 \n"       \
  "smlad " even ", r2, lr, " even " \n"        \
  "smlad " odd ", " pair ", lr, " odd " \n"

/* Takes weights in r0 and an operand in r9. Returns the sums of the next quad in r3, r4, r6 and r7,
 * and the weights behind it in r0. Keeps r12 and sp alone.
 *
 * In the loop: sums of a in r3 and r6, of v in r5:r4 and r8:r7, see gru_quad.h. */
__attribute__((naked)) void gru_sum_pairs_armv7em(void) {
  __asm__(
      "push {r12, lr} \n"
      "movs r3, #0 \n"
      "movs r4, #0 \n"
      "movs r6, #0 \n"
      "movs r7, #0 \n"
      "mov r8, #0 \n"
      "ldm r9, {r1, r5, pc} \n"

      LABEL("gru_pairs_round")
      "0: \n"
      FOUR_COLUMNS_OF_PAIRS FOUR_COLUMNS_OF_PAIRS FOUR_COLUMNS_OF_PAIRS FOUR_COLUMNS_OF_PAIRS
      "adds r5, r5, #0x20000 \n"
      "bmi gru_pairs_round \n"

      "gru_pairs_end: \n"
      "lsrs r4, r4, #8 \n"
      "orr r4, r4, r5, lsl #24 \n"
      "sub r4, r4, r3, asr #8 \n"
      "lsrs r7, r7, #8 \n"
      "orr r7, r7, r8, lsl #24 \n"
      "sub r7, r7, r6, asr #8 \n"
      "pop {r12, pc} \n"

      /* Where up to three columns are left over, the sums so far return here. */
      LABEL("gru_pairs_rest_first")
      "ldr r12, [r9, #12] \n"
      "adr lr, 1f \n"
      "add lr, lr, #1 \n"
      "push {r12, lr} \n"
      "lsrs r9, r12, #2 \n" /* fours */
      "beq gru_pairs_end \n"
      "rsbs r9, r9, #0 \n"
      "and r9, r9, #3 \n"
      "rsb r9, r9, r9, lsl #4 \n"
      "adr lr, 0b \n"
      "add r9, lr, r9, lsl #2 \n"
      "add r9, r9, #1 \n"
      "bx r9 \n"

      ".p2align 2 \n"
      "1: \n"
      "lsls r12, r12, #31 \n" /* the columns' bit 1 as carry, bit 0 as sign */
      "bcc 3f \n"
      "ldm r0!, {r9, r10} \n"
      "ldr lr, [r1], #4 \n"
      "2: \n"
      REST_OF_PAIR("r9", "r3", "r4")
      REST_OF_PAIR("r10", "r6", "r7")
      "3: \n"
      "bpl 4f \n"
      "ldr r9, [r0], #4 \n"
      "ldrh lr, [r1] \n"
      "lsrs r10, r9, #16 \n"
      "b 2b \n"
      "4: \n"
      "pop {r12, pc} \n");
}

/* 28 bytes of code. */
#define TWO_COLUMNS_OF_INT16      \
  "ldm r0!, {r11, r12} \n"        \
  "ldr lr, [r1], #4 \n"           \
  "smlald r3, r4, r11, lr \n"     \
  "smlald r5, r6, r12, lr \n"     \
  "ldm r0!, {r11, r12} \n"        \
  "smlald r7, r8, r11, lr \n"     \
  "smlald r9, r10, r12, lr \n"
#define FOUR_COLUMNS_OF_INT16 TWO_COLUMNS_OF_INT16 TWO_COLUMNS_OF_INT16

/* The same of int16 rows, whose 64-bit sums are rounded right by the shift in r2.
 *
 * In the loop: sums of rows 0 to 3 in r4:r3, r6:r5, r8:r7 and r10:r9, which begin with the half that
 * rounds them. */
__attribute__((naked)) void gru_sum_int16_armv7em(void) {
  __asm__(
      "push {r2, r12, lr} \n"
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

      LABEL("gru_int16_round")
      FOUR_COLUMNS_OF_INT16 FOUR_COLUMNS_OF_INT16 FOUR_COLUMNS_OF_INT16 FOUR_COLUMNS_OF_INT16
      "cmp r1, r2 \n"
      "blo gru_int16_round \n"
      "bne gru_int16_rest \n"

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
      "pop {r12, pc} \n"

      LABEL("gru_int16_rest") /* one column more: rows 0 and 1 in a word, 2 and 3 in one */
      "ldm r0!, {r11, r12} \n"
      "ldrh lr, [r1] \n"
      "smlald r3, r4, r11, lr \n"
      "lsr r11, r11, #16 \n"
      "smlald r5, r6, r11, lr \n"
      "smlald r7, r8, r12, lr \n"
      "lsr r12, r12, #16 \n"
      "smlald r9, r10, r12, lr \n"
      "b 1b \n");
}

/* gru_add_pairs() and gru_add_int16(): r9 has the operand, r3 the addends, r5 the sums, r11 the
 * constants, and r2 the shift. They keep no register but sp. */
#define ADD(name, sum)                           \
  __attribute__((naked)) void name(void) {       \
    __asm__(                                     \
        "push {r3, r5, r11, lr} \n"              \
        "ldm r11, {r0, r12} \n"                  \
        "bl " sum " \n"                          \
        "pop {r1, r2, r5, lr} \n"                \
        "ldm r12!, {r8, r9, r10, r11} \n"        \
        "strd r0, r12, [r5] \n"                  \
        "ldm r1, {r0, r1, r5, r12} \n"           \
        "smmlar r0, r3, r8, r0 \n"               \
        "smmlar r1, r4, r9, r1 \n"               \
        "smmlar r5, r6, r10, r5 \n"              \
        "smmlar r12, r7, r11, r12 \n"            \
        "stm r2, {r0, r1, r5, r12} \n"           \
        "bx lr \n");                             \
  }

ADD(gru_add_pairs_armv7em, "gru_sum_pairs_armv7em")
ADD(gru_add_int16_armv7em, "gru_sum_int16_armv7em")

_Static_assert(offsetof(gru_operand_t, vector) == 0 && offsetof(gru_operand_t, end) == 4 &&
                   offsetof(gru_operand_t, entry) == 8 && offsetof(gru_operand_t, columns) == 12,
               "an operand is loaded at once");

#endif
