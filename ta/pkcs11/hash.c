/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of hash functions, and a pool of digest operations for each: making one costs
 * more than hashing a short message. The lock of a pool is held only to take or put a
 * handle. An operation that comes back in the middle of a message is reset, which also
 * wipes its state.
 */
#include <pthread.h>
#include "hash.h"

const struct hash hash_md5 = {
    .id = CKM_MD5,
    .len = 16,
    .block = 64,
    .alg = TEE_ALG_MD5,
};
const struct hash hash_sha1 = {
    .id = CKM_SHA_1,
    .mgf = CKG_MGF1_SHA1,
    .kdf = CKD_SHA1_KDF,
    .hmac_key = CKK_SHA_1_HMAC,
    .len = 20,
    .block = 64,
    .alg = TEE_ALG_SHA1,
    .hmac = TEE_ALG_HMAC_SHA1,
    .hmac_type = TEE_TYPE_HMAC_SHA1,
    .rsassa = TEE_ALG_RSASSA_PKCS1_V1_5_SHA1,
    .pss = TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA1,
    .oaep = TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA1,
};
const struct hash hash_sha224 = {
    .id = CKM_SHA224,
    .mgf = CKG_MGF1_SHA224,
    .kdf = CKD_SHA224_KDF,
    .hmac_key = CKK_SHA224_HMAC,
    .len = 28,
    .block = 64,
    .alg = TEE_ALG_SHA224,
    .hmac = TEE_ALG_HMAC_SHA224,
    .hmac_type = TEE_TYPE_HMAC_SHA224,
    .rsassa = TEE_ALG_RSASSA_PKCS1_V1_5_SHA224,
    .pss = TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA224,
    .oaep = TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA224,
};
const struct hash hash_sha256 = {
    .id = CKM_SHA256,
    .mgf = CKG_MGF1_SHA256,
    .kdf = CKD_SHA256_KDF,
    .hmac_key = CKK_SHA256_HMAC,
    .len = 32,
    .block = 64,
    .alg = TEE_ALG_SHA256,
    .hmac = TEE_ALG_HMAC_SHA256,
    .hmac_type = TEE_TYPE_HMAC_SHA256,
    .rsassa = TEE_ALG_RSASSA_PKCS1_V1_5_SHA256,
    .pss = TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA256,
    .oaep = TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA256,
};
const struct hash hash_sha384 = {
    .id = CKM_SHA384,
    .mgf = CKG_MGF1_SHA384,
    .kdf = CKD_SHA384_KDF,
    .hmac_key = CKK_SHA384_HMAC,
    .len = 48,
    .block = 128,
    .alg = TEE_ALG_SHA384,
    .hmac = TEE_ALG_HMAC_SHA384,
    .hmac_type = TEE_TYPE_HMAC_SHA384,
    .rsassa = TEE_ALG_RSASSA_PKCS1_V1_5_SHA384,
    .pss = TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA384,
    .oaep = TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA384,
};
const struct hash hash_sha512 = {
    .id = CKM_SHA512,
    .mgf = CKG_MGF1_SHA512,
    .kdf = CKD_SHA512_KDF,
    .hmac_key = CKK_SHA512_HMAC,
    .len = 64,
    .block = 128,
    .alg = TEE_ALG_SHA512,
    .hmac = TEE_ALG_HMAC_SHA512,
    .hmac_type = TEE_TYPE_HMAC_SHA512,
    .rsassa = TEE_ALG_RSASSA_PKCS1_V1_5_SHA512,
    .pss = TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA512,
    .oaep = TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA512,
};

#define HASHES 6u
static const struct hash *const hashes[HASHES] = {
    &hash_md5, &hash_sha1, &hash_sha224, &hash_sha256, &hash_sha384, &hash_sha512,
};

/* Idle operations of hashes[i]: enough for as many calls as there are lanes. */
#define POOL_ROOM 16u
static struct pool {
    pthread_mutex_t lock;
    unsigned nr;
    TEE_OperationHandle idle[POOL_ROOM];
} pools[HASHES] = {
    {.lock = PTHREAD_MUTEX_INITIALIZER}, {.lock = PTHREAD_MUTEX_INITIALIZER},
    {.lock = PTHREAD_MUTEX_INITIALIZER}, {.lock = PTHREAD_MUTEX_INITIALIZER},
    {.lock = PTHREAD_MUTEX_INITIALIZER}, {.lock = PTHREAD_MUTEX_INITIALIZER},
};

const struct hash *hash_of_mech(uint32_t id)
{
    for (unsigned i = 0; i < HASHES; i++)
        if (hashes[i]->id == id)
            return hashes[i];
    return NULL;
}

const struct hash *hash_of_mgf(uint32_t mgf)
{
    for (unsigned i = 0; i < HASHES; i++)
        if (mgf && hashes[i]->mgf == mgf)
            return hashes[i];
    return NULL;
}

const struct hash *hash_of_kdf(uint32_t kdf)
{
    for (unsigned i = 0; i < HASHES; i++)
        if (kdf && hashes[i]->kdf == kdf)
            return hashes[i];
    return NULL;
}

const struct hash *hash_of_hmac(uint32_t alg)
{
    for (unsigned i = 0; i < HASHES; i++)
        if (alg && hashes[i]->hmac == alg)
            return hashes[i];
    return NULL;
}

static struct pool *pool_of(const struct hash *h)
{
    unsigned i = 0;
    while (i < HASHES - 1 && hashes[i] != h)
        i++;
    return &pools[i];
}

CK_RV hash_take(const struct hash *h, TEE_OperationHandle *op)
{
    struct pool *p = pool_of(h);
    pthread_mutex_lock(&p->lock);
    TEE_OperationHandle idle = p->nr ? p->idle[--p->nr] : TEE_HANDLE_NULL;
    pthread_mutex_unlock(&p->lock);
    if (idle) {
        *op = idle;
        return CKR_OK;
    }
    return rv_of(TEE_AllocateOperation(op, h->alg, TEE_MODE_DIGEST, 0));
}

void hash_give(const struct hash *h, TEE_OperationHandle op, bool clean)
{
    if (!clean)
        TEE_ResetOperation(op);
    struct pool *p = pool_of(h);
    pthread_mutex_lock(&p->lock);
    if (p->nr < POOL_ROOM) {
        p->idle[p->nr++] = op;
        op = TEE_HANDLE_NULL;
    }
    pthread_mutex_unlock(&p->lock);
    TEE_FreeOperation(op);
}

CK_RV hash_pieces(const struct hash *h, uint8_t *out, const struct span *pieces,
                  unsigned nr)
{
    TEE_OperationHandle op;
    CK_RV rv = hash_take(h, &op);
    if (rv != CKR_OK)
        return rv;
    for (unsigned i = 0; i < nr; i++)
        if (pieces[i].len)
            TEE_DigestUpdate(op, pieces[i].p, pieces[i].len);
    size_t len = h->len;
    TEE_Result r = TEE_DigestDoFinal(op, NULL, 0, out, &len);
    hash_give(h, op, r == TEE_SUCCESS);
    return rv_of(r);
}
