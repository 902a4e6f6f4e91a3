/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The making of objects. A draft is an object that nobody sees yet:
 *
 *   draft_begin    judges the client's template (what it may say, rights of the session,
 *                  UNWRAP_ and DERIVE_TEMPLATE of the parent) and fills in defaults and
 *                  origin; cheap, changes nothing
 *   draft_put      the mechanism adds what it made: CKA_VALUE, CKA_MODULUS ...
 *   draft_publish  completes (CKA_CHECK_VALUE, CKA_PUBLIC_KEY_INFO, CKA_EC_POINT of
 *                  private keys), checks the key, commits token objects in one batch, and
 *                  makes them visible: all drafts or none
 *   draft_end      always, also after an error; wipes
 *
 * After draft_begin the mechanism reads what it needs from d->attrs (CKA_EC_PARAMS,
 * CKA_MODULUS_BITS, CKA_VALUE_LEN ...). It may put the key it already has into d->key,
 * else draft_publish makes it.
 *
 * Defaults are those of the OP-TEE TA: booleans are FALSE but for MODIFIABLE, COPYABLE
 * and DESTROYABLE, and EXTRACTABLE of unwrapped keys is TRUE. Two are safer here, because
 * tools leave them out and mean the safe thing: a private or secret key that is made
 * while the user is logged in is PRIVATE, and one that is generated with neither
 * SENSITIVE nor EXTRACTABLE in its template is SENSITIVE. Who says FALSE gets FALSE.
 * CKA_LOCAL, CKA_KEY_GEN_MECHANISM, CKA_ALWAYS_SENSITIVE and CKA_NEVER_EXTRACTABLE follow
 * from the origin and cannot be given (CKR_ATTRIBUTE_READ_ONLY).
 */
#ifndef P11_DRAFT_H
#define P11_DRAFT_H

#include "object.h"

enum origin { ORIGIN_CREATE, ORIGIN_GENERATE, ORIGIN_UNWRAP, ORIGIN_DERIVE, ORIGIN_COPY };

struct birth {
    enum origin origin;
    uint32_t class;    /* implied by the command; P11_UNAVAILABLE: the template says it */
    uint32_t key_type; /* implied by the mechanism; P11_UNAVAILABLE: as above */
    uint32_t mechanism; /* GENERATE: becomes CKA_KEY_GEN_MECHANISM */
    /* UNWRAP: the unwrapping key; DERIVE: the base key; COPY: the source */
    const struct object *parent;
};

struct draft {
    struct session *session;
    struct birth birth;
    uint32_t class;
    uint32_t key_type;
    struct attrs attrs;
    struct key *key;
};

/*
 * CKR_TEMPLATE_INCOMPLETE, CKR_TEMPLATE_INCONSISTENT (also: class or key type other than
 * implied), CKR_ATTRIBUTE_VALUE_INVALID, CKR_ATTRIBUTE_READ_ONLY, CKR_SESSION_READ_ONLY
 * (token object), CKR_USER_NOT_LOGGED_IN (private object), CKR_KEY_FUNCTION_NOT_PERMITTED
 * (TRUSTED without the SO), CKR_DEVICE_MEMORY. On any error the draft is empty and needs
 * no draft_end (which is harmless).
 */
CK_RV draft_begin(struct draft *d, struct session *s, const struct p11_template *t,
                  const struct birth *b);

/* Replaces what is there. Not judged: the value comes from the TA itself. */
CK_RV draft_put(struct draft *d, uint32_t id, const void *v, size_t len);

/*
 * May this session have an object with these attributes made? CKR_USER_NOT_LOGGED_IN,
 * CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_SESSION_READ_ONLY, CKR_TOKEN_WRITE_PROTECTED (not
 * initialised).
 */
CK_RV draft_rights(const struct session *s, const struct attrs *a);

/* A draft of ORIGIN_COPY: all of source, but for what t changes as attr.c allows
 * (change.h). */
CK_RV draft_copy(struct draft *d, struct session *s, struct object *source,
                 const struct p11_template *t);

/*
 * nr is 1 or 2 (a pair, both of the same session). handles[i] is the handle of d[i].
 * Codes of key_make, CKR_PUBLIC_KEY_INVALID, CKR_DEVICE_MEMORY, CKR_DEVICE_ERROR
 * (storage), and CKR_SESSION_HANDLE_INVALID when the session was closed meanwhile.
 */
CK_RV draft_publish(struct draft *d, uint32_t nr, uint32_t *handles);

void draft_end(struct draft *d);

#endif
