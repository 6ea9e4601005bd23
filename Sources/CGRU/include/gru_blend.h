/* Steps of a cell and its units on cores with the DSP instructions of Armv7E-M; elsewhere, and as the
 * definition of the same bits, Swift's Cell. */
#ifndef GRU_BLEND_H
#define GRU_BLEND_H

#include "gru_kernels.h"

#if defined(__ARM_FEATURE_DSP)

/* Knots are counted from 2^31 - (356 << 13) in units of 2^13: this far before the first one. */
#define GRU_KNOTS_BEFORE ((0x7FD38000u >> 13) * sizeof(int16_t))

void gru_step_pairs_armv7em(gru_cell_step_t *step, uintptr_t knots);
void gru_step_int16_armv7em(gru_cell_step_t *step, uintptr_t knots);

/* All units of a cell with the reset gate behind the product. */
GRU_INLINE void gru_step_pairs(gru_cell_step_t *step, const int16_t *tanh_knots) {
  gru_step_pairs_armv7em(step, (uintptr_t)tanh_knots - GRU_KNOTS_BEFORE);
}
GRU_INLINE void gru_step_int16(gru_cell_step_t *step, const int16_t *tanh_knots) {
  gru_step_int16_armv7em(step, (uintptr_t)tanh_knots - GRU_KNOTS_BEFORE);
}

/* What gru_blend_armv7em() knows of `count` units: the pre-activations' shift in bits 7...0, the
 * state's exponent in 12...8, bit 23 for a carry, bit 24 for ReLU, count - 1 from bit 26 on. A
 * shift by this word looks at its lowest byte alone. */
GRU_INLINE uint32_t gru_unit_settings(const gru_cell_step_t *step, uint32_t count) {
  const gru_cell_t *cell = step->cell;
  uint32_t has_carry = step->carry != 0, is_relu = cell->candidate == GRU_ACTIVATION_RELU;
  return cell->preactivation_shift | (uint32_t)(uint8_t)cell->state_exponent << 8 |
         has_carry << 23 | is_relu << 24 | (count - 1) << 26;
}

/* Gates and next state of `count` units from `first` on, at most four, whose sums it uses up. */
GRU_INLINE void gru_blend(gru_cell_step_t *step, gru_quad_t *unit_sums, uint32_t first,
                          uint32_t count, const int16_t *tanh_knots) {
  register uintptr_t to_last __asm__("r1") =
      (uintptr_t)step->hidden.vector - (uintptr_t)step->next;
  register int8_t *carry __asm__("r3") = step->carry ? step->carry + first : 0;
  register int16_t *next __asm__("r4") = step->next + first;
  register uintptr_t knots __asm__("r5") = (uintptr_t)tanh_knots - GRU_KNOTS_BEFORE;
  register uint32_t settings __asm__("r6") = gru_unit_settings(step, count);
  register gru_quad_t *sums __asm__("r10") = unit_sums;
  __asm__("bl gru_blend_armv7em"
          : "+r"(carry), "+r"(next), "+r"(settings), "+r"(sums)
          : "r"(to_last), "r"(knots)
          : "r0", "r2", "r8", "r9", "r11", "lr", "cc", "memory");
}

#else

GRU_INLINE void gru_step_pairs(gru_cell_step_t *step, const int16_t *tanh_knots) {
  (void)step, (void)tanh_knots;
}
GRU_INLINE void gru_step_int16(gru_cell_step_t *step, const int16_t *tanh_knots) {
  (void)step, (void)tanh_knots;
}
GRU_INLINE void gru_blend(gru_cell_step_t *step, gru_quad_t *unit_sums, uint32_t first,
                          uint32_t count, const int16_t *tanh_knots) {
  (void)step, (void)unit_sums, (void)first, (void)count, (void)tanh_knots;
}

#endif

#endif
