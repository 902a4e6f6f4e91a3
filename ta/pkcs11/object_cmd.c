/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands on objects: create, copy, destroy, read and change.
 *
 * Changing a token object happens under the token's change lock, alone: look up, build
 * the successor, commit it, put it in the place of its predecessor. Two lanes that change
 * or destroy the same object thus follow one another, and the second sees what the first
 * left. Session objects go the same way under the client's lock, without the commit.
 */
#include "attr.h"
#include "change.h"
#include "cmd.h"
#include "draft.h"
#include "key.h"
#include "persist.h"
#include "token.h"

/* --- making
 * -------------------------------------------------------------------------------- */

static CK_RV create(struct session *s, const struct p11_template *t, uint32_t *handle)
{
    const struct birth birth = {ORIGIN_CREATE, P11_UNAVAILABLE, P11_UNAVAILABLE,
                                P11_UNAVAILABLE, NULL};
    struct draft d;
    CK_RV rv = draft_begin(&d, s, t, &birth);
    if (rv != CKR_OK)
        return rv;
    rv = draft_publish(&d, 1, handle);
    draft_end(&d);
    return rv;
}

CK_RV cmd_create_object(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    uint32_t ses = rd_u32(ctrl), handle;
    struct p11_template t;
    struct session *s;
    CK_RV rv = p11_template_decode(&t, ctrl);
    if (rv == CKR_OK)
        rv = rd_end(ctrl) ? io_need(io, sizeof handle) : CKR_ARGUMENTS_BAD;
    if (rv == CKR_OK)
        rv = session_get(&s, c, ses);
    if (rv != CKR_OK)
        return rv;
    rv = create(s, &t, &handle);
    session_put(s);
    if (rv == CKR_OK)
        io_put_handles(io, &handle, 1);
    return rv;
}

static CK_RV copy(struct session *s, struct object *source, const struct p11_template *t,
                  uint32_t *handle)
{
    struct draft d;
    if (!attr_bool(&source->attrs, CKA_COPYABLE))
        return CKR_ACTION_PROHIBITED;
    CK_RV rv = draft_copy(&d, s, source, t);
    if (rv != CKR_OK)
        return rv;
    rv = draft_publish(&d, 1, handle);
    draft_end(&d);
    return rv;
}

/* Session and object at the head of the arguments; both with a reference. */
static CK_RV open_object(struct session **s, struct object **o, struct client *c,
                         uint32_t ses, uint32_t obj)
{
    CK_RV rv = session_get(s, c, ses);
    if (rv != CKR_OK)
        return rv;
    if ((*o = object_get(*s, obj)))
        return CKR_OK;
    session_put(*s);
    return CKR_OBJECT_HANDLE_INVALID;
}

CK_RV cmd_copy_object(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    uint32_t ses = rd_u32(ctrl), obj = rd_u32(ctrl), handle;
    struct p11_template t;
    struct session *s;
    struct object *o;
    CK_RV rv = p11_template_decode(&t, ctrl);
    if (rv == CKR_OK)
        rv = rd_end(ctrl) ? io_need(io, sizeof handle) : CKR_ARGUMENTS_BAD;
    if (rv == CKR_OK)
        rv = open_object(&s, &o, c, ses, obj);
    if (rv != CKR_OK)
        return rv;
    rv = copy(s, o, &t, &handle);
    object_put(o);
    session_put(s);
    if (rv == CKR_OK)
        io_put_handles(io, &handle, 1);
    return rv;
}

/* --- destroying and changing
 * ------------------------------------------------------------------ */

/* What becomes of an object: t NULL destroys it, else changes it. */
static CK_RV allowed(const struct session *s, const struct object *o,
                     const struct p11_template *t)
{
    CK_RV rv = o->on_token ? session_may_write(s) : CKR_OK;
    if (rv == CKR_OK && !attr_bool(&o->attrs, t ? CKA_MODIFIABLE : CKA_DESTROYABLE))
        rv = CKR_ACTION_PROHIBITED;
    return rv;
}

/* The object that o becomes by t, under the same handle; it shares the key. */
static CK_RV successor(struct object **out, struct object *o, const struct session *s,
                       const struct p11_template *t)
{
    struct attrs a = {.nr = 0};
    struct object *n;
    CK_RV rv = attrs_copy(&a, &o->attrs);
    if (rv == CKR_OK)
        rv = change_apply(&a, o, s, t, false);
    if (rv == CKR_OK)
        rv = object_new(&n, o->token, o->uid, &a);
    attrs_free(&a);
    if (rv != CKR_OK)
        return rv;
    n->place.node.handle = object_handle(o);
    n->session = o->session;
    struct key *key = atomic_load(&o->key);
    atomic_store(&n->key, key ? key_ref(key) : NULL);
    *out = n;
    return CKR_OK;
}

static void replace(struct shelf *shelf, struct object *o, struct object *n)
{
    shelf_remove(shelf, o);
    object_put(o);
    if (n)
        shelf_add(shelf, n);
}

/* May n take the place of o? It may be larger. */
static bool fits(const struct shelf *shelf, const struct object *o,
                 const struct object *n)
{
    return !n || object_cost(n) <= object_cost(o) ||
           shelf_fits(shelf, object_cost(n) - object_cost(o));
}

static bool fits_token(struct token *t, const struct object *o, const struct object *n)
{
    pthread_rwlock_rdlock(&t->shelf_lock);
    bool good = fits(&t->shelf, o, n);
    pthread_rwlock_unlock(&t->shelf_lock);
    return good;
}

