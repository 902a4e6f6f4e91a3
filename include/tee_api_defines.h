/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Constants of the GlobalPlatform TEE Internal Core API 1.3.1, and the names of its
 * earlier versions that trusted applications still use. Included by tee_internal_api.h;
 * ids that GP does not define are in tee_api_defines_extensions.h.
 */
#ifndef TEE_API_DEFINES_H
#define TEE_API_DEFINES_H

#include <stdint.h>

/* The version implemented (GP 1.3.1, section 4.7). */
#define TEE_CORE_API_MAJOR_VERSION       1u
#define TEE_CORE_API_MINOR_VERSION       3u
#define TEE_CORE_API_MAINTENANCE_VERSION 1u
#define TEE_CORE_API_VERSION             0x01030100u
#define TEE_CORE_API_1_3_1

/*
 * Results. A function answers only those that its description names; everything else
 * panics.
 */
#define TEE_SUCCESS                       0x00000000u
#define TEE_ERROR_CORRUPT_OBJECT          0xF0100001u
#define TEE_ERROR_CORRUPT_OBJECT_2        0xF0100002u
#define TEE_ERROR_STORAGE_NOT_AVAILABLE   0xF0100003u
#define TEE_ERROR_STORAGE_NOT_AVAILABLE_2 0xF0100004u
#define TEE_ERROR_UNSUPPORTED_VERSION     0xF0100005u
#define TEE_ERROR_CIPHERTEXT_INVALID      0xF0100006u
#define TEE_ERROR_GENERIC                 0xFFFF0000u
#define TEE_ERROR_ACCESS_DENIED           0xFFFF0001u
#define TEE_ERROR_CANCEL                  0xFFFF0002u
#define TEE_ERROR_ACCESS_CONFLICT         0xFFFF0003u
#define TEE_ERROR_EXCESS_DATA             0xFFFF0004u
#define TEE_ERROR_BAD_FORMAT              0xFFFF0005u
#define TEE_ERROR_BAD_PARAMETERS          0xFFFF0006u
#define TEE_ERROR_BAD_STATE               0xFFFF0007u
#define TEE_ERROR_ITEM_NOT_FOUND          0xFFFF0008u
#define TEE_ERROR_NOT_IMPLEMENTED         0xFFFF0009u
#define TEE_ERROR_NOT_SUPPORTED           0xFFFF000Au
#define TEE_ERROR_NO_DATA                 0xFFFF000Bu
#define TEE_ERROR_OUT_OF_MEMORY           0xFFFF000Cu
#define TEE_ERROR_BUSY                    0xFFFF000Du
#define TEE_ERROR_COMMUNICATION           0xFFFF000Eu
#define TEE_ERROR_SECURITY                0xFFFF000Fu
#define TEE_ERROR_SHORT_BUFFER            0xFFFF0010u
#define TEE_ERROR_EXTERNAL_CANCEL         0xFFFF0011u
#define TEE_ERROR_TIMEOUT                 0xFFFF3001u
#define TEE_ERROR_OVERFLOW                0xFFFF300Fu
#define TEE_ERROR_TARGET_DEAD             0xFFFF3024u
#define TEE_ERROR_STORAGE_NO_SPACE        0xFFFF3041u
#define TEE_ERROR_MAC_INVALID             0xFFFF3071u
#define TEE_ERROR_SIGNATURE_INVALID       0xFFFF3072u
#define TEE_ERROR_TIME_NOT_SET            0xFFFF5000u
#define TEE_ERROR_TIME_NEEDS_RESET        0xFFFF5001u

/* Types of the four parameters of an entry point, four bits each. */
#define TEE_PARAM_TYPE_NONE          0u
#define TEE_PARAM_TYPE_VALUE_INPUT   1u
#define TEE_PARAM_TYPE_VALUE_OUTPUT  2u
#define TEE_PARAM_TYPE_VALUE_INOUT   3u
#define TEE_PARAM_TYPE_MEMREF_INPUT  5u
#define TEE_PARAM_TYPE_MEMREF_OUTPUT 6u
#define TEE_PARAM_TYPE_MEMREF_INOUT  7u

/* How the client of a session identified itself. */
#define TEE_LOGIN_PUBLIC            0x00000000u
#define TEE_LOGIN_USER              0x00000001u
#define TEE_LOGIN_GROUP             0x00000002u
#define TEE_LOGIN_APPLICATION       0x00000004u
#define TEE_LOGIN_APPLICATION_USER  0x00000005u
#define TEE_LOGIN_APPLICATION_GROUP 0x00000006u
#define TEE_LOGIN_TRUSTED_APP       0xF0000000u

/* Where a result arose. */
#define TEE_ORIGIN_API         0x00000001u
#define TEE_ORIGIN_COMMS       0x00000002u
#define TEE_ORIGIN_TEE         0x00000003u
#define TEE_ORIGIN_TRUSTED_APP 0x00000004u

/* Property sets that always exist. */
#define TEE_PROPSET_TEE_IMPLEMENTATION ((TEE_PropSetHandle)(uintptr_t)0xFFFFFFFDu)
#define TEE_PROPSET_CURRENT_CLIENT     ((TEE_PropSetHandle)(uintptr_t)0xFFFFFFFEu)
#define TEE_PROPSET_CURRENT_TA         ((TEE_PropSetHandle)(uintptr_t)0xFFFFFFFFu)

