/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signatures: NIST's verification vectors for ECDSA, DSA and RSA, RFC 8032's for Ed25519,
 * and for every algorithm of the library that what it signs verifies, here and by
 * libcrypto, and that any changed bit does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include "tee_internal_api.h"
#include "rs.h"
#include "sim/rsp.h"
#include "sim/sys_fake.h"
#include "sim/tee_help.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

struct named {
    const char *name;
    uint32_t id, ecdsa, dsa, pkcs1, pss;
};

static const struct named hashes[] = {
    {"SHA-1", TEE_ALG_SHA1, TEE_ALG_ECDSA_SHA1, TEE_ALG_DSA_SHA1,
     TEE_ALG_RSASSA_PKCS1_V1_5_SHA1, TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA1},
    {"SHA-224", TEE_ALG_SHA224, TEE_ALG_ECDSA_SHA224, TEE_ALG_DSA_SHA224,
     TEE_ALG_RSASSA_PKCS1_V1_5_SHA224, TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA224},
    {"SHA-256", TEE_ALG_SHA256, TEE_ALG_ECDSA_SHA256, TEE_ALG_DSA_SHA256,
     TEE_ALG_RSASSA_PKCS1_V1_5_SHA256, TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA256},
    {"SHA-384", TEE_ALG_SHA384, TEE_ALG_ECDSA_SHA384, 0, TEE_ALG_RSASSA_PKCS1_V1_5_SHA384,
     TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA384},
    {"SHA-512", TEE_ALG_SHA512, TEE_ALG_ECDSA_SHA512, 0, TEE_ALG_RSASSA_PKCS1_V1_5_SHA512,
     TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA512},
};

/* The hash that a section or field names, with or without its dash; NULL for none. */
static const struct named *hash_named(const char *text)
{
    const char *sha = strstr(text, "SHA");
    if (!sha)
        return NULL;
    unsigned bits = (unsigned)strtoul(sha + (sha[3] == '-' ? 4 : 3), NULL, 10);
    static const unsigned all[] = {1, 224, 256, 384, 512};
    for (size_t i = 0; i < COUNT(all); i++)
        if (all[i] == bits)
            return &hashes[i];
    return NULL;
}

static size_t digest(const struct named *h, const uint8_t *msg, size_t len, uint8_t *out)
{
    TEE_OperationHandle op = help_operation(h->id, TEE_MODE_DIGEST, NULL);
    size_t n = 64;
    assert_int_equal(TEE_DigestDoFinal(op, msg, len, out, &n), TEE_SUCCESS);
    TEE_FreeOperation(op);
    return n;
}

/* R and S as r || s, each of half bytes. */
static bool load_rs(const struct rsp *r, uint8_t *sig, size_t half)
{
    uint8_t n[80];
    const char *const names[] = {"R", "S"};
    memset(sig, 0, 2 * half);
    for (int i = 0; i < 2; i++) {
        size_t len = rsp_bytes(r, names[i], n, sizeof n), skip = 0;
        while (skip < len && len - skip > half && n[skip] == 0)
            skip++;
        if (len - skip > half)
            return false;
        memcpy(sig + (size_t)(i + 1) * half - (len - skip), n + skip, len - skip);
    }
    return true;
}

