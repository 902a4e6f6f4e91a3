/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What PKCS#11 has and the TA has not: operation states, recovery, two operations at
 * once, messages (PKCS#11 3.0), parallel functions. Each says so, to a valid session of
 * an initialized module; none is missing from a function list.
 */
#include "session.h"

static CK_RV refuse(CK_SESSION_HANDLE h, CK_RV why)
{
    struct session *s;
    CK_RV rv = session_enter(&s, h, true);
    return rv == CKR_OK ? session_leave(s, why) : rv;
}

static CK_RV unsupported(CK_SESSION_HANDLE h)
{
    return refuse(h, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV C_GetFunctionStatus(CK_SESSION_HANDLE h)
{
    return refuse(h, CKR_FUNCTION_NOT_PARALLEL);
}

CK_RV C_CancelFunction(CK_SESSION_HANDLE h)
{
    return refuse(h, CKR_FUNCTION_NOT_PARALLEL);
}

CK_RV C_GetOperationState(CK_SESSION_HANDLE h, CK_BYTE_PTR state, CK_ULONG_PTR len)
{
    (void)state, (void)len;
    return unsupported(h);
}

CK_RV C_SetOperationState(CK_SESSION_HANDLE h, CK_BYTE_PTR state, CK_ULONG len,
                          CK_OBJECT_HANDLE ckey, CK_OBJECT_HANDLE akey)
{
    (void)state, (void)len, (void)ckey, (void)akey;
    return unsupported(h);
}

CK_RV C_SignRecoverInit(CK_SESSION_HANDLE h, CK_MECHANISM_PTR mech, CK_OBJECT_HANDLE key)
{
    (void)mech, (void)key;
    return unsupported(h);
}

CK_RV C_SignRecover(CK_SESSION_HANDLE h, CK_BYTE_PTR in, CK_ULONG in_len, CK_BYTE_PTR out,
                    CK_ULONG_PTR len)
{
    (void)in, (void)in_len, (void)out, (void)len;
    return unsupported(h);
}

CK_RV C_VerifyRecoverInit(CK_SESSION_HANDLE h, CK_MECHANISM_PTR mech,
                          CK_OBJECT_HANDLE key)
{
    (void)mech, (void)key;
    return unsupported(h);
}

CK_RV C_VerifyRecover(CK_SESSION_HANDLE h, CK_BYTE_PTR in, CK_ULONG in_len,
                      CK_BYTE_PTR out, CK_ULONG_PTR len)
{
    (void)in, (void)in_len, (void)out, (void)len;
    return unsupported(h);
}

CK_RV C_DigestEncryptUpdate(CK_SESSION_HANDLE h, CK_BYTE_PTR in, CK_ULONG in_len,
                            CK_BYTE_PTR out, CK_ULONG_PTR len)
{
    (void)in, (void)in_len, (void)out, (void)len;
    return unsupported(h);
}

CK_RV C_DecryptDigestUpdate(CK_SESSION_HANDLE h, CK_BYTE_PTR in, CK_ULONG in_len,
                            CK_BYTE_PTR out, CK_ULONG_PTR len)
{
    (void)in, (void)in_len, (void)out, (void)len;
    return unsupported(h);
}

CK_RV C_SignEncryptUpdate(CK_SESSION_HANDLE h, CK_BYTE_PTR in, CK_ULONG in_len,
                          CK_BYTE_PTR out, CK_ULONG_PTR len)
{
    (void)in, (void)in_len, (void)out, (void)len;
    return unsupported(h);
}

CK_RV C_DecryptVerifyUpdate(CK_SESSION_HANDLE h, CK_BYTE_PTR in, CK_ULONG in_len,
                            CK_BYTE_PTR out, CK_ULONG_PTR len)
{
    (void)in, (void)in_len, (void)out, (void)len;
    return unsupported(h);
}

CK_RV C_MessageEncryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mech,
                           CK_OBJECT_HANDLE key)
{
    (void)mech, (void)key;
    return unsupported(session);
}

CK_RV C_EncryptMessage(CK_SESSION_HANDLE session, CK_VOID_PTR param, CK_ULONG param_len,
                       CK_BYTE_PTR aad, CK_ULONG aad_length, CK_BYTE_PTR plain,
                       CK_ULONG plain_len, CK_BYTE_PTR cipher, CK_ULONG_PTR cipher_len)
{
    (void)param, (void)param_len, (void)aad, (void)aad_length, (void)plain,
        (void)plain_len, (void)cipher, (void)cipher_len;
    return unsupported(session);
}

CK_RV C_EncryptMessageBegin(CK_SESSION_HANDLE session, CK_VOID_PTR param,
                            CK_ULONG param_len, CK_BYTE_PTR aad, CK_ULONG aad_length)
{
    (void)param, (void)param_len, (void)aad, (void)aad_length;
    return unsupported(session);
}

CK_RV C_EncryptMessageNext(CK_SESSION_HANDLE session, CK_VOID_PTR param,
                           CK_ULONG param_len, CK_BYTE_PTR plain, CK_ULONG plain_len,
                           CK_BYTE_PTR cipher, CK_ULONG_PTR cipher_len, CK_FLAGS flags)
{
    (void)param, (void)param_len, (void)plain, (void)plain_len, (void)cipher,
        (void)cipher_len, (void)flags;
    return unsupported(session);
}

CK_RV C_MessageEncryptFinal(CK_SESSION_HANDLE session)
{
    return unsupported(session);
}

CK_RV C_MessageDecryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mech,
                           CK_OBJECT_HANDLE key)
{
    (void)mech, (void)key;
    return unsupported(session);
}

CK_RV C_DecryptMessage(CK_SESSION_HANDLE session, CK_VOID_PTR param, CK_ULONG param_len,
                       CK_BYTE_PTR aad, CK_ULONG aad_length, CK_BYTE_PTR cipher,
                       CK_ULONG cipher_len, CK_BYTE_PTR plain, CK_ULONG_PTR plain_len)
{
    (void)param, (void)param_len, (void)aad, (void)aad_length, (void)cipher,
        (void)cipher_len, (void)plain, (void)plain_len;
    return unsupported(session);
}

CK_RV C_DecryptMessageBegin(CK_SESSION_HANDLE session, CK_VOID_PTR param,
                            CK_ULONG param_len, CK_BYTE_PTR aad, CK_ULONG aad_length)
{
    (void)param, (void)param_len, (void)aad, (void)aad_length;
    return unsupported(session);
}

CK_RV C_DecryptMessageNext(CK_SESSION_HANDLE session, CK_VOID_PTR param,
                           CK_ULONG param_len, CK_BYTE_PTR cipher, CK_ULONG cipher_len,
                           CK_BYTE_PTR plain, CK_ULONG_PTR plain_len, CK_FLAGS flags)
{
    (void)param, (void)param_len, (void)cipher, (void)cipher_len, (void)plain,
        (void)plain_len, (void)flags;
    return unsupported(session);
}

CK_RV C_MessageDecryptFinal(CK_SESSION_HANDLE session)
{
    return unsupported(session);
}

CK_RV C_MessageSignInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mech,
                        CK_OBJECT_HANDLE key)
{
    (void)mech, (void)key;
    return unsupported(session);
}

