/* Reset and exceptions of a Cortex-M. */
#if defined(__arm__)

#include "startup.h"

extern uint32_t __stack_top;

void reset_handler(void) {
  initialize_memory();
  run_program();
}

void fault_handler(void) { machine_exit(70); }

__attribute__((used, section(".vectors"))) static const void *const vectors[16] = {
    &__stack_top,
    (const void *)reset_handler,
    (const void *)fault_handler, /* NMI */
    (const void *)fault_handler, /* HardFault */
    (const void *)fault_handler, /* MemManage */
    (const void *)fault_handler, /* BusFault */
    (const void *)fault_handler, /* UsageFault */
    (const void *)fault_handler, /* SecureFault of Armv8-M */
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
