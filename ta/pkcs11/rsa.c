/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RSA: PKCS#1 v1.5, PSS, OAEP, raw, and wrapping with an AES key on the way
 * (RSA_AES_KEY_WRAP).
 *
 * Everything is at most a modulus long and copied into our memory first. PKCS#1 v1.5
 * decryption takes the padding off here, over the raw result and without branching on it,
 * so that time tells no more than the return code must (Bleichenbacher, Manger).
 */
#include "keywrap.h"

static size_t modulus_len(const struct op *op)
{
    return key_bits(op->key) / 8;
}

/* --- signatures ------------------------------------------------------------------------
 */

/* What the TEE is told about a PSS or OAEP operation. */
struct rsa_attrs {
    TEE_Attribute attr[2];
    uint32_t nr;
};

static void pss_attrs(const struct op *op, struct rsa_attrs *a)
{
    a->nr = 0;
    if (op->rsa.hash) {
        TEE_InitValueAttribute(&a->attr[0], TEE_ATTR_RSA_PSS_SALT_LENGTH,
                               op->rsa.salt_len, 0);
        a->nr = 1;
    }
}

/* data stands in our memory and has a length that the padding takes. */
static CK_RV sign(struct op *op, struct span data, struct out *out)
{
    uint8_t sig[RSA_BYTES_MAX];
    size_t len = sizeof sig;
    struct rsa_attrs a;
    pss_attrs(op, &a);
    TEE_Result r =
        TEE_AsymmetricSignDigest(op->main, a.attr, a.nr, data.p, data.len, sig, &len);
    return r == TEE_SUCCESS ? out_put(out, sig, len) : rv_of(r);
}

static CK_RV verify(struct op *op, struct span data, struct span sig)
{
    uint8_t own[RSA_BYTES_MAX];
    struct rsa_attrs a;
    if (sig.len != modulus_len(op))
        return CKR_SIGNATURE_LEN_RANGE;
    memcpy(own, sig.p, sig.len);
    pss_attrs(op, &a);
    TEE_Result r = TEE_AsymmetricVerifyDigest(op->main, a.attr, a.nr, data.p, data.len,
                                              own, sig.len);
    return r == TEE_ERROR_BAD_PARAMETERS ? CKR_SIGNATURE_INVALID : rv_of(r);
}

static CK_RV update(struct op *op, struct span in, struct out *out)
{
    (void)out;
    if (in.len) {
        op->digesting = true;
        TEE_DigestUpdate(op->digest, in.p, in.len);
    }
    return CKR_OK;
}

static CK_RV hash_whole(struct op *op, struct span in, struct out *out)
{
    uint8_t digest[HASH_MAX];
    CK_RV rv = out_need(out, modulus_len(op));
    if (rv == CKR_OK)
        rv = op_digest_finish(op, in, digest);
    if (rv == CKR_OK)
        rv = sign(op, (struct span){digest, op->hash->len}, out);
    return rv;
}

static CK_RV hash_finish(struct op *op, struct out *out)
{
    return hash_whole(op, (struct span){NULL, 0}, out);
}

static CK_RV hash_check_whole(struct op *op, struct span in, struct span sig)
{
    uint8_t digest[HASH_MAX];
    CK_RV rv = op_digest_finish(op, in, digest);
    if (rv == CKR_OK)
        rv = verify(op, (struct span){digest, op->hash->len}, sig);
    return rv;
}

static CK_RV hash_check(struct op *op, struct span sig)
{
    return hash_check_whole(op, (struct span){NULL, 0}, sig);
}

static CK_RV pkcs_hash_start(struct op *op, const struct p11_mech *p)
{
    (void)p;
    CK_RV rv = op_key(op, op->mech->hash->rsassa);
    return rv == CKR_OK ? op_hash(op, op->mech->hash) : rv;
}

/* The hash must be the mechanism's own if it has one, and MGF1 must use the same. */
static CK_RV pss_start(struct op *op, const struct p11_mech *p)
{
    const struct hash *h = hash_of_mech(p->hash);
    if (!h || !h->pss || hash_of_mgf(p->mgf) != h ||
        (op->mech->hash && op->mech->hash != h))
        return CKR_MECHANISM_PARAM_INVALID;
    size_t em =
        (key_bits(op->key) - 1 + 7) / 8; /* RFC 8017, 9.1.1: emLen >= hLen + sLen + 2 */
    if (em < h->len + 2 || p->len > em - h->len - 2)
        return CKR_MECHANISM_PARAM_INVALID;
    op->rsa.hash = h;
    op->rsa.salt_len = p->len;
    return op_key(op, h->pss);
}

