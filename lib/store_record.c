/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each log file has a salt of its own and from it three keys: for the file header, for
 * record headers, for record bodies. A record header is authenticated alone, so that a
 * reader who lost his place can recognise one; a body is bound to its header and to the
 * tag before it, so that records cannot be left out, reordered or taken from elsewhere.
 * Nonces are 96 random bits: two writers that continue copies of one log (a restored
 * image) do not meet, and a record written again at the same place after a failure has
 * another nonce.
 */
#include <bearssl.h>
#include "hkdf.h"
#include "store_record.h"

static const uint8_t log_magic[8] = {'A', 'H', 'S', 'T', 'O', 'R', 'E', 0};
static const uint8_t no_nonce[NONCE_BYTES]; /* the file key seals one thing only */

static br_chacha20_run chacha(void)
{
    br_chacha20_run fast = br_chacha20_sse2_get();
    return fast ? fast : br_chacha20_ct_run;
}

static void aead(const uint8_t key[32], const uint8_t nonce[NONCE_BYTES], uint8_t *data,
                 size_t len, const uint8_t *aad, size_t aad_len, uint8_t tag[TAG_BYTES],
                 bool encrypt)
{
    br_poly1305_run fast = br_poly1305_ctmulq_get();
    br_poly1305_run poly = fast ? fast : br_poly1305_ctmul_run;
    poly(key, nonce, data, len, aad, aad_len, tag, chacha(), encrypt);
}

static void mac(uint8_t tag[TAG_BYTES], const uint8_t key[32],
                const uint8_t nonce[NONCE_BYTES], const uint8_t *data, size_t len)
{
    uint8_t none = 0;
    aead(key, nonce, &none, 0, data, len, tag, true);
}

/* --- file header --- */

static void derive(struct log_keys *keys, const uint8_t key_secret[STORE_KEY_BYTES],
                   const uint8_t salt[LOG_SALT_BYTES])
{
    static const char info[] = "anchorhold storage log 1";
    _Static_assert(sizeof *keys == 96, "");
    hkdf_sha256((uint8_t *)keys, sizeof *keys, key_secret, STORE_KEY_BYTES, salt,
                LOG_SALT_BYTES, info, sizeof info - 1);
}

void log_begin(uint8_t out[LOG_HEADER_BYTES], struct log_keys *keys,
               const uint8_t key_secret[STORE_KEY_BYTES],
               const uint8_t salt[LOG_SALT_BYTES], uint64_t base)
{
    struct wr w = wr_init(out, LOG_HEADER_BYTES);

    derive(keys, key_secret, salt);
    wr_raw(&w, log_magic, sizeof log_magic);
    wr_u32(&w, LOG_VERSION);
    wr_u32(&w, LOG_HEADER_BYTES);
    wr_raw(&w, salt, LOG_SALT_BYTES);
    wr_u64(&w, base);
    wr_u64(&w, 0);
    mac(out + w.len, keys->file_secret, no_nonce, out, w.len);
}

enum err log_open(const uint8_t in[LOG_HEADER_BYTES], struct log_keys *keys,
                  const uint8_t key_secret[STORE_KEY_BYTES], uint64_t *base)
{
    struct rd r = rd_init(in, LOG_HEADER_BYTES);
    struct span magic = rd_raw(&r, sizeof log_magic);
    uint32_t version = rd_u32(&r);
    uint32_t header_len = rd_u32(&r);
    struct span salt = rd_raw(&r, LOG_SALT_BYTES);
    uint64_t first = rd_u64(&r);
    uint8_t tag[TAG_BYTES];

    if (memcmp(magic.p, log_magic, sizeof log_magic) != 0)
        return ERR_CORRUPT;
    if (version != LOG_VERSION)
        return ERR_UNSUPPORTED;
    derive(keys, key_secret, salt.p);
    mac(tag, keys->file_secret, no_nonce, in, LOG_HEADER_BYTES - TAG_BYTES);
    if (!ct_equal(tag, in + LOG_HEADER_BYTES - TAG_BYTES, TAG_BYTES) ||
        header_len != LOG_HEADER_BYTES)
        return ERR_CORRUPT;
    *base = first;
    return OK;
}

