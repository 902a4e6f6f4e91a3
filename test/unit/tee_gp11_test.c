/* SPDX-License-Identifier: BSD-2-Clause */
/* A source as it was written against GP 1.1: lengths of 32 bits, the old names of fields.
 */
#define TEE_CORE_API_REQUIRED_MAJOR_VERSION 1
#define TEE_CORE_API_REQUIRED_MINOR_VERSION 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "tee_internal_api.h"

static void test_gp11_lengths_of_32_bits(void **state)
{
    (void)state;
    struct {
        uint8_t hash[32];
        uint8_t guard[8];
    } out;
    uint32_t len = 4;
    TEE_Param param = {.memref = {out.hash, sizeof out.hash}};
    TEE_OperationHandle op;
    memset(&out, 0xa5, sizeof out);
    assert_int_equal(TEE_AllocateOperation(&op, TEE_ALG_SHA256, TEE_MODE_DIGEST, 0), 0);
    assert_int_equal(TEE_DigestDoFinal(op, "abc", 3, out.hash, &len),
                     TEE_ERROR_SHORT_BUFFER);
    assert_int_equal(len, 32);
    assert_int_equal(TEE_DigestDoFinal(op, "abc", 3, out.hash, &len), TEE_SUCCESS);
    assert_int_equal(out.hash[0], 0xba);
    assert_int_equal(out.guard[0], 0xa5);
    /* the length of a parameter is a size_t here and a uint32_t there: both compile */
    assert_int_equal(
        TEE_DigestDoFinal(op, "abc", 3, param.memref.buffer, &param.memref.size), 0);
    assert_int_equal(param.memref.size, 32);
    TEE_FreeOperation(op);
}

static void test_gp11_fields_and_ecdsa_names(void **state)
{
    (void)state;
    TEE_ObjectHandle key;
    TEE_ObjectInfo info;
    TEE_Attribute curve;
    TEE_OperationHandle op;
    uint8_t md[32] = {1}, sig[64];
    uint32_t len = sizeof sig;
    TEE_InitValueAttribute(&curve, TEE_ATTR_ECC_CURVE, TEE_ECC_CURVE_NIST_P256, 0);
    assert_int_equal(TEE_AllocateTransientObject(TEE_TYPE_ECDSA_KEYPAIR, 256, &key), 0);
    assert_int_equal(TEE_GenerateKey(key, 256, &curve, 1), TEE_SUCCESS);
    TEE_GetObjectInfo(key, &info);
    assert_int_equal(info.keySize, 256);
    assert_int_equal(info.maxKeySize, 256);
    assert_int_equal(TEE_AllocateOperation(&op, TEE_ALG_ECDSA_P256, TEE_MODE_SIGN, 256),
                     0);
    assert_int_equal(TEE_SetOperationKey(op, key), TEE_SUCCESS);
    assert_int_equal(TEE_AsymmetricSignDigest(op, NULL, 0, md, 32, sig, &len),
                     TEE_SUCCESS);
    assert_int_equal(len, 64);
    TEE_FreeOperation(op);
    TEE_FreeTransientObject(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gp11_lengths_of_32_bits),
        cmocka_unit_test(test_gp11_fields_and_ecdsa_names),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
