/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RSA keys. The private operation always runs with the Chinese remainder theorem: a pair
 * imported as modulus and exponents alone is factored here (easy when both exponents are
 * known), which at the same time proves that the exponents belong together. A pair
 * imported with its CRT values is checked against them, since one wrong value would let a
 * single signature betray the primes.
 *
 * Refused as BAD_PARAMETERS: even or 1 as public exponent, an exponent not below the
 * modulus, an even modulus, a modulus whose size the type has not, values that contradict
 * each other.
 */
#include <openssl/core_names.h>
#include <openssl/rsa.h>
#include "crypto.h"
#include "key.h"
#include "params.h"

#define FACTOR_TRIES 64 /* each fails with probability at most 1/2 */

static const struct param_row public_rows[] = {
    {TEE_ATTR_RSA_MODULUS, OSSL_PKEY_PARAM_RSA_N},
    {TEE_ATTR_RSA_PUBLIC_EXPONENT, OSSL_PKEY_PARAM_RSA_E},
    {0, NULL},
};

static const struct param_row pair_rows[] = {
    {TEE_ATTR_RSA_MODULUS, OSSL_PKEY_PARAM_RSA_N},
    {TEE_ATTR_RSA_PUBLIC_EXPONENT, OSSL_PKEY_PARAM_RSA_E},
    {TEE_ATTR_RSA_PRIVATE_EXPONENT, OSSL_PKEY_PARAM_RSA_D},
    {TEE_ATTR_RSA_PRIME1, OSSL_PKEY_PARAM_RSA_FACTOR1},
    {TEE_ATTR_RSA_PRIME2, OSSL_PKEY_PARAM_RSA_FACTOR2},
    {TEE_ATTR_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT1},
    {TEE_ATTR_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_EXPONENT2},
    {TEE_ATTR_RSA_COEFFICIENT, OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
    {0, NULL},
};

/* The numbers of a pair while they are checked. */
struct rsa {
    BN_CTX *bn;
    BIGNUM *n, *e, *d, *p, *q, *dp, *dq, *qi;
};

static bool public_ok(const BIGNUM *n, const BIGNUM *e)
{
    return BN_is_odd(n) && BN_is_odd(e) && !BN_is_one(e) && BN_cmp(e, n) < 0;
}

static TEE_Result check_public(struct key *k)
{
    TEE_Result res = TEE_ERROR_OUT_OF_MEMORY;
    BIGNUM *n = key_get_bn(k, TEE_ATTR_RSA_MODULUS);
    BIGNUM *e = key_get_bn(k, TEE_ATTR_RSA_PUBLIC_EXPONENT);
    if (n && e) {
        k->bits = (uint32_t)BN_num_bits(n);
        res = type_has_size(k->type, k->bits) && public_ok(n, e)
                  ? TEE_SUCCESS
                  : TEE_ERROR_BAD_PARAMETERS;
    }
    BN_free(n);
    BN_free(e);
    return res;
}

static void rsa_free(struct rsa *r)
{
    BIGNUM *all[] = {r->n, r->e, r->d, r->p, r->q, r->dp, r->dq, r->qi};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        BN_clear_free(all[i]);
    BN_CTX_free(r->bn);
}

static bool rsa_load(struct rsa *r, const struct key *k)
{
    r->bn = BN_CTX_secure_new();
    r->n = key_get_bn(k, TEE_ATTR_RSA_MODULUS);
    r->e = key_get_bn(k, TEE_ATTR_RSA_PUBLIC_EXPONENT);
    r->d = key_get_bn(k, TEE_ATTR_RSA_PRIVATE_EXPONENT);
    if (!r->bn || !r->n || !r->e || !r->d)
        return false;
    if (!key_get(k, TEE_ATTR_RSA_PRIME1))
        return true;
    r->p = key_get_bn(k, TEE_ATTR_RSA_PRIME1);
    r->q = key_get_bn(k, TEE_ATTR_RSA_PRIME2);
    r->dp = key_get_bn(k, TEE_ATTR_RSA_EXPONENT1);
    r->dq = key_get_bn(k, TEE_ATTR_RSA_EXPONENT2);
    r->qi = key_get_bn(k, TEE_ATTR_RSA_COEFFICIENT);
    return r->p && r->q && r->dp && r->dq && r->qi;
}

/* a * b mod m == 1? With minus_one, modulo m - 1. False also when memory is short. */
static bool inverse(const BIGNUM *a, const BIGNUM *b, const BIGNUM *m, bool minus_one,
                    BN_CTX *bn)
{
    BN_CTX_start(bn);
    BIGNUM *t = BN_CTX_get(bn), *mod = BN_CTX_get(bn);
    bool ok = mod && BN_copy(mod, m) && (!minus_one || BN_sub_word(mod, 1)) &&
              !BN_is_zero(mod) && BN_mod_mul(t, a, b, mod, bn) && BN_is_one(t);
    BN_CTX_end(bn);
    return ok;
}

/* Everything that must hold between the numbers of a pair. */
static bool consistent(const struct rsa *r)
{
    BN_CTX_start(r->bn);
    BIGNUM *t = BN_CTX_get(r->bn);
    bool ok = t && BN_is_odd(r->p) && BN_is_odd(r->q) && !BN_is_one(r->p) &&
              !BN_is_one(r->q) && BN_mul(t, r->p, r->q, r->bn) && BN_cmp(t, r->n) == 0 &&
              BN_cmp(r->dp, r->p) < 0 && BN_cmp(r->dq, r->q) < 0 &&
              BN_cmp(r->qi, r->p) < 0 && BN_cmp(r->d, r->n) < 0 &&
              inverse(r->e, r->d, r->p, true, r->bn) &&
              inverse(r->e, r->d, r->q, true, r->bn) &&
              inverse(r->e, r->dp, r->p, true, r->bn) &&
              inverse(r->e, r->dq, r->q, true, r->bn) &&
              inverse(r->q, r->qi, r->p, false, r->bn);
    BN_CTX_end(r->bn);
    return ok;
}

/*
 * One attempt: e d - 1 = 2^s t is a multiple of the order of every g; the first square
 * root of one met among g^t, g^2t, ... that is neither 1 nor -1 shares exactly one prime
 * with n.
 */
static bool factor_try(struct rsa *r, const BIGNUM *t, int s, const BIGNUM *minus_one)
{
    BN_CTX_start(r->bn);
    BIGNUM *x = BN_CTX_get(r->bn), *y = BN_CTX_get(r->bn);
    bool found = false;
    if (!y || !BN_priv_rand_range(x, r->n) || BN_is_zero(x) ||
        !BN_mod_exp_mont_consttime(x, x, t, r->n, r->bn, NULL))
        goto end;
    for (int i = 0; i < s && !BN_is_one(x) && BN_cmp(x, minus_one) != 0; i++) {
        if (!BN_mod_sqr(y, x, r->n, r->bn))
            break;
        if (BN_is_one(y)) {
            found = BN_sub_word(x, 1) && BN_gcd(r->p, x, r->n, r->bn) &&
                    BN_div(r->q, NULL, r->n, r->p, r->bn);
            break;
        }
        if (!BN_copy(x, y))
            break;
    }
end:
    BN_CTX_end(r->bn);
    return found;
}

/*
 * p and q, the larger first as generation has it, then the values that follow from them.
 */
static TEE_Result factor(struct rsa *r)
{
    TEE_Result res = TEE_ERROR_OUT_OF_MEMORY;
    BN_CTX_start(r->bn);
    BIGNUM *t = BN_CTX_get(r->bn), *minus_one = BN_CTX_get(r->bn), *m = BN_CTX_get(r->bn);
    r->p = BN_secure_new();
    r->q = BN_secure_new();
    r->dp = BN_secure_new();
    r->dq = BN_secure_new();
    r->qi = BN_secure_new();
    if (!m || !r->p || !r->q || !r->dp || !r->dq || !r->qi ||
        !BN_mul(t, r->e, r->d, r->bn) || !BN_sub_word(t, 1) ||
        !BN_copy(minus_one, r->n) || !BN_sub_word(minus_one, 1))
        goto end;
    res = TEE_ERROR_BAD_PARAMETERS;
    if (BN_is_zero(t) || BN_is_odd(t))
        goto end;
    int s = 0;
    while (!BN_is_bit_set(t, s))
        s++;
    if (!BN_rshift(t, t, s))
        goto end;
    bool found = false;
    for (int i = 0; i < FACTOR_TRIES && !found; i++)
        found = factor_try(r, t, s, minus_one);
    if (!found)
        goto end;
    if (BN_cmp(r->p, r->q) < 0)
        BN_swap(r->p, r->q);
    if (BN_sub(m, r->p, BN_value_one()) && BN_mod(r->dp, r->d, m, r->bn) &&
        BN_sub(m, r->q, BN_value_one()) && BN_mod(r->dq, r->d, m, r->bn) &&
        BN_mod_inverse(r->qi, r->q, r->p, r->bn))
        res = TEE_SUCCESS;
end:
    BN_CTX_end(r->bn);
    return res;
}

/* A copy of k with the CRT values of r: what libcrypto is given. */
static struct key *completed(const struct key *k, const struct rsa *r)
{
    struct key *full = key_new(k->type);
    if (full && key_put_bn(full, TEE_ATTR_RSA_MODULUS, r->n, 0) &&
        key_put_bn(full, TEE_ATTR_RSA_PUBLIC_EXPONENT, r->e, 0) &&
        key_put_bn(full, TEE_ATTR_RSA_PRIVATE_EXPONENT, r->d, 0) &&
        key_put_bn(full, TEE_ATTR_RSA_PRIME1, r->p, 0) &&
        key_put_bn(full, TEE_ATTR_RSA_PRIME2, r->q, 0) &&
        key_put_bn(full, TEE_ATTR_RSA_EXPONENT1, r->dp, 0) &&
        key_put_bn(full, TEE_ATTR_RSA_EXPONENT2, r->dq, 0) &&
        key_put_bn(full, TEE_ATTR_RSA_COEFFICIENT, r->qi, 0))
        return full;
    key_drop(full);
    return NULL;
}

static TEE_Result pair_build(struct key *k)
{
    struct rsa r = {0};
    struct key *full = NULL;
    TEE_Result res = rsa_load(&r, k) ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;
    if (res == TEE_SUCCESS && !r.p)
        res = factor(&r);
    if (res == TEE_SUCCESS && !consistent(&r))
        res = TEE_ERROR_BAD_PARAMETERS;
    if (res == TEE_SUCCESS && !(full = completed(k, &r)))
        res = TEE_ERROR_OUT_OF_MEMORY;
    if (res == TEE_SUCCESS)
        res = params_import(&k->pkey, "RSA", EVP_PKEY_KEYPAIR, full, pair_rows);
    key_drop(full);
    rsa_free(&r);
    return res;
}

/* Numbers without leading zeros, as attributes are read back. */
static bool normalise(struct key *k)
{
    for (const struct param_row *r = pair_rows; r->attribute; r++) {
        if (!key_get(k, r->attribute))
            continue;
        BIGNUM *n = key_get_bn(k, r->attribute);
        bool ok = n && key_put_bn(k, r->attribute, n, 0);
        BN_clear_free(n);
        if (!ok)
            return false;
    }
    return true;
}

static TEE_Result rsa_build(struct key *k)
{
    crypto_init();
    TEE_Result res = normalise(k) ? check_public(k) : TEE_ERROR_OUT_OF_MEMORY;
    if (res != TEE_SUCCESS)
        return res;
    if (k->type->public)
        return pair_build(k);
    return params_import(&k->pkey, "RSA", EVP_PKEY_PUBLIC_KEY, k, public_rows);
}

/* The exponent asked for, or 65537. */
static TEE_Result make_exponent(BIGNUM **e, const struct key *k)
{
    if (key_get(k, TEE_ATTR_RSA_PUBLIC_EXPONENT)) {
        *e = key_get_bn(k, TEE_ATTR_RSA_PUBLIC_EXPONENT);
    } else {
        *e = BN_new();
        if (*e && !BN_set_word(*e, 65537))
            return TEE_ERROR_OUT_OF_MEMORY;
    }
    if (!*e)
        return TEE_ERROR_OUT_OF_MEMORY;
    return BN_is_odd(*e) && !BN_is_one(*e) && BN_num_bits(*e) <= 256
               ? TEE_SUCCESS
               : TEE_ERROR_BAD_PARAMETERS;
}

static TEE_Result rsa_make(struct key *k, uint32_t bits)
{
    crypto_init();
    BIGNUM *e = NULL;
    EVP_PKEY_CTX *ctx = NULL;
    TEE_Result res = make_exponent(&e, k);
    if (res != TEE_SUCCESS)
        goto free;
    res = TEE_ERROR_OUT_OF_MEMORY;
    ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    if (!ctx || EVP_PKEY_keygen_init(ctx) != 1 ||
        EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits) != 1 ||
        EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e) != 1)
        goto free;
    if (EVP_PKEY_generate(ctx, &k->pkey) != 1) {
        res = TEE_ERROR_BAD_PARAMETERS;
        goto free;
    }
    k->bits = bits;
    if (params_export(k, pair_rows))
        res = TEE_SUCCESS;
free:
    EVP_PKEY_CTX_free(ctx);
    BN_free(e);
    return res;
}

const struct key_kind kind_rsa = {rsa_build, rsa_make};
