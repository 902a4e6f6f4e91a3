/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Key derivation: NIST's ECDH, RFC 5114's DH, RFC 7748, 5869, 6070, and the concat KDF by
 * hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tee_internal_api.h"
#include "sim/rsp.h"
#include "sim/sys_fake.h"
#include "sim/tee_help.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* Derive with op into a generic secret of at most `room` bytes; its length. */
static size_t derive(TEE_OperationHandle op, const TEE_Attribute *params, uint32_t nr,
                     uint8_t *out, size_t room)
{
    TEE_ObjectHandle o;
    size_t n = room;
    assert_int_equal(
        TEE_AllocateTransientObject(TEE_TYPE_GENERIC_SECRET, (uint32_t)room * 8, &o), 0);
    TEE_DeriveKey(op, params, nr, o);
    assert_int_equal(TEE_GetObjectBufferAttribute(o, TEE_ATTR_SECRET_VALUE, out, &n), 0);
    assert_int_equal(help_bits(o), n * 8);
    TEE_FreeTransientObject(o);
    return n;
}

static TEE_ObjectHandle ecdh_pair(uint32_t curve, uint32_t bits, const uint8_t *d,
                                  size_t len)
{
    TEE_Attribute a[2];
    TEE_ObjectHandle o;
    TEE_InitRefAttribute(&a[0], TEE_ATTR_ECC_PRIVATE_VALUE, d, len);
    TEE_InitValueAttribute(&a[1], TEE_ATTR_ECC_CURVE, curve, 0);
    assert_int_equal(TEE_AllocateTransientObject(TEE_TYPE_ECDH_KEYPAIR, bits, &o), 0);
    assert_int_equal(TEE_PopulateTransientObject(o, a, 2), TEE_SUCCESS);
    return o;
}

/* Sections are announced "[EA - SHA1]" .. "[EE - SHA512]", curves in order. */
static void test_derive_ecdh_vectors(void **state)
{
    (void)state;
    static const uint32_t bits[] = {192, 224, 256, 384, 521};
    static const uint32_t bound[] = {__OPTEE_ALG_ECDH_P192, __OPTEE_ALG_ECDH_P224,
                                     __OPTEE_ALG_ECDH_P256, __OPTEE_ALG_ECDH_P384,
                                     __OPTEE_ALG_ECDH_P521};
    uint8_t d[80], x[80], y[80], z[80], got[80];
    struct rsp r;
    unsigned count = 0;
    rsp_open(&r, "asymmetric/ECDH/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_init.fax");
    while (rsp_next(&r, "Result")) {
        if (r.section[0] != 'E' || rsp_text(&r, "Result")[0] != 'P')
            continue;
        uint32_t i = (uint32_t)(r.section[1] - 'A');
        size_t len = (bits[i] + 7) / 8, xn, yn, zn = rsp_bytes(&r, "Z", z, sizeof z);
        TEE_Attribute a[2];
        TEE_ObjectHandle k =
            ecdh_pair(i + 1, bits[i], d, rsp_bytes(&r, "dsIUT", d, sizeof d));
        xn = rsp_bytes(&r, "QsCAVSx", x, sizeof x);
        yn = rsp_bytes(&r, "QsCAVSy", y, sizeof y);
        TEE_InitRefAttribute(&a[0], TEE_ATTR_ECC_PUBLIC_VALUE_X, x, xn);
        TEE_InitRefAttribute(&a[1], TEE_ATTR_ECC_PUBLIC_VALUE_Y, y, yn);
        for (int j = 0; j < 2; j++) {
            TEE_OperationHandle op = help_operation(
                j ? bound[i] : TEE_ALG_ECDH_DERIVE_SHARED_SECRET, TEE_MODE_DERIVE, k);
            assert_int_equal(derive(op, a, 2, got, sizeof got), len);
            assert_memory_equal(got + len - zn, z, zn);
            TEE_FreeOperation(op);
        }
        TEE_FreeTransientObject(k);
        count++;
    }
    rsp_close(&r);
    assert_true(count > 30);
}

