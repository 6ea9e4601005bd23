/* Products of a quad of int8 rows with a vector, where the rows lie a word to a column:
 * GRU_LAYOUT_QUADS. In C for all cores, in assembly for some.
 *
 * A byte u = w + 128 has no sign, so that a shift extracts it. Sums over a vector x start from
 *
 *     sum of w * x - sum of u * x = -128 * (sum of x)
 */
#ifndef GRU_INT8_QUADS_H
#define GRU_INT8_QUADS_H

#include "gru_kernels.h"

/* Cores with the loop in assembly. */
#if defined(__ARM_ARCH_6M__)
#define GRU_ARMV6M 1
#elif defined(__thumb2__)
#define GRU_THUMB2 1
#elif defined(__riscv_mul) && __riscv_xlen == 32 && !defined(__riscv_32e)
#define GRU_RV32IM 1
#endif

/* Readies an operand for gru_add_int8_quads(). */
void gru_prepare_int8_quads(gru_operand_t *operand);

/* sums = addends + the products of the next quad, each times its row's multiplier. */
void gru_add_int8_quads(gru_constants_t *constants, const gru_operand_t *operand,
                        const gru_quad_t *addends, gru_quad_t *sums);

/* Whether the core has registers for the sums of three gates at once. */
GRU_INLINE _Bool gru_has_gates(void) {
#if defined(GRU_RV32IM)
  return 1;
#else
  return 0;
#endif
}

/* On such a core: all sums of the next four units of a cell with the reset gate behind the product:
 * of that product, apart, then of the candidate, the update gate and the reset gate. */
#if defined(GRU_RV32IM)
void gru_sum_gates_int8_quads(gru_cell_step_t *step, gru_quad_t *sums);
#else
GRU_INLINE void gru_sum_gates_int8_quads(gru_cell_step_t *step, gru_quad_t *sums) {
  (void)step, (void)sums;
}
#endif

/* -128 * (sum of x), modulo 2^32. */
GRU_INLINE uint32_t gru_int8_quads_offset(const gru_operand_t *operand) {
  uint32_t total = 0;
  for (uint32_t i = 0; i < operand->columns; i++) total += (uint32_t)operand->vector[i];
  return 0 - (total << 7);
}

#endif