CK_RV C_SignMessage(CK_SESSION_HANDLE session, CK_VOID_PTR param, CK_ULONG param_len,
                    CK_BYTE_PTR data, CK_ULONG data_len, CK_BYTE_PTR signature,
                    CK_ULONG_PTR signature_len)
{
    (void)param, (void)param_len, (void)data, (void)data_len, (void)signature,
        (void)signature_len;
    return unsupported(session);
}

CK_RV C_SignMessageBegin(CK_SESSION_HANDLE session, CK_VOID_PTR param, CK_ULONG param_len)
{
    (void)param, (void)param_len;
    return unsupported(session);
}

CK_RV C_SignMessageNext(CK_SESSION_HANDLE session, CK_VOID_PTR param, CK_ULONG param_len,
                        CK_BYTE_PTR data, CK_ULONG data_len, CK_BYTE_PTR signature,
                        CK_ULONG_PTR signature_len)
{
    (void)param, (void)param_len, (void)data, (void)data_len, (void)signature,
        (void)signature_len;
    return unsupported(session);
}

CK_RV C_MessageSignFinal(CK_SESSION_HANDLE session)
{
    return unsupported(session);
}

CK_RV C_MessageVerifyInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mech,
                          CK_OBJECT_HANDLE key)
{
    (void)mech, (void)key;
    return unsupported(session);
}

CK_RV C_VerifyMessage(CK_SESSION_HANDLE session, CK_VOID_PTR param, CK_ULONG param_len,
                      CK_BYTE_PTR data, CK_ULONG data_len, CK_BYTE_PTR signature,
                      CK_ULONG signature_len)
{
    (void)param, (void)param_len, (void)data, (void)data_len, (void)signature,
        (void)signature_len;
    return unsupported(session);
}

CK_RV C_VerifyMessageBegin(CK_SESSION_HANDLE session, CK_VOID_PTR param,
                           CK_ULONG param_len)
{
    (void)param, (void)param_len;
    return unsupported(session);
}

CK_RV C_VerifyMessageNext(CK_SESSION_HANDLE session, CK_VOID_PTR param,
                          CK_ULONG param_len, CK_BYTE_PTR data, CK_ULONG data_len,
                          CK_BYTE_PTR signature, CK_ULONG signature_len)
{
    (void)param, (void)param_len, (void)data, (void)data_len, (void)signature,
        (void)signature_len;
    return unsupported(session);
}

CK_RV C_MessageVerifyFinal(CK_SESSION_HANDLE session)
{
    return unsupported(session);
}
