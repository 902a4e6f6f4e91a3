/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys: from attributes to TEE objects, with all checks on the way.
 *
 * A maker per class and key type reads the value attributes. What a client brought is
 * judged: lengths, a point on its curve, a public half that belongs to the private one,
 * RSA numbers that fit each other (the TEE compares the CRT values, and a signature is
 * made and verified). What comes from our own storage was judged when it was made, so
 * key_of() leaves the expensive checks out.
 *
 * The secret of generic secrets and HMAC keys is kept beside the TEE's objects, because
 * one such key serves several HMACs. HMAC keys are brought to the length of the hash's
 * block before the TEE sees them (hashed when longer, zeros behind when shorter: RFC 2104
 * does just that), so that the TEE's limits on key lengths do not show.
 */
#include <pthread.h>
#include <stdatomic.h>
#include "hash.h"
#include "keyder.h"
#include "object.h"
#include "ready.h"

#define READY_ROOM 6u

struct ready {
    TEE_OperationHandle op; /* TEE_HANDLE_NULL: free place */
    uint32_t alg;
    uint32_t mode;
};

struct key {
    atomic_uint refs;
    uint32_t bits;
    const struct curve *curve;
    TEE_ObjectHandle object; /* AES, RSA, EC for signatures */
    uint8_t *secret;         /* generic secrets and HMAC keys: secret_len bytes */
    size_t secret_len;
    pthread_mutex_t lock;
    struct ready ready[READY_ROOM]; /* lock */
    unsigned oldest;                /* lock: place whose turn it is when all are taken */
};

/* What a maker works with; trusted: the values come from storage. */
struct making {
    struct key *key;
    const struct attrs *a;
    bool trusted;
};

typedef CK_RV maker(const struct making *m);

/* Big-endian number without its leading zeros. */
static struct span number(const struct attrs *a, uint32_t id)
{
    struct span s = attr_bytes(a, id);
    while (s.len && s.p[0] == 0) {
        s.p++;
        s.len--;
    }
    return s;
}

static uint32_t number_bits(struct span s)
{
    return s.len ? (uint32_t)(s.len * 8 - (size_t)(__builtin_clz(s.p[0]) - 24)) : 0;
}

static void ref_attr(TEE_Attribute *t, uint32_t id, struct span s)
{
    TEE_InitRefAttribute(t, id, s.p, s.len);
}

/* A populated object; values that make no key are the client's mistake. */
static CK_RV object_make(TEE_ObjectHandle *o, uint32_t type, uint32_t bits,
                         const TEE_Attribute *t, uint32_t nr)
{
    TEE_Result r = TEE_AllocateTransientObject(type, bits, o);
    if (r != TEE_SUCCESS)
        return rv_of(r);
    r = TEE_PopulateTransientObject(*o, t, nr);
    if (r == TEE_SUCCESS)
        return CKR_OK;
    TEE_FreeTransientObject(*o);
    *o = TEE_HANDLE_NULL;
    return r == TEE_ERROR_BAD_PARAMETERS ? CKR_ATTRIBUTE_VALUE_INVALID : rv_of(r);
}

/* --- secret keys -----------------------------------------------------------------------
 */

static CK_RV aes_make(const struct making *m)
{
    struct span v = attr_bytes(m->a, CKA_VALUE);
    if (v.len == 0)
        return CKR_TEMPLATE_INCOMPLETE;
    if (v.len != 16 && v.len != 24 && v.len != 32)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    m->key->bits = (uint32_t)v.len * 8;
    TEE_Attribute t;
    ref_attr(&t, TEE_ATTR_SECRET_VALUE, v);
    return object_make(&m->key->object, TEE_TYPE_AES, m->key->bits, &t, 1);
}