static void test_derive_x25519_vectors(void **state)
{
    (void)state;
    uint8_t d[32], u[32], want[32], got[32];
    struct rsp r;
    unsigned count = 0;
    rsp_open(&r, "asymmetric/X25519/rfc7748.txt");
    while (rsp_next(&r, "OUTPUT_U")) {
        TEE_Attribute a;
        TEE_ObjectHandle k;
        rsp_bytes(&r, "INPUT_SCALAR", d, 32);
        rsp_bytes(&r, "INPUT_U", u, 32);
        rsp_bytes(&r, "OUTPUT_U", want, 32);
        TEE_InitRefAttribute(&a, TEE_ATTR_X25519_PRIVATE_VALUE, d, 32);
        assert_int_equal(TEE_AllocateTransientObject(TEE_TYPE_X25519_KEYPAIR, 256, &k),
                         0);
        assert_int_equal(TEE_PopulateTransientObject(k, &a, 1), TEE_SUCCESS);
        TEE_OperationHandle op = help_operation(TEE_ALG_X25519, TEE_MODE_DERIVE, k);
        TEE_InitRefAttribute(&a, TEE_ATTR_X25519_PUBLIC_VALUE, u, 32);
        assert_int_equal(derive(op, &a, 1, got, 32), 32);
        assert_memory_equal(got, want, 32);
        TEE_FreeOperation(op);
        TEE_FreeTransientObject(k);
        count++;
    }
    rsp_close(&r);
    assert_true(count >= 2);
}

static TEE_ObjectHandle dh_pair(struct rsp *r, uint8_t n[6][256])
{
    static const struct {
        const char *name;
        uint32_t id;
    } rows[] = {{"P", TEE_ATTR_DH_PRIME},
                {"Q", TEE_ATTR_DH_SUBPRIME},
                {"G", TEE_ATTR_DH_BASE},
                {"XstatIUT", TEE_ATTR_DH_PRIVATE_VALUE},
                {"YstatIUT", TEE_ATTR_DH_PUBLIC_VALUE}};
    TEE_Attribute a[5];
    TEE_ObjectHandle o;
    for (size_t i = 0; i < 5; i++)
        TEE_InitRefAttribute(&a[i], rows[i].id, n[i],
                             rsp_bytes(r, rows[i].name, n[i], 256));
    uint32_t bits = (uint32_t)a[0].content.ref.length * 8;
    assert_int_equal(TEE_AllocateTransientObject(TEE_TYPE_DH_KEYPAIR, bits, &o), 0);
    assert_int_equal(TEE_PopulateTransientObject(o, a, 5), TEE_SUCCESS);
    /* the public value of another private value is refused */
    TEE_ObjectHandle bad;
    n[3][0] ^= 1;
    assert_int_equal(TEE_AllocateTransientObject(TEE_TYPE_DH_KEYPAIR, bits, &bad), 0);
    assert_int_equal(TEE_PopulateTransientObject(bad, a, 5), TEE_ERROR_BAD_PARAMETERS);
    TEE_FreeTransientObject(bad);
    return o;
}

static void test_derive_dh_vectors(void **state)
{
    (void)state;
    static uint8_t n[6][256], z[256], got[256];
    struct rsp r;
    unsigned count = 0;
    rsp_open(&r, "asymmetric/DH/RFC5114.txt");
    while (rsp_next(&r, "Z")) {
        TEE_Attribute a;
        TEE_ObjectHandle k = dh_pair(&r, n);
        size_t len = rsp_bytes(&r, "Z", z, sizeof z);
        TEE_InitRefAttribute(&a, TEE_ATTR_DH_PUBLIC_VALUE, n[5],
                             rsp_bytes(&r, "YstatCAVS", n[5], 256));
        TEE_OperationHandle op =
            help_operation(TEE_ALG_DH_DERIVE_SHARED_SECRET, TEE_MODE_DERIVE, k);
        assert_int_equal(derive(op, &a, 1, got, sizeof got), help_bits(k) / 8);
        assert_memory_equal(got + help_bits(k) / 8 - len, z, len);
        TEE_FreeOperation(op);
        TEE_FreeTransientObject(k);
        count++;
    }
    rsp_close(&r);
    assert_int_equal(count, 3);
}

