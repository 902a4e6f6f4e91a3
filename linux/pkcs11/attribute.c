/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * C_GetAttributeValue, C_SetAttributeValue. The layout of request and reply is
 * p11wire.c's; here are the buffers. A query too large for one command is asked in
 * halves; the four codes that come with data are merged as PKCS#11 wants it: any of those
 * that apply, the rest still filled.
 */
#include <stdlib.h>
#include "p11wire.h"
#include "session.h"

#define P11_QUERY_MAX 4096u /* attributes in one query; a count above it is a mistake */

static CK_RV ask(struct session *s, uint32_t object, CK_ATTRIBUTE_PTR templ,
                 CK_ULONG count, uint8_t *reply, size_t len)
{
    struct ta_call c = {.cmd = P11_CMD_GET_ATTRIBUTE_VALUE,
                        .nr_words = 2,
                        .words = {s->ta, object},
                        .nr_templates = 1,
                        .query = true,
                        .templates = {{templ, count}},
                        .p2_is = TA_OUT,
                        .p2 = reply,
                        .p2_len = len};
    CK_RV rv = ta_call(s->link, &c);
    if (rv != CKR_OK && c.p2_len > len)
        c.p2_len = 0;
    rv = p11_get_finish(templ, count, reply, c.p2_len, rv);
    wipe(reply, len);
    return rv;
}

static CK_RV ask_big(struct session *s, uint32_t object, CK_ATTRIBUTE_PTR templ,
                     CK_ULONG count, size_t len)
{
    uint8_t *reply = malloc(len);
    if (!reply)
        return CKR_HOST_MEMORY;
    CK_RV rv = ask(s, object, templ, count, reply, len);
    free(reply);
    return rv;
}

static bool with_data(CK_RV rv)
{
    return rv == CKR_OK || rv == CKR_ATTRIBUTE_SENSITIVE ||
           rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_BUFFER_TOO_SMALL;
}

static CK_RV get(struct session *s, uint32_t object, CK_ATTRIBUTE_PTR templ,
                 CK_ULONG count)
{
    uint8_t small[1024];
    struct wr w = wr_init(NULL, 0);
    CK_ULONG half = count / 2;
    bool whole = count <= P11_ATTRS_MAX;
    if (whole) {
        CK_RV rv = p11_get_encode(&w, templ, count);
        if (rv != CKR_OK)
            return rv;
        whole = count <= 1 || w.len <= P11_ARGS_MAX / 2;
    }
    if (whole && w.len <= sizeof small)
        return ask(s, object, templ, count, small, w.len);
    if (whole)
        return ask_big(s, object, templ, count, w.len);
    CK_RV first = get(s, object, templ, half);
    if (!with_data(first))
        return first;
    CK_RV second = get(s, object, templ + half, count - half);
    return with_data(second) && first != CKR_OK ? first : second;
}

CK_RV C_GetAttributeValue(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
                          CK_ATTRIBUTE_PTR templ, CK_ULONG count)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, (templ || !count) && count <= P11_QUERY_MAX);
    if (rv != CKR_OK)
        return rv;
    rv = object > UINT32_MAX ? CKR_OBJECT_HANDLE_INVALID
                             : get(s, (uint32_t)object, templ, count);
    return session_leave(s, rv);
}

CK_RV C_SetAttributeValue(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
                          CK_ATTRIBUTE_PTR templ, CK_ULONG count)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, templ || !count);
    if (rv != CKR_OK)
        return rv;
    struct ta_call c = {.cmd = P11_CMD_SET_ATTRIBUTE_VALUE,
                        .nr_words = 2,
                        .words = {s->ta, (uint32_t)object},
                        .nr_templates = 1,
                        .templates = {{templ, count}}};
    rv = object > UINT32_MAX ? CKR_OBJECT_HANDLE_INVALID : ta_call(s->link, &c);
    session_forget();
    return session_leave(s, rv);
}
