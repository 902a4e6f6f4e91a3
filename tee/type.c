/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The types of keys as a table: sizes in bits, attributes, family (GP 1.3.1, tables 5-9
 * and 6-11; the sizes of DES keys count parity bits). Adding a type is one row. Whatever
 * is allowed for allocation, population and generation is read from here.
 *
 * HMAC keys may have any length up to 4096 bits, which is wider than GP's table: HMAC
 * itself has no bounds, and protocols use short and long ones.
 */
#include "key.h"
#include <openssl/obj_mac.h>

#define IMPORT_PUBLIC (NEED_IMPORT | PUBLIC_PART)

/* clang-format off */
static const struct attr_rule secret[] = {
    { TEE_ATTR_SECRET_VALUE, NEED_IMPORT }, { 0, 0 },
};
static const struct attr_rule hkdf_ikm[] = {
    { TEE_ATTR_HKDF_IKM, NEED_IMPORT }, { 0, 0 },
};
static const struct attr_rule concat_kdf_z[] = {
    { TEE_ATTR_CONCAT_KDF_Z, NEED_IMPORT }, { 0, 0 },
};
static const struct attr_rule pbkdf2_password[] = {
    { TEE_ATTR_PBKDF2_PASSWORD, NEED_IMPORT }, { 0, 0 },
};
static const struct attr_rule rsa_public[] = {
    { TEE_ATTR_RSA_MODULUS, NEED_IMPORT }, { TEE_ATTR_RSA_PUBLIC_EXPONENT, NEED_IMPORT }, { 0, 0 },
};
static const struct attr_rule rsa_pair[] = {
    { TEE_ATTR_RSA_MODULUS,          IMPORT_PUBLIC },
    { TEE_ATTR_RSA_PUBLIC_EXPONENT,  IMPORT_PUBLIC | MAY_MAKE },
    { TEE_ATTR_RSA_PRIVATE_EXPONENT, NEED_IMPORT },
    { TEE_ATTR_RSA_PRIME1,           GROUP_IMPORT },
    { TEE_ATTR_RSA_PRIME2,           GROUP_IMPORT },
    { TEE_ATTR_RSA_EXPONENT1,        GROUP_IMPORT },
    { TEE_ATTR_RSA_EXPONENT2,        GROUP_IMPORT },
    { TEE_ATTR_RSA_COEFFICIENT,      GROUP_IMPORT },
    { 0, 0 },
};
static const struct attr_rule dsa_public[] = {
    { TEE_ATTR_DSA_PRIME, NEED_IMPORT }, { TEE_ATTR_DSA_SUBPRIME, NEED_IMPORT },
    { TEE_ATTR_DSA_BASE, NEED_IMPORT }, { TEE_ATTR_DSA_PUBLIC_VALUE, NEED_IMPORT }, { 0, 0 },
};
static const struct attr_rule dsa_pair[] = {
    { TEE_ATTR_DSA_PRIME,         IMPORT_PUBLIC | NEED_MAKE },
    { TEE_ATTR_DSA_SUBPRIME,      IMPORT_PUBLIC | NEED_MAKE },
    { TEE_ATTR_DSA_BASE,          IMPORT_PUBLIC | NEED_MAKE },
    { TEE_ATTR_DSA_PUBLIC_VALUE,  IMPORT_PUBLIC },
    { TEE_ATTR_DSA_PRIVATE_VALUE, NEED_IMPORT },
    { 0, 0 },
};
static const struct attr_rule dh_pair[] = {
    { TEE_ATTR_DH_PRIME,         NEED_IMPORT | NEED_MAKE },
    { TEE_ATTR_DH_BASE,          NEED_IMPORT | NEED_MAKE },
    { TEE_ATTR_DH_PUBLIC_VALUE,  NEED_IMPORT },
    { TEE_ATTR_DH_PRIVATE_VALUE, NEED_IMPORT },
    { TEE_ATTR_DH_SUBPRIME,      MAY_IMPORT | MAY_MAKE },
    { TEE_ATTR_DH_X_BITS,        MAY_MAKE },
    { 0, 0 },
};
static const struct attr_rule ec_public[] = {
    { TEE_ATTR_ECC_PUBLIC_VALUE_X, NEED_IMPORT }, { TEE_ATTR_ECC_PUBLIC_VALUE_Y, NEED_IMPORT },
    { TEE_ATTR_ECC_CURVE, NEED_IMPORT }, { 0, 0 },
};
static const struct attr_rule ec_pair[] = {
    { TEE_ATTR_ECC_PRIVATE_VALUE,  NEED_IMPORT },
    { TEE_ATTR_ECC_PUBLIC_VALUE_X, GROUP_IMPORT | PUBLIC_PART },
    { TEE_ATTR_ECC_PUBLIC_VALUE_Y, GROUP_IMPORT | PUBLIC_PART },
    { TEE_ATTR_ECC_CURVE,          IMPORT_PUBLIC | NEED_MAKE },
    { 0, 0 },
};
static const struct attr_rule x25519_public[] = {
    { TEE_ATTR_X25519_PUBLIC_VALUE, NEED_IMPORT }, { 0, 0 },
};
static const struct attr_rule x25519_pair[] = {
    { TEE_ATTR_X25519_PRIVATE_VALUE, NEED_IMPORT },
    { TEE_ATTR_X25519_PUBLIC_VALUE, MAY_IMPORT | PUBLIC_PART }, { 0, 0 },
};
static const struct attr_rule ed25519_public[] = {
    { TEE_ATTR_ED25519_PUBLIC_VALUE, NEED_IMPORT }, { 0, 0 },
};
static const struct attr_rule ed25519_pair[] = {
    { TEE_ATTR_ED25519_PRIVATE_VALUE, NEED_IMPORT },
    { TEE_ATTR_ED25519_PUBLIC_VALUE, MAY_IMPORT | PUBLIC_PART }, { 0, 0 },
};

