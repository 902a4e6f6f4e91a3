/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes of the storage log: file header, record header, sealed body, and the
 * operations in it. docs/formats.md, "Storage log", has the tables. Nothing here reads or
 * writes a file.
 */
#ifndef AH_STORE_RECORD_H
#define AH_STORE_RECORD_H

#include "bytes.h"
#include "store.h"

#define LOG_VERSION      1u
#define LOG_SALT_BYTES   32u
#define LOG_HEADER_BYTES 80u
#define TAG_BYTES        16u
#define NONCE_BYTES      12u
#define REC_MAGIC        0x31524841u /* "AHR1" */
#define REC_HEADER_BYTES 64u
#define REC_OVERHEAD     (REC_HEADER_BYTES + TAG_BYTES)
#define OP_OVERHEAD      10u

/* Fresh for each log file, so that copies and predecessors of it share no key with it. */
struct log_keys {
    uint8_t file_secret[32];
    uint8_t head_secret[32];
    uint8_t body_secret[32];
};

/* Write the header of a new log and derive its keys. */
void log_begin(uint8_t out[LOG_HEADER_BYTES], struct log_keys *keys,
               const uint8_t key_secret[STORE_KEY_BYTES],
               const uint8_t salt[LOG_SALT_BYTES], uint64_t base);

/* Check a header and derive the keys. ERR_UNSUPPORTED: another version. ERR_CORRUPT. */
MUST_CHECK enum err log_open(const uint8_t in[LOG_HEADER_BYTES], struct log_keys *keys,
                             const uint8_t key_secret[STORE_KEY_BYTES], uint64_t *base);

struct rec_head {
    uint32_t len; /* of the body */
    uint64_t seq;
    uint64_t synced; /* all records to this one were durable when this one was written */
    uint32_t flags;
};
#define REC_CLOSING 0x1u /* nothing was left undone: all before it is durable */

/*
 * Seal a record in place: body (h->len bytes) stands at rec + REC_HEADER_BYTES, the tag
 * goes behind it. nonce is random. tag: in the tag before this record, out the record's
 * own.
 */
void rec_seal(uint8_t *rec, const struct log_keys *keys, const struct rec_head *h,
              const uint8_t nonce[NONCE_BYTES], uint8_t tag[TAG_BYTES]);

/* Decode and authenticate a record header alone. */
bool rec_head_open(struct rec_head *h, const uint8_t rec[REC_HEADER_BYTES],
                   const struct log_keys *keys);

/*
 * Authenticate and decrypt in place the body of a record whose header was opened. tag as
 * in rec_seal. False: the body does not verify; its bytes are garbage and tag is as it
 * was.
 */
bool rec_body_open(uint8_t *rec, const struct rec_head *h, const struct log_keys *keys,
                   uint8_t tag[TAG_BYTES]);

/* Operations inside a body. op_decode gives views into the body; false at a bad one. */
void op_encode(struct wr *w, const struct store_op *op);
bool op_decode(struct rd *r, struct store_op *op);

#endif
