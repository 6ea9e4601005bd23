/* The network and the recording that this image plays, with their memory. */
#ifndef LIVE_SUBJECT_H
#define LIVE_SUBJECT_H

#include "gru_model.h"
#include "gru_recording.h"

typedef struct live_subject {
  const gru_model_t *model;
  const gru_recording_t *recording;
  void *state;
  void *scratch;
  int32_t *output;         /* [output_size] */
  uint16_t *probabilities; /* [output_size] */
} live_subject_t;

const live_subject_t *live_subject(void);

#endif
