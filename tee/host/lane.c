/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A lane: the thread that serves one slot of one session's channel. It takes a request,
 * has the session judge it, waits for a permit, enters the TA, answers.
 *
 * TA_CreateEntryPoint runs in the lane of the first open, before that open, because only
 * lanes may call other TAs. When it fails, the opener is told its error and the process
 * ends: an instance that could not be created does not exist.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "session.h"

static _Thread_local struct lane *current;

struct lane *lane_current(void)
{
    return current;
}

bool lane_cancelled(const struct lane *l)
{
    return chan_cancelled(&l->end) || atomic_load(&l->session->ending);
}

const TEE_Identity *lane_client(const struct lane *l)
{
    return &l->session->client;
}

static TEE_Result run_open(struct session *s, uint32_t types, TEE_Param params[4])
{
    void *context = NULL;
    TEE_Result r = entry_open(types, params, &context);
    session_opened(s, r, context);
    return r;
}

/* Enter the TA, unless the client has given up meanwhile. */
static void run(struct lane *l, const struct chan_request *r, TEE_Param params[4],
                struct chan_reply *reply)
{
    struct session *s = l->session;
    unsigned row = permit_get();
    if (lane_cancelled(l)) {
        reply->result = TEE_ERROR_CANCEL;
        reply->origin = TEE_ORIGIN_TEE;
        if (r->kind == CHAN_OPEN)
            session_opened(s, TEE_ERROR_CANCEL, NULL);
    } else {
        reply->origin = TEE_ORIGIN_TRUSTED_APP;
        reply->result = r->kind == CHAN_OPEN
                            ? run_open(s, r->types, params)
                            : entry_invoke(s->context, r->command, r->types, params);
    }
    permit_put(row);
}

static void collect(uint32_t types, const TEE_Param params[4], struct chan_reply *reply)
{
    for (unsigned i = 0; i < 4; i++) {
        uint32_t t = chan_type(types, i);
        if (!chan_type_is_output(t))
            continue;
        reply->out[i] = chan_type_is_value(t)
                            ? params[i].value.a | (uint64_t)params[i].value.b << 32
                            : params[i].memref.size;
    }
}

static void serve(struct lane *l, const struct chan_request *r)
{
    struct chan_reply reply = {.origin = TEE_ORIGIN_TEE};
    struct hold hold;
    TEE_Param params[4];
    reply.result = session_enter(l->session, r, l->end.slot, params, &hold);
    if (reply.result == TEE_SUCCESS) {
        run(l, r, params, &reply);
        collect(r->types, params, &reply);
        session_leave(l->session, &hold);
    }
    chan_answer(&l->end, &reply);
}

void *lane_main(void *arg)
{
    struct lane *l = arg;
    struct chan_request r;
    bool grown = false;
    current = l;
    fault_thread_init();
    while (chan_take(&l->end, &r, &l->session->ending) == OK) {
        if (!grown)
            session_grow(l->session, l->end.slot);
        grown = true;
        serve(l, &r);
    }
    session_lane_ends(l->session);
    fault_thread_done();
    current = NULL;
    free(l);
    return NULL;
}