static const struct key_type types[] = {
    /* type                        public part                 min   max  step  family        attributes */
    { TEE_TYPE_AES,                0,                          128,  256, 64, &kind_secret, secret },
    { TEE_TYPE_DES,                0,                           64,   64, 64, &kind_secret, secret },
    { TEE_TYPE_DES3,               0,                          128,  192, 64, &kind_secret, secret },
    { TEE_TYPE_SM4,                0,                          128,  128, 64, &kind_secret, secret },
    { TEE_TYPE_HMAC_MD5,           0,                            8, 4096,  8, &kind_secret, secret },
    { TEE_TYPE_HMAC_SHA1,          0,                            8, 4096,  8, &kind_secret, secret },
    { TEE_TYPE_HMAC_SHA224,        0,                            8, 4096,  8, &kind_secret, secret },
    { TEE_TYPE_HMAC_SHA256,        0,                            8, 4096,  8, &kind_secret, secret },
    { TEE_TYPE_HMAC_SHA384,        0,                            8, 4096,  8, &kind_secret, secret },
    { TEE_TYPE_HMAC_SHA512,        0,                            8, 4096,  8, &kind_secret, secret },
    { TEE_TYPE_HMAC_SHA3_224,      0,                            8, 4096,  8, &kind_secret, secret },
    { TEE_TYPE_HMAC_SHA3_256,      0,                            8, 4096,  8, &kind_secret, secret },
    { TEE_TYPE_HMAC_SHA3_384,      0,                            8, 4096,  8, &kind_secret, secret },
    { TEE_TYPE_HMAC_SHA3_512,      0,                            8, 4096,  8, &kind_secret, secret },
    { TEE_TYPE_HMAC_SM3,           0,                            8, 4096,  8, &kind_secret, secret },
    { TEE_TYPE_GENERIC_SECRET,     0,                            0, 4096,  8, &kind_secret, secret },
    { TEE_TYPE_HKDF,               0,                            0, 4096,  8, &kind_secret, secret },
    { TEE_TYPE_HKDF_IKM,           0,                            0, 4096,  8, &kind_secret, hkdf_ikm },
    { TEE_TYPE_CONCAT_KDF_Z,       0,                            0, 4096,  8, &kind_secret, concat_kdf_z },
    { TEE_TYPE_PBKDF2_PASSWORD,    0,                            0, 4096,  8, &kind_secret, pbkdf2_password },
    { TEE_TYPE_RSA_PUBLIC_KEY,     0,                          512, 4096,  1, &kind_rsa, rsa_public },
    { TEE_TYPE_RSA_KEYPAIR,        TEE_TYPE_RSA_PUBLIC_KEY,    512, 4096,  1, &kind_rsa, rsa_pair },
    { TEE_TYPE_DSA_PUBLIC_KEY,     0,                          512, 3072, 64, &kind_dsa, dsa_public },
    { TEE_TYPE_DSA_KEYPAIR,        TEE_TYPE_DSA_PUBLIC_KEY,    512, 3072, 64, &kind_dsa, dsa_pair },
    { TEE_TYPE_DH_KEYPAIR,         0,                          512, 4096,  1, &kind_dh, dh_pair },
    { TEE_TYPE_ECDSA_PUBLIC_KEY,   0,                          192,  521,  0, &kind_ec, ec_public },
    { TEE_TYPE_ECDSA_KEYPAIR,      TEE_TYPE_ECDSA_PUBLIC_KEY,  192,  521,  0, &kind_ec, ec_pair },
    { TEE_TYPE_ECDH_PUBLIC_KEY,    0,                          192,  521,  0, &kind_ec, ec_public },
    { TEE_TYPE_ECDH_KEYPAIR,       TEE_TYPE_ECDH_PUBLIC_KEY,   192,  521,  0, &kind_ec, ec_pair },
    { TEE_TYPE_X25519_PUBLIC_KEY,  0,                          256,  256,  1, &kind_okp, x25519_public },
    { TEE_TYPE_X25519_KEYPAIR,     TEE_TYPE_X25519_PUBLIC_KEY, 256,  256,  1, &kind_okp, x25519_pair },
    { TEE_TYPE_ED25519_PUBLIC_KEY, 0,                          256,  256,  1, &kind_okp, ed25519_public },
    { TEE_TYPE_ED25519_KEYPAIR,    TEE_TYPE_ED25519_PUBLIC_KEY, 256, 256,  1, &kind_okp, ed25519_pair },
};

