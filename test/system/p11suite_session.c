/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Topic session: opening and closing, the five session states, the login state that all
 * sessions of a process share, and what disappears with a session or a login.
 */
#include "test/system/p11suite.h"

#define GONE 0x7fff4321UL

static void test_open_arguments(void)
{
    CK_SESSION_HANDLE h;
    RV(CKR_SESSION_PARALLEL_NOT_SUPPORTED, p11->C_OpenSession(s.slot, 0, NULL, NULL, &h));
    RV(CKR_SESSION_PARALLEL_NOT_SUPPORTED,
       p11->C_OpenSession(s.slot, CKF_RW_SESSION, NULL, NULL, &h));
    RV(CKR_ARGUMENTS_BAD,
       p11->C_OpenSession(s.slot, CKF_SERIAL_SESSION, NULL, NULL, NULL));
    RV(CKR_SLOT_ID_INVALID, p11->C_OpenSession(GONE, CKF_SERIAL_SESSION, NULL, NULL, &h));
    RV(CKR_SLOT_ID_INVALID, p11->C_CloseAllSessions(GONE));
}

static void test_closed_handle(void)
{
    CK_SESSION_HANDLE h;
    CK_SESSION_INFO si;
    MUST(p11_open(s.slot, 0, &h));
    CHECK(h != 0);
    MUST(p11->C_CloseSession(h));
    RV(CKR_SESSION_HANDLE_INVALID, p11->C_CloseSession(h));
    RV(CKR_SESSION_HANDLE_INVALID, p11->C_GetSessionInfo(h, &si));
    RV(CKR_SESSION_HANDLE_INVALID, p11->C_CloseSession(0));
    RV(CKR_SESSION_HANDLE_INVALID, p11->C_CloseSession(GONE));
    RV(CKR_SESSION_HANDLE_INVALID, p11->C_CloseSession((CK_ULONG)-1));
    RV(CKR_OK, p11->C_CloseAllSessions(s.slot));
}

/* Every function that takes a session refuses a wrong one with the same code. */
static void test_wrong_handle_everywhere(void)
{
    CK_ULONG n = 16;
    CK_OBJECT_HANDLE o, p;
    CK_SESSION_INFO si;
    unsigned char b[64] = {0};
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_DATA)};
    const CK_RV want = CKR_SESSION_HANDLE_INVALID;
    RV(want, p11->C_GetSessionInfo(GONE, &si));
    RV(want, p11->C_Login(GONE, CKU_USER, (CK_UTF8CHAR *)USER_PIN, 8));
    RV(want, p11->C_Logout(GONE));
    RV(want, p11->C_InitPIN(GONE, (CK_UTF8CHAR *)USER_PIN, 8));
    RV(want, p11->C_SetPIN(GONE, (CK_UTF8CHAR *)USER_PIN, 8, (CK_UTF8CHAR *)USER_PIN, 8));
    RV(want, p11->C_CreateObject(GONE, t, 1, &o));
    RV(want, p11->C_CopyObject(GONE, 1, t, 1, &o));
    RV(want, p11->C_DestroyObject(GONE, 1));
    RV(want, p11->C_GetObjectSize(GONE, 1, &n));
    RV(want, p11->C_GetAttributeValue(GONE, 1, t, 1));
    RV(want, p11->C_SetAttributeValue(GONE, 1, t, 1));
    RV(want, p11->C_FindObjectsInit(GONE, t, 1));
    RV(want, p11->C_FindObjects(GONE, &o, 1, &n));
    RV(want, p11->C_FindObjectsFinal(GONE));
    RV(want, p11->C_EncryptInit(GONE, M0(CKM_AES_ECB), 1));
    RV(want, p11->C_Encrypt(GONE, b, 16, b, &n));
    RV(want, p11->C_DecryptInit(GONE, M0(CKM_AES_ECB), 1));
    RV(want, p11->C_Decrypt(GONE, b, 16, b, &n));
    RV(want, p11->C_DigestInit(GONE, M0(CKM_SHA256)));
    RV(want, p11->C_Digest(GONE, b, 16, b, &n));
    RV(want, p11->C_SignInit(GONE, M0(CKM_ECDSA), 1));
    RV(want, p11->C_Sign(GONE, b, 16, b, &n));
    RV(want, p11->C_VerifyInit(GONE, M0(CKM_ECDSA), 1));
    RV(want, p11->C_Verify(GONE, b, 16, b, 16));
    RV(want, p11->C_GenerateKey(GONE, M0(CKM_AES_KEY_GEN), t, 1, &o));
    RV(want, p11->C_GenerateKeyPair(GONE, M0(CKM_EC_KEY_PAIR_GEN), t, 1, t, 1, &o, &p));
    RV(want, p11->C_WrapKey(GONE, M0(CKM_AES_KEY_WRAP), 1, 2, b, &n));
    RV(want, p11->C_UnwrapKey(GONE, M0(CKM_AES_KEY_WRAP), 1, b, 24, t, 1, &o));
    RV(want, p11->C_DeriveKey(GONE, M0(CKM_ECDH1_DERIVE), 1, t, 1, &o));
    RV(want, p11->C_GenerateRandom(GONE, b, 16));
}

