/* Golden vectors: inputs and what the host computed from them, for a device to replay. */
#ifndef GRU_VECTORS_H
#define GRU_VECTORS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gru_vectors {
  uint32_t steps;
  uint16_t input_size;              /* 1 where the network reads tokens, stored as uint16 */
  uint16_t hidden_size;             /* of all cells together, in the order of the layers */
  uint16_t output_size;
  uint16_t sequence_count;          /* each starts from a reset */
  uint32_t model_crc32;             /* of the model that the vectors belong to */
  const uint32_t *sequence_lengths; /* [sequence_count], summing to steps */
  const int16_t *inputs;            /* [steps][input_size] */
  const int16_t *hidden;            /* [steps][hidden_size] */
  const int32_t *outputs;           /* [steps][output_size] */
} gru_vectors_t;

#ifdef __cplusplus
}
#endif

#endif
