/* A GRU in float, with plain loops. */
#include "baseline.h"
#include "exponential.h"

static float input_weights[3][HIDDEN][INPUT], recurrent_weights[3][HIDDEN][HIDDEN];
static float bias[3][HIDDEN], recurrent_bias[HIDDEN];
static float input[INPUT], hidden[HIDDEN], next[HIDDEN];

static void fill(float *values, int count, float bound) {
  for (int index = 0; index < count; index++) values[index] = (float)random16() * bound / 32768.0f;
}

void baseline_prepare(void) {
  const float bound = __builtin_sqrtf(1.0f / HIDDEN);
  fill(&input_weights[0][0][0], 3 * HIDDEN * INPUT, bound);
  fill(&recurrent_weights[0][0][0], 3 * HIDDEN * HIDDEN, bound);
  fill(&bias[0][0], 3 * HIDDEN, bound);
  fill(recurrent_bias, HIDDEN, bound);
}

void baseline_fill_input(void) { fill(input, INPUT, 1.0f); }

static float product(const float *row, const float *vector, int count) {
  float sum = 0.0f;
  for (int column = 0; column < count; column++) sum += row[column] * vector[column];
  return sum;
}

/* The share of the input in a gate's pre-activation, and that of the state. */
static float from_input(int gate, int unit) {
  return bias[gate][unit] + product(input_weights[gate][unit], input, INPUT);
}
static float from_hidden(int gate, int unit) {
  return product(recurrent_weights[gate][unit], hidden, HIDDEN);
}

__attribute__((noinline)) void baseline_step(void) {
  for (int unit = 0; unit < HIDDEN; unit++) {
    float reset = sigmoid(from_input(0, unit) + from_hidden(0, unit));
    float update = sigmoid(from_input(1, unit) + from_hidden(1, unit));
    float candidate = hyperbolic_tangent(
        from_input(2, unit) + reset * (recurrent_bias[unit] + from_hidden(2, unit)));
    next[unit] = candidate + update * (hidden[unit] - candidate);
  }
  for (int unit = 0; unit < HIDDEN; unit++) hidden[unit] = next[unit];
}
