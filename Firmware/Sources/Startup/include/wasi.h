/* What a WebAssembly module's host does for it. */
#ifndef WASI_H
#define WASI_H

#include "startup.h"

/* Writes a byte to the standard output. */
void wasi_write(uint8_t byte);

/* Waits for a byte of the standard input; ends the program where there is none any more. */
uint8_t wasi_read(void);

_Noreturn void wasi_exit(int32_t code);

#endif
