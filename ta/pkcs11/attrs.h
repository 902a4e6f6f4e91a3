/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set of attributes in memory of the TA: one block of "u32 id, u32 size, value" in the
 * form of the wire, each id at most once. The same bytes go to storage. An object has
 * one, and so has a draft of an object; nested templates are values of it.
 *
 * All zero is the empty set. Spans that getters answer point into the set: they last
 * until the set is next changed. The block is wiped whenever it is let go.
 */
#ifndef P11_ATTRS_H
#define P11_ATTRS_H

#include "p11.h"

#define ATTRS_BYTES_MAX (512u * 1024u) /* of one object, all attributes */

struct attrs {
    uint8_t *p;
    size_t len;
    size_t cap;
    uint32_t nr;
};

/* Is the attribute there? *v (may be NULL) becomes its value. */
bool attrs_find(const struct attrs *a, uint32_t id, struct span *v);
bool attrs_has(const struct attrs *a, uint32_t id);

/* The value of a boolean; an absent one is false. */
bool attr_bool(const struct attrs *a, uint32_t id);

/* The value of a number; absent or of another size: P11_UNAVAILABLE. */
uint32_t attr_u32(const struct attrs *a, uint32_t id);

/* The value; absent: {NULL, 0}. */
struct span attr_bytes(const struct attrs *a, uint32_t id);

/* Add, or replace. CKR_DEVICE_MEMORY leaves the set as it was. */
CK_RV attrs_put(struct attrs *a, uint32_t id, const void *v, size_t len);
CK_RV attrs_put_bool(struct attrs *a, uint32_t id, bool v);
CK_RV attrs_put_u32(struct attrs *a, uint32_t id, uint32_t v);
void attrs_drop(struct attrs *a, uint32_t id);

/* to must be empty. */
CK_RV attrs_copy(struct attrs *to, const struct attrs *from);
void attrs_free(struct attrs *a);

/* Give back the spare room, before the set is kept for long. */
CK_RV attrs_fit(struct attrs *a);

/* Bytes from storage become a set; CKR_DEVICE_ERROR when they are not one. */
CK_RV attrs_load(struct attrs *a, const void *p, size_t len);

/* The set as a template, to walk over it. */
struct p11_template attrs_view(const struct attrs *a);

/* Has the set every attribute of t, with the same value? (searches, WRAP_TEMPLATE) */
bool attrs_match(const struct attrs *a, const struct p11_template *t);

#endif
