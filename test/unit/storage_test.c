/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Persistent objects from the GP API down to the log: the TEE library's half and the
 * storage TA in one process, over a platform that carries calls between them, plays
 * several client TAs in turn, and lets the storage TA die.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "anchorhold_ta.h"
#include "sim/simheap.h"
#include "sim/simstore.h"
#include "storage_ta.h"
#include "sys.h"

#define SESSIONS 8
#define MARK     77 /* exit status of a child that panicked */

static struct {
    struct simstore sim;
    uint64_t random;
    TEE_Identity client; /* who calls */
    struct {
        bool open;
        void *context;
    } sessions[SESSIONS];
    bool created;
    bool dies;    /* the storage TA dies instead of serving the next call */
    bool forgets; /* it serves the next call, then dies before it answers */
    const void *shared;
    size_t shared_len;
    unsigned calls;
} world;

/* --- the platform --- */

const struct sys_ta *sys_ta(void)
{
    static const struct sys_ta ta = {.lanes = 1, .description = "storage test"};
    return &ta;
}

void sys_client(TEE_Identity *id)
{
    *id = world.client;
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
    (void)code;
    (void)why;
    _exit(MARK);
}

TEE_Result sys_open(const TEE_UUID *uuid, uint32_t timeout, uint32_t types,
                    TEE_Param params[4], uint32_t *session, uint32_t *origin)
{
    static const TEE_UUID storage = STORAGE_TA_UUID;
    (void)timeout;
    assert_memory_equal(uuid, &storage, sizeof storage);
    *origin = TEE_ORIGIN_TEE;
    if (!world.created && TA_CreateEntryPoint() != TEE_SUCCESS)
        return TEE_ERROR_GENERIC;
    world.created = true;
    for (uint32_t i = 0; i < SESSIONS; i++) {
        if (world.sessions[i].open)
            continue;
        *origin = TEE_ORIGIN_TRUSTED_APP;
        TEE_Result res =
            TA_OpenSessionEntryPoint(types, params, &world.sessions[i].context);
        world.sessions[i].open = res == TEE_SUCCESS;
        *session = i + 1;
        return res;
    }
    return TEE_ERROR_BUSY;
}

void sys_close(uint32_t session)
{
    if (!world.sessions[session - 1].open)
        return;
    world.sessions[session - 1].open = false;
    TA_CloseSessionEntryPoint(world.sessions[session - 1].context);
}

/* What it had in memory is gone; the file is as the last write left it. */
static void storage_ta_dies(void)
{
    world.sim.dead = true;
    for (uint32_t i = 1; i <= SESSIONS; i++)
        sys_close(i);
    world.sim.dead = false;
    sim_kill(&world.sim);
}

TEE_Result sys_invoke(uint32_t session, uint32_t timeout, uint32_t cmd, uint32_t types,
                      TEE_Param params[4], uint32_t *origin)
{
    (void)timeout;
    world.calls++;
    if (world.dies) {
        world.dies = false;
        storage_ta_dies();
    }
    *origin = TEE_ORIGIN_TEE;
    if (!world.sessions[session - 1].open)
        return TEE_ERROR_TARGET_DEAD;
    TEE_Result res = TA_InvokeCommandEntryPoint(world.sessions[session - 1].context, cmd,
                                                types, params);
    if (world.forgets) {
        world.forgets = false;
        storage_ta_dies();
        return TEE_ERROR_TARGET_DEAD;
    }
    *origin = TEE_ORIGIN_TRUSTED_APP;
    return res;
}

TEE_Result sys_derive(const TEE_UUID *owner, const char *label, uint8_t *key, size_t len)
{
    assert_non_null(owner);
    memset(key, (int)strlen(label), len);
    memcpy(key, owner, sizeof *owner);
    return TEE_SUCCESS;
}

void sys_random(void *out, size_t len)
{
    sim_random(&world.random, out, len);
}

void sys_time(TEE_Time *since_start)
{
    *since_start = (TEE_Time){0};
}

void sys_ree_time(TEE_Time *wall)
{
    *wall = (TEE_Time){0};
}

bool sys_access(uint32_t flags, const void *buf, size_t len)
{
    (void)flags;
    return buf || !len;
}

