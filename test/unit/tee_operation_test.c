/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state machine of operations, and a walk over the table of algorithms: each can be
 * allocated in the modes of its class and in no other, takes keys of its type and of no
 * other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "anchorhold_ta.h"
#include "operation.h"
#include "sim/sys_fake.h"
#include "sim/tee_help.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static bool mode_of_class(uint32_t class, uint32_t mode)
{
    switch (class) {
    case TEE_OPERATION_DIGEST:
        return mode == TEE_MODE_DIGEST;
    case TEE_OPERATION_MAC:
        return mode == TEE_MODE_MAC;
    case TEE_OPERATION_KEY_DERIVATION:
        return mode == TEE_MODE_DERIVE;
    case TEE_OPERATION_ASYMMETRIC_SIGNATURE:
        return mode == TEE_MODE_SIGN || mode == TEE_MODE_VERIFY;
    default:
        return mode == TEE_MODE_ENCRYPT || mode == TEE_MODE_DECRYPT;
    }
}

static void test_operation_every_algorithm_in_its_modes(void **state)
{
    (void)state;
    size_t count = 0;
    for (const struct alg *a; (a = alg_at(count)) != NULL; count++) {
        uint32_t id = a->id;
        assert_ptr_equal(alg_find(id), a); /* no id twice */
        const struct key_type *t = a->type ? type_find(a->type) : NULL;
        uint32_t bits = t ? t->max : 0;
        if (a->flags & ALG_TWO_KEYS)
            bits *= 2;
        if (a->curve && curve_find(a->curve))
            bits = curve_find(a->curve)->bits;
        for (uint32_t mode = 0; mode <= 7; mode++) {
            TEE_OperationHandle op;
            TEE_OperationInfo info;
            TEE_Result res = TEE_AllocateOperation(&op, id, mode, bits);
            assert_int_equal(res, mode_of_class(a->class, mode)
                                      ? TEE_SUCCESS
                                      : TEE_ERROR_NOT_SUPPORTED);
            if (res != TEE_SUCCESS)
                continue;
            TEE_GetOperationInfo(op, &info);
            assert_int_equal(info.algorithm, id);
            assert_int_equal(info.operationClass, a->class);
            assert_int_equal(info.keySize, 0);
            assert_int_equal(info.handleState & TEE_HANDLE_FLAG_KEY_SET,
                             t ? 0 : TEE_HANDLE_FLAG_KEY_SET);
            TEE_FreeOperation(op);
            if (t)
                assert_int_equal(TEE_AllocateOperation(&op, id, mode, t->max * 2u + 8u),
                                 TEE_ERROR_NOT_SUPPORTED);
        }
    }
    assert_true(count > 110);
}

