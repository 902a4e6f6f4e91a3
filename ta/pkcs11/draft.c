/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Judging templates and filling in what they leave out. draft_begin() walks over the
 * template once (each attribute against its row), then over the template that the parent
 * key prescribes, then over the rows (what is still missing), and last looks at the
 * whole: rights of the session and rules between attributes. Nothing outside the draft is
 * touched. publish.c does the rest.
 *
 * Unknown attributes, and known ones that the class does not have, are left out as the
 * OP-TEE TA does: clients send templates made for richer tokens. One that would name a
 * hidden attribute is refused.
 */
#include "attr.h"
#include "draft.h"
#include "key.h"
#include "token.h"

/* The class or key type: what the template says and what is implied must agree. */
static CK_RV settle(uint32_t *value, const struct p11_template *t, uint32_t id,
                    uint32_t implied)
{
    struct p11_attr a;
    *value = implied;
    if (!p11_template_find(t, id, &a))
        return implied == P11_UNAVAILABLE ? CKR_TEMPLATE_INCOMPLETE : CKR_OK;
    uint32_t said;
    if (!p11_attr_u32(&a, &said))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    if (implied != P11_UNAVAILABLE && said != implied)
        return CKR_TEMPLATE_INCONSISTENT;
    *value = said;
    return CKR_OK;
}

static bool class_is_key(uint32_t class)
{
    return class == CKO_PUBLIC_KEY || class == CKO_PRIVATE_KEY || class == CKO_SECRET_KEY;
}

static CK_RV settle_kind(struct draft *d, const struct p11_template *t)
{
    d->key_type = P11_UNAVAILABLE;
    CK_RV rv = settle(&d->class, t, CKA_CLASS, d->birth.class);
    if (rv == CKR_OK && class_is_key(d->class))
        rv = settle(&d->key_type, t, CKA_KEY_TYPE, d->birth.key_type);
    if (rv == CKR_OK && !attr_scope(d->class, d->key_type))
        rv = CKR_TEMPLATE_INCONSISTENT;
    if (rv == CKR_OK)
        rv = attrs_put_u32(&d->attrs, CKA_CLASS, d->class);
    if (rv == CKR_OK && class_is_key(d->class))
        rv = attrs_put_u32(&d->attrs, CKA_KEY_TYPE, d->key_type);
    return rv;
}

/* May a template say this attribute for an object of this origin? */
static CK_RV may_say(const struct attr_row *row, enum origin origin)
{
    switch (row->from) {
    case FROM_TA:
        return CKR_ATTRIBUTE_READ_ONLY;
    case FROM_VALUE:
        return origin == ORIGIN_CREATE ? CKR_OK : CKR_TEMPLATE_INCONSISTENT;
    case FROM_PARAM:
        return origin == ORIGIN_CREATE || origin == ORIGIN_GENERATE
                   ? CKR_OK
                   : CKR_TEMPLATE_INCONSISTENT;
    case FROM_MUST:
    case FROM_OPT:
    case FROM_EMPTY:
    case FROM_TRUE:
    case FROM_FALSE:
        break;
    }
    return CKR_OK;
}

static CK_RV take(struct draft *d, const struct p11_attr *a, unsigned scope)
{
    if (a->id == P11_CKA_HIDDEN_EC_POINT)
        return CKR_ATTRIBUTE_TYPE_INVALID;
    const struct attr_row *row = attr_row(a->id, scope);
    if (!row)
        return CKR_OK;
    CK_RV rv = may_say(row, d->birth.origin);
    if (rv == CKR_OK)
        rv = attr_check(a);
    if (rv != CKR_OK)
        return rv;
    struct span there;
    if (!attrs_find(&d->attrs, a->id, &there))
        return attrs_put(&d->attrs, a->id, a->v.p, a->v.len);
    bool same = there.len == a->v.len && ct_equal(there.p, a->v.p, there.len);
    return same ? CKR_OK : CKR_TEMPLATE_INCONSISTENT;
}

static CK_RV take_all(struct draft *d, const struct p11_template *t)
{
    unsigned scope = attr_scope(d->class, d->key_type);
    CK_RV rv = CKR_OK;
    struct p11_attr a;
    for (struct p11_iter i = p11_iter(t); rv == CKR_OK && p11_next(&i, &a);)
        rv = take(d, &a, scope);
    return rv;
}

/* What the unwrapping or base key prescribes: its template is a second one, and must not
 * contradict. */
static CK_RV take_prescribed(struct draft *d)
{
    uint32_t id =
        d->birth.origin == ORIGIN_UNWRAP ? CKA_UNWRAP_TEMPLATE : CKA_DERIVE_TEMPLATE;
    if (d->birth.origin != ORIGIN_UNWRAP && d->birth.origin != ORIGIN_DERIVE)
        return CKR_OK;
    struct p11_attr a = {id, attr_bytes(&d->birth.parent->attrs, id)};
    struct p11_template t;
    CK_RV rv = p11_template_nested(&t, &a);
    return rv == CKR_OK ? take_all(d, &t) : rv;
}

/* --- defaults and origin
 * -------------------------------------------------------------------- */