bool sys_is_shared(const void *buf, size_t len)
{
    uintptr_t a = (uintptr_t)buf, b = (uintptr_t)world.shared;
    return a < b + world.shared_len && b < a + len;
}

void sys_log(int level, const char *text)
{
    (void)level;
    (void)text;
}

TEE_Result sys_backing(const struct store_backing **backing)
{
    *backing = &world.sim.backing;
    return TEE_SUCCESS;
}

/* --- the tests --- */

#define ALL                                                                              \
    (TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_ACCESS_WRITE |                            \
     TEE_DATA_FLAG_ACCESS_WRITE_META)
#define READ  TEE_DATA_FLAG_ACCESS_READ
#define WRITE TEE_DATA_FLAG_ACCESS_WRITE
#define S     TEE_STORAGE_PRIVATE

static int setup(void **state)
{
    (void)state;
    /* The library keeps its session from test to test, as a TA does: it must see it die.
     */
    storage_ta_dies();
    sim_free(&world.sim);
    sim_init(&world.sim);
    world.random = 1;
    world.client = (TEE_Identity){TEE_LOGIN_TRUSTED_APP, {.timeLow = 1}};
    return 0;
}

static TEE_ObjectHandle create(const char *id, uint32_t flags, const char *data)
{
    TEE_ObjectHandle o;
    assert_int_equal(TEE_CreatePersistentObject(S, id, strlen(id), flags, NULL, data,
                                                strlen(data), &o),
                     TEE_SUCCESS);
    return o;
}

static TEE_Result open(const char *id, uint32_t flags, TEE_ObjectHandle *o)
{
    return TEE_OpenPersistentObject(S, id, strlen(id), flags, o);
}

static void expect_data(TEE_ObjectHandle o, const char *want)
{
    char buf[256];
    size_t n;
    assert_int_equal(TEE_SeekObjectData(o, 0, TEE_DATA_SEEK_SET), TEE_SUCCESS);
    assert_int_equal(TEE_ReadObjectData(o, buf, sizeof buf, &n), TEE_SUCCESS);
    assert_int_equal(n, strlen(want));
    assert_memory_equal(buf, want, n);
}

static void test_storage_create_open_read(void **state)
{
    TEE_ObjectHandle o;
    (void)state;
    TEE_CloseObject(create("a", ALL, "hello"));
    assert_int_equal(open("b", READ, &o), TEE_ERROR_ITEM_NOT_FOUND);
    assert_ptr_equal(o, TEE_HANDLE_NULL);
    assert_int_equal(open("a", READ, &o), TEE_SUCCESS);
    expect_data(o, "hello");
    TEE_CloseObject(o);
    assert_int_equal(TEE_OpenPersistentObject(0x12345678, "a", 1, READ, &o),
                     TEE_ERROR_ITEM_NOT_FOUND);
}

static void test_storage_stream_moves_grows_and_truncates(void **state)
{
    TEE_ObjectHandle o = create("a", ALL, "0123456789");
    TEE_ObjectInfo info;
    size_t n;
    char buf[4];

    (void)state;
    assert_int_equal(TEE_ReadObjectData(o, buf, 4, &n), TEE_SUCCESS);
    assert_int_equal(TEE_WriteObjectData(o, "xy", 2), TEE_SUCCESS);
    expect_data(o, "0123xy6789");
    assert_int_equal(TEE_SeekObjectData(o, -1, TEE_DATA_SEEK_END), TEE_SUCCESS);
    assert_int_equal(TEE_WriteObjectData(o, "ZZZ", 3), TEE_SUCCESS);
    expect_data(o, "0123xy678ZZZ");
    assert_int_equal(TEE_TruncateObjectData(o, 3), TEE_SUCCESS);
    expect_data(o, "012");
    assert_int_equal(TEE_GetObjectInfo1(o, &info), TEE_SUCCESS);
    assert_int_equal(info.dataSize, 3);
    assert_int_equal(info.dataPosition, 3);
    assert_true(info.handleFlags & TEE_HANDLE_FLAG_PERSISTENT);
    assert_int_equal(TEE_SeekObjectData(o, -100, TEE_DATA_SEEK_CUR), TEE_SUCCESS);
    assert_int_equal(TEE_SeekObjectData(o, INTMAX_MAX, TEE_DATA_SEEK_CUR),
                     TEE_ERROR_OVERFLOW);
    assert_int_equal(TEE_SeekObjectData(o, TEE_DATA_MAX_POSITION, TEE_DATA_SEEK_SET),
                     TEE_SUCCESS);
    assert_int_equal(TEE_ReadObjectData(o, buf, 4, &n), TEE_SUCCESS);
    assert_int_equal(n, 0);
    assert_int_equal(TEE_WriteObjectData(o, "x", 1), TEE_ERROR_OVERFLOW);
    TEE_CloseObject(o);
}

