/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Topic object: life of objects of every class, searching, copying, and what survives a
 * restart of the module. The rules of single attributes are topic attribute, refused
 * templates topic template.
 */
#include "test/system/p11suite.h"

static void test_data(void)
{
    CK_OBJECT_HANDLE o;
    char b[64];
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_DATA),
                        A_T(CKA_TOKEN),
                        A_F(CKA_PRIVATE),
                        A_STR(CKA_LABEL, "config"),
                        A_STR(CKA_APPLICATION, "app"),
                        A_STR(CKA_VALUE, "some bytes")};
    MUST(p11->C_CreateObject(s.ses, t, NR(t), &o));
    CHECK(o != 0);
    CHECK(p11_get(s.ses, o, CKA_VALUE, b, sizeof b) == 10 &&
          memcmp(b, "some bytes", 10) == 0);
    CHECK(p11_get(s.ses, o, CKA_APPLICATION, b, sizeof b) == 3);
    CHECK(p11_get_bool(s.ses, o, CKA_TOKEN) == 1 &&
          p11_get_bool(s.ses, o, CKA_PRIVATE) == 0);
    CHECK(p11_get_bool(s.ses, o, CKA_MODIFIABLE) == 1);
    CK_ULONG size = 0;
    RV_IN(p11->C_GetObjectSize(s.ses, o, &size), CKR_OK, CKR_FUNCTION_NOT_SUPPORTED);
    RV(CKR_ARGUMENTS_BAD, p11->C_GetObjectSize(s.ses, o, NULL));
    MUST(p11->C_DestroyObject(s.ses, o));
    RV(CKR_OBJECT_HANDLE_INVALID, p11->C_DestroyObject(s.ses, o));
    RV(CKR_OBJECT_HANDLE_INVALID, p11->C_GetObjectSize(s.ses, o, &size));
    RV(CKR_OBJECT_HANDLE_INVALID, p11->C_GetAttributeValue(s.ses, o, t, 1));
    RV(CKR_OBJECT_HANDLE_INVALID, p11->C_SetAttributeValue(s.ses, o, t + 3, 1));
    RV(CKR_OBJECT_HANDLE_INVALID, p11->C_CopyObject(s.ses, o, t + 3, 1, &o));
    RV(CKR_OBJECT_HANDLE_INVALID, p11->C_DestroyObject(s.ses, 0));
}

static void test_large_data(void)
{
    static unsigned char big[65536], back[65536];
    CK_OBJECT_HANDLE o;
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (unsigned char)(i * 7 + i / 256);
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_DATA), A_T(CKA_TOKEN), A_T(CKA_PRIVATE),
                        A_STR(CKA_LABEL, "large"), A_RAW(CKA_VALUE, big, sizeof big)};
    MUST(p11->C_CreateObject(s.ses, t, NR(t), &o));
    CHECK(p11_get(s.ses, o, CKA_VALUE, back, sizeof back) == (long)sizeof back);
    CHECK(memcmp(big, back, sizeof big) == 0);
}

static void test_certificate(void)
{
    CK_OBJECT_HANDLE o;
    unsigned char b[128];
    static const unsigned char subject[] = {0x30, 0x0f, 0x31, 0x0d, 0x30, 0x0b,
                                            6,    3,    0x55, 4,    3,    0x0c,
                                            4,    't',  'e',  's',  't'};
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_CERTIFICATE),
                        A_UL(CKA_CERTIFICATE_TYPE, CKC_X_509),
                        A_T(CKA_TOKEN),
                        A_F(CKA_PRIVATE),
                        A_STR(CKA_LABEL, "cert"),
                        A_STR(CKA_ID, "id1"),
                        A_RAW(CKA_SUBJECT, subject, sizeof subject),
                        A_RAW(CKA_ISSUER, subject, sizeof subject),
                        A_RAW(CKA_SERIAL_NUMBER, "\x02\x01\x05", 3),
                        A_STR(CKA_VALUE, "not parsed by the token")};
    MUST(p11->C_CreateObject(s.ses, t, NR(t), &o));
    CHECK(p11_find(s.ses, t + 5, 1) == o);
    CHECK(p11_find(s.ses, t + 6, 1) == o);
    CHECK(p11_get(s.ses, o, CKA_SERIAL_NUMBER, b, sizeof b) == 3);
    CK_ATTRIBUTE set[] = {A_STR(CKA_LABEL, "renamed"), A_STR(CKA_ID, "id2")};
    RV(CKR_OK, p11->C_SetAttributeValue(s.ses, o, set, 2));
    CHECK(p11_find(s.ses, set + 1, 1) == o && p11_find(s.ses, t + 5, 1) == 0);
}

