/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libteec against the hosted TEE, as a program sees it: parameters of every kind, errors
 * and their origins, cancellation, panics, forks, deaths of the daemon, many threads.
 * Drives the hello and the probe TA. Needs ANCHORHOLD_STATE and BUILD (the directory of
 * the build).
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <openssl/sha.h>
#include "anchorhold_teec.h"
#include "hello_ta.h"
#include "ta/probe/probe.h"

#define TYPES(p0, p1, p2) TEEC_PARAM_TYPES(TEEC_##p0, TEEC_##p1, TEEC_##p2, TEEC_NONE)

static const TEEC_UUID hello_uuid = HELLO_TA_UUID;
static const TEEC_UUID probe_uuid = PROBE_TA_UUID;
static int nr, bad;

static bool ok(bool pass, const char *name)
{
    printf("%sok %d - %s\n", pass ? "" : "not ", ++nr, name);
    fflush(stdout);
    bad += !pass;
    return pass;
}

static bool is(TEEC_Result got, TEEC_Result want, const char *name)
{
    if (got != want)
        printf("# result 0x%08x, expected 0x%08x: %s\n", got, want, AH_LastMessage());
    return ok(got == want, name);
}

static void sleep_ms(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A context and a session to the probe. */
struct probe {
    TEEC_Context ctx;
    TEEC_Session s;
};

static TEEC_Result probe_open(struct probe *p)
{
    TEEC_Result r = TEEC_InitializeContext(NULL, &p->ctx);
    if (r == TEEC_SUCCESS)
        r = TEEC_OpenSession(&p->ctx, &p->s, &probe_uuid, TEEC_LOGIN_PUBLIC, NULL, NULL,
                             NULL);
    return r;
}

static void probe_close(struct probe *p)
{
    TEEC_CloseSession(&p->s);
    TEEC_FinalizeContext(&p->ctx);
}

/* --- hello
 * ------------------------------------------------------------------------------------ */

static void test_hello(void)
{
    TEEC_Context ctx;
    TEEC_Session s;
    uint32_t origin;
    if (!is(TEEC_InitializeContext(NULL, &ctx), TEEC_SUCCESS, "a context opens"))
        exit(1);
    is(TEEC_OpenSession(&ctx, &s, &hello_uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, &origin),
       TEEC_SUCCESS, "a session to hello opens");
    TEEC_Operation op = {.paramTypes = TYPES(VALUE_INOUT, NONE, NONE)};
    op.params[0].value.a = 41;
    is(TEEC_InvokeCommand(&s, HELLO_INCREMENT, &op, &origin), TEEC_SUCCESS, "increment");
    ok(op.params[0].value.a == 42 && origin == TEEC_ORIGIN_TRUSTED_APP, "41 becomes 42");

    uint8_t hash[32], want[32];
    op = (TEEC_Operation){.paramTypes =
                              TYPES(MEMREF_TEMP_INPUT, MEMREF_TEMP_OUTPUT, NONE)};
    op.params[0].tmpref = (TEEC_TempMemoryReference){(void *)(uintptr_t) "abc", 3};
    op.params[1].tmpref = (TEEC_TempMemoryReference){hash, 5};
    is(TEEC_InvokeCommand(&s, HELLO_DIGEST, &op, NULL), TEEC_ERROR_SHORT_BUFFER,
       "a digest does not fit 5 bytes");
    ok(op.params[1].tmpref.size == 32, "and the length is told");
    op.params[1].tmpref.size = sizeof hash;
    is(TEEC_InvokeCommand(&s, HELLO_DIGEST, &op, NULL), TEEC_SUCCESS, "digest");
    SHA256((const uint8_t *)"abc", 3, want);
    ok(memcmp(hash, want, sizeof hash) == 0, "is the SHA-256 of abc");

    uint32_t first;
    op = (TEEC_Operation){.paramTypes = TYPES(VALUE_OUTPUT, NONE, NONE)};
    is(TEEC_InvokeCommand(&s, HELLO_COUNT, &op, NULL), TEEC_SUCCESS,
       "count in secure storage");
    first = op.params[0].value.a;
    TEEC_CloseSession(&s);
    TEEC_OpenSession(&ctx, &s, &hello_uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, NULL);
    is(TEEC_InvokeCommand(&s, HELLO_COUNT, &op, NULL), TEEC_SUCCESS,
       "count in a new session");
    ok(op.params[0].value.a == first + 1, "goes on where it was");
    is(TEEC_InvokeCommand(&s, 99, NULL, &origin), TEEC_ERROR_NOT_SUPPORTED,
       "unknown command");
    ok(origin == TEEC_ORIGIN_TRUSTED_APP, "is the TA's answer");
    TEEC_CloseSession(&s);
    TEEC_FinalizeContext(&ctx);
}

/* --- parameters
 * ------------------------------------------------------------------------------- */

static uint8_t *noise(size_t len)
{
    uint8_t *b = malloc(len);
    for (size_t i = 0; i < len; i++)
        b[i] = (uint8_t)(i * 2654435761u >> 13);
    return b;
}

static void test_sizes(struct probe *p)
{
    static const size_t sizes[] = {0,       1,       63,      64,      65,
                                   4096,    65537,   1 << 20, 2 << 20, 3 << 20,
                                   4 << 20, 9 << 20, 3 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char name[80];
        size_t len = sizes[i];
        uint8_t *in = noise(len + 1), *out = calloc(1, len + 1);
        TEEC_Operation op = {
            .paramTypes = TYPES(MEMREF_TEMP_INPUT, MEMREF_TEMP_OUTPUT, VALUE_OUTPUT)};
        op.params[0].tmpref = (TEEC_TempMemoryReference){in, len};
        op.params[1].tmpref = (TEEC_TempMemoryReference){out, len};
        TEEC_Result r = TEEC_InvokeCommand(&p->s, PROBE_COPY, &op, NULL);
        snprintf(name, sizeof name, "temporary memory of %zu bytes, in and out", len);
        ok(r == TEEC_SUCCESS && op.params[1].tmpref.size == len &&
               memcmp(in, out, len) == 0 && out[len] == 0 &&
               op.params[2].value.b == (uint32_t)len && op.params[2].value.a == 0,
           name);
        free(in);
        free(out);
    }
}

static void test_null(struct probe *p)
{
    TEEC_Operation op = {.paramTypes =
                             TYPES(MEMREF_TEMP_INPUT, MEMREF_TEMP_OUTPUT, VALUE_OUTPUT)};
    op.params[0].tmpref = (TEEC_TempMemoryReference){NULL, 77};
    op.params[1].tmpref = (TEEC_TempMemoryReference){NULL, 0};
    is(TEEC_InvokeCommand(&p->s, PROBE_COPY, &op, NULL), TEEC_SUCCESS, "NULL memory");
    ok(op.params[2].value.a == 1 && op.params[2].value.b == 77,
       "arrives as NULL with its size");
    op.params[0].tmpref = (TEEC_TempMemoryReference){(void *)(uintptr_t) "abcd", 4};
    is(TEEC_InvokeCommand(&p->s, PROBE_COPY, &op, NULL), TEEC_ERROR_SHORT_BUFFER,
       "an output of no size is a question for the size");
    ok(op.params[1].tmpref.size == 4, "and is answered");
}

static void test_boast(struct probe *p)
{
    uint8_t small[16] = {0};
    TEEC_Operation op = {.paramTypes = TYPES(MEMREF_TEMP_OUTPUT, NONE, NONE)};
    op.params[0].tmpref = (TEEC_TempMemoryReference){small, 8};
    is(TEEC_InvokeCommand(&p->s, PROBE_BOAST, &op, NULL), TEEC_ERROR_SHORT_BUFFER,
       "a TA that claims a gigabyte");
    ok(op.params[0].tmpref.size == (size_t)1 << 30 && small[8] == 0,
       "is quoted and nothing is written");
}

static void test_values(struct probe *p)
{
    uint32_t origin;
    TEEC_Operation op = {.paramTypes = TYPES(VALUE_INPUT, VALUE_OUTPUT, NONE)};
    op.params[0].value.a = 0xffff1234;
    op.params[1].value.a = op.params[1].value.b = 99;
    is(TEEC_InvokeCommand(&p->s, PROBE_FAIL, &op, &origin), 0xffff1234,
       "a TA's own error");
    ok(origin == TEEC_ORIGIN_TRUSTED_APP && op.params[1].value.a == 7,
       "comes with its outputs");
    op = (TEEC_Operation){.paramTypes = TYPES(VALUE_INOUT, NONE, NONE)};
    op.params[0].value = (TEEC_Value){0xdeadbeef, 0x80000001};
    is(TEEC_InvokeCommand(&p->s, PROBE_SWAP, &op, NULL), TEEC_SUCCESS,
       "values of 32 bits");
    ok(op.params[0].value.a == 0x80000001 && op.params[0].value.b == 0xdeadbeef,
       "are exchanged");
    op.paramTypes = 0xb;
    is(TEEC_InvokeCommand(&p->s, PROBE_SWAP, &op, &origin), TEEC_ERROR_BAD_PARAMETERS,
       "an impossible parameter type");
    ok(origin == TEEC_ORIGIN_API, "is refused by the library");
}

static bool inverted(const uint8_t *a, const uint8_t *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((a[i] ^ b[i]) != 0xff)
            return false;
    }
    return true;
}

