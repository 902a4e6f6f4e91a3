/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls to other TAs: the client's side of a channel, inside a TA. The daemon opens and
 * closes the session and vouches for the caller's identity; the calls themselves go
 * through the channel. Parameters are copied through its bulk area, so a call may carry
 * up to CHAN_BULK bytes; more is refused with EXCESS_DATA.
 *
 * When the other TA dies its channel says so: TARGET_DEAD, and the session only waits to
 * be closed. A timeout is looked at every 200 ms of waiting and turned into a
 * cancellation request.
 */
#include <string.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "chan_args.h"
#include "platform.h"

#define CALLEES 64u

struct callee {
    uint32_t number;  /* the caller's name for it; 0: free */
    uint32_t session; /* the daemon's */
    unsigned users;
    void *base;
    struct chan_client client;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards what follows */
static struct callee *callees[CALLEES];
static uint32_t last_number;

/* The call that this thread waits for, for deadline_look. */
static _Thread_local struct {
    uint64_t deadline_ns; /* 0: none, or cancelled already */
    struct chan_client *client;
    unsigned slot;
} pending;

/* Called by chan_wait now and then. The daemon outlives us, so an answer may always come.
 */
static bool deadline_look(void *unused)
{
    (void)unused;
    if (pending.deadline_ns && os_chan()->now_ns() >= pending.deadline_ns) {
        pending.deadline_ns = 0;
        chan_cancel(pending.client, pending.slot,
                    chan_posted(pending.client, pending.slot));
    }
    return true;
}

static void args_from(struct chan_arg args[4], uint32_t types, const TEE_Param params[4])
{
    for (unsigned i = 0; i < 4; i++) {
        args[i] = (struct chan_arg){.type = chan_type(types, i)};
        if (chan_type_is_value(args[i].type)) {
            args[i].a = params[i].value.a;
            args[i].b = params[i].value.b;
        } else if (chan_type_is_memref(args[i].type)) {
            args[i].buf = params[i].memref.buffer;
            args[i].size = params[i].memref.size;
        }
    }
}

static void args_back(TEE_Param params[4], const struct chan_arg args[4])
{
    for (unsigned i = 0; i < 4; i++) {
        if (!chan_type_is_output(args[i].type))
            continue;
        if (chan_type_is_value(args[i].type)) {
            params[i].value.a = args[i].a;
            params[i].value.b = args[i].b;
        } else {
            params[i].memref.size = args[i].size;
        }
    }
}

static TEE_Result call(struct callee *c, uint32_t timeout, enum chan_kind kind,
                       uint32_t cmd, uint32_t types, TEE_Param params[4],
                       uint32_t *origin)
{
    struct chan_request request = {.kind = kind, .command = cmd};
    struct chan_reply reply;
    struct chan_arg args[4];
    unsigned slot;
    *origin = TEE_ORIGIN_TEE;
    args_from(args, types, params);
    if (chan_get(&c->client, &slot) != OK)
        return TEE_ERROR_TARGET_DEAD;
    uint8_t *bulk = chan_bulk(&c->client.chan, slot);
    if (chan_pack(args, bulk, &request) != OK) {
        chan_put(&c->client, slot);
        return TEE_ERROR_EXCESS_DATA;
    }
    pending.client = &c->client;
    pending.slot = slot;
    pending.deadline_ns = timeout == TEE_TIMEOUT_INFINITE
                              ? 0
                              : os_chan()->now_ns() + (uint64_t)timeout * 1000000u;
    chan_post(&c->client, slot, &request);
    enum err e = chan_wait(&c->client, slot, &reply);
    pending.deadline_ns = 0; /* else the next wait for a slot would cancel this call */
    if (e != OK)
        return TEE_ERROR_TARGET_DEAD;
    chan_unpack(args, bulk, &reply);
    chan_put(&c->client, slot);
    args_back(params, args);
    *origin = reply.origin;
    return reply.result;
}

/* --- the table
 * ------------------------------------------------------------------------------- */

static bool callee_insert(struct callee *c)
{
    bool ok = false;
    pthread_mutex_lock(&lock);
    for (unsigned i = 0; i < CALLEES && !ok; i++) {
        if (callees[i])
            continue;
        if (++last_number == 0)
            last_number = 1;
        c->number = last_number;
        c->users = 1;
        callees[i] = c;
        ok = true;
    }
    pthread_mutex_unlock(&lock);
    return ok;
}

static struct callee *callee_get(uint32_t number)
{
    struct callee *c = NULL;
    pthread_mutex_lock(&lock);
    for (unsigned i = 0; i < CALLEES && !c; i++) {
        if (callees[i] && callees[i]->number == number)
            c = callees[i];
    }
    if (c)
        c->users++;
    pthread_mutex_unlock(&lock);
    return c;
}

static void callee_end(struct callee *c)
{
    struct host_msg m = {.type = HOST_CLOSE, .session = c->session};
    struct control_answer a;
    munmap(c->base, CHAN_SIZE);
    control_call(&m, NULL, &a);
    free(c);
}

/* Drop a use; the last one ends the session. */
static void callee_put(struct callee *c)
{
    pthread_mutex_lock(&lock);
    bool last = --c->users == 0;
    pthread_mutex_unlock(&lock);
    if (last)
        callee_end(c);
}

static void callee_remove(struct callee *c)
{
    pthread_mutex_lock(&lock);
    for (unsigned i = 0; i < CALLEES; i++) {
        if (callees[i] == c) {
            callees[i] = NULL;
            c->users--;
        }
    }
    pthread_mutex_unlock(&lock);
}

/* Map the channel that the daemon gave us. */
static TEE_Result callee_map(struct callee *c, int fd)
{
    struct chan view;
    void *base = fd < 0
                     ? MAP_FAILED
                     : mmap(NULL, CHAN_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED)
        return TEE_ERROR_OUT_OF_MEMORY;
    if (chan_view(&view, base, CHAN_SIZE, os_chan()) != OK) {
        munmap(base, CHAN_SIZE);
        return TEE_ERROR_COMMUNICATION;
    }
    c->base = base;
    chan_client_init(&c->client, &view, deadline_look, NULL);
    return TEE_SUCCESS;
}

static TEE_Result callee_new(const TEE_UUID *uuid, struct callee **out, uint32_t *origin)
{
    struct host_msg m = {.type = HOST_OPEN, .login = TEE_LOGIN_TRUSTED_APP};
    struct control_answer a;
    *origin = TEE_ORIGIN_TEE;
    struct callee *c = calloc(1, sizeof *c);
    if (!c)
        return TEE_ERROR_OUT_OF_MEMORY;
    uuid_to_bytes(m.uuid, uuid);
    control_call(&m, NULL, &a);
    *origin = a.msg.origin ? a.msg.origin : TEE_ORIGIN_TEE;
    c->session = a.msg.session;
    TEE_Result r = a.msg.result;
    if (r == TEE_SUCCESS && (r = callee_map(c, a.fd)) != TEE_SUCCESS) {
        struct control_answer closed;
        m = (struct host_msg){.type = HOST_CLOSE, .session = c->session};
        control_call(&m, NULL, &closed);
    }
    if (a.fd >= 0)
        close(a.fd);
    if (r != TEE_SUCCESS)
        free(c);
    *out = c;
    return r;
}

TEE_Result sys_open(const TEE_UUID *uuid, uint32_t timeout, uint32_t types,
                    TEE_Param params[4], uint32_t *session, uint32_t *origin)
{
    struct callee *c;
    TEE_Result r = callee_new(uuid, &c, origin);
    if (r != TEE_SUCCESS)
        return r;
    r = call(c, timeout, CHAN_OPEN, 0, types, params, origin);
    if (r == TEE_SUCCESS && !callee_insert(c)) {
        *origin = TEE_ORIGIN_TEE;
        r = TEE_ERROR_OUT_OF_MEMORY;
    }
    if (r != TEE_SUCCESS)
        callee_end(c);
    else
        *session = c->number;
    return r;
}

TEE_Result sys_invoke(uint32_t session, uint32_t timeout, uint32_t cmd, uint32_t types,
                      TEE_Param params[4], uint32_t *origin)
{
    struct callee *c = callee_get(session);
    if (!c) {
        *origin = TEE_ORIGIN_API;
        return TEE_ERROR_BAD_PARAMETERS;
    }
    TEE_Result r = call(c, timeout, CHAN_INVOKE, cmd, types, params, origin);
    callee_put(c);
    return r;
}

void sys_close(uint32_t session)
{
    struct callee *c = callee_get(session);
    if (!c)
        return;
    callee_remove(c);
    callee_put(c);
}