/* Rights asked of TEE_CheckMemoryAccessRights; hints for TEE_Malloc. */
#define TEE_MEMORY_ACCESS_READ      0x00000001u
#define TEE_MEMORY_ACCESS_WRITE     0x00000002u
#define TEE_MEMORY_ACCESS_ANY_OWNER 0x00000004u
#define TEE_MALLOC_FILL_ZERO        0x00000000u
#define TEE_MALLOC_NO_FILL          0x00000001u
#define TEE_MALLOC_NO_SHARE         0x00000002u

/* Base of an offset in TEE_SeekObjectData. */
#define TEE_DATA_SEEK_SET 0x00000000u
#define TEE_DATA_SEEK_CUR 0x00000001u
#define TEE_DATA_SEEK_END 0x00000002u

/* What an operation does. */
#define TEE_MODE_ENCRYPT       0x00000000u
#define TEE_MODE_DECRYPT       0x00000001u
#define TEE_MODE_SIGN          0x00000002u
#define TEE_MODE_VERIFY        0x00000003u
#define TEE_MODE_MAC           0x00000004u
#define TEE_MODE_DIGEST        0x00000005u
#define TEE_MODE_DERIVE        0x00000006u
#define TEE_MODE_ILLEGAL_VALUE 0x7FFFFFFFu

/* Miscellaneous. */
#define TEE_NUM_PARAMS       4u
#define TEE_TIMEOUT_INFINITE 0xFFFFFFFFu
#define TEE_HANDLE_NULL      0

/* Storages of persistent objects. */
#define TEE_STORAGE_PRIVATE   0x00000001u
#define TEE_STORAGE_PERSO     0x00000002u
#define TEE_STORAGE_PROTECTED 0x00000003u

/* Flags for opening and creating persistent objects; limits. */
#define TEE_DATA_FLAG_ACCESS_READ       0x00000001u
#define TEE_DATA_FLAG_ACCESS_WRITE      0x00000002u
#define TEE_DATA_FLAG_ACCESS_WRITE_META 0x00000004u
#define TEE_DATA_FLAG_SHARE_READ        0x00000010u
#define TEE_DATA_FLAG_SHARE_WRITE       0x00000020u
#define TEE_DATA_FLAG_OVERWRITE         0x00000400u
#define TEE_DATA_MAX_POSITION           0xFFFFFFFFu
#define TEE_OBJECT_ID_MAX_LEN           64u

/* What a key may be used for. */
#define TEE_USAGE_EXTRACTABLE 0x00000001u
#define TEE_USAGE_ENCRYPT     0x00000002u
#define TEE_USAGE_DECRYPT     0x00000004u
#define TEE_USAGE_MAC         0x00000008u
#define TEE_USAGE_SIGN        0x00000010u
#define TEE_USAGE_VERIFY      0x00000020u
#define TEE_USAGE_DERIVE      0x00000040u

/* handleFlags of TEE_ObjectInfo, handleState of TEE_OperationInfo. */
#define TEE_HANDLE_FLAG_PERSISTENT      0x00010000u
#define TEE_HANDLE_FLAG_INITIALIZED     0x00020000u
#define TEE_HANDLE_FLAG_KEY_SET         0x00040000u
#define TEE_HANDLE_FLAG_EXPECT_TWO_KEYS 0x00080000u
#define TEE_HANDLE_FLAG_EXTRACTING      0x00100000u

/* operationState of TEE_OperationInfoMultiple. */
#define TEE_OPERATION_STATE_INITIAL    0x00000000u
#define TEE_OPERATION_STATE_ACTIVE     0x00000001u
#define TEE_OPERATION_STATE_EXTRACTING 0x00000002u

/* Classes of operations. */
#define TEE_OPERATION_CIPHER               1u
#define TEE_OPERATION_MAC                  3u
#define TEE_OPERATION_AE                   4u
#define TEE_OPERATION_DIGEST               5u
#define TEE_OPERATION_ASYMMETRIC_CIPHER    6u
#define TEE_OPERATION_ASYMMETRIC_SIGNATURE 7u
#define TEE_OPERATION_KEY_DERIVATION       8u

/* Algorithms. Bits 31:28 class, 23:20 hash of the mask generation, 15:12 hash, 11:8
 * chaining or padding, 7:0 main algorithm; a few ids do not follow the layout.
 * TEE_ALG_ECDSA_Pnnn and TEE_ALG_ECDH_Pnnn are the names of GP 1.1; the __OPTEE_ ids bind
 * a curve but no digest length. */
