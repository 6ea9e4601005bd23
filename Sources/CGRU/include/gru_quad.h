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

/* What rows are multiplied with; the kernel says how its loop goes through the columns. */
typedef struct gru_operand {
  const int16_t *vector;
  const int16_t *end; /* of the columns in the loop, less a byte for each one more */
  uintptr_t entry;    /* into the loop */
  uint32_t columns;
  int32_t offset; /* that sums start from */
} gru_operand_t;

/* The rest is left to the kernel. */
GRU_INLINE gru_operand_t gru_operand(const int16_t *vector, uint32_t columns) {
  gru_operand_t operand;
  operand.vector = vector;
  operand.columns = columns;
  return operand;
}

/* P + (row . vector) * multiplier, of four rows. */
GRU_INLINE gru_quad_t gru_requantize(gru_quad_t addends, gru_quad_t sums, gru_quad_t multipliers) {
  gru_quad_t quad = {gru_smmlar(addends.row0, sums.row0, multipliers.row0),
                     gru_smmlar(addends.row1, sums.row1, multipliers.row1),
                     gru_smmlar(addends.row2, sums.row2, multipliers.row2),
                     gru_smmlar(addends.row3, sums.row3, multipliers.row3)};
  return quad;
}

#if defined(__ARM_FEATURE_DSP)

/* Loops in gru_armv7em.c, each unrolled to a round, and what follows for the columns left over. */
void gru_pairs_round(void);
void gru_pairs_rest(void);
void gru_int16_round(void);
void gru_int16_rest(void);

/* Sends an operand through a loop whose blocks of code take `columns` each and `bytes` of code;
 * the first round is entered behind those blocks that don't make a round. */
GRU_INLINE void gru_enter(gru_operand_t *operand, uint32_t columns, uint32_t bytes,
                          uint32_t round_blocks, void (*round)(void), void (*rest)(void)) {
  uint32_t blocks = operand->columns / columns;
  uint32_t skipped = -blocks & (round_blocks - 1);
  uintptr_t end = (uintptr_t)(operand->vector + columns * blocks);
  operand->end = (const int16_t *)(end - (operand->columns & (columns - 1)));
  operand->entry = blocks ? (uintptr_t)round + bytes * skipped : (uintptr_t)rest;
}

void gru_prepare_pairs(gru_operand_t *operand);
void gru_prepare_int16(gru_operand_t *operand);

#define GRU_CALL(function, shift, constants, operand, addends, sums)                              \
  register uint32_t r0 __asm__("r0") = shift;                                                     \
  register const gru_operand_t *r1 __asm__("r1") = operand;                                       \
  register const gru_quad_t *r2 __asm__("r2") = addends;                                          \
  register gru_quad_t *r3 __asm__("r3") = sums;                                                   \
  register void *r11 __asm__("r11") = (char *)constants - 4;                                      \
  __asm__("bl " #function                                                                         \
          : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3), "+r"(r11)                                     \
          :                                                                                       \
          : "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r12", "lr", "cc", "memory")

/* sums = addends + the products of the next quad, each times its row's multiplier. The constants
 * belong to a step. */
GRU_INLINE void gru_add_pairs(gru_constants_t *constants, const gru_operand_t *operand,
                              const gru_quad_t *addends, gru_quad_t *sums) {
  GRU_CALL(gru_add_pairs_armv7em, 0, constants, operand, addends, sums);
}

/* The same of int16 rows, whose 64-bit sums are rounded right by the shift first. */
GRU_INLINE void gru_add_int16(gru_constants_t *constants, const gru_operand_t *operand,
                              uint32_t shift, const gru_quad_t *addends, gru_quad_t *sums) {
  GRU_CALL(gru_add_int16_armv7em, shift, constants, operand, addends, sums);
}

#undef GRU_CALL

#else

GRU_INLINE void gru_prepare_pairs(gru_operand_t *operand) { (void)operand; }
GRU_INLINE void gru_prepare_int16(gru_operand_t *operand) { (void)operand; }

GRU_INLINE void gru_add_pair(int32_t *even_sum, int32_t *odd_sum, uint32_t halfword, int32_t x) {
  int32_t even = (int8_t)halfword;
  int32_t odd = ((int16_t)halfword - even) / 256;
  *even_sum += even * x;
  *odd_sum += odd * x;
}

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

GRU_INLINE void gru_add_int16(gru_constants_t *constants, const gru_operand_t *operand,
                              uint32_t shift, const gru_quad_t *addends, gru_quad_t *sums) {
  (void)constants, (void)operand, (void)shift, (void)addends, (void)sums;
}

#endif

#endif
