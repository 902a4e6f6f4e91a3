/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PKCS#11 module against a TEE made here: a handful of TEEC_* functions linked in
 * place of libteec, behind which a small TA keeps sessions and one operation for each. It
 * counts commands, can be told to die, to lie, or to lack the one-call commands. So the
 * rules of the module itself are tested: handles, forks, flags, arguments, codes, and
 * what it asks the TA when.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "anchorhold_pkcs11.h"
#include "bytes.h"
#include "pkcs11_ta.h"
#include "anchorhold_teec.h"

/* --- the TEE ---------------------------------------------------------------------------
 */

#define MAX_SESSIONS 256
#define SIG_LEN      64u
#define KEY          7u  /* the one key there is */
#define NO_KEY       99u /* SIGN_INIT refuses it */

static struct {
    pthread_mutex_t lock;
    uint32_t caps;
    bool absent;    /* no TEE at all */
    bool dead;      /* every call says TARGET_DEAD until a new session is opened */
    bool empty;     /* results are empty */
    size_t lie;     /* when not 0: size reported for outputs */
    uint32_t words; /* size of P0 reported, normally 4 */
    uint32_t login;
    uint32_t gid;
    bool no_memory; /* none to share */
    unsigned contexts, sessions, opened, memories, begun;
    unsigned fail_after;      /* when not 0: that many updates from now, one fails */
    unsigned nr[64], once[8]; /* commands seen */
    bool open[MAX_SESSIONS];
    uint32_t op[MAX_SESSIONS]; /* *_INIT of the active operation */
    unsigned updates[MAX_SESSIONS];
} tee = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void tee_reset(void)
{
    memset(tee.open, 0, sizeof tee.open);
    memset(tee.op, 0, sizeof tee.op);
    memset(tee.nr, 0, sizeof tee.nr);
    memset(tee.once, 0, sizeof tee.once);
    tee.caps = 0x3e;
    tee.absent = tee.dead = tee.empty = false;
    tee.lie = 0;
    tee.words = 4;
    tee.opened = tee.begun = 0;
    tee.no_memory = false;
    tee.fail_after = 0;
}

TEEC_Result TEEC_InitializeContext(const char *name, TEEC_Context *context)
{
    (void)name;
    *context = (TEEC_Context){.fd = -1};
    if (tee.absent)
        return TEEC_ERROR_ITEM_NOT_FOUND;
    tee.contexts++;
    return TEEC_SUCCESS;
}

void TEEC_FinalizeContext(TEEC_Context *context)
{
    (void)context;
    tee.contexts--;
}

TEEC_Result TEEC_OpenSession(TEEC_Context *context, TEEC_Session *session,
                             const TEEC_UUID *uuid, uint32_t login, const void *data,
                             TEEC_Operation *operation, uint32_t *origin)
{
    (void)operation, (void)origin;
    assert_int_equal(uuid->timeLow, 0xfd02c9da);
    pthread_mutex_lock(&tee.lock);
    session->ctx = context;
    tee.login = login;
    tee.gid = data ? *(const uint32_t *)data : 0;
    tee.sessions++;
    tee.opened++;
    tee.dead = false;
    memset(tee.open, 0, sizeof tee.open);
    memset(tee.op, 0, sizeof tee.op);
    pthread_mutex_unlock(&tee.lock);
    return TEEC_SUCCESS;
}

void TEEC_CloseSession(TEEC_Session *session)
{
    (void)session;
    tee.sessions--;
}

struct call {
    struct rd in;
    TEEC_TempMemoryReference *p1, *p2;
    uint32_t cmd;
};

static CK_RV give(struct call *c, const void *p, size_t len)
{
    size_t room = c->p2->size;
    if (tee.empty)
        len = 0;
    c->p2->size = tee.lie ? tee.lie : len;
    if (len > room || (len && !c->p2->buffer))
        return CKR_BUFFER_TOO_SMALL;
    if (len)
        memcpy(c->p2->buffer, p, len);
    return CKR_OK;
}

static CK_RV ta_open(struct call *c)
{
    uint8_t out[4];
    uint32_t slot = rd_u32(&c->in);
    rd_u32(&c->in);
    if (slot > 2)
        return CKR_SLOT_ID_INVALID;
    for (uint32_t i = 1; i < MAX_SESSIONS; i++) {
        if (tee.open[i])
            continue;
        tee.open[i] = true;
        tee.op[i] = 0;
        put_le32(out, i);
        return give(c, out, 4);
    }
    return CKR_SESSION_COUNT;
}

static CK_RV ta_global(struct call *c, bool *done)
{
    uint8_t out[160] = {1};
    const struct {
        uint32_t cmd;
        size_t len;
    } rows[] = {{P11_CMD_PING, 12},        {P11_CMD_SLOT_INFO, 104},
                {P11_CMD_TOKEN_INFO, 160}, {P11_CMD_MECHANISM_INFO, 12},
                {P11_CMD_SLOT_LIST, 12},   {P11_CMD_MECHANISM_IDS, 8}};
    *done = true;
    if (c->cmd == P11_CMD_SLOT_LIST) {
        put_le32(out, 0);
        put_le32(out + 4, 1);
        put_le32(out + 8, 2);
    }
    if (c->cmd == P11_CMD_TOKEN_INFO)
        put_le32(out + 100, P11_UNAVAILABLE);
    if (c->cmd == P11_CMD_SLOT_INFO) /* the last slot is empty */
        put_le32(out + 96, rd_u32(&c->in) < 2 ? CKF_TOKEN_PRESENT : 0);
    if (c->cmd == P11_CMD_INFO) {
        if (!tee.caps)
            return 0xdead; /* as a TA that does not know the command */
        put_le32(out + 4, tee.caps);
        return give(c, out, 8);
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].cmd == c->cmd)
            return give(c, out, rows[i].len);
    if (c->cmd == P11_CMD_OPEN_SESSION)
        return ta_open(c);
    if (c->cmd == P11_CMD_CLOSE_ALL_SESSIONS || c->cmd == P11_CMD_INIT_TOKEN)
        return CKR_OK;
    *done = false;
    return CKR_OK;
}

static bool is_init(uint32_t cmd)
{
    return cmd == P11_CMD_SIGN_INIT || cmd == P11_CMD_VERIFY_INIT ||
           cmd == P11_CMD_ENCRYPT_INIT || cmd == P11_CMD_DECRYPT_INIT ||
           cmd == P11_CMD_DIGEST_INIT || cmd == P11_CMD_FIND_OBJECTS_INIT;
}

/* A signature here is 64 times the first byte of the data. */
static CK_RV ta_output(struct call *c, size_t len)
{
    uint8_t out[SIG_LEN];
    memset(out, c->p1->size ? *(uint8_t *)c->p1->buffer : 0, sizeof out);
    return give(c, out, len);
}

/* An update gives what it gets, with a bit turned over; a digest of it is the sum of
 * bytes. */