static void test_storage_each_handle_has_its_position(void **state)
{
    const uint32_t share = READ | TEE_DATA_FLAG_SHARE_READ;
    TEE_ObjectHandle a, b;
    char buf[2];
    size_t n;

    (void)state;
    TEE_CloseObject(create("a", ALL, "0123"));
    assert_int_equal(open("a", share, &a), TEE_SUCCESS);
    assert_int_equal(open("a", share, &b), TEE_SUCCESS);
    assert_int_equal(TEE_ReadObjectData(a, buf, 2, &n), TEE_SUCCESS);
    assert_int_equal(TEE_ReadObjectData(b, buf, 2, &n), TEE_SUCCESS);
    assert_memory_equal(buf, "01", 2);
    TEE_CloseObject(a);
    TEE_CloseObject(b);
}

static void test_storage_sharing_follows_gp(void **state)
{
    enum { SR = TEE_DATA_FLAG_SHARE_READ, SW = TEE_DATA_FLAG_SHARE_WRITE };
    static const struct {
        uint32_t first, second;
        bool together;
    } cases[] = {
        {READ, READ, false},
        {READ | SR, READ | SR, true},
        {READ | SR, READ, false},
        {READ, READ | SR, false},
        {READ | SR, WRITE | SR, false},
        {READ | SR | SW, WRITE | SR | SW, true},
        {WRITE | SW, WRITE | SW, true},
        {WRITE | SW, WRITE, false},
        {WRITE | SW | SR, READ | SR, false},
        {0, 0, true},
        {0, READ, false},
        {TEE_DATA_FLAG_ACCESS_WRITE_META | SR, READ | SR, false},
        {READ | SR, TEE_DATA_FLAG_ACCESS_WRITE_META | SR, false},
    };
    (void)state;
    TEE_CloseObject(create("a", ALL, ""));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        TEE_ObjectHandle a, b;
        assert_int_equal(open("a", cases[i].first, &a), TEE_SUCCESS);
        assert_int_equal(open("a", cases[i].second, &b),
                         cases[i].together ? TEE_SUCCESS : TEE_ERROR_ACCESS_CONFLICT);
        TEE_CloseObject(a);
        TEE_CloseObject(b);
    }
}

static void test_storage_create_keeps_or_replaces(void **state)
{
    const uint32_t over = ALL | TEE_DATA_FLAG_OVERWRITE;
    TEE_ObjectHandle o, open_one = create("a", ALL, "old");
    (void)state;
    assert_int_equal(TEE_CreatePersistentObject(S, "a", 1, ALL, NULL, "x", 1, &o),
                     TEE_ERROR_ACCESS_CONFLICT);
    assert_int_equal(TEE_CreatePersistentObject(S, "a", 1, over, NULL, "x", 1, &o),
                     TEE_ERROR_ACCESS_CONFLICT); /* it is open */
    expect_data(open_one, "old");
    TEE_CloseObject(open_one);
    assert_int_equal(TEE_CreatePersistentObject(S, "a", 1, over, NULL, "new", 3, NULL),
                     TEE_SUCCESS);
    assert_int_equal(open("a", READ, &o), TEE_SUCCESS); /* no handle was left open */
    expect_data(o, "new");
    TEE_CloseObject(o);
}

