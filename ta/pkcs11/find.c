/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Searching. FIND_OBJECTS_INIT collects the handles of all that match, from the shelf of
 * the token and that of the client; FIND_OBJECTS tells them in portions. An object that
 * went away meanwhile, or became invisible by a logout, is not told. Handles are told in
 * ascending order, which is the order in which the objects were made.
 */
#include <stdlib.h>
#include "cmd.h"
#include "find.h"
#include "object.h"
#include "token.h"

void find_free(struct find *f)
{
    if (!f)
        return;
    session_let_go(f->room * sizeof *f->handles);
    free(f->handles);
    free(f);
}

struct collect {
    struct find *find;
    const struct token *token;
    bool all; /* private objects too */
    bool no_memory;
};

static bool find_grow(struct find *f)
{
    uint32_t room = f->room ? 2 * f->room : 16;
    size_t more = (room - f->room) * sizeof *f->handles;
    if (!session_hold(more))
        return false;
    uint32_t *handles = realloc(f->handles, room * sizeof *handles);
    if (!handles) {
        session_let_go(more);
        return false;
    }
    f->handles = handles;
    f->room = room;
    return true;
}

static bool collect(struct object *o, void *arg)
{
    struct collect *c = arg;
    struct find *f = c->find;
    if (o->token != c->token || (o->private && !c->all))
        return true;
    if (f->nr == f->room && !find_grow(f)) {
        c->no_memory = true;
        return false;
    }
    f->handles[f->nr++] = object_handle(o);
    return true;
}

static int ascending(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static CK_RV search(struct session *s, const struct p11_template *t, struct find *f)
{
    struct collect c = {f, s->token, session_login(s) == LOGIN_USER, false};
    pthread_rwlock_rdlock(&s->token->shelf_lock);
    shelf_search(&s->token->shelf, t, collect, &c);
    pthread_rwlock_unlock(&s->token->shelf_lock);
    if (!c.no_memory) {
        pthread_mutex_lock(&s->client->lock);
        shelf_search(&s->client->objects, t, collect, &c);
        pthread_mutex_unlock(&s->client->lock);
    }
    if (f->nr > 1)
        qsort(f->handles, f->nr, sizeof *f->handles, ascending);
    return c.no_memory ? CKR_DEVICE_MEMORY : CKR_OK;
}

static CK_RV begin(struct session *s, const struct p11_template *t)
{
    CK_RV rv = session_idle(s);
    if (rv != CKR_OK)
        return rv;
    struct find *f = calloc(1, sizeof *f);
    if (!f)
        return CKR_DEVICE_MEMORY;
    rv = search(s, t, f);
    if (rv == CKR_OK)
        s->find = f;
    else
        find_free(f);
    return rv;
}

CK_RV cmd_find_objects_init(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    (void)io;
    uint32_t handle = rd_u32(ctrl);
    struct p11_template t;
    struct session *s;
    CK_RV rv = p11_template_decode(&t, ctrl);
    if (rv == CKR_OK && !rd_end(ctrl))
        rv = CKR_ARGUMENTS_BAD;
    if (rv == CKR_OK)
        rv = session_get(&s, c, handle);
    if (rv != CKR_OK)
        return rv;
    session_lock(s);
    rv = begin(s, &t);
    session_unlock(s);
    session_put(s);
    return rv;
}

/* Fill the output with the next handles that are still there to see. */
static CK_RV tell(struct session *s, struct cmd_io *io)
{
    struct find *f = s->find;
    if (!f)
        return CKR_OPERATION_NOT_INITIALIZED;
    while (f->told < f->nr && io->room - io->len >= 4) {
        uint32_t handle = f->handles[f->told++];
        struct object *o = object_get(s, handle);
        if (!o)
            continue;
        object_put(o);
        put_le32(io->out + io->len, handle);
        io->len += 4;
    }
    return CKR_OK;
}

CK_RV cmd_find_objects(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    uint32_t handle = rd_u32(ctrl);
    struct session *s;
    if (!rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = session_get(&s, c, handle);
    if (rv != CKR_OK)
        return rv;
    session_lock(s);
    rv = tell(s, io);
    session_unlock(s);
    session_put(s);
    return rv;
}

CK_RV cmd_find_objects_final(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    (void)io;
    uint32_t handle = rd_u32(ctrl);
    struct session *s;
    if (!rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = session_get(&s, c, handle);
    if (rv != CKR_OK)
        return rv;
    session_lock(s);
    if (!s->find)
        rv = CKR_OPERATION_NOT_INITIALIZED;
    find_free(s->find);
    s->find = NULL;
    session_unlock(s);
    session_put(s);
    return rv;
}
