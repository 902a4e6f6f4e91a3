/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands without a handle: walking, batches, whole objects, and the store as such. */
#include <stdlib.h>
#include <string.h>
#include "command.h"

/* --- walk --- */

TEE_Result store_next_object(struct session *s, TEE_Param p[TEE_NUM_PARAMS])
{
    struct owner *o = s->owner;
    uint32_t cursor = p[0].value.a, head_len, size;
    struct name n;
    size_t id_len, got;

    TEE_Result res = err_to_tee(store_next(o->store, &cursor, n.id, &id_len, &size));
    if (res != TEE_SUCCESS)
        return res;
    n.len = (uint32_t)id_len;
    if ((res = head_len_read(o, &n, &head_len, &size)) != TEE_SUCCESS)
        return res;
    bool fits = n.len <= p[1].memref.size && head_len <= p[2].memref.size;
    p[1].memref.size = n.len;
    p[2].memref.size = head_len;
    if (!fits)
        return TEE_ERROR_SHORT_BUFFER;
    res = err_to_tee(store_read(o->store, n.id, n.len, HEAD_PREFIX, p[2].memref.buffer,
                                head_len, &got));
    if (res != TEE_SUCCESS)
        return res;
    if (n.len)
        memcpy(p[1].memref.buffer, n.id, n.len);
    p[0].value.a = cursor;
    p[3].value.a = size - HEAD_PREFIX - head_len;
    return TEE_SUCCESS;
}

/* --- batch --- */

static bool op_take(struct rd *r, struct store_op *op)
{
    uint32_t kind = rd_u32(r);
    uint32_t name_len = rd_u32(r);
    uint32_t contents_len = rd_u32(r);
    struct span name = rd_raw(r, name_len);
    struct span contents = rd_raw(r, contents_len);

    if (r->bad || name_len > STORAGE_NAME_MAX)
        return false;
    *op = (struct store_op){STORE_DELETE, name.p, name.len, 0, contents.p, contents.len};
    if (kind == STORAGE_OP_DELETE)
        return contents_len == 0;
    op->kind = STORE_PUT;
    return kind == STORAGE_OP_PUT && contents_len >= HEAD_PREFIX &&
           le32(contents.p) <= contents_len - HEAD_PREFIX &&
           le32(contents.p) <= STORAGE_HEAD_MAX;
}

static TEE_Result batch_run(struct owner *o, const uint8_t *packed, size_t len,
                            uint32_t nr, uint32_t flags)
{
    struct store_op ops[STORE_OPS_MAX];
    struct rd r = rd_init(packed, len);

    for (uint32_t i = 0; i < nr; i++) {
        if (!op_take(&r, &ops[i]))
            return TEE_ERROR_BAD_PARAMETERS;
        if (handle_is_open(o, ops[i].id, (uint32_t)ops[i].id_len))
            return TEE_ERROR_ACCESS_CONFLICT;
        for (uint32_t j = 0; j < i; j++)
            if (ops[j].id_len == ops[i].id_len &&
                memcmp(ops[j].id, ops[i].id, ops[i].id_len) == 0)
                return TEE_ERROR_BAD_PARAMETERS;
    }
    if (!rd_end(&r))
        return TEE_ERROR_BAD_PARAMETERS;
    return err_to_tee(store_commit(o->store, ops, nr, flags));
}

TEE_Result store_batch(struct session *s, TEE_Param p[TEE_NUM_PARAMS])
{
    uint32_t flags = p[0].value.a, nr = p[0].value.b;
    size_t len = p[1].memref.size;

    if (nr > STORE_OPS_MAX || flags & ~STORAGE_BATCH_LAZY)
        return TEE_ERROR_BAD_PARAMETERS;
    if (len > OWNER_COMMIT_MAX)
        return TEE_ERROR_STORAGE_NO_SPACE;
    uint8_t *packed = calloc(1, len + 1);
    if (!packed)
        return TEE_ERROR_OUT_OF_MEMORY;
    if (len)
        memcpy(packed, p[1].memref.buffer, len);
    TEE_Result res =
        batch_run(s->owner, packed, len, nr, flags & STORAGE_BATCH_LAZY ? STORE_LAZY : 0);
    wipe(packed, len);
    free(packed);
    return res;
}

/* --- whole objects --- */

TEE_Result store_get(struct session *s, TEE_Param p[TEE_NUM_PARAMS])
{
    struct owner *o = s->owner;
    uint32_t head_len, size;
    struct name n;
    size_t got;

    TEE_Result res = name_take(&n, &p[0]);
    if (res == TEE_SUCCESS)
        res = head_len_read(o, &n, &head_len, &size);
    if (res != TEE_SUCCESS)
        return res;
    uint32_t len = size - HEAD_PREFIX - head_len;
    size_t room = p[1].memref.size;
    p[1].memref.size = len;
    if (len > room)
        return TEE_ERROR_SHORT_BUFFER;
    return err_to_tee(store_read(o->store, n.id, n.len, HEAD_PREFIX + head_len,
                                 p[1].memref.buffer, len, &got));
}

/* --- the store --- */

TEE_Result store_tell(struct session *s, TEE_Param p[TEE_NUM_PARAMS])
{
    struct store_info info;
    size_t room = p[0].memref.size;

    store_info(s->owner->store, &info);
    const struct storage_status status = {
        .state = err_to_tee(store_status(s->owner->store)),
        .objects = info.objects,
        .file_bytes = info.file_bytes,
        .live_bytes = info.live_bytes,
        .dropped_bytes = info.dropped_bytes,
        .appends = info.appends,
        .syncs = info.syncs,
        .compactions = info.compactions,
    };
    p[0].memref.size = sizeof status;
    if (room < sizeof status)
        return TEE_ERROR_SHORT_BUFFER;
    memcpy(p[0].memref.buffer, &status, sizeof status);
    return TEE_SUCCESS;
}

TEE_Result store_begin_anew(struct session *s, TEE_Param p[TEE_NUM_PARAMS])
{
    if (s->owner->handles)
        return TEE_ERROR_ACCESS_CONFLICT;
    return err_to_tee(store_reset(s->owner->store, p[0].value.a == 1));
}
