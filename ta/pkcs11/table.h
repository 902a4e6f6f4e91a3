/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hash table from handles to whatever embeds a struct node. A handle stands in it at
 * most once. Adding cannot fail: the first bucket is built in, and when there is no
 * memory to grow, the chains just get longer. All zero is the empty table; it must not be
 * copied. The owner of the table says which lock guards it.
 */
#ifndef P11_TABLE_H
#define P11_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct node {
    struct node *next;
    uint32_t handle;
};

struct table {
    struct node **buckets; /* NULL: the one built in */
    uint32_t mask;         /* number of buckets, a power of two, less 1 */
    uint32_t nr;
    struct node *one;
};

struct node *table_find(const struct table *t, uint32_t handle);
void table_add(struct table *t, struct node *n);
void table_remove(struct table *t, struct node *n);

/* The first node, and the one after n; NULL at the end. Order has no meaning. */
struct node *table_first(const struct table *t);
struct node *table_next(const struct table *t, const struct node *n);
void table_free(struct table *t); /* not what stands in it */

#endif
