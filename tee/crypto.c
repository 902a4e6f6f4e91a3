/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables of what libcrypto offers, and the objects fetched from it. A fetched object is
 * put into its slot with one compare-and-swap: of two threads that fetch the same at
 * once, one wins and the other frees its own. Nothing is ever taken out of a slot.
 */
#include "crypto.h"
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include "panic.h"

static const struct hash hashes[NR_HASH] = {
    [HASH_MD5] = {"MD5", TEE_ALG_MD5, 16, false},
    [HASH_SHA1] = {"SHA1", TEE_ALG_SHA1, 20, false},
    [HASH_SHA224] = {"SHA224", TEE_ALG_SHA224, 28, false},
    [HASH_SHA256] = {"SHA256", TEE_ALG_SHA256, 32, false},
    [HASH_SHA384] = {"SHA384", TEE_ALG_SHA384, 48, false},
    [HASH_SHA512] = {"SHA512", TEE_ALG_SHA512, 64, false},
    [HASH_SHA3_224] = {"SHA3-224", TEE_ALG_SHA3_224, 28, false},
    [HASH_SHA3_256] = {"SHA3-256", TEE_ALG_SHA3_256, 32, false},
    [HASH_SHA3_384] = {"SHA3-384", TEE_ALG_SHA3_384, 48, false},
    [HASH_SHA3_512] = {"SHA3-512", TEE_ALG_SHA3_512, 64, false},
    [HASH_SM3] = {"SM3", TEE_ALG_SM3, 32, false},
    [HASH_MD5SHA1] = {"MD5-SHA1", TEE_ALG_MD5SHA1, 36, false},
    [HASH_SHAKE128] = {"SHAKE128", TEE_ALG_SHAKE128, 32, true},
    [HASH_SHAKE256] = {"SHAKE256", TEE_ALG_SHAKE256, 64, true},
};

/* clang-format off */
static const struct cipher_row ciphers[NR_CIPHER] = {
    /*                   block  IV    keys of 128, 192 and 256 bits */
    [CIPHER_AES_ECB]  = { 16,    0, { "AES-128-ECB", "AES-192-ECB", "AES-256-ECB" } },
    [CIPHER_AES_CBC]  = { 16,   16, { "AES-128-CBC", "AES-192-CBC", "AES-256-CBC" } },
    [CIPHER_AES_CTR]  = {  1,   16, { "AES-128-CTR", "AES-192-CTR", "AES-256-CTR" } },
    [CIPHER_AES_XTS]  = { 16,   16, { "AES-128-XTS", NULL, "AES-256-XTS" } },
    [CIPHER_AES_GCM]  = {  1,    0, { "AES-128-GCM", "AES-192-GCM", "AES-256-GCM" } },
    [CIPHER_AES_CCM]  = {  1,    0, { "AES-128-CCM", "AES-192-CCM", "AES-256-CCM" } },
    [CIPHER_AES_KW]   = {  8,    0, { "AES-128-WRAP", "AES-192-WRAP", "AES-256-WRAP" } },
    [CIPHER_AES_KWP]  = {  8,    0, { "AES-128-WRAP-PAD", "AES-192-WRAP-PAD", "AES-256-WRAP-PAD" } },
    [CIPHER_DES3_ECB] = {  8,    0, { "DES-EDE3-ECB", "DES-EDE3-ECB", "DES-EDE3-ECB" } },
    [CIPHER_DES3_CBC] = {  8,    8, { "DES-EDE3-CBC", "DES-EDE3-CBC", "DES-EDE3-CBC" } },
    [CIPHER_SM4_ECB]  = { 16,    0, { "SM4-ECB", NULL, NULL } },
    [CIPHER_SM4_CBC]  = { 16,   16, { "SM4-CBC", NULL, NULL } },
    [CIPHER_SM4_CTR]  = {  1,   16, { "SM4-CTR", NULL, NULL } },
};
/* clang-format on */

