/* Calls every function of gru.h as a firmware does, and misuses each: C99 and C++11, on the host and
 * on devices. Exit code: how many expectations failed. */
#include "gru.h"

#include <stdio.h>
#include <string.h>

#include "replay_int16_model.h"
#include "replay_int8_model.h"

static int failures;

static void expect(int condition, const char *text, int line) {
  if (condition) return;
  failures++;
  printf("interface.c:%d: not so: %s\n", line, text);
}
#define EXPECT(condition) expect((condition) != 0, #condition, __LINE__)

enum { GUARD = 0x5A };

/* An instance, and what lies around its memory. */
static struct {
  uint32_t before_state;
  replay_int8_state_t state;
  uint32_t after_state;
  replay_int8_scratch_t scratch;
  uint32_t after_scratch;
  int32_t output[REPLAY_INT8_OUTPUT_SIZE];
  uint32_t after_output;
  uint8_t saved[1 + REPLAY_INT8_SAVED_SIZE + 1]; /* odd, so that no word of it is aligned */
} memory;

static int16_t input[REPLAY_INT8_INPUT_SIZE + 1];
static gru_t gru;

static int guards_are_intact(void) {
  const uint32_t guard = GUARD * UINT32_C(0x01010101);
  return memory.before_state == guard && memory.after_state == guard &&
         memory.after_scratch == guard && memory.after_output == guard &&
         memory.saved[0] == GUARD && memory.saved[REPLAY_INT8_SAVED_SIZE + 1] == GUARD;
}

static gru_status_t open_instance(void) {
  memset(&memory, GUARD, sizeof memory);
  memset(&gru, 0, sizeof gru);
  return gru_open(&gru, &replay_int8_model, &memory.state, sizeof memory.state, &memory.scratch,
                  sizeof memory.scratch);
}

static gru_status_t step(int32_t first) {
  uint32_t i;
  for (i = 0; i < REPLAY_INT8_INPUT_SIZE; i++)
    input[i] = (int16_t)((first + (int32_t)i * 977) % 32768);
  return gru_step(&gru, input, REPLAY_INT8_INPUT_SIZE, memory.output, REPLAY_INT8_OUTPUT_SIZE);
}

static void opening(void) {
  gru_t closed;
  memset(&closed, 0, sizeof closed);
  EXPECT(gru_state_size(&replay_int8_model) == REPLAY_INT8_STATE_SIZE);
  EXPECT(gru_scratch_size(&replay_int8_model) == REPLAY_INT8_SCRATCH_SIZE);
  EXPECT(gru_saved_size(&replay_int8_model) == REPLAY_INT8_SAVED_SIZE);
  EXPECT(gru_state_size(NULL) == 0 && gru_scratch_size(NULL) == 0 && gru_saved_size(NULL) == 0);
  EXPECT(gru_check(&replay_int8_model) == GRU_OK);
  EXPECT(gru_check(NULL) == GRU_NULL_POINTER);

  memset(&memory, GUARD, sizeof memory);
  EXPECT(gru_open(NULL, &replay_int8_model, &memory.state, sizeof memory.state, &memory.scratch,
                  sizeof memory.scratch) == GRU_NULL_POINTER);
  EXPECT(gru_open(&closed, NULL, &memory.state, sizeof memory.state, &memory.scratch,
                  sizeof memory.scratch) == GRU_NULL_POINTER);
  EXPECT(gru_open(&closed, &replay_int8_model, NULL, sizeof memory.state, &memory.scratch,
                  sizeof memory.scratch) == GRU_NULL_POINTER);
  EXPECT(gru_open(&closed, &replay_int8_model, &memory.state, sizeof memory.state, NULL,
                  sizeof memory.scratch) == GRU_NULL_POINTER);
  EXPECT(gru_open(&closed, &replay_int8_model, &memory.state, sizeof memory.state - 1,
                  &memory.scratch, sizeof memory.scratch) == GRU_STATE_SIZE);
  EXPECT(gru_open(&closed, &replay_int8_model, &memory.state, sizeof memory.state, &memory.scratch,
                  sizeof memory.scratch - 1) == GRU_SCRATCH_SIZE);
  EXPECT(gru_open(&closed, &replay_int8_model, (uint8_t *)&memory.state + 2, sizeof memory.state,
                  &memory.scratch, sizeof memory.scratch) == GRU_ALIGNMENT);
  EXPECT(closed.model == NULL);
  EXPECT(((uint8_t *)&memory.state)[0] == GUARD && guards_are_intact());
  EXPECT(gru_open(&closed, &replay_int8_model, &memory.state, UINT32_MAX, &memory.scratch,
                  UINT32_MAX) == GRU_OK);
  EXPECT(open_instance() == GRU_OK);
  EXPECT(gru_hidden(&gru, 0) != NULL && gru_hidden(&gru, 0)[0] == 0);
  EXPECT(guards_are_intact());
}

