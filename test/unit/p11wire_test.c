/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PKCS#11 wire codec: what the module encodes the TA decodes to the same, and
 * whatever is cut, stretched or miscounted is refused. Buffers that are decoded have
 * exactly their size, so that AddressSanitizer sees a read beyond the end.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "anchorhold_pkcs11.h"
#include "p11wire.h"

static CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
static CK_KEY_TYPE key_type = CKK_EC;
static CK_BBOOL yes = CK_TRUE;
static CK_ULONG unavailable = CK_UNAVAILABLE_INFORMATION;
static CK_MECHANISM_TYPE allowed[] = {CKM_ECDSA, CKM_ECDSA_SHA256};
static CK_ATTRIBUTE wrap[] = {
    {CKA_CLASS, &class, sizeof class},
    {CKA_EXTRACTABLE, &yes, 1},
};
static CK_ATTRIBUTE sample[] = {
    {CKA_CLASS, &class, sizeof class},
    {CKA_KEY_TYPE, &key_type, sizeof key_type},
    {CKA_TOKEN, &yes, 1},
    {CKA_LABEL, "device", 6},
    {CKA_ID, NULL, 0},
    {CKA_KEY_GEN_MECHANISM, &unavailable, sizeof unavailable},
    {CKA_ALLOWED_MECHANISMS, allowed, sizeof allowed},
    {CKA_WRAP_TEMPLATE, wrap, sizeof wrap},
};
#define NR_SAMPLE (sizeof sample / sizeof sample[0])

/* An exact copy on the heap. */
static uint8_t *encode(const CK_ATTRIBUTE *a, CK_ULONG nr, size_t *len)
{
    struct wr w = wr_init(NULL, 0);
    assert_int_equal(p11_template_encode(&w, a, nr), CKR_OK);
    *len = w.len;
    uint8_t *p = malloc(w.len);
    assert_non_null(p);
    w = wr_init(p, *len);
    assert_int_equal(p11_template_encode(&w, a, nr), CKR_OK);
    assert_false(w.bad);
    assert_int_equal(w.len, *len);
    return p;
}

static bool decodes(const uint8_t *p, size_t len)
{
    struct p11_template t;
    struct p11_attr a;
    uint8_t *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    if (len)
        memcpy(copy, p, len);
    struct rd r = rd_init(copy, len);
    bool sound = p11_template_decode(&t, &r) == CKR_OK && rd_end(&r);
    uint32_t seen = 0;
    for (struct p11_iter i = p11_iter(&t); p11_next(&i, &a);)
        seen++;
    assert_int_equal(seen, t.count); /* 0 when it did not decode */
    free(copy);
    return sound;
}

static void test_p11wire_template_round_trip(void **state)
{
    (void)state;
    size_t len;
    uint8_t *p = encode(sample, NR_SAMPLE, &len);
    struct rd r = rd_init(p, len);
    struct p11_template t, nested;
    struct p11_attr a;
    uint32_t v;
    bool b;
    assert_int_equal(p11_template_decode(&t, &r), CKR_OK);
    assert_true(rd_end(&r));
    assert_int_equal(t.count, NR_SAMPLE);
    assert_true(p11_template_find(&t, CKA_CLASS, &a) && p11_attr_u32(&a, &v));
    assert_int_equal(v, CKO_PRIVATE_KEY);
    assert_true(p11_template_find(&t, CKA_TOKEN, &a) && p11_attr_bool(&a, &b) && b);
    assert_true(p11_template_find(&t, CKA_LABEL, &a));
    assert_int_equal(a.v.len, 6);
    assert_memory_equal(a.v.p, "device", 6);
    assert_true(p11_template_find(&t, CKA_ID, &a) && a.v.len == 0);
    assert_true(p11_template_find(&t, CKA_KEY_GEN_MECHANISM, &a) && p11_attr_u32(&a, &v));
    assert_int_equal(v, P11_UNAVAILABLE);
    assert_true(p11_template_find(&t, CKA_ALLOWED_MECHANISMS, &a));
    assert_int_equal(a.v.len, 8);
    assert_int_equal(le32(a.v.p + 4), CKM_ECDSA_SHA256);
    assert_true(p11_template_find(&t, CKA_WRAP_TEMPLATE, &a));
    assert_int_equal(p11_template_nested(&nested, &a), CKR_OK);
    assert_int_equal(nested.count, 2);
    assert_true(p11_template_find(&nested, CKA_EXTRACTABLE, &a));
    assert_false(p11_template_find(&t, CKA_VALUE, &a));
    free(p);
}

