/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects of the PKCS#11 TA: what templates may say, what is filled in, who sees and
 * changes what, and that attributes tell the truth about where a key comes from.
 */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include "p11_calls.h"

#define P256_PARAMS "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"

static struct p11_client c;
static uint32_t s; /* read-write, user logged in */

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

static uint32_t aes(const CK_ATTRIBUTE *more, size_t nr)
{
    static const uint8_t value[16] = {1, 2, 3};
    CK_ATTRIBUTE t[16] = {A_ULONG(CKA_CLASS, CKO_SECRET_KEY),
                          A_ULONG(CKA_KEY_TYPE, CKK_AES), A_BYTES(CKA_VALUE, value, 16)};
    for (size_t i = 0; i < nr; i++)
        t[3 + i] = more[i];
    uint32_t o;
    assert_int_equal(p_create(&c, s, t, 3 + nr, &o), CKR_OK);
    return o;
}

/* Generate a key pair on P-256; the templates add to the least that is needed. */
static CK_RV pair(const CK_ATTRIBUTE *priv, size_t nr, uint32_t o[2])
{
    ARGS(a);
    uint8_t out[8];
    struct p11_io io = {.out = out, .out_len = 8, .has_out = true};
    CK_ATTRIBUTE pub[] = {A_TEXT(CKA_EC_PARAMS, P256_PARAMS), A_BOOL(CKA_VERIFY, true)};
    CK_MECHANISM m = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    wr_u32(&a, s);
    assert_int_equal(p11_mech_encode(&a, &m), CKR_OK);
    assert_int_equal(p11_template_encode(&a, pub, COUNT(pub)), CKR_OK);
    assert_int_equal(p11_template_encode(&a, priv, nr), CKR_OK);
    CK_RV rv = p11_call(&c, P11_CMD_GENERATE_KEY_PAIR, &a, &io);
    if (rv == CKR_OK) {
        o[0] = le32(out);
        o[1] = le32(out + 4);
    }
    return rv;
}

static CK_RV sign_init(uint32_t key)
{
    ARGS(a);
    CK_MECHANISM m = {CKM_ECDSA, NULL, 0};
    wr_u32(&a, s);
    wr_u32(&a, key);
    assert_int_equal(p11_mech_encode(&a, &m), CKR_OK);
    return p11_call(&c, P11_CMD_SIGN_INIT, &a, NULL);
}

static CK_RV sign(void)
{
    ARGS(a);
    uint8_t digest[32] = {1}, out[64];
    struct p11_io io = {digest, 32, out, 64, true, true, false};
    wr_u32(&a, s);
    return p11_call(&c, P11_CMD_SIGN_ONESHOT, &a, &io);
}

/* --- creation
 * ------------------------------------------------------------------------------- */

static void test_object_defaults_are_the_sheets(void **state)
{
    (void)state;
    assert_int_equal(p_logout(&c, s), CKR_OK);
    uint32_t o = aes(NULL, 0);
    static const CK_ATTRIBUTE_TYPE off[] = {CKA_TOKEN,
                                            CKA_PRIVATE,
                                            CKA_SENSITIVE,
                                            CKA_EXTRACTABLE,
                                            CKA_ENCRYPT,
                                            CKA_DECRYPT,
                                            CKA_SIGN,
                                            CKA_VERIFY,
                                            CKA_WRAP,
                                            CKA_UNWRAP,
                                            CKA_DERIVE,
                                            CKA_TRUSTED,
                                            CKA_LOCAL,
                                            CKA_WRAP_WITH_TRUSTED,
                                            CKA_ALWAYS_SENSITIVE,
                                            CKA_NEVER_EXTRACTABLE};
    static const CK_ATTRIBUTE_TYPE on[] = {CKA_MODIFIABLE, CKA_COPYABLE, CKA_DESTROYABLE};
    for (size_t i = 0; i < COUNT(off); i++)
        assert_false(p_get_bool(&c, s, o, off[i]));
    for (size_t i = 0; i < COUNT(on); i++)
        assert_true(p_get_bool(&c, s, o, on[i]));
    CK_ULONG mech = 0, len = 0;
    uint8_t check[8], label[4], uid[40];
    CK_ATTRIBUTE t[] = {{CKA_KEY_GEN_MECHANISM, &mech, sizeof mech},
                        {CKA_VALUE_LEN, &len, sizeof len},
                        {CKA_CHECK_VALUE, check, sizeof check},
                        {CKA_LABEL, label, sizeof label},
                        {CKA_UNIQUE_ID, uid, sizeof uid}};
    assert_int_equal(p_get(&c, s, o, t, COUNT(t)), CKR_OK);
    assert_true(mech == CK_UNAVAILABLE_INFORMATION);
    assert_int_equal(len, 16);
    assert_int_equal(t[2].ulValueLen, 3);
    assert_int_equal(t[3].ulValueLen, 0);
    assert_int_equal(t[4].ulValueLen, 32);
}

