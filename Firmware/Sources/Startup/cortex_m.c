/* Reset and exceptions of a Cortex-M. */
#if defined(__arm__)

#include "startup.h"

extern int main(int, char **);
extern uint32_t __stack_top;

void reset_handler(void) {
  initialize_memory();
  main(0, 0);
  machine_exit(0);
}

/* A fault or an unexpected interrupt: 70 is the exit code of a bug. */
void fault_handler(void) { machine_exit(70); }

/* SYS_EXIT_EXTENDED (0x20) with ADP_Stopped_ApplicationExit (0x20026).
 * Source: Arm, "Semihosting for AArch32 and AArch64". */
_Noreturn void machine_exit(int32_t code) {
  uint32_t block[2] = {0x20026, (uint32_t)code};
  register uint32_t operation __asm__("r0") = 0x20;
  register void *argument __asm__("r1") = block;
  __asm__ volatile("bkpt 0xab" ::"r"(operation), "r"(argument) : "memory");
  for (;;) {
  }
}

__attribute__((used, section(".vectors"))) static const void *const vectors[16] = {
    &__stack_top,
    (const void *)reset_handler,
    (const void *)fault_handler, /* NMI */
    (const void *)fault_handler, /* HardFault */
    (const void *)fault_handler, /* MemManage */
    (const void *)fault_handler, /* BusFault */
    (const void *)fault_handler, /* UsageFault */
    0,
    0,
    0,
    0,
    (const void *)fault_handler, /* SVCall */
    (const void *)fault_handler, /* DebugMonitor */
    0,
    (const void *)fault_handler, /* PendSV */
    (const void *)fault_handler, /* SysTick */
};

#endif
