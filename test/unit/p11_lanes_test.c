/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many lanes in the PKCS#11 TA at once: signing, searching, making, changing and
 * destroying objects, logging in and out, opening and closing sessions, in clients of
 * their own and within one client. Whatever the order, each call gets an answer that some
 * order explains, references stay balanced, and at the end everything is there that was
 * acknowledged. Meant for TSan and ASan.
 */
#include <stdatomic.h>
#include "p11_calls.h"

#define LANES  8
#define ROUNDS 40

#define P256_PARAMS "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"

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

static atomic_uint failures;
#define CHECK(x)                                                                         \
    do {                                                                                 \
        if (!(x)) {                                                                      \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);                      \
            atomic_fetch_add(&failures, 1);                                              \
        }                                                                                \
    } while (0)

static bool is_one_of(CK_RV rv, CK_RV a, CK_RV b, CK_RV c)
{
    return rv == a || rv == b || rv == c;
}

static CK_RV pair(pc c, uint32_t s, bool token, uint32_t o[2])
{
    ARGS(a);
    uint8_t out[8];
    struct p11_io io = {.out = out, .out_len = 8, .has_out = true};
    CK_ATTRIBUTE pub[] = {A_TEXT(CKA_EC_PARAMS, P256_PARAMS), A_BOOL(CKA_VERIFY, true),
                          A_BOOL(CKA_TOKEN, token)};
    CK_ATTRIBUTE priv[] = {A_BOOL(CKA_SIGN, true), A_BOOL(CKA_PRIVATE, true),
                           A_BOOL(CKA_TOKEN, token)};
    CK_MECHANISM m = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    wr_u32(&a, s);
    p11_mech_encode(&a, &m);
    p11_template_encode(&a, pub, COUNT(pub));
    p11_template_encode(&a, priv, COUNT(priv));
    CK_RV rv = p11_call(c, P11_CMD_GENERATE_KEY_PAIR, &a, &io);
    o[0] = rv == CKR_OK ? le32(out) : 0;
    o[1] = rv == CKR_OK ? le32(out + 4) : 0;
    return rv;
}

static CK_RV sign(pc c, uint32_t s, uint32_t key)
{
    ARGS(a), b = a;
    uint8_t digest[32] = {1}, out[64];
    CK_MECHANISM m = {CKM_ECDSA, NULL, 0};
    struct p11_io io = {digest, 32, out, 64, true, true, false};
    wr_u32(&a, s);
    wr_u32(&a, key);
    p11_mech_encode(&a, &m);
    CK_RV rv = p11_call(c, P11_CMD_SIGN_INIT, &a, NULL);
    if (rv != CKR_OK)
        return rv;
    wr_u32(&b, s);
    return p11_call(c, P11_CMD_SIGN_ONESHOT, &b, &io);
}

static void run(void *(*work)(void *), void *arg)
{
    pthread_t lane[LANES];
    atomic_store(&failures, 0);
    for (int i = 0; i < LANES; i++)
        assert_int_equal(pthread_create(&lane[i], NULL, work, arg), 0);
    for (int i = 0; i < LANES; i++)
        pthread_join(lane[i], NULL);
    assert_int_equal(atomic_load(&failures), 0);
}

/* --- clients of their own on one token
 * -------------------------------------------------------- */

static atomic_uint made;

static void *client_work(void *arg)
{
    (void)arg;
    for (int r = 0; r < ROUNDS / 8; r++) {
        struct p11_client c = p11_open();
        uint32_t s, o[2], found[4], label = (uint32_t)r ^ (uint32_t)(uintptr_t)&c;
        CK_ATTRIBUTE name[] = {A_BYTES(CKA_LABEL, &label, 4)};
        CHECK(p_open(&c, 0, true, &s) == CKR_OK);
        CHECK(p_login(&c, s, CKU_USER, USER_PIN) == CKR_OK);
        CHECK(pair(&c, s, true, o) == CKR_OK);
        CHECK(p_set(&c, s, o[1], name, 1) == CKR_OK);
        CHECK(p_find(&c, s, name, 1, found, 4) >= 1);
        CHECK(sign(&c, s, o[1]) == CKR_OK);
        CHECK(p_destroy(&c, s, o[0]) == CKR_OK);
        atomic_fetch_add(&made, 1);
        p11_close(&c);
    }
    return NULL;
}