static void test_object_keys_of_the_user_are_private(void **state)
{
    (void)state;
    uint32_t o = aes(NULL, 0), ec[2];
    CK_ATTRIBUTE sign[] = {A_BOOL(CKA_SIGN, true)};
    CK_ATTRIBUTE public[] = {A_BOOL(CKA_PRIVATE, false)};
    assert_int_equal(pair(sign, 1, ec), CKR_OK);
    assert_true(p_get_bool(&c, s, o, CKA_PRIVATE));
    assert_true(p_get_bool(&c, s, ec[1], CKA_PRIVATE));
    assert_false(p_get_bool(&c, s, ec[0], CKA_PRIVATE));
    assert_false(p_get_bool(&c, s, aes(public, 1), CKA_PRIVATE));
}

static void test_object_bad_templates(void **state)
{
    (void)state;
    static const uint8_t v[64] = {7};
    struct {
        CK_ATTRIBUTE t[6];
        size_t nr;
        CK_RV rv;
    } cases[] = {
        {{A_TEXT(CKA_LABEL, "x")}, 1, CKR_TEMPLATE_INCOMPLETE},
        {{A_ULONG(CKA_CLASS, CKO_SECRET_KEY)}, 1, CKR_TEMPLATE_INCOMPLETE},
        {{A_ULONG(CKA_CLASS, CKO_MECHANISM)}, 1, CKR_TEMPLATE_INCONSISTENT},
        {{A_ULONG(CKA_CLASS, CKO_SECRET_KEY), A_ULONG(CKA_KEY_TYPE, CKK_EC)},
         2,
         CKR_TEMPLATE_INCONSISTENT},
        {{A_ULONG(CKA_CLASS, CKO_SECRET_KEY), A_ULONG(CKA_KEY_TYPE, CKK_AES)},
         2,
         CKR_TEMPLATE_INCOMPLETE},
        {{A_ULONG(CKA_CLASS, CKO_DATA), A_BYTES(CKA_TOKEN, v, 2)},
         2,
         CKR_ATTRIBUTE_VALUE_INVALID},
        {{A_ULONG(CKA_CLASS, CKO_DATA), A_BYTES(CKA_TOKEN, v, 1)},
         2,
         CKR_ATTRIBUTE_VALUE_INVALID},
        {{A_ULONG(CKA_CLASS, CKO_DATA), A_TEXT(CKA_LABEL, "a"), A_TEXT(CKA_LABEL, "b")},
         3,
         CKR_TEMPLATE_INCONSISTENT},
        {{A_ULONG(CKA_CLASS, CKO_DATA), A_TEXT(CKA_LABEL, "a"), A_TEXT(CKA_LABEL, "a")},
         3,
         CKR_OK},
        {{A_ULONG(CKA_CLASS, CKO_DATA), A_TEXT(P11_CKA_HIDDEN_EC_POINT, "a")},
         2,
         CKR_ATTRIBUTE_TYPE_INVALID},
        {{A_ULONG(CKA_CLASS, CKO_DATA), A_TEXT(CKA_VENDOR_DEFINED | 7, "a")}, 2, CKR_OK},
        {{A_ULONG(CKA_CLASS, CKO_SECRET_KEY), A_ULONG(CKA_KEY_TYPE, CKK_AES),
          A_BYTES(CKA_VALUE, v, 16), A_BOOL(CKA_LOCAL, true)},
         4,
         CKR_ATTRIBUTE_READ_ONLY},
        {{A_ULONG(CKA_CLASS, CKO_SECRET_KEY), A_ULONG(CKA_KEY_TYPE, CKK_AES),
          A_BYTES(CKA_VALUE, v, 16), A_BOOL(CKA_TRUSTED, true)},
         4,
         CKR_KEY_FUNCTION_NOT_PERMITTED},
        {{A_ULONG(CKA_CLASS, CKO_SECRET_KEY), A_ULONG(CKA_KEY_TYPE, CKK_AES),
          A_BYTES(CKA_VALUE, v, 16), A_ULONG(CKA_VALUE_LEN, 24)},
         4,
         CKR_TEMPLATE_INCONSISTENT},
        {{A_ULONG(CKA_CLASS, CKO_SECRET_KEY), A_ULONG(CKA_KEY_TYPE, CKK_AES),
          A_BYTES(CKA_VALUE, v, 16), A_BYTES(CKA_CHECK_VALUE, v, 3)},
         4,
         CKR_ATTRIBUTE_VALUE_INVALID},
        {{A_ULONG(CKA_CLASS, CKO_CERTIFICATE), A_ULONG(CKA_CERTIFICATE_TYPE, CKC_WTLS),
          A_TEXT(CKA_SUBJECT, "s")},
         3,
         CKR_ATTRIBUTE_VALUE_INVALID},
        {{A_ULONG(CKA_CLASS, CKO_CERTIFICATE), A_ULONG(CKA_CERTIFICATE_TYPE, CKC_X_509)},
         2,
         CKR_TEMPLATE_INCOMPLETE},
        {{A_ULONG(CKA_CLASS, CKO_CERTIFICATE), A_ULONG(CKA_CERTIFICATE_TYPE, CKC_X_509),
          A_TEXT(CKA_SUBJECT, "s"), A_TEXT(CKA_VALUE, "v")},
         4,
         CKR_OK},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint32_t o;
        CK_RV rv = p_create(&c, s, cases[i].t, cases[i].nr, &o);
        if (rv != cases[i].rv)
            fail_msg("case %zu: 0x%lx, not 0x%lx", i, rv, cases[i].rv);
    }
}

