/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Topic attribute: how attributes are read and set, which of them tell the truth about a
 * key's past, what a sensitive key never shows, and the attributes that restrict a key's
 * use.
 */
#include <openssl/x509.h>
#include "test/system/p11suite.h"

static void test_get_rules(void)
{
    CK_OBJECT_HANDLE o;
    char small[2], big[64];
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_DATA), A_F(CKA_TOKEN), A_F(CKA_PRIVATE),
                        A_STR(CKA_LABEL, "label"), A_STR(CKA_VALUE, "value")};
    MUST(p11->C_CreateObject(s.ses, t, NR(t), &o));
    CK_ATTRIBUTE len[] = {{CKA_LABEL, NULL, 0}, {CKA_VALUE, NULL, 99}};
    row("lengths");
    MUST(p11->C_GetAttributeValue(s.ses, o, len, 2));
    CHECK(len[0].ulValueLen == 5 && len[1].ulValueLen == 5);
    row("too small");
    CK_ATTRIBUTE sm[] = {A_RAW(CKA_LABEL, small, sizeof small),
                         A_RAW(CKA_VALUE, big, sizeof big)};
    RV(CKR_BUFFER_TOO_SMALL, p11->C_GetAttributeValue(s.ses, o, sm, 2));
    CHECK(sm[0].ulValueLen == CK_UNAVAILABLE_INFORMATION);
    CHECK(sm[1].ulValueLen == 5 && memcmp(big, "value", 5) == 0);
    row("unknown and known");
    CK_ATTRIBUTE un[] = {A_RAW(0x80771234UL, small, sizeof small),
                         A_RAW(CKA_VALUE, big, sizeof big),
                         A_RAW(CKA_MODULUS, small, sizeof small)};
    RV(CKR_ATTRIBUTE_TYPE_INVALID, p11->C_GetAttributeValue(s.ses, o, un, 3));
    CHECK(un[0].ulValueLen == CK_UNAVAILABLE_INFORMATION && un[1].ulValueLen == 5);
    CHECK(un[2].ulValueLen == CK_UNAVAILABLE_INFORMATION);
    row("arguments");
    RV(CKR_ARGUMENTS_BAD, p11->C_GetAttributeValue(s.ses, o, NULL, 1));
    RV_IN(p11->C_GetAttributeValue(s.ses, o, NULL, 0), CKR_OK, CKR_ARGUMENTS_BAD);
    RV(CKR_OBJECT_HANDLE_INVALID, p11->C_GetAttributeValue(s.ses, 0, len, 1));
    RV(CKR_OBJECT_HANDLE_INVALID, p11->C_GetAttributeValue(s.ses, (CK_ULONG)-1, len, 1));
}

static void test_ulong_attributes(void)
{
    CK_OBJECT_HANDLE pub, priv;
    CK_ULONG v = 0;
    MUST(p11_gen_rsa(s.ses, 2048, false, "r", &pub, &priv));
    CHECK(p11_get_ulong(s.ses, pub, CKA_CLASS, &v) && v == CKO_PUBLIC_KEY);
    CHECK(p11_get_ulong(s.ses, priv, CKA_CLASS, &v) && v == CKO_PRIVATE_KEY);
    CHECK(p11_get_ulong(s.ses, pub, CKA_KEY_TYPE, &v) && v == CKK_RSA);
    CHECK(p11_get_ulong(s.ses, pub, CKA_MODULUS_BITS, &v) && v == 2048);
    CHECK(p11_get_ulong(s.ses, priv, CKA_KEY_GEN_MECHANISM, &v) &&
          v == CKM_RSA_PKCS_KEY_PAIR_GEN);
}