/* Whole and partial references to shared memory that was made by make. */
static void test_shared(struct probe *p, bool allocate, size_t len, const char *kind)
{
    char name[96];
    uint8_t *before = noise(len);
    TEEC_SharedMemory m = {.size = len, .flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT};
    m.buffer = allocate ? NULL : malloc(len);
    TEEC_Result r = allocate ? TEEC_AllocateSharedMemory(&p->ctx, &m)
                             : TEEC_RegisterSharedMemory(&p->ctx, &m);
    snprintf(name, sizeof name, "%s memory of %zu bytes", kind, len);
    if (!is(r, TEEC_SUCCESS, name))
        return;
    uint8_t *b = m.buffer;
    memcpy(b, before, len);
    TEEC_Operation op = {.paramTypes = TYPES(MEMREF_WHOLE, NONE, NONE)};
    op.params[0].memref = (TEEC_RegisteredMemoryReference){.parent = &m};
    r = TEEC_InvokeCommand(&p->s, PROBE_INVERT, &op, NULL);
    snprintf(name, sizeof name, "%s memory, whole", kind);
    ok(r == TEEC_SUCCESS && inverted(b, before, len), name);

    memcpy(b, before, len);
    op.paramTypes = TYPES(MEMREF_PARTIAL_INOUT, NONE, NONE);
    op.params[0].memref = (TEEC_RegisteredMemoryReference){&m, len / 2, len / 4};
    r = TEEC_InvokeCommand(&p->s, PROBE_INVERT, &op, NULL);
    snprintf(name, sizeof name, "%s memory, a part and nothing else", kind);
    ok(r == TEEC_SUCCESS && memcmp(b, before, len / 4) == 0 &&
           inverted(b + len / 4, before + len / 4, len / 2) &&
           memcmp(b + len / 4 + len / 2, before + len / 4 + len / 2,
                  len - len / 4 - len / 2) == 0,
       name);
    op.params[0].memref = (TEEC_RegisteredMemoryReference){&m, len, 1};
    snprintf(name, sizeof name, "%s memory, a part beyond its end is refused", kind);
    is(TEEC_InvokeCommand(&p->s, PROBE_INVERT, &op, NULL), TEEC_ERROR_BAD_PARAMETERS,
       name);
    op.params[0].memref = (TEEC_RegisteredMemoryReference){&m, 2, SIZE_MAX - 1};
    snprintf(name, sizeof name, "%s memory, an offset that wraps is refused", kind);
    is(TEEC_InvokeCommand(&p->s, PROBE_INVERT, &op, NULL), TEEC_ERROR_BAD_PARAMETERS,
       name);
    TEEC_ReleaseSharedMemory(&m);
    op.params[0].memref = (TEEC_RegisteredMemoryReference){&m, 1, 0};
    snprintf(name, sizeof name, "%s memory, released, is refused", kind);
    ok(TEEC_InvokeCommand(&p->s, PROBE_INVERT, &op, NULL) != TEEC_SUCCESS, name);
    if (!allocate)
        free(b);
    free(before);
}

