/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The storage log engine: open, commit, read. The protocol of a durable commit:
 *
 *   prepare   everything that can fail for want of memory or by the rules
 *   append    one record, sealed, with the number up to which all was durable
 * before sync      now it is durable; with a counter: advance it apply     the
 * index points to the new record; this cannot fail
 *
 * A failed append leaves rubbish behind the last record, which the next append
 * cuts off. After a failed sync nobody knows what the medium holds of the file,
 * so the next commit first writes a fresh one (renew). The same happens to a
 * log that its last user did not close (refresh), but when the medium is full.
 * Numbers only grow, and one that may have reached the medium is not used
 * again.
 */
#include "store_impl.h"

#define SLACK_DEFAULT (64u << 10)

/* --- memory --- */

void *store_get(struct store *s, size_t size) {
  return s->config.memory.resize(s->config.memory.ctx, NULL, size);
}

void store_put(struct store *s, void *p) {
  s->config.memory.release(s->config.memory.ctx, p);
}

void store_put_secret(struct store *s, void *p, size_t size) {
  wipe(p, size);
  store_put(s, p);
}

/* --- the log --- */

enum err record_write(struct store *s, struct log *l, uint8_t *rec,
                      uint32_t len, uint64_t synced, uint32_t flags,
                      struct where *where) {
  const struct store_backing *b = s->config.backing;
  struct rec_head h = {len, l->seq + 1, synced, flags};
  uint8_t nonce[NONCE_BYTES], tag[TAG_BYTES];

  s->config.random(s->config.random_ctx, nonce, sizeof nonce);
  memcpy(tag, l->tag, sizeof tag);
  rec_seal(rec, &l->keys, &h, nonce, tag);
  s->appends++;
  enum err e =
      b->append(b->ctx, l->file, l->end, rec, REC_OVERHEAD + (size_t)len);
  if (e != OK)
    return e;
  if (where)
    *where = (struct where){l->end, le64(tag), len};
  memcpy(l->tag, tag, sizeof tag);
  l->end += REC_OVERHEAD + (uint64_t)len;
  l->seq++;
  return OK;
}

enum err log_sync(struct store *s, struct log *l) {
  const struct store_backing *b = s->config.backing;
  const struct store_counter *c = s->config.counter;

  s->syncs++;
  enum err e = b->sync(b->ctx, l->file);
  return e == OK && c && s->epoch ? c->advance(c->ctx, l->seq) : e;
}

/* Sync, then make next the log; after a failure the file is given up. */
static enum err log_settle(struct store *s, const struct log *next) {
  struct log l = *next;
  enum err e = log_sync(s, &l);

  s->log.seq = l.seq;
  if (e != OK) {
    s->renew = true;
    return e;
  }
  s->log = l;
  s->closed = false;
  s->synced = s->newest = l.seq;
  return OK;
}

/*
 * With a counter, each opening that commits first claims a range of numbers
 * above all that earlier openings may have left unacknowledged, in copies of
 * the file that someone kept.
 */
static enum err epoch_begin(struct store *s) {
  uint8_t rec[REC_OVERHEAD];
  struct log next = s->log;

  if (!s->config.counter || s->epoch)
    return OK;
  s->epoch = true;
  next.seq = ((s->log.seq >> 32) + 1) << 32;
  enum err e = record_write(s, &next, rec, 0, s->synced, 0, NULL);
  if (e == OK)
    e = log_settle(s, &next);
  s->epoch = e == OK;
  return e;
}

/* --- open and close --- */

static bool names_set(struct store *s, const char *name) {
  size_t len = strlen(name), suffix = sizeof STORE_NEW_SUFFIX;

  if (len == 0 || len + suffix > sizeof s->new_name)
    return false;
  memcpy(s->name, name, len + 1);
  memcpy(s->new_name, name, len);
  memcpy(s->new_name + len, STORE_NEW_SUFFIX, suffix);
  return true;
}

static void limits_set(struct store_config *c) {
  if (c->objects_max == 0)
    c->objects_max = UINT32_MAX;
  if (c->commit_max == 0 || c->commit_max > STORE_COMMIT_MAX)
    c->commit_max = STORE_COMMIT_MAX;
  if (c->slack == 0)
    c->slack = SLACK_DEFAULT;
}

