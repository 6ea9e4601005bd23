/* Gates and next state of up to four units at once, on cores with the DSP instructions of Armv7E-M;
 * elsewhere, and as the definition of the same bits, Swift's Cell.blendPortably(). */
#ifndef GRU_BLEND_H
#define GRU_BLEND_H

#include "gru_kernels.h"

#if defined(__ARM_FEATURE_DSP)

/* What the units of a cell share: four bytes, the pre-activations' shift lowest. A register that
 * shifts by this word looks at its lowest byte alone. */
GRU_INLINE uint32_t gru_unit_settings(const gru_cell_t *cell) {
  uint32_t settings;
  __builtin_memcpy(&settings, &cell->preactivation_shift, 4);
  return settings;
}

GRU_INLINE void gru_blend(gru_cell_step_t *step, uint32_t first, uint32_t count,
                          const int16_t *tanh_knots) {
  register const gru_quad_t *sums __asm__("r0") = step->sums;
  register const int16_t *hidden __asm__("r1") = step->hidden.vector + first;
  register int16_t *next __asm__("r2") = step->next + first;
  register const int16_t *knots __asm__("r3") = tanh_knots;
  register uint32_t settings __asm__("r4") = gru_unit_settings(step->cell);
  register const int32_t *end __asm__("r6") = &step->sums[0].row0 + count;
  register int8_t *carry __asm__("r7") = step->carry ? step->carry + first : 0;
  __asm__("bl gru_blend_armv7em"
          : "+r"(sums), "+r"(hidden), "+r"(next), "+r"(carry)
          : "r"(knots), "r"(settings), "r"(end)
          : "r5", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

#define GRU_CALL(function)                                                              \
  register const int16_t *r2 __asm__("r2") = tanh_knots;                                \
  register uint32_t r3 __asm__("r3") = gru_unit_settings(step->cell);                   \
  register gru_cell_step_t *r11 __asm__("r11") = step;                                  \
  __asm__("bl " #function                                                               \
          : "+r"(r2), "+r"(r3), "+r"(r11)                                               \
          :                                                                             \
          : "r0", "r1", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r12", "lr", "cc",   \
            "memory")

/* All units of a cell with the reset gate behind the product. */
GRU_INLINE void gru_step_pairs(gru_cell_step_t *step, const int16_t *tanh_knots) {
  GRU_CALL(gru_step_reset_after_pairs_armv7em);
}

GRU_INLINE void gru_step_int16(gru_cell_step_t *step, const int16_t *tanh_knots) {
  GRU_CALL(gru_step_reset_after_int16_armv7em);
}

#undef GRU_CALL

#else

GRU_INLINE void gru_blend(gru_cell_step_t *step, uint32_t first, uint32_t count,
                          const int16_t *tanh_knots) {
  (void)step, (void)first, (void)count, (void)tanh_knots;
}
GRU_INLINE void gru_step_pairs(gru_cell_step_t *step, const int16_t *tanh_knots) {
  (void)step, (void)tanh_knots;
}
GRU_INLINE void gru_step_int16(gru_cell_step_t *step, const int16_t *tanh_knots) {
  (void)step, (void)tanh_knots;
}

#endif

#endif
