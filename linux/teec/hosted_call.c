/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One call through the channel of a hosted session.
 *
 * Arguments are copied through the slot's bulk area; allocated shared memory is named
 * instead, after its session has been told of it; and what the bulk area cannot hold goes
 * together into a memory file, which the session keeps for the next such call.
 */
#include <string.h>
#include "bytes.h"
#include "hosted_call.h"

#define SPARE_MAX ((size_t)64 << 20)
#define LINE      ((size_t)64)

/* What a call ends with that will get no answer. */
static TEEC_Result dead(struct hosted_session *h, uint32_t *origin)
{
    uint32_t result = chan_dead(&h->chan.chan);
    *origin = result ? TEEC_ORIGIN_TEE : TEEC_ORIGIN_COMMS;
    if (result) {
        char why[sizeof h->chan.chan.header->reason + 1] = "";
        memcpy(why, h->chan.chan.header->reason, sizeof why - 1);
        message_set("%s", why);
    }
    return result ? result : TEEC_ERROR_TARGET_DEAD;
}

static TEEC_Result args_lay(struct call *c)
{
    for (unsigned i = 0; i < 4; i++) {
        struct arg *a = &c->args[i];
        struct chan_arg *out = &c->hosted.args[i];
        *out = (struct chan_arg){
            .type = a->type, .a = a->a, .b = a->b, .buf = a->buf, .size = a->size};
        if (!a->shm || !a->shm->priv)
            continue;
        struct memory *m = a->shm->priv;
        TEEC_Result r = memory_share(m, c->session);
        if (r != TEEC_SUCCESS)
            return r;
        out->shm = m->number;
        out->offset = a->offset;
    }
    return TEEC_SUCCESS;
}

/* --- arguments too big for the slot
 * ---------------------------------------------------------- */

static bool is_copied(const struct chan_arg *a)
{
    return chan_type_is_memref(a->type) && a->buf && !a->shm;
}

static bool size_of_big(const struct call *c, size_t *sum)
{
    *sum = 0;
    for (unsigned i = 0; i < 4; i++) {
        const struct chan_arg *a = &c->hosted.args[i];
        if (is_copied(a) && (!add_ok(*sum, a->size, sum) || !add_ok(*sum, LINE, sum)))
            return false;
    }
    return true;
}

/* A memory file of at least len bytes: the spare one, or a new one. */
static struct memory *big_get(struct hosted_session *h, size_t len)
{
    struct memory *m = atomic_exchange(&h->spare, NULL);
    if (m && m->len >= len)
        return m;
    if (m)
        memory_free(m);
    return memory_new(len);
}

static void big_put(struct hosted_session *h, struct memory *m)
{
    if (m->len <= SPARE_MAX)
        m = atomic_exchange(&h->spare, m);
    if (m)
        memory_free(m);
}

static TEEC_Result big_lay(struct call *c, struct hosted_session *h)
{
    size_t need, at = 0;
    if (!size_of_big(c, &need))
        return TEEC_ERROR_OUT_OF_MEMORY;
    struct memory *m = big_get(h, need);
    if (!m)
        return TEEC_ERROR_OUT_OF_MEMORY;
    TEEC_Result r = memory_share(m, c->session);
    if (r != TEEC_SUCCESS) {
        memory_free(m);
        return r;
    }
    for (unsigned i = 0; i < 4; i++) {
        struct chan_arg *a = &c->hosted.args[i];
        if (!is_copied(a))
            continue;
        uint8_t *place = (uint8_t *)m->map + at;
        if (chan_type_is_input(a->type))
            memcpy(place, a->buf, a->size);
        a->shm = m->number;
        a->offset = at;
        a->buf = place;
        at += (a->size + LINE - 1) / LINE * LINE;
    }
    c->hosted.big = m;
    return TEEC_SUCCESS;
}

/* Bring outputs home from the memory file and give it back. */
static void big_done(struct call *c, struct hosted_session *h)
{
    struct memory *m = c->hosted.big;
    for (unsigned i = 0; m && i < 4; i++) {
        const struct chan_arg *a = &c->hosted.args[i];
        if (a->shm == m->number && chan_type_is_output(a->type) && a->size <= a->room)
            memcpy(c->args[i].buf, a->buf, a->size);
    }
    if (m)
        big_put(h, m);
    c->hosted.big = NULL;
}

/* --- the call
 * -------------------------------------------------------------------------------- */

TEEC_Result call_start(struct call *c, enum chan_kind kind, uint32_t *origin)
{
    struct hosted_session *h = atomic_load(&c->session->priv);
    struct chan_request request = {.kind = kind, .command = c->cmd};
    unsigned slot;
    *origin = TEEC_ORIGIN_COMMS;
    c->hosted.big = NULL;
    TEEC_Result r = args_lay(c);
    if (r != TEEC_SUCCESS)
        return chan_dead(&h->chan.chan) || !conn_alive(h->conn) ? dead(h, origin) : r;
    if (chan_get(&h->chan, &slot) != OK)
        return dead(h, origin);
    c->hosted.slot = slot;
    uint8_t *bulk = chan_bulk(&h->chan.chan, slot);
    if (chan_pack(c->hosted.args, bulk, &request) != OK) {
        r = big_lay(c, h);
        if (r == TEEC_SUCCESS && chan_pack(c->hosted.args, bulk, &request) != OK)
            r = TEEC_ERROR_OUT_OF_MEMORY;
        if (r != TEEC_SUCCESS) {
            chan_put(&h->chan, slot);
            return r;
        }
    }
    /* First, so that a cancellation finds the call even before it is posted. */
    atomic_store(&h->running[slot].req, chan_posted(&h->chan, slot) + 1);
    atomic_store(&h->running[slot].op, c->op);
    chan_post(&h->chan, slot, &request);
    return TEEC_SUCCESS;
}

TEEC_Result call_finish(struct call *c, uint32_t *origin)
{
    struct hosted_session *h = atomic_load(&c->session->priv);
    struct chan_reply reply;
    unsigned slot = c->hosted.slot;
    enum err e = chan_wait(&h->chan, slot, &reply);
    atomic_store(&h->running[slot].op, NULL);
    if (e != OK) {
        if (c->hosted.big)
            memory_free(c->hosted.big);
        return dead(h, origin);
    }
    chan_unpack(c->hosted.args, chan_bulk(&h->chan.chan, slot), &reply);
    big_done(c, h);
    chan_put(&h->chan, slot);
    for (unsigned i = 0; i < 4; i++) {
        c->args[i].a = c->hosted.args[i].a;
        c->args[i].b = c->hosted.args[i].b;
        c->args[i].size = c->hosted.args[i].size;
    }
    *origin = reply.origin;
    return reply.result;
}

void call_cancel(struct session *s, const TEEC_Operation *op)
{
    struct hosted_session *h = atomic_load(&s->priv);
    for (unsigned i = 0; h && i < CHAN_SLOTS; i++) {
        if (op ? atomic_load(&h->running[i].op) == op
               : atomic_load(&h->running[i].req) != 0)
            chan_cancel(&h->chan, i, atomic_load(&h->running[i].req));
    }
}
