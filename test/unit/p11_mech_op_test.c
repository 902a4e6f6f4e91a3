/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules of operations: codes, length queries, when an operation ends, and that the
 * one-call commands answer what init and one-shot would.
 */
#include "p11_ops.h"

static struct ops_keys keys;

static int start(void **state)
{
    if (ops_start(state) != 0)
        return -1;
    ops_keys_make(&keys);
    return 0;
}

#define IV16 SPAN("0123456789abcdef")

/* Is an operation of this init command active? Ends it. */
static bool active(uint32_t init)
{
    return ops_release(init) == CKR_OK;
}

/* --- parameters --- */

static void test_op_parameters_are_judged(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t init;
        enum ops_key key;
        uint32_t mech;
        struct span params;
    } rows[] = {
#define P(s) {(const uint8_t *)(s), sizeof(s) - 1}
        {"ECB with an IV", P11_CMD_ENCRYPT_INIT, OPS_AES, CKM_AES_ECB,
         P("0123456789abcdef")},
        {"CBC without an IV", P11_CMD_ENCRYPT_INIT, OPS_AES, CKM_AES_CBC, P("")},
        {"CBC with a short IV", P11_CMD_ENCRYPT_INIT, OPS_AES, CKM_AES_CBC_PAD,
         P("0123456789abcde")},
        {"CTR with 0 bits", P11_CMD_ENCRYPT_INIT, OPS_AES, CKM_AES_CTR,
         P("\0\0\0\0"
           "0123456789abcdef")},
        {"CTR with 129 bits", P11_CMD_ENCRYPT_INIT, OPS_AES, CKM_AES_CTR,
         P("\x81\0\0\0"
           "0123456789abcdef")},
        {"GCM without an IV", P11_CMD_ENCRYPT_INIT, OPS_AES, CKM_AES_GCM,
         P("\0\0\0\0"
           "\0\0\0\0"
           "\x80\0\0\0")},
        {"GCM with a tag of 88 bits", P11_CMD_ENCRYPT_INIT, OPS_AES, CKM_AES_GCM,
         P("\1\0\0\0i"
           "\0\0\0\0"
           "\x58\0\0\0")},
        {"GCM with a tag of 136 bits", P11_CMD_DECRYPT_INIT, OPS_AES, CKM_AES_GCM,
         P("\1\0\0\0i"
           "\0\0\0\0"
           "\x88\0\0\0")},
        {"GCM with an IV that lies", P11_CMD_ENCRYPT_INIT, OPS_AES, CKM_AES_GCM,
         P("\xff\xff\xff\xffi"
           "\0\0\0\0"
           "\x80\0\0\0")},
        {"MAC of no bytes", P11_CMD_SIGN_INIT, OPS_SECRET, CKM_SHA256_HMAC_GENERAL,
         P("\0\0\0\0")},
        {"MAC of 33 bytes", P11_CMD_SIGN_INIT, OPS_SECRET, CKM_SHA256_HMAC_GENERAL,
         P("\x21\0\0\0")},
        {"CMAC of 17 bytes", P11_CMD_SIGN_INIT, OPS_AES, CKM_AES_CMAC_GENERAL,
         P("\x11\0\0\0")},
        {"HMAC with parameters", P11_CMD_SIGN_INIT, OPS_SECRET, CKM_SHA256_HMAC,
         P("\x11\0\0\0")},
        {"key wrap with an IV", P11_CMD_ENCRYPT_INIT, OPS_AES, CKM_AES_KEY_WRAP,
         P("01234567")},
        {"ECDSA with parameters", P11_CMD_SIGN_INIT, OPS_EC, CKM_ECDSA, P("x")},
        {"PSS without", P11_CMD_SIGN_INIT, OPS_RSA, CKM_RSA_PKCS_PSS, P("")},
        {"PSS with an unknown hash", P11_CMD_SIGN_INIT, OPS_RSA, CKM_RSA_PKCS_PSS,
         P("\1\0\0\0"
           "\2\0\0\0"
           "\x20\0\0\0")},
        {"PSS with MD5", P11_CMD_SIGN_INIT, OPS_RSA, CKM_RSA_PKCS_PSS,
         P("\x10\2\0\0"
           "\2\0\0\0"
           "\x20\0\0\0")},
        {"PSS with another MGF", P11_CMD_SIGN_INIT, OPS_RSA, CKM_RSA_PKCS_PSS,
         P("\x50\2\0\0"
           "\1\0\0\0"
           "\x20\0\0\0")},
        {"PSS with another hash than the mechanism's", P11_CMD_SIGN_INIT, OPS_RSA,
         CKM_SHA384_RSA_PKCS_PSS,
         P("\x50\2\0\0"
           "\2\0\0\0"
           "\x20\0\0\0")},
        {"PSS with a salt too long", P11_CMD_SIGN_INIT, OPS_RSA, CKM_RSA_PKCS_PSS,
         P("\x50\2\0\0"
           "\2\0\0\0"
           "\xdf\0\0\0")},
        {"PSS with a salt of 2^32-1", P11_CMD_SIGN_INIT, OPS_RSA, CKM_RSA_PKCS_PSS,
         P("\x50\2\0\0"
           "\2\0\0\0"
           "\xff\xff\xff\xff")},
        {"OAEP with an unknown MGF", P11_CMD_ENCRYPT_INIT, OPS_RSA_PUB, CKM_RSA_PKCS_OAEP,
         P("\x50\2\0\0"
           "\x77\0\0\0"
           "\1\0\0\0"
           "\0\0\0\0")},
        {"OAEP with an unknown source", P11_CMD_ENCRYPT_INIT, OPS_RSA_PUB,
         CKM_RSA_PKCS_OAEP,
         P("\x50\2\0\0"
           "\2\0\0\0"
           "\2\0\0\0"
           "\0\0\0\0")},
        {"OAEP with a label but no source", P11_CMD_ENCRYPT_INIT, OPS_RSA_PUB,
         CKM_RSA_PKCS_OAEP,
         P("\x50\2\0\0"
           "\2\0\0\0"
           "\0\0\0\0"
           "\1\0\0\0l")},
#undef P
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        CK_RV rv = ops_init(rows[i].init, keys.handle[rows[i].key], rows[i].mech,
                            rows[i].params);
        if (rv != CKR_MECHANISM_PARAM_INVALID)
            fail_msg("%s: %lx", rows[i].name, rv);
        assert_false(active(rows[i].init));
    }
}

