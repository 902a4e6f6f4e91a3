/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Token records and token objects in secure storage. All changes go through
 * AH_PersistentBatch, so each is one commit: whole after a power cut, or absent. No
 * handle is ever held open.
 *
 * Reading survives damage: the storage says which object does not verify, and that one is
 * named in the log and skipped, so that one flipped bit costs one object. It is not
 * deleted; a backup of the medium may still cure it.
 */
#include <stdlib.h>
#include "persist.h"
#include "token.h"

#define OBJECT_VERSION 1u
#define NAME_MAX_LEN   22u
#define SCAN_ROOM      (256u * 1024)              /* of objects read in one call */
#define SCAN_MAX       (ATTRS_BYTES_MAX + 65536u) /* more than any object needs */
#define SWEEP_BATCH    32u

struct name {
    uint8_t id[NAME_MAX_LEN];
    size_t len;
};

static struct name record_name(uint32_t slot)
{
    return (struct name){{'t', (uint8_t)slot}, 2};
}

static struct name object_name(uint32_t slot, uint32_t generation, const uint8_t *uid)
{
    struct name n = {{'o', (uint8_t)slot}, NAME_MAX_LEN};
    put_le32(n.id + 2, generation);
    memcpy(n.id + 6, uid, OBJECT_UID_LEN);
    return n;
}

static bool name_decode(struct stored *s, const struct name *n)
{
    if (n->len != NAME_MAX_LEN || n->id[0] != 'o')
        return false;
    s->slot = n->id[1];
    s->generation = le32(n->id + 2);
    memcpy(s->uid, n->id + 6, OBJECT_UID_LEN);
    return true;
}

static AH_PersistentOp op_delete(const struct name *n)
{
    return (AH_PersistentOp){AH_PERSISTENT_DELETE, n->id, n->len, NULL, 0};
}

CK_RV persist_record_read(uint32_t slot, void *p, size_t *len)
{
    struct name n = record_name(slot);
    TEE_Result r = AH_PersistentRead(TEE_STORAGE_PRIVATE, n.id, n.len, p, len);
    if (r == TEE_ERROR_ITEM_NOT_FOUND) {
        *len = 0;
        return CKR_OK;
    }
    if (r != TEE_SUCCESS)
        AH_Log(AH_LOG_ERROR, "record of the token in slot %u cannot be read: 0x%08x",
               slot, r);
    return r == TEE_SUCCESS || r == TEE_ERROR_OUT_OF_MEMORY ? rv_of(r) : CKR_DEVICE_ERROR;
}

CK_RV persist_record_write(uint32_t slot, const void *p, size_t len, bool lazy)
{
    struct name n = record_name(slot);
    AH_PersistentOp op = {AH_PERSISTENT_PUT, n.id, n.len, p, len};
    return rv_of(
        AH_PersistentBatch(TEE_STORAGE_PRIVATE, lazy ? AH_BATCH_LAZY : 0, &op, 1));
}

CK_RV persist_put(uint32_t generation, struct object *const *objects, uint32_t nr)
{
    struct name names[2];
    AH_PersistentOp ops[2] = {{0}};
    CK_RV rv = CKR_OK;
    for (uint32_t i = 0; i < nr && rv == CKR_OK; i++) {
        const struct object *o = objects[i];
        uint8_t *data = malloc(4 + o->attrs.len);
        if (!data) {
            rv = CKR_DEVICE_MEMORY;
            break;
        }
        put_le32(data, OBJECT_VERSION);
        memcpy(data + 4, o->attrs.p, o->attrs.len);
        names[i] = object_name(o->token->slot, generation, o->uid);
        ops[i] = (AH_PersistentOp){AH_PERSISTENT_PUT, names[i].id, names[i].len, data,
                                   4 + o->attrs.len};
    }
    if (rv == CKR_OK)
        rv = rv_of(AH_PersistentBatch(TEE_STORAGE_PRIVATE, 0, ops, nr));
    for (uint32_t i = 0; i < nr; i++) {
        void *data = (void *)(uintptr_t)ops[i].data;
        if (data)
            wipe(data, ops[i].dataLen);
        free(data);
    }
    return rv;
}

CK_RV persist_delete(uint32_t generation, const struct object *o)
{
    struct name n = object_name(o->token->slot, generation, o->uid);
    AH_PersistentOp op = op_delete(&n);
    return rv_of(AH_PersistentBatch(TEE_STORAGE_PRIVATE, 0, &op, 1));
}

static void sweep_names(const struct name *names, uint32_t nr)
{
    AH_PersistentOp ops[SWEEP_BATCH];
    for (uint32_t i = 0; i < nr; i++)
        ops[i] = op_delete(&names[i]);
    TEE_Result r = nr ? AH_PersistentBatch(TEE_STORAGE_PRIVATE, AH_BATCH_LAZY, ops, nr)
                      : TEE_SUCCESS;
    if (r != TEE_SUCCESS)
        AH_Log(AH_LOG_WARNING,
               "remains of an erased token stay until the next sweep: 0x%08x", r);
}

