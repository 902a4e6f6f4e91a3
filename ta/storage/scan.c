/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SCAN: many whole objects in one answer, for a TA that loads all it has. Each object is
 * read once, straight into its place in the answer, and then moved over its head. The
 * answer is memory that the client can change meanwhile: lengths are taken from it once
 * and bounded.
 */
#include <string.h>
#include "command.h"

/* Write the entry of an object whose contents have size bytes; returns its length. */
static size_t entry_write(struct owner *o, uint8_t *p, const struct name *n,
                          uint32_t size)
{
    uint8_t *data = p + STORAGE_SCAN_HEAD + n->len;
    size_t got;
    uint32_t data_len = 0;
    TEE_Result res = err_to_tee(store_read(o->store, n->id, n->len, 0, data, size, &got));
    if (res == TEE_SUCCESS) {
        uint32_t head_len = size >= HEAD_PREFIX && got == size ? le32(data) : UINT32_MAX;
        if (head_len > STORAGE_HEAD_MAX || head_len > size - HEAD_PREFIX) {
            res = TEE_ERROR_CORRUPT_OBJECT;
        } else {
            data_len = size - HEAD_PREFIX - head_len;
            memmove(data, data + HEAD_PREFIX + head_len, data_len);
        }
    }
    put_le32(p, res);
    put_le32(p + 4, n->len);
    put_le32(p + 8, data_len);
    memcpy(p + STORAGE_SCAN_HEAD, n->id, n->len);
    return STORAGE_SCAN_HEAD + n->len + data_len;
}

TEE_Result store_scan(struct session *s, TEE_Param p[TEE_NUM_PARAMS])
{
    struct owner *o = s->owner;
    uint8_t *out = p[1].memref.buffer;
    size_t room = p[1].memref.size, at = 0;
    uint32_t cursor = p[0].value.a;

    for (;;) {
        uint32_t next = cursor, size;
        size_t id_len, need;
        struct name n;
        enum err e = store_next(o->store, &next, n.id, &id_len, &size);
        if (e != OK && !at)
            return err_to_tee(e);
        if (e != OK)
            break; /* told by the next call */
        n.len = (uint32_t)id_len;
        if (!add_ok(STORAGE_SCAN_HEAD + n.len, size, &need) || need > room - at) {
            if (at)
                break;
            p[1].memref.size = need;
            return TEE_ERROR_SHORT_BUFFER;
        }
        at += entry_write(o, out + at, &n, size);
        cursor = next;
    }
    p[0].value.a = cursor;
    p[1].memref.size = at;
    return TEE_SUCCESS;
}