static void test_p11wire_every_truncation_is_refused(void **state)
{
    (void)state;
    size_t len;
    uint8_t *p = encode(sample, NR_SAMPLE, &len);
    assert_true(decodes(p, len));
    for (size_t n = 0; n < len; n++)
        assert_false(decodes(p, n));
    uint8_t *longer = malloc(len + 1);
    assert_non_null(longer);
    memcpy(longer, p, len);
    longer[len] = 0;
    assert_false(decodes(longer, len + 1));
    free(longer);
    free(p);
}

/* Every u32 of the layout that is a size or a count, set to values that lie. */
static void test_p11wire_every_lying_size_is_refused(void **state)
{
    (void)state;
    size_t len;
    uint8_t *p = encode(sample, NR_SAMPLE, &len);
    size_t at[64], nr = 0;
    at[nr++] = 0;
    at[nr++] = 4;
    for (size_t o = 8; o < len; o += 8 + le32(p + o + 4)) {
        at[nr++] = o + 4;
        if (le32(p + o) != CKA_WRAP_TEMPLATE)
            continue;
        at[nr++] = o + 8;
        at[nr++] = o + 12;
        at[nr++] = o + 20;
    }
    assert_true(nr > 10);
    for (size_t i = 0; i < nr; i++) {
        uint32_t good = le32(p + at[i]);
        const uint32_t lies[] = {good + 1,    good - 1, good ^ 0x80000000u, 0xffffffffu,
                                 0x7fffffffu, good + 4, good + 0x10000u,    good ? 0 : 8};
        for (size_t j = 0; j < sizeof lies / sizeof lies[0]; j++) {
            put_le32(p + at[i], lies[j]);
            assert_false(decodes(p, len));
        }
        put_le32(p + at[i], good);
    }
    assert_true(decodes(p, len));
    free(p);
}

static void test_p11wire_nesting_ends_at_one(void **state)
{
    (void)state;
    CK_ATTRIBUTE inner[] = {{CKA_UNWRAP_TEMPLATE, wrap, sizeof wrap}};
    CK_ATTRIBUTE outer[] = {{CKA_WRAP_TEMPLATE, inner, sizeof inner}};
    uint8_t buf[256];
    struct wr w = wr_init(buf, sizeof buf);
    assert_int_equal(p11_template_encode(&w, outer, 1), CKR_TEMPLATE_INCONSISTENT);

    /* The same written by hand, as a hostile client would. */
    w = wr_init(buf, sizeof buf);
    size_t a = p11_template_begin(&w);
    wr_u32(&w, CKA_WRAP_TEMPLATE);
    wr_u32(&w, 24);
    size_t b = p11_template_begin(&w);
    wr_u32(&w, CKA_UNWRAP_TEMPLATE);
    wr_u32(&w, 8);
    size_t c = p11_template_begin(&w);
    p11_template_end(&w, c, 0);
    p11_template_end(&w, b, 1);
    p11_template_end(&w, a, 1);
    assert_false(decodes(buf, w.len));
    put_le32(buf + 24, CKA_LABEL); /* with plain bytes at that place it is fine */
    assert_true(decodes(buf, w.len));
}

static void test_p11wire_counts_are_limited(void **state)
{
    (void)state;
    static CK_ATTRIBUTE many[P11_ATTRS_MAX + 1];
    size_t len;
    for (size_t i = 0; i <= P11_ATTRS_MAX; i++)
        many[i] = (CK_ATTRIBUTE){CKA_LABEL, NULL, 0};
    uint8_t *p = encode(many, P11_ATTRS_MAX, &len);
    assert_true(decodes(p, len));
    free(p);
    struct wr w = wr_init(NULL, 0);
    assert_int_equal(p11_template_encode(&w, many, P11_ATTRS_MAX + 1), CKR_ARGUMENTS_BAD);
    assert_int_equal(p11_template_encode(&w, NULL, 1), CKR_ARGUMENTS_BAD);
    assert_int_equal(p11_template_encode(&w, many, (CK_ULONG)-1), CKR_ARGUMENTS_BAD);
}