static void test_op_arguments_are_consumed_exactly(void **state)
{
    (void)state;
    ARGS(a);
    wr_u32(&a, ops.session);
    wr_u32(&a, keys.handle[OPS_EC]);
    wr_u32(&a, CKM_ECDSA);
    wr_u32(&a, 0);
    for (size_t len = 4; len < a.len; len++) {
        struct wr cut = a;
        cut.len = len;
        assert_int_equal(p11_call(&ops.c, P11_CMD_SIGN_INIT, &cut, NULL),
                         CKR_ARGUMENTS_BAD);
    }
    wr_u8(&a, 0);
    assert_int_equal(p11_call(&ops.c, P11_CMD_SIGN_INIT, &a, NULL), CKR_ARGUMENTS_BAD);
    assert_false(active(P11_CMD_SIGN_INIT));
}

/* --- lengths of data --- */

static void test_op_lengths_are_judged(void **state)
{
    (void)state;
    static uint8_t data[600], out[1024];
    static const struct {
        const char *name;
        uint32_t one;
        enum ops_key key;
        uint32_t mech;
        size_t len, sig_len;
        CK_RV want;
    } rows[] = {
        {"ECB, no whole block", P11_CMD_ENCRYPT, OPS_AES, CKM_AES_ECB, 15, 0,
         CKR_DATA_LEN_RANGE},
        {"ECB, no whole block", P11_CMD_DECRYPT, OPS_AES, CKM_AES_ECB, 17, 0,
         CKR_ENCRYPTED_DATA_LEN_RANGE},
        {"ECB, nothing", P11_CMD_ENCRYPT, OPS_AES, CKM_AES_ECB, 0, 0, CKR_OK},
        {"CBC_PAD, nothing to decrypt", P11_CMD_DECRYPT, OPS_AES, CKM_AES_CBC_PAD, 0, 0,
         CKR_ENCRYPTED_DATA_LEN_RANGE},
        {"CBC_PAD, no whole block", P11_CMD_DECRYPT, OPS_AES, CKM_AES_CBC_PAD, 31, 0,
         CKR_ENCRYPTED_DATA_LEN_RANGE},
        {"GCM, shorter than its tag", P11_CMD_DECRYPT, OPS_AES, CKM_AES_GCM, 15, 0,
         CKR_ENCRYPTED_DATA_LEN_RANGE},
        {"GCM, forged", P11_CMD_DECRYPT, OPS_AES, CKM_AES_GCM, 16, 0,
         CKR_ENCRYPTED_DATA_INVALID},
        {"key wrap of 8 bytes", P11_CMD_ENCRYPT, OPS_AES, CKM_AES_KEY_WRAP, 8, 0,
         CKR_DATA_LEN_RANGE},
        {"key wrap of 17 bytes", P11_CMD_ENCRYPT, OPS_AES, CKM_AES_KEY_WRAP, 17, 0,
         CKR_DATA_LEN_RANGE},
        {"padded key wrap of nothing", P11_CMD_ENCRYPT, OPS_AES, CKM_AES_KEY_WRAP_PAD, 0,
         0, CKR_DATA_LEN_RANGE},
        {"unwrap of 16 bytes", P11_CMD_DECRYPT, OPS_AES, CKM_AES_KEY_WRAP, 16, 0,
         CKR_ENCRYPTED_DATA_LEN_RANGE},
        {"unwrap, forged", P11_CMD_DECRYPT, OPS_AES, CKM_AES_KEY_WRAP, 24, 0,
         CKR_ENCRYPTED_DATA_INVALID},
        {"ECDSA of nothing", P11_CMD_SIGN, OPS_EC, CKM_ECDSA, 0, 0, CKR_DATA_LEN_RANGE},
        {"ECDSA of a long digest", P11_CMD_SIGN, OPS_EC, CKM_ECDSA, 64, 0, CKR_OK},
        {"ECDSA signature too short", P11_CMD_VERIFY, OPS_EC_PUB, CKM_ECDSA, 32, 63,
         CKR_SIGNATURE_LEN_RANGE},
        {"ECDSA signature of zeros", P11_CMD_VERIFY, OPS_EC_PUB, CKM_ECDSA, 32, 64,
         CKR_SIGNATURE_INVALID},
        {"ECDSA with hash, too long", P11_CMD_VERIFY, OPS_EC_PUB, CKM_ECDSA_SHA256, 32,
         65, CKR_SIGNATURE_LEN_RANGE},
        {"HMAC too short", P11_CMD_VERIFY, OPS_SECRET, CKM_SHA256_HMAC, 32, 31,
         CKR_SIGNATURE_LEN_RANGE},
        {"HMAC wrong", P11_CMD_VERIFY, OPS_SECRET, CKM_SHA256_HMAC, 32, 32,
         CKR_SIGNATURE_INVALID},
        {"PKCS#1, longest", P11_CMD_SIGN, OPS_RSA, CKM_RSA_PKCS, 245, 0, CKR_OK},
        {"PKCS#1, too long", P11_CMD_SIGN, OPS_RSA, CKM_RSA_PKCS, 246, 0,
         CKR_DATA_LEN_RANGE},
        {"PKCS#1 encryption, too long", P11_CMD_ENCRYPT, OPS_RSA_PUB, CKM_RSA_PKCS, 246,
         0, CKR_DATA_LEN_RANGE},
        {"PKCS#1 encryption of nothing", P11_CMD_ENCRYPT, OPS_RSA_PUB, CKM_RSA_PKCS, 0, 0,
         CKR_OK},
        {"PKCS#1 decryption, too short", P11_CMD_DECRYPT, OPS_RSA, CKM_RSA_PKCS, 255, 0,
         CKR_ENCRYPTED_DATA_LEN_RANGE},
        {"PKCS#1 decryption of rubbish", P11_CMD_DECRYPT, OPS_RSA, CKM_RSA_PKCS, 256, 0,
         CKR_ENCRYPTED_DATA_INVALID},
        {"PKCS#1 signature too short", P11_CMD_VERIFY, OPS_RSA_PUB, CKM_RSA_PKCS, 32, 255,
         CKR_SIGNATURE_LEN_RANGE},
        {"PKCS#1 signature wrong", P11_CMD_VERIFY, OPS_RSA_PUB, CKM_SHA256_RSA_PKCS, 32,
         256, CKR_SIGNATURE_INVALID},
        {"PSS of another length than the hash", P11_CMD_SIGN, OPS_RSA, CKM_RSA_PKCS_PSS,
         31, 0, CKR_DATA_LEN_RANGE},
        {"PSS signature wrong", P11_CMD_VERIFY, OPS_RSA_PUB, CKM_RSA_PKCS_PSS, 32, 256,
         CKR_SIGNATURE_INVALID},
        {"raw RSA, too long", P11_CMD_ENCRYPT, OPS_RSA_PUB, CKM_RSA_X_509, 257, 0,
         CKR_DATA_LEN_RANGE},
        {"raw RSA, short", P11_CMD_SIGN, OPS_RSA, CKM_RSA_X_509, 20, 0, CKR_OK},
        {"raw RSA decryption, too short", P11_CMD_DECRYPT, OPS_RSA, CKM_RSA_X_509, 255, 0,
         CKR_ENCRYPTED_DATA_LEN_RANGE},
        {"OAEP, longest", P11_CMD_ENCRYPT, OPS_RSA_PUB, CKM_RSA_PKCS_OAEP, 190, 0,
         CKR_OK},
        {"OAEP, too long", P11_CMD_ENCRYPT, OPS_RSA_PUB, CKM_RSA_PKCS_OAEP, 191, 0,
         CKR_DATA_LEN_RANGE},
        {"OAEP decryption of rubbish", P11_CMD_DECRYPT, OPS_RSA, CKM_RSA_PKCS_OAEP, 256,
         0, CKR_ENCRYPTED_DATA_INVALID},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ops_params buf;
        struct span params = ops_params(rows[i].mech, &buf);
        size_t len = sizeof out;
        bool verify = rows[i].one == P11_CMD_VERIFY;
        CK_RV rv = ops_one(rows[i].one, keys.handle[rows[i].key], rows[i].mech, params,
                           (struct span){data, rows[i].len},
                           (struct span){data, rows[i].sig_len}, verify ? NULL : out,
                           verify ? NULL : &len);
        if (rv != rows[i].want)
            fail_msg("%s: %lx, not %lx", rows[i].name, rv, rows[i].want);
        /* and by init and one-shot */
        uint32_t init = rows[i].one == P11_CMD_ENCRYPT   ? P11_CMD_ENCRYPT_INIT
                        : rows[i].one == P11_CMD_DECRYPT ? P11_CMD_DECRYPT_INIT
                        : verify                         ? P11_CMD_VERIFY_INIT
                                                         : P11_CMD_SIGN_INIT;
        uint32_t shot = rows[i].one == P11_CMD_ENCRYPT   ? P11_CMD_ENCRYPT_ONESHOT
                        : rows[i].one == P11_CMD_DECRYPT ? P11_CMD_DECRYPT_ONESHOT
                        : verify                         ? P11_CMD_VERIFY_ONESHOT
                                                         : P11_CMD_SIGN_ONESHOT;
        assert_int_equal(ops_init(init, keys.handle[rows[i].key], rows[i].mech, params),
                         CKR_OK);
        len = sizeof out;
        rv = ops_step(shot, (struct span){data, rows[i].len},
                      (struct span){data, rows[i].sig_len}, verify ? NULL : out,
                      verify ? NULL : &len);
        assert_int_equal(rv, rows[i].want);
        assert_false(active(init));
    }
}

