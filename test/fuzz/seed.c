/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the seeds of a fuzz program into the directory $FUZZ_SEEDS before fuzzing
 * begins. */
#include <stdio.h>
#include <stdlib.h>
#include "fuzz.h"

/* For programs that have none. */
__attribute__((weak)) void fuzz_seeds(void)
{
}

void fuzz_seed(const char *name, const void *data, size_t len)
{
    char path[512];
    const char *dir = getenv("FUZZ_SEEDS");
    if (!dir)
        return;
    snprintf(path, sizeof path, "%s/seed-%s", dir, name);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(data, 1, len, f) != len || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    fuzz_seeds();
    return 0;
}
