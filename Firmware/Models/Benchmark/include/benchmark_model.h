/* The network that this image measures, with its memory. */
#ifndef BENCHMARK_MODEL_H
#define BENCHMARK_MODEL_H

#include "gru_model.h"

typedef struct benchmark_model {
  const char *name;
  const gru_model_t *model;
  void *state;
  void *scratch;
  int16_t *input; /* [input_size] */
  int32_t *output;
} benchmark_model_t;

const benchmark_model_t *benchmark_model(void);

#endif
