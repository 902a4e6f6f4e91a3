/* SPDX-License-Identifier: BSD-2-Clause */
/* C_Encrypt*, C_Decrypt*: op.c does the work. */
#include "op.h"

CK_RV C_EncryptInit(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mech, CK_OBJECT_HANDLE key)
{
    return op_init(handle, OP_ENCRYPT, mech, key);
}

CK_RV C_Encrypt(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG data_len,
                CK_BYTE_PTR out, CK_ULONG_PTR out_len)
{
    return op_whole(handle, OP_ENCRYPT, data, data_len, out, out_len);
}

CK_RV C_EncryptUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR part, CK_ULONG part_len,
                      CK_BYTE_PTR out, CK_ULONG_PTR out_len)
{
    return op_crypt(handle, OP_ENCRYPT, part, part_len, out, out_len);
}

CK_RV C_EncryptFinal(CK_SESSION_HANDLE handle, CK_BYTE_PTR out, CK_ULONG_PTR out_len)
{
    return op_final(handle, OP_ENCRYPT, out, out_len);
}

CK_RV C_DecryptInit(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mech, CK_OBJECT_HANDLE key)
{
    return op_init(handle, OP_DECRYPT, mech, key);
}

CK_RV C_Decrypt(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG data_len,
                CK_BYTE_PTR out, CK_ULONG_PTR out_len)
{
    return op_whole(handle, OP_DECRYPT, data, data_len, out, out_len);
}

CK_RV C_DecryptUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR part, CK_ULONG part_len,
                      CK_BYTE_PTR out, CK_ULONG_PTR out_len)
{
    return op_crypt(handle, OP_DECRYPT, part, part_len, out, out_len);
}

CK_RV C_DecryptFinal(CK_SESSION_HANDLE handle, CK_BYTE_PTR out, CK_ULONG_PTR out_len)
{
    return op_final(handle, OP_DECRYPT, out, out_len);
}
