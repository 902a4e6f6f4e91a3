/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hash functions, one row each: what PKCS#11 calls them as mechanism, mask generation
 * and key derivation function, and the TEE algorithms built on them. Everything that is
 * "with SHA-x" (HMAC, PKCS#1 v1.5, PSS, OAEP, ECDSA, X9.63) takes its numbers from here.
 */
#ifndef P11_HASH_H
#define P11_HASH_H

#include "p11.h"

#define HASH_MAX  64u  /* longest digest, bytes */
#define BLOCK_MAX 128u /* longest input block, bytes */

struct hash {
    uint32_t id;       /* CKM_* of the digest */
    uint32_t mgf;      /* CKG_*; 0: none */
    uint32_t kdf;      /* CKD_*; 0: none */
    uint32_t hmac_key; /* CKK_* of its HMAC keys */
    uint32_t len;      /* bytes of a digest */
    uint32_t block;
    uint32_t alg; /* TEE_ALG_* from here on */
    uint32_t hmac;
    uint32_t hmac_type; /* TEE_TYPE_* */
    uint32_t rsassa;
    uint32_t pss;
    uint32_t oaep;
};

extern const struct hash hash_md5, hash_sha1, hash_sha224, hash_sha256, hash_sha384,
    hash_sha512;

/* The row with this number; NULL when there is none. */
const struct hash *hash_of_mech(uint32_t id);
const struct hash *hash_of_mgf(uint32_t mgf);
const struct hash *hash_of_kdf(uint32_t kdf);
const struct hash *hash_of_hmac(uint32_t alg);

/*
 * A digest operation from the pool of idle ones, in its initial state; give it back in
 * any state. CKR_DEVICE_MEMORY.
 */
CK_RV hash_take(const struct hash *h, TEE_OperationHandle *op);
void hash_give(const struct hash *h, TEE_OperationHandle op, bool clean);

/* Digest of nr pieces, one after the other; out has h->len bytes. */
CK_RV hash_pieces(const struct hash *h, uint8_t *out, const struct span *pieces,
                  unsigned nr);

#endif
