/* Instruction wrappers: each function is one machine instruction where the core has it, and the
 * same value in portable arithmetic everywhere. Intermediate sums are unsigned: none overflows. */
#ifndef GRU_DSP_H
#define GRU_DSP_H

#include <stdint.h>

#define GRU_INLINE static inline __attribute__((always_inline))

/* Whether the core has the DSP instructions of Armv7E-M. */
GRU_INLINE _Bool gru_has_dsp(void) {
#if defined(__ARM_FEATURE_DSP)
  return 1;
#else
  return 0;
#endif
}

/* gru_smmlar() in four products of halves, for cores whose products have 32 bits. With a and b as
 * 2^16 * high + low, low without a sign, no product and no sum of this overflows but the last one,
 * which wraps. */
GRU_INLINE int32_t gru_smmlar_halves(int32_t addend, int32_t a, int32_t b) {
  int32_t a_high = a >> 16, b_high = b >> 16; /* floors, as are all shifts here */
  uint32_t a_low = (uint32_t)a & 0xFFFF, b_low = (uint32_t)b & 0xFFFF;
  int32_t middle = a_high * (int32_t)b_low + (int32_t)(a_low * b_low >> 16) + 0x8000;
  int32_t rest = (int32_t)a_low * b_high + (middle & 0xFFFF);
  uint32_t high = (uint32_t)(a_high * b_high) + (uint32_t)(middle >> 16) + (uint32_t)(rest >> 16);
  return (int32_t)((uint32_t)addend + high);
}

/* SMMLAR: addend + (a * b) / 2^32, rounded to nearest, half up; wraps. */
GRU_INLINE int32_t gru_smmlar(int32_t addend, int32_t a, int32_t b) {
#if defined(__ARM_FEATURE_DSP)
  int32_t sum;
  __asm__("smmlar %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(b), "r"(addend));
  return sum;
#elif defined(__ARM_ARCH_6M__)
  return gru_smmlar_halves(addend, a, b);
#else
  uint64_t product = (uint64_t)((int64_t)a * b);
  return (int32_t)((uint32_t)addend + (uint32_t)(product >> 32) + ((uint32_t)product >> 31));
#endif
}

/* LDR: two neighbouring halfwords, the first one low. They need no alignment where the core doesn't
 * ask for it. */
GRU_INLINE uint32_t gru_load_halfwords(const int16_t *halfwords) {
#if defined(__ARM_FEATURE_UNALIGNED) || !defined(__arm__)
  uint32_t word;
  __builtin_memcpy(&word, halfwords, 4);
  return word;
#else
  return (uint16_t)halfwords[0] | (uint32_t)(uint16_t)halfwords[1] << 16;
#endif
}

/* SMLAD: sum + low(a) * low(b) + high(a) * high(b), signed halfwords; wraps. */
GRU_INLINE int32_t gru_smlad(int32_t sum, uint32_t a, uint32_t b) {
#if defined(__ARM_FEATURE_DSP)
  return __builtin_arm_smlad((int32_t)a, (int32_t)b, sum);
#else
  uint32_t low = (uint32_t)((int16_t)a * (int16_t)b);
  uint32_t high = (uint32_t)((int16_t)(a >> 16) * (int16_t)(b >> 16));
  return (int32_t)((uint32_t)sum + low + high);
#endif
}

/* Between two neighbours: addend + knots[0] * (2^13 - position) + knots[1] * position. */
GRU_INLINE int32_t gru_interpolate(int32_t addend, const int16_t *knots, uint32_t position) {
#if defined(__ARM_FEATURE_DSP)
  uint32_t weights = (8192 - position) | position << 16;
  return gru_smlad(addend, gru_load_halfwords(knots), weights);
#else
  return addend + knots[0] * 8192 + (knots[1] - knots[0]) * (int32_t)position;
#endif
}

/* The low 32 bits of sum / 2^shift, rounded to nearest, half up; 0 < shift < 32.
 * In halves, because a 64-bit shift by a variable is a call on a 32-bit core. */
GRU_INLINE int32_t gru_rounded_shift_right(int64_t sum, uint32_t shift) {
  uint64_t rounded = (uint64_t)sum + (UINT32_C(1) << (shift - 1));
  uint32_t low = (uint32_t)rounded, high = (uint32_t)(rounded >> 32);
  return (int32_t)(low >> shift | high << (32 - shift));
}

/* LSL: value * 2^shift; wraps. Swift's own masks the shift first; here shift < 32. */
GRU_INLINE int32_t gru_shift_left(int32_t value, uint32_t shift) {
  return (int32_t)((uint32_t)value << shift);
}

/* The same of `count` values, four a round. */
GRU_INLINE void gru_widen(const int16_t *values, int32_t *wide, uint32_t count, uint32_t shift) {
  int32_t left = (int32_t)count - 4;
  if (left >= 0) do {
      int32_t first = values[0], second = values[1], third = values[2], fourth = values[3];
      wide[0] = gru_shift_left(first, shift);
      wide[1] = gru_shift_left(second, shift);
      wide[2] = gru_shift_left(third, shift);
      wide[3] = gru_shift_left(fourth, shift);
      values += 4, wide += 4, left -= 4;
    } while (left >= 0);
#pragma clang loop unroll(disable)
  while (left-- > -4) *wide++ = gru_shift_left(*values++, shift);
}

/* SSAT #16: value saturated to 16 bits. */
GRU_INLINE int32_t gru_saturate16(int32_t value) {
  return value < -32768 ? -32768 : value > 32767 ? 32767 : value;
}

#endif
