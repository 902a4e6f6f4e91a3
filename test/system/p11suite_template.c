/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Topic template: malformed and contradictory templates for creating and generating
 * objects. Every row is a template and the codes that PKCS#11 allows for it; whatever the
 * row, nothing may be left behind on the token.
 */
#include "test/system/p11suite.h"

struct bad {
    const char *name;
    CK_ATTRIBUTE t[8]; /* ends at type ~0 or at 8 */
    CK_RV want[4];
};

#define END                                                                              \
    {                                                                                    \
        ~0UL, NULL, 0                                                                    \
    }
static CK_BBOOL yes = 1, no = 0;
static CK_ULONG data = CKO_DATA, secret = CKO_SECRET_KEY, priv = CKO_PRIVATE_KEY,
                pub = CKO_PUBLIC_KEY, cert = CKO_CERTIFICATE, aes = CKK_AES,
                rsa = CKK_RSA, ec = CKK_EC, x509 = CKC_X_509, strange = 0x7a7a7a7aUL,
                len16 = 16, len17 = 17, len0 = 0, huge = 1UL << 30, bits512 = 512,
                bits2048 = 2048, bits2047 = 2047, bits65536 = 65536;
static unsigned char bytes[64] = {1},
                     p256[] = {6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7},
                     unknown_oid[] = {6, 5, 0x2b, 0x81, 4, 0, 0x7f},
                     short_oid[] = {6, 8, 0x2a}, even[] = {2}, one[] = {1},
                     e65537[] = {1, 0, 1};

#define A(t, v)                                                                          \
    {                                                                                    \
        t, &v, sizeof v                                                                  \
    }
#define AN(t, v, n)                                                                      \
    {                                                                                    \
        t, v, n                                                                          \
    }
#define INC CKR_TEMPLATE_INCOMPLETE
#define CON CKR_TEMPLATE_INCONSISTENT
#define VAL CKR_ATTRIBUTE_VALUE_INVALID
#define TYP CKR_ATTRIBUTE_TYPE_INVALID
#define RO  CKR_ATTRIBUTE_READ_ONLY

static CK_ULONG rows_of(const CK_ATTRIBUTE *t)
{
    CK_ULONG n = 0;
    while (n < 8 && t[n].type != ~0UL)
        n++;
    return n;
}

static void expect(const struct bad *b, CK_RV rv)
{
    const CK_RV *w = b->want;
    RV_IN(rv, w[0], w[1] ? w[1] : w[0], w[2] ? w[2] : w[0], w[3] ? w[3] : w[0]);
}

static void nothing_left(void)
{
    row("nothing left");
    CHECK(p11_count(s.ses, NULL, 0) == 0);
}