#define TEE_ALG_AES_ECB_NOPAD                  0x10000010u
#define TEE_ALG_AES_CBC_NOPAD                  0x10000110u
#define TEE_ALG_AES_CTR                        0x10000210u
#define TEE_ALG_AES_CTS                        0x10000310u
#define TEE_ALG_AES_XTS                        0x10000410u
#define TEE_ALG_AES_CBC_MAC_NOPAD              0x30000110u
#define TEE_ALG_AES_CBC_MAC_PKCS5              0x30000510u
#define TEE_ALG_AES_CMAC                       0x30000610u
#define TEE_ALG_AES_CCM                        0x40000710u
#define TEE_ALG_AES_GCM                        0x40000810u
#define TEE_ALG_DES_ECB_NOPAD                  0x10000011u
#define TEE_ALG_DES_CBC_NOPAD                  0x10000111u
#define TEE_ALG_DES_CBC_MAC_NOPAD              0x30000111u
#define TEE_ALG_DES_CBC_MAC_PKCS5              0x30000511u
#define TEE_ALG_DES3_ECB_NOPAD                 0x10000013u
#define TEE_ALG_DES3_CBC_NOPAD                 0x10000113u
#define TEE_ALG_DES3_CBC_MAC_NOPAD             0x30000113u
#define TEE_ALG_DES3_CBC_MAC_PKCS5             0x30000513u
#define TEE_ALG_SM4_ECB_NOPAD                  0x10000014u
#define TEE_ALG_SM4_CBC_NOPAD                  0x10000114u
#define TEE_ALG_SM4_CTR                        0x10000214u
#define TEE_ALG_RSASSA_PKCS1_V1_5_MD5          0x70001830u
#define TEE_ALG_RSASSA_PKCS1_V1_5_SHA1         0x70002830u
#define TEE_ALG_RSASSA_PKCS1_V1_5_SHA224       0x70003830u
#define TEE_ALG_RSASSA_PKCS1_V1_5_SHA256       0x70004830u
#define TEE_ALG_RSASSA_PKCS1_V1_5_SHA384       0x70005830u
#define TEE_ALG_RSASSA_PKCS1_V1_5_SHA512       0x70006830u
#define TEE_ALG_RSASSA_PKCS1_V1_5_MD5SHA1      0x7000F830u
#define TEE_ALG_RSASSA_PKCS1_V1_5_SHA3_224     0x70008830u
#define TEE_ALG_RSASSA_PKCS1_V1_5_SHA3_256     0x70009830u
#define TEE_ALG_RSASSA_PKCS1_V1_5_SHA3_384     0x7000A830u
#define TEE_ALG_RSASSA_PKCS1_V1_5_SHA3_512     0x7000B830u
#define TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA1     0x70212930u
#define TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA224   0x70313930u
#define TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA256   0x70414930u
#define TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA384   0x70515930u
#define TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA512   0x70616930u
#define TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA3_224 0x70818930u
#define TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA3_256 0x70919930u
#define TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA3_384 0x70A1A930u
#define TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA3_512 0x70B1B930u
#define TEE_ALG_RSAES_PKCS1_V1_5               0x60000130u
#define TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA1     0x60210230u
#define TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA224   0x60310230u
#define TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA256   0x60410230u
#define TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA384   0x60510230u
#define TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA512   0x60610230u
#define TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA3_224 0x60810230u
#define TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA3_256 0x60910230u
#define TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA3_384 0x60A10230u
#define TEE_ALG_RSAES_PKCS1_OAEP_MGF1_SHA3_512 0x60B10230u
#define TEE_ALG_RSA_NOPAD                      0x60000030u
#define TEE_ALG_DSA_SHA1                       0x70002131u
#define TEE_ALG_DSA_SHA224                     0x70003131u
#define TEE_ALG_DSA_SHA256                     0x70004131u
#define TEE_ALG_DSA_SHA3_224                   0x70008131u
#define TEE_ALG_DSA_SHA3_256                   0x70009131u
#define TEE_ALG_DSA_SHA3_384                   0x7000A131u
#define TEE_ALG_DSA_SHA3_512                   0x7000B131u
#define TEE_ALG_SM2_DSA_SM3                    0x70006045u
#define TEE_ALG_DH_DERIVE_SHARED_SECRET        0x80000032u
#define TEE_ALG_SM2_KEP                        0x60000045u
#define TEE_ALG_MD5                            0x50000001u
#define TEE_ALG_SHA1                           0x50000002u
#define TEE_ALG_SHA224                         0x50000003u
#define TEE_ALG_SHA256                         0x50000004u
#define TEE_ALG_SHA384                         0x50000005u
#define TEE_ALG_SHA512                         0x50000006u
#define TEE_ALG_SHA3_224                       0x50000008u
#define TEE_ALG_SHA3_256                       0x50000009u
#define TEE_ALG_SHA3_384                       0x5000000Au
#define TEE_ALG_SHA3_512                       0x5000000Bu
#define TEE_ALG_MD5SHA1                        0x5000000Fu
#define TEE_ALG_HMAC_MD5                       0x30000001u
#define TEE_ALG_HMAC_SHA1                      0x30000002u
#define TEE_ALG_HMAC_SHA224                    0x30000003u
#define TEE_ALG_HMAC_SHA256                    0x30000004u
#define TEE_ALG_HMAC_SHA384                    0x30000005u
#define TEE_ALG_HMAC_SHA512                    0x30000006u
#define TEE_ALG_HMAC_SM3                       0x30000007u
#define TEE_ALG_HMAC_SHA3_224                  0x30000008u
#define TEE_ALG_HMAC_SHA3_256                  0x30000009u
#define TEE_ALG_HMAC_SHA3_384                  0x3000000Au
#define TEE_ALG_HMAC_SHA3_512                  0x3000000Bu
#define __OPTEE_ALG_ECDSA_P192                 0x70001041u
#define __OPTEE_ALG_ECDSA_P224                 0x70002041u
#define __OPTEE_ALG_ECDSA_P256                 0x70003041u
#define __OPTEE_ALG_ECDSA_P384                 0x70004041u
#define __OPTEE_ALG_ECDSA_P521                 0x70005041u
#define __OPTEE_ALG_ECDH_P192                  0x80001042u
#define __OPTEE_ALG_ECDH_P224                  0x80002042u
#define __OPTEE_ALG_ECDH_P256                  0x80003042u
#define __OPTEE_ALG_ECDH_P384                  0x80004042u
#define __OPTEE_ALG_ECDH_P521                  0x80005042u
#define TEE_ALG_ECDSA_P192                     TEE_ALG_ECDSA_SHA1
#define TEE_ALG_ECDSA_P224                     TEE_ALG_ECDSA_SHA224
#define TEE_ALG_ECDSA_P256                     TEE_ALG_ECDSA_SHA256
#define TEE_ALG_ECDSA_P384                     TEE_ALG_ECDSA_SHA384
#define TEE_ALG_ECDSA_P521                     TEE_ALG_ECDSA_SHA512
#define TEE_ALG_ECDH_P192                      TEE_ALG_ECDH_DERIVE_SHARED_SECRET
#define TEE_ALG_ECDH_P224                      TEE_ALG_ECDH_DERIVE_SHARED_SECRET
#define TEE_ALG_ECDH_P256                      TEE_ALG_ECDH_DERIVE_SHARED_SECRET
#define TEE_ALG_ECDH_P384                      TEE_ALG_ECDH_DERIVE_SHARED_SECRET
#define TEE_ALG_ECDH_P521                      TEE_ALG_ECDH_DERIVE_SHARED_SECRET
#define TEE_ALG_ECDH_DERIVE_SHARED_SECRET      0x80000042u
#define TEE_ALG_ECDSA_SHA1                     0x70001042u
#define TEE_ALG_ECDSA_SHA224                   0x70002042u
#define TEE_ALG_ECDSA_SHA256                   0x70003042u
#define TEE_ALG_ECDSA_SHA384                   0x70004042u
#define TEE_ALG_ECDSA_SHA512                   0x70005042u
#define TEE_ALG_ECDSA_SHA3_224                 0x70006042u
#define TEE_ALG_ECDSA_SHA3_256                 0x70007042u
#define TEE_ALG_ECDSA_SHA3_384                 0x70008042u
#define TEE_ALG_ECDSA_SHA3_512                 0x70009042u
#define TEE_ALG_ED25519                        0x70006043u
#define TEE_ALG_ED448                          0x70006044u
#define TEE_ALG_SM2_PKE                        0x80000046u
#define TEE_ALG_HKDF                           0x80000047u
#define TEE_ALG_SM3                            0x50000007u
#define TEE_ALG_X25519                         0x80000044u
#define TEE_ALG_X448                           0x80000045u
#define TEE_ALG_SM4_ECB_PKCS5                  0x10000015u
#define TEE_ALG_SM4_CBC_PKCS5                  0x10000115u
#define TEE_ALG_ILLEGAL_VALUE                  0xEFFFFFFFu
#define TEE_ALG_SHAKE128                       0x50000101u
#define TEE_ALG_SHAKE256                       0x50000102u

