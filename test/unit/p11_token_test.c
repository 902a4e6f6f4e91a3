/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tokens of the PKCS#11 TA: initialising, PINs and their counters, identities, sessions
 * and login rules, and what a power cut or a damaged record does to them.
 */
#include "p11_calls.h"

static int setup(void **state)
{
    (void)state;
    world_wipe();
    return TA_CreateEntryPoint() == TEE_SUCCESS ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    TA_DestroyEntryPoint();
    world_wipe();
    return 0;
}

static void test_token_fresh_is_told_as_uninitialised(void **state)
{
    (void)state;
    struct p11_client c = p11_open();
    struct p11_token_info info;
    assert_int_equal(p_token_info(&c, 0, &info), CKR_OK);
    assert_int_equal(info.flags & CKF_TOKEN_INITIALIZED, 0);
    assert_true(info.flags & CKF_LOGIN_REQUIRED);
    assert_memory_equal(info.label, "********************************", 32);
    assert_int_equal(p_token_info(&c, 3, &info), CKR_SLOT_ID_INVALID);
    uint32_t s;
    assert_int_equal(p_open(&c, 0, true, &s), CKR_OK);
    assert_int_equal(p_login(&c, s, CKU_SO, SO_PIN), CKR_USER_PIN_NOT_INITIALIZED);
    assert_int_equal(p_login(&c, s, CKU_USER, USER_PIN), CKR_USER_PIN_NOT_INITIALIZED);
    p11_close(&c);
}

static void test_token_survives_restart(void **state)
{
    (void)state;
    uint32_t s;
    struct p11_client c = p_ready(&s);
    p11_close(&c);
    world_restart();
    c = p11_open();
    struct p11_token_info info;
    assert_int_equal(p_token_info(&c, 0, &info), CKR_OK);
    assert_memory_equal(info.label, LABEL, 32);
    assert_true(info.flags & CKF_TOKEN_INITIALIZED);
    assert_true(info.flags & CKF_USER_PIN_INITIALIZED);
    assert_int_equal(p_open(&c, 0, false, &s), CKR_OK);
    assert_int_equal(p_login(&c, s, CKU_USER, "wrong pin"), CKR_PIN_INCORRECT);
    assert_int_equal(p_login(&c, s, CKU_USER, USER_PIN), CKR_OK);
    p11_close(&c);
}

static void test_token_pin_lengths(void **state)
{
    (void)state;
    struct p11_client c = p11_open();
    char long_pin[130] = {0};
    memset(long_pin, 'x', 129);
    assert_int_equal(p_init_token(&c, 0, "abc"), CKR_ARGUMENTS_BAD);
    assert_int_equal(p_init_token(&c, 0, long_pin), CKR_ARGUMENTS_BAD);
    p11_close(&c);
    uint32_t s;
    c = p_ready(&s);
    assert_int_equal(p_set_pin(&c, s, USER_PIN, "abc"), CKR_PIN_LEN_RANGE);
    assert_int_equal(p_set_pin(&c, s, USER_PIN, long_pin), CKR_PIN_LEN_RANGE);
    long_pin[128] = 0;
    assert_int_equal(p_set_pin(&c, s, USER_PIN, long_pin), CKR_OK);
    assert_int_equal(p_logout(&c, s), CKR_OK);
    assert_int_equal(p_login(&c, s, CKU_USER, long_pin), CKR_OK);
    p11_close(&c);
}

