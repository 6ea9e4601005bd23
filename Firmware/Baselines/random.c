#include "baseline.h"

int16_t random16(void) {
  static uint32_t state = 1;
  state = state * 1664525 + 1013904223;
  return (int16_t)(state >> 16);
}