static void test_set_rules(void)
{
    CK_OBJECT_HANDLE pub, priv;
    MUST(p11_gen_ec(s.ses, &p11_curves[0], true, "k", &pub, &priv));
    static CK_BBOOL yes = 1, no = 0;
    static CK_ULONG n = CKO_DATA;
    const struct {
        const char *name;
        CK_ATTRIBUTE a;
        CK_RV want[3];
    } rows[] = {
        {"label", {CKA_LABEL, "new", 3}, {CKR_OK}},
        {"id", {CKA_ID, "id", 2}, {CKR_OK}},
        {"class", {CKA_CLASS, &n, sizeof n}, {CKR_ATTRIBUTE_READ_ONLY}},
        {"key type", {CKA_KEY_TYPE, &n, sizeof n}, {CKR_ATTRIBUTE_READ_ONLY}},
        {"sensitive off", {CKA_SENSITIVE, &no, 1}, {CKR_ATTRIBUTE_READ_ONLY}},
        {"extractable on", {CKA_EXTRACTABLE, &yes, 1}, {CKR_ATTRIBUTE_READ_ONLY}},
        {"local", {CKA_LOCAL, &no, 1}, {CKR_ATTRIBUTE_READ_ONLY}},
        {"always sensitive", {CKA_ALWAYS_SENSITIVE, &no, 1}, {CKR_ATTRIBUTE_READ_ONLY}},
        {"never extractable", {CKA_NEVER_EXTRACTABLE, &no, 1}, {CKR_ATTRIBUTE_READ_ONLY}},
        {"keygen mechanism",
         {CKA_KEY_GEN_MECHANISM, &n, sizeof n},
         {CKR_ATTRIBUTE_READ_ONLY}},
        {"private", {CKA_PRIVATE, &no, 1}, {CKR_ATTRIBUTE_READ_ONLY}},
        {"token", {CKA_TOKEN, &no, 1}, {CKR_ATTRIBUTE_READ_ONLY}},
        {"value", {CKA_VALUE, "xxxx", 4}, {CKR_ATTRIBUTE_READ_ONLY}},
        {"ec params", {CKA_EC_PARAMS, "xxxx", 4}, {CKR_ATTRIBUTE_READ_ONLY}},
        {"unknown", {0x80771234UL, "xxxx", 4}, {CKR_ATTRIBUTE_TYPE_INVALID}},
        {"not of this class",
         {CKA_MODULUS, "xxxx", 4},
         {CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_READ_ONLY}},
        {"sign with 4 bytes", {CKA_SIGN, "\1\0\0\0", 4}, {CKR_ATTRIBUTE_VALUE_INVALID}},
        {"null value",
         {CKA_LABEL, NULL, 4},
         {CKR_ATTRIBUTE_VALUE_INVALID, CKR_ARGUMENTS_BAD}},
        {"empty label", {CKA_LABEL, NULL, 0}, {CKR_OK}},
    };
    for (size_t i = 0; i < NR(rows); i++) {
        CK_ATTRIBUTE a = rows[i].a;
        row(rows[i].name);
        RV_IN(p11->C_SetAttributeValue(s.ses, priv, &a, 1), rows[i].want[0],
              rows[i].want[1] ? rows[i].want[1] : rows[i].want[0]);
    }
    row("all or nothing");
    CK_ATTRIBUTE two[] = {A_STR(CKA_LABEL, "half"), A_F(CKA_SENSITIVE)};
    char b[8];
    CHECK(p11->C_SetAttributeValue(s.ses, priv, two, 2) != CKR_OK);
    CHECK(p11_get(s.ses, priv, CKA_LABEL, b, sizeof b) == 0);
    row("arguments");
    RV(CKR_ARGUMENTS_BAD, p11->C_SetAttributeValue(s.ses, priv, NULL, 1));
}

