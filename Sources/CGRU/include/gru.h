/* gru: trained GRU networks on microcontrollers, in fixed point. C99 and C++.
 *
 * `gru quantize` writes a header for each network; this library steps it:
 *
 *   #include "gru.h"
 *   #include "kws_model.h"
 *
 *   static kws_state_t state;      // KWS_STATE_SIZE bytes, kept between steps
 *   static kws_scratch_t scratch;  // KWS_SCRATCH_SIZE bytes, free between steps
 *   gru_t gru;
 *   if (gru_open(&gru, &kws_model, &state, sizeof state, &scratch, sizeof scratch) != GRU_OK) ...
 *   for (;;) { read(x); gru_step(&gru, x, KWS_INPUT_SIZE, y, KWS_OUTPUT_SIZE); }
 *
 * Formats (a raw integer in Qn stands for raw / 2^n):
 *
 *   input          int16  real = KWS_INPUT_SCALE * raw; with an offset where the header has one
 *   output         int32  Q18: of a last dense layer, logits where it ends in softmax, or of the
 *                         last cell
 *   hidden state   int16  Q15; under a ReLU candidate Q(15 - exponent), as the header's comment says
 *   probabilities  uint16 Q15, 32768 for 1
 *
 * No function allocates, keeps a global or traps; none uses floating point. All memory is the
 * caller's. Functions that are given the same gru_t, state or scratch must not run at once; those of
 * instances that share neither may, in any threads and interrupts. Instances that are stepped in
 * turn may share one scratch.
 *
 * Where a status is not GRU_OK, nothing has been written.
 */
#ifndef GRU_H
#define GRU_H

#include "gru_model.h"

/* The version of this library, which `gru --version` prints too. Headers of networks depend on
 * GRU_FORMAT_VERSION alone. */
#define GRU_VERSION_MAJOR 0
#define GRU_VERSION_MINOR 1
#define GRU_VERSION_PATCH 0
#define GRU_VERSION_STRING "0.1.0"

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
  GRU_TOKEN,           /* the token is not below input_size, or the network reads none */
  GRU_SAVED_SIZE,      /* the saved memory is smaller than gru_saved_size() */
  GRU_SAVED_STATE,     /* the memory holds no saved state, or one that changed since */
  GRU_SAVED_MODEL      /* the state was saved from another model */
} gru_status_t;

/* What a status means, in English: a constant string, never NULL. About 750 bytes of flash, in a
 * program that calls it. */
const char *gru_status_text(gru_status_t status);

/* An open network. The members belong to the runtime; an instance of zeros is not open. */
typedef struct gru {
  const gru_model_t *model;
  void *state;
  void *scratch;
} gru_t;

/* Bytes of state, to be kept between steps, and of scratch, free between steps: KWS_STATE_SIZE and
 * KWS_SCRATCH_SIZE of the header. 0 for NULL. */
uint32_t gru_state_size(const gru_model_t *model);
uint32_t gru_scratch_size(const gru_model_t *model);

/* Checks the model and the memory (both 4-byte aligned, sizes in bytes), then resets the state.
 * After GRU_OK a step can fail only for NULL, the length or alignment of its own buffers or its
 * token. The model, the state and the scratch must outlive the instance. */
gru_status_t gru_open(gru_t *gru, const gru_model_t *model, void *state, uint32_t state_size,
                      void *scratch, uint32_t scratch_size);

/* Sets the state to what it is before the first step of a sequence. */
gru_status_t gru_reset(gru_t *gru);

/* Advances by one time step: reads `input_count` = KWS_INPUT_SIZE raw values, and writes
 * `output_count` = KWS_OUTPUT_SIZE values in Q18. `output` may be NULL (with a count of 0) where
 * only the state counts. Both must be aligned to their types. `input` may lie in a hidden state, of
 * this instance too: it is read before any state is written.
 * On Armv7E-M an input that is not 4-byte aligned is read by unaligned loads, which the core allows
 * unless a firmware has set CCR.UNALIGN_TRP. */
gru_status_t gru_step(gru_t *gru, const int16_t *input, uint32_t input_count, int32_t *output,
                      uint32_t output_count);

/* The same for a network that is fed with tokens (GRU_INPUT_TOKEN): one index below
 * KWS_INPUT_SIZE a step. */
gru_status_t gru_step_token(gru_t *gru, uint32_t token, int32_t *output, uint32_t output_count);

/* The hidden state of layer `layer`, `output_size` values of that layer, where it lies in the state;
 * NULL for layers that are no cells. */
const int16_t *gru_hidden(const gru_t *gru, uint32_t layer);

/* The index of the largest value, the first of equals; 0 where count is 0. */
uint32_t gru_argmax(const int32_t *values, uint32_t count);

/* Probabilities in Q15 from logits in Q18: exp(l - max) / sum, within 2 units of 2^-15 each. Does
 * nothing where an argument is NULL. */
void gru_softmax(const int32_t *logits, uint16_t *probabilities, uint32_t count);

/* Compares the constants with the CRC-32 that the quantizer wrote: GRU_CHECKSUM where flash no longer
 * holds what the header said. Reads every constant once. */
gru_status_t gru_check(const gru_model_t *model);

/* Bytes that gru_save() writes, KWS_SAVED_SIZE of the header: 16, then the state. 0 for NULL. */
uint32_t gru_saved_size(const gru_model_t *model);

/* Copies the state to `saved`, at any alignment, so that a device can sleep or restart in
 * mid-stream. In front come the bytes "GRU" and the format version, the model's checksum, the size
 * of the state, and a CRC-32 of all of it, each in 32 bits, the least significant byte first. */
gru_status_t gru_save(const gru_t *gru, void *saved, uint32_t saved_size);

/* Sets the state to a saved one, and refuses one that changed or that another header's model left:
 * then the state stays what it was. */
gru_status_t gru_restore(gru_t *gru, const void *saved, uint32_t saved_size);

#ifdef __cplusplus
}
#endif

#endif
