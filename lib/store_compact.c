/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compaction: the objects, as they are, into a fresh log with fresh keys under
 * another name; then sync, then one atomic rename. Until the rename is known to
 * be durable the old file is the one that is read, and nothing is appended to
 * either. A cut at any moment leaves one of the two, and both hold the same
 * objects.
 *
 *   pass 1  count the pieces that each object will have; get all the memory
 *   pass 2  write the pieces, in records of about RECORD_AIM bytes
 *   switch  rename; then let the index point into the new file, which cannot
 * fail
 *
 * The last record of a fresh log is empty and tells that those before it are
 * durable: the file gets its name only after it was synced, so whoever sees the
 * name may believe it. It is not a closing record: whoever sees the name may
 * not believe that the name stays.
 */
#include "store_impl.h"

#define PIECE_MAX (64u << 10)
#define RECORD_AIM (4u << 10)
#define BODY_MAX (PIECE_MAX + RECORD_AIM + OP_OVERHEAD + STORE_ID_MAX)

struct writer {
  struct store *s;
  struct log log;
  uint8_t *rec;         /* record being filled; NULL in pass 1 */
  uint32_t len;         /* of its body so far */
  struct extent *fresh; /* of all objects, in the order written */
  size_t nr;            /* used, or in pass 1 counted */
  size_t unplaced;      /* first one whose record is not written yet */
};

static enum err flush(struct writer *w) {
  struct where where;

  if (!w->len)
    return OK;
  enum err e =
      record_write(w->s, &w->log, w->rec, w->len, w->log.seq, 0, &where);
  if (e != OK)
    return e;
  for (; w->unplaced < w->nr; w->unplaced++)
    w->fresh[w->unplaced].where = where;
  w->len = 0;
  return OK;
}

/* One operation that makes a piece of o: len bytes from off. */
static enum err emit(struct writer *w, const struct object *o,
                     enum store_kind kind, uint32_t off, uint32_t len) {
  if (!w->rec) {
    w->nr += len != 0;
    return OK;
  }
  if (w->len >= RECORD_AIM) {
    enum err e = flush(w);
    if (e != OK)
      return e;
  }
  /* The data is read straight to its place behind the fixed part of the
   * operation. */
  struct store_op op = {kind, o->id, o->id_len, kind == STORE_PUT ? 0 : off,
                        NULL, 0};
  struct wr wr = wr_init(w->rec + REC_HEADER_BYTES + w->len, BODY_MAX - w->len);
  op_encode(&wr, &op);
  uint8_t *data = wr.buf + wr.len;
  enum err e = object_read(w->s, o, off, data, len);
  if (e != OK)
    return e;
  put_le32(data - 4, len);
  uint32_t at = (uint32_t)(data - w->rec);
  w->len = at - REC_HEADER_BYTES + len;
  if (len)
    w->fresh[w->nr++] = (struct extent){.at = at, .off = off, .len = len};
  return OK;
}

/* The next run of covered bytes at or behind from; false if there is none. */
static bool next_run(const struct object *o, uint32_t from, uint32_t *start,
                     uint32_t *end) {
  uint32_t i = object_seek(o, from);

  if (i == o->nr)
    return false;
  *start = o->ext[i].off > from ? o->ext[i].off : from;
  *end = o->ext[i].off + o->ext[i].len;
  while (++i < o->nr && o->ext[i].off == *end)
    *end += o->ext[i].len;
  return true;
}

static enum err emit_object(struct writer *w, const struct object *o) {
  enum store_kind kind = STORE_PUT;
  uint32_t pos = 0, start, end;
  enum err e = OK;

  if (!next_run(o, 0, &start, &end) || start > 0) {
    e = emit(w, o, STORE_PUT, 0, 0);
    kind = STORE_WRITE;
  }
  while (e == OK && next_run(o, pos, &start, &end)) {
    uint32_t len = end - start < PIECE_MAX ? end - start : PIECE_MAX;
    e = emit(w, o, kind, start, len);
    kind = STORE_WRITE;
    pos = start + len;
  }
  if (e == OK && pos < o->len)
    e = emit(w, o, STORE_TRUNCATE, o->len, 0);
  return e;
}

