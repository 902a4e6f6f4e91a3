/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fault-injecting backing store. Every call passes through enter(), which counts it
 * and decides whether it fails, is cut or goes on; what a cut leaves is worked out in one
 * place, sim_power_off(), from the list of appends that each file has pending.
 */
#include <stdlib.h>
#include <string.h>
#include "simstore.h"

#define CHECK_MEMORY(p)                                                                  \
    do {                                                                                 \
        if (!(p))                                                                        \
            abort();                                                                     \
    } while (0)

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* --- files and names --- */

static struct sim_name *name_find(struct sim_name *names, const char *name)
{
    for (int i = 0; i < SIM_FILES; i++)
        if (strcmp(names[i].name, name) == 0)
            return &names[i];
    return NULL;
}

static struct sim_name *name_set(struct sim_name *names, const char *name, int inode)
{
    struct sim_name *n = name_find(names, name);
    if (!n)
        n = name_find(names, "");
    CHECK_MEMORY(n);
    strncpy(n->name, name, STORE_NAME_MAX);
    n->inode = inode;
    return n;
}

static void pending_free(struct sim_inode *f)
{
    while (f->pending) {
        struct sim_append *a = f->pending;
        f->pending = a->next;
        free(a->data);
        free(a);
    }
    f->tail = &f->pending;
}

static void inode_free(struct sim_inode *f)
{
    pending_free(f);
    free(f->cache.p);
    free(f->medium.p);
    *f = (struct sim_inode){0};
}

/* Free the inodes that no name and no handle reaches any more. */
static void sweep(struct simstore *sim)
{
    for (int i = 0; i < SIM_INODES; i++) {
        bool named = sim->inodes[i].handles > 0;
        for (int n = 0; n < SIM_FILES; n++)
            named |= (sim->cache_names[n].name[0] && sim->cache_names[n].inode == i) ||
                     (sim->medium_names[n].name[0] && sim->medium_names[n].inode == i);
        if (sim->inodes[i].used && !named)
            inode_free(&sim->inodes[i]);
    }
}

static int inode_new(struct simstore *sim)
{
    sweep(sim);
    for (int i = 0; i < SIM_INODES; i++) {
        if (sim->inodes[i].used)
            continue;
        sim->inodes[i] = (struct sim_inode){.used = true};
        sim->inodes[i].tail = &sim->inodes[i].pending;
        return i;
    }
    abort();
}

/* The first offset bytes stay, then come len bytes of data. */
static void put_bytes(struct sim_bytes *b, uint64_t offset, const uint8_t *data,
                      size_t len)
{
    size_t end = (size_t)offset + len;

    if (end >= b->cap) {
        b->cap = end + end / 2 + 1;
        b->p = realloc(b->p, b->cap);
        CHECK_MEMORY(b->p);
    }
    if (offset >
        b->len) /* an earlier append was lost: the medium holds whatever it held */
        memset(b->p + b->len, 0, (size_t)offset - b->len);
    if (len)
        memcpy(b->p + offset, data, len);
    b->len = end;
}

static void pend(struct sim_inode *f, uint64_t offset, const uint8_t *data, size_t len)
{
    struct sim_append *a = calloc(1, sizeof *a);
    CHECK_MEMORY(a);
    a->data = malloc(len + 1);
    CHECK_MEMORY(a->data);
    if (len)
        memcpy(a->data, data, len);
    a->offset = offset;
    a->len = len;
    *f->tail = a;
    f->tail = &a->next;
}

static void settle(struct sim_inode *f)
{
    for (struct sim_append *a = f->pending; a; a = a->next)
        put_bytes(&f->medium, a->offset, a->data, a->len);
    pending_free(f);
}

/* --- cuts --- */

static void land(struct sim_inode *f, const struct sim_append *a, enum sim_fate fate,
                 unsigned keep, uint32_t *seed)
{
    size_t kept = (size_t)((uint64_t)a->len * keep / 1000);
    uint8_t *torn;

    if (fate == SIM_MIXED)
        fate = (enum sim_fate)(next_random(seed) % SIM_MIXED);
    if (fate == SIM_LOST)
        return;
    if (fate == SIM_KEPT)
        kept = a->len;
    torn = malloc(a->len + 1);
    CHECK_MEMORY(torn);
    for (size_t i = 0; i < a->len; i++) {
        bool good = fate == SIM_HOLE ? i >= kept : i < kept;
        torn[i] = good ? a->data[i] : (uint8_t)next_random(seed);
    }
    put_bytes(&f->medium, a->offset, torn,
              fate == SIM_PREFIX || fate == SIM_KEPT ? kept : a->len);
    free(torn);
}

static void cut_files(struct simstore *sim, const struct sim_cut *cut)
{
    uint32_t seed = cut->seed;

    for (int i = 0; i < SIM_INODES; i++) {
        struct sim_inode *f = &sim->inodes[i];
        if (!f->used)
            continue;
        for (struct sim_append *a = f->pending; a; a = a->next)
            land(f, a, cut->rest, cut->keep, &seed);
        pending_free(f);
        f->handles = 0;
    }
}

