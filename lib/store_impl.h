/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of the storage log engine: its state, and what its files offer each
 * other. */
#ifndef AH_STORE_IMPL_H
#define AH_STORE_IMPL_H

#include "store_index.h"

/* A log file that is being appended to: what the next record needs. */
struct log {
  struct log_keys keys;
  int file;
  bool is_open;
  uint64_t end;           /* offset of the next record */
  uint64_t seq;           /* of the last record */
  uint8_t tag[TAG_BYTES]; /* of the last record, or of the file header */
};

/* The record that was read last, decrypted, with the tag before it. */
struct cache {
  struct where where; /* rec 0: nothing */
  uint8_t *buf;
  size_t cap;
};

struct store {
  struct store_config config;
  char name[STORE_NAME_MAX + 1];
  char new_name[STORE_NAME_MAX + 1];
  enum err status;
  struct index index;
  struct log log;
  struct cache cache;
  uint64_t newest; /* last record that changes something */
  uint64_t synced; /* records to this one are durable */
  uint64_t
      compact_from; /* length below which compaction is not tried (again) */
  uint64_t dropped;
  uint64_t appends, syncs, compactions;
  bool renew;   /* no file, or not to be trusted with more: begin a fresh one */
  bool closed;  /* the file ends with a closing record */
  bool refresh; /* it was not closed in order: the same, if there is room */
  bool epoch; /* with a counter: this opening has begun its own range of numbers
               */
};

/* --- store.c --- */

void *store_get(struct store *s, size_t size); /* NULL: no memory */
void store_put(struct store *s, void *p);
void store_put_secret(struct store *s, void *p, size_t size); /* wipes */

/*
 * Seal the body at rec + REC_HEADER_BYTES as the next record of l and append
 * it. where (may be NULL) tells where it went. On error l is as before.
 */
MUST_CHECK enum err record_write(struct store *s, struct log *l, uint8_t *rec,
                                 uint32_t len, uint64_t synced, uint32_t flags,
                                 struct where *where);

/* Make what is in l durable, and with a counter its newest number the lowest
 * accepted. */
MUST_CHECK enum err log_sync(struct store *s, struct log *l);

/* --- store_replay.c --- */

/*
 * Fill s->index and s->log from the open file of size bytes. OK also for a
 * damaged log, with s->status saying so. s->refresh: it was not closed in
 * order.
 */
MUST_CHECK enum err log_replay(struct store *s, uint64_t size);

/* --- store_read.c --- */

void cache_drop(struct store *s);
MUST_CHECK enum err object_read(struct store *s, const struct object *o,
                                uint32_t off, uint8_t *buf, uint32_t len);

/* --- store_compact.c --- */

/* Write the objects into a fresh log and switch to it. On error the old one is
 * kept. */
MUST_CHECK enum err log_renew(struct store *s);

#endif
