#include "memory.h"

gru_t first, second;
uint32_t other_state[MEMORY_WORDS], other_scratch[MEMORY_WORDS];
int16_t inputs[INPUTS + 1];

uint32_t next_random(uint32_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

static bool reads_tokens(const replay_case_t *subject) {
  return subject->model->input_kind == GRU_INPUT_TOKEN;
}

void fill_input(const replay_case_t *subject, uint32_t *random) {
  static const int16_t ends[4] = {-32768, 32767, -32767, 0};
  if (reads_tokens(subject)) {
    inputs[0] = (int16_t)(next_random(random) % subject->model->input_size);
    return;
  }
  for (int i = 0; i < subject->model->input_size; i++) {
    uint32_t bits = next_random(random);
    inputs[i] = (bits & 4) == 0 ? ends[bits & 3] : (int16_t)(bits >> 16);
  }
}

gru_status_t open_subject(gru_t *gru, const replay_case_t *subject) {
  return gru_open(gru, subject->model, subject->state, gru_state_size(subject->model),
                  subject->scratch, gru_scratch_size(subject->model));
}

gru_status_t step_subject(gru_t *gru, const replay_case_t *subject, const int16_t *input) {
  const gru_model_t *model = subject->model;
  return reads_tokens(subject)
             ? gru_step_token(gru, (uint16_t)input[0], subject->output, model->output_size)
             : gru_step(gru, input, model->input_size, subject->output, model->output_size);
}

static uint32_t add(uint32_t crc, uint32_t value, int bytes) {
  for (int bit = 0; bit < 8 * bytes; bit++) {
    uint32_t differs = (crc ^ value >> bit) & 1;
    crc = crc >> 1 ^ (differs ? 0xEDB88320 : 0);
  }
  return crc;
}

uint32_t add_results(uint32_t crc, const gru_t *gru, const replay_case_t *subject) {
  const gru_model_t *model = subject->model;
  for (uint32_t layer = 0; layer < model->layer_count; layer++) {
    const int16_t *hidden = gru_hidden(gru, layer);
    for (int i = 0; hidden != NULL && i < model->layers[layer].output_size; i++)
      crc = add(crc, (uint16_t)hidden[i], 2);
  }
  for (int i = 0; i < model->output_size; i++) crc = add(crc, (uint32_t)subject->output[i], 4);
  return crc;
}
