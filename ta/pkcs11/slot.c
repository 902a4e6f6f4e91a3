/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the TA says about itself, its slots and their tokens. Counts are true: sessions
 * are this client's, as PKCS#11 defines them; memory is what the ceilings leave. A text
 * says that the TEE is hosted when it is: a token that anyone could mistake for hardware
 * would be a lie.
 */
#include <stdio.h>
#include "cmd.h"
#include "token.h"

static void put_text(struct wr *w, const char *text, size_t len)
{
    for (size_t i = 0, n = strlen(text); i < len; i++)
        wr_u8(w, i < n ? (uint8_t)text[i] : ' ');
}

static void put_versions(struct wr *w)
{
    const uint8_t v[4] = {0, 0, P11_TA_VERSION_MAJOR, P11_TA_VERSION_MINOR};
    wr_raw(w, v, sizeof v);
}

/* The device's UUID, zero when the TEE does not tell it. */
static TEE_UUID device_id(void)
{
    TEE_UUID id;
    if (TEE_GetPropertyAsUUID(TEE_PROPSET_TEE_IMPLEMENTATION, "gpd.tee.deviceID", &id) !=
        TEE_SUCCESS)
        id = (TEE_UUID){.timeLow = 0};
    return id;
}

/* The TEE's own description says it; see tee/property_sets.c. */
static bool is_hosted(void)
{
    char text[128];
    size_t len = sizeof text;
    return TEE_GetPropertyAsString(TEE_PROPSET_TEE_IMPLEMENTATION, "gpd.tee.description",
                                   text, &len) == TEE_SUCCESS &&
           strstr(text, ", hosted");
}

CK_RV cmd_ping(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    (void)c;
    uint8_t answer[12];
    if (rd_u32(ctrl) != 0 || !rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    put_le32(answer, P11_TA_VERSION_MAJOR);
    put_le32(answer + 4, P11_TA_VERSION_MINOR);
    put_le32(answer + 8, P11_TA_VERSION_PATCH);
    return io_put_info(io, answer, sizeof answer);
}

CK_RV cmd_info(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    (void)c;
    uint8_t answer[8];
    if (rd_u32(ctrl) != 0 || !rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    put_le32(answer, P11_INFO_VERSION);
    put_le32(answer + 4, P11_CAP_SIGN | P11_CAP_VERIFY | P11_CAP_ENCRYPT |
                             P11_CAP_DECRYPT | P11_CAP_DIGEST);
    return io_put_info(io, answer, sizeof answer);
}

CK_RV cmd_slot_list(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    (void)c;
    uint8_t answer[4 * TOKENS];
    if (rd_u32(ctrl) != 0 || !rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    for (uint32_t i = 0; i < TOKENS; i++)
        put_le32(answer + 4u * i, i);
    return io_put_info(io, answer, sizeof answer);
}

CK_RV cmd_slot_info(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    (void)c;
    struct token *t;
    uint32_t slot = rd_u32(ctrl);
    if (!rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = token_of_slot(&t, slot);
    if (rv != CKR_OK)
        return rv;

    TEE_UUID id = device_id();
    const uint8_t *n = id.clockSeqAndNode;
    char text[80];
    snprintf(text, sizeof text,
             "Anchorhold %sTEE %08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             is_hosted() ? "hosted " : "", id.timeLow, id.timeMid, id.timeHiAndVersion,
             n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7]);

    uint8_t info[sizeof(struct p11_slot_info)];
    struct wr w = wr_init(info, sizeof info);
    put_text(&w, text, 64);
    put_text(&w, "Anchorhold", 32);
    wr_u32(&w, CKF_TOKEN_PRESENT);
    put_versions(&w);
    return io_put_info(io, info, sizeof info);
}

/* Flags that tell how many tries a credential has left; bits are those of the user's PIN.
 */
static uint32_t tries_flags(const struct credential *c, bool by_identity)
{
    uint32_t flags = 0;
    if (by_identity || !c->tries)
        return 0;
    flags |= CKF_USER_PIN_COUNT_LOW;
    if (c->tries == PIN_TRIES - 1)
        flags |= CKF_USER_PIN_FINAL_TRY;
    if (c->tries >= PIN_TRIES)
        flags |= CKF_USER_PIN_LOCKED;
    return flags;
}

static uint32_t token_flags(const struct token_record *r)
{
    uint32_t flags = CKF_RNG | CKF_LOGIN_REQUIRED;
    if (r->initialised)
        flags |= CKF_TOKEN_INITIALIZED;
    else
        flags |= CKF_SO_PIN_TO_BE_CHANGED;
    flags |= r->user.set ? CKF_USER_PIN_INITIALIZED : CKF_USER_PIN_TO_BE_CHANGED;
    if (r->by_identity)
        flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
    flags |= tries_flags(&r->user, r->by_identity);
    flags |= tries_flags(&r->so, r->by_identity)
             << 4; /* CKF_SO_PIN_* stand 4 bits higher */
    return flags;
}
_Static_assert(CKF_SO_PIN_COUNT_LOW == CKF_USER_PIN_COUNT_LOW << 4, "");
_Static_assert(CKF_SO_PIN_LOCKED == CKF_USER_PIN_LOCKED << 4, "");

static void put_serial(struct wr *w, uint32_t slot)
{
    TEE_UUID id = device_id();
    char text[17];
    snprintf(text, sizeof text, "%08x%04x%04u", id.timeLow, id.timeMid, slot);
    put_text(w, text, 16);
}

static void put_counts(struct wr *w, struct client *c, struct token *t)
{
    pthread_mutex_lock(&c->lock);
    uint32_t all = c->nr_sessions[t->slot], rw = c->nr_rw_sessions[t->slot];
    pthread_mutex_unlock(&c->lock);
    pthread_rwlock_rdlock(&t->shelf_lock);
    size_t used = t->shelf.bytes;
    pthread_rwlock_unlock(&t->shelf_lock);

    uint32_t total = TOKEN_BYTES_MAX, left = used < total ? (uint32_t)(total - used) : 0;
    const uint32_t counts[] = {
        CLIENT_SESSIONS_MAX,
        all,
        CLIENT_SESSIONS_MAX,
        rw,
        P11_PIN_LEN_MAX,
        P11_PIN_LEN_MIN,
        total,
        left,
        total,
        left,
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        wr_u32(w, counts[i]);
}

CK_RV cmd_token_info(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    struct token *t;
    struct token_record r = {.generation = 0};
    const struct token_record *rec;
    uint32_t slot = rd_u32(ctrl);
    if (!rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = token_of_slot(&t, slot);
    if (rv != CKR_OK)
        return rv;
    pthread_mutex_lock(&t->record_lock);
    rv = token_record(t, &rec);
    if (rv == CKR_OK)
        r = *rec;
    pthread_mutex_unlock(&t->record_lock);
    if (rv != CKR_OK)
        return rv;

    uint8_t info[sizeof(struct p11_token_info)];
    struct wr w = wr_init(info, sizeof info);
    wr_raw(&w, r.label, sizeof r.label);
    put_text(&w, "Anchorhold", 32);
    put_text(&w, is_hosted() ? "Anchorhold host" : "Anchorhold TA", 16);
    put_serial(&w, slot);
    wr_u32(&w, token_flags(&r));
    put_counts(&w, c, t);
    put_versions(&w);
    put_text(&w, "", 16);
    wipe(&r, sizeof r);
    return io_put_info(io, info, sizeof info);
}
