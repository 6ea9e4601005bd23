/* Instruction wrappers: each function is one machine instruction where the core has it, and the
 * same value in portable arithmetic everywhere. Intermediate sums are unsigned: none overflows. */
#ifndef GRU_DSP_H
#define GRU_DSP_H

#include <stdint.h>

#define GRU_INLINE static inline __attribute__((always_inline))

/* SMMLAR: addend + (a * b) / 2^32, rounded to nearest, half up; wraps. */
GRU_INLINE int32_t gru_smmlar(int32_t addend, int32_t a, int32_t b) {
  uint64_t sum = ((uint64_t)(uint32_t)addend << 32) + (uint64_t)((int64_t)a * b) + 0x80000000u;
  return (int32_t)(uint32_t)(sum >> 32);
}

/* SMLAL: sum + a * b in 64 bits; wraps. */
GRU_INLINE int64_t gru_smlal(int64_t sum, int32_t a, int32_t b) {
  return (int64_t)((uint64_t)sum + (uint64_t)((int64_t)a * b));
}

/* The low 32 bits of sum / 2^shift, rounded to nearest, half up; 0 < shift < 32.
 * In halves, because a 64-bit shift by a variable is a call on a 32-bit core. */
GRU_INLINE int32_t gru_rounded_shift_right(int64_t sum, uint32_t shift) {
  uint64_t rounded = (uint64_t)sum + (UINT32_C(1) << (shift - 1));
  uint32_t low = (uint32_t)rounded, high = (uint32_t)(rounded >> 32);
  return (int32_t)(low >> shift | high << (32 - shift));
}

/* SSAT #16: value saturated to 16 bits. */
GRU_INLINE int32_t gru_saturate16(int32_t value) {
  return value < -32768 ? -32768 : value > 32767 ? 32767 : value;
}

#endif