/* A number not below the modulus is no message. */
static void test_op_raw_rsa_refuses_what_is_no_residue(void **state)
{
    (void)state;
    uint8_t n[256], out[256];
    size_t len = sizeof out;
    assert_int_equal(ops_get(keys.handle[OPS_RSA_PUB], CKA_MODULUS, n, sizeof n), 256);
    assert_int_equal(ops_one(P11_CMD_ENCRYPT, keys.handle[OPS_RSA_PUB], CKM_RSA_X_509,
                             NOTHING, (struct span){n, 256}, NOTHING, out, &len),
                     CKR_DATA_INVALID);
}

/* --- queries and small buffers --- */

static const struct {
    uint32_t init, shot, update, final, one;
    enum ops_key key;
    uint32_t mech;
    size_t len, need;
} outputs[] = {
    {P11_CMD_SIGN_INIT, P11_CMD_SIGN_ONESHOT, 0, 0, P11_CMD_SIGN, OPS_EC, CKM_ECDSA, 32,
     64},
    {P11_CMD_SIGN_INIT, P11_CMD_SIGN_ONESHOT, P11_CMD_SIGN_UPDATE, P11_CMD_SIGN_FINAL,
     P11_CMD_SIGN, OPS_EC, CKM_ECDSA_SHA256, 99, 64},
    {P11_CMD_SIGN_INIT, P11_CMD_SIGN_ONESHOT, P11_CMD_SIGN_UPDATE, P11_CMD_SIGN_FINAL,
     P11_CMD_SIGN, OPS_RSA, CKM_SHA256_RSA_PKCS, 99, 256},
    {P11_CMD_SIGN_INIT, P11_CMD_SIGN_ONESHOT, P11_CMD_SIGN_UPDATE, P11_CMD_SIGN_FINAL,
     P11_CMD_SIGN, OPS_SECRET, CKM_SHA384_HMAC, 99, 48},
    {P11_CMD_SIGN_INIT, P11_CMD_SIGN_ONESHOT, P11_CMD_SIGN_UPDATE, P11_CMD_SIGN_FINAL,
     P11_CMD_SIGN, OPS_AES, CKM_AES_CMAC_GENERAL, 99, 8},
    {P11_CMD_DIGEST_INIT, P11_CMD_DIGEST_ONESHOT, P11_CMD_DIGEST_UPDATE,
     P11_CMD_DIGEST_FINAL, P11_CMD_DIGEST, OPS_AES, CKM_SHA512, 99, 64},
    {P11_CMD_ENCRYPT_INIT, P11_CMD_ENCRYPT_ONESHOT, 0, 0, P11_CMD_ENCRYPT, OPS_AES,
     CKM_AES_CBC_PAD, 32, 48},
    {P11_CMD_ENCRYPT_INIT, P11_CMD_ENCRYPT_ONESHOT, 0, 0, P11_CMD_ENCRYPT, OPS_AES,
     CKM_AES_GCM, 32, 48},
    {P11_CMD_ENCRYPT_INIT, P11_CMD_ENCRYPT_ONESHOT, 0, 0, P11_CMD_ENCRYPT, OPS_AES,
     CKM_AES_KEY_WRAP, 32, 40},
    {P11_CMD_ENCRYPT_INIT, P11_CMD_ENCRYPT_ONESHOT, 0, 0, P11_CMD_ENCRYPT, OPS_RSA_PUB,
     CKM_RSA_PKCS_OAEP, 32, 256},
};

