/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES key wrap, RFC 3394 and with padding RFC 5649, with their default initial values:
 * one TEE_CipherInit without IV and one TEE_CipherDoFinal. The input is copied and the
 * result made in private memory, because the algorithm passes over its buffer many times
 * and what is unwrapped must not be seen before it is known to be authentic.
 *
 * TEE_ERROR_BAD_PARAMETERS: a length the algorithm has not; TEE_ERROR_CIPHERTEXT_INVALID:
 * what was to be unwrapped was not wrapped by this key, or was changed. Either ends the
 * operation.
 */
#include <limits.h>
#include <stdlib.h>
#include "cipher.h"
#include "panic.h"

#define HALF 8u

static void wrap_start(TEE_OperationHandle op, const void *iv, size_t iv_len)
{
    (void)iv;
    require(!iv_len, "TEE_CipherInit: key wrap takes no IV");
    EVP_CIPHER_CTX_set_flags(op->cipher, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    cipher_iv(op, NULL);
}

static void wrap_key(TEE_OperationHandle op)
{
    EVP_CIPHER_CTX_set_flags(op->cipher, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    cipher_key(op);
}

static bool length_ok(TEE_OperationHandle op, size_t len)
{
    if (len > INT_MAX - 2 * HALF)
        return false;
    bool padded = op->alg->cipher == CIPHER_AES_KWP;
    if (op->mode == TEE_MODE_ENCRYPT)
        return padded ? len > 0 : len % HALF == 0 && len >= 2 * HALF;
    return len % HALF == 0 && len >= (padded ? 2 * HALF : 3 * HALF);
}

static TEE_Result give(const uint8_t *p, int len, void *dst, size_t *room)
{
    if (!output_fits(dst, room, (size_t)len, "TEE_CipherDoFinal: NULL"))
        return TEE_ERROR_SHORT_BUFFER;
    if (len)
        memcpy(dst, p, (size_t)len);
    return TEE_SUCCESS;
}

static TEE_Result wrap_whole(TEE_OperationHandle op, const void *src, size_t len,
                             void *dst, size_t *room)
{
    TEE_Result res;
    int got = 0;
    require(room, "TEE_CipherDoFinal: NULL");
    if (!length_ok(op, len))
        return TEE_ERROR_BAD_PARAMETERS;
    size_t all = 2 * (len + 2 * HALF);
    uint8_t *in = malloc(all);
    if (!in)
        return TEE_ERROR_OUT_OF_MEMORY;
    uint8_t *out = in + len + 2 * HALF;
    memcpy(in, src, len);
    if (EVP_CipherUpdate(op->cipher, out, &got, in, (int)len) == 1 && got > 0)
        res = give(out, got, dst, room);
    else
        res = op->mode == TEE_MODE_DECRYPT ? TEE_ERROR_CIPHERTEXT_INVALID
                                           : TEE_ERROR_BAD_PARAMETERS;
    if (res == TEE_ERROR_SHORT_BUFFER)
        cipher_iv(op, NULL);
    wipe(in, all);
    free(in);
    return res;
}

static const struct cipher_mode wrap = {
    .start = wrap_start,
    .whole = wrap_whole,
};

const struct how how_wrap = {
    .open = cipher_open,
    .key = wrap_key,
    .reset = cipher_reset,
    .copy = cipher_copy,
    .cipher = &wrap,
};
