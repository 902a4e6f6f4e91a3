/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Topic general: initialisation and its flags, the function list and interfaces,
 * information structures, slots and mechanism lists. Everything here works without a
 * login.
 */
#include <dlfcn.h>
#include "test/system/p11suite.h"

/* Every text field is padded with blanks and has no NUL in it. */
static bool padded(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] == 0)
            return false;
    return true;
}

static void test_init_twice(void)
{
    MUST(p11->C_Initialize(NULL));
    RV(CKR_CRYPTOKI_ALREADY_INITIALIZED, p11->C_Initialize(NULL));
    MUST(p11->C_Finalize(NULL));
    RV(CKR_CRYPTOKI_NOT_INITIALIZED, p11->C_Finalize(NULL));
    MUST(p11->C_Initialize(NULL));
    MUST(p11->C_Finalize(NULL));
}

static CK_RV mutex_none(void **m)
{
    *m = NULL;
    return CKR_OK;
}

static CK_RV mutex_do(void *m)
{
    (void)m;
    return CKR_OK;
}

static void test_init_arguments(void)
{
    CK_C_INITIALIZE_ARGS os = {.flags = CKF_OS_LOCKING_OK}, none = {0}, reserved = {0},
                         half = {.CreateMutex = mutex_none},
                         all = {mutex_none, mutex_do,          mutex_do,
                                mutex_do,   CKF_OS_LOCKING_OK, NULL},
                         own = {mutex_none, mutex_do, mutex_do, mutex_do, 0, NULL},
                         nothreads = {.flags = CKF_OS_LOCKING_OK |
                                               CKF_LIBRARY_CANT_CREATE_OS_THREADS};
    reserved.pReserved = &os;
    const struct {
        const char *name;
        CK_C_INITIALIZE_ARGS *args;
        CK_RV want[3];
    } rows[] = {
        {"os locking", &os, {CKR_OK}},
        {"no locking", &none, {CKR_OK}},
        {"reserved set", &reserved, {CKR_ARGUMENTS_BAD}},
        {"one callback of four", &half, {CKR_ARGUMENTS_BAD}},
        {"callbacks or os", &all, {CKR_OK}},
        {"callbacks only", &own, {CKR_OK, CKR_CANT_LOCK}},
        {"no threads", &nothreads, {CKR_OK, CKR_NEED_TO_CREATE_THREADS}},
    };
    for (size_t i = 0; i < NR(rows); i++) {
        row(rows[i].name);
        const CK_RV *w = rows[i].want;
        CK_RV rv = p11->C_Initialize(rows[i].args);
        RV_IN(rv, w[0], w[1] ? w[1] : w[0]);
        if (rv == CKR_OK)
            RV(CKR_OK, p11->C_Finalize(NULL));
    }
    row("finalize argument");
    MUST(p11->C_Initialize(NULL));
    RV(CKR_ARGUMENTS_BAD, p11->C_Finalize(&os));
}

static void test_not_initialized(void)
{
    CK_INFO info;
    CK_ULONG n = 0;
    CK_SLOT_INFO si;
    CK_TOKEN_INFO ti;
    CK_SESSION_HANDLE h;
    CK_SESSION_INFO sei;
    CK_OBJECT_HANDLE o;
    unsigned char b[64];
    const CK_RV want = CKR_CRYPTOKI_NOT_INITIALIZED;
    RV(want, p11->C_GetInfo(&info));
    RV(want, p11->C_GetSlotList(0, NULL, &n));
    RV(want, p11->C_GetSlotInfo(0, &si));
    RV(want, p11->C_GetTokenInfo(0, &ti));
    RV(want, p11->C_GetMechanismList(0, NULL, &n));
    RV(want, p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &h));
    RV(want, p11->C_CloseSession(1));
    RV(want, p11->C_CloseAllSessions(0));
    RV(want, p11->C_GetSessionInfo(1, &sei));
    RV(want, p11->C_Login(1, CKU_USER, (CK_UTF8CHAR *)"1", 1));
    RV(want, p11->C_Logout(1));
    RV(want, p11->C_FindObjectsInit(1, NULL, 0));
    RV(want, p11->C_FindObjects(1, &o, 1, &n));
    RV(want, p11->C_FindObjectsFinal(1));
    RV(want, p11->C_DestroyObject(1, 1));
    RV(want, p11->C_SignInit(1, M0(CKM_ECDSA), 1));
    RV(want, p11->C_Sign(1, b, 1, b, &n));
    RV(want, p11->C_DigestInit(1, M0(CKM_SHA256)));
    RV(want, p11->C_GenerateRandom(1, b, sizeof b));
    RV(want, p11->C_SeedRandom(1, b, sizeof b));
}

