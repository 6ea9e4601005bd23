/* gru_add_int8_quads() on Armv6-M: in assembly, because compilers don't add to the registers above
 * r7, which hold the sums here, and move them to the stack and back.
 *
 * One shift extracts a row's byte u together with those of the rows above it. Modulo 2^32,
 *
 *     t[k] = sum of x * (word >> 8 k) = sum of x * (u[k] + 256 * u[k + 1] + ...)
 *     sum of x * u[k] = t[k] - 256 * t[k + 1]
 */
#include "gru_int8_quads.h"

#if defined(GRU_ARMV6M)

/* Labels in gru_add_int8_quads(): the loop over columns, eight in a round, and what follows it for a
 * column that is left over and for none. */
GRU_LABEL gru_int8_quads_round(void);
GRU_LABEL gru_int8_quads_rest(void);
GRU_LABEL gru_int8_quads_end(void);

void gru_prepare_int8_quads(gru_operand_t *operand) {
  /* A column before the first aligned word of the vector stands alone. */
  uint32_t first = (uintptr_t)operand->vector & 2 ? 1 : 0;
  uint32_t twos = (operand->columns - first) / 2, left = (operand->columns - first) & 1;
  /* The first round is entered behind those twos that don't make a round. */
  uintptr_t round = (uintptr_t)gru_int8_quads_round + 52 * (-twos & 3);
  uintptr_t rest = (uintptr_t)(left ? gru_int8_quads_rest : gru_int8_quads_end);
  operand->offset = gru_int8_quads_offset(operand);
  operand->end = (uintptr_t)(operand->vector + first + 2 * twos) - left;
  operand->entry = twos ? round : rest;
}

/* The word `w` of weights times x in r6; takes r4. */
#define COLUMN(w)            \
  "lsrs r4, " w ", #24 \n"   \
  "muls r4, r6, r4 \n"       \
  "add r11, r4 \n"           \
  "lsrs r4, " w ", #16 \n"   \
  "muls r4, r6, r4 \n"       \
  "add r10, r4 \n"           \
  "lsrs r4, " w ", #8 \n"    \
  "muls r4, r6, r4 \n"       \
  "add r9, r4 \n"            \
  "muls " w ", r6, " w " \n" \
  "add r8, " w " \n"

#define ONE_COLUMN        \
  "ldm r0!, {r2} \n"      \
  "movs r4, #0 \n"        \
  "ldrsh r6, [r1, r4] \n" \
  "adds r1, #2 \n"        \
  COLUMN("r2")

/* 52 bytes of code. */
#define TWO_COLUMNS      \
  "ldm r0!, {r2, r3} \n" \
  "ldm r1!, {r5} \n"     \
  "sxth r6, r5 \n"       \
  COLUMN("r2")           \
  "asrs r6, r5, #16 \n"  \
  COLUMN("r3")

/* The row whose sum is in r0: gru_smmlar_halves() with multiplier, addend and result at r6, r5 and
 * r7; 2^15 in r12. */
#define REQUANTIZE       \
  "ldm r6!, {r1} \n"     \
  "uxth r2, r0 \n"       \
  "asrs r0, r0, #16 \n"  \
  "uxth r3, r1 \n"       \
  "asrs r1, r1, #16 \n"  \
  "mov r4, r2 \n"        \
  "muls r4, r3, r4 \n"   \
  "lsrs r4, r4, #16 \n"  \
  "muls r3, r0, r3 \n"   \
  "adds r3, r3, r4 \n"   \
  "add r3, r12 \n"       \
  "muls r2, r1, r2 \n"   \
  "muls r0, r1, r0 \n"   \
  "uxth r4, r3 \n"       \
  "adds r2, r2, r4 \n"   \
  "asrs r2, r2, #16 \n"  \
  "asrs r3, r3, #16 \n"  \
  "adds r0, r0, r3 \n"   \
  "adds r0, r0, r2 \n"   \
  "ldm r5!, {r1} \n"     \
  "adds r0, r0, r1 \n"   \
  "stm r7!, {r0} \n"

/* The same for a row whose t is in `row`, and that of the row above it in `above`. */
#define REQUANTIZE_ROW(row, above) \
  "mov r0, " row " \n"             \
  "mov r1, " above " \n"           \
  "lsls r1, r1, #8 \n"             \
  "subs r0, r0, r1 \n"             \
  REQUANTIZE

#define LABEL(name)        \
  ".p2align 2 \n"          \
  ".global " name " \n"    \
  ".thumb_func \n" name ": \n"

/* In the loop: weights in r0, the vector in r1 and the end of its columns in twos in r12, less a byte
 * if one is left over; t[0] to t[3] in r8 to r11. */
__attribute__((naked)) void gru_add_int8_quads(gru_constants_t *constants,
                                               const gru_operand_t *operand,
                                               const gru_quad_t *addends, gru_quad_t *sums) {
  __asm__(
      "push {r0, r1, r2, r3, r4, r5, r6, r7, lr} \n"
      "mov r4, r8 \n"
      "mov r5, r9 \n"
      "mov r6, r10 \n"
      "mov r7, r11 \n"
      "push {r4, r5, r6, r7} \n"
      "ldr r0, [r0] \n"
      "ldm r1!, {r2, r3, r4, r5, r6} \n"
      "mov r1, r2 \n"
      "mov r12, r3 \n"
      "mov lr, r4 \n"
      /* t[k] start from the offset and from 256 times where t[k + 1] starts. */
      "mov r11, r6 \n"
      "lsls r5, r6, #8 \n"
      "adds r5, r5, r6 \n"
      "mov r10, r5 \n"
      "lsls r5, r5, #8 \n"
      "adds r5, r5, r6 \n"
      "mov r9, r5 \n"
      "lsls r5, r5, #8 \n"
      "adds r5, r5, r6 \n"
      "mov r8, r5 \n"
      "lsls r3, r1, #30 \n"
      "bpl 1f \n"
      ONE_COLUMN /* words of a vector must be aligned */
      "1: \n"
      "mov pc, lr \n"

      LABEL("gru_int8_quads_round")
      TWO_COLUMNS TWO_COLUMNS TWO_COLUMNS TWO_COLUMNS
      "cmp r1, r12 \n"
      "blo gru_int8_quads_round \n"
      "beq gru_int8_quads_end \n"
      LABEL("gru_int8_quads_rest")
      ONE_COLUMN
      LABEL("gru_int8_quads_end")
      "ldr r1, [sp, #16] \n" /* constants */
      "str r0, [r1] \n"
      "ldr r6, [r1, #4] \n"
      "add r7, sp, #24 \n"
      "ldm r7!, {r5} \n" /* addends */
      "ldr r7, [r7] \n" /* sums */
      "movs r1, #128 \n"
      "lsls r1, r1, #8 \n"
      "mov r12, r1 \n"
      REQUANTIZE_ROW("r8", "r9")
      REQUANTIZE_ROW("r9", "r10")
      REQUANTIZE_ROW("r10", "r11")
      "mov r0, r11 \n"
      REQUANTIZE
      "ldr r1, [sp, #16] \n"
      "str r6, [r1, #4] \n"
      "pop {r4, r5, r6, r7} \n"
      "mov r8, r4 \n"
      "mov r9, r5 \n"
      "mov r10, r6 \n"
      "mov r11, r7 \n"
      "add sp, #16 \n"
      "pop {r4, r5, r6, r7, pc} \n");
}

#endif