static void test_storage_rename_and_delete(void **state)
{
    TEE_ObjectHandle o, a = create("a", ALL, "data"), b = create("b", ALL, "other");
    (void)state;
    assert_int_equal(TEE_RenamePersistentObject(a, "b", 1), TEE_ERROR_ACCESS_CONFLICT);
    assert_int_equal(TEE_RenamePersistentObject(a, "", 0), TEE_SUCCESS);
    expect_data(a, "data");
    assert_int_equal(TEE_CloseAndDeletePersistentObject1(b), TEE_SUCCESS);
    assert_int_equal(TEE_CloseAndDeletePersistentObject1(TEE_HANDLE_NULL), TEE_SUCCESS);
    TEE_CloseObject(a);
    assert_int_equal(open("a", READ, &o), TEE_ERROR_ITEM_NOT_FOUND);
    assert_int_equal(open("b", READ, &o), TEE_ERROR_ITEM_NOT_FOUND);
    assert_int_equal(open("", READ, &o), TEE_SUCCESS);
    expect_data(o, "data");
    TEE_CloseObject(o);
}

static void test_storage_key_and_usage_come_back(void **state)
{
    static const uint8_t key[16] = "sixteen bytes ..";
    TEE_ObjectHandle t, o;
    TEE_Attribute attr;
    TEE_ObjectInfo info;
    uint8_t back[16];
    size_t len = sizeof back;

    (void)state;
    assert_int_equal(TEE_AllocateTransientObject(TEE_TYPE_AES, 128, &t), TEE_SUCCESS);
    TEE_InitRefAttribute(&attr, TEE_ATTR_SECRET_VALUE, key, sizeof key);
    assert_int_equal(TEE_PopulateTransientObject(t, &attr, 1), TEE_SUCCESS);
    assert_int_equal(TEE_CreatePersistentObject(S, "k", 1, ALL, t, "data", 4, &o),
                     TEE_SUCCESS);
    TEE_FreeTransientObject(t);
    TEE_CloseObject(o);
    storage_ta_dies();
    assert_int_equal(open("k", ALL, &o), TEE_SUCCESS);
    expect_data(o, "data");
    assert_int_equal(TEE_GetObjectBufferAttribute(o, TEE_ATTR_SECRET_VALUE, back, &len),
                     TEE_SUCCESS);
    assert_memory_equal(back, key, sizeof key);
    assert_int_equal(TEE_RestrictObjectUsage1(o, TEE_USAGE_ENCRYPT), TEE_SUCCESS);
    TEE_CloseObject(o);
    assert_int_equal(open("k", READ, &o), TEE_SUCCESS);
    assert_int_equal(TEE_GetObjectInfo1(o, &info), TEE_SUCCESS);
    assert_int_equal(info.objectType, TEE_TYPE_AES);
    assert_int_equal(info.objectSize, 128);
    assert_int_equal(info.objectUsage, TEE_USAGE_ENCRYPT);
    TEE_CloseObject(o);
}

static void test_storage_walk_finds_all(void **state)
{
    TEE_ObjectEnumHandle e;
    TEE_ObjectInfo info;
    char id[TEE_OBJECT_ID_MAX_LEN], name[16];
    size_t len;
    unsigned met = 0;

    (void)state;
    assert_int_equal(TEE_AllocatePersistentObjectEnumerator(&e), TEE_SUCCESS);
    assert_int_equal(TEE_StartPersistentObjectEnumerator(e, S), TEE_ERROR_ITEM_NOT_FOUND);
    assert_int_equal(TEE_GetNextPersistentObject(e, &info, id, &len),
                     TEE_ERROR_ITEM_NOT_FOUND);
    for (int i = 0; i < 10; i++) {
        snprintf(name, sizeof name, "%d", i);
        TEE_CloseObject(create(name, ALL, name));
    }
    assert_int_equal(TEE_StartPersistentObjectEnumerator(e, S), TEE_SUCCESS);
    while (TEE_GetNextPersistentObject(e, &info, id, &len) == TEE_SUCCESS) {
        assert_int_equal(len, 1);
        assert_int_equal(info.dataSize, 1);
        assert_int_equal(info.objectType, TEE_TYPE_DATA);
        met |= 1u << (id[0] - '0');
        TEE_ObjectHandle o;
        assert_int_equal(TEE_OpenPersistentObject(S, id, len, ALL, &o), TEE_SUCCESS);
        assert_int_equal(TEE_CloseAndDeletePersistentObject1(o), TEE_SUCCESS);
    }
    assert_int_equal(met, 0x3ff);
    TEE_ResetPersistentObjectEnumerator(e);
    assert_int_equal(TEE_StartPersistentObjectEnumerator(e, S), TEE_ERROR_ITEM_NOT_FOUND);
    TEE_FreePersistentObjectEnumerator(e);
}

