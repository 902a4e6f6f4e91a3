/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PKCS#11 as Anchorhold's module speaks it: <p11-kit/pkcs11.h> (PKCS#11 2.40), and what
 * PKCS#11 3.0 and 3.1 add to it and this version of that header lacks. Include this
 * instead of that one.
 *
 * The module offers the interface "PKCS 11" in versions 2.40 and 3.0 through
 * C_GetInterface; in both a function that the token cannot do answers
 * CKR_FUNCTION_NOT_SUPPORTED, none is NULL. The interfaces carry no
 * CKF_INTERFACE_FORK_SAFE: in a child of fork() every function answers
 * CKR_CRYPTOKI_NOT_INITIALIZED until it calls C_Initialize, which works there as
 * anywhere.
 */
#ifndef ANCHORHOLD_PKCS11_H
#define ANCHORHOLD_PKCS11_H

#include <p11-kit/pkcs11.h>

/* Names that p11-kit's header leaves behind as macros. */
#undef hash_alg
#undef s_len
#undef source_data
#undef source_data_len
#undef counter_bits
#undef iv_ptr
#undef iv_len
#undef iv_bits
#undef aad_ptr
#undef aad_len
#undef tag_bits
#undef shared_data_len
#undef shared_data
#undef public_data_len
#undef public_data
#undef string_data
#undef string_data_len
#undef data_params

/* Two return codes have other numbers there than in the standard. */
#undef CKR_PIN_TOO_WEAK
#undef CKR_PUBLIC_KEY_INVALID
#define CKR_PIN_TOO_WEAK       (0x1b8UL)
#define CKR_PUBLIC_KEY_INVALID (0x1b9UL)

#if CRYPTOKI_VERSION_MAJOR < 3

#define CKF_ERROR_STATE (1UL << 24) /* of a token */

#define CKF_EC_F_2M         (1UL << 21)
#define CKF_EC_ECPARAMETERS (1UL << 22)
#define CKF_EC_CURVENAME    (1UL << 26)

#define CKO_PROFILE 9UL

#define CKA_UNIQUE_ID  4UL
#define CKA_PROFILE_ID 0x601UL

#define CKP_BASELINE_PROVIDER         1UL
#define CKP_EXTENDED_PROVIDER         2UL
#define CKP_AUTHENTICATION_TOKEN      3UL
#define CKP_PUBLIC_CERTIFICATES_TOKEN 4UL

#define CKK_SHA3_224_HMAC 0x33UL
#define CKK_SHA3_256_HMAC 0x34UL
#define CKK_SHA3_384_HMAC 0x35UL
#define CKK_SHA3_512_HMAC 0x36UL
#define CKK_EC_MONTGOMERY 0x41UL
#define CKK_HKDF          0x42UL

