/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TEE around the PKCS#11 TA, in the process of the test: the platform functions of
 * tee/sys.h, and secure storage as a list in memory that can lose power, fail and rot.
 * Each PKCS#11 TA test is one source file and includes this once; its definitions stand
 * in for those of libtee.
 *
 * Storage remembers how to undo changes that were made lazily: world_power_cut() goes
 * back to what was durable and starts the TA anew.
 */
#ifndef AH_TEST_P11_WORLD_H
#define AH_TEST_P11_WORLD_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <pthread.h>
#include <cmocka.h>
#include "anchorhold_pkcs11.h"
#include "anchorhold_ta.h"
#include "bytes.h"
#include "object.h"
#include "p11wire.h"
#include "pkcs11_ta.h"
#include "sys.h"
#include "tee_internal_api.h"

/* --- platform
 * ------------------------------------------------------------------------------ */

static _Thread_local TEE_Identity world_identity;
static char world_log[512]; /* the last line that is no debugging */

const struct sys_ta *sys_ta(void)
{
    static const struct sys_ta ta = {
        .uuid = P11_TA_UUID,
        .flags = 0x1c,
        .lanes = 16,
        .heap = 256u << 20,
        .stack = 256u << 10,
        .device_id = {0x01020304, 0x0506, 0x0708, {9, 10, 11, 12, 13, 14, 15, 16}},
        .description = "test",
    };
    return &ta;
}

void sys_client(TEE_Identity *id)
{
    *id = world_identity;
}

bool sys_cancelled(void)
{
    return false;
}

TEE_Result sys_wait(uint32_t ms, bool heed_cancel)
{
    (void)ms;
    (void)heed_cancel;
    return TEE_SUCCESS;
}

void sys_panic(TEE_Result code, const char *why)
{
    fprintf(stderr, "TA panic 0x%08x: %s\n", code, why);
    abort();
}

TEE_Result sys_open(const TEE_UUID *uuid, uint32_t timeout, uint32_t types,
                    TEE_Param params[4], uint32_t *session, uint32_t *origin)
{
    (void)uuid, (void)timeout, (void)types, (void)params;
    *session = 0;
    *origin = TEE_ORIGIN_TEE;
    return TEE_ERROR_ITEM_NOT_FOUND;
}

TEE_Result sys_invoke(uint32_t session, uint32_t timeout, uint32_t cmd, uint32_t types,
                      TEE_Param params[4], uint32_t *origin)
{
    (void)session, (void)timeout, (void)cmd, (void)types, (void)params;
    *origin = TEE_ORIGIN_TEE;
    return TEE_ERROR_TARGET_DEAD;
}

void sys_close(uint32_t session)
{
    (void)session;
}

TEE_Result sys_derive(const TEE_UUID *owner, const char *label, uint8_t *key, size_t len)
{
    (void)owner;
    for (size_t i = 0; i < len; i++)
        key[i] = (uint8_t)(label[i % strlen(label)] + (int)i);
    return TEE_SUCCESS;
}

void sys_random(void *out, size_t len)
{
    arc4random_buf(out, len);
}

void sys_time(TEE_Time *since_start)
{
    *since_start = (TEE_Time){0, 0};
}

void sys_ree_time(TEE_Time *wall)
{
    *wall = (TEE_Time){0, 0};
}

bool sys_access(uint32_t flags, const void *buf, size_t len)
{
    (void)flags, (void)buf, (void)len;
    return true;
}

bool sys_is_shared(const void *buf, size_t len)
{
    (void)buf, (void)len;
    return false;
}

void sys_log(int level, const char *text)
{
    if (level < AH_LOG_DEBUG)
        snprintf(world_log, sizeof world_log, "%s", text);
}

struct store_backing;
TEE_Result sys_backing(const struct store_backing **backing)
{
    *backing = NULL;
    return TEE_ERROR_ACCESS_DENIED;
}

/* --- storage
 * ---------------------------------------------------------------------------------- */

struct world_object {
    uint8_t id[TEE_OBJECT_ID_MAX_LEN];
    size_t id_len;
    uint8_t *data; /* NULL: absent (in the undo list) */
    size_t len;
    bool rotten; /* reading it is CORRUPT_OBJECT */
};

