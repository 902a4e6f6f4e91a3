/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Topic operation: the order of calls. Every operation without its beginning, begun
 * twice, ended twice, cancelled, with NULL pointers, and after its key was destroyed.
 */
#include "test/system/p11suite.h"

static unsigned char in[64], out[512], iv[16];

struct keys {
    CK_OBJECT_HANDLE aes, pub, priv, mac;
};

static struct keys make_keys(void)
{
    struct keys k;
    MUST(p11_gen_aes(s.ses, 16, &k.aes));
    MUST(p11_gen_ec(s.ses, &p11_curves[0], false, "k", &k.pub, &k.priv));
    MUST(p11_import_secret(s.ses, CKK_GENERIC_SECRET, "0123456789abcdef0123456789abcdef",
                           32, &k.mac));
    return k;
}

static void test_without_beginning(void)
{
    CK_ULONG n = sizeof out;
    const CK_RV want = CKR_OPERATION_NOT_INITIALIZED;
    RV(want, p11->C_Encrypt(s.ses, in, 16, out, &n));
    RV(want, p11->C_EncryptUpdate(s.ses, in, 16, out, &n));
    RV(want, p11->C_EncryptFinal(s.ses, out, &n));
    RV(want, p11->C_Decrypt(s.ses, in, 16, out, &n));
    RV(want, p11->C_DecryptUpdate(s.ses, in, 16, out, &n));
    RV(want, p11->C_DecryptFinal(s.ses, out, &n));
    RV(want, p11->C_Digest(s.ses, in, 16, out, &n));
    RV(want, p11->C_DigestUpdate(s.ses, in, 16));
    RV(want, p11->C_DigestFinal(s.ses, out, &n));
    RV(want, p11->C_Sign(s.ses, in, 16, out, &n));
    RV(want, p11->C_SignUpdate(s.ses, in, 16));
    RV(want, p11->C_SignFinal(s.ses, out, &n));
    RV(want, p11->C_Verify(s.ses, in, 16, out, 64));
    RV(want, p11->C_VerifyUpdate(s.ses, in, 16));
    RV(want, p11->C_VerifyFinal(s.ses, out, 64));
}

static void test_begun_twice(void)
{
    struct keys k = make_keys();
    CK_MECHANISM cbc = {CKM_AES_CBC, iv, sizeof iv};
    CK_ULONG n = sizeof out;
    const CK_RV want = CKR_OPERATION_ACTIVE;
    MUST(p11->C_EncryptInit(s.ses, &cbc, k.aes));
    RV(want, p11->C_EncryptInit(s.ses, &cbc, k.aes));
    MUST(p11->C_Encrypt(s.ses, in, 16, out, &n));
    n = sizeof out;
    MUST(p11->C_DecryptInit(s.ses, &cbc, k.aes));
    RV(want, p11->C_DecryptInit(s.ses, &cbc, k.aes));
    MUST(p11->C_Decrypt(s.ses, in, 16, out, &n));
    for (int i = 0; i < 3; i++) {
        n = sizeof out;
        MUST(p11->C_SignInit(s.ses, M0(CKM_ECDSA), k.priv));
        RV(want, p11->C_SignInit(s.ses, M0(CKM_ECDSA), k.priv));
        MUST(p11->C_Sign(s.ses, in, 32, out, &n));
    }
    for (int i = 0; i < 3; i++) {
        MUST(p11->C_VerifyInit(s.ses, M0(CKM_ECDSA), k.pub));
        RV(want, p11->C_VerifyInit(s.ses, M0(CKM_ECDSA), k.pub));
        MUST(p11->C_Verify(s.ses, in, 32, out, n));
    }
}