/* --- records --- */

#define HEAD_SIGNED (REC_HEADER_BYTES - TAG_BYTES)
#define NONCE_AT    24u

static void body_aad(uint8_t aad[REC_HEADER_BYTES + TAG_BYTES], const uint8_t *rec,
                     const uint8_t tag[TAG_BYTES])
{
    memcpy(aad, rec, REC_HEADER_BYTES);
    memcpy(aad + REC_HEADER_BYTES, tag, TAG_BYTES);
}

void rec_seal(uint8_t *rec, const struct log_keys *keys, const struct rec_head *h,
              const uint8_t nonce[NONCE_BYTES], uint8_t tag[TAG_BYTES])
{
    struct wr w = wr_init(rec, REC_HEADER_BYTES);
    uint8_t aad[REC_HEADER_BYTES + TAG_BYTES];
    uint8_t *body = rec + REC_HEADER_BYTES;

    wr_u32(&w, REC_MAGIC);
    wr_u32(&w, h->len);
    wr_u64(&w, h->seq);
    wr_u64(&w, h->synced);
    wr_raw(&w, nonce, NONCE_BYTES);
    wr_u32(&w, h->flags);
    wr_u64(&w, 0);
    mac(rec + w.len, keys->head_secret, nonce, rec, w.len);
    body_aad(aad, rec, tag);
    aead(keys->body_secret, nonce, body, h->len, aad, sizeof aad, tag, true);
    memcpy(body + h->len, tag, TAG_BYTES);
}

bool rec_head_open(struct rec_head *h, const uint8_t rec[REC_HEADER_BYTES],
                   const struct log_keys *keys)
{
    struct rd r = rd_init(rec, REC_HEADER_BYTES);
    uint8_t tag[TAG_BYTES];

    if (rd_u32(&r) != REC_MAGIC)
        return false;
    mac(tag, keys->head_secret, rec + NONCE_AT, rec, HEAD_SIGNED);
    if (!ct_equal(tag, rec + HEAD_SIGNED, TAG_BYTES))
        return false;
    h->len = rd_u32(&r);
    h->seq = rd_u64(&r);
    h->synced = rd_u64(&r);
    rd_raw(&r, NONCE_BYTES);
    h->flags = rd_u32(&r);
    return h->len <= STORE_COMMIT_MAX;
}

bool rec_body_open(uint8_t *rec, const struct rec_head *h, const struct log_keys *keys,
                   uint8_t tag[TAG_BYTES])
{
    uint8_t aad[REC_HEADER_BYTES + TAG_BYTES];
    uint8_t mine[TAG_BYTES];
    uint8_t *body = rec + REC_HEADER_BYTES;

    body_aad(aad, rec, tag);
    aead(keys->body_secret, rec + NONCE_AT, body, h->len, aad, sizeof aad, mine, false);
    if (!ct_equal(mine, body + h->len, TAG_BYTES))
        return false;
    memcpy(tag, mine, TAG_BYTES);
    return true;
}

/* --- operations --- */

void op_encode(struct wr *w, const struct store_op *op)
{
    wr_u8(w, (uint8_t)op->kind);
    wr_u8(w, (uint8_t)op->id_len);
    wr_raw(w, op->id, op->id_len);
    wr_u32(w, op->offset);
    wr_span(w, op->data, op->data_len);
}

bool op_decode(struct rd *r, struct store_op *op)
{
    uint8_t kind = rd_u8(r);
    uint8_t id_len = rd_u8(r);
    struct span id = rd_raw(r, id_len);
    uint32_t offset = rd_u32(r);
    struct span data = rd_span(r, STORE_COMMIT_MAX);

    if (r->bad || kind < STORE_PUT || kind > STORE_DELETE || id_len > STORE_ID_MAX)
        return false;
    *op =
        (struct store_op){(enum store_kind)kind, id.p, id.len, offset, data.p, data.len};
    return true;
}
