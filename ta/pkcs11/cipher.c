/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES as block and stream cipher: ECB and CBC without padding, CBC with PKCS#7 padding,
 * CTR.
 *
 * Input that does not fill a block waits in op->cipher.block, so the TEE sees whole
 * blocks only and what comes out is known before anything is fed: an output too small
 * changes nothing. Decryption with padding also holds the last full block back until it
 * is known to be the last one; that block is decrypted into our memory, its padding
 * judged there without branching on it, and the one bit that the standard wants told is
 * all that leaves.
 */
#include "how.h"

static struct span rest_of(struct span s, size_t n)
{
    return (struct span){s.p + n, s.len - n};
}

static CK_RV cipher_start(struct op *op)
{
    CK_RV rv = op_key(op, op->mech->alg);
    if (rv != CKR_OK)
        return rv;
    size_t iv_len = op->alg == TEE_ALG_AES_ECB_NOPAD ? 0 : AES_BLOCK;
    TEE_CipherInit(op->main, iv_len ? op->cipher.iv : NULL, iv_len);
    op->running = true;
    return CKR_OK;
}

static CK_RV block_start(struct op *op, const struct p11_mech *p)
{
    if (p->params == P11_PARAMS_IV16)
        memcpy(op->cipher.iv, p->iv.p, AES_BLOCK);
    return cipher_start(op);
}

/* Whole blocks through the cipher. */
static CK_RV feed(struct op *op, struct span in, uint8_t *out)
{
    size_t len = in.len;
    if (len == 0)
        return CKR_OK;
    return rv_of(TEE_CipherUpdate(op->main, in.p, in.len, out, &len));
}

/* Take in, put out `emit` bytes (a multiple of the block, at most what has come), keep
 * the rest. */
static CK_RV blocks(struct op *op, struct span in, uint8_t *out, size_t emit)
{
    struct op_cipher *c = &op->cipher;
    CK_RV rv = CKR_OK;
    if (emit && c->fill) {
        size_t n = AES_BLOCK - c->fill;
        if (n)
            memcpy(c->block + c->fill, in.p, n);
        rv = feed(op, (struct span){c->block, AES_BLOCK}, out);
        in = rest_of(in, n);
        out += AES_BLOCK;
        emit -= AES_BLOCK;
        c->fill = 0;
    }
    if (rv == CKR_OK && emit) {
        rv = feed(op, (struct span){in.p, emit}, out);
        in = rest_of(in, emit);
    }
    if (rv == CKR_OK && in.len) {
        memcpy(c->block + c->fill, in.p, in.len);
        c->fill = (uint8_t)(c->fill + in.len);
    }
    return rv;
}

static CK_RV too_long(const struct op *op)
{
    return op->use == USE_ENCRYPT ? CKR_DATA_LEN_RANGE : CKR_ENCRYPTED_DATA_LEN_RANGE;
}

static CK_RV block_update(struct op *op, struct span in, struct out *out)
{
    size_t total;
    if (!add_ok(op->cipher.fill, in.len, &total))
        return too_long(op);
    size_t emit = total - total % AES_BLOCK;
    CK_RV rv = out_need(out, emit);
    return rv == CKR_OK ? blocks(op, in, out->p, emit) : rv;
}

static CK_RV block_finish(struct op *op, struct out *out)
{
    if (op->cipher.fill)
        return too_long(op);
    return out_need(out, 0);
}

static CK_RV block_whole(struct op *op, struct span in, struct out *out)
{
    if (in.len % AES_BLOCK)
        return too_long(op);
    CK_RV rv = out_need(out, in.len);
    return rv == CKR_OK ? feed(op, in, out->p) : rv;
}

/* --- PKCS#7 padding --------------------------------------------------------------------
 */

/* Bytes of padding at the end of the block, 1..16, or 0 when it is none; time tells
 * nothing. */
static unsigned padding(const uint8_t block[AES_BLOCK])
{
    unsigned pad = block[AES_BLOCK - 1];
    unsigned bad = (pad - 1u) >> 31 | (AES_BLOCK - pad) >> 31; /* 0, or above 16 */
    for (unsigned i = 0; i < AES_BLOCK; i++) {
        unsigned inside = (AES_BLOCK - 1u - i - pad) >> 31; /* 1 for the last pad bytes */
        bad |= inside * (block[i] ^ pad);
    }
    unsigned good = (bad - 1u) >> 31; /* 1 when bad is 0 */
    return good * pad;
}

static CK_RV pad_encrypt_update(struct op *op, struct span in, struct out *out)
{
    return block_update(op, in, out);
}

/* The last of the data with its padding. */
static CK_RV pad_encrypt_finish(struct op *op, struct out *out)
{
    struct op_cipher *c = &op->cipher;
    CK_RV rv = out_need(out, AES_BLOCK);
    if (rv != CKR_OK)
        return rv;
    memset(c->block + c->fill, (int)(AES_BLOCK - c->fill), AES_BLOCK - c->fill);
    return feed(op, (struct span){c->block, AES_BLOCK}, out->p);
}

static CK_RV pad_encrypt_whole(struct op *op, struct span in, struct out *out)
{
    size_t whole = in.len - in.len % AES_BLOCK, need;
    if (!add_ok(whole, AES_BLOCK, &need))
        return CKR_DATA_LEN_RANGE;
    CK_RV rv = out_need(out, need);
    if (rv == CKR_OK)
        rv = blocks(op, in, out->p, whole);
    if (rv != CKR_OK)
        return rv;
    struct out last = {out->p + whole, AES_BLOCK, 0};
    return pad_encrypt_finish(op, &last);
}