static CK_RV pss_hash_start(struct op *op, const struct p11_mech *p)
{
    CK_RV rv = pss_start(op, p);
    return rv == CKR_OK ? op_hash(op, op->mech->hash) : rv;
}

/* PSS of a digest made by the client. */
static CK_RV pss_whole(struct op *op, struct span in, struct out *out)
{
    uint8_t digest[HASH_MAX];
    CK_RV rv = out_need(out, modulus_len(op));
    if (rv != CKR_OK)
        return rv;
    if (in.len != op->rsa.hash->len)
        return CKR_DATA_LEN_RANGE;
    memcpy(digest, in.p, in.len);
    return sign(op, (struct span){digest, in.len}, out);
}

static CK_RV pss_check_whole(struct op *op, struct span in, struct span sig)
{
    uint8_t digest[HASH_MAX];
    if (in.len != op->rsa.hash->len)
        return CKR_DATA_LEN_RANGE;
    memcpy(digest, in.p, in.len);
    return verify(op, (struct span){digest, in.len}, sig);
}

/* --- PKCS#1 v1.5 -----------------------------------------------------------------------
 */

#define PKCS_OVERHEAD 11u /* 00 02 (or 01), eight bytes, 00 */

static CK_RV pkcs_start(struct op *op, const struct p11_mech *p)
{
    (void)p;
    switch (op->use) {
    case USE_SIGN:
    case USE_VERIFY:
        return op_key(op, TEE_ALG_RSASSA_PKCS1_V1_5);
    case USE_ENCRYPT:
        return op_key(op, TEE_ALG_RSAES_PKCS1_V1_5);
    case USE_DECRYPT:
        return op_key(op, TEE_ALG_RSA_NOPAD);
    case USE_DIGEST:
        break;
    }
    return CKR_MECHANISM_INVALID;
}

/* Private or public operation on own, which has a modulus' length; the result comes back
 * in it. */
static CK_RV raw(struct op *op, uint8_t own[RSA_BYTES_MAX])
{
    uint8_t result[RSA_BYTES_MAX];
    size_t n = modulus_len(op), len = sizeof result;
    TEE_Result r = op->mode == TEE_MODE_DECRYPT
                       ? TEE_AsymmetricDecrypt(op->main, NULL, 0, own, n, result, &len)
                       : TEE_AsymmetricEncrypt(op->main, NULL, 0, own, n, result, &len);
    if (r == TEE_SUCCESS && len <= n) {
        memset(own, 0, n - len);
        memcpy(own + (n - len), result, len);
    }
    wipe(result, sizeof result);
    return r == TEE_ERROR_BAD_PARAMETERS ? CKR_DATA_INVALID : rv_of(r);
}

/* All ones when a is zero. */
static uint32_t ct_zero(uint32_t a)
{
    return (uint32_t)((((uint64_t)a) - 1) >> 32);
}

/* Offset of the message in a block of type 2, or 0 when the padding is wrong. */
static size_t pkcs_message(const uint8_t *em, size_t n)
{
    uint32_t good = ct_zero(em[0]) & ct_zero(em[1] ^ 2u);
    uint32_t searching = UINT32_MAX, at = 0;
    for (size_t i = 2; i < n; i++) {
        uint32_t zero = ct_zero(em[i]);
        at |= searching & zero & (uint32_t)(i + 1);
        searching &= ~zero;
    }
    uint32_t early =
        (at - PKCS_OVERHEAD) >> 31; /* 1: fewer than eight bytes of padding */
    good &= ~searching & ct_zero(early);
    return at & good;
}

static CK_RV pkcs_decrypt(struct op *op, struct span in, struct out *out)
{
    uint8_t own[RSA_BYTES_MAX];
    size_t n = modulus_len(op);
    if (in.len != n)
        return CKR_ENCRYPTED_DATA_LEN_RANGE;
    if (!out->p)
        return out_need(out, n - PKCS_OVERHEAD); /* at most */
    memcpy(own, in.p, n);
    CK_RV rv = raw(op, own);
    if (rv == CKR_DATA_INVALID)
        rv = CKR_ENCRYPTED_DATA_INVALID;
    if (rv == CKR_OK) {
        size_t at = pkcs_message(own, n);
        rv = at ? out_put(out, own + at, n - at) : CKR_ENCRYPTED_DATA_INVALID;
    }
    wipe(own, sizeof own);
    return rv;
}

