/* Times a baseline on this machine as `gru bench` times a network: the median over rounds of about
 * 10 ms. */
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "baseline.h"

enum { ROUNDS = 15, ROUND_TIME = 10000000 };

static double nanoseconds_of_steps(int steps) {
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (int step = 0; step < steps; step++) baseline_step();
  clock_gettime(CLOCK_MONOTONIC, &end);
  return 1e9 * (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec);
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(void) {
  double times[ROUNDS];
  int steps = 1;
  baseline_prepare();
  baseline_fill_input();
  while (nanoseconds_of_steps(steps) < ROUND_TIME) steps *= 2;
  for (int round = 0; round < ROUNDS; round++) times[round] = nanoseconds_of_steps(steps) / steps;
  qsort(times, ROUNDS, sizeof *times, ascending);
  printf("%.0f ns a step\n", times[ROUNDS / 2]);
  return 0;
}
