/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions: their life, their state, and the one operation each may have. See session.h
 * for how logout and closing meet operations that other lanes are computing.
 *
 * Closing takes the session out of its client's table and drops the table's reference;
 * the struct goes with the last one. The last session of a client on a token takes the
 * login with it, as PKCS#11 says.
 */
#include <stdlib.h>
#include "cmd.h"
#include "find.h"
#include "object.h"
#include "op.h"
#include "token.h"

static struct session *session_at(struct node *n)
{
    return (struct session *)((char *)n - offsetof(struct session, node));
}

/* --- references and locks
 * ---------------------------------------------------------------- */

CK_RV session_get(struct session **s, struct client *c, uint32_t handle)
{
    pthread_mutex_lock(&c->lock);
    struct node *n = table_find(&c->sessions, handle);
    if (n) {
        *s = session_at(n);
        atomic_fetch_add(&(*s)->refs, 1);
    }
    pthread_mutex_unlock(&c->lock);
    return n ? CKR_OK : CKR_SESSION_HANDLE_INVALID;
}

void session_put(struct session *s)
{
    if (atomic_fetch_sub(&s->refs, 1) != 1)
        return;
    session_op_end(s);
    find_free(s->find);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* End an operation whose key a logout has taken away. */
static void reap(struct session *s)
{
    if (s->op && s->op_private &&
        s->op_epoch != atomic_load(&s->client->epoch[s->token->slot]))
        session_op_end(s);
}

void session_lock(struct session *s)
{
    pthread_mutex_lock(&s->lock);
}

void session_unlock(struct session *s)
{
    reap(s);
    pthread_mutex_unlock(&s->lock);
}

/* --- operations
 * --------------------------------------------------------------------------- */

struct op *session_op(struct session *s)
{
    reap(s);
    return s->op;
}

CK_RV session_idle(struct session *s)
{
    return session_op(s) || s->find ? CKR_OPERATION_ACTIVE : CKR_OK;
}

void session_op_begin(struct session *s, struct op *op, const struct object *key)
{
    s->op = op;
    s->op_private = key && key->private;
    s->op_wants_login = key && attr_bool(&key->attrs, CKA_ALWAYS_AUTHENTICATE);
    s->op_epoch = atomic_load(&s->client->epoch[s->token->slot]);
    /* A logout after the look at the key may have moved the epoch already: begin in a
     * past one. */
    if (session_login(s) != LOGIN_USER)
        s->op_epoch--;
}

void session_op_end(struct session *s)
{
    if (s->op)
        op_destroy(s->op);
    s->op = NULL;
    s->op_private = false;
    s->op_wants_login = false;
}

static _Atomic size_t held;

bool session_hold(size_t bytes)
{
    size_t now = atomic_load(&held), sum;
    do {
        if (!add_ok(now, bytes, &sum) || sum > HELD_BYTES_MAX)
            return false;
    } while (!atomic_compare_exchange_weak(&held, &now, sum));
    return true;
}

void session_let_go(size_t bytes)
{
    atomic_fetch_sub(&held, bytes);
}

/* --- state
 * ---------------------------------------------------------------------------------- */

enum login session_login(const struct session *s)
{
    return atomic_load(&s->client->login[s->token->slot]);
}

uint32_t session_state(const struct session *s)
{
    switch (session_login(s)) {
    case LOGIN_SO:
        return CKS_RW_SO_FUNCTIONS;
    case LOGIN_USER:
        return s->rw ? CKS_RW_USER_FUNCTIONS : CKS_RO_USER_FUNCTIONS;
    case LOGIN_NONE:
        break;
    }
    return s->rw ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION;
}

CK_RV session_may_write(const struct session *s)
{
    return s->rw ? CKR_OK : CKR_SESSION_READ_ONLY;
}

/* --- login and logout
 * ---------------------------------------------------------------------- */

/* Under client->lock. */
static CK_RV login_judge(struct client *c, uint32_t slot, enum login who)
{
    enum login now = atomic_load(&c->login[slot]);
    if (now != LOGIN_NONE)
        return now == who ? CKR_USER_ALREADY_LOGGED_IN
                          : CKR_USER_ANOTHER_ALREADY_LOGGED_IN;
    if (who == LOGIN_SO && c->nr_sessions[slot] != c->nr_rw_sessions[slot])
        return CKR_SESSION_READ_ONLY_EXISTS;
    return CKR_OK;
}

CK_RV session_may_login(const struct session *s, enum login who)
{
    pthread_mutex_lock(&s->client->lock);
    CK_RV rv = login_judge(s->client, s->token->slot, who);
    pthread_mutex_unlock(&s->client->lock);
    return rv;
}

CK_RV session_login_as(struct session *s, enum login who)
{
    struct client *c = s->client;
    uint32_t slot = s->token->slot;
    pthread_mutex_lock(&c->lock);
    CK_RV rv =
        atomic_load(&s->closed) ? CKR_SESSION_HANDLE_INVALID : login_judge(c, slot, who);
    if (rv == CKR_OK)
        atomic_store(&c->login[slot], who);
    pthread_mutex_unlock(&c->lock);
    return rv;
}

/* Take away session objects of this token: those of one session, or all private ones. */
static void drop_objects(struct client *c, const struct token *t, uint32_t session)
{
    for (struct object *o = shelf_first(&c->objects), *next; o; o = next) {
        next = shelf_next(&c->objects, o);
        if (o->token != t || (session ? o->session != session : !o->private))
            continue;
        shelf_remove(&c->objects, o);
        object_put(o);
    }
}

/* Under client->lock. An operation being computed is ended by its lane when it is done.
 */
static void logout(struct client *c, struct token *t)
{
    atomic_store(&c->login[t->slot], LOGIN_NONE);
    atomic_fetch_add(&c->epoch[t->slot], 1);
    drop_objects(c, t, 0);
    for (struct node *n = table_first(&c->sessions); n; n = table_next(&c->sessions, n)) {
        struct session *s = session_at(n);
        if (s->token == t && pthread_mutex_trylock(&s->lock) == 0)
            session_unlock(s);
    }
}

CK_RV session_logout(struct session *s)
{
    struct client *c = s->client;
    pthread_mutex_lock(&c->lock);
    CK_RV rv = session_login(s) == LOGIN_NONE ? CKR_USER_NOT_LOGGED_IN : CKR_OK;
    if (rv == CKR_OK)
        logout(c, s->token);
    pthread_mutex_unlock(&c->lock);
    return rv;
}

/* --- opening and closing
 * --------------------------------------------------------------------- */

static CK_RV open_judge(struct client *c, const struct token *t, bool rw)
{
    if (c->nr_sessions[t->slot] >= CLIENT_SESSIONS_MAX)
        return CKR_SESSION_COUNT;
    if (!rw && atomic_load(&c->login[t->slot]) == LOGIN_SO)
        return CKR_SESSION_READ_WRITE_SO_EXISTS;
    return CKR_OK;
}

static uint32_t next_handle(struct client *c)
{
    do
        c->last_session++;
    while (!c->last_session || table_find(&c->sessions, c->last_session));
    return c->last_session;
}

static CK_RV session_open(struct client *c, struct token *t, bool rw, uint32_t *handle)
{
    struct session *s = calloc(1, sizeof *s);
    if (!s)
        return CKR_DEVICE_MEMORY;
    s->client = c;
    s->token = t;
    s->rw = rw;
    atomic_init(&s->refs, 1);
    pthread_mutex_init(&s->lock, NULL);

    pthread_mutex_lock(&t->gate);
    pthread_mutex_lock(&c->lock);
    CK_RV rv = open_judge(c, t, rw);
    if (rv == CKR_OK) {
        *handle = s->node.handle = next_handle(c);
        table_add(&c->sessions, &s->node);
        c->nr_sessions[t->slot]++;
        c->nr_rw_sessions[t->slot] += rw;
        t->nr_sessions++;
    }
    pthread_mutex_unlock(&c->lock);
    pthread_mutex_unlock(&t->gate);
    if (rv != CKR_OK)
        session_put(s);
    return rv;
}

/* Out of the table, with its objects; under client->lock. The table's reference is the
 * caller's. */
static void unlist(struct client *c, struct session *s)
{
    uint32_t slot = s->token->slot;
    table_remove(&c->sessions, &s->node);
    atomic_store(&s->closed, true);
    c->nr_sessions[slot]--;
    c->nr_rw_sessions[slot] -= s->rw;
    drop_objects(c, s->token, s->node.handle);
    if (!c->nr_sessions[slot] && atomic_load(&c->login[slot]) != LOGIN_NONE)
        logout(c, s->token);
}

static void let_go(struct session *s)
{
    struct token *t = s->token;
    session_put(s);
    pthread_mutex_lock(&t->gate);
    t->nr_sessions--;
    pthread_mutex_unlock(&t->gate);
}

void session_close_all(struct client *c, struct token *t)
{
    for (;;) {
        struct session *s = NULL;
        pthread_mutex_lock(&c->lock);
        for (struct node *n = table_first(&c->sessions); n && !s;
             n = table_next(&c->sessions, n))
            s = session_at(n)->token == t ? session_at(n) : NULL;
        if (s)
            unlist(c, s);
        pthread_mutex_unlock(&c->lock);
        if (!s)
            return;
        let_go(s);
    }
}

/* --- commands
 * -------------------------------------------------------------------------------- */

CK_RV cmd_open_session(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    uint32_t slot = rd_u32(ctrl), flags = rd_u32(ctrl), handle;
    struct token *t;
    if (!rd_end(ctrl) || flags & ~(uint32_t)(CKF_RW_SESSION | CKF_SERIAL_SESSION))
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = io_need(io, sizeof handle);
    if (rv == CKR_OK)
        rv = token_of_slot(&t, slot);
    if (rv == CKR_OK && !(flags & CKF_SERIAL_SESSION))
        rv = CKR_SESSION_PARALLEL_NOT_SUPPORTED;
    if (rv == CKR_OK)
        rv = token_load(t);
    if (rv == CKR_OK)
        rv = session_open(c, t, flags & CKF_RW_SESSION, &handle);
    if (rv == CKR_OK)
        io_put_handles(io, &handle, 1);
    return rv;
}

CK_RV cmd_close_session(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    (void)io;
    uint32_t handle = rd_u32(ctrl);
    if (!rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    pthread_mutex_lock(&c->lock);
    struct node *n = table_find(&c->sessions, handle);
    if (n)
        unlist(c, session_at(n));
    pthread_mutex_unlock(&c->lock);
    if (!n)
        return CKR_SESSION_HANDLE_INVALID;
    let_go(session_at(n));
    return CKR_OK;
}

CK_RV cmd_close_all_sessions(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    (void)io;
    uint32_t slot = rd_u32(ctrl);
    struct token *t;
    if (!rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = token_of_slot(&t, slot);
    if (rv == CKR_OK)
        session_close_all(c, t);
    return rv;
}

CK_RV cmd_session_info(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    uint32_t handle = rd_u32(ctrl);
    struct session *s;
    if (!rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = session_get(&s, c, handle);
    if (rv != CKR_OK)
        return rv;
    uint8_t info[sizeof(struct p11_session_info)];
    struct wr w = wr_init(info, sizeof info);
    wr_u32(&w, s->token->slot);
    wr_u32(&w, session_state(s));
    wr_u32(&w, CKF_SERIAL_SESSION | (s->rw ? CKF_RW_SESSION : 0));
    wr_u32(&w, 0);
    session_put(s);
    return io_put_info(io, info, sizeof info);
}
