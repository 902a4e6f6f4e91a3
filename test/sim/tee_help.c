/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys and operations for tests. */
#include "tee_help.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static uint32_t secret_attribute(uint32_t type)
{
    switch (type) {
    case TEE_TYPE_HKDF_IKM:
        return TEE_ATTR_HKDF_IKM;
    case TEE_TYPE_CONCAT_KDF_Z:
        return TEE_ATTR_CONCAT_KDF_Z;
    case TEE_TYPE_PBKDF2_PASSWORD:
        return TEE_ATTR_PBKDF2_PASSWORD;
    default:
        return TEE_ATTR_SECRET_VALUE;
    }
}

TEE_ObjectHandle help_secret(uint32_t type, const void *p, size_t len)
{
    TEE_ObjectHandle o;
    TEE_Attribute a;
    assert_int_equal(TEE_AllocateTransientObject(type, (uint32_t)(len * 8), &o),
                     TEE_SUCCESS);
    TEE_InitRefAttribute(&a, secret_attribute(type), p, len);
    assert_int_equal(TEE_PopulateTransientObject(o, &a, 1), TEE_SUCCESS);
    return o;
}

TEE_ObjectHandle help_rsa(uint32_t bits)
{
    TEE_ObjectHandle o;
    assert_int_equal(TEE_AllocateTransientObject(TEE_TYPE_RSA_KEYPAIR, bits, &o),
                     TEE_SUCCESS);
    assert_int_equal(TEE_GenerateKey(o, bits, NULL, 0), TEE_SUCCESS);
    return o;
}

static uint32_t curve_bits(uint32_t curve)
{
    static const uint32_t bits[] = {0, 192, 224, 256, 384, 521};
    return bits[curve];
}

TEE_ObjectHandle help_ec(uint32_t type, uint32_t curve)
{
    TEE_ObjectHandle o;
    TEE_Attribute a;
    TEE_InitValueAttribute(&a, TEE_ATTR_ECC_CURVE, curve, 0);
    assert_int_equal(TEE_AllocateTransientObject(type, curve_bits(curve), &o),
                     TEE_SUCCESS);
    assert_int_equal(TEE_GenerateKey(o, curve_bits(curve), &a, 1), TEE_SUCCESS);
    return o;
}

TEE_ObjectHandle help_public(TEE_ObjectHandle pair, uint32_t type)
{
    TEE_ObjectHandle o;
    assert_int_equal(TEE_AllocateTransientObject(type, help_bits(pair), &o), TEE_SUCCESS);
    assert_int_equal(TEE_CopyObjectAttributes1(o, pair), TEE_SUCCESS);
    return o;
}

TEE_Result help_point(TEE_ObjectHandle *o, uint32_t type, uint32_t curve, const void *x,
                      size_t x_len, const void *y, size_t y_len)
{
    TEE_Attribute a[3];
    TEE_InitRefAttribute(&a[0], TEE_ATTR_ECC_PUBLIC_VALUE_X, x, x_len);
    TEE_InitRefAttribute(&a[1], TEE_ATTR_ECC_PUBLIC_VALUE_Y, y, y_len);
    TEE_InitValueAttribute(&a[2], TEE_ATTR_ECC_CURVE, curve, 0);
    assert_int_equal(TEE_AllocateTransientObject(type, curve_bits(curve), o),
                     TEE_SUCCESS);
    return TEE_PopulateTransientObject(*o, a, 3);
}

TEE_OperationHandle help_operation(uint32_t algorithm, uint32_t mode,
                                   TEE_ObjectHandle key)
{
    TEE_OperationHandle op;
    uint32_t bits = key ? help_bits(key) : 0;
    assert_int_equal(TEE_AllocateOperation(&op, algorithm, mode, bits), TEE_SUCCESS);
    if (key)
        assert_int_equal(TEE_SetOperationKey(op, key), TEE_SUCCESS);
    return op;
}

uint32_t help_bits(TEE_ObjectHandle o)
{
    TEE_ObjectInfo info;
    assert_int_equal(TEE_GetObjectInfo1(o, &info), TEE_SUCCESS);
    return info.objectSize;
}
