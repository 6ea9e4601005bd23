/* Reset of a Cortex-M whose C library prints and exits through an emulator (newlib's rdimon). */
#include <stdint.h>
#include <stdlib.h>

extern uint32_t data_start[], data_end[], data_load[], bss_start[], bss_end[], stack_top[];
extern void initialise_monitor_handles(void);
extern int main(void);

void reset_handler(void);
static void fault_handler(void) { _Exit(70); }

__attribute__((used, section(".isr_vector"))) static const struct {
  uint32_t *stack;
  void (*handlers[15])(void);
} vectors = {stack_top,
             {reset_handler, fault_handler /* NMI */, fault_handler /* HardFault */,
              fault_handler /* MemManage */, fault_handler /* BusFault */,
              fault_handler /* UsageFault */}};

void reset_handler(void) {
  uint32_t *word;
  const uint32_t *source = data_load;
#ifdef __ARM_FP
  *(volatile uint32_t *)0xE000ED88 |= UINT32_C(0xF) << 20; /* CPACR: the FPU, for printf */
  __asm__ volatile("dsb\n isb");
#endif
  for (word = data_start; word < data_end;) *word++ = *source++;
  for (word = bss_start; word < bss_end;) *word++ = 0;
  initialise_monitor_handles();
  exit(main());
}
