/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A shelf holds objects so that they are found at once by handle, by CKA_ID, by CKA_LABEL
 * and by CKA_CLASS with or without CKA_KEY_TYPE. Each index is a hash over a digest of
 * the value, keyed at random, with counted chains: a search walks the shortest chain that
 * its template allows and compares the rest. Adding cannot fail, as for a table. All zero
 * but for the ceilings is the empty shelf, which must not be copied. The owner of the
 * shelf says which lock guards it.
 */
#ifndef P11_SHELF_H
#define P11_SHELF_H

#include "table.h"
#include "p11.h"

struct object;

enum shelf_index { INDEX_ID, INDEX_LABEL, INDEX_CLASS, INDEX_TYPE, INDEXES };

/* Where an object stands in one index. */
struct link {
    struct link *next, **prev; /* prev NULL: not in this index */
    struct object *object;
    uint64_t digest;
};

struct place {
    struct node node;
    struct link links[INDEXES];
};

struct chain {
    struct link *first;
    uint32_t nr;
};

/* A ceiling over several shelves. */
struct shelf_total {
    _Atomic size_t bytes;
    size_t max;
};

struct shelf {
    struct table handles;
    struct chain *chains[INDEXES]; /* NULL: the one built in */
    struct chain one[INDEXES];
    uint32_t mask;           /* chains of each index, a power of two, less 1 */
    size_t bytes;            /* that all objects here cost */
    size_t max;              /* ceiling of bytes */
    struct shelf_total *all; /* what several shelves share; may be NULL */
};

/*
 * Is there room for objects that cost so much more? Asked before adding; the answer is
 * exact for this shelf, and about right for the sum over several, which other locks
 * guard.
 */
bool shelf_fits(const struct shelf *s, size_t more);
void shelf_add(struct shelf *s, struct object *o);
void shelf_remove(struct shelf *s, struct object *o);
struct object *shelf_find(const struct shelf *s, uint32_t handle);

/* Walk over all, in no order; NULL at the end. Take the next before removing one. */
struct object *shelf_first(const struct shelf *s);
struct object *shelf_next(const struct shelf *s, const struct object *o);

/*
 * Call visit for every object that has all attributes of t, until it answers false.
 * Changes nothing; an object whose secret value t asks for, but which may not show it, is
 * not found.
 */
typedef bool shelf_visit(struct object *o, void *arg);
void shelf_search(struct shelf *s, const struct p11_template *t, shelf_visit *visit,
                  void *arg);
void shelf_free(struct shelf *s); /* not the objects */

#endif