static void test_object_ceiling_is_device_memory(void **state)
{
    (void)state;
    static uint8_t big[200 * 1024];
    uint32_t o, nr = 0;
    CK_ATTRIBUTE t[] = {A_ULONG(CKA_CLASS, CKO_DATA),
                        A_BYTES(CKA_VALUE, big, sizeof big)};
    CK_RV rv;
    while ((rv = p_create(&c, s, t, COUNT(t), &o)) == CKR_OK)
        assert_in_range(++nr, 1, 200);
    assert_int_equal(rv, CKR_DEVICE_MEMORY);
    CK_ATTRIBUTE small[] = {A_ULONG(CKA_CLASS, CKO_DATA), A_BOOL(CKA_TOKEN, true)};
    assert_int_equal(p_create(&c, s, small, 1, &o), CKR_OK);
    CK_ATTRIBUTE grown[] = {A_BYTES(CKA_LABEL, big, sizeof big)};
    assert_int_equal(p_set(&c, s, o, grown, 1), CKR_DEVICE_MEMORY);
    assert_int_equal(p_create(&c, s, small, COUNT(small), &o), CKR_OK);
    assert_int_equal(p_set(&c, s, o, grown, 1), CKR_OK); /* another shelf */
}

/* --- rights
 * ------------------------------------------------------------------------------------ */

static void test_object_rights_of_sessions(void **state)
{
    (void)state;
    uint32_t ro, o, pub;
    CK_ATTRIBUTE token[] = {A_ULONG(CKA_CLASS, CKO_DATA), A_BOOL(CKA_TOKEN, true)};
    CK_ATTRIBUTE private[] = {A_ULONG(CKA_CLASS, CKO_DATA), A_BOOL(CKA_PRIVATE, true)};
    CK_ATTRIBUTE label[] = {A_TEXT(CKA_LABEL, "x")};
    assert_int_equal(p_open(&c, 0, false, &ro), CKR_OK);
    assert_int_equal(p_create(&c, ro, token, COUNT(token), &o), CKR_SESSION_READ_ONLY);
    assert_int_equal(p_create(&c, s, token, COUNT(token), &o), CKR_OK);
    assert_int_equal(p_set(&c, ro, o, label, 1), CKR_SESSION_READ_ONLY);
    assert_int_equal(p_destroy(&c, ro, o), CKR_SESSION_READ_ONLY);
    assert_int_equal(p_create(&c, ro, private, COUNT(private), &pub), CKR_OK);
    assert_int_equal(p_logout(&c, s), CKR_OK);
    assert_int_equal(p_create(&c, s, private, COUNT(private), &pub),
                     CKR_USER_NOT_LOGGED_IN);
    assert_int_equal(p_close(&c, ro), CKR_OK);
    assert_int_equal(p_login(&c, s, CKU_SO, SO_PIN), CKR_OK);
    assert_int_equal(p_create(&c, s, private, COUNT(private), &pub),
                     CKR_USER_NOT_LOGGED_IN);
    CK_ATTRIBUTE trusted[] = {A_ULONG(CKA_CLASS, CKO_CERTIFICATE),
                              A_ULONG(CKA_CERTIFICATE_TYPE, CKC_X_509),
                              A_TEXT(CKA_SUBJECT, "subject"), A_BOOL(CKA_TRUSTED, true),
                              A_BOOL(CKA_TOKEN, true)};
    assert_int_equal(p_create(&c, s, trusted, COUNT(trusted), &o), CKR_OK);
    assert_int_equal(p_logout(&c, s), CKR_OK);
    uint32_t copy;
    assert_int_equal(p_copy(&c, s, o, NULL, 0, &copy), CKR_OK);
    assert_true(p_get_bool(&c, s, o, CKA_TRUSTED));
    assert_false(p_get_bool(&c, s, copy, CKA_TRUSTED));
    CK_ATTRIBUTE trust[] = {A_BOOL(CKA_TRUSTED, true)};
    assert_int_equal(p_set(&c, s, copy, trust, 1), CKR_ATTRIBUTE_READ_ONLY);
}