static void test_create(void)
{
    static struct bad rows[] = {
        {"empty", {END}, {INC}},
        {"no class", {A(CKA_TOKEN, no), END}, {INC}},
        {"unknown class", {A(CKA_CLASS, strange), END}, {VAL, CON, TYP}},
        {"short class", {AN(CKA_CLASS, &data, 3), END}, {VAL, CON, INC}},
        {"secret without type",
         {A(CKA_CLASS, secret), A(CKA_VALUE, bytes), END},
         {INC, CON}},
        {"secret without value",
         {A(CKA_CLASS, secret), A(CKA_KEY_TYPE, aes), END},
         {INC}},
        {"unknown key type",
         {A(CKA_CLASS, secret), A(CKA_KEY_TYPE, strange), A(CKA_VALUE, bytes), END},
         {VAL, CON, TYP}},
        {"rsa as secret",
         {A(CKA_CLASS, secret), A(CKA_KEY_TYPE, rsa), A(CKA_VALUE, bytes), END},
         {CON, VAL}},
        {"aes of 17 bytes",
         {A(CKA_CLASS, secret), A(CKA_KEY_TYPE, aes), AN(CKA_VALUE, bytes, 17), END},
         {VAL, CKR_KEY_SIZE_RANGE, CON}},
        {"aes of no byte",
         {A(CKA_CLASS, secret), A(CKA_KEY_TYPE, aes), AN(CKA_VALUE, bytes, 0), END},
         {VAL, CKR_KEY_SIZE_RANGE, CON, INC}},
        {"boolean of 4 bytes",
         {A(CKA_CLASS, secret), A(CKA_KEY_TYPE, aes), AN(CKA_VALUE, bytes, 16),
          AN(CKA_ENCRYPT, bytes, 4), END},
         {VAL, CON}},
        {"null with length",
         {A(CKA_CLASS, data), AN(CKA_LABEL, NULL, 5), END},
         {VAL, CKR_ARGUMENTS_BAD}},
        {"endless length",
         {A(CKA_CLASS, data), AN(CKA_LABEL, NULL, ~0UL), END},
         {VAL, CKR_ARGUMENTS_BAD}},
        {"twice, differing",
         {A(CKA_CLASS, data), AN(CKA_LABEL, "a", 1), AN(CKA_LABEL, "b", 1), END},
         {CON}},
        {"value length on import",
         {A(CKA_CLASS, secret), A(CKA_KEY_TYPE, aes), AN(CKA_VALUE, bytes, 16),
          A(CKA_VALUE_LEN, len17), END},
         {CON, RO, TYP}},
        {"local",
         {A(CKA_CLASS, secret), A(CKA_KEY_TYPE, aes), AN(CKA_VALUE, bytes, 16),
          A(CKA_LOCAL, yes), END},
         {RO, CON, TYP}},
        {"ec public without point",
         {A(CKA_CLASS, pub), A(CKA_KEY_TYPE, ec), A(CKA_EC_PARAMS, p256), END},
         {INC}},
        {"ec public without params",
         {A(CKA_CLASS, pub), A(CKA_KEY_TYPE, ec), A(CKA_EC_POINT, bytes), END},
         {INC}},
        {"ec point off curve",
         {A(CKA_CLASS, pub), A(CKA_KEY_TYPE, ec), A(CKA_EC_PARAMS, p256),
          A(CKA_EC_POINT, bytes), END},
         {VAL, CKR_DOMAIN_PARAMS_INVALID, P11_CKR_PUBLIC_KEY_INVALID, CON}},
        {"ec private without value",
         {A(CKA_CLASS, priv), A(CKA_KEY_TYPE, ec), A(CKA_EC_PARAMS, p256), END},
         {INC}},
        {"ec private without params",
         {A(CKA_CLASS, priv), A(CKA_KEY_TYPE, ec), AN(CKA_VALUE, bytes, 32), END},
         {INC}},
        {"ec private too long",
         {A(CKA_CLASS, priv), A(CKA_KEY_TYPE, ec), A(CKA_EC_PARAMS, p256),
          AN(CKA_VALUE, bytes, 64), END},
         {VAL, CKR_KEY_SIZE_RANGE, CON}},
        {"ec unknown curve",
         {A(CKA_CLASS, priv), A(CKA_KEY_TYPE, ec), A(CKA_EC_PARAMS, unknown_oid),
          AN(CKA_VALUE, bytes, 32), END},
         {P11_CKR_CURVE_NOT_SUPPORTED, CKR_DOMAIN_PARAMS_INVALID, VAL}},
        {"ec cut params",
         {A(CKA_CLASS, priv), A(CKA_KEY_TYPE, ec), A(CKA_EC_PARAMS, short_oid),
          AN(CKA_VALUE, bytes, 32), END},
         {P11_CKR_CURVE_NOT_SUPPORTED, CKR_DOMAIN_PARAMS_INVALID, VAL}},
        {"rsa public without exponent",
         {A(CKA_CLASS, pub), A(CKA_KEY_TYPE, rsa), A(CKA_MODULUS, bytes), END},
         {INC}},
        {"rsa public of 3 bits",
         {A(CKA_CLASS, pub), A(CKA_KEY_TYPE, rsa), AN(CKA_MODULUS, "\7", 1),
          A(CKA_PUBLIC_EXPONENT, e65537), END},
         {VAL, CKR_KEY_SIZE_RANGE, CON}},
        {"rsa private with modulus alone",
         {A(CKA_CLASS, priv), A(CKA_KEY_TYPE, rsa), A(CKA_MODULUS, bytes), END},
         {INC}},
        {"certificate without type",
         {A(CKA_CLASS, cert), A(CKA_VALUE, bytes), END},
         {INC}},
        {"certificate of unknown type",
         {A(CKA_CLASS, cert), A(CKA_CERTIFICATE_TYPE, strange), A(CKA_VALUE, bytes), END},
         {VAL, CON, INC}},
        {"certificate without subject",
         {A(CKA_CLASS, cert), A(CKA_CERTIFICATE_TYPE, x509), A(CKA_VALUE, bytes), END},
         {INC}},
    };
    CK_OBJECT_HANDLE o;
    for (size_t i = 0; i < NR(rows); i++) {
        row(rows[i].name);
        CK_RV rv = p11->C_CreateObject(s.ses, rows[i].t, rows_of(rows[i].t), &o);
        expect(&rows[i], rv);
        if (rv == CKR_OK)
            p11->C_DestroyObject(s.ses, o);
    }
    row("arguments");
    RV(CKR_ARGUMENTS_BAD, p11->C_CreateObject(s.ses, NULL, 1, &o));
    RV(CKR_ARGUMENTS_BAD, p11->C_CreateObject(s.ses, rows[0].t, 1, NULL));
    nothing_left();
}

