#include "replay_cases.h"

/* Written by Firmware/build: includes the headers, and defines MODELS(MODEL) as one
 * MODEL(name, NAME) for each network. */
#include "models.h"

#define MEMORY(name, NAME)                \
  static name##_state_t name##_state;     \
  static name##_scratch_t name##_scratch; \
  static int32_t name##_output[NAME##_OUTPUT_SIZE];
MODELS(MEMORY)

#define ENTRY(name, NAME) \
  {#name, &name##_model, &name##_vectors, &name##_state, &name##_scratch, name##_output},
static const replay_case_t cases[] = {MODELS(ENTRY)};

const replay_case_t *replay_case(uint32_t index) {
  return index < sizeof cases / sizeof cases[0] ? &cases[index] : NULL;
}