static void test_storage_batch_and_read(void **state)
{
    const AH_PersistentOp ops[] = {{AH_PERSISTENT_PUT, "a", 1, "one", 3},
                                   {AH_PERSISTENT_PUT, "b", 1, "", 0},
                                   {AH_PERSISTENT_DELETE, "c", 1, NULL, 0}};
    TEE_ObjectHandle o = create("c", ALL, "x");
    char buf[8];
    size_t len = sizeof buf;

    (void)state;
    assert_int_equal(AH_PersistentBatch(S, 0, ops, 3), TEE_ERROR_ACCESS_CONFLICT);
    assert_int_equal(AH_PersistentRead(S, "a", 1, buf, &len), TEE_ERROR_ITEM_NOT_FOUND);
    TEE_CloseObject(o);
    assert_int_equal(AH_PersistentBatch(S, 0, ops, 3), TEE_SUCCESS);
    assert_int_equal(AH_PersistentRead(S, "a", 1, buf, &len), TEE_SUCCESS);
    assert_int_equal(len, 3);
    assert_memory_equal(buf, "one", 3);
    len = 2;
    assert_int_equal(AH_PersistentRead(S, "a", 1, buf, &len), TEE_ERROR_SHORT_BUFFER);
    assert_int_equal(len, 3);
    len = 0;
    assert_int_equal(AH_PersistentRead(S, "b", 1, NULL, &len), TEE_SUCCESS);
    assert_int_equal(AH_PersistentRead(S, "c", 1, buf, &len), TEE_ERROR_ITEM_NOT_FOUND);
    assert_int_equal(open("a", READ, &o), TEE_SUCCESS); /* a batch makes GP objects */
    expect_data(o, "one");
    TEE_CloseObject(o);
    const AH_PersistentOp twice[] = {{AH_PERSISTENT_PUT, "a", 1, "1", 1},
                                     {AH_PERSISTENT_DELETE, "a", 1, NULL, 0}};
    assert_int_equal(AH_PersistentBatch(S, 0, twice, 2), TEE_ERROR_BAD_PARAMETERS);
}

static void test_storage_lazy_batch_is_not_synced(void **state)
{
    const AH_PersistentOp op = {AH_PERSISTENT_PUT, "a", 1, "one", 3};
    (void)state;
    assert_int_equal(AH_PersistentBatch(S, 0, &op, 1), TEE_SUCCESS);
    world.sim.syncs = world.sim.appends = 0;
    assert_int_equal(AH_PersistentBatch(S, AH_BATCH_LAZY, &op, 1), TEE_SUCCESS);
    assert_int_equal(world.sim.syncs, 0);
    assert_int_equal(AH_PersistentBatch(S, 0, &op, 1), TEE_SUCCESS);
    assert_int_equal(world.sim.syncs, 1);
    assert_int_equal(world.sim.appends, 2);
}

static TEE_Result raw(uint32_t session, uint32_t cmd, uint32_t types, TEE_Param p[4])
{
    uint32_t origin;
    return sys_invoke(session, 0, cmd, types, p, &origin);
}

static void test_storage_owners_do_not_meet(void **state)
{
    uint32_t session, origin;
    TEE_Param none[4] = {0}, p[4] = {{.memref = {(void *)(uintptr_t) "a", 1}}};
    uint8_t head[64];

    (void)state;
    TEE_CloseObject(create("a", ALL, "mine"));
    world.client.uuid.timeLow = 2;
    assert_int_equal(sys_open(&(TEE_UUID)STORAGE_TA_UUID, 0, 0, none, &session, &origin),
                     TEE_SUCCESS);
    p[2].memref.buffer = head;
    p[2].memref.size = sizeof head;
    p[1].value.a = READ;
    const uint32_t types =
        TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_VALUE_INOUT,
                        TEE_PARAM_TYPE_MEMREF_OUTPUT, 0);
    assert_int_equal(raw(session, STORAGE_OPEN, types, p), TEE_ERROR_ITEM_NOT_FOUND);
    sys_close(session);
}

