/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * C_CreateObject, C_CopyObject, C_DestroyObject, C_GetObjectSize; and object_made(), the
 * common end of all commands that answer with the handle of a new object.
 */
#include "object.h"
#include "session.h"

CK_RV object_made(struct session *s, struct ta_call *c, CK_OBJECT_HANDLE_PTR object)
{
    uint8_t made[4];
    c->p2_is = TA_OUT;
    c->p2 = made;
    c->p2_len = sizeof made;
    CK_RV rv = ta_call(s->link, c);
    if (rv == CKR_OK && c->p2_len != sizeof made)
        rv = CKR_DEVICE_ERROR;
    if (rv == CKR_OK)
        *object = le32(made);
    return rv;
}

CK_RV C_CreateObject(CK_SESSION_HANDLE handle, CK_ATTRIBUTE_PTR templ, CK_ULONG count,
                     CK_OBJECT_HANDLE_PTR object)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, object && (templ || !count));
    if (rv != CKR_OK)
        return rv;
    struct ta_call c = {.cmd = P11_CMD_CREATE_OBJECT,
                        .nr_words = 1,
                        .words = {s->ta},
                        .nr_templates = 1,
                        .templates = {{templ, count}}};
    return session_leave(s, object_made(s, &c, object));
}

CK_RV C_CopyObject(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
                   CK_ATTRIBUTE_PTR templ, CK_ULONG count, CK_OBJECT_HANDLE_PTR copy)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, copy && (templ || !count));
    if (rv != CKR_OK)
        return rv;
    struct ta_call c = {.cmd = P11_CMD_COPY_OBJECT,
                        .nr_words = 2,
                        .words = {s->ta, (uint32_t)object},
                        .nr_templates = 1,
                        .templates = {{templ, count}}};
    rv = object > UINT32_MAX ? CKR_OBJECT_HANDLE_INVALID : object_made(s, &c, copy);
    return session_leave(s, rv);
}

CK_RV C_DestroyObject(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, true);
    if (rv != CKR_OK)
        return rv;
    struct ta_call c = {
        .cmd = P11_CMD_DESTROY_OBJECT, .nr_words = 2, .words = {s->ta, (uint32_t)object}};
    rv = object > UINT32_MAX ? CKR_OBJECT_HANDLE_INVALID : ta_call(s->link, &c);
    session_forget();
    return session_leave(s, rv);
}

CK_RV C_GetObjectSize(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
                      CK_ULONG_PTR size)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, size != NULL);
    if (rv != CKR_OK)
        return rv;
    uint8_t answer[4];
    struct ta_call c = {.cmd = P11_CMD_GET_OBJECT_SIZE,
                        .nr_words = 2,
                        .words = {s->ta, (uint32_t)object},
                        .p2_is = TA_OUT,
                        .p2 = answer,
                        .p2_len = sizeof answer};
    rv = object > UINT32_MAX ? CKR_OBJECT_HANDLE_INVALID : ta_call(s->link, &c);
    if (rv == CKR_OK && c.p2_len != sizeof answer)
        rv = CKR_DEVICE_ERROR;
    if (rv == CKR_OK)
        *size =
            le32(answer) == P11_UNAVAILABLE ? CK_UNAVAILABLE_INFORMATION : le32(answer);
    return session_leave(s, rv);
}