/* Two generated pairs of one group agree; X_BITS bounds the private value. */
static void test_derive_dh_generated_pairs_agree(void **state)
{
    (void)state;
    static uint8_t p[256], g[256], y[2][256], z[2][256], x[256];
    struct rsp r;
    rsp_open(&r, "asymmetric/DH/RFC5114.txt");
    assert_true(rsp_next(&r, "Z"));
    TEE_Attribute a[3];
    TEE_InitRefAttribute(&a[0], TEE_ATTR_DH_PRIME, p, rsp_bytes(&r, "P", p, sizeof p));
    TEE_InitRefAttribute(&a[1], TEE_ATTR_DH_BASE, g, rsp_bytes(&r, "G", g, sizeof g));
    TEE_InitValueAttribute(&a[2], TEE_ATTR_DH_X_BITS, 160, 0);
    rsp_close(&r);
    TEE_ObjectHandle k[2];
    TEE_Attribute peer[2];
    for (int i = 0; i < 2; i++) {
        size_t n = sizeof y[i];
        assert_int_equal(TEE_AllocateTransientObject(TEE_TYPE_DH_KEYPAIR, 1024, &k[i]),
                         0);
        assert_int_equal(TEE_GenerateKey(k[i], 1024, a, 3), TEE_SUCCESS);
        assert_int_equal(
            TEE_GetObjectBufferAttribute(k[i], TEE_ATTR_DH_PUBLIC_VALUE, y[i], &n), 0);
        TEE_InitRefAttribute(&peer[i], TEE_ATTR_DH_PUBLIC_VALUE, y[i], n);
        n = sizeof x;
        assert_int_equal(
            TEE_GetObjectBufferAttribute(k[i], TEE_ATTR_DH_PRIVATE_VALUE, x, &n), 0);
        assert_true(n <= 20);
    }
    for (int i = 0; i < 2; i++) {
        TEE_OperationHandle op =
            help_operation(TEE_ALG_DH_DERIVE_SHARED_SECRET, TEE_MODE_DERIVE, k[i]);
        assert_int_equal(derive(op, &peer[1 - i], 1, z[i], 128), 128);
        TEE_FreeOperation(op);
        TEE_FreeTransientObject(k[i]);
    }
    assert_memory_equal(z[0], z[1], 128);
}

/* --- From secrets --- */

static void hkdf_file(const char *path, uint32_t optee, uint32_t hash)
{
    uint8_t ikm[128], salt[128], info[128], okm[128], got[128];
    struct rsp r;
    unsigned count = 0;
    rsp_open(&r, path);
    while (rsp_next(&r, "OKM")) {
        size_t len = rsp_bytes(&r, "OKM", okm, sizeof okm);
        size_t ikm_len = rsp_bytes(&r, "IKM", ikm, sizeof ikm);
        size_t salt_len = rsp_bytes(&r, "salt", salt, sizeof salt);
        size_t info_len = rsp_bytes(&r, "info", info, sizeof info);
        TEE_Attribute a[4];
        TEE_ObjectHandle k = help_secret(TEE_TYPE_HKDF_IKM, ikm, ikm_len);
        TEE_OperationHandle op = help_operation(optee, TEE_MODE_DERIVE, k);
        TEE_InitRefAttribute(&a[0], __OPTEE_TEE_ATTR_HKDF_SALT, salt, salt_len);
        TEE_InitRefAttribute(&a[1], __OPTEE_ATTR_HKDF_INFO, info, info_len);
        TEE_InitValueAttribute(&a[2], TEE_ATTR_HKDF_OKM_LENGTH, (uint32_t)len, 0);
        assert_int_equal(derive(op, a, 3, got, sizeof got), len);
        assert_memory_equal(got, okm, len);
        TEE_FreeOperation(op);
        TEE_FreeTransientObject(k);

        k = help_secret(TEE_TYPE_HKDF, ikm, ikm_len);
        op = help_operation(TEE_ALG_HKDF, TEE_MODE_DERIVE, k);
        TEE_InitRefAttribute(&a[0], TEE_ATTR_HKDF_SALT, salt, salt_len);
        TEE_InitRefAttribute(&a[1], TEE_ATTR_HKDF_INFO, info, info_len);
        TEE_InitValueAttribute(&a[2], TEE_ATTR_HKDF_HASH_ALGORITHM, hash, 0);
        TEE_InitValueAttribute(&a[3], TEE_ATTR_KDF_KEY_SIZE, (uint32_t)len, 0);
        assert_int_equal(derive(op, a, 4, got, sizeof got), len);
        assert_memory_equal(got, okm, len);
        assert_int_equal(derive(op, a, 3, got, len), len); /* as long as the object */
        assert_memory_equal(got, okm, len);
        TEE_FreeOperation(op);
        TEE_FreeTransientObject(k);
        count++;
    }
    rsp_close(&r);
    assert_true(count >= 3);
}

