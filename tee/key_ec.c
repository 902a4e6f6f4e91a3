/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys on the NIST curves. Values have the length of the field, so that a reader of
 * attributes never has to pad.
 *
 * Imported keys are checked whole: the point is on its curve and not at infinity, the
 * private value lies in 1..order-1, and when both are given one belongs to the other. A
 * private value alone is completed with its point. The multiplication by a secret takes
 * libcrypto's constant-time path (a single scalar and the ladder, or nistz256).
 */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <string.h>
#include "bytes.h"
#include "crypto.h"
#include "key.h"

#define FIELD_MAX 66 /* bytes, P-521 */

/* A point as SEC1 writes it: 4, x, y. */
struct point {
    uint8_t b[1 + 2 * FIELD_MAX];
    size_t len;
};

static const struct curve *key_curve(const struct key *k)
{
    const struct key_attr *a = key_get(k, TEE_ATTR_ECC_CURVE);
    return a ? curve_find(a->value) : NULL;
}

static size_t field_len(const struct curve *c)
{
    return (c->bits + 7) / 8;
}

/* big-endian bytes into exactly len bytes; false when the number is longer */
static bool fit(uint8_t *out, size_t len, const struct key_attr *a)
{
    size_t skip = 0;
    while (skip < a->len && a->p[skip] == 0)
        skip++;
    size_t n = a->len - skip;
    if (n > len)
        return false;
    memset(out, 0, len - n);
    memcpy(out + len - n, a->p + skip, n);
    return true;
}

static bool point_of_attrs(struct point *pt, const struct key *k, size_t len)
{
    pt->b[0] = POINT_CONVERSION_UNCOMPRESSED;
    pt->len = 1 + 2 * len;
    return fit(pt->b + 1, len, key_get(k, TEE_ATTR_ECC_PUBLIC_VALUE_X)) &&
           fit(pt->b + 1 + len, len, key_get(k, TEE_ATTR_ECC_PUBLIC_VALUE_Y));
}

static bool put_point(struct key *k, const struct point *pt)
{
    size_t len = (pt->len - 1) / 2;
    return key_put(k, TEE_ATTR_ECC_PUBLIC_VALUE_X, pt->b + 1, len) &&
           key_put(k, TEE_ATTR_ECC_PUBLIC_VALUE_Y, pt->b + 1 + len, len);
}

/*
 * The point of the private value d; BAD_PARAMETERS when d is no private value of the
 * curve.
 */
static TEE_Result point_of_private(struct point *pt, const struct curve *c,
                                   const BIGNUM *d)
{
    TEE_Result res = TEE_ERROR_OUT_OF_MEMORY;
    EC_GROUP *group = EC_GROUP_new_by_curve_name(c->nid);
    EC_POINT *p = group ? EC_POINT_new(group) : NULL;
    if (!p)
        goto free;
    if (BN_is_zero(d) || BN_cmp(d, EC_GROUP_get0_order(group)) >= 0) {
        res = TEE_ERROR_BAD_PARAMETERS;
        goto free;
    }
    if (EC_POINT_mul(group, p, d, NULL, NULL, NULL) != 1)
        goto free;
    pt->len = EC_POINT_point2oct(group, p, POINT_CONVERSION_UNCOMPRESSED, pt->b,
                                 sizeof pt->b, NULL);
    if (pt->len == 1 + 2 * field_len(c))
        res = TEE_SUCCESS;
free:
    EC_POINT_free(p);
    EC_GROUP_free(group);
    return res;
}

/* libcrypto refuses a point that is not on the curve. */
static TEE_Result pkey_from(EVP_PKEY **pkey, const struct curve *c,
                            const struct point *pt, const BIGNUM *d)
{
    TEE_Result res = TEE_ERROR_OUT_OF_MEMORY;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    if (!ctx || !bld || EVP_PKEY_fromdata_init(ctx) != 1 ||
        !OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, c->name, 0) ||
        !OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, pt->b, pt->len) ||
        (d && !OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, d)))
        goto free;
    params = OSSL_PARAM_BLD_to_param(bld);
    if (!params)
        goto free;
    int selection = d ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
    res = EVP_PKEY_fromdata(ctx, pkey, selection, params) == 1 ? TEE_SUCCESS
                                                               : TEE_ERROR_BAD_PARAMETERS;
free:
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(bld);
    EVP_PKEY_CTX_free(ctx);
    return res;
}

static TEE_Result pair_build(struct key *k, const struct curve *c)
{
    size_t len = field_len(c);
    struct point pt, given;
    BIGNUM *d = key_get_bn(k, TEE_ATTR_ECC_PRIVATE_VALUE);
    if (!d)
        return TEE_ERROR_OUT_OF_MEMORY;
    TEE_Result res = point_of_private(&pt, c, d);
    if (res == TEE_SUCCESS && key_get(k, TEE_ATTR_ECC_PUBLIC_VALUE_X) &&
        (!point_of_attrs(&given, k, len) || memcmp(pt.b, given.b, pt.len)))
        res = TEE_ERROR_BAD_PARAMETERS;
    if (res == TEE_SUCCESS)
        res = pkey_from(&k->pkey, c, &pt, d);
    if (res == TEE_SUCCESS &&
        (!put_point(k, &pt) || !key_put_bn(k, TEE_ATTR_ECC_PRIVATE_VALUE, d, len)))
        res = TEE_ERROR_OUT_OF_MEMORY;
    BN_clear_free(d);
    return res;
}

static TEE_Result public_build(struct key *k, const struct curve *c)
{
    struct point pt;
    if (!point_of_attrs(&pt, k, field_len(c)))
        return TEE_ERROR_BAD_PARAMETERS;
    TEE_Result res = pkey_from(&k->pkey, c, &pt, NULL);
    if (res == TEE_SUCCESS && !put_point(k, &pt))
        res = TEE_ERROR_OUT_OF_MEMORY;
    return res;
}

static TEE_Result ec_build(struct key *k)
{
    crypto_init();
    const struct curve *c = key_curve(k);
    if (!c)
        return TEE_ERROR_BAD_PARAMETERS;
    k->bits = c->bits;
    return k->type->public ? pair_build(k, c) : public_build(k, c);
}

static TEE_Result ec_make(struct key *k, uint32_t bits)
{
    crypto_init();
    const struct curve *c = key_curve(k);
    if (!c || c->bits != bits)
        return TEE_ERROR_BAD_PARAMETERS;
    TEE_Result res = TEE_ERROR_OUT_OF_MEMORY;
    struct point pt;
    BIGNUM *d = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (!ctx || EVP_PKEY_keygen_init(ctx) != 1 ||
        EVP_PKEY_CTX_set_group_name(ctx, c->name) != 1 ||
        EVP_PKEY_generate(ctx, &k->pkey) != 1)
        goto free;
    if (EVP_PKEY_get_octet_string_param(k->pkey, OSSL_PKEY_PARAM_PUB_KEY, pt.b,
                                        sizeof pt.b, &pt.len) != 1 ||
        pt.len != 1 + 2 * field_len(c) ||
        EVP_PKEY_get_bn_param(k->pkey, OSSL_PKEY_PARAM_PRIV_KEY, &d) != 1)
        goto free;
    k->bits = bits;
    if (put_point(k, &pt) && key_put_bn(k, TEE_ATTR_ECC_PRIVATE_VALUE, d, field_len(c)))
        res = TEE_SUCCESS;
free:
    BN_clear_free(d);
    EVP_PKEY_CTX_free(ctx);
    return res;
}

const struct key_kind kind_ec = {ec_build, ec_make};
