/* Instruction wrappers for four values at once, on cores with vectors of 128 bits: each does what the
 * function of the same name in gru_dsp.h does in each lane. */
#ifndef GRU_LANES_H
#define GRU_LANES_H

#include "gru_dsp.h"

#if defined(__x86_64__) || defined(__aarch64__)
#define GRU_LANES 1

/* Compilers have the usual operators for them; a comparison is 0 or -1. */
typedef int32_t gru_lanes_t __attribute__((vector_size(16)));
typedef uint32_t gru_wrapping_lanes_t __attribute__((vector_size(16)));

/* Wraps. */
GRU_INLINE gru_lanes_t gru_add_lanes(gru_lanes_t a, gru_lanes_t b) {
  return (gru_lanes_t)((gru_wrapping_lanes_t)a + (gru_wrapping_lanes_t)b);
}

GRU_INLINE gru_lanes_t gru_shift_lanes_left(gru_lanes_t lanes, uint32_t shift) {
  return (gru_lanes_t)((gru_wrapping_lanes_t)lanes << shift);
}

#if defined(__x86_64__)

#include <emmintrin.h>

/* SMMLAR of each lane: the upper words of unsigned products, less b * 2^32 where a is negative, and
 * a * 2^32 where b is. */
GRU_INLINE gru_lanes_t gru_smmlar_lanes(gru_lanes_t addend, gru_lanes_t a, gru_lanes_t b) {
  __m128i half = _mm_set1_epi64x(INT64_C(1) << 31);
  __m128i even = _mm_add_epi64(_mm_mul_epu32((__m128i)a, (__m128i)b), half);
  __m128i odd = _mm_add_epi64(
      _mm_mul_epu32(_mm_srli_epi64((__m128i)a, 32), _mm_srli_epi64((__m128i)b, 32)), half);
  __m128i high = _mm_unpacklo_epi32(_mm_shuffle_epi32(even, _MM_SHUFFLE(0, 0, 3, 1)),
                                    _mm_shuffle_epi32(odd, _MM_SHUFFLE(0, 0, 3, 1)));
  gru_lanes_t excess = gru_add_lanes((a >> 31) & b, (b >> 31) & a);
  return gru_add_lanes(addend, (gru_lanes_t)_mm_sub_epi32(high, (__m128i)excess));
}

/* SMLAD of each lane. */
GRU_INLINE gru_lanes_t gru_smlad_lanes(gru_lanes_t sum, gru_lanes_t a, gru_lanes_t b) {
  return sum + (gru_lanes_t)_mm_madd_epi16((__m128i)a, (__m128i)b);
}

#else

#include <arm_neon.h>

/* SMMLAR of each lane. */
GRU_INLINE gru_lanes_t gru_smmlar_lanes(gru_lanes_t addend, gru_lanes_t a, gru_lanes_t b) {
  int32x4_t x = (int32x4_t)a, y = (int32x4_t)b;
  int64x2_t low = vmull_s32(vget_low_s32(x), vget_low_s32(y));
  int64x2_t high = vmull_high_s32(x, y);
  return gru_add_lanes(addend, (gru_lanes_t)vrshrn_high_n_s64(vrshrn_n_s64(low, 32), high, 32));
}

/* SMLAD of each lane. */
GRU_INLINE gru_lanes_t gru_smlad_lanes(gru_lanes_t sum, gru_lanes_t a, gru_lanes_t b) {
  int16x8_t x = (int16x8_t)a, y = (int16x8_t)b;
  int32x4_t low = vmull_s16(vget_low_s16(x), vget_low_s16(y));
  return sum + (gru_lanes_t)vpaddq_s32(low, vmull_high_s16(x, y));
}

#endif

#endif

#endif
