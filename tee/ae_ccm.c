/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES-CCM (SP 800-38C). libcrypto wants associated data and payload in one call each, so
 * both are held, in one buffer that grows as they come, and everything comes out at the
 * final. What was announced at the start must be what came: a difference panics. The
 * buffer is wiped with each message.
 *
 *   held: associated data (aad_len bytes), payload
 */
#include <limits.h>
#include <stdlib.h>
#include "ae.h"
#include "cipher.h"
#include "panic.h"

static bool ccm_tag_ok(uint32_t bits)
{
    return bits >= 32 && bits <= 128 && bits % 16 == 0;
}

/* 15 - len bytes are left to count the payload. */
static bool ccm_nonce_ok(size_t len, size_t payload_len)
{
    if (len < 7 || len > 13 || payload_len > INT_MAX)
        return false;
    size_t count_bits = 8 * (15 - len);
    return count_bits >= 31 || payload_len >> count_bits == 0;
}

static void ccm_reset(TEE_OperationHandle op)
{
    if (op->held)
        wipe(op->held, op->held_len);
    wipe(op->chain, sizeof op->chain);
    op->held_len = 0;
    op->aad_len = 0;
}

static void ccm_start(TEE_OperationHandle op, const uint8_t *nonce, size_t aad_len,
                      size_t payload_len)
{
    ccm_reset(op);
    require(aad_len <= INT_MAX, "TEE_AEInit: too much associated data");
    memcpy(op->chain, nonce, op->nonce_len);
    op->aad_left = aad_len;
    op->payload_left = payload_len;
}

static TEE_Result hold(TEE_OperationHandle op, const uint8_t *p, size_t len)
{
    size_t need;
    if (!add_ok(op->held_len, len, &need))
        return TEE_ERROR_OUT_OF_MEMORY;
    if (need > op->held_room || !op->held) {
        size_t room = need < 256 ? 256 : need + need / 2;
        uint8_t *bigger = malloc(room);
        if (!bigger)
            return TEE_ERROR_OUT_OF_MEMORY;
        if (op->held_len)
            memcpy(bigger, op->held, op->held_len);
        if (op->held)
            wipe(op->held, op->held_room);
        free(op->held);
        op->held = bigger;
        op->held_room = room;
    }
    if (len)
        memcpy(op->held + op->held_len, p, len);
    op->held_len = need;
    return TEE_SUCCESS;
}

static TEE_Result ccm_aad(TEE_OperationHandle op, const uint8_t *p, size_t len)
{
    require(len <= op->aad_left, "TEE_AEUpdateAAD: more than announced");
    TEE_Result res = hold(op, p, len);
    if (res != TEE_SUCCESS)
        return res;
    op->aad_left -= len;
    op->aad_len += len;
    return TEE_SUCCESS;
}

static size_t ccm_nothing(TEE_OperationHandle op, size_t len)
{
    require(len <= op->payload_left, "TEE_AEUpdate: more payload than announced");
    return 0;
}

static TEE_Result ccm_update(TEE_OperationHandle op, const uint8_t *src, size_t len,
                             uint8_t *dst)
{
    (void)dst;
    TEE_Result res = hold(op, src, len);
    if (res == TEE_SUCCESS)
        op->payload_left -= len;
    return res;
}

static size_t ccm_final_len(TEE_OperationHandle op, size_t len)
{
    require(!op->aad_left && len == op->payload_left,
            "AE final: less or more than was announced for CCM");
    return op->held_len - op->aad_len + len;
}

/*
 * The parameters of this message, its key again (libcrypto computes from both), its
 * lengths.
 */
static bool begin(TEE_OperationHandle op, const uint8_t *tag, size_t payload_len)
{
    uint8_t bytes[CIPHER_KEY_MAX];
    int got;
    operation_key_bytes(op->key, bytes);
    bool ok = EVP_CIPHER_CTX_ctrl(op->cipher, EVP_CTRL_AEAD_SET_IVLEN, (int)op->nonce_len,
                                  NULL) == 1 &&
              EVP_CIPHER_CTX_ctrl(op->cipher, EVP_CTRL_AEAD_SET_TAG, (int)op->tag_len,
                                  (void *)(uintptr_t)tag) == 1 &&
              EVP_CipherInit_ex2(op->cipher, NULL, bytes, op->chain, -1, NULL) == 1 &&
              EVP_CipherUpdate(op->cipher, NULL, &got, NULL, (int)payload_len) == 1 &&
              (!op->aad_len ||
               EVP_CipherUpdate(op->cipher, NULL, &got, op->held, (int)op->aad_len) == 1);
    wipe(bytes, sizeof bytes);
    return ok;
}

static TEE_Result ccm_seal(TEE_OperationHandle op, const uint8_t *src, size_t len,
                           uint8_t *dst, uint8_t *tag)
{
    uint8_t none[BLOCK_MAX];
    int got;
    TEE_Result res = hold(op, src, len);
    if (res != TEE_SUCCESS)
        return res;
    uint8_t *payload = op->held + op->aad_len;
    size_t n = op->held_len - op->aad_len;
    if (!begin(op, NULL, n) ||
        EVP_CipherUpdate(op->cipher, payload, &got, payload, (int)n) != 1 ||
        EVP_CipherFinal_ex(op->cipher, none, &got) != 1 ||
        EVP_CIPHER_CTX_ctrl(op->cipher, EVP_CTRL_AEAD_GET_TAG, (int)op->tag_len, tag) !=
            1)
        crypto_panic("CCM: encryption");
    if (n)
        memcpy(dst, payload, n);
    ccm_reset(op);
    return TEE_SUCCESS;
}

static TEE_Result ccm_open(TEE_OperationHandle op, const uint8_t *src, size_t len,
                           uint8_t *dst, const uint8_t *tag)
{
    int got;
    TEE_Result res = hold(op, src, len);
    if (res != TEE_SUCCESS)
        return res;
    uint8_t *payload = op->held + op->aad_len;
    size_t n = op->held_len - op->aad_len;
    if (!begin(op, tag, n))
        crypto_panic("CCM: decryption");
    if (EVP_CipherUpdate(op->cipher, payload, &got, payload, (int)n) != 1)
        return TEE_ERROR_MAC_INVALID;
    if (n)
        memcpy(dst, payload, n);
    return TEE_SUCCESS;
}

static const struct aead ccm = {
    .tag_ok = ccm_tag_ok,
    .nonce_ok = ccm_nonce_ok,
    .start = ccm_start,
    .aad = ccm_aad,
    .ready = ccm_nothing,
    .update = ccm_update,
    .final_len = ccm_final_len,
    .seal = ccm_seal,
    .open = ccm_open,
};

static bool ccm_copy(TEE_OperationHandle dst, TEE_OperationHandle src)
{
    ccm_reset(dst);
    memcpy(dst->chain, src->chain, sizeof dst->chain);
    dst->tag_len = src->tag_len;
    dst->nonce_len = src->nonce_len;
    dst->payload_begun = src->payload_begun;
    dst->aad_left = src->aad_left;
    dst->payload_left = src->payload_left;
    dst->aad_len = src->aad_len;
    return hold(dst, src->held, src->held_len) == TEE_SUCCESS;
}

const struct how how_ccm = {
    .open = cipher_open,
    .key = cipher_key,
    .reset = ccm_reset,
    .copy = ccm_copy,
    .aead = &ccm,
};
