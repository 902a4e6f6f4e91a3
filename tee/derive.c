/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Key derivation (GP 1.3.1, section 6.8, and OP-TEE's algorithms) into an empty secret
 * object. TEE_DeriveKey returns nothing, so what the parameters get wrong panics: a TA
 * that takes public values from strangers checks them first by populating a public key
 * with them.
 *
 * Shared secrets have the length of the field or the prime, with their leading zeros.
 */
#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/params.h>
#include <stdlib.h>
#include "object.h"
#include "operation.h"
#include "panic.h"

#define SECRET_MAX 512 /* bytes: the largest secret type, the largest DH prime */

static const uint8_t *ref(const TEE_Attribute *a, size_t *len)
{
    *len = a ? a->content.ref.length : 0;
    return a ? a->content.ref.buffer : NULL;
}

/* The derived bytes become the key of the object. */
static void give(TEE_ObjectHandle o, const uint8_t *p, size_t len)
{
    struct key *k = key_new(type_find(o->type));
    if (!k || !key_put(k, k->type->rules[0].id, p, len))
        sys_panic(TEE_ERROR_OUT_OF_MEMORY, "TEE_DeriveKey: out of memory");
    require(k->type->kind->build(k) == TEE_SUCCESS,
            "TEE_DeriveKey: not a length for a key of this type");
    require(k->bits <= o->max_bits,
            "TEE_DeriveKey: longer than the object's maxObjectSize");
    o->key = k;
    o->flags |= TEE_HANDLE_FLAG_INITIALIZED;
}

/* --- Agreement with a public value --- */

static void agree_key(TEE_OperationHandle op)
{
    EVP_PKEY_CTX_free(op->pkey);
    op->pkey = EVP_PKEY_CTX_new_from_pkey(NULL, op->key->pkey, NULL);
    if (!op->pkey || EVP_PKEY_derive_init(op->pkey) != 1)
        crypto_panic("key agreement: the key cannot be set");
    if (op->key->type->id == TEE_TYPE_DH_KEYPAIR &&
        EVP_PKEY_CTX_set_dh_pad(op->pkey, 1) != 1)
        crypto_panic("key agreement: padding");
}

static void agree(TEE_OperationHandle op, struct key *peer, bool check,
                  TEE_ObjectHandle derived)
{
    uint8_t secret[SECRET_MAX];
    size_t len = sizeof secret;
    require(EVP_PKEY_derive_set_peer_ex(op->pkey, peer->pkey, check) == 1 &&
                EVP_PKEY_derive(op->pkey, secret, &len) == 1,
            "TEE_DeriveKey: the public value does not belong to this key's group");
    give(derived, secret, len);
    wipe(secret, sizeof secret);
    key_drop(peer);
}

/* A key of the given type from the parameters, renamed to its attributes. */
struct rename {
    uint32_t param, attribute;
};

static struct key *peer_new(uint32_t type, const TEE_Attribute *params, uint32_t nr,
                            const struct rename *names)
{
    struct key *k = key_new(type_find(type));
    for (; k && names->param; names++) {
        size_t len;
        const TEE_Attribute *a = param_find(params, nr, names->param);
        require(a, "TEE_DeriveKey: a public value is missing");
        const uint8_t *p = ref(a, &len);
        if (!key_put(k, names->attribute, p, len))
            sys_panic(TEE_ERROR_OUT_OF_MEMORY, "TEE_DeriveKey: out of memory");
    }
    if (!k)
        sys_panic(TEE_ERROR_OUT_OF_MEMORY, "TEE_DeriveKey: out of memory");
    return k;
}

static void peer_ready(struct key *k)
{
    require(k->type->kind->build(k) == TEE_SUCCESS,
            "TEE_DeriveKey: the public value is not one of this group");
}

static void ecdh(TEE_OperationHandle op, const TEE_Attribute *params, uint32_t nr,
                 TEE_ObjectHandle derived)
{
    static const uint32_t allowed[] = {TEE_ATTR_ECC_PUBLIC_VALUE_X,
                                       TEE_ATTR_ECC_PUBLIC_VALUE_Y, 0};
    static const struct rename names[] = {
        {TEE_ATTR_ECC_PUBLIC_VALUE_X, TEE_ATTR_ECC_PUBLIC_VALUE_X},
        {TEE_ATTR_ECC_PUBLIC_VALUE_Y, TEE_ATTR_ECC_PUBLIC_VALUE_Y},
        {0, 0},
    };
    params_only(params, nr, allowed, "TEE_DeriveKey: a parameter that ECDH has not");
    struct key *peer = peer_new(TEE_TYPE_ECDH_PUBLIC_KEY, params, nr, names);
    if (!key_put_value(peer, TEE_ATTR_ECC_CURVE,
                       key_get(op->key, TEE_ATTR_ECC_CURVE)->value))
        sys_panic(TEE_ERROR_OUT_OF_MEMORY, "TEE_DeriveKey: out of memory");
    peer_ready(peer);
    /* The point is on the curve, not at infinity, and the cofactor is 1: it has the right
     * order. */
    agree(op, peer, false, derived);
}

static void x25519(TEE_OperationHandle op, const TEE_Attribute *params, uint32_t nr,
                   TEE_ObjectHandle derived)
{
    static const uint32_t allowed[] = {TEE_ATTR_X25519_PUBLIC_VALUE, 0};
    static const struct rename names[] = {
        {TEE_ATTR_X25519_PUBLIC_VALUE, TEE_ATTR_X25519_PUBLIC_VALUE},
        {0, 0},
    };
    params_only(params, nr, allowed, "TEE_DeriveKey: a parameter that X25519 has not");
    struct key *peer = peer_new(TEE_TYPE_X25519_PUBLIC_KEY, params, nr, names);
    peer_ready(peer);
    agree(op, peer, false, derived);
}

/* The peer's key: our group and its public value. */
static void dh(TEE_OperationHandle op, const TEE_Attribute *params, uint32_t nr,
               TEE_ObjectHandle derived)
{
    static const uint32_t allowed[] = {TEE_ATTR_DH_PUBLIC_VALUE, 0};
    static const uint32_t group[] = {TEE_ATTR_DH_PRIME, TEE_ATTR_DH_BASE,
                                     TEE_ATTR_DH_SUBPRIME};
    static const struct rename names[] = {
        {TEE_ATTR_DH_PUBLIC_VALUE, TEE_ATTR_DH_PUBLIC_VALUE},
        {0, 0},
    };
    params_only(params, nr, allowed, "TEE_DeriveKey: a parameter that DH has not");
    struct key *peer = peer_new(TEE_TYPE_DH_KEYPAIR, params, nr, names);
    for (size_t i = 0; i < sizeof group / sizeof group[0]; i++) {
        const struct key_attr *a = key_get(op->key, group[i]);
        if (a && !key_put(peer, a->id, a->p, a->len))
            sys_panic(TEE_ERROR_OUT_OF_MEMORY, "TEE_DeriveKey: out of memory");
    }
    peer_ready(peer);
    agree(op, peer, true, derived);
}

const struct how how_ecdh = {.key = agree_key, .derive = ecdh};
const struct how how_x25519 = {.key = agree_key, .derive = x25519};
const struct how how_dh = {.key = agree_key, .derive = dh};

/* --- Derivation from a secret --- */

/* Run a KDF of libcrypto; params ends with a construct_end(). */
static void kdf_run(enum kdf_id id, const OSSL_PARAM *params, size_t len,
                    TEE_ObjectHandle o)
{
    uint8_t out[SECRET_MAX];
    require(len && len <= sizeof out, "TEE_DeriveKey: no such length");
    EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf_evp(id));
    if (!ctx || EVP_KDF_derive(ctx, out, len, params) != 1)
        crypto_panic("TEE_DeriveKey");
    EVP_KDF_CTX_free(ctx);
    give(o, out, len);
    wipe(out, sizeof out);
}

