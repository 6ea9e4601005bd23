/* What libFuzzer calls and offers. Source: compiler-rt's FuzzerInterface.h. */
#ifndef LIBFUZZER_H
#define LIBFUZZER_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

/* Changes the bytes in place as it sees fit, and returns how many there are now. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

#endif
