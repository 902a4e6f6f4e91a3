/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * C_InitToken, C_InitPIN, C_SetPIN, C_Login, C_LoginUser, C_Logout. A PIN passes through
 * here as a view of the caller's buffer and through ta_call()'s arguments, which are
 * wiped. A NULL PIN of length 0 is allowed everywhere: it is how a token that goes by the
 * caller's identity is used.
 */
#include "p11wire.h"
#include "session.h"

/* Longer ones exist on no token; refused here so that their number of bytes is bounded.
 */
static bool pin_ok(CK_RV *rv, CK_UTF8CHAR_PTR pin, CK_ULONG len)
{
    if (len && !pin)
        *rv = CKR_ARGUMENTS_BAD;
    else if (len > P11_PIN_LEN_MAX)
        *rv = CKR_PIN_LEN_RANGE;
    return *rv == CKR_OK;
}

CK_RV C_InitToken(CK_SLOT_ID slot, CK_UTF8CHAR_PTR pin, CK_ULONG pin_len,
                  CK_UTF8CHAR_PTR label)
{
    struct link *l;
    CK_RV rv = link_enter(&l, label && (pin || !pin_len));
    if (rv != CKR_OK)
        return rv;
    if (slot > UINT32_MAX)
        return link_leave(l, CKR_SLOT_ID_INVALID);
    if (!pin_ok(&rv, pin, pin_len))
        return link_leave(l, rv);
    /* A link that died unnoticed is found and replaced now: the command itself is said
     * only once. */
    struct ta_call ping = {.cmd = P11_CMD_PING, .nr_words = 1, .p2_is = TA_OUT};
    (void)ta_call_again(&l, &ping);
    struct ta_call c = {.cmd = P11_CMD_INIT_TOKEN,
                        .nr_words = 2,
                        .words = {(uint32_t)slot, (uint32_t)pin_len},
                        .bytes = {{label, P11_LABEL_LEN}, {pin, pin_len}}};
    rv = ta_call(l, &c);
    session_forget();
    return link_leave(l, rv);
}

CK_RV C_InitPIN(CK_SESSION_HANDLE handle, CK_UTF8CHAR_PTR pin, CK_ULONG pin_len)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, pin || !pin_len);
    if (rv != CKR_OK)
        return rv;
    if (!pin_ok(&rv, pin, pin_len))
        return session_leave(s, rv);
    struct ta_call c = {.cmd = P11_CMD_INIT_PIN,
                        .nr_words = 2,
                        .words = {s->ta, (uint32_t)pin_len},
                        .bytes = {{pin, pin_len}}};
    return session_leave(s, ta_call(s->link, &c));
}

CK_RV C_SetPIN(CK_SESSION_HANDLE handle, CK_UTF8CHAR_PTR old, CK_ULONG old_len,
               CK_UTF8CHAR_PTR new, CK_ULONG new_len)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, (old || !old_len) && (new || !new_len));
    if (rv != CKR_OK)
        return rv;
    if (!pin_ok(&rv, old, old_len) || !pin_ok(&rv, new, new_len))
        return session_leave(s, rv);
    struct ta_call c = {.cmd = P11_CMD_SET_PIN,
                        .nr_words = 3,
                        .words = {s->ta, (uint32_t)old_len, (uint32_t)new_len},
                        .bytes = {{old, old_len}, {new, new_len}}};
    return session_leave(s, ta_call(s->link, &c));
}

CK_RV C_Login(CK_SESSION_HANDLE handle, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin,
              CK_ULONG pin_len)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, pin || !pin_len);
    if (rv != CKR_OK)
        return rv;
    if (user > CKU_CONTEXT_SPECIFIC)
        return session_leave(s, CKR_USER_TYPE_INVALID);
    if (pin_len > P11_PIN_LEN_MAX)
        return session_leave(s, CKR_PIN_INCORRECT);
    if (user == CKU_CONTEXT_SPECIFIC && (rv = op_settle(s)) != CKR_OK)
        return session_leave(s, rv);
    struct ta_call c = {.cmd = P11_CMD_LOGIN,
                        .nr_words = 3,
                        .words = {s->ta, (uint32_t)user, (uint32_t)pin_len},
                        .bytes = {{pin, pin_len}}};
    rv = ta_call(s->link, &c);
    session_forget();
    return session_leave(s, rv);
}

CK_RV C_LoginUser(CK_SESSION_HANDLE handle, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin,
                  CK_ULONG pin_len, CK_UTF8CHAR_PTR name, CK_ULONG name_len)
{
    if (!name_len)
        return C_Login(handle, user, pin, pin_len);
    struct session *s;
    CK_RV rv = session_enter(&s, handle, name != NULL);
    return rv == CKR_OK ? session_leave(s, CKR_FUNCTION_NOT_SUPPORTED) : rv;
}

CK_RV C_Logout(CK_SESSION_HANDLE handle)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, true);
    if (rv != CKR_OK)
        return rv;
    struct ta_call c = {.cmd = P11_CMD_LOGOUT, .nr_words = 1, .words = {s->ta}};
    rv = ta_call(s->link, &c);
    session_forget();
    return session_leave(s, rv);
}
