#include "fault_tests.h"

#include "memory.h"

static const uint32_t GUARD = 0xDEADBEEF;

static void paint(uint32_t words[MEMORY_WORDS]) {
  for (int i = 0; i < MEMORY_WORDS; i++) words[i] = GUARD;
}

/* Whether all words behind the first bytes are as they were painted. */
static bool is_painted(const uint32_t words[MEMORY_WORDS], uint32_t bytes) {
  for (uint32_t i = bytes / 4; i < MEMORY_WORDS; i++)
    if (words[i] != GUARD) return false;
  return true;
}

static bool refuses_null_pointers(const replay_case_t *subject) {
  const gru_model_t *model = subject->model;
  uint32_t state = gru_state_size(model), scratch = gru_scratch_size(model);
  paint(other_state);
  paint(other_scratch);
  second = (gru_t){0};
  return gru_open(NULL, model, other_state, state, other_scratch, scratch) == GRU_NULL_POINTER &&
         gru_open(&second, NULL, other_state, state, other_scratch, scratch) == GRU_NULL_POINTER &&
         gru_open(&second, model, NULL, state, other_scratch, scratch) == GRU_NULL_POINTER &&
         gru_open(&second, model, other_state, state, NULL, scratch) == GRU_NULL_POINTER &&
         gru_step(&second, inputs, model->input_size, NULL, 0) == GRU_NULL_POINTER &&
         gru_step(NULL, inputs, model->input_size, NULL, 0) == GRU_NULL_POINTER &&
         gru_step_token(&second, 0, NULL, 0) == GRU_NULL_POINTER &&
         gru_reset(&second) == GRU_NULL_POINTER && gru_hidden(&second, 0) == NULL &&
         gru_check(NULL) == GRU_NULL_POINTER && gru_state_size(NULL) == 0 &&
         is_painted(other_state, 0) && is_painted(other_scratch, 0);
}

static bool refuses_wrong_counts(const replay_case_t *subject) {
  const gru_model_t *model = subject->model;
  uint32_t state = gru_state_size(model), scratch = gru_scratch_size(model);
  bool tokens = model->input_kind == GRU_INPUT_TOKEN;
  uint32_t ins = model->input_size, outs = model->output_size;
  int32_t *output = subject->output;
  paint(other_state);
  paint(other_scratch);
  if (gru_open(&second, model, other_state, state - 1, other_scratch, scratch) != GRU_STATE_SIZE ||
      gru_open(&second, model, other_state, state, other_scratch, scratch - 1) !=
          GRU_SCRATCH_SIZE ||
      !is_painted(other_state, 0) ||
      gru_open(&second, model, other_state, state, other_scratch, scratch) != GRU_OK)
    return false;
  for (uint32_t i = 0; i < outs; i++) output[i] = (int32_t)GUARD;
  bool refused =
      tokens ? gru_step_token(&second, 0, output, outs - 1) == GRU_OUTPUT_COUNT &&
                   gru_step_token(&second, 0, NULL, outs) == GRU_OUTPUT_COUNT &&
                   gru_step_token(&second, ins, output, outs) == GRU_TOKEN &&
                   gru_step_token(&second, UINT32_MAX, output, outs) == GRU_TOKEN &&
                   gru_step(&second, inputs, ins, output, outs) == GRU_INPUT_COUNT
             : gru_step(&second, inputs, ins, output, outs + 1) == GRU_OUTPUT_COUNT &&
                   gru_step(&second, inputs, ins, NULL, outs) == GRU_OUTPUT_COUNT &&
                   gru_step(&second, NULL, ins, output, outs) == GRU_NULL_POINTER &&
                   gru_step(&second, inputs, ins - 1, output, outs) == GRU_INPUT_COUNT &&
                   gru_step(&second, inputs, UINT32_MAX, output, outs) == GRU_INPUT_COUNT &&
                   gru_step_token(&second, 0, output, outs) == GRU_TOKEN;
  for (uint32_t i = 0; i < outs; i++) refused &= output[i] == (int32_t)GUARD;
  return refused && gru_hidden(&second, UINT32_MAX) == NULL && is_painted(other_state, state) &&
         is_painted(other_scratch, 0);
}

