/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys in finite fields: DSA and Diffie-Hellman. Import checks what is cheap and what
 * protects: an odd prime of the type's size, base and values inside 2..p-2, and that the
 * public value is the base raised to the private one. Whether the prime is one is the
 * concern of who chose it.
 */
#include <openssl/core_names.h>
#include <openssl/dh.h>
#include "crypto.h"
#include "key.h"
#include "params.h"

/* One family: the attributes that hold its numbers. */
struct family {
    const char *name;
    uint32_t p, q, g, secret, public;
    const struct param_row *all, *domain, *values;
};

static const struct param_row dsa_all[] = {
    {TEE_ATTR_DSA_PRIME, OSSL_PKEY_PARAM_FFC_P},
    {TEE_ATTR_DSA_SUBPRIME, OSSL_PKEY_PARAM_FFC_Q},
    {TEE_ATTR_DSA_BASE, OSSL_PKEY_PARAM_FFC_G},
    {TEE_ATTR_DSA_PUBLIC_VALUE, OSSL_PKEY_PARAM_PUB_KEY},
    {TEE_ATTR_DSA_PRIVATE_VALUE, OSSL_PKEY_PARAM_PRIV_KEY},
    {0, NULL},
};

static const struct param_row dsa_domain[] = {
    {TEE_ATTR_DSA_PRIME, OSSL_PKEY_PARAM_FFC_P},
    {TEE_ATTR_DSA_SUBPRIME, OSSL_PKEY_PARAM_FFC_Q},
    {TEE_ATTR_DSA_BASE, OSSL_PKEY_PARAM_FFC_G},
    {0, NULL},
};

static const struct param_row dsa_values[] = {
    {TEE_ATTR_DSA_PUBLIC_VALUE, OSSL_PKEY_PARAM_PUB_KEY},
    {TEE_ATTR_DSA_PRIVATE_VALUE, OSSL_PKEY_PARAM_PRIV_KEY},
    {0, NULL},
};

static const struct param_row dh_all[] = {
    {TEE_ATTR_DH_PRIME, OSSL_PKEY_PARAM_FFC_P},
    {TEE_ATTR_DH_SUBPRIME, OSSL_PKEY_PARAM_FFC_Q},
    {TEE_ATTR_DH_BASE, OSSL_PKEY_PARAM_FFC_G},
    {TEE_ATTR_DH_PUBLIC_VALUE, OSSL_PKEY_PARAM_PUB_KEY},
    {TEE_ATTR_DH_PRIVATE_VALUE, OSSL_PKEY_PARAM_PRIV_KEY},
    {0, NULL},
};

static const struct param_row dh_domain[] = {
    {TEE_ATTR_DH_PRIME, OSSL_PKEY_PARAM_FFC_P},
    {TEE_ATTR_DH_SUBPRIME, OSSL_PKEY_PARAM_FFC_Q},
    {TEE_ATTR_DH_BASE, OSSL_PKEY_PARAM_FFC_G},
    {0, NULL},
};

static const struct param_row dh_values[] = {
    {TEE_ATTR_DH_PUBLIC_VALUE, OSSL_PKEY_PARAM_PUB_KEY},
    {TEE_ATTR_DH_PRIVATE_VALUE, OSSL_PKEY_PARAM_PRIV_KEY},
    {0, NULL},
};

static const struct family dsa = {
    "DSA",
    TEE_ATTR_DSA_PRIME,
    TEE_ATTR_DSA_SUBPRIME,
    TEE_ATTR_DSA_BASE,
    TEE_ATTR_DSA_PRIVATE_VALUE,
    TEE_ATTR_DSA_PUBLIC_VALUE,
    dsa_all,
    dsa_domain,
    dsa_values,
};

static const struct family dh = {
    "DH",
    TEE_ATTR_DH_PRIME,
    TEE_ATTR_DH_SUBPRIME,
    TEE_ATTR_DH_BASE,
    TEE_ATTR_DH_PRIVATE_VALUE,
    TEE_ATTR_DH_PUBLIC_VALUE,
    dh_all,
    dh_domain,
    dh_values,
};

/* 2 <= x <= p - 2 */
static bool inside(const BIGNUM *x, const BIGNUM *p_minus_one)
{
    return !BN_is_zero(x) && !BN_is_one(x) && BN_cmp(x, p_minus_one) < 0;
}