#define CKM_SHA3_256_RSA_PKCS          0x60UL
#define CKM_SHA3_384_RSA_PKCS          0x61UL
#define CKM_SHA3_512_RSA_PKCS          0x62UL
#define CKM_SHA3_256_RSA_PKCS_PSS      0x63UL
#define CKM_SHA3_384_RSA_PKCS_PSS      0x64UL
#define CKM_SHA3_512_RSA_PKCS_PSS      0x65UL
#define CKM_SHA3_224_RSA_PKCS          0x66UL
#define CKM_SHA3_224_RSA_PKCS_PSS      0x67UL
#define CKM_SHA3_256                   0x2b0UL
#define CKM_SHA3_256_HMAC              0x2b1UL
#define CKM_SHA3_256_HMAC_GENERAL      0x2b2UL
#define CKM_SHA3_256_KEY_GEN           0x2b3UL
#define CKM_SHA3_224                   0x2b5UL
#define CKM_SHA3_224_HMAC              0x2b6UL
#define CKM_SHA3_224_HMAC_GENERAL      0x2b7UL
#define CKM_SHA3_224_KEY_GEN           0x2b8UL
#define CKM_SHA3_384                   0x2c0UL
#define CKM_SHA3_384_HMAC              0x2c1UL
#define CKM_SHA3_384_HMAC_GENERAL      0x2c2UL
#define CKM_SHA3_384_KEY_GEN           0x2c3UL
#define CKM_SHA3_512                   0x2d0UL
#define CKM_SHA3_512_HMAC              0x2d1UL
#define CKM_SHA3_512_HMAC_GENERAL      0x2d2UL
#define CKM_SHA3_512_KEY_GEN           0x2d3UL
#define CKM_ECDSA_SHA3_224             0x1047UL
#define CKM_ECDSA_SHA3_256             0x1048UL
#define CKM_ECDSA_SHA3_384             0x1049UL
#define CKM_ECDSA_SHA3_512             0x104aUL
#define CKM_EC_MONTGOMERY_KEY_PAIR_GEN 0x1056UL
#define CKM_AES_XTS                    0x1071UL
#define CKM_AES_XTS_KEY_GEN            0x1072UL
#define CKM_AES_KEY_WRAP_KWP           0x210bUL
#define CKM_AES_KEY_WRAP_PKCS7         0x210cUL
#define CKM_SHA_1_KEY_GEN              0x4003UL
#define CKM_SHA224_KEY_GEN             0x4004UL
#define CKM_SHA256_KEY_GEN             0x4005UL
#define CKM_SHA384_KEY_GEN             0x4006UL
#define CKM_SHA512_KEY_GEN             0x4007UL
#define CKM_HKDF_DERIVE                0x402aUL
#define CKM_HKDF_DATA                  0x402bUL
#define CKM_HKDF_KEY_GEN               0x402cUL

#define CKG_MGF1_SHA3_224 6UL
#define CKG_MGF1_SHA3_256 7UL
#define CKG_MGF1_SHA3_384 8UL
#define CKG_MGF1_SHA3_512 9UL

#define CKD_SHA1_KDF_SP800   0x0eUL
#define CKD_SHA224_KDF_SP800 0x0fUL
#define CKD_SHA256_KDF_SP800 0x10UL
#define CKD_SHA384_KDF_SP800 0x11UL
#define CKD_SHA512_KDF_SP800 0x12UL

#define CKR_AEAD_DECRYPT_FAILED     0x42UL
#define CKR_TOKEN_RESOURCE_EXCEEDED 0x201UL
#define CKR_OPERATION_CANCEL_FAILED 0x202UL
#define CKR_KEY_EXHAUSTED           0x203UL

/* Flags of C_SessionCancel (with CKF_ENCRYPT and its like) and of message functions. */
#define CKF_END_OF_MESSAGE  1UL
#define CKF_MESSAGE_ENCRYPT (1UL << 1)
#define CKF_MESSAGE_DECRYPT (1UL << 2)
#define CKF_MESSAGE_SIGN    (1UL << 3)
#define CKF_MESSAGE_VERIFY  (1UL << 4)
#define CKF_MULTI_MESSAGE   (1UL << 5)
#define CKF_FIND_OBJECTS    (1UL << 6)

#define CKF_INTERFACE_FORK_SAFE 1UL

typedef struct {
    CK_ULONG ulAESKeyBits;
    CK_RSA_PKCS_OAEP_PARAMS_PTR pOAEPParams;
} CK_RSA_AES_KEY_WRAP_PARAMS;

typedef struct {
    CK_BBOOL phFlag;
    CK_ULONG ulContextDataLen;
    CK_BYTE_PTR pContextData;
} CK_EDDSA_PARAMS;

typedef struct {
    CK_CHAR *pInterfaceName;
    CK_VOID_PTR pFunctionList;
    CK_FLAGS flags;
} CK_INTERFACE;
typedef CK_INTERFACE *CK_INTERFACE_PTR;
typedef CK_INTERFACE **CK_INTERFACE_PTR_PTR;