static void test_directions(struct probe *p)
{
    TEEC_SharedMemory m = {.size = 64, .flags = TEEC_MEM_INPUT};
    is(TEEC_AllocateSharedMemory(&p->ctx, &m), TEEC_SUCCESS, "memory for input alone");
    TEEC_Operation op = {.paramTypes = TYPES(MEMREF_PARTIAL_OUTPUT, NONE, NONE)};
    op.params[0].memref = (TEEC_RegisteredMemoryReference){&m, 8, 0};
    is(TEEC_InvokeCommand(&p->s, PROBE_BOAST, &op, NULL), TEEC_ERROR_BAD_PARAMETERS,
       "is refused for output");
    TEEC_ReleaseSharedMemory(&m);
    m = (TEEC_SharedMemory){.size = 0, .flags = TEEC_MEM_OUTPUT};
    is(TEEC_AllocateSharedMemory(&p->ctx, &m), TEEC_SUCCESS, "memory of no size");
    TEEC_ReleaseSharedMemory(&m);
    m = (TEEC_SharedMemory){.size = 8, .flags = 0};
    is(TEEC_AllocateSharedMemory(&p->ctx, &m), TEEC_ERROR_BAD_PARAMETERS,
       "memory without direction is refused");
}

static void test_access(struct probe *p)
{
    uint8_t b[64];
    TEEC_Operation op = {.paramTypes = TYPES(MEMREF_TEMP_INOUT, NONE, NONE)};
    op.params[0].tmpref = (TEEC_TempMemoryReference){b, sizeof b};
    is(TEEC_InvokeCommand(&p->s, PROBE_ACCESS, &op, NULL), TEEC_SUCCESS,
       "the TA's access rights are what GP says");
}