static void test_lanes_clients_of_their_own(void **state)
{
    (void)state;
    uint32_t s;
    static uint32_t found[1000];
    struct p11_client c = p_ready(&s);
    p11_close(&c);
    atomic_store(&made, 0);
    run(client_work, NULL);
    world_restart();
    c = p11_open();
    assert_int_equal(p_open(&c, 0, true, &s), CKR_OK);
    assert_int_equal(p_login(&c, s, CKU_USER, USER_PIN), CKR_OK);
    assert_int_equal(p_find(&c, s, NULL, 0, found, 1000), atomic_load(&made));
    assert_int_equal(sign(&c, s, found[0]), CKR_OK);
    assert_int_equal(p_flags(&c, 0) & CKF_USER_PIN_COUNT_LOW, 0);
    p11_close(&c);
}

/* --- one client, many threads
 * -------------------------------------------------------------------- */

struct shared {
    struct p11_client c;
    uint32_t key;
    atomic_uint turn;
};

static void *session_work(void *arg)
{
    struct shared *sh = arg;
    for (int r = 0; r < ROUNDS; r++) {
        uint32_t s, o, found[64];
        CK_ATTRIBUTE data[] = {A_ULONG(CKA_CLASS, CKO_DATA), A_TEXT(CKA_LABEL, "d")};
        CHECK(p_open(&sh->c, 0, true, &s) == CKR_OK);
        CHECK(p_create(&sh->c, s, data, 2, &o) == CKR_OK);
        CHECK(sign(&sh->c, s, sh->key) == CKR_OK);
        CHECK(p_find(&sh->c, s, data, 2, found, 64) >= 1);
        if (r % 2)
            CHECK(p_destroy(&sh->c, s, o) == CKR_OK);
        CHECK(p_close(&sh->c, s) == CKR_OK);
        CHECK(p_destroy(&sh->c, s, o) == CKR_SESSION_HANDLE_INVALID);
    }
    return NULL;
}

static void test_lanes_sessions_of_one_client(void **state)
{
    (void)state;
    uint32_t s, o[2], found[4];
    struct shared sh = {.c = p_ready(&s)};
    assert_int_equal(pair(&sh.c, s, true, o), CKR_OK);
    sh.key = o[1];
    run(session_work, &sh);
    assert_int_equal(p_find(&sh.c, s, NULL, 0, found, 4), 2);
    struct p11_token_info info;
    assert_int_equal(p_token_info(&sh.c, 0, &info), CKR_OK);
    assert_int_equal(info.sessions, 1);
    p11_close(&sh.c);
}

/* Half of the lanes log in and out, while the others use a private key in their sessions.
 */
static void *logout_work(void *arg)
{
    struct shared *sh = arg;
    bool loud = atomic_fetch_add(&sh->turn, 1) % 2;
    uint32_t s;
    CHECK(p_open(&sh->c, 0, true, &s) == CKR_OK);
    for (int r = 0; r < ROUNDS; r++) {
        if (loud) {
            CHECK(is_one_of(p_login(&sh->c, s, CKU_USER, USER_PIN), CKR_OK,
                            CKR_USER_ALREADY_LOGGED_IN, CKR_OK));
            CHECK(is_one_of(p_logout(&sh->c, s), CKR_OK, CKR_USER_NOT_LOGGED_IN, CKR_OK));
        } else {
            CHECK(is_one_of(sign(&sh->c, s, sh->key), CKR_OK, CKR_KEY_HANDLE_INVALID,
                            CKR_OPERATION_NOT_INITIALIZED));
        }
    }
    return NULL;
}

