/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CBC with ciphertext stealing, the last two blocks always swapped (CBC-CS3, SP 800-38A
 * addendum; RFC 2040). 17 to 32 bytes are held back until the end, since they may be the
 * last two blocks.
 *
 * Decryption needs D(C) of a single block out of its place in the chain: decrypting it
 * through the CBC context gives D(C) xor the block before, which chain remembers.
 */
#include "cipher.h"
#include "panic.h"

#define B 16u

static void cts_start(TEE_OperationHandle op, const void *iv, size_t iv_len)
{
    require(iv && iv_len == B, "TEE_CipherInit: IV of the wrong length");
    memcpy(op->chain, iv, B);
    cipher_iv(op, op->chain);
}

static size_t cts_ready(TEE_OperationHandle op, size_t all)
{
    (void)op;
    return all <= 2 * B ? 0 : (all - B - 1) / B * B;
}

static size_t cts_final_len(TEE_OperationHandle op, size_t all)
{
    (void)op;
    require(all > B, "TEE_CipherDoFinal: CTS needs more than one block");
    return all;
}

static void cts_process(TEE_OperationHandle op, const uint8_t *in, size_t len,
                        uint8_t *out)
{
    if (op->mode == TEE_MODE_DECRYPT)
        memcpy(op->chain, in + len - B, B);
    cipher_evp_run(op, in, len, out);
}

/*
 * The tail is P1 P2, P2 of d bytes: E(P2 || 0) in full, then the first d bytes of E(P1).
 */
static void encrypt_end(TEE_OperationHandle op, uint8_t *out)
{
    uint8_t first[B], last[B] = {0};
    size_t d = op->tail_len - B;
    cipher_evp_run(op, op->tail, B, first);
    memcpy(last, op->tail + B, d);
    cipher_evp_run(op, last, B, last);
    memcpy(out, last, B);
    memcpy(out + B, first, d);
    wipe(first, sizeof first);
}

/* The tail is Y X', X' of d bytes. D(Y) = (P2 || rest of X) xor (X' || 0). */
static void decrypt_end(TEE_OperationHandle op, uint8_t *out)
{
    uint8_t z[B], x[B], p1[B];
    const uint8_t *y = op->tail, *stolen = op->tail + B;
    size_t d = op->tail_len - B;
    cipher_evp_run(op, y, B, z);
    for (size_t i = 0; i < B; i++)
        z[i] ^= op->chain[i];
    memcpy(x, z, B);
    memcpy(x, stolen, d);
    cipher_evp_run(op, x, B, p1);
    for (size_t i = 0; i < B; i++)
        out[i] = (uint8_t)(p1[i] ^ y[i] ^ op->chain[i]);
    for (size_t i = 0; i < d; i++)
        out[B + i] = (uint8_t)(z[i] ^ stolen[i]);
    wipe(z, sizeof z);
    wipe(p1, sizeof p1);
}

static void cts_finish(TEE_OperationHandle op, uint8_t *out)
{
    if (op->mode == TEE_MODE_ENCRYPT)
        encrypt_end(op, out);
    else
        decrypt_end(op, out);
}

static const struct cipher_mode cts = {
    .start = cts_start,
    .ready = cts_ready,
    .final_len = cts_final_len,
    .process = cts_process,
    .finish = cts_finish,
};

const struct how how_cts = {
    .open = cipher_open,
    .key = cipher_key,
    .reset = cipher_reset,
    .copy = cipher_copy,
    .cipher = &cts,
};
