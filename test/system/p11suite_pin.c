/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Topic pin: token initialisation, PIN rules, try counters and their flags, lock-out, and
 * what the SO can and cannot undo. Runs on tokens of its own ("p11pins", "p11lock"),
 * because a lock-out of the SO is final.
 */
#include "test/system/p11suite.h"

enum { TRIES = 7 };

static CK_SLOT_ID slot;

static CK_FLAGS flags(void)
{
    CK_TOKEN_INFO ti;
    return p11->C_GetTokenInfo(slot, &ti) == CKR_OK ? ti.flags : ~0UL;
}

static CK_RV set_pin(CK_SESSION_HANDLE h, const char *from, const char *to)
{
    return p11->C_SetPIN(h, (CK_UTF8CHAR *)(uintptr_t)from, strlen(from),
                         (CK_UTF8CHAR *)(uintptr_t)to, strlen(to));
}

static CK_RV init_pin(CK_SESSION_HANDLE h, const char *pin)
{
    return p11->C_InitPIN(h, (CK_UTF8CHAR *)(uintptr_t)pin, strlen(pin));
}

static CK_RV init_token(const char *pin, const char *label)
{
    char padded[33];
    snprintf(padded, sizeof padded, "%-32s", label);
    return p11->C_InitToken(slot, (CK_UTF8CHAR *)(uintptr_t)pin, strlen(pin),
                            (CK_UTF8CHAR *)padded);
}

static void own_token(const char *label)
{
    if (slot && p11_find_token(&slot, label))
        return;
    CK_RV rv = p11_make_token(&slot, label, SO_PIN, NULL);
    if (rv == CKR_SLOT_ID_INVALID)
        skip("no free slot");
    MUST(rv);
}

static CK_SESSION_HANDLE session(bool so)
{
    CK_SESSION_HANDLE h;
    p11->C_CloseAllSessions(slot);
    MUST(p11_open(slot, CKF_RW_SESSION, &h));
    if (so)
        MUST(p11_login(h, CKU_SO, SO_PIN));
    return h;
}

/* Bring the token to a known state: user PIN is USER_PIN, nothing counted. */
static void fresh(void)
{
    own_token("p11pins");
    CK_SESSION_HANDLE h = session(true);
    MUST(init_pin(h, USER_PIN));
    MUST(p11->C_CloseAllSessions(slot));
}

static void test_no_user_pin(void)
{
    CK_TOKEN_INFO ti;
    own_token("p11pins");
    CHECK(flags() & CKF_TOKEN_INITIALIZED);
    MUST(init_token(SO_PIN, "p11pins"));
    MUST(p11->C_GetTokenInfo(slot, &ti));
    CHECK(memcmp(ti.label, "p11pins                         ", 32) == 0);
    CHECK(!(flags() & CKF_USER_PIN_INITIALIZED));
    CK_SESSION_HANDLE h = session(false);
    RV(CKR_USER_PIN_NOT_INITIALIZED, p11_login(h, CKU_USER, USER_PIN));
    RV(CKR_USER_NOT_LOGGED_IN, init_pin(h, USER_PIN));
    RV_IN(set_pin(h, USER_PIN, "abcdefgh"), CKR_USER_PIN_NOT_INITIALIZED,
          CKR_PIN_INCORRECT);
    MUST(p11_login(h, CKU_SO, SO_PIN));
    MUST(init_pin(h, USER_PIN));
    CHECK(flags() & CKF_USER_PIN_INITIALIZED);
    MUST(p11->C_Logout(h));
    RV(CKR_OK, p11_login(h, CKU_USER, USER_PIN));
    RV(CKR_USER_NOT_LOGGED_IN, init_pin(h, USER_PIN));
}