static CK_RV encrypt(struct op *op, struct span in, const struct rsa_attrs *a,
                     struct out *out)
{
    uint8_t own[RSA_BYTES_MAX], result[RSA_BYTES_MAX];
    size_t len = sizeof result;
    if (in.len)
        memcpy(own, in.p, in.len);
    TEE_Result r =
        TEE_AsymmetricEncrypt(op->main, a->attr, a->nr, own, in.len, result, &len);
    wipe(own, sizeof own);
    if (r == TEE_ERROR_BAD_PARAMETERS)
        return CKR_DATA_LEN_RANGE;
    return r == TEE_SUCCESS ? out_put(out, result, len) : rv_of(r);
}

static CK_RV pkcs_whole(struct op *op, struct span in, struct out *out)
{
    static const struct rsa_attrs nothing = {.nr = 0};
    uint8_t own[RSA_BYTES_MAX];
    if (op->use == USE_DECRYPT)
        return pkcs_decrypt(op, in, out);
    CK_RV rv = out_need(out, modulus_len(op));
    if (rv != CKR_OK)
        return rv;
    if (in.len > modulus_len(op) - PKCS_OVERHEAD)
        return CKR_DATA_LEN_RANGE;
    if (op->use == USE_ENCRYPT)
        return encrypt(op, in, &nothing, out);
    if (in.len)
        memcpy(own, in.p, in.len);
    return sign(op, (struct span){own, in.len}, out);
}

static CK_RV pkcs_check_whole(struct op *op, struct span in, struct span sig)
{
    uint8_t own[RSA_BYTES_MAX];
    if (in.len > modulus_len(op) - PKCS_OVERHEAD)
        return CKR_DATA_LEN_RANGE;
    if (in.len)
        memcpy(own, in.p, in.len);
    return verify(op, (struct span){own, in.len}, sig);
}

/* --- raw -------------------------------------------------------------------------------
 */

/* Signing is the private operation, verifying the public one. */
static CK_RV raw_start(struct op *op, const struct p11_mech *p)
{
    (void)p;
    bool private = op->use == USE_SIGN || op->use == USE_DECRYPT;
    return op_key_mode(op, TEE_ALG_RSA_NOPAD,
                       private ? TEE_MODE_DECRYPT : TEE_MODE_ENCRYPT);
}

static CK_RV raw_whole(struct op *op, struct span in, struct out *out)
{
    uint8_t own[RSA_BYTES_MAX];
    size_t n = modulus_len(op);
    CK_RV rv = out_need(out, n);
    if (rv != CKR_OK)
        return rv;
    if (op->use == USE_DECRYPT ? in.len != n : in.len > n || in.len == 0)
        return op->use == USE_DECRYPT ? CKR_ENCRYPTED_DATA_LEN_RANGE : CKR_DATA_LEN_RANGE;
    memset(own, 0, n - in.len);
    memcpy(own + (n - in.len), in.p, in.len);
    rv = raw(op, own);
    if (rv == CKR_DATA_INVALID && op->use == USE_DECRYPT)
        rv = CKR_ENCRYPTED_DATA_INVALID;
    if (rv == CKR_OK)
        rv = out_put(out, own, n);
    wipe(own, sizeof own);
    return rv;
}

static CK_RV raw_check_whole(struct op *op, struct span in, struct span sig)
{
    uint8_t own[RSA_BYTES_MAX], want[RSA_BYTES_MAX];
    size_t n = modulus_len(op);
    if (in.len > n || in.len == 0)
        return CKR_DATA_LEN_RANGE;
    if (sig.len != n)
        return CKR_SIGNATURE_LEN_RANGE;
    memset(want, 0, n - in.len);
    memcpy(want + (n - in.len), in.p, in.len);
    memcpy(own, sig.p, n);
    CK_RV rv = raw(op, own);
    if (rv == CKR_DATA_INVALID || (rv == CKR_OK && !ct_equal(own, want, n)))
        rv = CKR_SIGNATURE_INVALID;
    return rv;
}

/* --- OAEP ------------------------------------------------------------------------------
 */

