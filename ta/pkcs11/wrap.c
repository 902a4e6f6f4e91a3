/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wrapping and unwrapping: a key becomes bytes (the value of a secret key, PrivateKeyInfo
 * of a private one), which the mechanism encrypts like any data, and the other way round.
 *
 * What may be wrapped, and with what, is judged here; what an unwrapped key may call
 * itself, in draft.c. An unwrapped key was outside, so it is neither always sensitive nor
 * never extractable, whatever the wrapped one was. The bytes are made and opened in our
 * memory and wiped.
 */
#include "cmd.h"
#include "draft.h"
#include "keyder.h"
#include "keywrap.h"
#include "order.h"
#include "session.h"

#define BLOB_MAX (KEYWRAP_MAX + RSA_BYTES_MAX)

/* --- codes -----------------------------------------------------------------------------
 */

struct word {
    CK_RV from, wrap, unwrap;
};

/* What the common functions say of a key or of data, in the words of these commands. */
static const struct word words[] = {
    {CKR_KEY_HANDLE_INVALID, CKR_WRAPPING_KEY_HANDLE_INVALID,
     CKR_UNWRAPPING_KEY_HANDLE_INVALID},
    {CKR_KEY_TYPE_INCONSISTENT, CKR_WRAPPING_KEY_TYPE_INCONSISTENT,
     CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT},
    {CKR_KEY_SIZE_RANGE, CKR_WRAPPING_KEY_SIZE_RANGE, CKR_UNWRAPPING_KEY_SIZE_RANGE},
    {CKR_DATA_LEN_RANGE, CKR_KEY_SIZE_RANGE, CKR_WRAPPED_KEY_LEN_RANGE},
    {CKR_ENCRYPTED_DATA_INVALID, CKR_WRAPPED_KEY_INVALID, CKR_WRAPPED_KEY_INVALID},
    {CKR_ENCRYPTED_DATA_LEN_RANGE, CKR_WRAPPED_KEY_LEN_RANGE, CKR_WRAPPED_KEY_LEN_RANGE},
};

static CK_RV word_of(CK_RV rv, bool wrap)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].from == rv)
            return wrap ? words[i].wrap : words[i].unwrap;
    return rv;
}

/* --- wrapping --------------------------------------------------------------------------
 */

/* Mechanisms that take a private key too; RSA itself has no room for one. */
static bool takes_private(const struct mech *m)
{
    return m->key != KEY_RSA || m->id == CKM_RSA_AES_KEY_WRAP;
}

static CK_RV may_wrap(const struct order *o, const struct object *target)
{
    const struct attrs *a = &target->attrs;
    if (target == o->object)
        return CKR_WRAPPING_KEY_HANDLE_INVALID;
    if (target->class != CKO_SECRET_KEY &&
        !(target->class == CKO_PRIVATE_KEY && takes_private(o->mech)))
        return CKR_KEY_NOT_WRAPPABLE;
    if (!attr_bool(a, CKA_EXTRACTABLE))
        return CKR_KEY_UNEXTRACTABLE;
    if (attr_bool(a, CKA_WRAP_WITH_TRUSTED) && !attr_bool(&o->object->attrs, CKA_TRUSTED))
        return CKR_KEY_NOT_WRAPPABLE;
    struct p11_attr rule = {CKA_WRAP_TEMPLATE,
                            attr_bytes(&o->object->attrs, CKA_WRAP_TEMPLATE)};
    struct p11_template t;
    CK_RV rv = p11_template_nested(&t, &rule);
    if (rv == CKR_OK && !attrs_match(a, &t))
        rv = CKR_KEY_HANDLE_INVALID;
    return rv;
}

/* The bytes of a key, with zeros to the end of the block where the mechanism has no
 * padding. */