static void test_storage_only_tas_are_served(void **state)
{
    static const uint32_t logins[] = {TEE_LOGIN_PUBLIC, TEE_LOGIN_USER, TEE_LOGIN_GROUP,
                                      TEE_LOGIN_APPLICATION, TEE_LOGIN_REE_KERNEL};
    TEE_Param none[4] = {0};
    uint32_t session, origin;

    (void)state;
    for (size_t i = 0; i < sizeof logins / sizeof logins[0]; i++) {
        world.client.login = logins[i];
        assert_int_equal(
            sys_open(&(TEE_UUID)STORAGE_TA_UUID, 0, 0, none, &session, &origin),
            TEE_ERROR_ACCESS_DENIED);
    }
}

/* What a hostile client TA may send: every command with wrong types, handles and shapes.
 */
static void test_storage_hostile_calls_are_refused(void **state)
{
    TEE_Param none[4] = {0};
    uint32_t session, origin;
    uint8_t buf[64];

    (void)state;
    assert_int_equal(sys_open(&(TEE_UUID)STORAGE_TA_UUID, 0, 0, none, &session, &origin),
                     TEE_SUCCESS);
    for (uint32_t cmd = 0; cmd < 40; cmd++) {
        TEE_Param p[4] = {0};
        TEE_Result res = raw(session, cmd, 0, p);
        assert_true(res == TEE_ERROR_BAD_PARAMETERS || res == TEE_ERROR_NOT_SUPPORTED);
    }
    static const uint32_t handles[] = {0, 1, 2, 8, 9, 0x7fffffff, 0xffffffff};
    for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++) {
        TEE_Param p[4] = {{.value = {handles[i], 0}}, {.memref = {buf, sizeof buf}}};
        const uint32_t vin = TEE_PARAM_TYPE_VALUE_INPUT;
        const uint32_t in = TEE_PARAM_TYPE_MEMREF_INPUT;
        assert_int_equal(raw(session, STORAGE_CLOSE, vin, p), TEE_ERROR_BAD_PARAMETERS);
        assert_int_equal(raw(session, STORAGE_DELETE, vin, p), TEE_ERROR_BAD_PARAMETERS);
        assert_int_equal(raw(session, STORAGE_WRITE, TEE_PARAM_TYPES(vin, in, 0, 0), p),
                         TEE_ERROR_BAD_PARAMETERS);
    }
    /* Memory that is not there: NULL with a length. */
    const uint32_t out = TEE_PARAM_TYPE_MEMREF_OUTPUT, in = TEE_PARAM_TYPE_MEMREF_INPUT;
    const uint32_t io = TEE_PARAM_TYPE_VALUE_INOUT;
    TEE_CloseObject(create("there", ALL, "data"));
    const struct {
        uint32_t cmd, types;
    } nowhere[] = {
        {STORAGE_SCAN, TEE_PARAM_TYPES(io, out, 0, 0)},
        {STORAGE_NEXT,
         TEE_PARAM_TYPES(io, out, out, (uint32_t)TEE_PARAM_TYPE_VALUE_OUTPUT)},
        {STORAGE_STATUS, TEE_PARAM_TYPES(out, 0, 0, 0)},
        {STORAGE_BATCH, TEE_PARAM_TYPES((uint32_t)TEE_PARAM_TYPE_VALUE_INPUT, in, 0, 0)},
        {STORAGE_GET, TEE_PARAM_TYPES(in, out, 0, 0)},
    };
    for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        TEE_Param p[4] = {{{0}}};
        for (uint32_t k = 0; k < 4; k++) {
            uint32_t t = TEE_PARAM_TYPE_GET(nowhere[i].types, k);
            if (t == in || t == out)
                p[k].memref.size = 60;
        }
        assert_int_equal(raw(session, nowhere[i].cmd, nowhere[i].types, p),
                         TEE_ERROR_BAD_PARAMETERS);
    }
    static const struct storage_op bad[] = {
        {3, 0, 4},
        {STORAGE_OP_PUT, 65, 4},
        {STORAGE_OP_PUT, 0, 3},
        {STORAGE_OP_PUT, 0, 4},
        {STORAGE_OP_PUT, 0xffffffff, 4},
        {STORAGE_OP_PUT, 0, 0xffffffff},
        {STORAGE_OP_DELETE, 0, 4},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        memset(buf, 0xff, sizeof buf);
        memcpy(buf, &bad[i], sizeof bad[i]);
        for (size_t len = 0; len < sizeof buf; len++) {
            TEE_Param p[4] = {{.value = {0, 1}}, {.memref = {buf, len}}};
            assert_int_equal(raw(session, STORAGE_BATCH,
                                 TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT,
                                                 TEE_PARAM_TYPE_MEMREF_INPUT, 0, 0),
                                 p),
                             TEE_ERROR_BAD_PARAMETERS);
        }
    }
    sys_close(session);
}

