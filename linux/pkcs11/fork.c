/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a fork does to the module. The child has no threads but the one that forked,
 * shares its parent's connection to the TEE and must not touch it: so every part forgets
 * what it knew, without a word to the TEE, and the child may call C_Initialize as any new
 * process does. The parent notices nothing. The handler is registered once; taking it
 * back at C_Finalize is neither possible nor needed, since it only resets what is then
 * reset already.
 */
#include <pthread.h>
#include "module.h"
#include "session.h"
#include "ta.h"

static void fork_child(void)
{
    module_forked();
    session_forked();
    ta_forked();
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int failed;

static void watch(void)
{
    failed = pthread_atfork(NULL, NULL, fork_child);
}

CK_RV fork_watch(void)
{
    pthread_once(&once, watch);
    return failed ? CKR_HOST_MEMORY : CKR_OK;
}