static CK_STATE state(CK_SESSION_HANDLE h)
{
    CK_SESSION_INFO si;
    return p11->C_GetSessionInfo(h, &si) == CKR_OK ? si.state : 99;
}

static void test_states(void)
{
    CK_SESSION_HANDLE ro, rw;
    CK_SESSION_INFO si;
    MUST(p11_open(s.slot, 0, &ro));
    MUST(p11_open(s.slot, CKF_RW_SESSION, &rw));
    RV(CKR_ARGUMENTS_BAD, p11->C_GetSessionInfo(ro, NULL));
    MUST(p11->C_GetSessionInfo(ro, &si));
    CHECK(si.slotID == s.slot && si.flags == CKF_SERIAL_SESSION);
    CHECK(state(ro) == CKS_RO_PUBLIC_SESSION && state(rw) == CKS_RW_PUBLIC_SESSION);
    MUST(p11_login(rw, CKU_USER, s.user_pin));
    CHECK(state(ro) == CKS_RO_USER_FUNCTIONS && state(rw) == CKS_RW_USER_FUNCTIONS);
    MUST(p11->C_Logout(ro));
    CHECK(state(ro) == CKS_RO_PUBLIC_SESSION && state(rw) == CKS_RW_PUBLIC_SESSION);
    MUST(p11->C_CloseSession(ro));
    MUST(p11_login(rw, CKU_SO, s.so_pin));
    CHECK(state(rw) == CKS_RW_SO_FUNCTIONS);
    RV(CKR_SESSION_READ_WRITE_SO_EXISTS, p11_open(s.slot, 0, &ro));
}

static void test_login_rules(void)
{
    CK_SESSION_HANDLE ro, rw;
    MUST(p11_open(s.slot, CKF_RW_SESSION, &rw));
    MUST(p11_open(s.slot, 0, &ro));
    RV(CKR_USER_NOT_LOGGED_IN, p11->C_Logout(rw));
    RV(CKR_SESSION_READ_ONLY_EXISTS, p11_login(rw, CKU_SO, s.so_pin));
    RV(CKR_USER_TYPE_INVALID, p11_login(rw, 77, s.user_pin));
    RV_IN(p11_login(rw, CKU_CONTEXT_SPECIFIC, s.user_pin), CKR_OPERATION_NOT_INITIALIZED,
          CKR_USER_NOT_LOGGED_IN);
    RV_IN(p11->C_Login(rw, CKU_USER, NULL, 8), CKR_ARGUMENTS_BAD, CKR_PIN_INCORRECT);
    MUST(p11_login(ro, CKU_USER, s.user_pin));
    RV(CKR_USER_ALREADY_LOGGED_IN, p11_login(rw, CKU_USER, s.user_pin));
    MUST(p11->C_CloseSession(ro));
    RV(CKR_USER_ANOTHER_ALREADY_LOGGED_IN, p11_login(rw, CKU_SO, s.so_pin));
    MUST(p11->C_Logout(rw));
    MUST(p11_login(rw, CKU_SO, s.so_pin));
    RV(CKR_USER_ANOTHER_ALREADY_LOGGED_IN, p11_login(rw, CKU_USER, s.user_pin));
    RV(CKR_USER_ALREADY_LOGGED_IN, p11_login(rw, CKU_SO, s.so_pin));
}

