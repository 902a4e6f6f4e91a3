/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logging in and out, and everything that sets or checks a credential.
 *
 * A try is counted in storage before the comparison and taken back after success: whoever
 * cuts the power to escape the count has still spent the try. The taking back may be
 * lazy, for losing it only costs the owner a try that the next success gives back; but
 * not after the last try, where there would be no next. Checks of one token run one after
 * another, under its record lock; so do commits of its record.
 *
 * A token that is opened by identity has no counters: an identity comes from the TEE and
 * cannot be guessed at.
 */
#include "cmd.h"
#include "object.h"
#include "persist.h"
#include "token.h"

static struct credential *credential(struct token_record *r, uint32_t user)
{
    return user == CKU_SO ? &r->so : &r->user;
}

/* Spend a try, durably, then compare. Under record_lock; rec is the caller's copy of the
 * record. */
static CK_RV check_pin(struct token *t, struct token_record *rec, uint32_t user,
                       struct span pin_secret)
{
    struct credential *c = credential(rec, user);
    if (c->tries >= PIN_TRIES)
        return CKR_PIN_LOCKED;
    c->tries++;
    CK_RV rv = token_commit(t, rec, false);
    if (rv != CKR_OK)
        return rv;
    if (pin_verify(c, t->slot, user, pin_secret) != VERDICT_ACCEPT)
        return c->tries >= PIN_TRIES ? CKR_PIN_LOCKED : CKR_PIN_INCORRECT;
    bool last = c->tries >= PIN_TRIES;
    c->tries = 0;
    if (token_commit(t, rec, !last) != CKR_OK)
        AH_Log(AH_LOG_WARNING, "token in slot %u: the spent try could not be given back",
               t->slot);
    return CKR_OK;
}

/* Is the client who it must be? Under record_lock. */
static CK_RV check(struct token *t, struct token_record *rec, uint32_t user,
                   const struct client *client, struct span pin_secret)
{
    struct credential *c = credential(rec, user);
    if (!c->set)
        return CKR_USER_PIN_NOT_INITIALIZED;
    if (!rec->by_identity)
        return check_pin(t, rec, user, pin_secret);
    return identity_verify(c, &client->identity) == VERDICT_ACCEPT ? CKR_OK
                                                                   : CKR_PIN_INCORRECT;
}

/* A new credential into rec: a PIN, or in a token opened by identity the text of one. */
static CK_RV set(struct token *t, struct token_record *rec, uint32_t user,
                 const struct client *client, struct span pin_secret)
{
    struct credential *c = credential(rec, user);
    if (!rec->by_identity)
        return pin_len_ok(pin_secret.len) ? pin_set(c, t->slot, user, pin_secret)
                                          : CKR_PIN_LEN_RANGE;
    struct credential new = {.set = true, .identity = client->identity};
    if (pin_secret.len && !identity_parse(&new.identity, pin_secret))
        return CKR_ARGUMENTS_BAD;
    *c = new;
    return CKR_OK;
}

/* --- initialising a token
 * ------------------------------------------------------------------- */

/* The record that initialising makes of rec. */
static CK_RV renew(struct token *t, struct token_record *rec, const struct client *c,
                   const uint8_t label[P11_LABEL_LEN], struct span pin_secret)
{
    CK_RV rv;
    if (rec->initialised) {
        rv = check(t, rec, CKU_SO, c, pin_secret);
    } else {
        rec->by_identity = pin_secret.len == 0;
        rv = set(t, rec, CKU_SO, c, pin_secret);
    }
    if (rv != CKR_OK)
        return rv;
    rec->initialised = true;
    rec->generation++;
    memcpy(rec->label, label, P11_LABEL_LEN);
    rec->user = (struct credential){.set = false};
    return CKR_OK;
}

/* Under gate, change and record_lock, all alone. The commit erases the objects. */
static CK_RV init_token(struct token *t, const struct client *c,
                        const uint8_t label[P11_LABEL_LEN], struct span pin_secret)
{
    const struct token_record *now;
    CK_RV rv = token_record(t, &now);
    if (rv != CKR_OK)
        return rv;
    struct token_record rec = *now;
    uint32_t old = rec.generation;
    rv = renew(t, &rec, c, label, pin_secret);
    if (rv == CKR_OK)
        rv = token_commit(t, &rec, false);
    if (rv == CKR_OK) {
        t->generation = rec.generation;
        token_clear(t, old);
    }
    wipe(&rec, sizeof rec);
    return rv;
}

CK_RV cmd_init_token(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    (void)io;
    uint32_t slot = rd_u32(ctrl), pin_len = rd_u32(ctrl);
    struct span label = rd_raw(ctrl, P11_LABEL_LEN);
    struct span pin_secret = rd_raw(ctrl, pin_len);
    struct token *t;
    if (!rd_end(ctrl) || (pin_len && !pin_len_ok(pin_len)))
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = token_of_slot(&t, slot);
    if (rv != CKR_OK)
        return rv;
    pthread_mutex_lock(&t->gate);
    token_change_alone(t);
    pthread_mutex_lock(&t->record_lock);
    rv = t->nr_sessions ? CKR_SESSION_EXISTS : init_token(t, c, label.p, pin_secret);
    pthread_mutex_unlock(&t->record_lock);
    token_change_done(t);
    pthread_mutex_unlock(&t->gate);
    return rv;
}

