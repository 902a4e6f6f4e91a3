/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands of the storage TA. Its clients are the TEE libraries of other TAs; only
 * sessions with login TEE_LOGIN_TRUSTED_APP are served, and the UUID of that login names
 * the store.
 *
 * An object has a name (0..64 bytes), a head (the attributes of a GP object in a form of
 * the client's choosing, at most STORAGE_HEAD_MAX) and data. Handles are numbers from 1,
 * valid in the session that opened them; flags are TEE_DATA_FLAG_*, with GP's sharing
 * rules over all sessions of one owner. Positions are kept by the client. Every change is
 * durable when the command returns, but for a lazy batch.
 *
 *   command    p0              p1                     p2           p3
 *   OPEN       in name         inout a flags->handle  out head     -
 *                              out b data length
 *   CREATE     in name         as OPEN                in head      in data
 *   CLOSE      a handle        -                      -            -
 *   DELETE     a handle        -                      -            -
 *   RENAME     a handle        in new name            -            -
 *   READ       a handle        out data; its size     -            -
 *              b offset        tells how much it was
 *   WRITE      a handle        in data                -            -
 *              b offset
 *   TRUNCATE   a handle        -                      -            -
 *              b length
 *   HEAD       a handle        in head, as long as    -            -
 *                              the one it replaces
 *   SIZE       a handle        out a data length      -            -
 *   NEXT       inout a cursor  out name               out head     out a data length
 *   BATCH      a flags         in operations          -            -
 *              b their number
 *   GET        in name         out data               -            -
 *   SCAN       inout a cursor  out entries            -            -
 *   STATUS     out status      -                      -            -
 *   RESET      a 1: keep       -                      -            -
 *
 * Values are of type VALUE_INPUT unless marked. NEXT starts with cursor 0; a head that
 * does not fit is SHORT_BUFFER. SCAN is NEXT and GET of as many objects as fit, each as
 * u32 result, u32 length of the name, u32 length of the data, name, data; SHORT_BUFFER
 * when not even one fits, with the room it needs at most. DELETE closes the handle, too. CREATE knows
 * TEE_DATA_FLAG_OVERWRITE. The operations of BATCH are packed: each a struct storage_op,
 * its name, its contents: u32 length of the head, head, data. STATUS fills a struct
 * storage_status. RESET begins a fresh log, with what can be read or empty.
 *
 * Results: ITEM_NOT_FOUND, ACCESS_CONFLICT, ACCESS_DENIED (a flag is missing),
 * SHORT_BUFFER (with the length needed), STORAGE_NO_SPACE, OUT_OF_MEMORY, OVERFLOW,
 * BAD_PARAMETERS (shape), CORRUPT_OBJECT (the log is damaged, or this object cannot be
 * read), CORRUPT_OBJECT_2 (the log is older than the secure counter allows),
 * STORAGE_NOT_AVAILABLE (the medium failed).
 */
#ifndef AH_ABI_STORAGE_TA_H
#define AH_ABI_STORAGE_TA_H

#include <stddef.h>
#include <stdint.h>

/* 6e8c0d2a-3f51-4c9b-9b7e-a5d0c1e2f304, as a TEE_UUID */
#define STORAGE_TA_UUID                                                                  \
    {                                                                                    \
        0x6e8c0d2a, 0x3f51, 0x4c9b,                                                      \
        {                                                                                \
            0x9b, 0x7e, 0xa5, 0xd0, 0xc1, 0xe2, 0xf3, 0x04                               \
        }                                                                                \
    }

enum storage_cmd {
    STORAGE_OPEN = 1,
    STORAGE_CREATE,
    STORAGE_CLOSE,
    STORAGE_DELETE,
    STORAGE_RENAME,
    STORAGE_READ,
    STORAGE_WRITE,
    STORAGE_TRUNCATE,
    STORAGE_HEAD,
    STORAGE_SIZE,
    STORAGE_NEXT,
    STORAGE_BATCH,
    STORAGE_GET,
    STORAGE_STATUS,
    STORAGE_RESET,
    STORAGE_SCAN,
};

#define STORAGE_SCAN_HEAD 12u /* of an entry */

#define STORAGE_NAME_MAX 64u
#define STORAGE_HEAD_MAX 16384u

#define STORAGE_BATCH_LAZY 0x1u
#define STORAGE_OP_PUT     1u
#define STORAGE_OP_DELETE  2u

struct storage_op {
    uint32_t kind; /* STORAGE_OP_* */
    uint32_t name_len;
    uint32_t contents_len; /* at least 4 for PUT, 0 for DELETE */
};
_Static_assert(sizeof(struct storage_op) == 12, "");

struct storage_status {
    uint32_t state; /* TEE_Result: why changes are refused, or TEE_SUCCESS */
    uint32_t objects;
    uint64_t file_bytes;
    uint64_t live_bytes;
    uint64_t dropped_bytes; /* an unacknowledged tail that opening dropped */
    uint64_t appends, syncs, compactions;
};
_Static_assert(sizeof(struct storage_status) == 56, "");

#endif
