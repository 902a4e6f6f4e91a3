/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clients and their sessions. A client is one session of the TEE, that is one process
 * that has called C_Initialize. PKCS#11 sessions, login states and session objects are
 * its own.
 *
 * A handler that gets a session handle calls session_get(), which takes a reference, and
 * ends with session_put(). Commands that use or change the active operation also hold
 * session_lock(); one-call commands, which leave it alone, do not need it. A session that
 * another lane closes meanwhile lives on until its last reference goes; what it then
 * creates is refused.
 *
 * Logout. Operations with a private key must not survive it, but may just be computing in
 * another lane. So each operation remembers the login epoch in which it began; logout
 * moves the epoch, ends what is idle at once, and the rest is ended by session_op() or
 * session_unlock().
 */
#ifndef P11_SESSION_H
#define P11_SESSION_H

#include <pthread.h>
#include <stdatomic.h>
#include "p11.h"
#include "table.h"
#include "shelf.h"

struct op;
struct find;
struct token;

enum login { LOGIN_NONE, LOGIN_USER, LOGIN_SO };

struct client {
    pthread_mutex_t lock;
    TEE_Identity identity;        /* constant */
    struct table sessions;        /* lock */
    uint32_t last_session;        /* lock */
    uint32_t last_object;         /* lock: low bits of the last session object's handle */
    uint32_t nr_sessions[TOKENS]; /* lock */
    uint32_t nr_rw_sessions[TOKENS];   /* lock */
    _Atomic(enum login) login[TOKENS]; /* written under lock */
    atomic_uint epoch[TOKENS];         /* moved under lock, by each logout */
    struct shelf objects;              /* lock: session objects of all tokens */
};

struct session {
    struct node node; /* client->lock; node.handle is the handle */
    struct client *client;
    struct token *token;
    bool rw;
    atomic_uint refs;
    atomic_bool closed;

    pthread_mutex_t lock;
    struct op *op;       /* lock; use session_op() */
    struct find *find;   /* lock */
    bool op_private;     /* lock: op uses a private object */
    unsigned op_epoch;   /* lock: epoch in which op began */
    bool op_wants_login; /* lock: CKA_ALWAYS_AUTHENTICATE, and not logged in for it yet */
};

/* The client of the call, by its identity. */
CK_RV client_new(struct client **c);
void client_free(struct client *c);

/* Close what this client has open on a token. */
void session_close_all(struct client *c, struct token *t);

/* CKR_SESSION_HANDLE_INVALID for a handle that is not one of this client's. */
CK_RV session_get(struct session **s, struct client *c, uint32_t handle);
void session_put(struct session *s);
void session_lock(struct session *s);
void session_unlock(struct session *s);

/* The active operation, NULL when there is none (any more). Under session_lock(), as the
 * next three. */
struct op *session_op(struct session *s);

/* May an operation or a search begin? CKR_OPERATION_ACTIVE when one is. */
CK_RV session_idle(struct session *s);

/*
 * op becomes the active operation; key is the object it works with, NULL for a digest. If
 * the key has CKA_ALWAYS_AUTHENTICATE, s->op_wants_login is set: using the operation then
 * answers CKR_USER_NOT_LOGGED_IN until a CONTEXT_SPECIFIC login has cleared it.
 */
struct object;
void session_op_begin(struct session *s, struct op *op, const struct object *key);
void session_op_end(struct session *s);

/*
 * Take room for what a session keeps between two commands (parts that were collected,
 * handles that were found), and give it back. False when all sessions of all clients
 * together would keep more than HELD_BYTES_MAX.
 */
bool session_hold(size_t bytes);
void session_let_go(size_t bytes);

uint32_t session_state(const struct session *s); /* CKS_* */
enum login session_login(const struct session *s);

/*
 * Log in once the credential was verified. CKR_USER_ALREADY_LOGGED_IN,
 * CKR_USER_ANOTHER_ALREADY_LOGGED_IN, CKR_SESSION_READ_ONLY_EXISTS (SO);
 * session_may_login() asks the same question beforehand, so that no try is spent in vain.
 */
CK_RV session_may_login(const struct session *s, enum login who);
CK_RV session_login_as(struct session *s, enum login who);
CK_RV session_logout(struct session *s); /* CKR_USER_NOT_LOGGED_IN */

/* CKR_SESSION_READ_ONLY unless the session may change token objects. */
CK_RV session_may_write(const struct session *s);

#endif