static void test_token_user_pin_locks_and_so_frees_it(void **state)
{
    (void)state;
    uint32_t s;
    struct p11_client c = p_ready(&s);
    assert_int_equal(p_logout(&c, s), CKR_OK);
    const uint32_t bits =
        CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED;
    assert_int_equal(p_flags(&c, 0) & bits, 0);
    for (int i = 1; i <= 5; i++) {
        assert_int_equal(p_login(&c, s, CKU_USER, "wrong"), CKR_PIN_INCORRECT);
        assert_int_equal(p_flags(&c, 0) & bits, CKF_USER_PIN_COUNT_LOW);
    }
    assert_int_equal(p_login(&c, s, CKU_USER, "wrong"), CKR_PIN_INCORRECT);
    assert_int_equal(p_flags(&c, 0) & bits,
                     CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY);
    assert_int_equal(p_login(&c, s, CKU_USER, "wrong"), CKR_PIN_LOCKED);
    assert_int_equal(p_flags(&c, 0) & bits, CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_LOCKED);
    assert_int_equal(p_login(&c, s, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
    assert_int_equal(p_login(&c, s, CKU_SO, SO_PIN), CKR_OK);
    assert_int_equal(p_init_pin(&c, s, "new-pin"), CKR_OK);
    assert_int_equal(p_logout(&c, s), CKR_OK);
    assert_int_equal(p_flags(&c, 0) & bits, 0);
    assert_int_equal(p_login(&c, s, CKU_USER, "new-pin"), CKR_OK);
    p11_close(&c);
}

static void test_token_so_pin_locks_for_good(void **state)
{
    (void)state;
    struct p11_client c = p11_open();
    uint32_t s;
    assert_int_equal(p_init_token(&c, 0, SO_PIN), CKR_OK);
    assert_int_equal(p_open(&c, 0, true, &s), CKR_OK);
    for (int i = 1; i <= 3; i++)
        assert_int_equal(p_login(&c, s, CKU_SO, "wrong"), CKR_PIN_INCORRECT);
    assert_int_equal(p_close(&c, s), CKR_OK);
    for (int i = 4; i <= 6; i++)
        assert_int_equal(p_init_token(&c, 0, "wrong"), CKR_PIN_INCORRECT);
    assert_int_equal(p_init_token(&c, 0, "wrong"), CKR_PIN_LOCKED);
    assert_int_equal(p_init_token(&c, 0, SO_PIN), CKR_PIN_LOCKED);
    assert_true(p_flags(&c, 0) & CKF_SO_PIN_LOCKED);
    p11_close(&c);
}

static void test_token_success_resets_the_count(void **state)
{
    (void)state;
    uint32_t s;
    struct p11_client c = p_ready(&s);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(p_logout(&c, s), CKR_OK);
        for (int i = 0; i < 6; i++)
            assert_int_equal(p_login(&c, s, CKU_USER, "wrong"), CKR_PIN_INCORRECT);
        assert_int_equal(p_login(&c, s, CKU_USER, USER_PIN), CKR_OK);
        assert_int_equal(p_flags(&c, 0) & CKF_USER_PIN_COUNT_LOW, 0);
    }
    p11_close(&c);
}

static void test_token_try_is_durable_before_the_comparison(void **state)
{
    (void)state;
    uint32_t s;
    struct p11_client c = p_ready(&s);
    assert_int_equal(p_logout(&c, s), CKR_OK);
    for (int i = 1; i <= 7; i++) {
        assert_int_equal(p_login(&c, s, CKU_USER, "wrong"),
                         i < 7 ? CKR_PIN_INCORRECT : CKR_PIN_LOCKED);
        p11_close(&c);
        world_power_cut();
        c = p11_open();
        assert_int_equal(p_open(&c, 0, true, &s), CKR_OK);
    }
    assert_int_equal(p_login(&c, s, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
    p11_close(&c);
}

static void test_token_without_storage_nothing_is_compared(void **state)
{
    (void)state;
    uint32_t s;
    struct p11_client c = p_ready(&s);
    assert_int_equal(p_logout(&c, s), CKR_OK);
    world.fail_at = world.commits + 1;
    assert_int_equal(p_login(&c, s, CKU_USER, USER_PIN), CKR_DEVICE_MEMORY);
    assert_int_equal(p_state(&c, s), CKS_RW_PUBLIC_SESSION);
    assert_int_equal(p_login(&c, s, CKU_USER, USER_PIN), CKR_OK);
    p11_close(&c);
}

static void test_token_lost_reset_costs_one_try_only(void **state)
{
    (void)state;
    uint32_t s;
    struct p11_client c = p_ready(&s);
    p11_close(&c);
    world_power_cut(); /* the reset after p_ready's login was lazy */
    c = p11_open();
    assert_int_equal(p_open(&c, 0, true, &s), CKR_OK);
    for (int i = 0; i < 5; i++)
        assert_int_equal(p_login(&c, s, CKU_USER, "wrong"), CKR_PIN_INCORRECT);
    assert_int_equal(p_login(&c, s, CKU_USER, USER_PIN), CKR_OK);
    p11_close(&c);
}

static void test_token_right_pin_at_the_last_try_does_not_lock(void **state)
{
    (void)state;
    uint32_t s;
    struct p11_client c = p_ready(&s);
    assert_int_equal(p_logout(&c, s), CKR_OK);
    for (int i = 0; i < 6; i++)
        assert_int_equal(p_login(&c, s, CKU_USER, "wrong"), CKR_PIN_INCORRECT);
    assert_int_equal(p_login(&c, s, CKU_USER, USER_PIN), CKR_OK);
    p11_close(&c);
    world_power_cut();
    c = p11_open();
    assert_int_equal(p_open(&c, 0, true, &s), CKR_OK);
    assert_int_equal(p_login(&c, s, CKU_USER, USER_PIN), CKR_OK);
    p11_close(&c);
}

/* Initialised before its objects were read: their remains are found when they are. */
static void test_token_all_remains_are_swept(void **state)
{
    (void)state;
    uint32_t s, o;
    CK_ATTRIBUTE data[] = {A_ULONG(CKA_CLASS, CKO_DATA), A_BOOL(CKA_TOKEN, true)};
    struct p11_client c = p_ready(&s);
    for (int i = 0; i < 100; i++)
        assert_int_equal(p_create(&c, s, data, COUNT(data), &o), CKR_OK);
    p11_close(&c);
    world_restart();
    c = p11_open();
    assert_int_equal(p_init_token(&c, 0, SO_PIN), CKR_OK);
    assert_int_equal(world.nr, 101);
    assert_int_equal(p_open(&c, 0, true, &s), CKR_OK);
    assert_int_equal(world.nr, 1);
    p11_close(&c);
}

static void test_token_init_again_needs_so_pin_and_no_sessions(void **state)
{
    (void)state;
    uint32_t s, o;
    struct p11_client c = p_ready(&s), other = p11_open();
    CK_ATTRIBUTE data[] = {A_ULONG(CKA_CLASS, CKO_DATA), A_BOOL(CKA_TOKEN, true)};
    assert_int_equal(p_create(&c, s, data, COUNT(data), &o), CKR_OK);
    assert_int_equal(p_init_token(&other, 0, SO_PIN), CKR_SESSION_EXISTS);
    assert_int_equal(p_close(&c, s), CKR_OK);
    assert_int_equal(p_init_token(&other, 0, "wrong"), CKR_PIN_INCORRECT);
    assert_int_equal(p_init_token(&other, 0, ""), CKR_PIN_INCORRECT);
    assert_int_equal(p_init_token(&other, 0, SO_PIN), CKR_OK);
    assert_false(p_flags(&c, 0) & CKF_USER_PIN_INITIALIZED);
    uint32_t found[4];
    assert_int_equal(p_open(&c, 0, true, &s), CKR_OK);
    assert_int_equal(p_find(&c, s, NULL, 0, found, 4), 0);
    assert_int_equal(world.nr, 1); /* the record; the object was swept */
    p11_close(&c);
    p11_close(&other);
}

static void test_token_init_is_one_commit(void **state)
{
    (void)state;
    uint32_t s, o, found[4];
    CK_ATTRIBUTE data[] = {A_ULONG(CKA_CLASS, CKO_DATA), A_BOOL(CKA_TOKEN, true)};
    struct p11_client c = p_ready(&s);
    assert_int_equal(p_create(&c, s, data, COUNT(data), &o), CKR_OK);
    assert_int_equal(p_close(&c, s), CKR_OK);

    world.fail_at =
        world.commits + 3; /* 1 spends a try, 2 gives it back, 3 is the new record */
    assert_int_equal(p_init_token(&c, 0, SO_PIN), CKR_DEVICE_MEMORY);
    world.fail_at = 0;
    assert_int_equal(p_open(&c, 0, true, &s), CKR_OK);
    assert_int_equal(p_find(&c, s, NULL, 0, found, 4), 1);
    assert_int_equal(p_login(&c, s, CKU_USER, USER_PIN), CKR_OK);
    assert_int_equal(p_close(&c, s), CKR_OK);

    world.fail_at = world.commits + 4; /* the sweep fails: remains stay in storage */
    assert_int_equal(p_init_token(&c, 0, SO_PIN), CKR_OK);
    world.fail_at = 0;
    assert_int_equal(world.nr, 2);
    p11_close(&c);
    world_power_cut();
    c = p11_open();
    assert_int_equal(p_open(&c, 0, true, &s), CKR_OK);
    assert_int_equal(p_find(&c, s, NULL, 0, found, 4), 0);
    assert_int_equal(world.nr, 1);
    p11_close(&c);
}

static void test_token_damaged_record_is_never_an_empty_token(void **state)
{
    (void)state;
    uint32_t s;
    struct p11_token_info info;
    struct p11_client c = p_ready(&s);
    p11_close(&c);
    for (int how = 0; how < 3; how++) {
        struct world_object *o = world_find("t\0", 2);
        assert_non_null(o);
        uint8_t first = o->data[0];
        size_t len = o->len;
        o->rotten = how == 0;
        if (how == 1)
            o->data[0] ^= 1;
        if (how == 2)
            o->len--;
        world_restart();
        c = p11_open();
        assert_int_equal(p_token_info(&c, 0, &info), CKR_DEVICE_ERROR);
        assert_int_equal(p_open(&c, 0, true, &s), CKR_DEVICE_ERROR);
        assert_int_equal(p_init_token(&c, 0, SO_PIN), CKR_DEVICE_ERROR);
        assert_int_equal(p_init_token(&c, 1, SO_PIN), how ? CKR_OK : CKR_OK);
        assert_int_equal(p_open(&c, 1, true, &s), CKR_OK);
        p11_close(&c);
        o = world_find("t\0", 2);
        o->data[0] = first;
        o->len = len;
        o->rotten = false;
    }
    world_restart();
    c = p11_open();
    assert_int_equal(p_open(&c, 0, true, &s), CKR_OK);
    assert_int_equal(p_login(&c, s, CKU_USER, USER_PIN), CKR_OK);
    p11_close(&c);
}

static void test_token_damaged_object_is_left_out(void **state)
{
    (void)state;
    uint32_t s, o, found[8];
    struct p11_client c = p_ready(&s);
    for (int i = 0; i < 4; i++) {
        CK_ATTRIBUTE data[] = {A_ULONG(CKA_CLASS, CKO_DATA), A_BOOL(CKA_TOKEN, true)};
        assert_int_equal(p_create(&c, s, data, COUNT(data), &o), CKR_OK);
    }
    p11_close(&c);
    assert_int_equal(world.nr, 5);
    world.objects[1].rotten = true;
    world.objects[2].data[world.objects[2].len - 1] ^=
        1; /* decodes, but says no class or such */
    world.objects[3].len -= 1;
    world_restart();
    c = p11_open();
    assert_int_equal(p_open(&c, 0, false, &s), CKR_OK);
    size_t nr = p_find(&c, s, NULL, 0, found, 8);
    assert_in_range(nr, 1, 2);
    assert_int_equal(world.nr, 5); /* nothing was deleted */
    assert_non_null(strstr(world_log, "left out"));
    p11_close(&c);
}

static void test_token_login_rules(void **state)
{
    (void)state;
    uint32_t s, ro;
    struct p11_client c = p_ready(&s);
    assert_int_equal(p_state(&c, s), CKS_RW_USER_FUNCTIONS);
    assert_int_equal(p_login(&c, s, CKU_USER, USER_PIN), CKR_USER_ALREADY_LOGGED_IN);
    assert_int_equal(p_login(&c, s, CKU_SO, SO_PIN), CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
    assert_int_equal(p_login(&c, s, 9, SO_PIN), CKR_USER_TYPE_INVALID);
    assert_int_equal(p_login(&c, s, CKU_CONTEXT_SPECIFIC, USER_PIN),
                     CKR_OPERATION_NOT_INITIALIZED);
    assert_int_equal(p_init_pin(&c, s, "abcd"), CKR_USER_NOT_LOGGED_IN);
    assert_int_equal(p_open(&c, 0, false, &ro), CKR_OK);
    assert_int_equal(p_state(&c, ro), CKS_RO_USER_FUNCTIONS);
    assert_int_equal(p_set_pin(&c, ro, USER_PIN, "abcd"), CKR_SESSION_READ_ONLY);
    assert_int_equal(p_logout(&c, ro), CKR_OK);
    assert_int_equal(p_logout(&c, s), CKR_USER_NOT_LOGGED_IN);
    assert_int_equal(p_state(&c, s), CKS_RW_PUBLIC_SESSION);
    assert_int_equal(p_login(&c, s, CKU_SO, SO_PIN), CKR_SESSION_READ_ONLY_EXISTS);
    assert_int_equal(p_close(&c, ro), CKR_OK);
    assert_int_equal(p_login(&c, s, CKU_SO, SO_PIN), CKR_OK);
    assert_int_equal(p_open(&c, 0, false, &ro), CKR_SESSION_READ_WRITE_SO_EXISTS);
    assert_int_equal(p_state(&c, s), CKS_RW_SO_FUNCTIONS);

    struct p11_client other = p11_open(); /* logins are each client's own */
    uint32_t t;
    assert_int_equal(p_open(&other, 0, false, &t), CKR_OK);
    assert_int_equal(p_state(&other, t), CKS_RO_PUBLIC_SESSION);
    assert_int_equal(p_close(&other, s + 100), CKR_SESSION_HANDLE_INVALID);
    p11_close(&other);

    assert_int_equal(p_close(&c, s), CKR_OK); /* the last session takes the login along */
    assert_int_equal(p_open(&c, 0, true, &s), CKR_OK);
    assert_int_equal(p_state(&c, s), CKS_RW_PUBLIC_SESSION);
    p11_close(&c);
}

static void test_token_set_pin(void **state)
{
    (void)state;
    uint32_t s;
    struct p11_client c = p_ready(&s);
    assert_int_equal(p_set_pin(&c, s, "wrong", "abcd"), CKR_PIN_INCORRECT);
    assert_int_equal(p_set_pin(&c, s, USER_PIN, "abcd"), CKR_OK);
    assert_int_equal(p_logout(&c, s), CKR_OK);
    assert_int_equal(p_set_pin(&c, s, "abcd", USER_PIN), CKR_OK); /* public: the user's */
    assert_int_equal(p_login(&c, s, CKU_SO, SO_PIN), CKR_OK);
    assert_int_equal(p_set_pin(&c, s, SO_PIN, "new-so"), CKR_OK);
    assert_int_equal(p_logout(&c, s), CKR_OK);
    assert_int_equal(p_login(&c, s, CKU_SO, SO_PIN), CKR_PIN_INCORRECT);
    assert_int_equal(p_login(&c, s, CKU_SO, "new-so"), CKR_OK);
    p11_close(&c);
}

static struct p11_client client_of(uint32_t login, uint32_t time_low)
{
    world_identity = (TEE_Identity){.login = login, .uuid = {.timeLow = time_low}};
    return p11_open();
}

static void test_token_opened_by_identity(void **state)
{
    (void)state;
    struct p11_client so = client_of(TEE_LOGIN_USER, 1),
                      user = client_of(TEE_LOGIN_GROUP, 2);
    uint32_t s, u;
    assert_int_equal(p_init_token(&so, 0, ""), CKR_OK);
    assert_true(p_flags(&so, 0) & CKF_PROTECTED_AUTHENTICATION_PATH);
    assert_int_equal(p_init_token(&user, 0, ""), CKR_PIN_INCORRECT);
    assert_int_equal(p_init_token(&user, 0, SO_PIN), CKR_PIN_INCORRECT);
    assert_int_equal(p_open(&user, 0, true, &u), CKR_OK);
    assert_int_equal(p_login(&user, u, CKU_SO, ""), CKR_PIN_INCORRECT);
    assert_int_equal(p_login(&user, u, CKU_USER, ""), CKR_USER_PIN_NOT_INITIALIZED);
    assert_int_equal(p_open(&so, 0, true, &s), CKR_OK);
    assert_int_equal(p_login(&so, s, CKU_SO, ""), CKR_OK);
    assert_int_equal(p_init_pin(&so, s, "group:2"), CKR_ARGUMENTS_BAD);
    assert_int_equal(p_init_pin(&so, s, "group:00000002-0000-0000-0000-000000000000"),
                     CKR_OK);
    assert_int_equal(p_login(&user, u, CKU_USER, "ignored"), CKR_OK);
    assert_int_equal(p_logout(&so, s), CKR_OK);
    assert_int_equal(p_login(&so, s, CKU_USER, ""), CKR_PIN_INCORRECT);
    assert_int_equal(p_close(&so, s), CKR_OK);
    assert_int_equal(p_close(&user, u), CKR_OK);
    assert_int_equal(p_init_token(&so, 0, ""), CKR_OK);
    assert_true(p_flags(&so, 0) & CKF_PROTECTED_AUTHENTICATION_PATH);
    p11_close(&so);
    p11_close(&user);
}

static void test_token_session_counts_are_true(void **state)
{
    (void)state;
    uint32_t s[3];
    struct p11_client c = p11_open(), other = p11_open();
    struct p11_token_info info;
    assert_int_equal(p_open(&c, 0, true, &s[0]), CKR_OK);
    assert_int_equal(p_open(&c, 0, false, &s[1]), CKR_OK);
    assert_int_equal(p_open(&other, 0, false, &s[2]), CKR_OK);
    assert_int_equal(p_token_info(&c, 0, &info), CKR_OK);
    assert_int_equal(info.sessions, 2);
    assert_int_equal(info.rw_sessions, 1);
    assert_int_equal(P_CALL(&c, P11_CMD_CLOSE_ALL_SESSIONS, NULL, 0), CKR_OK);
    assert_int_equal(p_close(&c, s[0]), CKR_SESSION_HANDLE_INVALID);
    assert_int_equal(p_token_info(&c, 0, &info), CKR_OK);
    assert_int_equal(info.sessions, 0);
    assert_int_equal(p_state(&other, s[2]), CKS_RO_PUBLIC_SESSION);
    uint32_t n = 0;
    CK_RV rv = CKR_OK;
    for (; n <= 5000 && (rv = p_open(&c, 0, false, &s[0])) == CKR_OK; n++)
        ;
    assert_int_equal(rv, CKR_SESSION_COUNT);
    assert_int_equal(n, info.max_sessions);
    p11_close(&c);
    p11_close(&other);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_token_fresh_is_told_as_uninitialised),
        T(test_token_survives_restart),
        T(test_token_pin_lengths),
        T(test_token_user_pin_locks_and_so_frees_it),
        T(test_token_so_pin_locks_for_good),
        T(test_token_success_resets_the_count),
        T(test_token_try_is_durable_before_the_comparison),
        T(test_token_without_storage_nothing_is_compared),
        T(test_token_lost_reset_costs_one_try_only),
        T(test_token_right_pin_at_the_last_try_does_not_lock),
        T(test_token_all_remains_are_swept),
        T(test_token_init_again_needs_so_pin_and_no_sessions),
        T(test_token_init_is_one_commit),
        T(test_token_damaged_record_is_never_an_empty_token),
        T(test_token_damaged_object_is_left_out),
        T(test_token_login_rules),
        T(test_token_set_pin),
        T(test_token_opened_by_identity),
        T(test_token_session_counts_are_true),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
