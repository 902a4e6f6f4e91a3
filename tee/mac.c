/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Message authentication codes (GP 1.3.1, section 6.5): HMAC and CMAC by libcrypto,
 * CBC-MAC as the last block of a CBC encryption. The key is set once; each message begins
 * by resetting the context. A MAC to be compared is computed here and compared in
 * constant time.
 */
#include <openssl/core_names.h>
#include <openssl/params.h>
#include "cipher.h"
#include "panic.h"

#define MAC_MAX 64
#define SCRATCH 512u

static size_t mac_len(TEE_OperationHandle op)
{
    return op->alg->hash != HASH_NONE ? hash_row(op->alg->hash)->len : cipher_block(op);
}

/* --- HMAC and CMAC --- */

static bool hmac_open(TEE_OperationHandle op)
{
    op->mac = EVP_MAC_CTX_new(mac_evp(MAC_HMAC));
    return op->mac;
}

static bool cmac_open(TEE_OperationHandle op)
{
    op->mac = EVP_MAC_CTX_new(mac_evp(MAC_CMAC));
    return op->mac;
}

static void set_key(TEE_OperationHandle op, const uint8_t *key, size_t len,
                    const char *param, const char *name)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(param, (char *)(uintptr_t)name, 0),
        OSSL_PARAM_construct_end(),
    };
    if (EVP_MAC_init(op->mac, key, len, params) != 1)
        crypto_panic("MAC: the key cannot be set");
}

static void hmac_key(TEE_OperationHandle op)
{
    const struct key_attr *a = key_secret(op->key);
    set_key(op, a->p, a->len, OSSL_MAC_PARAM_DIGEST, hash_row(op->alg->hash)->name);
}

static void cmac_key(TEE_OperationHandle op)
{
    uint8_t bytes[CIPHER_KEY_MAX];
    size_t len = operation_key_bytes(op->key, bytes);
    set_key(op, bytes, len, OSSL_MAC_PARAM_CIPHER,
            cipher_name(op->alg->cipher, op->key->bits));
    wipe(bytes, sizeof bytes);
}

static bool mac_copy(TEE_OperationHandle dst, TEE_OperationHandle src)
{
    EVP_MAC_CTX *dup = EVP_MAC_CTX_dup(src->mac);
    if (!dup)
        return false;
    EVP_MAC_CTX_free(dst->mac);
    dst->mac = dup;
    return true;
}

const struct how how_hmac = {.open = hmac_open, .key = hmac_key, .copy = mac_copy};
const struct how how_cmac = {.open = cmac_open, .key = cmac_key, .copy = mac_copy};

/* --- CBC-MAC: chain is the last block, ahead the bytes seen --- */

const struct how how_cbc_mac = {
    .open = cipher_open,
    .key = cipher_key,
    .reset = cipher_reset,
    .copy = cipher_copy,
};

static void cbc_blocks(TEE_OperationHandle op, const uint8_t *p, size_t len)
{
    uint8_t scratch[SCRATCH];
    size_t block = cipher_block(op);
    while (len) {
        size_t n = len < SCRATCH ? len : SCRATCH;
        cipher_evp_run(op, p, n, scratch);
        memcpy(op->chain, scratch + n - block, block);
        p += n;
        len -= n;
    }
    wipe(scratch, sizeof scratch);
}

static void cbc_feed(TEE_OperationHandle op, const uint8_t *p, size_t len)
{
    size_t block = cipher_block(op);
    op->ahead += len;
    if (op->tail_len) {
        size_t n = block - op->tail_len < len ? block - op->tail_len : len;
        memcpy(op->tail + op->tail_len, p, n);
        op->tail_len += n;
        p += n;
        len -= n;
        if (op->tail_len < block)
            return;
        cbc_blocks(op, op->tail, block);
        op->tail_len = 0;
    }
    cbc_blocks(op, p, len - len % block);
    op->tail_len = len % block;
    if (op->tail_len)
        memcpy(op->tail, p + len - op->tail_len, op->tail_len);
}