/* Checks those of the numbers that k has. False also when memory is short. */
static bool numbers_ok(const struct key *k, const struct family *f)
{
    bool ok = false;
    BN_CTX *bn = BN_CTX_secure_new();
    BIGNUM *p = key_get_bn(k, f->p), *g = key_get_bn(k, f->g);
    BIGNUM *x = key_get_bn(k, f->secret), *y = key_get_bn(k, f->public);
    BIGNUM *q = key_get_bn(k, f->q), *t = BN_secure_new(), *top = BN_new();
    if (!bn || !p || !g || !t || !top || !BN_is_odd(p) || !BN_sub(top, p, BN_value_one()))
        goto free;
    if (!inside(g, top) || (y && !inside(y, top)) ||
        (x && (BN_is_zero(x) || BN_cmp(x, top) >= 0)))
        goto free;
    if (q && (!BN_is_odd(q) || BN_cmp(q, p) >= 0 || (x && BN_cmp(x, q) >= 0)))
        goto free;
    ok = !x || !y ||
         (BN_mod_exp_mont_consttime(t, g, x, p, bn, NULL) && BN_cmp(t, y) == 0);
free:
    BN_free(p);
    BN_free(g);
    BN_clear_free(x);
    BN_free(y);
    BN_free(q);
    BN_clear_free(t);
    BN_free(top);
    BN_CTX_free(bn);
    return ok;
}

static TEE_Result prime_bits(struct key *k, const struct family *f)
{
    BIGNUM *p = key_get_bn(k, f->p);
    if (!p)
        return TEE_ERROR_OUT_OF_MEMORY;
    k->bits = (uint32_t)BN_num_bits(p);
    BN_free(p);
    return type_has_size(k->type, k->bits) ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS;
}

static TEE_Result build(struct key *k, const struct family *f)
{
    crypto_init();
    TEE_Result res = prime_bits(k, f);
    if (res != TEE_SUCCESS)
        return res;
    if (!numbers_ok(k, f))
        return TEE_ERROR_BAD_PARAMETERS;
    int selection = key_get(k, f->secret) ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
    return params_import(&k->pkey, f->name, selection, k, f->all);
}

static TEE_Result make(struct key *k, const struct family *f, uint32_t bits,
                       uint32_t secret_bits)
{
    crypto_init();
    TEE_Result res = prime_bits(k, f);
    if (res != TEE_SUCCESS)
        return res;
    if (k->bits != bits || !numbers_ok(k, f))
        return TEE_ERROR_BAD_PARAMETERS;
    EVP_PKEY *domain = NULL;
    EVP_PKEY_CTX *ctx = NULL;
    res = params_import(&domain, f->name, EVP_PKEY_KEY_PARAMETERS, k, f->domain);
    if (res != TEE_SUCCESS)
        return res;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};
    int priv_len = (int)secret_bits;
    if (secret_bits)
        params[0] = OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_DH_PRIV_LEN, &priv_len);
    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, domain, NULL);
    if (!ctx || EVP_PKEY_keygen_init(ctx) != 1 ||
        EVP_PKEY_CTX_set_params(ctx, params) != 1) {
        res = TEE_ERROR_OUT_OF_MEMORY;
        goto free;
    }
    if (EVP_PKEY_generate(ctx, &k->pkey) != 1)
        res = TEE_ERROR_BAD_PARAMETERS;
    else if (!params_export(k, f->values))
        res = TEE_ERROR_OUT_OF_MEMORY;
free:
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(domain);
    return res;
}

static TEE_Result dsa_build(struct key *k)
{
    return build(k, &dsa);
}

static TEE_Result dsa_make(struct key *k, uint32_t bits)
{
    return make(k, &dsa, bits, 0);
}

static TEE_Result dh_build(struct key *k)
{
    return build(k, &dh);
}

static TEE_Result dh_make(struct key *k, uint32_t bits)
{
    const struct key_attr *x = key_get(k, TEE_ATTR_DH_X_BITS);
    uint32_t secret_bits = x ? x->value : 0;
    if (secret_bits >= bits)
        return TEE_ERROR_BAD_PARAMETERS;
    key_remove(k, TEE_ATTR_DH_X_BITS);
    return make(k, &dh, bits, secret_bits);
}

const struct key_kind kind_dsa = {dsa_build, dsa_make};
const struct key_kind kind_dh = {dh_build, dh_make};
