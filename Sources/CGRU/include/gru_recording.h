/* A recording for a device to play: what it feeds a network, and what the outputs are called. */
#ifndef GRU_RECORDING_H
#define GRU_RECORDING_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gru_recording {
  uint32_t steps;
  uint32_t free_steps; /* after those: each feeds the token that the step before found likeliest */
  uint32_t rate;       /* steps a second */
  uint32_t model_crc32; /* of the model that the raw inputs belong to */
  uint16_t input_size;  /* 1 where the network reads tokens, stored as uint16 */
  uint16_t class_count; /* the model's output_size */
  const int16_t *inputs;      /* [steps][input_size] */
  const uint16_t *truth;      /* [steps], the right classes; NULL: not known */
  const char *const *classes; /* [class_count], names in UTF-8 */
} gru_recording_t;

#ifdef __cplusplus
}
#endif

#endif