static void test_identity(struct probe *p)
{
    struct {
        uint32_t login;
        TEEC_UUID uuid;
    } id;
    TEEC_Session s;
    TEEC_Operation op = {.paramTypes = TYPES(MEMREF_TEMP_OUTPUT, NONE, NONE)};
    op.params[0].tmpref = (TEEC_TempMemoryReference){&id, sizeof id};
    is(TEEC_InvokeCommand(&p->s, PROBE_WHO, &op, NULL), TEEC_SUCCESS, "identity, public");
    ok(id.login == TEEC_LOGIN_PUBLIC && id.uuid.timeLow == 0, "is nobody");
    is(TEEC_OpenSession(&p->ctx, &s, &probe_uuid, TEEC_LOGIN_USER, NULL, NULL, NULL),
       TEEC_SUCCESS, "a session of the user");
    op.params[0].tmpref.size = sizeof id;
    is(TEEC_InvokeCommand(&s, PROBE_WHO, &op, NULL), TEEC_SUCCESS, "identity, user");
    ok(id.login == TEEC_LOGIN_USER && id.uuid.timeHiAndVersion >> 12 == 5,
       "is a name-based UUID");
    TEEC_CloseSession(&s);
    uint32_t gid = getegid(), foreign = 0x7ffffff0;
    is(TEEC_OpenSession(&p->ctx, &s, &probe_uuid, TEEC_LOGIN_GROUP, &gid, NULL, NULL),
       TEEC_SUCCESS, "a session of the group");
    TEEC_CloseSession(&s);
    is(TEEC_OpenSession(&p->ctx, &s, &probe_uuid, TEEC_LOGIN_GROUP, &foreign, NULL, NULL),
       TEEC_ERROR_ACCESS_DENIED, "a session of a foreign group is refused");
}

/* --- sessions
 * --------------------------------------------------------------------------------- */