static void test_sign_ecdsa_vectors(void **state)
{
    (void)state;
    uint8_t msg[1024], x[80], y[80], md[64], sig[132];
    struct rsp r;
    unsigned passed = 0, failed = 0;
    rsp_open(&r, "asymmetric/ECDSA/FIPS_186-3/SigVer.rsp");
    while (rsp_next(&r, "Result")) {
        const struct named *h = hash_named(r.section);
        if (strncmp(r.section, "P-", 2) || !h)
            continue;
        unsigned bits = (unsigned)strtoul(r.section + 2, NULL, 10);
        uint32_t curve = bits == 192   ? 1
                         : bits == 224 ? 2
                         : bits == 256 ? 3
                         : bits == 384 ? 4
                                       : 5;
        bool good = rsp_text(&r, "Result")[0] == 'P';
        size_t x_len = rsp_bytes(&r, "Qx", x, sizeof x),
               y_len = rsp_bytes(&r, "Qy", y, sizeof y);
        TEE_ObjectHandle key;
        TEE_Result res =
            help_point(&key, TEE_TYPE_ECDSA_PUBLIC_KEY, curve, x, x_len, y, y_len);
        size_t half = (bits + 7) / 8;
        if (res == TEE_SUCCESS && load_rs(&r, sig, half)) {
            size_t n = digest(h, msg, rsp_bytes(&r, "Msg", msg, sizeof msg), md);
            TEE_OperationHandle op = help_operation(h->ecdsa, TEE_MODE_VERIFY, key);
            res = TEE_AsymmetricVerifyDigest(op, NULL, 0, md, n, sig, 2 * half);
            TEE_FreeOperation(op);
        }
        assert_int_equal(res == TEE_SUCCESS, good);
        passed += good;
        failed += !good;
        TEE_FreeTransientObject(key);
    }
    rsp_close(&r);
    assert_true(passed > 50 && failed > 200);
}

static void test_sign_dsa_vectors(void **state)
{
    (void)state;
    uint8_t p[400], q[40], g[400], y[400], msg[1024], md[64], sig[64];
    struct rsp r;
    unsigned passed = 0, failed = 0;
    rsp_open(&r, "asymmetric/DSA/FIPS_186-3/SigVer.rsp");
    while (rsp_next(&r, "Result")) {
        const struct named *h = hash_named(r.section);
        size_t q_len = rsp_bytes(&r, "Q", q, sizeof q);
        if (!h || !h->dsa || !load_rs(&r, sig, q_len))
            continue;
        TEE_Attribute a[4];
        TEE_InitRefAttribute(&a[0], TEE_ATTR_DSA_PRIME, p,
                             rsp_bytes(&r, "P", p, sizeof p));
        TEE_InitRefAttribute(&a[1], TEE_ATTR_DSA_SUBPRIME, q, q_len);
        TEE_InitRefAttribute(&a[2], TEE_ATTR_DSA_BASE, g,
                             rsp_bytes(&r, "G", g, sizeof g));
        TEE_InitRefAttribute(&a[3], TEE_ATTR_DSA_PUBLIC_VALUE, y,
                             rsp_bytes(&r, "Y", y, sizeof y));
        TEE_ObjectHandle key;
        uint32_t bits = (uint32_t)a[0].content.ref.length * 8;
        assert_int_equal(TEE_AllocateTransientObject(TEE_TYPE_DSA_PUBLIC_KEY, bits, &key),
                         0);
        assert_int_equal(TEE_PopulateTransientObject(key, a, 4), TEE_SUCCESS);
        TEE_OperationHandle op = help_operation(h->dsa, TEE_MODE_VERIFY, key);
        size_t n = digest(h, msg, rsp_bytes(&r, "Msg", msg, sizeof msg), md);
        bool good = rsp_text(&r, "Result")[0] == 'P';
        TEE_Result res = TEE_AsymmetricVerifyDigest(op, NULL, 0, md, n, sig, 2 * q_len);
        assert_int_equal(res, good ? TEE_SUCCESS : TEE_ERROR_SIGNATURE_INVALID);
        passed += good;
        failed += !good;
        TEE_FreeOperation(op);
        TEE_FreeTransientObject(key);
    }
    rsp_close(&r);
    assert_true(passed > 20 && failed > 20);
}

