/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys that come and go: generation, import, derivation, wrapping and unwrapping, with
 * the policy on each way (the attacks of Tookan among them). libcrypto judges what leaves
 * the TA and makes what comes in.
 */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
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

static struct span bn_span(EVP_PKEY *k, const char *name, uint8_t *buf)
{
    BIGNUM *n = NULL;
    assert_int_equal(EVP_PKEY_get_bn_param(k, name, &n), 1);
    struct span s = {buf, (size_t)BN_bn2bin(n, buf)};
    BN_free(n);
    return s;
}

/* --- generation --- */

static void test_key_generation_is_judged(void **state)
{
    (void)state;
    static CK_BYTE three[] = {3}, one[] = {1}, even[] = {1, 0, 0},
                   wide[9] = {1, 0, 0, 0, 0, 0, 0, 0, 1};
    struct {
        const char *name;
        CK_ATTRIBUTE t[2];
        size_t nr;
        CK_RV want;
    } rows[] = {
        {"no size", {{0, NULL, 0}}, 0, CKR_TEMPLATE_INCOMPLETE},
        {"1024 bits", {A_ULONG(CKA_MODULUS_BITS, 1024)}, 1, CKR_KEY_SIZE_RANGE},
        {"2049 bits", {A_ULONG(CKA_MODULUS_BITS, 2049)}, 1, CKR_KEY_SIZE_RANGE},
        {"4160 bits", {A_ULONG(CKA_MODULUS_BITS, 4160)}, 1, CKR_KEY_SIZE_RANGE},
        {"2^32-2 bits", {A_ULONG(CKA_MODULUS_BITS, 0xfffffffe)}, 1, CKR_KEY_SIZE_RANGE},
        {"exponent 1",
         {A_ULONG(CKA_MODULUS_BITS, 2048), A_BYTES(CKA_PUBLIC_EXPONENT, one, 1)},
         2,
         CKR_ATTRIBUTE_VALUE_INVALID},
        {"even exponent",
         {A_ULONG(CKA_MODULUS_BITS, 2048), A_BYTES(CKA_PUBLIC_EXPONENT, even, 3)},
         2,
         CKR_ATTRIBUTE_VALUE_INVALID},
        {"empty exponent",
         {A_ULONG(CKA_MODULUS_BITS, 2048), A_BYTES(CKA_PUBLIC_EXPONENT, even, 0)},
         2,
         CKR_ATTRIBUTE_VALUE_INVALID},
        {"wide exponent",
         {A_ULONG(CKA_MODULUS_BITS, 2048), A_BYTES(CKA_PUBLIC_EXPONENT, wide, 9)},
         2,
         CKR_ATTRIBUTE_VALUE_INVALID},
        {"exponent 3",
         {A_ULONG(CKA_MODULUS_BITS, 2048), A_BYTES(CKA_PUBLIC_EXPONENT, three, 1)},
         2,
         CKR_OK},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t pair[2];
        CK_RV rv =
            ops_pair(CKM_RSA_PKCS_KEY_PAIR_GEN, rows[i].t, rows[i].nr, NULL, 0, pair);
        if (rv != rows[i].want)
            fail_msg("RSA, %s: %lx", rows[i].name, rv);
    }
    uint32_t h, pair[2];
    CK_ATTRIBUTE len15[] = {A_ULONG(CKA_VALUE_LEN, 15)},
                 len20[] = {A_ULONG(CKA_VALUE_LEN, 20)},
                 none[] = {A_ULONG(CKA_VALUE_LEN, 0)},
                 long_one[] = {A_ULONG(CKA_VALUE_LEN, 513)};
    assert_int_equal(ops_generate(CKM_AES_KEY_GEN, NULL, 0, &h), CKR_TEMPLATE_INCOMPLETE);
    assert_int_equal(ops_generate(CKM_AES_KEY_GEN, len15, 1, &h), CKR_KEY_SIZE_RANGE);
    assert_int_equal(ops_generate(CKM_AES_KEY_GEN, len20, 1, &h), CKR_KEY_SIZE_RANGE);
    assert_int_equal(ops_generate(CKM_GENERIC_SECRET_KEY_GEN, none, 1, &h),
                     CKR_KEY_SIZE_RANGE);
    assert_int_equal(ops_generate(CKM_GENERIC_SECRET_KEY_GEN, long_one, 1, &h),
                     CKR_KEY_SIZE_RANGE);
    assert_int_equal(ops_generate(CKM_GENERIC_SECRET_KEY_GEN, len15, 1, &h), CKR_OK);
    assert_int_equal(ops_generate(CKM_EC_KEY_PAIR_GEN, len15, 1, &h),
                     CKR_MECHANISM_INVALID);
    assert_int_equal(ops_pair(CKM_AES_KEY_GEN, NULL, 0, NULL, 0, pair),
                     CKR_MECHANISM_INVALID);
}

static void test_key_unknown_curves_are_named(void **state)
{
    (void)state;
    static const struct span rows[] = {
        {(const uint8_t *)"\x06\x05\x2b\x81\x04\x00\x0a", 7}, /* secp256k1 */
        {(const uint8_t *)"\x13\x0asecp256r1!", 12},          /* a name as text */
        {(const uint8_t *)"\x30\x03\x02\x01\x01", 5},         /* explicit numbers */
        {(const uint8_t *)"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01", 9},
        {(const uint8_t *)P256_OID "x", 11},
        {(const uint8_t *)"\x06", 1},
    };
    uint32_t pair[2];
    for (size_t i = 0; i < COUNT(rows); i++) {
        CK_ATTRIBUTE t[] = {A_BYTES(CKA_EC_PARAMS, rows[i].p, rows[i].len)};
        assert_int_equal(ops_pair(CKM_EC_KEY_PAIR_GEN, t, 1, NULL, 0, pair),
                         CKR_CURVE_NOT_SUPPORTED);
    }
    assert_int_equal(ops_pair(CKM_EC_KEY_PAIR_GEN, NULL, 0, NULL, 0, pair),
                     CKR_TEMPLATE_INCOMPLETE);
}

/* The public key information of either half is a key for libcrypto, and verifies what was
 * signed. */