static void test_open(struct probe *p)
{
    uint32_t origin;
    TEEC_Session s;
    const TEEC_UUID unknown = {1, 2, 3, {4}};
    is(TEEC_OpenSession(&p->ctx, &s, &unknown, TEEC_LOGIN_PUBLIC, NULL, NULL, &origin),
       TEEC_ERROR_ITEM_NOT_FOUND, "an unknown TA");
    ok(origin == TEEC_ORIGIN_TEE, "is the TEE's answer");
    TEEC_Operation op = {.paramTypes = TYPES(VALUE_INPUT, NONE, NONE)};
    op.params[0].value.a = TEEC_ERROR_ACCESS_CONFLICT;
    is(TEEC_OpenSession(&p->ctx, &s, &probe_uuid, TEEC_LOGIN_PUBLIC, NULL, &op, &origin),
       TEEC_ERROR_ACCESS_CONFLICT, "a TA that refuses the session");
    ok(origin == TEEC_ORIGIN_TRUSTED_APP, "is its own answer");
    is(TEEC_InvokeCommand(&s, PROBE_EMPTY, NULL, NULL), TEEC_ERROR_BAD_STATE,
       "the refused session cannot be used");
    is(TEEC_OpenSession(&p->ctx, &s, &probe_uuid, TEEC_LOGIN_GROUP, NULL, NULL, NULL),
       TEEC_ERROR_BAD_PARAMETERS, "a group login without a group");
    is(TEEC_OpenSession(NULL, &s, &probe_uuid, 0, NULL, NULL, NULL),
       TEEC_ERROR_BAD_PARAMETERS, "no context");
    TEEC_Session copy = p->s;
    TEEC_OpenSession(&p->ctx, &s, &probe_uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, NULL);
    copy = s;
    TEEC_CloseSession(&s);
    TEEC_CloseSession(&copy);
    is(TEEC_InvokeCommand(&copy, PROBE_EMPTY, NULL, NULL), TEEC_ERROR_BAD_STATE,
       "a session closed twice is dead, not somebody else");
    TEEC_CloseSession(NULL);
    TEEC_FinalizeContext(NULL);
    TEEC_ReleaseSharedMemory(NULL);
    is(TEEC_InvokeCommand(NULL, 0, NULL, NULL), TEEC_ERROR_BAD_PARAMETERS, "no session");
}

static void test_hello_from_probe(struct probe *p)
{
    TEEC_Operation op = {.paramTypes = TYPES(VALUE_INOUT, NONE, NONE)};
    op.params[0].value.a = 6;
    is(TEEC_InvokeCommand(&p->s, PROBE_HELLO, &op, NULL), TEEC_SUCCESS,
       "a call from TA to TA");
    ok(op.params[0].value.a == 7, "brings the answer");
}

static void test_split(struct probe *p)
{
    TEEC_Operation op[3];
    AH_Call call[3];
    bool good = true;
    for (uint32_t i = 0; i < 3; i++) {
        op[i] = (TEEC_Operation){.paramTypes = TYPES(VALUE_INOUT, NONE, NONE)};
        op[i].params[0].value = (TEEC_Value){i, 100 + i};
        good =
            good && AH_BeginInvoke(&p->s, PROBE_SWAP, &op[i], &call[i]) == TEEC_SUCCESS;
    }
    for (uint32_t i = 3; i-- > 0;) {
        good = good && AH_EndInvoke(&call[i], NULL) == TEEC_SUCCESS &&
               op[i].params[0].value.a == 100 + i && op[i].params[0].value.b == i;
    }
    ok(good, "three calls begun, then ended in another order");
    is(AH_EndInvoke(&call[0], NULL), TEEC_ERROR_BAD_STATE, "a call ended twice");
}

/* --- cancellation
 * ----------------------------------------------------------------------------- */

struct waiter {
    struct probe *p;
    TEEC_Operation op;
    TEEC_Result r;
    uint32_t origin;
};

static void *wait_main(void *arg)
{
    struct waiter *w = arg;
    w->r = TEEC_InvokeCommand(&w->p->s, PROBE_WAIT, &w->op, &w->origin);
    return NULL;
}

