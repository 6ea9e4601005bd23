#include "kws_model.h"
#include "kws_vectors.h"