static void test_op_small_buffers_change_nothing(void **state)
{
    (void)state;
    static uint8_t data[99], out[512];
    for (size_t i = 0; i < COUNT(outputs); i++) {
        struct ops_params buf;
        struct span params = ops_params(outputs[i].mech, &buf),
                    in = {data, outputs[i].len};
        uint32_t key = keys.handle[outputs[i].key];
        assert_int_equal(ops_init(outputs[i].init, key, outputs[i].mech, params), CKR_OK);
        size_t len = 0;
        assert_int_equal(ops_step(outputs[i].shot, in, NOTHING, NULL, &len),
                         CKR_BUFFER_TOO_SMALL);
        assert_int_equal(len, outputs[i].need);
        len = outputs[i].need - 1;
        assert_int_equal(ops_step(outputs[i].shot, in, NOTHING, out, &len),
                         CKR_BUFFER_TOO_SMALL);
        assert_int_equal(len, outputs[i].need);
        assert_int_equal(ops_step(outputs[i].shot, in, NOTHING, out, &len), CKR_OK);
        assert_int_equal(len, outputs[i].need);
        assert_false(active(outputs[i].init));

        len = 0;
        assert_int_equal(ops_one(outputs[i].one, key, outputs[i].mech, params, in,
                                 NOTHING, NULL, &len),
                         CKR_BUFFER_TOO_SMALL);
        assert_int_equal(len, outputs[i].need);
        assert_int_equal(
            ops_one(outputs[i].one, key, outputs[i].mech, params, in, NOTHING, out, &len),
            CKR_OK);
        if (!outputs[i].update)
            continue;
        assert_int_equal(ops_init(outputs[i].init, key, outputs[i].mech, params), CKR_OK);
        assert_int_equal(ops_step(outputs[i].update, in, NOTHING, NULL, NULL), CKR_OK);
        len = 0;
        assert_int_equal(ops_step(outputs[i].final, NOTHING, NOTHING, NULL, &len),
                         CKR_BUFFER_TOO_SMALL);
        assert_int_equal(len, outputs[i].need);
        assert_int_equal(ops_step(outputs[i].final, NOTHING, NOTHING, out, &len), CKR_OK);
        assert_false(active(outputs[i].init));
    }
}