static void test_cancel(struct probe *p)
{
    struct waiter w[2];
    pthread_t t[2];
    for (int i = 0; i < 2; i++) {
        w[i] =
            (struct waiter){.p = p, .op = {.paramTypes = TYPES(VALUE_INPUT, NONE, NONE)}};
        w[i].op.params[0].value.a = i ? 300 : 60000;
        pthread_create(&t[i], NULL, wait_main, &w[i]);
    }
    sleep_ms(100);
    int64_t begin = now_ms();
    TEEC_RequestCancellation(&w[0].op);
    pthread_join(t[0], NULL);
    int64_t took = now_ms() - begin;
    pthread_join(t[1], NULL);
    is(w[0].r, TEEC_ERROR_CANCEL, "a waiting call is cancelled");
    ok(w[0].origin == TEEC_ORIGIN_TRUSTED_APP && took < 30000,
       "by the TA, long before its time");
    is(w[1].r, TEEC_SUCCESS, "another call of the session is not");
    TEEC_RequestCancellation(&w[0].op); /* of a call that is over: nothing happens */
    is(TEEC_InvokeCommand(&p->s, PROBE_EMPTY, NULL, NULL), TEEC_SUCCESS,
       "the session goes on");
}

static void test_close_busy(struct probe *p)
{
    struct probe q = {.ctx = p->ctx};
    TEEC_OpenSession(&q.ctx, &q.s, &probe_uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, NULL);
    struct waiter w = {.p = &q, .op = {.paramTypes = TYPES(VALUE_INPUT, NONE, NONE)}};
    pthread_t t;
    w.op.params[0].value.a = 60000;
    pthread_create(&t, NULL, wait_main, &w);
    sleep_ms(100);
    TEEC_CloseSession(&q.s);
    pthread_join(t, NULL);
    is(w.r, TEEC_ERROR_CANCEL, "closing a session cancels its calls");
}

/* --- deaths
 * ----------------------------------------------------------------------------------- */

static void test_panic(uint32_t command, const char *name)
{
    struct probe a, b;
    uint32_t origin = 0;
    if (probe_open(&a) != TEEC_SUCCESS || probe_open(&b) != TEEC_SUCCESS) {
        ok(false, "sessions for a panic");
        return;
    }
    TEEC_Operation op = {.paramTypes =
                             command == PROBE_PANIC ? TYPES(VALUE_INPUT, NONE, NONE) : 0};
    op.params[0].value.a = 0x1234;
    is(TEEC_InvokeCommand(&a.s, command, &op, &origin), TEEC_ERROR_TARGET_DEAD, name);
    ok(origin == TEEC_ORIGIN_TEE, "origin TEE");
    printf("# reason given: %s\n", AH_LastMessage());
    is(TEEC_InvokeCommand(&a.s, PROBE_EMPTY, NULL, &origin), TEEC_ERROR_TARGET_DEAD,
       "the session stays dead");
    is(TEEC_InvokeCommand(&b.s, PROBE_EMPTY, NULL, &origin), TEEC_ERROR_TARGET_DEAD,
       "and so are the other sessions of the instance");
    TEEC_CloseSession(&a.s);
    is(TEEC_OpenSession(&a.ctx, &a.s, &probe_uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, NULL),
       TEEC_SUCCESS, "a new session gets a new instance");
    is(TEEC_InvokeCommand(&a.s, PROBE_EMPTY, NULL, NULL), TEEC_SUCCESS, "that works");
    probe_close(&a);
    probe_close(&b);
}

/* The process that serves our state directory and is called so. */
static pid_t find_daemon(void)
{
    char command[4400], line[64] = "";
    snprintf(command, sizeof command,
             "for p in /proc/[0-9]*; do case $(readlink $p/exe) in */anchorhold-host) "
             "tr '\\0' '\\n' <$p/cmdline | grep -qxF \"$(realpath '%s')\" && echo "
             "${p#/proc/};; "
             "esac; done 2>/dev/null",
             getenv("ANCHORHOLD_STATE"));
    FILE *f = popen(command, "r");
    if (f) {
        if (!fgets(line, sizeof line, f))
            line[0] = 0;
        pclose(f);
    }
    return (pid_t)atoi(line);
}

