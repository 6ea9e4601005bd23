#include "gru.h"

const char *gru_status_text(gru_status_t status) {
  switch (status) {
    case GRU_OK: return "no error";
    case GRU_NULL_POINTER: return "a pointer is null";
    case GRU_VERSION: return "the model was written for another format version";
    case GRU_UNSUPPORTED: return "the model uses something that this runtime does not run";
    case GRU_SHAPE: return "sizes inside the model contradict each other";
    case GRU_ALIGNMENT: return "constants or memory are not aligned to their type";
    case GRU_STATE_SIZE: return "the state memory is too small";
    case GRU_SCRATCH_SIZE: return "the scratch memory is too small";
    case GRU_INPUT_COUNT: return "the input does not have as many values as the model reads";
    case GRU_OUTPUT_COUNT: return "the output does not have as many places as the model writes";
    case GRU_CHECKSUM: return "a constant changed since the quantizer wrote it";
    case GRU_TOKEN: return "the token is not below the model's input size";
    case GRU_SAVED_SIZE: return "the saved memory is too small";
    case GRU_SAVED_STATE: return "the memory holds no saved state, or one that changed";
    case GRU_SAVED_MODEL: return "the state was saved from another model";
  }
  return "unknown status";
}