static CK_RV secret_make(const struct making *m)
{
    struct span v = attr_bytes(m->a, CKA_VALUE);
    if (v.len == 0)
        return CKR_TEMPLATE_INCOMPLETE;
    if (v.len > P11_VALUE_MAX)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    m->key->secret = TEE_Malloc(v.len, TEE_MALLOC_NO_FILL);
    if (!m->key->secret)
        return CKR_DEVICE_MEMORY;
    memcpy(m->key->secret, v.p, v.len);
    m->key->secret_len = v.len;
    m->key->bits = (uint32_t)v.len * 8;
    return CKR_OK;
}

/* --- RSA -------------------------------------------------------------------------------
 */

/* Modulus and public exponent into t[0], t[1]. */
static CK_RV rsa_public(const struct making *m, TEE_Attribute t[2])
{
    struct span n = number(m->a, CKA_MODULUS), e = number(m->a, CKA_PUBLIC_EXPONENT);
    if (n.len == 0 || e.len == 0)
        return CKR_TEMPLATE_INCOMPLETE;
    m->key->bits = number_bits(n);
    if (m->key->bits < RSA_BITS_MIN || m->key->bits > RSA_BITS_MAX || m->key->bits % 8)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    bool one = e.len == 1 && e.p[0] == 1;
    if (one || e.len > 8 || !(e.p[e.len - 1] & 1) || !(n.p[n.len - 1] & 1))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    ref_attr(&t[0], TEE_ATTR_RSA_MODULUS, n);
    ref_attr(&t[1], TEE_ATTR_RSA_PUBLIC_EXPONENT, e);
    return CKR_OK;
}

static CK_RV rsa_public_make(const struct making *m)
{
    TEE_Attribute t[2];
    CK_RV rv = rsa_public(m, t);
    if (rv != CKR_OK)
        return rv;
    return object_make(&m->key->object, TEE_TYPE_RSA_PUBLIC_KEY, m->key->bits, t, 2);
}

static CK_RV rsa_operation(TEE_OperationHandle *op, TEE_ObjectHandle o, uint32_t mode,
                           uint32_t bits)
{
    TEE_Result r =
        TEE_AllocateOperation(op, TEE_ALG_RSASSA_PKCS1_V1_5_SHA256, mode, bits);
    if (r == TEE_SUCCESS)
        r = TEE_SetOperationKey(*op, o);
    return rv_of(r);
}

/* Does what the private half signs verify with the public half? */
static CK_RV rsa_halves_agree(const struct key *key, const TEE_Attribute pub[2])
{
    static const uint8_t digest[32] = {1};
    uint8_t sig[RSA_BYTES_MAX];
    size_t len = sizeof sig;
    TEE_ObjectHandle o = TEE_HANDLE_NULL;
    TEE_OperationHandle sign = TEE_HANDLE_NULL, verify = TEE_HANDLE_NULL;
    CK_RV rv = object_make(&o, TEE_TYPE_RSA_PUBLIC_KEY, key->bits, pub, 2);
    if (rv == CKR_OK)
        rv = rsa_operation(&sign, key->object, TEE_MODE_SIGN, key->bits);
    if (rv == CKR_OK)
        rv = rsa_operation(&verify, o, TEE_MODE_VERIFY, key->bits);
    if (rv == CKR_OK &&
        (TEE_AsymmetricSignDigest(sign, NULL, 0, digest, sizeof digest, sig, &len) !=
             TEE_SUCCESS ||
         TEE_AsymmetricVerifyDigest(verify, NULL, 0, digest, sizeof digest, sig, len) !=
             TEE_SUCCESS))
        rv = CKR_ATTRIBUTE_VALUE_INVALID;
    TEE_FreeOperation(sign);
    TEE_FreeOperation(verify);
    TEE_FreeTransientObject(o);
    return rv;
}

