/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The algorithms as a table (GP 1.3.1, tables 6-4 and 6-11, OP-TEE's extensions, AES key
 * wrap). Adding one is a row; allocation, key checks, TEE_IsAlgorithmSupported and the
 * tests read it.
 */
#include "anchorhold_ta.h"
#include "operation.h"

#define DIGEST(n)                                                                        \
    {                                                                                    \
        TEE_ALG_##n, TEE_OPERATION_DIGEST, 0, &how_digest, HASH_##n, 0, 0, 0             \
    }
#define HMAC(n)                                                                          \
    {                                                                                    \
        TEE_ALG_HMAC_##n, TEE_OPERATION_MAC, TEE_TYPE_HMAC_##n, &how_hmac, HASH_##n, 0,  \
            0, 0                                                                         \
    }
#define CIPHER(n, type, how, c, flags)                                                   \
    {                                                                                    \
        n, TEE_OPERATION_CIPHER, TEE_TYPE_##type, &how, HASH_NONE, CIPHER_##c, flags, 0  \
    }
#define MAC(n, type, how, c, flags)                                                      \
    {                                                                                    \
        n, TEE_OPERATION_MAC, TEE_TYPE_##type, &how, HASH_NONE, CIPHER_##c, flags, 0     \
    }
#define RSA_SIGN(n, how, h, flags)                                                       \
    {                                                                                    \
        n, TEE_OPERATION_ASYMMETRIC_SIGNATURE, TEE_TYPE_RSA_KEYPAIR, &how, h, 0, flags,  \
            0                                                                            \
    }
#define PKCS1(n) RSA_SIGN(TEE_ALG_RSASSA_PKCS1_V1_5_##n, how_rsa_pkcs1, HASH_##n, 0)
#define PSS(n)   RSA_SIGN(TEE_ALG_RSASSA_PKCS1_PSS_MGF1_##n, how_rsa_pss, HASH_##n, 0)
#define RSA_CRYPT(n, how, h, flags)                                                      \
    {                                                                                    \
        n, TEE_OPERATION_ASYMMETRIC_CIPHER, TEE_TYPE_RSA_KEYPAIR, &how, h, 0, flags, 0   \
    }
#define OAEP(n) RSA_CRYPT(TEE_ALG_RSAES_PKCS1_OAEP_MGF1_##n, how_oaep, HASH_##n, 0)
#define DSA(n)                                                                           \
    {                                                                                    \
        TEE_ALG_DSA_##n, TEE_OPERATION_ASYMMETRIC_SIGNATURE, TEE_TYPE_DSA_KEYPAIR,       \
            &how_dsa, HASH_##n, 0, 0, 0                                                  \
    }
#define ECDSA(n)                                                                         \
    {                                                                                    \
        TEE_ALG_ECDSA_##n, TEE_OPERATION_ASYMMETRIC_SIGNATURE, TEE_TYPE_ECDSA_KEYPAIR,   \
            &how_ecdsa, HASH_##n, 0, 0, 0                                                \
    }
#define ECDSA_RAW(n)                                                                     \
    {                                                                                    \
        __OPTEE_ALG_ECDSA_##n, TEE_OPERATION_ASYMMETRIC_SIGNATURE,                       \
            TEE_TYPE_ECDSA_KEYPAIR, &how_ecdsa, HASH_NONE, 0, ALG_ANY_DIGEST,            \
            TEE_ECC_CURVE_NIST_##n                                                       \
    }
#define DERIVE(n, type, how, h, curve)                                                   \
    {                                                                                    \
        n, TEE_OPERATION_KEY_DERIVATION, TEE_TYPE_##type, &how, h, 0, 0, curve           \
    }