static void test_secret_is_secret(void)
{
    static const CK_ATTRIBUTE_TYPE ec[] = {CKA_VALUE},
                                   rsa[] = {CKA_PRIVATE_EXPONENT, CKA_PRIME_1,
                                            CKA_PRIME_2,          CKA_EXPONENT_1,
                                            CKA_EXPONENT_2,       CKA_COEFFICIENT};
    CK_OBJECT_HANDLE pub, key[2];
    unsigned char b[1024];
    MUST(p11_gen_ec(s.ses, &p11_curves[0], false, "e", &pub, &key[0]));
    MUST(p11_gen_rsa(s.ses, 2048, false, "r", &pub, &key[1]));
    for (size_t i = 0; i < NR(ec) + NR(rsa); i++) {
        bool e = i < NR(ec);
        CK_ATTRIBUTE a = {e ? ec[i] : rsa[i - NR(ec)], b, sizeof b};
        memset(b, 0xee, sizeof b);
        RV(CKR_ATTRIBUTE_SENSITIVE, p11->C_GetAttributeValue(s.ses, key[!e], &a, 1));
        CHECK(a.ulValueLen == CK_UNAVAILABLE_INFORMATION);
        size_t touched = 0;
        for (size_t j = 0; j < sizeof b; j++)
            touched += b[j] != 0xee;
        CHECK(touched == 0);
    }
    /* searching by the value of a secret must not reveal it either */
    unsigned char v[16] = "sixteen bytes k";
    CK_OBJECT_HANDLE k, h = 0;
    CK_ULONG n = 0;
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_SECRET_KEY), A_UL(CKA_KEY_TYPE, CKK_AES),
                        A_T(CKA_SENSITIVE), A_F(CKA_EXTRACTABLE),
                        A_RAW(CKA_VALUE, v, sizeof v)};
    MUST(p11->C_CreateObject(s.ses, t, NR(t), &k));
    CK_ATTRIBUTE f[] = {A_RAW(CKA_VALUE, v, sizeof v)};
    CK_RV rv = p11->C_FindObjectsInit(s.ses, f, 1);
    row("find by value");
    if (rv == CKR_OK) {
        p11->C_FindObjects(s.ses, &h, 1, &n);
        p11->C_FindObjectsFinal(s.ses);
        CHECK(n == 0);
    }
}

struct past {
    int local, always, never;
};

static void past_is(CK_OBJECT_HANDLE o, struct past want)
{
    CHECK(p11_get_bool(s.ses, o, CKA_LOCAL) == want.local);
    CHECK(p11_get_bool(s.ses, o, CKA_ALWAYS_SENSITIVE) == want.always);
    CHECK(p11_get_bool(s.ses, o, CKA_NEVER_EXTRACTABLE) == want.never);
}

static void test_past_of_generated(void)
{
    CK_OBJECT_HANDLE k;
    for (int sens = 0; sens < 2; sens++)
        for (int extr = 0; extr < 2; extr++) {
            char name[32];
            CK_ULONG m = 0;
            snprintf(name, sizeof name, "sensitive %d extractable %d", sens, extr);
            row(name);
            CK_ATTRIBUTE t[] = {A_F(CKA_TOKEN), A_B(CKA_SENSITIVE, (CK_BBOOL)sens),
                                A_B(CKA_EXTRACTABLE, (CK_BBOOL)extr), A_T(CKA_ENCRYPT),
                                A_UL(CKA_VALUE_LEN, 16)};
            MUST(p11->C_GenerateKey(s.ses, M0(CKM_AES_KEY_GEN), t, NR(t), &k));
            past_is(k, (struct past){1, sens, !extr});
            CHECK(p11_get_ulong(s.ses, k, CKA_KEY_GEN_MECHANISM, &m) &&
                  m == CKM_AES_KEY_GEN);
            /* hardening it now does not rewrite its past */
            CK_ATTRIBUTE hard[] = {A_T(CKA_SENSITIVE), A_F(CKA_EXTRACTABLE)};
            if (!sens && extr) {
                MUST(p11->C_SetAttributeValue(s.ses, k, hard, 2));
                past_is(k, (struct past){1, 0, 0});
                CHECK(p11_get_bool(s.ses, k, CKA_SENSITIVE) == 1);
            }
        }
}

