/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the storage log engine is handed besides its backing: memory that counts and can
 * run out, numbers that look random but repeat with the seed, and a secure counter.
 */
#ifndef AH_TEST_SIMHEAP_H
#define AH_TEST_SIMHEAP_H

#include <stddef.h>
#include <stdint.h>
#include "simstore.h"

struct simheap {
    struct store_memory memory; /* hand this out */
    size_t blocks;              /* in use; 0 at the end of a test */
    unsigned calls;
    unsigned fail_at; /* number of the call that gets no memory; 0: none */
};
void simheap_init(struct simheap *h);

/* random function of struct store_config; ctx is a uint64_t seed. */
void sim_random(void *ctx, void *out, size_t len);

/* Counts as a call of sim, and fails or is cut with it; the value survives everything. */
struct simcounter {
    struct store_counter counter; /* hand this out */
    struct simstore *sim;
    uint64_t value;
};
void simcounter_init(struct simcounter *c, struct simstore *sim);

#endif
