/* The network that this image offers to the host, with its memory, and what the image is. */
#ifndef DEVICE_MODEL_H
#define DEVICE_MODEL_H

#include "gru_model.h"

typedef struct device_model {
  const char *name;
  const char *board;
  const char *core;
  uint32_t clock_hz; /* of the core as start-up leaves it; 0: unknown */
  const gru_model_t *model;
  void *state;
  void *scratch;
  void *memory; /* for the device side of the line */
  uint32_t memory_size;
} device_model_t;

const device_model_t *device_model(void);

#endif
