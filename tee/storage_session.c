/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands to the storage TA. Lanes call at once, so the session is opened under a lock
 * and used outside of it. When the storage TA dies, the first lane to notice forgets the
 * session; commands that can be repeated go to the next one.
 */
#include "storage_session.h"
#include <pthread.h>
#include <string.h>
#include "storage_ta.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t session; /* 0: none */
static uint32_t era;     /* counts openings */

uint32_t storage_era(void)
{
    pthread_mutex_lock(&lock);
    uint32_t now = session ? era : 0;
    pthread_mutex_unlock(&lock);
    return now;
}

/* ITEM_NOT_FOUND must mean an object, never that there is no storage TA. */
static TEE_Result on_the_way(TEE_Result res)
{
    return res == TEE_SUCCESS || res == TEE_ERROR_OUT_OF_MEMORY
               ? res
               : TEE_ERROR_STORAGE_NOT_AVAILABLE;
}

static TEE_Result session_get(uint32_t *want, uint32_t *number)
{
    static const TEE_UUID uuid = STORAGE_TA_UUID;
    TEE_Param none[4] = {0};
    TEE_Result res = TEE_SUCCESS;
    uint32_t origin;

    pthread_mutex_lock(&lock);
    if (!session) {
        res =
            on_the_way(sys_open(&uuid, TEE_TIMEOUT_INFINITE, 0, none, &session, &origin));
        if (res == TEE_SUCCESS)
            era++;
        else
            session = 0;
    }
    if (res == TEE_SUCCESS && *want && *want != era)
        res = TEE_ERROR_STORAGE_NOT_AVAILABLE;
    else
        *want = era;
    *number = session;
    pthread_mutex_unlock(&lock);
    return res;
}

static void session_drop(uint32_t number)
{
    pthread_mutex_lock(&lock);
    bool mine = session == number;
    if (mine)
        session = 0;
    pthread_mutex_unlock(&lock);
    if (mine)
        sys_close(number);
}

TEE_Result storage_call(uint32_t cmd, uint32_t types, TEE_Param params[4],
                        uint32_t *want_era, bool again)
{
    const uint32_t era_wanted = want_era ? *want_era : 0;

    for (int tries = again && !era_wanted ? 2 : 1;; tries--) {
        TEE_Param sent[4] = {params[0], params[1], params[2], params[3]};
        uint32_t number, origin = TEE_ORIGIN_TRUSTED_APP, want = era_wanted;
        TEE_Result res = session_get(&want, &number);
        if (res != TEE_SUCCESS)
            return res;
        if (want_era)
            *want_era = want;
        res = sys_invoke(number, TEE_TIMEOUT_INFINITE, cmd, types, sent, &origin);
        if (res == TEE_SUCCESS || origin == TEE_ORIGIN_TRUSTED_APP) {
            memcpy(params, sent, sizeof sent);
            return res;
        }
        if (res == TEE_ERROR_TARGET_DEAD || res == TEE_ERROR_COMMUNICATION)
            session_drop(number);
        if (tries == 1)
            return on_the_way(res);
    }
}