static void test_derive_hkdf_vectors(void **state)
{
    (void)state;
    hkdf_file("KDF/rfc-5869-HKDF-SHA256.txt", TEE_ALG_HKDF_SHA256_DERIVE_KEY,
              TEE_ALG_SHA256);
    hkdf_file("KDF/rfc-5869-HKDF-SHA1.txt", TEE_ALG_HKDF_SHA1_DERIVE_KEY,
              TEE_ALG_HMAC_SHA1);
}

static void test_derive_pbkdf2_vectors(void **state)
{
    (void)state;
    uint8_t want[64], got[64];
    struct rsp r;
    unsigned count = 0;
    rsp_open(&r, "KDF/rfc-6070-PBKDF2-SHA1.txt");
    while (rsp_next(&r, "DERIVED_KEY")) {
        const char *password = rsp_text(&r, "PASSWORD"), *salt = rsp_text(&r, "SALT");
        size_t len = rsp_bytes(&r, "DERIVED_KEY", want, sizeof want);
        if (strchr(password, '\\') || rsp_number(&r, "ITERATIONS") > 10000)
            continue;
        TEE_Attribute a[3];
        TEE_ObjectHandle k =
            help_secret(TEE_TYPE_PBKDF2_PASSWORD, password, strlen(password));
        TEE_OperationHandle op =
            help_operation(TEE_ALG_PBKDF2_HMAC_SHA1_DERIVE_KEY, TEE_MODE_DERIVE, k);
        TEE_InitRefAttribute(&a[0], TEE_ATTR_PBKDF2_SALT, salt, strlen(salt));
        TEE_InitValueAttribute(&a[1], TEE_ATTR_PBKDF2_ITERATION_COUNT,
                               rsp_number(&r, "ITERATIONS"), 0);
        TEE_InitValueAttribute(&a[2], TEE_ATTR_PBKDF2_DKM_LENGTH, (uint32_t)len, 0);
        assert_int_equal(derive(op, a, 3, got, sizeof got), len);
        assert_memory_equal(got, want, len);
        TEE_FreeOperation(op);
        TEE_FreeTransientObject(k);
        count++;
    }
    rsp_close(&r);
    assert_true(count >= 4);
}

/* Block i is H(i || Z || info), SP 800-56A 5.8.1. */
static void test_derive_concat_kdf(void **state)
{
    (void)state;
    uint8_t z[33], info[21], got[80], want[96];
    sys_random(z, sizeof z);
    sys_random(info, sizeof info);
    TEE_OperationHandle h = help_operation(TEE_ALG_SHA256, TEE_MODE_DIGEST, NULL);
    for (uint8_t i = 1; i <= 3; i++) {
        uint8_t counter[4] = {0, 0, 0, i};
        size_t n = 32;
        TEE_DigestUpdate(h, counter, 4);
        TEE_DigestUpdate(h, z, sizeof z);
        assert_int_equal(TEE_DigestDoFinal(h, info, sizeof info, want + 32 * (i - 1), &n),
                         TEE_SUCCESS);
    }
    TEE_Attribute a[2];
    TEE_ObjectHandle k = help_secret(TEE_TYPE_CONCAT_KDF_Z, z, sizeof z);
    TEE_OperationHandle op =
        help_operation(TEE_ALG_CONCAT_KDF_SHA256_DERIVE_KEY, TEE_MODE_DERIVE, k);
    TEE_InitRefAttribute(&a[0], TEE_ATTR_CONCAT_KDF_OTHER_INFO, info, sizeof info);
    TEE_InitValueAttribute(&a[1], TEE_ATTR_CONCAT_KDF_DKM_LENGTH, 80, 0);
    assert_int_equal(derive(op, a, 2, got, 80), 80);
    assert_memory_equal(got, want, 80);
    TEE_FreeOperation(h);
    TEE_FreeOperation(op);
    TEE_FreeTransientObject(k);
}