/* Is the log as new as the counter says it must be? */
static enum err counter_check(struct store *s) {
  const struct store_counter *c = s->config.counter;
  uint64_t value;

  if (!c)
    return OK;
  enum err e = c->get(c->ctx, &value);
  if (e != OK || s->log.seq >= value)
    return e;
  s->log.seq = value;
  if (s->status == OK)
    s->status = s->dropped ? ERR_CORRUPT : ERR_ROLLBACK;
  return OK;
}

/*
 * The last user may have died with records written and not synced; what is
 * served must not go away in a power cut. And one whose sync failed cannot be
 * told from one that was never synced, nor made durable by another sync: so
 * such a log is served and not appended to.
 */
static enum err tail_settle(struct store *s) {
  const struct store_backing *b = s->config.backing;

  if (!s->refresh)
    return OK;
  s->syncs++;
  enum err e = b->sync(b->ctx, s->log.file);
  s->renew = e != OK;
  s->synced = s->newest = s->log.seq;
  return e == ERR_DEAD ? e : OK;
}

static enum err load(struct store *s) {
  const struct store_backing *b = s->config.backing;
  uint64_t size;

  /* Left by an unfinished compaction, if at all. */
  (void)b->remove(b->ctx, s->new_name);
  enum err e = b->open(b->ctx, s->name, false, &s->log.file, &size);
  if (e == ERR_NOT_FOUND) {
    s->renew = true;
    return counter_check(s);
  }
  if (e != OK)
    return e;
  s->log.is_open = true;
  if ((e = log_replay(s, size)) != OK || (e = counter_check(s)) != OK)
    return e;
  s->newest = s->synced;
  s->closed = !s->refresh;
  return s->status == OK ? tail_settle(s) : OK;
}

static void store_free(struct store *s) {
  const struct store_backing *b = s->config.backing;
  struct store_memory memory = s->config.memory;

  if (s->log.is_open)
    b->close(b->ctx, s->log.file);
  cache_drop(s);
  index_wipe(&s->index);
  wipe(s, sizeof *s);
  memory.release(memory.ctx, s);
}

enum err store_open(struct store **out, const struct store_config *config) {
  struct store *s = config->memory.resize(config->memory.ctx, NULL, sizeof *s);
  uint32_t seed;

  *out = NULL;
  if (!s)
    return ERR_NO_MEMORY;
  memset(s, 0, sizeof *s);
  s->config = *config;
  limits_set(&s->config);
  config->random(config->random_ctx, &seed, sizeof seed);
  index_init(&s->index, &config->memory, seed);
  enum err e = names_set(s, config->name) ? load(s) : ERR_RANGE;
  if (e != OK) {
    store_free(s);
    return e;
  }
  *out = s;
  return OK;
}

enum err store_status(const struct store *s) { return s->status; }

/* --- commit --- */