static void verify_outside(uint32_t from, uint32_t sign, uint32_t mech, bool ec)
{
    uint8_t der[1024], sig[512], der_sig[160];
    size_t len = ops_get(from, CKA_PUBLIC_KEY_INFO, der, sizeof der),
           sig_len = sizeof sig;
    const uint8_t *p = der;
    EVP_PKEY *k = d2i_PUBKEY(NULL, &p, (long)len);
    assert_non_null(k);
    assert_int_equal(ops_one(P11_CMD_SIGN, sign, mech, NOTHING, SPAN("message"), NOTHING,
                             sig, &sig_len),
                     CKR_OK);
    const uint8_t *s = sig;
    if (ec) {
        ECDSA_SIG *e = ECDSA_SIG_new();
        int half = (int)sig_len / 2;
        ECDSA_SIG_set0(e, BN_bin2bn(sig, half, NULL), BN_bin2bn(sig + half, half, NULL));
        unsigned char *out = der_sig;
        sig_len = (size_t)i2d_ECDSA_SIG(e, &out);
        ECDSA_SIG_free(e);
        s = der_sig;
    }
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, k), 1);
    assert_int_equal(EVP_DigestVerify(c, s, sig_len, (const uint8_t *)"message", 7), 1);
    EVP_MD_CTX_free(c);
    EVP_PKEY_free(k);
}

static void test_key_pairs_are_pairs(void **state)
{
    (void)state;
    static const struct span oids[] = {{(const uint8_t *)P256_OID, sizeof P256_OID - 1},
                                       {(const uint8_t *)P384_OID, sizeof P384_OID - 1},
                                       {(const uint8_t *)P521_OID, sizeof P521_OID - 1}};
    for (size_t i = 0; i < COUNT(oids); i++) {
        uint32_t pair[2];
        uint8_t a[200], b[200];
        ops_ec_pair(oids[i], pair);
        verify_outside(pair[0], pair[1], CKM_ECDSA_SHA256, true);
        verify_outside(pair[1], pair[1], CKM_ECDSA_SHA256, true);
        size_t len = ops_get(pair[0], CKA_EC_POINT, a, sizeof a);
        assert_int_equal(ops_get(pair[1], CKA_EC_POINT, b, sizeof b), len);
        assert_memory_equal(a, b, len);
    }
    verify_outside(keys.handle[OPS_RSA_PUB], keys.handle[OPS_RSA], CKM_SHA256_RSA_PKCS,
                   false);
    verify_outside(keys.handle[OPS_RSA], keys.handle[OPS_RSA], CKM_SHA256_RSA_PKCS,
                   false);
}

/* --- import --- */

struct ec_numbers {
    uint8_t d[32], point[65];
};

static void ec_numbers(struct ec_numbers *n)
{
    EVP_PKEY *k = EVP_EC_gen("P-256");
    BIGNUM *d = NULL;
    size_t len;
    assert_int_equal(EVP_PKEY_get_bn_param(k, OSSL_PKEY_PARAM_PRIV_KEY, &d), 1);
    BN_bn2binpad(d, n->d, 32);
    assert_int_equal(
        EVP_PKEY_get_octet_string_param(k, OSSL_PKEY_PARAM_PUB_KEY, n->point, 65, &len),
        1);
    BN_free(d);
    EVP_PKEY_free(k);
}

static CK_RV ec_import(struct span d, struct span point, uint32_t *h)
{
    CK_ATTRIBUTE t[] = {A_ULONG(CKA_CLASS, CKO_PRIVATE_KEY),
                        A_ULONG(CKA_KEY_TYPE, CKK_EC),
                        A_TEXT(CKA_EC_PARAMS, P256_OID),
                        A_BYTES(CKA_VALUE, d.p, d.len),
                        A_BOOL(CKA_SIGN, true),
                        A_BYTES(CKA_EC_POINT, point.p, point.len)};
    return p_create(&ops.c, ops.session, t, point.p ? COUNT(t) : COUNT(t) - 1, h);
}

static void test_key_ec_private_import(void **state)
{
    (void)state;
    struct ec_numbers n, other;
    uint8_t der[67] = {4, 65}, got[80], long_d[40] = {0};
    uint32_t h;
    ec_numbers(&n);
    ec_numbers(&other);
    memcpy(der + 2, n.point, 65);
    struct span d = {n.d, 32};
    const struct span points[] = {{NULL, 0}, {n.point, 65}, {der, 67}};
    for (size_t i = 0; i < COUNT(points); i++) {
        assert_int_equal(ec_import(d, points[i], &h), CKR_OK);
        assert_int_equal(ops_get(h, CKA_EC_POINT, got, sizeof got), 67);
        assert_memory_equal(got, der, 67);
        verify_outside(h, h, CKM_ECDSA_SHA256, true);
    }
    /* leading zeros are no matter */
    memcpy(long_d + 8, n.d, 32);
    assert_int_equal(ec_import((struct span){long_d, 40}, NOTHING, &h), CKR_OK);

    memcpy(der + 2, other.point, 65);
    assert_int_equal(ec_import(d, (struct span){der, 67}, &h),
                     CKR_ATTRIBUTE_VALUE_INVALID);
    memcpy(der + 2, n.point, 65);
    der[66] ^= 1;
    assert_int_equal(ec_import(d, (struct span){der, 67}, &h),
                     CKR_ATTRIBUTE_VALUE_INVALID);
    assert_int_equal(ec_import((struct span){long_d, 8}, NOTHING, &h),
                     CKR_ATTRIBUTE_VALUE_INVALID);
    assert_int_equal(ec_import(NOTHING, NOTHING, &h), CKR_TEMPLATE_INCOMPLETE);
    memset(long_d, 0xff, 32);
    assert_int_equal(ec_import((struct span){long_d, 32}, NOTHING, &h),
                     CKR_ATTRIBUTE_VALUE_INVALID);
    assert_int_equal(ec_import((struct span){long_d, 33}, NOTHING, &h),
                     CKR_ATTRIBUTE_VALUE_INVALID);
}

static void test_key_ec_points_are_judged(void **state)
{
    (void)state;
    struct ec_numbers n;
    ec_numbers(&n);
    uint8_t p[80];
    struct {
        const char *name;
        size_t len;
        CK_RV want;
    } rows[] = {
        {"raw", 65, CKR_OK},
        {"off the curve", 65, CKR_ATTRIBUTE_VALUE_INVALID},
        {"compressed", 33, CKR_ATTRIBUTE_VALUE_INVALID},
        {"infinity", 1, CKR_ATTRIBUTE_VALUE_INVALID},
        {"cut short", 64, CKR_ATTRIBUTE_VALUE_INVALID},
        {"DER of a longer length", 67, CKR_ATTRIBUTE_VALUE_INVALID},
        {"hybrid", 65, CKR_ATTRIBUTE_VALUE_INVALID},
        {"zeros", 65, CKR_ATTRIBUTE_VALUE_INVALID},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        memset(p, 0, sizeof p);
        memcpy(p, n.point, 65);
        if (i == 1)
            p[64] ^= 1;
        if (i == 2)
            p[0] = 2;
        if (i == 3)
            p[0] = 0;
        if (i == 5) {
            p[0] = 4;
            p[1] = 66;
            memcpy(p + 2, n.point, 65);
        }
        if (i == 6)
            p[0] = 6;
        if (i == 7)
            memset(p + 1, 0, 64);
        CK_ATTRIBUTE t[] = {
            A_ULONG(CKA_CLASS, CKO_PUBLIC_KEY), A_ULONG(CKA_KEY_TYPE, CKK_EC),
            A_TEXT(CKA_EC_PARAMS, P256_OID), A_BYTES(CKA_EC_POINT, p, rows[i].len)};
        uint32_t h;
        CK_RV rv = p_create(&ops.c, ops.session, t, COUNT(t), &h);
        if (rv != rows[i].want)
            fail_msg("%s: %lx", rows[i].name, rv);
    }
}