static void test_trusted_needs_so(void)
{
    CK_OBJECT_HANDLE o;
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_CERTIFICATE),
                        A_UL(CKA_CERTIFICATE_TYPE, CKC_X_509),
                        A_T(CKA_TOKEN),
                        A_F(CKA_PRIVATE),
                        A_T(CKA_TRUSTED),
                        A_RAW(CKA_SUBJECT, "0\0", 2),
                        A_STR(CKA_VALUE, "v")};
    CHECK(p11->C_CreateObject(s.ses, t, NR(t), &o) != CKR_OK);
    p11->C_Logout(s.ses);
    MUST(p11_login(s.ses, CKU_SO, s.so_pin));
    MUST(p11->C_CreateObject(s.ses, t, NR(t), &o));
    CHECK(p11_get_bool(s.ses, o, CKA_TRUSTED) == 1);
}

/* Objects of every kind are there after the module was restarted, with the same
 * attributes. */
static void test_persistence(void)
{
    CK_OBJECT_HANDLE pub, priv, o;
    unsigned char point[256], again[256], sig[64], d[32] = {9};
    CK_ULONG n = sizeof sig;
    MUST(p11_gen_ec(s.ses, &p11_curves[0], true, "lasting", &pub, &priv));
    long len = p11_get(s.ses, pub, CKA_EC_POINT, point, sizeof point);
    NEED(len > 0);
    MUST(p11->C_Finalize(NULL));
    MUST(p11_init());
    reopen(true);
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_PRIVATE_KEY), A_STR(CKA_LABEL, "lasting")};
    NEED((o = p11_find(s.ses, t, 2)) != 0);
    CHECK(p11_get_bool(s.ses, o, CKA_LOCAL) == 1 &&
          p11_get_bool(s.ses, o, CKA_SENSITIVE) == 1);
    MUST(p11->C_SignInit(s.ses, M0(CKM_ECDSA), o));
    MUST(p11->C_Sign(s.ses, d, sizeof d, sig, &n));
    CK_ATTRIBUTE u[] = {A_UL(CKA_CLASS, CKO_PUBLIC_KEY), A_STR(CKA_LABEL, "lasting")};
    NEED((o = p11_find(s.ses, u, 2)) != 0);
    CHECK(p11_get(s.ses, o, CKA_EC_POINT, again, sizeof again) == len &&
          memcmp(point, again, (size_t)len) == 0);
    EVP_PKEY *k = p11_public(s.ses, o);
    CHECK(k && ecdsa_verify(k, d, sizeof d, sig, n));
    EVP_PKEY_free(k);
}

static CK_RV numbered(unsigned i, bool token, CK_OBJECT_HANDLE *o)
{
    char label[32];
    snprintf(label, sizeof label, "object %u", i);
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_DATA), A_B(CKA_TOKEN, token),
                        A_F(CKA_PRIVATE), A_STR(CKA_LABEL, label),
                        A_STR(CKA_APPLICATION, i % 2 ? "odd" : "even")};
    return p11->C_CreateObject(s.ses, t, NR(t), o);
}

static void test_many(void)
{
    enum { N = 600 };
    CK_OBJECT_HANDLE o;
    for (unsigned i = 0; i < N; i++)
        MUST(numbered(i, i % 3 == 0, &o));
    CK_ATTRIBUTE odd[] = {A_STR(CKA_APPLICATION, "odd"), A_UL(CKA_CLASS, CKO_DATA)};
    CK_ATTRIBUTE one[] = {A_STR(CKA_LABEL, "object 599")},
                 none[] = {A_STR(CKA_LABEL, "object")};
    CK_ATTRIBUTE tok[] = {A_T(CKA_TOKEN), A_STR(CKA_APPLICATION, "even")};
    CHECK(p11_count(s.ses, NULL, 0) == N);
    CHECK(p11_count(s.ses, odd, 2) == N / 2);
    CHECK(p11_count(s.ses, one, 1) == 1);
    CHECK(p11_count(s.ses, none, 1) == 0);
    CHECK(p11_count(s.ses, tok, 2) == N / 6);
    NEED((o = p11_find(s.ses, one, 1)) != 0);
    MUST(p11->C_DestroyObject(s.ses, o));
    CHECK(p11_count(s.ses, odd, 2) == N / 2 - 1);
}