static CK_RV ta_update(struct call *c, uint32_t ses, bool out)
{
    const uint8_t *in = c->p1->buffer;
    if (tee.fail_after && --tee.fail_after == 0) {
        tee.op[ses] = 0;
        return CKR_FUNCTION_FAILED;
    }
    for (size_t i = 0; i < c->p1->size; i++)
        tee.updates[ses] += in[i];
    if (!out)
        return CKR_OK;
    CK_RV rv = tee.empty ? CKR_OK : CKR_BUFFER_TOO_SMALL;
    size_t len = tee.empty ? 0 : c->p1->size;
    if (len <= c->p2->size) {
        for (size_t i = 0; i < len; i++)
            ((uint8_t *)c->p2->buffer)[i] = in[i] ^ 0x80;
        rv = CKR_OK;
    }
    c->p2->size = tee.lie ? tee.lie : len;
    return rv;
}

static CK_RV ta_operation(struct call *c, uint32_t ses, uint32_t init, bool last,
                          bool out)
{
    if (tee.op[ses] != init)
        return CKR_OPERATION_NOT_INITIALIZED;
    uint8_t sum[32] = {(uint8_t)tee.updates[ses], (uint8_t)(tee.updates[ses] >> 8)};
    if (c->cmd == P11_CMD_ENCRYPT_UPDATE || c->cmd == P11_CMD_DIGEST_UPDATE)
        return ta_update(c, ses, out);
    CK_RV rv = out ? ta_output(c, SIG_LEN) : CKR_OK;
    if (c->cmd == P11_CMD_DIGEST_FINAL)
        rv = give(c, sum, sizeof sum);
    if (c->cmd == P11_CMD_ENCRYPT_FINAL)
        rv = give(c, sum, 16);
    if (rv != CKR_BUFFER_TOO_SMALL && last)
        tee.op[ses] = 0;
    return rv;
}

static CK_RV ta_session(struct call *c)
{
    uint32_t ses = rd_u32(&c->in);
    if (ses == 0 || ses >= MAX_SESSIONS || !tee.open[ses])
        return CKR_SESSION_HANDLE_INVALID;
    if (is_init(c->cmd)) {
        uint32_t key = c->cmd == P11_CMD_DIGEST_INIT ? KEY : rd_u32(&c->in);
        if (tee.op[ses])
            return CKR_OPERATION_ACTIVE;
        if (c->cmd != P11_CMD_FIND_OBJECTS_INIT && key != KEY)
            return CKR_KEY_HANDLE_INVALID;
        tee.op[ses] = c->cmd;
        tee.updates[ses] = 0;
        return CKR_OK;
    }
    const struct {
        uint32_t cmd, init;
        bool last, out;
    } rows[] = {
        {P11_CMD_SIGN_ONESHOT, P11_CMD_SIGN_INIT, true, true},
        {P11_CMD_SIGN_FINAL, P11_CMD_SIGN_INIT, true, true},
        {P11_CMD_SIGN_UPDATE, P11_CMD_SIGN_INIT, false, false},
        {P11_CMD_VERIFY_ONESHOT, P11_CMD_VERIFY_INIT, true, false},
        {P11_CMD_ENCRYPT_ONESHOT, P11_CMD_ENCRYPT_INIT, true, true},
        {P11_CMD_ENCRYPT_UPDATE, P11_CMD_ENCRYPT_INIT, false, true},
        {P11_CMD_ENCRYPT_FINAL, P11_CMD_ENCRYPT_INIT, true, true},
        {P11_CMD_DECRYPT_ONESHOT, P11_CMD_DECRYPT_INIT, true, true},
        {P11_CMD_DIGEST_ONESHOT, P11_CMD_DIGEST_INIT, true, true},
        {P11_CMD_DIGEST_UPDATE, P11_CMD_DIGEST_INIT, false, false},
        {P11_CMD_DIGEST_FINAL, P11_CMD_DIGEST_INIT, true, true},
        {P11_CMD_FIND_OBJECTS_FINAL, P11_CMD_FIND_OBJECTS_INIT, true, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].cmd == c->cmd)
            return ta_operation(c, ses, rows[i].init, rows[i].last, rows[i].out);
    switch (c->cmd) {
    case P11_CMD_CLOSE_SESSION:
        tee.open[ses] = false;
        return CKR_OK;
    case P11_CMD_SIGN:
    case P11_CMD_VERIFY:
        if (rd_u32(&c->in) != KEY)
            return CKR_KEY_HANDLE_INVALID;
        return c->cmd == P11_CMD_SIGN ? ta_output(c, SIG_LEN) : CKR_OK;
    case P11_CMD_DIGEST:
        return ta_output(c, 32);
    case P11_CMD_RELEASE_ACTIVE_PROCESSING:
        if (tee.op[ses] != rd_u32(&c->in))
            return CKR_OPERATION_NOT_INITIALIZED;
        tee.op[ses] = 0;
        return CKR_OK;
    case P11_CMD_FIND_OBJECTS:
        return give(c, "\1\0\0\0\2\0\0\0", c->p2->size >= 8 ? 8 : 0);
    case P11_CMD_CREATE_OBJECT:
        return give(c, "\5\0\0\0", 4);
    case P11_CMD_SESSION_INFO:
        return give(c, "\0\0\0\0\2\0\0\0\6\0\0\0\0\0\0\0", 16);
    case P11_CMD_GENERATE_RANDOM:
        memset(c->p2->buffer, 0xaa, c->p2->size);
        if (tee.lie)
            c->p2->size = tee.lie;
        return CKR_OK;
    default:
        return CKR_OK;
    }
}

static void count(uint32_t cmd)
{
    if (cmd < 64)
        tee.nr[cmd]++;
    else if (cmd >= P11_CMD_INFO && cmd < P11_CMD_INFO + 8)
        tee.once[cmd - P11_CMD_INFO]++;
}

TEEC_Result TEEC_InvokeCommand(TEEC_Session *session, uint32_t cmd, TEEC_Operation *op,
                               uint32_t *origin)
{
    (void)session, (void)origin;
    TEEC_TempMemoryReference *p0 = &op->params[0].tmpref;
    struct call c = {rd_init(p0->buffer, p0->size), &op->params[1].tmpref,
                     &op->params[2].tmpref, cmd};
    bool done;
    if (TEEC_PARAM_TYPE_GET(op->paramTypes, 0) != TEEC_MEMREF_TEMP_INOUT || p0->size < 4)
        return TEEC_ERROR_BAD_PARAMETERS;
    pthread_mutex_lock(&tee.lock);
    count(cmd);
    CK_RV rv = 0;
    bool dead = tee.dead;
    if (!dead) {
        rv = ta_global(&c, &done);
        if (!done)
            rv = ta_session(&c);
    }
    pthread_mutex_unlock(&tee.lock);
    if (dead)
        return TEEC_ERROR_TARGET_DEAD;
    if (rv == 0xdead)
        return TEEC_ERROR_NOT_SUPPORTED;
    put_le32(p0->buffer, (uint32_t)rv);
    p0->size = tee.words;
    return rv == CKR_BUFFER_TOO_SMALL ? TEEC_ERROR_SHORT_BUFFER : TEEC_SUCCESS;
}

