/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys as DER; keyder.h is the manual, lib/der reads and writes the elements.
 *
 * Each format is written twice: once counting, once into a buffer of exactly that length,
 * so no secret lands in a buffer that grows. What is parsed only becomes attributes here;
 * key.c judges the numbers.
 */
#include "curve.h"
#include "keyder.h"

static const uint8_t oid_rsa[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
static const uint8_t oid_ec[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};

#define TRAILING_MAX 15u

/* RSAPrivateKey after its version, in order. */
static const uint32_t rsa_parts[PRIVATE_PARTS] = {
    CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT, CKA_PRIME_1,
    CKA_PRIME_2, CKA_EXPONENT_1,      CKA_EXPONENT_2,       CKA_COEFFICIENT,
};

static bool oid_is(struct span s, const uint8_t *oid, size_t len)
{
    return s.len == len && memcmp(s.p, oid, len) == 0;
}

/* The point of a public or private EC key, without its OCTET STRING. */
static struct span point_of(const struct attrs *a)
{
    struct span p = attr_bytes(a, CKA_EC_POINT);
    struct rd r = rd_init(p.p, p.len);
    struct span in = der_span(&r, DER_OCTET_STRING);
    return rd_end(&r) && in.len > 1 && in.p[0] == 4 ? in : p;
}

static void put_number(struct der_wr *w, const struct attrs *a, uint32_t id)
{
    struct span v = attr_bytes(a, id);
    der_put_uint(w, v.p, v.len);
}

/* AlgorithmIdentifier. */
static void put_rsa_algorithm(struct der_wr *w)
{
    size_t since = w->len;
    der_put_head(w, DER_NULL, since);
    der_put_span(w, DER_OID, oid_rsa, sizeof oid_rsa);
    der_put_head(w, DER_SEQUENCE, since);
}

static void put_ec_algorithm(struct der_wr *w, struct span params)
{
    size_t since = w->len;
    der_put_raw(w, params.p, params.len);
    der_put_span(w, DER_OID, oid_ec, sizeof oid_ec);
    der_put_head(w, DER_SEQUENCE, since);
}

/* BIT STRING of whole bytes around what was put since. */
static void put_bits_head(struct der_wr *w, size_t since)
{
    der_put_raw(w, "", 1); /* no unused bits */
    der_put_head(w, DER_BIT_STRING, since);
}

static void put_public(struct der_wr *w, const struct attrs *a)
{
    if (attr_u32(a, CKA_KEY_TYPE) == CKK_RSA) {
        put_number(w, a, CKA_PUBLIC_EXPONENT);
        put_number(w, a, CKA_MODULUS);
        der_put_head(w, DER_SEQUENCE, 0);
        put_bits_head(w, 0);
        put_rsa_algorithm(w);
    } else {
        struct span point = point_of(a);
        der_put_raw(w, point.p, point.len);
        put_bits_head(w, 0);
        put_ec_algorithm(w, attr_bytes(a, CKA_EC_PARAMS));
    }
    der_put_head(w, DER_SEQUENCE, 0);
}

static void put_rsa_private(struct der_wr *w, const struct attrs *a)
{
    size_t since = w->len;
    for (unsigned i = PRIVATE_PARTS; i-- > 0;)
        put_number(w, a, rsa_parts[i]);
    der_put_uint(w, NULL, 0);
    der_put_head(w, DER_SEQUENCE, since);
    der_put_head(w, DER_OCTET_STRING, since);
    put_rsa_algorithm(w);
}

static void put_ec_private(struct der_wr *w, const struct attrs *a)
{
    static const uint8_t one = 1;
    static const uint8_t zeros[FIELD_MAX] = {0};
    const struct curve *curve;
    struct span params = attr_bytes(a, CKA_EC_PARAMS), v = attr_bytes(a, CKA_VALUE);
    struct span point = point_of(a);
    size_t since = w->len;
    if (curve_of_params(&curve, params) != CKR_OK || v.len > curve->bytes) {
        w->bad = true;
        return;
    }
    der_put_raw(w, point.p, point.len);
    put_bits_head(w, since);
    der_put_head(w, DER_CONTEXT(1), since);
    size_t value = w->len;
    der_put_raw(w, v.p, v.len);
    der_put_raw(w, zeros, curve->bytes - v.len); /* fixed length, RFC 5915 section 3 */
    der_put_head(w, DER_OCTET_STRING, value);
    der_put_uint(w, &one, 1);
    der_put_head(w, DER_SEQUENCE, since);
    der_put_head(w, DER_OCTET_STRING, since);
    put_ec_algorithm(w, params);
}

/* PrivateKeyInfo. */
static void put_private(struct der_wr *w, const struct attrs *a)
{
    if (attr_u32(a, CKA_KEY_TYPE) == CKK_RSA)
        put_rsa_private(w, a);
    else
        put_ec_private(w, a);
    der_put_uint(w, NULL, 0);
    der_put_head(w, DER_SEQUENCE, 0);
}

typedef void put_fn(struct der_wr *w, const struct attrs *a);

static CK_RV encode(const struct attrs *a, put_fn *put, uint8_t **der, size_t *len)
{
    struct der_wr w = der_wr_init(NULL, 0);
    put(&w, a);
    if (w.bad)
        return CKR_FUNCTION_FAILED;
    *len = w.len;
    *der = TEE_Malloc(w.len, TEE_MALLOC_NO_FILL);
    if (!*der)
        return CKR_DEVICE_MEMORY;
    w = der_wr_init(*der, *len);
    put(&w, a);
    return CKR_OK;
}

void keyder_free(uint8_t *der, size_t len)
{
    if (der)
        wipe(der, len);
    TEE_Free(der);
}

CK_RV keyder_public_info(struct attrs *a)
{
    uint8_t *der;
    size_t len;
    uint32_t type = attr_u32(a, CKA_KEY_TYPE);
    if (type != CKK_RSA && type != CKK_EC)
        return CKR_OK;
    CK_RV rv = encode(a, put_public, &der, &len);
    if (rv != CKR_OK)
        return rv;
    rv = attrs_put(a, CKA_PUBLIC_KEY_INFO, der, len);
    keyder_free(der, len);
    return rv;
}

CK_RV keyder_private(const struct attrs *a, uint8_t **der, size_t *len)
{
    uint32_t type = attr_u32(a, CKA_KEY_TYPE);
    if (type != CKK_RSA && type != CKK_EC)
        return CKR_KEY_NOT_WRAPPABLE;
    return encode(a, put_private, der, len);
}

/* --- parsing --------------------------------------------------------------------------- */

static void part_add(struct private_parts *k, uint32_t id, struct span v)
{
    k->part[k->nr].id = id;
    k->part[k->nr].v = v;
    k->nr++;
}

/* RSAPrivateKey after its version; two primes only. */
static void rsa_parse(struct private_parts *k, struct rd *in)
{
    k->type = CKK_RSA;
    for (unsigned i = 0; i < PRIVATE_PARTS; i++)
        part_add(k, rsa_parts[i], der_uint(in));
}

/* ECPrivateKey; the curve may be named outside, inside, or in both places alike. */
static void ec_parse(struct private_parts *k, struct rd *in, struct span outer)
{
    k->type = CKK_EC;
    struct rd seq = der_open(in, DER_SEQUENCE);
    if (der_small(&seq, 1) != 1)
        in->bad = true;
    part_add(k, CKA_VALUE, der_span(&seq, DER_OCTET_STRING));
    struct span curve = outer;
    if (der_peek(&seq, DER_CONTEXT(0))) {
        curve = der_span(&seq, DER_CONTEXT(0));
        if (outer.len &&
            (outer.len != curve.len || memcmp(outer.p, curve.p, curve.len) != 0))
            in->bad = true;
    }
    part_add(k, CKA_EC_PARAMS, curve);
    if (der_peek(&seq, DER_CONTEXT(1))) {
        struct rd pub = der_open(&seq, DER_CONTEXT(1));
        part_add(k, CKA_EC_POINT, der_bits(&pub));
        if (!rd_end(&pub))
            in->bad = true;
    }
    if (!rd_end(&seq))
        in->bad = true;
}

/* PrivateKeyInfo after its version. */
static void info_parse(struct private_parts *k, struct rd *in)
{
    struct rd alg = der_open(in, DER_SEQUENCE);
    struct span oid = der_span(&alg, DER_OID);
    struct rd key = der_open(in, DER_OCTET_STRING);
    if (oid_is(oid, oid_rsa, sizeof oid_rsa)) {
        if (alg.left && der_span(&alg, DER_NULL).len)
            in->bad = true;
        struct rd seq = der_open(&key, DER_SEQUENCE);
        if (der_small(&seq, 0) != 0)
            in->bad = true;
        rsa_parse(k, &seq);
        if (!rd_end(&seq))
            in->bad = true;
    } else if (oid_is(oid, oid_ec, sizeof oid_ec)) {
        struct span params = {NULL, 0};
        if (alg.left)
            params = der_element(&alg);
        ec_parse(k, &key, params);
    } else {
        in->bad = true;
    }
    if (der_peek(in, DER_CONTEXT(0)))
        (void)der_element(in); /* attributes, of no interest */
    if (!rd_end(&alg) || !rd_end(&key))
        in->bad = true;
}

static bool is_padding(const struct rd *r)
{
    bool zero = r->left <= TRAILING_MAX;
    for (size_t i = 0; zero && i < r->left; i++)
        zero = r->p[i] == 0;
    return zero;
}

CK_RV keyder_parse(struct private_parts *k, struct span der)
{
    k->nr = 0;
    struct rd r = rd_init(der.p, der.len);
    struct rd seq = der_open(&r, DER_SEQUENCE);
    if (der_small(&seq, 0) != 0 || seq.bad)
        return CKR_WRAPPED_KEY_INVALID;
    if (der_peek(&seq, DER_INTEGER))
        rsa_parse(k, &seq);
    else
        info_parse(k, &seq);
    return !r.bad && rd_end(&seq) && is_padding(&r) ? CKR_OK : CKR_WRAPPED_KEY_INVALID;
}