static void test_daemon_dies(void)
{
    struct probe p;
    uint32_t origin;
    if (!is(probe_open(&p), TEEC_SUCCESS, "a session before the daemon dies"))
        return;
    struct waiter w = {.p = &p, .op = {.paramTypes = TYPES(VALUE_INPUT, NONE, NONE)}};
    pthread_t t;
    w.op.params[0].value.a = 60000;
    pthread_create(&t, NULL, wait_main, &w);
    sleep_ms(100);
    pid_t daemon = find_daemon();
    ok(daemon > 1, "the daemon is found");
    if (daemon > 1)
        kill(daemon, SIGKILL);
    pthread_join(t, NULL);
    ok(w.r == TEEC_ERROR_TARGET_DEAD || w.r == TEEC_ERROR_COMMUNICATION,
       "a call in flight ends when the daemon is killed");
    TEEC_Result r = TEEC_InvokeCommand(&p.s, PROBE_EMPTY, NULL, &origin);
    ok(r == TEEC_ERROR_TARGET_DEAD || r == TEEC_ERROR_COMMUNICATION, "so does the next");
    TEEC_CloseSession(&p.s);
    is(TEEC_OpenSession(&p.ctx, &p.s, &probe_uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, NULL),
       TEEC_SUCCESS, "the same context reaches a new daemon");
    is(TEEC_InvokeCommand(&p.s, PROBE_EMPTY, NULL, NULL), TEEC_SUCCESS, "that works");
    probe_close(&p);
}

/* --- fork
 * -------------------------------------------------------------------------------------
 */

static int child_main(struct probe *p, TEEC_SharedMemory *m)
{
    struct probe own;
    TEEC_Operation op = {.paramTypes = TYPES(MEMREF_WHOLE, NONE, NONE)};
    op.params[0].memref.parent = m;
    if (TEEC_InvokeCommand(&p->s, PROBE_EMPTY, NULL, NULL) != TEEC_ERROR_BAD_STATE)
        return 1;
    TEEC_ReleaseSharedMemory(m);
    probe_close(p);
    if (probe_open(&own) != TEEC_SUCCESS)
        return 2;
    if (TEEC_InvokeCommand(&own.s, PROBE_INVERT, &op, NULL) == TEEC_SUCCESS)
        return 3;
    if (TEEC_InvokeCommand(&own.s, PROBE_EMPTY, NULL, NULL) != TEEC_SUCCESS)
        return 4;
    probe_close(&own);
    return 0;
}

static void test_fork(struct probe *p)
{
    TEEC_SharedMemory m = {.size = 64, .flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT};
    TEEC_AllocateSharedMemory(&p->ctx, &m);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        _exit(child_main(p, &m));
    int status = 0;
    waitpid(pid, &status, 0);
    if (status)
        printf("# child status 0x%x\n", status);
    ok(status == 0, "in a forked child old sessions are invalid and new ones work");
    is(TEEC_InvokeCommand(&p->s, PROBE_EMPTY, NULL, NULL), TEEC_SUCCESS,
       "the parent's session is as it was");
    TEEC_ReleaseSharedMemory(&m);
}

/* --- many
 * -------------------------------------------------------------------------------------
 */

static struct probe *many_probe;

static void *many_main(void *arg)
{
    uintptr_t id = (uintptr_t)arg, wrong = 0;
    for (uint32_t i = 0; i < 300; i++) {
        uint8_t in[200], out[200];
        TEEC_Operation op = {
            .paramTypes = TYPES(MEMREF_TEMP_INPUT, MEMREF_TEMP_OUTPUT, VALUE_OUTPUT)};
        memset(in, (int)(id * 16 + i % 13), sizeof in);
        op.params[0].tmpref = (TEEC_TempMemoryReference){in, 1 + i % sizeof in};
        op.params[1].tmpref = (TEEC_TempMemoryReference){out, sizeof out};
        if (TEEC_InvokeCommand(&many_probe->s, PROBE_COPY, &op, NULL) != TEEC_SUCCESS ||
            op.params[1].tmpref.size != 1 + i % sizeof in ||
            memcmp(in, out, 1 + i % sizeof in) != 0)
            wrong++;
    }
    return (void *)wrong;
}

static void test_threads(struct probe *p)
{
    pthread_t t[24];
    uintptr_t wrong = 0;
    many_probe = p;
    for (uintptr_t i = 0; i < 24; i++)
        pthread_create(&t[i], NULL, many_main, (void *)i);
    for (int i = 0; i < 24; i++) {
        void *w;
        pthread_join(t[i], &w);
        wrong += (uintptr_t)w;
    }
    ok(wrong == 0, "24 threads on one session, 7200 calls, each with its own answer");
}

