/* gru_sum_gates_int8_quads() on RV32IM, which has registers for the sums of three gates: twelve rows
 * share each value of the vector. In assembly, because compilers take the loop apart. */
#include <stddef.h>

#include "gru_int8_quads.h"

#if defined(GRU_RV32IM)

/* Four rows of column `n`, whose x is in t6: 48 bytes of code. */
#define ROWS(n, weights, row0, row1, row2, row3)   \
  "lbu t0, 4 * " #n "(" weights ") \n"             \
  "lbu t1, 4 * " #n " + 1(" weights ") \n"         \
  "lbu t2, 4 * " #n " + 2(" weights ") \n"         \
  "lbu t3, 4 * " #n " + 3(" weights ") \n"         \
  "mul t0, t0, t6 \n"                              \
  "mul t1, t1, t6 \n"                              \
  "mul t2, t2, t6 \n"                              \
  "mul t3, t3, t6 \n"                              \
  "add " row0 ", " row0 ", t0 \n"                  \
  "add " row1 ", " row1 ", t1 \n"                  \
  "add " row2 ", " row2 ", t2 \n"                  \
  "add " row3 ", " row3 ", t3 \n"

/* A column of all three gates: 148 bytes of code. */
#define COLUMN(n)                          \
  "lh t6, 2 * " #n "(t4) \n"               \
  ROWS(n, "a2", "s0", "s1", "s2", "s3")    \
  ROWS(n, "a3", "s4", "s5", "s6", "s7")    \
  ROWS(n, "a4", "s8", "s9", "s10", "s11")

/* The word `to` of the sums = the addend + gru_smmlar(0, row, multiplier), where the row's sum is in
 * `row`; words are counted from registers. */
#define REQUANTIZE(row, n, from, addends, multipliers, first, to)  \
  "lw t0, 4 * (" #first " + " #n ")(" multipliers ") \n"           \
  "lw t1, 4 * (" #addends " + " #n ")(" from ") \n"                \
  "mulh t2, " row ", t0 \n"                                        \
  "mul t0, " row ", t0 \n"                                         \
  "srli t0, t0, 31 \n"                                             \
  "add t1, t1, t2 \n"                                              \
  "add t1, t1, t0 \n"                                              \
  "sw t1, 4 * (" #to " + " #n ")(a1) \n"
#define REQUANTIZE_ROWS(row0, row1, row2, row3, ...)                       \
  REQUANTIZE(row0, 0, __VA_ARGS__) REQUANTIZE(row1, 1, __VA_ARGS__)        \
  REQUANTIZE(row2, 2, __VA_ARGS__) REQUANTIZE(row3, 3, __VA_ARGS__)
#define REQUANTIZE_RESET(...) REQUANTIZE_ROWS("s0", "s1", "s2", "s3", __VA_ARGS__)
#define REQUANTIZE_UPDATE(...) REQUANTIZE_ROWS("s4", "s5", "s6", "s7", __VA_ARGS__)
#define REQUANTIZE_CANDIDATE(...) REQUANTIZE_ROWS("s8", "s9", "s10", "s11", __VA_ARGS__)

/* A token's entry in place of W * x. */
#define GATHER(n)             \
  "lh t1, 2 * " #n "(t4) \n"  \
  "lw t2, 4 * " #n "(a5) \n"  \
  "sll t1, t1, t0 \n"         \
  "add t2, t2, t1 \n"         \
  "sw t2, 4 * " #n "(t5) \n"

/* The weights of three gates in a2 to a4, whose W lie before their U, and so on from quad to quad;
 * biases and multipliers in a5, as gru_cell_t has them. In the loop: the vector and its end in t4 and
 * t5, sums in s0 to s11. */
