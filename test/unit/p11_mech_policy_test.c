/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mechanism table and what follows from it: the list and the infos that clients get,
 * and the policy for each row. Every mechanism is tried with every key there is: only the
 * right type may start, and without the permitting attribute, or outside
 * CKA_ALLOWED_MECHANISMS, none.
 */
#include "p11_ops.h"
#include "ta/pkcs11/mech.h"

static struct ops_keys keys;

static int start(void **state)
{
    if (ops_start(state) != 0)
        return -1;
    ops_keys_make(&keys);
    return 0;
}

static CK_RV list(uint8_t *out, size_t *len)
{
    struct p11_io io = {.out = out, .out_len = *len, .has_out = true};
    CK_RV rv = P_CALL(&ops.c, P11_CMD_MECHANISM_IDS, &io, 0);
    *len = io.out_len;
    return rv;
}

static CK_RV info(uint32_t id, uint8_t out[12])
{
    struct p11_io io = {.out = out, .out_len = 12, .has_out = true};
    return P_CALL(&ops.c, P11_CMD_MECHANISM_INFO, &io, 0, id);
}

static void test_mech_list_is_the_table(void **state)
{
    (void)state;
    size_t nr, len = 0;
    const struct mech *m = mech_table(&nr);
    uint8_t *out = malloc(4 * nr);
    assert_int_equal(list(NULL, &len), CKR_OK);
    assert_int_equal(len, 4 * nr);
    assert_int_equal(list(out, &len), CKR_OK);
    for (size_t i = 0; i < nr; i++)
        assert_int_equal(le32(out + 4 * i), m[i].id);
    len = 4 * nr - 1;
    assert_int_equal(list(out, &len), CKR_BUFFER_TOO_SMALL);
    free(out);
}

static void test_mech_info_is_the_row(void **state)
{
    (void)state;
    size_t nr;
    const struct mech *m = mech_table(&nr);
    uint8_t out[12];
    for (size_t i = 0; i < nr; i++) {
        assert_int_equal(info(m[i].id, out), CKR_OK);
        assert_int_equal(le32(out), m[i].min);
        assert_int_equal(le32(out + 4), m[i].max);
        assert_int_equal(le32(out + 8), m[i].flags);
        assert_true(m[i].max >= m[i].min);
    }
    assert_int_equal(info(0x7fffffff, out), CKR_MECHANISM_INVALID);
}

static void test_mech_ids_are_unique(void **state)
{
    (void)state;
    size_t nr;
    const struct mech *m = mech_table(&nr);
    for (size_t i = 0; i < nr; i++)
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(m[i].id, m[k].id);
}

/* Each row does what its flags say and nothing else. */
static void test_mech_rows_are_complete(void **state)
{
    (void)state;
    const uint32_t works = CKF_ENCRYPT | CKF_DECRYPT | CKF_SIGN | CKF_VERIFY |
                           CKF_DIGEST | CKF_WRAP | CKF_UNWRAP;
    size_t nr;
    const struct mech *m = mech_table(&nr);
    for (size_t i = 0; i < nr; i++) {
        assert_int_equal((m[i].flags & works) != 0, m[i].how != NULL);
        assert_int_equal((m[i].flags & CKF_GENERATE) != 0, m[i].generate != NULL);
        assert_int_equal((m[i].flags & CKF_GENERATE_KEY_PAIR) != 0,
                         m[i].generate_pair != NULL);
        assert_int_equal((m[i].flags & CKF_DERIVE) != 0, m[i].derive != NULL);
        assert_int_not_equal(p11_mech_params(m[i].id), P11_PARAMS_RAW);
    }
}

static const struct {
    uint32_t flag, attr, init, release;
} uses[] = {
    {CKF_ENCRYPT, CKA_ENCRYPT, P11_CMD_ENCRYPT_INIT, P11_CMD_ENCRYPT_FINAL},
    {CKF_DECRYPT, CKA_DECRYPT, P11_CMD_DECRYPT_INIT, P11_CMD_DECRYPT_FINAL},
    {CKF_SIGN, CKA_SIGN, P11_CMD_SIGN_INIT, P11_CMD_SIGN_FINAL},
    {CKF_VERIFY, CKA_VERIFY, P11_CMD_VERIFY_INIT, P11_CMD_VERIFY_FINAL},
};

#define USES (sizeof uses / sizeof uses[0])

static CK_RV wanted(const struct mech *m, uint32_t flag, unsigned k)
{
    bool public = flag == CKF_ENCRYPT || flag == CKF_VERIFY;
    uint32_t class = public ? CKO_PUBLIC_KEY : CKO_PRIVATE_KEY;
    if (!(m->flags & flag))
        return CKR_MECHANISM_INVALID;
    switch (m->key) {
    case KEY_AES:
        return ops_kinds[k].class == CKO_SECRET_KEY && ops_kinds[k].type == CKK_AES
                   ? CKR_OK
                   : CKR_KEY_TYPE_INCONSISTENT;
    case KEY_HMAC:
        return ops_kinds[k].class == CKO_SECRET_KEY &&
                       ops_kinds[k].type == CKK_GENERIC_SECRET
                   ? CKR_OK
                   : CKR_KEY_TYPE_INCONSISTENT;
    case KEY_RSA:
        return ops_kinds[k].class == class && ops_kinds[k].type == CKK_RSA
                   ? CKR_OK
                   : CKR_KEY_TYPE_INCONSISTENT;
    case KEY_EC:
        return ops_kinds[k].class == class && ops_kinds[k].type == CKK_EC
                   ? CKR_OK
                   : CKR_KEY_TYPE_INCONSISTENT;
    case KEY_NONE:
    case KEY_SECRET:
        break;
    }
    return CKR_MECHANISM_INVALID;
}

