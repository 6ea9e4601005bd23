/* Replays golden vectors as a C firmware would: every hidden state and output must equal the host's.
 * Prints the CRC-32 of each trajectory; exit code 1 where anything differs. C99 and C++11.
 *
 * models.h includes the headers of the models and their vectors, and lists their names:
 * #define MODELS(MODEL) MODEL(kws, KWS) ... */
#include <stdio.h>

#include "gru.h"
#include "gru_vectors.h"
#include "models.h"

#define DEFINE_MEMORY(name, NAME)     \
  static name##_state_t name##_state; \
  static name##_scratch_t name##_scratch; \
  static int32_t name##_output[NAME##_OUTPUT_SIZE];
MODELS(DEFINE_MEMORY)

/* The CRC-32 of zlib, fed with 16 bits. */
static uint32_t crc32_update(uint32_t crc, uint16_t value) {
  int bit;
  crc ^= value;
  for (bit = 0; bit < 16; bit++) crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xEDB88320) : 0);
  return crc;
}

/* Feeds `crc` with the hidden states of step `step`; 0 where anything differs from the host's. */
static int is_equal(const gru_t *gru, const int32_t *output, const gru_vectors_t *vectors,
                    uint32_t step, uint32_t *crc) {
  const int16_t *hidden = vectors->hidden + step * vectors->hidden_size;
  const int32_t *expected = vectors->outputs + step * vectors->output_size;
  uint32_t layer, unit;
  for (layer = 0; layer < gru->model->layer_count; layer++) {
    const int16_t *computed = gru_hidden(gru, layer);
    for (unit = 0; computed && unit < gru->model->layers[layer].output_size; unit++) {
      *crc = crc32_update(*crc, (uint16_t)computed[unit]);
      if (computed[unit] != *hidden++) return 0;
    }
  }
  for (unit = 0; unit < vectors->output_size; unit++)
    if (output[unit] != expected[unit]) return 0;
  return 1;
}

static int fail(const char *name, uint32_t step, gru_status_t status) {
  printf("%s: step %lu: %s\n", name, (unsigned long)step,
         status == GRU_OK ? "differs from the host" : gru_status_text(status));
  return 1;
}

/* Step `step` of the vectors, whose inputs are values or, as 16 bits, tokens. */
static gru_status_t advance(gru_t *gru, int32_t *output, const gru_vectors_t *vectors,
                            uint32_t step) {
  const int16_t *input = vectors->inputs + step * vectors->input_size;
  if (gru->model->input_kind == GRU_INPUT_TOKEN)
    return gru_step_token(gru, (uint16_t)*input, output, vectors->output_size);
  return gru_step(gru, input, vectors->input_size, output, vectors->output_size);
}

static int replay(const char *name, gru_t *gru, int32_t *output, const gru_vectors_t *vectors) {
  uint32_t crc = UINT32_C(0xFFFFFFFF), sequence, i, step = 0;
  for (sequence = 0; sequence < vectors->sequence_count; sequence++) {
    gru_reset(gru);
    for (i = 0; i < vectors->sequence_lengths[sequence]; i++, step++) {
      gru_status_t status = advance(gru, output, vectors, step);
      if (status != GRU_OK || !is_equal(gru, output, vectors, step, &crc))
        return fail(name, step, status);
    }
  }
  printf("%s: %lu steps equal, trajectory CRC-32 %08lX\n", name, (unsigned long)step,
         (unsigned long)(crc ^ UINT32_C(0xFFFFFFFF)));
  return 0;
}

int main(void) {
  int failed = 0;
  gru_t gru;
  gru_status_t status;
#define REPLAY(name, NAME)                                                                  \
  status = gru_check(&name##_model);                                                        \
  if (status == GRU_OK)                                                                     \
    status = gru_open(&gru, &name##_model, &name##_state, sizeof name##_state,              \
                      &name##_scratch, sizeof name##_scratch);                              \
  failed |= status == GRU_OK ? replay(#name, &gru, name##_output, &name##_vectors)          \
                             : fail(#name, 0, status);
  MODELS(REPLAY)
  return failed;
}
