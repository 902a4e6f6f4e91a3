/* SPDX-License-Identifier: BSD-2-Clause */
/* C_FindObjects*: the search runs in the TA; handles come over in batches of FIND_BATCH.
 */
#include "op.h"
#include "session.h"

#define FIND_BATCH 256u

CK_RV C_FindObjectsInit(CK_SESSION_HANDLE handle, CK_ATTRIBUTE_PTR templ, CK_ULONG count)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, templ || !count);
    if (rv != CKR_OK)
        return rv;
    (void)op_settle(s); /* the TA decides whether both may be active */
    struct ta_call c = {.cmd = P11_CMD_FIND_OBJECTS_INIT,
                        .nr_words = 1,
                        .words = {s->ta},
                        .nr_templates = 1,
                        .templates = {{templ, count}}};
    rv = ta_call(s->link, &c);
    if (rv == CKR_OK)
        s->op.in_ta |= 1u << OP_FIND;
    return session_leave(s, rv);
}

/* *nr in: wanted, at most FIND_BATCH; out: found. */
static CK_RV find_batch(struct session *s, CK_OBJECT_HANDLE *out, size_t *nr)
{
    uint8_t found[FIND_BATCH * 4];
    struct ta_call c = {.cmd = P11_CMD_FIND_OBJECTS,
                        .nr_words = 1,
                        .words = {s->ta},
                        .p2_is = TA_OUT,
                        .p2 = found,
                        .p2_len = *nr * 4};
    CK_RV rv = ta_call(s->link, &c);
    if (rv != CKR_OK)
        return rv;
    *nr = c.p2_len / 4;
    for (size_t i = 0; i < *nr; i++)
        out[i] = le32(found + 4 * i);
    return CKR_OK;
}

CK_RV C_FindObjects(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE_PTR out, CK_ULONG max,
                    CK_ULONG_PTR count)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, count && (out || !max));
    if (rv != CKR_OK)
        return rv;
    CK_ULONG got = 0;
    if (!max) { /* room for nothing would be a question about size to the TA */
        bool found = s->op.in_ta & 1u << OP_FIND;
        *count = 0;
        return session_leave(s, found ? CKR_OK : CKR_OPERATION_NOT_INITIALIZED);
    }
    size_t wanted, nr;
    do {
        wanted = nr = max - got < FIND_BATCH ? max - got : FIND_BATCH;
        rv = find_batch(s, out + got, &nr);
        if (rv == CKR_OK)
            got += nr;
    } while (rv == CKR_OK && nr == wanted && got < max);
    if (got)
        rv = CKR_OK; /* what was taken from the search must not be lost */
    if (rv == CKR_OK)
        *count = got;
    return session_leave(s, rv);
}

CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE handle)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, true);
    if (rv != CKR_OK)
        return rv;
    struct ta_call c = {
        .cmd = P11_CMD_FIND_OBJECTS_FINAL, .nr_words = 1, .words = {s->ta}};
    rv = ta_call(s->link, &c);
    s->op.in_ta &= ~(1u << OP_FIND);
    return session_leave(s, rv);
}