__attribute__((naked)) void gru_sum_gates_int8_quads(gru_cell_step_t *step, gru_quad_t *sums) {
  __asm__(
      ".option push \n"
      ".option norvc \n"
      "addi sp, sp, -64 \n"
      "sw s0, 0(sp) \n sw s1, 4(sp) \n sw s2, 8(sp) \n sw s3, 12(sp) \n"
      "sw s4, 16(sp) \n sw s5, 20(sp) \n sw s6, 24(sp) \n sw s7, 28(sp) \n"
      "sw s8, 32(sp) \n sw s9, 36(sp) \n sw s10, 40(sp) \n sw s11, 44(sp) \n"
      "sw ra, 48(sp) \n"
      "lw t0, 16(a0) \n" /* columns of x and of h */
      "lw t1, 36(a0) \n"
      "lw a2, 56(a0) \n"
      "lw a5, 60(a0) \n"
      "add t0, t0, t1 \n"
      "slli t0, t0, 2 \n"
      "add a3, a2, t0 \n"
      "add a4, a3, t0 \n"
      "lw t0, 4(a0) \n"
      "beqz t0, 3f \n"
      "addi t0, a0, 4 \n"
      "jal 1f \n"
      REQUANTIZE_RESET("a5", 0, "a5", 4, 12)
      REQUANTIZE_UPDATE("a5", 12, "a5", 16, 8)
      REQUANTIZE_CANDIDATE("a5", 24, "a5", 28, 4)
      "addi a6, a5, 4 * 20 \n"
      "addi a7, a5, 4 * 36 \n"
      "addi a5, a5, 4 * 8 \n"
      "2: \n" /* multipliers of U in a5 to a7 */
      "addi t0, a0, 24 \n"
      "jal 1f \n"
      REQUANTIZE_RESET("a1", 12, "a5", 0, 12)
      REQUANTIZE_UPDATE("a1", 8, "a6", 0, 8)
      REQUANTIZE_CANDIDATE("a7", -4, "a7", 0, 0)
      "addi a7, a7, 16 \n"
      "sw a4, 56(a0) \n"
      "sw a7, 60(a0) \n"
      "lw s0, 0(sp) \n lw s1, 4(sp) \n lw s2, 8(sp) \n lw s3, 12(sp) \n"
      "lw s4, 16(sp) \n lw s5, 20(sp) \n lw s6, 24(sp) \n lw s7, 28(sp) \n"
      "lw s8, 32(sp) \n lw s9, 36(sp) \n lw s10, 40(sp) \n lw s11, 44(sp) \n"
      "lw ra, 48(sp) \n"
      "addi sp, sp, 64 \n"
      "ret \n"

      "3: \n" /* without multipliers of W */
      "lw t3, 0(a0) \n"
      "lw t4, 44(a0) \n"
      "addi t5, a1, 4 * 12 \n"
      "li t6, 3 \n"
      "4: \n"
      "lbu t0, 26(t3) \n"
      GATHER(0) GATHER(1) GATHER(2) GATHER(3)
      "addi t3, t3, 6 \n"
      "addi t4, t4, 8 \n"
      "addi t5, t5, -16 \n"
      "addi t6, t6, -1 \n"
      "addi a5, a5, 4 * 8 \n"
      "bnez t6, 4b \n"
      "sw t4, 44(a0) \n"
      "mv a7, a5 \n"
      "addi a6, a5, -4 * 12 \n"
      "addi a5, a5, -4 * 20 \n"
      "j 2b \n"

      "1: \n" /* the sums of an operand in t0 */
      "lw t4, 0(t0) \n"
      "lw t5, 4(t0) \n"
      "lw s0, 16(t0) \n"
      "mv s1, s0 \n mv s2, s0 \n mv s3, s0 \n mv s4, s0 \n mv s5, s0 \n mv s6, s0 \n"
      "mv s7, s0 \n mv s8, s0 \n mv s9, s0 \n mv s10, s0 \n mv s11, s0 \n"
      /* The first round is entered behind the columns that it lacks, with pointers back by them. */
      "sub t0, t4, t5 \n"
      "andi t0, t0, 6 \n"
      "sub t4, t4, t0 \n"
      "slli t1, t0, 1 \n"
      "sub a2, a2, t1 \n"
      "sub a3, a3, t1 \n"
      "sub a4, a4, t1 \n"
      "li t1, 74 \n"
      "mul t0, t0, t1 \n"
      "la t1, 5f \n"
      "add t0, t0, t1 \n"
      "jr t0 \n"
      "5: \n"
      COLUMN(0) COLUMN(1) COLUMN(2) COLUMN(3)
      "addi t4, t4, 8 \n"
      "addi a2, a2, 16 \n"
      "addi a3, a3, 16 \n"
      "addi a4, a4, 16 \n"
      "bne t4, t5, 5b \n"
      "ret \n"
      ".option pop \n");
}

_Static_assert(offsetof(gru_cell_step_t, input) == 4, "input");
_Static_assert(offsetof(gru_cell_step_t, hidden) == 24, "hidden");
_Static_assert(offsetof(gru_cell_step_t, entries) == 44, "entries");
_Static_assert(offsetof(gru_cell_step_t, constants) == 56, "constants");
_Static_assert(offsetof(gru_cell_t, matrices) == 24, "matrices, of three bytes each");
_Static_assert(offsetof(gru_operand_t, columns) == 12, "columns");

#endif