static OSSL_PARAM octets(const char *name, const uint8_t *p, size_t len)
{
    static const uint8_t none;
    return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)(len ? p : &none),
                                             len);
}

static OSSL_PARAM digest_of(enum hash_id hash)
{
    return OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
                                            (char *)(uintptr_t)hash_row(hash)->name, 0);
}

/* Length asked for in bytes, else as long as the object may be. */
static size_t wanted(const TEE_Attribute *params, uint32_t nr, uint32_t id,
                     TEE_ObjectHandle o)
{
    const TEE_Attribute *a = param_find(params, nr, id);
    return a ? a->content.value.a : o->max_bits / 8;
}

static void hkdf_run(TEE_OperationHandle op, enum hash_id hash, const TEE_Attribute *salt,
                     const TEE_Attribute *info, size_t len, TEE_ObjectHandle derived)
{
    size_t salt_len, info_len;
    const uint8_t *s = ref(salt, &salt_len), *i = ref(info, &info_len);
    const struct key_attr *ikm = key_secret(op->key);
    require(len <= 255u * hash_row(hash)->len,
            "TEE_DeriveKey: longer than HKDF can give");
    OSSL_PARAM kdf[] = {
        digest_of(hash),
        octets(OSSL_KDF_PARAM_KEY, ikm->p, ikm->len),
        octets(OSSL_KDF_PARAM_SALT, s, salt_len),
        octets(OSSL_KDF_PARAM_INFO, i, info_len),
        OSSL_PARAM_construct_end(),
    };
    kdf_run(KDF_HKDF, kdf, len, derived);
}