/* Nobody but the SO makes a key that the SO trusts to wrap others do more than that. */
static void test_object_trusted_key_gets_no_further_use(void **state)
{
    (void)state;
    static const uint8_t v[16];
    uint32_t o, copy;
    CK_ATTRIBUTE trusted[] = {A_ULONG(CKA_CLASS, CKO_SECRET_KEY),
                              A_ULONG(CKA_KEY_TYPE, CKK_AES),
                              A_BYTES(CKA_VALUE, v, 16),
                              A_BOOL(CKA_TRUSTED, true),
                              A_BOOL(CKA_TOKEN, true),
                              A_BOOL(CKA_WRAP, true),
                              A_BOOL(CKA_UNWRAP, true)};
    assert_int_equal(p_logout(&c, s), CKR_OK);
    assert_int_equal(p_login(&c, s, CKU_SO, SO_PIN), CKR_OK);
    assert_int_equal(p_create(&c, s, trusted, COUNT(trusted), &o), CKR_OK);
    assert_int_equal(p_logout(&c, s), CKR_OK);

    static const uint32_t uses[] = {CKA_DECRYPT, CKA_ENCRYPT, CKA_DERIVE, CKA_SIGN};
    for (size_t i = 0; i < COUNT(uses); i++) {
        CK_ATTRIBUTE on[] = {A_BOOL(uses[i], true)};
        assert_int_equal(p_set(&c, s, o, on, 1), CKR_ATTRIBUTE_READ_ONLY);
    }
    assert_int_equal(p_copy(&c, s, o, NULL, 0, &copy), CKR_ACTION_PROHIBITED);
    CK_ATTRIBUTE less[] = {A_BOOL(CKA_UNWRAP, false), A_BOOL(CKA_DECRYPT, false),
                           A_TEXT(CKA_LABEL, "transport")};
    assert_int_equal(p_set(&c, s, o, less, COUNT(less)), CKR_OK);
    assert_false(p_get_bool(&c, s, o, CKA_UNWRAP));

    assert_int_equal(p_login(&c, s, CKU_SO, SO_PIN), CKR_OK);
    assert_int_equal(p_copy(&c, s, o, NULL, 0, &copy), CKR_OK);
    assert_true(p_get_bool(&c, s, copy, CKA_TRUSTED));
}

static void test_object_uninitialised_token_takes_none(void **state)
{
    (void)state;
    uint32_t t, o;
    CK_ATTRIBUTE data[] = {A_ULONG(CKA_CLASS, CKO_DATA), A_BOOL(CKA_TOKEN, true)};
    assert_int_equal(p_open(&c, 1, true, &t), CKR_OK);
    assert_int_equal(p_create(&c, t, data, COUNT(data), &o), CKR_TOKEN_WRITE_PROTECTED);
    assert_int_equal(p_create(&c, t, data, 1, &o), CKR_OK);
    assert_int_equal(p_destroy(&c, s, o),
                     CKR_OBJECT_HANDLE_INVALID); /* of another token */
    assert_int_equal(p_destroy(&c, t, o), CKR_OK);
}

static void test_object_scope_of_session_objects(void **state)
{
    (void)state;
    struct p11_client other = p11_open();
    uint32_t s2, s3, o, token;
    CK_ATTRIBUTE data[] = {A_ULONG(CKA_CLASS, CKO_DATA), A_BOOL(CKA_TOKEN, false)};
    CK_ATTRIBUTE on_token[] = {A_ULONG(CKA_CLASS, CKO_DATA), A_BOOL(CKA_TOKEN, true)};
    assert_int_equal(p_open(&c, 0, false, &s2), CKR_OK);
    assert_int_equal(p_open(&other, 0, true, &s3), CKR_OK);
    assert_int_equal(p_create(&c, s2, data, 2, &o), CKR_OK);
    assert_int_equal(p_create(&c, s, on_token, 2, &token), CKR_OK);
    assert_false(p_get_bool(&c, s, o, CKA_TOKEN));
    CK_BBOOL b;
    CK_ATTRIBUTE get = {CKA_TOKEN, &b, 1};
    assert_int_equal(p_get(&other, s3, o, &get, 1), CKR_OBJECT_HANDLE_INVALID);
    assert_int_equal(p_get(&other, s3, token, &get, 1), CKR_OK);
    assert_int_equal(p_close(&c, s2), CKR_OK);
    get.ulValueLen = 1;
    assert_int_equal(p_get(&c, s, o, &get, 1), CKR_OBJECT_HANDLE_INVALID);
    assert_int_equal(p_destroy(&other, s3, token), CKR_OK);
    assert_int_equal(p_get(&c, s, token, &get, 1), CKR_OBJECT_HANDLE_INVALID);
    assert_int_equal(p_destroy(&c, s, token), CKR_OBJECT_HANDLE_INVALID);
    p11_close(&other);
}

