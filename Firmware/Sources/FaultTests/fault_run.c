#include "memory.h"

void fault_run_start(fault_run_t *run, const replay_case_t *subject) {
  *run = (fault_run_t){subject, SEED, UINT32_MAX};
  open_subject(&first, subject);
}

void fault_run_prepare(fault_run_t *run, uint32_t step) {
  if (step % 1000 == 0) {
    uint8_t *state = run->subject->state;
    for (uint32_t i = 0; i < gru_state_size(run->subject->model); i++)
      state[i] = (uint8_t)next_random(&run->random);
  }
  fill_input(run->subject, &run->random);
}

__attribute__((noinline)) void fault_run_step(fault_run_t *run) {
  step_subject(&first, run->subject, inputs);
}

void fault_run_record(fault_run_t *run) { run->crc = add_results(run->crc, &first, run->subject); }