/* Padded decryption: the exact length is enough, one byte less changes nothing. */
static void test_op_padded_decryption_fits_exactly(void **state)
{
    (void)state;
    static uint8_t data[64], sealed[96], out[96];
    for (size_t n = 0; n <= 33; n++) {
        size_t sealed_len = sizeof sealed, len = 0;
        memset(data, (int)n, sizeof data);
        assert_int_equal(ops_one(P11_CMD_ENCRYPT, keys.handle[OPS_AES], CKM_AES_CBC_PAD,
                                 IV16, (struct span){data, n}, NOTHING, sealed,
                                 &sealed_len),
                         CKR_OK);
        struct span in = {sealed, sealed_len};
        assert_int_equal(
            ops_init(P11_CMD_DECRYPT_INIT, keys.handle[OPS_AES], CKM_AES_CBC_PAD, IV16),
            CKR_OK);
        assert_int_equal(ops_step(P11_CMD_DECRYPT_ONESHOT, in, NOTHING, NULL, &len),
                         CKR_BUFFER_TOO_SMALL);
        assert_true(len >= n);
        for (size_t room = 1; room < n; room += 5) {
            len = room;
            assert_int_equal(ops_step(P11_CMD_DECRYPT_ONESHOT, in, NOTHING, out, &len),
                             CKR_BUFFER_TOO_SMALL);
            assert_true(len >= n);
        }
        len = n;
        assert_int_equal(ops_step(P11_CMD_DECRYPT_ONESHOT, in, NOTHING, out, &len),
                         CKR_OK);
        assert_int_equal(len, n);
        assert_memory_equal(out, data, n);
    }
}

/* Every last block: the padding is right for exactly those that it should be right for.
 */
static void test_op_padding_is_checked(void **state)
{
    (void)state;
    for (unsigned pad = 0; pad < 256; pad++) {
        uint8_t block[16], sealed[16], out[16];
        for (unsigned spoil = 0; spoil < 2; spoil++) {
            size_t len = sizeof sealed;
            memset(block, (int)pad, sizeof block);
            if (spoil && pad >= 2 && pad <= 16)
                block[16 - pad] ^= 1;
            assert_int_equal(ops_one(P11_CMD_ENCRYPT, keys.handle[OPS_AES], CKM_AES_CBC,
                                     IV16, (struct span){block, 16}, NOTHING, sealed,
                                     &len),
                             CKR_OK);
            len = sizeof out;
            CK_RV rv = ops_one(P11_CMD_DECRYPT, keys.handle[OPS_AES], CKM_AES_CBC_PAD,
                               IV16, (struct span){sealed, 16}, NOTHING, out, &len);
            bool good = pad >= 1 && pad <= 16 && !(spoil && pad >= 2);
            assert_int_equal(rv, good ? CKR_OK : CKR_ENCRYPTED_DATA_INVALID);
            if (good)
                assert_int_equal(len, 16 - pad);
        }
    }
}

/* PKCS#1 v1.5 blocks built by hand, through the raw public operation. */
static void test_op_pkcs1_padding_is_checked(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint8_t first, second;
        size_t zero; /* place of the separator; 0: none */
        bool good;
    } rows[] = {
        {"eight bytes of padding", 0, 2, 10, true},
        {"seven bytes of padding", 0, 2, 9, false},
        {"separator at once", 0, 2, 2, false},
        {"no separator", 0, 2, 0, false},
        {"block type 1", 0, 1, 10, false},
        {"block type 0", 0, 0, 10, false},
        {"first byte not zero", 1, 2, 10, false},
        {"empty message", 0, 2, 255, true},
        {"message of 1 byte", 0, 2, 254, true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t em[256], c[256], out[256];
        size_t len = sizeof c;
        memset(em, 0x5a, sizeof em);
        em[0] = rows[i].first;
        em[1] = rows[i].second;
        if (rows[i].zero)
            em[rows[i].zero] = 0;
        assert_int_equal(ops_one(P11_CMD_ENCRYPT, keys.handle[OPS_RSA_PUB], CKM_RSA_X_509,
                                 NOTHING, (struct span){em, 256}, NOTHING, c, &len),
                         CKR_OK);
        len = sizeof out;
        CK_RV rv = ops_one(P11_CMD_DECRYPT, keys.handle[OPS_RSA], CKM_RSA_PKCS, NOTHING,
                           (struct span){c, 256}, NOTHING, out, &len);
        if (rv != (rows[i].good ? CKR_OK : CKR_ENCRYPTED_DATA_INVALID))
            fail_msg("%s: %lx", rows[i].name, rv);
        if (rows[i].good) {
            assert_int_equal(len, 255 - rows[i].zero);
            assert_memory_equal(out, em + rows[i].zero + 1, len);
        }
    }
}

/* --- when an operation ends --- */

static void test_op_one_at_a_time(void **state)
{
    (void)state;
    assert_int_equal(ops_init(P11_CMD_DIGEST_INIT, 0, CKM_SHA256, NOTHING), CKR_OK);
    assert_int_equal(ops_init(P11_CMD_SIGN_INIT, keys.handle[OPS_EC], CKM_ECDSA, NOTHING),
                     CKR_OPERATION_ACTIVE);
    assert_int_equal(ops_init(P11_CMD_DIGEST_INIT, 0, CKM_SHA256, NOTHING),
                     CKR_OPERATION_ACTIVE);
    /* commands of another operation do not touch it */
    uint8_t out[64];
    size_t len = sizeof out;
    assert_int_equal(ops_step(P11_CMD_SIGN_UPDATE, SPAN("x"), NOTHING, NULL, NULL),
                     CKR_OPERATION_NOT_INITIALIZED);
    assert_int_equal(ops_step(P11_CMD_VERIFY_FINAL, NOTHING, SPAN("x"), NULL, NULL),
                     CKR_OPERATION_NOT_INITIALIZED);
    assert_int_equal(ops_release(P11_CMD_SIGN_INIT), CKR_OPERATION_NOT_INITIALIZED);
    assert_int_equal(ops_one(P11_CMD_SIGN, keys.handle[OPS_EC], CKM_ECDSA, NOTHING,
                             SPAN("hash"), NOTHING, out, &len),
                     CKR_OK);
    len = sizeof out;
    assert_int_equal(ops_step(P11_CMD_DIGEST_ONESHOT, SPAN("abc"), NOTHING, out, &len),
                     CKR_OK);
    assert_int_equal(len, 32);
    assert_int_equal(ops_step(P11_CMD_DIGEST_ONESHOT, SPAN("abc"), NOTHING, out, &len),
                     CKR_OPERATION_NOT_INITIALIZED);
}

