/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * C_Initialize, C_Finalize and the gate that every other function passes.
 *
 * One word says whether the module is ready, one counts the calls inside. A call counts
 * itself first and looks at the state after; C_Finalize changes the state first and reads
 * the count after; both in sequentially consistent order, so that either the call sees
 * the closing or C_Finalize sees the call, and waits for it. C_Initialize connects to the
 * TEE at once, so that a machine without one says so here; a connection lost later is
 * made anew by the calls that can.
 */
#include <limits.h>
#include <stdatomic.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "lock.h"
#include "module.h"
#include "session.h"
#include "ta.h"

enum state { CLOSED, READY, CLOSING };

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER; /* C_Initialize and C_Finalize */
static _Atomic int state;       /* enum state; written under turn */
static _Atomic unsigned inside; /* calls; also the futex of C_Finalize */

CK_RV module_enter(void)
{
    atomic_fetch_add(&inside, 1);
    if (atomic_load(&state) == READY)
        return CKR_OK;
    module_leave();
    return CKR_CRYPTOKI_NOT_INITIALIZED;
}

void module_leave(void)
{
    atomic_fetch_sub(&inside, 1);
    if (atomic_load(&state) == CLOSING)
        syscall(SYS_futex, &inside, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

void module_forked(void)
{
    turn = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    atomic_store(&state, CLOSED);
    atomic_store(&inside, 0);
}

static CK_RV args_check(const CK_C_INITIALIZE_ARGS *a)
{
    if (!a)
        return CKR_OK;
    int given = (a->CreateMutex != NULL) + (a->DestroyMutex != NULL) +
                (a->LockMutex != NULL) + (a->UnlockMutex != NULL);
    return a->pReserved || (given != 0 && given != 4) ? CKR_ARGUMENTS_BAD : CKR_OK;
}

static CK_RV start(const CK_C_INITIALIZE_ARGS *a)
{
    lock_use(a && !(a->flags & CKF_OS_LOCKING_OK) ? a : NULL);
    CK_RV rv = fork_watch();
    if (rv != CKR_OK)
        return rv;
    if ((rv = session_start()) != CKR_OK)
        return rv;
    if ((rv = ta_start()) != CKR_OK)
        session_stop();
    return rv;
}

CK_RV C_Initialize(void *init_args)
{
    CK_RV rv = args_check(init_args);
    if (rv != CKR_OK)
        return rv;
    pthread_mutex_lock(&turn);
    rv = atomic_load(&state) == READY ? CKR_CRYPTOKI_ALREADY_INITIALIZED
                                      : start(init_args);
    if (rv == CKR_OK)
        atomic_store(&state, READY);
    pthread_mutex_unlock(&turn);
    return rv;
}

static void wait_for_calls(void)
{
    unsigned n;
    while ((n = atomic_load(&inside)) != 0)
        syscall(SYS_futex, &inside, FUTEX_WAIT_PRIVATE, n, NULL, NULL, 0);
}

CK_RV C_Finalize(void *reserved)
{
    if (reserved)
        return CKR_ARGUMENTS_BAD;
    pthread_mutex_lock(&turn);
    if (atomic_load(&state) != READY) {
        pthread_mutex_unlock(&turn);
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    }
    atomic_store(&state, CLOSING);
    wait_for_calls();
    session_stop();
    ta_stop();
    atomic_store(&state, CLOSED);
    pthread_mutex_unlock(&turn);
    return CKR_OK;
}