static void rsa_file(const char *path, bool is_pss)
{
    uint8_t n[520], e[520], msg[1024], md[64], sig[520];
    struct rsp r;
    unsigned count = 0;
    rsp_open(&r, path);
    while (rsp_next(&r, "Result")) {
        const struct named *h = hash_named(rsp_text(&r, "SHAAlg"));
        TEE_Attribute a[2], salt;
        size_t n_len = rsp_bytes(&r, "n", n, sizeof n);
        TEE_InitRefAttribute(&a[0], TEE_ATTR_RSA_MODULUS, n, n_len);
        TEE_InitRefAttribute(&a[1], TEE_ATTR_RSA_PUBLIC_EXPONENT, e,
                             rsp_bytes(&r, "e", e, sizeof e));
        TEE_ObjectHandle key;
        assert_int_equal(TEE_AllocateTransientObject(TEE_TYPE_RSA_PUBLIC_KEY,
                                                     (uint32_t)n_len * 8, &key),
                         0);
        assert_int_equal(TEE_PopulateTransientObject(key, a, 2), TEE_SUCCESS);
        TEE_OperationHandle op =
            help_operation(is_pss ? h->pss : h->pkcs1, TEE_MODE_VERIFY, key);
        size_t md_len = digest(h, msg, rsp_bytes(&r, "Msg", msg, sizeof msg), md);
        size_t sig_len = rsp_bytes(&r, "S", sig, sizeof sig);
        uint32_t salt_len = is_pss ? (uint32_t)strlen(rsp_text(&r, "SaltVal")) / 2 : 0;
        TEE_InitValueAttribute(&salt, TEE_ATTR_RSA_PSS_SALT_LENGTH, salt_len, 0);
        TEE_Result res =
            TEE_AsymmetricVerifyDigest(op, &salt, is_pss, md, md_len, sig, sig_len);
        bool good = rsp_text(&r, "Result")[0] == 'P';
        assert_int_equal(res, good ? TEE_SUCCESS : TEE_ERROR_SIGNATURE_INVALID);
        TEE_FreeOperation(op);
        TEE_FreeTransientObject(key);
        count++;
    }
    rsp_close(&r);
    assert_true(count > 50);
}

static void test_sign_rsa_vectors(void **state)
{
    (void)state;
    rsa_file("asymmetric/RSA/FIPS_186-2/SigVer15_186-3.rsp", false);
    rsa_file("asymmetric/RSA/FIPS_186-2/SigVerPSS_186-3.rsp", true);
}

/* Lines "secret public : public : message : signature message :" */
static void test_sign_ed25519_vectors(void **state)
{
    (void)state;
    FILE *f = fopen("/usr/lib/python3/dist-packages/cryptography_vectors/"
                    "asymmetric/Ed25519/sign.input",
                    "r");
    static char line[20000];
    static uint8_t bytes[4][5000];
    unsigned count = 0;
    assert_non_null(f);
    while (fgets(line, sizeof line, f) && count < 200) {
        size_t len[4] = {0};
        const char *p = line;
        for (int i = 0; i < 4; i++, p++)
            for (unsigned x; *p != ':' && sscanf(p, "%2x", &x) == 1; p += 2)
                bytes[i][len[i]++] = (uint8_t)x;
        TEE_Attribute a;
        TEE_ObjectHandle pair;
        uint8_t sig[64];
        size_t n = sizeof sig;
        TEE_InitRefAttribute(&a, TEE_ATTR_ED25519_PRIVATE_VALUE, bytes[0], 32);
        assert_int_equal(
            TEE_AllocateTransientObject(TEE_TYPE_ED25519_KEYPAIR, 256, &pair), 0);
        assert_int_equal(TEE_PopulateTransientObject(pair, &a, 1), TEE_SUCCESS);
        TEE_OperationHandle s = help_operation(TEE_ALG_ED25519, TEE_MODE_SIGN, pair);
        TEE_OperationHandle v = help_operation(TEE_ALG_ED25519, TEE_MODE_VERIFY, pair);
        assert_int_equal(TEE_AsymmetricSignDigest(s, NULL, 0, bytes[2], len[2], sig, &n),
                         0);
        assert_memory_equal(sig, bytes[3], 64);
        assert_int_equal(
            TEE_AsymmetricVerifyDigest(v, NULL, 0, bytes[2], len[2], sig, 64), 0);
        sig[5] ^= 1;
        assert_int_equal(
            TEE_AsymmetricVerifyDigest(v, NULL, 0, bytes[2], len[2], sig, 64),
            TEE_ERROR_SIGNATURE_INVALID);
        TEE_FreeOperation(s);
        TEE_FreeOperation(v);
        TEE_FreeTransientObject(pair);
        count++;
    }
    fclose(f);
    assert_int_equal(count, 200);
}

