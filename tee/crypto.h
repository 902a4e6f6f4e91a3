/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libcrypto as this library uses it: no configuration file, no exit handler, and every
 * digest, cipher, MAC and KDF fetched once for the life of the process, at its first use.
 * Fetching takes microseconds and locks, which is more than many an operation; a kept
 * object costs nothing. All functions may be called by several threads at once. They
 * panic when libcrypto lacks what the tables name, for then the build is wrong, not the
 * caller.
 */
#ifndef AH_TEE_CRYPTO_H
#define AH_TEE_CRYPTO_H

#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stdbool.h>
#include <stdint.h>

enum hash_id {
    HASH_NONE,
    HASH_MD5,
    HASH_SHA1,
    HASH_SHA224,
    HASH_SHA256,
    HASH_SHA384,
    HASH_SHA512,
    HASH_SHA3_224,
    HASH_SHA3_256,
    HASH_SHA3_384,
    HASH_SHA3_512,
    HASH_SM3,
    HASH_MD5SHA1,
    HASH_SHAKE128,
    HASH_SHAKE256,
    NR_HASH,
};

struct hash {
    const char *name; /* as libcrypto calls it; NULL for HASH_NONE */
    uint32_t alg;     /* TEE_ALG_* of the plain digest */
    uint16_t len;     /* bytes; of an extendable function the customary length */
    bool xof;
};

enum cipher_id {
    CIPHER_NONE,
    CIPHER_AES_ECB,
    CIPHER_AES_CBC,
    CIPHER_AES_CTR,
    CIPHER_AES_XTS,
    CIPHER_AES_GCM,
    CIPHER_AES_CCM,
    CIPHER_AES_KW,
    CIPHER_AES_KWP,
    CIPHER_DES3_ECB, /* single DES too: its key is expanded to three equal ones */
    CIPHER_DES3_CBC,
    CIPHER_SM4_ECB,
    CIPHER_SM4_CBC,
    CIPHER_SM4_CTR,
    NR_CIPHER,
};

#define CIPHER_SIZES 3
struct cipher_row {
    uint8_t block; /* bytes in which it consumes input */
    uint8_t iv;    /* bytes; 0: none, or of the message's choosing */
    const char
        *name[CIPHER_SIZES]; /* by key size; one name thrice where there is only one */
};

enum kdf_id { KDF_HKDF, KDF_PBKDF2, KDF_CONCAT, NR_KDF };
enum mac_id { MAC_HMAC, MAC_CMAC, NR_MAC };

/* Before anything else of libcrypto; called by the functions below and by key.c. */
void crypto_init(void);

/* The row of a digest; hash_find gives HASH_NONE for an id that is none. */
const struct hash *hash_row(enum hash_id id);
enum hash_id hash_find(uint32_t alg);
const EVP_MD *hash_md(enum hash_id id);

const struct cipher_row *cipher_row(enum cipher_id id);

/*
 * The cipher for a key of bits (of one key, when it takes two), and its libcrypto name.
 */
const EVP_CIPHER *cipher_evp(enum cipher_id id, uint32_t bits);
const char *cipher_name(enum cipher_id id, uint32_t bits);

EVP_KDF *kdf_evp(enum kdf_id id);
EVP_MAC *mac_evp(enum mac_id id);

/* Panic with libcrypto's last complaint in the log. */
_Noreturn void crypto_panic(const char *what);

#endif
