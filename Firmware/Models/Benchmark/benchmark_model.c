#include "benchmark_model.h"

/* Written by Firmware/build: includes the header, and defines MODELS(MODEL) as MODEL(name, NAME). */
#include "models.h"

#define MEMORY(name, NAME)                        \
  static name##_state_t name##_state;             \
  static name##_scratch_t name##_scratch;         \
  static int16_t name##_input[NAME##_INPUT_SIZE]; \
  static int32_t name##_output[NAME##_OUTPUT_SIZE];
MODELS(MEMORY)

#define ENTRY(name, NAME) \
  {#name, &name##_model, &name##_state, &name##_scratch, name##_input, name##_output}
static const benchmark_model_t only = MODELS(ENTRY);

const benchmark_model_t *benchmark_model(void) { return &only; }
