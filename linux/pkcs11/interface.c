/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a program finds the functions: C_GetFunctionList (2.40), C_GetInterfaceList and
 * C_GetInterface (3.0). Both lists hold the same functions but for C_GetInfo, which tells
 * the version of its list. These work before C_Initialize, and touch nothing that
 * changes.
 */
#include <string.h>
#include "module.h"
#include "version.h"

static CK_RV info(CK_INFO_PTR out, CK_VERSION version)
{
    CK_RV rv = module_enter();
    if (rv != CKR_OK)
        return rv;
    if (out)
        *out = (CK_INFO){
            .cryptokiVersion = version,
            .manufacturerID = "Anchorhold                      ",
            .libraryDescription = "Anchorhold PKCS#11 module       ",
            .libraryVersion = {AH_VERSION_MAJOR, AH_VERSION_MINOR},
        };
    module_leave();
    return out ? CKR_OK : CKR_ARGUMENTS_BAD;
}

CK_RV C_GetInfo(CK_INFO_PTR out)
{
    return info(out, (CK_VERSION){2, 40});
}

static CK_RV info_30(CK_INFO_PTR out)
{
    return info(out, (CK_VERSION){3, 0});
}

/* What the lists of both versions hold; version and C_GetInfo are each one's own. */
#define FUNCTIONS_OF_BOTH                                                                \
    .C_Initialize = C_Initialize, .C_Finalize = C_Finalize,                              \
    .C_GetFunctionList = C_GetFunctionList, .C_GetSlotList = C_GetSlotList,              \
    .C_GetSlotInfo = C_GetSlotInfo, .C_GetTokenInfo = C_GetTokenInfo,                    \
    .C_GetMechanismList = C_GetMechanismList, .C_GetMechanismInfo = C_GetMechanismInfo,  \
    .C_InitToken = C_InitToken, .C_InitPIN = C_InitPIN, .C_SetPIN = C_SetPIN,            \
    .C_OpenSession = C_OpenSession, .C_CloseSession = C_CloseSession,                    \
    .C_CloseAllSessions = C_CloseAllSessions, .C_GetSessionInfo = C_GetSessionInfo,      \
    .C_GetOperationState = C_GetOperationState,                                          \
    .C_SetOperationState = C_SetOperationState, .C_Login = C_Login,                      \
    .C_Logout = C_Logout, .C_CreateObject = C_CreateObject,                              \
    .C_CopyObject = C_CopyObject, .C_DestroyObject = C_DestroyObject,                    \
    .C_GetObjectSize = C_GetObjectSize, .C_GetAttributeValue = C_GetAttributeValue,      \
    .C_SetAttributeValue = C_SetAttributeValue, .C_FindObjectsInit = C_FindObjectsInit,  \
    .C_FindObjects = C_FindObjects, .C_FindObjectsFinal = C_FindObjectsFinal,            \
    .C_EncryptInit = C_EncryptInit, .C_Encrypt = C_Encrypt,                              \
    .C_EncryptUpdate = C_EncryptUpdate, .C_EncryptFinal = C_EncryptFinal,                \
    .C_DecryptInit = C_DecryptInit, .C_Decrypt = C_Decrypt,                              \
    .C_DecryptUpdate = C_DecryptUpdate, .C_DecryptFinal = C_DecryptFinal,                \
    .C_DigestInit = C_DigestInit, .C_Digest = C_Digest,                                  \
    .C_DigestUpdate = C_DigestUpdate, .C_DigestKey = C_DigestKey,                        \
    .C_DigestFinal = C_DigestFinal, .C_SignInit = C_SignInit, .C_Sign = C_Sign,          \
    .C_SignUpdate = C_SignUpdate, .C_SignFinal = C_SignFinal,                            \
    .C_SignRecoverInit = C_SignRecoverInit, .C_SignRecover = C_SignRecover,              \
    .C_VerifyInit = C_VerifyInit, .C_Verify = C_Verify,                                  \
    .C_VerifyUpdate = C_VerifyUpdate, .C_VerifyFinal = C_VerifyFinal,                    \
    .C_VerifyRecoverInit = C_VerifyRecoverInit, .C_VerifyRecover = C_VerifyRecover,      \
    .C_DigestEncryptUpdate = C_DigestEncryptUpdate,                                      \
    .C_DecryptDigestUpdate = C_DecryptDigestUpdate,                                      \
    .C_SignEncryptUpdate = C_SignEncryptUpdate,                                          \
    .C_DecryptVerifyUpdate = C_DecryptVerifyUpdate, .C_GenerateKey = C_GenerateKey,      \
    .C_GenerateKeyPair = C_GenerateKeyPair, .C_WrapKey = C_WrapKey,                      \
    .C_UnwrapKey = C_UnwrapKey, .C_DeriveKey = C_DeriveKey,                              \
    .C_SeedRandom = C_SeedRandom, .C_GenerateRandom = C_GenerateRandom,                  \
    .C_GetFunctionStatus = C_GetFunctionStatus, .C_CancelFunction = C_CancelFunction,    \
    .C_WaitForSlotEvent = C_WaitForSlotEvent

