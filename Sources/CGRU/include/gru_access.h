/* Addresses of members: Swift forms them with key paths, which Embedded Swift does not have. */
#ifndef GRU_ACCESS_H
#define GRU_ACCESS_H

#include "gru_dsp.h"
#include "gru_model.h"

GRU_INLINE const gru_gates_t *gru_input_gates(const gru_cell_t *cell) { return &cell->input; }
GRU_INLINE const gru_gates_t *gru_recurrent_gates(const gru_cell_t *cell) {
  return &cell->recurrent;
}
GRU_INLINE const gru_matrix_t *gru_reset_matrix(const gru_gates_t *gates) { return &gates->reset; }
GRU_INLINE const gru_matrix_t *gru_update_matrix(const gru_gates_t *gates) {
  return &gates->update;
}
GRU_INLINE const gru_matrix_t *gru_candidate_matrix(const gru_gates_t *gates) {
  return &gates->candidate;
}
GRU_INLINE const gru_matrix_t *gru_dense_matrix(const gru_dense_t *dense) {
  return &dense->weights;
}

#endif
