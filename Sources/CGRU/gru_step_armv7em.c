/* A step of a cell with the reset gate behind the product, on cores with the DSP instructions of
 * Armv7E-M: six products of four units, then the units, round after round. What a product leaves in
 * registers is scaled there. */
#include "gru_blend.h"

#if defined(__ARM_FEATURE_DSP)

/* On the stack lies the step, and below it what a round has pushed of its sums. gru_cell_step_t has
 * room for more than its kernel reads: settings take the constants' place when these are in registers,
 * and what has no use for an offset of operands keeps cursors there.
 *
 *     0 cell, 4 input, 20 units left, 24 hidden, 40 the next unit's h, 44 entries, 48 carry, 52 next,
 *     56 knots, 60 settings
 *
 * Weights stay in r0, and biases and multipliers in r12. */

/* The sums of a product with x, or with h, where `pushed` bytes of sums are on the stack; `shift` is
 * where the matrix's lies in gru_cell_t. */
#define SUM_INPUT_PAIRS(pushed, shift)  \
  "ldr r11, [sp, #" pushed "] \n"       \
  "movs r2, #" shift " \n"              \
  "add r9, r11, #4 \n"                  \
  "bl gru_sum_pairs_armv7em \n"
#define SUM_HIDDEN_PAIRS(pushed, shift) \
  "ldr r11, [sp, #" pushed "] \n"       \
  "add r9, r11, #24 \n"                 \
  "bl gru_sum_pairs_armv7em \n"
#define SUM_INT16(operand, pushed, shift) \
  "ldr r11, [sp, #" pushed "] \n"         \
  "ldr r2, [r11] \n"                      \
  "ldrb r2, [r2, #" shift "] \n"          \
  "add r9, r11, #" operand " \n"          \
  "bl gru_sum_int16_armv7em \n"
#define SUM_INPUT_INT16(pushed, shift) SUM_INT16("4", pushed, shift)
#define SUM_HIDDEN_INT16(pushed, shift) SUM_INT16("24", pushed, shift)

/* r1, r2, r5, r8 = the next biases + the sums, scaled. 20 bytes of code. */
#define ADD_TO_BIASES                                   \
  "ldm r12!, {r1, r2, r5, r8, r9, r10, r11, lr} \n"     \
  "smmlar r1, r3, r9, r1 \n"                            \
  "smmlar r2, r4, r10, r2 \n"                           \
  "smmlar r5, r6, r11, r5 \n"                           \
  "smmlar r8, r7, lr, r8 \n"

/* The sums, scaled, are added to the four that were pushed last. */
#define ADD_TO_PUSHED                                   \
  "ldm r12!, {r8, r9, r10, r11} \n"                     \
  "pop {r1, r2, r5, lr} \n"                             \
  "smmlar r1, r3, r8, r1 \n"                            \
  "smmlar r2, r4, r9, r2 \n"                            \
  "smmlar r5, r6, r10, r5 \n"                           \
  "smmlar r8, r7, r11, lr \n"

#define PUSH "push {r1, r2, r5, r8} \n"

