/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Generation of keys and key pairs. The TEE makes the key, its numbers become attributes
 * of a draft, and publishing makes the objects appear, both halves of a pair or none. No
 * lock is held meanwhile: RSA takes as long as it takes, and others go on.
 */
#include "cmd.h"
#include "draft.h"
#include "mech.h"
#include "object.h"
#include "ready.h"
#include "session.h"

#define RSA_STEP     64u /* bits: a modulus is a multiple of this */
#define EXPONENT_MAX 8u  /* bytes of a public exponent */

/* --- secret keys -----------------------------------------------------------------------
 */

CK_RV generate_secret(struct draft *d)
{
    uint8_t value_secret[512];
    uint32_t len = attr_u32(&d->attrs, CKA_VALUE_LEN);
    if (!attrs_has(&d->attrs, CKA_VALUE_LEN))
        return CKR_TEMPLATE_INCOMPLETE;
    if (len == 0 || len > sizeof value_secret)
        return CKR_KEY_SIZE_RANGE;
    if (d->key_type == CKK_AES && len != 16 && len != 24 && len != 32)
        return CKR_KEY_SIZE_RANGE;
    TEE_GenerateRandom(value_secret, len);
    CK_RV rv = draft_put(d, CKA_VALUE, value_secret, len);
    wipe(value_secret, sizeof value_secret);
    return rv;
}

/* --- from a TEE object to attributes ---------------------------------------------------
 */

/* One number of the pair; left-padded with zeros to fixed bytes unless that is 0. */
static CK_RV take(struct draft *d, uint32_t id, TEE_ObjectHandle pair, uint32_t tee_id,
                  size_t fixed)
{
    uint8_t v_secret[RSA_BYTES_MAX], out_secret[RSA_BYTES_MAX] = {0};
    size_t len = sizeof v_secret;
    CK_RV rv = rv_of(TEE_GetObjectBufferAttribute(pair, tee_id, v_secret, &len));
    if (rv == CKR_OK && fixed && len > fixed)
        rv = CKR_DEVICE_ERROR;
    if (rv == CKR_OK) {
        size_t pad = fixed ? fixed - len : 0;
        memcpy(out_secret + pad, v_secret, len);
        rv = draft_put(d, id, out_secret, pad + len);
    }
    wipe(v_secret, sizeof v_secret);
    wipe(out_secret, sizeof out_secret);
    return rv;
}

/* Both keys of a generated pair; the pair is theirs from here on. */
static CK_RV keys_adopt(struct draft *pub, struct draft *prv, TEE_ObjectHandle pair,
                        uint32_t bits, const struct curve *curve)
{
    TEE_ObjectHandle half;
    uint32_t type = curve ? TEE_TYPE_ECDSA_PUBLIC_KEY : TEE_TYPE_RSA_PUBLIC_KEY;
    CK_RV rv = rv_of(TEE_AllocateTransientObject(type, bits, &half));
    if (rv == CKR_OK) {
        rv = rv_of(TEE_CopyObjectAttributes1(half, pair));
        if (rv == CKR_OK)
            rv = key_adopt(&pub->key, half, bits, curve);
        else
            TEE_FreeTransientObject(half);
    }
    if (rv == CKR_OK)
        return key_adopt(&prv->key, pair, bits, curve);
    TEE_FreeTransientObject(pair);
    return rv;
}

/* --- EC --------------------------------------------------------------------------------
 */

/* CKA_EC_POINT of both halves. */
static CK_RV take_point(struct draft *pub, struct draft *prv, TEE_ObjectHandle pair,
                        const struct curve *curve)
{
    uint8_t point[POINT_MAX] = {4}, der[POINT_MAX + 4];
    static const uint32_t ids[] = {TEE_ATTR_ECC_PUBLIC_VALUE_X,
                                   TEE_ATTR_ECC_PUBLIC_VALUE_Y};
    size_t n = curve->bytes;
    for (unsigned i = 0; i < 2; i++) {
        uint8_t v[FIELD_MAX];
        size_t len = sizeof v;
        TEE_Result r = TEE_GetObjectBufferAttribute(pair, ids[i], v, &len);
        if (r != TEE_SUCCESS || len > n)
            return r == TEE_SUCCESS ? CKR_DEVICE_ERROR : rv_of(r);
        memcpy(point + 1 + i * n + (n - len), v, len);
    }
    size_t len = curve_point_der(curve, point, der);
    CK_RV rv = draft_put(pub, CKA_EC_POINT, der, len);
    return rv == CKR_OK ? draft_put(prv, CKA_EC_POINT, der, len) : rv;
}