static struct {
    pthread_mutex_t lock;
    struct world_object *objects;
    size_t nr, room;
    struct world_object *undo; /* newest last */
    size_t nr_undo;
    unsigned commits, durable; /* batches; those that were durable */
    unsigned fail_at;          /* the batch of this number (counting commits) fails */
} world = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *world_dup(const void *p, size_t len)
{
    void *d = malloc(len ? len : 1);
    assert_non_null(d);
    if (len)
        memcpy(d, p, len);
    return d;
}

static struct world_object *world_find(const void *id, size_t len)
{
    for (size_t i = 0; i < world.nr; i++) {
        struct world_object *o = &world.objects[i];
        if (o->id_len == len && memcmp(o->id, id, len) == 0)
            return o;
    }
    return NULL;
}

static void world_delete(struct world_object *o)
{
    free(o->data);
    *o = world.objects[--world.nr];
}

static void world_put(const void *id, size_t id_len, const void *data, size_t len)
{
    struct world_object *o = world_find(id, id_len);
    if (!o) {
        if (world.nr == world.room) {
            world.room = world.room ? 2 * world.room : 64;
            world.objects = realloc(world.objects, world.room * sizeof *o);
            assert_non_null(world.objects);
        }
        o = &world.objects[world.nr++];
        *o = (struct world_object){.id_len = id_len};
        memcpy(o->id, id, id_len);
    }
    free(o->data);
    o->data = world_dup(data, len);
    o->len = len;
}

static void world_forget_undo(void)
{
    while (world.nr_undo)
        free(world.undo[--world.nr_undo].data);
}

static void world_remember(const AH_PersistentOp *op)
{
    struct world_object *o = world_find(op->objectID, op->objectIDLen);
    world.undo = realloc(world.undo, (world.nr_undo + 1) * sizeof *world.undo);
    assert_non_null(world.undo);
    struct world_object *u = &world.undo[world.nr_undo++];
    *u = (struct world_object){.id_len = op->objectIDLen};
    memcpy(u->id, op->objectID, op->objectIDLen);
    if (o) {
        u->data = world_dup(o->data, o->len);
        u->len = o->len;
    }
}

TEE_Result AH_PersistentBatch(uint32_t storageID, uint32_t flags,
                              const AH_PersistentOp *ops, uint32_t nr_ops)
{
    assert_int_equal(storageID, TEE_STORAGE_PRIVATE);
    pthread_mutex_lock(&world.lock);
    TEE_Result r = TEE_SUCCESS;
    if (++world.commits == world.fail_at)
        r = TEE_ERROR_STORAGE_NO_SPACE;
    for (uint32_t i = 0; r == TEE_SUCCESS && i < nr_ops; i++) {
        const AH_PersistentOp *op = &ops[i];
        struct world_object *o = world_find(op->objectID, op->objectIDLen);
        if (flags & AH_BATCH_LAZY)
            world_remember(op);
        if (op->kind == AH_PERSISTENT_PUT)
            world_put(op->objectID, op->objectIDLen, op->data, op->dataLen);
        else if (o)
            world_delete(o);
    }
    if (r == TEE_SUCCESS && !(flags & AH_BATCH_LAZY)) {
        world_forget_undo();
        world.durable++;
    }
    pthread_mutex_unlock(&world.lock);
    return r;
}

TEE_Result AH_PersistentRead(uint32_t storageID, const void *objectID, size_t objectIDLen,
                             void *data, size_t *dataLen)
{
    assert_int_equal(storageID, TEE_STORAGE_PRIVATE);
    pthread_mutex_lock(&world.lock);
    struct world_object *o = world_find(objectID, objectIDLen);
    TEE_Result r = TEE_SUCCESS;
    if (!o)
        r = TEE_ERROR_ITEM_NOT_FOUND;
    else if (o->rotten)
        r = TEE_ERROR_CORRUPT_OBJECT;
    else if (*dataLen < o->len)
        r = TEE_ERROR_SHORT_BUFFER;
    if (r == TEE_SUCCESS)
        memcpy(data, o->data, o->len);
    if (o)
        *dataLen = o->len;
    pthread_mutex_unlock(&world.lock);
    return r;
}

