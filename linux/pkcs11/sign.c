/* SPDX-License-Identifier: BSD-2-Clause */
/* C_Sign*, C_Verify*: op.c does the work. */
#include "op.h"

CK_RV C_SignInit(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mech, CK_OBJECT_HANDLE key)
{
    return op_init(handle, OP_SIGN, mech, key);
}

CK_RV C_Sign(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG data_len,
             CK_BYTE_PTR sig, CK_ULONG_PTR sig_len)
{
    return op_whole(handle, OP_SIGN, data, data_len, sig, sig_len);
}

CK_RV C_SignUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR part, CK_ULONG part_len)
{
    return op_update(handle, OP_SIGN, part, part_len);
}

CK_RV C_SignFinal(CK_SESSION_HANDLE handle, CK_BYTE_PTR sig, CK_ULONG_PTR sig_len)
{
    return op_final(handle, OP_SIGN, sig, sig_len);
}

CK_RV C_VerifyInit(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mech, CK_OBJECT_HANDLE key)
{
    return op_init(handle, OP_VERIFY, mech, key);
}

CK_RV C_Verify(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG data_len,
               CK_BYTE_PTR sig, CK_ULONG sig_len)
{
    return op_verify(handle, data, data_len, sig, sig_len);
}

CK_RV C_VerifyUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR part, CK_ULONG part_len)
{
    return op_update(handle, OP_VERIFY, part, part_len);
}

CK_RV C_VerifyFinal(CK_SESSION_HANDLE handle, CK_BYTE_PTR sig, CK_ULONG sig_len)
{
    return op_verify_final(handle, sig, sig_len);
}