static CK_RV ec_values(struct draft *pub, struct draft *prv, TEE_ObjectHandle pair,
                       const struct curve *curve)
{
    CK_RV rv = take_point(pub, prv, pair, curve);
    if (rv == CKR_OK)
        rv = draft_put(prv, CKA_EC_PARAMS, curve->params.p, curve->params.len);
    if (rv == CKR_OK)
        rv = take(prv, CKA_VALUE, pair, TEE_ATTR_ECC_PRIVATE_VALUE, curve->bytes);
    return rv;
}

CK_RV generate_ec(struct draft *pub, struct draft *prv)
{
    const struct curve *curve;
    TEE_ObjectHandle pair;
    TEE_Attribute t;
    struct span params = attr_bytes(&pub->attrs, CKA_EC_PARAMS);
    if (params.len == 0)
        return CKR_TEMPLATE_INCOMPLETE;
    CK_RV rv = curve_of_params(&curve, params);
    if (rv == CKR_OK)
        rv = rv_of(
            TEE_AllocateTransientObject(TEE_TYPE_ECDSA_KEYPAIR, curve->bits, &pair));
    if (rv != CKR_OK)
        return rv;
    TEE_InitValueAttribute(&t, TEE_ATTR_ECC_CURVE, curve->id, 0);
    rv = rv_of(TEE_GenerateKey(pair, curve->bits, &t, 1));
    if (rv == CKR_OK)
        rv = ec_values(pub, prv, pair, curve);
    if (rv == CKR_OK)
        return keys_adopt(pub, prv, pair, curve->bits, curve);
    TEE_FreeTransientObject(pair);
    return rv;
}

/* --- RSA -------------------------------------------------------------------------------
 */

static CK_RV rsa_values(struct draft *pub, struct draft *prv, TEE_ObjectHandle pair)
{
    static const uint32_t parts[][2] = {
        {CKA_MODULUS, TEE_ATTR_RSA_MODULUS},
        {CKA_PUBLIC_EXPONENT, TEE_ATTR_RSA_PUBLIC_EXPONENT},
        {CKA_PRIVATE_EXPONENT, TEE_ATTR_RSA_PRIVATE_EXPONENT},
        {CKA_PRIME_1, TEE_ATTR_RSA_PRIME1},
        {CKA_PRIME_2, TEE_ATTR_RSA_PRIME2},
        {CKA_EXPONENT_1, TEE_ATTR_RSA_EXPONENT1},
        {CKA_EXPONENT_2, TEE_ATTR_RSA_EXPONENT2},
        {CKA_COEFFICIENT, TEE_ATTR_RSA_COEFFICIENT},
    };
    CK_RV rv = CKR_OK;
    for (size_t i = 0; rv == CKR_OK && i < sizeof parts / sizeof parts[0]; i++) {
        rv = take(prv, parts[i][0], pair, parts[i][1], 0);
        if (rv == CKR_OK && i < 2)
            rv = take(pub, parts[i][0], pair, parts[i][1], 0);
    }
    return rv;
}

/* The public exponent: 65537 unless the template says another odd number from 3 on. */
static CK_RV rsa_exponent(const struct attrs *a, struct span *e)
{
    static const uint8_t usual[] = {1, 0, 1};
    *e = attr_bytes(a, CKA_PUBLIC_EXPONENT);
    while (e->len && e->p[0] == 0) {
        e->p++;
        e->len--;
    }
    if (!attrs_has(a, CKA_PUBLIC_EXPONENT))
        *e = (struct span){usual, sizeof usual};
    bool one = e->len == 1 && e->p[0] == 1;
    if (e->len == 0 || e->len > EXPONENT_MAX || one || !(e->p[e->len - 1] & 1))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    return CKR_OK;
}

CK_RV generate_rsa(struct draft *pub, struct draft *prv)
{
    TEE_ObjectHandle pair;
    TEE_Attribute t;
    struct span e;
    uint32_t bits = attr_u32(&pub->attrs, CKA_MODULUS_BITS);
    if (!attrs_has(&pub->attrs, CKA_MODULUS_BITS))
        return CKR_TEMPLATE_INCOMPLETE;
    const struct mech *m = mech_find(CKM_RSA_PKCS_KEY_PAIR_GEN);
    if (bits < m->min || bits > m->max || bits % RSA_STEP)
        return CKR_KEY_SIZE_RANGE;
    CK_RV rv = rsa_exponent(&pub->attrs, &e);
    if (rv == CKR_OK)
        rv = rv_of(TEE_AllocateTransientObject(TEE_TYPE_RSA_KEYPAIR, bits, &pair));
    if (rv != CKR_OK)
        return rv;
    TEE_InitRefAttribute(&t, TEE_ATTR_RSA_PUBLIC_EXPONENT, e.p, e.len);
    rv = rv_of(TEE_GenerateKey(pair, bits, &t, 1));
    if (rv == CKR_OK)
        rv = rsa_values(pub, prv, pair);
    if (rv == CKR_OK)
        return keys_adopt(pub, prv, pair, bits, NULL);
    TEE_FreeTransientObject(pair);
    return rv;
}

