/* A step of a cell with the reset gate behind the product, on cores with the DSP instructions of
 * Armv7E-M: six products of four units, then the units, round after round. What a product leaves in
 * registers is scaled there. */
#include <stddef.h>

#include "gru_armv7em.h"
#include "gru_units_armv7em.h"

#if defined(__ARM_FEATURE_DSP)

/* Weights stay in lr, biases and multipliers in r0. On the stack lie pointers into the step, to its
 * hidden state, its input, and to what GRU_UNITS takes, which is put where the kernel has no use for what
 * was there before:
 *
 *     0 cell, 4 input, 24 hidden, 40 r1: bytes from next to hidden, 44 r2: the end of next, 48 carry,
 *     52 next, 56 knots, 60 settings
 *
 * and below them what a round has made: four sums of r, z, n and c, at last
 *
 *     0 r0, 4 c, 20 lr, 24 n, 40 z, 56 r, 72 hidden, 76 input, 80 what GRU_UNITS takes
 *
 * Where a token is read, the input's `end` leads to the shift of the table's next entries, and its
 * `offset` to these entries. */

/* The sums of a product with x or h, to which `operand` bytes lead from the stack, after r0 and
 * `pushed` are on it. */
#define SUM_PAIRS(pushed, operand, cell, shift) \
  "adr.w r1, 1f + 1 \n"                         \
  "push {r0, r1" pushed "} \n"                  \
  "ldr r9, [sp, #" operand "] \n"               \
  GRU_START_PAIRS                               \
  "1: \n"
#define SUM_INT16(pushed, operand, cell, shift) \
  "adr.w r1, 1f + 1 \n"                         \
  "push {r0, r1" pushed "} \n"                  \
  "ldr r9, [sp, #" operand "] \n"               \
  "ldr r2, [r9, #-" cell "] \n"                 \
  "ldrb r2, [r2, #" shift "] \n"                \
  GRU_START_INT16                               \
  "1: \n"
#define X(SUM, pushed, operand, shift) SUM(pushed, operand, "4", shift)
#define H(SUM, pushed, operand, shift) SUM(pushed, operand, "24", shift)
#define PUSHED ", r9, r10, r11, r12"

/* r9...r12 = the next biases + the sums, scaled. 20 bytes of code. */
#define ADD_TO_BIASES                                    \
  "ldm r0!, {r1, r2, r5, r8, r9, r10, r11, r12} \n"      \
  "smmlar r9, r3, r9, r1 \n"                             \
  "smmlar r10, r4, r10, r2 \n"                           \
  "smmlar r11, r6, r11, r5 \n"                           \
  "smmlar r12, r7, r12, r8 \n"

/* The sums, scaled, are added to the four that were pushed last. */
#define ADD_TO_PUSHED                                    \
  "ldm r0!, {r9, r10, r11, r12} \n"                      \
  "pop {r1, r2, r5, r8} \n"                              \
  "smmlar r9, r3, r9, r1 \n"                             \
  "smmlar r10, r4, r10, r2 \n"                           \
  "smmlar r11, r6, r11, r5 \n"                           \
  "smmlar r12, r7, r12, r8 \n"

