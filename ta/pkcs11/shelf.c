/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shelf. An object hangs in one chain per index that applies to it. Chains are doubly
 * linked, so that leaving one of many equal labels costs nothing.
 *
 * The indexes are only a way to candidates: shelf_search() compares every attribute
 * before it visits an object, so that a collision of digests is never an answer. Nor is a
 * guess at a value that may not be read: such an attribute in a template matches nothing.
 */
#include <stdlib.h>
#include "attr.h"
#include "object.h"
#include "siphash.h"

#define GROW_FROM 16u

static uint64_t hash_key[2];
static pthread_once_t hash_once = PTHREAD_ONCE_INIT;

static void hash_key_make(void)
{
    TEE_GenerateRandom(hash_key, sizeof hash_key);
}

/*
 * The digest that index i has for a set of attributes; false when the set lacks what the
 * index goes by. find is attrs_find of an object or the like for a template.
 */
typedef bool find_fn(const void *set, uint32_t id, struct span *v);

static bool digest_of(uint64_t *digest, enum shelf_index i, find_fn *find,
                      const void *set)
{
    static const uint32_t ids[INDEXES] = {
        [INDEX_ID] = CKA_ID,
        [INDEX_LABEL] = CKA_LABEL,
        [INDEX_CLASS] = CKA_CLASS,
        [INDEX_TYPE] = CKA_CLASS,
    };
    struct span v, type = {NULL, 0};
    if (!find(set, ids[i], &v) || (i == INDEX_TYPE && !find(set, CKA_KEY_TYPE, &type)))
        return false;
    *digest = siphash(hash_key, v.p, v.len);
    if (type.p)
        *digest = *digest * 31 + siphash(hash_key, type.p, type.len);
    return true;
}

static bool find_in_object(const void *set, uint32_t id, struct span *v)
{
    return attrs_find(set, id, v);
}

static bool find_in_template(const void *set, uint32_t id, struct span *v)
{
    struct p11_attr a;
    if (!p11_template_find(set, id, &a))
        return false;
    *v = a.v;
    return true;
}

static struct chain *chain_of(struct shelf *s, enum shelf_index i, uint64_t digest)
{
    return s->chains[i] ? &s->chains[i][digest & s->mask] : &s->one[i];
}

static void link_in(struct chain *c, struct link *l)
{
    l->next = c->first;
    l->prev = &c->first;
    if (c->first)
        c->first->prev = &l->next;
    c->first = l;
    c->nr++;
}

static void link_out(struct chain *c, struct link *l)
{
    *l->prev = l->next;
    if (l->next)
        l->next->prev = l->prev;
    l->prev = NULL;
    c->nr--;
}

/* More chains; without memory everything stays as it is. */
static void grow(struct shelf *s)
{
    uint32_t nr = s->mask ? 2 * (s->mask + 1) : GROW_FROM;
    struct chain *chains[INDEXES];
    bool all = true;
    for (int i = 0; i < INDEXES; i++)
        all = (chains[i] = calloc(nr, sizeof *chains[i])) && all;
    for (int i = 0; i < INDEXES; i++) {
        if (!all) {
            free(chains[i]);
            continue;
        }
        for (uint32_t c = 0; c <= s->mask; c++) {
            struct chain *old = s->chains[i] ? &s->chains[i][c] : &s->one[i];
            for (struct link *l = old->first, *next; l; l = next) {
                next = l->next;
                link_in(&chains[i][l->digest & (nr - 1)], l);
            }
        }
        free(s->chains[i]);
        s->chains[i] = chains[i];
    }
    if (all)
        s->mask = nr - 1;
}

bool shelf_fits(const struct shelf *s, size_t more)
{
    size_t sum;
    if (!add_ok(s->bytes, more, &sum) || sum > s->max)
        return false;
    return !s->all ||
           (add_ok(atomic_load(&s->all->bytes), more, &sum) && sum <= s->all->max);
}

