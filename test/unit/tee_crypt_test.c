/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RSA encryption: every OAEP digest with labels and foreign mask hashes, decrypted by
 * libcrypto too; PKCS#1 v1.5; the bare operation; lengths, paddings and modes that are
 * refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include "key.h"
#include "object.h"
#include "sim/sys_fake.h"
#include "sim/tee_help.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define LEN      256 /* bytes of the modulus */

static TEE_ObjectHandle pair;

static int make_pair(void **state)
{
    (void)state;
    pair = help_rsa(8 * LEN);
    return 0;
}

static int free_pair(void **state)
{
    (void)state;
    TEE_FreeTransientObject(pair);
    return 0;
}

static const struct {
    uint32_t alg, hash;
    const char *name;
    size_t len;
} oaeps[] = {
    {TEE_ALG_RSAES_PKCS1_OAEP_MGF1_MD5, TEE_ALG_MD5, "MD5", 16},
    {TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA1, TEE_ALG_SHA1, "SHA1", 20},
    {TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA224, TEE_ALG_SHA224, "SHA224", 28},
    {TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA256, TEE_ALG_SHA256, "SHA256", 32},
    {TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA384, TEE_ALG_SHA384, "SHA384", 48},
    {TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA512, TEE_ALG_SHA512, "SHA512", 64},
    {TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA3_224, TEE_ALG_SHA3_224, "SHA3-224", 28},
    {TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA3_256, TEE_ALG_SHA3_256, "SHA3-256", 32},
    {TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA3_384, TEE_ALG_SHA3_384, "SHA3-384", 48},
    {TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA3_512, TEE_ALG_SHA3_512, "SHA3-512", 64},
};

/* What libcrypto makes of a ciphertext, with contexts of its own. */
static size_t judge(const uint8_t *ct, const char *hash, const char *mgf,
                    const char *label, uint8_t *out)
{
    size_t n = LEN, label_len = strlen(label);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pair->key->pkey, NULL);
    EVP_MD *h = EVP_MD_fetch(NULL, hash, NULL), *m = EVP_MD_fetch(NULL, mgf, NULL);
    assert_int_equal(EVP_PKEY_decrypt_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_oaep_md(ctx, h), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, m), 1);
    if (label_len)
        assert_int_equal(EVP_PKEY_CTX_set0_rsa_oaep_label(
                             ctx, OPENSSL_memdup(label, label_len), (int)label_len),
                         1);
    assert_int_equal(EVP_PKEY_decrypt(ctx, out, &n, ct, LEN), 1);
    EVP_PKEY_CTX_free(ctx);
    EVP_MD_free(h);
    EVP_MD_free(m);
    return n;
}

static void test_crypt_oaep_every_digest(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(oaeps); i++) {
        uint8_t msg[LEN], ct[LEN], out[LEN];
        TEE_OperationHandle e = help_operation(oaeps[i].alg, TEE_MODE_ENCRYPT, pair);
        TEE_OperationHandle d = help_operation(oaeps[i].alg, TEE_MODE_DECRYPT, pair);
        size_t longest = LEN - 2 - 2 * oaeps[i].len;
        sys_random(msg, sizeof msg);
        for (size_t len = 0; len <= longest; len += longest / 2) {
            size_t n = LEN;
            assert_int_equal(TEE_AsymmetricEncrypt(e, NULL, 0, msg, len, ct, &n),
                             TEE_SUCCESS);
            assert_int_equal(n, LEN);
            assert_int_equal(judge(ct, oaeps[i].name, oaeps[i].name, "", out), len);
            assert_int_equal(TEE_AsymmetricDecrypt(d, NULL, 0, ct, LEN, out, &n),
                             TEE_SUCCESS);
            assert_int_equal(n, len);
            assert_memory_equal(out, msg, len);
        }
        size_t n = LEN;
        assert_int_equal(TEE_AsymmetricEncrypt(e, NULL, 0, msg, longest + 1, ct, &n),
                         TEE_ERROR_BAD_PARAMETERS);
        TEE_FreeOperation(e);
        TEE_FreeOperation(d);
    }
}