static void test_function_list(void)
{
    CK_FUNCTION_LIST *again = NULL;
    RV(CKR_ARGUMENTS_BAD, p11->C_GetFunctionList(NULL));
    MUST(p11->C_GetFunctionList(&again));
    CHECK(again == p11);
    CHECK(p11->version.major == 2 &&
          (p11->version.minor == 40 || p11->version.minor == 20 ||
           p11->version.minor == 30));
    void **f = (void **)&p11->C_Initialize;
    void **end = (void **)(&p11->C_WaitForSlotEvent + 1);
    size_t missing = 0;
    for (; f < end; f++)
        missing += *f == NULL;
    CHECK(missing == 0);
}

struct interface {
    char *name;
    void *functions;
    CK_FLAGS flags;
};

static void test_interfaces(void)
{
    CK_RV (*list)(struct interface *, CK_ULONG *);
    CK_RV (*get)(const char *, CK_VERSION *, struct interface **, CK_FLAGS);
    *(void **)&list = dlsym(p11_dl, "C_GetInterfaceList");
    *(void **)&get = dlsym(p11_dl, "C_GetInterface");
    if (!list || !get) {
        CHECK(!is_ours());
        skip("no PKCS#11 3.0 interfaces");
    }
    struct interface all[8], *one = NULL;
    CK_ULONG n = 0;
    MUST(list(NULL, &n));
    NEED(n >= 2 && n <= NR(all));
    CK_ULONG small = 1;
    RV(CKR_BUFFER_TOO_SMALL, list(all, &small));
    RV(CKR_ARGUMENTS_BAD, list(all, NULL));
    MUST(list(all, &n));
    for (CK_ULONG i = 0; i < n; i++) {
        CK_VERSION *v = all[i].functions;
        CHECK(strcmp(all[i].name, "PKCS 11") == 0);
        CHECK((v->major == 2 && v->minor == 40) || v->major == 3);
        MUST(get("PKCS 11", v, &one, 0));
        CHECK(one->functions == all[i].functions);
    }
    MUST(get(NULL, NULL, &one, 0));
    CHECK(one && ((CK_VERSION *)one->functions)->major >= 2);
    CHECK(get("Vendor none", NULL, &one, 0) != CKR_OK);
    CHECK(get("PKCS 11", &(CK_VERSION){9, 9}, &one, 0) != CKR_OK);
    RV(CKR_ARGUMENTS_BAD, get("PKCS 11", NULL, NULL, 0));
}

static void test_info(void)
{
    CK_INFO i;
    RV(CKR_ARGUMENTS_BAD, p11->C_GetInfo(NULL));
    MUST(p11->C_GetInfo(&i));
    CHECK(padded(i.manufacturerID, sizeof i.manufacturerID));
    CHECK(padded(i.libraryDescription, sizeof i.libraryDescription));
    CHECK(i.flags == 0);
    CHECK(i.cryptokiVersion.major >= 2);
}

static void test_slots(void)
{
    CK_ULONG n = 0, m;
    CK_SLOT_ID list[64], bad = 0x7fff1234;
    CK_SLOT_INFO si;
    CK_TOKEN_INFO ti;
    RV(CKR_ARGUMENTS_BAD, p11->C_GetSlotList(0, NULL, NULL));
    MUST(p11->C_GetSlotList(0, NULL, &n));
    NEED(n >= 1 && n <= NR(list));
    CHECK(!is_ours() || n >= 3);
    m = 0;
    RV(CKR_BUFFER_TOO_SMALL, p11->C_GetSlotList(0, list, &m));
    CHECK(m == n);
    m = NR(list);
    MUST(p11->C_GetSlotList(0, list, &m));
    CHECK(m == n);
    for (CK_ULONG i = 0; i < m; i++) {
        MUST(p11->C_GetSlotInfo(list[i], &si));
        CHECK(padded(si.slotDescription, sizeof si.slotDescription));
        CHECK(padded(si.manufacturerID, sizeof si.manufacturerID));
        CHECK(si.flags & CKF_TOKEN_PRESENT);
    }
    RV(CKR_SLOT_ID_INVALID, p11->C_GetSlotInfo(bad, &si));
    RV(CKR_SLOT_ID_INVALID, p11->C_GetTokenInfo(bad, &ti));
    RV(CKR_ARGUMENTS_BAD, p11->C_GetSlotInfo(s.slot, NULL));
    RV(CKR_ARGUMENTS_BAD, p11->C_GetTokenInfo(s.slot, NULL));
}

