/* Accesses to device registers: Swift makes them atomic, which cores without atomic instructions
 * call functions for. On one core an aligned access is that by itself. */
#if (defined(__arm__) && __ARM_ARCH == 6) || (defined(__riscv) && !defined(__riscv_atomic))

#include <stdint.h>

/* The compiler keeps the names to itself, so that they stand beside others. */
void store_byte(volatile uint8_t *place, uint8_t value, int order) __asm__("__atomic_store_1");
void store_word(volatile uint32_t *place, uint32_t value, int order) __asm__("__atomic_store_4");
uint8_t load_byte(const volatile uint8_t *place, int order) __asm__("__atomic_load_1");
uint32_t load_word(const volatile uint32_t *place, int order) __asm__("__atomic_load_4");

void store_byte(volatile uint8_t *place, uint8_t value, int order) {
  (void)order;
  *place = value;
}

void store_word(volatile uint32_t *place, uint32_t value, int order) {
  (void)order;
  *place = value;
}

uint8_t load_byte(const volatile uint8_t *place, int order) {
  (void)order;
  return *place;
}

uint32_t load_word(const volatile uint32_t *place, int order) {
  (void)order;
  return *place;
}

#endif