static void test_null_pointers(void)
{
    struct keys k = make_keys();
    CK_ULONG n = sizeof out;
    CK_MECHANISM cbc = {CKM_AES_CBC, iv, sizeof iv};
    row("init without mechanism");
    /* 3.0: a NULL mechanism cancels; 2.40: it is an error */
    RV_IN(p11->C_EncryptInit(s.ses, NULL, k.aes), CKR_ARGUMENTS_BAD, CKR_OK,
          CKR_OPERATION_NOT_INITIALIZED);
    RV_IN(p11->C_DecryptInit(s.ses, NULL, k.aes), CKR_ARGUMENTS_BAD, CKR_OK,
          CKR_OPERATION_NOT_INITIALIZED);
    RV_IN(p11->C_SignInit(s.ses, NULL, k.priv), CKR_ARGUMENTS_BAD, CKR_OK,
          CKR_OPERATION_NOT_INITIALIZED);
    RV_IN(p11->C_VerifyInit(s.ses, NULL, k.pub), CKR_ARGUMENTS_BAD, CKR_OK,
          CKR_OPERATION_NOT_INITIALIZED);
    RV_IN(p11->C_DigestInit(s.ses, NULL), CKR_ARGUMENTS_BAD, CKR_OK,
          CKR_OPERATION_NOT_INITIALIZED);
    row("no output length");
    MUST(p11->C_EncryptInit(s.ses, &cbc, k.aes));
    RV(CKR_ARGUMENTS_BAD, p11->C_Encrypt(s.ses, in, 16, out, NULL));
    reopen(true);
    k = make_keys();
    MUST(p11->C_SignInit(s.ses, M0(CKM_ECDSA), k.priv));
    RV(CKR_ARGUMENTS_BAD, p11->C_Sign(s.ses, in, 32, out, NULL));
    reopen(true);
    MUST(p11->C_DigestInit(s.ses, M0(CKM_SHA256)));
    RV(CKR_ARGUMENTS_BAD, p11->C_Digest(s.ses, in, 32, out, NULL));
    reopen(true);
    k = make_keys();
    row("no input");
    MUST(p11->C_SignInit(s.ses, M0(CKM_ECDSA), k.priv));
    RV_IN(p11->C_Sign(s.ses, NULL, 32, out, &n), CKR_ARGUMENTS_BAD, CKR_DATA_INVALID);
    reopen(true);
    k = make_keys();
    MUST(p11->C_VerifyInit(s.ses, M0(CKM_ECDSA), k.pub));
    RV(CKR_ARGUMENTS_BAD, p11->C_Verify(s.ses, in, 32, NULL, 64));
    reopen(true);
    MUST(p11->C_DigestInit(s.ses, M0(CKM_SHA256)));
    RV(CKR_ARGUMENTS_BAD, p11->C_DigestUpdate(s.ses, NULL, 32));
}

static void test_multi_part_of_one_shot(void)
{
    struct keys k = make_keys();
    MUST(p11->C_SignInit(s.ses, M0(CKM_ECDSA), k.priv));
    RV_IN(p11->C_SignUpdate(s.ses, in, 32), CKR_FUNCTION_NOT_SUPPORTED,
          CKR_OPERATION_NOT_INITIALIZED, CKR_MECHANISM_INVALID, CKR_FUNCTION_FAILED);
    reopen(true);
    k = make_keys();
    MUST(p11->C_VerifyInit(s.ses, M0(CKM_ECDSA), k.pub));
    RV_IN(p11->C_VerifyUpdate(s.ses, in, 32), CKR_FUNCTION_NOT_SUPPORTED,
          CKR_OPERATION_NOT_INITIALIZED, CKR_MECHANISM_INVALID, CKR_FUNCTION_FAILED);
}

static void test_key_destroyed(void)
{
    struct keys k = make_keys();
    CK_ULONG n = sizeof out;
    for (int i = 0; i < 2; i++) { /* the module remembers the key after the first */
        n = sizeof out;
        MUST(p11->C_SignInit(s.ses, M0(CKM_ECDSA), k.priv));
        MUST(p11->C_Sign(s.ses, in, 32, out, &n));
    }
    MUST(p11->C_DestroyObject(s.ses, k.priv));
    RV_IN(p11->C_SignInit(s.ses, M0(CKM_ECDSA), k.priv), CKR_KEY_HANDLE_INVALID,
          CKR_OBJECT_HANDLE_INVALID);
    n = sizeof out;
    RV(CKR_OPERATION_NOT_INITIALIZED, p11->C_Sign(s.ses, in, 32, out, &n));
    MUST(p11->C_SignInit(s.ses, M0(CKM_SHA256_HMAC), k.mac));
    MUST(p11->C_SignUpdate(s.ses, in, 32));
    MUST(p11->C_DestroyObject(s.ses, k.mac));
    n = sizeof out;
    CK_RV rv = p11->C_SignFinal(s.ses, out, &n);
    CHECK(rv == CKR_OK || rv == CKR_KEY_HANDLE_INVALID ||
          rv == CKR_OPERATION_NOT_INITIALIZED || rv == CKR_OBJECT_HANDLE_INVALID);
    RV(CKR_OK, p11->C_GenerateRandom(s.ses, out, 16));
}

static void test_key_changed(void)
{
    struct keys k = make_keys();
    CK_ULONG n = sizeof out;
    CK_ATTRIBUTE off[] = {A_F(CKA_SIGN)};
    MUST(p11->C_SignInit(s.ses, M0(CKM_ECDSA), k.priv));
    MUST(p11->C_Sign(s.ses, in, 32, out, &n));
    if (p11->C_SetAttributeValue(s.ses, k.priv, off, 1) != CKR_OK)
        skip("CKA_SIGN cannot be changed");
    RV(CKR_KEY_FUNCTION_NOT_PERMITTED, p11->C_SignInit(s.ses, M0(CKM_ECDSA), k.priv));
}