static void test_token_info(void)
{
    CK_TOKEN_INFO t;
    MUST(p11->C_GetTokenInfo(s.slot, &t));
    CHECK(memcmp(t.label, "p11suite                        ", 32) == 0);
    CHECK(padded(t.manufacturerID, sizeof t.manufacturerID) &&
          padded(t.model, sizeof t.model));
    CHECK(padded(t.serialNumber, sizeof t.serialNumber));
    const CK_FLAGS want =
        CKF_RNG | CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED | CKF_TOKEN_INITIALIZED;
    CHECK((t.flags & want) == want);
    CHECK(!(t.flags & (CKF_USER_PIN_LOCKED | CKF_SO_PIN_LOCKED | CKF_WRITE_PROTECTED)));
    CHECK(t.ulMinPinLen >= 4 && t.ulMaxPinLen >= 64 && t.ulMinPinLen < t.ulMaxPinLen);
    CHECK(t.ulSessionCount == 0 || t.ulSessionCount == CK_UNAVAILABLE_INFORMATION);
}

static void test_mechanisms(void)
{
    CK_MECHANISM_TYPE list[256];
    CK_MECHANISM_INFO mi;
    CK_ULONG n = 0, m = 1;
    RV(CKR_ARGUMENTS_BAD, p11->C_GetMechanismList(s.slot, NULL, NULL));
    RV(CKR_SLOT_ID_INVALID, p11->C_GetMechanismList(0x7fff1234, NULL, &n));
    MUST(p11->C_GetMechanismList(s.slot, NULL, &n));
    NEED(n > 10 && n <= NR(list));
    RV(CKR_BUFFER_TOO_SMALL, p11->C_GetMechanismList(s.slot, list, &m));
    CHECK(m == n);
    MUST(p11->C_GetMechanismList(s.slot, list, &n));
    for (CK_ULONG i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "0x%lx", list[i]);
        row(name);
        MUST(p11->C_GetMechanismInfo(s.slot, list[i], &mi));
        CHECK(mi.ulMinKeySize <= mi.ulMaxKeySize);
        CHECK((mi.flags & ~(CK_FLAGS)CKF_HW) != 0);
        for (CK_ULONG j = 0; j < i; j++)
            CHECK(list[i] != list[j]);
    }
    row("");
    RV(CKR_MECHANISM_INVALID, p11->C_GetMechanismInfo(s.slot, 0x80001234, &mi));
    RV(CKR_ARGUMENTS_BAD, p11->C_GetMechanismInfo(s.slot, list[0], NULL));
    RV(CKR_SLOT_ID_INVALID, p11->C_GetMechanismInfo(0x7fff1234, list[0], &mi));
}

