/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The workload and its model. The model of a commit: if it succeeds and is durable, its
 * state is the only possible one; if lazy, it is possible besides those before it; if it
 * fails softly, the store must go on with the old state, and the new one remains possible
 * only until a later commit has succeeded durably.
 */
#include <string.h>
#include "workload.h"

#define PATIENCE 20 /* more than calls fail softly in a row */

static const char *const names[WL_NAMES] = {"alpha", "b", "", "delta delta delta",
                                            "e",     "f"};

static unsigned pick(struct workload *w, unsigned below)
{
    w->script = w->script * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(w->script >> 40) % below;
}

static void fill(struct workload *w, uint8_t *data, int len)
{
    for (int i = 0; i < len; i++)
        data[i] = (uint8_t)pick(w, 256);
}

void wl_init(struct workload *w, unsigned number, unsigned steps, bool with_counter)
{
    memset(w, 0, sizeof *w);
    w->number = number;
    w->steps = steps;
    w->with_counter = with_counter;
    w->random = w->script = number + 1;
    sim_init(&w->sim);
    simheap_init(&w->heap);
    simcounter_init(&w->counter, &w->sim);
    w->config = (struct store_config){
        .backing = &w->sim.backing,
        .name = "power.log",
        .memory = w->heap.memory,
        .random = sim_random,
        .random_ctx = &w->random,
        .counter = with_counter ? &w->counter.counter : NULL,
        .slack = 1024,
    };
    for (int i = 0; i < WL_NAMES; i++)
        w->now.objects[i].len = -1;
    w->possible[0] = w->now;
    w->nr_possible = 1;
}

void wl_close(struct workload *w)
{
    store_close(w->store);
    w->store = NULL;
}

void wl_free(struct workload *w)
{
    wl_close(w);
    sim_free(&w->sim);
}

static bool fail(struct workload *w, const char *why)
{
    if (!w->wrong)
        w->wrong = why;
    return false;
}

/* --- comparing --- */

static bool same_object(const struct wl_object *a, const struct wl_object *b)
{
    return a->len == b->len &&
           (a->len <= 0 || memcmp(a->data, b->data, (size_t)a->len) == 0);
}

static bool same_state(const struct wl_state *a, const struct wl_state *b)
{
    for (int i = 0; i < WL_NAMES; i++)
        if (!same_object(&a->objects[i], &b->objects[i]))
            return false;
    return true;
}

/* What the open store holds; false if it holds what cannot be, or cannot be read. */
static bool observe(struct workload *w, struct wl_state *s)
{
    unsigned objects = 0;
    uint32_t cursor = 0, size;
    uint8_t id[STORE_ID_MAX];
    size_t id_len, got;

    for (int i = 0; i < WL_NAMES; i++) {
        struct wl_object *o = &s->objects[i];
        size_t len = strlen(names[i]);
        enum err e = store_size(w->store, names[i], len, &size);
        o->len = -1;
        if (e == ERR_NOT_FOUND)
            continue;
        if (e != OK || size > WL_ROOM)
            return false;
        for (int tries = 0; tries < PATIENCE; tries++) {
            e = store_read(w->store, names[i], len, 0, o->data, sizeof o->data, &got);
            if (e != ERR_IO)
                break;
        }
        if (e != OK || got != size)
            return false;
        o->len = (int)size;
        objects++;
    }
    while (store_next(w->store, &cursor, id, &id_len, &size) == OK)
        objects--;
    return objects == 0;
}

bool wl_holds(struct workload *w, const struct wl_state *want)
{
    static struct wl_state s;
    return observe(w, &s) && same_state(&s, want);
}

/* False with nothing wrong: the power went. */
static bool open_patiently(struct workload *w)
{
    for (int tries = 0; tries < PATIENCE; tries++) {
        enum err e = store_open(&w->store, &w->config);
        if (e == OK)
            return true;
        if (w->sim.dead)
            return false;
    }
    return fail(w, "the store does not open");
}

bool wl_open(struct workload *w)
{
    static struct wl_state s;

    if (!open_patiently(w))
        return false;
    if (!store_check(w->store))
        return fail(w, "the index is not sound after opening");
    if (store_status(w->store) != OK)
        return fail(w, "an undamaged store is called damaged");
    if (!observe(w, &s))
        return w->sim.dead ? false : fail(w, "the store holds what was never there");
    for (unsigned i = 0; i < w->nr_possible; i++) {
        if (!same_state(&s, &w->possible[i]))
            continue;
        w->now = s;
        if (!w->sim.lied) {
            w->possible[0] = s;
            w->nr_possible = 1;
        }
        return true;
    }
    return fail(w, "the store holds neither the old nor the new state");
}

/* --- steps --- */

struct draft {
    struct store_op ops[4];
    unsigned nr;
    struct wl_state after;
    uint8_t data[4][WL_ROOM];
};

static int pick_there(struct workload *w, bool there)
{
    int start = (int)pick(w, WL_NAMES);
    for (int i = 0; i < WL_NAMES; i++) {
        int n = (start + i) % WL_NAMES;
        if ((w->now.objects[n].len >= 0) == there)
            return n;
    }
    return -1;
}

static struct store_op *add(struct draft *d, enum store_kind kind, int name)
{
    struct store_op *op = &d->ops[d->nr];
    *op = (struct store_op){kind, names[name], strlen(names[name]), 0, d->data[d->nr], 0};
    d->nr++;
    return op;
}