/* The default of a boolean; the exceptions are stated in draft.h. */
static bool default_bool(const struct draft *d, const struct attr_row *row)
{
    if (row->id == CKA_SENSITIVE)
        return d->birth.origin == ORIGIN_GENERATE &&
               !attrs_has(&d->attrs, CKA_EXTRACTABLE);
    if (row->id == CKA_EXTRACTABLE)
        return d->birth.origin == ORIGIN_UNWRAP;
    if (row->id == CKA_PRIVATE)
        return (d->class == CKO_PRIVATE_KEY || d->class == CKO_SECRET_KEY) &&
               session_login(d->session) == LOGIN_USER;
    return row->from == FROM_TRUE;
}

static CK_RV fill(struct draft *d, const struct attr_row *row)
{
    switch (row->from) {
    case FROM_MUST:
        return CKR_TEMPLATE_INCOMPLETE;
    case FROM_EMPTY:
        return attrs_put(&d->attrs, row->id, NULL, 0);
    case FROM_TRUE:
    case FROM_FALSE:
        return attrs_put_bool(&d->attrs, row->id, default_bool(d, row));
    case FROM_OPT:
    case FROM_VALUE:
    case FROM_PARAM:
    case FROM_TA:
        break;
    }
    return CKR_OK;
}

static CK_RV fill_all(struct draft *d)
{
    unsigned scope = attr_scope(d->class, d->key_type);
    CK_RV rv = CKR_OK;
    for (size_t i = 0; i < nr_attr_rows && rv == CKR_OK; i++) {
        if (attr_rows[i].scope & scope && !attrs_has(&d->attrs, attr_rows[i].id))
            rv = fill(d, &attr_rows[i]);
    }
    return rv;
}

/* Has the key kept property `now` (SENSITIVE, or not EXTRACTABLE) all its life? */
static bool always(const struct draft *d, uint32_t history, bool now)
{
    switch (d->birth.origin) {
    case ORIGIN_GENERATE:
        return now;
    case ORIGIN_DERIVE:
        return now && attr_bool(&d->birth.parent->attrs, history);
    case ORIGIN_CREATE:
    case ORIGIN_UNWRAP:
    case ORIGIN_COPY:
        break;
    }
    return false;
}

static CK_RV tell_origin(struct draft *d)
{
    bool local = d->birth.origin == ORIGIN_GENERATE;
    CK_RV rv = CKR_OK;
    if (class_is_key(d->class)) {
        rv = attrs_put_bool(&d->attrs, CKA_LOCAL, local);
        if (rv == CKR_OK)
            rv = attrs_put_u32(&d->attrs, CKA_KEY_GEN_MECHANISM,
                               local ? d->birth.mechanism : P11_UNAVAILABLE);
    }
    if (d->class != CKO_PRIVATE_KEY && d->class != CKO_SECRET_KEY)
        return rv;
    bool sensitive = attr_bool(&d->attrs, CKA_SENSITIVE);
    bool kept = !attr_bool(&d->attrs, CKA_EXTRACTABLE);
    if (rv == CKR_OK)
        rv = attrs_put_bool(&d->attrs, CKA_ALWAYS_SENSITIVE,
                            always(d, CKA_ALWAYS_SENSITIVE, sensitive));
    if (rv == CKR_OK)
        rv = attrs_put_bool(&d->attrs, CKA_NEVER_EXTRACTABLE,
                            always(d, CKA_NEVER_EXTRACTABLE, kept));
    return rv;
}

/* --- the whole
 * --------------------------------------------------------------------------------- */

static CK_RV token_may_write(const struct session *s)
{
    CK_RV rv = session_may_write(s);
    if (rv == CKR_OK && !atomic_load(&s->token->initialised))
        rv = CKR_TOKEN_WRITE_PROTECTED;
    return rv;
}

CK_RV draft_rights(const struct session *s, const struct attrs *a)
{
    enum login login = session_login(s);
    if (attr_bool(a, CKA_PRIVATE) && login != LOGIN_USER)
        return CKR_USER_NOT_LOGGED_IN;
    if (attr_bool(a, CKA_TRUSTED) && login != LOGIN_SO)
        return CKR_KEY_FUNCTION_NOT_PERMITTED;
    return attr_bool(a, CKA_TOKEN) ? token_may_write(s) : CKR_OK;
}

static CK_RV agrees(const struct draft *d)
{
    if (d->class == CKO_CERTIFICATE &&
        attr_u32(&d->attrs, CKA_CERTIFICATE_TYPE) != CKC_X_509)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    if (attr_bool(&d->attrs, CKA_ALWAYS_AUTHENTICATE) &&
        !attr_bool(&d->attrs, CKA_PRIVATE))
        return CKR_TEMPLATE_INCONSISTENT;
    return CKR_OK;
}

CK_RV draft_begin(struct draft *d, struct session *s, const struct p11_template *t,
                  const struct birth *b)
{
    *d = (struct draft){.session = s, .birth = *b};
    CK_RV rv = settle_kind(d, t);
    if (rv == CKR_OK)
        rv = take_all(d, t);
    if (rv == CKR_OK)
        rv = take_prescribed(d);
    if (rv == CKR_OK)
        rv = fill_all(d);
    if (rv == CKR_OK)
        rv = tell_origin(d);
    if (rv == CKR_OK)
        rv = agrees(d);
    if (rv == CKR_OK)
        rv = draft_rights(s, &d->attrs);
    if (rv != CKR_OK)
        draft_end(d);
    return rv;
}

CK_RV draft_put(struct draft *d, uint32_t id, const void *v, size_t len)
{
    return attrs_put(&d->attrs, id, v, len);
}

void draft_end(struct draft *d)
{
    key_put(d->key);
    d->key = NULL;
    attrs_free(&d->attrs);
}
