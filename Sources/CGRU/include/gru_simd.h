/* Products of a quad of rows with a vector, where weights lie in blocks of 128 bits: in
 * GRU_LAYOUT_WIDE eight columns of one row, of int16 weights two columns of the four rows. For cores
 * with vectors of that size; on others the loops in MatrixKernel.swift make the same sums. */
#ifndef GRU_SIMD_H
#define GRU_SIMD_H

#include "gru_quad.h"

/* One exact sum for each of four rows. */
typedef struct gru_long_quad {
  int64_t row0, row1, row2, row3;
} gru_long_quad_t;

#if defined(__x86_64__)

#include <emmintrin.h>

/* Eight columns of a vector, or of a row. */
typedef __m128i gru_columns_t;

GRU_INLINE gru_columns_t gru_no_columns(void) { return _mm_setzero_si128(); }

GRU_INLINE gru_columns_t gru_load_columns(const int16_t *vector) {
  return _mm_loadu_si128((const __m128i *)vector);
}

/* One column before the others, the last of which falls out. */
GRU_INLINE gru_columns_t gru_push_column(gru_columns_t columns, int16_t column) {
  return _mm_insert_epi16(_mm_slli_si128(columns, 2), column, 0);
}

/* PMADDWD: low * low + high * high of each word and x's; wraps. */
GRU_INLINE __m128i gru_multiply_block(const uint32_t *weights, __m128i x) {
  return _mm_madd_epi16(_mm_loadu_si128((const __m128i *)weights), x);
}

GRU_INLINE gru_quad_t gru_quad(__m128i sums) {
  gru_quad_t quad;
  _mm_storeu_si128((__m128i *)&quad, sums);
  return quad;
}

/* Four sums of each row, which together are the row's. */
typedef struct gru_sums32 {
  __m128i row0, row1, row2, row3;
} gru_sums32_t;

GRU_INLINE gru_sums32_t gru_no_sums32(void) {
  __m128i zero = _mm_setzero_si128();
  gru_sums32_t sums = {zero, zero, zero, zero};
  return sums;
}

GRU_INLINE gru_sums32_t gru_add_blocks32(gru_sums32_t sums, const uint32_t *weights,
                                         gru_columns_t x) {
  sums.row0 = _mm_add_epi32(sums.row0, gru_multiply_block(weights, x));
  sums.row1 = _mm_add_epi32(sums.row1, gru_multiply_block(weights + 4, x));
  sums.row2 = _mm_add_epi32(sums.row2, gru_multiply_block(weights + 8, x));
  sums.row3 = _mm_add_epi32(sums.row3, gru_multiply_block(weights + 12, x));
  return sums;
}

/* Two sums of each row, in turns, from four. */
GRU_INLINE __m128i gru_fold_rows(__m128i even, __m128i odd) {
  return _mm_add_epi32(_mm_unpacklo_epi32(even, odd), _mm_unpackhi_epi32(even, odd));
}

