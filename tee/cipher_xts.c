/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XTS-AES (IEEE 1619, SP 800-38E). libcrypto processes one whole data unit per call and
 * takes its start as an IV, which it encrypts under the second key into the tweak. A
 * message that comes in pieces goes on where it stopped by an IV whose encryption is the
 * tweak needed: the tweak of block j is alpha^j E(IV), and decrypting that gives the IV.
 * 16 to 31 bytes are held back, since they may be the last block with what it steals
 * from.
 */
#include "cipher.h"
#include "panic.h"

#define B 16u
#define UNIT_PIECE                                                                       \
    (1u << 24) /* bytes; libcrypto's and the standard's bound of a data unit */

static bool xts_open(TEE_OperationHandle op)
{
    op->cipher_aux = EVP_CIPHER_CTX_new();
    return op->cipher_aux && cipher_open(op);
}

static void xts_key(TEE_OperationHandle op)
{
    uint8_t both[2 * CIPHER_KEY_MAX];
    size_t len = operation_key_bytes(op->key, both);
    operation_key_bytes(op->key2, both + len);
    int ok = EVP_CipherInit_ex2(op->cipher, cipher_evp(CIPHER_AES_XTS, op->key->bits),
                                both, NULL, op->mode == TEE_MODE_ENCRYPT, NULL);
    wipe(both, sizeof both);
    if (ok != 1)
        crypto_panic("XTS: the keys cannot be set");
}

/* One block under the second key. */
static void tweak_block(TEE_OperationHandle op, int encrypt, uint8_t block[B])
{
    uint8_t bytes[CIPHER_KEY_MAX];
    int got;
    operation_key_bytes(op->key2, bytes);
    int ok =
        EVP_CipherInit_ex2(op->cipher_aux, cipher_evp(CIPHER_AES_ECB, op->key2->bits),
                           bytes, NULL, encrypt, NULL) == 1 &&
        EVP_CIPHER_CTX_set_padding(op->cipher_aux, 0) == 1 &&
        EVP_CipherUpdate(op->cipher_aux, block, &got, block, B) == 1 && got == B;
    wipe(bytes, sizeof bytes);
    if (!ok)
        crypto_panic("XTS: the tweak cannot be computed");
}

/*
 * Times alpha^n in GF(2^128), little endian, without a branch on the bit that falls out.
 */
static void times_alpha(uint8_t t[B], uint64_t n)
{
    uint64_t low = le64(t), high = le64(t + 8);
    for (; n; n--) {
        uint64_t out = high >> 63;
        high = high << 1 | low >> 63;
        low = low << 1 ^ (0x87u & (0 - out));
    }
    put_le64(t, low);
    put_le64(t + 8, high);
}

/* The IV in chain moves on by the blocks processed since it was right. */
static void catch_up(TEE_OperationHandle op)
{
    if (!op->ahead)
        return;
    tweak_block(op, 1, op->chain);
    times_alpha(op->chain, op->ahead);
    op->ahead = 0;
    tweak_block(op, 0, op->chain);
}

static void xts_start(TEE_OperationHandle op, const void *iv, size_t iv_len)
{
    require(iv && iv_len == B, "TEE_CipherInit: IV of the wrong length");
    memcpy(op->chain, iv, B);
}

static size_t xts_ready(TEE_OperationHandle op, size_t all)
{
    (void)op;
    return all < 2 * B ? 0 : all / B * B - B;
}

static size_t xts_final_len(TEE_OperationHandle op, size_t all)
{
    (void)op;
    require(all >= B, "TEE_CipherDoFinal: XTS needs at least one block");
    return all;
}

static void xts_process(TEE_OperationHandle op, const uint8_t *in, size_t len,
                        uint8_t *out)
{
    while (len) {
        size_t n = len <= UNIT_PIECE ? len : UNIT_PIECE;
        if (len > n && len - n < B)
            n -= B; /* stealing needs a block before it */
        catch_up(op);
        cipher_iv(op, op->chain);
        cipher_evp_run(op, in, n, out);
        op->ahead = n / B;
        in += n;
        out += n;
        len -= n;
    }
}

static void xts_finish(TEE_OperationHandle op, uint8_t *out)
{
    xts_process(op, op->tail, op->tail_len, out);
}

static bool xts_copy(TEE_OperationHandle dst, TEE_OperationHandle src)
{
    (void)dst;
    (void)src;
    return true; /* the keys are set, and the rest is in chain, ahead and tail */
}

static const struct cipher_mode xts = {
    .start = xts_start,
    .ready = xts_ready,
    .final_len = xts_final_len,
    .process = xts_process,
    .at_once = true,
    .finish = xts_finish,
};

const struct how how_xts = {
    .open = xts_open,
    .key = xts_key,
    .reset = cipher_reset,
    .copy = xts_copy,
    .cipher = &xts,
};
