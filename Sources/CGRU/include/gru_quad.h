/* Products of a quad of rows with a vector, where the rows lie in pairs: GRU_LAYOUT_PAIRS.
 *
 * A halfword v = 256 * b + a holds one weight of two rows. Over a vector x, SMLALD sums v * x exactly
 * in 64 bits, and SXTB16 with SMLAD sums a * x; three instructions for four products. Then, with
 * floors, because 256 * (sum of b * x) has no fraction,
 *
 *     sum of b * x = (sum of v * x) / 256 - (sum of a * x) / 256
 */
#ifndef GRU_QUAD_H
#define GRU_QUAD_H

#include "gru_dsp.h"

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

/* What rows are multiplied with. */
typedef struct gru_operand {
  const int16_t *vector;
#if defined(__ARM_FEATURE_DSP)
  const int16_t *end; /* of the columns in fours, less a byte if there are more */
  uintptr_t entry;    /* into the loop over them */
#endif
  uint32_t columns;
} gru_operand_t;

#if defined(__ARM_FEATURE_DSP)

/* Labels in gru_add_pairs_armv7em(): the loop over columns, 60 bytes of code for four, sixteen in a
 * round; and what follows it for the columns that are left. */
void gru_pairs_round(void);
void gru_pairs_rest(void);

GRU_INLINE gru_operand_t gru_operand(const int16_t *vector, uint32_t columns) {
  uint32_t fours = columns / 4;
  /* The first round is entered behind those fours that don't make a round. */
  uintptr_t round = (uintptr_t)gru_pairs_round + 60 * (-fours & 3);
  gru_operand_t operand = {
      vector,
      (const int16_t *)((uintptr_t)(vector + 4 * fours) - (columns & 3 ? 1 : 0)),
      fours ? round : (uintptr_t)gru_pairs_rest,
      columns,
  };
  return operand;
}

void gru_add_pairs_armv7em(void);

/* sums = addends + the products of the next quad, each times its row's multiplier. */
GRU_INLINE void gru_add_pairs(gru_constants_t *constants, const gru_operand_t *operand,
                              const gru_quad_t *addends, gru_quad_t *sums) {
  register gru_constants_t *r0 __asm__("r0") = constants;
  register const gru_operand_t *r1 __asm__("r1") = operand;
  register const gru_quad_t *r2 __asm__("r2") = addends;
  register gru_quad_t *r3 __asm__("r3") = sums;
  __asm__("bl gru_add_pairs_armv7em"
          : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3)
          :
          : "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

#else

GRU_INLINE gru_operand_t gru_operand(const int16_t *vector, uint32_t columns) {
  gru_operand_t operand = {vector, columns};
  return operand;
}

GRU_INLINE void gru_add_pair(int32_t *even_sum, int32_t *odd_sum, uint32_t halfword, int32_t x) {
  int32_t even = (int8_t)halfword;
  int32_t odd = ((int16_t)halfword - even) / 256;
  *even_sum += even * x;
  *odd_sum += odd * x;
}

GRU_INLINE gru_quad_t gru_quad_pairs(const uint32_t *weights, const int16_t *vector,
                                     uint32_t columns) {
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
  return quad;
}

#endif

/* P + (row . vector) * multiplier, of four rows. */
GRU_INLINE gru_quad_t gru_requantize(gru_quad_t addends, gru_quad_t sums, gru_quad_t multipliers) {
  gru_quad_t quad = {gru_smmlar(addends.row0, sums.row0, multipliers.row0),
                     gru_smmlar(addends.row1, sums.row1, multipliers.row1),
                     gru_smmlar(addends.row2, sums.row2, multipliers.row2),
                     gru_smmlar(addends.row3, sums.row3, multipliers.row3)};
  return quad;
}

#if !defined(__ARM_FEATURE_DSP)

GRU_INLINE void gru_add_pairs(gru_constants_t *constants, const gru_operand_t *operand,
                              const gru_quad_t *addends, gru_quad_t *sums) {
  gru_quad_t products = gru_quad_pairs(constants->weights, operand->vector, operand->columns);
  *sums = gru_requantize(*addends, products, *constants->rows++);
  constants->weights += operand->columns;
}

#endif

#endif