/* All but the last 1..16 bytes may come out. */
static CK_RV pad_decrypt_update(struct op *op, struct span in, struct out *out)
{
    size_t total;
    if (!add_ok(op->cipher.fill, in.len, &total))
        return CKR_ENCRYPTED_DATA_LEN_RANGE;
    size_t emit = total ? (total - 1) - (total - 1) % AES_BLOCK : 0;
    CK_RV rv = out_need(out, emit);
    return rv == CKR_OK ? blocks(op, in, out->p, emit) : rv;
}

/* Decrypt the block that was held back and take its padding off; stays done if asked
 * again. */
static CK_RV pad_open(struct op *op)
{
    struct op_cipher *c = &op->cipher;
    if (c->opened)
        return CKR_OK;
    if (c->fill != AES_BLOCK)
        return CKR_ENCRYPTED_DATA_LEN_RANGE;
    uint8_t plain[AES_BLOCK];
    CK_RV rv = feed(op, (struct span){c->block, AES_BLOCK}, plain);
    if (rv == CKR_OK) {
        unsigned pad = padding(plain);
        memcpy(c->block, plain, AES_BLOCK);
        c->fill = (uint8_t)(AES_BLOCK - pad);
        c->opened = true;
        if (pad == 0)
            rv = CKR_ENCRYPTED_DATA_INVALID;
    }
    wipe(plain, sizeof plain);
    return rv;
}

static CK_RV pad_decrypt_finish(struct op *op, struct out *out)
{
    CK_RV rv = pad_open(op);
    return rv == CKR_OK ? out_put(out, op->cipher.block, op->cipher.fill) : rv;
}

/*
 * The exact length is known only when the last block is open. Below what it can be at
 * least, nothing is done; else the body is put, and when the end does not fit, all starts
 * anew.
 */
static CK_RV pad_decrypt_whole(struct op *op, struct span in, struct out *out)
{
    if (in.len == 0 || in.len % AES_BLOCK)
        return CKR_ENCRYPTED_DATA_LEN_RANGE;
    size_t body = in.len - AES_BLOCK;
    CK_RV rv = out_need(out, body);
    if (rv != CKR_OK) {
        out->len = in.len;
        return rv;
    }
    rv = blocks(op, in, out->p, body);
    struct out end = {out->p + body, out->room - body, 0};
    if (rv == CKR_OK)
        rv = pad_decrypt_finish(op, &end);
    out->len = body + end.len;
    if (rv == CKR_BUFFER_TOO_SMALL) {
        op->cipher.opened = false;
        op->cipher.fill = 0;
        TEE_CipherInit(op->main, op->cipher.iv, AES_BLOCK);
    }
    return rv;
}

static CK_RV pad_update(struct op *op, struct span in, struct out *out)
{
    return op->use == USE_ENCRYPT ? pad_encrypt_update(op, in, out)
                                  : pad_decrypt_update(op, in, out);
}

static CK_RV pad_finish(struct op *op, struct out *out)
{
    return op->use == USE_ENCRYPT ? pad_encrypt_finish(op, out)
                                  : pad_decrypt_finish(op, out);
}

static CK_RV pad_whole(struct op *op, struct span in, struct out *out)
{
    return op->use == USE_ENCRYPT ? pad_encrypt_whole(op, in, out)
                                  : pad_decrypt_whole(op, in, out);
}

/* --- CTR -------------------------------------------------------------------------------
 */

#define CTR_LOW                                                                          \
    59u /* counter bits whose blocks still can be counted as bytes in 64 bits */

static bool iv_bit(const uint8_t iv[AES_BLOCK], unsigned bit)
{
    return iv[AES_BLOCK - 1 - bit / 8] >> bit % 8 & 1;
}

/* The counter has `bits` bits and may not run over into the nonce: so many bytes are
 * left. */
static CK_RV ctr_start(struct op *op, const struct p11_mech *p)
{
    struct op_cipher *c = &op->cipher;
    if (p->bits == 0 || p->bits > 8 * AES_BLOCK)
        return CKR_MECHANISM_PARAM_INVALID;
    memcpy(c->iv, p->iv.p, AES_BLOCK);
    unsigned low = p->bits < CTR_LOW ? p->bits : CTR_LOW;
    uint64_t count = 0;
    for (unsigned i = low; i-- > 0;)
        count = count << 1 | iv_bit(c->iv, i);
    for (unsigned i = low; i < p->bits; i++)
        c->unlimited |= !iv_bit(c->iv, i);
    c->left = ((1ull << low) - count) * AES_BLOCK;
    return cipher_start(op);
}

static CK_RV ctr_update(struct op *op, struct span in, struct out *out)
{
    struct op_cipher *c = &op->cipher;
    if (!c->unlimited && in.len > c->left)
        return too_long(op);
    CK_RV rv = out_need(out, in.len);
    if (rv != CKR_OK)
        return rv;
    c->left -= c->unlimited ? 0 : in.len;
    return feed(op, in, out->p);
}

static CK_RV ctr_finish(struct op *op, struct out *out)
{
    (void)op;
    return out_need(out, 0);
}

const struct how way_block = {
    .start = block_start,
    .update = block_update,
    .finish = block_finish,
    .whole = block_whole,
};

const struct how way_cbc_pad = {
    .start = block_start,
    .update = pad_update,
    .finish = pad_finish,
    .whole = pad_whole,
};

const struct how way_ctr = {
    .start = ctr_start,
    .update = ctr_update,
    .finish = ctr_finish,
    .whole = ctr_update,
};