static CK_FUNCTION_LIST list_240 = {
    .version = {2, 40},
    .C_GetInfo = C_GetInfo,
    FUNCTIONS_OF_BOTH,
};

static CK_FUNCTION_LIST_3_0 list_30 = {
    .version = {3, 0},
    .C_GetInfo = info_30,
    FUNCTIONS_OF_BOTH,
    .C_GetInterfaceList = C_GetInterfaceList,
    .C_GetInterface = C_GetInterface,
    .C_LoginUser = C_LoginUser,
    .C_SessionCancel = C_SessionCancel,
    .C_MessageEncryptInit = C_MessageEncryptInit,
    .C_EncryptMessage = C_EncryptMessage,
    .C_EncryptMessageBegin = C_EncryptMessageBegin,
    .C_EncryptMessageNext = C_EncryptMessageNext,
    .C_MessageEncryptFinal = C_MessageEncryptFinal,
    .C_MessageDecryptInit = C_MessageDecryptInit,
    .C_DecryptMessage = C_DecryptMessage,
    .C_DecryptMessageBegin = C_DecryptMessageBegin,
    .C_DecryptMessageNext = C_DecryptMessageNext,
    .C_MessageDecryptFinal = C_MessageDecryptFinal,
    .C_MessageSignInit = C_MessageSignInit,
    .C_SignMessage = C_SignMessage,
    .C_SignMessageBegin = C_SignMessageBegin,
    .C_SignMessageNext = C_SignMessageNext,
    .C_MessageSignFinal = C_MessageSignFinal,
    .C_MessageVerifyInit = C_MessageVerifyInit,
    .C_VerifyMessage = C_VerifyMessage,
    .C_VerifyMessageBegin = C_VerifyMessageBegin,
    .C_VerifyMessageNext = C_VerifyMessageNext,
    .C_MessageVerifyFinal = C_MessageVerifyFinal,
};

static CK_CHAR pkcs11[] = "PKCS 11";

/* The first is what a program gets that asks for no version. */
static CK_INTERFACE interfaces[] = {
    {pkcs11, &list_30, 0},
    {pkcs11, &list_240, 0},
};
#define NR_INTERFACES (sizeof interfaces / sizeof interfaces[0])

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR out)
{
    if (!out)
        return CKR_ARGUMENTS_BAD;
    *out = &list_240;
    return CKR_OK;
}

CK_RV C_GetInterfaceList(CK_INTERFACE_PTR list, CK_ULONG_PTR count)
{
    if (!count)
        return CKR_ARGUMENTS_BAD;
    CK_ULONG room = *count;
    *count = NR_INTERFACES;
    if (!list)
        return CKR_OK;
    if (room < NR_INTERFACES)
        return CKR_BUFFER_TOO_SMALL;
    memcpy(list, interfaces, sizeof interfaces);
    return CKR_OK;
}

static int fits(const CK_INTERFACE *i, CK_UTF8CHAR_PTR name, CK_VERSION_PTR version,
                CK_FLAGS flags)
{
    const CK_VERSION *v = i->pFunctionList; /* every list begins with its version */
    if (name && strcmp((const char *)name, (const char *)i->pInterfaceName) != 0)
        return 0;
    if (version && (version->major != v->major || version->minor != v->minor))
        return 0;
    return (i->flags & flags) == flags;
}

CK_RV C_GetInterface(CK_UTF8CHAR_PTR name, CK_VERSION_PTR version,
                     CK_INTERFACE_PTR_PTR out, CK_FLAGS flags)
{
    if (!out)
        return CKR_ARGUMENTS_BAD;
    for (size_t i = 0; i < NR_INTERFACES; i++)
        if (fits(&interfaces[i], name, version, flags)) {
            *out = &interfaces[i];
            return CKR_OK;
        }
    return CKR_FUNCTION_FAILED;
}