struct rsa_numbers {
    uint8_t buf[8][256];
    struct span v[8]; /* n e d p q dp dq qi */
};

static void rsa_numbers(struct rsa_numbers *r, unsigned bits)
{
    static const char *const names[] = {
        OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
        OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
        OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
        OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
    EVP_PKEY *k = EVP_RSA_gen(bits);
    for (unsigned i = 0; i < 8; i++)
        r->v[i] = bn_span(k, names[i], r->buf[i]);
    EVP_PKEY_free(k);
}

static CK_RV rsa_import(const struct rsa_numbers *r, unsigned leave_out, uint32_t *h)
{
    static const CK_ATTRIBUTE_TYPE ids[] = {
        CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT, CKA_PRIME_1,
        CKA_PRIME_2, CKA_EXPONENT_1,      CKA_EXPONENT_2,       CKA_COEFFICIENT};
    CK_ATTRIBUTE t[12] = {A_ULONG(CKA_CLASS, CKO_PRIVATE_KEY),
                          A_ULONG(CKA_KEY_TYPE, CKK_RSA), A_BOOL(CKA_SIGN, true),
                          A_BOOL(CKA_EXTRACTABLE, true)};
    size_t nr = 4;
    for (unsigned i = 0; i < 8; i++)
        if (!(leave_out >> i & 1))
            t[nr++] = (CK_ATTRIBUTE)A_BYTES(ids[i], r->v[i].p, r->v[i].len);
    return p_create(&ops.c, ops.session, t, nr, h);
}

static void test_key_rsa_private_import(void **state)
{
    (void)state;
    struct rsa_numbers r;
    uint32_t h;
    rsa_numbers(&r, 2048);
    assert_int_equal(rsa_import(&r, 0, &h), CKR_OK);
    verify_outside(h, h, CKM_SHA256_RSA_PKCS, false);
    assert_int_equal(rsa_import(&r, 0xf8, &h), CKR_OK); /* n, e, d alone */
    verify_outside(h, h, CKM_SHA256_RSA_PKCS, false);
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(rsa_import(&r, 1u << i, &h), CKR_TEMPLATE_INCOMPLETE);
        uint8_t *last = &r.buf[i][r.v[i].len - 1];
        *last ^= 2; /* stays odd, fits no more */
        assert_int_equal(rsa_import(&r, 0, &h), CKR_ATTRIBUTE_VALUE_INVALID);
        if (i < 3)
            assert_int_equal(rsa_import(&r, 0xf8, &h), CKR_ATTRIBUTE_VALUE_INVALID);
        *last ^= 2;
    }
    uint8_t one = 1;
    struct span e = r.v[1];
    r.v[1] = (struct span){&one, 1};
    assert_int_equal(rsa_import(&r, 0, &h), CKR_ATTRIBUTE_VALUE_INVALID);
    r.v[1] = e;
    assert_int_equal(rsa_import(&r, 0, &h), CKR_OK);
}

/* --- derivation --- */

static size_t ecdh_params(uint8_t *buf, size_t room, uint32_t kdf, struct span shared,
                          struct span point)
{
    struct wr w = wr_init(buf, room);
    wr_u32(&w, kdf);
    wr_span(&w, shared.p, shared.len);
    wr_span(&w, point.p, point.len);
    assert_false(w.bad);
    return w.len;
}

/* Both sides of an agreement, with every function and several lengths. */
static void test_key_ecdh_agrees(void **state)
{
    (void)state;
    static const uint32_t kdfs[] = {CKD_NULL,       CKD_SHA1_KDF,   CKD_SHA224_KDF,
                                    CKD_SHA256_KDF, CKD_SHA384_KDF, CKD_SHA512_KDF};
    uint32_t a[2], b[2];
    uint8_t pa[80], pb[80], params[128];
    ops_ec_pair(SPAN(P256_OID), a);
    ops_ec_pair(SPAN(P256_OID), b);
    size_t la = ops_get(a[0], CKA_EC_POINT, pa, sizeof pa),
           lb = ops_get(b[0], CKA_EC_POINT, pb, sizeof pb);
    for (size_t i = 0; i < COUNT(kdfs); i++) {
        struct span shared = kdfs[i] == CKD_NULL ? NOTHING : SPAN("shared");
        for (CK_ULONG len = 16; len <= (kdfs[i] == CKD_NULL ? 32u : 100u); len += 16) {
            CK_ATTRIBUTE t[] = {A_ULONG(CKA_VALUE_LEN, len),
                                A_BOOL(CKA_EXTRACTABLE, true)};
            uint8_t x[128], y[128];
            uint32_t hx, hy;
            /* raw and wrapped points */
            size_t n = ecdh_params(params, sizeof params, kdfs[i], shared,
                                   (struct span){pb + 2, lb - 2});
            assert_int_equal(
                ops_derive(a[1], CKM_ECDH1_DERIVE, (struct span){params, n}, t, 2, &hx),
                CKR_OK);
            n = ecdh_params(params, sizeof params, kdfs[i], shared,
                            (struct span){pa, la});
            assert_int_equal(
                ops_derive(b[1], CKM_ECDH1_DERIVE, (struct span){params, n}, t, 2, &hy),
                CKR_OK);
            assert_int_equal(ops_get(hx, CKA_VALUE, x, sizeof x), len);
            assert_int_equal(ops_get(hy, CKA_VALUE, y, sizeof y), len);
            assert_memory_equal(x, y, len);
        }
    }
}

