/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PKCS#11 sessions of this process: the table from handles to the TA's sessions, and what
 * the module knows about each session's operations.
 *
 * A handle holds an index and a tag that changes with each use of that place, so that an
 * old handle does not meet a new session. A call holds its session's lock until it is
 * done: calls in one session come one after the other, calls in different sessions do not
 * wait for each other. Order of locks: opening, then a session's, then the list of free
 * places.
 */
#ifndef AH_PKCS11_SESSION_H
#define AH_PKCS11_SESSION_H

#include "lock.h"
#include "op.h"
#include "ta.h"

struct session {
    struct lock lock;         /* guards all below, but next_free */
    CK_SESSION_HANDLE handle; /* 0: free */
    uint32_t ta;              /* the TA's handle */
    CK_SLOT_ID slot;
    struct link *link; /* held */
    struct op op;
    uint32_t index;
    uint32_t tag;
    struct session *next_free;
};

CK_RV session_start(void);
void session_stop(void);
void session_forked(void);

/*
 * For functions of a session: module_enter(), args_ok (else CKR_ARGUMENTS_BAD), then the
 * session of this handle with its lock held, or CKR_SESSION_HANDLE_INVALID.
 * session_leave() returns rv.
 */
CK_RV session_enter(struct session **s, CK_SESSION_HANDLE handle, bool args_ok);
CK_RV session_leave(struct session *s, CK_RV rv);

/* Drop what all sessions remember about keys and mechanisms: something about them has
 * changed. */
void session_forget(void);
unsigned session_epoch(void);

#endif
