/* What the tests share: a random generator, checksums, and memory to play with. */
#ifndef FAULT_MEMORY_H
#define FAULT_MEMORY_H

#include "fault_tests.h"
#include "gru.h"

enum { MEMORY_WORDS = 64, INPUTS = 64 };

extern gru_t first, second;
extern uint32_t other_state[MEMORY_WORDS], other_scratch[MEMORY_WORDS];
extern int16_t inputs[INPUTS + 1];

/* Marsaglia's xorshift. */
uint32_t next_random(uint32_t *state);
enum { SEED = 1 };

/* Half of the values lie at an end of int16 or are zero; of tokens the first value is one. */
void fill_input(const replay_case_t *subject, uint32_t *random);

gru_status_t open_subject(gru_t *gru, const replay_case_t *subject);
gru_status_t step_subject(gru_t *gru, const replay_case_t *subject, const int16_t *input);

/* Takes up the hidden states and the output of the last step. */
uint32_t add_results(uint32_t crc, const gru_t *gru, const replay_case_t *subject);

#endif