static void test_key_x963_is_the_standard_one(void **state)
{
    (void)state;
    uint32_t a[2], z, d;
    uint8_t point[80], params[128], zv[32], got[64], want[64];
    ops_ec_pair(SPAN(P256_OID), a);
    size_t len = ops_get(a[0], CKA_EC_POINT, point, sizeof point);
    CK_ATTRIBUTE zt[] = {A_BOOL(CKA_EXTRACTABLE, true)};
    CK_ATTRIBUTE dt[] = {A_BOOL(CKA_EXTRACTABLE, true), A_ULONG(CKA_VALUE_LEN, 50)};
    size_t n =
        ecdh_params(params, sizeof params, CKD_NULL, NOTHING, (struct span){point, len});
    assert_int_equal(
        ops_derive(a[1], CKM_ECDH1_DERIVE, (struct span){params, n}, zt, 1, &z), CKR_OK);
    assert_int_equal(ops_get(z, CKA_VALUE, zv, sizeof zv), 32);
    n = ecdh_params(params, sizeof params, CKD_SHA256_KDF, SPAN("info"),
                    (struct span){point, len});
    assert_int_equal(
        ops_derive(a[1], CKM_ECDH1_DERIVE, (struct span){params, n}, dt, 2, &d), CKR_OK);
    assert_int_equal(ops_get(d, CKA_VALUE, got, sizeof got), 50);
    for (uint8_t i = 1; i <= 2; i++) {
        uint8_t block[40], counter[4] = {0, 0, 0, i};
        memcpy(block, zv, 32);
        memcpy(block + 32, counter, 4);
        memcpy(block + 36, "info", 4);
        unsigned hash_len;
        EVP_Digest(block, 40, want + 32 * (i - 1), &hash_len, EVP_sha256(), NULL);
    }
    assert_memory_equal(got, want, 50);
}

static void test_key_derivation_is_judged(void **state)
{
    (void)state;
    uint8_t params[256], point[80], bad[80], infinity[1] = {0};
    uint32_t h;
    size_t len = ops_get(keys.handle[OPS_EC_PUB], CKA_EC_POINT, point, sizeof point);
    memcpy(bad, point, len);
    bad[len - 1] ^= 1;
    struct {
        const char *name;
        uint32_t kdf;
        struct span shared, point;
        CK_ULONG len; /* 0: none */
        CK_RV want;
    } rows[] = {
        {"unknown function", 0x77, NOTHING, {point, len}, 0, CKR_MECHANISM_PARAM_INVALID},
        {"no function", 0, NOTHING, {point, len}, 0, CKR_MECHANISM_PARAM_INVALID},
        {"shared information without a function",
         CKD_NULL,
         SPAN("x"),
         {point, len},
         0,
         CKR_MECHANISM_PARAM_INVALID},
        {"point off the curve",
         CKD_NULL,
         NOTHING,
         {bad, len},
         0,
         CKR_MECHANISM_PARAM_INVALID},
        {"infinity", CKD_NULL, NOTHING, {infinity, 1}, 0, CKR_MECHANISM_PARAM_INVALID},
        {"no point", CKD_NULL, NOTHING, NOTHING, 0, CKR_MECHANISM_PARAM_INVALID},
        {"longer than the secret",
         CKD_NULL,
         NOTHING,
         {point, len},
         33,
         CKR_TEMPLATE_INCONSISTENT},
        {"too long",
         CKD_SHA256_KDF,
         NOTHING,
         {point, len},
         513,
         CKR_TEMPLATE_INCONSISTENT},
        {"2^32-2 bytes",
         CKD_SHA256_KDF,
         NOTHING,
         {point, len},
         0xfffffffe,
         CKR_TEMPLATE_INCONSISTENT},
        {"longest", CKD_SHA256_KDF, NOTHING, {point, len}, 512, CKR_OK},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        CK_ATTRIBUTE t[] = {A_ULONG(CKA_VALUE_LEN, rows[i].len)};
        size_t n = ecdh_params(params, sizeof params, rows[i].kdf, rows[i].shared,
                               rows[i].point);
        CK_RV rv = ops_derive(keys.handle[OPS_EC], CKM_ECDH1_DERIVE,
                              (struct span){params, n}, t, rows[i].len ? 1 : 0, &h);
        if (rv != rows[i].want)
            fail_msg("%s: %lx", rows[i].name, rv);
    }
    CK_ATTRIBUTE odd[] = {A_ULONG(CKA_KEY_TYPE, CKK_AES), A_ULONG(CKA_VALUE_LEN, 20)};
    size_t n =
        ecdh_params(params, sizeof params, CKD_NULL, NOTHING, (struct span){point, len});
    assert_int_equal(ops_derive(keys.handle[OPS_EC], CKM_ECDH1_DERIVE,
                                (struct span){params, n}, odd, 2, &h),
                     CKR_ATTRIBUTE_VALUE_INVALID);
    assert_int_equal(ops_derive(keys.handle[OPS_AES], CKM_ECDH1_DERIVE,
                                (struct span){params, n}, odd, 2, &h),
                     CKR_KEY_TYPE_INCONSISTENT);
    assert_int_equal(ops_derive(keys.handle[OPS_EC], CKM_ECDSA, NOTHING, odd, 2, &h),
                     CKR_MECHANISM_INVALID);
}

/* Encryption of data needs a base key that cannot encrypt. */
static void test_key_derived_by_encryption(void **state)
{
    (void)state;
    uint32_t base = ops_secret(CKK_AES, SPAN("0123456789abcdef"), NULL), h;
    CK_ATTRIBUTE t[] = {A_BOOL(CKA_EXTRACTABLE, true), A_ULONG(CKA_VALUE_LEN, 24)};
    uint8_t params[64], want[32], got[32];
    size_t want_len = sizeof want;
    struct wr w = wr_init(params, sizeof params);
    wr_span(&w, "two blocks of data, 32 bytes....", 32);
    struct span p = {params, w.len};
    assert_int_equal(ops_one(P11_CMD_ENCRYPT, base, CKM_AES_ECB, NOTHING,
                             SPAN("two blocks of data, 32 bytes...."), NOTHING, want,
                             &want_len),
                     CKR_OK);
    assert_int_equal(ops_derive(base, CKM_AES_ECB_ENCRYPT_DATA, p, t, 2, &h),
                     CKR_KEY_FUNCTION_NOT_PERMITTED);
    assert_int_equal(ops_set_bool(base, CKA_ENCRYPT, false), CKR_OK);
    assert_int_equal(ops_derive(base, CKM_AES_ECB_ENCRYPT_DATA, p, t, 2, &h), CKR_OK);
    assert_int_equal(ops_get(h, CKA_VALUE, got, sizeof got), 24);
    assert_memory_equal(got, want, 24);
    params[0] = 31;
    assert_int_equal(
        ops_derive(base, CKM_AES_ECB_ENCRYPT_DATA, (struct span){params, 35}, t, 2, &h),
        CKR_MECHANISM_PARAM_INVALID);
}

