/* A WebAssembly module's start, console and end: the few functions of WASI that it imports.
 * Source: WebAssembly System Interface, preview 1. */
#if defined(__wasm__)

#include "wasi.h"

#define WASI(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(name)))

typedef struct {
  const uint8_t *bytes;
  uint32_t count;
} wasi_ciovec_t;

typedef struct {
  uint8_t *bytes;
  uint32_t count;
} wasi_iovec_t;

WASI("fd_write")
uint16_t wasi_fd_write(uint32_t file, const wasi_ciovec_t *parts, uint32_t count,
                       uint32_t *written);
WASI("fd_read")
uint16_t wasi_fd_read(uint32_t file, const wasi_iovec_t *parts, uint32_t count, uint32_t *read);
WASI("proc_exit") _Noreturn void wasi_proc_exit(uint32_t code);

__attribute__((export_name("_start"))) void _start(void) { run_program(); }

void wasi_write(uint8_t byte) {
  wasi_ciovec_t part = {&byte, 1};
  uint32_t written;
  wasi_fd_write(1, &part, 1, &written);
}

uint8_t wasi_read(void) {
  uint8_t byte;
  wasi_iovec_t part = {&byte, 1};
  uint32_t read = 0;
  if (wasi_fd_read(0, &part, 1, &read) != 0 || read == 0) wasi_exit(0);
  return byte;
}

_Noreturn void wasi_exit(int32_t code) { wasi_proc_exit((uint32_t)code); }

#endif