void sim_power_off(struct simstore *sim, const struct sim_cut *cut)
{
    cut_files(sim, cut);
    /* Names that are new or gone only in the cache: the directory was not synced. */
    if (cut->rest == SIM_KEPT)
        memcpy(sim->medium_names, sim->cache_names, sizeof sim->medium_names);
    sim->dead = true;
}

static void calm(struct simstore *sim)
{
    sim->dead = false;
    sim->cut = (struct sim_cut){0};
    sim->fail_at = sim->fail_nr = 0;
    sim->calls = sim->appends = sim->syncs = sim->replaces = 0;
}

void sim_power_on(struct simstore *sim)
{
    memcpy(sim->cache_names, sim->medium_names, sizeof sim->cache_names);
    for (int i = 0; i < SIM_INODES; i++) {
        struct sim_inode *f = &sim->inodes[i];
        if (!f->used)
            continue;
        pending_free(f);
        f->handles = 0;
        put_bytes(&f->cache, 0, f->medium.p, f->medium.len);
    }
    sweep(sim);
    calm(sim);
}

void sim_restart(struct simstore *sim)
{
    for (int i = 0; i < SIM_INODES; i++)
        sim->inodes[i].handles = 0;
    sweep(sim);
}

void sim_kill(struct simstore *sim)
{
    sim_restart(sim);
    calm(sim);
}

enum verdict { GO, FAIL, CUT };

static enum verdict enter(struct simstore *sim)
{
    sim->calls++;
    unsigned nr = sim->fail_nr ? sim->fail_nr : 1;
    if (sim->fail_at && sim->calls >= sim->fail_at && sim->calls - sim->fail_at < nr)
        return FAIL;
    return sim->cut.at && sim->calls == sim->cut.at ? CUT : GO;
}

static enum err power_off_now(struct simstore *sim)
{
    struct sim_cut cut = sim->cut;
    sim_power_off(sim, &cut);
    return ERR_DEAD;
}

/* --- the calls --- */

static struct sim_inode *inode(struct simstore *sim, int file)
{
    return &sim->inodes[file];
}

static enum err sim_open(void *ctx, const char *name, bool create, int *file,
                         uint64_t *size)
{
    struct simstore *sim = ctx;
    if (sim->dead)
        return ERR_DEAD;
    enum verdict v = enter(sim);
    if (v == FAIL)
        return sim->fail_with;
    if (v == CUT && !sim->cut.after)
        return power_off_now(sim);
    struct sim_name *n = name_find(sim->cache_names, name);
    if (!n && !create)
        return v == CUT ? power_off_now(sim) : ERR_NOT_FOUND;
    if (create) {
        int i = inode_new(sim);
        n = name_set(sim->cache_names, name, i);
    }
    *file = n->inode;
    *size = inode(sim, *file)->cache.len;
    inode(sim, *file)->handles++;
    return v == CUT ? power_off_now(sim) : OK;
}

static void sim_close(void *ctx, int file)
{
    struct simstore *sim = ctx;
    if (!sim->dead && inode(sim, file)->handles > 0)
        inode(sim, file)->handles--;
}

static enum err sim_read(void *ctx, int file, uint64_t offset, void *buf, size_t len)
{
    struct simstore *sim = ctx;
    if (sim->dead)
        return ERR_DEAD;
    enum verdict v = enter(sim);
    if (v == FAIL && sim->fail_with != ERR_NO_SPACE)
        return sim->fail_with;
    if (v == CUT)
        return power_off_now(sim);
    const struct sim_inode *f = inode(sim, file);
    if (offset > f->cache.len || len > f->cache.len - offset)
        return ERR_IO;
    memcpy(buf, f->cache.p + offset, len);
    return OK;
}

static enum err sim_append(void *ctx, int file, uint64_t offset, const void *data,
                           size_t len)
{
    struct simstore *sim = ctx;
    if (sim->dead)
        return ERR_DEAD;
    enum verdict v = enter(sim);
    struct sim_inode *f = inode(sim, file);
    sim->appends++;
    if (v == CUT && !sim->cut.after) {
        /* The earlier ones by the rule of the rest, then this one by its own. */
        struct sim_cut cut = sim->cut;
        struct sim_append a = {offset, len, (uint8_t *)(uintptr_t)data, NULL};
        uint32_t seed = cut.seed + 1;
        sim_power_off(sim, &cut);
        land(f, &a, cut.last, cut.keep, &seed);
        return ERR_DEAD;
    }
    size_t done = v == FAIL && !sim->fail_happens ? len / 2 : len;
    if (offset > f->cache.len)
        return ERR_RANGE;
    put_bytes(&f->cache, offset, data, done);
    pend(f, offset, data, done);
    if (v == FAIL)
        return sim->fail_with;
    return v == CUT ? power_off_now(sim) : OK;
}

