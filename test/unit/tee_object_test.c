/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects: what each type takes, what it refuses as no key, what panics as a programmer's
 * mistake; reading, copying, restricting, storing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/bn.h>
#include "object.h"
#include "key.h"
#include "sim/rsp.h"
#include "sim/sys_fake.h"
#include "sim/tee_help.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static size_t get(TEE_ObjectHandle o, uint32_t id, uint8_t *out, size_t room)
{
    size_t n = room;
    assert_int_equal(TEE_GetObjectBufferAttribute(o, id, out, &n), TEE_SUCCESS);
    return n;
}

static void test_object_sizes_of_types(void **state)
{
    (void)state;
    static const struct {
        uint32_t type, bits;
        TEE_Result result;
    } rows[] = {
        {TEE_TYPE_AES, 128, 0},
        {TEE_TYPE_AES, 192, 0},
        {TEE_TYPE_AES, 256, 0},
        {TEE_TYPE_AES, 129, TEE_ERROR_NOT_SUPPORTED},
        {TEE_TYPE_AES, 512, TEE_ERROR_NOT_SUPPORTED},
        {TEE_TYPE_AES, 0, TEE_ERROR_NOT_SUPPORTED},
        {TEE_TYPE_DES, 56, 0},
        {TEE_TYPE_DES, 64, 0},
        {TEE_TYPE_DES3, 112, 0},
        {TEE_TYPE_DES3, 168, 0},
        {TEE_TYPE_DES3, 192, 0},
        {TEE_TYPE_DES3, 64, TEE_ERROR_NOT_SUPPORTED},
        {TEE_TYPE_HMAC_SHA256, 256, 0},
        {TEE_TYPE_HMAC_SHA256, 12, TEE_ERROR_NOT_SUPPORTED},
        {TEE_TYPE_GENERIC_SECRET, 0, 0},
        {TEE_TYPE_GENERIC_SECRET, 4104, TEE_ERROR_NOT_SUPPORTED},
        {TEE_TYPE_RSA_KEYPAIR, 2048, 0},
        {TEE_TYPE_RSA_KEYPAIR, 4097, TEE_ERROR_NOT_SUPPORTED},
        {TEE_TYPE_ECDSA_KEYPAIR, 256, 0},
        {TEE_TYPE_ECDSA_KEYPAIR, 521, 0},
        {TEE_TYPE_ECDSA_KEYPAIR, 255, TEE_ERROR_NOT_SUPPORTED},
        {TEE_TYPE_X25519_KEYPAIR, 256, 0},
        {TEE_TYPE_DATA, 0, TEE_ERROR_NOT_SUPPORTED},
        {TEE_TYPE_ED448_KEYPAIR, 448, TEE_ERROR_NOT_SUPPORTED},
        {0, 128, TEE_ERROR_NOT_SUPPORTED},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        TEE_ObjectHandle o;
        assert_int_equal(TEE_AllocateTransientObject(rows[i].type, rows[i].bits, &o),
                         rows[i].result);
        assert_int_equal(o == NULL, rows[i].result != TEE_SUCCESS);
        TEE_FreeTransientObject(o);
    }
}

static void test_object_life_of_a_secret(void **state)
{
    (void)state;
    TEE_ObjectHandle o;
    TEE_ObjectInfo info;
    uint8_t key[32], out[32];
    size_t n = 5;
    assert_int_equal(TEE_AllocateTransientObject(TEE_TYPE_AES, 256, &o), TEE_SUCCESS);
    assert_int_equal(TEE_GetObjectInfo1(o, &info), TEE_SUCCESS);
    assert_int_equal(info.objectSize, 0);
    assert_int_equal(info.maxObjectSize, 256);
    assert_int_equal(info.objectUsage, 0xFFFFFFFF);
    assert_int_equal(info.handleFlags, 0);
    assert_int_equal(TEE_GenerateKey(o, 192, NULL, 0), TEE_SUCCESS);
    assert_int_equal(TEE_GetObjectInfo1(o, &info), TEE_SUCCESS);
    assert_int_equal(info.objectSize, 192);
    assert_int_equal(info.keySize, 192);
    assert_int_equal(info.handleFlags, TEE_HANDLE_FLAG_INITIALIZED);
    assert_int_equal(TEE_GetObjectBufferAttribute(o, TEE_ATTR_SECRET_VALUE, key, &n),
                     TEE_ERROR_SHORT_BUFFER);
    assert_int_equal(n, 24);
    assert_int_equal(get(o, TEE_ATTR_SECRET_VALUE, key, 32), 24);
    n = 32;
    assert_int_equal(TEE_GetObjectBufferAttribute(o, TEE_ATTR_RSA_MODULUS, out, &n),
                     TEE_ERROR_ITEM_NOT_FOUND);
    assert_int_equal(TEE_RestrictObjectUsage1(o, TEE_USAGE_ENCRYPT), TEE_SUCCESS);
    assert_int_equal(TEE_RestrictObjectUsage1(o, 0xFFFFFFFF), TEE_SUCCESS);
    TEE_GetObjectInfo(o, &info);
    assert_int_equal(info.objectUsage, TEE_USAGE_ENCRYPT);
    TEE_ResetTransientObject(o);
    TEE_GetObjectInfo(o, &info);
    assert_int_equal(info.objectUsage, 0xFFFFFFFF);
    assert_int_equal(info.objectSize, 0);
    TEE_CloseObject(o);
    TEE_CloseObject(TEE_HANDLE_NULL);
    TEE_FreeTransientObject(TEE_HANDLE_NULL);
    TEE_ResetTransientObject(TEE_HANDLE_NULL);
}