static CK_RV rsa_private_make(const struct making *m)
{
    static const uint32_t crt[][2] = {
        {CKA_PRIME_1, TEE_ATTR_RSA_PRIME1},
        {CKA_PRIME_2, TEE_ATTR_RSA_PRIME2},
        {CKA_EXPONENT_1, TEE_ATTR_RSA_EXPONENT1},
        {CKA_EXPONENT_2, TEE_ATTR_RSA_EXPONENT2},
        {CKA_COEFFICIENT, TEE_ATTR_RSA_COEFFICIENT},
    };
    TEE_Attribute t[8];
    CK_RV rv = rsa_public(m, t);
    if (rv != CKR_OK)
        return rv;
    struct span d = number(m->a, CKA_PRIVATE_EXPONENT);
    if (d.len == 0)
        return CKR_TEMPLATE_INCOMPLETE;
    if (d.len > m->key->bits / 8)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    ref_attr(&t[2], TEE_ATTR_RSA_PRIVATE_EXPONENT, d);
    uint32_t nr = 3;
    for (unsigned i = 0; i < 5; i++) {
        struct span v = number(m->a, crt[i][0]);
        if (v.len > m->key->bits / 8)
            return CKR_ATTRIBUTE_VALUE_INVALID;
        if (v.len)
            ref_attr(&t[nr++], crt[i][1], v);
    }
    if (nr != 3 && nr != 8)
        return CKR_TEMPLATE_INCOMPLETE; /* some of the CRT values, but not all */
    rv = object_make(&m->key->object, TEE_TYPE_RSA_KEYPAIR, m->key->bits, t, nr);
    if (rv == CKR_OK && !m->trusted)
        rv = rsa_halves_agree(m->key, t);
    return rv;
}

/* --- EC --------------------------------------------------------------------------------
 */

static CK_RV ec_curve(const struct making *m, TEE_Attribute *t)
{
    struct span params = attr_bytes(m->a, CKA_EC_PARAMS);
    if (params.len == 0)
        return CKR_TEMPLATE_INCOMPLETE;
    CK_RV rv = curve_of_params(&m->key->curve, params);
    if (rv != CKR_OK)
        return rv;
    m->key->bits = m->key->curve->bits;
    TEE_InitValueAttribute(t, TEE_ATTR_ECC_CURVE, m->key->curve->id, 0);
    return CKR_OK;
}

static CK_RV ec_point(const struct making *m, TEE_Attribute t[2])
{
    struct span x, y;
    if (!curve_point(m->key->curve, attr_bytes(m->a, CKA_EC_POINT), &x, &y))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    ref_attr(&t[0], TEE_ATTR_ECC_PUBLIC_VALUE_X, x);
    ref_attr(&t[1], TEE_ATTR_ECC_PUBLIC_VALUE_Y, y);
    return CKR_OK;
}

static CK_RV ec_public_make(const struct making *m)
{
    TEE_Attribute t[3];
    CK_RV rv = ec_curve(m, &t[0]);
    if (rv == CKR_OK && attr_bytes(m->a, CKA_EC_POINT).len == 0)
        rv = CKR_TEMPLATE_INCOMPLETE;
    if (rv == CKR_OK)
        rv = ec_point(m, &t[1]);
    if (rv != CKR_OK)
        return rv;
    return object_make(&m->key->object, TEE_TYPE_ECDSA_PUBLIC_KEY, m->key->bits, t, 3);
}

/* One coordinate of the key's public point, at the full length of the field. */
static CK_RV ec_coordinate(const struct key *key, uint32_t id, uint8_t *out)
{
    uint8_t v[FIELD_MAX];
    size_t len = sizeof v;
    TEE_Result r = TEE_GetObjectBufferAttribute(key->object, id, v, &len);
    if (r != TEE_SUCCESS || len > key->curve->bytes)
        return r == TEE_SUCCESS ? CKR_DEVICE_ERROR : rv_of(r);
    memset(out, 0, key->curve->bytes - len);
    memcpy(out + (key->curve->bytes - len), v, len);
    return CKR_OK;
}