static void test_past_of_imported(void)
{
    CK_OBJECT_HANDLE k;
    CK_ULONG m = 0;
    unsigned char v[16] = {1};
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_SECRET_KEY),
                        A_UL(CKA_KEY_TYPE, CKK_AES),
                        A_F(CKA_TOKEN),
                        A_T(CKA_SENSITIVE),
                        A_F(CKA_EXTRACTABLE),
                        A_RAW(CKA_VALUE, v, sizeof v)};
    MUST(p11->C_CreateObject(s.ses, t, NR(t), &k));
    past_is(k, (struct past){0, 0, 0});
    CHECK(!p11_get_ulong(s.ses, k, CKA_KEY_GEN_MECHANISM, &m) ||
          m == CK_UNAVAILABLE_INFORMATION);
    for (int i = 0; i < 3; i++) {
        static const CK_ATTRIBUTE_TYPE lies[] = {CKA_LOCAL, CKA_ALWAYS_SENSITIVE,
                                                 CKA_NEVER_EXTRACTABLE};
        CK_ATTRIBUTE u[NR(t) + 1];
        memcpy(u, t, sizeof t);
        u[NR(t)] = (CK_ATTRIBUTE)A_T(lies[i]);
        CHECK(p11->C_CreateObject(s.ses, u, NR(u), &k) != CKR_OK);
    }
}

/* A certificate can be made from the private key object alone. */
static void test_public_half_of_private(void)
{
    unsigned char der[1024], point[256], other[256];
    CK_OBJECT_HANDLE pub, priv;
    for (size_t i = 0; i < NR(p11_curves) + 1; i++) {
        bool ec = i < NR(p11_curves);
        row(ec ? p11_curves[i].name : "RSA-2048");
        if (ec)
            MUST(p11_gen_ec(s.ses, &p11_curves[i], false, "k", &pub, &priv));
        else
            MUST(p11_gen_rsa(s.ses, 2048, false, "k", &pub, &priv));
        EVP_PKEY *want = p11_public(s.ses, pub);
        NEED(want);
        CK_OBJECT_HANDLE o[2] = {pub, priv};
        for (int j = 0; j < 2; j++) {
            const unsigned char *p = der;
            long n = p11_get(s.ses, o[j], P11_CKA_PUBLIC_KEY_INFO, der, sizeof der);
            EVP_PKEY *got = n > 0 ? d2i_PUBKEY(NULL, &p, n) : NULL;
            CHECK(got && EVP_PKEY_eq(got, want) == 1);
            EVP_PKEY_free(got);
        }
        if (ec) {
            long n = p11_get(s.ses, pub, CKA_EC_POINT, point, sizeof point);
            long m = p11_get(s.ses, priv, CKA_EC_POINT, other, sizeof other);
            CHECK(n > 0 && n == m && memcmp(point, other, (size_t)n) == 0);
        }
        EVP_PKEY_free(want);
    }
}

static void test_imported_ec_has_point(void)
{
    /* d = 1: the public point is the generator */
    unsigned char d[32] = {0}, der[256];
    static const unsigned char gx[4] = {0x6b, 0x17, 0xd1, 0xf2};
    CK_OBJECT_HANDLE k;
    d[31] = 1;
    MUST(p11_import_ec_private(s.ses, &p11_curves[0], d, sizeof d, &k));
    long n = p11_get(s.ses, k, CKA_EC_POINT, der, sizeof der);
    CHECK(n == 67 && der[0] == 4 && der[1] == 65 && der[2] == 4 &&
          memcmp(der + 3, gx, 4) == 0);
    CHECK(p11_get(s.ses, k, P11_CKA_PUBLIC_KEY_INFO, der, sizeof der) == 91);
}