static void test_find_rules(void)
{
    CK_OBJECT_HANDLE o[4], h;
    CK_ULONG n = 0;
    for (unsigned i = 0; i < 3; i++)
        MUST(numbered(i, false, &o[i]));
    RV(CKR_OPERATION_NOT_INITIALIZED, p11->C_FindObjects(s.ses, &h, 1, &n));
    RV(CKR_OPERATION_NOT_INITIALIZED, p11->C_FindObjectsFinal(s.ses));
    RV(CKR_ARGUMENTS_BAD, p11->C_FindObjectsInit(s.ses, NULL, 1));
    MUST(p11->C_FindObjectsInit(s.ses, NULL, 0));
    RV(CKR_OPERATION_ACTIVE, p11->C_FindObjectsInit(s.ses, NULL, 0));
    RV(CKR_ARGUMENTS_BAD, p11->C_FindObjects(s.ses, NULL, 1, &n));
    RV(CKR_ARGUMENTS_BAD, p11->C_FindObjects(s.ses, &h, 1, NULL));
    MUST(p11->C_FindObjects(s.ses, o, 2, &n));
    CHECK(n == 2 && o[0] != o[1]);
    MUST(
        p11->C_DestroyObject(s.ses, o[0])); /* a search goes on while objects disappear */
    MUST(p11->C_FindObjects(s.ses, &h, 1, &n));
    CHECK(n == 1 && h != o[0] && h != o[1]);
    MUST(p11->C_FindObjects(s.ses, &h, 1, &n));
    CHECK(n == 0);
    MUST(p11->C_FindObjectsFinal(s.ses));
    RV(CKR_OPERATION_NOT_INITIALIZED, p11->C_FindObjects(s.ses, &h, 1, &n));
    CK_ATTRIBUTE strange[] = {A_UL(0x80771234UL, 1)};
    CK_RV rv = p11->C_FindObjectsInit(s.ses, strange, 1);
    RV_IN(rv, CKR_OK, CKR_ATTRIBUTE_TYPE_INVALID);
    if (rv == CKR_OK) {
        MUST(p11->C_FindObjects(s.ses, &h, 1, &n));
        CHECK(n == 0);
        MUST(p11->C_FindObjectsFinal(s.ses));
    }
}

static void test_copy(void)
{
    CK_OBJECT_HANDLE pub, key, copy, tok;
    unsigned char d[32] = {3}, sig[64];
    CK_ULONG n = sizeof sig;
    MUST(p11_gen_ec(s.ses, &p11_curves[0], true, "orig", &pub, &key));
    CK_ATTRIBUTE as_session[] = {A_F(CKA_TOKEN), A_STR(CKA_LABEL, "copy")};
    MUST(p11->C_CopyObject(s.ses, key, as_session, 2, &copy));
    CHECK(copy != key);
    CHECK(p11_get_bool(s.ses, copy, CKA_TOKEN) == 0 &&
          p11_get_bool(s.ses, key, CKA_TOKEN) == 1);
    CHECK(p11_get_bool(s.ses, copy, CKA_SENSITIVE) == 1);
    CHECK(p11_get_bool(s.ses, copy, CKA_EXTRACTABLE) == 0);
    MUST(p11->C_SignInit(s.ses, M0(CKM_ECDSA), copy));
    MUST(p11->C_Sign(s.ses, d, sizeof d, sig, &n));
    EVP_PKEY *k = p11_public(s.ses, pub);
    CHECK(k && ecdsa_verify(k, d, sizeof d, sig, n));
    EVP_PKEY_free(k);
    CK_ATTRIBUTE as_token[] = {A_T(CKA_TOKEN)};
    MUST(p11->C_CopyObject(s.ses, copy, as_token, 1, &tok));
    CHECK(p11_get_bool(s.ses, tok, CKA_TOKEN) == 1);
    MUST(p11->C_DestroyObject(s.ses, key));
    MUST(p11->C_SignInit(s.ses, M0(CKM_ECDSA), tok));
    n = sizeof sig;
    RV(CKR_OK, p11->C_Sign(s.ses, d, sizeof d, sig, &n));
    RV(CKR_ARGUMENTS_BAD, p11->C_CopyObject(s.ses, copy, as_token, 1, NULL));
}