static void test_sessions(struct probe *p)
{
    TEEC_Session s[20];
    int opened = 0, works = 0;
    for (int i = 0; i < 20; i++)
        opened += TEEC_OpenSession(&p->ctx, &s[i], &probe_uuid, TEEC_LOGIN_PUBLIC, NULL,
                                   NULL, NULL) == TEEC_SUCCESS;
    for (int i = 0; i < 20; i++)
        works += TEEC_InvokeCommand(&s[i], PROBE_EMPTY, NULL, NULL) == TEEC_SUCCESS;
    for (int i = 0; i < 20; i++)
        TEEC_CloseSession(&s[i]);
    ok(opened == 20 && works == 20, "20 sessions at once");
}

/* One client takes what it gets; another one still finds room. */
static void test_room_for_others(struct probe *p)
{
    enum { MANY = 200 };
    static TEEC_Session s[MANY];
    int opened = 0, status = 0;
    while (opened < MANY &&
           TEEC_OpenSession(&p->ctx, &s[opened], &probe_uuid, TEEC_LOGIN_PUBLIC, NULL,
                            NULL, NULL) == TEEC_SUCCESS)
        opened++;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        struct probe own;
        _exit(probe_open(&own) != TEEC_SUCCESS ||
              TEEC_InvokeCommand(&own.s, PROBE_EMPTY, NULL, NULL) != TEEC_SUCCESS);
    }
    waitpid(pid, &status, 0);
    while (opened)
        TEEC_CloseSession(&s[--opened]);
    ok(status == 0, "a client with all sessions it can get leaves room for another");
}

static void test_processes(void)
{
    pid_t pid[8];
    int good = 0;
    fflush(stdout);
    for (int i = 0; i < 8; i++) {
        pid[i] = fork();
        if (pid[i] == 0) {
            struct probe p;
            bool fine = probe_open(&p) == TEEC_SUCCESS &&
                        TEEC_InvokeCommand(&p.s, PROBE_EMPTY, NULL, NULL) == TEEC_SUCCESS;
            probe_close(&p);
            _exit(fine ? 0 : 1);
        }
    }
    for (int i = 0; i < 8; i++) {
        int status;
        waitpid(pid[i], &status, 0);
        good += status == 0;
    }
    ok(good == 8, "8 processes start at the same moment");
}

static void test_describe(struct probe *p)
{
    char text[20000];
    size_t len = 4;
    is(AH_DescribeTee(&p->ctx, text, &len), TEEC_ERROR_SHORT_BUFFER,
       "a short description");
    len = sizeof text;
    is(AH_DescribeTee(&p->ctx, text, &len), TEEC_SUCCESS, "the TEE describes itself");
    ok(strstr(text, "\"transport\":\"hosted\"") != NULL && strlen(text) + 1 == len,
       "as JSON");
}

int main(void)
{
    char path[4096];
    struct probe p;
    snprintf(path, sizeof path, "%s/test/ta",
             getenv("BUILD") ? getenv("BUILD") : "build/host");
    setenv("ANCHORHOLD_TA_PATH", path, 1);
    test_processes(); /* first: nothing runs yet */
    test_hello();
    if (!is(probe_open(&p), TEEC_SUCCESS, "a session to the probe"))
        return 1;
    test_sizes(&p);
    test_null(&p);
    test_boast(&p);
    test_values(&p);
    test_shared(&p, true, 1000, "allocated");
    test_shared(&p, true, 6 << 20, "large allocated");
    test_shared(&p, false, 1000, "registered");
    test_shared(&p, false, 6 << 20, "large registered");
    test_directions(&p);
    test_access(&p);
    test_identity(&p);
    test_open(&p);
    test_hello_from_probe(&p);
    test_split(&p);
    test_cancel(&p);
    test_close_busy(&p);
    test_fork(&p);
    test_threads(&p);
    test_sessions(&p);
    test_room_for_others(&p);
    test_describe(&p);
    probe_close(&p);
    test_panic(PROBE_PANIC, "a panic");
    test_panic(PROBE_CRASH, "a crash");
    test_daemon_dies();
    printf("1..%d\n", nr);
    return bad != 0;
}