static void test_allowed_mechanisms(void)
{
    CK_OBJECT_HANDLE pub, priv;
    CK_MECHANISM_TYPE only[] = {CKM_SHA256_RSA_PKCS}, got[4];
    CK_ULONG n = 256;
    unsigned char sig[256], d[32] = {1};
    CK_ATTRIBUTE tp[] = {A_UL(CKA_MODULUS_BITS, 2048), A_T(CKA_VERIFY)};
    CK_ATTRIBUTE ts[] = {A_T(CKA_SIGN), A_T(CKA_SENSITIVE), A_T(CKA_PRIVATE),
                         A_RAW(CKA_ALLOWED_MECHANISMS, only, sizeof only)};
    MUST(p11->C_GenerateKeyPair(s.ses, M0(CKM_RSA_PKCS_KEY_PAIR_GEN), tp, NR(tp), ts,
                                NR(ts), &pub, &priv));
    CHECK(p11_get(s.ses, priv, CKA_ALLOWED_MECHANISMS, got, sizeof got) ==
              (long)sizeof only &&
          got[0] == only[0]);
    for (int i = 0; i < 2; i++) { /* also when the module remembers that it was allowed */
        n = sizeof sig;
        MUST(p11->C_SignInit(s.ses, M0(only[0]), priv));
        MUST(p11->C_Sign(s.ses, d, sizeof d, sig, &n));
        RV_IN(p11->C_SignInit(s.ses, M0(CKM_RSA_PKCS), priv), CKR_MECHANISM_INVALID,
              CKR_KEY_FUNCTION_NOT_PERMITTED);
        RV_IN(p11->C_SignInit(s.ses, M0(CKM_SHA384_RSA_PKCS), priv),
              CKR_MECHANISM_INVALID, CKR_KEY_FUNCTION_NOT_PERMITTED);
    }
}

static void test_always_authenticate(void)
{
    CK_OBJECT_HANDLE pub, priv;
    CK_ULONG n = 64;
    unsigned char sig[64], d[32] = {1};
    CK_ATTRIBUTE tp[] = {A_RAW(CKA_EC_PARAMS, p11_curves[0].oid, p11_curves[0].oid_len),
                         A_T(CKA_VERIFY)};
    CK_ATTRIBUTE ts[] = {A_T(CKA_SIGN), A_T(CKA_SENSITIVE), A_T(CKA_PRIVATE),
                         A_T(CKA_ALWAYS_AUTHENTICATE)};
    MUST(p11->C_GenerateKeyPair(s.ses, M0(CKM_EC_KEY_PAIR_GEN), tp, NR(tp), ts, NR(ts),
                                &pub, &priv));
    EVP_PKEY *k = p11_public(s.ses, pub);
    NEED(k);
    for (int i = 0; i < 2; i++) {
        MUST(p11->C_SignInit(s.ses, M0(CKM_ECDSA), priv));
        n = sizeof sig;
        RV(CKR_USER_NOT_LOGGED_IN, p11->C_Sign(s.ses, d, sizeof d, sig, &n));
        p11->C_SignInit(s.ses, NULL, 0);
        CK_RV rv = p11->C_SignInit(s.ses, M0(CKM_ECDSA), priv);
        RV_IN(rv, CKR_OK, CKR_OPERATION_ACTIVE);
        RV(CKR_PIN_INCORRECT, p11_login(s.ses, CKU_CONTEXT_SPECIFIC, "not this"));
        rv = p11->C_SignInit(s.ses, M0(CKM_ECDSA), priv);
        RV_IN(rv, CKR_OK, CKR_OPERATION_ACTIVE);
        MUST(p11_login(s.ses, CKU_CONTEXT_SPECIFIC, s.user_pin));
        n = sizeof sig;
        MUST(p11->C_Sign(s.ses, d, sizeof d, sig, &n));
        CHECK(ecdsa_verify(k, d, sizeof d, sig, n));
    }
    EVP_PKEY_free(k);
}