static void test_object_logout_hides_private_ones(void **state)
{
    (void)state;
    uint32_t ses, tok, found[4];
    CK_ATTRIBUTE in_session[] = {A_ULONG(CKA_CLASS, CKO_DATA), A_BOOL(CKA_PRIVATE, true)};
    CK_ATTRIBUTE on_token[] = {A_ULONG(CKA_CLASS, CKO_DATA), A_BOOL(CKA_PRIVATE, true),
                               A_BOOL(CKA_TOKEN, true)};
    assert_int_equal(p_create(&c, s, in_session, 2, &ses), CKR_OK);
    assert_int_equal(p_create(&c, s, on_token, 3, &tok), CKR_OK);
    assert_int_equal(p_find(&c, s, NULL, 0, found, 4), 2);
    assert_int_equal(p_templ(&c, P11_CMD_FIND_OBJECTS_INIT, s, 0, NULL, 0, NULL), CKR_OK);
    assert_int_equal(p_logout(&c, s), CKR_OK);
    uint8_t out[16];
    struct p11_io io = {.out = out, .out_len = 16, .has_out = true};
    assert_int_equal(P_CALL(&c, P11_CMD_FIND_OBJECTS, &io, s), CKR_OK);
    assert_int_equal(io.out_len, 0);
    assert_int_equal(P_CALL(&c, P11_CMD_FIND_OBJECTS_FINAL, NULL, s), CKR_OK);
    assert_int_equal(p_find(&c, s, NULL, 0, found, 4), 0);
    assert_int_equal(p_destroy(&c, s, tok), CKR_OBJECT_HANDLE_INVALID);
    assert_int_equal(p_login(&c, s, CKU_USER, USER_PIN), CKR_OK);
    assert_int_equal(p_find(&c, s, NULL, 0, found, 4), 1);
    assert_int_equal(found[0], tok);
}

static void test_object_logout_ends_operations_with_private_keys(void **state)
{
    (void)state;
    uint32_t o[2], pub[2];
    CK_ATTRIBUTE t[] = {A_BOOL(CKA_SIGN, true), A_BOOL(CKA_PRIVATE, true)};
    CK_ATTRIBUTE f[] = {A_BOOL(CKA_SIGN, true), A_BOOL(CKA_PRIVATE, false)};
    assert_int_equal(pair(t, 2, o), CKR_OK);
    assert_int_equal(pair(f, 2, pub), CKR_OK);
    assert_int_equal(sign_init(o[1]), CKR_OK);
    assert_int_equal(p_logout(&c, s), CKR_OK);
    assert_int_equal(sign(), CKR_OPERATION_NOT_INITIALIZED);
    assert_int_equal(sign_init(o[1]), CKR_KEY_HANDLE_INVALID);
    assert_int_equal(p_login(&c, s, CKU_USER, USER_PIN), CKR_OK);
    assert_int_equal(sign_init(pub[1]), CKR_OK); /* not a private object */
    assert_int_equal(p_logout(&c, s), CKR_OK);
    assert_int_equal(sign(), CKR_OK);
}

/* --- reading and changing
 * -------------------------------------------------------------------------- */

static void test_object_reading_tells_each_failure(void **state)
{
    (void)state;
    CK_ATTRIBUTE secret[] = {A_BOOL(CKA_SENSITIVE, true), A_BOOL(CKA_EXTRACTABLE, true),
                             A_TEXT(CKA_LABEL, "a label")};
    uint32_t o = aes(secret, 3);
    uint8_t value[16], small[3], label[16];
    CK_ULONG class = 0;
    CK_ATTRIBUTE t[] = {{CKA_VALUE, value, 16}, {CKA_MODULUS, value, 16},
                        {CKA_LABEL, small, 3},  {CKA_LABEL, NULL, 0},
                        {CKA_LABEL, label, 16}, {CKA_CLASS, &class, sizeof class}};
    assert_int_equal(p_get(&c, s, o, t, COUNT(t)), CKR_ATTRIBUTE_SENSITIVE);
    assert_true(t[0].ulValueLen == CK_UNAVAILABLE_INFORMATION);
    assert_true(t[1].ulValueLen == CK_UNAVAILABLE_INFORMATION);
    assert_true(t[2].ulValueLen == CK_UNAVAILABLE_INFORMATION);
    assert_int_equal(t[3].ulValueLen, 7);
    assert_int_equal(t[4].ulValueLen, 7);
    assert_memory_equal(label, "a label", 7);
    assert_int_equal(class, CKO_SECRET_KEY);
    CK_ATTRIBUTE unknown = {CKA_VENDOR_DEFINED | 1, NULL, 0};
    assert_int_equal(p_get(&c, s, o, &unknown, 1), CKR_ATTRIBUTE_TYPE_INVALID);
    CK_ATTRIBUTE too_small = {CKA_LABEL, small, 3};
    assert_int_equal(p_get(&c, s, o, &too_small, 1), CKR_BUFFER_TOO_SMALL);

    CK_ATTRIBUTE open[] = {A_BOOL(CKA_EXTRACTABLE, true)};
    o = aes(open, 1);
    CK_ATTRIBUTE readable = {CKA_VALUE, value, 16};
    assert_int_equal(p_get(&c, s, o, &readable, 1), CKR_OK);
    assert_int_equal(value[1], 2);
}

