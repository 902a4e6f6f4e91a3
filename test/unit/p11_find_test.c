/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Searching in the PKCS#11 TA: every template finds exactly what a look at each object
 * would find, whatever index it goes by; secrets cannot be guessed at; and among many
 * objects a search does not look at all of them.
 */
#include "p11_calls.h"

static struct p11_client c;
static uint32_t s;

static int setup(void **state)
{
    (void)state;
    world_wipe();
    if (TA_CreateEntryPoint() != TEE_SUCCESS)
        return -1;
    c = p_ready(&s);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    p11_close(&c);
    TA_DestroyEntryPoint();
    world_wipe();
    return 0;
}

static uint32_t cert(const char *label, const char *id, bool token)
{
    uint32_t o;
    CK_ATTRIBUTE t[] = {
        A_ULONG(CKA_CLASS, CKO_CERTIFICATE), A_ULONG(CKA_CERTIFICATE_TYPE, CKC_X_509),
        A_TEXT(CKA_SUBJECT, "subject"),      A_BYTES(CKA_LABEL, label, strlen(label)),
        A_BYTES(CKA_ID, id, strlen(id)),     A_BOOL(CKA_TOKEN, token)};
    assert_int_equal(p_create(&c, s, t, COUNT(t), &o), CKR_OK);
    return o;
}

static uint32_t aes(uint8_t first, bool extractable)
{
    uint32_t o;
    uint8_t v[16] = {first};
    CK_ATTRIBUTE t[] = {A_ULONG(CKA_CLASS, CKO_SECRET_KEY),
                        A_ULONG(CKA_KEY_TYPE, CKK_AES), A_BYTES(CKA_VALUE, v, 16),
                        A_BOOL(CKA_EXTRACTABLE, extractable)};
    assert_int_equal(p_create(&c, s, t, COUNT(t), &o), CKR_OK);
    return o;
}

static void test_find_by_each_index(void **state)
{
    (void)state;
    uint32_t a = cert("a", "1", true), b = cert("b", "1", false), k = aes(1, false), f[8];
    CK_ATTRIBUTE id[] = {A_TEXT(CKA_ID, "1")};
    CK_ATTRIBUTE label[] = {A_TEXT(CKA_LABEL, "b")};
    CK_ATTRIBUTE both[] = {A_TEXT(CKA_ID, "1"), A_TEXT(CKA_LABEL, "a")};
    CK_ATTRIBUTE class[] = {A_ULONG(CKA_CLASS, CKO_SECRET_KEY)};
    CK_ATTRIBUTE type[] = {A_ULONG(CKA_CLASS, CKO_SECRET_KEY),
                           A_ULONG(CKA_KEY_TYPE, CKK_AES)};
    CK_ATTRIBUTE other[] = {A_ULONG(CKA_CLASS, CKO_SECRET_KEY),
                            A_ULONG(CKA_KEY_TYPE, CKK_GENERIC_SECRET)};
    CK_ATTRIBUTE none[] = {A_TEXT(CKA_LABEL, "")};
    CK_ATTRIBUTE token[] = {A_BOOL(CKA_TOKEN, true)};
    CK_ATTRIBUTE unknown[] = {A_TEXT(CKA_VENDOR_DEFINED | 5, "x")};
    assert_int_equal(p_find(&c, s, NULL, 0, f, 8), 3);
    assert_int_equal(p_find(&c, s, id, 1, f, 8), 2);
    assert_int_equal(f[0], a);
    assert_int_equal(f[1], b);
    assert_int_equal(p_find(&c, s, label, 1, f, 8), 1);
    assert_int_equal(f[0], b);
    assert_int_equal(p_find(&c, s, both, 2, f, 8), 1);
    assert_int_equal(f[0], a);
    assert_int_equal(p_find(&c, s, class, 1, f, 8), 1);
    assert_int_equal(f[0], k);
    assert_int_equal(p_find(&c, s, type, 2, f, 8), 1);
    assert_int_equal(p_find(&c, s, other, 2, f, 8), 0);
    assert_int_equal(p_find(&c, s, none, 1, f, 8), 1);
    assert_int_equal(p_find(&c, s, token, 1, f, 8), 1);
    assert_int_equal(p_find(&c, s, unknown, 1, f, 8), 0);
}

static void test_find_index_follows_changes(void **state)
{
    (void)state;
    uint32_t o[2] = {cert("old", "1", true), cert("old", "1", false)}, f[4];
    CK_ATTRIBUTE old[] = {A_TEXT(CKA_LABEL, "old")}, new[] = {A_TEXT(CKA_LABEL, "new")};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(p_set(&c, s, o[i], new, 1), CKR_OK);
        assert_int_equal(p_find(&c, s, old, 1, f, 4), (size_t)(1 - i));
        assert_int_equal(p_find(&c, s, new, 1, f, 4), (size_t)(1 + i));
    }
    assert_int_equal(p_destroy(&c, s, o[0]), CKR_OK);
    assert_int_equal(p_find(&c, s, new, 1, f, 4), 1);
    assert_int_equal(f[0], o[1]);
}