static void test_op_parts_are_refused_where_there_are_none(void **state)
{
    (void)state;
    static const struct {
        uint32_t init, update;
        enum ops_key key;
        uint32_t mech;
    } rows[] = {
        {P11_CMD_SIGN_INIT, P11_CMD_SIGN_UPDATE, OPS_EC, CKM_ECDSA},
        {P11_CMD_VERIFY_INIT, P11_CMD_VERIFY_UPDATE, OPS_RSA_PUB, CKM_RSA_PKCS},
        {P11_CMD_SIGN_INIT, P11_CMD_SIGN_UPDATE, OPS_RSA, CKM_RSA_PKCS_PSS},
        {P11_CMD_ENCRYPT_INIT, P11_CMD_ENCRYPT_UPDATE, OPS_RSA_PUB, CKM_RSA_PKCS_OAEP},
        {P11_CMD_DECRYPT_INIT, P11_CMD_DECRYPT_UPDATE, OPS_AES, CKM_AES_KEY_WRAP},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ops_params buf;
        uint8_t out[64];
        size_t len = sizeof out;
        bool crypt =
            rows[i].init == P11_CMD_ENCRYPT_INIT || rows[i].init == P11_CMD_DECRYPT_INIT;
        struct span params = ops_params(rows[i].mech, &buf);
        assert_int_equal(
            ops_init(rows[i].init, keys.handle[rows[i].key], rows[i].mech, params),
            CKR_OK);
        assert_int_equal(ops_step(rows[i].update, SPAN("x"), NOTHING, crypt ? out : NULL,
                                  crypt ? &len : NULL),
                         CKR_MECHANISM_INVALID);
        assert_false(active(rows[i].init));
    }
}

static void test_op_whole_after_parts_is_refused(void **state)
{
    (void)state;
    uint8_t out[64];
    size_t len = sizeof out;
    assert_int_equal(ops_init(P11_CMD_DIGEST_INIT, 0, CKM_SHA256, NOTHING), CKR_OK);
    assert_int_equal(ops_step(P11_CMD_DIGEST_UPDATE, SPAN("a"), NOTHING, NULL, NULL),
                     CKR_OK);
    assert_int_equal(ops_step(P11_CMD_DIGEST_ONESHOT, SPAN("b"), NOTHING, out, &len),
                     CKR_OPERATION_ACTIVE);
    assert_false(active(P11_CMD_DIGEST_INIT));
    /* what was begun does not leak into the next message */
    len = sizeof out;
    assert_int_equal(
        ops_one(P11_CMD_DIGEST, 0, CKM_SHA256, NOTHING, NOTHING, NOTHING, out, &len),
        CKR_OK);
    assert_int_equal(out[0], 0xe3); /* of the empty message */
}

static void test_op_counter_does_not_run_over(void **state)
{
    (void)state;
    static uint8_t data[64], out[64];
    /* 8 bits, at 254: two blocks are left */
    struct span params = {(const uint8_t *)"\x08\0\0\0"
                                           "nonce-nonce-non\xfe",
                          20};
    size_t len = sizeof out;
    assert_int_equal(ops_one(P11_CMD_ENCRYPT, keys.handle[OPS_AES], CKM_AES_CTR, params,
                             (struct span){data, 33}, NOTHING, out, &len),
                     CKR_DATA_LEN_RANGE);
    len = sizeof out;
    assert_int_equal(ops_one(P11_CMD_ENCRYPT, keys.handle[OPS_AES], CKM_AES_CTR, params,
                             (struct span){data, 32}, NOTHING, out, &len),
                     CKR_OK);
    assert_int_equal(
        ops_init(P11_CMD_DECRYPT_INIT, keys.handle[OPS_AES], CKM_AES_CTR, params),
        CKR_OK);
    len = sizeof out;
    assert_int_equal(
        ops_step(P11_CMD_DECRYPT_UPDATE, (struct span){data, 20}, NOTHING, out, &len),
        CKR_OK);
    len = sizeof out;
    assert_int_equal(
        ops_step(P11_CMD_DECRYPT_UPDATE, (struct span){data, 13}, NOTHING, out, &len),
        CKR_ENCRYPTED_DATA_LEN_RANGE);
    assert_false(active(P11_CMD_DECRYPT_INIT));
    /* the widest counter, all ones: one block is left; one below: practically no limit */
    uint8_t wide[20] = {128};
    memset(wide + 4, 0xff, 16);
    len = sizeof out;
    assert_int_equal(ops_one(P11_CMD_ENCRYPT, keys.handle[OPS_AES], CKM_AES_CTR,
                             (struct span){wide, 20}, (struct span){data, 17}, NOTHING,
                             out, &len),
                     CKR_DATA_LEN_RANGE);
    wide[4] = 0x7f;
    len = sizeof out;
    assert_int_equal(ops_one(P11_CMD_ENCRYPT, keys.handle[OPS_AES], CKM_AES_CTR,
                             (struct span){wide, 20}, (struct span){data, 64}, NOTHING,
                             out, &len),
                     CKR_OK);
}

