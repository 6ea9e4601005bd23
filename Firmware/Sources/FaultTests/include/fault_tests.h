/* What a product meets in the field, tried through the C interface. Nothing may trap, and nothing
 * may be written that was not asked for. */
#ifndef FAULT_TESTS_H
#define FAULT_TESTS_H

#include <stdbool.h>

#include "replay_cases.h"

typedef struct fault_test {
  const char *name;
  /* Whether a network does what it should. */
  bool (*passes)(const replay_case_t *subject);
} fault_test_t;

/* The test at an index; NULL beyond the last one. */
const fault_test_t *fault_test(uint32_t index);

/* A run over inputs at the ends of int16, with any bits as state every thousand steps: the CRC-32 of
 * all hidden states and outputs. The tests on the host have the wide reference make the same run. */
typedef struct fault_run {
  const replay_case_t *subject;
  uint32_t random;
  uint32_t crc;
} fault_run_t;

void fault_run_start(fault_run_t *run, const replay_case_t *subject);
void fault_run_prepare(fault_run_t *run, uint32_t step);
void fault_run_step(fault_run_t *run);
void fault_run_record(fault_run_t *run);

#endif