/* Memory is refused when it is opened. */
static bool refuses_unaligned_memory(const replay_case_t *subject) {
  const gru_model_t *model = subject->model;
  uint32_t state = gru_state_size(model), scratch = gru_scratch_size(model);
  for (int offset = 1; offset < 4; offset++)
    if (gru_open(&second, model, (char *)other_state + offset, state, other_scratch, scratch) !=
            GRU_ALIGNMENT ||
        gru_open(&second, model, other_state, state, (char *)other_scratch + offset, scratch) !=
            GRU_ALIGNMENT)
      return false;
  return true;
}

static uint32_t crc_of_input_at(const replay_case_t *subject, int offset) {
  uint32_t crc = UINT32_MAX, random = SEED;
  open_subject(&first, subject);
  for (int step = 0; step < 20; step++) {
    fill_input(subject, &random);
    for (int i = INPUTS; i >= offset; i--) inputs[i] = inputs[i - offset];
    step_subject(&first, subject, inputs + offset);
    crc = add_results(crc, &first, subject);
  }
  return crc;
}

/* An input may begin at any halfword; at an odd address, and an output at no word, is refused. */
static bool checks_alignment_of_vectors(const replay_case_t *subject) {
  const gru_model_t *model = subject->model;
  uint32_t ins = model->input_size, outs = model->output_size;
  if (open_subject(&first, subject) != GRU_OK) return false;
  int32_t *output = (int32_t *)((char *)subject->output + 2);
  if (model->input_kind == GRU_INPUT_TOKEN)
    return gru_step_token(&first, 0, output, outs) == GRU_ALIGNMENT;
  const int16_t *odd = (const int16_t *)((const char *)inputs + 1);
  return gru_step(&first, odd, ins, subject->output, outs) == GRU_ALIGNMENT &&
         gru_step(&first, inputs, ins, output, outs) == GRU_ALIGNMENT &&
         crc_of_input_at(subject, 0) == crc_of_input_at(subject, 1);
}

/* MARK: A copy of the model in RAM, whose first cell has its weights there. */

enum { LAYERS = 8, WEIGHTS = 256 };
static gru_layer_t layers[LAYERS];
static gru_cell_t cell;
static uint32_t weights[WEIGHTS];

/* A word holds a column of four int8 rows, or of two int16 rows. */
static uint32_t word_count(const gru_layer_t *layer) {
  uint32_t words = 0, quads = (layer->output_size + 3u) / 4;
  for (int i = 0; i < 6; i++) {
    const gru_matrix_t *matrix = &layer->cell->matrices[i];
    uint32_t columns = i % 2 == 0 ? layer->input_size : layer->output_size;
    if (matrix->layout != GRU_LAYOUT_TOKENS)
      words += quads * columns * (matrix->format == GRU_WEIGHTS_INT8 ? 1 : 2);
  }
  return words;
}

/* False where the model doesn't begin with a cell, or is too large. */
static bool copy_model(const gru_model_t *model, gru_model_t *copy) {
  const gru_layer_t *layer = &model->layers[0];
  if (layer->cell == NULL || model->layer_count > LAYERS || word_count(layer) > WEIGHTS)
    return false;
  *copy = *model;
  copy->layers = layers;
  for (int i = 0; i < model->layer_count; i++) layers[i] = model->layers[i];
  for (uint32_t i = 0; i < word_count(layer); i++) weights[i] = layer->cell->weights[i];
  cell = *layer->cell;
  cell.weights = weights;
  layers[0].cell = &cell;
  return true;
}

