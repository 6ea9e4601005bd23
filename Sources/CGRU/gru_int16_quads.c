/* Products of int16 rows, for cores without an instruction that adds two products of halfwords in 64
 * bits. Cores with vectors have loops of their own, and these for the tests alone. */
#include "gru_quad.h"

#if !defined(__ARM_FEATURE_DSP)

#if defined(__thumb2__)

/* With SMLAL, 64 bits cost nothing. */
typedef int64_t gru_row_sum_t;

GRU_INLINE gru_row_sum_t gru_add_columns(gru_row_sum_t sum, const int16_t *row, int32_t x0,
                                         int32_t x1) {
  return sum + (int64_t)row[0] * x0 + (int64_t)row[1] * x1;
}

GRU_INLINE int64_t gru_row_sum(gru_row_sum_t sum) { return sum; }

#else

/* Two products together, 2^16 * high + low with 0 < low <= 2^16, are added up modulo 2^32, and their
 * high parts apart. Up to 65535 columns all low parts together stay below 2^32, so that both sums
 * tell them.
 *
 * Two products are in -2^31 + 2^16...2^31, of which only the largest doesn't fit 32 bits; one less,
 * whose upper half `high` is, always does. */
typedef struct gru_row_sum {
  uint32_t all;
  int32_t high;
} gru_row_sum_t;

GRU_INLINE gru_row_sum_t gru_add_columns(gru_row_sum_t sum, const int16_t *row, int32_t x0,
                                         int32_t x1) {
  uint32_t products = (uint32_t)(row[0] * x0) + (uint32_t)(row[1] * x1);
  gru_row_sum_t result = {sum.all + products, sum.high + ((int32_t)(products - 1) >> 16)};
  return result;
}

GRU_INLINE int64_t gru_row_sum(gru_row_sum_t sum) {
  return (int64_t)sum.high * 65536 + (sum.all - ((uint32_t)sum.high << 16));
}

#endif

#if defined(__ARM_ARCH_6M__)

/* Two columns of the row whose weights are in `w`, times x in r2 and r3. */
#define ROW(w, all, high)         \
  "sxth r6, " w " \n"             \
  "asrs " w ", " w ", #16 \n"     \
  "muls r6, r2, r6 \n"            \
  "muls " w ", r3, " w " \n"      \
  "adds " w ", " w ", r6 \n"      \
  "add " all ", " w " \n"         \
  "subs " w ", #1 \n"             \
  "asrs " w ", " w ", #16 \n"     \
  "add " high ", " w " \n"

/* Adds all twos of columns of two rows, of which there are some. In assembly, because compilers don't
 * add to the registers above r7. */
__attribute__((naked)) static void gru_add_two_rows(gru_row_sum_t *sums, const uint32_t *weights,
                                                    const int16_t *vector, const int16_t *end) {
  __asm__(
      "push {r0, r4, r5, r6, r7, lr} \n"
      "mov r4, r8 \n"
      "mov r5, r9 \n"
      "mov r6, r10 \n"
      "mov r7, r11 \n"
      "push {r4, r5, r6, r7} \n"
      "movs r7, #0 \n"
      "mov r8, r7 \n"
      "mov r9, r7 \n"
      "mov r10, r7 \n"
      "mov r11, r7 \n"
      "mov r12, r3 \n"
      "mov r0, r1 \n"
      "mov r1, r2 \n"
      "movs r7, #2 \n"
      "1: \n"
      "ldrh r2, [r1] \n" /* a vector's words need not be aligned */
      "sxth r2, r2 \n"
      "ldrsh r3, [r1, r7] \n"
      "adds r1, #4 \n"
      "ldm r0!, {r4, r5} \n"
      "adds r0, #8 \n"
      ROW("r4", "r8", "r9")
      ROW("r5", "r10", "r11")
      "cmp r1, r12 \n"
      "bne 1b \n"
      "ldr r0, [sp, #16] \n"
      "mov r1, r8 \n"
      "mov r2, r9 \n"
      "mov r3, r10 \n"
      "mov r4, r11 \n"
      "stm r0!, {r1, r2, r3, r4} \n"
      "pop {r4, r5, r6, r7} \n"
      "mov r8, r4 \n"
      "mov r9, r5 \n"
      "mov r10, r6 \n"
      "mov r11, r7 \n"
      "pop {r0, r4, r5, r6, r7, pc} \n");
}

GRU_INLINE void gru_add_rows(gru_row_sum_t *sums, const uint32_t *weights, const int16_t *vector,
                             const int16_t *end) {
  if (vector == end) return;
  gru_add_two_rows(sums, weights, vector, end);
  gru_add_two_rows(sums + 2, weights + 2, vector, end);
}

#else

/* Adds all twos of columns. */
GRU_INLINE void gru_add_rows(gru_row_sum_t *sums, const uint32_t *weights, const int16_t *vector,
                             const int16_t *end) {
  const int16_t *rows = (const int16_t *)weights;
  for (; vector != end; vector += 2, rows += 8) {
    int32_t x0 = vector[0], x1 = vector[1];
    for (int row = 0; row < 4; row++)
      sums[row] = gru_add_columns(sums[row], rows + 2 * row, x0, x1);
  }
}

#endif

void gru_add_int16_quads(gru_constants_t *constants, const gru_operand_t *operand,
                         const gru_quad_t *addends, gru_quad_t *sums, uint32_t shift) {
  const int16_t *vector = operand->vector;
  uint32_t columns = operand->columns, even = columns & ~1u;
  gru_row_sum_t rows[4] = {0};
  gru_add_rows(rows, constants->weights, vector, vector + even);
  if (columns != even) { /* two rows share a word */
    const int16_t *last = (const int16_t *)(constants->weights + 2 * even);
    rows[0] = gru_add_columns(rows[0], last, vector[even], 0);
    rows[1] = gru_add_columns(rows[1], last, 0, vector[even]);
    rows[2] = gru_add_columns(rows[2], last + 2, vector[even], 0);
    rows[3] = gru_add_columns(rows[3], last + 2, 0, vector[even]);
  }
  constants->weights += 2 * columns;
  const int32_t *multiplier = &constants->rows++->row0, *addend = &addends->row0;
  int32_t *sum = &sums->row0;
  for (int row = 0; row < 4; row++)
    sum[row] = gru_smmlar(addend[row], gru_rounded_shift_right(gru_row_sum(rows[row]), shift),
                          multiplier[row]);
}

#endif