/* What a derived key says of its past is what its parent could say. */
static void test_key_derivation_tells_the_truth(void **state)
{
    (void)state;
    uint8_t params[128], point[80];
    size_t len = ops_get(keys.handle[OPS_EC_PUB], CKA_EC_POINT, point, sizeof point);
    size_t n =
        ecdh_params(params, sizeof params, CKD_NULL, NOTHING, (struct span){point, len});
    CK_ATTRIBUTE pub[] = {A_TEXT(CKA_EC_PARAMS, P256_OID)};
    CK_ATTRIBUTE safe[] = {A_BOOL(CKA_DERIVE, true), A_BOOL(CKA_SENSITIVE, true),
                           A_BOOL(CKA_EXTRACTABLE, false)};
    CK_ATTRIBUTE closed[] = {A_BOOL(CKA_SENSITIVE, true), A_BOOL(CKA_EXTRACTABLE, false)};
    uint32_t pair[2], h;
    assert_int_equal(ops_pair(CKM_EC_KEY_PAIR_GEN, pub, 1, safe, 3, pair), CKR_OK);
    assert_int_equal(
        ops_derive(pair[1], CKM_ECDH1_DERIVE, (struct span){params, n}, closed, 2, &h),
        CKR_OK);
    assert_true(p_get_bool(&ops.c, ops.session, h, CKA_ALWAYS_SENSITIVE));
    assert_true(p_get_bool(&ops.c, ops.session, h, CKA_NEVER_EXTRACTABLE));
    assert_false(p_get_bool(&ops.c, ops.session, h, CKA_LOCAL));
    assert_int_equal(ops_derive(keys.handle[OPS_EC], CKM_ECDH1_DERIVE,
                                (struct span){params, n}, closed, 2, &h),
                     CKR_OK);
    assert_false(p_get_bool(&ops.c, ops.session, h, CKA_ALWAYS_SENSITIVE));
    assert_false(p_get_bool(&ops.c, ops.session, h, CKA_NEVER_EXTRACTABLE));
}

/* --- wrapping --- */

static uint32_t unwrapping_of(uint32_t wrapping)
{
    return wrapping == keys.handle[OPS_RSA_PUB] ? keys.handle[OPS_RSA] : wrapping;
}

static const uint32_t wrap_mechs[] = {
    CKM_AES_ECB,  CKM_AES_CBC,       CKM_AES_CBC_PAD,
    CKM_AES_GCM,  CKM_AES_KEY_WRAP,  CKM_AES_KEY_WRAP_PAD,
    CKM_RSA_PKCS, CKM_RSA_PKCS_OAEP, CKM_RSA_AES_KEY_WRAP,
};

static bool is_rsa(uint32_t mech)
{
    return mech == CKM_RSA_PKCS || mech == CKM_RSA_PKCS_OAEP ||
           mech == CKM_RSA_AES_KEY_WRAP;
}

/* Every wrapping mechanism, there and back, with keys of several lengths. */
static void test_key_wrap_round_trip_of_secrets(void **state)
{
    (void)state;
    static const uint8_t value[64] =
        "a secret value of at most sixty-four bytes, here cut to size....";
    for (size_t i = 0; i < COUNT(wrap_mechs); i++) {
        static const size_t lens[] = {16, 24, 32, 13, 64};
        for (size_t k = 0; k < COUNT(lens); k++) {
            struct ops_params buf;
            struct span params = ops_params(wrap_mechs[i], &buf);
            uint32_t with = keys.handle[is_rsa(wrap_mechs[i]) ? OPS_RSA_PUB : OPS_AES],
                     back;
            uint32_t key =
                ops_secret(CKK_GENERIC_SECRET, (struct span){value, lens[k]}, NULL);
            uint8_t blob[600], got[64];
            size_t len = 0;
            CK_RV rv = ops_wrap(with, key, wrap_mechs[i], params, NULL, &len);
            if (wrap_mechs[i] == CKM_AES_KEY_WRAP && lens[k] % 8) {
                assert_int_equal(rv, CKR_KEY_SIZE_RANGE);
                continue;
            }
            assert_int_equal(rv, CKR_BUFFER_TOO_SMALL);
            size_t need = len;
            assert_int_equal(ops_wrap(with, key, wrap_mechs[i], params, blob, &len),
                             CKR_OK);
            assert_int_equal(len, need);
            CK_ATTRIBUTE t[] = {
                A_ULONG(CKA_CLASS, CKO_SECRET_KEY),
                A_ULONG(CKA_KEY_TYPE, CKK_GENERIC_SECRET), A_BOOL(CKA_EXTRACTABLE, true),
                A_BOOL(CKA_SENSITIVE, false), A_ULONG(CKA_VALUE_LEN, lens[k])};
            assert_int_equal(ops_unwrap(unwrapping_of(with), wrap_mechs[i], params,
                                        (struct span){blob, len}, t, COUNT(t), &back),
                             CKR_OK);
            assert_int_equal(ops_get(back, CKA_VALUE, got, sizeof got), lens[k]);
            assert_memory_equal(got, value, lens[k]);
            /* it was outside, whatever the template says */
            assert_false(p_get_bool(&ops.c, ops.session, back, CKA_ALWAYS_SENSITIVE));
            assert_false(p_get_bool(&ops.c, ops.session, back, CKA_NEVER_EXTRACTABLE));
            assert_false(p_get_bool(&ops.c, ops.session, back, CKA_LOCAL));
            /* every cut and every flipped byte of an authenticated blob is refused */
            if (wrap_mechs[i] != CKM_AES_GCM && wrap_mechs[i] != CKM_AES_KEY_WRAP_PAD)
                continue;
            for (size_t at = 0; at < len; at++) {
                blob[at] ^= 0x10;
                assert_int_equal(ops_unwrap(with, wrap_mechs[i], params,
                                            (struct span){blob, len}, t, COUNT(t), &back),
                                 CKR_WRAPPED_KEY_INVALID);
                blob[at] ^= 0x10;
                rv = ops_unwrap(with, wrap_mechs[i], params, (struct span){blob, at}, t,
                                COUNT(t), &back);
                assert_true(rv == CKR_WRAPPED_KEY_INVALID ||
                            rv == CKR_WRAPPED_KEY_LEN_RANGE);
            }
        }
    }
}

