/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES-GCM (SP 800-38D), streaming. Decrypted bytes of the final are made in private
 * memory when the destination is shared with a client, for a client that learns the
 * plaintext of a forgery learns the key stream.
 */
#include <stdlib.h>
#include "ae.h"
#include "cipher.h"
#include "panic.h"

static bool gcm_tag_ok(uint32_t bits)
{
    return bits >= 96 && bits <= 128 && bits % 8 == 0;
}

static bool gcm_nonce_ok(size_t len, size_t payload_len)
{
    (void)payload_len;
    return len > 0 && len <= 128;
}

static void gcm_start(TEE_OperationHandle op, const uint8_t *nonce, size_t aad_len,
                      size_t payload_len)
{
    (void)aad_len;
    (void)payload_len;
    if (op->nonce_changed && EVP_CIPHER_CTX_ctrl(op->cipher, EVP_CTRL_AEAD_SET_IVLEN,
                                                 (int)op->nonce_len, NULL) != 1)
        crypto_panic("GCM: nonce length");
    cipher_iv(op, nonce);
}

static TEE_Result gcm_aad(TEE_OperationHandle op, const uint8_t *p, size_t len)
{
    while (len) {
        int n = (int)(len < 1u << 30 ? len : 1u << 30), got;
        if (EVP_CipherUpdate(op->cipher, NULL, &got, p, n) != 1)
            crypto_panic("GCM: associated data");
        p += n;
        len -= (size_t)n;
    }
    return TEE_SUCCESS;
}

static size_t gcm_same(TEE_OperationHandle op, size_t len)
{
    (void)op;
    return len;
}

static TEE_Result gcm_update(TEE_OperationHandle op, const uint8_t *src, size_t len,
                             uint8_t *dst)
{
    cipher_evp_run(op, src, len, dst);
    return TEE_SUCCESS;
}

static TEE_Result gcm_seal(TEE_OperationHandle op, const uint8_t *src, size_t len,
                           uint8_t *dst, uint8_t *tag)
{
    uint8_t none[BLOCK_MAX];
    int got;
    cipher_evp_run(op, src, len, dst);
    if (EVP_CipherFinal_ex(op->cipher, none, &got) != 1 ||
        EVP_CIPHER_CTX_ctrl(op->cipher, EVP_CTRL_AEAD_GET_TAG, (int)op->tag_len, tag) !=
            1)
        crypto_panic("GCM: final");
    return TEE_SUCCESS;
}

static TEE_Result gcm_open(TEE_OperationHandle op, const uint8_t *src, size_t len,
                           uint8_t *dst, const uint8_t *tag)
{
    uint8_t none[BLOCK_MAX];
    int got;
    uint8_t *out = dst, *private = NULL;
    if (len && sys_is_shared(dst, len)) {
        out = private = malloc(len);
        if (!private)
            return TEE_ERROR_OUT_OF_MEMORY;
    }
    cipher_evp_run(op, src, len, out);
    if (EVP_CIPHER_CTX_ctrl(op->cipher, EVP_CTRL_AEAD_SET_TAG, (int)op->tag_len,
                            (void *)(uintptr_t)tag) != 1)
        crypto_panic("GCM: tag");
    bool authentic = EVP_CipherFinal_ex(op->cipher, none, &got) == 1;
    if (authentic && private)
        memcpy(dst, private, len);
    if (!authentic || private)
        wipe(out, len);
    free(private);
    return authentic ? TEE_SUCCESS : TEE_ERROR_MAC_INVALID;
}

static const struct aead gcm = {
    .tag_ok = gcm_tag_ok,
    .nonce_ok = gcm_nonce_ok,
    .start = gcm_start,
    .aad = gcm_aad,
    .ready = gcm_same,
    .update = gcm_update,
    .final_len = gcm_same,
    .seal = gcm_seal,
    .open = gcm_open,
};

static void gcm_key(TEE_OperationHandle op)
{
    cipher_key(op);
    op->nonce_len = 0; /* the context is back at its default */
}

static bool gcm_copy(TEE_OperationHandle dst, TEE_OperationHandle src)
{
    dst->tag_len = src->tag_len;
    dst->nonce_len = src->nonce_len;
    dst->payload_begun = src->payload_begun;
    return cipher_copy(dst, src);
}

const struct how how_gcm = {
    .open = cipher_open,
    .key = gcm_key,
    .copy = gcm_copy,
    .aead = &gcm,
};