/* Attributes that another class has are refused, or left out as OP-TEE's token does:
 * never kept. */
static void test_foreign_attributes(void)
{
    CK_OBJECT_HANDLE o;
    unsigned char b[64];
    CK_ATTRIBUTE on_data[] = {A(CKA_CLASS, data), A(CKA_MODULUS, bytes)};
    CK_ATTRIBUTE on_key[] = {A(CKA_MODULUS, bytes), A(CKA_VALUE_LEN, len16)};
    CK_RV rv = p11->C_CreateObject(s.ses, on_data, 2, &o);
    RV_IN(rv, TYP, CON, CKR_OK);
    if (rv == CKR_OK) {
        CK_ATTRIBUTE get = AN(CKA_MODULUS, b, sizeof b);
        RV(TYP, p11->C_GetAttributeValue(s.ses, o, &get, 1));
    }
    rv = p11->C_GenerateKey(s.ses, M0(CKM_AES_KEY_GEN), on_key, 2, &o);
    RV_IN(rv, TYP, CON, CKR_OK);
    if (rv == CKR_OK) {
        CK_ATTRIBUTE get = AN(CKA_MODULUS, b, sizeof b);
        RV(TYP, p11->C_GetAttributeValue(s.ses, o, &get, 1));
    }
}

static void test_generate_secret(void)
{
    static struct bad rows[] = {
        {"no length", {A(CKA_CLASS, secret), END}, {INC}},
        {"length 0", {A(CKA_VALUE_LEN, len0), END}, {VAL, CKR_KEY_SIZE_RANGE, INC}},
        {"length 17", {A(CKA_VALUE_LEN, len17), END}, {VAL, CKR_KEY_SIZE_RANGE}},
        {"length 2^30", {A(CKA_VALUE_LEN, huge), END}, {VAL, CKR_KEY_SIZE_RANGE}},
        {"short length", {AN(CKA_VALUE_LEN, &len16, 3), END}, {VAL, CON}},
        {"wrong class", {A(CKA_CLASS, priv), A(CKA_VALUE_LEN, len16), END}, {CON}},
        {"wrong type", {A(CKA_KEY_TYPE, rsa), A(CKA_VALUE_LEN, len16), END}, {CON}},
        {"with value",
         {AN(CKA_VALUE, bytes, 16), A(CKA_VALUE_LEN, len16), END},
         {CON, RO, TYP}},
        {"local false", {A(CKA_LOCAL, no), A(CKA_VALUE_LEN, len16), END}, {RO, CON, TYP}},
    };
    CK_OBJECT_HANDLE o;
    for (size_t i = 0; i < NR(rows); i++) {
        row(rows[i].name);
        CK_RV rv = p11->C_GenerateKey(s.ses, M0(CKM_AES_KEY_GEN), rows[i].t,
                                      rows_of(rows[i].t), &o);
        expect(&rows[i], rv);
        if (rv == CKR_OK)
            p11->C_DestroyObject(s.ses, o);
    }
    static CK_ATTRIBUTE fine[] = {A(CKA_VALUE_LEN, len16)};
    row("arguments");
    RV(CKR_ARGUMENTS_BAD, p11->C_GenerateKey(s.ses, NULL, fine, 1, &o));
    RV(CKR_ARGUMENTS_BAD, p11->C_GenerateKey(s.ses, M0(CKM_AES_KEY_GEN), NULL, 1, &o));
    RV(CKR_ARGUMENTS_BAD, p11->C_GenerateKey(s.ses, M0(CKM_AES_KEY_GEN), fine, 1, NULL));
    RV(CKR_MECHANISM_INVALID, p11->C_GenerateKey(s.ses, M0(CKM_SHA256), fine, 1, &o));
    RV(CKR_MECHANISM_INVALID, p11->C_GenerateKey(s.ses, M0(0x80001234UL), fine, 1, &o));
    RV(CKR_MECHANISM_PARAM_INVALID,
       p11->C_GenerateKey(s.ses, &(CK_MECHANISM){CKM_AES_KEY_GEN, bytes, 16}, fine, 1,
                          &o));
    nothing_left();
}