/* Parameters hold for one call: the next without them is back at the defaults. */
static void test_crypt_oaep_label_and_mask_hash(void **state)
{
    (void)state;
    uint32_t mgf = TEE_ALG_SHA1;
    uint8_t ct[LEN], out[LEN];
    TEE_Attribute a[2];
    size_t n = LEN;
    TEE_OperationHandle e =
        help_operation(TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA256, TEE_MODE_ENCRYPT, pair);
    TEE_OperationHandle d =
        help_operation(TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA256, TEE_MODE_DECRYPT, pair);
    TEE_InitRefAttribute(&a[0], TEE_ATTR_RSA_OAEP_LABEL, "label", 5);
    TEE_InitRefAttribute(&a[1], TEE_ATTR_RSA_OAEP_MGF_HASH, &mgf, sizeof mgf);
    assert_int_equal(TEE_AsymmetricEncrypt(e, a, 2, "hello", 5, ct, &n), TEE_SUCCESS);
    assert_int_equal(judge(ct, "SHA256", "SHA1", "label", out), 5);
    assert_int_equal(TEE_AsymmetricDecrypt(d, a, 2, ct, LEN, out, &n), TEE_SUCCESS);
    n = LEN;
    assert_int_equal(TEE_AsymmetricDecrypt(d, a, 1, ct, LEN, out, &n),
                     TEE_ERROR_CIPHERTEXT_INVALID);
    assert_int_equal(TEE_AsymmetricDecrypt(d, a + 1, 1, ct, LEN, out, &n),
                     TEE_ERROR_CIPHERTEXT_INVALID);
    assert_int_equal(TEE_AsymmetricEncrypt(e, NULL, 0, "hello", 5, ct, &n), TEE_SUCCESS);
    assert_int_equal(judge(ct, "SHA256", "SHA256", "", out), 5);
    assert_int_equal(TEE_AsymmetricDecrypt(d, NULL, 0, ct, LEN, out, &n), TEE_SUCCESS);
    assert_memory_equal(out, "hello", 5);
    TEE_FreeOperation(e);
    TEE_FreeOperation(d);
}

static void test_crypt_pkcs1(void **state)
{
    (void)state;
    uint8_t msg[LEN], ct[LEN], out[LEN];
    TEE_ObjectHandle public = help_public(pair, TEE_TYPE_RSA_PUBLIC_KEY);
    TEE_OperationHandle e =
        help_operation(TEE_ALG_RSAES_PKCS1_V1_5, TEE_MODE_ENCRYPT, public);
    TEE_OperationHandle d =
        help_operation(TEE_ALG_RSAES_PKCS1_V1_5, TEE_MODE_DECRYPT, pair);
    sys_random(msg, sizeof msg);
    for (size_t len = 0; len <= LEN - 11; len += 49) {
        size_t n = LEN - 1;
        assert_int_equal(TEE_AsymmetricEncrypt(e, NULL, 0, msg, len, ct, &n),
                         TEE_ERROR_SHORT_BUFFER);
        assert_int_equal(n, LEN);
        assert_int_equal(TEE_AsymmetricEncrypt(e, NULL, 0, msg, len, ct, &n),
                         TEE_SUCCESS);
        n = 0;
        if (len) {
            assert_int_equal(TEE_AsymmetricDecrypt(d, NULL, 0, ct, LEN, NULL, &n),
                             TEE_ERROR_SHORT_BUFFER);
            assert_int_equal(n, len);
        }
        n = LEN;
        assert_int_equal(TEE_AsymmetricDecrypt(d, NULL, 0, ct, LEN, out, &n),
                         TEE_SUCCESS);
        assert_int_equal(n, len);
        assert_memory_equal(out, msg, len);
    }
    size_t n = LEN;
    assert_int_equal(TEE_AsymmetricEncrypt(e, NULL, 0, msg, LEN - 10, ct, &n),
                     TEE_ERROR_BAD_PARAMETERS);
    assert_int_equal(TEE_AsymmetricDecrypt(d, NULL, 0, ct, LEN - 1, out, &n),
                     TEE_ERROR_BAD_PARAMETERS);
    memset(ct, 0, LEN);
    ct[LEN - 1] = 2;
    assert_int_equal(TEE_AsymmetricDecrypt(d, NULL, 0, ct, LEN, out, &n),
                     TEE_ERROR_CIPHERTEXT_INVALID);
    TEE_FreeOperation(e);
    TEE_FreeOperation(d);
    TEE_FreeTransientObject(public);
}

