/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys from keys: ECDH with the peer's point (bare, or through the X9.63 function), and
 * encryption of given data. The point comes from outside: it must be on the curve before
 * the private key touches it. Whether the new key was always sensitive and never
 * extractable follows from its parent (draft.h).
 */
#include "cmd.h"
#include "draft.h"
#include "order.h"
#include "session.h"

#define DERIVED_MAX 512u

/* Length that the template asks for; absent: what the mechanism gives of itself. */
static CK_RV length_wanted(const struct draft *d, size_t natural, size_t max, size_t *len)
{
    *len = natural;
    if (attrs_has(&d->attrs, CKA_VALUE_LEN))
        *len = attr_u32(&d->attrs, CKA_VALUE_LEN);
    return *len == 0 || *len > max ? CKR_TEMPLATE_INCONSISTENT : CKR_OK;
}

/* --- ECDH ------------------------------------------------------------------------------ */

/* The shared secret, the X coordinate; z has curve->bytes bytes. */
static CK_RV agree(const struct object *base, const struct key *key, struct span x,
                   struct span y, uint8_t *z)
{
    const struct curve *curve = key_curve(key);
    TEE_ObjectHandle pair = TEE_HANDLE_NULL, shared = TEE_HANDLE_NULL;
    TEE_OperationHandle op = TEE_HANDLE_NULL;
    TEE_Attribute peer[2];
    uint8_t v_secret[FIELD_MAX];
    size_t len = sizeof v_secret;
    CK_RV rv = key_agreement(&pair, key, &base->attrs);
    if (rv == CKR_OK)
        rv = rv_of(TEE_AllocateTransientObject(TEE_TYPE_GENERIC_SECRET, curve->bytes * 8,
                                               &shared));
    if (rv == CKR_OK)
        rv = rv_of(TEE_AllocateOperation(&op, TEE_ALG_ECDH_DERIVE_SHARED_SECRET,
                                         TEE_MODE_DERIVE, curve->bits));
    if (rv == CKR_OK)
        rv = rv_of(TEE_SetOperationKey(op, pair));
    if (rv == CKR_OK) {
        TEE_InitRefAttribute(&peer[0], TEE_ATTR_ECC_PUBLIC_VALUE_X, x.p, x.len);
        TEE_InitRefAttribute(&peer[1], TEE_ATTR_ECC_PUBLIC_VALUE_Y, y.p, y.len);
        TEE_DeriveKey(op, peer, 2, shared);
        rv = rv_of(
            TEE_GetObjectBufferAttribute(shared, TEE_ATTR_SECRET_VALUE, v_secret, &len));
    }
    if (rv == CKR_OK && len <= curve->bytes) {
        memset(z, 0, curve->bytes - len);
        memcpy(z + (curve->bytes - len), v_secret, len);
    }
    wipe(v_secret, sizeof v_secret);
    TEE_FreeOperation(op);
    TEE_FreeTransientObject(shared);
    TEE_FreeTransientObject(pair);
    return rv;
}

/* ANSI X9.63: Hash(Z || counter || shared information), as often as needed. */
static CK_RV x963(const struct hash *h, struct span z, struct span info, uint8_t *out,
                  size_t len)
{
    uint8_t block_secret[HASH_MAX];
    CK_RV rv = CKR_OK;
    for (uint32_t counter = 1; rv == CKR_OK && len; counter++) {
        uint8_t be[4] = {(uint8_t)(counter >> 24), (uint8_t)(counter >> 16),
                         (uint8_t)(counter >> 8), (uint8_t)counter};
        struct span pieces[] = {z, {be, sizeof be}, info};
        size_t n = len < h->len ? len : h->len;
        rv = hash_pieces(h, block_secret, pieces, 3);
        if (rv == CKR_OK)
            memcpy(out, block_secret, n);
        out += n;
        len -= n;
    }
    wipe(block_secret, sizeof block_secret);
    return rv;
}

/* Bare, the secret is cut from its leading end (PKCS#11); the function makes any length.
 */
static CK_RV put_agreed(struct draft *d, const struct p11_mech *p, struct span z)
{
    uint8_t value_secret[DERIVED_MAX];
    const struct hash *h = hash_of_kdf(p->kdf);
    size_t len;
    CK_RV rv = length_wanted(d, h ? h->len : z.len, h ? DERIVED_MAX : z.len, &len);
    if (rv != CKR_OK)
        return rv;
    if (!h)
        return draft_put(d, CKA_VALUE, z.p + (z.len - len), len);
    rv = x963(h, z, p->data, value_secret, len);
    if (rv == CKR_OK)
        rv = draft_put(d, CKA_VALUE, value_secret, len);
    wipe(value_secret, sizeof value_secret);
    return rv;
}

