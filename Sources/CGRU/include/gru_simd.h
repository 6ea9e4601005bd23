/* Products of a quad of rows with a vector, where two columns of the four rows lie in a block of 128
 * bits: GRU_LAYOUT_WIDE, and int16 weights. For cores with vectors of that size; on others the loops
 * in MatrixKernel.swift make the same sums. */
#ifndef GRU_SIMD_H
#define GRU_SIMD_H

#include "gru_quad.h"

/* One exact sum for each of four rows. */
typedef struct gru_long_quad {
  int64_t row0, row1, row2, row3;
} gru_long_quad_t;

#if defined(__x86_64__)

#include <emmintrin.h>

/* PMADDWD: low * low + high * high of each word and x, the two columns' values; wraps. */
GRU_INLINE __m128i gru_multiply_block(const uint32_t *weights, uint32_t x) {
  return _mm_madd_epi16(_mm_loadu_si128((const __m128i *)weights), _mm_set1_epi32((int32_t)x));
}

typedef __m128i gru_sums32_t;

GRU_INLINE gru_sums32_t gru_no_sums32(void) { return _mm_setzero_si128(); }

GRU_INLINE gru_sums32_t gru_add_block32(gru_sums32_t sums, const uint32_t *weights, uint32_t x) {
  return _mm_add_epi32(sums, gru_multiply_block(weights, x));
}

GRU_INLINE gru_quad_t gru_quad(gru_sums32_t sums) {
  gru_quad_t quad;
  _mm_storeu_si128((__m128i *)&quad, sums);
  return quad;
}

/* The sum of all products, which wraps, and that of their upper halves. With 0 < low <= 2^16,
 *
 *     product = 2^16 * high + low
 *     sum of products = 2^16 * (sum of high) + (sum of low)
 *
 * A row's two products together are in -2^31 + 2^16...2^31, where only the largest doesn't fit 32
 * bits; one less, whose upper half `high` is, always does: it is in -2^15...2^15 - 1. 65535 columns,
 * 32767 blocks, keep both sums on the right below 2^31, so that the wrapped sum tells that of low. */
typedef struct gru_sums64 {
  __m128i all, high;
} gru_sums64_t;

GRU_INLINE gru_sums64_t gru_no_sums64(void) {
  gru_sums64_t sums = {_mm_setzero_si128(), _mm_setzero_si128()};
  return sums;
}

GRU_INLINE gru_sums64_t gru_add_block64(gru_sums64_t sums, const uint32_t *weights, uint32_t x) {
  __m128i product = gru_multiply_block(weights, x);
  __m128i less_one = _mm_sub_epi32(product, _mm_set1_epi32(1));
  sums.all = _mm_add_epi32(sums.all, product);
  sums.high = _mm_add_epi32(sums.high, _mm_srai_epi32(less_one, 16)); /* a floor */
  return sums;
}

GRU_INLINE gru_long_quad_t gru_long_quad(gru_sums64_t sums) {
  gru_quad_t high = gru_quad(sums.high);
  gru_quad_t low = gru_quad(_mm_sub_epi32(sums.all, _mm_slli_epi32(sums.high, 16)));
  gru_long_quad_t quad = {
      65536 * (int64_t)high.row0 + low.row0, 65536 * (int64_t)high.row1 + low.row1,
      65536 * (int64_t)high.row2 + low.row2, 65536 * (int64_t)high.row3 + low.row3};
  return quad;
}

#elif defined(__aarch64__)

#include <arm_neon.h>

/* Each row's first column and its second apart. */
typedef struct gru_sums32 {
  int32x4_t rows01, rows23;
} gru_sums32_t;

GRU_INLINE gru_sums32_t gru_no_sums32(void) {
  gru_sums32_t sums = {vdupq_n_s32(0), vdupq_n_s32(0)};
  return sums;
}

/* SMLAL. */
GRU_INLINE gru_sums32_t gru_add_block32(gru_sums32_t sums, const uint32_t *weights, uint32_t x) {
  int16x8_t block = vreinterpretq_s16_u32(vld1q_u32(weights));
  int16x8_t columns = vreinterpretq_s16_u32(vdupq_n_u32(x));
  sums.rows01 = vmlal_s16(sums.rows01, vget_low_s16(block), vget_low_s16(columns));
  sums.rows23 = vmlal_high_s16(sums.rows23, block, columns);
  return sums;
}

GRU_INLINE gru_quad_t gru_quad(gru_sums32_t sums) {
  gru_quad_t quad;
  vst1q_s32(&quad.row0, vpaddq_s32(sums.rows01, sums.rows23));
  return quad;
}

typedef struct gru_sums64 {
  int64x2_t rows01, rows23;
} gru_sums64_t;

GRU_INLINE gru_sums64_t gru_no_sums64(void) {
  gru_sums64_t sums = {vdupq_n_s64(0), vdupq_n_s64(0)};
  return sums;
}

/* SMULL, and SADALP, which adds the two columns. */
GRU_INLINE gru_sums64_t gru_add_block64(gru_sums64_t sums, const uint32_t *weights, uint32_t x) {
  int16x8_t block = vreinterpretq_s16_u32(vld1q_u32(weights));
  int16x8_t columns = vreinterpretq_s16_u32(vdupq_n_u32(x));
  sums.rows01 = vpadalq_s32(sums.rows01, vmull_s16(vget_low_s16(block), vget_low_s16(columns)));
  sums.rows23 = vpadalq_s32(sums.rows23, vmull_high_s16(block, columns));
  return sums;
}

GRU_INLINE gru_long_quad_t gru_long_quad(gru_sums64_t sums) {
  gru_long_quad_t quad;
  vst1q_s64(&quad.row0, sums.rows01);
  vst1q_s64(&quad.row2, sums.rows23);
  return quad;
}

#endif

#if defined(__x86_64__) || defined(__aarch64__)

/* Sums over the columns from vector to end, an even number, in 32 bits, which wrap. */
GRU_INLINE gru_quad_t gru_sum_columns32(const uint32_t *weights, const int16_t *vector,
                                        const int16_t *end) {
  gru_sums32_t sums = gru_no_sums32();
  for (; vector != end; vector += 2, weights += 4)
    sums = gru_add_block32(sums, weights, gru_load_halfwords(vector));
  return gru_quad(sums);
}

/* The same in 64 bits; at most 65535 columns. */
GRU_INLINE gru_long_quad_t gru_sum_columns64(const uint32_t *weights, const int16_t *vector,
                                             const int16_t *end) {
  gru_sums64_t sums = gru_no_sums64();
  for (; vector != end; vector += 2, weights += 4)
    sums = gru_add_block64(sums, weights, gru_load_halfwords(vector));
  return gru_long_quad(sums);
}

#endif

#endif