/*
 * The bare operation undoes itself, pads on the left, and refuses what is not below the
 * modulus.
 */
static void test_crypt_bare_rsa(void **state)
{
    (void)state;
    uint8_t msg[LEN] = {0}, ct[LEN], out[LEN], top[LEN];
    size_t n = LEN;
    TEE_OperationHandle e = help_operation(TEE_ALG_RSA_NOPAD, TEE_MODE_ENCRYPT, pair);
    TEE_OperationHandle d = help_operation(TEE_ALG_RSA_NOPAD, TEE_MODE_DECRYPT, pair);
    msg[LEN - 2] = 9;
    assert_int_equal(TEE_AsymmetricDecrypt(d, NULL, 0, msg + LEN - 2, 2, ct, &n),
                     TEE_SUCCESS);
    assert_int_equal(n, LEN);
    assert_int_equal(TEE_AsymmetricEncrypt(e, NULL, 0, ct, LEN, out, &n), TEE_SUCCESS);
    assert_int_equal(n, LEN);
    assert_memory_equal(out, msg, LEN);
    memset(top, 0xff, LEN);
    assert_int_equal(TEE_AsymmetricEncrypt(e, NULL, 0, top, LEN, out, &n),
                     TEE_ERROR_BAD_PARAMETERS);
    assert_int_equal(TEE_AsymmetricDecrypt(d, NULL, 0, top, LEN, out, &n),
                     TEE_ERROR_BAD_PARAMETERS);
    TEE_FreeOperation(e);
    TEE_FreeOperation(d);
}

/* --- Panics --- */

static void nopad_needs_both_usages(void *arg)
{
    TEE_ObjectHandle k = help_rsa(512);
    (void)arg;
    TEE_RestrictObjectUsage1(k, TEE_USAGE_DECRYPT);
    help_operation(TEE_ALG_RSA_NOPAD, TEE_MODE_DECRYPT, k);
}

static void label_for_pkcs1(void *arg)
{
    uint8_t out[LEN];
    size_t n = LEN;
    TEE_Attribute a;
    TEE_InitRefAttribute(&a, TEE_ATTR_RSA_OAEP_LABEL, arg, 1);
    TEE_AsymmetricEncrypt(
        help_operation(TEE_ALG_RSAES_PKCS1_V1_5, TEE_MODE_ENCRYPT, pair), &a, 1, arg, 1,
        out, &n);
}

static void mask_hash_is_none(void *arg)
{
    uint32_t id = TEE_ALG_AES_GCM;
    uint8_t out[LEN];
    size_t n = LEN;
    TEE_Attribute a;
    TEE_InitRefAttribute(&a, TEE_ATTR_RSA_OAEP_MGF_HASH, &id, sizeof id);
    TEE_AsymmetricEncrypt(
        help_operation(TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA1, TEE_MODE_ENCRYPT, pair), &a, 1,
        arg, 1, out, &n);
}

static void decrypt_with_public(void *arg)
{
    (void)arg;
    help_operation(TEE_ALG_RSAES_PKCS1_V1_5, TEE_MODE_DECRYPT,
                   help_public(pair, TEE_TYPE_RSA_PUBLIC_KEY));
}

static void test_crypt_misuse_panics(void **state)
{
    (void)state;
    uint8_t bytes[8] = {1};
    assert_true(panics(nopad_needs_both_usages, bytes, "usage not allowed"));
    assert_true(panics(label_for_pkcs1, bytes, "has not"));
    assert_true(panics(mask_hash_is_none, bytes, "is no digest"));
    assert_true(panics(decrypt_with_public, bytes, "another type"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crypt_oaep_every_digest),
        cmocka_unit_test(test_crypt_oaep_label_and_mask_hash),
        cmocka_unit_test(test_crypt_pkcs1),
        cmocka_unit_test(test_crypt_bare_rsa),
        cmocka_unit_test(test_crypt_misuse_panics),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, make_pair, free_pair);
}
