/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parameters of a call between a caller's buffers and a slot of a channel; used by every
 * client of a channel, libteec and TAs alike.
 */
#ifndef AH_CHAN_ARGS_H
#define AH_CHAN_ARGS_H

#include "chan.h"

struct chan_arg {
    uint32_t type; /* nibble of the parameter types */
    uint32_t a, b; /* values, in and out */
    void *buf;     /* memory; NULL: a NULL reference */
    size_t size; /* in: bytes of buf; out: what the TA reported, perhaps more than room */
    uint32_t
        shm; /* not 0: buf already lies in this shared memory at offset; no copying */
    size_t offset; /* in shm; set by chan_pack for the bulk area */
    size_t room;   /* set by chan_pack: size as it was */
};

/*
 * Lay the arguments into the bulk area and describe them in r (types and params).
 * ERR_NO_SPACE when they do not fit; then nothing was written to r.
 */
MUST_CHECK enum err chan_pack(struct chan_arg args[4], uint8_t *bulk,
                              struct chan_request *r);

/*
 * Bring the outputs back and wipe what small inputs left in the bulk area (a PIN, say). A
 * reported length above room is passed on and nothing is copied.
 */
void chan_unpack(struct chan_arg args[4], uint8_t *bulk, const struct chan_reply *r);

#endif
