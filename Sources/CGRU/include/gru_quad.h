/* Products of a quad of rows with a vector, scaled and added.
 *
 * Where the rows lie in pairs (GRU_LAYOUT_PAIRS), a halfword v = 256 * b + a holds one weight of two
 * rows. Over a vector x, SMLALD sums v * x exactly in 64 bits, and SXTB16 with SMLAD sums a * x: three
 * instructions for four products. Then, with floors, because 256 * (sum of b * x) has no fraction,
 *
 *     sum of b * x = (sum of v * x) / 256 - (sum of a * x) / 256
 */
#ifndef GRU_QUAD_H
#define GRU_QUAD_H

#include "gru_lanes.h"

/* One value for each of four rows. */
typedef struct gru_quad {
  int32_t row0, row1, row2, row3;
} gru_quad_t;

/* A layer's constants, from which a step takes what comes next. */
typedef struct gru_constants {
  const uint32_t *weights;
  const gru_quad_t *rows;
} gru_constants_t;

GRU_INLINE gru_constants_t gru_constants(const uint32_t *weights, const int32_t *rows) {
  gru_constants_t constants = {weights, (const gru_quad_t *)rows};
  return constants;
}

/* What rows are multiplied with; the kernel says how its loop goes through the columns. */
typedef struct gru_operand {
  const int16_t *vector;
  uintptr_t end;   /* of the loop */
  uintptr_t entry; /* into the loop */
  uint32_t columns;
  uint32_t offset; /* that sums start from */
} gru_operand_t;

/* The rest is left to the kernel. */
GRU_INLINE gru_operand_t gru_operand(const int16_t *vector, uint32_t columns) {
  gru_operand_t operand;
  operand.vector = vector;
  operand.columns = columns;
  return operand;
}

#if defined(GRU_LANES)

GRU_INLINE gru_lanes_t gru_lanes(const gru_quad_t *quad) {
  gru_lanes_t lanes;
  __builtin_memcpy(&lanes, quad, sizeof lanes);
  return lanes;
}

/* P + (row . vector) * multiplier, of four rows. */
GRU_INLINE gru_quad_t gru_requantize(gru_quad_t addends, gru_quad_t sums, gru_quad_t multipliers) {
  gru_lanes_t lanes =
      gru_smmlar_lanes(gru_lanes(&addends), gru_lanes(&sums), gru_lanes(&multipliers));
  gru_quad_t quad;
  __builtin_memcpy(&quad, &lanes, sizeof quad);
  return quad;
}

#else

/* P + (row . vector) * multiplier, of four rows. */
GRU_INLINE gru_quad_t gru_requantize(gru_quad_t addends, gru_quad_t sums, gru_quad_t multipliers) {
  gru_quad_t quad = {gru_smmlar(addends.row0, sums.row0, multipliers.row0),
                     gru_smmlar(addends.row1, sums.row1, multipliers.row1),
                     gru_smmlar(addends.row2, sums.row2, multipliers.row2),
                     gru_smmlar(addends.row3, sums.row3, multipliers.row3)};
  return quad;
}

#endif

/* A label in assembly, whose address needs no table. */
#define GRU_LABEL extern __attribute__((visibility("hidden"))) void

#if defined(__ARM_FEATURE_DSP)

/* Readies an operand for the functions below. */
void gru_prepare_pairs(gru_operand_t *operand);
void gru_prepare_int16(gru_operand_t *operand);

/* A caller's registers are free, so that none is saved twice. */
#define GRU_CALL(function, shift, constants, operand, addends, sums)                              \
  register uint32_t r2 __asm__("r2") = shift;                                                     \
  register const gru_quad_t *r3 __asm__("r3") = addends;                                          \
  register gru_quad_t *r5 __asm__("r5") = sums;                                                   \
  register const gru_operand_t *r9 __asm__("r9") = operand;                                       \
  register gru_constants_t *r11 __asm__("r11") = constants;                                       \
  __asm__("bl " #function                                                                         \
          : "+r"(r2), "+r"(r3), "+r"(r5), "+r"(r9), "+r"(r11)                                     \
          :                                                                                       \
          : "r0", "r1", "r4", "r6", "r7", "r8", "r10", "r12", "lr", "cc", "memory")

/* sums = addends + the products of the next quad, each times its row's multiplier. */
GRU_INLINE void gru_add_pairs(gru_constants_t *constants, const gru_operand_t *operand,
                              const gru_quad_t *addends, gru_quad_t *sums) {
  GRU_CALL(gru_add_pairs_armv7em, 0, constants, operand, addends, sums);
}

/* The same of int16 rows, whose 64-bit sums are rounded right by the shift first. */
GRU_INLINE void gru_add_int16(gru_constants_t *constants, const gru_operand_t *operand,
                              const gru_quad_t *addends, gru_quad_t *sums, uint32_t shift) {
  GRU_CALL(gru_add_int16_armv7em, shift, constants, operand, addends, sums);
}

#undef GRU_CALL

#else

GRU_INLINE void gru_prepare_pairs(gru_operand_t *operand) { (void)operand; }
GRU_INLINE void gru_prepare_int16(gru_operand_t *operand) { (void)operand; }

/* gru_add_int16() in loops for any core; 0 < shift < 32. */
void gru_add_int16_quads(gru_constants_t *constants, const gru_operand_t *operand,
                         const gru_quad_t *addends, gru_quad_t *sums, uint32_t shift);

GRU_INLINE void gru_add_pair(int32_t *even_sum, int32_t *odd_sum, uint32_t halfword, int32_t x) {
  int32_t even = (int8_t)halfword;
  int32_t odd = ((int16_t)halfword - even) / 256;
  *even_sum += even * x;
  *odd_sum += odd * x;
}

/* The same of pairs. */
GRU_INLINE void gru_add_pairs(gru_constants_t *constants, const gru_operand_t *operand,
                              const gru_quad_t *addends, gru_quad_t *sums) {
  const uint32_t *weights = constants->weights;
  const int16_t *vector = operand->vector;
  uint32_t columns = operand->columns;
  gru_quad_t quad = {0, 0, 0, 0};
  for (; columns >= 2; columns -= 2, weights += 2, vector += 2) {
    gru_add_pair(&quad.row0, &quad.row1, weights[0], vector[0]);
    gru_add_pair(&quad.row0, &quad.row1, weights[0] >> 16, vector[1]);
    gru_add_pair(&quad.row2, &quad.row3, weights[1], vector[0]);
    gru_add_pair(&quad.row2, &quad.row3, weights[1] >> 16, vector[1]);
  }
  if (columns) {
    gru_add_pair(&quad.row0, &quad.row1, weights[0], vector[0]);
    gru_add_pair(&quad.row2, &quad.row3, weights[0] >> 16, vector[0]);
  }
  *sums = gru_requantize(*addends, quad, *constants->rows++);
  constants->weights += operand->columns;
}

#endif

#endif