/* 04, X, Y; point has POINT_MAX bytes. */
static CK_RV ec_point_get(const struct key *key, uint8_t *point)
{
    point[0] = 4;
    CK_RV rv = ec_coordinate(key, TEE_ATTR_ECC_PUBLIC_VALUE_X, point + 1);
    if (rv == CKR_OK)
        rv = ec_coordinate(key, TEE_ATTR_ECC_PUBLIC_VALUE_Y,
                           point + 1 + key->curve->bytes);
    return rv;
}

/* Is the point that came with a private key the one that belongs to it? */
static CK_RV ec_halves_agree(const struct making *m)
{
    uint8_t own[POINT_MAX];
    struct span given = attr_bytes(m->a, CKA_EC_POINT), x, y;
    if (given.len == 0)
        return CKR_OK;
    CK_RV rv = ec_point_get(m->key, own);
    if (rv != CKR_OK)
        return rv;
    size_t n = m->key->curve->bytes;
    if (!curve_point(m->key->curve, given, &x, &y) || memcmp(x.p, own + 1, n) != 0 ||
        memcmp(y.p, own + 1 + n, n) != 0)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    return CKR_OK;
}

/* Private value and curve, and the point where it can be trusted (it is computed
 * otherwise). */
static CK_RV ec_pair_make(TEE_ObjectHandle *o, const struct making *m, uint32_t type)
{
    TEE_Attribute t[4];
    CK_RV rv = ec_curve(m, &t[0]);
    if (rv != CKR_OK)
        return rv;
    struct span d = number(m->a, CKA_VALUE);
    if (attr_bytes(m->a, CKA_VALUE).len == 0)
        return CKR_TEMPLATE_INCOMPLETE;
    if (d.len == 0 || d.len > m->key->curve->bytes)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    ref_attr(&t[1], TEE_ATTR_ECC_PRIVATE_VALUE, d);
    uint32_t nr = 2;
    if (m->trusted && ec_point(m, &t[2]) == CKR_OK)
        nr = 4;
    return object_make(o, type, m->key->bits, t, nr);
}

static CK_RV ec_private_make(const struct making *m)
{
    CK_RV rv = ec_pair_make(&m->key->object, m, TEE_TYPE_ECDSA_KEYPAIR);
    if (rv == CKR_OK && !m->trusted)
        rv = ec_halves_agree(m);
    return rv;
}

CK_RV key_agreement(TEE_ObjectHandle *pair, const struct key *key, const struct attrs *a)
{
    struct key scratch = {.curve = key->curve};
    struct making m = {&scratch, a, true};
    return ec_pair_make(pair, &m, TEE_TYPE_ECDH_KEYPAIR);
}

CK_RV key_point_check(const struct curve *curve, struct span x, struct span y)
{
    TEE_Attribute t[3];
    TEE_ObjectHandle o = TEE_HANDLE_NULL;
    TEE_InitValueAttribute(&t[0], TEE_ATTR_ECC_CURVE, curve->id, 0);
    ref_attr(&t[1], TEE_ATTR_ECC_PUBLIC_VALUE_X, x);
    ref_attr(&t[2], TEE_ATTR_ECC_PUBLIC_VALUE_Y, y);
    CK_RV rv = object_make(&o, TEE_TYPE_ECDH_PUBLIC_KEY, curve->bits, t, 3);
    TEE_FreeTransientObject(o);
    return rv;
}

/* --- making, sharing, letting go -------------------------------------------------------
 */

static const struct {
    uint32_t class;
    uint32_t type;
    maker *make;
} makers[] = {
    {CKO_SECRET_KEY, CKK_AES, aes_make},
    {CKO_SECRET_KEY, CKK_GENERIC_SECRET, secret_make},
    {CKO_SECRET_KEY, CKK_SHA_1_HMAC, secret_make},
    {CKO_SECRET_KEY, CKK_SHA224_HMAC, secret_make},
    {CKO_SECRET_KEY, CKK_SHA256_HMAC, secret_make},
    {CKO_SECRET_KEY, CKK_SHA384_HMAC, secret_make},
    {CKO_SECRET_KEY, CKK_SHA512_HMAC, secret_make},
    {CKO_PUBLIC_KEY, CKK_RSA, rsa_public_make},
    {CKO_PRIVATE_KEY, CKK_RSA, rsa_private_make},
    {CKO_PUBLIC_KEY, CKK_EC, ec_public_make},
    {CKO_PRIVATE_KEY, CKK_EC, ec_private_make},
};