TEE_Result AH_PersistentScan(uint32_t storageID, AH_PersistentPlace *place, void *buf,
                             size_t *len)
{
    (void)storageID;
    struct wr w = wr_init(buf, *len);
    pthread_mutex_lock(&world.lock);
    TEE_Result r = place->cursor < world.nr ? TEE_SUCCESS : TEE_ERROR_ITEM_NOT_FOUND;
    for (; place->cursor < world.nr; place->cursor++) {
        const struct world_object *o = &world.objects[place->cursor];
        size_t data_len = o->rotten ? 0 : o->len;
        if (12 + o->id_len + data_len > w.cap - w.len) {
            if (!w.len)
                r = TEE_ERROR_SHORT_BUFFER, w.len = 12 + o->id_len + data_len;
            break;
        }
        wr_u32(&w, o->rotten ? TEE_ERROR_CORRUPT_OBJECT : TEE_SUCCESS);
        wr_u32(&w, (uint32_t)o->id_len);
        wr_u32(&w, (uint32_t)data_len);
        wr_raw(&w, o->id, o->id_len);
        wr_raw(&w, o->data, data_len);
    }
    pthread_mutex_unlock(&world.lock);
    *len = w.len;
    return r;
}

/* What tee/object.c asks about persistent handles, of which there are none here. */
void storage_close(TEE_ObjectHandle o)
{
    (void)o;
}

TEE_Result storage_update(TEE_ObjectHandle o)
{
    (void)o;
    return TEE_SUCCESS;
}

TEE_Result storage_info(TEE_ObjectHandle o, size_t *data_len, size_t *position)
{
    (void)o;
    *data_len = *position = 0;
    return TEE_SUCCESS;
}

/* --- life of the TA
 * --------------------------------------------------------------------------- */

static inline void world_wipe(void)
{
    while (world.nr)
        world_delete(&world.objects[0]);
    world_forget_undo();
    world.commits = world.durable = world.fail_at = 0;
    world_identity = (TEE_Identity){.login = TEE_LOGIN_PUBLIC};
}

/* The TA ends and starts; storage stays as the TA sees it. No client may be open. */
static inline void world_restart(void)
{
    TA_DestroyEntryPoint();
    assert_int_equal(TA_CreateEntryPoint(), TEE_SUCCESS);
}

static inline void world_power_cut(void)
{
    while (world.nr_undo) {
        struct world_object u = world.undo[--world.nr_undo];
        struct world_object *o = world_find(u.id, u.id_len);
        if (u.data)
            world_put(u.id, u.id_len, u.data, u.len);
        else if (o)
            world_delete(o);
        free(u.data);
    }
    world_restart();
}

/* --- a client
 * ----------------------------------------------------------------------------------- */

struct p11_client {
    void *context;
};

static inline struct p11_client p11_open(void)
{
    struct p11_client c;
    TEE_Param none[4] = {{{0}}};
    assert_int_equal(TA_OpenSessionEntryPoint(0, none, &c.context), TEE_SUCCESS);
    return c;
}

static inline void p11_close(struct p11_client *c)
{
    TA_CloseSessionEntryPoint(c->context);
    c->context = NULL;
}

/* One command with its own parameter types. args is P0, out with *out_len is P2. */
struct p11_io {
    const void *in;
    size_t in_len;
    void *out;
    size_t out_len;
    bool has_in, has_out, out_is_in;
};

static inline CK_RV p11_call(const struct p11_client *c, uint32_t cmd,
                             const struct wr *args, struct p11_io *io)
{
    static _Thread_local uint8_t p0[P11_ARGS_MAX];
    struct p11_io none = {.in_len = 0};
    if (!io)
        io = &none;
    assert_false(args->bad);
    memcpy(p0, args->buf, args->len);
    TEE_Param p[4] = {{{0}}};
    p[0].memref.buffer = p0;
    p[0].memref.size = args->len < 4 ? 4 : args->len;
    p[1].memref.buffer = (void *)(uintptr_t)io->in;
    p[1].memref.size = io->in_len;
    p[2].memref.buffer = io->out;
    p[2].memref.size = io->out_len;
    uint32_t p2 =
        io->out_is_in ? TEE_PARAM_TYPE_MEMREF_INPUT : TEE_PARAM_TYPE_MEMREF_OUTPUT;
    uint32_t types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INOUT,
                                     io->has_in ? TEE_PARAM_TYPE_MEMREF_INPUT : 0,
                                     io->has_out ? p2 : 0, 0);
    TEE_Result r = TA_InvokeCommandEntryPoint(c->context, cmd, types, p);
    CK_RV rv = le32(p0);
    assert_int_equal(p[0].memref.size, 4);
    assert_int_equal(r,
                     rv == CKR_BUFFER_TOO_SMALL ? TEE_ERROR_SHORT_BUFFER : TEE_SUCCESS);
    io->out_len = p[2].memref.size;
    return rv;
}

#endif
