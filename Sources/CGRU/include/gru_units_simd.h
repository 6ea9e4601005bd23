/* Gates and next state of four units at once, on cores with vectors of 128 bits; elsewhere, and as the
 * definition of the same bits, Swift's Cell. */
#ifndef GRU_UNITS_SIMD_H
#define GRU_UNITS_SIMD_H

#include "gru_quad.h"

#if defined(GRU_LANES)

/* Whether the core has vectors of 128 bits. */
GRU_INLINE _Bool gru_has_vectors(void) { return 1; }

GRU_INLINE gru_lanes_t gru_select_lanes(gru_lanes_t condition, gru_lanes_t a, gru_lanes_t b) {
  return (a & condition) | (b & ~condition);
}

/* Magnitude, up to `largest`; that of -2^31, which wraps, too. */
GRU_INLINE gru_lanes_t gru_clamped_magnitude(gru_lanes_t x, int32_t largest) {
  gru_lanes_t sign = x >> 31;
  gru_lanes_t magnitude = gru_add_lanes(x ^ sign, sign & 1);
  gru_lanes_t limit = {largest, largest, largest, largest};
  return gru_select_lanes((magnitude > limit) | (magnitude < 0), limit, magnitude);
}

/* tanhMagnitude() of Activations.swift, with the sign of x. */
GRU_INLINE gru_lanes_t gru_tanh_lanes(gru_lanes_t x, gru_lanes_t magnitude_q19, int bits,
                                      const int16_t *knots) {
  gru_lanes_t index = magnitude_q19 >> 13, position = magnitude_q19 & 0x1FFF;
  gru_lanes_t neighbours = {(int32_t)gru_load_halfwords(knots + index[0]),
                            (int32_t)gru_load_halfwords(knots + index[1]),
                            (int32_t)gru_load_halfwords(knots + index[2]),
                            (int32_t)gru_load_halfwords(knots + index[3])};
  int32_t offset = (1 << 28) + (1 << (bits - 1));
  gru_lanes_t offsets = {offset, offset, offset, offset};
  gru_lanes_t weights = (8192 - position) | position << 16;
  gru_lanes_t result = gru_smlad_lanes(offsets, neighbours, weights) >> bits;
  return (result ^ (x >> 31)) - (x >> 31);
}

/* sigmoid() of Activations.swift, in Q16. */
GRU_INLINE gru_lanes_t gru_sigmoid_lanes(gru_lanes_t x, const int16_t *knots) {
  return 32768 + gru_tanh_lanes(x, gru_clamped_magnitude(x, 356 << 13), 14, knots);
}

/* The next state, in Q15, of the units whose sums these are: of the product that the reset gate
 * scales, the candidate, the update gate and the reset gate; with a tanh candidate and no carry. */
GRU_INLINE void gru_blend_lanes(const gru_quad_t *sums, uint32_t preactivation_shift,
                                const int16_t *hidden, int16_t *next, const int16_t *knots) {
  gru_lanes_t apart = gru_shift_lanes_left(gru_lanes(sums), preactivation_shift + 2);
  gru_lanes_t candidate = gru_shift_lanes_left(gru_lanes(sums + 1), preactivation_shift);
  gru_lanes_t update = gru_shift_lanes_left(gru_lanes(sums + 2), preactivation_shift);
  gru_lanes_t reset = gru_shift_lanes_left(gru_lanes(sums + 3), preactivation_shift);
  gru_lanes_t r = gru_sigmoid_lanes(reset, knots);
  gru_lanes_t z = gru_sigmoid_lanes(update, knots);
  candidate = gru_smmlar_lanes(candidate, apart, r << 14);
  gru_lanes_t magnitude = gru_clamped_magnitude(candidate, 356 << 12) << 1;
  gru_lanes_t n = gru_shift_lanes_left(gru_tanh_lanes(candidate, magnitude, 13, knots), 7);
  gru_lanes_t h = {hidden[0], hidden[1], hidden[2], hidden[3]};
  gru_lanes_t difference = gru_shift_lanes_left(gru_shift_lanes_left(h, 8) - n, 6);
  gru_lanes_t state = (gru_smmlar_lanes(n, difference, z << 10) + 128) >> 8;
  for (int unit = 0; unit < 4; unit++) next[unit] = (int16_t)gru_saturate16(state[unit]);
}

#else

GRU_INLINE _Bool gru_has_vectors(void) { return 0; }
GRU_INLINE void gru_blend_lanes(const gru_quad_t *sums, uint32_t preactivation_shift,
                                const int16_t *hidden, int16_t *next, const int16_t *knots) {
  (void)sums, (void)preactivation_shift, (void)hidden, (void)next, (void)knots;
}

#endif

#endif