/* Object types: 0xA0... public keys and secrets, 0xA1... key pairs. */
#define TEE_TYPE_AES                0xA0000010u
#define TEE_TYPE_DES                0xA0000011u
#define TEE_TYPE_DES3               0xA0000013u
#define TEE_TYPE_SM4                0xA0000014u
#define TEE_TYPE_HMAC_MD5           0xA0000001u
#define TEE_TYPE_HMAC_SHA1          0xA0000002u
#define TEE_TYPE_HMAC_SHA224        0xA0000003u
#define TEE_TYPE_HMAC_SHA256        0xA0000004u
#define TEE_TYPE_HMAC_SHA384        0xA0000005u
#define TEE_TYPE_HMAC_SHA512        0xA0000006u
#define TEE_TYPE_HMAC_SM3           0xA0000007u
#define TEE_TYPE_HMAC_SHA3_224      0xA0000008u
#define TEE_TYPE_HMAC_SHA3_256      0xA0000009u
#define TEE_TYPE_HMAC_SHA3_384      0xA000000Au
#define TEE_TYPE_HMAC_SHA3_512      0xA000000Bu
#define TEE_TYPE_RSA_PUBLIC_KEY     0xA0000030u
#define TEE_TYPE_RSA_KEYPAIR        0xA1000030u
#define TEE_TYPE_DSA_PUBLIC_KEY     0xA0000031u
#define TEE_TYPE_DSA_KEYPAIR        0xA1000031u
#define TEE_TYPE_DH_KEYPAIR         0xA1000032u
#define TEE_TYPE_ECDSA_PUBLIC_KEY   0xA0000041u
#define TEE_TYPE_ECDSA_KEYPAIR      0xA1000041u
#define TEE_TYPE_ECDH_PUBLIC_KEY    0xA0000042u
#define TEE_TYPE_ECDH_KEYPAIR       0xA1000042u
#define TEE_TYPE_ED25519_PUBLIC_KEY 0xA0000043u
#define TEE_TYPE_ED25519_KEYPAIR    0xA1000043u
#define TEE_TYPE_ED448_PUBLIC_KEY   0xA0000048u
#define TEE_TYPE_ED448_KEYPAIR      0xA1000048u
#define TEE_TYPE_X448_PUBLIC_KEY    0xA0000049u
#define TEE_TYPE_X448_KEYPAIR       0xA1000049u
#define TEE_TYPE_SM2_DSA_PUBLIC_KEY 0xA0000045u
#define TEE_TYPE_SM2_DSA_KEYPAIR    0xA1000045u
#define TEE_TYPE_SM2_KEP_PUBLIC_KEY 0xA0000046u
#define TEE_TYPE_SM2_KEP_KEYPAIR    0xA1000046u
#define TEE_TYPE_SM2_PKE_PUBLIC_KEY 0xA0000047u
#define TEE_TYPE_SM2_PKE_KEYPAIR    0xA1000047u
#define TEE_TYPE_HKDF               0xA000004Au
#define TEE_TYPE_GENERIC_SECRET     0xA0000000u
#define TEE_TYPE_CORRUPTED_OBJECT   0xA00000BEu
#define TEE_TYPE_DATA               0xA00000BFu
#define TEE_TYPE_X25519_PUBLIC_KEY  0xA0000044u
#define TEE_TYPE_X25519_KEYPAIR     0xA1000044u
#define TEE_TYPE_ILLEGAL_VALUE      0xEFFFFFFFu