/* Memory that both see, and calls in two steps: done at once, told at the end. */
TEEC_Result TEEC_AllocateSharedMemory(TEEC_Context *context, TEEC_SharedMemory *m)
{
    (void)context;
    if (tee.no_memory)
        return TEEC_ERROR_OUT_OF_MEMORY;
    m->buffer = calloc(1, m->size);
    tee.memories++;
    return m->buffer ? TEEC_SUCCESS : TEEC_ERROR_OUT_OF_MEMORY;
}

void TEEC_ReleaseSharedMemory(TEEC_SharedMemory *m)
{
    free(m->buffer);
    tee.memories--;
}

TEEC_Result AH_BeginInvoke(TEEC_Session *session, uint32_t cmd, TEEC_Operation *op,
                           AH_Call *call)
{
    TEEC_Operation plain = *op;
    *call = (AH_Call){.operation = op};
    for (unsigned i = 1; i < 3; i++) {
        TEEC_RegisteredMemoryReference *m = &op->params[i].memref;
        if (TEEC_PARAM_TYPE_GET(op->paramTypes, i) != TEEC_NONE)
            plain.params[i].tmpref =
                (TEEC_TempMemoryReference){m->parent->buffer, m->size};
    }
    if (tee.begun++)
        return TEEC_ERROR_BAD_STATE; /* one at a time, or the order is anybody's */
    call->number[0] = TEEC_InvokeCommand(session, cmd, &plain, NULL);
    op->params[0].tmpref.size = plain.params[0].tmpref.size;
    op->params[2].memref.size = plain.params[2].tmpref.size;
    return TEEC_SUCCESS;
}

TEEC_Result AH_EndInvoke(AH_Call *call, uint32_t *origin)
{
    (void)origin;
    tee.begun--;
    return call->number[0];
}

/* --- helpers ---------------------------------------------------------------------------
 */

#define ok(call)       assert_int_equal((call), CKR_OK)
#define says(rv, call) assert_int_equal((call), (rv))

static CK_MECHANISM ecdsa = {CKM_ECDSA, NULL, 0};
static CK_MECHANISM sha256 = {CKM_SHA256, NULL, 0};

static int setup(void **state)
{
    (void)state;
    tee_reset();
    return C_Initialize(NULL) == CKR_OK ? 0 : -1;
}

/* Whatever a test did, nothing of it may remain with the TEE. */
static int teardown(void **state)
{
    (void)state;
    C_Finalize(NULL);
    return tee.contexts || tee.sessions || tee.memories ? -1 : 0;
}

static CK_SESSION_HANDLE open_session(void)
{
    CK_SESSION_HANDLE h = 0;
    ok(C_OpenSession(0, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &h));
    assert_int_not_equal(h, 0);
    return h;
}

static CK_RV sign(CK_SESSION_HANDLE h, CK_BYTE first)
{
    CK_BYTE sig[SIG_LEN];
    CK_ULONG len = sizeof sig;
    CK_RV rv = C_SignInit(h, &ecdsa, KEY);
    if (rv == CKR_OK)
        rv = C_Sign(h, &first, 1, sig, &len);
    if (rv == CKR_OK && (len != SIG_LEN || sig[0] != first || sig[63] != first))
        rv = CKR_DATA_INVALID;
    return rv;
}

/* --- C_Initialize, C_Finalize ----------------------------------------------------------
 */

static CK_RV mutex_create(void **m)
{
    *m = malloc(sizeof(pthread_mutex_t));
    return *m && pthread_mutex_init(*m, NULL) == 0 ? CKR_OK : CKR_HOST_MEMORY;
}

static _Atomic unsigned locked;

static CK_RV mutex_destroy(void *m)
{
    pthread_mutex_destroy(m);
    free(m);
    return CKR_OK;
}

static CK_RV mutex_lock(void *m)
{
    locked++;
    return pthread_mutex_lock(m) == 0 ? CKR_OK : CKR_MUTEX_BAD;
}

static CK_RV mutex_unlock(void *m)
{
    return pthread_mutex_unlock(m) == 0 ? CKR_OK : CKR_MUTEX_BAD;
}

static void test_p11module_initialize_arguments(void **state)
{
    (void)state;
    CK_C_INITIALIZE_ARGS a = {.flags = CKF_OS_LOCKING_OK};
    tee_reset();
    says(CKR_CRYPTOKI_NOT_INITIALIZED, C_Finalize(NULL));
    a.pReserved = &a;
    says(CKR_ARGUMENTS_BAD, C_Initialize(&a));
    a = (CK_C_INITIALIZE_ARGS){.CreateMutex = mutex_create, .LockMutex = mutex_lock};
    says(CKR_ARGUMENTS_BAD, C_Initialize(&a));
    a = (CK_C_INITIALIZE_ARGS){.flags = CKF_OS_LOCKING_OK |
                                        CKF_LIBRARY_CANT_CREATE_OS_THREADS};
    ok(C_Initialize(&a));
    says(CKR_CRYPTOKI_ALREADY_INITIALIZED, C_Initialize(NULL));
    says(CKR_ARGUMENTS_BAD, C_Finalize(&a));
    ok(C_Finalize(NULL));
    says(CKR_CRYPTOKI_NOT_INITIALIZED, C_Finalize(NULL));
}

static void test_p11module_callers_mutexes_are_used(void **state)
{
    (void)state;
    CK_C_INITIALIZE_ARGS a = {mutex_create, mutex_destroy, mutex_lock, mutex_unlock, 0,
                              NULL};
    tee_reset();
    locked = 0;
    ok(C_Initialize(&a));
    ok(sign(open_session(), 1));
    assert_true(locked > 0);
    ok(C_Finalize(NULL));
    locked = 0;
    a.flags = CKF_OS_LOCKING_OK;
    ok(C_Initialize(&a));
    ok(sign(open_session(), 1));
    assert_int_equal(locked, 0);
    ok(C_Finalize(NULL));
}

static void test_p11module_without_a_tee_initialize_says_so(void **state)
{
    (void)state;
    tee_reset();
    tee.absent = true;
    says(CKR_DEVICE_ERROR, C_Initialize(NULL));
    says(CKR_CRYPTOKI_NOT_INITIALIZED, C_Finalize(NULL));
    tee.absent = false;
    ok(C_Initialize(NULL));
    ok(C_Finalize(NULL));
}

