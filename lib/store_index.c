/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Index of a storage log: a chained hash table by name over a table of slots. A slot
 * belongs to one object for its life and is reused afterwards, so that a walk by slot
 * number meets every object that stays exactly once. The table of buckets doubles when it
 * is as full as it has buckets; nothing else costs more than the objects that a change
 * names.
 */
#include "store_index.h"

#define SLOTS_FIRST   16u
#define EXTENTS_FIRST 4u
#define OBJECT_COST   (REC_OVERHEAD + OP_OVERHEAD)

/* --- memory --- */

void index_init(struct index *ix, const struct store_memory *memory, uint32_t seed)
{
    *ix = (struct index){.memory = *memory, .seed = seed, .free_slot = SLOT_NONE};
}

static void *get(struct index *ix, void *old, size_t n, size_t size)
{
    size_t bytes;
    return mul_ok(n, size, &bytes) ? ix->memory.resize(ix->memory.ctx, old, bytes) : NULL;
}

static void put(struct index *ix, void *p)
{
    ix->memory.release(ix->memory.ctx, p);
}

static void object_free(struct index *ix, struct object *o)
{
    if (o->ext != &o->one)
        put(ix, o->ext);
    put(ix, o);
}

void index_wipe(struct index *ix)
{
    for (uint32_t i = 0; i < ix->nr_slots; i++)
        if (ix->slots[i].object)
            object_free(ix, ix->slots[i].object);
    put(ix, ix->slots);
    put(ix, ix->buckets);
    index_init(ix, &ix->memory, ix->seed);
}

/* --- names --- */

static uint32_t name_hash(const struct index *ix, const uint8_t *id, size_t len)
{
    uint64_t h = 0xcbf29ce484222325u ^ ix->seed;
    for (size_t i = 0; i < len; i++)
        h = (h ^ id[i]) * 0x100000001b3u;
    h = (h ^ h >> 32) * 0x9e3779b97f4a7c15u;
    return (uint32_t)(h >> 32);
}

static struct object **bucket(const struct index *ix, uint32_t hash)
{
    return &ix->buckets[hash & (ix->nr_buckets - 1)];
}

struct object *index_find(const struct index *ix, const void *id, size_t id_len)
{
    if (!ix->nr_buckets)
        return NULL;
    uint32_t hash = name_hash(ix, id, id_len);
    for (struct object *o = *bucket(ix, hash); o; o = o->next)
        if (o->hash == hash && o->id_len == id_len && memcmp(o->id, id, id_len) == 0)
            return o;
    return NULL;
}

static void name_set(const struct index *ix, struct object *o, const void *id,
                     size_t id_len)
{
    if (id_len)
        memcpy(o->id, id, id_len);
    o->id_len = (uint8_t)id_len;
    o->hash = name_hash(ix, o->id, id_len);
}

static void link_in(struct index *ix, struct object *o)
{
    struct object **b = bucket(ix, o->hash);
    o->next = *b;
    *b = o;
}

static void link_out(struct index *ix, struct object *o)
{
    struct object **p = bucket(ix, o->hash);
    while (*p != o)
        p = &(*p)->next;
    *p = o->next;
}

/* --- room --- */

static enum err slots_grow(struct index *ix, uint32_t want)
{
    uint32_t cap = ix->cap_slots ? ix->cap_slots : SLOTS_FIRST;
    while (cap < want)
        cap *= 2;
    if (cap == ix->cap_slots)
        return OK;
    struct slot *slots = get(ix, ix->slots, cap, sizeof *slots);
    if (!slots)
        return ERR_NO_MEMORY;
    ix->slots = slots;
    ix->cap_slots = cap;
    return OK;
}

static enum err buckets_grow(struct index *ix, uint32_t want)
{
    uint32_t nr = ix->nr_buckets ? ix->nr_buckets : SLOTS_FIRST;
    while (nr < want)
        nr *= 2;
    if (nr == ix->nr_buckets)
        return OK;
    struct object **buckets = get(ix, NULL, nr, sizeof *buckets);
    if (!buckets)
        return ERR_NO_MEMORY;
    memset(buckets, 0, nr * sizeof *buckets);
    put(ix, ix->buckets);
    ix->buckets = buckets;
    ix->nr_buckets = nr;
    for (uint32_t i = 0; i < ix->nr_slots; i++)
        if (ix->slots[i].object)
            link_in(ix, ix->slots[i].object);
    return OK;
}

