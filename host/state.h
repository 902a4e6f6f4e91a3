/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state directory of an instance: the lock, the device secret, the store, the log.
 *
 * It must belong to the user of the daemon and be closed to all others (0700); the secret
 * must be a plain file of that user with mode 0600. Anything else is refused with a
 * message that says what to do, because a secret that others could read is none. The
 * secret is made once, whole or not at all: written beside, synced, renamed, directory
 * synced.
 *
 * In memory it lives in one page that is locked, kept out of core dumps, and absent in
 * children.
 */
#ifndef AH_HOST_STATE_H
#define AH_HOST_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEVICE_SECRET_BYTES 32u

struct state {
    int dir;
    int lock;
    int store; /* directory of the storage TA */
    const uint8_t *device_secret;
    uint8_t device_id[16];
    bool fresh; /* the secret was made just now */
};

/* Open or make it, take the lock (waiting up to five seconds for a daemon that is
 * ending). */
bool state_open(struct state *s, const char *path, char *why, size_t why_len);

#endif