/* The digest may be named as such or by its HMAC. */
static void hkdf(TEE_OperationHandle op, const TEE_Attribute *params, uint32_t nr,
                 TEE_ObjectHandle derived)
{
    static const uint32_t allowed[] = {TEE_ATTR_HKDF_SALT, TEE_ATTR_HKDF_INFO,
                                       TEE_ATTR_HKDF_HASH_ALGORITHM,
                                       TEE_ATTR_KDF_KEY_SIZE, 0};
    params_only(params, nr, allowed, "TEE_DeriveKey: a parameter that HKDF has not");
    const TEE_Attribute *h = param_find(params, nr, TEE_ATTR_HKDF_HASH_ALGORITHM);
    require(h, "TEE_DeriveKey: HKDF_HASH_ALGORITHM is missing");
    enum hash_id hash = hash_find((h->content.value.a & 0x0fffffffu) | 0x50000000u);
    require(hash != HASH_NONE && !hash_row(hash)->xof, "TEE_DeriveKey: no such digest");
    hkdf_run(op, hash, param_find(params, nr, TEE_ATTR_HKDF_SALT),
             param_find(params, nr, TEE_ATTR_HKDF_INFO),
             wanted(params, nr, TEE_ATTR_KDF_KEY_SIZE, derived), derived);
}

/* The ids of GP for salt and info are accepted besides OP-TEE's older ones. */
static void optee_hkdf(TEE_OperationHandle op, const TEE_Attribute *params, uint32_t nr,
                       TEE_ObjectHandle derived)
{
    static const uint32_t allowed[] = {__OPTEE_TEE_ATTR_HKDF_SALT, TEE_ATTR_HKDF_SALT,
                                       __OPTEE_ATTR_HKDF_INFO,     TEE_ATTR_HKDF_INFO,
                                       TEE_ATTR_HKDF_OKM_LENGTH,   0};
    params_only(params, nr, allowed, "TEE_DeriveKey: a parameter that HKDF has not");
    const TEE_Attribute *salt = param_find(params, nr, __OPTEE_TEE_ATTR_HKDF_SALT);
    const TEE_Attribute *info = param_find(params, nr, __OPTEE_ATTR_HKDF_INFO);
    hkdf_run(op, op->alg->hash, salt ? salt : param_find(params, nr, TEE_ATTR_HKDF_SALT),
             info ? info : param_find(params, nr, TEE_ATTR_HKDF_INFO),
             wanted(params, nr, TEE_ATTR_HKDF_OKM_LENGTH, derived), derived);
}

