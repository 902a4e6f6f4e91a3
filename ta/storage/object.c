/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects by handle: open, create, rename, delete, and their data. The store knows
 * contents; a GP object is contents that begin with the length of a head and the head.
 */
#include <stdlib.h>
#include <string.h>
#include "command.h"

/* --- names, heads --- */

TEE_Result name_take(struct name *n, const TEE_Param *p)
{
    if (p->memref.size > STORAGE_NAME_MAX)
        return TEE_ERROR_BAD_PARAMETERS;
    n->len = (uint32_t)p->memref.size;
    if (n->len)
        memcpy(n->id, p->memref.buffer, n->len);
    return TEE_SUCCESS;
}

TEE_Result head_len_read(struct owner *o, const struct name *n, uint32_t *head_len,
                         uint32_t *size)
{
    uint8_t prefix[HEAD_PREFIX];
    size_t got;

    enum err e = store_size(o->store, n->id, n->len, size);
    if (e == OK)
        e = store_read(o->store, n->id, n->len, 0, prefix, sizeof prefix, &got);
    if (e != OK)
        return err_to_tee(e);
    *head_len = le32(prefix);
    if (got != sizeof prefix || *head_len > STORAGE_HEAD_MAX ||
        *head_len > *size - HEAD_PREFIX)
        return TEE_ERROR_CORRUPT_OBJECT;
    return TEE_SUCCESS;
}

static struct name name_of(const struct handle *h)
{
    struct name n = {.len = h->id_len};
    memcpy(n.id, h->id, h->id_len);
    return n;
}

/* The handle of p0, if it has the access; else why not. */
static TEE_Result take_handle(struct session *s, const TEE_Param *p, uint32_t access,
                              struct handle **h)
{
    *h = handle_get(s, p->value.a);
    if (!*h)
        return TEE_ERROR_BAD_PARAMETERS;
    return ((*h)->flags & access) == access ? TEE_SUCCESS : TEE_ERROR_ACCESS_DENIED;
}

static TEE_Result commit_one(struct owner *o, const struct store_op *op)
{
    return err_to_tee(store_commit(o->store, op, 1, 0));
}

/* Where byte b of the data stands in the contents. OVERFLOW when it cannot. */
static TEE_Result position(const struct handle *h, uint32_t b, size_t len, uint32_t *off)
{
    size_t at, end;

    if (!add_ok(b, HEAD_PREFIX + h->head_len, &at) || !add_ok(at, len, &end) ||
        end > UINT32_MAX)
        return TEE_ERROR_OVERFLOW;
    *off = (uint32_t)at;
    return TEE_SUCCESS;
}

/* --- open, create --- */

TEE_Result object_open(struct session *s, TEE_Param p[TEE_NUM_PARAMS])
{
    struct owner *o = s->owner;
    uint32_t flags = p[1].value.a, head_len, size, number;
    struct name n;
    size_t got;

    TEE_Result res =
        flags & ~HANDLE_FLAGS ? TEE_ERROR_BAD_PARAMETERS : name_take(&n, &p[0]);
    if (res == TEE_SUCCESS)
        res = head_len_read(o, &n, &head_len, &size);
    if (res == TEE_SUCCESS)
        res = handle_may_open(o, n.id, n.len, flags);
    if (res != TEE_SUCCESS)
        return res;
    size_t room = p[2].memref.size;
    p[2].memref.size = head_len;
    if (head_len > room)
        return TEE_ERROR_SHORT_BUFFER;
    res = err_to_tee(store_read(o->store, n.id, n.len, HEAD_PREFIX, p[2].memref.buffer,
                                head_len, &got));
    if (res == TEE_SUCCESS)
        res = handle_open(s, n.id, n.len, flags, head_len, &number);
    if (res != TEE_SUCCESS)
        return res;
    p[1].value.a = number;
    p[1].value.b = size - HEAD_PREFIX - head_len;
    return TEE_SUCCESS;
}

/* An object that is open is in the way also of OVERWRITE. */
static TEE_Result may_create(const struct owner *o, const struct name *n, uint32_t flags)
{
    uint32_t size;

    if (handle_is_open(o, n->id, n->len))
        return TEE_ERROR_ACCESS_CONFLICT;
    enum err e = store_size(o->store, n->id, n->len, &size);
    if (e == OK)
        return flags & TEE_DATA_FLAG_OVERWRITE ? TEE_SUCCESS : TEE_ERROR_ACCESS_CONFLICT;
    return e == ERR_NOT_FOUND ? TEE_SUCCESS : err_to_tee(e);
}

static TEE_Result put(struct owner *o, const struct name *n, const TEE_Param *head,
                      const TEE_Param *data)
{
    size_t len;

    if (!add_ok(HEAD_PREFIX + head->memref.size, data->memref.size, &len) ||
        len > OWNER_COMMIT_MAX)
        return TEE_ERROR_STORAGE_NO_SPACE;
    uint8_t *contents = malloc(len);
    if (!contents)
        return TEE_ERROR_OUT_OF_MEMORY;
    struct wr w = wr_init(contents, len);
    wr_span(&w, head->memref.buffer, head->memref.size);
    wr_raw(&w, data->memref.buffer, data->memref.size);
    struct store_op op = {STORE_PUT, n->id, n->len, 0, contents, len};
    TEE_Result res = commit_one(o, &op);
    wipe(contents, len);
    free(contents);
    return res;
}

