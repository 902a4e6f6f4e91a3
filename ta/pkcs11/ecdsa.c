/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ECDSA, raw and with a hash. Signatures are r || s, each as long as the field. Of a
 * digest longer than the order only the leftmost bits count (FIPS 186-4, 6.4), so no more
 * than a field's bytes are copied.
 */
#include "how.h"

#define SIG_MAX (2 * FIELD_MAX)

static size_t sig_len(const struct op *op)
{
    return 2 * (size_t)key_curve(op->key)->bytes;
}

static CK_RV start(struct op *op, const struct p11_mech *p)
{
    (void)p;
    return op_key(op, key_curve(op->key)->ecdsa);
}

static CK_RV hash_start(struct op *op, const struct p11_mech *p)
{
    CK_RV rv = start(op, p);
    return rv == CKR_OK ? op_hash(op, op->mech->hash) : rv;
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

static struct span leftmost(const struct op *op, struct span in, uint8_t copy[FIELD_MAX])
{
    size_t len = key_curve(op->key)->bytes;
    if (in.len < len)
        len = in.len;
    memcpy(copy, in.p, len);
    return (struct span){copy, len};
}

static CK_RV whole(struct op *op, struct span in, struct out *out)
{
    uint8_t copy[FIELD_MAX], sig[SIG_MAX];
    size_t len = sizeof sig;
    CK_RV rv = out_need(out, sig_len(op));
    if (rv != CKR_OK)
        return rv;
    if (in.len == 0)
        return CKR_DATA_LEN_RANGE;
    struct span digest = leftmost(op, in, copy);
    TEE_Result r =
        TEE_AsymmetricSignDigest(op->main, NULL, 0, digest.p, digest.len, sig, &len);
    return r == TEE_SUCCESS ? out_put(out, sig, len) : rv_of(r);
}

static CK_RV check_whole(struct op *op, struct span in, struct span sig)
{
    uint8_t copy[FIELD_MAX], own[SIG_MAX];
    if (in.len == 0)
        return CKR_DATA_LEN_RANGE;
    if (sig.len != sig_len(op))
        return CKR_SIGNATURE_LEN_RANGE;
    memcpy(own, sig.p, sig.len);
    struct span digest = leftmost(op, in, copy);
    TEE_Result r =
        TEE_AsymmetricVerifyDigest(op->main, NULL, 0, digest.p, digest.len, own, sig.len);
    return r == TEE_ERROR_BAD_PARAMETERS ? CKR_SIGNATURE_INVALID : rv_of(r);
}

static CK_RV hash_whole(struct op *op, struct span in, struct out *out)
{
    uint8_t digest[HASH_MAX];
    CK_RV rv = out_need(out, sig_len(op));
    if (rv == CKR_OK)
        rv = op_digest_finish(op, in, digest);
    if (rv == CKR_OK)
        rv = whole(op, (struct span){digest, op->hash->len}, out);
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
        rv = check_whole(op, (struct span){digest, op->hash->len}, sig);
    return rv;
}

static CK_RV hash_check(struct op *op, struct span sig)
{
    return hash_check_whole(op, (struct span){NULL, 0}, sig);
}

const struct how way_ecdsa = {
    .start = start,
    .whole = whole,
    .check_whole = check_whole,
};

const struct how way_ecdsa_hash = {
    .start = hash_start,
    .update = update,
    .finish = hash_finish,
    .whole = hash_whole,
    .check = hash_check,
    .check_whole = hash_check_whole,
};
