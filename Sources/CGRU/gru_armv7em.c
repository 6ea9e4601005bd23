/* The loops of gru_quad.h on cores with the DSP instructions of Armv7E-M: in assembly, because
 * compilers don't fit them into the 14 registers that they take. At -Osize, half of what they emit
 * moves accumulators to the stack and back.
 *
 * A load of several words takes no more cycles than as many loads. */
#include "gru_blend.h"

#if defined(__ARM_FEATURE_DSP)

#define ENTRY_LABEL(name) \
  ".p2align 2 \n"         \
  ".global " name " \n"   \
  ".thumb_func \n" name ": \n"

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

/* Both functions below add products to four sums, as gru_add_pairs() and gru_add_int16() say: r0 has
 * the shift of int16 rows, r1 the operand, r2 the addends, r3 the sums, r11 a step, whose constants
 * lie 4 bytes on. They keep r11 and take every other register but sp.
 *
 * In this loop: weights in r0, the vector in r1, its end at the top of the stack, sums of a in r3 and
 * r6, of v in r5:r4 and r8:r7. */
__attribute__((naked)) void gru_add_pairs_armv7em(void) {
  __asm__(
      "push {r2, r3, r11, lr} \n"
      "ldr r0, [r11, #4] \n"
      "ldm r1, {r1, r2, r9} \n"
      "str r2, [sp, #-4]! \n"
      "movs r3, #0 \n"
      "movs r4, #0 \n"
      "movs r5, #0 \n"
      "movs r6, #0 \n"
      "movs r7, #0 \n"
      "mov r8, #0 \n"
      "bx r9 \n"

      ENTRY_LABEL("gru_pairs_round")
      FOUR_COLUMNS_OF_PAIRS FOUR_COLUMNS_OF_PAIRS FOUR_COLUMNS_OF_PAIRS FOUR_COLUMNS_OF_PAIRS
      "ldr r2, [sp] \n"
      "cmp r1, r2 \n"
      "blo gru_pairs_round \n"
      "bne gru_pairs_rest \n"

      "1: \n"
      "lsrs r4, r4, #8 \n"
      "orr r4, r4, r5, lsl #24 \n"
      "sub r4, r4, r3, asr #8 \n"
      "lsrs r7, r7, #8 \n"
      "orr r7, r7, r8, lsl #24 \n"
      "sub r7, r7, r6, asr #8 \n"

      /* Sums of four rows in r3, r4, r6, r7, the quad's end of weights in r0; on the stack a word
       * that is no longer needed, then what was pushed. */
      ENTRY_LABEL("gru_requantize_armv7em")
      "pop {r1, r2, r5, r11, lr} \n" /* -, addends, sums, step */
      "str r0, [r11, #4] \n"
      "ldr r12, [r11, #8] \n"
      "ldm r2, {r1, r2, r8, r9} \n"
      "ldm r12!, {r0, r10} \n"
      "smmlar r1, r3, r0, r1 \n"
      "smmlar r2, r4, r10, r2 \n"
      "ldm r12!, {r0, r10} \n"
      "smmlar r8, r6, r0, r8 \n"
      "smmlar r9, r7, r10, r9 \n"
      "stm r5, {r1, r2, r8, r9} \n"
      "str r12, [r11, #8] \n"
      "bx lr \n"

      ENTRY_LABEL("gru_pairs_rest") /* up to three columns more */
      "sub r9, r1, r2 \n"
      "lsls r9, r9, #31 \n" /* their number's bit 1 as carry, bit 0 as sign */
      "bcc 2f \n"
      "ldm r0!, {r9, r10} \n"
      "ldr lr, [r1], #4 \n"
      TWO_COLUMNS_OF_PAIRS("r9", "r10", "lr")
      "2: \n"
      "bpl 1b \n"
      "ldr r9, [r0], #4 \n"
      "ldrh lr, [r1] \n"
      "lsr r10, r9, #16 \n"
      TWO_COLUMNS_OF_PAIRS("r9", "r10", "lr")
      "b 1b \n");
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

/* In the loop: weights in r0, the vector and its end in r1 and r2, sums of rows 0 to 3 in r4:r3,
 * r6:r5, r8:r7 and r10:r9, which begin with the half that rounds them. */
__attribute__((naked)) void gru_add_int16_armv7em(void) {
  __asm__(
      "push {r2, r3, r11, lr} \n"
      "movs r4, #1 \n"
      "lsl r3, r4, r0 \n"
      "mov r12, r0 \n"
      "ldr r0, [r11, #4] \n"
      "ldm r1, {r1, r2, r11} \n"
      "push {r12} \n"
      "lsrs r3, r3, #1 \n"
      "mov r5, r3 \n"
      "mov r7, r3 \n"
      "mov r9, r3 \n"
      "movs r4, #0 \n"
      "movs r6, #0 \n"
      "mov r8, #0 \n"
      "mov r10, #0 \n"
      "bx r11 \n"

      ENTRY_LABEL("gru_int16_round")
      FOUR_COLUMNS_OF_INT16 FOUR_COLUMNS_OF_INT16 FOUR_COLUMNS_OF_INT16 FOUR_COLUMNS_OF_INT16
      "cmp r1, r2 \n"
      "blo gru_int16_round \n"
      "bne gru_int16_rest \n"

      "1: \n"
      "ldr r11, [sp] \n"
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
      "b gru_requantize_armv7em \n"

      ENTRY_LABEL("gru_int16_rest") /* one column more: rows 0 and 1 in a word, 2 and 3 in one */
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

/* In place of a product, for a token: sums = addends + the token's next four entries, shifted left as
 * their table says. Called as the functions above; the sums' place tells the matrix. */
__attribute__((naked)) void gru_gather_armv7em(void) {
  __asm__(
      "sub r0, r3, r11 \n"
      "subs r0, #64 \n"
      "lsrs r0, r0, #3 \n"
      "add r0, r0, r0, lsl #1 \n"
      "ldr r1, [r11] \n"
      "add r1, r1, r0 \n"
      "ldrb r0, [r1, #26] \n"
      "ldr r1, [r11, #52] \n"
      "ldm r2, {r4, r5, r6, r7} \n"
      "ldrsh r8, [r1], #2 \n"
      "ldrsh r9, [r1], #2 \n"
      "ldrsh r10, [r1], #2 \n"
      "ldrsh r12, [r1], #2 \n"
      "str r1, [r11, #52] \n"
      "lsl r8, r8, r0 \n"
      "lsl r9, r9, r0 \n"
      "lsl r10, r10, r0 \n"
      "lsl r12, r12, r0 \n"
      "add r4, r4, r8 \n"
      "add r5, r5, r9 \n"
      "add r6, r6, r10 \n"
      "add r7, r7, r12 \n"
      "stm r3, {r4, r5, r6, r7} \n"
      "bx lr \n");
}

/* gru_cell_step_t: constants 4 (weights, rows), input 12, hidden 32, entries 52, carry 56, next 60,
 * sums 64. gru_cell_t: matrices 24, of three bytes each. The assertions below hold them. */

/* sums[sum] = the next biases + W * x, or what a token adds. */
#define INPUT(sum)               \
  "ldr r2, [r11, #8] \n"         \
  "ldr r4, [sp, #24] \n"         \
  "add r3, r2, #16 \n"           \
  "str r3, [r11, #8] \n"         \
  "add r1, r11, #12 \n"          \
  "add r3, r11, #" sum " \n"     \
  "blx r4 \n"

/* sums[sum] += U * h. */
#define RECURRENT(sum, add)      \
  "add r1, r11, #32 \n"          \
  "add r2, r11, #" sum " \n"     \
  "mov r3, r2 \n"                \
  "bl " add " \n"

/* sums[3] = the next biases + U * h. */
#define RECURRENT_APART(add)     \
  "ldr r2, [r11, #8] \n"         \
  "add r3, r2, #16 \n"           \
  "str r3, [r11, #8] \n"         \
  "add r1, r11, #32 \n"          \
  "add r3, r11, #112 \n"         \
  "bl " add " \n"

/* A cell with the reset gate behind the product, four units a round: six products, then the gates.
 * r2: knots of tanh, r3: settings, r11: step. Keeps no register but sp. */
#define RESET_AFTER(name, add, take_shift)                                        \
  __attribute__((naked)) void name(void) {                                        \
    __asm__(                                                                      \
        "push {lr} \n"                                                            \
        "ldr r0, [r11, #12] \n" /* x */                                           \
        "adr r6, 2f \n"                                                           \
        "ldrd r6, r7, [r6] \n"                                                    \
        "cmp r0, #0 \n"                                                           \
        "it eq \n"                                                                \
        "moveq r6, r7 \n"                                                         \
        "ldr r0, [r11, #32] \n" /* h */                                           \
        "ldr r1, [r11, #60] \n" /* next */                                        \
        "ldr r4, [r11, #56] \n" /* carry */                                       \
        "ldr r5, [r11, #44] \n" /* units left */                                  \
        "push {r0-r6, r11} \n"                                                    \
        "1: \n"                                                                   \
        take_shift("26") INPUT("64") take_shift("29") RECURRENT("64", add)        \
        take_shift("32") INPUT("80") take_shift("35") RECURRENT("80", add)        \
        take_shift("38") INPUT("96") take_shift("41") RECURRENT_APART(add)        \
        "ldr r6, [sp, #20] \n"                                                    \
        "cmp r6, #4 \n"                                                           \
        "it hi \n"                                                                \
        "movhi r6, #4 \n"                                                         \
        "add r0, r11, #64 \n"                                                     \
        "add r6, r0, r6, lsl #2 \n"                                               \
        "ldm sp, {r1, r2, r3, r4, r7} \n"                                         \
        "bl gru_blend_armv7em \n"                                                 \
        "strd r1, r2, [sp] \n"                                                    \
        "str r7, [sp, #16] \n"                                                    \
        "ldr r11, [sp, #28] \n"                                                   \
        "ldr r5, [sp, #20] \n"                                                    \
        "subs r5, r5, #4 \n"                                                      \
        "str r5, [sp, #20] \n"                                                    \
        "bgt 1b \n"                                                               \
        "add sp, #32 \n"                                                          \
        "ldr r0, [r11, #60] \n"                                                   \
        "ldr r1, [r11, #32] \n"                                                   \
        "ldr r2, [r11, #44] \n"                                                   \
        "3: \n" /* every unit has read the old state: two of the new a round */   \
        "ldr r3, [r0], #4 \n"                                                     \
        "str r3, [r1], #4 \n"                                                     \
        "subs r2, r2, #2 \n"                                                      \
        "bgt 3b \n"                                                               \
        "pop {pc} \n"                                                             \
        ".p2align 2 \n"                                                           \
        "2: .word " add ", gru_gather_armv7em \n");                               \
  }

#define NO_SHIFT(offset)
#define TAKE_SHIFT(offset)        \
  "ldr r0, [r11] \n"              \
  "ldrb r0, [r0, #" offset "] \n"

RESET_AFTER(gru_step_reset_after_pairs_armv7em, "gru_add_pairs_armv7em", NO_SHIFT)
RESET_AFTER(gru_step_reset_after_int16_armv7em, "gru_add_int16_armv7em", TAKE_SHIFT)

_Static_assert(offsetof(gru_cell_step_t, constants) == 4, "constants");
_Static_assert(offsetof(gru_cell_step_t, input) == 12, "input");
_Static_assert(offsetof(gru_cell_step_t, hidden) == 32, "hidden");
_Static_assert(offsetof(gru_cell_step_t, entries) == 52, "entries");
_Static_assert(offsetof(gru_cell_step_t, carry) == 56, "carry");
_Static_assert(offsetof(gru_cell_step_t, next) == 60, "next");
_Static_assert(offsetof(gru_cell_step_t, sums) == 64, "sums");
_Static_assert(offsetof(gru_cell_t, matrices) == 24, "matrices");
_Static_assert(offsetof(gru_dense_step_t, constants) == 4, "constants of a dense layer");

void gru_prepare_pairs(gru_operand_t *operand) {
  gru_enter(operand, 4, 60, 4, gru_pairs_round, gru_pairs_rest);
}

void gru_prepare_int16(gru_operand_t *operand) {
  gru_enter(operand, 2, 28, 8, gru_int16_round, gru_int16_rest);
}

#endif
