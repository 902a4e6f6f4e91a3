/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owners: one for each TA that has sessions here, with its store and its open handles. An
 * owner lives as long as it has sessions; its store is opened by the first command.
 *
 * Locks: `owners` guards the list and the numbers of sessions; an owner's own lock guards
 * its store, its handles, and the handle tables of its sessions. `owners` is never taken
 * inside an owner's lock; so owners do not wait for each other's disks.
 */
#ifndef STORAGE_OWNER_H
#define STORAGE_OWNER_H

#include <pthread.h>
#include "anchorhold_ta.h"
#include "storage_ta.h"
#include "store.h"

struct handle;

struct owner {
    struct owner *next;
    TEE_UUID uuid;
    unsigned sessions;
    pthread_mutex_t lock;
    struct store *store;    /* NULL: not opened yet */
    struct handle *handles; /* of all sessions */
};

struct session {
    struct owner *owner;
    struct handle **table; /* by number - 1; NULL: free */
    uint32_t nr;
};

/* Once, when the TA is created. */
TEE_Result owners_init(void);

/* Find or make the owner and count a session. OUT_OF_MEMORY. */
TEE_Result owner_get(struct owner **o, const TEE_UUID *uuid);

/* One session less; the last one closes the store. */
void owner_put(struct owner *o);

/* Open the store if it is not. With the owner's lock held. */
TEE_Result owner_store(struct owner *o);

/* The crossing from the engine's errors. */
TEE_Result err_to_tee(enum err e);

/* Largest commit that the store takes. */
#define OWNER_COMMIT_MAX (8u << 20)

#endif