/* Each function with its type, as p11-kit's header has them for 2.40. */
#define ANCHORHOLD_CK_FUNCTION(name, ...)                                                \
    typedef CK_RV (*CK_##name)(__VA_ARGS__);                                             \
    CK_RV name(__VA_ARGS__)

ANCHORHOLD_CK_FUNCTION(C_GetInterfaceList, CK_INTERFACE_PTR list, CK_ULONG_PTR count);
ANCHORHOLD_CK_FUNCTION(C_GetInterface, CK_UTF8CHAR_PTR name, CK_VERSION_PTR version,
                       CK_INTERFACE_PTR_PTR interface, CK_FLAGS flags);
ANCHORHOLD_CK_FUNCTION(C_LoginUser, CK_SESSION_HANDLE session, CK_USER_TYPE type,
                       CK_UTF8CHAR_PTR pin, CK_ULONG pin_len, CK_UTF8CHAR_PTR user,
                       CK_ULONG user_len);
ANCHORHOLD_CK_FUNCTION(C_SessionCancel, CK_SESSION_HANDLE session, CK_FLAGS flags);

ANCHORHOLD_CK_FUNCTION(C_MessageEncryptInit, CK_SESSION_HANDLE session,
                       CK_MECHANISM_PTR mech, CK_OBJECT_HANDLE key);
ANCHORHOLD_CK_FUNCTION(C_EncryptMessage, CK_SESSION_HANDLE session, CK_VOID_PTR param,
                       CK_ULONG param_len, CK_BYTE_PTR aad, CK_ULONG aad_length,
                       CK_BYTE_PTR plain, CK_ULONG plain_len, CK_BYTE_PTR cipher,
                       CK_ULONG_PTR cipher_len);
ANCHORHOLD_CK_FUNCTION(C_EncryptMessageBegin, CK_SESSION_HANDLE session,
                       CK_VOID_PTR param, CK_ULONG param_len, CK_BYTE_PTR aad,
                       CK_ULONG aad_length);
ANCHORHOLD_CK_FUNCTION(C_EncryptMessageNext, CK_SESSION_HANDLE session, CK_VOID_PTR param,
                       CK_ULONG param_len, CK_BYTE_PTR plain, CK_ULONG plain_len,
                       CK_BYTE_PTR cipher, CK_ULONG_PTR cipher_len, CK_FLAGS flags);
ANCHORHOLD_CK_FUNCTION(C_MessageEncryptFinal, CK_SESSION_HANDLE session);

ANCHORHOLD_CK_FUNCTION(C_MessageDecryptInit, CK_SESSION_HANDLE session,
                       CK_MECHANISM_PTR mech, CK_OBJECT_HANDLE key);
ANCHORHOLD_CK_FUNCTION(C_DecryptMessage, CK_SESSION_HANDLE session, CK_VOID_PTR param,
                       CK_ULONG param_len, CK_BYTE_PTR aad, CK_ULONG aad_length,
                       CK_BYTE_PTR cipher, CK_ULONG cipher_len, CK_BYTE_PTR plain,
                       CK_ULONG_PTR plain_len);
ANCHORHOLD_CK_FUNCTION(C_DecryptMessageBegin, CK_SESSION_HANDLE session,
                       CK_VOID_PTR param, CK_ULONG param_len, CK_BYTE_PTR aad,
                       CK_ULONG aad_length);
ANCHORHOLD_CK_FUNCTION(C_DecryptMessageNext, CK_SESSION_HANDLE session, CK_VOID_PTR param,
                       CK_ULONG param_len, CK_BYTE_PTR cipher, CK_ULONG cipher_len,
                       CK_BYTE_PTR plain, CK_ULONG_PTR plain_len, CK_FLAGS flags);
ANCHORHOLD_CK_FUNCTION(C_MessageDecryptFinal, CK_SESSION_HANDLE session);

ANCHORHOLD_CK_FUNCTION(C_MessageSignInit, CK_SESSION_HANDLE session,
                       CK_MECHANISM_PTR mech, CK_OBJECT_HANDLE key);
ANCHORHOLD_CK_FUNCTION(C_SignMessage, CK_SESSION_HANDLE session, CK_VOID_PTR param,
                       CK_ULONG param_len, CK_BYTE_PTR data, CK_ULONG data_len,
                       CK_BYTE_PTR signature, CK_ULONG_PTR signature_len);
ANCHORHOLD_CK_FUNCTION(C_SignMessageBegin, CK_SESSION_HANDLE session, CK_VOID_PTR param,
                       CK_ULONG param_len);
ANCHORHOLD_CK_FUNCTION(C_SignMessageNext, CK_SESSION_HANDLE session, CK_VOID_PTR param,
                       CK_ULONG param_len, CK_BYTE_PTR data, CK_ULONG data_len,
                       CK_BYTE_PTR signature, CK_ULONG_PTR signature_len);
ANCHORHOLD_CK_FUNCTION(C_MessageSignFinal, CK_SESSION_HANDLE session);

ANCHORHOLD_CK_FUNCTION(C_MessageVerifyInit, CK_SESSION_HANDLE session,
                       CK_MECHANISM_PTR mech, CK_OBJECT_HANDLE key);
ANCHORHOLD_CK_FUNCTION(C_VerifyMessage, CK_SESSION_HANDLE session, CK_VOID_PTR param,
                       CK_ULONG param_len, CK_BYTE_PTR data, CK_ULONG data_len,
                       CK_BYTE_PTR signature, CK_ULONG signature_len);
ANCHORHOLD_CK_FUNCTION(C_VerifyMessageBegin, CK_SESSION_HANDLE session, CK_VOID_PTR param,
                       CK_ULONG param_len);
ANCHORHOLD_CK_FUNCTION(C_VerifyMessageNext, CK_SESSION_HANDLE session, CK_VOID_PTR param,
                       CK_ULONG param_len, CK_BYTE_PTR data, CK_ULONG data_len,
                       CK_BYTE_PTR signature, CK_ULONG signature_len);
ANCHORHOLD_CK_FUNCTION(C_MessageVerifyFinal, CK_SESSION_HANDLE session);

/* The functions of 2.40 come first and in its order, so a 3.0 list also serves as a 2.40
 * list. */
typedef struct {
    CK_VERSION version;
    CK_C_Initialize C_Initialize;
    CK_C_Finalize C_Finalize;
    CK_C_GetInfo C_GetInfo;
    CK_C_GetFunctionList C_GetFunctionList;
    CK_C_GetSlotList C_GetSlotList;
    CK_C_GetSlotInfo C_GetSlotInfo;
    CK_C_GetTokenInfo C_GetTokenInfo;
    CK_C_GetMechanismList C_GetMechanismList;
    CK_C_GetMechanismInfo C_GetMechanismInfo;
    CK_C_InitToken C_InitToken;
    CK_C_InitPIN C_InitPIN;
    CK_C_SetPIN C_SetPIN;
    CK_C_OpenSession C_OpenSession;
    CK_C_CloseSession C_CloseSession;
    CK_C_CloseAllSessions C_CloseAllSessions;
    CK_C_GetSessionInfo C_GetSessionInfo;
    CK_C_GetOperationState C_GetOperationState;
    CK_C_SetOperationState C_SetOperationState;
    CK_C_Login C_Login;
    CK_C_Logout C_Logout;
    CK_C_CreateObject C_CreateObject;
    CK_C_CopyObject C_CopyObject;
    CK_C_DestroyObject C_DestroyObject;
    CK_C_GetObjectSize C_GetObjectSize;
    CK_C_GetAttributeValue C_GetAttributeValue;
    CK_C_SetAttributeValue C_SetAttributeValue;
    CK_C_FindObjectsInit C_FindObjectsInit;
    CK_C_FindObjects C_FindObjects;
    CK_C_FindObjectsFinal C_FindObjectsFinal;
    CK_C_EncryptInit C_EncryptInit;
    CK_C_Encrypt C_Encrypt;
    CK_C_EncryptUpdate C_EncryptUpdate;
    CK_C_EncryptFinal C_EncryptFinal;
    CK_C_DecryptInit C_DecryptInit;
    CK_C_Decrypt C_Decrypt;
    CK_C_DecryptUpdate C_DecryptUpdate;
    CK_C_DecryptFinal C_DecryptFinal;
    CK_C_DigestInit C_DigestInit;
    CK_C_Digest C_Digest;
    CK_C_DigestUpdate C_DigestUpdate;
    CK_C_DigestKey C_DigestKey;
    CK_C_DigestFinal C_DigestFinal;
    CK_C_SignInit C_SignInit;
    CK_C_Sign C_Sign;
    CK_C_SignUpdate C_SignUpdate;
    CK_C_SignFinal C_SignFinal;
    CK_C_SignRecoverInit C_SignRecoverInit;
    CK_C_SignRecover C_SignRecover;
    CK_C_VerifyInit C_VerifyInit;
    CK_C_Verify C_Verify;
    CK_C_VerifyUpdate C_VerifyUpdate;
    CK_C_VerifyFinal C_VerifyFinal;
    CK_C_VerifyRecoverInit C_VerifyRecoverInit;
    CK_C_VerifyRecover C_VerifyRecover;
    CK_C_DigestEncryptUpdate C_DigestEncryptUpdate;
    CK_C_DecryptDigestUpdate C_DecryptDigestUpdate;
    CK_C_SignEncryptUpdate C_SignEncryptUpdate;
    CK_C_DecryptVerifyUpdate C_DecryptVerifyUpdate;
    CK_C_GenerateKey C_GenerateKey;
    CK_C_GenerateKeyPair C_GenerateKeyPair;
    CK_C_WrapKey C_WrapKey;
    CK_C_UnwrapKey C_UnwrapKey;
    CK_C_DeriveKey C_DeriveKey;
    CK_C_SeedRandom C_SeedRandom;
    CK_C_GenerateRandom C_GenerateRandom;
    CK_C_GetFunctionStatus C_GetFunctionStatus;
    CK_C_CancelFunction C_CancelFunction;
    CK_C_WaitForSlotEvent C_WaitForSlotEvent;
    CK_C_GetInterfaceList C_GetInterfaceList;
    CK_C_GetInterface C_GetInterface;
    CK_C_LoginUser C_LoginUser;
    CK_C_SessionCancel C_SessionCancel;
    CK_C_MessageEncryptInit C_MessageEncryptInit;
    CK_C_EncryptMessage C_EncryptMessage;
    CK_C_EncryptMessageBegin C_EncryptMessageBegin;
    CK_C_EncryptMessageNext C_EncryptMessageNext;
    CK_C_MessageEncryptFinal C_MessageEncryptFinal;
    CK_C_MessageDecryptInit C_MessageDecryptInit;
    CK_C_DecryptMessage C_DecryptMessage;
    CK_C_DecryptMessageBegin C_DecryptMessageBegin;
    CK_C_DecryptMessageNext C_DecryptMessageNext;
    CK_C_MessageDecryptFinal C_MessageDecryptFinal;
    CK_C_MessageSignInit C_MessageSignInit;
    CK_C_SignMessage C_SignMessage;
    CK_C_SignMessageBegin C_SignMessageBegin;
    CK_C_SignMessageNext C_SignMessageNext;
    CK_C_MessageSignFinal C_MessageSignFinal;
    CK_C_MessageVerifyInit C_MessageVerifyInit;
    CK_C_VerifyMessage C_VerifyMessage;
    CK_C_VerifyMessageBegin C_VerifyMessageBegin;
    CK_C_VerifyMessageNext C_VerifyMessageNext;
    CK_C_MessageVerifyFinal C_MessageVerifyFinal;
} CK_FUNCTION_LIST_3_0;
typedef CK_FUNCTION_LIST_3_0 *CK_FUNCTION_LIST_3_0_PTR;

#endif

#endif
