/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The index of a storage log: which objects there are and where in the file their bytes
 * lie.
 *
 * An object's contents are a sorted list of extents, each a piece of some record; what no
 * extent covers reads as zero. A change is prepared (may fail, alters nothing that is
 * visible) and later applied (cannot fail), so that the record can be written in between.
 */
#ifndef AH_STORE_INDEX_H
#define AH_STORE_INDEX_H

#include "store_record.h"

/* A record in the file; check is the start of its tag, so that no other can stand in. */
struct where {
    uint64_t rec; /* offset of its header */
    uint64_t check;
    uint32_t len; /* of its body */
};

struct extent {
    struct where where;
    uint32_t at;  /* of the bytes, from the record's header */
    uint32_t off; /* in the object */
    uint32_t len;
};

struct object {
    struct object *next; /* in its bucket */
    uint32_t hash;
    uint32_t slot;
    uint32_t len;
    uint32_t nr, cap; /* extents: used, room for; cap >= 1 */
    uint32_t pieces;  /* for compaction: extents it will have */
    uint64_t stored;  /* sum of the lengths of its extents */
    struct extent *ext;
    struct extent one; /* room for the first, so that most objects are one allocation */
    uint8_t id_len;
    uint8_t id[STORE_ID_MAX];
};

/* An object keeps its slot for life; a walk goes by slots. */
struct slot {
    struct object *object; /* NULL: free */
    uint32_t next_free;
};

struct index {
    struct store_memory memory;
    uint32_t seed; /* of the hash */
    struct slot *slots;
    uint32_t nr_slots, cap_slots;
    uint32_t free_slot; /* first of the free list, or SLOT_NONE */
    struct object **buckets;
    uint32_t nr_buckets; /* a power of two, or 0 */
    uint32_t nr_objects;
    uint64_t live; /* bytes a log without garbage needs for the objects, about */
};
#define SLOT_NONE UINT32_MAX

void index_init(struct index *ix, const struct store_memory *memory, uint32_t seed);
void index_wipe(struct index *ix); /* frees everything; the index is empty afterwards */

struct object *index_find(const struct index *ix, const void *id, size_t id_len);

/* Make room for n more objects. */
MUST_CHECK enum err index_reserve(struct index *ix, uint32_t n);

struct change {
    struct object *target; /* existing object that changes; NULL: none */
    struct object *made;   /* object to be added; NULL: none */
    uint32_t at;           /* of the operation's data, from the record's header */
};

/*
 * Check that op can be done and get the memory it needs, apart from index_reserve().
 * ERR_NOT_FOUND, ERR_EXISTS, ERR_RANGE, ERR_NO_MEMORY. On OK either index_apply() or
 * index_abandon() follows; several changes of different names may be prepared at once.
 */
MUST_CHECK enum err index_prepare(struct index *ix, const struct store_op *op,
                                  struct change *c);
void index_apply(struct index *ix, const struct store_op *op, const struct change *c,
                 const struct where *where);
void index_abandon(struct index *ix, struct change *c);

/* Make room for n extents in all. */
MUST_CHECK enum err object_reserve(struct index *ix, struct object *o, uint32_t n);

/* The first extent that ends after off, or o->nr. */
uint32_t object_seek(const struct object *o, uint32_t off);

/* Take an object out of the index and free it. */
void index_delete(struct index *ix, struct object *o);

bool index_check(const struct index *ix);

#endif