static void test_object_des_keys_have_odd_parity(void **state)
{
    (void)state;
    TEE_ObjectHandle o;
    uint8_t key[24];
    assert_int_equal(TEE_AllocateTransientObject(TEE_TYPE_DES3, 168, &o), TEE_SUCCESS);
    assert_int_equal(TEE_GenerateKey(o, 168, NULL, 0), TEE_SUCCESS);
    assert_int_equal(get(o, TEE_ATTR_SECRET_VALUE, key, sizeof key), 24);
    for (size_t i = 0; i < 24; i++)
        assert_int_equal(__builtin_popcount(key[i]) & 1, 1);
    TEE_FreeTransientObject(o);
}

/* --- EC --- */

static TEE_Result ec_pair(TEE_ObjectHandle *o, uint32_t curve, uint32_t bits,
                          const uint8_t *d, size_t d_len, const uint8_t *x,
                          const uint8_t *y, size_t len)
{
    TEE_Attribute a[4];
    TEE_InitRefAttribute(&a[0], TEE_ATTR_ECC_PRIVATE_VALUE, d, d_len);
    TEE_InitValueAttribute(&a[1], TEE_ATTR_ECC_CURVE, curve, 0);
    TEE_InitRefAttribute(&a[2], TEE_ATTR_ECC_PUBLIC_VALUE_X, x, len);
    TEE_InitRefAttribute(&a[3], TEE_ATTR_ECC_PUBLIC_VALUE_Y, y, len);
    assert_int_equal(TEE_AllocateTransientObject(TEE_TYPE_ECDSA_KEYPAIR, bits, o),
                     TEE_SUCCESS);
    return TEE_PopulateTransientObject(*o, a, x ? 4 : 2);
}

static void test_object_ec_private_alone_gives_the_point(void **state)
{
    (void)state;
    static const uint32_t bits[] = {0, 192, 224, 256, 384, 521};
    for (uint32_t curve = 1; curve <= 5; curve++) {
        uint8_t d[66], x[66], y[66], x2[66], y2[66];
        size_t len = (bits[curve] + 7) / 8;
        TEE_ObjectHandle made = help_ec(TEE_TYPE_ECDSA_KEYPAIR, curve), again;
        assert_int_equal(get(made, TEE_ATTR_ECC_PRIVATE_VALUE, d, sizeof d), len);
        assert_int_equal(get(made, TEE_ATTR_ECC_PUBLIC_VALUE_X, x, sizeof x), len);
        assert_int_equal(get(made, TEE_ATTR_ECC_PUBLIC_VALUE_Y, y, sizeof y), len);
        assert_int_equal(ec_pair(&again, curve, bits[curve], d, len, NULL, NULL, 0), 0);
        get(again, TEE_ATTR_ECC_PUBLIC_VALUE_X, x2, sizeof x2);
        get(again, TEE_ATTR_ECC_PUBLIC_VALUE_Y, y2, sizeof y2);
        assert_memory_equal(x, x2, len);
        assert_memory_equal(y, y2, len);
        TEE_FreeTransientObject(again);
        assert_int_equal(ec_pair(&again, curve, bits[curve], d, len, x, y, len),
                         TEE_SUCCESS);
        TEE_FreeTransientObject(again);
        /* another point of the curve is not this key's */
        assert_int_equal(ec_pair(&again, curve, bits[curve], d, len, x, x, len),
                         TEE_ERROR_BAD_PARAMETERS);
        TEE_FreeTransientObject(again);
        TEE_FreeTransientObject(made);
    }
}