static CK_RV key_bytes(const struct order *o, const struct object *target,
                       uint8_t **bytes, size_t *len)
{
    struct span v = attr_bytes(&target->attrs, CKA_VALUE);
    uint8_t *der = NULL;
    if (target->class == CKO_PRIVATE_KEY) {
        size_t der_len;
        CK_RV rv = keyder_private(&target->attrs, &der, &der_len);
        if (rv != CKR_OK)
            return rv;
        v = (struct span){der, der_len};
    }
    *len = v.len;
    if (o->mech->how == &way_block)
        *len = (v.len + AES_BLOCK - 1) / AES_BLOCK * AES_BLOCK;
    *bytes = TEE_Malloc(*len, TEE_MALLOC_FILL_ZERO);
    if (*bytes)
        memcpy(*bytes, v.p, v.len);
    keyder_free(der, v.len);
    return *bytes ? CKR_OK : CKR_DEVICE_MEMORY;
}

static CK_RV wrap(const struct order *o, const struct object *target, struct cmd_io *io)
{
    struct op op;
    struct out out = {io->out, io->room, 0};
    uint8_t *bytes;
    size_t len;
    CK_RV rv = key_bytes(o, target, &bytes, &len);
    if (rv != CKR_OK)
        return rv;
    rv = op_start(&op, USE_ENCRYPT, o->mech, o->object, o->key, &o->params);
    if (rv == CKR_OK) {
        rv = word_of(op_whole(&op, (struct span){bytes, len}, &out), true);
        op_end(&op);
    }
    if (rv == CKR_OK || rv == CKR_BUFFER_TOO_SMALL)
        io->len = out.len;
    keyder_free(bytes, len);
    return rv;
}

static CK_RV wrap_judged(struct order *o, const struct session *s, uint32_t handle,
                         struct cmd_io *io)
{
    CK_RV rv = word_of(order_judge(o, s, CKF_WRAP), true);
    if (rv != CKR_OK)
        return rv;
    struct object *target = object_get(s, handle);
    rv = target ? may_wrap(o, target) : CKR_KEY_HANDLE_INVALID;
    if (rv == CKR_OK)
        rv = wrap(o, target, io);
    object_put(target);
    order_end(o);
    return rv;
}

