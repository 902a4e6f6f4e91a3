/* SPDX-License-Identifier: BSD-2-Clause */
/* C_Digest*: op.c does the work, but for C_DigestKey, which needs the operation in the
 * TA. */
#include "op.h"
#include "session.h"

CK_RV C_DigestInit(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mech)
{
    return op_init(handle, OP_DIGEST, mech, 0);
}

CK_RV C_Digest(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG data_len,
               CK_BYTE_PTR out, CK_ULONG_PTR out_len)
{
    return op_whole(handle, OP_DIGEST, data, data_len, out, out_len);
}

CK_RV C_DigestUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR part, CK_ULONG part_len)
{
    return op_update(handle, OP_DIGEST, part, part_len);
}

CK_RV C_DigestKey(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE key)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, true);
    if (rv != CKR_OK)
        return rv;
    if (s->op.noted == OP_DIGEST && (rv = op_settle(s)) != CKR_OK)
        return session_leave(s, rv);
    s->op.fed = true;
    struct ta_call c = {
        .cmd = P11_CMD_DIGEST_KEY, .nr_words = 2, .words = {s->ta, (uint32_t)key}};
    rv = key > UINT32_MAX ? CKR_KEY_HANDLE_INVALID : ta_call(s->link, &c);
    if (rv != CKR_OK)
        (void)op_cancel(s, OP_DIGEST);
    return session_leave(s, rv);
}

CK_RV C_DigestFinal(CK_SESSION_HANDLE handle, CK_BYTE_PTR out, CK_ULONG_PTR out_len)
{
    return op_final(handle, OP_DIGEST, out, out_len);
}
