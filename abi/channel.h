/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The channel: shared memory in which a client calls a trusted application of the hosted
 * TEE.
 *
 * The daemon makes it (a memfd of CHAN_SIZE bytes, sealed against every change of size),
 * writes the header and hands it to the client and the TA; from then on calls pass
 * without the daemon.
 *
 *   0                 struct chan_header
 *   CHAN_SLOTS_AT     CHAN_SLOTS times struct chan_slot
 *   CHAN_BULK_AT      CHAN_SLOTS times CHAN_BULK bytes: contents of memory references
 * (sparse)
 *
 * A slot carries one call at a time. The client writes request, then raises req by one;
 * the TA copies the request once, works, writes reply, then sets rep to the req it
 * answered. req and rep are futex words. The partner's *_sleeps flag says whether a raise
 * must be followed by a wake: store word, full fence, load flag on one side; store flag,
 * full fence, load word on the other.
 *
 * Nothing in here is trusted by the TA: a client may rewrite all of it at any time, so
 * each field is read once and the copy is checked. A client trusts a TA for the answers
 * to its questions and nothing else: a reported size larger than the buffer is only
 * reported, never used. All values are native endian; both ends run on one machine.
 */
#ifndef AH_ABI_CHANNEL_H
#define AH_ABI_CHANNEL_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define CHAN_MAGIC   0x4e484341u /* "ACHN" */
#define CHAN_VERSION 1u
#define CHAN_SLOTS   16u
#define CHAN_BULK    (4u << 20) /* 1 MiB in, 1 MiB out and their company fit */

#define CHAN_SLOTS_AT ((size_t)4096)
#define CHAN_BULK_AT  ((size_t)8192) /* the daemon need not map more than this */
#define CHAN_SIZE     (CHAN_BULK_AT + (size_t)CHAN_SLOTS * CHAN_BULK)

/* Written by the daemon; open_slots by the TA. */
struct chan_header {
    uint32_t magic;
    uint32_t version;
    uint32_t nr_slots;
    uint32_t bulk;
    _Atomic uint32_t dead;       /* 0, or the TEE_Result that every call now ends with */
    _Atomic uint32_t open_slots; /* slots 0..open_slots-1 are attended by the TA */
    char reason[104];            /* once dead: why, for a message; may lack its NUL */
};
_Static_assert(sizeof(struct chan_header) == 128, "");

enum chan_kind {
    CHAN_OPEN = 1, /* TA_OpenSessionEntryPoint; must come first and once */
    CHAN_INVOKE,
};

enum chan_where {
    CHAN_NOWHERE, /* parameter not used */
    CHAN_VALUE,   /* a, b */
    CHAN_SLOT,    /* memory reference: offset a, length b in the bulk area of the slot */
    CHAN_SHM,     /* memory reference: offset a, length b in shared memory number shm */
    CHAN_NULL,    /* memory reference: NULL with length b */
};

struct chan_param {
    uint32_t where;
    uint32_t shm;
    uint64_t a;
    uint64_t b;
};
_Static_assert(sizeof(struct chan_param) == 24, "");

struct chan_request {
    uint32_t kind;
    uint32_t command;
    uint32_t types; /* TEE_PARAM_TYPES: four nibbles 0..3, 5..7 */
    uint32_t cpu;   /* processor of the client plus 1, 0 unknown: a hint where to run */
    struct chan_param params[4];
};
_Static_assert(sizeof(struct chan_request) == 112, "");

struct chan_reply {
    uint32_t result;
    uint32_t origin;
    uint32_t scarce; /* 1: no processor to spare for spinning; a hint */
    uint32_t reserved;
    uint64_t out[4]; /* value: a | b << 32; memory reference: length */
};
_Static_assert(sizeof(struct chan_reply) == 48, "");

struct chan_slot {
    _Alignas(128) _Atomic uint32_t req; /* client */
    _Atomic uint32_t server_sleeps;     /* TA */
    struct chan_request request;        /* client */
    uint8_t pad0[8];
    _Alignas(64) _Atomic uint32_t rep; /* TA */
    _Atomic uint32_t client_sleeps;    /* client */
    struct chan_reply reply;           /* TA */
    uint8_t pad1[8];
    _Alignas(
        64) _Atomic uint32_t cancel; /* client: the req to be cancelled; futex word */
    uint8_t pad2[60];
};
_Static_assert(sizeof(struct chan_slot) == 256, "");
_Static_assert(offsetof(struct chan_slot, request) == 8, "");
_Static_assert(offsetof(struct chan_slot, rep) == 128, "");
_Static_assert(offsetof(struct chan_slot, cancel) == 192, "");
_Static_assert(CHAN_SLOTS_AT + CHAN_SLOTS * sizeof(struct chan_slot) <= CHAN_BULK_AT, "");
_Static_assert(sizeof(_Atomic uint32_t) == 4, "");

#endif
