/* gru_add_int8_quads() on Armv7-M: in assembly, because compilers don't load the words of four columns
 * at once, nor fit the loop into the 14 registers that it takes.
 *
 * One shift extracts a row's byte u together with those of the rows above it, see gru_armv6m.c. */
#include "gru_int8_quads.h"

#if defined(GRU_THUMB2)

/* Labels in gru_add_int8_quads(): the loop over columns, 16 in a round, and what follows it for up to
 * three columns that are left over. */
GRU_LABEL gru_int8_quads_round(void);
GRU_LABEL gru_int8_quads_rest(void);

void gru_prepare_int8_quads(gru_operand_t *operand) {
  uint32_t fours = operand->columns / 4;
  /* The first round is entered behind those fours that don't make a round. */
  uintptr_t round = (uintptr_t)gru_int8_quads_round + 132 * (-fours & 3);
  operand->offset = gru_int8_quads_offset(operand);
  operand->end = (uintptr_t)(operand->vector + 4 * fours);
  operand->entry = fours ? round : (uintptr_t)gru_int8_quads_rest;
}

/* The word `w` of weights times the next x. */
#define COLUMN(w)                 \
  "ldrsh r11, [r1], #2 \n"        \
  "lsr.w r12, " w ", #24 \n"      \
  "mla r10, r12, r11, r10 \n"     \
  "lsr.w r12, " w ", #16 \n"      \
  "mla r9, r12, r11, r9 \n"       \
  "lsr.w r12, " w ", #8 \n"       \
  "mla r8, r12, r11, r8 \n"       \
  "mla r7, " w ", r11, r7 \n"

/* 132 bytes of code. */
#define FOUR_COLUMNS              \
  "ldm.w r0!, {r3, r4, r5, r6} \n" \
  COLUMN("r3") COLUMN("r4") COLUMN("r5") COLUMN("r6")

/* The row whose sum is in `sum`: gru_smmlar() in `addend`. */
#define REQUANTIZE(sum, addend)   \
  "ldr r2, [r4], #4 \n"           \
  "mov lr, #0x80000000 \n"        \
  "smlal lr, " addend ", " sum ", r2 \n"

#define LABEL(name)               \
  ".p2align 2 \n"                 \
  ".global " name " \n"           \
  ".thumb_func \n" name ": \n"

/* In the loop: weights in r0, the vector in r1, the end of its columns in fours in r2 and that of all
 * in lr, t[0] to t[3] in r7 to r10. */
__attribute__((naked)) void gru_add_int8_quads(gru_constants_t *constants,
                                               const gru_operand_t *operand,
                                               const gru_quad_t *addends, gru_quad_t *sums) {
  __asm__(
      "push {r0, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, lr} \n"
      "ldr r0, [r0] \n"
      "ldm r1, {r1, r2, r3, r4, r5} \n"
      "add lr, r1, r4, lsl #1 \n"
      /* t[k] start from the offset and from 256 times where t[k + 1] starts. */
      "mov r10, r5 \n"
      "add r9, r5, r10, lsl #8 \n"
      "add r8, r5, r9, lsl #8 \n"
      "add r7, r5, r8, lsl #8 \n"
      "bx r3 \n"

      LABEL("gru_int8_quads_round")
      FOUR_COLUMNS FOUR_COLUMNS FOUR_COLUMNS FOUR_COLUMNS
      "cmp r1, r2 \n"
      "blo.w gru_int8_quads_round \n"
      "b.n 2f \n"

      LABEL("gru_int8_quads_rest")
      "ldr r3, [r0], #4 \n"
      COLUMN("r3")
      "2: \n"
      "cmp r1, lr \n"
      "bne gru_int8_quads_rest \n"

      "sub r7, r7, r8, lsl #8 \n"
      "sub r8, r8, r9, lsl #8 \n"
      "sub r9, r9, r10, lsl #8 \n"
      "pop {r1, r2, r3} \n" /* constants, addends, sums */
      "ldr r4, [r1, #4] \n"
      "ldm r2, {r5, r6, r11, r12} \n"
      REQUANTIZE("r7", "r5")
      REQUANTIZE("r8", "r6")
      REQUANTIZE("r9", "r11")
      REQUANTIZE("r10", "r12")
      "stm r3, {r5, r6, r11, r12} \n"
      "strd r0, r4, [r1] \n"
      "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc} \n");
}

#endif