/* --- setting credentials
 * ---------------------------------------------------------------------- */

/* Set user's credential; old (NULL: not asked for) is checked first. */
static CK_RV set_credential(struct session *s, uint32_t user,
                            const struct span *old_secret, struct span new_secret)
{
    struct token *t = s->token;
    const struct token_record *now;
    struct token_record rec;
    pthread_mutex_lock(&t->record_lock);
    CK_RV rv = token_record(t, &now);
    if (rv == CKR_OK) {
        rec = *now;
        if (!rec.by_identity && !pin_len_ok(new_secret.len))
            rv = CKR_PIN_LEN_RANGE;
        if (rv == CKR_OK && old_secret)
            rv = check(t, &rec, user, s->client, *old_secret);
        if (rv == CKR_OK)
            rv = set(t, &rec, user, s->client, new_secret);
        if (rv == CKR_OK)
            rv = token_commit(t, &rec, false);
        wipe(&rec, sizeof rec);
    }
    pthread_mutex_unlock(&t->record_lock);
    return rv;
}

CK_RV cmd_init_pin(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    (void)io;
    uint32_t ses = rd_u32(ctrl);
    struct span pin_secret = rd_span(ctrl, P11_ARGS_MAX);
    struct session *s;
    if (!rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = session_get(&s, c, ses);
    if (rv != CKR_OK)
        return rv;
    if (session_state(s) != CKS_RW_SO_FUNCTIONS)
        rv = CKR_USER_NOT_LOGGED_IN;
    if (rv == CKR_OK)
        rv = set_credential(s, CKU_USER, NULL, pin_secret);
    session_put(s);
    return rv;
}

CK_RV cmd_set_pin(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    (void)io;
    uint32_t ses = rd_u32(ctrl), old_len = rd_u32(ctrl), new_len = rd_u32(ctrl);
    struct span old_secret = rd_raw(ctrl, old_len), new_secret = rd_raw(ctrl, new_len);
    struct session *s;
    if (!rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = session_get(&s, c, ses);
    if (rv != CKR_OK)
        return rv;
    rv = session_may_write(s);
    const uint32_t user =
        session_login(s) == LOGIN_SO ? (uint32_t)CKU_SO : (uint32_t)CKU_USER;
    if (rv == CKR_OK)
        rv = set_credential(s, user, &old_secret, new_secret);
    session_put(s);
    return rv;
}

/* --- logging in and out
 * ------------------------------------------------------------------------- */

static CK_RV check_now(struct session *s, uint32_t user, struct span pin_secret)
{
    struct token *t = s->token;
    const struct token_record *now;
    pthread_mutex_lock(&t->record_lock);
    CK_RV rv = token_record(t, &now);
    if (rv == CKR_OK) {
        struct token_record rec = *now;
        rv = check(t, &rec, user, s->client, pin_secret);
        wipe(&rec, sizeof rec);
    }
    pthread_mutex_unlock(&t->record_lock);
    return rv;
}

static CK_RV login(struct session *s, uint32_t user, struct span pin_secret)
{
    enum login who = user == CKU_SO ? LOGIN_SO : LOGIN_USER;
    CK_RV rv = session_may_login(s, who);
    if (rv == CKR_OK)
        rv = check_now(s, user, pin_secret);
    return rv == CKR_OK ? session_login_as(s, who) : rv;
}

/* The login that a key with CKA_ALWAYS_AUTHENTICATE wants before each use. */
static CK_RV login_for_operation(struct session *s, struct span pin_secret)
{
    CK_RV rv = CKR_OK;
    session_lock(s);
    if (!session_op(s) || !s->op_wants_login)
        rv = CKR_OPERATION_NOT_INITIALIZED;
    else if (session_login(s) != LOGIN_USER)
        rv = CKR_USER_NOT_LOGGED_IN;
    if (rv == CKR_OK)
        rv = check_now(s, CKU_USER, pin_secret);
    if (rv == CKR_OK)
        s->op_wants_login = false;
    session_unlock(s);
    return rv;
}

CK_RV cmd_login(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    (void)io;
    uint32_t ses = rd_u32(ctrl), user = rd_u32(ctrl);
    struct span pin_secret = rd_span(ctrl, P11_ARGS_MAX);
    struct session *s;
    if (!rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = session_get(&s, c, ses);
    if (rv != CKR_OK)
        return rv;
    if (user == CKU_SO || user == CKU_USER)
        rv = login(s, user, pin_secret);
    else
        rv = user == CKU_CONTEXT_SPECIFIC ? login_for_operation(s, pin_secret)
                                          : CKR_USER_TYPE_INVALID;
    session_put(s);
    return rv;
}

CK_RV cmd_logout(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    (void)io;
    uint32_t ses = rd_u32(ctrl);
    struct session *s;
    if (!rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = session_get(&s, c, ses);
    if (rv != CKR_OK)
        return rv;
    rv = session_logout(s);
    session_put(s);
    return rv;
}
