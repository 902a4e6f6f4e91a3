/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handle table. Handles are handed out in sequence, so the low bits alone spread them
 * evenly over the buckets and no hash is needed: a client does not choose them.
 */
#include <stdlib.h>
#include "table.h"

#define GROW_FROM 16u

static struct node **bucket(struct table *t, uint32_t handle)
{
    return t->buckets ? &t->buckets[handle & t->mask] : &t->one;
}

struct node *table_find(const struct table *t, uint32_t handle)
{
    struct node *n = t->buckets ? t->buckets[handle & t->mask] : t->one;
    while (n && n->handle != handle)
        n = n->next;
    return n;
}

/* Twice as many buckets; without memory everything stays as it is. */
static void grow(struct table *t)
{
    uint32_t nr = t->buckets ? 2 * (t->mask + 1) : GROW_FROM;
    struct node **buckets = calloc(nr, sizeof *buckets);
    if (!buckets)
        return;
    for (struct node *n = table_first(t), *next; n; n = next) {
        next = table_next(t, n);
        n->next = buckets[n->handle & (nr - 1)];
        buckets[n->handle & (nr - 1)] = n;
    }
    free(t->buckets);
    t->buckets = buckets;
    t->mask = nr - 1;
    t->one = NULL;
}

void table_add(struct table *t, struct node *n)
{
    if (t->nr > t->mask && t->mask < UINT32_MAX / 4)
        grow(t);
    struct node **b = bucket(t, n->handle);
    n->next = *b;
    *b = n;
    t->nr++;
}

void table_remove(struct table *t, struct node *n)
{
    struct node **at = bucket(t, n->handle);
    while (*at != n)
        at = &(*at)->next;
    *at = n->next;
    t->nr--;
}

static struct node *first_from(const struct table *t, uint32_t b)
{
    for (; t->buckets && b <= t->mask; b++) {
        if (t->buckets[b])
            return t->buckets[b];
    }
    return NULL;
}

struct node *table_first(const struct table *t)
{
    return t->buckets ? first_from(t, 0) : t->one;
}

struct node *table_next(const struct table *t, const struct node *n)
{
    if (n->next || !t->buckets)
        return n->next;
    return first_from(t, (n->handle & t->mask) + 1);
}

void table_free(struct table *t)
{
    free(t->buckets);
    *t = (struct table){.nr = 0};
}