/* Pass 1. */
static enum err plan(struct writer *w) {
  struct index *ix = &w->s->index;

  for (uint32_t i = 0; i < ix->nr_slots; i++) {
    struct object *o = ix->slots[i].object;
    if (!o)
      continue;
    size_t before = w->nr;
    enum err e = emit_object(w, o);
    o->pieces = (uint32_t)(w->nr - before);
    if (e == OK)
      e = object_reserve(ix, o, o->pieces);
    if (e != OK)
      return e;
  }
  size_t bytes;
  if (!mul_ok(w->nr + 1, sizeof *w->fresh, &bytes) ||
      !(w->fresh = store_get(w->s, bytes)) ||
      !(w->rec = store_get(w->s, REC_OVERHEAD + BODY_MAX)))
    return ERR_NO_MEMORY;
  w->nr = 0;
  return OK;
}

static enum err begin(struct writer *w) {
  const struct store_backing *b = w->s->config.backing;
  uint8_t header[LOG_HEADER_BYTES], salt[LOG_SALT_BYTES];
  uint64_t size;

  enum err e = b->open(b->ctx, w->s->new_name, true, &w->log.file, &size);
  if (e != OK)
    return e;
  w->log.is_open = true;
  w->log.seq = w->s->log.seq;
  w->s->config.random(w->s->config.random_ctx, salt, sizeof salt);
  log_begin(header, &w->log.keys, w->s->config.key, salt, w->log.seq);
  memcpy(w->log.tag, header + sizeof header - TAG_BYTES, TAG_BYTES);
  w->log.end = sizeof header;
  w->s->appends++;
  return b->append(b->ctx, w->log.file, 0, header, sizeof header);
}

/* Pass 2. */
static enum err write_all(struct writer *w) {
  const struct index *ix = &w->s->index;
  enum err e = begin(w);

  for (uint32_t i = 0; e == OK && i < ix->nr_slots; i++)
    if (ix->slots[i].object)
      e = emit_object(w, ix->slots[i].object);
  if (e == OK)
    e = flush(w);
  if (e == OK)
    e = record_write(w->s, &w->log, w->rec, 0, w->log.seq, 0, NULL);
  /* The counter is left alone: until the rename, the old log is the one it must
   * accept.
   */
  w->s->syncs++;
  return e == OK ? w->s->config.backing->sync(w->s->config.backing->ctx,
                                              w->log.file)
                 : e;
}

static void adopt(struct writer *w) {
  struct store *s = w->s;
  const struct store_backing *b = s->config.backing;
  const struct extent *fresh = w->fresh;

  for (uint32_t i = 0; i < s->index.nr_slots; i++) {
    struct object *o = s->index.slots[i].object;
    if (!o)
      continue;
    memcpy(o->ext, fresh, o->pieces * sizeof *fresh);
    o->nr = o->pieces;
    fresh += o->pieces;
  }
  if (s->log.is_open)
    b->close(b->ctx, s->log.file);
  s->log = w->log;
  s->synced = s->newest = w->log.seq;
  s->closed = false;
  s->renew = s->refresh = false;
  s->dropped = 0;
  s->compactions++;
  cache_drop(s);
}

enum err log_renew(struct store *s) {
  const struct store_backing *b = s->config.backing;
  struct writer w = {.s = s};

  enum err e = plan(&w);
  if (e == OK)
    e = write_all(&w);
  if (e == OK && (e = b->replace(b->ctx, s->new_name, s->name)) != OK)
    s->renew = true; /* which file has the name is not known: only a further
                        rename tells */
  if (e == OK)
    adopt(&w);
  else if (w.log.is_open)
    b->close(b->ctx, w.log.file);
  if (e == ERR_CORRUPT)
    s->status = e;
  store_put_secret(s, w.rec, w.rec ? REC_OVERHEAD + BODY_MAX : 0);
  store_put(s, w.fresh);
  wipe(&w, sizeof w);
  return e;
}
