/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many lanes at once: clients in threads of their own use the same token keys, with
 * one-call commands and with operations of their sessions, while another lane makes and
 * destroys keys under them. Meant for ThreadSanitizer; here it also shows that results do
 * not mix.
 */
#include <stdatomic.h>
#include "p11_ops.h"

#define LANES  8u
#define ROUNDS 40u

static uint32_t ec[2], secret;
static _Atomic uint32_t doomed;
static atomic_uint failures;

static uint32_t token_secret(void)
{
    CK_ATTRIBUTE t[] = {A_ULONG(CKA_CLASS, CKO_SECRET_KEY),
                        A_ULONG(CKA_KEY_TYPE, CKK_GENERIC_SECRET),
                        A_TEXT(CKA_VALUE, "0123456789abcdef"),
                        A_BOOL(CKA_TOKEN, true),
                        A_BOOL(CKA_PRIVATE, false),
                        A_BOOL(CKA_SIGN, true),
                        A_BOOL(CKA_VERIFY, true)};
    uint32_t h;
    assert_int_equal(p_create(&ops.c, ops.session, t, COUNT(t), &h), CKR_OK);
    return h;
}

static int start(void **state)
{
    if (ops_start(state) != 0)
        return -1;
    CK_ATTRIBUTE pub[] = {A_TEXT(CKA_EC_PARAMS, P256_OID), A_BOOL(CKA_VERIFY, true),
                          A_BOOL(CKA_TOKEN, true)};
    CK_ATTRIBUTE prv[] = {A_BOOL(CKA_SIGN, true), A_BOOL(CKA_TOKEN, true),
                          A_BOOL(CKA_PRIVATE, false)};
    assert_int_equal(ops_pair(CKM_EC_KEY_PAIR_GEN, pub, COUNT(pub), prv, COUNT(prv), ec),
                     CKR_OK);
    secret = token_secret();
    doomed = token_secret();
    return 0;
}

/* One call with or without a key; in and sig or out. */
static CK_RV call(pc c, uint32_t cmd, uint32_t session, uint32_t key, uint32_t mech,
                  struct span in, struct span sig, uint8_t *out, size_t *len)
{
    ARGS(a);
    struct p11_io io = {.in = in.p, .in_len = in.len};
    ops_shape(cmd, &io);
    io.out = io.out_is_in ? (void *)(uintptr_t)sig.p : out;
    io.out_len = io.out_is_in ? sig.len : out ? *len : 0;
    wr_u32(&a, session);
    if (key)
        wr_u32(&a, key);
    if (mech) {
        wr_u32(&a, mech);
        wr_u32(&a, 0);
    }
    CK_RV rv = p11_call(c, cmd, &a, &io);
    if (out)
        *len = io.out_len;
    return rv;
}

static void expect(bool ok)
{
    if (!ok)
        atomic_fetch_add(&failures, 1);
}

static void round_of(pc c, uint32_t s, uint32_t lane, uint32_t round)
{
    uint8_t msg[32] = {(uint8_t)lane, (uint8_t)round}, sig[64], mac[32], part[32];
    struct span in = {msg, sizeof msg};
    size_t len = sizeof sig;
    expect(call(c, P11_CMD_SIGN, s, ec[1], CKM_ECDSA, in, NOTHING, sig, &len) == CKR_OK);
    expect(call(c, P11_CMD_VERIFY, s, ec[0], CKM_ECDSA, in, (struct span){sig, 64}, NULL,
                NULL) == CKR_OK);
    len = sizeof mac;
    expect(call(c, P11_CMD_SIGN, s, secret, CKM_SHA256_HMAC, in, NOTHING, mac, &len) ==
           CKR_OK);
    /* the same MAC in parts, while other lanes use the same key */
    expect(call(c, P11_CMD_SIGN_INIT, s, secret, CKM_SHA256_HMAC, NOTHING, NOTHING, NULL,
                NULL) == CKR_OK);
    for (size_t i = 0; i < sizeof msg; i += 8)
        expect(call(c, P11_CMD_SIGN_UPDATE, s, 0, 0, (struct span){msg + i, 8}, NOTHING,
                    NULL, NULL) == CKR_OK);
    len = sizeof part;
    expect(call(c, P11_CMD_SIGN_FINAL, s, 0, 0, NOTHING, NOTHING, part, &len) == CKR_OK);
    expect(memcmp(mac, part, sizeof mac) == 0);
    /* a key that may go at any moment */
    len = sizeof part;
    CK_RV rv = call(c, P11_CMD_SIGN, s, doomed, CKM_SHA256_HMAC, in, NOTHING, part, &len);
    expect(rv == CKR_KEY_HANDLE_INVALID || (rv == CKR_OK && memcmp(mac, part, 32) == 0));
}

static void *lane(void *arg)
{
    uint32_t s;
    struct p11_client c = p11_open();
    expect(p_open(&c, 0, true, &s) == CKR_OK);
    for (uint32_t i = 0; i < ROUNDS; i++)
        round_of(&c, s, (uint32_t)(uintptr_t)arg, i);
    p11_close(&c);
    return NULL;
}

static void test_lane_results_do_not_mix(void **state)
{
    (void)state;
    pthread_t t[LANES];
    for (uintptr_t i = 0; i < LANES; i++)
        assert_int_equal(pthread_create(&t[i], NULL, lane, (void *)i), 0);
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(p_destroy(&ops.c, ops.session, doomed), CKR_OK);
        uint32_t pair[2];
        ops_ec_pair(SPAN(P256_OID), pair);
        uint32_t h = token_secret();
        assert_int_equal(p_destroy(&ops.c, ops.session, pair[0]), CKR_OK);
        assert_int_equal(p_destroy(&ops.c, ops.session, pair[1]), CKR_OK);
        if (i < 9)
            assert_int_equal(p_destroy(&ops.c, ops.session, h), CKR_OK);
        doomed = token_secret();
    }
    for (unsigned i = 0; i < LANES; i++)
        pthread_join(t[i], NULL);
    assert_int_equal(atomic_load(&failures), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lane_results_do_not_mix),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("mech lanes", tests, start, ops_stop);
}