/* Private keys travel as PrivateKeyInfo, which libcrypto reads. */
static void test_key_wrap_round_trip_of_private_keys(void **state)
{
    (void)state;
    static const uint32_t mechs[] = {CKM_AES_CBC_PAD, CKM_AES_GCM, CKM_AES_KEY_WRAP_PAD,
                                     CKM_AES_CBC, CKM_RSA_AES_KEY_WRAP};
    uint32_t ec[2], rsa[2];
    ops_ec_pair(SPAN(P521_OID), ec);
    ops_rsa_pair(2048, rsa);
    for (size_t i = 0; i < COUNT(mechs); i++) {
        for (unsigned which = 0; which < 2; which++) {
            struct ops_params buf;
            struct span params = ops_params(mechs[i], &buf);
            uint32_t with = keys.handle[is_rsa(mechs[i]) ? OPS_RSA_PUB : OPS_AES], back;
            uint8_t blob[2048];
            size_t len = sizeof blob;
            assert_int_equal(
                ops_wrap(with, which ? rsa[1] : ec[1], mechs[i], params, blob, &len),
                CKR_OK);
            CK_ATTRIBUTE t[] = {A_ULONG(CKA_CLASS, CKO_PRIVATE_KEY),
                                A_ULONG(CKA_KEY_TYPE, which ? CKK_RSA : CKK_EC),
                                A_BOOL(CKA_SIGN, true)};
            assert_int_equal(ops_unwrap(unwrapping_of(with), mechs[i], params,
                                        (struct span){blob, len}, t, COUNT(t), &back),
                             CKR_OK);
            /* the signature of the key that came back verifies with the public key that
             * stayed */
            verify_outside(which ? rsa[0] : ec[0], back,
                           which ? CKM_SHA256_RSA_PKCS : CKM_ECDSA_SHA256, !which);
            assert_false(p_get_bool(&ops.c, ops.session, back, CKA_ALWAYS_SENSITIVE));
            CK_ATTRIBUTE other[] = {A_ULONG(CKA_CLASS, CKO_PRIVATE_KEY),
                                    A_ULONG(CKA_KEY_TYPE, which ? CKK_EC : CKK_RSA)};
            assert_int_equal(ops_unwrap(unwrapping_of(with), mechs[i], params,
                                        (struct span){blob, len}, other, 2, &back),
                             CKR_WRAPPED_KEY_INVALID);
        }
    }
    /* in the clear, as libcrypto sees it */
    uint8_t der[2048], blob[2048];
    for (unsigned which = 0; which < 2; which++) {
        size_t len = sizeof blob, plain = sizeof der;
        assert_int_equal(ops_wrap(keys.handle[OPS_AES], which ? rsa[1] : ec[1],
                                  CKM_AES_CBC_PAD, IV16, blob, &len),
                         CKR_OK);
        assert_int_equal(ops_one(P11_CMD_DECRYPT, keys.handle[OPS_AES], CKM_AES_CBC_PAD,
                                 IV16, (struct span){blob, len}, NOTHING, der, &plain),
                         CKR_OK);
        const uint8_t *p = der;
        PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)plain);
        assert_non_null(info);
        assert_ptr_equal(p, der + plain);
        EVP_PKEY *k = EVP_PKCS82PKEY(info);
        assert_non_null(k);
        EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(k, NULL);
        assert_int_equal(EVP_PKEY_check(c), 1);
        EVP_PKEY_CTX_free(c);
        EVP_PKEY_free(k);
        PKCS8_PRIV_KEY_INFO_free(info);
    }
}

static CK_RV unwrap_der(const uint8_t *der, size_t len, CK_KEY_TYPE type, uint32_t *h)
{
    uint8_t blob[4096];
    size_t blob_len = sizeof blob;
    CK_ATTRIBUTE t[] = {A_ULONG(CKA_CLASS, CKO_PRIVATE_KEY), A_ULONG(CKA_KEY_TYPE, type),
                        A_BOOL(CKA_SIGN, true)};
    assert_int_equal(ops_one(P11_CMD_ENCRYPT, keys.handle[OPS_AES], CKM_AES_CBC_PAD, IV16,
                             (struct span){der, len}, NOTHING, blob, &blob_len),
                     CKR_OK);
    return ops_unwrap(keys.handle[OPS_AES], CKM_AES_CBC_PAD, IV16,
                      (struct span){blob, blob_len}, t, COUNT(t), h);
}

/* What libcrypto writes is read: PrivateKeyInfo and RSAPrivateKey; no byte may be
 * missing. */
static void test_key_unwrap_of_foreign_encodings(void **state)
{
    (void)state;
    for (unsigned which = 0; which < 3; which++) {
        EVP_PKEY *k = which == 2 ? EVP_EC_gen("P-384") : EVP_RSA_gen(2048);
        uint8_t *der = NULL;
        uint32_t h;
        int len;
        if (which == 0) {
            len = i2d_PrivateKey(k, &der); /* RSAPrivateKey */
        } else {
            PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(k);
            len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
            PKCS8_PRIV_KEY_INFO_free(info);
        }
        CK_KEY_TYPE type = which == 2 ? CKK_EC : CKK_RSA;
        assert_int_equal(unwrap_der(der, (size_t)len, type, &h), CKR_OK);
        verify_outside(h, h, which == 2 ? CKM_ECDSA_SHA256 : CKM_SHA256_RSA_PKCS,
                       which == 2);
        for (size_t cut = 1; cut < (size_t)len; cut += which == 2 ? 1 : 37)
            assert_int_equal(unwrap_der(der, cut, type, &h), CKR_WRAPPED_KEY_INVALID);
        OPENSSL_free(der);
        EVP_PKEY_free(k);
    }
}