static bool same_name(const void *a, size_t a_len, const void *b,
                      size_t b_len) {
  return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

static bool names_meet(const struct store_op *a, const struct store_op *b) {
  return same_name(a->id, a->id_len, b->id, b->id_len) ||
         (a->kind == STORE_RENAME &&
          same_name(a->data, a->data_len, b->id, b->id_len)) ||
         (b->kind == STORE_RENAME &&
          same_name(a->id, a->id_len, b->data, b->data_len)) ||
         (a->kind == STORE_RENAME && b->kind == STORE_RENAME &&
          same_name(a->data, a->data_len, b->data, b->data_len));
}

/* Shape of a commit; *len is the length of its body. */
static enum err ops_check(const struct store *s, const struct store_op *ops,
                          size_t nr, uint32_t *len) {
  size_t sum = 0;

  if (nr > STORE_OPS_MAX)
    return ERR_RANGE;
  for (size_t i = 0; i < nr; i++) {
    if (ops[i].id_len > STORE_ID_MAX || ops[i].data_len > s->config.commit_max)
      return ERR_RANGE;
    for (size_t j = 0; j < i; j++)
      if (names_meet(&ops[i], &ops[j]))
        return ERR_RANGE;
    sum += OP_OVERHEAD + ops[i].id_len + ops[i].data_len;
  }
  if (sum > s->config.commit_max)
    return ERR_RANGE;
  *len = (uint32_t)sum;
  return OK;
}

/* Garbage at least as much as what lives, and the slack. */
static bool worth_compacting(const struct store *s) {
  return s->log.end > 2 * s->index.live + s->config.slack &&
         s->log.end >= s->compact_from;
}

/* Have a log that can be appended to. */
static enum err log_ready(struct store *s) {
  if (s->status != OK)
    return s->status;
  if (s->renew || s->refresh || worth_compacting(s)) {
    enum err e = log_renew(s);
    s->compact_from = e == OK ? 0 : s->log.end + s->config.slack;
    if (s->renew || (s->refresh && e != ERR_NO_SPACE) || s->status != OK)
      return e;
    s->refresh = false; /* a full medium must not lock its owner out */
  }
  return epoch_begin(s);
}

static void encode(uint8_t *rec, uint32_t len, const struct store_op *ops,
                   struct change *changes, size_t nr) {
  struct wr w = wr_init(rec + REC_HEADER_BYTES, len);

  for (size_t i = 0; i < nr; i++) {
    op_encode(&w, &ops[i]);
    changes[i].at = (uint32_t)(REC_HEADER_BYTES + w.len - ops[i].data_len);
  }
}

static enum err prepare(struct store *s, const struct store_op *ops,
                        struct change *changes, size_t nr) {
  size_t done = 0, made = 0;
  enum err e = index_reserve(&s->index, (uint32_t)nr);

  while (e == OK && done < nr) {
    e = index_prepare(&s->index, &ops[done], &changes[done]);
    if (e == OK)
      made += changes[done++].made != NULL;
  }
  if (e == OK && made > s->config.objects_max - s->index.nr_objects)
    e = ERR_RANGE;
  while (e != OK && done > 0)
    index_abandon(&s->index, &changes[--done]);
  return e;
}

static enum err write_commit(struct store *s, uint8_t *rec, uint32_t len,
                             uint32_t flags, struct where *where) {
  struct log next = s->log;
  enum err e = record_write(s, &next, rec, len, s->synced, 0, where);

  if (e != OK)
    return e;
  if (!(flags & STORE_LAZY))
    return log_settle(s, &next);
  s->log = next;
  s->closed = false;
  s->newest = next.seq;
  return OK;
}

static enum err flush(struct store *s) {
  if (s->status != OK)
    return s->status;
  if (s->synced >= s->newest)
    return OK;
  enum err e = log_ready(s);
  if (e != OK || s->synced >= s->newest)
    return e;
  struct log same = s->log;
  return log_settle(s, &same);
}

enum err store_commit(struct store *s, const struct store_op *ops,
                      size_t nr_ops, uint32_t flags) {
  struct change changes[STORE_OPS_MAX];
  struct where where;
  uint32_t len;

  if (nr_ops == 0)
    return flags & STORE_LAZY ? OK : flush(s);
  enum err e = ops_check(s, ops, nr_ops, &len);
  if (e != OK || (e = log_ready(s)) != OK)
    return e;
  uint8_t *rec = store_get(s, REC_OVERHEAD + (size_t)len);
  if (!rec)
    return ERR_NO_MEMORY;
  if ((e = prepare(s, ops, changes, nr_ops)) != OK)
    goto out;
  encode(rec, len, ops, changes, nr_ops);
  e = write_commit(s, rec, len, flags, &where);
  for (size_t i = 0; i < nr_ops; i++) {
    if (e == OK)
      index_apply(&s->index, &ops[i], &changes[i], &where);
    else
      index_abandon(&s->index, &changes[i]);
  }
out:
  store_put_secret(s, rec, REC_OVERHEAD + (size_t)len);
  return e;
}

void store_confirm(struct store *s) {
  uint8_t rec[REC_OVERHEAD];
  struct log next = s->log;

  if (s->status != OK || s->renew || s->refresh || s->closed ||
      s->synced < s->newest)
    return;
  if (record_write(s, &next, rec, 0, s->synced, REC_CLOSING, NULL) != OK)
    return;
  s->log = next;
  s->closed = true;
}

void store_close(struct store *s) {
  if (!s)
    return;
  if (s->synced < s->newest && flush(s) != OK)
    s->renew = true; /* then nothing may tell that all is well */
  store_confirm(s);
  store_free(s);
}

enum err store_compact(struct store *s) {
  if (s->status != OK)
    return s->status;
  return log_renew(s);
}

/* --- reading --- */

/* Corruption leaves what verified before it readable; a log that is too old
 * serves nothing. */
static enum err find(const struct store *s, const void *id, size_t id_len,
                     struct object **found) {
  if (s->status == ERR_ROLLBACK || s->status == ERR_UNSUPPORTED)
    return s->status;
  *found = id_len > STORE_ID_MAX ? NULL : index_find(&s->index, id, id_len);
  return *found ? OK : ERR_NOT_FOUND;
}

enum err store_size(const struct store *s, const void *id, size_t id_len,
                    uint32_t *size) {
  struct object *o;
  enum err e = find(s, id, id_len, &o);

  *size = e == OK ? o->len : 0;
  return e;
}

enum err store_read(struct store *s, const void *id, size_t id_len,
                    uint32_t offset, void *buf, size_t len, size_t *got) {
  struct object *o;
  enum err e = find(s, id, id_len, &o);

  *got = 0;
  if (e == OK) {
    uint32_t left = offset < o->len ? o->len - offset : 0;
    uint32_t n = len < left ? (uint32_t)len : left;
    e = n ? object_read(s, o, offset, buf, n) : OK;
    if (e == OK)
      *got = n;
  }
  if (e == ERR_CORRUPT)
    s->status = e;
  return e;
}

enum err store_next(const struct store *s, uint32_t *cursor, void *id,
                    size_t *id_len, uint32_t *size) {
  const struct index *ix = &s->index;

  if (s->status == ERR_ROLLBACK || s->status == ERR_UNSUPPORTED)
    return s->status;
  while (*cursor < ix->nr_slots && !ix->slots[*cursor].object)
    ++*cursor;
  if (*cursor >= ix->nr_slots)
    return ERR_NOT_FOUND;
  const struct object *o = ix->slots[(*cursor)++].object;
  memcpy(id, o->id, o->id_len);
  *id_len = o->id_len;
  *size = o->len;
  return OK;
}

/* --- after damage --- */

/* Forget the objects that can no longer be read whole. */
static enum err salvage(struct store *s) {
  const uint32_t step = 64u << 10;
  uint8_t *buf = store_get(s, step);
  enum err e = buf ? OK : ERR_NO_MEMORY;

  for (uint32_t i = 0; e == OK && i < s->index.nr_slots; i++) {
    struct object *o = s->index.slots[i].object;
    for (uint32_t off = 0; o && e == OK && off < o->len; off += step) {
      uint32_t left = o->len - off;
      e = object_read(s, o, off, buf, left < step ? left : step);
      if (left <= step)
        break;
    }
    if (e == ERR_CORRUPT) {
      index_delete(&s->index, o);
      e = OK;
    }
  }
  store_put_secret(s, buf, buf ? step : 0);
  return e;
}

enum err store_reset(struct store *s, bool keep) {
  struct index old = s->index;
  enum err e = OK;

  if (keep)
    e = salvage(s);
  else
    index_init(&s->index, &s->config.memory, old.seed);
  s->epoch = false;
  if (e == OK)
    e = log_renew(s);
  if (e == OK)
    s->status = OK;
  if (!keep && e == OK)
    index_wipe(&old);
  else if (!keep)
    s->index = old;
  return e;
}

/* --- information --- */

void store_info(const struct store *s, struct store_info *info) {
  *info = (struct store_info){
      .objects = s->index.nr_objects,
      .file_bytes = s->log.end,
      .live_bytes = LOG_HEADER_BYTES + s->index.live,
      .sequence = s->log.seq,
      .dropped_bytes = s->dropped,
      .appends = s->appends,
      .syncs = s->syncs,
      .compactions = s->compactions,
  };
}

bool store_check(const struct store *s) {
  return index_check(&s->index) && s->synced <= s->log.seq &&
         s->log.is_open >= (s->index.nr_objects > 0);
}
