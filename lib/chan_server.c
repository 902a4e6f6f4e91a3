/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TA's end of a channel: take a request, judge it, answer.
 *
 * Everything in the slot belongs to a client that may rewrite it at any moment. So the
 * request is copied word by word, each word read once, and only the copy is looked at
 * from then on; words that change during the copy give a request that nobody sent, which
 * is judged like any other. The reply is written and never read. What a client can
 * achieve by scribbling on the futex words and flags is that its own calls are slow or
 * get no answer.
 */
#include "chan_pace.h"
#include "chan_words.h"

/* How long a shortage of processors is remembered. */
#define SCARCE_NS 2000000u

#define LONG_WORK_NS 200000u
#define CPU_MAX      (1u << 16)

void chan_lane_init(struct chan_lane *l, const struct chan *c, struct chan_load *load,
                    unsigned slot)
{
    *l = (struct chan_lane){.chan = c, .load = load, .slot = slot};
}

static struct chan_slot *slot_of(const struct chan_lane *l)
{
    return &l->chan->slots[l->slot];
}

static void set_active(struct chan_lane *l, bool active)
{
    if (l->active == active)
        return;
    l->active = active;
    if (active)
        atomic_fetch_add_explicit(&l->load->active, 1, memory_order_relaxed);
    else
        atomic_fetch_sub_explicit(&l->load->active, 1, memory_order_relaxed);
}

/*
 * Are processors scarce? A lane that sleeps between two calls does not count itself, so
 * the answer stays yes for a while after it was last plainly so.
 */
static bool scarce(struct chan_lane *l, uint64_t now)
{
    struct chan_load *load = l->load;
    uint32_t active = atomic_load_explicit(&load->active, memory_order_relaxed);
    if (2 * active > l->chan->os->nr_cpus) {
        atomic_store_explicit(&load->scarce_ns, now, memory_order_relaxed);
        return true;
    }
    return now - atomic_load_explicit(&load->scarce_ns, memory_order_relaxed) < SCARCE_NS;
}

/*
 * Run beside the client while there are processors for both, so that either may spin; and
 * on the client's own when there are not: then a call is two switches between the two,
 * instead of wake-ups across processors that have just gone idle. Where calls are long
 * these are small matters, and the scheduler does better.
 */
static enum chan_place place_wanted(const struct chan_lane *l)
{
    if (l->work_ns > (l->scarce ? LONG_WORK_NS : PACE_CALL_NS))
        return CHAN_ANYWHERE;
    return l->scarce ? CHAN_ON : CHAN_BESIDE;
}

static void place(struct chan_lane *l, uint32_t client_cpu)
{
    const struct chan_os *os = l->chan->os;
    enum chan_place how = place_wanted(l);
    if (!os->place || client_cpu == 0 || client_cpu > CPU_MAX)
        return;
    int cpu = (int)client_cpu - 1;
    bool kept = how == l->place && (how != CHAN_ON || cpu == l->place_cpu) &&
                (how != CHAN_BESIDE || os->cpu() != cpu);
    if (kept)
        return;
    os->place(cpu, how);
    l->place = how;
    l->place_cpu = cpu;
}

/* Sleep until req is not what was seen last; false when told to stop. */
static bool sleep_for(struct chan_lane *l, const atomic_bool *stop)
{
    struct chan_slot *s = slot_of(l);
    bool go_on = true;
    set_active(l, false);
    for (;;) {
        atomic_store(&s->server_sleeps, 1);
        go_on = !atomic_load(stop);
        if (!go_on || atomic_load(&s->req) != l->seen)
            break;
        l->chan->os->wait(&s->req, l->seen, UINT32_MAX);
    }
    atomic_store(&s->server_sleeps, 0);
    return go_on;
}

