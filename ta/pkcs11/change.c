/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may be changed in an object. Rights only ever shrink: SENSITIVE goes on,
 * EXTRACTABLE and COPYABLE go off, a private object stays private; value, origin and
 * identity never change. A copy that is not made by the SO is not TRUSTED, so that trust
 * is not multiplied by users.
 *
 * A secret key that the SO trusts to wrap others gets no further use: whoever could have
 * it decrypt as well, or have a copy of it do so, would read what it wraps, which is what
 * WRAP_WITH_TRUSTED is to prevent.
 */
#include "attr.h"
#include "change.h"
#include "draft.h"
#include "key.h"

static CK_RV judge_bool(const struct attrs *a, const struct p11_attr *want, bool only)
{
    bool to, now = attr_bool(a, want->id);
    if (!p11_attr_bool(want, &to))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    return to == now || to == only ? CKR_OK : CKR_ATTRIBUTE_READ_ONLY;
}

static CK_RV judge_copy(const struct attrs *a, const struct p11_attr *want)
{
    bool to;
    if (want->id == CKA_PRIVATE && attr_bool(a, CKA_PRIVATE) &&
        p11_attr_bool(want, &to) && !to)
        return CKR_TEMPLATE_INCONSISTENT;
    return CKR_OK;
}

static CK_RV judge(const struct attrs *a, const struct session *s,
                   const struct attr_row *row, const struct p11_attr *want, bool copy)
{
    switch (row->change) {
    case SET_NEVER:
        return CKR_ATTRIBUTE_READ_ONLY;
    case SET_ANY:
        return CKR_OK;
    case SET_COPY:
        return copy ? judge_copy(a, want) : CKR_ATTRIBUTE_READ_ONLY;
    case SET_ON:
        return judge_bool(a, want, true);
    case SET_OFF:
        return judge_bool(a, want, false);
    case SET_SO:
        return session_login(s) == LOGIN_SO ? CKR_OK : CKR_ATTRIBUTE_READ_ONLY;
    }
    return CKR_ATTRIBUTE_READ_ONLY;
}

/* What the SO trusts stays as the SO has seen it: a certificate, and the uses of a secret
 * key. */
static CK_RV judge_trusted(const struct attrs *a, const struct object *o,
                           const struct attr_row *row, const struct p11_attr *want,
                           bool copy)
{
    if (o->class == CKO_CERTIFICATE && row->change != SET_SO && !copy)
        return CKR_ATTRIBUTE_READ_ONLY;
    if (o->class == CKO_SECRET_KEY && row->change == SET_ANY &&
        p11_attr_kind(want->id) == P11_BOOL)
        return judge_bool(a, want, false);
    return CKR_OK;
}

static CK_RV change_one(struct attrs *a, const struct object *o, const struct session *s,
                        const struct p11_attr *want, bool copy)
{
    const struct attr_row *row = attr_row(want->id, attr_scope(o->class, o->key_type));
    if (!row || !attrs_has(a, want->id))
        return CKR_ATTRIBUTE_TYPE_INVALID;
    CK_RV rv = attr_check(want);
    if (rv == CKR_OK)
        rv = judge(a, s, row, want, copy);
    if (rv == CKR_OK && attr_bool(&o->attrs, CKA_TRUSTED))
        rv = judge_trusted(a, o, row, want, copy);
    return rv == CKR_OK ? attrs_put(a, want->id, want->v.p, want->v.len) : rv;
}

CK_RV change_apply(struct attrs *a, const struct object *o, const struct session *s,
                   const struct p11_template *t, bool copy)
{
    CK_RV rv = CKR_OK;
    struct p11_attr want, first;
    for (struct p11_iter i = p11_iter(t); rv == CKR_OK && p11_next(&i, &want);) {
        p11_template_find(t, want.id, &first);
        if (first.v.len != want.v.len || !ct_equal(first.v.p, want.v.p, want.v.len))
            return CKR_TEMPLATE_INCONSISTENT;
        if (first.v.p == want.v.p)
            rv = change_one(a, o, s, &want, copy);
    }
    return rv;
}

CK_RV draft_copy(struct draft *d, struct session *s, struct object *source,
                 const struct p11_template *t)
{
    *d = (struct draft){
        .session = s, .class = source->class, .key_type = source->key_type};
    d->birth = (struct birth){ORIGIN_COPY, source->class, source->key_type,
                              P11_UNAVAILABLE, source};
    bool trusted = attr_bool(&source->attrs, CKA_TRUSTED) && session_login(s) != LOGIN_SO;
    if (trusted && source->class == CKO_SECRET_KEY)
        return CKR_ACTION_PROHIBITED;
    CK_RV rv = attrs_copy(&d->attrs, &source->attrs);
    if (rv == CKR_OK && trusted)
        rv = attrs_put_bool(&d->attrs, CKA_TRUSTED, false);
    if (rv == CKR_OK)
        rv = change_apply(&d->attrs, source, s, t, true);
    if (rv == CKR_OK)
        rv = draft_rights(s, &d->attrs);
    if (rv != CKR_OK) {
        draft_end(d);
        return rv;
    }
    struct key *key = atomic_load(&source->key);
    d->key = key ? key_ref(key) : NULL;
    return CKR_OK;
}
