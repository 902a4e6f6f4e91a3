/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slots, tokens and mechanisms: what a program asks before it opens a session. All of
 * these commands may be repeated, so a TEE that was restarted meanwhile is not noticed
 * here.
 */
#include <stdlib.h>
#include "p11wire.h"
#include "ta.h"

static CK_ULONG wide(uint32_t v)
{
    return v == P11_UNAVAILABLE ? CK_UNAVAILABLE_INFORMATION : v;
}

/* An information of fixed size about a slot. */
static CK_RV slot_ask(struct link **l, uint32_t cmd, CK_SLOT_ID slot, void *out,
                      size_t len)
{
    struct ta_call c = {.cmd = cmd,
                        .nr_words = 1,
                        .words = {(uint32_t)slot},
                        .p2_is = TA_OUT,
                        .p2 = out,
                        .p2_len = len};
    if (slot > UINT32_MAX)
        return CKR_SLOT_ID_INVALID;
    CK_RV rv = ta_call_again(l, &c);
    return rv == CKR_OK && c.p2_len != len ? CKR_DEVICE_ERROR : rv;
}

/* --- lists -----------------------------------------------------------------------------
 */

#define LIST_MAX 1024u

struct list {
    uint32_t nr;
    uint8_t items[LIST_MAX * 4];
};

static CK_RV list_ask(struct link **l, uint32_t cmd, CK_SLOT_ID slot, struct list *list)
{
    struct ta_call c = {.cmd = cmd,
                        .nr_words = 1,
                        .words = {(uint32_t)slot},
                        .p2_is = TA_OUT,
                        .p2 = list->items,
                        .p2_len = sizeof list->items};
    if (slot > UINT32_MAX)
        return CKR_SLOT_ID_INVALID;
    CK_RV rv = ta_call_again(l, &c);
    list->nr = rv == CKR_OK ? (uint32_t)(c.p2_len / 4) : 0;
    return rv == CKR_OK && c.p2_len % 4 ? CKR_DEVICE_ERROR : rv;
}

/* Hand the list out as PKCS#11 wants it: NULL asks for the count. */
static CK_RV list_give(const struct list *list, CK_ULONG *out, CK_ULONG_PTR count)
{
    CK_ULONG room = *count;
    *count = list->nr;
    if (!out)
        return CKR_OK;
    if (room < list->nr)
        return CKR_BUFFER_TOO_SMALL;
    for (uint32_t i = 0; i < list->nr; i++)
        out[i] = le32(list->items + 4 * i);
    return CKR_OK;
}

static CK_RV only_present(struct link **l, struct list *list)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < list->nr; i++) {
        struct p11_slot_info info;
        uint8_t *item = list->items + 4 * i;
        CK_RV rv = slot_ask(l, P11_CMD_SLOT_INFO, le32(item), &info, sizeof info);
        if (rv != CKR_OK)
            return rv;
        if (info.flags & CKF_TOKEN_PRESENT)
            memmove(list->items + 4 * kept++, item, 4);
    }
    list->nr = kept;
    return CKR_OK;
}

CK_RV C_GetSlotList(CK_BBOOL present, CK_SLOT_ID_PTR slots, CK_ULONG_PTR count)
{
    struct link *l;
    CK_RV rv = link_enter(&l, count != NULL);
    if (rv != CKR_OK)
        return rv;
    struct list list;
    rv = list_ask(&l, P11_CMD_SLOT_LIST, 0, &list);
    if (rv == CKR_OK && present)
        rv = only_present(&l, &list);
    if (rv == CKR_OK)
        rv = list_give(&list, slots, count);
    return link_leave(l, rv);
}

CK_RV C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE_PTR mechs, CK_ULONG_PTR count)
{
    struct link *l;
    CK_RV rv = link_enter(&l, count != NULL);
    if (rv != CKR_OK)
        return rv;
    struct list list;
    rv = list_ask(&l, P11_CMD_MECHANISM_IDS, slot, &list);
    if (rv == CKR_OK)
        rv = list_give(&list, mechs, count);
    return link_leave(l, rv);
}