CK_RV derive_ecdh(struct draft *d, struct object *base, struct key *key,
                  const struct p11_mech *p)
{
    uint8_t z_secret[FIELD_MAX];
    struct span x, y;
    const struct curve *curve = key_curve(key);
    if (p->kdf != CKD_NULL ? !hash_of_kdf(p->kdf) : p->data.len != 0)
        return CKR_MECHANISM_PARAM_INVALID;
    if (!curve_point(curve, p->point, &x, &y))
        return CKR_MECHANISM_PARAM_INVALID;
    CK_RV rv = key_point_check(curve, x, y);
    if (rv != CKR_OK)
        return rv == CKR_ATTRIBUTE_VALUE_INVALID ? CKR_MECHANISM_PARAM_INVALID : rv;
    rv = agree(base, key, x, y, z_secret);
    if (rv == CKR_OK)
        rv = put_agreed(d, p, (struct span){z_secret, curve->bytes});
    wipe(z_secret, sizeof z_secret);
    return rv;
}

/* --- encryption of data ---------------------------------------------------------------- */

/*
 * A base key that may also encrypt would give the derived value away to anyone who may
 * use it, so it is refused. What the new key does not need is cut from the end.
 */
CK_RV derive_encrypt(struct draft *d, struct object *base, struct key *key,
                     const struct p11_mech *p)
{
    uint8_t value_secret[DERIVED_MAX];
    size_t len, out = sizeof value_secret;
    bool cbc = p->params == P11_PARAMS_CBC_STRING;
    uint32_t alg = cbc ? TEE_ALG_AES_CBC_NOPAD : TEE_ALG_AES_ECB_NOPAD;
    TEE_OperationHandle op;
    if (attr_bool(&base->attrs, CKA_ENCRYPT))
        return CKR_KEY_FUNCTION_NOT_PERMITTED;
    if (p->data.len == 0 || p->data.len % AES_BLOCK || p->data.len > sizeof value_secret)
        return CKR_MECHANISM_PARAM_INVALID;
    CK_RV rv = length_wanted(d, p->data.len, p->data.len, &len);
    if (rv == CKR_OK)
        rv = key_take(key, alg, TEE_MODE_ENCRYPT, &op);
    if (rv != CKR_OK)
        return rv;
    TEE_CipherInit(op, cbc ? p->iv.p : NULL, cbc ? AES_BLOCK : 0);
    TEE_Result r = TEE_CipherDoFinal(op, p->data.p, p->data.len, value_secret, &out);
    key_give(key, alg, TEE_MODE_ENCRYPT, op, r == TEE_SUCCESS);
    rv = r == TEE_SUCCESS ? draft_put(d, CKA_VALUE, value_secret, len) : rv_of(r);
    wipe(value_secret, sizeof value_secret);
    return rv;
}

/* --- command --------------------------------------------------------------------------- */

/* Without a key type the result is a generic secret. */
static uint32_t type_implied(const struct p11_template *t)
{
    struct p11_attr a;
    return p11_template_find(t, CKA_KEY_TYPE, &a) ? P11_UNAVAILABLE : CKK_GENERIC_SECRET;
}

static CK_RV derive(struct session *s, const struct order *o,
                    const struct p11_template *t, uint32_t *handle)
{
    struct draft d;
    struct birth birth = {ORIGIN_DERIVE, CKO_SECRET_KEY, type_implied(t), o->mech->id,
                          o->object};
    if (attr_bool(&o->object->attrs, CKA_ALWAYS_AUTHENTICATE))
        return CKR_USER_NOT_LOGGED_IN; /* no operation, so no moment for the login */
    CK_RV rv = draft_begin(&d, s, t, &birth);
    if (rv == CKR_OK)
        rv = o->mech->derive(&d, o->object, o->key, &o->params);
    if (rv == CKR_OK)
        rv = draft_publish(&d, 1, handle);
    draft_end(&d);
    return rv;
}

CK_RV cmd_derive_key(struct client *c, struct rd *ctrl, struct cmd_io *io)
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
    rv = order_judge(&o, s, CKF_DERIVE);
    if (rv == CKR_OK) {
        rv = derive(s, &o, &t, &handle);
        order_end(&o);
    }
    if (rv == CKR_OK)
        io_put_handles(io, &handle, 1);
    session_put(s);
    return rv;
}
