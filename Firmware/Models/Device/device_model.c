#include "device_model.h"

#include "gru_device.h"

/* Written by Firmware/build: includes the header, and defines MODELS(MODEL) as MODEL(name, NAME),
 * and BOARD_NAME, CORE_NAME and CLOCK_HZ. */
#include "models.h"

#define MEMORY(name, NAME)                \
  static name##_state_t name##_state;     \
  static name##_scratch_t name##_scratch; \
  static uint32_t name##_memory[GRU_DEVICE_MEMORY_SIZE(NAME##_INPUT_SIZE, NAME##_OUTPUT_SIZE) / 4];
MODELS(MEMORY)

#define ENTRY(name, NAME)                                                                 \
  {#name,           BOARD_NAME,    CORE_NAME,           CLOCK_HZ, &name##_model, &name##_state, \
   &name##_scratch, name##_memory, sizeof name##_memory}
static const device_model_t only = MODELS(ENTRY);

const device_model_t *device_model(void) { return &only; }