/* Sign, verify with the public key alone, spoil, verify again. */
static void round_trip(uint32_t alg, TEE_ObjectHandle pair, TEE_ObjectHandle public,
                       size_t md_len)
{
    uint8_t md[64], sig[512];
    size_t n = 0;
    sys_random(md, sizeof md);
    TEE_OperationHandle s = help_operation(alg, TEE_MODE_SIGN, pair);
    TEE_OperationHandle v = help_operation(alg, TEE_MODE_VERIFY, public);
    assert_int_equal(TEE_AsymmetricSignDigest(s, NULL, 0, md, md_len, NULL, &n),
                     TEE_ERROR_SHORT_BUFFER);
    assert_true(n > 0 && n <= sizeof sig);
    assert_int_equal(TEE_AsymmetricSignDigest(s, NULL, 0, md, md_len, sig, &n),
                     TEE_SUCCESS);
    assert_int_equal(TEE_AsymmetricVerifyDigest(v, NULL, 0, md, md_len, sig, n),
                     TEE_SUCCESS);
    assert_int_equal(TEE_AsymmetricVerifyDigest(v, NULL, 0, md, md_len, sig, n - 1),
                     TEE_ERROR_SIGNATURE_INVALID);
    sig[n - 1] ^= 1;
    assert_int_equal(TEE_AsymmetricVerifyDigest(v, NULL, 0, md, md_len, sig, n),
                     TEE_ERROR_SIGNATURE_INVALID);
    memset(sig, 0, n);
    assert_int_equal(TEE_AsymmetricVerifyDigest(v, NULL, 0, md, md_len, sig, n),
                     TEE_ERROR_SIGNATURE_INVALID);
    TEE_FreeOperation(s);
    TEE_FreeOperation(v);
}

static void test_sign_every_ecdsa_on_every_curve(void **state)
{
    (void)state;
    static const struct {
        uint32_t alg;
        size_t len;
    } algs[] = {
        {TEE_ALG_ECDSA_SHA1, 20},     {TEE_ALG_ECDSA_SHA224, 28},
        {TEE_ALG_ECDSA_SHA256, 32},   {TEE_ALG_ECDSA_SHA384, 48},
        {TEE_ALG_ECDSA_SHA512, 64},   {TEE_ALG_ECDSA_SHA3_224, 28},
        {TEE_ALG_ECDSA_SHA3_256, 32}, {TEE_ALG_ECDSA_SHA3_384, 48},
        {TEE_ALG_ECDSA_SHA3_512, 64},
    };
    static const uint32_t raw[] = {0,
                                   __OPTEE_ALG_ECDSA_P192,
                                   __OPTEE_ALG_ECDSA_P224,
                                   __OPTEE_ALG_ECDSA_P256,
                                   __OPTEE_ALG_ECDSA_P384,
                                   __OPTEE_ALG_ECDSA_P521};
    for (uint32_t curve = 1; curve <= 5; curve++) {
        TEE_ObjectHandle pair = help_ec(TEE_TYPE_ECDSA_KEYPAIR, curve);
        TEE_ObjectHandle public = help_public(pair, TEE_TYPE_ECDSA_PUBLIC_KEY);
        for (size_t i = 0; i < COUNT(algs); i++)
            round_trip(algs[i].alg, pair, public, algs[i].len);
        for (size_t len = 1; len <= 64; len += 9)
            round_trip(raw[curve], pair, public, len);
        TEE_FreeTransientObject(pair);
        TEE_FreeTransientObject(public);
    }
}