/* Nothing of a message comes out before its tag was seen, and not without it. */
static void test_op_gcm_holds_back(void **state)
{
    (void)state;
    static uint8_t data[40], sealed[64], out[64];
    struct ops_params buf;
    struct span params = ops_params(CKM_AES_GCM, &buf);
    size_t sealed_len = sizeof sealed, len = sizeof out;
    assert_int_equal(ops_one(P11_CMD_ENCRYPT, keys.handle[OPS_AES], CKM_AES_GCM, params,
                             (struct span){data, 40}, NOTHING, sealed, &sealed_len),
                     CKR_OK);
    for (unsigned forged = 0; forged < 2; forged++) {
        sealed[3] ^= (uint8_t)forged;
        assert_int_equal(
            ops_init(P11_CMD_DECRYPT_INIT, keys.handle[OPS_AES], CKM_AES_GCM, params),
            CKR_OK);
        for (size_t at = 0; at < sealed_len; at += 8) {
            len = sizeof out;
            assert_int_equal(ops_step(P11_CMD_DECRYPT_UPDATE,
                                      (struct span){sealed + at, 8}, NOTHING, out, &len),
                             CKR_OK);
            assert_int_equal(len, 0);
        }
        len = 39;
        assert_int_equal(ops_step(P11_CMD_DECRYPT_FINAL, NOTHING, NOTHING, out, &len),
                         CKR_BUFFER_TOO_SMALL);
        assert_int_equal(len, 40);
        assert_int_equal(ops_step(P11_CMD_DECRYPT_FINAL, NOTHING, NOTHING, out, &len),
                         forged ? CKR_ENCRYPTED_DATA_INVALID : CKR_OK);
        if (!forged)
            assert_memory_equal(out, data, 40);
    }
}

/* What sessions collect has a ceiling over all of them, and goes with the session. */
static void test_op_gcm_parts_have_a_ceiling(void **state)
{
    (void)state;
    enum { PART = 8 << 20, FIT = 4 };
    struct ops_params buf;
    struct span params = ops_params(CKM_AES_GCM, &buf);
    uint8_t *part = calloc(1, PART), out[1];
    uint32_t mine = ops.session, opened[FIT + 2];
    assert_non_null(part);
    for (int i = 0; i < FIT + 2; i++) {
        size_t len = sizeof out;
        assert_int_equal(p_open(&ops.c, 0, false, &opened[i]), CKR_OK);
        ops.session = opened[i];
        assert_int_equal(
            ops_init(P11_CMD_DECRYPT_INIT, keys.handle[OPS_AES], CKM_AES_GCM, params),
            CKR_OK);
        assert_int_equal(ops_step(P11_CMD_DECRYPT_UPDATE, (struct span){part, PART},
                                  NOTHING, out, &len),
                         i == FIT ? CKR_DEVICE_MEMORY : CKR_OK);
        if (i == FIT)
            assert_int_equal(p_close(&ops.c, opened[0]), CKR_OK);
    }
    for (int i = 1; i < FIT + 2; i++)
        assert_int_equal(p_close(&ops.c, opened[i]), CKR_OK);
    ops.session = mine;
    free(part);
}

static void test_op_digest_of_a_key(void **state)
{
    (void)state;
    uint8_t with_key[32], plain[32];
    size_t len = sizeof plain;
    assert_int_equal(ops_one(P11_CMD_DIGEST, 0, CKM_SHA256, NOTHING,
                             SPAN("<0123456789abcdef>"), NOTHING, plain, &len),
                     CKR_OK);
    assert_int_equal(ops_init(P11_CMD_DIGEST_INIT, 0, CKM_SHA256, NOTHING), CKR_OK);
    assert_int_equal(ops_step(P11_CMD_DIGEST_UPDATE, SPAN("<"), NOTHING, NULL, NULL),
                     CKR_OK);
    assert_int_equal(
        P_CALL(&ops.c, P11_CMD_DIGEST_KEY, NULL, ops.session, keys.handle[OPS_AES]),
        CKR_OK);
    assert_int_equal(ops_step(P11_CMD_DIGEST_UPDATE, SPAN(">"), NOTHING, NULL, NULL),
                     CKR_OK);
    assert_int_equal(ops_step(P11_CMD_DIGEST_FINAL, NOTHING, NOTHING, with_key, &len),
                     CKR_OK);
    assert_memory_equal(with_key, plain, 32);

    assert_int_equal(ops_init(P11_CMD_DIGEST_INIT, 0, CKM_SHA256, NOTHING), CKR_OK);
    assert_int_equal(
        P_CALL(&ops.c, P11_CMD_DIGEST_KEY, NULL, ops.session, keys.handle[OPS_EC]),
        CKR_KEY_INDIGESTIBLE);
    assert_false(active(P11_CMD_DIGEST_INIT));
    assert_int_equal(
        P_CALL(&ops.c, P11_CMD_DIGEST_KEY, NULL, ops.session, keys.handle[OPS_AES]),
        CKR_OPERATION_NOT_INITIALIZED);
}

/* --- a login for each use --- */

