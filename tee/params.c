/* SPDX-License-Identifier: BSD-2-Clause */
/* Import and export of numbers by table; secrets travel in numbers that are wiped. */
#include "params.h"
#include <openssl/param_build.h>
#include "crypto.h"

#define ROWS_MAX 8

TEE_Result params_import(EVP_PKEY **pkey, const char *family, int selection,
                         const struct key *k, const struct param_row *rows)
{
    TEE_Result res = TEE_ERROR_OUT_OF_MEMORY;
    BIGNUM *numbers[ROWS_MAX];
    size_t nr = 0;
    OSSL_PARAM *params = NULL;
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, family, NULL);
    if (!bld || !ctx || EVP_PKEY_fromdata_init(ctx) != 1)
        goto free;
    for (; rows->attribute; rows++) {
        if (!key_get(k, rows->attribute))
            continue;
        BIGNUM *n = key_get_bn(k, rows->attribute);
        if (!n)
            goto free;
        numbers[nr++] = n;
        if (!OSSL_PARAM_BLD_push_BN(bld, rows->name, n))
            goto free;
    }
    params = OSSL_PARAM_BLD_to_param(bld);
    if (!params)
        goto free;
    res = EVP_PKEY_fromdata(ctx, pkey, selection, params) == 1 ? TEE_SUCCESS
                                                               : TEE_ERROR_BAD_PARAMETERS;
free:
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(bld);
    EVP_PKEY_CTX_free(ctx);
    while (nr)
        BN_clear_free(numbers[--nr]);
    return res;
}

bool params_export(struct key *k, const struct param_row *rows)
{
    for (; rows->attribute; rows++) {
        BIGNUM *n = NULL;
        bool ok = EVP_PKEY_get_bn_param(k->pkey, rows->name, &n) == 1 &&
                  key_put_bn(k, rows->attribute, n, 0);
        BN_clear_free(n);
        if (!ok)
            return false;
    }
    return true;
}