static void stepping(void) {
  int32_t output[REPLAY_INT8_OUTPUT_SIZE];
  gru_t closed;
  memset(&closed, 0, sizeof closed);
  EXPECT(open_instance() == GRU_OK);
  EXPECT(step(100) == GRU_OK && step(2000) == GRU_OK);
  EXPECT(gru_hidden(&gru, 0)[0] != 0);
  EXPECT(guards_are_intact());

  memcpy(output, memory.output, sizeof output);
  EXPECT(gru_step(NULL, input, REPLAY_INT8_INPUT_SIZE, memory.output, REPLAY_INT8_OUTPUT_SIZE) ==
         GRU_NULL_POINTER);
  EXPECT(gru_step(&closed, input, REPLAY_INT8_INPUT_SIZE, memory.output, REPLAY_INT8_OUTPUT_SIZE) ==
         GRU_NULL_POINTER);
  EXPECT(gru_step(&gru, NULL, REPLAY_INT8_INPUT_SIZE, memory.output, REPLAY_INT8_OUTPUT_SIZE) ==
         GRU_NULL_POINTER);
  EXPECT(gru_step(&gru, input, REPLAY_INT8_INPUT_SIZE - 1, memory.output, REPLAY_INT8_OUTPUT_SIZE) ==
         GRU_INPUT_COUNT);
  EXPECT(gru_step(&gru, input, REPLAY_INT8_INPUT_SIZE + 1, memory.output, REPLAY_INT8_OUTPUT_SIZE) ==
         GRU_INPUT_COUNT);
  EXPECT(gru_step(&gru, input, REPLAY_INT8_INPUT_SIZE, memory.output, REPLAY_INT8_OUTPUT_SIZE - 1) ==
         GRU_OUTPUT_COUNT);
  EXPECT(gru_step(&gru, input, REPLAY_INT8_INPUT_SIZE, memory.output, REPLAY_INT8_OUTPUT_SIZE + 1) ==
         GRU_OUTPUT_COUNT);
  EXPECT(gru_step(&gru, input, REPLAY_INT8_INPUT_SIZE, NULL, REPLAY_INT8_OUTPUT_SIZE) ==
         GRU_OUTPUT_COUNT);
  EXPECT(gru_step_token(&gru, 0, memory.output, REPLAY_INT8_OUTPUT_SIZE) == GRU_TOKEN);
  EXPECT(memcmp(output, memory.output, sizeof output) == 0 && guards_are_intact());
  EXPECT(gru_step(&gru, input, REPLAY_INT8_INPUT_SIZE, NULL, 0) == GRU_OK);

  EXPECT(gru_reset(NULL) == GRU_NULL_POINTER && gru_reset(&closed) == GRU_NULL_POINTER);
  EXPECT(gru_reset(&gru) == GRU_OK && gru_hidden(&gru, 0)[0] == 0);
  EXPECT(gru_hidden(NULL, 0) == NULL && gru_hidden(&gru, 99) == NULL);
  EXPECT(gru_hidden(&gru, UINT32_MAX) == NULL);
}

static void results(void) {
  const int32_t logits[3] = {0, 3 << 18, 3 << 18};
  uint16_t probabilities[4] = {1, 1, 1, 1};
  EXPECT(gru_argmax(logits, 3) == 1);
  EXPECT(gru_argmax(NULL, 3) == 0 && gru_argmax(logits, 0) == 0);
  gru_softmax(NULL, probabilities, 3);
  gru_softmax(logits, NULL, 3);
  EXPECT(probabilities[0] == 1);
  gru_softmax(logits, probabilities, 3);
  EXPECT(probabilities[0] < 900 && probabilities[1] > 15900 && probabilities[3] == 1);
}