/* GP 1.3.1, table 6-14. bits: of the order, which is also the length of each half of a signature. */
static const struct curve curves[] = {
    { TEE_ECC_CURVE_NIST_P192, 192, "P-192", NID_X9_62_prime192v1 },
    { TEE_ECC_CURVE_NIST_P224, 224, "P-224", NID_secp224r1 },
    { TEE_ECC_CURVE_NIST_P256, 256, "P-256", NID_X9_62_prime256v1 },
    { TEE_ECC_CURVE_NIST_P384, 384, "P-384", NID_secp384r1 },
    { TEE_ECC_CURVE_NIST_P521, 521, "P-521", NID_secp521r1 },
};
/* clang-format on */

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

const struct key_type *type_find(uint32_t id)
{
    for (size_t i = 0; i < COUNT(types); i++)
        if (types[i].id == id)
            return &types[i];
    return NULL;
}

bool type_has_size(const struct key_type *t, uint32_t bits)
{
    if (bits < t->min || bits > t->max)
        return false;
    if (t->step)
        return (bits - t->min) % t->step == 0;
    for (size_t i = 0; i < COUNT(curves); i++)
        if (curves[i].bits == bits)
            return true;
    return false;
}

const struct attr_rule *type_rule(const struct key_type *t, uint32_t attribute)
{
    for (const struct attr_rule *r = t->rules; r->id; r++)
        if (r->id == attribute)
            return r;
    return NULL;
}

const struct curve *curve_find(uint32_t id)
{
    for (size_t i = 0; i < COUNT(curves); i++)
        if (curves[i].id == id)
            return &curves[i];
    return NULL;
}