static void test_object_reply_needs_room_for_the_request(void **state)
{
    (void)state;
    uint32_t o = aes(NULL, 0);
    ARGS(a);
    CK_BBOOL b;
    CK_ATTRIBUTE t = {CKA_TOKEN, &b, 1};
    uint8_t out[64];
    wr_u32(&a, s);
    wr_u32(&a, o);
    assert_int_equal(p11_get_encode(&a, &t, 1), CKR_OK);
    struct p11_io io = {.out = out, .out_len = a.len - 9, .has_out = true};
    assert_int_equal(p11_call(&c, P11_CMD_GET_ATTRIBUTE_VALUE, &a, &io),
                     CKR_ARGUMENTS_BAD);
}

static void test_object_rights_only_shrink(void **state)
{
    (void)state;
    CK_ATTRIBUTE open[] = {A_BOOL(CKA_EXTRACTABLE, true), A_BOOL(CKA_PRIVATE, true)};
    uint32_t o = aes(open, 2), copy;
    struct {
        CK_ATTRIBUTE a;
        CK_RV set, copy;
    } cases[] = {
        {A_BOOL(CKA_SENSITIVE, true), CKR_OK, CKR_OK},
        {A_BOOL(CKA_SENSITIVE, false), CKR_ATTRIBUTE_READ_ONLY, CKR_ATTRIBUTE_READ_ONLY},
        {A_BOOL(CKA_EXTRACTABLE, true), CKR_OK, CKR_OK}, /* as it is */
        {A_BOOL(CKA_EXTRACTABLE, false), CKR_OK, CKR_OK},
        {A_BOOL(CKA_EXTRACTABLE, true), CKR_ATTRIBUTE_READ_ONLY, CKR_ATTRIBUTE_READ_ONLY},
        {A_BOOL(CKA_WRAP_WITH_TRUSTED, true), CKR_OK, CKR_OK},
        {A_BOOL(CKA_WRAP_WITH_TRUSTED, false), CKR_ATTRIBUTE_READ_ONLY,
         CKR_ATTRIBUTE_READ_ONLY},
        {A_BOOL(CKA_TOKEN, true), CKR_ATTRIBUTE_READ_ONLY, CKR_OK},
        {A_BOOL(CKA_PRIVATE, false), CKR_ATTRIBUTE_READ_ONLY, CKR_TEMPLATE_INCONSISTENT},
        {A_BOOL(CKA_LOCAL, true), CKR_ATTRIBUTE_READ_ONLY, CKR_ATTRIBUTE_READ_ONLY},
        {A_BOOL(CKA_ALWAYS_SENSITIVE, true), CKR_ATTRIBUTE_READ_ONLY,
         CKR_ATTRIBUTE_READ_ONLY},
        {A_ULONG(CKA_CLASS, CKO_DATA), CKR_ATTRIBUTE_READ_ONLY, CKR_ATTRIBUTE_READ_ONLY},
        {A_TEXT(CKA_VALUE, "0123456789abcdef"), CKR_ATTRIBUTE_READ_ONLY,
         CKR_ATTRIBUTE_READ_ONLY},
        {A_TEXT(CKA_MODULUS, "m"), CKR_ATTRIBUTE_TYPE_INVALID,
         CKR_ATTRIBUTE_TYPE_INVALID},
        {A_TEXT(CKA_ID, "id"), CKR_OK, CKR_OK},
        {A_TEXT(CKA_ENCRYPT, "yes"), CKR_ATTRIBUTE_VALUE_INVALID,
         CKR_ATTRIBUTE_VALUE_INVALID},
        {A_BOOL(CKA_ENCRYPT, true), CKR_OK, CKR_OK},
        {A_BOOL(CKA_COPYABLE, false), CKR_OK, CKR_ACTION_PROHIBITED},
        {A_BOOL(CKA_COPYABLE, true), CKR_ATTRIBUTE_READ_ONLY, CKR_ACTION_PROHIBITED},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CK_RV set = p_set(&c, s, o, &cases[i].a, 1);
        CK_RV cop = p_copy(&c, s, o, &cases[i].a, 1, &copy);
        if (set != cases[i].set || cop != cases[i].copy)
            fail_msg("case %zu: set 0x%lx, copy 0x%lx", i, set, cop);
    }
    assert_true(p_get_bool(&c, s, o, CKA_SENSITIVE));
    assert_false(p_get_bool(&c, s, o, CKA_EXTRACTABLE));
}

