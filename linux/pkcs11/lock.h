/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A lock as the application wants it: C_Initialize may hand over functions of its own,
 * which must then be used unless it also allows the system's. lock_use() chooses for
 * every lock made later; it is called while the module is not initialized, when no lock
 * is in use.
 */
#ifndef AH_PKCS11_LOCK_H
#define AH_PKCS11_LOCK_H

#include <pthread.h>
#include "anchorhold_pkcs11.h"

struct lock {
    pthread_mutex_t own;
    void *theirs; /* made by the application's CreateMutex; NULL: own is used */
};

/* Take the functions of args (NULL: the system's); args was checked by C_Initialize. */
void lock_use(const CK_C_INITIALIZE_ARGS *args);

/* CKR_HOST_MEMORY or what CreateMutex said. */
CK_RV lock_init(struct lock *l);
void lock_wipe(struct lock *l);

void lock_lock(struct lock *l);
void lock_unlock(struct lock *l);

/* In the child of a fork: whoever held it is not there any more. */
void lock_forked(struct lock *l);

#endif