/*
 * Attributes. Bit 29 (FLAG_VALUE) tells a value attribute from a buffer; bit 28
 * (FLAG_PUBLIC) one that may be read without TEE_USAGE_EXTRACTABLE.
 */
#define TEE_ATTR_SECRET_VALUE                 0xC0000000u
#define TEE_ATTR_RSA_MODULUS                  0xD0000130u
#define TEE_ATTR_RSA_PUBLIC_EXPONENT          0xD0000230u
#define TEE_ATTR_RSA_PRIVATE_EXPONENT         0xC0000330u
#define TEE_ATTR_RSA_PRIME1                   0xC0000430u
#define TEE_ATTR_RSA_PRIME2                   0xC0000530u
#define TEE_ATTR_RSA_EXPONENT1                0xC0000630u
#define TEE_ATTR_RSA_EXPONENT2                0xC0000730u
#define TEE_ATTR_RSA_COEFFICIENT              0xC0000830u
#define TEE_ATTR_DSA_PRIME                    0xD0001031u
#define TEE_ATTR_DSA_SUBPRIME                 0xD0001131u
#define TEE_ATTR_DSA_BASE                     0xD0001231u
#define TEE_ATTR_DSA_PUBLIC_VALUE             0xD0000131u
#define TEE_ATTR_DSA_PRIVATE_VALUE            0xC0000231u
#define TEE_ATTR_DH_PRIME                     0xD0001032u
#define TEE_ATTR_DH_SUBPRIME                  0xD0001132u
#define TEE_ATTR_DH_BASE                      0xD0001232u
#define TEE_ATTR_DH_X_BITS                    0xF0001332u
#define TEE_ATTR_DH_PUBLIC_VALUE              0xD0000132u
#define TEE_ATTR_DH_PRIVATE_VALUE             0xC0000232u
#define TEE_ATTR_RSA_OAEP_LABEL               0xD0000930u
#define TEE_ATTR_RSA_OAEP_MGF_HASH            0xD0000931u
#define TEE_ATTR_RSA_PSS_SALT_LENGTH          0xF0000A30u
#define TEE_ATTR_ECC_PUBLIC_VALUE_X           0xD0000141u
#define TEE_ATTR_ECC_PUBLIC_VALUE_Y           0xD0000241u
#define TEE_ATTR_ECC_PRIVATE_VALUE            0xC0000341u
#define TEE_ATTR_ECC_CURVE                    0xF0000441u
#define TEE_ATTR_SM2_ID_INITIATOR             0xD0000446u
#define TEE_ATTR_SM2_ID_RESPONDER             0xD0000546u
#define TEE_ATTR_SM2_KEP_USER                 0xF0000646u
#define TEE_ATTR_SM2_KEP_CONFIRMATION_IN      0xD0000746u
#define TEE_ATTR_SM2_KEP_CONFIRMATION_OUT     0xD0000846u
#define TEE_ATTR_ECC_EPHEMERAL_PUBLIC_VALUE_X 0xD0000146u
#define TEE_ATTR_ECC_EPHEMERAL_PUBLIC_VALUE_Y 0xD0000246u
#define TEE_ATTR_EDDSA_CTX                    0xD0000643u
#define TEE_ATTR_ED25519_PUBLIC_VALUE         0xD0000743u
#define TEE_ATTR_ED25519_PRIVATE_VALUE        0xC0000843u
#define TEE_ATTR_X25519_PUBLIC_VALUE          0xD0000944u
#define TEE_ATTR_X25519_PRIVATE_VALUE         0xC0000A44u
#define TEE_ATTR_EDDSA_PREHASH                0xF0000004u
#define TEE_ATTR_X448_PUBLIC_VALUE            0xD0000A45u
#define TEE_ATTR_X448_PRIVATE_VALUE           0xC0000A46u
#define TEE_ATTR_HKDF_SALT                    0xD0000946u
#define TEE_ATTR_HKDF_INFO                    0xD0000A46u
#define TEE_ATTR_HKDF_HASH_ALGORITHM          0xF0000B46u
#define TEE_ATTR_KDF_KEY_SIZE                 0xF0000C46u
#define TEE_ATTR_FLAG_PUBLIC                  0x10000000u
#define TEE_ATTR_FLAG_VALUE                   0x20000000u
#define TEE_ATTR_BIT_PROTECTED                TEE_ATTR_FLAG_PUBLIC
#define TEE_ATTR_BIT_VALUE                    TEE_ATTR_FLAG_VALUE