CK_RV cmd_wrap_key(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    struct order o = {.session_handle = rd_u32(ctrl), .object_handle = rd_u32(ctrl)};
    struct session *s;
    uint32_t target = rd_u32(ctrl);
    o.params_rv = p11_mech_decode(&o.params, ctrl);
    if (!rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = session_get(&s, c, o.session_handle);
    if (rv != CKR_OK)
        return rv;
    rv = wrap_judged(&o, s, target, io);
    session_put(s);
    return rv;
}

/* --- unwrapping ------------------------------------------------------------------------
 */

/*
 * Without padding, up to a block less one of zeros may follow the key; CKA_VALUE_LEN
 * tells. Other bytes are not cut off: a key that came back one byte long, then two, could
 * be guessed byte by byte.
 */
static CK_RV put_secret(struct draft *d, const struct mech *m, struct span v)
{
    size_t slack = m->how == &way_block ? AES_BLOCK - 1 : 0;
    if (v.len == 0)
        return CKR_WRAPPED_KEY_INVALID;
    if (attrs_has(&d->attrs, CKA_VALUE_LEN)) {
        size_t len = attr_u32(&d->attrs, CKA_VALUE_LEN);
        if (len == 0 || len > v.len || v.len - len > slack)
            return CKR_WRAPPED_KEY_LEN_RANGE;
        static const uint8_t zeros[AES_BLOCK];
        if (!ct_equal(v.p + len, zeros, v.len - len))
            return CKR_WRAPPED_KEY_LEN_RANGE;
        v.len = len;
    }
    return draft_put(d, CKA_VALUE, v.p, v.len);
}

static CK_RV put_private(struct draft *d, struct span der)
{
    struct private_parts k;
    CK_RV rv = keyder_parse(&k, der);
    if (rv == CKR_OK && k.type != d->key_type)
        rv = CKR_WRAPPED_KEY_INVALID;
    for (uint32_t i = 0; rv == CKR_OK && i < k.nr; i++)
        rv = draft_put(d, k.part[i].id, k.part[i].v.p, k.part[i].v.len);
    return rv;
}

/* Values that make no key were never a key's. */
static CK_RV make_key(struct draft *d)
{
    CK_RV rv = key_make(&d->key, &d->attrs);
    bool ours = rv == CKR_OK || rv == CKR_DEVICE_MEMORY || rv == CKR_DEVICE_ERROR ||
                rv == CKR_CURVE_NOT_SUPPORTED;
    return ours ? rv : CKR_WRAPPED_KEY_INVALID;
}

/* Decrypt the blob into memory of ours. */
static CK_RV open_blob(const struct order *o, struct span blob, uint8_t **bytes,
                       struct out *out)
{
    struct op op;
    if (blob.len == 0 || blob.len > BLOB_MAX)
        return CKR_WRAPPED_KEY_LEN_RANGE;
    *bytes = TEE_Malloc(blob.len, TEE_MALLOC_FILL_ZERO);
    if (!*bytes)
        return CKR_DEVICE_MEMORY;
    *out = (struct out){*bytes, blob.len, 0};
    CK_RV rv = op_start(&op, USE_DECRYPT, o->mech, o->object, o->key, &o->params);
    if (rv == CKR_OK) {
        rv = word_of(op_whole(&op, blob, out), false);
        op_end(&op);
    }
    return rv;
}

static CK_RV unwrap(struct session *s, const struct order *o,
                    const struct p11_template *t, struct span blob, uint32_t *handle)
{
    struct draft d;
    struct birth birth = {ORIGIN_UNWRAP, P11_UNAVAILABLE, P11_UNAVAILABLE, o->mech->id,
                          o->object};
    struct out out;
    uint8_t *bytes = NULL;
    if (attr_bool(&o->object->attrs, CKA_ALWAYS_AUTHENTICATE))
        return CKR_USER_NOT_LOGGED_IN; /* no operation, so no moment for the login */
    CK_RV rv = draft_begin(&d, s, t, &birth);
    if (rv != CKR_OK)
        return rv;
    bool secret = d.class == CKO_SECRET_KEY;
    if (!secret && !(d.class == CKO_PRIVATE_KEY && takes_private(o->mech)))
        rv = CKR_TEMPLATE_INCONSISTENT;
    if (rv == CKR_OK)
        rv = open_blob(o, blob, &bytes, &out);
    if (rv == CKR_OK)
        rv = secret ? put_secret(&d, o->mech, (struct span){bytes, out.len})
                    : put_private(&d, (struct span){bytes, out.len});
    if (rv == CKR_OK)
        rv = make_key(&d);
    if (rv == CKR_OK)
        rv = draft_publish(&d, 1, handle);
    keyder_free(bytes, blob.len);
    draft_end(&d);
    return rv;
}

CK_RV cmd_unwrap_key(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    struct order o;
    struct p11_template t;
    struct session *s;
    uint32_t handle;
    CK_RV rv = order_decode(&o, ctrl, true);
    if (rv != CKR_OK || p11_template_decode(&t, ctrl) != CKR_OK || !rd_end(ctrl) ||
        io_need(io, 4) != CKR_OK)
        return CKR_ARGUMENTS_BAD;
    rv = session_get(&s, c, o.session_handle);
    if (rv != CKR_OK)
        return rv;
    rv = word_of(order_judge(&o, s, CKF_UNWRAP), false);
    if (rv == CKR_OK) {
        rv = unwrap(s, &o, &t, io->in, &handle);
        order_end(&o);
    }
    if (rv == CKR_OK)
        io_put_handles(io, &handle, 1);
    session_put(s);
    return rv;
}
