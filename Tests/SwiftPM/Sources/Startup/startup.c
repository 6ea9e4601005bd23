#include "startup.h"

#include <stddef.h>

extern int main(int, char **);
extern uint32_t stack_top[], data_start[], data_end[], data_load[], bss_start[], bss_end[];

static int32_t semihosting(uint32_t call, const void *argument) {
  register uint32_t operation __asm__("r0") = call;
  register const void *parameter __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(operation) : "r"(parameter) : "memory");
  return (int32_t)operation;
}

void show(const char *text) { semihosting(0x04, text); /* SYS_WRITE0 */ }

_Noreturn void leave(int32_t code) {
  const uint32_t reason[2] = {0x20026, (uint32_t)code};
  semihosting(0x20, reason); /* SYS_EXIT_EXTENDED */
  for (;;) {
  }
}

void reset_handler(void) {
  const uint32_t *source = data_load;
  for (uint32_t *word = data_start; word < data_end;) *word++ = *source++;
  for (volatile uint32_t *word = bss_start; word < bss_end;) *word++ = 0;
  main(0, 0);
  leave(0);
}

static void fault_handler(void) { leave(70); }

__attribute__((used, section(".vectors"))) static const void *const vectors[7] = {
    stack_top,
    (const void *)reset_handler,
    (const void *)fault_handler, /* NMI */
    (const void *)fault_handler, /* HardFault */
    (const void *)fault_handler, /* MemManage */
    (const void *)fault_handler, /* BusFault */
    (const void *)fault_handler, /* UsageFault */
};

/* What the compiler calls. `volatile` keeps each loop from becoming a call of itself. */
void __aeabi_memcpy(void *target, const void *source, size_t count) {
  volatile uint8_t *to = target;
  for (const uint8_t *from = source; count--;) *to++ = *from++;
}
void __aeabi_memcpy4(void *target, const void *source, size_t count) {
  __aeabi_memcpy(target, source, count);
}
void __aeabi_memclr(void *target, size_t count) {
  for (volatile uint8_t *byte = target; count--;) *byte++ = 0;
}
void __aeabi_memclr4(void *target, size_t count) { __aeabi_memclr(target, count); }
void __aeabi_memclr8(void *target, size_t count) { __aeabi_memclr(target, count); }
