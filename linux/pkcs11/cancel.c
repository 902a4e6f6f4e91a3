/* SPDX-License-Identifier: BSD-2-Clause */
/* C_SessionCancel (PKCS#11 3.0): ends the operations that flags name, and none is no
 * error. */
#include "op.h"
#include "session.h"

static const struct {
    CK_FLAGS flag;
    enum op_kind kind;
} rows[] = {
    {CKF_ENCRYPT, OP_ENCRYPT}, {CKF_DECRYPT, OP_DECRYPT}, {CKF_SIGN, OP_SIGN},
    {CKF_VERIFY, OP_VERIFY},   {CKF_DIGEST, OP_DIGEST},   {CKF_FIND_OBJECTS, OP_FIND},
};

CK_RV C_SessionCancel(CK_SESSION_HANDLE handle, CK_FLAGS flags)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, true);
    if (rv != CKR_OK)
        return rv;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if ((flags & rows[i].flag) && op_cancel(s, rows[i].kind) != CKR_OK)
            rv = CKR_OPERATION_CANCEL_FAILED;
    return session_leave(s, rv);
}