static void test_lanes_logout_beside_private_operations(void **state)
{
    (void)state;
    uint32_t s, o[2];
    struct shared sh = {.c = p_ready(&s)};
    assert_int_equal(pair(&sh.c, s, true, o), CKR_OK);
    sh.key = o[1];
    run(logout_work, &sh);
    p11_close(&sh.c);
}

/* All lanes go for the same few objects. */
static void *same_object_work(void *arg)
{
    struct shared *sh = arg;
    uint32_t s;
    CHECK(p_open(&sh->c, 0, true, &s) == CKR_OK);
    for (int r = 0; r < ROUNDS; r++) {
        uint32_t found[32], o;
        char text = (char)('a' + r % 26);
        CK_ATTRIBUTE label[] = {A_BYTES(CKA_LABEL, &text, 1)};
        CK_ATTRIBUTE data[] = {A_ULONG(CKA_CLASS, CKO_DATA), A_BOOL(CKA_TOKEN, r % 2)};
        CHECK(p_create(&sh->c, s, data, 2, &o) == CKR_OK);
        size_t nr = p_find(&sh->c, s, data, 1, found, 32);
        for (size_t i = 0; i < nr && i < 3; i++) {
            CHECK(is_one_of(p_set(&sh->c, s, found[i], label, 1), CKR_OK,
                            CKR_OBJECT_HANDLE_INVALID, CKR_OK));
            CK_ATTRIBUTE get = {CKA_LABEL, &text, 1};
            CHECK(is_one_of(p_get(&sh->c, s, found[i], &get, 1), CKR_OK,
                            CKR_OBJECT_HANDLE_INVALID, CKR_OK));
            CHECK(is_one_of(p_destroy(&sh->c, s, found[i]), CKR_OK,
                            CKR_OBJECT_HANDLE_INVALID, CKR_OK));
        }
    }
    return NULL;
}

static void test_lanes_change_and_destroy_the_same_objects(void **state)
{
    (void)state;
    uint32_t s, found[8];
    struct shared sh = {.c = p_ready(&s)};
    run(same_object_work, &sh);
    size_t nr;
    while ((nr = p_find(&sh.c, s, NULL, 0, found, 8))) {
        for (size_t i = 0; i < nr && i < 8; i++)
            assert_int_equal(p_destroy(&sh.c, s, found[i]), CKR_OK);
    }
    assert_int_equal(world.nr, 1);
    p11_close(&sh.c);
}

/* Initialising the token against clients that open sessions on it. */
static void *init_work(void *arg)
{
    struct shared *sh = arg;
    bool loud = atomic_fetch_add(&sh->turn, 1) % 4 == 0;
    struct p11_client c = p11_open();
    for (int r = 0; r < ROUNDS / 4; r++) {
        uint32_t s, o;
        CK_ATTRIBUTE data[] = {A_ULONG(CKA_CLASS, CKO_DATA), A_BOOL(CKA_TOKEN, true)};
        if (loud) {
            CHECK(is_one_of(p_init_token(&c, 0, SO_PIN), CKR_OK, CKR_SESSION_EXISTS,
                            CKR_OK));
            continue;
        }
        CHECK(p_open(&c, 0, true, &s) == CKR_OK);
        CHECK(p_create(&c, s, data, 2, &o) == CKR_OK);
        CHECK(p_destroy(&c, s, o) == CKR_OK);
        CHECK(p_close(&c, s) == CKR_OK);
    }
    p11_close(&c);
    return NULL;
}

static void test_lanes_init_token_beside_sessions(void **state)
{
    (void)state;
    struct shared sh = {.c = p11_open()};
    assert_int_equal(p_init_token(&sh.c, 0, SO_PIN), CKR_OK);
    run(init_work, &sh);
    p11_close(&sh.c);
    assert_int_equal(world.nr, 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_lanes_clients_of_their_own),
        T(test_lanes_sessions_of_one_client),
        T(test_lanes_logout_beside_private_operations),
        T(test_lanes_change_and_destroy_the_same_objects),
        T(test_lanes_init_token_beside_sessions),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
