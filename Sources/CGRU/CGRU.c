/* The kernels by name, each with what it runs. The other headers are included so that each is
 * compiled once on its own. */
#include "gru.h"
#include "gru_access.h"
#include "gru_armv7em.h"
#include "gru_blend.h"
#include "gru_device.h"
#include "gru_dsp.h"
#include "gru_int8_quads.h"
#include "gru_kernels.h"
#include "gru_lanes.h"
#include "gru_model.h"
#include "gru_quad.h"
#include "gru_simd.h"
#include "gru_units_armv7em.h"
#include "gru_units_simd.h"
#include "gru_vectors.h"

#define DEFINE_KERNELS(name, format, layout)                                                    \
  const gru_cell_kernel_t gru_reset_after_##name = {gru_step_reset_after_##name,                \
                                                    GRU_RESET_AFTER, format, layout};           \
  const gru_cell_kernel_t gru_reset_before_##name = {gru_step_reset_before_##name,              \
                                                     GRU_RESET_BEFORE, format, layout};         \
  const gru_dense_kernel_t gru_dense_##name = {gru_apply_dense_##name, format, layout};
GRU_KERNELS(DEFINE_KERNELS)

/* Every kernel's address, to choose from. */
#define CELL_KERNELS(name, format, layout) &gru_reset_after_##name, &gru_reset_before_##name,
#define DENSE_KERNELS(name, format, layout) &gru_dense_##name,

const gru_cell_kernel_t *gru_cell_kernel(uint8_t reset, uint8_t format, uint8_t layout) {
  static const gru_cell_kernel_t *const kernels[] = {GRU_KERNELS(CELL_KERNELS)};
  for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++)
    if (kernels[i]->reset == reset && kernels[i]->format == format && kernels[i]->layout == layout)
      return kernels[i];
  return NULL;
}

const gru_dense_kernel_t *gru_dense_kernel(uint8_t format, uint8_t layout) {
  static const gru_dense_kernel_t *const kernels[] = {GRU_KERNELS(DENSE_KERNELS)};
  for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++)
    if (kernels[i]->format == format && kernels[i]->layout == layout) return kernels[i];
  return NULL;
}