static void test_p11module_login_type_by_environment(void **state)
{
    (void)state;
    const struct {
        const char *ours, *theirs, *gid;
        CK_RV rv;
        uint32_t login, id;
    } rows[] = {
        {NULL, NULL, NULL, CKR_OK, TEEC_LOGIN_PUBLIC, 0},
        {"user", "public", NULL, CKR_OK, TEEC_LOGIN_USER, 0},
        {"group:1000", NULL, NULL, CKR_OK, TEEC_LOGIN_GROUP, 1000},
        {"group:", NULL, NULL, CKR_ARGUMENTS_BAD, 0, 0},
        {"group:1x", NULL, NULL, CKR_ARGUMENTS_BAD, 0, 0},
        {"group:-1", NULL, NULL, CKR_ARGUMENTS_BAD, 0, 0},
        {"group:4294967295", NULL, NULL, CKR_ARGUMENTS_BAD, 0, 0},
        {"group", NULL, "5", CKR_ARGUMENTS_BAD, 0, 0},
        {"root", NULL, NULL, CKR_ARGUMENTS_BAD, 0, 0},
        {NULL, "group", "27", CKR_OK, TEEC_LOGIN_GROUP, 27},
        {NULL, "group", NULL, CKR_ARGUMENTS_BAD, 0, 0},
        {NULL, "user", NULL, CKR_OK, TEEC_LOGIN_USER, 0},
    };
    const char *names[] = {"ANCHORHOLD_LOGIN", "CKTEEC_LOGIN_TYPE", "CKTEEC_LOGIN_GID"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *values[] = {rows[i].ours, rows[i].theirs, rows[i].gid};
        for (size_t j = 0; j < 3; j++) {
            unsetenv(names[j]);
            if (values[j])
                setenv(names[j], values[j], 1);
        }
        tee_reset();
        says(rows[i].rv, C_Initialize(NULL));
        if (rows[i].rv != CKR_OK)
            continue;
        assert_int_equal(tee.login, rows[i].login);
        assert_int_equal(tee.gid, rows[i].id);
        ok(C_Finalize(NULL));
    }
    for (size_t j = 0; j < 3; j++)
        unsetenv(names[j]);
}

static void test_p11module_nothing_works_before_initialize(void **state)
{
    (void)state;
    CK_ULONG n = 0;
    CK_INFO info;
    CK_BYTE b[8];
    says(CKR_CRYPTOKI_NOT_INITIALIZED, C_GetInfo(&info));
    says(CKR_CRYPTOKI_NOT_INITIALIZED, C_GetInfo(NULL));
    says(CKR_CRYPTOKI_NOT_INITIALIZED, C_GetSlotList(CK_TRUE, NULL, &n));
    says(CKR_CRYPTOKI_NOT_INITIALIZED, C_GetSlotList(CK_TRUE, NULL, NULL));
    says(CKR_CRYPTOKI_NOT_INITIALIZED, C_CloseSession(1));
    says(CKR_CRYPTOKI_NOT_INITIALIZED, C_SignInit(1, &ecdsa, KEY));
    says(CKR_CRYPTOKI_NOT_INITIALIZED, C_Sign(1, b, 1, NULL, NULL));
    says(CKR_CRYPTOKI_NOT_INITIALIZED, C_GenerateRandom(1, b, 8));
    says(CKR_CRYPTOKI_NOT_INITIALIZED, C_GetOperationState(1, NULL, NULL));
    says(CKR_CRYPTOKI_NOT_INITIALIZED, C_WaitForSlotEvent(CKF_DONT_BLOCK, &n, NULL));
}

/* --- interfaces ------------------------------------------------------------------------
 */

static void test_p11module_lists_are_complete(void **state)
{
    (void)state;
    CK_FUNCTION_LIST_PTR list;
    CK_INTERFACE_PTR i;
    CK_INTERFACE two[2];
    CK_ULONG n = 0;
    CK_INFO info;
    ok(C_GetFunctionList(&list));
    says(CKR_ARGUMENTS_BAD, C_GetFunctionList(NULL));
    void **p = (void **)&list->C_Initialize;
    for (size_t k = 0; k < 68; k++)
        assert_non_null(p[k]);
    ok(C_GetInterfaceList(NULL, &n));
    assert_int_equal(n, 2);
    n = 1;
    says(CKR_BUFFER_TOO_SMALL, C_GetInterfaceList(two, &n));
    ok(C_GetInterfaceList(two, &n));
    ok(C_GetInterface(NULL, NULL, &i, 0));
    CK_FUNCTION_LIST_3_0 *l30 = i->pFunctionList;
    assert_int_equal(l30->version.major, 3);
    p = (void **)&l30->C_Initialize;
    for (size_t k = 0; k < 92; k++)
        assert_non_null(p[k]);
    ok(l30->C_GetInfo(&info));
    assert_int_equal(info.cryptokiVersion.major, 3);
    ok(list->C_GetInfo(&info));
    assert_int_equal(info.cryptokiVersion.minor, 40);
    assert_memory_equal(info.manufacturerID, "Anchorhold                      ", 32);
    CK_VERSION v = {2, 40}, none = {3, 1};
    ok(C_GetInterface((CK_UTF8CHAR_PTR) "PKCS 11", &v, &i, 0));
    assert_ptr_equal(i->pFunctionList, list);
    says(CKR_FUNCTION_FAILED, C_GetInterface((CK_UTF8CHAR_PTR) "PKCS 11", &none, &i, 0));
    says(CKR_FUNCTION_FAILED, C_GetInterface((CK_UTF8CHAR_PTR) "Vendor", NULL, &i, 0));
    says(CKR_FUNCTION_FAILED, C_GetInterface(NULL, NULL, &i, CKF_INTERFACE_FORK_SAFE));
}

/* --- arguments and codes ---------------------------------------------------------------
 */

static void test_p11module_null_arguments(void **state)
{
    (void)state;
    CK_SESSION_HANDLE h = open_session();
    CK_BYTE b[8] = {0};
    CK_ULONG n = 8;
    CK_OBJECT_HANDLE o;
    const CK_RV got[] = {
        C_GetInfo(NULL),
        C_GetSlotList(CK_FALSE, NULL, NULL),
        C_GetSlotInfo(0, NULL),
        C_GetTokenInfo(0, NULL),
        C_GetMechanismList(0, NULL, NULL),
        C_GetMechanismInfo(0, 0, NULL),
        C_InitToken(0, NULL, 4, b),
        C_InitToken(0, b, 4, NULL),
        C_InitPIN(h, NULL, 4),
        C_SetPIN(h, NULL, 4, b, 4),
        C_SetPIN(h, b, 4, NULL, 4),
        C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, NULL),
        C_GetSessionInfo(h, NULL),
        C_Login(h, CKU_USER, NULL, 4),
        C_CreateObject(h, NULL, 1, &o),
        C_CreateObject(h, NULL, 0, NULL),
        C_CopyObject(h, 1, NULL, 1, &o),
        C_CopyObject(h, 1, NULL, 0, NULL),
        C_GetObjectSize(h, 1, NULL),
        C_GetAttributeValue(h, 1, NULL, 1),
        C_SetAttributeValue(h, 1, NULL, 1),
        C_FindObjectsInit(h, NULL, 1),
        C_FindObjects(h, NULL, 1, &n),
        C_FindObjects(h, &o, 1, NULL),
        C_EncryptInit(h, NULL, 1),
        C_Encrypt(h, NULL, 1, b, &n),
        C_Encrypt(h, b, 1, b, NULL),
        C_EncryptUpdate(h, NULL, 1, b, &n),
        C_EncryptUpdate(h, b, 1, b, NULL),
        C_EncryptFinal(h, b, NULL),
        C_DecryptInit(h, NULL, 1),
        C_Decrypt(h, b, 1, b, NULL),
        C_DecryptFinal(h, b, NULL),
        C_DigestInit(h, NULL),
        C_Digest(h, NULL, 1, b, &n),
        C_DigestUpdate(h, NULL, 1),
        C_DigestFinal(h, b, NULL),
        C_SignInit(h, NULL, 1),
        C_Sign(h, b, 1, b, NULL),
        C_SignUpdate(h, NULL, 1),
        C_SignFinal(h, b, NULL),
        C_VerifyInit(h, NULL, 1),
        C_Verify(h, b, 1, NULL, 8),
        C_VerifyFinal(h, NULL, 8),
        C_GenerateKey(h, NULL, NULL, 0, &o),
        C_GenerateKey(h, &ecdsa, NULL, 0, NULL),
        C_GenerateKeyPair(h, &ecdsa, NULL, 0, NULL, 0, &o, NULL),
        C_GenerateKeyPair(h, &ecdsa, NULL, 1, NULL, 0, &o, &o),
        C_WrapKey(h, NULL, 1, 1, b, &n),
        C_WrapKey(h, &ecdsa, 1, 1, b, NULL),
        C_UnwrapKey(h, &ecdsa, 1, NULL, 8, NULL, 0, &o),
        C_UnwrapKey(h, &ecdsa, 1, b, 8, NULL, 0, NULL),
        C_DeriveKey(h, NULL, 1, NULL, 0, &o),
        C_SeedRandom(h, NULL, 1),
        C_GenerateRandom(h, NULL, 1),
        C_WaitForSlotEvent(0, NULL, NULL),
    };
    for (size_t i = 0; i < sizeof got / sizeof got[0]; i++)
        if (got[i] != CKR_ARGUMENTS_BAD)
            fail_msg("row %zu of NULL arguments answered 0x%lx", i, got[i]);
    assert_int_equal(tee.nr[P11_CMD_CREATE_OBJECT], 0);
}