static bool notices_every_flipped_bit(const replay_case_t *subject) {
  gru_model_t copy;
  if (!copy_model(subject->model, &copy)) return true;
  uint32_t words = word_count(&subject->model->layers[0]);
  for (uint32_t bit = 0; bit < 32 * words; bit++) {
    weights[bit / 32] ^= UINT32_C(1) << bit % 32;
    if (gru_check(&copy) != GRU_CHECKSUM) return false;
    weights[bit / 32] ^= UINT32_C(1) << bit % 32;
  }
  return gru_check(&copy) == GRU_OK;
}

static bool refuses_damaged_models(const replay_case_t *subject) {
  gru_model_t copy;
  if (!copy_model(subject->model, &copy)) return true;
  for (int offset = 1; offset < 4; offset++) {
    cell.weights = (const uint32_t *)((const char *)weights + offset);
    if (gru_check(&copy) != GRU_ALIGNMENT) return false;
  }
  cell.weights = weights;
  cell.kernel = NULL;
  if (gru_check(&copy) != GRU_NULL_POINTER) return false;
  copy.format_version++;
  return gru_check(&copy) == GRU_VERSION;
}

/* MARK: Instances */

/* Two instances take turns on one scratch; each goes the way that one goes alone. */
static bool keeps_instances_apart(const replay_case_t *subject) {
  const gru_model_t *model = subject->model;
  uint32_t random = SEED, alone = crc_of_input_at(subject, 0);
  uint32_t one = UINT32_MAX, other = UINT32_MAX;
  open_subject(&first, subject);
  if (gru_open(&second, model, other_state, gru_state_size(model), subject->scratch,
               gru_scratch_size(model)) != GRU_OK)
    return false;
  for (int step = 0; step < 20; step++) {
    fill_input(subject, &random);
    step_subject(&first, subject, inputs);
    one = add_results(one, &first, subject);
    step_subject(&second, subject, inputs);
    other = add_results(other, &second, subject);
  }
  return one == alone && other == alone;
}

static bool starts_afresh_after_reset(const replay_case_t *subject) {
  uint32_t crc[2];
  if (open_subject(&first, subject) != GRU_OK) return false;
  for (int run = 0; run < 2; run++) {
    uint32_t random = SEED;
    crc[run] = UINT32_MAX;
    for (int step = 0; step < 20; step++) {
      fill_input(subject, &random);
      step_subject(&first, subject, inputs);
      crc[run] = add_results(crc[run], &first, subject);
    }
    if (gru_reset(&first) != GRU_OK) return false;
  }
  return crc[0] == crc[1];
}

/* The hidden state itself may be the input: it is read before it is written. */
static bool reads_its_own_state(const replay_case_t *subject) {
  const gru_layer_t *layer = &subject->model->layers[0];
  if (layer->cell == NULL || subject->model->input_kind == GRU_INPUT_TOKEN ||
      layer->input_size > layer->output_size)
    return true;
  uint32_t crc[2] = {UINT32_MAX, UINT32_MAX};
  for (int run = 0; run < 2; run++) {
    open_subject(&first, subject);
    for (int step = 0; step < 20; step++) {
      const int16_t *hidden = gru_hidden(&first, 0);
      for (int i = 0; i < layer->input_size; i++) inputs[i] = hidden[i];
      step_subject(&first, subject, run == 0 ? inputs : hidden);
      crc[run] = add_results(crc[run], &first, subject);
    }
  }
  return crc[0] == crc[1];
}

static const fault_test_t tests[] = {
    {"null pointers", refuses_null_pointers},
    {"wrong counts", refuses_wrong_counts},
    {"unaligned memory", refuses_unaligned_memory},
    {"unaligned vectors", checks_alignment_of_vectors},
    {"flipped bits", notices_every_flipped_bit},
    {"damaged models", refuses_damaged_models},
    {"two instances", keeps_instances_apart},
    {"reset midway", starts_afresh_after_reset},
    {"input in the state", reads_its_own_state},
};

const fault_test_t *fault_test(uint32_t index) {
  return index < sizeof tests / sizeof tests[0] ? &tests[index] : NULL;
}