static void test_sign_every_rsa(void **state)
{
    (void)state;
    static const struct {
        uint32_t alg;
        size_t len;
    } algs[] = {
        {TEE_ALG_RSASSA_PKCS1_V1_5, 51},
        {TEE_ALG_RSASSA_PKCS1_V1_5_MD5, 16},
        {TEE_ALG_RSASSA_PKCS1_V1_5_SHA1, 20},
        {TEE_ALG_RSASSA_PKCS1_V1_5_SHA224, 28},
        {TEE_ALG_RSASSA_PKCS1_V1_5_SHA256, 32},
        {TEE_ALG_RSASSA_PKCS1_V1_5_SHA384, 48},
        {TEE_ALG_RSASSA_PKCS1_V1_5_SHA512, 64},
        {TEE_ALG_RSASSA_PKCS1_V1_5_MD5SHA1, 36},
        {TEE_ALG_RSASSA_PKCS1_V1_5_SHA3_224, 28},
        {TEE_ALG_RSASSA_PKCS1_V1_5_SHA3_256, 32},
        {TEE_ALG_RSASSA_PKCS1_V1_5_SHA3_384, 48},
        {TEE_ALG_RSASSA_PKCS1_V1_5_SHA3_512, 64},
        {TEE_ALG_RSASSA_PKCS1_PSS_MGF1_MD5, 16},
        {TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA1, 20},
        {TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA224, 28},
        {TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA256, 32},
        {TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA384, 48},
        {TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA512, 64},
        {TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA3_224, 28},
        {TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA3_256, 32},
        {TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA3_384, 48},
        {TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA3_512, 64},
    };
    TEE_ObjectHandle pair = help_rsa(2048);
    TEE_ObjectHandle public = help_public(pair, TEE_TYPE_RSA_PUBLIC_KEY);
    for (size_t i = 0; i < COUNT(algs); i++)
        round_trip(algs[i].alg, pair, public, algs[i].len);
    TEE_FreeTransientObject(pair);
    TEE_FreeTransientObject(public);
}

/* The salt length is part of what is checked, and may change from call to call. */
static void test_sign_pss_salt_is_strict(void **state)
{
    (void)state;
    uint8_t md[32] = {1}, sig[128];
    TEE_Attribute salt;
    TEE_ObjectHandle pair = help_rsa(1024);
    TEE_OperationHandle s =
        help_operation(TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA256, TEE_MODE_SIGN, pair);
    TEE_OperationHandle v =
        help_operation(TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA256, TEE_MODE_VERIFY, pair);
    for (uint32_t len = 0; len < 40; len += 13) {
        size_t n = sizeof sig;
        TEE_InitValueAttribute(&salt, TEE_ATTR_RSA_PSS_SALT_LENGTH, len, 0);
        assert_int_equal(TEE_AsymmetricSignDigest(s, &salt, 1, md, 32, sig, &n),
                         TEE_SUCCESS);
        assert_int_equal(TEE_AsymmetricVerifyDigest(v, &salt, 1, md, 32, sig, n),
                         TEE_SUCCESS);
        assert_int_equal(TEE_AsymmetricVerifyDigest(v, NULL, 0, md, 32, sig, n),
                         TEE_ERROR_SIGNATURE_INVALID);
    }
    TEE_FreeOperation(s);
    TEE_FreeOperation(v);
    TEE_FreeTransientObject(pair);
}