static void test_p11module_wide_handles_are_invalid(void **state)
{
    (void)state;
    const CK_ULONG wide = 0x100000007UL;
    CK_SESSION_HANDLE h = open_session(), other;
    CK_TOKEN_INFO info;
    CK_ULONG n;
    CK_ATTRIBUTE a = {CKA_LABEL, NULL, 0};
    CK_OBJECT_HANDLE o;
    CK_MECHANISM_INFO mi;
    says(CKR_SLOT_ID_INVALID, C_GetTokenInfo(1UL << 32, &info));
    says(CKR_SLOT_ID_INVALID,
         C_OpenSession(1UL << 32, CKF_SERIAL_SESSION, NULL, NULL, &other));
    says(CKR_SLOT_ID_INVALID, C_CloseAllSessions(1UL << 32));
    says(CKR_MECHANISM_INVALID, C_GetMechanismInfo(0, 1UL << 32, &mi));
    says(CKR_OBJECT_HANDLE_INVALID, C_DestroyObject(h, wide));
    says(CKR_OBJECT_HANDLE_INVALID, C_GetObjectSize(h, wide, &n));
    says(CKR_OBJECT_HANDLE_INVALID, C_GetAttributeValue(h, wide, &a, 1));
    says(CKR_KEY_HANDLE_INVALID, C_SignInit(h, &ecdsa, wide));
    says(CKR_UNWRAPPING_KEY_HANDLE_INVALID,
         C_UnwrapKey(h, &ecdsa, wide, (CK_BYTE_PTR) "x", 1, NULL, 0, &o));
    says(CKR_SESSION_HANDLE_INVALID, C_CloseSession(h | 1UL << 32));
    says(CKR_SESSION_HANDLE_INVALID, C_CloseSession(0));
    says(CKR_SESSION_PARALLEL_NOT_SUPPORTED, C_OpenSession(0, 0, NULL, NULL, &other));
    says(CKR_USER_TYPE_INVALID, C_Login(h, 3, NULL, 0));
    says(CKR_FUNCTION_NOT_SUPPORTED,
         C_LoginUser(h, CKU_USER, NULL, 0, (CK_UTF8CHAR_PTR) "u", 1));
    says(CKR_FUNCTION_NOT_PARALLEL, C_GetFunctionStatus(h));
    says(CKR_FUNCTION_NOT_PARALLEL, C_CancelFunction(h));
    says(CKR_FUNCTION_NOT_SUPPORTED, C_GetOperationState(h, NULL, &n));
    says(CKR_NO_EVENT, C_WaitForSlotEvent(CKF_DONT_BLOCK, &n, NULL));
    says(CKR_FUNCTION_NOT_SUPPORTED, C_WaitForSlotEvent(0, &n, NULL));
}

static void test_p11module_slots(void **state)
{
    (void)state;
    CK_SLOT_ID slots[3];
    CK_ULONG n = 0;
    CK_TOKEN_INFO info;
    ok(C_GetSlotList(CK_FALSE, NULL, &n));
    assert_int_equal(n, 3);
    n = 2;
    says(CKR_BUFFER_TOO_SMALL, C_GetSlotList(CK_FALSE, slots, &n));
    assert_int_equal(n, 3);
    ok(C_GetSlotList(CK_TRUE, slots, &n));
    assert_int_equal(n, 2);
    assert_int_equal(slots[1], 1);
    ok(C_GetTokenInfo(0, &info));
    assert_int_equal(info.ulMaxSessionCount, CK_UNAVAILABLE_INFORMATION);
}

/* --- sessions --------------------------------------------------------------------------
 */

static void test_p11module_closed_handles_stay_invalid(void **state)
{
    (void)state;
    CK_SESSION_HANDLE old[200];
    CK_SESSION_INFO info;
    for (size_t i = 0; i < 200; i++)
        old[i] = open_session();
    for (size_t i = 0; i < 200; i++)
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(old[i], old[j]);
    ok(C_GetSessionInfo(old[3], &info));
    for (size_t i = 0; i < 200; i++)
        ok(C_CloseSession(old[i]));
    for (size_t i = 0; i < 200; i++)
        open_session();
    for (size_t i = 0; i < 200; i++)
        says(CKR_SESSION_HANDLE_INVALID, C_CloseSession(old[i]));
}

static void test_p11module_close_all_is_for_one_slot(void **state)
{
    (void)state;
    CK_SESSION_HANDLE a = open_session(), b = open_session(), c;
    CK_SESSION_INFO info;
    ok(C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &c));
    ok(C_CloseAllSessions(0));
    says(CKR_SESSION_HANDLE_INVALID, C_GetSessionInfo(a, &info));
    says(CKR_SESSION_HANDLE_INVALID, C_GetSessionInfo(b, &info));
    ok(C_GetSessionInfo(c, &info));
    assert_int_equal(info.state, CKS_RW_PUBLIC_SESSION);
}