static void test_lengths(void)
{
    char longest[300];
    CK_TOKEN_INFO ti;
    fresh();
    MUST(p11->C_GetTokenInfo(slot, &ti));
    memset(longest, 'x', sizeof longest);
    longest[ti.ulMaxPinLen + 1 < sizeof longest ? ti.ulMaxPinLen + 1 : 299] = '\0';
    CK_SESSION_HANDLE h = session(true);
    RV(CKR_PIN_LEN_RANGE, init_pin(h, "123"));
    RV(CKR_PIN_LEN_RANGE, init_pin(h, ""));
    RV(CKR_PIN_LEN_RANGE, init_pin(h, longest));
    RV(CKR_ARGUMENTS_BAD, p11->C_InitPIN(h, NULL, 8));
    longest[ti.ulMaxPinLen] = '\0';
    RV(CKR_OK, init_pin(h, longest));
    MUST(p11->C_Logout(h));
    RV(CKR_OK, p11_login(h, CKU_USER, longest));
    RV(CKR_PIN_LEN_RANGE, set_pin(h, longest, "12"));
    RV(CKR_OK, set_pin(h, longest, USER_PIN));
    MUST(p11->C_Logout(h));
    RV(CKR_OK, p11_login(h, CKU_USER, USER_PIN));
}

static void test_set_pin(void)
{
    CK_SESSION_HANDLE h, ro;
    fresh();
    h = session(false);
    RV(CKR_OK, set_pin(h, USER_PIN, "another1")); /* public session: the user's */
    RV(CKR_PIN_INCORRECT, set_pin(h, USER_PIN, "x123456"));
    RV(CKR_PIN_INCORRECT, p11_login(h, CKU_USER, USER_PIN));
    MUST(p11_login(h, CKU_USER, "another1"));
    RV(CKR_OK, set_pin(h, "another1", USER_PIN)); /* as the user */
    RV(CKR_ARGUMENTS_BAD, p11->C_SetPIN(h, NULL, 8, (CK_UTF8CHAR *)"abcdefgh", 8));
    MUST(p11->C_Logout(h));
    MUST(p11_open(slot, 0, &ro));
    RV(CKR_SESSION_READ_ONLY, set_pin(ro, USER_PIN, "another1"));
    MUST(p11->C_CloseSession(ro));
    MUST(p11_login(h, CKU_SO, SO_PIN));
    RV(CKR_OK, set_pin(h, SO_PIN, "sopin-two")); /* as the SO */
    RV(CKR_PIN_INCORRECT, set_pin(h, SO_PIN, "sopin-three"));
    MUST(p11->C_Logout(h));
    RV(CKR_PIN_INCORRECT, p11_login(h, CKU_SO, SO_PIN));
    MUST(p11_login(h, CKU_SO, "sopin-two"));
    MUST(set_pin(h, "sopin-two", SO_PIN));
}

static void test_counter(void)
{
    const CK_FLAGS all =
        CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED;
    fresh();
    CK_SESSION_HANDLE h = session(false);
    CHECK(!(flags() & all));
    RV(CKR_PIN_INCORRECT, p11_login(h, CKU_USER, "wrong-1"));
    CHECK((flags() & all) == CKF_USER_PIN_COUNT_LOW);
    MUST(p11_login(h, CKU_USER, USER_PIN));
    CHECK(!(flags() & all));
    MUST(p11->C_Logout(h));
    for (int i = 0; i < TRIES - 1; i++)
        RV(CKR_PIN_INCORRECT, p11_login(h, CKU_USER, "wrong-2"));
    CHECK(flags() & CKF_USER_PIN_FINAL_TRY);
    CHECK(!(flags() & CKF_USER_PIN_LOCKED));
    MUST(p11_login(h, CKU_USER, USER_PIN));
    CHECK(!(flags() & all));
}

static void test_lock_out(void)
{
    fresh();
    CK_SESSION_HANDLE h = session(false);
    for (int i = 0; i < TRIES; i++)
        RV_IN(p11_login(h, CKU_USER, "wrong-3"), CKR_PIN_INCORRECT,
              i == TRIES - 1 ? CKR_PIN_LOCKED : CKR_PIN_INCORRECT);
    CHECK(flags() & CKF_USER_PIN_LOCKED);
    RV(CKR_PIN_LOCKED, p11_login(h, CKU_USER, USER_PIN));
    RV(CKR_PIN_LOCKED, set_pin(h, USER_PIN, "another1"));
    /* a restart of the module does not help */
    MUST(p11->C_Finalize(NULL));
    MUST(p11_init());
    NEED(p11_find_token(&slot, "p11pins"));
    h = session(false);
    CHECK(flags() & CKF_USER_PIN_LOCKED);
    RV(CKR_PIN_LOCKED, p11_login(h, CKU_USER, USER_PIN));
    MUST(p11_login(h, CKU_SO, SO_PIN));
    MUST(init_pin(h, "unlocked"));
    MUST(p11->C_Logout(h));
    CHECK(!(flags() & CKF_USER_PIN_LOCKED));
    RV(CKR_OK, p11_login(h, CKU_USER, "unlocked"));
}

