/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client's end of a channel: slots, posting, waiting.
 *
 * A slot is taken and given back by a bit in private memory, so a TA cannot confuse it.
 * Only slots that the TA says it attends are taken; more are opened by the TA while calls
 * go on. A call that ends because the TA died keeps its slot forever: who knows what
 * still writes there.
 */
#include "chan_pace.h"
#include "chan_words.h"

#define LOOK_MS      200u /* between two questions whether the peer lives */
#define SLOT_LOOK_MS 2u   /* between two looks at open_slots while it may still grow */

void chan_client_init(struct chan_client *c, const struct chan *view,
                      bool (*alive)(void *arg), void *arg)
{
    *c = (struct chan_client){.chan = *view, .alive = alive, .arg = arg};
}

static unsigned open_slots(const struct chan_client *c)
{
    uint32_t n = atomic_load_explicit(&c->chan.header->open_slots, memory_order_acquire);
    return n < CHAN_SLOTS ? n : CHAN_SLOTS;
}

static bool take_lowest(struct chan_client *c, unsigned nr_open, unsigned *slot)
{
    uint32_t all = (uint32_t)((1ull << nr_open) - 1);
    uint32_t taken = atomic_load(&c->taken);
    while (~taken & all) {
        unsigned i = (unsigned)__builtin_ctz(~taken & all);
        if (atomic_compare_exchange_weak(&c->taken, &taken, taken | 1u << i)) {
            *slot = i;
            return true;
        }
    }
    return false;
}

enum err chan_get(struct chan_client *c, unsigned *slot)
{
    for (unsigned waited_ms = 0;;) {
        if (chan_dead(&c->chan))
            return ERR_DEAD;
        uint32_t freed = atomic_load(&c->freed);
        unsigned nr_open = open_slots(c);
        if (take_lowest(c, nr_open, slot))
            return OK;
        uint32_t ms = nr_open < CHAN_SLOTS ? SLOT_LOOK_MS : LOOK_MS;
        atomic_fetch_add(&c->waiting, 1);
        if (atomic_load(&c->freed) == freed)
            c->chan.os->wait(&c->freed, freed, ms);
        atomic_fetch_sub(&c->waiting, 1);
        if ((waited_ms += ms) >= LOOK_MS) {
            waited_ms = 0;
            if (!c->alive(c->arg))
                return ERR_DEAD;
        }
    }
}

void chan_put(struct chan_client *c, unsigned slot)
{
    atomic_fetch_and(&c->taken, ~(1u << slot));
    if (!atomic_load(&c->waiting))
        return;
    atomic_fetch_add(&c->freed, 1);
    c->chan.os->wake(&c->freed);
}

void chan_post(struct chan_client *c, unsigned slot, const struct chan_request *r)
{
    struct chan_slot *s = &c->chan.slots[slot];
    struct chan_request request = *r;
    request.cpu = (uint32_t)(c->chan.os->cpu() + 1);
    words_store(&s->request, &request, sizeof request);
    atomic_fetch_add_explicit(&c->running, 1, memory_order_relaxed);
    c->slot[slot].posted_ns = c->chan.os->now_ns();
    uint32_t req = ++c->slot[slot].req;
    atomic_store(&s->req, req); /* the commit; ordered before the look at the flag */
    if (atomic_load(&s->server_sleeps))
        c->chan.os->wake(&s->req);
}

uint32_t chan_posted(const struct chan_client *c, unsigned slot)
{
    return c->slot[slot].req;
}

void chan_cancel(struct chan_client *c, unsigned slot, uint32_t req)
{
    struct chan_slot *s = &c->chan.slots[slot];
    atomic_store(&s->cancel, req);
    c->chan.os->wake(&s->cancel);
}

static bool cores_free(const struct chan_client *c)
{
    uint32_t own = atomic_load_explicit(&c->running, memory_order_relaxed);
    return !atomic_load_explicit(&c->scarce, memory_order_relaxed) &&
           2 * own <= c->chan.os->nr_cpus;
}

/* Sleep until rep is req; false when the peer is gone. */
static bool sleep_for(struct chan_client *c, struct chan_slot *s, uint32_t req)
{
    bool lives = true;
    for (;;) {
        atomic_store(&s->client_sleeps, 1);
        uint32_t rep = atomic_load(&s->rep);
        if (rep == req || !lives)
            break;
        lives = !chan_dead(&c->chan);
        if (!lives)
            continue; /* one more look: the answer may have come just before the end */
        c->chan.os->wait(&s->rep, rep, LOOK_MS);
        if (atomic_load(&s->rep) == req)
            break;
        lives = !chan_dead(&c->chan) && c->alive(c->arg);
    }
    atomic_store(&s->client_sleeps, 0);
    return atomic_load_explicit(&s->rep, memory_order_acquire) == req;
}

enum err chan_wait(struct chan_client *c, unsigned slot, struct chan_reply *r)
{
    struct chan_slot *s = &c->chan.slots[slot];
    struct chan_pace *pace = &c->slot[slot].pace;
    uint32_t req = c->slot[slot].req;
    uint32_t budget = pace_budget(pace, PACE_CALL_NS, cores_free(c));
    bool spun = pace_spin(c->chan.os, &s->rep, req - 1, budget) &&
                atomic_load_explicit(&s->rep, memory_order_acquire) == req;
    bool answered = spun || sleep_for(c, s, req);
    atomic_fetch_sub_explicit(&c->running, 1, memory_order_relaxed);
    if (!answered)
        return ERR_DEAD;
    pace_note(pace, c->chan.os->now_ns() - c->slot[slot].posted_ns, !spun, budget);
    words_load(r, &s->reply, sizeof *r);
    atomic_store_explicit(&c->scarce, r->scarce, memory_order_relaxed);
    return OK;
}