/* Saved in mid-stream, steps go on as they would have. */
static void saving(void) {
  uint8_t *saved = memory.saved + 1;
  int32_t expected[REPLAY_INT8_OUTPUT_SIZE];
  replay_int8_state_t before;
  uint32_t i;
  gru_t closed, other;
  static replay_int16_state_t other_state;
  static replay_int16_scratch_t other_scratch;
  static uint8_t other_saved[REPLAY_INT16_SAVED_SIZE];

  memset(&closed, 0, sizeof closed);
  EXPECT(open_instance() == GRU_OK && step(100) == GRU_OK);
  EXPECT(gru_save(NULL, saved, REPLAY_INT8_SAVED_SIZE) == GRU_NULL_POINTER);
  EXPECT(gru_save(&closed, saved, REPLAY_INT8_SAVED_SIZE) == GRU_NULL_POINTER);
  EXPECT(gru_save(&gru, NULL, REPLAY_INT8_SAVED_SIZE) == GRU_NULL_POINTER);
  EXPECT(gru_save(&gru, saved, REPLAY_INT8_SAVED_SIZE - 1) == GRU_SAVED_SIZE);
  EXPECT(saved[0] == GUARD && saved[REPLAY_INT8_SAVED_SIZE - 1] == GUARD);
  EXPECT(gru_save(&gru, saved, REPLAY_INT8_SAVED_SIZE) == GRU_OK);
  EXPECT(memcmp(saved, "GRU", 3) == 0 && saved[3] == GRU_FORMAT_VERSION);
  EXPECT(guards_are_intact());
  EXPECT(step(2000) == GRU_OK);
  memcpy(expected, memory.output, sizeof expected);

  EXPECT(gru_reset(&gru) == GRU_OK);
  before = memory.state;
  EXPECT(gru_restore(NULL, saved, REPLAY_INT8_SAVED_SIZE) == GRU_NULL_POINTER);
  EXPECT(gru_restore(&closed, saved, REPLAY_INT8_SAVED_SIZE) == GRU_NULL_POINTER);
  EXPECT(gru_restore(&gru, NULL, REPLAY_INT8_SAVED_SIZE) == GRU_NULL_POINTER);
  EXPECT(gru_restore(&gru, saved, REPLAY_INT8_SAVED_SIZE - 1) == GRU_SAVED_SIZE);
  for (i = 0; i < REPLAY_INT8_SAVED_SIZE; i++) {
    gru_status_t status;
    saved[i] ^= 0x10;
    status = gru_restore(&gru, saved, REPLAY_INT8_SAVED_SIZE);
    EXPECT(status == (i >= 4 && i < 12 ? GRU_SAVED_MODEL : GRU_SAVED_STATE));
    saved[i] ^= 0x10;
  }
  EXPECT(gru_open(&other, &replay_int16_model, &other_state, sizeof other_state, &other_scratch,
                      sizeof other_scratch) == GRU_OK);
  EXPECT(gru_save(&other, other_saved, sizeof other_saved) == GRU_OK);
  EXPECT(gru_restore(&gru, other_saved, sizeof other_saved) == GRU_SAVED_MODEL);
  EXPECT(memcmp(&before, &memory.state, sizeof before) == 0);

  EXPECT(gru_restore(&gru, saved, REPLAY_INT8_SAVED_SIZE + 1) == GRU_OK);
  EXPECT(step(2000) == GRU_OK);
  EXPECT(memcmp(expected, memory.output, sizeof expected) == 0);
  EXPECT(guards_are_intact());
}

static void texts(void) {
  int status;
  EXPECT(strcmp(gru_status_text(GRU_OK), "no error") == 0);
  for (status = GRU_OK; status <= GRU_SAVED_MODEL; status++)
    EXPECT(strcmp(gru_status_text((gru_status_t)status), "unknown status") != 0);
  EXPECT(strcmp(gru_status_text((gru_status_t)99), "unknown status") == 0);
}

int main(void) {
  opening();
  stepping();
  results();
  saving();
  texts();
  printf("interface: %d failures\n", failures);
  return failures != 0;
}