enum err chan_take(struct chan_lane *l, struct chan_request *r, const atomic_bool *stop)
{
    struct chan_slot *s = slot_of(l);
    const struct chan_os *os = l->chan->os;
    bool spun = false;
    uint32_t budget = 0;
    if (l->replied_ns) {
        budget = pace_budget(&l->pace, PACE_THINK_NS, !l->scarce);
        spun = pace_spin(os, &s->req, l->seen, budget);
    }
    if ((!spun && !sleep_for(l, stop)) || atomic_load(stop))
        return ERR_CANCELLED;
    set_active(l, true);
    l->seen = atomic_load_explicit(&s->req, memory_order_acquire);
    words_load(r, &s->request, sizeof *r);
    uint64_t now = os->now_ns();
    if (l->replied_ns)
        pace_note(&l->pace, now - l->replied_ns, !spun, budget);
    l->scarce = scarce(l, now);
    l->taken_ns = now;
    place(l, r->cpu);
    return OK;
}

static void note_work(struct chan_lane *l, uint64_t ns)
{
    uint64_t capped = ns < 1u << 30 ? ns : 1u << 30;
    l->work_ns = (uint32_t)((7ull * l->work_ns + capped) / 8);
}

void chan_answer(struct chan_lane *l, const struct chan_reply *r)
{
    struct chan_slot *s = slot_of(l);
    const struct chan_os *os = l->chan->os;
    struct chan_reply reply = *r;
    l->replied_ns = os->now_ns();
    note_work(l, l->replied_ns - l->taken_ns);
    l->scarce = scarce(l, l->replied_ns);
    reply.scarce = l->scarce;
    words_store(&s->reply, &reply, sizeof reply);
    atomic_store(&s->rep, l->seen); /* the commit; ordered before the look at the flag */
    if (atomic_load(&s->client_sleeps))
        os->wake(&s->rep);
}

bool chan_cancelled(const struct chan_lane *l)
{
    return atomic_load_explicit(&slot_of(l)->cancel, memory_order_acquire) == l->seen;
}

void chan_await_cancel(const struct chan_lane *l, uint32_t ms)
{
    _Atomic uint32_t *word = &slot_of(l)->cancel;
    uint32_t v = atomic_load(word);
    if (v != l->seen)
        l->chan->os->wait(word, v, ms);
}

void chan_nudge(const struct chan *c)
{
    for (unsigned i = 0; i < CHAN_SLOTS; i++) {
        atomic_fetch_add(&c->slots[i].req, 1u << 31);
        c->os->wake(&c->slots[i].req);
        c->os->wake(&c->slots[i].cancel);
    }
}

static enum err param_check(uint32_t type, const struct chan_param *p,
                            uint64_t (*shm_len)(void *arg, uint32_t shm), void *arg)
{
    if (type == 0)
        return p->where == CHAN_NOWHERE ? OK : ERR_FORMAT;
    if (chan_type_is_value(type))
        return p->where == CHAN_VALUE ? OK : ERR_FORMAT;
    if (!chan_type_is_memref(type))
        return ERR_FORMAT;
    if (p->where == CHAN_NULL)
        return p->b <= SIZE_MAX ? OK : ERR_RANGE;
    if (p->where != CHAN_SLOT && p->where != CHAN_SHM)
        return ERR_FORMAT;
    uint64_t room = p->where == CHAN_SLOT ? CHAN_BULK : shm_len(arg, p->shm);
    return p->a <= room && p->b <= room - p->a ? OK : ERR_RANGE;
}

enum err chan_request_check(const struct chan_request *r,
                            uint64_t (*shm_len)(void *arg, uint32_t shm), void *arg)
{
    if ((r->kind != CHAN_OPEN && r->kind != CHAN_INVOKE) || r->types > 0xffff)
        return ERR_FORMAT;
    for (unsigned i = 0; i < 4; i++) {
        enum err e = param_check(chan_type(r->types, i), &r->params[i], shm_len, arg);
        if (e != OK)
            return e;
    }
    return OK;
}