void shelf_add(struct shelf *s, struct object *o)
{
    pthread_once(&hash_once, hash_key_make);
    if (s->handles.nr > s->mask && s->mask < UINT32_MAX / 4)
        grow(s);
    table_add(&s->handles, &o->place.node);
    s->bytes += object_cost(o);
    if (s->all)
        atomic_fetch_add(&s->all->bytes, object_cost(o));
    for (enum shelf_index i = 0; i < INDEXES; i++) {
        struct link *l = &o->place.links[i];
        l->object = o;
        l->prev = NULL;
        if (digest_of(&l->digest, i, find_in_object, &o->attrs))
            link_in(chain_of(s, i, l->digest), l);
    }
}

void shelf_remove(struct shelf *s, struct object *o)
{
    table_remove(&s->handles, &o->place.node);
    s->bytes -= object_cost(o);
    if (s->all)
        atomic_fetch_sub(&s->all->bytes, object_cost(o));
    for (enum shelf_index i = 0; i < INDEXES; i++) {
        struct link *l = &o->place.links[i];
        if (l->prev)
            link_out(chain_of(s, i, l->digest), l);
    }
}

static struct object *object_at(struct node *n)
{
    return (struct object *)((char *)n - offsetof(struct object, place.node));
}

struct object *shelf_find(const struct shelf *s, uint32_t handle)
{
    struct node *n = table_find(&s->handles, handle);
    return n ? object_at(n) : NULL;
}

struct object *shelf_first(const struct shelf *s)
{
    struct node *n = table_first(&s->handles);
    return n ? object_at(n) : NULL;
}

struct object *shelf_next(const struct shelf *s, const struct object *o)
{
    struct node *n = table_next(&s->handles, &o->place.node);
    return n ? object_at(n) : NULL;
}

/* Does the template ask for a value that may not be read from o? */
static bool asks_secret(const struct object *o, const struct p11_template *t)
{
    unsigned scope = attr_scope(o->class, o->key_type);
    struct p11_attr a;
    for (struct p11_iter i = p11_iter(t); p11_next(&i, &a);) {
        const struct attr_row *row = attr_row(a.id, scope);
        if (row && row->secret && !object_is_readable(o))
            return true;
    }
    return false;
}

static bool matches(const struct object *o, const struct p11_template *t)
{
    return attrs_match(&o->attrs, t) && !asks_secret(o, t);
}

/* The shortest chain that holds all that can match; NULL when no index applies. */
static const struct chain *shortest(struct shelf *s, const struct p11_template *t,
                                    uint64_t *digest, enum shelf_index *index)
{
    const struct chain *best = NULL;
    for (enum shelf_index i = 0; i < INDEXES; i++) {
        uint64_t d;
        if (!digest_of(&d, i, find_in_template, t))
            continue;
        const struct chain *c = chain_of(s, i, d);
        if (!best || c->nr < best->nr) {
            best = c;
            *digest = d;
            *index = i;
        }
    }
    return best;
}

void shelf_search(struct shelf *s, const struct p11_template *t, shelf_visit *visit,
                  void *arg)
{
    pthread_once(&hash_once, hash_key_make);
    uint64_t digest = 0;
    enum shelf_index index = INDEX_ID;
    const struct chain *c = shortest(s, t, &digest, &index);
    if (c) {
        for (struct link *l = c->first; l; l = l->next) {
            if (l->digest == digest && matches(l->object, t) && !visit(l->object, arg))
                return;
        }
        return;
    }
    for (struct object *o = shelf_first(s); o; o = shelf_next(s, o)) {
        if (matches(o, t) && !visit(o, arg))
            return;
    }
}

void shelf_free(struct shelf *s)
{
    table_free(&s->handles);
    for (int i = 0; i < INDEXES; i++)
        free(s->chains[i]);
    *s = (struct shelf){.bytes = 0};
}
