/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A workload for the storage log: a repeatable sequence of creates, overwrites, partial
 * writes, renames, deletes, batches, lazy commits, compactions and reopenings, run beside
 * a model that says after every step which states a reopened store may be in.
 */
#ifndef AH_TEST_WORKLOAD_H
#define AH_TEST_WORKLOAD_H

#include "simheap.h"
#include "simstore.h"

#define WL_NAMES    6
#define WL_ROOM     160
#define WL_POSSIBLE 64

struct wl_object {
    int len; /* -1: absent */
    uint8_t data[WL_ROOM];
};

struct wl_state {
    struct wl_object objects[WL_NAMES];
};

struct workload {
    unsigned number;   /* which workload; seeds everything */
    unsigned steps;    /* how many */
    bool with_counter; /* a secure counter beside the store */

    struct simstore sim;
    struct simheap heap;
    struct simcounter counter;
    uint64_t random, script; /* seeds: of the store's randomness, of the steps */
    struct store_config config;
    struct store *store;

    struct wl_state now; /* what the open store holds */
    /* What a store opened after a cut now may hold; the first is all that was
     * acknowledged. */
    struct wl_state possible[WL_POSSIBLE];
    unsigned nr_possible;
    unsigned failed;   /* commits that failed softly */
    const char *wrong; /* NULL, or what the workload found out of order */
};

void wl_init(struct workload *w, unsigned number, unsigned steps, bool with_counter);
void wl_free(struct workload *w);

/* Run until the end or until the power goes. True at the end. */
bool wl_run(struct workload *w);

/* Close, whatever the state of the power. */
void wl_close(struct workload *w);

/* Open and compare with the possible states; on success the found one is the only one
 * left. */
bool wl_open(struct workload *w);

/* Does the open store hold exactly this? */
bool wl_holds(struct workload *w, const struct wl_state *s);

/* One durable commit more, which must succeed. */
bool wl_extra(struct workload *w);

#endif
