/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The attribute table itself. One row for each attribute and the objects that have it;
 * policy reads the row. The order is that in which a new object's attributes are laid
 * down.
 *
 * What differs from the OP-TEE TA, to the good of clients and never less safe:
 * certificates have an empty ID, ISSUER and SERIAL_NUMBER when none are given, so that
 * one can be set later; PUBLIC_KEY_INFO of keys and EC_POINT of private keys are
 * computed; UNIQUE_ID exists.
 */
#include "attr.h"

const struct attr_row attr_rows[] = {
    /* attribute, objects, from, change, secret */
    {CKA_CLASS, S_ALL, FROM_MUST, SET_NEVER, false},
    {CKA_TOKEN, S_ALL, FROM_FALSE, SET_COPY, false},
    {CKA_PRIVATE, S_ALL, FROM_FALSE, SET_COPY, false},
    {CKA_MODIFIABLE, S_ALL, FROM_TRUE, SET_COPY, false},
    {CKA_COPYABLE, S_ALL, FROM_TRUE, SET_OFF, false},
    {CKA_DESTROYABLE, S_ALL, FROM_TRUE, SET_COPY, false},
    {CKA_LABEL, S_ALL, FROM_EMPTY, SET_ANY, false},
    {CKA_UNIQUE_ID, S_ALL, FROM_TA, SET_NEVER, false},

    {CKA_OBJECT_ID, S_DATA, FROM_EMPTY, SET_NEVER, false},
    {CKA_APPLICATION, S_DATA, FROM_EMPTY, SET_NEVER, false},
    {CKA_VALUE, S_DATA, FROM_EMPTY, SET_NEVER, false},

    {CKA_CERTIFICATE_TYPE, S_CERT, FROM_MUST, SET_NEVER, false},
    {CKA_TRUSTED, S_CERT, FROM_FALSE, SET_SO, false},
    {CKA_CERTIFICATE_CATEGORY, S_CERT, FROM_OPT, SET_NEVER, false},
    {CKA_CHECK_VALUE, S_CERT, FROM_OPT, SET_NEVER, false},
    {CKA_START_DATE, S_CERT, FROM_OPT, SET_NEVER, false},
    {CKA_END_DATE, S_CERT, FROM_OPT, SET_NEVER, false},
    {CKA_PUBLIC_KEY_INFO, S_CERT, FROM_OPT, SET_NEVER, false},
    {CKA_SUBJECT, S_CERT, FROM_MUST, SET_NEVER, false},
    {CKA_ID, S_CERT, FROM_EMPTY, SET_ANY, false},
    {CKA_ISSUER, S_CERT, FROM_EMPTY, SET_ANY, false},
    {CKA_SERIAL_NUMBER, S_CERT, FROM_EMPTY, SET_ANY, false},
    {CKA_VALUE, S_CERT, FROM_OPT, SET_NEVER, false},
    {CKA_URL, S_CERT, FROM_OPT, SET_NEVER, false},
    {CKA_HASH_OF_SUBJECT_PUBLIC_KEY, S_CERT, FROM_OPT, SET_NEVER, false},
    {CKA_HASH_OF_ISSUER_PUBLIC_KEY, S_CERT, FROM_OPT, SET_NEVER, false},
    {CKA_JAVA_MIDP_SECURITY_DOMAIN, S_CERT, FROM_OPT, SET_NEVER, false},
    {CKA_NAME_HASH_ALGORITHM, S_CERT, FROM_OPT, SET_NEVER, false},

    {CKA_KEY_TYPE, S_KEY, FROM_MUST, SET_NEVER, false},
    {CKA_ID, S_KEY, FROM_EMPTY, SET_ANY, false},
    {CKA_START_DATE, S_KEY, FROM_EMPTY, SET_ANY, false},
    {CKA_END_DATE, S_KEY, FROM_EMPTY, SET_ANY, false},
    {CKA_SUBJECT, S_PUB | S_PRV, FROM_EMPTY, SET_ANY, false},
    {CKA_ALLOWED_MECHANISMS, S_KEY, FROM_OPT, SET_NEVER, false},
    {CKA_LOCAL, S_KEY, FROM_TA, SET_NEVER, false},
    {CKA_KEY_GEN_MECHANISM, S_KEY, FROM_TA, SET_NEVER, false},

    {CKA_DERIVE, S_KEY, FROM_FALSE, SET_ANY, false},
    {CKA_ENCRYPT, S_PUB | S_SECRET, FROM_FALSE, SET_ANY, false},
    {CKA_DECRYPT, S_PRV | S_SECRET, FROM_FALSE, SET_ANY, false},
    {CKA_SIGN, S_PRV | S_SECRET, FROM_FALSE, SET_ANY, false},
    {CKA_SIGN_RECOVER, S_PRV, FROM_FALSE, SET_ANY, false},
    {CKA_VERIFY, S_PUB | S_SECRET, FROM_FALSE, SET_ANY, false},
    {CKA_VERIFY_RECOVER, S_PUB, FROM_FALSE, SET_ANY, false},
    {CKA_WRAP, S_PUB | S_SECRET, FROM_FALSE, SET_ANY, false},
    {CKA_UNWRAP, S_PRV | S_SECRET, FROM_FALSE, SET_ANY, false},
    {CKA_TRUSTED, S_PUB | S_SECRET, FROM_FALSE, SET_SO, false},
    {CKA_WRAP_TEMPLATE, S_PUB | S_SECRET, FROM_EMPTY, SET_NEVER, false},
    {CKA_UNWRAP_TEMPLATE, S_PRV | S_SECRET, FROM_EMPTY, SET_NEVER, false},
    {CKA_DERIVE_TEMPLATE, S_PRV | S_SECRET, FROM_EMPTY, SET_NEVER, false},

    {CKA_SENSITIVE, S_PRV | S_SECRET, FROM_FALSE, SET_ON, false},
    {CKA_EXTRACTABLE, S_PRV | S_SECRET, FROM_FALSE, SET_OFF, false},
    {CKA_WRAP_WITH_TRUSTED, S_PRV | S_SECRET, FROM_FALSE, SET_ON, false},
    {CKA_ALWAYS_SENSITIVE, S_PRV | S_SECRET, FROM_TA, SET_NEVER, false},
    {CKA_NEVER_EXTRACTABLE, S_PRV | S_SECRET, FROM_TA, SET_NEVER, false},
    {CKA_ALWAYS_AUTHENTICATE, S_PRV, FROM_FALSE, SET_NEVER, false},

    {CKA_VALUE, S_SECRET, FROM_VALUE, SET_NEVER, true},
    {CKA_VALUE_LEN, S_SECRET, FROM_OPT, SET_NEVER, false},
    {CKA_CHECK_VALUE, S_SECRET, FROM_OPT, SET_NEVER, false},

    {CKA_PUBLIC_KEY_INFO, S_PUB | S_PRV, FROM_OPT, SET_NEVER, false},
    {CKA_MODULUS, S_PUB_RSA | S_PRV_RSA, FROM_VALUE, SET_NEVER, false},
    {CKA_MODULUS_BITS, S_PUB_RSA, FROM_OPT, SET_NEVER, false},
    {CKA_PUBLIC_EXPONENT, S_PUB_RSA, FROM_PARAM, SET_NEVER, false},
    {CKA_PUBLIC_EXPONENT, S_PRV_RSA, FROM_VALUE, SET_NEVER, false},
    {CKA_PRIVATE_EXPONENT, S_PRV_RSA, FROM_VALUE, SET_NEVER, true},
    {CKA_PRIME_1, S_PRV_RSA, FROM_VALUE, SET_NEVER, true},
    {CKA_PRIME_2, S_PRV_RSA, FROM_VALUE, SET_NEVER, true},
    {CKA_EXPONENT_1, S_PRV_RSA, FROM_VALUE, SET_NEVER, true},
    {CKA_EXPONENT_2, S_PRV_RSA, FROM_VALUE, SET_NEVER, true},
    {CKA_COEFFICIENT, S_PRV_RSA, FROM_VALUE, SET_NEVER, true},
    {CKA_EC_PARAMS, S_PUB_EC, FROM_PARAM, SET_NEVER, false},
    {CKA_EC_PARAMS, S_PRV_EC, FROM_VALUE, SET_NEVER, false},
    {CKA_EC_POINT, S_PUB_EC | S_PRV_EC, FROM_VALUE, SET_NEVER, false},
    {CKA_VALUE, S_PRV_EC, FROM_VALUE, SET_NEVER, true},
};

