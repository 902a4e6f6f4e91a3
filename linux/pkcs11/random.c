/* SPDX-License-Identifier: BSD-2-Clause */
/* C_SeedRandom, C_GenerateRandom. */
#include "session.h"

CK_RV C_SeedRandom(CK_SESSION_HANDLE handle, CK_BYTE_PTR seed, CK_ULONG len)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, seed || !len);
    if (rv != CKR_OK)
        return rv;
    struct ta_call c = {.cmd = P11_CMD_SEED_RANDOM,
                        .nr_words = 1,
                        .words = {s->ta},
                        .p1_is = TA_IN,
                        .p1 = seed,
                        .p1_len = len};
    return session_leave(s, ta_call(s->link, &c));
}

CK_RV C_GenerateRandom(CK_SESSION_HANDLE handle, CK_BYTE_PTR out, CK_ULONG len)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, out || !len);
    if (rv != CKR_OK)
        return rv;
    struct ta_call c = {.cmd = P11_CMD_GENERATE_RANDOM,
                        .nr_words = 1,
                        .words = {s->ta},
                        .p2_is = TA_OUT,
                        .p2 = out,
                        .p2_len = len};
    rv = len ? ta_call(s->link, &c) : CKR_OK;
    if (rv == CKR_OK && len && c.p2_len != len)
        rv = CKR_DEVICE_ERROR; /* part of the buffer would be the caller's old bytes */
    return session_leave(s, rv);
}
