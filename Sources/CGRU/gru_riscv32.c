/* gru_add_int8_quads() on RV32IM: in assembly, because compilers take so many registers for the loop
 * that saving and restoring them takes longer than everything else behind it. */
#include "gru_int8_quads.h"

#if defined(GRU_RV32IM)

void gru_prepare_int8_quads(gru_operand_t *operand) {
  operand->offset = gru_int8_quads_offset(operand);
  operand->end = (uintptr_t)(operand->vector + operand->columns);
}

/* A column of the round: 52 bytes of code. */
#define COLUMN(n)                 \
  "lh a7, 2 * " #n "(a5) \n"      \
  "lbu t0, 4 * " #n "(a4) \n"     \
  "lbu t1, 4 * " #n " + 1(a4) \n" \
  "lbu t2, 4 * " #n " + 2(a4) \n" \
  "lbu a1, 4 * " #n " + 3(a4) \n" \
  "mul t0, t0, a7 \n"             \
  "mul t1, t1, a7 \n"             \
  "mul t2, t2, a7 \n"             \
  "mul a1, a1, a7 \n"             \
  "add t3, t3, t0 \n"             \
  "add t4, t4, t1 \n"             \
  "add t5, t5, t2 \n"             \
  "add t6, t6, a1 \n"

#define FOUR_COLUMNS(a, b, c, d) COLUMN(a) COLUMN(b) COLUMN(c) COLUMN(d)

/* gru_smmlar() of the row whose sum is in `sum`. */
#define REQUANTIZE(sum, n)        \
  "lw a1, 4 * " #n "(a5) \n"      \
  "lw a7, 4 * " #n "(a2) \n"      \
  "mulh t0, " sum ", a1 \n"       \
  "mul t1, " sum ", a1 \n"        \
  "srli t1, t1, 31 \n"            \
  "add t0, t0, a7 \n"             \
  "add t0, t0, t1 \n"             \
  "sw t0, 4 * " #n "(a3) \n"

/* In the loop: weights in a4, the vector and its end in a5 and a6, sums in t3 to t6. */
__attribute__((naked)) void gru_add_int8_quads(gru_constants_t *constants,
                                               const gru_operand_t *operand,
                                               const gru_quad_t *addends, gru_quad_t *sums) {
  __asm__(
      ".option push \n"
      ".option norvc \n"
      "lw a4, 0(a0) \n"
      "lw a5, 0(a1) \n"
      "lw a6, 4(a1) \n"
      "lw t3, 16(a1) \n"
      "mv t4, t3 \n"
      "mv t5, t3 \n"
      "mv t6, t3 \n"
      /* The first round is entered behind the columns that it lacks, with pointers back by them. */
      "sub t1, a5, a6 \n"
      "andi t1, t1, 30 \n"
      "sub a5, a5, t1 \n"
      "li t0, 26 \n"
      "mul t0, t0, t1 \n"
      "slli t1, t1, 1 \n"
      "sub a4, a4, t1 \n"
      "la t1, 1f \n"
      "add t0, t0, t1 \n"
      "jr t0 \n"

      "1: \n"
      FOUR_COLUMNS(0, 1, 2, 3) FOUR_COLUMNS(4, 5, 6, 7)
      FOUR_COLUMNS(8, 9, 10, 11) FOUR_COLUMNS(12, 13, 14, 15)
      "addi a5, a5, 32 \n"
      "addi a4, a4, 64 \n"
      "bne a5, a6, 1b \n"

      "lw a5, 4(a0) \n"
      REQUANTIZE("t3", 0) REQUANTIZE("t4", 1) REQUANTIZE("t5", 2) REQUANTIZE("t6", 3)
      "addi a5, a5, 16 \n"
      "sw a4, 0(a0) \n"
      "sw a5, 4(a0) \n"
      "ret \n"
      ".option pop \n");
}

#endif