static maker *maker_of(const struct attrs *a)
{
    uint32_t class = attr_u32(a, CKA_CLASS), type = attr_u32(a, CKA_KEY_TYPE);
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++)
        if (makers[i].class == class && makers[i].type == type)
            return makers[i].make;
    return NULL;
}

CK_RV key_adopt(struct key **key, TEE_ObjectHandle object, uint32_t bits,
                const struct curve *curve)
{
    struct key *k = TEE_Malloc(sizeof *k, TEE_MALLOC_FILL_ZERO);
    if (!k) {
        TEE_FreeTransientObject(object);
        return CKR_DEVICE_MEMORY;
    }
    atomic_init(&k->refs, 1);
    pthread_mutex_init(&k->lock, NULL);
    k->object = object;
    k->bits = bits;
    k->curve = curve;
    *key = k;
    return CKR_OK;
}

static CK_RV make(struct key **key, const struct attrs *a, bool trusted)
{
    maker *how = maker_of(a);
    if (!how)
        return CKR_TEMPLATE_INCONSISTENT;
    struct key *k;
    CK_RV rv = key_adopt(&k, TEE_HANDLE_NULL, 0, NULL);
    if (rv != CKR_OK)
        return rv;
    struct making m = {k, a, trusted};
    rv = how(&m);
    if (rv != CKR_OK) {
        key_put(k);
        return rv;
    }
    *key = k;
    return CKR_OK;
}

CK_RV key_make(struct key **key, const struct attrs *a)
{
    return make(key, a, false);
}

struct key *key_ref(struct key *key)
{
    atomic_fetch_add_explicit(&key->refs, 1, memory_order_relaxed);
    return key;
}

