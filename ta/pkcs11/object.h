/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects. A published object never changes: C_SetAttributeValue publishes a new struct
 * object under the same handle in its place. So whoever holds a reference reads its
 * attributes without a lock, and an operation goes on with the object that it began with.
 *
 * Token objects stand on the shelf of their token and are seen by every client at once;
 * session objects stand on the shelf of their client and go with the session that made
 * them. Handles of session objects have the top bit set. No handle is used twice while
 * the TA lives (until 2^31 objects were made).
 */
#ifndef P11_OBJECT_H
#define P11_OBJECT_H

#include <stdatomic.h>
#include "attrs.h"
#include "session.h"

#define HANDLE_SESSION_OBJECT 0x80000000u
#define OBJECT_UID_LEN        16u

struct object {
    struct place
        place; /* on its shelf; the shelf's lock; place.node.handle is the handle */
    atomic_uint refs;
    struct token *token;
    uint32_t class;    /* CKO_* */
    uint32_t key_type; /* CKK_*; P11_UNAVAILABLE when it is no key */
    uint32_t session;  /* session objects: handle of the session that made it; token
                          objects: 0 */
    bool on_token;     /* CKA_TOKEN */
    bool private;      /* CKA_PRIVATE */
    uint8_t uid[OBJECT_UID_LEN];
    struct attrs attrs;
    _Atomic(struct key *)
        key; /* NULL until first use; set once, by compare and swap (key.c) */
};

/* What an object costs of the ceilings: its attributes, and about what all else takes. */
#define OBJECT_OVERHEAD 1024u
static inline size_t object_cost(const struct object *o)
{
    return OBJECT_OVERHEAD + o->attrs.len;
}

static inline uint32_t object_handle(const struct object *o)
{
    return o->place.node.handle;
}

/*
 * The object with this handle as this session may see it, with a reference; NULL when
 * there is none (unknown, of another token or client, or private while the user is not
 * logged in). The caller chooses the code: CKR_OBJECT_HANDLE_INVALID,
 * CKR_KEY_HANDLE_INVALID ...
 */
struct object *object_get(const struct session *s, uint32_t handle);
struct object *object_ref(struct object *o);
void object_put(struct object *o); /* NULL is nothing */

/*
 * A new object from its attributes, which it takes over (*attrs becomes empty), with one
 * reference and no handle yet. CKR_DEVICE_MEMORY, or CKR_DEVICE_ERROR when they do not
 * make an object.
 */
CK_RV object_new(struct object **o, struct token *t, const uint8_t uid[OBJECT_UID_LEN],
                 struct attrs *attrs);

/* May this object's value leave the TA? (EXTRACTABLE and not SENSITIVE, or not secret at
 * all) */
bool object_is_readable(const struct object *o);

#endif