static void test_storage_ta_may_die_between_calls(void **state)
{
    TEE_ObjectHandle o = create("a", ALL, "0123456789");
    const AH_PersistentOp op = {AH_PERSISTENT_PUT, "b", 1, "one", 3};
    char buf[4];
    size_t n;

    (void)state;
    assert_int_equal(TEE_ReadObjectData(o, buf, 4, &n), TEE_SUCCESS);
    world.dies = true;
    assert_int_equal(TEE_ReadObjectData(o, buf, 4, &n), TEE_SUCCESS);
    assert_memory_equal(buf, "4567", 4);
    world.dies = true;
    assert_int_equal(TEE_WriteObjectData(o, "xy", 2), TEE_SUCCESS);
    expect_data(o, "01234567xy");
    world.dies = true;
    assert_int_equal(AH_PersistentBatch(S, 0, &op, 1), TEE_SUCCESS);
    world.forgets = true;
    assert_int_equal(AH_PersistentBatch(S, 0, &op, 1), TEE_SUCCESS);
    world.forgets = true;
    n = sizeof buf;
    assert_int_equal(AH_PersistentRead(S, "b", 1, buf, &n), TEE_SUCCESS);
    assert_int_equal(n, 3);
    world.dies = true;
    TEE_CloseObject(o);
    assert_int_equal(open("a", ALL, &o), TEE_SUCCESS);
    TEE_CloseObject(o);
    world.forgets =
        true; /* whether it was made is not known, so it is not said to exist */
    assert_int_equal(TEE_CreatePersistentObject(S, "n", 1, ALL, NULL, "x", 1, &o),
                     TEE_ERROR_STORAGE_NOT_AVAILABLE);
}

static void test_storage_failing_medium_has_a_name(void **state)
{
    TEE_ObjectHandle o = create("a", ALL, "old");
    (void)state;
    world.sim.fail_at = world.sim.calls + 1;
    world.sim.fail_with = ERR_NO_SPACE;
    assert_int_equal(TEE_WriteObjectData(o, "new", 3), TEE_ERROR_STORAGE_NO_SPACE);
    world.sim.fail_at = world.sim.calls + 1;
    world.sim.fail_with = ERR_IO;
    assert_int_equal(TEE_WriteObjectData(o, "new", 3), TEE_ERROR_STORAGE_NOT_AVAILABLE);
    expect_data(o, "old");
    assert_int_equal(TEE_SeekObjectData(o, 0, TEE_DATA_SEEK_SET), TEE_SUCCESS);
    assert_int_equal(TEE_WriteObjectData(o, "new", 3), TEE_SUCCESS);
    expect_data(o, "new");
    TEE_CloseObject(o);
}

