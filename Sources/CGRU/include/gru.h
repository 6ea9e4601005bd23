/* The C interface of the runtime: the same code as the Swift one.
 *
 *   static kws_state_t state;
 *   static kws_scratch_t scratch;
 *   gru_t gru;
 *   if (gru_open(&gru, &kws_model, &state, sizeof state, &scratch, sizeof scratch) != GRU_OK) ...
 *   for (;;) { read(x); gru_step(&gru, x, KWS_INPUT_SIZE, y, KWS_OUTPUT_SIZE); }
 *
 * No function allocates, keeps a global or traps. Instances that share neither state nor scratch
 * may run in different threads; instances that are stepped in turn may share one scratch.
 */
#ifndef GRU_H
#define GRU_H

#include "gru_model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gru_status {
  GRU_OK = 0,
  GRU_NULL_POINTER,    /* an argument, or a pointer inside the model, is NULL */
  GRU_VERSION,         /* the model was written for another format version */
  GRU_UNSUPPORTED,     /* the model uses something that this runtime does not run */
  GRU_SHAPE,           /* sizes inside the model contradict each other */
  GRU_ALIGNMENT,       /* constants or memory are not aligned to their type */
  GRU_STATE_SIZE,      /* the state memory is smaller than gru_state_size() */
  GRU_SCRATCH_SIZE,    /* the scratch memory is smaller than gru_scratch_size() */
  GRU_INPUT_COUNT,     /* the input does not have input_size values */
  GRU_OUTPUT_COUNT,    /* the output does not have output_size places */
  GRU_CHECKSUM,        /* a constant changed since the quantizer wrote it */
  GRU_TOKEN            /* the token is not below input_size */
} gru_status_t;

/* An open network. The members belong to the runtime. */
typedef struct gru {
  const gru_model_t *model;
  void *state;
  void *scratch;
} gru_t;

/* Bytes of state, to be kept between steps, and of scratch, free between steps. */
uint32_t gru_state_size(const gru_model_t *model);
uint32_t gru_scratch_size(const gru_model_t *model);

/* Checks the model and the memory (both 4-byte aligned), then resets the state.
 * After GRU_OK a step can fail only for the lengths of its own buffers. */
gru_status_t gru_open(gru_t *gru, const gru_model_t *model, void *state, uint32_t state_size,
                      void *scratch, uint32_t scratch_size);

/* Sets the state to what it is before the first step of a sequence. */
gru_status_t gru_reset(gru_t *gru);

/* Advances by one time step. `output` may be NULL (with a count of 0) where only the state counts.
 * On Armv7E-M an input that is not 4-byte aligned is read by unaligned loads, which the core allows
 * unless a firmware has set CCR.UNALIGN_TRP.
 * Nothing is written where the status is not GRU_OK. */
gru_status_t gru_step(gru_t *gru, const int16_t *input, uint32_t input_count, int32_t *output,
                      uint32_t output_count);

/* The same for a network that is fed with tokens (GRU_INPUT_TOKEN). */
gru_status_t gru_step_token(gru_t *gru, uint32_t token, int32_t *output, uint32_t output_count);

/* The hidden state of layer `layer`, `output_size` values of that layer; NULL for other layers. */
const int16_t *gru_hidden(const gru_t *gru, uint32_t layer);

/* The index of the largest value, the first of equals; 0 where count is 0. */
uint32_t gru_argmax(const int32_t *values, uint32_t count);

/* Probabilities in Q15 from logits in Q18: exp(l - max) / sum, within 2 units of 2^-15 each. */
void gru_softmax(const int32_t *logits, uint16_t *probabilities, uint32_t count);

/* Compares the constants with the CRC-32 that the quantizer wrote. */
gru_status_t gru_check(const gru_model_t *model);

#ifdef __cplusplus
}
#endif

#endif