static void test_last_session_logs_out(void)
{
    CK_SESSION_HANDLE a;
    MUST(p11_open(s.slot, CKF_RW_SESSION, &a));
    MUST(p11_login(a, CKU_USER, s.user_pin));
    MUST(p11->C_CloseSession(a));
    MUST(p11_open(s.slot, 0, &a));
    CHECK(state(a) == CKS_RO_PUBLIC_SESSION);
    MUST(p11->C_CloseSession(a));
    MUST(p11_open(s.slot, CKF_RW_SESSION, &a));
    MUST(p11_login(a, CKU_USER, s.user_pin));
    MUST(p11->C_CloseAllSessions(s.slot));
    MUST(p11_open(s.slot, 0, &a));
    CHECK(state(a) == CKS_RO_PUBLIC_SESSION);
}

static CK_RV data(CK_SESSION_HANDLE ses, bool token, bool priv, const char *label,
                  CK_OBJECT_HANDLE *o)
{
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_DATA), A_B(CKA_TOKEN, token),
                        A_B(CKA_PRIVATE, priv), A_STR(CKA_LABEL, label),
                        A_STR(CKA_VALUE, label)};
    return p11->C_CreateObject(ses, t, NR(t), o);
}

static long labelled(CK_SESSION_HANDLE ses, const char *label)
{
    CK_ATTRIBUTE t[] = {A_STR(CKA_LABEL, label)};
    return p11_count(ses, t, 1);
}

static void test_session_objects(void)
{
    CK_SESSION_HANDLE other;
    CK_OBJECT_HANDLE o;
    char c;
    MUST(p11_open(s.slot, CKF_RW_SESSION, &other));
    MUST(data(other, false, false, "of a session", &o));
    CHECK(labelled(s.ses, "of a session") == 1);
    CHECK(p11_get(s.ses, o, CKA_LABEL, NULL, 0) == 12);
    MUST(p11->C_CloseSession(other));
    CHECK(labelled(s.ses, "of a session") == 0);
    RV(CKR_OBJECT_HANDLE_INVALID, p11->C_DestroyObject(s.ses, o));
    CHECK(p11_get(s.ses, o, CKA_LABEL, &c, 1) == -1);
}

static void test_read_only(void)
{
    CK_SESSION_HANDLE ro;
    CK_OBJECT_HANDLE o, t, copy;
    CK_ATTRIBUTE label[] = {A_STR(CKA_LABEL, "changed")}, token[] = {A_T(CKA_TOKEN)};
    MUST(p11_open(s.slot, 0, &ro));
    MUST(data(s.ses, true, false, "of the token", &t));
    RV(CKR_SESSION_READ_ONLY, data(ro, true, false, "x", &o));
    MUST(data(ro, false, false, "of the session", &o));
    RV(CKR_SESSION_READ_ONLY, p11->C_DestroyObject(ro, t));
    RV(CKR_SESSION_READ_ONLY, p11->C_SetAttributeValue(ro, t, label, 1));
    RV(CKR_SESSION_READ_ONLY, p11->C_CopyObject(ro, o, token, 1, &copy));
    RV(CKR_OK, p11->C_DestroyObject(ro, o));
    CHECK(labelled(ro, "of the token") == 1);
}

