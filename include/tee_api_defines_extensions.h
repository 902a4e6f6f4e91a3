/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ids that GP does not define but OP-TEE's trusted applications use, with OP-TEE's
 * values. Anchorhold's own are in anchorhold_ta.h.
 *
 *   HKDF, CONCAT_KDF, PBKDF2   key derivation with TEE_DeriveKey; the secret is an object
 * of the type TEE_TYPE_..., the parameters are the attributes TEE_ATTR_...
 *   RSASSA_PKCS1_V1_5          PKCS#1 v1.5 padding over exactly the bytes given, without
 * DigestInfo ECDSA_Pnnn, ECDH_Pnnn      (__OPTEE_ALG_...) bound to a curve, not to a
 * digest length
 */
#ifndef TEE_API_DEFINES_EXTENSIONS_H
#define TEE_API_DEFINES_EXTENSIONS_H

#define __OPTEE_SM2_KEP_ATTR_ECC_EPHEMERAL_PUBLIC_VALUE_X 0xD0000946u
#define __OPTEE_SM2_KEP_ATTR_ECC_EPHEMERAL_PUBLIC_VALUE_Y 0xD0000A46u
#define TEE_ALG_RSASSA_PKCS1_PSS_MGF1_MD5                 0xF0111930u
#define TEE_ALG_RSAES_PKCS1_OAEP_MGF1_MD5                 0xF0110230u
#define TEE_ERROR_DEFER_DRIVER_INIT                       0x80000000u
#define TEE_ERROR_NODE_DISABLED                           0x80000001u
#define TEE_ALG_HKDF_MD5_DERIVE_KEY                       0x800010C0u
#define TEE_ALG_HKDF_SHA1_DERIVE_KEY                      0x800020C0u
#define TEE_ALG_HKDF_SHA224_DERIVE_KEY                    0x800030C0u
#define TEE_ALG_HKDF_SHA256_DERIVE_KEY                    0x800040C0u
#define TEE_ALG_HKDF_SHA384_DERIVE_KEY                    0x800050C0u
#define TEE_ALG_HKDF_SHA512_DERIVE_KEY                    0x800060C0u
#define TEE_TYPE_HKDF_IKM                                 0xA10000C0u
#define TEE_ATTR_HKDF_IKM                                 0xC00001C0u
#define __OPTEE_TEE_ATTR_HKDF_SALT                        0xD00002C0u
#define __OPTEE_ATTR_HKDF_INFO                            0xD00003C0u
#define TEE_ATTR_HKDF_OKM_LENGTH                          0xF00004C0u
#define TEE_ALG_CONCAT_KDF_SHA1_DERIVE_KEY                0x800020C1u
#define TEE_ALG_CONCAT_KDF_SHA224_DERIVE_KEY              0x800030C1u
#define TEE_ALG_CONCAT_KDF_SHA256_DERIVE_KEY              0x800040C1u
#define TEE_ALG_CONCAT_KDF_SHA384_DERIVE_KEY              0x800050C1u
#define TEE_ALG_CONCAT_KDF_SHA512_DERIVE_KEY              0x800060C1u
#define TEE_TYPE_CONCAT_KDF_Z                             0xA10000C1u
#define TEE_ATTR_CONCAT_KDF_Z                             0xC00001C1u
#define TEE_ATTR_CONCAT_KDF_OTHER_INFO                    0xD00002C1u
#define TEE_ATTR_CONCAT_KDF_DKM_LENGTH                    0xF00003C1u
#define TEE_ALG_PBKDF2_HMAC_SHA1_DERIVE_KEY               0x800020C2u
#define TEE_ALG_PBKDF2_HMAC_SHA224_DERIVE_KEY             0x800030C2u
#define TEE_ALG_PBKDF2_HMAC_SHA256_DERIVE_KEY             0x800040C2u
#define TEE_ALG_PBKDF2_HMAC_SHA384_DERIVE_KEY             0x800050C2u
#define TEE_ALG_PBKDF2_HMAC_SHA512_DERIVE_KEY             0x800060C2u
#define TEE_ALG_PBKDF2_HMAC_SM3_DERIVE_KEY                0x800070C2u
#define TEE_TYPE_PBKDF2_PASSWORD                          0xA10000C2u
#define TEE_ATTR_PBKDF2_PASSWORD                          0xC00001C2u
#define TEE_ATTR_PBKDF2_SALT                              0xD00002C2u
#define TEE_ATTR_PBKDF2_ITERATION_COUNT                   0xF00003C2u
#define TEE_ATTR_PBKDF2_DKM_LENGTH                        0xF00004C2u
#define TEE_ALG_RSASSA_PKCS1_V1_5                         0xF0000830u
#define TEE_ALG_DES3_CMAC                                 0xF0000613u
#define TEE_ALG_SM4_XTS                                   0xF0000414u
#define TEE_STORAGE_PRIVATE_REE                           0x80000000u
#define TEE_STORAGE_PRIVATE_RPMB                          0x80000100u
#define TEE_STORAGE_PRIVATE_SQL_RESERVED                  0x80000200u
#define TEE_MEMORY_ACCESS_NONSECURE                       0x10000000u
#define TEE_MEMORY_ACCESS_SECURE                          0x20000000u
#define TEE_LOGIN_REE_KERNEL                              0x80000000u

#endif