static void test_object_failed_change_changes_nothing(void **state)
{
    (void)state;
    uint32_t o;
    CK_ATTRIBUTE data[] = {A_ULONG(CKA_CLASS, CKO_DATA), A_BOOL(CKA_TOKEN, true),
                           A_TEXT(CKA_LABEL, "old")};
    CK_ATTRIBUTE bad[] = {A_TEXT(CKA_LABEL, "new"), A_BOOL(CKA_TOKEN, false)};
    char label[8];
    assert_int_equal(p_create(&c, s, data, COUNT(data), &o), CKR_OK);
    assert_int_equal(p_set(&c, s, o, bad, 2), CKR_ATTRIBUTE_READ_ONLY);
    world.fail_at = world.commits + 1;
    assert_int_equal(p_set(&c, s, o, bad, 1), CKR_DEVICE_MEMORY);
    CK_ATTRIBUTE get = {CKA_LABEL, label, sizeof label};
    assert_int_equal(p_get(&c, s, o, &get, 1), CKR_OK);
    assert_memory_equal(label, "old", 3);
    world.fail_at = world.commits + 1;
    assert_int_equal(p_destroy(&c, s, o), CKR_DEVICE_MEMORY);
    assert_int_equal(p_set(&c, s, o, bad, 1), CKR_OK);
    p11_close(&c);
    world_restart();
    c = p11_open();
    assert_int_equal(p_open(&c, 0, true, &s), CKR_OK);
    assert_int_equal(p_find(&c, s, bad, 1, &o, 1), 1);
    assert_int_equal(p_destroy(&c, s, o), CKR_OK);
    assert_int_equal(world.nr, 1);
}

static void test_object_prohibitions(void **state)
{
    (void)state;
    CK_ATTRIBUTE fixed[] = {A_BOOL(CKA_MODIFIABLE, false), A_BOOL(CKA_COPYABLE, false),
                            A_BOOL(CKA_DESTROYABLE, false)};
    CK_ATTRIBUTE label[] = {A_TEXT(CKA_LABEL, "x")};
    uint32_t o = aes(fixed, 3), copy;
    assert_int_equal(p_set(&c, s, o, label, 1), CKR_ACTION_PROHIBITED);
    assert_int_equal(p_copy(&c, s, o, label, 1, &copy), CKR_ACTION_PROHIBITED);
    assert_int_equal(p_destroy(&c, s, o), CKR_ACTION_PROHIBITED);
}

/* --- truth about keys
 * --------------------------------------------------------------------------------- */

static void test_object_generated_key_tells_its_origin(void **state)
{
    (void)state;
    uint32_t o[2], copy;
    CK_ATTRIBUTE t[] = {A_BOOL(CKA_SIGN, true)};
    assert_int_equal(pair(t, 1, o), CKR_OK);
    assert_true(p_get_bool(&c, s, o[1], CKA_LOCAL));
    assert_true(p_get_bool(&c, s, o[0], CKA_LOCAL));
    assert_true(p_get_bool(&c, s, o[1], CKA_SENSITIVE)); /* neither was given */
    assert_true(p_get_bool(&c, s, o[1], CKA_ALWAYS_SENSITIVE));
    assert_true(p_get_bool(&c, s, o[1], CKA_NEVER_EXTRACTABLE));
    CK_ULONG mech = 0;
    CK_ATTRIBUTE get = {CKA_KEY_GEN_MECHANISM, &mech, sizeof mech};
    assert_int_equal(p_get(&c, s, o[1], &get, 1), CKR_OK);
    assert_int_equal(mech, CKM_EC_KEY_PAIR_GEN);
    assert_int_equal(p_copy(&c, s, o[1], NULL, 0, &copy), CKR_OK);
    assert_true(p_get_bool(&c, s, copy, CKA_NEVER_EXTRACTABLE));
    assert_int_equal(sign_init(copy), CKR_OK);
    assert_int_equal(sign(), CKR_OK);

    CK_ATTRIBUTE open[] = {A_BOOL(CKA_SIGN, true), A_BOOL(CKA_EXTRACTABLE, true)};
    assert_int_equal(pair(open, 2, o), CKR_OK);
    assert_false(p_get_bool(&c, s, o[1], CKA_SENSITIVE));
    CK_ATTRIBUTE shut[] = {A_BOOL(CKA_SENSITIVE, true), A_BOOL(CKA_EXTRACTABLE, false)};
    assert_int_equal(p_set(&c, s, o[1], shut, 2), CKR_OK);
    assert_false(p_get_bool(&c, s, o[1], CKA_ALWAYS_SENSITIVE));
    assert_false(p_get_bool(&c, s, o[1], CKA_NEVER_EXTRACTABLE));
}

static void test_object_public_half_is_on_both(void **state)
{
    (void)state;
    uint32_t o[2];
    uint8_t info[2][128], point[2][80], params[16];
    CK_ATTRIBUTE t[] = {A_BOOL(CKA_SIGN, true)};
    assert_int_equal(pair(t, 1, o), CKR_OK);
    CK_ATTRIBUTE get[2][2];
    for (int i = 0; i < 2; i++) {
        get[i][0] = (CK_ATTRIBUTE){CKA_PUBLIC_KEY_INFO, info[i], sizeof info[i]};
        get[i][1] = (CK_ATTRIBUTE){CKA_EC_POINT, point[i], sizeof point[i]};
        assert_int_equal(p_get(&c, s, o[i], get[i], 2), CKR_OK);
    }
    assert_int_equal(get[0][0].ulValueLen, get[1][0].ulValueLen);
    assert_memory_equal(info[0], info[1], get[0][0].ulValueLen);
    assert_int_equal(get[0][1].ulValueLen, 67);
    assert_memory_equal(point[0], point[1], 67);
    const unsigned char *p = info[0];
    EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)get[0][0].ulValueLen);
    assert_non_null(key);
    assert_ptr_equal(p, info[0] + get[0][0].ulValueLen);
    EVP_PKEY_free(key);
    CK_ATTRIBUTE curve = {CKA_EC_PARAMS, params, sizeof params};
    assert_int_equal(p_get(&c, s, o[1], &curve, 1), CKR_OK);
    assert_memory_equal(params, P256_PARAMS, 10);
}