/* --- Panics --- */

static void derive_ecdh(const uint8_t *x, const uint8_t *y, uint32_t result_bits)
{
    TEE_Attribute a[2];
    TEE_ObjectHandle o;
    TEE_OperationHandle op =
        help_operation(TEE_ALG_ECDH_DERIVE_SHARED_SECRET, TEE_MODE_DERIVE,
                       help_ec(TEE_TYPE_ECDH_KEYPAIR, 3));
    TEE_InitRefAttribute(&a[0], TEE_ATTR_ECC_PUBLIC_VALUE_X, x, 32);
    TEE_InitRefAttribute(&a[1], TEE_ATTR_ECC_PUBLIC_VALUE_Y, y, 32);
    TEE_AllocateTransientObject(TEE_TYPE_GENERIC_SECRET, result_bits, &o);
    TEE_DeriveKey(op, a, 2, o);
}

static void off_curve(void *arg)
{
    derive_ecdh(arg, arg, 256);
}

static void result_too_long(void *arg)
{
    uint8_t x[32], y[32];
    size_t n = 32, m = 32;
    TEE_ObjectHandle peer = help_ec(TEE_TYPE_ECDH_KEYPAIR, 3);
    (void)arg;
    TEE_GetObjectBufferAttribute(peer, TEE_ATTR_ECC_PUBLIC_VALUE_X, x, &n);
    TEE_GetObjectBufferAttribute(peer, TEE_ATTR_ECC_PUBLIC_VALUE_Y, y, &m);
    derive_ecdh(x, y, 248);
}

static void zero_x25519(void *arg)
{
    TEE_Attribute a;
    TEE_ObjectHandle k, o;
    TEE_AllocateTransientObject(TEE_TYPE_X25519_KEYPAIR, 256, &k);
    TEE_GenerateKey(k, 256, NULL, 0);
    TEE_AllocateTransientObject(TEE_TYPE_GENERIC_SECRET, 256, &o);
    TEE_InitRefAttribute(&a, TEE_ATTR_X25519_PUBLIC_VALUE, arg, 32);
    TEE_DeriveKey(help_operation(TEE_ALG_X25519, TEE_MODE_DERIVE, k), &a, 1, o);
}

static void no_iterations(void *arg)
{
    TEE_ObjectHandle o;
    TEE_AllocateTransientObject(TEE_TYPE_GENERIC_SECRET, 256, &o);
    TEE_DeriveKey(help_operation(TEE_ALG_PBKDF2_HMAC_SHA256_DERIVE_KEY, TEE_MODE_DERIVE,
                                 help_secret(TEE_TYPE_PBKDF2_PASSWORD, arg, 8)),
                  NULL, 0, o);
}

static void test_derive_misuse_panics(void **state)
{
    (void)state;
    uint8_t zero[32] = {0};
    assert_true(panics(off_curve, zero, "not one of this group"));
    assert_true(panics(result_too_long, zero, "maxObjectSize"));
    assert_true(panics(zero_x25519, zero, "does not belong"));
    assert_true(panics(no_iterations, zero, "ITERATION_COUNT"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_derive_ecdh_vectors),
        cmocka_unit_test(test_derive_x25519_vectors),
        cmocka_unit_test(test_derive_dh_vectors),
        cmocka_unit_test(test_derive_dh_generated_pairs_agree),
        cmocka_unit_test(test_derive_hkdf_vectors),
        cmocka_unit_test(test_derive_pbkdf2_vectors),
        cmocka_unit_test(test_derive_concat_kdf),
        cmocka_unit_test(test_derive_misuse_panics),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