static void test_mech_policy_holds_for_every_key_and_use(void **state)
{
    (void)state;
    size_t nr;
    const struct mech *m = mech_table(&nr);
    struct ops_params buf;
    for (size_t i = 0; i < nr; i++) {
        struct span params = ops_params(m[i].id, &buf);
        for (size_t u = 0; u < USES; u++) {
            for (unsigned k = 0; k < OPS_KEYS; k++) {
                CK_RV want = wanted(&m[i], uses[u].flag, k);
                CK_RV got = ops_init(uses[u].init, keys.handle[k], m[i].id, params);
                if (got != want)
                    fail_msg("mechanism %x use %zu key %zu: %lx, not %lx", m[i].id, u, k,
                             got, want);
                assert_int_equal(ops_release(uses[u].release),
                                 got == CKR_OK ? CKR_OK : CKR_OPERATION_NOT_INITIALIZED);
            }
        }
    }
}

static void test_mech_needs_the_permitting_attribute(void **state)
{
    (void)state;
    size_t nr;
    const struct mech *m = mech_table(&nr);
    struct ops_params buf;
    for (size_t i = 0; i < nr; i++) {
        struct span params = ops_params(m[i].id, &buf);
        for (size_t u = 0; u < USES; u++) {
            for (unsigned k = 0; k < OPS_KEYS; k++) {
                if (wanted(&m[i], uses[u].flag, k) != CKR_OK)
                    continue;
                assert_int_equal(ops_set_bool(keys.handle[k], uses[u].attr, false),
                                 CKR_OK);
                assert_int_equal(ops_init(uses[u].init, keys.handle[k], m[i].id, params),
                                 CKR_KEY_FUNCTION_NOT_PERMITTED);
                assert_int_equal(ops_set_bool(keys.handle[k], uses[u].attr, true),
                                 CKR_OK);
            }
        }
    }
}

static void test_mech_allowed_mechanisms_are_the_only_ones(void **state)
{
    (void)state;
    CK_MECHANISM_TYPE only[] = {CKM_SHA384_HMAC, CKM_SHA256_HMAC_GENERAL};
    CK_ATTRIBUTE allowed = A_BYTES(CKA_ALLOWED_MECHANISMS, only, sizeof only);
    uint32_t key = ops_secret(CKK_GENERIC_SECRET, SPAN("0123456789abcdef"), &allowed);
    assert_int_equal(ops_init(P11_CMD_SIGN_INIT, key, CKM_SHA256_HMAC, NOTHING),
                     CKR_MECHANISM_INVALID);
    assert_int_equal(
        ops_init(P11_CMD_SIGN_INIT, key, CKM_SHA256_HMAC_GENERAL, SPAN("\4\0\0\0")),
        CKR_OK);
    assert_int_equal(ops_release(P11_CMD_SIGN_INIT), CKR_OK);
    assert_int_equal(ops_init(P11_CMD_SIGN_INIT, key, CKM_SHA384_HMAC, NOTHING), CKR_OK);
    assert_int_equal(ops_release(P11_CMD_SIGN_ONESHOT), CKR_OK);
}

static void test_mech_unknown_things_are_named(void **state)
{
    (void)state;
    assert_int_equal(ops_init(P11_CMD_SIGN_INIT, 0x7ffffff0, CKM_ECDSA, NOTHING),
                     CKR_KEY_HANDLE_INVALID);
    assert_int_equal(
        ops_init(P11_CMD_SIGN_INIT, keys.handle[OPS_EC], 0x7ffffff0, NOTHING),
        CKR_MECHANISM_INVALID);
    assert_int_equal(ops_init(P11_CMD_DIGEST_INIT, 0, CKM_ECDSA, NOTHING),
                     CKR_MECHANISM_INVALID);
    uint32_t session = ops.session;
    ops.session += 77;
    assert_int_equal(ops_init(P11_CMD_DIGEST_INIT, 0, CKM_SHA256, NOTHING),
                     CKR_SESSION_HANDLE_INVALID);
    ops.session = session;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mech_list_is_the_table),
        cmocka_unit_test(test_mech_info_is_the_row),
        cmocka_unit_test(test_mech_ids_are_unique),
        cmocka_unit_test(test_mech_rows_are_complete),
        cmocka_unit_test(test_mech_policy_holds_for_every_key_and_use),
        cmocka_unit_test(test_mech_needs_the_permitting_attribute),
        cmocka_unit_test(test_mech_allowed_mechanisms_are_the_only_ones),
        cmocka_unit_test(test_mech_unknown_things_are_named),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("mech policy", tests, start, ops_stop);
}
