/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From draft to object. First everything that can fail in memory (attributes that follow
 * from the values, the key, the struct), then the commit to storage, and then what cannot
 * fail: standing on the shelf. So an error leaves nothing behind, and what a client saw
 * is durable.
 *
 * A pair is committed in one batch. When one half is a session object, it is shelved
 * first, because that can be taken back when the commit of the other half fails.
 */
#include <stdlib.h>
#include "attr.h"
#include "draft.h"
#include "key.h"
#include "keyder.h"
#include "persist.h"
#include "ready.h"
#include "token.h"

#define CERT_CHECK_LEN 3u

/* --- what follows from the values
 * ------------------------------------------------------------- */

/* A number that the template may have said, and that the value decides. */
static CK_RV put_number(struct draft *d, uint32_t id, uint32_t is)
{
    struct span said;
    if (d->birth.origin == ORIGIN_CREATE && attrs_find(&d->attrs, id, &said) &&
        attr_u32(&d->attrs, id) != is)
        return CKR_TEMPLATE_INCONSISTENT;
    return attrs_put_u32(&d->attrs, id, is);
}

static uint32_t bits_of(struct span n)
{
    while (n.len && !*n.p)
        n.p++, n.len--;
    if (!n.len)
        return 0;
    return (uint32_t)n.len * 8 - (uint32_t)__builtin_clz(*n.p) + 24;
}

static CK_RV put_lengths(struct draft *d)
{
    if (d->class == CKO_SECRET_KEY)
        return put_number(d, CKA_VALUE_LEN,
                          (uint32_t)attr_bytes(&d->attrs, CKA_VALUE).len);
    if (d->class == CKO_PUBLIC_KEY && d->key_type == CKK_RSA)
        return put_number(d, CKA_MODULUS_BITS,
                          bits_of(attr_bytes(&d->attrs, CKA_MODULUS)));
    return CKR_OK;
}

/*
 * CKA_CHECK_VALUE: an empty one in the template means that the object shall have none;
 * another one must be right.
 */
static CK_RV put_check(struct draft *d, const uint8_t *check, size_t len)
{
    struct span said;
    if (!attrs_find(&d->attrs, CKA_CHECK_VALUE, &said))
        return attrs_put(&d->attrs, CKA_CHECK_VALUE, check, len);
    if (said.len && (said.len != len || !ct_equal(said.p, check, len)))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    return CKR_OK;
}

static CK_RV cert_check_value(struct draft *d)
{
    struct span value = attr_bytes(&d->attrs, CKA_VALUE);
    TEE_OperationHandle op;
    uint8_t hash[20];
    size_t len = sizeof hash;
    if (!value.len)
        return CKR_OK;
    TEE_Result r = TEE_AllocateOperation(&op, TEE_ALG_SHA1, TEE_MODE_DIGEST, 0);
    if (r != TEE_SUCCESS)
        return rv_of(r);
    r = TEE_DigestDoFinal(op, value.p, value.len, hash, &len);
    TEE_FreeOperation(op);
    return r == TEE_SUCCESS ? put_check(d, hash, CERT_CHECK_LEN) : rv_of(r);
}

static CK_RV key_check(struct draft *d)
{
    uint8_t check[KCV_LEN];
    CK_RV rv = key_check_value(d->key, check);
    return rv == CKR_OK ? put_check(d, check, sizeof check) : rv;
}

/* Computed; when the template said it, it must have said the same. */
static CK_RV put_public_info(struct draft *d)
{
    struct span said = attr_bytes(&d->attrs, CKA_PUBLIC_KEY_INFO);
    if (!said.len)
        return keyder_public_info(&d->attrs);
    uint8_t *copy = malloc(said.len);
    size_t len = said.len;
    if (!copy)
        return CKR_DEVICE_MEMORY;
    memcpy(copy, said.p, len);
    attrs_drop(&d->attrs, CKA_PUBLIC_KEY_INFO);
    CK_RV rv = keyder_public_info(&d->attrs);
    struct span is = attr_bytes(&d->attrs, CKA_PUBLIC_KEY_INFO);
    if (rv == CKR_OK && (is.len != len || memcmp(is.p, copy, len) != 0))
        rv = P11_CKR_PUBLIC_KEY_INVALID;
    free(copy);
    return rv;
}

static CK_RV complete_key(struct draft *d)
{
    CK_RV rv = d->key ? CKR_OK : key_make(&d->key, &d->attrs);
    if (rv == CKR_OK)
        rv = key_complete(d->key, &d->attrs);
    if (rv == CKR_OK)
        rv = put_lengths(d);
    if (rv == CKR_OK && d->class == CKO_SECRET_KEY)
        rv = key_check(d);
    if (rv == CKR_OK && d->class != CKO_SECRET_KEY)
        rv = put_public_info(d);
    return rv;
}

static CK_RV complete(struct draft *d)
{
    if (d->birth.origin == ORIGIN_COPY || d->class == CKO_DATA)
        return CKR_OK;
    return d->class == CKO_CERTIFICATE ? cert_check_value(d) : complete_key(d);
}

/* --- the object
 * ----------------------------------------------------------------------------------- */