static void test_usage_flags(void)
{
    CK_OBJECT_HANDLE aes, pub, priv;
    unsigned char iv[16] = {0};
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_SECRET_KEY),
                        A_UL(CKA_KEY_TYPE, CKK_AES),
                        A_F(CKA_ENCRYPT),
                        A_F(CKA_DECRYPT),
                        A_F(CKA_SIGN),
                        A_F(CKA_VERIFY),
                        A_F(CKA_WRAP),
                        A_F(CKA_UNWRAP),
                        A_UL(CKA_VALUE_LEN, 16)};
    CK_MECHANISM cbc = {CKM_AES_CBC, iv, sizeof iv};
    MUST(p11->C_GenerateKey(s.ses, M0(CKM_AES_KEY_GEN), t, NR(t), &aes));
    RV(CKR_KEY_FUNCTION_NOT_PERMITTED, p11->C_EncryptInit(s.ses, &cbc, aes));
    RV(CKR_KEY_FUNCTION_NOT_PERMITTED, p11->C_DecryptInit(s.ses, &cbc, aes));
    RV(CKR_KEY_FUNCTION_NOT_PERMITTED, p11->C_SignInit(s.ses, M0(CKM_AES_CMAC), aes));
    RV(CKR_KEY_FUNCTION_NOT_PERMITTED, p11->C_VerifyInit(s.ses, M0(CKM_AES_CMAC), aes));
    CK_ATTRIBUTE tp[] = {A_RAW(CKA_EC_PARAMS, p11_curves[0].oid, p11_curves[0].oid_len),
                         A_F(CKA_VERIFY)};
    CK_ATTRIBUTE ts[] = {A_F(CKA_SIGN), A_F(CKA_DERIVE), A_T(CKA_PRIVATE),
                         A_T(CKA_SENSITIVE)};
    MUST(p11->C_GenerateKeyPair(s.ses, M0(CKM_EC_KEY_PAIR_GEN), tp, NR(tp), ts, NR(ts),
                                &pub, &priv));
    RV(CKR_KEY_FUNCTION_NOT_PERMITTED, p11->C_SignInit(s.ses, M0(CKM_ECDSA), priv));
    RV(CKR_KEY_FUNCTION_NOT_PERMITTED, p11->C_VerifyInit(s.ses, M0(CKM_ECDSA), pub));
}

static void test_check_value(void)
{
    /* AES: the first three bytes of a zero block encrypted under the key */
    unsigned char v[16] = {0}, kcv[8];
    CK_OBJECT_HANDLE k;
    MUST(p11_import_secret(s.ses, CKK_AES, v, sizeof v, &k));
    if (p11_get(s.ses, k, CKA_CHECK_VALUE, kcv, sizeof kcv) < 0)
        skip("no check values");
    CHECK(memcmp(kcv, "\x66\xe9\x4b", 3) == 0);
    CHECK(p11_get(s.ses, k, CKA_CHECK_VALUE, kcv, sizeof kcv) == 3);
}

static const struct test tests[] = {
    {"get_rules", NEED_USER, test_get_rules},
    {"numbers_have_their_size", NEED_USER, test_ulong_attributes},
    {"set_rules", NEED_USER, test_set_rules},
    {"secret_parts_are_never_shown", NEED_USER, test_secret_is_secret},
    {"past_of_generated_keys", NEED_USER, test_past_of_generated},
    {"past_of_imported_keys", NEED_USER, test_past_of_imported},
    {"private_key_knows_its_public_half", NEED_USER, test_public_half_of_private},
    {"imported_ec_key_has_its_point", NEED_USER, test_imported_ec_has_point},
    {"allowed_mechanisms", NEED_USER, test_allowed_mechanisms},
    {"always_authenticate", NEED_USER, test_always_authenticate},
    {"usage_flags", NEED_USER, test_usage_flags},
    {"check_value", NEED_USER, test_check_value},
};
const struct topic topic_attribute = {"attribute", tests, NR(tests)};