static void test_reinit(void)
{
    CK_OBJECT_HANDLE o;
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_DATA), A_T(CKA_TOKEN), A_F(CKA_PRIVATE),
                        A_STR(CKA_LABEL, "before")};
    fresh();
    CK_SESSION_HANDLE h = session(false);
    MUST(p11->C_CreateObject(h, t, NR(t), &o));
    RV(CKR_SESSION_EXISTS, init_token(SO_PIN, "p11pins"));
    MUST(p11->C_CloseAllSessions(slot));
    RV(CKR_PIN_INCORRECT, init_token("not the SO", "p11pins"));
    h = session(false);
    CHECK(p11_count(h, t, NR(t)) == 1);
    MUST(p11->C_CloseAllSessions(slot));
    MUST(init_token(SO_PIN, "p11pins"));
    h = session(false);
    CHECK(p11_count(h, NULL, 0) == 0);
    RV(CKR_USER_PIN_NOT_INITIALIZED, p11_login(h, CKU_USER, USER_PIN));
}

static void test_init_arguments(void)
{
    char label[33];
    fresh();
    snprintf(label, sizeof label, "%-32s", "p11pins");
    RV_IN(p11->C_InitToken(0x7fff1234, (CK_UTF8CHAR *)SO_PIN, 8, (CK_UTF8CHAR *)label),
          CKR_SLOT_ID_INVALID);
    RV(CKR_ARGUMENTS_BAD, p11->C_InitToken(slot, (CK_UTF8CHAR *)SO_PIN, 8, NULL));
    CHECK(p11->C_InitToken(slot, NULL, 8, (CK_UTF8CHAR *)label) != CKR_OK);
}

/* Last: this token is lost afterwards. */
static void test_so_lock_out(void)
{
    const CK_FLAGS all = CKF_SO_PIN_COUNT_LOW | CKF_SO_PIN_FINAL_TRY | CKF_SO_PIN_LOCKED;
    own_token("p11lock");
    CK_SESSION_HANDLE h = session(false);
    RV(CKR_PIN_INCORRECT, p11_login(h, CKU_SO, "wrong-so"));
    CHECK((flags() & all) == CKF_SO_PIN_COUNT_LOW);
    MUST(p11_login(h, CKU_SO, SO_PIN));
    CHECK(!(flags() & all));
    MUST(p11->C_Logout(h));
    for (int i = 0; i < TRIES - 1; i++)
        RV(CKR_PIN_INCORRECT, p11_login(h, CKU_SO, "wrong-so"));
    CHECK(flags() & CKF_SO_PIN_FINAL_TRY);
    RV_IN(p11_login(h, CKU_SO, "wrong-so"), CKR_PIN_INCORRECT, CKR_PIN_LOCKED);
    CHECK(flags() & CKF_SO_PIN_LOCKED);
    RV(CKR_PIN_LOCKED, p11_login(h, CKU_SO, SO_PIN));
    MUST(p11->C_CloseAllSessions(slot));
    RV(CKR_PIN_LOCKED, init_token(SO_PIN, "p11lock"));
}

static const struct test tests[] = {
    {"user_pin_is_set_by_so_only", NEED_INIT, test_no_user_pin},
    {"lengths", NEED_INIT, test_lengths},
    {"set_pin", NEED_INIT, test_set_pin},
    {"counter_and_flags", NEED_INIT, test_counter},
    {"lock_out_and_unlock_by_so", NEED_INIT, test_lock_out},
    {"reinit_needs_so_and_empties", NEED_INIT, test_reinit},
    {"init_token_arguments", NEED_INIT, test_init_arguments},
    {"so_lock_out_is_final", NEED_INIT, test_so_lock_out},
};
const struct topic topic_pin = {"pin", tests, NR(tests)};
