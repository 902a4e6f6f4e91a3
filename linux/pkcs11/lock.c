/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks by POSIX threads, or by the four functions an application gave to C_Initialize.
 *
 * The functions are kept as one copy, set before any lock exists, and each lock knows
 * whether it was made by them. A failing LockMutex of the application cannot be answered
 * by anything sensible in the middle of a call; it means the application broke its own
 * mutex, and is not looked at.
 */
#include "lock.h"

static CK_C_INITIALIZE_ARGS theirs; /* all NULL: the system's locks */

void lock_use(const CK_C_INITIALIZE_ARGS *args)
{
    theirs = args ? *args : (CK_C_INITIALIZE_ARGS){0};
}

CK_RV lock_init(struct lock *l)
{
    l->theirs = NULL;
    if (theirs.CreateMutex)
        return theirs.CreateMutex(&l->theirs);
    return pthread_mutex_init(&l->own, NULL) == 0 ? CKR_OK : CKR_HOST_MEMORY;
}

void lock_wipe(struct lock *l)
{
    if (l->theirs)
        theirs.DestroyMutex(l->theirs);
    else
        pthread_mutex_destroy(&l->own);
    l->theirs = NULL;
}

void lock_lock(struct lock *l)
{
    if (l->theirs)
        theirs.LockMutex(l->theirs);
    else
        pthread_mutex_lock(&l->own);
}

void lock_unlock(struct lock *l)
{
    if (l->theirs)
        theirs.UnlockMutex(l->theirs);
    else
        pthread_mutex_unlock(&l->own);
}

void lock_forked(struct lock *l)
{
    *l = (struct lock){.own = PTHREAD_MUTEX_INITIALIZER};
}
