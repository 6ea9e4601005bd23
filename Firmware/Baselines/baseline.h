/* What a baseline gives to main.c: a GRU of INPUT and HIDDEN units, reset after, z keeps. */
#ifndef BASELINE_H
#define BASELINE_H

#include <stdint.h>

/* Fills the weights, uniform within 1 / sqrt(HIDDEN). */
void baseline_prepare(void);

/* A new random input within -1...1. */
void baseline_fill_input(void);

/* Advances the hidden state by one time step. */
void baseline_step(void);

/* A random number of -32768...32767. */
int16_t random16(void);

#endif