static void draft_put(struct workload *w, struct draft *d, int name)
{
    int len = (int)pick(w, pick(w, 8) ? 60 : WL_ROOM);
    struct store_op *op = add(d, STORE_PUT, name);

    fill(w, d->data[d->nr - 1], len);
    op->data_len = (size_t)len;
    d->after.objects[name].len = len;
    memcpy(d->after.objects[name].data, op->data, (size_t)len);
}

static void draft_write(struct workload *w, struct draft *d, int name)
{
    struct wl_object *o = &d->after.objects[name];
    int off = (int)pick(w, WL_ROOM - 20), len = (int)pick(w, 20);
    struct store_op *op = add(d, STORE_WRITE, name);

    fill(w, d->data[d->nr - 1], len);
    op->offset = (uint32_t)off;
    op->data_len = (size_t)len;
    if (off + len > o->len) {
        memset(o->data + o->len, 0, (size_t)(off + len - o->len));
        o->len = off + len;
    }
    memcpy(o->data + off, op->data, (size_t)len);
}

static void draft_truncate(struct workload *w, struct draft *d, int name)
{
    struct wl_object *o = &d->after.objects[name];
    int len = (int)pick(w, WL_ROOM);

    add(d, STORE_TRUNCATE, name)->offset = (uint32_t)len;
    if (len > o->len)
        memset(o->data + o->len, 0, (size_t)(len - o->len));
    o->len = len;
}

static void draft_rename(struct draft *d, int name, int to)
{
    struct store_op *op = add(d, STORE_RENAME, name);

    op->data = names[to];
    op->data_len = strlen(names[to]);
    d->after.objects[to] = d->after.objects[name];
    d->after.objects[name].len = -1;
}

static void draft_delete(struct draft *d, int name)
{
    add(d, STORE_DELETE, name);
    d->after.objects[name].len = -1;
}

static void draft_make(struct workload *w, struct draft *d)
{
    int there = pick_there(w, true), absent = pick_there(w, false);
    unsigned what = there < 0 ? 0 : pick(w, 12);

    d->nr = 0;
    d->after = w->now;
    if (what < 4) {
        draft_put(w, d, (int)pick(w, WL_NAMES));
    } else if (what < 6) { /* a batch of neighbours: put, put, delete */
        int first = (int)pick(w, WL_NAMES);
        draft_put(w, d, first);
        draft_put(w, d, (first + 1) % WL_NAMES);
        draft_delete(d, (first + 2) % WL_NAMES);
    } else if (what < 8) {
        draft_write(w, d, there);
    } else if (what < 9) {
        draft_truncate(w, d, there);
    } else if (what < 10 && absent >= 0) {
        draft_rename(d, there, absent);
    } else {
        draft_delete(d, there);
    }
}

static void committed(struct workload *w, const struct wl_state *after, bool lazy)
{
    w->now = *after;
    if (!lazy) {
        w->nr_possible = 0;
        w->sim.lied = false;
    }
    if (w->nr_possible == WL_POSSIBLE)
        w->nr_possible--; /* never in workloads of this length */
    w->possible[w->nr_possible++] = *after;
}

static bool run_commit(struct workload *w)
{
    static struct draft d;
    draft_make(w, &d);
    bool lazy = pick(w, 4) == 0;
    enum err e = store_commit(w->store, d.ops, d.nr, lazy ? STORE_LAZY : 0);

    if (!store_check(w->store))
        return fail(w, "the index is not sound after a commit");
    if (e == OK) {
        committed(w, &d.after, lazy);
        return wl_holds(w, &w->now) || w->sim.dead || fail(w, "a commit is not seen");
    }
    if (w->nr_possible < WL_POSSIBLE)
        w->possible[w->nr_possible++] = d.after;
    w->failed++;
    if (w->sim.dead)
        return true;
    return wl_holds(w, &w->now) || w->sim.dead || fail(w, "a failed commit left a trace");
}

static bool run_reopen(struct workload *w)
{
    static struct wl_state before;

    before = w->now;
    wl_close(w);
    if (pick(w, 2) && !w->sim.dead)
        sim_restart(&w->sim);
    if (!wl_open(w))
        return false;
    return w->failed || same_state(&before, &w->now) ||
           fail(w, "closing loses something");
}

static void run_compact(struct workload *w)
{
    if (store_compact(w->store) == OK)
        committed(w, &w->now, false);
    if (!store_check(w->store))
        fail(w, "the index is not sound after a compaction");
}

bool wl_run(struct workload *w)
{
    if (!open_patiently(w))
        return false;
    for (unsigned i = 0; i < w->steps && !w->sim.dead && !w->wrong; i++) {
        unsigned what = pick(w, 20);
        if (what == 0)
            run_reopen(w);
        else if (what == 1)
            run_compact(w);
        else
            run_commit(w);
    }
    return !w->sim.dead && !w->wrong;
}

bool wl_extra(struct workload *w)
{
    static struct draft d;

    d.nr = 0;
    d.after = w->now;
    draft_put(w, &d, 3);
    if (store_commit(w->store, d.ops, d.nr, 0) != OK) {
        w->possible[w->nr_possible++] = d.after;
        return fail(w, "a commit after recovery fails");
    }
    if (!store_check(w->store))
        return fail(w, "the index is not sound after recovery and a commit");
    committed(w, &d.after, false);
    return true;
}