static void test_op_always_authenticate(void **state)
{
    (void)state;
    CK_ATTRIBUTE pub[] = {A_TEXT(CKA_EC_PARAMS, P256_OID), A_BOOL(CKA_VERIFY, true)};
    CK_ATTRIBUTE prv[] = {A_BOOL(CKA_SIGN, true), A_BOOL(CKA_PRIVATE, true),
                          A_BOOL(CKA_DERIVE, true),
                          A_BOOL(CKA_ALWAYS_AUTHENTICATE, true)};
    uint32_t pair[2];
    uint8_t out[64];
    size_t len = sizeof out;
    assert_int_equal(
        ops_pair(CKM_EC_KEY_PAIR_GEN, pub, COUNT(pub), prv, COUNT(prv), pair), CKR_OK);
    assert_int_equal(ops_one(P11_CMD_SIGN, pair[1], CKM_ECDSA, NOTHING, SPAN("hash"),
                             NOTHING, out, &len),
                     CKR_USER_NOT_LOGGED_IN);
    /* without the login the use is refused and over */
    assert_int_equal(ops_init(P11_CMD_SIGN_INIT, pair[1], CKM_ECDSA, NOTHING), CKR_OK);
    len = sizeof out;
    assert_int_equal(ops_step(P11_CMD_SIGN_ONESHOT, SPAN("hash"), NOTHING, out, &len),
                     CKR_USER_NOT_LOGGED_IN);
    assert_false(active(P11_CMD_SIGN_INIT));
    /* one login is one use */
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(ops_init(P11_CMD_SIGN_INIT, pair[1], CKM_ECDSA, NOTHING),
                         CKR_OK);
        if (i == 0)
            assert_int_equal(p_login(&ops.c, ops.session, CKU_CONTEXT_SPECIFIC, USER_PIN),
                             CKR_OK);
        len = sizeof out;
        assert_int_equal(ops_step(P11_CMD_SIGN_ONESHOT, SPAN("hash"), NOTHING, out, &len),
                         i == 0 ? CKR_OK : CKR_USER_NOT_LOGGED_IN);
    }
    assert_int_equal(p_login(&ops.c, ops.session, CKU_CONTEXT_SPECIFIC, USER_PIN),
                     CKR_OPERATION_NOT_INITIALIZED);
    /* what has no moment for the login is refused */
    uint32_t secret;
    CK_ATTRIBUTE t[] = {A_BOOL(CKA_EXTRACTABLE, true)};
    assert_int_equal(ops_derive(pair[1], CKM_ECDH1_DERIVE,
                                SPAN("\1\0\0\0\0\0\0\0\0\0\0\0"), t, 1, &secret),
                     CKR_USER_NOT_LOGGED_IN);
}

/* The key goes with a logout; what was begun with it too. */
static void test_op_does_not_survive_logout(void **state)
{
    (void)state;
    CK_ATTRIBUTE private = A_BOOL(CKA_PRIVATE, true);
    uint32_t key = ops_secret(CKK_GENERIC_SECRET, SPAN("0123456789abcdef"), &private);
    assert_int_equal(ops_init(P11_CMD_SIGN_INIT, key, CKM_SHA256_HMAC, NOTHING), CKR_OK);
    assert_int_equal(p_logout(&ops.c, ops.session), CKR_OK);
    assert_int_equal(ops_step(P11_CMD_SIGN_UPDATE, SPAN("x"), NOTHING, NULL, NULL),
                     CKR_OPERATION_NOT_INITIALIZED);
    assert_int_equal(p_login(&ops.c, ops.session, CKU_USER, USER_PIN), CKR_OK);
    assert_int_equal(ops_step(P11_CMD_SIGN_UPDATE, SPAN("x"), NOTHING, NULL, NULL),
                     CKR_OPERATION_NOT_INITIALIZED);
}

/* An operation goes on with the key that it began with, whatever happens to the object.
 */
static void test_op_survives_its_object(void **state)
{
    (void)state;
    uint8_t out[32];
    size_t len = sizeof out;
    uint32_t key = ops_secret(CKK_GENERIC_SECRET, SPAN("0123456789abcdef"), NULL);
    assert_int_equal(ops_init(P11_CMD_SIGN_INIT, key, CKM_SHA256_HMAC, NOTHING), CKR_OK);
    assert_int_equal(p_destroy(&ops.c, ops.session, key), CKR_OK);
    CK_RV rv = ops_step(P11_CMD_SIGN_ONESHOT, SPAN("x"), NOTHING, out, &len);
    assert_true(rv == CKR_OK || rv == CKR_OPERATION_NOT_INITIALIZED);
    assert_int_equal(ops_one(P11_CMD_SIGN, key, CKM_SHA256_HMAC, NOTHING, SPAN("x"),
                             NOTHING, out, &len),
                     CKR_KEY_HANDLE_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_op_parameters_are_judged),
        cmocka_unit_test(test_op_arguments_are_consumed_exactly),
        cmocka_unit_test(test_op_lengths_are_judged),
        cmocka_unit_test(test_op_raw_rsa_refuses_what_is_no_residue),
        cmocka_unit_test(test_op_small_buffers_change_nothing),
        cmocka_unit_test(test_op_padded_decryption_fits_exactly),
        cmocka_unit_test(test_op_padding_is_checked),
        cmocka_unit_test(test_op_pkcs1_padding_is_checked),
        cmocka_unit_test(test_op_one_at_a_time),
        cmocka_unit_test(test_op_parts_are_refused_where_there_are_none),
        cmocka_unit_test(test_op_whole_after_parts_is_refused),
        cmocka_unit_test(test_op_counter_does_not_run_over),
        cmocka_unit_test(test_op_gcm_holds_back),
        cmocka_unit_test(test_op_gcm_parts_have_a_ceiling),
        cmocka_unit_test(test_op_digest_of_a_key),
        cmocka_unit_test(test_op_always_authenticate),
        cmocka_unit_test(test_op_survives_its_object),
        cmocka_unit_test(test_op_does_not_survive_logout),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("mech operations", tests, start, ops_stop);
}