#define ECDH(n)                                                                          \
    DERIVE(__OPTEE_ALG_ECDH_##n, ECDH_KEYPAIR, how_ecdh, HASH_NONE,                      \
           TEE_ECC_CURVE_NIST_##n)
#define HKDF(n)                                                                          \
    DERIVE(TEE_ALG_HKDF_##n##_DERIVE_KEY, HKDF_IKM, how_optee_hkdf, HASH_##n, 0)
#define CONCAT(n)                                                                        \
    DERIVE(TEE_ALG_CONCAT_KDF_##n##_DERIVE_KEY, CONCAT_KDF_Z, how_concat, HASH_##n, 0)
#define PBKDF2(n)                                                                        \
    DERIVE(TEE_ALG_PBKDF2_HMAC_##n##_DERIVE_KEY, PBKDF2_PASSWORD, how_pbkdf2, HASH_##n, 0)

/* clang-format off */
static const struct alg algs[] = {
    DIGEST(MD5), DIGEST(SHA1), DIGEST(SHA224), DIGEST(SHA256), DIGEST(SHA384), DIGEST(SHA512),
    DIGEST(SHA3_224), DIGEST(SHA3_256), DIGEST(SHA3_384), DIGEST(SHA3_512), DIGEST(SM3),
    DIGEST(MD5SHA1), DIGEST(SHAKE128), DIGEST(SHAKE256),

    CIPHER(TEE_ALG_AES_ECB_NOPAD,  AES,  how_plain, AES_ECB,  0),
    CIPHER(TEE_ALG_AES_CBC_NOPAD,  AES,  how_plain, AES_CBC,  0),
    CIPHER(TEE_ALG_AES_CTR,        AES,  how_plain, AES_CTR,  0),
    CIPHER(TEE_ALG_AES_CTS,        AES,  how_cts,   AES_CBC,  0),
    CIPHER(TEE_ALG_AES_XTS,        AES,  how_xts,   AES_XTS,  ALG_TWO_KEYS),
    CIPHER(AH_ALG_AES_KW,          AES,  how_wrap,  AES_KW,   0),
    CIPHER(AH_ALG_AES_KWP,         AES,  how_wrap,  AES_KWP,  0),
    CIPHER(TEE_ALG_DES_ECB_NOPAD,  DES,  how_plain, DES3_ECB, 0),
    CIPHER(TEE_ALG_DES_CBC_NOPAD,  DES,  how_plain, DES3_CBC, 0),
    CIPHER(TEE_ALG_DES3_ECB_NOPAD, DES3, how_plain, DES3_ECB, 0),
    CIPHER(TEE_ALG_DES3_CBC_NOPAD, DES3, how_plain, DES3_CBC, 0),
    CIPHER(TEE_ALG_SM4_ECB_NOPAD,  SM4,  how_plain, SM4_ECB,  0),
    CIPHER(TEE_ALG_SM4_CBC_NOPAD,  SM4,  how_plain, SM4_CBC,  0),
    CIPHER(TEE_ALG_SM4_CTR,        SM4,  how_plain, SM4_CTR,  0),

    HMAC(MD5), HMAC(SHA1), HMAC(SHA224), HMAC(SHA256), HMAC(SHA384), HMAC(SHA512),
    HMAC(SHA3_224), HMAC(SHA3_256), HMAC(SHA3_384), HMAC(SHA3_512), HMAC(SM3),
    MAC(TEE_ALG_AES_CMAC,           AES,  how_cmac,    AES_CBC,  0),
    MAC(TEE_ALG_DES3_CMAC,          DES3, how_cmac,    DES3_CBC, 0),
    MAC(TEE_ALG_AES_CBC_MAC_NOPAD,  AES,  how_cbc_mac, AES_CBC,  0),
    MAC(TEE_ALG_AES_CBC_MAC_PKCS5,  AES,  how_cbc_mac, AES_CBC,  ALG_PADS),
    MAC(TEE_ALG_DES_CBC_MAC_NOPAD,  DES,  how_cbc_mac, DES3_CBC, 0),
    MAC(TEE_ALG_DES_CBC_MAC_PKCS5,  DES,  how_cbc_mac, DES3_CBC, ALG_PADS),
    MAC(TEE_ALG_DES3_CBC_MAC_NOPAD, DES3, how_cbc_mac, DES3_CBC, 0),
    MAC(TEE_ALG_DES3_CBC_MAC_PKCS5, DES3, how_cbc_mac, DES3_CBC, ALG_PADS),

    { TEE_ALG_AES_GCM, TEE_OPERATION_AE, TEE_TYPE_AES, &how_gcm, HASH_NONE, CIPHER_AES_GCM, 0, 0 },
    { TEE_ALG_AES_CCM, TEE_OPERATION_AE, TEE_TYPE_AES, &how_ccm, HASH_NONE, CIPHER_AES_CCM, 0, 0 },

    RSA_SIGN(TEE_ALG_RSASSA_PKCS1_V1_5, how_rsa_pkcs1, HASH_NONE, ALG_ANY_DIGEST),
    PKCS1(MD5), PKCS1(SHA1), PKCS1(SHA224), PKCS1(SHA256), PKCS1(SHA384), PKCS1(SHA512),
    PKCS1(MD5SHA1), PKCS1(SHA3_224), PKCS1(SHA3_256), PKCS1(SHA3_384), PKCS1(SHA3_512),
    PSS(MD5), PSS(SHA1), PSS(SHA224), PSS(SHA256), PSS(SHA384), PSS(SHA512),
    PSS(SHA3_224), PSS(SHA3_256), PSS(SHA3_384), PSS(SHA3_512),
    ECDSA(SHA1), ECDSA(SHA224), ECDSA(SHA256), ECDSA(SHA384), ECDSA(SHA512),
    ECDSA(SHA3_224), ECDSA(SHA3_256), ECDSA(SHA3_384), ECDSA(SHA3_512),
    ECDSA_RAW(P192), ECDSA_RAW(P224), ECDSA_RAW(P256), ECDSA_RAW(P384), ECDSA_RAW(P521),
    DSA(SHA1), DSA(SHA224), DSA(SHA256), DSA(SHA3_224), DSA(SHA3_256), DSA(SHA3_384), DSA(SHA3_512),
    { TEE_ALG_ED25519, TEE_OPERATION_ASYMMETRIC_SIGNATURE, TEE_TYPE_ED25519_KEYPAIR, &how_eddsa,
      HASH_NONE, 0, ALG_ANY_DIGEST, TEE_ECC_CURVE_25519 },

    RSA_CRYPT(TEE_ALG_RSAES_PKCS1_V1_5, how_rsaes, HASH_NONE, 0),
    RSA_CRYPT(TEE_ALG_RSA_NOPAD, how_rsa_nopad, HASH_NONE, ALG_BOTH_USES),
    OAEP(MD5), OAEP(SHA1), OAEP(SHA224), OAEP(SHA256), OAEP(SHA384), OAEP(SHA512),
    OAEP(SHA3_224), OAEP(SHA3_256), OAEP(SHA3_384), OAEP(SHA3_512),

    DERIVE(TEE_ALG_ECDH_DERIVE_SHARED_SECRET, ECDH_KEYPAIR, how_ecdh, HASH_NONE, 0),
    ECDH(P192), ECDH(P224), ECDH(P256), ECDH(P384), ECDH(P521),
    DERIVE(TEE_ALG_DH_DERIVE_SHARED_SECRET, DH_KEYPAIR, how_dh, HASH_NONE, 0),
    DERIVE(TEE_ALG_X25519, X25519_KEYPAIR, how_x25519, HASH_NONE, TEE_ECC_CURVE_25519),
    DERIVE(TEE_ALG_HKDF, HKDF, how_hkdf, HASH_NONE, 0),
    HKDF(MD5), HKDF(SHA1), HKDF(SHA224), HKDF(SHA256), HKDF(SHA384), HKDF(SHA512),
    CONCAT(SHA1), CONCAT(SHA224), CONCAT(SHA256), CONCAT(SHA384), CONCAT(SHA512),
    PBKDF2(SHA1), PBKDF2(SHA224), PBKDF2(SHA256), PBKDF2(SHA384), PBKDF2(SHA512), PBKDF2(SM3),
};
/* clang-format on */

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

const struct alg *alg_find(uint32_t id)
{
    for (size_t i = 0; i < COUNT(algs); i++)
        if (algs[i].id == id)
            return &algs[i];
    return NULL;
}

const struct alg *alg_at(size_t i)
{
    return i < COUNT(algs) ? &algs[i] : NULL;
}

static bool on_curves(const struct alg *a)
{
    const struct key_type *t = a->type ? type_find(a->type) : NULL;
    return t && (t->kind == &kind_ec || t->kind == &kind_okp);
}

TEE_Result TEE_IsAlgorithmSupported(uint32_t algId, uint32_t element)
{
    const struct alg *a = alg_find(algId);
    if (!a)
        return TEE_ERROR_NOT_SUPPORTED;
    bool fits;
    if (!on_curves(a))
        fits = element == TEE_CRYPTO_ELEMENT_NONE;
    else if (a->curve)
        fits = element == a->curve;
    else
        fits = curve_find(element) != NULL;
    return fits ? TEE_SUCCESS : TEE_ERROR_NOT_SUPPORTED;
}
