/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stores of the owners. The log's name is the owner's UUID, its key a device key
 * derived in the owner's name: another device, another life cycle or another TA has
 * another key, so a log that is copied there does not verify.
 */
#include "owner.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_LABEL "storage log key"
#define NAME_ROOM 48

static pthread_mutex_t owners_lock = PTHREAD_MUTEX_INITIALIZER;
static struct owner *owners;
static const struct store_backing *backing;

TEE_Result owners_init(void)
{
    return AH_Backing(&backing);
}

/* --- what the engine asks for --- */

static void *heap_resize(void *ctx, void *old, size_t size)
{
    (void)ctx;
    return realloc(old, size ? size : 1);
}

static void heap_release(void *ctx, void *p)
{
    (void)ctx;
    free(p);
}

static void random_fill(void *ctx, void *out, size_t len)
{
    (void)ctx;
    TEE_GenerateRandom(out, len);
}

TEE_Result err_to_tee(enum err e)
{
    switch (e) {
    case OK:
        return TEE_SUCCESS;
    case ERR_NOT_FOUND:
        return TEE_ERROR_ITEM_NOT_FOUND;
    case ERR_EXISTS:
        return TEE_ERROR_ACCESS_CONFLICT;
    case ERR_NO_MEMORY:
        return TEE_ERROR_OUT_OF_MEMORY;
    case ERR_RANGE: /* after the shape was checked: one of the store's limits */
    case ERR_NO_SPACE:
        return TEE_ERROR_STORAGE_NO_SPACE;
    case ERR_CORRUPT:
        return TEE_ERROR_CORRUPT_OBJECT;
    case ERR_ROLLBACK:
        return TEE_ERROR_CORRUPT_OBJECT_2;
    case ERR_SHORT:
        return TEE_ERROR_SHORT_BUFFER;
    case ERR_IO:
    case ERR_DEAD:
    case ERR_UNSUPPORTED:
        return TEE_ERROR_STORAGE_NOT_AVAILABLE;
    case ERR_FORMAT:
        return TEE_ERROR_BAD_PARAMETERS;
    case ERR_DENIED:
        return TEE_ERROR_ACCESS_DENIED;
    case ERR_BUSY:
        return TEE_ERROR_BUSY;
    case ERR_SIGNATURE:
    case ERR_ENTROPY:
    case ERR_CANCELLED:
        return TEE_ERROR_GENERIC;
    }
    return TEE_ERROR_GENERIC;
}

/* --- stores --- */

static void uuid_text(char text[NAME_ROOM], const TEE_UUID *u)
{
    const uint8_t *c = u->clockSeqAndNode;
    snprintf(text, NAME_ROOM, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             u->timeLow, u->timeMid, u->timeHiAndVersion, c[0], c[1], c[2], c[3], c[4],
             c[5], c[6], c[7]);
}

static void report(const struct owner *o, const char *text)
{
    struct store_info info;
    enum err e = store_status(o->store);

    store_info(o->store, &info);
    if (e != OK)
        AH_Log(
            AH_LOG_ERROR,
            "the store of TA %s is %s; %u objects from before that can be read; changes "
            "are refused until its owner resets it",
            text, err_name(e), e == ERR_CORRUPT ? info.objects : 0);
    else if (info.dropped_bytes)
        AH_Log(AH_LOG_WARNING,
               "the store of TA %s ended in %llu bytes of an unfinished commit that was "
               "never "
               "acknowledged; they are dropped",
               text, (unsigned long long)info.dropped_bytes);
}

TEE_Result owner_store(struct owner *o)
{
    char text[NAME_ROOM], name[NAME_ROOM + 8];
    struct store_config config = {
        .backing = backing,
        .name = name,
        .memory = {NULL, heap_resize, heap_release},
        .random = random_fill,
        .commit_max = OWNER_COMMIT_MAX,
    };

    if (o->store)
        return TEE_SUCCESS;
    uuid_text(text, &o->uuid);
    snprintf(name, sizeof name, "%s.log", text);
    TEE_Result res = AH_DeriveKeyFor(&o->uuid, KEY_LABEL, config.key, sizeof config.key);
    if (res != TEE_SUCCESS)
        return res;
    enum err e = store_open(&o->store, &config);
    TEE_MemFill(config.key, 0, sizeof config.key);
    if (e == OK)
        report(o, text);
    else
        AH_Log(AH_LOG_ERROR, "the store of TA %s cannot be opened: %s", text,
               err_name(e));
    return err_to_tee(e);
}

/* --- owners --- */

static struct owner *find(const TEE_UUID *uuid)
{
    for (struct owner *o = owners; o; o = o->next)
        if (memcmp(&o->uuid, uuid, sizeof *uuid) == 0)
            return o;
    return NULL;
}

static struct owner *make(const TEE_UUID *uuid)
{
    struct owner *o = calloc(1, sizeof *o);

    if (!o)
        return NULL;
    o->uuid = *uuid;
    pthread_mutex_init(&o->lock, NULL);
    o->next = owners;
    owners = o;
    return o;
}

TEE_Result owner_get(struct owner **out, const TEE_UUID *uuid)
{
    pthread_mutex_lock(&owners_lock);
    struct owner *o = find(uuid);
    if (!o)
        o = make(uuid);
    if (o)
        o->sessions++;
    pthread_mutex_unlock(&owners_lock);
    *out = o;
    return o ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;
}

void owner_put(struct owner *o)
{
    pthread_mutex_lock(&owners_lock);
    if (--o->sessions == 0) {
        struct owner **p = &owners;
        while (*p != o)
            p = &(*p)->next;
        *p = o->next;
        /* Closed inside the lock: nobody may open the same log meanwhile. */
        store_close(o->store);
        pthread_mutex_destroy(&o->lock);
        free(o);
    }
    pthread_mutex_unlock(&owners_lock);
}
