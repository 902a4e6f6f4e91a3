/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program in test/fuzz consists of:
 *
 *     int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);   feed data to the
 * decoder; 0 void fuzz_seeds(void);                                         optional:
 * good inputs
 *
 * fuzz_seeds() is called once before the corpus is read and hands over what the encoders
 * make, by fuzz_seed(), so that fuzzing starts from messages that decode. Data is exactly
 * len bytes on the heap: a read beyond them is found. What must hold is said with
 * assert().
 */
#ifndef AH_FUZZ_H
#define AH_FUZZ_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerInitialize(int *argc, char ***argv);

void fuzz_seeds(void);
void fuzz_seed(const char *name, const void *data, size_t len);

#endif
