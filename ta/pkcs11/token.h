/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tokens: one for each slot, always present. The record says what must survive: label,
 * credentials with their counters of failed tries, and the generation of the objects. It
 * is read when first needed. A record that cannot be read makes the token answer
 * CKR_DEVICE_ERROR to everything; it is never taken for an empty token. Other tokens are
 * not concerned.
 *
 * Which lock guards what stands at each field; the order of locks is in p11.h.
 */
#ifndef P11_TOKEN_H
#define P11_TOKEN_H

#include <pthread.h>
#include "pin.h"
#include "session.h"
#include "shelf.h"

/* Ceilings (object_cost); together with what commands take they stay under the heap of
 * the manifest. */
#define TOKEN_BYTES_MAX     (48u << 20) /* objects of one token */
#define CLIENT_BYTES_MAX    (16u << 20) /* session objects of one client */
#define CLIENTS_BYTES_MAX   (64u << 20) /* session objects of all clients */
#define CLIENT_SESSIONS_MAX 4096u       /* of one client, on each token */
#define HELD_BYTES_MAX      (32u << 20) /* see session_hold() */

struct token_record {
    bool initialised;
    bool by_identity; /* credentials are identities, not PINs */
    uint32_t generation;
    uint8_t label[P11_LABEL_LEN];
    struct credential so;
    struct credential user;
};

struct token {
    uint32_t slot; /* constant */

    pthread_mutex_t gate;
    uint32_t nr_sessions; /* gate: of all clients */

    pthread_mutex_t turn;    /* held while waiting for change, so that nobody starves */
    pthread_rwlock_t change; /* use token_change_*() */
    uint32_t generation;     /* change: of the objects on the shelf; follows the record */
    bool loading;            /* change */
    atomic_bool loaded;      /* the shelf holds what is stored */

    pthread_mutex_t record_lock;
    atomic_bool initialised;    /* follows the record */
    bool record_is_read;        /* record_lock */
    struct token_record record; /* record_lock; use token_record() */

    pthread_rwlock_t shelf_lock;
    struct shelf shelf;   /* shelf_lock */
    uint32_t last_object; /* shelf_lock: last handle given */
};

void tokens_init(void);
void tokens_free(void);

/* CKR_SLOT_ID_INVALID */
CK_RV token_of_slot(struct token **t, uint32_t slot);

/*
 * Put the stored objects on the shelf, once; opening a session does it. One walk serves
 * all tokens, so it takes all their change locks. CKR_DEVICE_ERROR (a damaged record, no
 * storage); tried again by the next session.
 */
CK_RV token_load(struct token *t);

/* The record, read if need be; under record_lock. CKR_DEVICE_ERROR for a damaged one. */
CK_RV token_record(struct token *t, const struct token_record **rec);

/* Take the change lock, shared or alone, in turn with all who want it; and let it go. */
void token_change_share(struct token *t);
void token_change_alone(struct token *t);
void token_change_done(struct token *t);

/* Make rec the record, in storage first; under record_lock. On error nothing has changed.
 */
CK_RV token_commit(struct token *t, const struct token_record *rec, bool lazy);

/* Take all objects off the shelf and sweep them from storage; under change alone. */
void token_clear(struct token *t, uint32_t old_generation);

/* The handle of the next token object; under shelf_lock alone. */
uint32_t token_next_handle(struct token *t);

#endif