TEE_Result object_create(struct session *s, TEE_Param p[TEE_NUM_PARAMS])
{
    uint32_t flags = p[1].value.a, head_len = (uint32_t)p[2].memref.size, number;
    struct name n;

    if (flags & ~(HANDLE_FLAGS | TEE_DATA_FLAG_OVERWRITE) ||
        p[2].memref.size > STORAGE_HEAD_MAX)
        return TEE_ERROR_BAD_PARAMETERS;
    TEE_Result res = name_take(&n, &p[0]);
    if (res == TEE_SUCCESS)
        res = may_create(s->owner, &n, flags);
    /* The handle first: it can be taken back, the object cannot. */
    if (res == TEE_SUCCESS)
        res = handle_open(s, n.id, n.len, flags & HANDLE_FLAGS, head_len, &number);
    if (res != TEE_SUCCESS)
        return res;
    res = put(s->owner, &n, &p[2], &p[3]);
    if (res != TEE_SUCCESS) {
        handle_close(s, number);
        return res;
    }
    p[1].value.a = number;
    p[1].value.b = (uint32_t)p[3].memref.size;
    return TEE_SUCCESS;
}

TEE_Result object_close(struct session *s, TEE_Param p[TEE_NUM_PARAMS])
{
    if (!handle_get(s, p[0].value.a))
        return TEE_ERROR_BAD_PARAMETERS;
    handle_close(s, p[0].value.a);
    return TEE_SUCCESS;
}

TEE_Result object_delete(struct session *s, TEE_Param p[TEE_NUM_PARAMS])
{
    struct handle *h;
    TEE_Result res = take_handle(s, &p[0], TEE_DATA_FLAG_ACCESS_WRITE_META, &h);

    if (res != TEE_SUCCESS)
        return res;
    struct store_op op = {STORE_DELETE, h->id, h->id_len, 0, NULL, 0};
    res = commit_one(s->owner, &op);
    handle_close(s, p[0].value.a);
    return res;
}

TEE_Result object_rename(struct session *s, TEE_Param p[TEE_NUM_PARAMS])
{
    struct handle *h;
    struct name to;
    TEE_Result res = take_handle(s, &p[0], TEE_DATA_FLAG_ACCESS_WRITE_META, &h);

    if (res == TEE_SUCCESS)
        res = name_take(&to, &p[1]);
    if (res != TEE_SUCCESS)
        return res;
    struct name from = name_of(h);
    if (from.len == to.len && memcmp(from.id, to.id, to.len) == 0)
        return TEE_ERROR_ACCESS_CONFLICT;
    struct store_op op = {STORE_RENAME, from.id, from.len, 0, to.id, to.len};
    res = commit_one(s->owner, &op);
    if (res != TEE_SUCCESS)
        return res;
    memcpy(h->id, to.id, to.len);
    h->id_len = to.len;
    return TEE_SUCCESS;
}

/* --- data --- */

TEE_Result data_read(struct session *s, TEE_Param p[TEE_NUM_PARAMS])
{
    struct handle *h;
    uint32_t off;
    size_t got;
    TEE_Result res = take_handle(s, &p[0], TEE_DATA_FLAG_ACCESS_READ, &h);

    if (res != TEE_SUCCESS)
        return res;
    if (position(h, p[0].value.b, 0, &off) != TEE_SUCCESS) {
        p[1].memref.size = 0; /* behind any data */
        return TEE_SUCCESS;
    }
    res = err_to_tee(store_read(s->owner->store, h->id, h->id_len, off,
                                p[1].memref.buffer, p[1].memref.size, &got));
    if (res == TEE_SUCCESS)
        p[1].memref.size = got;
    return res;
}

TEE_Result data_write(struct session *s, TEE_Param p[TEE_NUM_PARAMS])
{
    struct handle *h;
    uint32_t off;
    size_t len = p[1].memref.size;
    TEE_Result res = take_handle(s, &p[0], TEE_DATA_FLAG_ACCESS_WRITE, &h);

    if (res == TEE_SUCCESS)
        res = position(h, p[0].value.b, len, &off);
    if (res != TEE_SUCCESS || len == 0)
        return res;
    struct store_op op = {STORE_WRITE, h->id, h->id_len, off, p[1].memref.buffer, len};
    return commit_one(s->owner, &op);
}

TEE_Result data_truncate(struct session *s, TEE_Param p[TEE_NUM_PARAMS])
{
    struct handle *h;
    uint32_t off;
    TEE_Result res = take_handle(s, &p[0], TEE_DATA_FLAG_ACCESS_WRITE, &h);

    if (res == TEE_SUCCESS)
        res = position(h, p[0].value.b, 0, &off);
    if (res != TEE_SUCCESS)
        return res == TEE_ERROR_OVERFLOW ? TEE_ERROR_STORAGE_NO_SPACE : res;
    struct store_op op = {STORE_TRUNCATE, h->id, h->id_len, off, NULL, 0};
    return commit_one(s->owner, &op);
}

TEE_Result data_size(struct session *s, TEE_Param p[TEE_NUM_PARAMS])
{
    struct handle *h;
    uint32_t size;
    TEE_Result res = take_handle(s, &p[0], 0, &h);

    if (res == TEE_SUCCESS)
        res = err_to_tee(store_size(s->owner->store, h->id, h->id_len, &size));
    if (res == TEE_SUCCESS)
        p[1].value.a = size - HEAD_PREFIX - h->head_len;
    return res;
}

TEE_Result head_write(struct session *s, TEE_Param p[TEE_NUM_PARAMS])
{
    struct handle *h;
    TEE_Result res = take_handle(s, &p[0], 0, &h);

    if (res != TEE_SUCCESS)
        return res;
    if (p[1].memref.size != h->head_len)
        return TEE_ERROR_BAD_PARAMETERS;
    struct store_op op = {STORE_WRITE,        h->id,           h->id_len, HEAD_PREFIX,
                          p[1].memref.buffer, p[1].memref.size};
    return h->head_len ? commit_one(s->owner, &op) : TEE_SUCCESS;
}
