/* What a Cortex-M under a debugger or an emulator needs, and no C library. */
#ifndef STARTUP_H
#define STARTUP_H

#include <stdint.h>

/* Shows a text, by semihosting. */
void show(const char *text);

/* Ends the emulator with an exit code. */
_Noreturn void leave(int32_t code);

#endif
