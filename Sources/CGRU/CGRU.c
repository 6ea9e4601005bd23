/* The headers are the target; this file compiles each of them once on its own. */
#include "gru_access.h"
#include "gru_dsp.h"
#include "gru_model.h"
#include "gru_runtime.h"
#include "gru_vectors.h"