static enum err sim_sync(void *ctx, int file)
{
    struct simstore *sim = ctx;
    if (sim->dead)
        return ERR_DEAD;
    enum verdict v = enter(sim);
    sim->syncs++;
    if (v == CUT && !sim->cut.after)
        return power_off_now(sim);
    /* What was pending may never get there, and no later sync tries again. */
    if (v == FAIL && sim->fail_with != ERR_NO_SPACE) {
        if (sim->fail_happens) {
            settle(inode(sim, file));
        } else {
            pending_free(inode(sim, file));
            sim->lied = true;
        }
        return sim->fail_with;
    }
    settle(inode(sim, file));
    return v == CUT ? power_off_now(sim) : OK;
}

static void move_name(struct sim_name *names, const char *from, const char *to, int file)
{
    struct sim_name *n = name_find(names, from);
    name_set(names, to, file);
    if (n)
        n->name[0] = 0;
}

static enum err sim_replace(void *ctx, const char *from, const char *to)
{
    struct simstore *sim = ctx;
    if (sim->dead)
        return ERR_DEAD;
    enum verdict v = enter(sim);
    struct sim_name *n = name_find(sim->cache_names, from);
    sim->replaces++;
    if (!n)
        return ERR_NOT_FOUND;
    int file = n->inode;
    if (v == CUT && !sim->cut.after) {
        /* Torn: the cache never matters again, the medium has the new name or not. */
        struct sim_cut cut = sim->cut;
        cut_files(sim, &cut);
        if (cut.last != SIM_LOST)
            move_name(sim->medium_names, from, to, file);
        sim->dead = true;
        return ERR_DEAD;
    }
    if (v == FAIL) {
        if (sim->fail_happens) {
            move_name(sim->cache_names, from, to, file); /* and not on the medium */
            sim->lied = true;
        }
        return sim->fail_with;
    }
    move_name(sim->cache_names, from, to, file);
    move_name(sim->medium_names, from, to, file);
    return v == CUT ? power_off_now(sim) : OK;
}

static enum err sim_remove(void *ctx, const char *name)
{
    struct simstore *sim = ctx;
    if (sim->dead)
        return ERR_DEAD;
    enum verdict v = enter(sim);
    if (v == FAIL)
        return sim->fail_with;
    if (v == CUT && !sim->cut.after)
        return power_off_now(sim);
    struct sim_name *n = name_find(sim->cache_names, name);
    if (n)
        n->name[0] = 0;
    if (v == CUT)
        return power_off_now(sim);
    return n ? OK : ERR_NOT_FOUND;
}

static enum err sim_list(void *ctx,
                         void (*each)(void *arg, const char *name, uint64_t size),
                         void *arg)
{
    struct simstore *sim = ctx;
    for (int i = 0; i < SIM_FILES; i++)
        if (sim->cache_names[i].name[0])
            each(arg, sim->cache_names[i].name,
                 inode(sim, sim->cache_names[i].inode)->cache.len);
    return OK;
}

enum err sim_counter_call(struct simstore *sim, bool *happens)
{
    *happens = false;
    if (sim->dead)
        return ERR_DEAD;
    enum verdict v = enter(sim);
    *happens =
        v == GO || (v == CUT && sim->cut.after) || (v == FAIL && sim->fail_happens);
    if (v == FAIL)
        return ERR_IO;
    return v == CUT ? power_off_now(sim) : OK;
}

/* --- for tests --- */

void sim_init(struct simstore *sim)
{
    memset(sim, 0, sizeof *sim);
    sim->backing =
        (struct store_backing){sim,      sim_open,    sim_close,  sim_read, sim_append,
                               sim_sync, sim_replace, sim_remove, sim_list};
}

void sim_free(struct simstore *sim)
{
    for (int i = 0; i < SIM_INODES; i++)
        inode_free(&sim->inodes[i]);
}

void sim_copy(struct simstore *to, const struct simstore *from)
{
    sim_init(to);
    memcpy(to->medium_names, from->medium_names, sizeof to->medium_names);
    for (int i = 0; i < SIM_INODES; i++) {
        const struct sim_inode *f = &from->inodes[i];
        if (!f->used)
            continue;
        to->inodes[i] = (struct sim_inode){.used = true};
        to->inodes[i].tail = &to->inodes[i].pending;
        put_bytes(&to->inodes[i].medium, 0, f->medium.p, f->medium.len);
    }
    sim_power_on(to);
}

uint8_t *sim_file(struct simstore *sim, const char *name, size_t *len)
{
    struct sim_name *n = name_find(sim->cache_names, name);
    if (!n)
        return NULL;
    *len = inode(sim, n->inode)->cache.len;
    return inode(sim, n->inode)->cache.p;
}

void sim_chop(struct simstore *sim, const char *name, size_t len)
{
    struct sim_name *n = name_find(sim->cache_names, name);
    if (n)
        put_bytes(&inode(sim, n->inode)->cache, len, NULL, 0);
}
