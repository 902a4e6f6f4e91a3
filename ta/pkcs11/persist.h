/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the TA keeps in secure storage, and under which names:
 *
 *   't' slot                        the token record of the slot (see token.c)
 *   'o' slot generation[4] uid[16]  a token object: u32 version 1, then its attributes
 *
 * Initialising a token moves its generation, so that one commit takes all older objects
 * away; their remains are swept afterwards, or when the storage is next read.
 */
#ifndef P11_PERSIST_H
#define P11_PERSIST_H

#include "object.h"

/* *len in: room, out: length; 0 when there is no record. CKR_DEVICE_ERROR: unreadable. */
CK_RV persist_record_read(uint32_t slot, void *p, size_t *len);

/* lazy: may be lost to a power cut, but nothing committed later can outlive it. */
CK_RV persist_record_write(uint32_t slot, const void *p, size_t len, bool lazy);

/* Commit nr objects (at most 2) of this token generation in one batch. */
CK_RV persist_put(uint32_t generation, struct object *const *objects, uint32_t nr);
CK_RV persist_delete(uint32_t generation, const struct object *o);

/* A stored object as the walk finds it; attrs is the visitor's to take. */
struct stored {
    uint32_t slot;
    uint32_t generation;
    uint8_t uid[OBJECT_UID_LEN];
    struct attrs attrs;
};

/*
 * Walk over all stored objects. fate says from the name alone what to do with it. Objects
 * that cannot be read are reported to the log and left out; they stay in storage.
 * CKR_DEVICE_ERROR when the walk itself fails, CKR_DEVICE_MEMORY; those of visit.
 */
enum persist_fate { PERSIST_LEAVE, PERSIST_READ, PERSIST_SWEEP };
typedef enum persist_fate persist_judge(uint32_t slot, uint32_t generation, void *arg);
typedef CK_RV persist_visit(struct stored *s, void *arg);
CK_RV persist_walk(persist_judge *fate, persist_visit *visit, void *arg);

/* Delete the objects of a generation that nobody sees any more. Failure is harmless. */
void persist_sweep(uint32_t generation, struct object *const *objects, uint32_t nr);

#endif