const size_t nr_attr_rows = sizeof attr_rows / sizeof *attr_rows;

static const struct {
    uint32_t class;
    uint32_t key_type;
    unsigned scope;
} scopes[] = {
    {CKO_DATA, P11_UNAVAILABLE, S_DATA},
    {CKO_CERTIFICATE, P11_UNAVAILABLE, S_CERT},
    {CKO_PUBLIC_KEY, CKK_EC, S_PUB_EC},
    {CKO_PUBLIC_KEY, CKK_RSA, S_PUB_RSA},
    {CKO_PRIVATE_KEY, CKK_EC, S_PRV_EC},
    {CKO_PRIVATE_KEY, CKK_RSA, S_PRV_RSA},
    {CKO_SECRET_KEY, CKK_AES, S_SECRET},
    {CKO_SECRET_KEY, CKK_GENERIC_SECRET, S_SECRET},
    {CKO_SECRET_KEY, CKK_MD5_HMAC, S_SECRET},
    {CKO_SECRET_KEY, CKK_SHA_1_HMAC, S_SECRET},
    {CKO_SECRET_KEY, CKK_SHA224_HMAC, S_SECRET},
    {CKO_SECRET_KEY, CKK_SHA256_HMAC, S_SECRET},
    {CKO_SECRET_KEY, CKK_SHA384_HMAC, S_SECRET},
    {CKO_SECRET_KEY, CKK_SHA512_HMAC, S_SECRET},
};

unsigned attr_scope(uint32_t class, uint32_t key_type)
{
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
        if (scopes[i].class == class && scopes[i].key_type == key_type)
            return scopes[i].scope;
    }
    return 0;
}

const struct attr_row *attr_row(uint32_t id, unsigned scope)
{
    for (size_t i = 0; i < nr_attr_rows; i++) {
        if (attr_rows[i].id == id && attr_rows[i].scope & scope)
            return &attr_rows[i];
    }
    return NULL;
}

CK_RV attr_check(const struct p11_attr *a)
{
    bool b, good = true;
    uint32_t u;
    switch (p11_attr_kind(a->id)) {
    case P11_BOOL:
        good = p11_attr_bool(a, &b);
        break;
    case P11_ULONG:
        good = p11_attr_u32(a, &u);
        break;
    case P11_DATE:
        good = a->v.len == 0 || a->v.len == sizeof(CK_DATE);
        break;
    case P11_MECHS:
        good = a->v.len % 4 == 0;
        break;
    case P11_BYTES:
    case P11_TEMPLATE:
        break;
    }
    return good ? CKR_OK : CKR_ATTRIBUTE_VALUE_INVALID;
}