static void test_generate_pair(void)
{
    static const struct {
        const char *name;
        CK_MECHANISM_TYPE m;
        CK_ATTRIBUTE pub[4], priv[4];
        CK_RV want[4];
    } rows[] = {
        {"ec without curve",
         CKM_EC_KEY_PAIR_GEN,
         {A(CKA_VERIFY, yes), END},
         {END},
         {INC}},
        {"ec unknown curve",
         CKM_EC_KEY_PAIR_GEN,
         {A(CKA_EC_PARAMS, unknown_oid), END},
         {END},
         {P11_CKR_CURVE_NOT_SUPPORTED, CKR_DOMAIN_PARAMS_INVALID, VAL}},
        {"ec cut curve",
         CKM_EC_KEY_PAIR_GEN,
         {A(CKA_EC_PARAMS, short_oid), END},
         {END},
         {P11_CKR_CURVE_NOT_SUPPORTED, CKR_DOMAIN_PARAMS_INVALID, VAL}},
        {"rsa type for ec",
         CKM_EC_KEY_PAIR_GEN,
         {A(CKA_EC_PARAMS, p256), A(CKA_KEY_TYPE, rsa), END},
         {END},
         {CON}},
        {"classes swapped",
         CKM_EC_KEY_PAIR_GEN,
         {A(CKA_EC_PARAMS, p256), A(CKA_CLASS, priv), END},
         {END},
         {CON}},
        {"private of secret class",
         CKM_EC_KEY_PAIR_GEN,
         {A(CKA_EC_PARAMS, p256), END},
         {A(CKA_CLASS, secret), END},
         {CON}},
        {"private with value",
         CKM_EC_KEY_PAIR_GEN,
         {A(CKA_EC_PARAMS, p256), END},
         {AN(CKA_VALUE, bytes, 32), END},
         {CON, RO, TYP}},
        {"rsa without size",
         CKM_RSA_PKCS_KEY_PAIR_GEN,
         {A(CKA_PUBLIC_EXPONENT, e65537), END},
         {END},
         {INC}},
        {"rsa of 512 bits",
         CKM_RSA_PKCS_KEY_PAIR_GEN,
         {A(CKA_MODULUS_BITS, bits512), END},
         {END},
         {CKR_KEY_SIZE_RANGE, VAL}},
        {"rsa of 2047 bits",
         CKM_RSA_PKCS_KEY_PAIR_GEN,
         {A(CKA_MODULUS_BITS, bits2047), END},
         {END},
         {CKR_KEY_SIZE_RANGE, VAL}},
        {"rsa of 65536 bits",
         CKM_RSA_PKCS_KEY_PAIR_GEN,
         {A(CKA_MODULUS_BITS, bits65536), END},
         {END},
         {CKR_KEY_SIZE_RANGE, VAL}},
        {"rsa even exponent",
         CKM_RSA_PKCS_KEY_PAIR_GEN,
         {A(CKA_MODULUS_BITS, bits2048), A(CKA_PUBLIC_EXPONENT, even), END},
         {END},
         {VAL}},
        {"rsa exponent one",
         CKM_RSA_PKCS_KEY_PAIR_GEN,
         {A(CKA_MODULUS_BITS, bits2048), A(CKA_PUBLIC_EXPONENT, one), END},
         {END},
         {VAL}},
    };
    CK_OBJECT_HANDLE a, b;
    for (size_t i = 0; i < NR(rows); i++) {
        CK_ATTRIBUTE tp[4], ts[4];
        CK_ULONG np = 0, ns = 0;
        memcpy(tp, rows[i].pub, sizeof tp);
        memcpy(ts, rows[i].priv, sizeof ts);
        while (np < 4 && tp[np].type != ~0UL)
            np++;
        while (ns < 4 && ts[ns].type != ~0UL)
            ns++;
        row(rows[i].name);
        CK_RV rv = p11->C_GenerateKeyPair(s.ses, M0(rows[i].m), tp, np, ts, ns, &a, &b);
        const CK_RV *w = rows[i].want;
        RV_IN(rv, w[0], w[1] ? w[1] : w[0], w[2] ? w[2] : w[0]);
        if (rv == CKR_OK)
            p11->C_DestroyObject(s.ses, a), p11->C_DestroyObject(s.ses, b);
    }
    static CK_ATTRIBUTE fine[] = {A(CKA_EC_PARAMS, p256)};
    CK_MECHANISM *m = M0(CKM_EC_KEY_PAIR_GEN);
    row("arguments");
    RV(CKR_ARGUMENTS_BAD, p11->C_GenerateKeyPair(s.ses, NULL, fine, 1, NULL, 0, &a, &b));
    RV(CKR_ARGUMENTS_BAD, p11->C_GenerateKeyPair(s.ses, m, NULL, 1, NULL, 0, &a, &b));
    RV(CKR_ARGUMENTS_BAD, p11->C_GenerateKeyPair(s.ses, m, fine, 1, NULL, 1, &a, &b));
    RV(CKR_ARGUMENTS_BAD, p11->C_GenerateKeyPair(s.ses, m, fine, 1, NULL, 0, NULL, &b));
    RV(CKR_ARGUMENTS_BAD, p11->C_GenerateKeyPair(s.ses, m, fine, 1, NULL, 0, &a, NULL));
    RV(CKR_MECHANISM_INVALID,
       p11->C_GenerateKeyPair(s.ses, M0(CKM_SHA256), fine, 1, NULL, 0, &a, &b));
    nothing_left();
}