/* What a device identity needs; a mechanism that disappears is noticed here. */
static void test_required_mechanisms(void)
{
    static const struct {
        const char *name;
        CK_MECHANISM_TYPE m;
        CK_FLAGS flags;
    } rows[] = {
        {"EC keygen", CKM_EC_KEY_PAIR_GEN, CKF_GENERATE_KEY_PAIR},
        {"RSA keygen", CKM_RSA_PKCS_KEY_PAIR_GEN, CKF_GENERATE_KEY_PAIR},
        {"AES keygen", CKM_AES_KEY_GEN, CKF_GENERATE},
        {"generic keygen", CKM_GENERIC_SECRET_KEY_GEN, CKF_GENERATE},
        {"ECDSA", CKM_ECDSA, CKF_SIGN | CKF_VERIFY},
        {"ECDSA-SHA1", CKM_ECDSA_SHA1, CKF_SIGN | CKF_VERIFY},
        {"ECDSA-SHA224", CKM_ECDSA_SHA224, CKF_SIGN | CKF_VERIFY},
        {"ECDSA-SHA256", CKM_ECDSA_SHA256, CKF_SIGN | CKF_VERIFY},
        {"ECDSA-SHA384", CKM_ECDSA_SHA384, CKF_SIGN | CKF_VERIFY},
        {"ECDSA-SHA512", CKM_ECDSA_SHA512, CKF_SIGN | CKF_VERIFY},
        {"RSA-PKCS", CKM_RSA_PKCS, CKF_SIGN | CKF_VERIFY | CKF_ENCRYPT | CKF_DECRYPT},
        {"RSA-OAEP", CKM_RSA_PKCS_OAEP, CKF_ENCRYPT | CKF_DECRYPT},
        {"RSA-PSS", CKM_RSA_PKCS_PSS, CKF_SIGN | CKF_VERIFY},
        {"SHA1-RSA", CKM_SHA1_RSA_PKCS, CKF_SIGN | CKF_VERIFY},
        {"SHA224-RSA", P11_CKM_SHA224_RSA_PKCS, CKF_SIGN | CKF_VERIFY},
        {"SHA256-RSA", CKM_SHA256_RSA_PKCS, CKF_SIGN | CKF_VERIFY},
        {"SHA384-RSA", CKM_SHA384_RSA_PKCS, CKF_SIGN | CKF_VERIFY},
        {"SHA512-RSA", CKM_SHA512_RSA_PKCS, CKF_SIGN | CKF_VERIFY},
        {"SHA256-RSA-PSS", CKM_SHA256_RSA_PKCS_PSS, CKF_SIGN | CKF_VERIFY},
        {"SHA384-RSA-PSS", CKM_SHA384_RSA_PKCS_PSS, CKF_SIGN | CKF_VERIFY},
        {"SHA512-RSA-PSS", CKM_SHA512_RSA_PKCS_PSS, CKF_SIGN | CKF_VERIFY},
        {"AES-ECB", CKM_AES_ECB, CKF_ENCRYPT | CKF_DECRYPT},
        {"AES-CBC", CKM_AES_CBC, CKF_ENCRYPT | CKF_DECRYPT},
        {"AES-CBC-PAD", CKM_AES_CBC_PAD, CKF_ENCRYPT | CKF_DECRYPT},
        {"AES-CTR", CKM_AES_CTR, CKF_ENCRYPT | CKF_DECRYPT},
        {"AES-GCM", CKM_AES_GCM, CKF_ENCRYPT | CKF_DECRYPT},
        {"AES-CMAC", CKM_AES_CMAC, CKF_SIGN | CKF_VERIFY},
        {"ECDH", CKM_ECDH1_DERIVE, CKF_DERIVE},
        {"HMAC-SHA1", CKM_SHA_1_HMAC, CKF_SIGN | CKF_VERIFY},
        {"HMAC-SHA256", CKM_SHA256_HMAC, CKF_SIGN | CKF_VERIFY},
        {"HMAC-SHA384", CKM_SHA384_HMAC, CKF_SIGN | CKF_VERIFY},
        {"HMAC-SHA512", CKM_SHA512_HMAC, CKF_SIGN | CKF_VERIFY},
        {"SHA-1", CKM_SHA_1, CKF_DIGEST},
        {"SHA224", CKM_SHA224, CKF_DIGEST},
        {"SHA256", CKM_SHA256, CKF_DIGEST},
        {"SHA384", CKM_SHA384, CKF_DIGEST},
        {"SHA512", CKM_SHA512, CKF_DIGEST},
        {"key wrap", CKM_AES_KEY_WRAP, CKF_WRAP | CKF_UNWRAP},
    };
    for (size_t i = 0; i < NR(rows); i++) {
        row(rows[i].name);
        CHECK(has_mech(rows[i].m, rows[i].flags));
    }
}

static void test_random(void)
{
    unsigned char a[32] = {0}, b[32] = {0}, big[4096];
    MUST(p11->C_GenerateRandom(s.ses, a, sizeof a));
    MUST(p11->C_GenerateRandom(s.ses, b, sizeof b));
    CHECK(memcmp(a, b, sizeof a) != 0);
    MUST(p11->C_GenerateRandom(s.ses, big, sizeof big));
    RV(CKR_ARGUMENTS_BAD, p11->C_GenerateRandom(s.ses, NULL, 16));
    RV(CKR_SESSION_HANDLE_INVALID, p11->C_GenerateRandom(s.ses + 1000, a, sizeof a));
    RV_IN(p11->C_SeedRandom(s.ses, a, sizeof a), CKR_OK, CKR_RANDOM_SEED_NOT_SUPPORTED);
    RV_IN(p11->C_SeedRandom(s.ses, NULL, 16), CKR_ARGUMENTS_BAD,
          CKR_RANDOM_SEED_NOT_SUPPORTED);
}

static void test_legacy(void)
{
    CK_SLOT_ID slot;
    RV(CKR_FUNCTION_NOT_PARALLEL, p11->C_GetFunctionStatus(s.ses));
    RV(CKR_FUNCTION_NOT_PARALLEL, p11->C_CancelFunction(s.ses));
    RV_IN(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT,
          CKR_FUNCTION_NOT_SUPPORTED);
}

static const struct test tests[] = {
    {"init_twice_is_refused", NEED_NOTHING, test_init_twice},
    {"init_arguments", NEED_NOTHING, test_init_arguments},
    {"nothing_works_before_init", NEED_NOTHING, test_not_initialized},
    {"function_list_is_complete", NEED_NOTHING, test_function_list},
    {"interfaces_of_3_0", NEED_NOTHING, test_interfaces},
    {"info", NEED_INIT, test_info},
    {"slots", NEED_INIT, test_slots},
    {"token_info", NEED_INIT, test_token_info},
    {"mechanism_list_and_info_agree", NEED_INIT, test_mechanisms},
    {"required_mechanisms", NEED_INIT, test_required_mechanisms},
    {"random", NEED_PUBLIC, test_random},
    {"legacy_functions", NEED_PUBLIC, test_legacy},
};
const struct topic topic_general = {"general", tests, NR(tests)};