static void test_private_objects(void)
{
    CK_OBJECT_HANDLE o, ses_o, pub, key;
    char b[32];
    CK_ULONG n = 64;
    unsigned char sig[64], d[32] = {1};
    MUST(data(s.ses, true, true, "hidden", &o));
    MUST(data(s.ses, false, true, "hidden session", &ses_o));
    MUST(p11_gen_ec(s.ses, &p11_curves[0], true, "hiddenkey", &pub, &key));
    CHECK(labelled(s.ses, "hidden") == 1);
    MUST(p11->C_Logout(s.ses));
    CHECK(labelled(s.ses, "hidden") == 0);
    CHECK(labelled(s.ses, "hiddenkey") == 1); /* the public half */
    CHECK(p11_get(s.ses, o, CKA_VALUE, b, sizeof b) == -1);
    RV_IN(p11->C_SignInit(s.ses, M0(CKM_ECDSA), key), CKR_KEY_HANDLE_INVALID,
          CKR_USER_NOT_LOGGED_IN, CKR_OBJECT_HANDLE_INVALID);
    RV(CKR_OPERATION_NOT_INITIALIZED, p11->C_Sign(s.ses, d, sizeof d, sig, &n));
    RV_IN(data(s.ses, false, true, "new", &o), CKR_USER_NOT_LOGGED_IN);
    MUST(p11_login(s.ses, CKU_USER, s.user_pin));
    CHECK(labelled(s.ses, "hidden") == 1);
    CHECK(labelled(s.ses, "hidden session") ==
          0); /* a logout destroys private session objects */
    CHECK(labelled(s.ses, "hiddenkey") == 2);
}

/* An operation that was begun while logged in does not outlive the login. */
static void test_logout_ends_operations(void)
{
    CK_OBJECT_HANDLE pub, key;
    CK_ULONG n = 64;
    unsigned char sig[64], d[32] = {1};
    MUST(p11_gen_ec(s.ses, &p11_curves[0], true, "k", &pub, &key));
    MUST(p11->C_SignInit(s.ses, M0(CKM_ECDSA), key));
    MUST(p11->C_Sign(s.ses, d, sizeof d, sig, &n));
    MUST(p11->C_SignInit(s.ses, M0(CKM_ECDSA), key));
    MUST(p11->C_Logout(s.ses));
    n = sizeof sig;
    CHECK(p11->C_Sign(s.ses, d, sizeof d, sig, &n) != CKR_OK);
    CHECK(p11->C_SignInit(s.ses, M0(CKM_ECDSA), key) != CKR_OK);
}

static void test_many(void)
{
    enum { N = 500 };
    static CK_SESSION_HANDLE h[N];
    CK_TOKEN_INFO ti;
    for (size_t i = 0; i < N; i++)
        MUST(p11_open(s.slot, i % 2 ? CKF_RW_SESSION : 0, &h[i]));
    MUST(p11->C_GetTokenInfo(s.slot, &ti));
    CHECK(ti.ulSessionCount == N + 1 || ti.ulSessionCount == CK_UNAVAILABLE_INFORMATION);
    for (size_t i = 0; i < N; i += 2)
        MUST(p11->C_CloseSession(h[i]));
    CHECK(state(h[1]) == CKS_RW_PUBLIC_SESSION);
    MUST(p11->C_CloseAllSessions(s.slot));
    CHECK(state(h[1]) == 99);
}

static void test_finalize_forgets(void)
{
    CK_SESSION_INFO si;
    CK_SESSION_HANDLE old = s.ses;
    MUST(p11->C_Finalize(NULL));
    RV(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_GetSessionInfo(old, &si));
    MUST(p11_init());
    RV(CKR_SESSION_HANDLE_INVALID, p11->C_GetSessionInfo(old, &si));
    reopen(false);
    CHECK(state(s.ses) == CKS_RW_PUBLIC_SESSION);
}

static const struct test tests[] = {
    {"open_arguments", NEED_INIT, test_open_arguments},
    {"closed_handle_is_refused", NEED_INIT, test_closed_handle},
    {"wrong_handle_everywhere", NEED_PUBLIC, test_wrong_handle_everywhere},
    {"states", NEED_INIT, test_states},
    {"login_rules", NEED_INIT, test_login_rules},
    {"last_session_logs_out", NEED_INIT, test_last_session_logs_out},
    {"session_objects_end_with_it", NEED_PUBLIC, test_session_objects},
    {"read_only_session_writes_nothing", NEED_PUBLIC, test_read_only},
    {"private_objects_vanish_at_logout", NEED_USER, test_private_objects},
    {"logout_ends_operations", NEED_USER, test_logout_ends_operations},
    {"five_hundred", NEED_PUBLIC, test_many},
    {"finalize_forgets_everything", NEED_USER, test_finalize_forgets},
};
const struct topic topic_session = {"session", tests, NR(tests)};
