/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects: making them from their attributes, finding them by handle as a session may see
 * them, and letting go of them. The last reference wipes the attributes.
 */
#include <stdlib.h>
#include "attr.h"
#include "key.h"
#include "object.h"
#include "token.h"

CK_RV object_new(struct object **out, struct token *t, const uint8_t uid[OBJECT_UID_LEN],
                 struct attrs *attrs)
{
    uint32_t class = attr_u32(attrs, CKA_CLASS), type = attr_u32(attrs, CKA_KEY_TYPE);
    if (!attr_scope(class, type))
        return CKR_DEVICE_ERROR;
    struct object *o = calloc(1, sizeof *o);
    if (!o || attrs_fit(attrs) != CKR_OK) {
        free(o);
        return CKR_DEVICE_MEMORY;
    }
    atomic_init(&o->refs, 1);
    o->token = t;
    o->class = class;
    o->key_type = type;
    o->on_token = attr_bool(attrs, CKA_TOKEN);
    o->private = attr_bool(attrs, CKA_PRIVATE);
    memcpy(o->uid, uid, OBJECT_UID_LEN);
    o->attrs = *attrs;
    *attrs = (struct attrs){.nr = 0};
    *out = o;
    return CKR_OK;
}

struct object *object_ref(struct object *o)
{
    atomic_fetch_add_explicit(&o->refs, 1, memory_order_relaxed);
    return o;
}

void object_put(struct object *o)
{
    if (!o || atomic_fetch_sub(&o->refs, 1) != 1)
        return;
    key_put(atomic_load(&o->key));
    attrs_free(&o->attrs);
    free(o);
}

static struct object *find_on_token(struct token *t, uint32_t handle)
{
    pthread_rwlock_rdlock(&t->shelf_lock);
    struct object *o = shelf_find(&t->shelf, handle);
    if (o)
        object_ref(o);
    pthread_rwlock_unlock(&t->shelf_lock);
    return o;
}

static struct object *find_of_client(struct client *c, uint32_t handle)
{
    pthread_mutex_lock(&c->lock);
    struct object *o = shelf_find(&c->objects, handle);
    if (o)
        object_ref(o);
    pthread_mutex_unlock(&c->lock);
    return o;
}

struct object *object_get(const struct session *s, uint32_t handle)
{
    struct object *o = handle & HANDLE_SESSION_OBJECT ? find_of_client(s->client, handle)
                                                      : find_on_token(s->token, handle);
    if (o && (o->token != s->token || (o->private && session_login(s) != LOGIN_USER))) {
        object_put(o);
        return NULL;
    }
    return o;
}

bool object_is_readable(const struct object *o)
{
    if (o->class != CKO_PRIVATE_KEY && o->class != CKO_SECRET_KEY)
        return true;
    return attr_bool(&o->attrs, CKA_EXTRACTABLE) && !attr_bool(&o->attrs, CKA_SENSITIVE);
}