/* --- commands --------------------------------------------------------------------------
 */

static uint32_t implied_type(const struct mech *m)
{
    switch (m->key) {
    case KEY_AES:
        return CKK_AES;
    case KEY_RSA:
        return CKK_RSA;
    case KEY_EC:
        return CKK_EC;
    case KEY_SECRET:
        return CKK_GENERIC_SECRET;
    case KEY_NONE:
    case KEY_HMAC:
        break;
    }
    return P11_UNAVAILABLE;
}

/* Session and mechanism at the head of the arguments. */
struct request {
    uint32_t session;
    struct p11_mech params;
    CK_RV params_rv;
};

static void request_decode(struct request *q, struct rd *ctrl)
{
    q->session = rd_u32(ctrl);
    q->params_rv = p11_mech_decode(&q->params, ctrl);
}

static CK_RV request_judge(const struct request *q, uint32_t function,
                           const struct mech **m)
{
    *m = mech_find(q->params.id);
    if (!*m || !((*m)->flags & function))
        return CKR_MECHANISM_INVALID;
    return q->params_rv;
}

static CK_RV generate(struct session *s, const struct mech *m,
                      const struct p11_template *t, uint32_t *handle)
{
    struct draft d;
    struct birth birth = {ORIGIN_GENERATE, CKO_SECRET_KEY, implied_type(m), m->id, NULL};
    CK_RV rv = draft_begin(&d, s, t, &birth);
    if (rv == CKR_OK)
        rv = m->generate(&d);
    if (rv == CKR_OK)
        rv = draft_publish(&d, 1, handle);
    draft_end(&d);
    return rv;
}

CK_RV cmd_generate_key(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    struct request q;
    struct p11_template t;
    struct session *s;
    const struct mech *m;
    uint32_t handle;
    request_decode(&q, ctrl);
    if (p11_template_decode(&t, ctrl) != CKR_OK || !rd_end(ctrl) ||
        io_need(io, 4) != CKR_OK)
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = session_get(&s, c, q.session);
    if (rv != CKR_OK)
        return rv;
    rv = request_judge(&q, CKF_GENERATE, &m);
    if (rv == CKR_OK)
        rv = generate(s, m, &t, &handle);
    if (rv == CKR_OK)
        io_put_handles(io, &handle, 1);
    session_put(s);
    return rv;
}

static CK_RV generate_pair(struct session *s, const struct mech *m,
                           const struct p11_template t[2], uint32_t handles[2])
{
    struct draft d[2];
    struct birth pub = {ORIGIN_GENERATE, CKO_PUBLIC_KEY, implied_type(m), m->id, NULL};
    struct birth prv = {ORIGIN_GENERATE, CKO_PRIVATE_KEY, implied_type(m), m->id, NULL};
    CK_RV rv = draft_begin(&d[0], s, &t[0], &pub);
    if (rv != CKR_OK)
        return rv;
    rv = draft_begin(&d[1], s, &t[1], &prv);
    if (rv == CKR_OK)
        rv = m->generate_pair(&d[0], &d[1]);
    if (rv == CKR_OK)
        rv = draft_publish(d, 2, handles);
    draft_end(&d[0]);
    draft_end(&d[1]);
    return rv;
}

CK_RV cmd_generate_key_pair(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    struct request q;
    struct p11_template t[2];
    struct session *s;
    const struct mech *m;
    uint32_t handles[2];
    request_decode(&q, ctrl);
    if (p11_template_decode(&t[0], ctrl) != CKR_OK ||
        p11_template_decode(&t[1], ctrl) != CKR_OK || !rd_end(ctrl) ||
        io_need(io, sizeof handles) != CKR_OK)
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = session_get(&s, c, q.session);
    if (rv != CKR_OK)
        return rv;
    rv = request_judge(&q, CKF_GENERATE_KEY_PAIR, &m);
    if (rv == CKR_OK)
        rv = generate_pair(s, m, t, handles);
    if (rv == CKR_OK)
        io_put_handles(io, handles, 2);
    session_put(s);
    return rv;
}