/* SP 800-56C, one step, with a plain digest. */
static void concat(TEE_OperationHandle op, const TEE_Attribute *params, uint32_t nr,
                   TEE_ObjectHandle derived)
{
    static const uint32_t allowed[] = {TEE_ATTR_CONCAT_KDF_OTHER_INFO,
                                       TEE_ATTR_CONCAT_KDF_DKM_LENGTH, 0};
    params_only(params, nr, allowed,
                "TEE_DeriveKey: a parameter that the concat KDF has not");
    size_t info_len;
    const uint8_t *info =
        ref(param_find(params, nr, TEE_ATTR_CONCAT_KDF_OTHER_INFO), &info_len);
    const struct key_attr *z = key_secret(op->key);
    OSSL_PARAM kdf[] = {
        digest_of(op->alg->hash),
        octets(OSSL_KDF_PARAM_KEY, z->p, z->len),
        octets(OSSL_KDF_PARAM_INFO, info, info_len),
        OSSL_PARAM_construct_end(),
    };
    kdf_run(KDF_CONCAT, kdf, wanted(params, nr, TEE_ATTR_CONCAT_KDF_DKM_LENGTH, derived),
            derived);
}

static void pbkdf2(TEE_OperationHandle op, const TEE_Attribute *params, uint32_t nr,
                   TEE_ObjectHandle derived)
{
    static const uint32_t allowed[] = {TEE_ATTR_PBKDF2_SALT,
                                       TEE_ATTR_PBKDF2_ITERATION_COUNT,
                                       TEE_ATTR_PBKDF2_DKM_LENGTH, 0};
    params_only(params, nr, allowed, "TEE_DeriveKey: a parameter that PBKDF2 has not");
    const TEE_Attribute *count = param_find(params, nr, TEE_ATTR_PBKDF2_ITERATION_COUNT);
    require(count && count->content.value.a, "TEE_DeriveKey: no PBKDF2_ITERATION_COUNT");
    size_t salt_len;
    const uint8_t *salt = ref(param_find(params, nr, TEE_ATTR_PBKDF2_SALT), &salt_len);
    const struct key_attr *password = key_secret(op->key);
    uint64_t iterations = count->content.value.a;
    int any = 1; /* SP 800-132's lower bounds are the caller's business */
    OSSL_PARAM kdf[] = {
        digest_of(op->alg->hash),
        octets(OSSL_KDF_PARAM_PASSWORD, password->p, password->len),
        octets(OSSL_KDF_PARAM_SALT, salt, salt_len),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_ITER, &iterations),
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS5, &any),
        OSSL_PARAM_construct_end(),
    };
    kdf_run(KDF_PBKDF2, kdf, wanted(params, nr, TEE_ATTR_PBKDF2_DKM_LENGTH, derived),
            derived);
}

const struct how how_hkdf = {.derive = hkdf};
const struct how how_optee_hkdf = {.derive = optee_hkdf};
const struct how how_concat = {.derive = concat};
const struct how how_pbkdf2 = {.derive = pbkdf2};

void TEE_DeriveKey(TEE_OperationHandle operation, const TEE_Attribute *params,
                   uint32_t paramCount, TEE_ObjectHandle derivedKey)
{
    operation_check(operation, TEE_OPERATION_KEY_DERIVATION,
                    "TEE_DeriveKey: no such operation");
    require_state(operation->flags & TEE_HANDLE_FLAG_KEY_SET, "TEE_DeriveKey: no key");
    object_check(derivedKey, "TEE_DeriveKey: no object");
    const struct key_type *t = type_find(derivedKey->type);
    require(t && t->kind == &kind_secret && !derivedKey->store && !derivedKey->key,
            "TEE_DeriveKey: the result needs an empty transient secret object");
    operation->alg->how->derive(operation, params, paramCount, derivedKey);
}