static void test_key_wrap_policy(void **state)
{
    (void)state;
    uint8_t blob[600];
    struct {
        const char *name;
        CK_ATTRIBUTE target, wrapping;
        CK_RV want;
    } rows[] = {
        {"not extractable", A_BOOL(CKA_EXTRACTABLE, false), A_BOOL(CKA_WRAP, true),
         CKR_KEY_UNEXTRACTABLE},
        {"only with a trusted key", A_BOOL(CKA_WRAP_WITH_TRUSTED, true),
         A_BOOL(CKA_WRAP, true), CKR_KEY_NOT_WRAPPABLE},
        {"no wrapping key", A_BOOL(CKA_EXTRACTABLE, true), A_BOOL(CKA_WRAP, false),
         CKR_KEY_FUNCTION_NOT_PERMITTED},
        {"all right", A_BOOL(CKA_EXTRACTABLE, true), A_BOOL(CKA_WRAP, true), CKR_OK},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t len = sizeof blob;
        CK_ATTRIBUTE wt[] = {A_ULONG(CKA_CLASS, CKO_SECRET_KEY),
                             A_ULONG(CKA_KEY_TYPE, CKK_AES),
                             A_TEXT(CKA_VALUE, "0123456789abcdef"), rows[i].wrapping};
        CK_ATTRIBUTE tt[] = {A_ULONG(CKA_CLASS, CKO_SECRET_KEY),
                             A_ULONG(CKA_KEY_TYPE, CKK_AES),
                             A_TEXT(CKA_VALUE, "fedcba9876543210"),
                             A_BOOL(CKA_SENSITIVE, true),
                             rows[i].target,
                             A_TEXT(CKA_LABEL, "wrapped")};
        CK_ULONG nr =
            rows[i].target.type == CKA_WRAP_WITH_TRUSTED ? COUNT(tt) : COUNT(tt) - 1;
        uint32_t w, t;
        if (nr == COUNT(tt))
            tt[5] = (CK_ATTRIBUTE)A_BOOL(CKA_EXTRACTABLE, true);
        assert_int_equal(p_create(&ops.c, ops.session, wt, COUNT(wt), &w), CKR_OK);
        assert_int_equal(p_create(&ops.c, ops.session, tt, nr, &t), CKR_OK);
        CK_RV rv = ops_wrap(w, t, CKM_AES_KEY_WRAP, NOTHING, blob, &len);
        if (rv != rows[i].want)
            fail_msg("%s: %lx", rows[i].name, rv);
    }
    size_t len = sizeof blob;
    assert_int_equal(ops_wrap(keys.handle[OPS_AES], keys.handle[OPS_AES],
                              CKM_AES_KEY_WRAP, NOTHING, blob, &len),
                     CKR_WRAPPING_KEY_HANDLE_INVALID);
    assert_int_equal(ops_wrap(keys.handle[OPS_AES], keys.handle[OPS_EC_PUB],
                              CKM_AES_KEY_WRAP_PAD, NOTHING, blob, &len),
                     CKR_KEY_NOT_WRAPPABLE);
    assert_int_equal(ops_wrap(keys.handle[OPS_RSA_PUB], keys.handle[OPS_EC], CKM_RSA_PKCS,
                              NOTHING, blob, &len),
                     CKR_KEY_NOT_WRAPPABLE);
    assert_int_equal(
        ops_wrap(0x7ffffff0, keys.handle[OPS_AES], CKM_AES_KEY_WRAP, NOTHING, blob, &len),
        CKR_WRAPPING_KEY_HANDLE_INVALID);
    assert_int_equal(
        ops_wrap(keys.handle[OPS_AES], 0x7ffffff0, CKM_AES_KEY_WRAP, NOTHING, blob, &len),
        CKR_KEY_HANDLE_INVALID);
    assert_int_equal(ops_wrap(keys.handle[OPS_SECRET], keys.handle[OPS_AES],
                              CKM_AES_KEY_WRAP, NOTHING, blob, &len),
                     CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
    assert_int_equal(ops_wrap(keys.handle[OPS_AES], keys.handle[OPS_SECRET], CKM_AES_CTR,
                              NOTHING, blob, &len),
                     CKR_MECHANISM_INVALID);
}

static void test_key_wrap_template_is_enforced(void **state)
{
    (void)state;
    uint8_t blob[64];
    size_t len = sizeof blob;
    CK_ATTRIBUTE rule[] = {A_TEXT(CKA_LABEL, "may leave")};
    CK_ATTRIBUTE wt[] = {A_ULONG(CKA_CLASS, CKO_SECRET_KEY),
                         A_ULONG(CKA_KEY_TYPE, CKK_AES),
                         A_TEXT(CKA_VALUE, "0123456789abcdef"),
                         A_BOOL(CKA_WRAP, true),
                         {CKA_WRAP_TEMPLATE, rule, sizeof rule}};
    uint32_t w;
    assert_int_equal(p_create(&ops.c, ops.session, wt, COUNT(wt), &w), CKR_OK);
    CK_ATTRIBUTE label = A_TEXT(CKA_LABEL, "may leave"),
                 other = A_TEXT(CKA_LABEL, "stays");
    uint32_t good = ops_secret(CKK_AES, SPAN("fedcba9876543210"), &label);
    uint32_t bad = ops_secret(CKK_AES, SPAN("fedcba9876543210"), &other);
    assert_int_equal(ops_wrap(w, good, CKM_AES_KEY_WRAP, NOTHING, blob, &len), CKR_OK);
    len = sizeof blob;
    assert_int_equal(ops_wrap(w, bad, CKM_AES_KEY_WRAP, NOTHING, blob, &len),
                     CKR_KEY_HANDLE_INVALID);
}

/*
 * The ways of Tookan: a key that wraps must not decrypt what it wrapped (roles are the
 * creator's choice, but a template can bind them), and unwrapping must not change what a
 * key may do beyond the unwrapping key's own template.
 */
static void test_key_unwrap_template_binds(void **state)
{
    (void)state;
    uint8_t blob[64];
    size_t len = sizeof blob;
    uint32_t w, h;
    CK_ATTRIBUTE rule[] = {A_BOOL(CKA_EXTRACTABLE, false), A_BOOL(CKA_SENSITIVE, true),
                           A_BOOL(CKA_WRAP, false)};
    CK_ATTRIBUTE wt[] = {A_ULONG(CKA_CLASS, CKO_SECRET_KEY),
                         A_ULONG(CKA_KEY_TYPE, CKK_AES),
                         A_TEXT(CKA_VALUE, "0123456789abcdef"),
                         A_BOOL(CKA_WRAP, true),
                         A_BOOL(CKA_UNWRAP, true),
                         {CKA_UNWRAP_TEMPLATE, rule, sizeof rule}};
    assert_int_equal(p_create(&ops.c, ops.session, wt, COUNT(wt), &w), CKR_OK);
    assert_int_equal(
        ops_wrap(w, keys.handle[OPS_SECRET], CKM_AES_KEY_WRAP, NOTHING, blob, &len),
        CKR_OK);
    CK_ATTRIBUTE open[] = {A_ULONG(CKA_CLASS, CKO_SECRET_KEY),
                           A_ULONG(CKA_KEY_TYPE, CKK_AES), A_BOOL(CKA_EXTRACTABLE, true)};
    assert_int_equal(
        ops_unwrap(w, CKM_AES_KEY_WRAP, NOTHING, (struct span){blob, len}, open, 3, &h),
        CKR_TEMPLATE_INCONSISTENT);
    assert_int_equal(
        ops_unwrap(w, CKM_AES_KEY_WRAP, NOTHING, (struct span){blob, len}, open, 2, &h),
        CKR_OK);
    assert_false(p_get_bool(&ops.c, ops.session, h, CKA_EXTRACTABLE));
    assert_true(p_get_bool(&ops.c, ops.session, h, CKA_SENSITIVE));
    uint8_t v[16];
    CK_ATTRIBUTE value = {CKA_VALUE, v, sizeof v};
    assert_int_equal(p_get(&ops.c, ops.session, h, &value, 1), CKR_ATTRIBUTE_SENSITIVE);
    size_t again = sizeof blob;
    assert_int_equal(ops_wrap(w, h, CKM_AES_KEY_WRAP, NOTHING, blob, &again),
                     CKR_KEY_UNEXTRACTABLE);
}

/* Only zeros are cut off, or a key could be had in pieces that are short enough to guess.
 */
static void test_key_unwrap_cuts_no_key_short(void **state)
{
    (void)state;
    uint8_t blob[16];
    size_t len = sizeof blob;
    uint32_t h;
    uint32_t w = keys.handle[OPS_AES];
    uint32_t key = ops_secret(CKK_GENERIC_SECRET, SPAN("0123456789abc\0\0"), NULL);
    assert_int_equal(ops_wrap(w, key, CKM_AES_ECB, NOTHING, blob, &len), CKR_OK);
    for (CK_ULONG cut = 1; cut <= 16; cut++) {
        CK_ATTRIBUTE t[] = {A_ULONG(CKA_CLASS, CKO_SECRET_KEY),
                            A_ULONG(CKA_KEY_TYPE, CKK_GENERIC_SECRET),
                            A_ULONG(CKA_VALUE_LEN, cut)};
        assert_int_equal(
            ops_unwrap(w, CKM_AES_ECB, NOTHING, (struct span){blob, 16}, t, COUNT(t), &h),
            cut < 13 ? CKR_WRAPPED_KEY_LEN_RANGE : CKR_OK);
    }
}

static void test_key_unwrap_is_judged(void **state)
{
    (void)state;
    static uint8_t blob[70000];
    uint32_t h, aes = keys.handle[OPS_AES];
    CK_ATTRIBUTE t[] = {A_ULONG(CKA_CLASS, CKO_SECRET_KEY),
                        A_ULONG(CKA_KEY_TYPE, CKK_AES)};
    CK_ATTRIBUTE pub[] = {A_ULONG(CKA_CLASS, CKO_PUBLIC_KEY),
                          A_ULONG(CKA_KEY_TYPE, CKK_EC)};
    CK_ATTRIBUTE value[] = {t[0], t[1], A_TEXT(CKA_VALUE, "0123456789abcdef")};
#define UNWRAP(key, mech, params, blob_len, t, nr)                                       \
    ops_unwrap(key, mech, params, (struct span){blob, blob_len}, t, nr, &h)
    assert_int_equal(UNWRAP(aes, CKM_AES_KEY_WRAP, NOTHING, 0, t, 2),
                     CKR_WRAPPED_KEY_LEN_RANGE);
    assert_int_equal(UNWRAP(aes, CKM_AES_KEY_WRAP, NOTHING, 24, t, 2),
                     CKR_WRAPPED_KEY_INVALID);
    assert_int_equal(UNWRAP(aes, CKM_AES_KEY_WRAP, NOTHING, 23, t, 2),
                     CKR_WRAPPED_KEY_LEN_RANGE);
    assert_int_equal(UNWRAP(aes, CKM_AES_KEY_WRAP, NOTHING, sizeof blob, t, 2),
                     CKR_WRAPPED_KEY_LEN_RANGE);
    assert_int_equal(UNWRAP(aes, CKM_AES_CBC, IV16, 48, t, 2),
                     CKR_WRAPPED_KEY_INVALID); /* no AES length */
    assert_int_equal(UNWRAP(aes, CKM_AES_ECB, NOTHING, 17, t, 2),
                     CKR_WRAPPED_KEY_LEN_RANGE);
    assert_int_equal(UNWRAP(aes, CKM_AES_KEY_WRAP, NOTHING, 24, pub, 2),
                     CKR_TEMPLATE_INCONSISTENT);
    assert_int_equal(UNWRAP(aes, CKM_AES_KEY_WRAP, NOTHING, 24, value, 3),
                     CKR_TEMPLATE_INCONSISTENT);
    assert_int_equal(UNWRAP(aes, CKM_AES_KEY_WRAP, NOTHING, 24, NULL, 0),
                     CKR_TEMPLATE_INCOMPLETE);
    assert_int_equal(UNWRAP(0x7ffffff0, CKM_AES_KEY_WRAP, NOTHING, 24, t, 2),
                     CKR_UNWRAPPING_KEY_HANDLE_INVALID);
    assert_int_equal(UNWRAP(keys.handle[OPS_RSA_PUB], CKM_RSA_PKCS, NOTHING, 256, t, 2),
                     CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT);
    assert_int_equal(UNWRAP(aes, CKM_AES_CTR, NOTHING, 24, t, 2), CKR_MECHANISM_INVALID);
    assert_int_equal(UNWRAP(keys.handle[OPS_RSA], CKM_RSA_PKCS, NOTHING, 256, t, 2),
                     CKR_WRAPPED_KEY_INVALID);
    assert_int_equal(UNWRAP(keys.handle[OPS_RSA], CKM_RSA_PKCS, NOTHING, 255, t, 2),
                     CKR_WRAPPED_KEY_LEN_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_generation_is_judged),
        cmocka_unit_test(test_key_unknown_curves_are_named),
        cmocka_unit_test(test_key_pairs_are_pairs),
        cmocka_unit_test(test_key_ec_private_import),
        cmocka_unit_test(test_key_ec_points_are_judged),
        cmocka_unit_test(test_key_rsa_private_import),
        cmocka_unit_test(test_key_ecdh_agrees),
        cmocka_unit_test(test_key_x963_is_the_standard_one),
        cmocka_unit_test(test_key_derivation_is_judged),
        cmocka_unit_test(test_key_derived_by_encryption),
        cmocka_unit_test(test_key_derivation_tells_the_truth),
        cmocka_unit_test(test_key_wrap_round_trip_of_secrets),
        cmocka_unit_test(test_key_wrap_round_trip_of_private_keys),
        cmocka_unit_test(test_key_unwrap_of_foreign_encodings),
        cmocka_unit_test(test_key_wrap_policy),
        cmocka_unit_test(test_key_wrap_template_is_enforced),
        cmocka_unit_test(test_key_unwrap_template_binds),
        cmocka_unit_test(test_key_unwrap_cuts_no_key_short),
        cmocka_unit_test(test_key_unwrap_is_judged),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("mech keys", tests, start, ops_stop);
}
