/* What every board needs before and beside Swift. */
#ifndef STARTUP_H
#define STARTUP_H

#include <stdint.h>

/* Copies .data from flash and clears .bss, before main(). */
void initialize_memory(void);

/* Ends a program with an exit code: on Arm under an emulator or a debugger that serves semihosting,
 * on RISC-V where the machine has SiFive's test device. */
_Noreturn void machine_exit(int32_t code);

/* Fills the free stack below the caller with a pattern. */
void stack_paint(void);

/* Bytes of the painted stack that have been written since, counted from its top. */
uint32_t stack_used(void);

/* Starts a counter at 0, and reads it: below 2^24 ticks on a Cortex-M. */
void clock_start(void);
uint32_t clock_ticks(void);

/* Runs `count` times two instructions, to find how many a tick takes. */
void counted_loop(uint32_t count);

#endif
