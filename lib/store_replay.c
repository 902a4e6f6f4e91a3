/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening a log: verify record after record and do its operations in the index.
 *
 * The replay ends at the end of the file or at the first record that does not
 * verify. Then the question is whether that record was ever acknowledged. Each
 * record says up to which number everything was durable when it was written,
 * and its header can be recognised alone; so the rest of the file is searched
 * for authentic headers. One that says more was durable than the replay has
 * found is proof of corruption. Without such proof the rest is a torn tail: an
 * append that a power cut interrupted, and that nobody was told had succeeded.
 */
#include "store_impl.h"

#define WINDOW_BYTES (128u << 10)

/* A piece of the file in memory. Records are decrypted in it, so it moves only
 * forward.
 */
struct window {
  struct store *s;
  uint64_t size; /* of the file */
  uint64_t off;
  size_t len;
  uint8_t *buf;
  size_t cap;
};

static enum err window_room(struct window *w, size_t want) {
  if (want <= w->cap)
    return OK;
  store_put_secret(w->s, w->buf, w->cap);
  w->cap = 0;
  w->buf = store_get(w->s, want);
  if (!w->buf)
    return ERR_NO_MEMORY;
  w->cap = want;
  return OK;
}

/* *p = len bytes of the file at off; they are inside the file. */
static enum err window_get(struct window *w, uint64_t off, size_t len,
                           uint8_t **p) {
  const struct store_backing *b = w->s->config.backing;

  if (off < w->off || off - w->off > w->len ||
      len > w->len - (size_t)(off - w->off)) {
    size_t want = len > WINDOW_BYTES ? len : WINDOW_BYTES;
    if (want > w->size - off)
      want = (size_t)(w->size - off);
    w->len = 0;
    enum err e = window_room(w, want);
    if (e != OK)
      return e;
    if ((e = b->read(b->ctx, w->s->log.file, off, w->buf, want)) != OK)
      return e;
    w->off = off;
    w->len = want;
  }
  *p = w->buf + (off - w->off);
  return OK;
}

static enum err header_replay(struct store *s, struct window *w) {
  uint8_t *p;

  if (w->size < LOG_HEADER_BYTES)
    return ERR_CORRUPT;
  enum err e = window_get(w, 0, LOG_HEADER_BYTES, &p);
  if (e != OK)
    return e;
  if ((e = log_open(p, &s->log.keys, s->config.key, &s->log.seq)) != OK)
    return e;
  memcpy(s->log.tag, p + LOG_HEADER_BYTES - TAG_BYTES, TAG_BYTES);
  s->log.end = LOG_HEADER_BYTES;
  s->synced = s->log.seq;
  s->refresh = true;
  return OK;
}

/* What an authentic record says must make sense; else this is not a log that we
 * wrote. */
static enum err body_replay(struct store *s, const uint8_t *rec,
                            const struct where *where) {
  struct rd r = rd_init(rec + REC_HEADER_BYTES, where->len);
  struct store_op op;
  struct change c;

  while (!rd_end(&r)) {
    if (!op_decode(&r, &op))
      return ERR_CORRUPT;
    enum err e = index_reserve(&s->index, 1);
    if (e == OK)
      e = index_prepare(&s->index, &op, &c);
    if (e != OK)
      return e == ERR_NO_MEMORY ? e : ERR_CORRUPT;
    if (op.data_len)
      c.at = (uint32_t)((const uint8_t *)op.data - rec);
    index_apply(&s->index, &op, &c, where);
  }
  return OK;
}

/* *found false: there is no further record that verifies. */
static enum err record_replay(struct store *s, struct window *w, bool *found) {
  struct log *l = &s->log;
  uint64_t left = w->size - l->end;
  struct rec_head h;
  uint8_t *rec;

  *found = false;
  if (left < REC_OVERHEAD)
    return OK;
  enum err e = window_get(w, l->end, REC_HEADER_BYTES, &rec);
  if (e != OK)
    return e;
  if (!rec_head_open(&h, rec, &l->keys) || h.seq <= l->seq ||
      h.len > left - REC_OVERHEAD)
    return OK;
  if ((e = window_get(w, l->end, REC_OVERHEAD + (size_t)h.len, &rec)) != OK)
    return e;
  if (!rec_body_open(rec, &h, &l->keys, l->tag))
    return OK;
  struct where where = {l->end, le64(l->tag), h.len};
  if ((e = body_replay(s, rec, &where)) != OK)
    return e;
  l->end += REC_OVERHEAD + (uint64_t)h.len;
  l->seq = h.seq;
  s->refresh = !(h.flags & REC_CLOSING);
  if (h.synced > s->synced)
    s->synced = h.synced;
  *found = true;
  return OK;
}

/* The highest number that an authentic header in buf says was durable. */
static uint64_t evidence_in(const struct store *s, const uint8_t *buf,
                            size_t len) {
  uint64_t best = 0;
  struct rec_head h;

  for (size_t i = 0; len >= REC_HEADER_BYTES && i <= len - REC_HEADER_BYTES;
       i++)
    if (le32(buf + i) == REC_MAGIC &&
        rec_head_open(&h, buf + i, &s->log.keys) && h.synced > best)
      best = h.synced;
  return best;
}

/* Search the file behind the last record that verified. */
static enum err evidence_find(struct store *s, struct window *w,
                              uint64_t *best) {
  const size_t step = WINDOW_BYTES - REC_HEADER_BYTES;

  w->len = 0; /* parts of it were decrypted */
  *best = 0;
  for (uint64_t off = s->log.end; off < w->size && *best <= s->log.seq;
       off += step) {
    uint64_t left = w->size - off;
    size_t len = left < WINDOW_BYTES ? (size_t)left : WINDOW_BYTES;
    uint8_t *p;
    enum err e = window_get(w, off, len, &p);
    if (e != OK)
      return e;
    uint64_t told = evidence_in(s, p, len);
    if (told > *best)
      *best = told;
  }
  return OK;
}

static enum err tail_judge(struct store *s, struct window *w) {
  uint64_t told;

  if (s->log.end == w->size)
    return OK;
  enum err e = evidence_find(s, w, &told);
  if (e != OK)
    return e;
  s->dropped = w->size - s->log.end;
  s->refresh = true;
  if (told <= s->log.seq)
    return OK;
  s->log.seq = told; /* a log begun after this one goes on from there */
  return ERR_CORRUPT;
}

enum err log_replay(struct store *s, uint64_t size) {
  struct window w = {.s = s, .size = size};
  bool found;

  enum err e = header_replay(s, &w);
  if (e != OK)
    goto out;
  do
    e = record_replay(s, &w, &found);
  while (e == OK && found);
  if (e == OK)
    e = tail_judge(s, &w);
out:
  store_put_secret(s, w.buf, w.cap);
  if (e == ERR_CORRUPT || e == ERR_UNSUPPORTED) {
    s->status = e;
    e = OK;
  }
  return e;
}