static const char *const kdfs[NR_KDF] = {"HKDF", "PBKDF2", "SSKDF"};
static const char *const macs[NR_MAC] = {"HMAC", "CMAC"};

static _Atomic(EVP_MD *) md_slot[NR_HASH];
static _Atomic(EVP_CIPHER *) cipher_slot[NR_CIPHER][CIPHER_SIZES];
static _Atomic(EVP_KDF *) kdf_slot[NR_KDF];
static _Atomic(EVP_MAC *) mac_slot[NR_MAC];

void crypto_panic(const char *what)
{
    char why[256], text[160];
    ERR_error_string_n(ERR_peek_last_error(), text, sizeof text);
    snprintf(why, sizeof why, "%s: %s", what, text);
    sys_panic(TEE_ERROR_GENERIC, why);
}

static void start(void)
{
    uint64_t how = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT;
    if (OPENSSL_init_crypto(how, NULL) != 1)
        sys_panic(TEE_ERROR_GENERIC, "libcrypto does not start");
}

void crypto_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start);
}

const struct hash *hash_row(enum hash_id id)
{
    return &hashes[id];
}

enum hash_id hash_find(uint32_t alg)
{
    for (enum hash_id i = HASH_MD5; i < NR_HASH; i++)
        if (hashes[i].alg == alg)
            return i;
    return HASH_NONE;
}

const EVP_MD *hash_md(enum hash_id id)
{
    EVP_MD *md = atomic_load_explicit(&md_slot[id], memory_order_acquire);
    if (md)
        return md;
    crypto_init();
    EVP_MD *mine = EVP_MD_fetch(NULL, hashes[id].name, NULL);
    if (!mine)
        crypto_panic(hashes[id].name);
    if (atomic_compare_exchange_strong(&md_slot[id], &md, mine))
        return mine;
    EVP_MD_free(mine);
    return md;
}

const struct cipher_row *cipher_row(enum cipher_id id)
{
    return &ciphers[id];
}

static int size_index(uint32_t bits)
{
    return bits <= 128 ? 0 : bits <= 192 ? 1 : 2;
}

const char *cipher_name(enum cipher_id id, uint32_t bits)
{
    return ciphers[id].name[size_index(bits)];
}

const EVP_CIPHER *cipher_evp(enum cipher_id id, uint32_t bits)
{
    int size = size_index(bits);
    EVP_CIPHER *cipher =
        atomic_load_explicit(&cipher_slot[id][size], memory_order_acquire);
    if (cipher)
        return cipher;
    crypto_init();
    EVP_CIPHER *mine = EVP_CIPHER_fetch(NULL, ciphers[id].name[size], NULL);
    if (!mine)
        crypto_panic("no such cipher");
    if (atomic_compare_exchange_strong(&cipher_slot[id][size], &cipher, mine))
        return mine;
    EVP_CIPHER_free(mine);
    return cipher;
}

EVP_KDF *kdf_evp(enum kdf_id id)
{
    EVP_KDF *kdf = atomic_load_explicit(&kdf_slot[id], memory_order_acquire);
    if (kdf)
        return kdf;
    crypto_init();
    EVP_KDF *mine = EVP_KDF_fetch(NULL, kdfs[id], NULL);
    if (!mine)
        crypto_panic(kdfs[id]);
    if (atomic_compare_exchange_strong(&kdf_slot[id], &kdf, mine))
        return mine;
    EVP_KDF_free(mine);
    return kdf;
}

EVP_MAC *mac_evp(enum mac_id id)
{
    EVP_MAC *mac = atomic_load_explicit(&mac_slot[id], memory_order_acquire);
    if (mac)
        return mac;
    crypto_init();
    EVP_MAC *mine = EVP_MAC_fetch(NULL, macs[id], NULL);
    if (!mine)
        crypto_panic(macs[id]);
    if (atomic_compare_exchange_strong(&mac_slot[id], &mac, mine))
        return mine;
    EVP_MAC_free(mine);
    return mac;
}
