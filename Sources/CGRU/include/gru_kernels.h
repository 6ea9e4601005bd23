/* What a kernel is called with; between the runtime and itself. */
#ifndef GRU_KERNELS_H
#define GRU_KERNELS_H

#include "gru_model.h"
#include "gru_quad.h"

/* A cell at one time step. */
typedef struct gru_cell_step {
  const gru_cell_t *cell;
  gru_operand_t input;    /* x; no vector where a token is read */
  gru_operand_t hidden;   /* the last state, then the next */
  const int16_t *entries; /* what the token adds to each bias, from here on */
  int8_t *carry;          /* NULL: none */
  int16_t *next;          /* scratch: [H], under reset before twice, each padded to words */
  gru_constants_t constants;
} gru_cell_step_t;

/* A dense layer at one time step. */
typedef struct gru_dense_step {
  const gru_dense_t *dense;
  gru_constants_t constants;
  gru_operand_t input;
  gru_quad_t sums; /* of four rows */
} gru_dense_step_t;

#define GRU_DECLARE_STEPS(name, format, layout)                       \
  void gru_step_reset_after_##name(gru_cell_step_t *step);      \
  void gru_step_reset_before_##name(gru_cell_step_t *step);     \
  void gru_apply_dense_##name(const gru_layer_t *layer, const int16_t *input,  \
                              int32_t *output, int16_t *next);
GRU_KERNELS(GRU_DECLARE_STEPS)
#undef GRU_DECLARE_STEPS

/* The kernel for a mode and matrices, for programs that build models in memory; NULL: none. */
const gru_cell_kernel_t *gru_cell_kernel(uint8_t reset, uint8_t format, uint8_t layout);
const gru_dense_kernel_t *gru_dense_kernel(uint8_t format, uint8_t layout);

#endif
