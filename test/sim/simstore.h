/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A backing store in memory that can lose power, tear writes and fail.
 *
 * It keeps two things apart: what a program sees (the cache) and what is on the medium.
 * An append reaches the medium at its file's next sync, a removal at any time, a rename
 * at once. When the power goes, each append that was not synced lands on the medium by
 * the rule of the cut: wholly, not at all, as a prefix, as noise, or each of these as a
 * random number says; so later appends may be there while earlier ones are not.
 *
 * Calls are numbered from 1; struct sim_cut says at which one power goes and how that
 * call and the unsynced ones end. After a cut every call answers ERR_DEAD until
 * sim_power_on().
 */
#ifndef AH_TEST_SIMSTORE_H
#define AH_TEST_SIMSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "store.h"

#define SIM_FILES  8
#define SIM_INODES 16

/* What becomes of an append that was not synced. */
enum sim_fate {
    SIM_KEPT,
    SIM_LOST,
    SIM_PREFIX, /* some of it; how much is part of the cut */
    SIM_NOISE,  /* a prefix, then noise to the full length */
    SIM_HOLE,   /* the first part is noise, the end is as written */
    SIM_MIXED,  /* each one by a random number */
    SIM_FATES
};

struct sim_cut {
    unsigned at;        /* number of the call at which power goes; 0: never */
    bool after;         /* the call has happened in the cache; else only if it is torn */
    enum sim_fate last; /* of the call at the cut, if it is an append, sync or rename */
    enum sim_fate rest; /* of the unsynced appends before it */
    unsigned keep;      /* for SIM_PREFIX and SIM_NOISE: thousandths that are kept */
    uint32_t seed;      /* of noise and of SIM_MIXED */
};

struct sim_append {
    uint64_t offset;
    size_t len;
    uint8_t *data;
    struct sim_append *next;
};

struct sim_bytes {
    uint8_t *p;
    size_t len, cap;
};

struct sim_inode {
    bool used;
    unsigned handles;
    struct sim_bytes cache, medium;
    struct sim_append *pending, **tail;
};

struct sim_name {
    char name[STORE_NAME_MAX + 1]; /* empty: free */
    int inode;
};

struct simstore {
    struct store_backing backing;
    struct sim_inode inodes[SIM_INODES];
    struct sim_name cache_names[SIM_FILES], medium_names[SIM_FILES];
    unsigned calls;
    bool dead;
    struct sim_cut cut;
    unsigned fail_at;   /* number of the call that fails softly; 0: none */
    unsigned fail_nr;   /* how many calls fail from there on; 0 counts as 1 */
    enum err fail_with; /* ERR_IO, or ERR_NO_SPACE, which spares reads and syncs */
    bool fail_happens;  /* a failing replace or append has happened all the same */
    bool lied;          /* a sync failed and took appends with it that reads still show */
    unsigned appends, syncs, replaces; /* counted since the last sim_power_on() */
};

void sim_init(struct simstore *sim);
void sim_free(struct simstore *sim);

/* The medium of from, as after a clean power-off, in a fresh simstore. */
void sim_copy(struct simstore *to, const struct simstore *from);

/* Power goes now, by the rule of cut (its at and after do not matter). */
void sim_power_off(struct simstore *sim, const struct sim_cut *cut);

/* The program starts anew: cache = medium, no cut, no failure, counters 0. */
void sim_power_on(struct simstore *sim);

/*
 * For a secure counter beside the store: one call like the others. happens: whether the
 * counter is advanced; the result is what its function answers.
 */
enum err sim_counter_call(struct simstore *sim, bool *happens);

/*
 * Processes died, power did not: what the cache holds stays, open files are closed.
 * sim_kill() also forgets cut, failure and counters, as sim_power_on() does.
 */
void sim_restart(struct simstore *sim);
void sim_kill(struct simstore *sim);

/* The bytes of a file as a program sees them; NULL if there is none. For tests to look
 * and spoil. */
uint8_t *sim_file(struct simstore *sim, const char *name, size_t *len);

/* Cut the file, also where nobody would. */
void sim_chop(struct simstore *sim, const char *name, size_t len);

#endif