static CK_RV put_unique_id(struct attrs *a, const uint8_t uid[OBJECT_UID_LEN])
{
    static const char digits[] = "0123456789abcdef";
    char text[2 * OBJECT_UID_LEN];
    for (size_t i = 0; i < OBJECT_UID_LEN; i++) {
        text[2 * i] = digits[uid[i] >> 4];
        text[2 * i + 1] = digits[uid[i] & 15];
    }
    return attrs_put(a, CKA_UNIQUE_ID, text, sizeof text);
}

static CK_RV make_object(struct object **o, struct draft *d)
{
    uint8_t uid[OBJECT_UID_LEN];
    CK_RV rv = complete(d);
    if (rv != CKR_OK)
        return rv;
    TEE_GenerateRandom(uid, sizeof uid);
    rv = put_unique_id(&d->attrs, uid);
    if (rv == CKR_OK)
        rv = object_new(o, d->session->token, uid, &d->attrs);
    if (rv != CKR_OK)
        return rv;
    atomic_store(&(*o)->key, d->key);
    d->key = NULL;
    if (!(*o)->on_token)
        (*o)->session = d->session->node.handle;
    return CKR_OK;
}

/* --- shelving
 * ----------------------------------------------------------------------------------------
 */

static size_t cost(struct object *const *o, uint32_t nr)
{
    size_t sum = 0;
    for (uint32_t i = 0; i < nr; i++)
        sum += object_cost(o[i]);
    return sum;
}

static uint32_t next_session_object(struct client *c)
{
    do
        c->last_object = (c->last_object + 1) | HANDLE_SESSION_OBJECT;
    while (c->last_object == UINT32_MAX || shelf_find(&c->objects, c->last_object));
    return c->last_object;
}

/* A session object is only as long there as its session, and a private one as its user.
 */
static CK_RV shelve_session_objects(struct session *s, struct object *const *o,
                                    uint32_t nr)
{
    struct client *c = s->client;
    CK_RV rv = CKR_OK;
    pthread_mutex_lock(&c->lock);
    if (atomic_load(&s->closed))
        rv = CKR_SESSION_HANDLE_INVALID;
    for (uint32_t i = 0; i < nr; i++) {
        if (o[i]->private && session_login(s) != LOGIN_USER)
            rv = CKR_USER_NOT_LOGGED_IN;
    }
    if (rv == CKR_OK && !shelf_fits(&c->objects, cost(o, nr)))
        rv = CKR_DEVICE_MEMORY;
    for (uint32_t i = 0; i < nr && rv == CKR_OK; i++) {
        o[i]->place.node.handle = next_session_object(c);
        shelf_add(&c->objects, object_ref(o[i]));
    }
    pthread_mutex_unlock(&c->lock);
    return rv;
}

static CK_RV shelve_token_objects(struct session *s, struct object *const *o, uint32_t nr)
{
    struct token *t = s->token;
    token_change_share(t);
    CK_RV rv = atomic_load(&s->closed) ? CKR_SESSION_HANDLE_INVALID : CKR_OK;
    pthread_rwlock_rdlock(&t->shelf_lock);
    if (rv == CKR_OK && !shelf_fits(&t->shelf, cost(o, nr)))
        rv = CKR_DEVICE_MEMORY;
    pthread_rwlock_unlock(&t->shelf_lock);
    if (rv == CKR_OK)
        rv = persist_put(t->generation, o, nr);
    if (rv == CKR_OK) {
        pthread_rwlock_wrlock(&t->shelf_lock);
        for (uint32_t i = 0; i < nr; i++) {
            o[i]->place.node.handle = token_next_handle(t);
            shelf_add(&t->shelf, object_ref(o[i]));
        }
        pthread_rwlock_unlock(&t->shelf_lock);
    }
    token_change_done(t);
    return rv;
}

static void unshelve_session_objects(struct client *c, struct object *const *o,
                                     uint32_t nr)
{
    pthread_mutex_lock(&c->lock);
    for (uint32_t i = 0; i < nr; i++) {
        if (shelf_find(&c->objects, object_handle(o[i])) != o[i])
            continue; /* its session was closed meanwhile */
        shelf_remove(&c->objects, o[i]);
        object_put(o[i]);
    }
    pthread_mutex_unlock(&c->lock);
}

static CK_RV shelve(struct session *s, struct object *const *objects, uint32_t nr)
{
    struct object *on_token[2], *others[2];
    uint32_t nr_token = 0, nr_others = 0;
    for (uint32_t i = 0; i < nr; i++) {
        if (objects[i]->on_token)
            on_token[nr_token++] = objects[i];
        else
            others[nr_others++] = objects[i];
    }
    CK_RV rv = nr_others ? shelve_session_objects(s, others, nr_others) : CKR_OK;
    if (rv != CKR_OK || !nr_token)
        return rv;
    rv = shelve_token_objects(s, on_token, nr_token);
    if (rv != CKR_OK)
        unshelve_session_objects(s->client, others, nr_others);
    return rv;
}

CK_RV draft_publish(struct draft *d, uint32_t nr, uint32_t *handles)
{
    struct object *objects[2] = {NULL, NULL};
    CK_RV rv = CKR_OK;
    for (uint32_t i = 0; i < nr && rv == CKR_OK; i++)
        rv = make_object(&objects[i], &d[i]);
    if (rv == CKR_OK)
        rv = shelve(d->session, objects, nr);
    for (uint32_t i = 0; i < nr; i++) {
        if (rv == CKR_OK)
            handles[i] = object_handle(objects[i]);
        object_put(objects[i]);
    }
    return rv;
}
