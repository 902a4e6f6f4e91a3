/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ciphers (GP 1.3.1, section 6.4): the functions, and the plain modes ECB, CBC and CTR.
 *
 * libcrypto is given whole blocks only, so its own buffering never matters. A call's
 * output is known before anything is processed: a buffer that is too small changes
 * nothing. Output may be written over the input; when bytes of an earlier call are
 * waiting, the output runs ahead of the input by that many, and the input is read one
 * piece ahead.
 */
#include "cipher.h"
#include "panic.h"

#define EVP_PIECE (1u << 30)
#define PIECE     512u

size_t cipher_block(TEE_OperationHandle op)
{
    return cipher_row(op->alg->cipher)->block;
}

bool cipher_open(TEE_OperationHandle op)
{
    op->cipher = EVP_CIPHER_CTX_new();
    return op->cipher;
}

void cipher_key(TEE_OperationHandle op)
{
    uint8_t bytes[CIPHER_KEY_MAX];
    operation_key_bytes(op->key, bytes);
    int encrypt = op->mode != TEE_MODE_DECRYPT;
    int ok = EVP_CipherInit_ex2(op->cipher, cipher_evp(op->alg->cipher, op->key->bits),
                                bytes, NULL, encrypt, NULL);
    wipe(bytes, sizeof bytes);
    if (ok != 1)
        crypto_panic("cipher: the key cannot be set");
    EVP_CIPHER_CTX_set_padding(op->cipher, 0);
}

void cipher_reset(TEE_OperationHandle op)
{
    wipe(op->tail, sizeof op->tail);
    wipe(op->chain, sizeof op->chain);
    op->tail_len = 0;
    op->ahead = 0;
}

bool cipher_copy(TEE_OperationHandle dst, TEE_OperationHandle src)
{
    return EVP_CIPHER_CTX_copy(dst->cipher, src->cipher) == 1;
}

void cipher_iv(TEE_OperationHandle op, const void *iv)
{
    if (EVP_CipherInit_ex2(op->cipher, NULL, NULL, iv, -1, NULL) != 1)
        crypto_panic("cipher: the message cannot begin");
}

void cipher_evp_run(TEE_OperationHandle op, const uint8_t *in, size_t len, uint8_t *out)
{
    while (len) {
        int n = (int)(len < EVP_PIECE ? len : EVP_PIECE), got;
        if (EVP_CipherUpdate(op->cipher, out, &got, in, n) != 1 || got != n)
            crypto_panic("cipher: processing failed");
        in += n;
        out += n;
        len -= (size_t)n;
    }
}

/* --- Blocks --- */

/* Takes n bytes from the tail and then from src. */
static size_t take(TEE_OperationHandle op, const uint8_t **src, size_t *len, uint8_t *out,
                   size_t n)
{
    size_t from_tail = n < op->tail_len ? n : op->tail_len;
    size_t from_src = n - from_tail;
    memcpy(out, op->tail, from_tail);
    memmove(op->tail, op->tail + from_tail, op->tail_len - from_tail);
    op->tail_len -= from_tail;
    if (from_src)
        memcpy(out + from_tail, *src, from_src);
    *src += from_src;
    *len -= from_src;
    return n;
}

/* Read a piece ahead of what is written. */
static void run_ahead(TEE_OperationHandle op, const uint8_t **src, size_t *len,
                      uint8_t *dst, size_t n)
{
    uint8_t piece[2][PIECE];
    size_t have = take(op, src, len, piece[0], n < PIECE ? n : PIECE);
    for (int i = 0; n; i ^= 1) {
        size_t left = n - have;
        size_t next = take(op, src, len, piece[i ^ 1], left < PIECE ? left : PIECE);
        op->alg->how->cipher->process(op, piece[i], have, dst);
        dst += have;
        n -= have;
        have = next;
    }
    wipe(piece, sizeof piece);
}

void blocks_run(TEE_OperationHandle op, const uint8_t *src, size_t len, uint8_t *dst,
                size_t n)
{
    uintptr_t s = (uintptr_t)src, d = (uintptr_t)dst;
    bool overlap = n && len && s < d + n && d < s + len;
    if (n && op->tail_len && overlap) {
        run_ahead(op, &src, &len, dst, n);
    } else if (n) {
        /* One piece that uses up the tail, the rest straight through. */
        size_t align = cipher_block(op) - 1;
        size_t first = (op->tail_len + align) & ~align;
        if (first > n)
            first = n;
        if (first) {
            uint8_t piece[2 * BLOCK_MAX + BLOCK_MAX];
            take(op, &src, &len, piece, first);
            op->alg->how->cipher->process(op, piece, first, dst);
            wipe(piece, sizeof piece);
        }
        size_t direct = n - first;
        if (direct)
            op->alg->how->cipher->process(op, src, direct, dst + first);
        src += direct;
        len -= direct;
    }
    require(len <= sizeof op->tail - op->tail_len, "cipher: too much left over");
    if (len)
        memcpy(op->tail + op->tail_len, src, len);
    op->tail_len += len;
}

