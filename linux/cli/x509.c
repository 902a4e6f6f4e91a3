/* SPDX-License-Identifier: BSD-2-Clause */
/* Public keys of the token for libcrypto; x509.h is the manual. */
#include <string.h>
#include <openssl/core_names.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include "x509.h"

static EVP_PKEY *from_params(const char *type, OSSL_PARAM *p)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (!c || EVP_PKEY_fromdata_init(c) != 1 ||
        EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, p) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(c);
    return key;
}

static EVP_PKEY *from_rsa(CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE o)
{
    uint8_t n[1024], e[64];
    long nl = object_get(ses, o, CKA_MODULUS, n, sizeof n),
         el = object_get(ses, o, CKA_PUBLIC_EXPONENT, e, sizeof e);
    if (nl <= 0 || el <= 0)
        return NULL;
    BIGNUM *bn = BN_bin2bn(n, (int)nl, NULL), *be = BN_bin2bn(e, (int)el, NULL);
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    if (b && bn && be && OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, bn) == 1 &&
        OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, be) == 1) {
        OSSL_PARAM *p = OSSL_PARAM_BLD_to_param(b);
        key = p ? from_params("RSA", p) : NULL;
        OSSL_PARAM_free(p);
    }
    OSSL_PARAM_BLD_free(b);
    BN_free(bn);
    BN_free(be);
    return key;
}

static EVP_PKEY *from_ec(CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE o)
{
    uint8_t params[64], point[256];
    const unsigned char *p = params, *q = point;
    long n = object_get(ses, o, CKA_EC_PARAMS, params, sizeof params);
    long m = object_get(ses, o, CKA_EC_POINT, point, sizeof point);
    ASN1_OBJECT *oid = n > 0 ? d2i_ASN1_OBJECT(NULL, &p, n) : NULL;
    ASN1_OCTET_STRING *raw = m > 0 ? d2i_ASN1_OCTET_STRING(NULL, &q, m) : NULL;
    EVP_PKEY *key = NULL;
    if (oid && raw) {
        OSSL_PARAM params_of[] = {
            OSSL_PARAM_construct_utf8_string(
                OSSL_PKEY_PARAM_GROUP_NAME,
                (char *)(uintptr_t)OBJ_nid2sn(OBJ_obj2nid(oid)), 0),
            OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, raw->data,
                                              (size_t)raw->length),
            OSSL_PARAM_construct_end()};
        key = from_params("EC", params_of);
    }
    ASN1_OBJECT_free(oid);
    ASN1_OCTET_STRING_free(raw);
    return key;
}

static EVP_PKEY *from_attributes(CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE o)
{
    uint8_t der[2048];
    const unsigned char *p = der;
    CK_ULONG type = 0;
    long n = object_get(ses, o, CKA_PUBLIC_KEY_INFO, der, sizeof der);
    EVP_PKEY *key = n > 0 ? d2i_PUBKEY(NULL, &p, n) : NULL;
    if (key || object_get(ses, o, CKA_KEY_TYPE, &type, sizeof type) < 0)
        return key;
    return type == CKK_RSA ? from_rsa(ses, o) : type == CKK_EC ? from_ec(ses, o) : NULL;
}

EVP_PKEY *public_of(CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE key)
{
    uint8_t id[128];
    EVP_PKEY *pub = from_attributes(ses, key);
    long n = pub ? -1 : object_get(ses, key, CKA_ID, id, sizeof id);
    if (n <= 0)
        return pub;
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_PUBLIC_KEY), A_RAW(CKA_ID, id, (size_t)n)};
    CK_OBJECT_HANDLE o = object_find(ses, t, NR(t));
    return o ? from_attributes(ses, o) : NULL;
}