/* Copying may harden a key, never soften it. */
static void test_copy_escalation(void)
{
    CK_OBJECT_HANDLE pub, key, copy;
    unsigned char v[16] = {1};
    MUST(p11_gen_ec(s.ses, &p11_curves[0], false, "k", &pub, &key));
    CK_ATTRIBUTE open[] = {A_F(CKA_SENSITIVE)}, out[] = {A_T(CKA_EXTRACTABLE)},
                 pubt[] = {A_F(CKA_PRIVATE)};
    CK_ATTRIBUTE cls[] = {A_UL(CKA_CLASS, CKO_SECRET_KEY)}, loc[] = {A_F(CKA_LOCAL)},
                 val[] = {A_RAW(CKA_VALUE, v, sizeof v)};
    CHECK(p11->C_CopyObject(s.ses, key, open, 1, &copy) != CKR_OK);
    CHECK(p11->C_CopyObject(s.ses, key, out, 1, &copy) != CKR_OK);
    CHECK(p11->C_CopyObject(s.ses, key, pubt, 1, &copy) != CKR_OK);
    CHECK(p11->C_CopyObject(s.ses, key, cls, 1, &copy) != CKR_OK);
    CHECK(p11->C_CopyObject(s.ses, key, loc, 1, &copy) != CKR_OK);
    CHECK(p11->C_CopyObject(s.ses, key, val, 1, &copy) != CKR_OK);
    MUST(p11_import_secret(s.ses, CKK_GENERIC_SECRET, v, sizeof v, &key));
    CK_ATTRIBUTE hard[] = {A_T(CKA_SENSITIVE), A_F(CKA_EXTRACTABLE)};
    MUST(p11->C_CopyObject(s.ses, key, hard, 2, &copy));
    CHECK(p11_get(s.ses, copy, CKA_VALUE, v, sizeof v) == -1);
    CHECK(p11_get_bool(s.ses, copy, CKA_ALWAYS_SENSITIVE) == 0);
    CHECK(p11_get_bool(s.ses, copy, CKA_NEVER_EXTRACTABLE) == 0);
}

static void test_permissions(void)
{
    static const struct {
        const char *name;
        CK_ATTRIBUTE_TYPE off;
        int what; /* 0 set, 1 copy, 2 destroy */
    } rows[] = {{"modifiable", CKA_MODIFIABLE, 0},
                {"copyable", P11_CKA_COPYABLE, 1},
                {"destroyable", P11_CKA_DESTROYABLE, 2}};
    CK_OBJECT_HANDLE o, copy;
    CK_ATTRIBUTE label[] = {A_STR(CKA_LABEL, "changed")}, token[] = {A_F(CKA_TOKEN)};
    for (size_t i = 0; i < NR(rows); i++) {
        CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_DATA), A_F(CKA_TOKEN), A_F(CKA_PRIVATE),
                            A_F(rows[i].off)};
        row(rows[i].name);
        MUST(p11->C_CreateObject(s.ses, t, NR(t), &o));
        CHECK(p11_get_bool(s.ses, o, rows[i].off) == 0);
        RV_IN(p11->C_SetAttributeValue(s.ses, o, label, 1),
              rows[i].what == 0 ? P11_CKR_ACTION_PROHIBITED : CKR_OK,
              rows[i].what == 0 ? CKR_ATTRIBUTE_READ_ONLY : CKR_OK);
        RV(rows[i].what == 1 ? P11_CKR_ACTION_PROHIBITED : CKR_OK,
           p11->C_CopyObject(s.ses, o, token, 1, &copy));
        RV(rows[i].what == 2 ? P11_CKR_ACTION_PROHIBITED : CKR_OK,
           p11->C_DestroyObject(s.ses, o));
    }
}

static const struct test tests[] = {
    {"data", NEED_USER, test_data},
    {"data_of_64_KiB", NEED_USER, test_large_data},
    {"certificate", NEED_USER, test_certificate},
    {"trusted_is_set_by_so_only", NEED_USER, test_trusted_needs_so},
    {"survives_a_restart", NEED_USER, test_persistence},
    {"six_hundred", NEED_USER, test_many},
    {"find_rules", NEED_USER, test_find_rules},
    {"copy", NEED_USER, test_copy},
    {"copy_never_softens", NEED_USER, test_copy_escalation},
    {"permissions", NEED_USER, test_permissions},
};
const struct topic topic_object = {"object", tests, NR(tests)};
