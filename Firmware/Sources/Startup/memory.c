/* The memory functions that a compiler may call; no C library is linked. */
#include <stddef.h>

/* `volatile` keeps the compiler from turning each loop into a call of itself. */
void *memset(void *target, int value, size_t count) {
  volatile unsigned char *byte = target;
  while (count--) *byte++ = (unsigned char)value;
  return target;
}

void *memcpy(void *restrict target, const void *restrict source, size_t count) {
  volatile unsigned char *to = target;
  const unsigned char *from = source;
  while (count--) *to++ = *from++;
  return target;
}

void *memmove(void *target, const void *source, size_t count) {
  volatile unsigned char *to = target;
  const unsigned char *from = source;
  if (to < from) {
    while (count--) *to++ = *from++;
  } else {
    while (count--) to[count] = from[count];
  }
  return target;
}

#if defined(__arm__)

/* Names of the Arm run-time ABI; note the order of memset's arguments. */
void __aeabi_memset(void *target, size_t count, int value) { memset(target, value, count); }
void __aeabi_memclr(void *target, size_t count) { memset(target, 0, count); }
void __aeabi_memclr4(void *target, size_t count) { memset(target, 0, count); }
void __aeabi_memclr8(void *target, size_t count) { memset(target, 0, count); }
void __aeabi_memcpy(void *target, const void *source, size_t count) {
  memcpy(target, source, count);
}
void __aeabi_memcpy4(void *target, const void *source, size_t count) {
  memcpy(target, source, count);
}
void __aeabi_memcpy8(void *target, const void *source, size_t count) {
  memcpy(target, source, count);
}

#endif