/* Curves, for TEE_ATTR_ECC_CURVE and TEE_IsAlgorithmSupported. */
#define TEE_CRYPTO_ELEMENT_NONE 0x00000000u
#define TEE_ECC_CURVE_NIST_P192 0x00000001u
#define TEE_ECC_CURVE_NIST_P224 0x00000002u
#define TEE_ECC_CURVE_NIST_P256 0x00000003u
#define TEE_ECC_CURVE_NIST_P384 0x00000004u
#define TEE_ECC_CURVE_NIST_P521 0x00000005u
#define TEE_ECC_CURVE_25519     0x00000300u
#define TEE_ECC_CURVE_SM2       0x00000400u

/* Which function panicked, in the log of a panic. */
#define TEE_PANIC_ID_TA_CLOSESESSIONENTRYPOINT              0x00000101u
#define TEE_PANIC_ID_TA_CREATEENTRYPOINT                    0x00000102u
#define TEE_PANIC_ID_TA_DESTROYENTRYPOINT                   0x00000103u
#define TEE_PANIC_ID_TA_INVOKECOMMANDENTRYPOINT             0x00000104u
#define TEE_PANIC_ID_TA_OPENSESSIONENTRYPOINT               0x00000105u
#define TEE_PANIC_ID_TEE_ALLOCATEPROPERTYENUMERATOR         0x00000201u
#define TEE_PANIC_ID_TEE_FREEPROPERTYENUMERATOR             0x00000202u
#define TEE_PANIC_ID_TEE_GETNEXTPROPERTY                    0x00000203u
#define TEE_PANIC_ID_TEE_GETPROPERTYASBINARYBLOCK           0x00000204u
#define TEE_PANIC_ID_TEE_GETPROPERTYASBOOL                  0x00000205u
#define TEE_PANIC_ID_TEE_GETPROPERTYASIDENTITY              0x00000206u
#define TEE_PANIC_ID_TEE_GETPROPERTYASSTRING                0x00000207u
#define TEE_PANIC_ID_TEE_GETPROPERTYASU32                   0x00000208u
#define TEE_PANIC_ID_TEE_GETPROPERTYASUUID                  0x00000209u
#define TEE_PANIC_ID_TEE_GETPROPERTYNAME                    0x0000020Au
#define TEE_PANIC_ID_TEE_RESETPROPERTYENUMERATOR            0x0000020Bu
#define TEE_PANIC_ID_TEE_STARTPROPERTYENUMERATOR            0x0000020Cu
#define TEE_PANIC_ID_TEE_PANIC                              0x00000301u
#define TEE_PANIC_ID_TEE_CLOSETASESSION                     0x00000401u
#define TEE_PANIC_ID_TEE_INVOKETACOMMAND                    0x00000402u
#define TEE_PANIC_ID_TEE_OPENTASESSION                      0x00000403u
#define TEE_PANIC_ID_TEE_GETCANCELLATIONFLAG                0x00000501u
#define TEE_PANIC_ID_TEE_MASKCANCELLATION                   0x00000502u
#define TEE_PANIC_ID_TEE_UNMASKCANCELLATION                 0x00000503u
#define TEE_PANIC_ID_TEE_CHECKMEMORYACCESSRIGHTS            0x00000601u
#define TEE_PANIC_ID_TEE_FREE                               0x00000602u
#define TEE_PANIC_ID_TEE_GETINSTANCEDATA                    0x00000603u
#define TEE_PANIC_ID_TEE_MALLOC                             0x00000604u
#define TEE_PANIC_ID_TEE_MEMCOMPARE                         0x00000605u
#define TEE_PANIC_ID_TEE_MEMFILL                            0x00000606u
#define TEE_PANIC_ID_TEE_MEMMOVE                            0x00000607u
#define TEE_PANIC_ID_TEE_REALLOC                            0x00000608u
#define TEE_PANIC_ID_TEE_SETINSTANCEDATA                    0x00000609u
#define TEE_PANIC_ID_TEE_CLOSEOBJECT                        0x00000701u
#define TEE_PANIC_ID_TEE_GETOBJECTBUFFERATTRIBUTE           0x00000702u
#define TEE_PANIC_ID_TEE_GETOBJECTINFO                      0x00000703u
#define TEE_PANIC_ID_TEE_GETOBJECTVALUEATTRIBUTE            0x00000704u
#define TEE_PANIC_ID_TEE_RESTRICTOBJECTUSAGE                0x00000705u
#define TEE_PANIC_ID_TEE_GETOBJECTINFO1                     0x00000706u
#define TEE_PANIC_ID_TEE_RESTRICTOBJECTUSAGE1               0x00000707u
#define TEE_PANIC_ID_TEE_ALLOCATETRANSIENTOBJECT            0x00000801u
#define TEE_PANIC_ID_TEE_COPYOBJECTATTRIBUTES               0x00000802u
#define TEE_PANIC_ID_TEE_FREETRANSIENTOBJECT                0x00000803u
#define TEE_PANIC_ID_TEE_GENERATEKEY                        0x00000804u
#define TEE_PANIC_ID_TEE_INITREFATTRIBUTE                   0x00000805u
#define TEE_PANIC_ID_TEE_INITVALUEATTRIBUTE                 0x00000806u
#define TEE_PANIC_ID_TEE_POPULATETRANSIENTOBJECT            0x00000807u
#define TEE_PANIC_ID_TEE_RESETTRANSIENTOBJECT               0x00000808u
#define TEE_PANIC_ID_TEE_COPYOBJECTATTRIBUTES1              0x00000809u
#define TEE_PANIC_ID_TEE_CLOSEANDDELETEPERSISTENTOBJECT     0x00000901u
#define TEE_PANIC_ID_TEE_CREATEPERSISTENTOBJECT             0x00000902u
#define TEE_PANIC_ID_TEE_OPENPERSISTENTOBJECT               0x00000903u
#define TEE_PANIC_ID_TEE_RENAMEPERSISTENTOBJECT             0x00000904u
#define TEE_PANIC_ID_TEE_CLOSEANDDELETEPERSISTENTOBJECT1    0x00000905u
#define TEE_PANIC_ID_TEE_ALLOCATEPERSISTENTOBJECTENUMERATOR 0x00000A01u
#define TEE_PANIC_ID_TEE_FREEPERSISTENTOBJECTENUMERATOR     0x00000A02u
#define TEE_PANIC_ID_TEE_GETNEXTPERSISTENTOBJECT            0x00000A03u
#define TEE_PANIC_ID_TEE_RESETPERSISTENTOBJECTENUMERATOR    0x00000A04u
#define TEE_PANIC_ID_TEE_STARTPERSISTENTOBJECTENUMERATOR    0x00000A05u
#define TEE_PANIC_ID_TEE_READOBJECTDATA                     0x00000B01u
#define TEE_PANIC_ID_TEE_SEEKOBJECTDATA                     0x00000B02u
#define TEE_PANIC_ID_TEE_TRUNCATEOBJECTDATA                 0x00000B03u
#define TEE_PANIC_ID_TEE_WRITEOBJECTDATA                    0x00000B04u
#define TEE_PANIC_ID_TEE_ALLOCATEOPERATION                  0x00000C01u
#define TEE_PANIC_ID_TEE_COPYOPERATION                      0x00000C02u
#define TEE_PANIC_ID_TEE_FREEOPERATION                      0x00000C03u
#define TEE_PANIC_ID_TEE_GETOPERATIONINFO                   0x00000C04u
#define TEE_PANIC_ID_TEE_RESETOPERATION                     0x00000C05u
#define TEE_PANIC_ID_TEE_SETOPERATIONKEY                    0x00000C06u
#define TEE_PANIC_ID_TEE_SETOPERATIONKEY2                   0x00000C07u
#define TEE_PANIC_ID_TEE_GETOPERATIONINFOMULTIPLE           0x00000C08u
#define TEE_PANIC_ID_TEE_DIGESTDOFINAL                      0x00000D01u
#define TEE_PANIC_ID_TEE_DIGESTUPDATE                       0x00000D02u
#define TEE_PANIC_ID_TEE_CIPHERDOFINAL                      0x00000E01u
#define TEE_PANIC_ID_TEE_CIPHERINIT                         0x00000E02u
#define TEE_PANIC_ID_TEE_CIPHERUPDATE                       0x00000E03u
#define TEE_PANIC_ID_TEE_MACCOMPAREFINAL                    0x00000F01u
#define TEE_PANIC_ID_TEE_MACCOMPUTEFINAL                    0x00000F02u
#define TEE_PANIC_ID_TEE_MACINIT                            0x00000F03u
#define TEE_PANIC_ID_TEE_MACUPDATE                          0x00000F04u
#define TEE_PANIC_ID_TEE_AEDECRYPTFINAL                     0x00001001u
#define TEE_PANIC_ID_TEE_AEENCRYPTFINAL                     0x00001002u
#define TEE_PANIC_ID_TEE_AEINIT                             0x00001003u
#define TEE_PANIC_ID_TEE_AEUPDATE                           0x00001004u
#define TEE_PANIC_ID_TEE_AEUPDATEAAD                        0x00001005u
#define TEE_PANIC_ID_TEE_ASYMMETRICDECRYPT                  0x00001101u
#define TEE_PANIC_ID_TEE_ASYMMETRICENCRYPT                  0x00001102u
#define TEE_PANIC_ID_TEE_ASYMMETRICSIGNDIGEST               0x00001103u
#define TEE_PANIC_ID_TEE_ASYMMETRICVERIFYDIGEST             0x00001104u
#define TEE_PANIC_ID_TEE_DERIVEKEY                          0x00001201u
#define TEE_PANIC_ID_TEE_GENERATERANDOM                     0x00001301u
#define TEE_PANIC_ID_TEE_GETREETIME                         0x00001401u
#define TEE_PANIC_ID_TEE_GETSYSTEMTIME                      0x00001402u
#define TEE_PANIC_ID_TEE_GETTAPERSISTENTTIME                0x00001403u
#define TEE_PANIC_ID_TEE_SETTAPERSISTENTTIME                0x00001404u
#define TEE_PANIC_ID_TEE_WAIT                               0x00001405u
#define TEE_PANIC_ID_TEE_BIGINTFMMCONTEXTSIZEINU32          0x00001501u
#define TEE_PANIC_ID_TEE_BIGINTFMMSIZEINU32                 0x00001502u
#define TEE_PANIC_ID_TEE_BIGINTINIT                         0x00001601u
#define TEE_PANIC_ID_TEE_BIGINTINITFMM                      0x00001602u
#define TEE_PANIC_ID_TEE_BIGINTINITFMMCONTEXT               0x00001603u
#define TEE_PANIC_ID_TEE_BIGINTCONVERTFROMOCTETSTRING       0x00001701u
#define TEE_PANIC_ID_TEE_BIGINTCONVERTFROMS32               0x00001702u
#define TEE_PANIC_ID_TEE_BIGINTCONVERTTOOCTETSTRING         0x00001703u
#define TEE_PANIC_ID_TEE_BIGINTCONVERTTOS32                 0x00001704u
#define TEE_PANIC_ID_TEE_BIGINTCMP                          0x00001801u
#define TEE_PANIC_ID_TEE_BIGINTCMPS32                       0x00001802u
#define TEE_PANIC_ID_TEE_BIGINTGETBIT                       0x00001803u
#define TEE_PANIC_ID_TEE_BIGINTGETBITCOUNT                  0x00001804u
#define TEE_PANIC_ID_TEE_BIGINTSHIFTRIGHT                   0x00001805u
#define TEE_PANIC_ID_TEE_BIGINTADD                          0x00001901u
#define TEE_PANIC_ID_TEE_BIGINTDIV                          0x00001902u
#define TEE_PANIC_ID_TEE_BIGINTMUL                          0x00001903u
#define TEE_PANIC_ID_TEE_BIGINTNEG                          0x00001904u
#define TEE_PANIC_ID_TEE_BIGINTSQUARE                       0x00001905u
#define TEE_PANIC_ID_TEE_BIGINTSUB                          0x00001906u
#define TEE_PANIC_ID_TEE_BIGINTADDMOD                       0x00001A01u
#define TEE_PANIC_ID_TEE_BIGINTINVMOD                       0x00001A02u
#define TEE_PANIC_ID_TEE_BIGINTMOD                          0x00001A03u
#define TEE_PANIC_ID_TEE_BIGINTMULMOD                       0x00001A04u
#define TEE_PANIC_ID_TEE_BIGINTSQUAREMOD                    0x00001A05u
#define TEE_PANIC_ID_TEE_BIGINTSUBMOD                       0x00001A06u
#define TEE_PANIC_ID_TEE_BIGINTCOMPUTEEXTENDEDGCD           0x00001B01u
#define TEE_PANIC_ID_TEE_BIGINTISPROBABLEPRIME              0x00001B02u
#define TEE_PANIC_ID_TEE_BIGINTRELATIVEPRIME                0x00001B03u
#define TEE_PANIC_ID_TEE_BIGINTCOMPUTEFMM                   0x00001C01u
#define TEE_PANIC_ID_TEE_BIGINTCONVERTFROMFMM               0x00001C02u
#define TEE_PANIC_ID_TEE_BIGINTCONVERTTOFMM                 0x00001C03u

/* Out of range on purpose: makes the enumerations 32 bits wide. */
#define TEE_WHENCE_ILLEGAL_VALUE 0x7FFFFFFFu

/* Four parameter types packed into a word, and one of them taken out again. */
#define TEE_PARAM_TYPES(t0, t1, t2, t3)                                                  \
    ((uint32_t)(t0) | (uint32_t)(t1) << 4 | (uint32_t)(t2) << 8 | (uint32_t)(t3) << 12)
#define TEE_PARAM_TYPE_GET(types, i) (((uint32_t)(types) >> ((i)*4u)) & 0xFu)
#define TEE_PARAM_TYPE_SET(type, i)  (((uint32_t)(type)&0xFu) << ((i)*4u))

/* Words of a TEE_BigInt for n bits: magnitude, and two words of bookkeeping. */
#define TEE_BigIntSizeInU32(n) ((((n) + 31) / 32) + 2)

#endif
