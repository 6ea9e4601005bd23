#include "live_subject.h"

/* Written by Firmware/build: includes the headers, and defines MODELS(MODEL) as MODEL(name, NAME). */
#include "models.h"

#define MEMORY(name, NAME)                          \
  static name##_state_t name##_state;               \
  static name##_scratch_t name##_scratch;           \
  static int32_t name##_output[NAME##_OUTPUT_SIZE]; \
  static uint16_t name##_probabilities[NAME##_OUTPUT_SIZE];
MODELS(MEMORY)

#define ENTRY(name, NAME)                                                         \
  {&name##_model, &name##_recording, &name##_state, &name##_scratch, name##_output, \
   name##_probabilities}
static const live_subject_t only = MODELS(ENTRY);

const live_subject_t *live_subject(void) { return &only; }