GRU_INLINE gru_quad_t gru_quad32(gru_sums32_t sums) {
  __m128i rows01 = gru_fold_rows(sums.row0, sums.row1);
  __m128i rows23 = gru_fold_rows(sums.row2, sums.row3);
  return gru_quad(
      _mm_add_epi32(_mm_unpacklo_epi64(rows01, rows23), _mm_unpackhi_epi64(rows01, rows23)));
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
  __m128i product = gru_multiply_block(weights, _mm_set1_epi32((int32_t)x));
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

/* Eight columns of a vector, or of a row. */
typedef int16x8_t gru_columns_t;

GRU_INLINE gru_columns_t gru_no_columns(void) { return vdupq_n_s16(0); }

GRU_INLINE gru_columns_t gru_load_columns(const int16_t *vector) { return vld1q_s16(vector); }

/* One column before the others, the last of which falls out. */
GRU_INLINE gru_columns_t gru_push_column(gru_columns_t columns, int16_t column) {
  return vextq_s16(vdupq_n_s16(column), columns, 7);
}

GRU_INLINE int16x8_t gru_load_block(const uint32_t *weights) {
  return vreinterpretq_s16_u32(vld1q_u32(weights));
}

/* Four sums of each row, which together are the row's. */
typedef struct gru_sums32 {
  int32x4_t row0, row1, row2, row3;
} gru_sums32_t;

GRU_INLINE gru_sums32_t gru_no_sums32(void) {
  int32x4_t zero = vdupq_n_s32(0);
  gru_sums32_t sums = {zero, zero, zero, zero};
  return sums;
}

/* SMLAL. */
GRU_INLINE int32x4_t gru_add_block32(int32x4_t sums, const uint32_t *weights, gru_columns_t x) {
  int16x8_t block = gru_load_block(weights);
  return vmlal_high_s16(vmlal_s16(sums, vget_low_s16(block), vget_low_s16(x)), block, x);
}

GRU_INLINE gru_sums32_t gru_add_blocks32(gru_sums32_t sums, const uint32_t *weights,
                                         gru_columns_t x) {
  sums.row0 = gru_add_block32(sums.row0, weights, x);
  sums.row1 = gru_add_block32(sums.row1, weights + 4, x);
  sums.row2 = gru_add_block32(sums.row2, weights + 8, x);
  sums.row3 = gru_add_block32(sums.row3, weights + 12, x);
  return sums;
}

GRU_INLINE gru_quad_t gru_quad32(gru_sums32_t sums) {
  gru_quad_t quad;
  vst1q_s32(&quad.row0,
            vpaddq_s32(vpaddq_s32(sums.row0, sums.row1), vpaddq_s32(sums.row2, sums.row3)));
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
  int16x8_t block = gru_load_block(weights);
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

/* Sums of a quad in GRU_LAYOUT_WIDE, in 32 bits, which wrap. Weights are fetched ahead, because from
 * the second cache they come as slowly as they are used; what lies behind the last is harmless. */
GRU_INLINE gru_quad_t gru_sum_columns32(const uint32_t *weights, const int16_t *vector,
                                        uint32_t columns) {
  gru_sums32_t sums = gru_no_sums32();
  const int16_t *end = vector + columns;
  const int16_t *blocks_end = end - columns % 8;
  for (; vector != blocks_end; vector += 8, weights += 16) {
    __builtin_prefetch(weights + 128);
    sums = gru_add_blocks32(sums, weights, gru_load_columns(vector));
  }
  if (end != blocks_end) {
    gru_columns_t last = gru_no_columns();
    while (end != blocks_end)
      last = gru_push_column(last, *--end);
    sums = gru_add_blocks32(sums, weights, last);
  }
  return gru_quad32(sums);
}

/* Sums of an int16 quad over the columns from vector to end, an even number and at most 65535, in 64
 * bits. */
GRU_INLINE gru_long_quad_t gru_sum_columns64(const uint32_t *weights, const int16_t *vector,
                                             const int16_t *end) {
  gru_sums64_t sums = gru_no_sums64();
  for (; vector != end; vector += 2, weights += 4)
    sums = gru_add_block64(sums, weights, gru_load_halfwords(vector));
  return gru_long_quad(sums);
}

/* sums = addends + the products of the next int16 quad, rounded right by the shift, each times its
 * row's multiplier. */
GRU_INLINE void gru_add_int16(gru_constants_t *constants, const gru_operand_t *operand,
                              const gru_quad_t *addends, gru_quad_t *sums, uint32_t shift) {
  const int16_t *vector = operand->vector;
  uint32_t columns = operand->columns, even = columns & ~1u;
  gru_long_quad_t rows = gru_sum_columns64(constants->weights, vector, vector + even);
  if (columns != even) { /* two rows share a word */
    const int16_t *last = (const int16_t *)(constants->weights + 2 * even);
    rows.row0 += last[0] * vector[even];
    rows.row1 += last[1] * vector[even];
    rows.row2 += last[2] * vector[even];
    rows.row3 += last[3] * vector[even];
  }
  gru_quad_t products = {
      gru_rounded_shift_right(rows.row0, shift), gru_rounded_shift_right(rows.row1, shift),
      gru_rounded_shift_right(rows.row2, shift), gru_rounded_shift_right(rows.row3, shift)};
  *sums = gru_requantize(*addends, products, *constants->rows++);
  constants->weights += 2 * columns;
}

#elif !defined(__ARM_FEATURE_DSP)

GRU_INLINE void gru_add_int16(gru_constants_t *constants, const gru_operand_t *operand,
                              const gru_quad_t *addends, gru_quad_t *sums, uint32_t shift) {
  gru_add_int16_quads(constants, operand, addends, sums, shift);
}

#endif

#endif