/* --- ECB, CBC, CTR --- */

static void plain_start(TEE_OperationHandle op, const void *iv, size_t iv_len)
{
    size_t want = cipher_row(op->alg->cipher)->iv;
    require(iv_len == want && (iv || !want), "TEE_CipherInit: IV of the wrong length");
    cipher_iv(op, want ? iv : NULL);
}

static size_t plain_ready(TEE_OperationHandle op, size_t all)
{
    return all - all % cipher_block(op);
}

static size_t plain_final_len(TEE_OperationHandle op, size_t all)
{
    require(all % cipher_block(op) == 0,
            "TEE_CipherDoFinal: not a whole number of blocks");
    return all;
}

static void nothing_left(TEE_OperationHandle op, uint8_t *out)
{
    (void)op;
    (void)out;
}

static const struct cipher_mode plain = {
    .start = plain_start,
    .ready = plain_ready,
    .final_len = plain_final_len,
    .process = cipher_evp_run,
    .finish = nothing_left,
};

const struct how how_plain = {
    .open = cipher_open,
    .key = cipher_key,
    .reset = cipher_reset,
    .copy = cipher_copy,
    .cipher = &plain,
};

/* --- The functions --- */

void TEE_CipherInit(TEE_OperationHandle operation, const void *IV, size_t IVLen)
{
    operation_check(operation, TEE_OPERATION_CIPHER,
                    "TEE_CipherInit: no cipher operation");
    require_state(operation->flags & TEE_HANDLE_FLAG_KEY_SET, "TEE_CipherInit: no key");
    cipher_reset(operation);
    operation->alg->how->cipher->start(operation, IV, IVLen);
    operation_begin(operation);
}

static size_t in_hand(TEE_OperationHandle op, const void *src, size_t len,
                      const char *who)
{
    size_t all;
    operation_check(op, TEE_OPERATION_CIPHER, who);
    require_state(op->state == TEE_OPERATION_STATE_ACTIVE, who);
    require(src || !len, who);
    bool counts = add_ok(op->tail_len, len, &all);
    require(counts, who);
    return all;
}

TEE_Result TEE_CipherUpdate(TEE_OperationHandle operation, const void *srcData,
                            size_t srcLen, void *destData, size_t *destLen)
{
    static const char who[] = "TEE_CipherUpdate: no active cipher operation, or NULL";
    size_t all = in_hand(operation, srcData, srcLen, who);
    const struct cipher_mode *mode = operation->alg->how->cipher;
    require(mode->ready,
            "TEE_CipherUpdate: the algorithm takes its input in one DoFinal");
    size_t n = mode->ready(operation, all);
    if (!output_fits(destData, destLen, n, who))
        return TEE_ERROR_SHORT_BUFFER;
    blocks_run(operation, srcData, srcLen, destData, n);
    return TEE_SUCCESS;
}

TEE_Result TEE_CipherDoFinal(TEE_OperationHandle operation, const void *srcData,
                             size_t srcLen, void *destData, size_t *destLen)
{
    static const char who[] = "TEE_CipherDoFinal: no active cipher operation, or NULL";
    size_t all = in_hand(operation, srcData, srcLen, who);
    const struct cipher_mode *mode = operation->alg->how->cipher;
    TEE_Result res = TEE_SUCCESS;
    if (mode->whole) {
        res = mode->whole(operation, srcData, srcLen, destData, destLen);
        if (res == TEE_ERROR_SHORT_BUFFER)
            return res;
    } else {
        if (!output_fits(destData, destLen, mode->final_len(operation, all), who))
            return TEE_ERROR_SHORT_BUFFER;
        bool at_once = mode->at_once && !operation->tail_len;
        size_t n = at_once ? all : mode->ready(operation, all);
        blocks_run(operation, srcData, srcLen, destData, n);
        if (operation->tail_len)
            mode->finish(operation, (uint8_t *)destData + n);
    }
    cipher_reset(operation);
    operation_end(operation);
    return res;
}
