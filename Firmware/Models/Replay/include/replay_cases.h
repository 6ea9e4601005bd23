/* The networks that this image replays, each with its golden vectors and its memory. */
#ifndef REPLAY_CASES_H
#define REPLAY_CASES_H

#include "gru_model.h"
#include "gru_vectors.h"

typedef struct replay_case {
  const char *name;
  const gru_model_t *model;
  const gru_vectors_t *vectors;
  void *state;
  void *scratch;
  int32_t *output;
} replay_case_t;

/* The case at an index; NULL beyond the last one. */
const replay_case_t *replay_case(uint32_t index);

#endif