static void test_object_ec_private_outside_its_range(void **state)
{
    (void)state;
    static const uint8_t order[32] = {0xff, 0xff, 0xff, 0xff, 0,    0,    0,    0,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
                                      0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
    uint8_t zero[32] = {0}, last[32], long_one[40] = {0};
    TEE_ObjectHandle o;
    memcpy(last, order, 32);
    last[31]--;
    memcpy(long_one + 8, last, 32);
    assert_int_equal(ec_pair(&o, 3, 256, zero, 32, NULL, NULL, 0),
                     TEE_ERROR_BAD_PARAMETERS);
    TEE_FreeTransientObject(o);
    assert_int_equal(ec_pair(&o, 3, 256, order, 32, NULL, NULL, 0),
                     TEE_ERROR_BAD_PARAMETERS);
    TEE_FreeTransientObject(o);
    assert_int_equal(ec_pair(&o, 3, 256, last, 32, NULL, NULL, 0), TEE_SUCCESS);
    TEE_FreeTransientObject(o);
    assert_int_equal(ec_pair(&o, 3, 256, long_one, 40, NULL, NULL, 0), TEE_SUCCESS);
    TEE_FreeTransientObject(o);
    assert_int_equal(ec_pair(&o, 0x300, 256, last, 32, NULL, NULL, 0),
                     TEE_ERROR_BAD_PARAMETERS);
    TEE_FreeTransientObject(o);
}

/*
 * NIST's public key validation: P is a key, F is none; the object stays usable after F.
 */
static void test_object_ec_public_validation_vectors(void **state)
{
    (void)state;
    uint8_t x[80], y[80];
    unsigned good = 0, bad = 0;
    struct rsp r;
    rsp_open(&r, "asymmetric/ECDSA/FIPS_186-3/PKV.rsp");
    while (rsp_next(&r, "Result")) {
        static const unsigned bits[] = {192, 224, 256, 384, 521};
        if (strncmp(r.section, "P-", 2))
            continue;
        uint32_t curve = 1;
        while (bits[curve - 1] != (unsigned)strtoul(r.section + 2, NULL, 10))
            curve++;
        size_t xn = rsp_bytes(&r, "Qx", x, sizeof x),
               yn = rsp_bytes(&r, "Qy", y, sizeof y);
        TEE_ObjectHandle o;
        TEE_Result res = help_point(&o, TEE_TYPE_ECDH_PUBLIC_KEY, curve, x, xn, y, yn);
        bool ok = rsp_text(&r, "Result")[0] == 'P';
        assert_int_equal(res, ok ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS);
        good += ok;
        bad += !ok;
        assert_int_equal(help_bits(o), ok ? bits[curve - 1] : 0);
        TEE_FreeTransientObject(o);
    }
    rsp_close(&r);
    assert_true(good > 10 && bad > 30);
}

/* --- RSA --- */

struct rsa_attrs {
    uint8_t bytes[8][256];
    TEE_Attribute a[8];
};

static const uint32_t rsa_ids[] = {
    TEE_ATTR_RSA_MODULUS,   TEE_ATTR_RSA_PUBLIC_EXPONENT, TEE_ATTR_RSA_PRIVATE_EXPONENT,
    TEE_ATTR_RSA_PRIME1,    TEE_ATTR_RSA_PRIME2,          TEE_ATTR_RSA_EXPONENT1,
    TEE_ATTR_RSA_EXPONENT2, TEE_ATTR_RSA_COEFFICIENT};

static void rsa_take(struct rsa_attrs *k, TEE_ObjectHandle o)
{
    for (size_t i = 0; i < 8; i++)
        TEE_InitRefAttribute(&k->a[i], rsa_ids[i], k->bytes[i],
                             get(o, rsa_ids[i], k->bytes[i], sizeof k->bytes[i]));
}

static TEE_Result rsa_populate(const struct rsa_attrs *k, uint32_t nr,
                               TEE_ObjectHandle *out)
{
    TEE_ObjectHandle o;
    assert_int_equal(TEE_AllocateTransientObject(TEE_TYPE_RSA_KEYPAIR, 2048, &o),
                     TEE_SUCCESS);
    TEE_Result res = TEE_PopulateTransientObject(o, k->a, nr);
    if (out && res == TEE_SUCCESS)
        *out = o;
    else
        TEE_FreeTransientObject(o);
    return res;
}

/* With CRT values or without, the key signs alike, and its attributes are those given. */
static void test_object_rsa_with_and_without_crt(void **state)
{
    (void)state;
    struct rsa_attrs k;
    TEE_ObjectHandle made = help_rsa(1024), full, bare;
    uint8_t md[20] = {7}, a[128], b[128];
    size_t n = sizeof a, m = sizeof b;
    rsa_take(&k, made);
    assert_int_equal(rsa_populate(&k, 8, &full), TEE_SUCCESS);
    assert_int_equal(rsa_populate(&k, 3, &bare), TEE_SUCCESS);
    TEE_OperationHandle s =
        help_operation(TEE_ALG_RSASSA_PKCS1_V1_5_SHA1, TEE_MODE_SIGN, full);
    TEE_OperationHandle t =
        help_operation(TEE_ALG_RSASSA_PKCS1_V1_5_SHA1, TEE_MODE_SIGN, bare);
    assert_int_equal(TEE_AsymmetricSignDigest(s, NULL, 0, md, 20, a, &n), TEE_SUCCESS);
    assert_int_equal(TEE_AsymmetricSignDigest(t, NULL, 0, md, 20, b, &m), TEE_SUCCESS);
    assert_memory_equal(a, b, 128);
    n = sizeof a;
    assert_int_equal(TEE_GetObjectBufferAttribute(bare, TEE_ATTR_RSA_PRIME1, a, &n),
                     TEE_ERROR_ITEM_NOT_FOUND);
    TEE_FreeOperation(s);
    TEE_FreeOperation(t);
    TEE_FreeTransientObject(made);
    TEE_FreeTransientObject(full);
    TEE_FreeTransientObject(bare);
}

/* Each number changed by one bit is no key any more. */
static void test_object_rsa_inconsistent_is_refused(void **state)
{
    (void)state;
    struct rsa_attrs k;
    TEE_ObjectHandle made = help_rsa(1024), unused;
    rsa_take(&k, made);
    for (size_t i = 0; i < 8; i++) {
        size_t last = k.a[i].content.ref.length - 1;
        for (uint8_t bit = 1; bit <= 2; bit = (uint8_t)(bit << 1)) {
            k.bytes[i][last] ^= bit;
            assert_int_equal(rsa_populate(&k, 8, &unused), TEE_ERROR_BAD_PARAMETERS);
            if (i < 3)
                assert_int_equal(rsa_populate(&k, 3, &unused), TEE_ERROR_BAD_PARAMETERS);
            k.bytes[i][last] ^= bit;
        }
    }
    /* p and q exchanged without their companions; all zero; exponent 1 */
    TEE_Attribute p = k.a[3];
    k.a[3].content = k.a[4].content;
    k.a[4].content = p.content;
    assert_int_equal(rsa_populate(&k, 8, &unused), TEE_ERROR_BAD_PARAMETERS);
    memset(k.bytes[1], 0, sizeof k.bytes[1]);
    k.bytes[1][0] = 1;
    k.a[1].content.ref.length = 1;
    assert_int_equal(rsa_populate(&k, 3, &unused), TEE_ERROR_BAD_PARAMETERS);
    k.bytes[1][0] = 0;
    assert_int_equal(rsa_populate(&k, 3, &unused), TEE_ERROR_BAD_PARAMETERS);
    TEE_FreeTransientObject(made);
}

static void test_object_rsa_exponent_of_generation(void **state)
{
    (void)state;
    static const struct {
        uint8_t e[3];
        TEE_Result result;
    } rows[] = {
        {{0, 0, 3}, TEE_SUCCESS},
        {{1, 0, 1}, TEE_SUCCESS},
        {{0, 0, 1}, TEE_ERROR_BAD_PARAMETERS},
        {{0, 0, 0}, TEE_ERROR_BAD_PARAMETERS},
        {{1, 0, 0}, TEE_ERROR_BAD_PARAMETERS},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        TEE_ObjectHandle o;
        TEE_Attribute a;
        TEE_InitRefAttribute(&a, TEE_ATTR_RSA_PUBLIC_EXPONENT, rows[i].e, 3);
        assert_int_equal(TEE_AllocateTransientObject(TEE_TYPE_RSA_KEYPAIR, 512, &o), 0);
        assert_int_equal(TEE_GenerateKey(o, 512, &a, 1), rows[i].result);
        TEE_FreeTransientObject(o);
    }
}

/* --- Copies and storage --- */

static void test_object_copy_keeps_the_key_and_loses_usage(void **state)
{
    (void)state;
    TEE_ObjectHandle pair = help_ec(TEE_TYPE_ECDSA_KEYPAIR, 3), same, public;
    TEE_ObjectInfo info;
    uint8_t d[32], e[32];
    get(pair, TEE_ATTR_ECC_PRIVATE_VALUE, d, 32);
    assert_int_equal(TEE_AllocateTransientObject(TEE_TYPE_ECDSA_KEYPAIR, 384, &same), 0);
    assert_int_equal(
        TEE_RestrictObjectUsage1(pair, TEE_USAGE_SIGN | TEE_USAGE_EXTRACTABLE), 0);
    assert_int_equal(TEE_CopyObjectAttributes1(same, pair), TEE_SUCCESS);
    public = help_public(pair, TEE_TYPE_ECDSA_PUBLIC_KEY);
    TEE_FreeTransientObject(pair);
    get(same, TEE_ATTR_ECC_PRIVATE_VALUE, e, 32);
    assert_memory_equal(d, e, 32);
    TEE_GetObjectInfo(same, &info);
    assert_int_equal(info.objectUsage, TEE_USAGE_SIGN | TEE_USAGE_EXTRACTABLE);
    assert_int_equal(info.maxObjectSize, 384);
    size_t n = sizeof e;
    assert_int_equal(
        TEE_GetObjectBufferAttribute(public, TEE_ATTR_ECC_PRIVATE_VALUE, e, &n),
        TEE_ERROR_ITEM_NOT_FOUND);
    uint32_t curve;
    assert_int_equal(
        TEE_GetObjectValueAttribute(public, TEE_ATTR_ECC_CURVE, &curve, NULL), 0);
    assert_int_equal(curve, TEE_ECC_CURVE_NIST_P256);
    TEE_FreeTransientObject(same);
    TEE_FreeTransientObject(public);
}

/*
 * Every type: what is encoded decodes to the same; no prefix and no changed length
 * decodes.
 */
static void test_object_encoding_round_trip(void **state)
{
    (void)state;
    static const uint8_t secret[32] = {1, 2, 3};
    TEE_ObjectHandle all[] = {
        help_secret(TEE_TYPE_AES, secret, 32),
        help_secret(TEE_TYPE_GENERIC_SECRET, secret, 0),
        help_rsa(512),
        help_ec(TEE_TYPE_ECDSA_KEYPAIR, 3),
        help_ec(TEE_TYPE_ECDH_KEYPAIR, 5),
        object_new(),
    };
    for (size_t i = 0; i < COUNT(all); i++) {
        uint8_t buf[2048], again[2048];
        struct wr w = wr_init(buf, sizeof buf), v = wr_init(again, sizeof again);
        object_encode(all[i], &w);
        assert_false(w.bad);
        TEE_ObjectHandle o = object_new();
        struct rd r = rd_init(buf, w.len);
        assert_int_equal(object_decode(o, &r), TEE_SUCCESS);
        assert_true(rd_end(&r));
        object_encode(o, &v);
        assert_int_equal(v.len, w.len);
        assert_int_equal(o->type, all[i]->type);
        object_free(o);
        for (size_t cut = 0; cut < w.len; cut++) {
            o = object_new();
            r = rd_init(buf, cut);
            assert_int_equal(object_decode(o, &r), TEE_ERROR_CORRUPT_OBJECT);
            assert_null(o->key);
            object_free(o);
        }
        object_free(all[i]);
    }
}

/* --- Panics --- */

static void populate_oversize(void *arg)
{
    TEE_ObjectHandle o;
    TEE_Attribute a;
    TEE_InitRefAttribute(&a, TEE_ATTR_SECRET_VALUE, arg, 32);
    TEE_AllocateTransientObject(TEE_TYPE_AES, 128, &o);
    TEE_PopulateTransientObject(o, &a, 1);
}

static void populate_twice(void *arg)
{
    TEE_Attribute a;
    TEE_InitRefAttribute(&a, TEE_ATTR_SECRET_VALUE, arg, 16);
    TEE_PopulateTransientObject(help_secret(TEE_TYPE_AES, arg, 16), &a, 1);
}

static void populate_nothing(void *arg)
{
    TEE_ObjectHandle o;
    (void)arg;
    TEE_AllocateTransientObject(TEE_TYPE_AES, 128, &o);
    TEE_PopulateTransientObject(o, NULL, 0);
}

static void populate_foreign(void *arg)
{
    TEE_ObjectHandle o;
    TEE_Attribute a;
    TEE_InitRefAttribute(&a, TEE_ATTR_RSA_MODULUS, arg, 16);
    TEE_AllocateTransientObject(TEE_TYPE_AES, 128, &o);
    TEE_PopulateTransientObject(o, &a, 1);
}

static void populate_half_a_point(void *arg)
{
    TEE_ObjectHandle o;
    TEE_Attribute a[3];
    TEE_InitRefAttribute(&a[0], TEE_ATTR_ECC_PRIVATE_VALUE, arg, 32);
    TEE_InitRefAttribute(&a[1], TEE_ATTR_ECC_PUBLIC_VALUE_X, arg, 32);
    TEE_InitValueAttribute(&a[2], TEE_ATTR_ECC_CURVE, 3, 0);
    TEE_AllocateTransientObject(TEE_TYPE_ECDSA_KEYPAIR, 256, &o);
    TEE_PopulateTransientObject(o, a, 3);
}

static void generate_too_large(void *arg)
{
    TEE_ObjectHandle o;
    (void)arg;
    TEE_AllocateTransientObject(TEE_TYPE_AES, 128, &o);
    TEE_GenerateKey(o, 256, NULL, 0);
}

static void generate_public(void *arg)
{
    TEE_ObjectHandle o;
    (void)arg;
    TEE_AllocateTransientObject(TEE_TYPE_RSA_PUBLIC_KEY, 1024, &o);
    TEE_GenerateKey(o, 1024, NULL, 0);
}

static void read_protected(void *arg)
{
    uint8_t out[32];
    size_t n = sizeof out;
    TEE_ObjectHandle o = help_secret(TEE_TYPE_AES, arg, 16);
    TEE_RestrictObjectUsage1(o, ~TEE_USAGE_EXTRACTABLE);
    TEE_GetObjectBufferAttribute(o, TEE_ATTR_SECRET_VALUE, out, &n);
}

static void use_freed(void *arg)
{
    static struct __TEE_ObjectHandle dead;
    (void)arg;
    TEE_RestrictObjectUsage1(&dead, 0);
}

static void copy_other_type(void *arg)
{
    TEE_ObjectHandle o;
    TEE_AllocateTransientObject(TEE_TYPE_HMAC_SHA256, 256, &o);
    TEE_CopyObjectAttributes1(o, help_secret(TEE_TYPE_AES, arg, 16));
}

static void value_as_ref(void *arg)
{
    TEE_Attribute a;
    TEE_InitRefAttribute(&a, TEE_ATTR_ECC_CURVE, arg, 4);
}

static void test_object_misuse_panics(void **state)
{
    (void)state;
    static const struct {
        void (*f)(void *);
        const char *why;
    } rows[] = {
        {populate_oversize, "larger than maxObjectSize"},
        {populate_twice, "not an empty"},
        {populate_nothing, "attribute missing"},
        {populate_foreign, "does not take"},
        {populate_half_a_point, "given in part"},
        {generate_too_large, "size that the object does not take"},
        {generate_public, "public key cannot be generated"},
        {read_protected, "not extractable"},
        {use_freed, "no object"},
        {copy_other_type, "types do not fit"},
        {value_as_ref, "not a buffer attribute"},
    };
    uint8_t bytes[32] = {1};
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_true(panics(rows[i].f, bytes, rows[i].why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_object_sizes_of_types),
        cmocka_unit_test(test_object_life_of_a_secret),
        cmocka_unit_test(test_object_des_keys_have_odd_parity),
        cmocka_unit_test(test_object_ec_private_alone_gives_the_point),
        cmocka_unit_test(test_object_ec_private_outside_its_range),
        cmocka_unit_test(test_object_ec_public_validation_vectors),
        cmocka_unit_test(test_object_rsa_with_and_without_crt),
        cmocka_unit_test(test_object_rsa_inconsistent_is_refused),
        cmocka_unit_test(test_object_rsa_exponent_of_generation),
        cmocka_unit_test(test_object_copy_keeps_the_key_and_loses_usage),
        cmocka_unit_test(test_object_encoding_round_trip),
        cmocka_unit_test(test_object_misuse_panics),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