/* Template counts and sizes that cannot be true end in an error, not in a crash. */
static void test_extreme(void)
{
    enum { N = 5000 };
    static CK_ATTRIBUTE many[N];
    static unsigned char big[8 << 20];
    CK_OBJECT_HANDLE o;
    for (size_t i = 0; i < N; i++)
        many[i] = (CK_ATTRIBUTE){CKA_LABEL, bytes, 4};
    many[0] = (CK_ATTRIBUTE)A(CKA_CLASS, data);
    row("5000 times the same");
    CK_RV rv = p11->C_CreateObject(s.ses, many, N, &o);
    CHECK(rv == CKR_OK || rv == CKR_TEMPLATE_INCONSISTENT || rv == CKR_ARGUMENTS_BAD ||
          rv == CKR_HOST_MEMORY || rv == CKR_DEVICE_MEMORY);
    if (rv == CKR_OK)
        p11->C_DestroyObject(s.ses, o);
    row("8 MiB value");
    CK_ATTRIBUTE t[] = {A(CKA_CLASS, data), AN(CKA_VALUE, big, sizeof big)};
    rv = p11->C_CreateObject(s.ses, t, 2, &o);
    CHECK(rv == CKR_OK || rv == CKR_DEVICE_MEMORY || rv == CKR_HOST_MEMORY ||
          rv == CKR_ARGUMENTS_BAD || rv == CKR_ATTRIBUTE_VALUE_INVALID);
    if (rv == CKR_OK)
        p11->C_DestroyObject(s.ses, o);
    row("still alive");
    RV(CKR_OK, p11->C_GenerateRandom(s.ses, big, 16));
    nothing_left();
}

static const struct test tests[] = {
    {"create", NEED_USER, test_create},
    {"attributes_of_another_class", NEED_USER, test_foreign_attributes},
    {"generate_secret_key", NEED_USER, test_generate_secret},
    {"generate_key_pair", NEED_USER, test_generate_pair},
    {"extreme", NEED_USER, test_extreme},
};
const struct topic topic_template = {"template", tests, NR(tests)};
