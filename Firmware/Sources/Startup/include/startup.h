/* What every board needs before and beside Swift. */
#ifndef STARTUP_H
#define STARTUP_H

#include <stdint.h>

/* What a board implements, in its Board.swift. */

/* Readies clocks, pins and the console; called once before main(). */
void machine_start(void);

/* Ends the program with an exit code: 70 after a fault. */
_Noreturn void machine_exit(int32_t code);

/* Ways to end it. */

/* Under an emulator or a debugger that serves Arm's semihosting. */
_Noreturn void semihosting_exit(int32_t code);

/* On machines with SiFive's test device, such as QEMU's `virt`. */
_Noreturn void sifive_test_exit(int32_t code);

/* On a board, whose console is all that tells: the core waits until it is reset. */
_Noreturn void halt(void);

/* What start-up calls. */

/* Copies .data from flash and clears .bss, before main(). */
void initialize_memory(void);

/* Runs the board and main() when a stack and the static variables are there. */
_Noreturn void run_program(void);

/* What programs measure with. */

/* Fills the free stack below the caller with a pattern. */
void stack_paint(void);

/* Bytes of the painted stack that have been written since, counted from its top. */
uint32_t stack_used(void);

/* Starts a counter at 0, and reads it: below 2^24 ticks on a Cortex-M. */
void clock_start(void);
uint32_t clock_ticks(void);

/* Times a step in cycles: what counts them, NULL where nothing does; and how many since the start,
 * UINT32_MAX where they are more than it holds. The name is asked for first. */
const char *counter_name(void);
void counter_start(void);
uint32_t counter_elapsed(void);

/* A number that differs from that of the last start; 0 where there is none. To be asked for once. */
uint32_t boot_count(void);

/* Runs `count` times two instructions, to find how many a tick takes. */
void counted_loop(uint32_t count);

#endif