void key_put(struct key *key)
{
    if (!key || atomic_fetch_sub_explicit(&key->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (unsigned i = 0; i < READY_ROOM; i++)
        TEE_FreeOperation(key->ready[i].op);
    TEE_FreeTransientObject(key->object);
    if (key->secret)
        wipe(key->secret, key->secret_len);
    TEE_Free(key->secret);
    pthread_mutex_destroy(&key->lock);
    TEE_Free(key);
}

CK_RV key_of(struct object *o, struct key **key)
{
    struct key *k = atomic_load_explicit(&o->key, memory_order_acquire);
    if (!k) {
        struct key *made;
        CK_RV rv = make(&made, &o->attrs, true);
        if (rv != CKR_OK)
            return rv;
        if (atomic_compare_exchange_strong(&o->key, &k, made))
            k = made;
        else
            key_put(made); /* another lane was first */
    }
    *key = k;
    return CKR_OK;
}

/* --- what follows from a key -----------------------------------------------------------
 */

/* CKA_EC_POINT as the standard has it, whichever form it came in. */
static CK_RV point_complete(const struct key *key, struct attrs *a)
{
    uint8_t point[POINT_MAX], der[POINT_MAX + 4];
    if (!key->curve)
        return CKR_OK;
    CK_RV rv = ec_point_get(key, point);
    if (rv != CKR_OK)
        return rv;
    return attrs_put(a, CKA_EC_POINT, der, curve_point_der(key->curve, point, der));
}

CK_RV key_complete(const struct key *key, struct attrs *a)
{
    return point_complete(key, a);
}

CK_RV key_check_value(struct key *key, uint8_t kcv[KCV_LEN])
{
    uint8_t out[HASH_MAX], zero[16] = {0};
    size_t len = sizeof out;
    CK_RV rv;
    if (key->secret) {
        struct span v = {key->secret, key->secret_len};
        rv = hash_pieces(&hash_sha1, out, &v, 1);
    } else {
        TEE_OperationHandle op;
        rv = key_take(key, TEE_ALG_AES_ECB_NOPAD, TEE_MODE_ENCRYPT, &op);
        if (rv != CKR_OK)
            return rv;
        TEE_CipherInit(op, NULL, 0);
        TEE_Result r = TEE_CipherDoFinal(op, zero, sizeof zero, out, &len);
        key_give(key, TEE_ALG_AES_ECB_NOPAD, TEE_MODE_ENCRYPT, op, r == TEE_SUCCESS);
        rv = rv_of(r);
    }
    if (rv == CKR_OK)
        memcpy(kcv, out, KCV_LEN);
    return rv;
}

/* --- ready operations ------------------------------------------------------------------
 */

uint32_t key_bits(const struct key *key)
{
    return key->bits;
}

const struct curve *key_curve(const struct key *key)
{
    return key->curve;
}

static CK_RV hmac_object(TEE_ObjectHandle *o, const struct key *key, const struct hash *h)
{
    uint8_t block_secret[BLOCK_MAX] = {0};
    CK_RV rv = CKR_OK;
    if (key->secret_len > h->block) {
        struct span v = {key->secret, key->secret_len};
        rv = hash_pieces(h, block_secret, &v, 1);
    } else {
        memcpy(block_secret, key->secret, key->secret_len);
    }
    if (rv == CKR_OK) {
        TEE_Attribute t;
        ref_attr(&t, TEE_ATTR_SECRET_VALUE, (struct span){block_secret, h->block});
        rv = object_make(o, h->hmac_type, h->block * 8, &t, 1);
    }
    wipe(block_secret, sizeof block_secret);
    return rv;
}

static CK_RV operation_make(struct key *key, uint32_t alg, uint32_t mode,
                            TEE_OperationHandle *op)
{
    TEE_ObjectHandle o = key->object;
    uint32_t bits = key->bits;
    const struct hash *h = hash_of_hmac(alg);
    CK_RV rv = CKR_OK;
    if (h) {
        bits = h->block * 8;
        rv = hmac_object(&o, key, h);
    }
    if (rv == CKR_OK)
        rv = rv_of(TEE_AllocateOperation(op, alg, mode, bits));
    if (rv == CKR_OK) {
        rv = rv_of(TEE_SetOperationKey(*op, o));
        if (rv != CKR_OK)
            TEE_FreeOperation(*op);
    }
    if (h)
        TEE_FreeTransientObject(o);
    return rv;
}

CK_RV key_take(struct key *key, uint32_t alg, uint32_t mode, TEE_OperationHandle *op)
{
    TEE_OperationHandle found = TEE_HANDLE_NULL;
    pthread_mutex_lock(&key->lock);
    for (unsigned i = 0; !found && i < READY_ROOM; i++) {
        struct ready *r = &key->ready[i];
        if (r->op && r->alg == alg && r->mode == mode) {
            found = r->op;
            r->op = TEE_HANDLE_NULL;
        }
    }
    pthread_mutex_unlock(&key->lock);
    if (!found)
        return operation_make(key, alg, mode, op);
    *op = found;
    return CKR_OK;
}

void key_give(struct key *key, uint32_t alg, uint32_t mode, TEE_OperationHandle op,
              bool clean)
{
    if (!clean)
        TEE_ResetOperation(op);
    pthread_mutex_lock(&key->lock);
    unsigned place = 0;
    while (place < READY_ROOM && key->ready[place].op)
        place++;
    if (place == READY_ROOM)
        place = key->oldest++ % READY_ROOM;
    TEE_OperationHandle driven_out = key->ready[place].op;
    key->ready[place] = (struct ready){op, alg, mode};
    pthread_mutex_unlock(&key->lock);
    TEE_FreeOperation(driven_out);
}