static void cbc_final(TEE_OperationHandle op, uint8_t *mac)
{
    size_t block = cipher_block(op);
    if (op->alg->flags & ALG_PADS) {
        uint8_t pad[BLOCK_MAX];
        size_t n = block - op->tail_len;
        memset(pad, (int)n, sizeof pad);
        cbc_feed(op, pad, n);
    }
    require(!op->tail_len && op->ahead, "CBC-MAC: not a whole number of blocks");
    memcpy(mac, op->chain, block);
}

/* --- The functions --- */

static bool is_cbc(TEE_OperationHandle op)
{
    return op->alg->how == &how_cbc_mac;
}

void TEE_MACInit(TEE_OperationHandle operation, const void *IV, size_t IVLen)
{
    static const uint8_t zeros[BLOCK_MAX];
    operation_check(operation, TEE_OPERATION_MAC, "TEE_MACInit: no MAC operation");
    require_state(operation->flags & TEE_HANDLE_FLAG_KEY_SET, "TEE_MACInit: no key");
    if (is_cbc(operation)) {
        require(!IVLen || (IV && IVLen == cipher_block(operation)),
                "TEE_MACInit: IV of the wrong length");
        cipher_reset(operation);
        cipher_iv(operation, IVLen ? IV : zeros);
    } else if (EVP_MAC_init(operation->mac, NULL, 0, NULL) != 1) {
        crypto_panic("TEE_MACInit");
    }
    operation_begin(operation);
}

static void feed(TEE_OperationHandle op, const void *p, size_t len, const char *who)
{
    operation_check(op, TEE_OPERATION_MAC, who);
    require_state(op->state == TEE_OPERATION_STATE_ACTIVE, who);
    require(p || !len, who);
    if (!len)
        return;
    if (is_cbc(op))
        cbc_feed(op, p, len);
    else if (EVP_MAC_update(op->mac, p, len) != 1)
        crypto_panic(who);
}

void TEE_MACUpdate(TEE_OperationHandle operation, const void *chunk, size_t chunkSize)
{
    feed(operation, chunk, chunkSize, "TEE_MACUpdate: no active MAC operation, or NULL");
}

static void finish(TEE_OperationHandle op, uint8_t mac[MAC_MAX])
{
    size_t len;
    if (is_cbc(op))
        cbc_final(op, mac);
    else if (EVP_MAC_final(op->mac, mac, &len, MAC_MAX) != 1 || len != mac_len(op))
        crypto_panic("MAC");
    cipher_reset(op);
    operation_end(op);
}

TEE_Result TEE_MACComputeFinal(TEE_OperationHandle operation, const void *message,
                               size_t messageLen, void *mac, size_t *macLen)
{
    static const char who[] = "TEE_MACComputeFinal: no active MAC operation, or NULL";
    uint8_t made[MAC_MAX];
    operation_check(operation, TEE_OPERATION_MAC, who);
    require_state(operation->state == TEE_OPERATION_STATE_ACTIVE, who);
    size_t len = mac_len(operation);
    if (!output_fits(mac, macLen, len, who))
        return TEE_ERROR_SHORT_BUFFER;
    feed(operation, message, messageLen, who);
    finish(operation, made);
    memcpy(mac, made, len);
    return TEE_SUCCESS;
}

TEE_Result TEE_MACCompareFinal(TEE_OperationHandle operation, const void *message,
                               size_t messageLen, const void *mac, size_t macLen)
{
    static const char who[] = "TEE_MACCompareFinal: no active MAC operation, or NULL";
    uint8_t made[MAC_MAX];
    feed(operation, message, messageLen, who);
    require(mac || !macLen, who);
    finish(operation, made);
    bool same = macLen == mac_len(operation) && ct_equal(made, mac, macLen);
    wipe(made, sizeof made);
    return same ? TEE_SUCCESS : TEE_ERROR_MAC_INVALID;
}