#define RESET_AFTER(name, prepare, SUM, gather)                                            \
  __attribute__((naked)) void name(gru_cell_step_t *step, uintptr_t knots) {               \
    __asm__(                                                                               \
        "push {r4-r11, lr} \n"                                                             \
        "adds r0, #4 \n"                                                                   \
        "bl " prepare " \n"                                                                \
        "adds r0, #20 \n"                                                                  \
        "bl " prepare " \n"                                                                \
        "mov r8, r0 \n"                                                                    \
        "sub r9, r0, #20 \n"                                                               \
        "add r10, r0, #16 \n"                                                              \
        "push {r8, r9, r10} \n"                                                            \
        "subs r0, #24 \n"                                                                  \
        "ldr r2, [r0, #4] \n" /* x */                                                      \
        "ldr r4, [r0] \n"                                                                  \
        "cbnz r2, 2f \n"                                                                   \
        "ldr r2, [r0, #44] \n" /* entries of the token's table */                          \
        "ldr r3, 9f \n"                                                                    \
        "str r2, [r0, #20] \n"                                                             \
        "add r2, r4, #26 \n"                                                               \
        "strd r2, r3, [r0, #8] \n"                                                         \
        "2: \n"                                                                            \
        "ldr r6, [r4, #20] \n" /* settings as they lie in the cell */                      \
        "ldr r5, [r0, #24] \n"                                                             \
        "ldr r2, [r0, #36] \n" /* units */                                                 \
        "ldr r7, [r0, #48] \n"                                                             \
        "ldr r3, [r0, #52] \n"                                                             \
        "ldr lr, [r0, #56] \n"                                                             \
        "ldr r12, [r0, #60] \n"                                                            \
        "subs r5, r5, r3 \n"                                                               \
        "add r2, r3, r2, lsl #1 \n"                                                        \
        "strd r5, r2, [r0, #40] \n"                                                        \
        "bic r6, r6, #0x2000000 \n" /* GRU_ACTIVATION_TANH */                              \
        "cmp r7, #0 \n" /* carry */                                                        \
        "it ne \n"                                                                         \
        "orrne r6, r6, #0x800000 \n"                                                       \
        "orr r6, r6, #0xc000000 \n" /* four units a round */                               \
        "strd r1, r6, [r0, #56] \n"                                                        \
        "mov r0, r12 \n"                                                                   \
        "3: \n"                                                                            \
        X(SUM, "", "12", "26") ADD_TO_BIASES                                               \
        H(SUM, PUSHED, "24", "29") ADD_TO_PUSHED                                           \
        X(SUM, PUSHED, "28", "32") ADD_TO_BIASES                                           \
        H(SUM, PUSHED, "40", "35") ADD_TO_PUSHED                                           \
        X(SUM, PUSHED, "44", "38") ADD_TO_BIASES                                           \
        H(SUM, PUSHED, "56", "41") ADD_TO_BIASES                                           \
        "push {r0, r9, r10, r11, r12, lr} \n"                                              \
        "ldr r9, [sp, #80] \n"                                                             \
        "ldm r9, {r1, r2, r3, r4, r5, r6} \n"                                              \
        GRU_UNIT_CONSTANTS                                                                 \
        "subs r2, r2, r4 \n"                                                               \
        "subs r2, #8 \n"                                                                   \
        "it mi \n" /* fewer than four units */                                             \
        "addmi r6, r6, r2, lsl #25 \n"                                                     \
        "add r10, sp, #4 \n"                                                               \
        GRU_UNITS("20", "36", "52")                                                        \
        "ldr r9, [sp, #80] \n"                                                             \
        "ldr r2, [r9, #4] \n"                                                              \
        "str r4, [r9, #12] \n"                                                             \
        "ldr r0, [sp] \n"                                                                  \
        "ldr lr, [sp, #20] \n"                                                             \
        "add sp, #72 \n"                                                                   \
        "cmp r4, r2 \n"                                                                    \
        "blo.w 3b \n"                                                                      \
        /* Every unit has read the old state: eight of the new a round, then two. */       \
        "ldr r0, [sp], #12 \n"                                                             \
        "ldr r3, [r0, #12] \n"                                                             \
        "ldr r1, [r0] \n"                                                                  \
        "sub r2, r4, r3, lsl #1 \n"                                                        \
        "subs r3, #8 \n"                                                                   \
        "blo 6f \n"                                                                        \
        "5: \n"                                                                            \
        "ldm r2!, {r4, r5, r6, r7} \n"                                                     \
        "stm r1!, {r4, r5, r6, r7} \n"                                                     \
        "subs r3, #8 \n"                                                                   \
        "bhs 5b \n"                                                                        \
        "6: \n"                                                                            \
        "adds r3, #8 \n"                                                                   \
        "beq 8f \n"                                                                        \
        "7: \n"                                                                            \
        "ldr r4, [r2], #4 \n"                                                              \
        "str r4, [r1], #4 \n"                                                              \
        "subs r3, #2 \n"                                                                   \
        "bgt 7b \n"                                                                        \
        "8: \n"                                                                            \
        "pop {r4-r11, pc} \n"                                                              \
        GRU_RARE_UNITS("52", "ldr lr, [sp, #80] \n ldr r0, [lr, #8] \n", "str r0, [lr, #8] \n",   \
                       "ldr r0, [r10] \n lsls r0, r6 \n str r0, [r10] \n str lr, [sp, #20] \n")\
        "9: .word " gather " \n");                                                         \
  }

RESET_AFTER(gru_step_pairs_armv7em, "gru_prepare_pairs", SUM_PAIRS, "gru_gather_pairs_armv7em")
RESET_AFTER(gru_step_int16_armv7em, "gru_prepare_int16", SUM_INT16, "gru_gather_int16_armv7em")

/* For a token, the loop's entry, with the place of a shift in r5: leads behind ADD_TO_BIASES with the
 * next biases and the token's next four entries, shifted left as their table says. */
#define GATHER(name, pop_shift)            \
  __attribute__((naked)) void name(void) { \
    __asm__(                               \
        pop_shift                          \
        "pop {r0, r1} \n"                  \
        "ldr r10, [r9, #16] \n"            \
        "ldrsh r3, [r10], #2 \n"           \
        "ldrsh r4, [r10], #2 \n"           \
        "ldrsh r6, [r10], #2 \n"           \
        "ldrsh r7, [r10], #2 \n"           \
        "str r10, [r9, #16] \n"            \
        "lsls r3, r2 \n"                   \
        "lsls r4, r2 \n"                   \
        "lsls r6, r2 \n"                   \
        "lsls r7, r2 \n"                   \
        "ldm r0!, {r9, r10, r11, r12} \n"  \
        "add r9, r9, r3 \n"                \
        "add r10, r10, r4 \n"              \
        "add r11, r11, r6 \n"              \
        "add r12, r12, r7 \n"              \
        "adds r1, r1, #20 \n"              \
        "bx r1 \n");                       \
  }

GATHER(gru_gather_pairs_armv7em,
       "ldrb r2, [r5], #6 \n"
       "ldr r10, [r9, #-4] \n"
       "add r10, r10, #44 \n"
       "cmp r5, r10 \n" /* behind the shifts of all three gates */
       "it eq \n"
       "subeq r5, r5, #18 \n"
       "str r5, [r9, #4] \n")
GATHER(gru_gather_int16_armv7em,
       "mov r9, r11 \n"
       "pop {r2} \n")

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