enum err index_reserve(struct index *ix, uint32_t n)
{
    uint32_t want = ix->nr_slots + n;
    if (want >= SLOT_NONE / 4)
        return ERR_NO_MEMORY;
    enum err e = slots_grow(ix, want);
    return e == OK ? buckets_grow(ix, want) : e;
}

/* --- extents --- */

static uint64_t cost(const struct object *o)
{
    return OBJECT_COST + o->id_len + o->stored;
}

enum err object_reserve(struct index *ix, struct object *o, uint32_t n)
{
    if (n <= o->cap)
        return OK;
    uint32_t cap = n < EXTENTS_FIRST ? EXTENTS_FIRST : n + n / 2;
    struct extent *ext = get(ix, o->ext == &o->one ? NULL : o->ext, cap, sizeof *ext);
    if (!ext)
        return ERR_NO_MEMORY;
    if (o->ext == &o->one)
        ext[0] = o->one;
    o->ext = ext;
    o->cap = cap;
    return OK;
}

static uint32_t extent_end(const struct extent *e)
{
    return e->off + e->len;
}

uint32_t object_seek(const struct object *o, uint32_t off)
{
    uint32_t low = 0, high = o->nr;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (extent_end(&o->ext[mid]) > off)
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

/* Move the extents from i on by one place; there is room. */
static void extents_open(struct object *o, uint32_t i)
{
    memmove(&o->ext[i + 1], &o->ext[i], (o->nr - i) * sizeof o->ext[0]);
    o->nr++;
}

/* Uncover [from, to), not empty; returns where an extent for it belongs. A split needs
 * room for one more. */
static uint32_t extents_cut(struct object *o, uint32_t from, uint32_t to)
{
    uint32_t i = object_seek(o, from);

    if (i < o->nr && o->ext[i].off < from) {
        struct extent *e = &o->ext[i];
        if (extent_end(e) > to) { /* the middle of one: its rest becomes another */
            extents_open(o, i);
            e = &o->ext[i + 1];
            uint32_t skip = to - e->off;
            e->off += skip;
            e->at += skip;
            e->len -= skip;
            o->stored -= to - from;
            o->ext[i].len = from - o->ext[i].off;
            return i + 1;
        }
        o->stored -= extent_end(e) - from;
        e->len = from - e->off;
        i++;
    }
    uint32_t end = i;
    while (end < o->nr && extent_end(&o->ext[end]) <= to)
        o->stored -= o->ext[end++].len;
    if (end < o->nr && o->ext[end].off < to) {
        struct extent *e = &o->ext[end];
        uint32_t skip = to - e->off;
        e->off += skip;
        e->at += skip;
        e->len -= skip;
        o->stored -= skip;
    }
    memmove(&o->ext[i], &o->ext[end], (o->nr - end) * sizeof o->ext[0]);
    o->nr -= end - i;
    return i;
}

static void object_put(struct object *o, const struct where *where, uint32_t at,
                       uint32_t len)
{
    o->len = len;
    o->stored = len;
    o->nr = len ? 1 : 0;
    o->ext[0] = (struct extent){*where, at, 0, len};
}

static void object_write(struct object *o, const struct where *where, uint32_t at,
                         uint32_t off, uint32_t len)
{
    if (off + len > o->len)
        o->len = off + len;
    if (len == 0)
        return;
    uint32_t i = extents_cut(o, off, off + len);
    extents_open(o, i);
    o->ext[i] = (struct extent){*where, at, off, len};
    o->stored += len;
}

static void object_truncate(struct object *o, uint32_t len)
{
    if (len < o->len)
        extents_cut(o, len, o->len);
    o->len = len;
}

/* --- changes --- */

static struct object *object_make(struct index *ix, const struct store_op *op)
{
    struct object *o = get(ix, NULL, 1, sizeof *o);
    if (!o)
        return NULL;
    memset(o, 0, sizeof *o);
    o->ext = &o->one;
    o->cap = 1;
    name_set(ix, o, op->id, op->id_len);
    return o;
}

enum err index_prepare(struct index *ix, const struct store_op *op, struct change *c)
{
    size_t end;

    *c = (struct change){.target = index_find(ix, op->id, op->id_len)};
    switch (op->kind) {
    case STORE_PUT:
        if (op->data_len > UINT32_MAX)
            return ERR_RANGE;
        if (!c->target && !(c->made = object_make(ix, op)))
            return ERR_NO_MEMORY;
        return OK;
    case STORE_WRITE:
        if (!c->target)
            return ERR_NOT_FOUND;
        if (!add_ok(op->offset, op->data_len, &end) || end > UINT32_MAX)
            return ERR_RANGE;
        return object_reserve(ix, c->target, c->target->nr + 2);
    case STORE_TRUNCATE:
        return c->target ? object_reserve(ix, c->target, c->target->nr + 1)
                         : ERR_NOT_FOUND;
    case STORE_RENAME:
        if (!c->target)
            return ERR_NOT_FOUND;
        if (op->data_len > STORE_ID_MAX)
            return ERR_RANGE;
        return index_find(ix, op->data, op->data_len) ? ERR_EXISTS : OK;
    case STORE_DELETE:
        return OK;
    }
    return ERR_RANGE;
}

void index_abandon(struct index *ix, struct change *c)
{
    if (c->made)
        object_free(ix, c->made);
    c->made = NULL;
}

static void index_add(struct index *ix, struct object *o)
{
    uint32_t i = ix->free_slot;
    if (i != SLOT_NONE)
        ix->free_slot = ix->slots[i].next_free;
    else
        i = ix->nr_slots++;
    ix->slots[i] = (struct slot){o, SLOT_NONE};
    o->slot = i;
    link_in(ix, o);
    ix->nr_objects++;
    ix->live += cost(o);
}

void index_delete(struct index *ix, struct object *o)
{
    link_out(ix, o);
    ix->slots[o->slot] = (struct slot){NULL, ix->free_slot};
    ix->free_slot = o->slot;
    ix->nr_objects--;
    ix->live -= cost(o);
    object_free(ix, o);
}

static void rename_to(struct index *ix, struct object *o, const void *id, size_t id_len)
{
    link_out(ix, o);
    name_set(ix, o, id, id_len);
    link_in(ix, o);
}

void index_apply(struct index *ix, const struct store_op *op, const struct change *c,
                 const struct where *where)
{
    struct object *o = c->made ? c->made : c->target;

    if (!o)
        return;
    if (c->made)
        index_add(ix, o);
    if (op->kind == STORE_DELETE) {
        index_delete(ix, o);
        return;
    }
    ix->live -= cost(o);
    if (op->kind == STORE_PUT)
        object_put(o, where, c->at, (uint32_t)op->data_len);
    else if (op->kind == STORE_WRITE)
        object_write(o, where, c->at, op->offset, (uint32_t)op->data_len);
    else if (op->kind == STORE_TRUNCATE)
        object_truncate(o, op->offset);
    else
        rename_to(ix, o, op->data, op->data_len);
    ix->live += cost(o);
}

/* --- invariants --- */

static bool object_sound(const struct index *ix, const struct object *o)
{
    uint64_t stored = 0;
    uint32_t end = 0;

    for (uint32_t i = 0; i < o->nr; i++) {
        const struct extent *e = &o->ext[i];
        if (e->len == 0 || e->off < end || e->len > o->len || e->off > o->len - e->len)
            return false;
        end = extent_end(e);
        stored += e->len;
    }
    return stored == o->stored && o->cap >= 1 && o->nr <= o->cap &&
           index_find(ix, o->id, o->id_len) == o;
}

bool index_check(const struct index *ix)
{
    uint64_t live = 0;
    uint32_t objects = 0, unused = 0;

    for (uint32_t i = 0; i < ix->nr_slots; i++) {
        const struct object *o = ix->slots[i].object;
        if (!o)
            continue;
        if (o->slot != i || !object_sound(ix, o))
            return false;
        objects++;
        live += cost(o);
    }
    for (uint32_t i = ix->free_slot; i != SLOT_NONE; i = ix->slots[i].next_free)
        if (i >= ix->nr_slots || ix->slots[i].object || ++unused > ix->nr_slots)
            return false;
    return objects == ix->nr_objects && objects + unused == ix->nr_slots &&
           live == ix->live;
}