static void test_p11module_death_of_the_ta(void **state)
{
    (void)state;
    CK_SESSION_HANDLE a = open_session(), b = open_session(), c;
    CK_SESSION_INFO info;
    CK_ULONG n = 0;
    ok(sign(a, 1));
    tee.dead = true;
    says(CKR_DEVICE_REMOVED, C_GetSessionInfo(a, &info)); /* the one that noticed */
    says(CKR_SESSION_HANDLE_INVALID, C_GetSessionInfo(a, &info));
    says(CKR_SESSION_HANDLE_INVALID, sign(b, 1));
    c = open_session();
    ok(sign(c, 2));
    says(CKR_SESSION_HANDLE_INVALID, sign(a, 1));
    assert_int_equal(tee.opened, 2);
    tee.dead = true; /* noticed by nobody: the next call of a slot just works */
    ok(C_GetSlotList(CK_TRUE, NULL, &n));
    assert_int_equal(tee.opened, 3);
    says(CKR_SESSION_HANDLE_INVALID, sign(c, 2));
    tee.dead = true;
    ok(sign(open_session(), 3));
    assert_int_equal(tee.opened, 4);
    tee.dead = true;
    ok(C_InitToken(0, (CK_UTF8CHAR_PTR) "1234", 4,
                   (CK_UTF8CHAR_PTR) "12345678901234567890123456789012"));
    assert_int_equal(tee.nr[P11_CMD_INIT_TOKEN], 1);
}

static void test_p11module_answers_that_lie_are_refused(void **state)
{
    (void)state;
    CK_SESSION_HANDLE h = open_session();
    CK_SESSION_INFO info;
    CK_BYTE buf[80];
    CK_ULONG len = SIG_LEN;
    CK_SLOT_ID slots[8];
    tee.lie = 100000;
    says(CKR_DEVICE_ERROR, C_GetSessionInfo(h, &info));
    says(CKR_DEVICE_ERROR, C_GenerateRandom(h, buf, 16));
    ok(C_SignInit(h, &ecdsa, KEY));
    says(CKR_DEVICE_ERROR, C_Sign(h, buf, 1, buf, &len));
    assert_int_equal(len, SIG_LEN);
    len = 8;
    says(CKR_DEVICE_ERROR, C_GetSlotList(CK_FALSE, slots, &len));
    tee.lie = 3;
    says(CKR_DEVICE_ERROR, C_GetSlotList(CK_FALSE, slots, &len));
    says(CKR_DEVICE_ERROR, C_GetSessionInfo(h, &info));
    says(CKR_DEVICE_ERROR, C_GenerateRandom(h, buf, 16));
    tee.lie = 0;
    tee.words = 0;
    says(CKR_DEVICE_ERROR, C_GetSessionInfo(h, &info));
    tee.words = 4;
    ok(C_GetSessionInfo(h, &info));
}

/* --- operations ------------------------------------------------------------------------
 */

static void test_p11module_second_signature_is_one_call(void **state)
{
    (void)state;
    CK_SESSION_HANDLE h = open_session();
    for (CK_BYTE i = 0; i < 5; i++)
        ok(sign(h, i));
    assert_int_equal(tee.nr[P11_CMD_SIGN_INIT], 1);
    assert_int_equal(tee.nr[P11_CMD_SIGN_ONESHOT], 1);
    assert_int_equal(tee.once[1], 4);
    ok(C_Login(h, CKU_USER, (CK_UTF8CHAR_PTR) "1234", 4)); /* forgets */
    ok(sign(h, 9));
    assert_int_equal(tee.nr[P11_CMD_SIGN_INIT], 2);
    ok(C_DestroyObject(h, 1));
    ok(sign(h, 9));
    assert_int_equal(tee.nr[P11_CMD_SIGN_INIT], 3);
    says(CKR_KEY_HANDLE_INVALID, C_SignInit(h, &ecdsa, NO_KEY));
    says(CKR_KEY_HANDLE_INVALID, C_SignInit(h, &ecdsa, NO_KEY));
}

static void test_p11module_works_without_one_call_commands(void **state)
{
    (void)state;
    ok(C_Finalize(NULL));
    tee_reset();
    tee.caps = 0;
    ok(C_Initialize(NULL));
    CK_SESSION_HANDLE h = open_session();
    for (CK_BYTE i = 0; i < 5; i++)
        ok(sign(h, i));
    assert_int_equal(tee.nr[P11_CMD_SIGN_INIT], 5);
    assert_int_equal(tee.nr[P11_CMD_SIGN_ONESHOT], 5);
    assert_int_equal(tee.once[1], 0);
}

static void test_p11module_noted_operation_behaves_like_one(void **state)
{
    (void)state;
    CK_SESSION_HANDLE h = open_session();
    CK_BYTE sig[SIG_LEN];
    CK_ULONG len = 0;
    ok(sign(h, 1));
    ok(C_SignInit(h, &ecdsa, KEY)); /* from memory */
    assert_int_equal(tee.nr[P11_CMD_SIGN_INIT], 1);
    says(CKR_OPERATION_ACTIVE, C_SignInit(h, &ecdsa, KEY));
    ok(C_Sign(h, (CK_BYTE_PTR) "\5", 1, NULL, &len));
    assert_int_equal(len, SIG_LEN);
    len = 10;
    says(CKR_BUFFER_TOO_SMALL, C_Sign(h, (CK_BYTE_PTR) "\5", 1, sig, &len));
    assert_int_equal(len, SIG_LEN);
    ok(C_Sign(h, (CK_BYTE_PTR) "\5", 1, sig, &len));
    assert_int_equal(sig[0], 5);
    says(CKR_OPERATION_NOT_INITIALIZED, C_Sign(h, (CK_BYTE_PTR) "\5", 1, sig, &len));
    /* another operation beside it is the TA's to judge, so the noted one goes there first
     */
    ok(C_SignInit(h, &ecdsa, KEY));
    says(CKR_OPERATION_ACTIVE, C_DigestInit(h, &sha256));
    assert_int_equal(tee.nr[P11_CMD_SIGN_INIT], 2);
    ok(C_SignUpdate(h, (CK_BYTE_PTR) "\5", 1));
    ok(C_SignFinal(h, sig, &len));
    /* and multi-part puts it there */
    ok(C_SignInit(h, &ecdsa, KEY));
    ok(C_SignUpdate(h, (CK_BYTE_PTR) "\5", 1));
    assert_int_equal(tee.nr[P11_CMD_SIGN_INIT], 3);
    ok(C_SessionCancel(h, CKF_SIGN));
    says(CKR_OPERATION_NOT_INITIALIZED, C_SignFinal(h, sig, &len));
    ok(C_SignInit(h, &ecdsa, KEY));
    ok(C_SessionCancel(h, CKF_SIGN));
    says(CKR_OPERATION_NOT_INITIALIZED, C_Sign(h, (CK_BYTE_PTR) "\5", 1, sig, &len));
    ok(C_SessionCancel(h, CKF_SIGN | CKF_FIND_OBJECTS));
}

static void test_p11module_bad_arguments_end_the_operation(void **state)
{
    (void)state;
    CK_SESSION_HANDLE h = open_session();
    CK_BYTE sig[SIG_LEN];
    CK_ULONG len = sizeof sig;
    for (int i = 0; i < 2; i++) { /* in the TA, then noted */
        ok(C_SignInit(h, &ecdsa, KEY));
        says(CKR_ARGUMENTS_BAD, C_Sign(h, NULL, 1, sig, &len));
        says(CKR_OPERATION_NOT_INITIALIZED, C_Sign(h, (CK_BYTE_PTR) "\5", 1, sig, &len));
        ok(sign(h, 1));
    }
    assert_int_equal(tee.nr[P11_CMD_RELEASE_ACTIVE_PROCESSING], 1);
}

