/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading objects back from the log. Nothing that was read earlier is trusted to be still
 * the same: a record is read whole, authenticated, and compared with what the index
 * remembers of its tag. The last record is kept decrypted, so that reading an object in
 * small steps, or objects in the order in which they lie in the file, costs one
 * verification for each record.
 */
#include "store_impl.h"

#define CACHE_WASTE                                                                      \
    (256u << 10) /* a buffer that is bigger than needed by this is given back */

void cache_drop(struct store *s)
{
    store_put_secret(s, s->cache.buf, s->cache.cap);
    s->cache = (struct cache){0};
}

static enum err cache_room(struct store *s, size_t need)
{
    if (need <= s->cache.cap && s->cache.cap - need < CACHE_WASTE)
        return OK;
    cache_drop(s);
    s->cache.buf = store_get(s, need);
    if (!s->cache.buf)
        return ERR_NO_MEMORY;
    s->cache.cap = need;
    return OK;
}

/* Have the record at w decrypted in the cache. */
static enum err record_load(struct store *s, const struct where *w)
{
    const struct store_backing *b = s->config.backing;
    struct cache *c = &s->cache;
    size_t bytes = TAG_BYTES + REC_OVERHEAD + (size_t)w->len;
    uint8_t tag[TAG_BYTES];
    struct rec_head h;

    if (c->where.rec == w->rec)
        return OK;
    enum err e = cache_room(s, bytes);
    if (e != OK)
        return e;
    c->where.rec = 0;
    if ((e = b->read(b->ctx, s->log.file, w->rec - TAG_BYTES, c->buf, bytes)) != OK)
        return e;
    memcpy(tag, c->buf, TAG_BYTES);
    uint8_t *rec = c->buf + TAG_BYTES;
    if (!rec_head_open(&h, rec, &s->log.keys) || h.len != w->len ||
        !rec_body_open(rec, &h, &s->log.keys, tag) || le64(tag) != w->check)
        return ERR_CORRUPT;
    c->where = *w;
    return OK;
}

enum err object_read(struct store *s, const struct object *o, uint32_t off, uint8_t *buf,
                     uint32_t len)
{
    uint32_t end = off + len;

    memset(buf, 0, len);
    for (uint32_t i = object_seek(o, off); i < o->nr && o->ext[i].off < end; i++) {
        const struct extent *x = &o->ext[i];
        uint32_t from = x->off > off ? x->off : off;
        uint32_t to = x->off + x->len < end ? x->off + x->len : end;
        enum err e = record_load(s, &x->where);
        if (e != OK) {
            wipe(buf, len);
            return e;
        }
        memcpy(buf + (from - off), s->cache.buf + TAG_BYTES + x->at + (from - x->off),
               to - from);
    }
    return OK;
}