/* --- information -----------------------------------------------------------------------
 */

CK_RV C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO_PTR out)
{
    struct link *l;
    CK_RV rv = link_enter(&l, out != NULL);
    if (rv != CKR_OK)
        return rv;
    struct p11_slot_info i;
    rv = slot_ask(&l, P11_CMD_SLOT_INFO, slot, &i, sizeof i);
    if (rv != CKR_OK)
        return link_leave(l, rv);
    memcpy(out->slotDescription, i.description, sizeof i.description);
    memcpy(out->manufacturerID, i.manufacturer, sizeof i.manufacturer);
    out->flags = i.flags;
    out->hardwareVersion = (CK_VERSION){i.hw_version[0], i.hw_version[1]};
    out->firmwareVersion = (CK_VERSION){i.fw_version[0], i.fw_version[1]};
    return link_leave(l, CKR_OK);
}

static void token_widen(CK_TOKEN_INFO_PTR out, const struct p11_token_info *i)
{
    memcpy(out->label, i->label, sizeof i->label);
    memcpy(out->manufacturerID, i->manufacturer, sizeof i->manufacturer);
    memcpy(out->model, i->model, sizeof i->model);
    memcpy(out->serialNumber, i->serial, sizeof i->serial);
    out->flags = i->flags;
    out->ulMaxSessionCount = wide(i->max_sessions);
    out->ulSessionCount = wide(i->sessions);
    out->ulMaxRwSessionCount = wide(i->max_rw_sessions);
    out->ulRwSessionCount = wide(i->rw_sessions);
    out->ulMaxPinLen = wide(i->max_pin_len);
    out->ulMinPinLen = wide(i->min_pin_len);
    out->ulTotalPublicMemory = wide(i->total_public);
    out->ulFreePublicMemory = wide(i->free_public);
    out->ulTotalPrivateMemory = wide(i->total_private);
    out->ulFreePrivateMemory = wide(i->free_private);
    out->hardwareVersion = (CK_VERSION){i->hw_version[0], i->hw_version[1]};
    out->firmwareVersion = (CK_VERSION){i->fw_version[0], i->fw_version[1]};
    memcpy(out->utcTime, i->time, sizeof i->time);
}

CK_RV C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR out)
{
    struct link *l;
    CK_RV rv = link_enter(&l, out != NULL);
    if (rv != CKR_OK)
        return rv;
    struct p11_token_info i;
    rv = slot_ask(&l, P11_CMD_TOKEN_INFO, slot, &i, sizeof i);
    if (rv == CKR_OK)
        token_widen(out, &i);
    return link_leave(l, rv);
}

CK_RV C_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE mech,
                         CK_MECHANISM_INFO_PTR out)
{
    struct link *l;
    CK_RV rv = link_enter(&l, out != NULL);
    if (rv != CKR_OK)
        return rv;
    struct p11_mechanism_info i;
    struct ta_call c = {.cmd = P11_CMD_MECHANISM_INFO,
                        .nr_words = 2,
                        .words = {(uint32_t)slot, (uint32_t)mech},
                        .p2_is = TA_OUT,
                        .p2 = &i,
                        .p2_len = sizeof i};
    if (slot > UINT32_MAX)
        rv = CKR_SLOT_ID_INVALID;
    else if (mech > UINT32_MAX)
        rv = CKR_MECHANISM_INVALID;
    else
        rv = ta_call_again(&l, &c);
    if (rv == CKR_OK && c.p2_len != sizeof i)
        rv = CKR_DEVICE_ERROR;
    if (rv == CKR_OK)
        *out = (CK_MECHANISM_INFO){wide(i.min_key), wide(i.max_key), i.flags};
    return link_leave(l, rv);
}

/* Tokens do not come and go. */
CK_RV C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID_PTR slot, void *reserved)
{
    struct link *l;
    CK_RV rv = link_enter(&l, slot && !reserved);
    if (rv != CKR_OK)
        return rv;
    return link_leave(l,
                      flags & CKF_DONT_BLOCK ? CKR_NO_EVENT : CKR_FUNCTION_NOT_SUPPORTED);
}