static void test_p11module_find_and_sign_exclude_each_other(void **state)
{
    (void)state;
    CK_SESSION_HANDLE h = open_session();
    CK_OBJECT_HANDLE found[4];
    CK_ULONG n;
    ok(sign(h, 1));
    says(CKR_OPERATION_NOT_INITIALIZED, C_FindObjects(h, NULL, 0, &n));
    ok(C_FindObjectsInit(h, NULL, 0));
    says(CKR_OPERATION_ACTIVE,
         C_SignInit(h, &ecdsa, KEY)); /* the memory is not asked now */
    ok(C_FindObjects(h, NULL, 0, &n));
    ok(C_FindObjects(h, found, 4, &n));
    assert_int_equal(n, 2);
    assert_int_equal(found[1], 2);
    ok(C_FindObjectsFinal(h));
    ok(sign(h, 1));
    assert_int_equal(tee.nr[P11_CMD_SIGN_INIT], 2);
    assert_int_equal(tee.once[1], 1);
}

static void test_p11module_query_of_an_update_is_no_update(void **state)
{
    (void)state;
    CK_SESSION_HANDLE h = open_session();
    CK_BYTE iv[16] = {0}, out[64], in[5] = {1};
    CK_MECHANISM cbc = {CKM_AES_CBC_PAD, iv, 16};
    CK_ULONG len = 0;
    tee.empty = true;
    ok(C_EncryptInit(h, &cbc, KEY));
    ok(C_EncryptUpdate(h, in, sizeof in, NULL, &len));
    assert_true(len >= 15);
    assert_int_equal(tee.nr[P11_CMD_ENCRYPT_UPDATE], 0);
    len = sizeof out;
    ok(C_EncryptUpdate(h, in, sizeof in, out, &len));
    assert_int_equal(len, 0);
    ok(C_EncryptFinal(h, NULL,
                      &len)); /* the TA takes this for the deed: nothing comes out */
    ok(C_EncryptFinal(h, NULL, &len));
    ok(C_EncryptFinal(h, out, &len));
    assert_int_equal(len, 0);
    says(CKR_OPERATION_NOT_INITIALIZED, C_EncryptFinal(h, out, &len));
    tee.empty = false;
}

/* A new IV is no reason to ask the TA again; another key, tag length or label is. */
static void test_p11module_memory_looks_at_what_matters(void **state)
{
    (void)state;
    CK_SESSION_HANDLE h = open_session();
    CK_BYTE iv[12] = {0}, out[64], aad[300] = {0};
    CK_GCM_PARAMS p = {iv, 12, 96, aad, 13, 128};
    CK_MECHANISM gcm = {CKM_AES_GCM, &p, sizeof p};
    const struct {
        CK_ULONG iv_n, aad_n, tag, asked;
    } rows[] = {{12, 13, 128, 1}, {12, 13, 128, 1}, {12, 20, 128, 1},  {12, 13, 96, 2},
                {11, 13, 128, 3}, {12, 13, 128, 3}, {12, 300, 128, 4}, {12, 300, 128, 5}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CK_ULONG len = sizeof out;
        iv[0]++;
        p.ulIvLen = rows[i].iv_n;
        p.ulAADLen = rows[i].aad_n;
        p.ulTagBits = rows[i].tag;
        ok(C_EncryptInit(h, &gcm, KEY));
        assert_int_equal(tee.nr[P11_CMD_ENCRYPT_INIT], rows[i].asked);
        (void)C_Encrypt(h, iv, 1, out, &len);
    }
}

static void test_p11module_large_templates_and_too_many(void **state)
{
    (void)state;
    CK_SESSION_HANDLE h = open_session();
    CK_OBJECT_HANDLE o;
    CK_BYTE *big = calloc(1, 300000);
    assert_non_null(big);
    CK_ATTRIBUTE a = {CKA_VALUE, big, 200000};
    ok(C_CreateObject(h, &a, 1, &o));
    assert_int_equal(o, 5);
    a.ulValueLen = 300000;
    says(CKR_ATTRIBUTE_VALUE_INVALID, C_CreateObject(h, &a, 1, &o));
    CK_ATTRIBUTE many[6];
    for (int i = 0; i < 6; i++)
        many[i] = (CK_ATTRIBUTE){CKA_VALUE, big, 200000};
    says(CKR_ARGUMENTS_BAD, C_CreateObject(h, many, 6, &o));
    says(CKR_ARGUMENTS_BAD, C_CreateObject(h, many, 1UL << 20, &o));
    says(CKR_ARGUMENTS_BAD, C_GetAttributeValue(h, 1, many, 1UL << 20));
    free(big);
}

/* --- large data
 * ------------------------------------------------------------------------- */

#define LARGE 700001u /* eleven pieces, the last one odd */

static CK_BYTE *large(void)
{
    CK_BYTE *p = malloc(LARGE + 64);
    assert_non_null(p);
    for (size_t i = 0; i < LARGE; i++)
        p[i] = (CK_BYTE)(i * 7 + i / 1000);
    return p;
}

static void test_p11module_large_digest_goes_in_pieces(void **state)
{
    (void)state;
    CK_SESSION_HANDLE h = open_session();
    CK_BYTE *in = large(), out[64];
    unsigned sum = 0;
    for (size_t i = 0; i < LARGE; i++)
        sum += in[i];
    for (unsigned i = 0; i < 3; i++) {
        CK_ULONG len = sizeof out;
        tee.no_memory = i == 0; /* then it goes whole, as ever */
        ok(C_DigestInit(h, &sha256));
        ok(C_Digest(h, in, LARGE, out, &len));
        assert_int_equal(tee.nr[P11_CMD_DIGEST_UPDATE], i * 11);
        if (i == 0)
            continue;
        assert_int_equal(len, 32);
        assert_int_equal(out[0] | out[1] << 8, sum & 0xffff);
    }
    CK_ULONG len = 32; /* might be too little, and there is no way back from pieces */
    ok(C_DigestInit(h, &sha256));
    assert_int_not_equal(C_Digest(h, in, LARGE, out, &len), CKR_DEVICE_ERROR);
    assert_int_equal(tee.nr[P11_CMD_DIGEST_UPDATE], 22);
    ok(C_SessionCancel(h, CKF_DIGEST));
    len = sizeof out; /* nor for an operation that was given data before */
    ok(C_DigestInit(h, &sha256));
    ok(C_DigestUpdate(h, in, 1));
    ok(C_Digest(h, in, LARGE, out, &len));
    assert_int_equal(tee.nr[P11_CMD_DIGEST_UPDATE], 23);
    free(in);
}

