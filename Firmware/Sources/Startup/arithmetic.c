/* Arithmetic that a core has no instruction for, under the names that a compiler calls.
 * Source: Run-time ABI for the Arm Architecture, "Helper functions". */
#if defined(__arm__) && __ARM_ARCH == 6

#include <stdint.h>

/* The low 64 bits of a product: three partial products of 32 bits and their carries. */
uint64_t __aeabi_lmul(uint64_t a, uint64_t b) {
  uint32_t a0 = (uint32_t)a & 0xFFFF, a1 = (uint32_t)a >> 16;
  uint32_t b0 = (uint32_t)b & 0xFFFF, b1 = (uint32_t)b >> 16;
  uint32_t cross1 = a1 * b0, cross2 = a0 * b1;
  uint32_t low = a0 * b0, high = a1 * b1 + (cross1 >> 16) + (cross2 >> 16);
  uint32_t sum = low + (cross1 << 16);
  high += sum < low;
  low = sum + (cross2 << 16);
  high += low < sum;
  high += (uint32_t)(a >> 32) * (uint32_t)b + (uint32_t)a * (uint32_t)(b >> 32);
  return (uint64_t)high << 32 | low;
}

/* Long division, bit by bit: the quotient, above it the remainder. By 0: the quotient is 0. */
uint64_t __aeabi_uidivmod(uint32_t dividend, uint32_t divisor) {
  uint32_t quotient = 0, rest = 0;
  if (divisor == 0) return (uint64_t)dividend << 32;
  for (int bit = 31; bit >= 0; bit--) {
    uint32_t carry = rest >> 31;
    rest = rest << 1 | (dividend >> bit & 1);
    if (carry || rest >= divisor) {
      rest -= divisor;
      quotient |= UINT32_C(1) << bit;
    }
  }
  return (uint64_t)rest << 32 | quotient;
}

uint32_t __aeabi_uidiv(uint32_t dividend, uint32_t divisor) {
  return (uint32_t)__aeabi_uidivmod(dividend, divisor);
}

int32_t __aeabi_idiv(int32_t dividend, int32_t divisor) {
  uint32_t a = dividend < 0 ? 0u - (uint32_t)dividend : (uint32_t)dividend;
  uint32_t b = divisor < 0 ? 0u - (uint32_t)divisor : (uint32_t)divisor;
  uint32_t quotient = __aeabi_uidiv(a, b);
  return (int32_t)((dividend < 0) == (divisor < 0) ? quotient : 0u - quotient);
}

#endif