static void test_sessions_are_independent(void)
{
    struct keys k = make_keys();
    CK_SESSION_HANDLE other;
    CK_ULONG n = sizeof out;
    MUST(p11_open(s.slot, 0, &other));
    MUST(p11->C_SignInit(s.ses, M0(CKM_SHA256_HMAC), k.mac));
    MUST(p11->C_DigestInit(other, M0(CKM_SHA256)));
    MUST(p11->C_SignUpdate(s.ses, in, 10));
    MUST(p11->C_DigestUpdate(other, in, 10));
    RV(CKR_OPERATION_NOT_INITIALIZED, p11->C_SignUpdate(other, in, 10));
    MUST(p11->C_SignFinal(s.ses, out, &n));
    CHECK(n == 32);
    MUST(p11->C_DigestFinal(other, out, &n));
}

static void test_unsupported(void)
{
    CK_ULONG n = sizeof out;
    RV_IN(p11->C_SignRecover(s.ses, in, 16, out, &n), CKR_FUNCTION_NOT_SUPPORTED,
          CKR_OPERATION_NOT_INITIALIZED);
    RV_IN(p11->C_VerifyRecover(s.ses, in, 16, out, &n), CKR_FUNCTION_NOT_SUPPORTED,
          CKR_OPERATION_NOT_INITIALIZED);
    RV_IN(p11->C_GetOperationState(s.ses, out, &n), CKR_FUNCTION_NOT_SUPPORTED,
          CKR_OPERATION_NOT_INITIALIZED, CKR_STATE_UNSAVEABLE);
    RV_IN(p11->C_DigestEncryptUpdate(s.ses, in, 16, out, &n), CKR_FUNCTION_NOT_SUPPORTED,
          CKR_OPERATION_NOT_INITIALIZED);
    RV_IN(p11->C_DecryptVerifyUpdate(s.ses, in, 16, out, &n), CKR_FUNCTION_NOT_SUPPORTED,
          CKR_OPERATION_NOT_INITIALIZED);
}

/* Any order of calls may answer an error, none may crash or hang; afterwards all is as
 * before. */
static void test_random_order(void)
{
    struct keys k = make_keys();
    CK_MECHANISM cbc = {CKM_AES_CBC, iv, sizeof iv};
    unsigned long seed = 20260101;
    for (int i = 0; i < 5000; i++) {
        CK_ULONG n = (seed >> 20) % 200;
        seed = seed * 6364136223846793005UL + 1442695040888963407UL;
        switch ((seed >> 33) % 16) {
        case 0:
            p11->C_EncryptInit(s.ses, &cbc, k.aes);
            break;
        case 1:
            p11->C_EncryptUpdate(s.ses, in, n % 64, out, &n);
            break;
        case 2:
            p11->C_EncryptFinal(s.ses, out, &n);
            break;
        case 3:
            p11->C_SignInit(s.ses, M0(CKM_ECDSA), k.priv);
            break;
        case 4:
            p11->C_SignUpdate(s.ses, in, n % 64);
            break;
        case 5:
            p11->C_SignFinal(s.ses, out, &n);
            break;
        case 6:
            p11->C_Sign(s.ses, in, n % 64, out, &n);
            break;
        case 7:
            p11->C_VerifyInit(s.ses, M0(CKM_ECDSA), k.pub);
            break;
        case 8:
            p11->C_Verify(s.ses, in, n % 64, out, 64);
            break;
        case 9:
            p11->C_DigestInit(s.ses, M0(CKM_SHA256));
            break;
        case 10:
            p11->C_DigestUpdate(s.ses, in, n % 64);
            break;
        case 11:
            p11->C_DigestFinal(s.ses, out, &n);
            break;
        case 12:
            p11->C_FindObjectsInit(s.ses, NULL, 0);
            break;
        case 13:
            p11->C_FindObjectsFinal(s.ses);
            break;
        case 14:
            p11->C_SignInit(s.ses, M0(CKM_SHA256_HMAC), k.mac);
            break;
        default:
            p11->C_Decrypt(s.ses, in, n % 64, out, &n);
            break;
        }
    }
    reopen(true);
    k = make_keys();
    CK_ULONG n = sizeof out;
    MUST(p11->C_SignInit(s.ses, M0(CKM_ECDSA), k.priv));
    MUST(p11->C_Sign(s.ses, in, 32, out, &n));
}

static const struct test tests[] = {
    {"without_beginning", NEED_USER, test_without_beginning},
    {"begun_twice", NEED_USER, test_begun_twice},
    {"null_pointers", NEED_USER, test_null_pointers},
    {"parts_of_a_one_shot_mechanism", NEED_USER, test_multi_part_of_one_shot},
    {"key_destroyed", NEED_USER, test_key_destroyed},
    {"key_changed", NEED_USER, test_key_changed},
    {"sessions_are_independent", NEED_USER, test_sessions_are_independent},
    {"unsupported_functions", NEED_USER, test_unsupported},
    {"any_order", NEED_USER, test_random_order},
};
const struct topic topic_operation = {"operation", tests, NR(tests)};