static void test_object_imported_private_key_gets_its_point(void **state)
{
    (void)state;
    uint8_t d[32] = {0};
    d[31] = 1; /* so the point is the generator */
    CK_ATTRIBUTE t[] = {A_ULONG(CKA_CLASS, CKO_PRIVATE_KEY),
                        A_ULONG(CKA_KEY_TYPE, CKK_EC), A_TEXT(CKA_EC_PARAMS, P256_PARAMS),
                        A_BYTES(CKA_VALUE, d, 32), A_BOOL(CKA_SIGN, true)};
    uint8_t point[80];
    uint32_t o;
    assert_int_equal(p_create(&c, s, t, COUNT(t), &o), CKR_OK);
    CK_ATTRIBUTE get = {CKA_EC_POINT, point, sizeof point};
    assert_int_equal(p_get(&c, s, o, &get, 1), CKR_OK);
    assert_int_equal(get.ulValueLen, 67);
    assert_memory_equal(point, "\x04\x41\x04\x6b\x17\xd1\xf2", 7);
    assert_false(p_get_bool(&c, s, o, CKA_LOCAL));
    assert_false(p_get_bool(&c, s, o, CKA_NEVER_EXTRACTABLE));
    point[5] ^= 1;
    CK_ATTRIBUTE wrong[] = {t[0], t[1], t[2], A_BYTES(CKA_EC_POINT, point, 67)};
    wrong[0] = (CK_ATTRIBUTE)A_ULONG(CKA_CLASS, CKO_PUBLIC_KEY);
    assert_int_not_equal(p_create(&c, s, wrong, COUNT(wrong), &o), CKR_OK);
    point[5] ^= 1;
    CK_ATTRIBUTE info[] = {wrong[0], t[1], t[2], wrong[3],
                           A_TEXT(CKA_PUBLIC_KEY_INFO, "lie")};
    assert_int_equal(p_create(&c, s, info, 5, &o), P11_CKR_PUBLIC_KEY_INVALID);
    assert_int_equal(p_create(&c, s, info, 4, &o), CKR_OK);
}

static void test_object_always_authenticate(void **state)
{
    (void)state;
    uint32_t o[2];
    CK_ATTRIBUTE t[] = {A_BOOL(CKA_SIGN, true), A_BOOL(CKA_ALWAYS_AUTHENTICATE, true),
                        A_BOOL(CKA_PRIVATE, false)};
    assert_int_equal(pair(t, 3, o), CKR_TEMPLATE_INCONSISTENT);
    t[2].pValue = &yes;
    assert_int_equal(pair(t, 3, o), CKR_OK);
    assert_int_equal(sign_init(o[1]), CKR_OK);
    assert_int_equal(p_login(&c, s, CKU_CONTEXT_SPECIFIC, "wrong"), CKR_PIN_INCORRECT);
    assert_true(p_flags(&c, 0) & CKF_USER_PIN_COUNT_LOW);
    assert_int_equal(p_login(&c, s, CKU_CONTEXT_SPECIFIC, USER_PIN), CKR_OK);
    assert_int_equal(sign(), CKR_OK);
    assert_int_equal(p_login(&c, s, CKU_CONTEXT_SPECIFIC, USER_PIN),
                     CKR_OPERATION_NOT_INITIALIZED);
    assert_int_equal(sign_init(o[1]), CKR_OK);
    assert_int_equal(sign(), CKR_USER_NOT_LOGGED_IN);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_object_defaults_are_the_sheets),
        T(test_object_keys_of_the_user_are_private),
        T(test_object_bad_templates),
        T(test_object_ceiling_is_device_memory),
        T(test_object_rights_of_sessions),
        T(test_object_trusted_key_gets_no_further_use),
        T(test_object_uninitialised_token_takes_none),
        T(test_object_scope_of_session_objects),
        T(test_object_logout_hides_private_ones),
        T(test_object_logout_ends_operations_with_private_keys),
        T(test_object_reading_tells_each_failure),
        T(test_object_reply_needs_room_for_the_request),
        T(test_object_rights_only_shrink),
        T(test_object_failed_change_changes_nothing),
        T(test_object_prohibitions),
        T(test_object_generated_key_tells_its_origin),
        T(test_object_public_half_is_on_both),
        T(test_object_imported_private_key_gets_its_point),
        T(test_object_always_authenticate),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