/* RFC 3279 form and ours, both ways, for values with leading zeros and with high bits. */
static void test_sign_rs_forms(void **state)
{
    (void)state;
    static const uint8_t bad[][8] = {
        {0x30, 0x06, 2, 1, 0x80, 2, 1, 1}, {0x30, 0x06, 2, 2, 0, 1, 2, 0},
        {0x30, 0x05, 2, 1, 1, 2, 1, 1},    {0x31, 0x06, 2, 1, 1, 2, 1, 1},
        {0x30, 0x06, 2, 1, 1, 3, 1, 1},    {0x30, 0x81, 2, 1, 1, 2, 1, 1},
    };
    uint8_t rs[132], back[132], der[RS_DER_MAX];
    for (size_t half = 1; half <= 66; half++) {
        for (int zeros = 0; zeros < 3; zeros++) {
            sys_random(rs, sizeof rs);
            memset(rs, 0, (size_t)zeros < half ? (size_t)zeros : half);
            rs[half] |= 0x80;
            size_t n = rs_to_der(der, rs, half);
            assert_true(n <= sizeof der);
            assert_true(rs_from_der(back, half, der, n));
            assert_memory_equal(rs, back, 2 * half);
            assert_false(rs_from_der(back, half, der, n - 1));
            const uint8_t *p = der;
            assert_int_equal(der[0], 0x30);
            assert_ptr_equal(p, der);
        }
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(rs_from_der(back, 8, bad[i], sizeof bad[i]));
}

/* --- Panics --- */

static void sign_with_public(void *arg)
{
    TEE_ObjectHandle pair = help_ec(TEE_TYPE_ECDSA_KEYPAIR, 3);
    help_operation(TEE_ALG_ECDSA_SHA256, TEE_MODE_SIGN,
                   help_public(pair, TEE_TYPE_ECDSA_PUBLIC_KEY));
    (void)arg;
}

static void wrong_digest_length(void *arg)
{
    uint8_t sig[64];
    size_t n = sizeof sig;
    TEE_OperationHandle op = help_operation(TEE_ALG_ECDSA_SHA256, TEE_MODE_SIGN,
                                            help_ec(TEE_TYPE_ECDSA_KEYPAIR, 3));
    TEE_AsymmetricSignDigest(op, NULL, 0, arg, 31, sig, &n);
}

static void other_curve(void *arg)
{
    TEE_OperationHandle op;
    TEE_AllocateOperation(&op, __OPTEE_ALG_ECDSA_P384, TEE_MODE_SIGN, 384);
    TEE_SetOperationKey(op, help_ec(TEE_TYPE_ECDSA_KEYPAIR, 3));
    (void)arg;
}

static void verify_to_sign(void *arg)
{
    uint8_t sig[64];
    size_t n = sizeof sig;
    TEE_OperationHandle op = help_operation(TEE_ALG_ECDSA_SHA256, TEE_MODE_VERIFY,
                                            help_ec(TEE_TYPE_ECDSA_KEYPAIR, 3));
    TEE_AsymmetricSignDigest(op, NULL, 0, arg, 32, sig, &n);
}

static void salt_for_ecdsa(void *arg)
{
    uint8_t sig[64];
    size_t n = sizeof sig;
    TEE_Attribute a;
    TEE_InitValueAttribute(&a, TEE_ATTR_RSA_PSS_SALT_LENGTH, 20, 0);
    TEE_OperationHandle op = help_operation(TEE_ALG_ECDSA_SHA256, TEE_MODE_SIGN,
                                            help_ec(TEE_TYPE_ECDSA_KEYPAIR, 3));
    TEE_AsymmetricSignDigest(op, &a, 1, arg, 32, sig, &n);
}

static void test_sign_misuse_panics(void **state)
{
    (void)state;
    uint8_t md[64] = {0};
    assert_true(panics(sign_with_public, md, "key of another type"));
    assert_true(panics(wrong_digest_length, md, "digest length"));
    assert_true(panics(other_curve, md, "another curve"));
    assert_true(panics(verify_to_sign, md, "no signing operation"));
    assert_true(panics(salt_for_ecdsa, md, "takes no parameters"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sign_ecdsa_vectors),
        cmocka_unit_test(test_sign_dsa_vectors),
        cmocka_unit_test(test_sign_rsa_vectors),
        cmocka_unit_test(test_sign_ed25519_vectors),
        cmocka_unit_test(test_sign_every_ecdsa_on_every_curve),
        cmocka_unit_test(test_sign_every_rsa),
        cmocka_unit_test(test_sign_pss_salt_is_strict),
        cmocka_unit_test(test_sign_rs_forms),
        cmocka_unit_test(test_sign_misuse_panics),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
