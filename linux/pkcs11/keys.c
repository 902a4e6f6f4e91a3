/* SPDX-License-Identifier: BSD-2-Clause */
/* C_GenerateKey, C_GenerateKeyPair, C_WrapKey, C_UnwrapKey, C_DeriveKey. */
#include "object.h"
#include "session.h"

CK_RV C_GenerateKey(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mech,
                    CK_ATTRIBUTE_PTR templ, CK_ULONG count, CK_OBJECT_HANDLE_PTR key)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, mech && key && (templ || !count));
    if (rv != CKR_OK)
        return rv;
    struct ta_call c = {.cmd = P11_CMD_GENERATE_KEY,
                        .nr_words = 1,
                        .words = {s->ta},
                        .mech = mech,
                        .nr_templates = 1,
                        .templates = {{templ, count}}};
    return session_leave(s, object_made(s, &c, key));
}

CK_RV C_GenerateKeyPair(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mech,
                        CK_ATTRIBUTE_PTR pub, CK_ULONG pub_count, CK_ATTRIBUTE_PTR priv,
                        CK_ULONG priv_count, CK_OBJECT_HANDLE_PTR pub_key,
                        CK_OBJECT_HANDLE_PTR priv_key)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle,
                             mech && pub_key && priv_key && (pub || !pub_count) &&
                                 (priv || !priv_count));
    if (rv != CKR_OK)
        return rv;
    uint8_t made[8];
    struct ta_call c = {.cmd = P11_CMD_GENERATE_KEY_PAIR,
                        .nr_words = 1,
                        .words = {s->ta},
                        .mech = mech,
                        .nr_templates = 2,
                        .templates = {{pub, pub_count}, {priv, priv_count}},
                        .p2_is = TA_OUT,
                        .p2 = made,
                        .p2_len = sizeof made};
    rv = ta_call(s->link, &c);
    if (rv == CKR_OK && c.p2_len != sizeof made)
        rv = CKR_DEVICE_ERROR;
    if (rv == CKR_OK) {
        *pub_key = le32(made);
        *priv_key = le32(made + 4);
    }
    return session_leave(s, rv);
}

CK_RV C_WrapKey(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mech,
                CK_OBJECT_HANDLE wrapping, CK_OBJECT_HANDLE key, CK_BYTE_PTR out,
                CK_ULONG_PTR out_len)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, mech && out_len);
    if (rv != CKR_OK)
        return rv;
    if (wrapping > UINT32_MAX)
        return session_leave(s, CKR_WRAPPING_KEY_HANDLE_INVALID);
    if (key > UINT32_MAX)
        return session_leave(s, CKR_KEY_HANDLE_INVALID);
    struct ta_call c = {.cmd = P11_CMD_WRAP_KEY,
                        .nr_words = 3,
                        .words = {s->ta, (uint32_t)wrapping, (uint32_t)key},
                        .mech = mech,
                        .p2_is = TA_OUT,
                        .p2 = out,
                        .p2_len = out ? *out_len : 0};
    rv = ta_call(s->link, &c);
    if (rv == CKR_OK || rv == CKR_BUFFER_TOO_SMALL)
        *out_len = c.p2_len;
    if (rv == CKR_BUFFER_TOO_SMALL && !out)
        rv = CKR_OK;
    return session_leave(s, rv);
}

CK_RV C_UnwrapKey(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mech,
                  CK_OBJECT_HANDLE unwrapping, CK_BYTE_PTR wrapped, CK_ULONG wrapped_len,
                  CK_ATTRIBUTE_PTR templ, CK_ULONG count, CK_OBJECT_HANDLE_PTR key)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, mech && wrapped && key && (templ || !count));
    if (rv != CKR_OK)
        return rv;
    struct ta_call c = {.cmd = P11_CMD_UNWRAP_KEY,
                        .nr_words = 2,
                        .words = {s->ta, (uint32_t)unwrapping},
                        .mech = mech,
                        .nr_templates = 1,
                        .templates = {{templ, count}},
                        .p1_is = TA_IN,
                        .p1 = wrapped,
                        .p1_len = wrapped_len};
    rv = unwrapping > UINT32_MAX ? CKR_UNWRAPPING_KEY_HANDLE_INVALID
                                 : object_made(s, &c, key);
    return session_leave(s, rv);
}

CK_RV C_DeriveKey(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mech, CK_OBJECT_HANDLE base,
                  CK_ATTRIBUTE_PTR templ, CK_ULONG count, CK_OBJECT_HANDLE_PTR key)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, mech && key && (templ || !count));
    if (rv != CKR_OK)
        return rv;
    struct ta_call c = {.cmd = P11_CMD_DERIVE_KEY,
                        .nr_words = 2,
                        .words = {s->ta, (uint32_t)base},
                        .mech = mech,
                        .nr_templates = 1,
                        .templates = {{templ, count}}};
    rv = base > UINT32_MAX ? CKR_KEY_HANDLE_INVALID : object_made(s, &c, key);
    return session_leave(s, rv);
}
