/* gru_add_int8_quads() in C; out of line, because four units call it six times. */
#include "gru_int8_quads.h"

#if !defined(GRU_ARMV6M) && !defined(GRU_THUMB2) && !defined(GRU_RV32IM)

void gru_prepare_int8_quads(gru_operand_t *operand) {
  operand->offset = gru_int8_quads_offset(operand);
}

GRU_INLINE int32_t gru_add_product(int32_t sum, uint8_t weight, int32_t x) {
  return (int32_t)((uint32_t)sum + (uint32_t)(weight * x));
}

GRU_INLINE gru_quad_t gru_add_column(gru_quad_t sums, const uint8_t *weights, int32_t x) {
  gru_quad_t quad = {
      gru_add_product(sums.row0, weights[0], x), gru_add_product(sums.row1, weights[1], x),
      gru_add_product(sums.row2, weights[2], x), gru_add_product(sums.row3, weights[3], x)};
  return quad;
}

void gru_add_int8_quads(gru_constants_t *constants, const gru_operand_t *operand,
                        const gru_quad_t *addends, gru_quad_t *sums) {
  const uint8_t *weights = (const uint8_t *)constants->weights;
  const int16_t *vector = operand->vector;
  const int16_t *end = vector + operand->columns;
  const int16_t *fours = vector + (operand->columns & ~3u);
  int32_t offset = (int32_t)operand->offset;
  gru_quad_t products = {offset, offset, offset, offset};
  for (; vector != fours; weights += 16, vector += 4) {
    products = gru_add_column(products, weights, vector[0]);
    products = gru_add_column(products, weights + 4, vector[1]);
    products = gru_add_column(products, weights + 8, vector[2]);
    products = gru_add_column(products, weights + 12, vector[3]);
  }
  for (; vector != end; weights += 4, vector++)
    products = gru_add_column(products, weights, *vector);
  *sums = gru_requantize(*addends, products, *constants->rows++);
  constants->weights += operand->columns;
}

#endif