void persist_sweep(uint32_t generation, struct object *const *objects, uint32_t nr)
{
    struct name names[SWEEP_BATCH];
    uint32_t n = 0;
    for (uint32_t i = 0; i < nr; i++) {
        names[n++] = object_name(objects[i]->token->slot, generation, objects[i]->uid);
        if (n == SWEEP_BATCH || i + 1 == nr) {
            sweep_names(names, n);
            n = 0;
        }
    }
}

/* --- walk ------------------------------------------------------------------------------
 */

struct walk {
    uint8_t *buf;
    size_t room;
    AH_PersistentPlace place;
    persist_judge *fate;
    persist_visit *visit;
    void *arg;
    struct name *stale; /* on the heap; nr_stale of room_stale */
    uint32_t nr_stale, room_stale;
};

static CK_RV walk_read(struct walk *w, struct stored *s, TEE_Result r, struct span data)
{
    CK_RV rv = CKR_DEVICE_ERROR;
    if (r == TEE_SUCCESS && data.len >= 4 && le32(data.p) == OBJECT_VERSION)
        rv = attrs_load(&s->attrs, data.p + 4, data.len - 4);
    if (rv == CKR_DEVICE_ERROR) {
        AH_Log(AH_LOG_ERROR,
               "an object of the token in slot %u is damaged and left out (0x%08x)",
               s->slot, r);
        return CKR_OK;
    }
    if (rv == CKR_OK)
        rv = w->visit(s, w->arg);
    attrs_free(&s->attrs);
    return rv;
}

/* Without memory the rest stays for the next walk. */
static void walk_stale(struct walk *w, const struct name *n)
{
    if (w->nr_stale == w->room_stale) {
        uint32_t room = w->room_stale ? 2 * w->room_stale : SWEEP_BATCH;
        struct name *more = realloc(w->stale, room * sizeof *more);
        if (!more)
            return;
        w->stale = more;
        w->room_stale = room;
    }
    w->stale[w->nr_stale++] = *n;
}

static CK_RV walk_object(struct walk *w, const struct name *n, TEE_Result r,
                         struct span data)
{
    struct stored s = {.slot = 0};
    if (!name_decode(&s, n))
        return CKR_OK;
    switch (w->fate(s.slot, s.generation, w->arg)) {
    case PERSIST_READ:
        return walk_read(w, &s, r, data);
    case PERSIST_SWEEP:
        walk_stale(w, n);
        return CKR_OK;
    case PERSIST_LEAVE:
        break;
    }
    return CKR_OK;
}

/* The entries of one scan. */
static CK_RV walk_entries(struct walk *w, size_t len)
{
    CK_RV rv = CKR_OK;
    for (struct rd r = rd_init(w->buf, len); r.left && rv == CKR_OK;) {
        TEE_Result res = rd_u32(&r);
        uint32_t id_len = rd_u32(&r), data_len = rd_u32(&r);
        struct span id = rd_raw(&r, id_len), data = rd_raw(&r, data_len);
        if (r.bad)
            return CKR_DEVICE_ERROR;
        struct name n = {.len = id.len};
        if (id.len > NAME_MAX_LEN)
            continue;
        if (id.len)
            memcpy(n.id, id.p, id.len);
        rv = walk_object(w, &n, res, data);
    }
    return rv;
}

/* Room for an entry that did not fit. */
static bool walk_grow(struct walk *w, size_t need)
{
    uint8_t *more = need > w->room && need <= SCAN_MAX ? malloc(need) : NULL;
    if (!more)
        return false;
    wipe(w->buf, w->room);
    free(w->buf);
    w->buf = more;
    w->room = need;
    return true;
}

static CK_RV walk_all(struct walk *w)
{
    for (;;) {
        size_t len = w->room;
        TEE_Result r = AH_PersistentScan(TEE_STORAGE_PRIVATE, &w->place, w->buf, &len);
        if (r == TEE_ERROR_ITEM_NOT_FOUND)
            return CKR_OK;
        if (r == TEE_ERROR_SHORT_BUFFER && walk_grow(w, len))
            continue;
        if (r != TEE_SUCCESS) {
            AH_Log(AH_LOG_ERROR, "the objects of the tokens cannot be read: 0x%08x", r);
            return r == TEE_ERROR_OUT_OF_MEMORY || r == TEE_ERROR_SHORT_BUFFER
                       ? CKR_DEVICE_MEMORY
                       : CKR_DEVICE_ERROR;
        }
        CK_RV rv = walk_entries(w, len);
        if (rv != CKR_OK)
            return rv;
    }
}

CK_RV persist_walk(persist_judge *fate, persist_visit *visit, void *arg)
{
    struct walk w = {.room = SCAN_ROOM, .fate = fate, .visit = visit, .arg = arg};
    if (!(w.buf = malloc(w.room)))
        return CKR_DEVICE_MEMORY;
    CK_RV rv = walk_all(&w);
    for (uint32_t i = 0; rv == CKR_OK && i < w.nr_stale; i += SWEEP_BATCH)
        sweep_names(w.stale + i,
                    w.nr_stale - i < SWEEP_BATCH ? w.nr_stale - i : SWEEP_BATCH);
    free(w.stale);
    wipe(w.buf, w.room);
    free(w.buf);
    return rv;
}
