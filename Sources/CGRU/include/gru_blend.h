/* Steps of a cell and its units on cores with the DSP instructions of Armv7E-M; elsewhere, and as the
 * definition of the same bits, Swift's Cell. */
#ifndef GRU_BLEND_H
#define GRU_BLEND_H

#include "gru_kernels.h"

#if defined(__ARM_FEATURE_DSP)

/* All units of a cell with the reset gate behind the product; the operands are ready. */
void gru_step_pairs(gru_cell_step_t *step, const int16_t *tanh_knots);
void gru_step_int16(gru_cell_step_t *step, const int16_t *tanh_knots);

/* gru_blend_armv7em() counts knots from 2^31 - (356 << 13) in units of 2^13. */
#define GRU_KNOTS_BEFORE ((0x7FD38000u >> 13) * sizeof(int16_t))

/* What gru_blend_armv7em() knows of `count` units: the pre-activations' shift in bits 7...0, the
 * state's exponent in 12...8, bit 15 for ReLU, count - 1 above. A register that shifts by this word
 * looks at its lowest byte alone. */
GRU_INLINE uint32_t gru_unit_settings(const gru_cell_t *cell, uint32_t count) {
  uint32_t is_relu = cell->candidate == GRU_ACTIVATION_RELU;
  return cell->preactivation_shift | (uint32_t)(uint8_t)cell->state_exponent << 8 | is_relu << 15 |
         (count - 1) << 16;
}

/* Gates and next state of `count` units from `first` on, at most four. */
GRU_INLINE void gru_blend(gru_cell_step_t *step, const gru_quad_t *unit_sums, uint32_t first,
                          uint32_t count, const int16_t *tanh_knots) {
  register int8_t *carry __asm__("r1") = step->carry ? step->carry + first : 0;
  register int16_t *next __asm__("r2") = step->next + first;
  register uintptr_t knots __asm__("r3") = (uintptr_t)tanh_knots - GRU_KNOTS_BEFORE;
  register uint32_t settings __asm__("r4") = gru_unit_settings(step->cell, count);
  register const int16_t *hidden __asm__("r7") = step->hidden.vector + first;
  register const gru_quad_t *sums __asm__("r10") = unit_sums;
  __asm__("bl gru_blend_armv7em"
          : "+r"(carry), "+r"(next), "+r"(settings), "+r"(hidden), "+r"(sums)
          : "r"(knots)
          : "r5", "r6", "r8", "r9", "r11", "lr", "cc", "memory");
}

#else

GRU_INLINE void gru_step_pairs(gru_cell_step_t *step, const int16_t *tanh_knots) {
  (void)step, (void)tanh_knots;
}
GRU_INLINE void gru_step_int16(gru_cell_step_t *step, const int16_t *tanh_knots) {
  (void)step, (void)tanh_knots;
}
GRU_INLINE void gru_blend(gru_cell_step_t *step, const gru_quad_t *unit_sums, uint32_t first,
                          uint32_t count, const int16_t *tanh_knots) {
  (void)step, (void)unit_sums, (void)first, (void)count, (void)tanh_knots;
}

#endif

#endif
