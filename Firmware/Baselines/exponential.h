/* e^x = 2^k * 2^f, with k an integer and |f| at most 1/2: a polynomial and an exponent. */
#ifndef EXPONENTIAL_H
#define EXPONENTIAL_H

#include <stdint.h>

/* Within 3e-7 of e^x; x is clamped to +-87, where a float ends. */
static inline float exponential(float x) {
  x = x < -87.0f ? -87.0f : x > 87.0f ? 87.0f : x;
  float scaled = x * 1.44269504f;
  int32_t k = (int32_t)(scaled + (scaled < 0.0f ? -0.5f : 0.5f));
  float f = (scaled - (float)k) * 0.69314718f;
  /* Taylor's series: the first term left out is f^7 / 5040, 1.2e-7 at most. */
  float power = 1.0f + f * (1.0f + f * (1.0f / 2 + f * (1.0f / 6 + f * (1.0f / 24 + f * (1.0f / 120 + f * (1.0f / 720))))));
  uint32_t bits = (uint32_t)(k + 127) << 23;
  float exponent;
  __builtin_memcpy(&exponent, &bits, sizeof exponent);
  return power * exponent;
}

static inline float sigmoid(float x) { return 1.0f / (1.0f + exponential(-x)); }

static inline float hyperbolic_tangent(float x) { return 2.0f * sigmoid(2.0f * x) - 1.0f; }

#endif