static void test_operation_supported_with_curves(void **state)
{
    (void)state;
    static const struct {
        uint32_t alg, element;
        bool yes;
    } rows[] = {
        {TEE_ALG_SHA256, TEE_CRYPTO_ELEMENT_NONE, true},
        {TEE_ALG_SHA256, TEE_ECC_CURVE_NIST_P256, false},
        {TEE_ALG_ECDSA_SHA256, TEE_ECC_CURVE_NIST_P256, true},
        {TEE_ALG_ECDSA_SHA256, TEE_ECC_CURVE_NIST_P521, true},
        {TEE_ALG_ECDSA_SHA256, TEE_CRYPTO_ELEMENT_NONE, false},
        {TEE_ALG_ECDSA_SHA256, TEE_ECC_CURVE_SM2, false},
        {__OPTEE_ALG_ECDSA_P384, TEE_ECC_CURVE_NIST_P384, true},
        {__OPTEE_ALG_ECDSA_P384, TEE_ECC_CURVE_NIST_P256, false},
        {TEE_ALG_ED25519, TEE_ECC_CURVE_25519, true},
        {TEE_ALG_X25519, TEE_ECC_CURVE_25519, true},
        {TEE_ALG_X25519, TEE_ECC_CURVE_NIST_P256, false},
        {TEE_ALG_SM2_PKE, TEE_ECC_CURVE_SM2, false},
        {AH_ALG_AES_KW, TEE_CRYPTO_ELEMENT_NONE, true},
        {TEE_ALG_ILLEGAL_VALUE, TEE_CRYPTO_ELEMENT_NONE, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(TEE_IsAlgorithmSupported(rows[i].alg, rows[i].element),
                         rows[i].yes ? TEE_SUCCESS : TEE_ERROR_NOT_SUPPORTED);
}

static void test_operation_states(void **state)
{
    (void)state;
    static const uint8_t key[16] = {1}, iv[16] = {2}, data[16] = {3};
    uint8_t out[16];
    size_t n = sizeof out;
    TEE_OperationInfo info;
    TEE_ObjectHandle k = help_secret(TEE_TYPE_AES, key, 16);
    TEE_OperationHandle op;
    assert_int_equal(
        TEE_AllocateOperation(&op, TEE_ALG_AES_CBC_NOPAD, TEE_MODE_ENCRYPT, 256), 0);
    TEE_GetOperationInfo(op, &info);
    assert_int_equal(info.handleState, 0);
    assert_int_equal(info.requiredKeyUsage, TEE_USAGE_ENCRYPT);
    assert_int_equal(TEE_SetOperationKey(op, k), TEE_SUCCESS);
    TEE_FreeTransientObject(k); /* the operation holds the key */
    TEE_GetOperationInfo(op, &info);
    assert_int_equal(info.handleState, TEE_HANDLE_FLAG_KEY_SET);
    assert_int_equal(info.keySize, 128);
    assert_int_equal(info.maxKeySize, 256);
    TEE_CipherInit(op, iv, 16);
    TEE_GetOperationInfo(op, &info);
    assert_int_equal(info.handleState,
                     TEE_HANDLE_FLAG_KEY_SET | TEE_HANDLE_FLAG_INITIALIZED);
    TEE_CipherInit(op, iv, 16); /* starting anew is allowed */
    assert_int_equal(TEE_CipherDoFinal(op, data, 16, out, &n), TEE_SUCCESS);
    TEE_GetOperationInfo(op, &info);
    assert_int_equal(info.handleState, TEE_HANDLE_FLAG_KEY_SET);
    TEE_CipherInit(op, iv, 16);
    TEE_ResetOperation(op);
    assert_int_equal(TEE_SetOperationKey(op, TEE_HANDLE_NULL), TEE_SUCCESS);
    TEE_GetOperationInfo(op, &info);
    assert_int_equal(info.handleState, 0);
    TEE_FreeOperation(op);
    TEE_FreeOperation(TEE_HANDLE_NULL);
}

static void test_operation_two_keys(void **state)
{
    (void)state;
    static const uint8_t a[16] = {1}, b[16] = {2};
    uint8_t buf[sizeof(TEE_OperationInfoMultiple) + 2 * sizeof(TEE_OperationInfoKey)];
    TEE_OperationInfoMultiple *info = (void *)buf;
    size_t n = sizeof buf - 1;
    TEE_OperationHandle op;
    TEE_ObjectHandle k1 = help_secret(TEE_TYPE_AES, a, 16),
                     k2 = help_secret(TEE_TYPE_AES, b, 16);
    assert_int_equal(TEE_AllocateOperation(&op, TEE_ALG_AES_XTS, TEE_MODE_ENCRYPT, 384),
                     TEE_ERROR_NOT_SUPPORTED);
    assert_int_equal(TEE_AllocateOperation(&op, TEE_ALG_AES_XTS, TEE_MODE_ENCRYPT, 512),
                     0);
    assert_int_equal(TEE_SetOperationKey2(op, k1, k1), TEE_ERROR_SECURITY);
    assert_int_equal(TEE_SetOperationKey2(op, k1, k2), TEE_SUCCESS);
    assert_int_equal(TEE_GetOperationInfoMultiple(op, info, &n), TEE_ERROR_SHORT_BUFFER);
    assert_int_equal(n, sizeof buf);
    assert_int_equal(TEE_GetOperationInfoMultiple(op, info, &n), TEE_SUCCESS);
    assert_int_equal(info->numberOfKeys, 2);
    assert_int_equal(info->keyInformation[1].keySize, 128);
    assert_int_equal(info->keyInformation[1].requiredKeyUsage, TEE_USAGE_ENCRYPT);
    assert_int_equal(info->handleState,
                     TEE_HANDLE_FLAG_KEY_SET | TEE_HANDLE_FLAG_EXPECT_TWO_KEYS);
    TEE_OperationInfo one;
    TEE_GetOperationInfo(op, &one);
    assert_int_equal(one.keySize, 0);
    assert_int_equal(one.requiredKeyUsage, 0);
    TEE_FreeOperation(op);
    TEE_FreeTransientObject(k1);
    TEE_FreeTransientObject(k2);
}

/*
 * A key changed in the operation takes effect; the operation can be used for many
 * messages.
 */
static void test_operation_key_can_be_changed(void **state)
{
    (void)state;
    uint8_t md[32] = {1}, sig[64];
    TEE_ObjectHandle a = help_ec(TEE_TYPE_ECDSA_KEYPAIR, 3),
                     b = help_ec(TEE_TYPE_ECDSA_KEYPAIR, 3);
    TEE_OperationHandle s = help_operation(TEE_ALG_ECDSA_SHA256, TEE_MODE_SIGN, a);
    TEE_OperationHandle v = help_operation(TEE_ALG_ECDSA_SHA256, TEE_MODE_VERIFY, b);
    for (int i = 0; i < 3; i++) {
        size_t n = sizeof sig;
        assert_int_equal(TEE_SetOperationKey(s, i % 2 ? b : a), TEE_SUCCESS);
        assert_int_equal(TEE_AsymmetricSignDigest(s, NULL, 0, md, 32, sig, &n),
                         TEE_SUCCESS);
        assert_int_equal(TEE_AsymmetricVerifyDigest(v, NULL, 0, md, 32, sig, n),
                         i % 2 ? TEE_SUCCESS : TEE_ERROR_SIGNATURE_INVALID);
    }
    TEE_OperationHandle copy;
    size_t n = sizeof sig;
    assert_int_equal(
        TEE_AllocateOperation(&copy, TEE_ALG_ECDSA_SHA256, TEE_MODE_SIGN, 256), 0);
    assert_int_equal(TEE_SetOperationKey(s, b), TEE_SUCCESS);
    TEE_CopyOperation(copy, s);
    TEE_FreeOperation(s);
    assert_int_equal(TEE_AsymmetricSignDigest(copy, NULL, 0, md, 32, sig, &n),
                     TEE_SUCCESS);
    assert_int_equal(TEE_AsymmetricVerifyDigest(v, NULL, 0, md, 32, sig, n), TEE_SUCCESS);
    TEE_FreeOperation(copy);
    TEE_FreeOperation(v);
    TEE_FreeTransientObject(a);
    TEE_FreeTransientObject(b);
}

/* --- Panics --- */

static TEE_OperationHandle empty(uint32_t alg, uint32_t mode, uint32_t bits)
{
    TEE_OperationHandle op;
    TEE_AllocateOperation(&op, alg, mode, bits);
    return op;
}

static void set_key_while_active(void *arg)
{
    TEE_ObjectHandle k = help_secret(TEE_TYPE_AES, arg, 16);
    TEE_OperationHandle op = help_operation(TEE_ALG_AES_ECB_NOPAD, TEE_MODE_ENCRYPT, k);
    TEE_CipherInit(op, NULL, 0);
    TEE_SetOperationKey(op, k);
}

static void set_key_of_digest(void *arg)
{
    TEE_SetOperationKey(empty(TEE_ALG_SHA256, TEE_MODE_DIGEST, 0),
                        help_secret(TEE_TYPE_AES, arg, 16));
}

static void set_larger_key(void *arg)
{
    TEE_SetOperationKey(empty(TEE_ALG_AES_CTR, TEE_MODE_ENCRYPT, 128),
                        help_secret(TEE_TYPE_AES, arg, 32));
}

static void set_unusable_key(void *arg)
{
    TEE_ObjectHandle k = help_secret(TEE_TYPE_AES, arg, 16);
    TEE_RestrictObjectUsage1(k, ~TEE_USAGE_DECRYPT);
    TEE_SetOperationKey(empty(TEE_ALG_AES_CTR, TEE_MODE_DECRYPT, 128), k);
}

static void set_empty_key(void *arg)
{
    TEE_ObjectHandle k;
    (void)arg;
    TEE_AllocateTransientObject(TEE_TYPE_AES, 128, &k);
    TEE_SetOperationKey(empty(TEE_ALG_AES_CTR, TEE_MODE_DECRYPT, 128), k);
}

static void set_one_of_two(void *arg)
{
    TEE_SetOperationKey(empty(TEE_ALG_AES_XTS, TEE_MODE_ENCRYPT, 256),
                        help_secret(TEE_TYPE_AES, arg, 16));
}

static void set_two_of_one(void *arg)
{
    TEE_ObjectHandle k = help_secret(TEE_TYPE_AES, arg, 16);
    TEE_SetOperationKey2(empty(TEE_ALG_AES_CTR, TEE_MODE_ENCRYPT, 128), k, k);
}

static void reset_without_key(void *arg)
{
    (void)arg;
    TEE_ResetOperation(empty(TEE_ALG_AES_CTR, TEE_MODE_ENCRYPT, 128));
}

static void copy_other_mode(void *arg)
{
    (void)arg;
    TEE_CopyOperation(empty(TEE_ALG_AES_CTR, TEE_MODE_ENCRYPT, 128),
                      empty(TEE_ALG_AES_CTR, TEE_MODE_DECRYPT, 128));
}

static void copy_into_smaller(void *arg)
{
    TEE_CopyOperation(empty(TEE_ALG_AES_CTR, TEE_MODE_ENCRYPT, 128),
                      help_operation(TEE_ALG_AES_CTR, TEE_MODE_ENCRYPT,
                                     help_secret(TEE_TYPE_AES, arg, 32)));
}

static void object_as_operation(void *arg)
{
    TEE_ResetOperation((TEE_OperationHandle)(void *)help_secret(TEE_TYPE_AES, arg, 16));
}

static void test_operation_misuse_panics(void **state)
{
    (void)state;
    static const struct {
        void (*f)(void *);
        const char *why;
    } rows[] = {
        {set_key_while_active, "the operation is active"},
        {set_key_of_digest, "takes no key"},
        {set_larger_key, "larger than maxKeySize"},
        {set_unusable_key, "usage not allowed"},
        {set_empty_key, "has no key"},
        {set_one_of_two, "needs two keys"},
        {set_two_of_one, "takes one key"},
        {reset_without_key, "no key"},
        {copy_other_mode, "different operations"},
        {copy_into_smaller, "larger than maxKeySize"},
        {object_as_operation, "no operation"},
    };
    uint8_t bytes[32] = {1};
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_true(panics(rows[i].f, bytes, rows[i].why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operation_every_algorithm_in_its_modes),
        cmocka_unit_test(test_operation_supported_with_curves),
        cmocka_unit_test(test_operation_states),
        cmocka_unit_test(test_operation_two_keys),
        cmocka_unit_test(test_operation_key_can_be_changed),
        cmocka_unit_test(test_operation_misuse_panics),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