static void test_find_does_not_confirm_guesses_at_secrets(void **state)
{
    (void)state;
    uint32_t shut = aes(7, false), open = aes(7, true), f[4];
    uint8_t v[16] = {7};
    CK_ATTRIBUTE guess[] = {A_BYTES(CKA_VALUE, v, 16)};
    assert_int_equal(p_find(&c, s, guess, 1, f, 4), 1);
    assert_int_equal(f[0], open);
    CK_ATTRIBUTE sensitive[] = {A_BOOL(CKA_SENSITIVE, true)};
    assert_int_equal(p_set(&c, s, open, sensitive, 1), CKR_OK);
    assert_int_equal(p_find(&c, s, guess, 1, f, 4), 0);
    (void)shut;
}

static void test_find_is_one_operation_of_the_session(void **state)
{
    (void)state;
    assert_int_equal(P_CALL(&c, P11_CMD_FIND_OBJECTS_FINAL, NULL, s),
                     CKR_OPERATION_NOT_INITIALIZED);
    assert_int_equal(p_templ(&c, P11_CMD_FIND_OBJECTS_INIT, s, 0, NULL, 0, NULL), CKR_OK);
    assert_int_equal(p_templ(&c, P11_CMD_FIND_OBJECTS_INIT, s, 0, NULL, 0, NULL),
                     CKR_OPERATION_ACTIVE);
    uint32_t other;
    assert_int_equal(p_open(&c, 0, false, &other), CKR_OK);
    assert_int_equal(p_templ(&c, P11_CMD_FIND_OBJECTS_INIT, other, 0, NULL, 0, NULL),
                     CKR_OK);
    assert_int_equal(p_close(&c, other), CKR_OK);
    assert_int_equal(P_CALL(&c, P11_CMD_FIND_OBJECTS_FINAL, NULL, s), CKR_OK);
}

static void test_find_skips_what_goes_away_meanwhile(void **state)
{
    (void)state;
    uint32_t a = cert("x", "1", true), b = cert("x", "2", true), d = cert("x", "3", true);
    uint8_t out[8];
    struct p11_io io = {.out = out, .out_len = 4, .has_out = true};
    assert_int_equal(p_templ(&c, P11_CMD_FIND_OBJECTS_INIT, s, 0, NULL, 0, NULL), CKR_OK);
    assert_int_equal(P_CALL(&c, P11_CMD_FIND_OBJECTS, &io, s), CKR_OK);
    assert_int_equal(le32(out), a);
    assert_int_equal(p_destroy(&c, s, b), CKR_OK);
    io.out_len = 8;
    assert_int_equal(P_CALL(&c, P11_CMD_FIND_OBJECTS, &io, s), CKR_OK);
    assert_int_equal(io.out_len, 4);
    assert_int_equal(le32(out), d);
}

/* 10,000 objects: found after a restart too, by their own names, and gone when destroyed.
 */
static void test_find_among_ten_thousand(void **state)
{
    (void)state;
    enum { NR = 10000 };
    static uint32_t f[NR];
    char name[16];
    for (int i = 0; i < NR; i++) {
        snprintf(name, sizeof name, "n%05d", i);
        cert(name, name, true);
    }
    p11_close(&c);
    world_restart();
    c = p11_open();
    assert_int_equal(p_open(&c, 0, true, &s), CKR_OK);
    assert_int_equal(p_find(&c, s, NULL, 0, f, NR), NR);
    for (int i = 0; i < NR; i += 97) {
        snprintf(name, sizeof name, "n%05d", i);
        CK_ATTRIBUTE t[] = {A_ULONG(CKA_CLASS, CKO_CERTIFICATE),
                            A_BYTES(CKA_LABEL, name, 6)};
        assert_int_equal(p_find(&c, s, t, 2, f, 2), 1);
        char label[8];
        CK_ATTRIBUTE get = {CKA_ID, label, sizeof label};
        assert_int_equal(p_get(&c, s, f[0], &get, 1), CKR_OK);
        assert_memory_equal(label, name, 6);
        assert_int_equal(p_destroy(&c, s, f[0]), CKR_OK);
        assert_int_equal(p_find(&c, s, t, 2, f, 2), 0);
    }
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_find_by_each_index),
        T(test_find_index_follows_changes),
        T(test_find_does_not_confirm_guesses_at_secrets),
        T(test_find_is_one_operation_of_the_session),
        T(test_find_skips_what_goes_away_meanwhile),
        T(test_find_among_ten_thousand),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