static void test_storage_damage_has_a_name_and_reset_ends_it(void **state)
{
    TEE_ObjectHandle o;
    static const char name[] = "00000001-0000-0000-0000-000000000000.log";
    size_t len, first;
    const AH_PersistentOp op = {AH_PERSISTENT_PUT, "c", 1, "three", 5};

    (void)state;
    TEE_CloseObject(create("a", ALL, "one"));
    assert_non_null(sim_file(&world.sim, name, &first));
    TEE_CloseObject(create("b", ALL, "two"));
    TEE_CloseObject(create("c", ALL, "three"));
    storage_ta_dies();
    sim_file(&world.sim, name, &len)[first + 70] ^= 1;
    assert_int_equal(AH_PersistentBatch(S, 0, &op, 1), TEE_ERROR_CORRUPT_OBJECT);
    assert_int_equal(open("a", READ, &o), TEE_SUCCESS);
    expect_data(o, "one");
    assert_int_equal(AH_PersistentReset(S, true), TEE_ERROR_ACCESS_CONFLICT);
    TEE_CloseObject(o);
    assert_int_equal(AH_PersistentReset(S, true), TEE_SUCCESS);
    assert_int_equal(AH_PersistentBatch(S, 0, &op, 1), TEE_SUCCESS);
    assert_int_equal(open("a", READ, &o), TEE_SUCCESS);
    TEE_CloseObject(o);
}

/* --- mistakes of the programmer end the TA --- */

static bool ends_in_panic(void (*f)(void))
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        f();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == MARK;
}

static char shared_id[4] = "a";

static void id_is_shared(void)
{
    TEE_ObjectHandle o;
    world.shared = shared_id;
    world.shared_len = sizeof shared_id;
    (void)!TEE_OpenPersistentObject(S, shared_id, 1, READ, &o);
}

static void id_is_long(void)
{
    TEE_ObjectHandle o;
    static const char id[65];
    (void)!TEE_OpenPersistentObject(S, id, sizeof id, READ, &o);
}

static void flags_are_unknown(void)
{
    TEE_ObjectHandle o;
    (void)!TEE_OpenPersistentObject(S, "a", 1, 0x1000, &o);
}

static void read_without_right(void)
{
    TEE_ObjectHandle o = create("a", WRITE, "x");
    char c;
    size_t n;
    (void)!TEE_ReadObjectData(o, &c, 1, &n);
}

static void write_without_right(void)
{
    TEE_ObjectHandle o = create("a", READ, "x");
    (void)!TEE_WriteObjectData(o, "y", 1);
}

static void delete_without_right(void)
{
    TEE_ObjectHandle o = create("a", READ | WRITE, "x");
    (void)!TEE_CloseAndDeletePersistentObject1(o);
}

static void seek_in_transient(void)
{
    TEE_ObjectHandle t;
    if (TEE_AllocateTransientObject(TEE_TYPE_AES, 128, &t) == TEE_SUCCESS)
        (void)!TEE_SeekObjectData(t, 0, TEE_DATA_SEEK_SET);
}

static void attributes_are_empty(void)
{
    TEE_ObjectHandle t, o;
    if (TEE_AllocateTransientObject(TEE_TYPE_AES, 128, &t) == TEE_SUCCESS)
        (void)!TEE_CreatePersistentObject(S, "a", 1, ALL, t, NULL, 0, &o);
}

static void test_storage_mistakes_panic(void **state)
{
    static void (*const mistakes[])(void) = {
        id_is_shared,       id_is_long,           flags_are_unknown,
        read_without_right, write_without_right,  delete_without_right,
        seek_in_transient,  attributes_are_empty,
    };
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++)
        if (!ends_in_panic(mistakes[i]))
            fail_msg("mistake %zu does not panic", i);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_storage_create_open_read),
        T(test_storage_stream_moves_grows_and_truncates),
        T(test_storage_each_handle_has_its_position),
        T(test_storage_sharing_follows_gp),
        T(test_storage_create_keeps_or_replaces),
        T(test_storage_rename_and_delete),
        T(test_storage_key_and_usage_come_back),
        T(test_storage_walk_finds_all),
        T(test_storage_batch_and_read),
        T(test_storage_lazy_batch_is_not_synced),
        T(test_storage_owners_do_not_meet),
        T(test_storage_only_tas_are_served),
        T(test_storage_hostile_calls_are_refused),
        T(test_storage_ta_may_die_between_calls),
        T(test_storage_failing_medium_has_a_name),
        T(test_storage_damage_has_a_name_and_reset_ends_it),
        T(test_storage_mistakes_panic),
    };
    sim_init(&world.sim);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("storage", tests, NULL, NULL);
}