static CK_RV oaep_start(struct op *op, const struct p11_mech *p)
{
    const struct hash *h = hash_of_mech(p->hash), *mgf = hash_of_mgf(p->mgf);
    if (!h || !h->oaep || !mgf || (p->data.len && p->source != CKZ_DATA_SPECIFIED) ||
        p->source > CKZ_DATA_SPECIFIED)
        return CKR_MECHANISM_PARAM_INVALID;
    op->rsa.hash = h;
    op->rsa.mgf = mgf;
    op->rsa.aes_bits = p->bits;
    if (p->data.len) {
        op->rsa.label = TEE_Malloc(p->data.len, TEE_MALLOC_NO_FILL);
        if (!op->rsa.label)
            return CKR_DEVICE_MEMORY;
        memcpy(op->rsa.label, p->data.p, p->data.len);
        op->rsa.label_len = p->data.len;
    }
    return op_key(op, h->oaep);
}

static void oaep_end(struct op *op)
{
    TEE_Free(op->rsa.label);
}

static void oaep_attrs(const struct op *op, struct rsa_attrs *a)
{
    TEE_InitRefAttribute(&a->attr[0], TEE_ATTR_RSA_OAEP_MGF_HASH, &op->rsa.mgf->alg,
                         sizeof op->rsa.mgf->alg);
    a->nr = 1;
    if (op->rsa.label_len) {
        TEE_InitRefAttribute(&a->attr[1], TEE_ATTR_RSA_OAEP_LABEL, op->rsa.label,
                             op->rsa.label_len);
        a->nr = 2;
    }
}

/* Longest message; the modulus may be too short for any (then CKR_KEY_SIZE_RANGE). */
static CK_RV oaep_max(const struct op *op, size_t *max)
{
    size_t overhead = 2 * (size_t)op->rsa.hash->len + 2;
    if (modulus_len(op) < overhead)
        return CKR_KEY_SIZE_RANGE;
    *max = modulus_len(op) - overhead;
    return CKR_OK;
}

static CK_RV oaep_encrypt(struct op *op, struct span in, struct out *out)
{
    struct rsa_attrs a;
    size_t max;
    CK_RV rv = oaep_max(op, &max);
    if (rv == CKR_OK)
        rv = out_need(out, modulus_len(op));
    if (rv != CKR_OK)
        return rv;
    if (in.len > max)
        return CKR_DATA_LEN_RANGE;
    oaep_attrs(op, &a);
    return encrypt(op, in, &a, out);
}

static CK_RV oaep_decrypt(struct op *op, struct span in, struct out *out)
{
    uint8_t own[RSA_BYTES_MAX], plain[RSA_BYTES_MAX];
    struct rsa_attrs a;
    size_t max, len = sizeof plain;
    CK_RV rv = oaep_max(op, &max);
    if (rv != CKR_OK)
        return rv;
    if (in.len != modulus_len(op))
        return CKR_ENCRYPTED_DATA_LEN_RANGE;
    if (!out->p)
        return out_need(out, max); /* at most */
    memcpy(own, in.p, in.len);
    oaep_attrs(op, &a);
    TEE_Result r =
        TEE_AsymmetricDecrypt(op->main, a.attr, a.nr, own, in.len, plain, &len);
    if (r == TEE_SUCCESS)
        rv = out_put(out, plain, len);
    else
        rv =
            r == TEE_ERROR_OUT_OF_MEMORY ? CKR_DEVICE_MEMORY : CKR_ENCRYPTED_DATA_INVALID;
    wipe(plain, sizeof plain);
    return rv;
}

static CK_RV oaep_whole(struct op *op, struct span in, struct out *out)
{
    return op->use == USE_ENCRYPT ? oaep_encrypt(op, in, out) : oaep_decrypt(op, in, out);
}

/* --- RSA_AES_KEY_WRAP ------------------------------------------------------------------
 */

static CK_RV rsa_aes_start(struct op *op, const struct p11_mech *p)
{
    if (p->bits != 128 && p->bits != 192 && p->bits != 256)
        return CKR_MECHANISM_PARAM_INVALID;
    return oaep_start(op, p);
}

