/* A GRU with int8 weights, a scale for each row and a Q15 state, with plain loops. */
#include "baseline.h"
#include "exponential.h"

enum { KNOTS = 257, ONE = 32768 };

static int8_t input_weights[3][HIDDEN][INPUT], recurrent_weights[3][HIDDEN][HIDDEN];
static int32_t input_scale[3][HIDDEN], recurrent_scale[3][HIDDEN]; /* sum * scale / 2^32: Q12 */
static int32_t bias[3][HIDDEN], recurrent_bias[HIDDEN]; /* Q12 */
static int16_t input[INPUT], hidden[HIDDEN], next[HIDDEN];
static int16_t knots[KNOTS]; /* tanh in Q15, 1/16 apart, from -8 to 8 */

/* Rows on the scale 1 / (127 sqrt(HIDDEN)): times a Q15 vector, a sum has 15 fraction bits. */
void baseline_prepare(void) {
  const float bound = __builtin_sqrtf(1.0f / HIDDEN);
  const int32_t scale = (int32_t)(bound / 127.0f * 536870912.0f); /* 2^(32 + 12 - 15) */
  for (int gate = 0; gate < 3; gate++) {
    for (int unit = 0; unit < HIDDEN; unit++) {
      for (int i = 0; i < INPUT; i++) input_weights[gate][unit][i] = (int8_t)(random16() / 259);
      for (int i = 0; i < HIDDEN; i++) recurrent_weights[gate][unit][i] = (int8_t)(random16() / 259);
      input_scale[gate][unit] = recurrent_scale[gate][unit] = scale;
      bias[gate][unit] = (int32_t)((float)random16() * bound / 8.0f);
    }
  }
  for (int unit = 0; unit < HIDDEN; unit++) {
    recurrent_bias[unit] = (int32_t)((float)random16() * bound / 8.0f);
  }
  for (int knot = 0; knot < KNOTS; knot++) {
    knots[knot] = (int16_t)(32767.0f * hyperbolic_tangent((float)(knot - 128) / 16.0f));
  }
}

void baseline_fill_input(void) {
  for (int i = 0; i < INPUT; i++) input[i] = random16();
}

/* Q12. */
static int32_t product(const int8_t *row, const int16_t *vector, int count, int32_t scale) {
  int32_t sum = 0;
  for (int column = 0; column < count; column++) sum += row[column] * vector[column];
  return (int32_t)(((int64_t)sum * scale + 0x80000000) >> 32);
}

/* Q12 to Q15. */
static int32_t hyperbolic_tangent_q15(int32_t x) {
  x = x < -ONE ? -ONE : x > ONE - 1 ? ONE - 1 : x;
  int32_t knot = (x + ONE) >> 8, part = (x + ONE) & 255;
  return knots[knot] + (((knots[knot + 1] - knots[knot]) * part + 128) >> 8);
}
static int32_t sigmoid_q15(int32_t x) {
  return (hyperbolic_tangent_q15(x >> 1) + ONE) >> 1; /* both floors */
}

/* The share of the input in a gate's pre-activation, and that of the state. */
static int32_t from_input(int gate, int unit) {
  return bias[gate][unit] +
         product(input_weights[gate][unit], input, INPUT, input_scale[gate][unit]);
}
static int32_t from_hidden(int gate, int unit) {
  return product(recurrent_weights[gate][unit], hidden, HIDDEN, recurrent_scale[gate][unit]);
}

__attribute__((noinline)) void baseline_step(void) {
  for (int unit = 0; unit < HIDDEN; unit++) {
    int32_t reset = sigmoid_q15(from_input(0, unit) + from_hidden(0, unit));
    int32_t update = sigmoid_q15(from_input(1, unit) + from_hidden(1, unit));
    int32_t recurrent = recurrent_bias[unit] + from_hidden(2, unit);
    int32_t candidate = hyperbolic_tangent_q15(
        from_input(2, unit) + (int32_t)(((int64_t)reset * recurrent + 16384) >> 15));
    next[unit] = (int16_t)(candidate + ((update * ((hidden[unit] - candidate) >> 1) + 8192) >> 14));
  }
  for (int unit = 0; unit < HIDDEN; unit++) hidden[unit] = next[unit];
}