#define RESET_AFTER(name, SUM_INPUT, SUM_HIDDEN, gather)                                   \
  __attribute__((naked)) void name(gru_cell_step_t *step, const int16_t *tanh_knots) {     \
    __asm__(                                                                               \
        "push {r0, r4-r11, lr} \n"                                                         \
        "mov r9, r0 \n"                                                                    \
        "ldr r4, [r9] \n"                                                                  \
        "ldr r5, [r4, #20] \n" /* settings as they lie in the cell */                      \
        "ldr r2, [r9, #24] \n"                                                             \
        "ldr r3, [r9, #36] \n"                                                             \
        "str r2, [r9, #40] \n"                                                             \
        "str r3, [r9, #20] \n"                                                             \
        "ldrd r0, r12, [r9, #56] \n"                                                       \
        "tst r5, #0x1000000 \n" /* GRU_ACTIVATION_RELU, not TANH */                        \
        "uxth r5, r5 \n"                                                                   \
        "it ne \n"                                                                         \
        "orrne r5, r5, #0x8000 \n"                                                         \
        "orr r5, r5, #0x30000 \n" /* four units a round */                                 \
        "sub r1, r1, #0x80000 \n"                                                          \
        "add r1, r1, #712 \n" /* less GRU_KNOTS_BEFORE */                                  \
        "strd r1, r5, [r9, #56] \n"                                                        \
        "ldr r2, [r9, #4] \n" /* x */                                                      \
        "cbnz r2, 1f \n"                                                                   \
        "ldr r2, 2f \n"                                                                    \
        "str r2, [r9, #12] \n"                                                             \
        "1: \n"                                                                            \
        SUM_INPUT("0", "26") ADD_TO_BIASES PUSH SUM_HIDDEN("16", "29") ADD_TO_PUSHED PUSH  \
        SUM_INPUT("16", "32") ADD_TO_BIASES PUSH SUM_HIDDEN("32", "35") ADD_TO_PUSHED PUSH \
        SUM_INPUT("32", "38") ADD_TO_BIASES PUSH SUM_HIDDEN("48", "41") ADD_TO_BIASES PUSH \
        "ldr r9, [sp, #64] \n"                                                             \
        "ldr r7, [r9, #40] \n"                                                             \
        "ldr r5, [r9, #20] \n"                                                             \
        "add r8, r9, #48 \n"                                                               \
        "ldm r8, {r1, r2, r3, r4} \n"                                                      \
        "subs r5, r5, #4 \n"                                                               \
        "str r5, [r9, #20] \n"                                                             \
        "it mi \n"                                                                         \
        "addmi r4, r4, r5, lsl #16 \n"                                                     \
        "mov r10, sp \n"                                                                   \
        "bl gru_blend_armv7em \n"                                                          \
        "ldr r9, [sp, #64] \n"                                                             \
        "str r7, [r9, #40] \n"                                                             \
        "ldr r5, [r9, #20] \n"                                                             \
        "strd r1, r2, [r9, #48] \n"                                                        \
        "add sp, #64 \n"                                                                   \
        "cmp r5, #0 \n"                                                                    \
        "bgt.w 1b \n"                                                                      \
        /* Every unit has read the old state: eight of the new a round, then two. */       \
        "pop {r0} \n"                                                                      \
        "ldr r3, [r0, #36] \n"                                                             \
        "ldr r1, [r0, #24] \n"                                                             \
        "sub r2, r2, r3, lsl #1 \n"                                                        \
        "subs r3, #8 \n"                                                                   \
        "blo 4f \n"                                                                        \
        "3: \n"                                                                            \
        "ldm r2!, {r4, r5, r6, r7} \n"                                                     \
        "stm r1!, {r4, r5, r6, r7} \n"                                                     \
        "subs r3, #8 \n"                                                                   \
        "bhs 3b \n"                                                                        \
        "4: \n"                                                                            \
        "adds r3, #8 \n"                                                                   \
        "beq 6f \n"                                                                        \
        "5: \n"                                                                            \
        "ldr r4, [r2], #4 \n"                                                              \
        "str r4, [r1], #4 \n"                                                              \
        "subs r3, #2 \n"                                                                   \
        "bgt 5b \n"                                                                        \
        "6: \n"                                                                            \
        "pop {r4-r11, pc} \n"                                                              \
        ".p2align 2 \n"                                                                    \
        "2: .word " gather " \n");                                                         \
  }

RESET_AFTER(gru_step_pairs, SUM_INPUT_PAIRS, SUM_HIDDEN_PAIRS, "gru_gather_pairs_armv7em")
RESET_AFTER(gru_step_int16, SUM_INPUT_INT16, SUM_HIDDEN_INT16, "gru_gather_int16_armv7em")

/* For a token, the loop's entry: leads behind ADD_TO_BIASES with the next biases and the token's next
 * four entries, shifted left as their table says. */
#define GATHER(name, take_shift)     \
  __attribute__((naked)) void name(void) { \
    __asm__(                         \
        take_shift                   \
        "ldr r10, [r9, #40] \n"      \
        "ldrsh r3, [r10], #2 \n"     \
        "ldrsh r4, [r10], #2 \n"     \
        "ldrsh r6, [r10], #2 \n"     \
        "ldrsh r7, [r10], #2 \n"     \
        "str r10, [r9, #40] \n"      \
        "lsls r3, r2 \n"             \
        "lsls r4, r2 \n"             \
        "lsls r6, r2 \n"             \
        "lsls r7, r2 \n"             \
        "ldm r12!, {r1, r2, r5, r8} \n" \
        "add r1, r1, r3 \n"          \
        "add r2, r2, r4 \n"          \
        "add r5, r5, r6 \n"          \
        "add r8, r8, r7 \n"          \
        "add lr, lr, #20 \n"         \
        "bx lr \n");                 \
  }

GATHER(gru_gather_pairs_armv7em,
       "pop {r12, lr} \n"
       "ldr r1, [r11] \n"
       "ldrb r2, [r1, r2] \n")
GATHER(gru_gather_int16_armv7em,
       "pop {r2, r12, lr} \n"
       "mov r9, r11 \n")

_Static_assert(GRU_KNOTS_BEFORE == 0x80000 - 712, "knots");
_Static_assert(offsetof(gru_cell_step_t, input) == 4, "input");
_Static_assert(offsetof(gru_cell_step_t, hidden) == 24, "hidden");
_Static_assert(offsetof(gru_operand_t, offset) == 16, "offset");
_Static_assert(offsetof(gru_cell_step_t, entries) == 44, "entries");
_Static_assert(offsetof(gru_cell_step_t, carry) == 48, "carry");
_Static_assert(offsetof(gru_cell_step_t, next) == 52, "next");
_Static_assert(offsetof(gru_cell_step_t, constants) == 56, "constants");
_Static_assert(offsetof(gru_cell_t, preactivation_shift) == 20, "settings");
_Static_assert(offsetof(gru_cell_t, matrices) == 24, "matrices, of three bytes each");

#endif