/* Key wrap with padding under an AES key that exists only here. */
static CK_RV inner(uint32_t mode, struct span aes, struct span in, struct out *out)
{
    TEE_ObjectHandle key = TEE_HANDLE_NULL;
    TEE_OperationHandle op = TEE_HANDLE_NULL;
    TEE_Attribute t;
    uint32_t bits = (uint32_t)aes.len * 8;
    TEE_InitRefAttribute(&t, TEE_ATTR_SECRET_VALUE, aes.p, aes.len);
    CK_RV rv = rv_of(TEE_AllocateTransientObject(TEE_TYPE_AES, bits, &key));
    if (rv == CKR_OK)
        rv = rv_of(TEE_PopulateTransientObject(key, &t, 1));
    if (rv == CKR_OK)
        rv = rv_of(TEE_AllocateOperation(&op, AH_ALG_AES_KWP, mode, bits));
    if (rv == CKR_OK)
        rv = rv_of(TEE_SetOperationKey(op, key));
    if (rv == CKR_OK)
        rv = mode == TEE_MODE_ENCRYPT ? keywrap_wrap(op, AH_ALG_AES_KWP, in, out)
                                      : keywrap_unwrap(op, AH_ALG_AES_KWP, in, out);
    TEE_FreeOperation(op);
    TEE_FreeTransientObject(key);
    return rv;
}

/* Encrypted AES key, then what it wraps. */
static CK_RV rsa_aes_wrap(struct op *op, struct span in, struct out *out)
{
    uint8_t aes_secret[32];
    size_t n = modulus_len(op);
    size_t wrapped = (in.len + 7) / 8 * 8 + 8;
    if (in.len == 0 || in.len > KEYWRAP_MAX - 16)
        return CKR_DATA_LEN_RANGE;
    CK_RV rv = out_need(out, n + wrapped);
    if (rv != CKR_OK)
        return rv;
    struct span aes = {aes_secret, op->rsa.aes_bits / 8};
    struct out head = {out->p, n, 0}, tail = {out->p + n, wrapped, 0};
    TEE_GenerateRandom(aes_secret, aes.len);
    rv = oaep_encrypt(op, aes, &head);
    if (rv == CKR_OK)
        rv = inner(TEE_MODE_ENCRYPT, aes, in, &tail);
    wipe(aes_secret, sizeof aes_secret);
    return rv;
}

static CK_RV rsa_aes_unwrap(struct op *op, struct span in, struct out *out)
{
    uint8_t aes_secret[RSA_BYTES_MAX];
    size_t n = modulus_len(op);
    if (in.len <= n)
        return CKR_ENCRYPTED_DATA_LEN_RANGE;
    struct out aes = {aes_secret, sizeof aes_secret, 0};
    CK_RV rv = oaep_decrypt(op, (struct span){in.p, n}, &aes);
    if (rv == CKR_OK && aes.len != op->rsa.aes_bits / 8)
        rv = CKR_ENCRYPTED_DATA_INVALID;
    if (rv == CKR_OK)
        rv = inner(TEE_MODE_DECRYPT, (struct span){aes_secret, aes.len},
                   (struct span){in.p + n, in.len - n}, out);
    wipe(aes_secret, sizeof aes_secret);
    return rv;
}

static CK_RV rsa_aes_whole(struct op *op, struct span in, struct out *out)
{
    return op->use == USE_ENCRYPT ? rsa_aes_wrap(op, in, out)
                                  : rsa_aes_unwrap(op, in, out);
}

/* --- tables ----------------------------------------------------------------------------
 */

const struct how way_rsa_pkcs = {
    .start = pkcs_start,
    .whole = pkcs_whole,
    .check_whole = pkcs_check_whole,
};

const struct how way_rsa_pkcs_hash = {
    .start = pkcs_hash_start,
    .update = update,
    .finish = hash_finish,
    .whole = hash_whole,
    .check = hash_check,
    .check_whole = hash_check_whole,
};

const struct how way_rsa_pss = {
    .start = pss_start,
    .whole = pss_whole,
    .check_whole = pss_check_whole,
};

const struct how way_rsa_pss_hash = {
    .start = pss_hash_start,
    .update = update,
    .finish = hash_finish,
    .whole = hash_whole,
    .check = hash_check,
    .check_whole = hash_check_whole,
};

const struct how way_rsa_oaep = {
    .start = oaep_start,
    .whole = oaep_whole,
    .end = oaep_end,
};

const struct how way_rsa_raw = {
    .start = raw_start,
    .whole = raw_whole,
    .check_whole = raw_check_whole,
};

const struct how way_rsa_aes = {
    .start = rsa_aes_start,
    .whole = rsa_aes_whole,
    .end = oaep_end,
};
