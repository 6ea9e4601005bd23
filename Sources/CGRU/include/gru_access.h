/* Addresses of members: Swift forms them with key paths, which Embedded Swift does not have. */
#ifndef GRU_ACCESS_H
#define GRU_ACCESS_H

#include "gru_kernels.h"
#include "gru_model.h"

GRU_INLINE const gru_matrix_t *gru_cell_matrices(const gru_cell_t *cell) { return cell->matrices; }
GRU_INLINE const gru_matrix_t *gru_dense_matrix(const gru_dense_t *dense) {
  return &dense->matrix;
}
GRU_INLINE gru_constants_t *gru_cell_constants(gru_cell_step_t *step) { return &step->constants; }
GRU_INLINE gru_operand_t *gru_cell_input(gru_cell_step_t *step) { return &step->input; }
GRU_INLINE gru_operand_t *gru_cell_hidden(gru_cell_step_t *step) { return &step->hidden; }
GRU_INLINE gru_constants_t *gru_dense_constants(gru_dense_step_t *step) {
  return &step->constants;
}
GRU_INLINE gru_operand_t *gru_dense_input(gru_dense_step_t *step) { return &step->input; }
GRU_INLINE gru_quad_t *gru_dense_sums(gru_dense_step_t *step) { return &step->sums; }

/* Through the pointers that were checked when the model was opened. */
GRU_INLINE void gru_run_cell(gru_cell_step_t *step) { step->cell->kernel->step(step); }
GRU_INLINE void gru_run_dense(const gru_layer_t *layer, const int16_t *input, int32_t *output,
                              int16_t *next) {
  layer->dense->kernel->apply(layer, input, output, next);
}

#endif