/* Under change alone, so that what is looked up here stays. */
static CK_RV alter_on_token(struct session *s, uint32_t handle,
                            const struct p11_template *t)
{
    struct token *token = s->token;
    struct object *n = NULL, *o = object_get(s, handle);
    if (!o)
        return CKR_OBJECT_HANDLE_INVALID;
    CK_RV rv = allowed(s, o, t);
    if (rv == CKR_OK && t)
        rv = successor(&n, o, s, t);
    if (rv == CKR_OK && !fits_token(token, o, n))
        rv = CKR_DEVICE_MEMORY;
    if (rv == CKR_OK)
        rv = n ? persist_put(token->generation, &n, 1)
               : persist_delete(token->generation, o);
    if (rv == CKR_OK) {
        pthread_rwlock_wrlock(&token->shelf_lock);
        replace(&token->shelf, o, n);
        pthread_rwlock_unlock(&token->shelf_lock);
    } else {
        object_put(n);
    }
    object_put(o);
    return rv;
}

static CK_RV alter_of_client(struct session *s, uint32_t handle,
                             const struct p11_template *t)
{
    struct client *c = s->client;
    struct object *n = NULL, *o = shelf_find(&c->objects, handle);
    if (!o || o->token != s->token || (o->private && session_login(s) != LOGIN_USER))
        return CKR_OBJECT_HANDLE_INVALID;
    CK_RV rv = allowed(s, o, t);
    if (rv == CKR_OK && t)
        rv = successor(&n, o, s, t);
    if (rv == CKR_OK && !fits(&c->objects, o, n))
        rv = CKR_DEVICE_MEMORY;
    if (rv == CKR_OK)
        replace(&c->objects, o, n);
    else
        object_put(n);
    return rv;
}

static CK_RV alter(struct session *s, uint32_t handle, const struct p11_template *t)
{
    CK_RV rv;
    if (handle & HANDLE_SESSION_OBJECT) {
        pthread_mutex_lock(&s->client->lock);
        rv = alter_of_client(s, handle, t);
        pthread_mutex_unlock(&s->client->lock);
    } else {
        token_change_alone(s->token);
        rv = alter_on_token(s, handle, t);
        token_change_done(s->token);
    }
    return rv;
}

CK_RV cmd_destroy_object(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    (void)io;
    uint32_t ses = rd_u32(ctrl), obj = rd_u32(ctrl);
    struct session *s;
    if (!rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = session_get(&s, c, ses);
    if (rv != CKR_OK)
        return rv;
    rv = alter(s, obj, NULL);
    session_put(s);
    return rv;
}

CK_RV cmd_set_attribute_value(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    (void)io;
    uint32_t ses = rd_u32(ctrl), obj = rd_u32(ctrl);
    struct p11_template t;
    struct session *s;
    CK_RV rv = p11_template_decode(&t, ctrl);
    if (rv == CKR_OK && !rd_end(ctrl))
        rv = CKR_ARGUMENTS_BAD;
    if (rv == CKR_OK)
        rv = session_get(&s, c, ses);
    if (rv != CKR_OK)
        return rv;
    rv = alter(s, obj, &t);
    session_put(s);
    return rv;
}

/* --- reading
 * -------------------------------------------------------------------------------------
 */

CK_RV cmd_get_object_size(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    uint32_t ses = rd_u32(ctrl), obj = rd_u32(ctrl);
    struct session *s;
    struct object *o;
    if (!rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = open_object(&s, &o, c, ses, obj);
    if (rv != CKR_OK)
        return rv;
    uint8_t size[4];
    put_le32(size, (uint32_t)(sizeof(struct p11_object_head) + o->attrs.len));
    object_put(o);
    session_put(s);
    return io_put_info(io, size, sizeof size);
}

static CK_RV read_one(const struct object *o, struct p11_place *place)
{
    const struct attr_row *row = attr_row(place->id, attr_scope(o->class, o->key_type));
    struct span v;
    if (row && row->secret && !object_is_readable(o)) {
        p11_get_refuse(place);
        return CKR_ATTRIBUTE_SENSITIVE;
    }
    if (!row || !attrs_find(&o->attrs, place->id, &v)) {
        p11_get_refuse(place);
        return CKR_ATTRIBUTE_TYPE_INVALID;
    }
    if (p11_attr_kind(place->id) == P11_TEMPLATE)
        return CKR_ATTRIBUTE_TYPE_INVALID; /* as the OP-TEE TA: the place is left as it
                                              was */
    return p11_get_fill(place, v.p, v.len);
}

/* Every place is visited, whatever happens at another; the first failure is the result.
 */
static CK_RV read_all(const struct object *o, struct p11_get *g)
{
    CK_RV rv = CKR_OK;
    struct p11_place place;
    while (p11_get_next(g, &place)) {
        CK_RV one = read_one(o, &place);
        if (rv == CKR_OK)
            rv = one;
    }
    return rv;
}

CK_RV cmd_get_attribute_value(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    uint32_t ses = rd_u32(ctrl), obj = rd_u32(ctrl);
    struct p11_get g;
    struct session *s;
    struct object *o;
    CK_RV rv = p11_get_decode(&g, ctrl);
    if (rv == CKR_OK && (!rd_end(ctrl) || io->room < g.len))
        rv = CKR_ARGUMENTS_BAD;
    if (rv == CKR_OK)
        rv = open_object(&s, &o, c, ses, obj);
    if (rv != CKR_OK)
        return rv;
    rv = read_all(o, &g);
    memcpy(io->out, g.reply, g.len);
    io->len = g.len;
    object_put(o);
    session_put(s);
    return rv;
}