static void test_p11module_large_encryption_goes_in_pieces(void **state)
{
    (void)state;
    CK_SESSION_HANDLE h = open_session();
    CK_BYTE *in = large(), *out = large(), iv[12] = {0};
    CK_GCM_PARAMS p = {iv, 12, 96, NULL, 0, 128};
    CK_MECHANISM gcm = {CKM_AES_GCM, &p, sizeof p};
    for (int place = 0; place < 3; place++) { /* elsewhere, in place, in the way */
        CK_BYTE *to = place == 0 ? out : place == 1 ? in : in + 1;
        CK_ULONG len = LARGE + 16;
        CK_BYTE first = in[0], last = in[LARGE - 1];
        tee.nr[P11_CMD_ENCRYPT_UPDATE] = 0;
        ok(C_EncryptInit(h, &gcm, KEY));
        CK_RV rv = C_Encrypt(h, in, LARGE, to, &len);
        assert_int_equal(tee.nr[P11_CMD_ENCRYPT_UPDATE], place == 2 ? 0 : 11);
        if (place == 2)
            continue;
        ok(rv);
        assert_int_equal(len, LARGE + 16);
        assert_int_equal(to[0], first ^ 0x80);
        assert_int_equal(to[LARGE - 1], last ^ 0x80);
    }
    free(in);
    free(out);
}

static void test_p11module_failing_piece_ends_the_operation(void **state)
{
    (void)state;
    CK_SESSION_HANDLE h = open_session();
    CK_BYTE *in = large(), *out = large(), iv[16] = {0};
    CK_MECHANISM cbc = {CKM_AES_CBC_PAD, iv, 16};
    for (unsigned n = 1; n <= 11; n++) {
        CK_ULONG len = LARGE + 16;
        ok(C_EncryptInit(h, &cbc, KEY));
        tee.fail_after = n;
        says(CKR_FUNCTION_FAILED, C_Encrypt(h, in, LARGE, out, &len));
        assert_int_equal(tee.begun, 0);
        says(CKR_OPERATION_NOT_INITIALIZED, C_Encrypt(h, in, 1, out, &len));
    }
    CK_ULONG len = LARGE + 16;
    ok(C_EncryptInit(h, &cbc, KEY));
    tee.lie = 70000; /* more than was asked for */
    says(CKR_DEVICE_ERROR, C_Encrypt(h, in, LARGE, out, &len));
    tee.lie = 0;
    assert_int_equal(tee.begun, 0);
    says(CKR_OPERATION_NOT_INITIALIZED, C_Encrypt(h, in, 1, out, &len));
    free(in);
    free(out);
}

/* --- fork and threads ------------------------------------------------------------------
 */

static int child(CK_SESSION_HANDLE h)
{
    unsigned sessions = tee.sessions;
    CK_SESSION_INFO info;
    if (C_GetSessionInfo(h, &info) != CKR_CRYPTOKI_NOT_INITIALIZED)
        return 1;
    if (C_Finalize(NULL) != CKR_CRYPTOKI_NOT_INITIALIZED)
        return 2;
    if (C_Initialize(NULL) != CKR_OK)
        return 3;
    if (C_GetSessionInfo(h, &info) != CKR_SESSION_HANDLE_INVALID)
        return 4;
    if (sign(open_session(), 1) != CKR_OK)
        return 5;
    if (C_Finalize(NULL) != CKR_OK)
        return 6;
    return tee.sessions == sessions ? 0
                                    : 7; /* the parent's session was not closed here */
}

static void test_p11module_fork(void **state)
{
    (void)state;
    CK_SESSION_HANDLE h = open_session();
    ok(sign(h, 1));
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(child(h));
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    ok(sign(h, 2));
}

static _Atomic bool stop;

static void *signer(void *arg)
{
    CK_RV *worst = arg;
    for (unsigned i = 0; i < 300 && *worst == CKR_OK; i++) {
        CK_SESSION_HANDLE h;
        *worst = C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &h);
        for (CK_BYTE j = 0; j < 4 && *worst == CKR_OK; j++)
            *worst = sign(h, j);
        if (*worst == CKR_OK)
            *worst = C_CloseSession(h);
    }
    return NULL;
}

static void test_p11module_sixteen_threads(void **state)
{
    (void)state;
    pthread_t t[16];
    CK_RV rv[16] = {0};
    for (int i = 0; i < 16; i++)
        assert_int_equal(pthread_create(&t[i], NULL, signer, &rv[i]), 0);
    for (int i = 0; i < 16; i++) {
        pthread_join(t[i], NULL);
        ok(rv[i]);
    }
}

static CK_SESSION_HANDLE shared;

static void *intruder(void *arg)
{
    (void)arg;
    CK_SESSION_INFO info;
    CK_RV rv;
    do {
        rv = C_GetSessionInfo(shared, &info);
        if (rv != CKR_OK && rv != CKR_CRYPTOKI_NOT_INITIALIZED &&
            rv != CKR_SESSION_HANDLE_INVALID)
            return (void *)(uintptr_t)rv;
    } while (!stop);
    return NULL;
}

static void test_p11module_finalize_among_calls(void **state)
{
    (void)state;
    pthread_t t[8];
    shared = open_session();
    stop = false;
    for (int i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&t[i], NULL, intruder, NULL), 0);
    for (int i = 0; i < 50; i++) {
        ok(C_Finalize(NULL));
        assert_int_equal(tee.sessions, 0);
        ok(C_Initialize(NULL));
        open_session();
    }
    stop = true;
    for (int i = 0; i < 8; i++) {
        void *rv;
        pthread_join(t[i], &rv);
        assert_null(rv);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_p11module_initialize_arguments),
        cmocka_unit_test(test_p11module_callers_mutexes_are_used),
        cmocka_unit_test(test_p11module_without_a_tee_initialize_says_so),
        cmocka_unit_test(test_p11module_login_type_by_environment),
        cmocka_unit_test(test_p11module_nothing_works_before_initialize),
        cmocka_unit_test_setup_teardown(test_p11module_lists_are_complete, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_p11module_null_arguments, setup, teardown),
        cmocka_unit_test_setup_teardown(test_p11module_wide_handles_are_invalid, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_p11module_slots, setup, teardown),
        cmocka_unit_test_setup_teardown(test_p11module_closed_handles_stay_invalid, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_p11module_close_all_is_for_one_slot, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_p11module_death_of_the_ta, setup, teardown),
        cmocka_unit_test_setup_teardown(test_p11module_answers_that_lie_are_refused,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_p11module_second_signature_is_one_call,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_p11module_works_without_one_call_commands,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_p11module_noted_operation_behaves_like_one,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_p11module_bad_arguments_end_the_operation,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_p11module_find_and_sign_exclude_each_other,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_p11module_query_of_an_update_is_no_update,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_p11module_memory_looks_at_what_matters,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_p11module_large_templates_and_too_many,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_p11module_large_digest_goes_in_pieces, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_p11module_large_encryption_goes_in_pieces,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_p11module_failing_piece_ends_the_operation,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_p11module_fork, setup, teardown),
        cmocka_unit_test_setup_teardown(test_p11module_sixteen_threads, setup, teardown),
        cmocka_unit_test_setup_teardown(test_p11module_finalize_among_calls, setup,
                                        teardown),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
