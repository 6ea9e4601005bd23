/* The device side of `gru validate --device`: answers the host's requests over any stream of bytes.
 *
 *   static void send(void *context, uint8_t byte) { uart_write(byte); }
 *
 *   static gru_device_t device;
 *   static uint32_t memory[GRU_DEVICE_MEMORY_SIZE(KWS_INPUT_SIZE, KWS_OUTPUT_SIZE) / 4];
 *   gru_device_description_t description = {"kws", "my board", "cortex-m4", NULL, 0, 0};
 *   gru_device_port_t port = {NULL, send, NULL, NULL};
 *   if (gru_device_open(&device, &gru, &description, &port, memory, sizeof memory) != GRU_OK) ...
 *   for (;;) gru_device_receive(&device, uart_read());
 *
 * "On your own board" in Sources/GRURuntime/GRURuntime.docc has the whole program, and the bytes on
 * the wire. Nothing here allocates, keeps a global or traps.
 */
#ifndef GRU_DEVICE_H
#define GRU_DEVICE_H

#include "gru.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the device says of itself; the texts, of up to 63 bytes each, must outlive it. */
typedef struct gru_device_description {
  const char *model;   /* NULL in any of the four: no text */
  const char *board;
  const char *core;
  const char *counter; /* what `elapsed` counts, as "DWT CYCCNT" */
  uint32_t clock_hz;   /* of what `elapsed` counts; 0: unknown */
  uint32_t boot;       /* another number after each start: a counter of starts or a random number;
                          0 always where there is none */
} gru_device_description_t;

/* What the device reaches its surroundings by. */
typedef struct gru_device_port {
  void *context;                              /* handed on to each function */
  void (*write)(void *context, uint8_t byte); /* sends a byte; may wait */
  void (*start)(void *context);               /* starts a counter at 0; NULL: there is none */
  uint32_t (*elapsed)(void *context);         /* ticks since then; UINT32_MAX: more than it holds;
                                                 NULL: there is none */
} gru_device_port_t;

/* Bytes for a request and for the outputs; `inputs` is 1 where the network reads tokens. */
#define GRU_DEVICE_MEMORY_SIZE(inputs, outputs) \
  (16u + GRU_PADDED_SIZE(inputs, 2u) + 4u * (outputs))

/* A device. The content belongs to the runtime. */
typedef struct gru_device {
  uintptr_t content[48];
} gru_device_t;

/* Takes over an open network, whose state is the session's from now on. `memory` is 4-byte aligned.
 * GRU_SCRATCH_SIZE: it is smaller than GRU_DEVICE_MEMORY_SIZE. */
gru_status_t gru_device_open(gru_device_t *device, const gru_t *gru,
                             const gru_device_description_t *description,
                             const gru_device_port_t *port, void *memory, uint32_t memory_size);

/* Takes a byte from the line. Where it completes a request, steps the network if that is what the
 * request asks for, and writes the reply before it returns. */
gru_status_t gru_device_receive(gru_device_t *device, uint8_t byte);

#ifdef __cplusplus
}
#endif

#endif