static void test_p11wire_bad_attributes_are_named(void **state)
{
    (void)state;
    CK_ULONG wide = 0x100000000UL, almost = 0xffffffffUL;
    const struct {
        CK_ATTRIBUTE a;
        CK_RV rv;
    } rows[] = {
        {{CKA_CLASS, &class, 4}, CKR_ATTRIBUTE_VALUE_INVALID},
        {{CKA_CLASS, NULL, sizeof class}, CKR_ATTRIBUTE_VALUE_INVALID},
        {{CKA_CLASS, &wide, sizeof wide}, CKR_ATTRIBUTE_VALUE_INVALID},
        {{CKA_CLASS, &almost, sizeof almost}, CKR_ATTRIBUTE_VALUE_INVALID},
        {{CKA_LABEL, NULL, 1}, CKR_ATTRIBUTE_VALUE_INVALID},
        {{CKA_LABEL, "x", CK_UNAVAILABLE_INFORMATION}, CKR_ATTRIBUTE_VALUE_INVALID},
        {{CKA_ALLOWED_MECHANISMS, allowed, 9}, CKR_ATTRIBUTE_VALUE_INVALID},
        {{CKA_WRAP_TEMPLATE, wrap, sizeof wrap - 1}, CKR_ATTRIBUTE_VALUE_INVALID},
        {{0x1000000000UL, "x", 1}, CKR_ATTRIBUTE_TYPE_INVALID},
        {{CKA_VENDOR_DEFINED, "x", 1}, CKR_OK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct wr w = wr_init(NULL, 0);
        assert_int_equal(p11_template_encode(&w, &rows[i].a, 1), rows[i].rv);
    }
}

/* --- GET_ATTRIBUTE_VALUE --------------------------------------------------------------- */

static void test_p11wire_query_round_trip(void **state)
{
    (void)state;
    CK_ULONG cls = 7, gen = 7;
    CK_MECHANISM_TYPE mechs[4];
    char label[16], tiny[2], secret[8];
    CK_ATTRIBUTE q[] = {
        {CKA_CLASS, &cls, sizeof cls},
        {CKA_LABEL, label, sizeof label},
        {CKA_ID, NULL, 0},
        {CKA_SUBJECT, tiny, sizeof tiny},
        {CKA_VALUE, secret, sizeof secret},
        {CKA_ALLOWED_MECHANISMS, mechs, sizeof mechs},
        {CKA_KEY_GEN_MECHANISM, &gen, sizeof gen},
        {CKA_MODULUS_BITS, tiny, sizeof tiny},
        {CKA_WRAP_TEMPLATE, NULL, 0},
    };
    CK_ULONG nr = sizeof q / sizeof q[0];
    uint8_t buf[512], out[8];
    struct wr w = wr_init(buf, sizeof buf);
    assert_int_equal(p11_get_encode(&w, q, nr), CKR_OK);

    struct p11_get g;
    struct p11_place place;
    struct rd r = rd_init(buf, w.len);
    assert_int_equal(p11_get_decode(&g, &r), CKR_OK);
    assert_true(rd_end(&r));
    assert_int_equal(g.len, w.len);
    CK_RV rv = CKR_OK;
    unsigned seen = 0;
    while (p11_get_next(&g, &place)) {
        seen++;
        put_le32(out, CKO_PRIVATE_KEY);
        put_le32(out + 4, CKM_ECDSA_SHA512);
        if (place.id == CKA_CLASS || place.id == CKA_MODULUS_BITS)
            assert_int_equal(p11_get_fill(&place, out, 4), CKR_OK);
        else if (place.id == CKA_LABEL)
            assert_int_equal(p11_get_fill(&place, "device", 6), CKR_OK);
        else if (place.id == CKA_ID)
            assert_int_equal(p11_get_fill(&place, "identity", 8), CKR_OK);
        else if (place.id == CKA_SUBJECT)
            rv = p11_get_fill(&place, "name", 4);
        else if (place.id == CKA_ALLOWED_MECHANISMS)
            assert_int_equal(p11_get_fill(&place, out, 8), CKR_OK);
        else if (place.id == CKA_KEY_GEN_MECHANISM)
            assert_int_equal(p11_get_fill(&place, "\xff\xff\xff\xff", 4), CKR_OK);
        else
            p11_get_refuse(&place);
    }
    assert_int_equal(seen, nr);
    assert_int_equal(rv, CKR_BUFFER_TOO_SMALL);

    assert_int_equal(p11_get_finish(q, nr, g.reply, g.len, CKR_ATTRIBUTE_SENSITIVE),
                     CKR_ATTRIBUTE_SENSITIVE);
    assert_int_equal(cls, CKO_PRIVATE_KEY);
    assert_int_equal(q[1].ulValueLen, 6);
    assert_memory_equal(label, "device", 6);
    assert_int_equal(q[2].ulValueLen, 8);
    assert_int_equal(q[3].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    assert_int_equal(q[4].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    assert_int_equal(q[5].ulValueLen, 2 * sizeof(CK_ULONG));
    assert_int_equal(mechs[1], CKM_ECDSA_SHA512);
    assert_int_equal(gen, CK_UNAVAILABLE_INFORMATION);
    assert_int_equal(q[7].ulValueLen,
                     CK_UNAVAILABLE_INFORMATION); /* 2 bytes for a CK_ULONG */
    assert_int_equal(q[8].ulValueLen, CK_UNAVAILABLE_INFORMATION);
}

static void test_p11wire_query_length_of_short_number_is_noticed(void **state)
{
    (void)state;
    char tiny[2];
    CK_ATTRIBUTE q = {CKA_MODULUS_BITS, tiny, sizeof tiny};
    uint8_t buf[64];
    struct wr w = wr_init(buf, sizeof buf);
    assert_int_equal(p11_get_encode(&w, &q, 1), CKR_OK);
    put_le32(buf + 12, 4);
    assert_int_equal(p11_get_finish(&q, 1, buf, w.len, CKR_OK), CKR_BUFFER_TOO_SMALL);
    assert_int_equal(q.ulValueLen, CK_UNAVAILABLE_INFORMATION);
}

static void test_p11wire_query_lies_are_refused(void **state)
{
    (void)state;
    char label[16];
    CK_ULONG cls;
    uint8_t buf[128];
    const size_t at[] = {8, 12, 20, 24}; /* ids and sizes of the two places */
    for (size_t i = 0; i < 4; i++) {
        CK_ATTRIBUTE q[] = {{CKA_CLASS, &cls, sizeof cls},
                            {CKA_LABEL, label, sizeof label}};
        struct wr w = wr_init(buf, sizeof buf);
        assert_int_equal(p11_get_encode(&w, q, 2), CKR_OK);
        put_le32(buf + at[i], 0x12345);
        assert_int_equal(p11_get_finish(q, 2, buf, w.len, CKR_OK), CKR_DEVICE_ERROR);
        assert_int_equal(q[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
        assert_int_equal(q[1].ulValueLen, CK_UNAVAILABLE_INFORMATION);
        for (size_t n = 0; n < w.len; n++) {
            CK_ATTRIBUTE p[] = {{CKA_CLASS, &cls, sizeof cls}, {CKA_LABEL, label, 16}};
            assert_int_equal(p11_get_finish(p, 2, buf, n, CKR_OK), CKR_DEVICE_ERROR);
        }
    }
}

/* The TA's side of CVE-2026-33317: sizes of a request that reach beyond it. */
static void test_p11wire_request_sizes_are_checked(void **state)
{
    (void)state;
    char label[16];
    CK_ATTRIBUTE q[] = {{CKA_LABEL, label, sizeof label}, {CKA_ID, label, sizeof label}};
    uint8_t buf[128];
    struct wr w = wr_init(buf, sizeof buf);
    assert_int_equal(p11_get_encode(&w, q, 2), CKR_OK);
    const size_t at[] = {0, 4, 12, 36};
    for (size_t i = 0; i < 4; i++) {
        const uint32_t lies[] = {0, 1, 0xffffffff, 0x7fffffff, 17, 15, 200};
        uint32_t good = le32(buf + at[i]);
        for (size_t j = 0; j < sizeof lies / sizeof lies[0]; j++) {
            struct p11_get g;
            struct p11_place place;
            struct rd r = rd_init(buf, w.len);
            put_le32(buf + at[i], lies[j]);
            if (p11_get_decode(&g, &r) == CKR_OK)
                assert_false(
                    rd_end(&r)); /* a shorter request, with bytes left behind it */
            else
                assert_false(p11_get_next(&g, &place));
        }
        put_le32(buf + at[i], good);
    }
}

/* --- mechanisms ------------------------------------------------------------------------ */

static CK_BYTE iv[16] = "0123456789abcde";
static CK_BYTE point[65] = {4, 1, 2, 3};
static CK_GCM_PARAMS gcm = {iv, 12, 96, point, 20, 128};
static CK_AES_CTR_PARAMS ctr = {32, {1, 2, 3}};
static CK_ULONG mac_len = 12;
static CK_RSA_PKCS_OAEP_PARAMS oaep = {CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED,
                                       "ctx", 3};
static CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA384, CKG_MGF1_SHA384, 48};
static CK_ECDH1_DERIVE_PARAMS ecdh = {CKD_SHA256_KDF, 3, (CK_BYTE_PTR) "inf", 65, point};
static CK_KEY_DERIVATION_STRING_DATA string = {iv, 16};
static CK_AES_CBC_ENCRYPT_DATA_PARAMS cbc_string = {"iv", point, 32};
static CK_EDDSA_PARAMS eddsa = {CK_TRUE, 3, (CK_BYTE_PTR) "ctx"};
static CK_RSA_AES_KEY_WRAP_PARAMS rsa_aes = {256, &oaep};

static CK_MECHANISM mechs[] = {
    {CKM_ECDSA, NULL, 0},
    {CKM_AES_CBC_PAD, iv, 16},
    {CKM_AES_KEY_WRAP, NULL, 0},
    {CKM_AES_KEY_WRAP, iv, 8},
    {CKM_AES_CTR, &ctr, sizeof ctr},
    {CKM_AES_GCM, &gcm, sizeof gcm},
    {CKM_SHA256_HMAC_GENERAL, &mac_len, sizeof mac_len},
    {CKM_RSA_PKCS_OAEP, &oaep, sizeof oaep},
    {CKM_SHA384_RSA_PKCS_PSS, &pss, sizeof pss},
    {CKM_ECDH1_DERIVE, &ecdh, sizeof ecdh},
    {CKM_AES_ECB_ENCRYPT_DATA, &string, sizeof string},
    {CKM_AES_CBC_ENCRYPT_DATA, &cbc_string, sizeof cbc_string},
    {CKM_EDDSA, NULL, 0},
    {CKM_EDDSA, &eddsa, sizeof eddsa},
    {CKM_RSA_AES_KEY_WRAP, &rsa_aes, sizeof rsa_aes},
    {CKM_DSA, NULL, 0}, /* not known to the codec */
};
#define NR_MECHS (sizeof mechs / sizeof mechs[0])

static uint8_t *mech_encode(const CK_MECHANISM *m, size_t *len)
{
    uint8_t buf[512];
    struct wr w = wr_init(buf, sizeof buf);
    assert_int_equal(p11_mech_encode(&w, m), CKR_OK);
    assert_false(w.bad);
    struct wr count = wr_init(NULL, 0);
    assert_int_equal(p11_mech_encode(&count, m), CKR_OK);
    assert_int_equal(count.len, w.len);
    uint8_t *p = malloc(w.len);
    assert_non_null(p);
    memcpy(p, buf, w.len);
    *len = w.len;
    return p;
}

static void mech_round(struct p11_mech *m, uint8_t **p, const CK_MECHANISM *mech)
{
    size_t len;
    *p = mech_encode(mech, &len);
    struct rd r = rd_init(*p, len);
    assert_int_equal(p11_mech_decode(m, &r), CKR_OK);
    assert_true(rd_end(&r));
    assert_int_equal(m->id, mech->mechanism);
    assert_int_equal(m->given, mech->ulParameterLen != 0);
}

static void test_p11wire_mechanism_round_trip(void **state)
{
    (void)state;
    struct p11_mech m;
    uint8_t *p;
    for (size_t i = 0; i < NR_MECHS; i++) {
        mech_round(&m, &p, &mechs[i]);
        free(p);
    }
    mech_round(&m, &p, &mechs[5]);
    assert_int_equal(m.iv.len, 12);
    assert_int_equal(m.aad.len, 20);
    assert_int_equal(m.bits, 128);
    assert_memory_equal(m.aad.p, point, 20);
    free(p);
    mech_round(&m, &p, &mechs[7]);
    assert_int_equal(m.hash, CKM_SHA256);
    assert_int_equal(m.mgf, CKG_MGF1_SHA256);
    assert_memory_equal(m.data.p, "ctx", 3);
    free(p);
    mech_round(&m, &p, &mechs[8]);
    assert_int_equal(m.len, 48);
    free(p);
    mech_round(&m, &p, &mechs[9]);
    assert_int_equal(m.kdf, CKD_SHA256_KDF);
    assert_int_equal(m.data.len, 3);
    assert_int_equal(m.point.len, 65);
    free(p);
    mech_round(&m, &p, &mechs[13]);
    assert_true(m.prehash);
    free(p);
    mech_round(&m, &p, &mechs[14]);
    assert_int_equal(m.bits, 256);
    assert_int_equal(m.hash, CKM_SHA256);
    free(p);
}

static void test_p11wire_gcm_without_iv_bits_is_understood(void **state)
{
    (void)state;
    struct {
        CK_BYTE_PTR iv;
        CK_ULONG iv_n;
        CK_BYTE_PTR aad;
        CK_ULONG aad_n;
        CK_ULONG bits;
    } old = {iv, 12, point, 20, 128};
    CK_MECHANISM m = {CKM_AES_GCM, &old, sizeof old};
    size_t len, len_old;
    uint8_t *now = mech_encode(&mechs[5], &len);
    uint8_t *then = mech_encode(&m, &len_old);
    assert_int_equal(len, len_old);
    assert_memory_equal(now, then, len);
    free(now);
    free(then);
}

/* Cut anywhere, and with every inner size or number of the parameters one off. */
static void test_p11wire_mechanism_damage_is_refused(void **state)
{
    (void)state;
    struct p11_mech m;
    for (size_t i = 0; i < NR_MECHS; i++) {
        size_t len;
        uint8_t *p = mech_encode(&mechs[i], &len);
        for (size_t n = 0; n < len; n++) {
            uint8_t *copy = malloc(n ? n : 1);
            assert_non_null(copy);
            memcpy(copy, p, n);
            struct rd r = rd_init(copy, n);
            assert_int_equal(p11_mech_decode(&m, &r), CKR_ARGUMENTS_BAD);
            free(copy);
            if (n < 9 || mechs[i].mechanism == CKM_AES_KEY_WRAP)
                continue;
            copy = malloc(n); /* honest outer size, parameters cut */
            assert_non_null(copy);
            memcpy(copy, p, n);
            put_le32(copy + 4, (uint32_t)(n - 8));
            r = rd_init(copy, n);
            assert_int_equal(p11_mech_decode(&m, &r), CKR_MECHANISM_PARAM_INVALID);
            free(copy);
        }
        free(p);
    }
}

static void test_p11wire_bad_parameters_are_refused(void **state)
{
    (void)state;
    CK_GCM_PARAMS no_iv = {NULL, 12, 96, NULL, 0, 128},
                  no_aad = {iv, 12, 96, NULL, 1, 128};
    CK_GCM_PARAMS huge = {iv, (CK_ULONG)-1, 96, NULL, 0, 128};
    CK_RSA_PKCS_OAEP_PARAMS no_label = {CKM_SHA256, CKG_MGF1_SHA256, 1, NULL, 3};
    CK_RSA_AES_KEY_WRAP_PARAMS no_oaep = {256, NULL};
    CK_RSA_PKCS_PSS_PARAMS wide = {CKM_SHA256, CKG_MGF1_SHA256, 1UL << 32};
    const struct {
        CK_MECHANISM m;
        CK_RV rv;
    } rows[] = {
        {{CKM_ECDSA, iv, 1}, CKR_MECHANISM_PARAM_INVALID},
        {{CKM_AES_CBC, iv, 15}, CKR_MECHANISM_PARAM_INVALID},
        {{CKM_AES_CBC, NULL, 16}, CKR_MECHANISM_PARAM_INVALID},
        {{CKM_AES_CBC, NULL, 0}, CKR_MECHANISM_PARAM_INVALID},
        {{CKM_AES_GCM, &no_iv, sizeof no_iv}, CKR_MECHANISM_PARAM_INVALID},
        {{CKM_AES_GCM, &no_aad, sizeof no_aad}, CKR_MECHANISM_PARAM_INVALID},
        {{CKM_AES_GCM, &huge, sizeof huge}, CKR_MECHANISM_PARAM_INVALID},
        {{CKM_AES_GCM, &gcm, sizeof gcm - 1}, CKR_MECHANISM_PARAM_INVALID},
        {{CKM_RSA_PKCS_OAEP, &no_label, sizeof no_label}, CKR_MECHANISM_PARAM_INVALID},
        {{CKM_RSA_AES_KEY_WRAP, &no_oaep, sizeof no_oaep}, CKR_MECHANISM_PARAM_INVALID},
        {{CKM_RSA_PKCS_PSS, &wide, sizeof wide}, CKR_MECHANISM_PARAM_INVALID},
        {{CKM_DSA, iv, 1}, CKR_MECHANISM_INVALID},
        {{1UL << 32, NULL, 0}, CKR_MECHANISM_INVALID},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct wr w = wr_init(NULL, 0);
        assert_int_equal(p11_mech_encode(&w, &rows[i].m), rows[i].rv);
    }
    struct wr w = wr_init(NULL, 0);
    assert_int_equal(p11_mech_encode(&w, NULL), CKR_ARGUMENTS_BAD);
}

/* The lookup halves a sorted table: every mechanism that has parameters must be found. */
static void test_p11wire_mechanism_table_is_sorted(void **state)
{
    (void)state;
    const struct {
        CK_MECHANISM_TYPE id;
        enum p11_params params;
    } rows[] = {
        {CKM_RSA_PKCS_KEY_PAIR_GEN, P11_PARAMS_NONE},
        {CKM_RSA_PKCS_PSS, P11_PARAMS_PSS},
        {CKM_SHA224_RSA_PKCS_PSS, P11_PARAMS_PSS},
        {CKM_MD5, P11_PARAMS_NONE},
        {CKM_SHA224_HMAC_GENERAL, P11_PARAMS_LENGTH},
        {CKM_SHA256, P11_PARAMS_NONE},
        {CKM_SHA512_HMAC_GENERAL, P11_PARAMS_LENGTH},
        {CKM_ECDSA_SHA512, P11_PARAMS_NONE},
        {CKM_ECDH1_COFACTOR_DERIVE, P11_PARAMS_ECDH},
        {CKM_EDDSA, P11_PARAMS_EDDSA},
        {CKM_AES_XTS, P11_PARAMS_IV16},
        {CKM_AES_KEY_GEN, P11_PARAMS_NONE},
        {CKM_AES_CTS, P11_PARAMS_IV16},
        {CKM_AES_CMAC_GENERAL, P11_PARAMS_LENGTH},
        {CKM_AES_GMAC, P11_PARAMS_IV},
        {CKM_AES_CFB128, P11_PARAMS_IV16},
        {CKM_AES_KEY_WRAP_PAD, P11_PARAMS_IV},
        {CKM_AES_KEY_WRAP_KWP, P11_PARAMS_IV},
        {CKM_VENDOR_DEFINED, P11_PARAMS_RAW},
        {2, P11_PARAMS_RAW},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(p11_mech_params(rows[i].id), rows[i].params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_p11wire_template_round_trip),
        cmocka_unit_test(test_p11wire_every_truncation_is_refused),
        cmocka_unit_test(test_p11wire_every_lying_size_is_refused),
        cmocka_unit_test(test_p11wire_nesting_ends_at_one),
        cmocka_unit_test(test_p11wire_counts_are_limited),
        cmocka_unit_test(test_p11wire_bad_attributes_are_named),
        cmocka_unit_test(test_p11wire_query_round_trip),
        cmocka_unit_test(test_p11wire_query_length_of_short_number_is_noticed),
        cmocka_unit_test(test_p11wire_query_lies_are_refused),
        cmocka_unit_test(test_p11wire_request_sizes_are_checked),
        cmocka_unit_test(test_p11wire_mechanism_round_trip),
        cmocka_unit_test(test_p11wire_gcm_without_iv_bits_is_understood),
        cmocka_unit_test(test_p11wire_mechanism_damage_is_refused),
        cmocka_unit_test(test_p11wire_bad_parameters_are_refused),
        cmocka_unit_test(test_p11wire_mechanism_table_is_sorted),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
