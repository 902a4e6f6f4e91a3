/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NIST's vectors through the commands of the PKCS#11 TA: keys are imported as a client
 * would, and what must fail must fail with the code that the standard has for it.
 */
#include "p11_ops.h"
#include "test/sim/rsp.h"

#define MAX 16384u

static uint8_t field_buf[10][MAX];

/* A field as bytes, in one of ten places. */
static struct span field(const struct rsp *r, const char *name, unsigned place)
{
    return (struct span){field_buf[place], rsp_bytes(r, name, field_buf[place], MAX)};
}

static bool same(struct span a, const uint8_t *p, size_t len)
{
    return a.len == len && (len == 0 || memcmp(a.p, p, len) == 0);
}

static void destroy(uint32_t object)
{
    assert_int_equal(p_destroy(&ops.c, ops.session, object), CKR_OK);
}

/* --- digests and MACs --- */

static void digests(const char *path, uint32_t mech)
{
    struct rsp r;
    unsigned nr = 0;
    rsp_open(&r, path);
    while (rsp_next(&r, "MD")) {
        uint8_t out[64];
        size_t len = sizeof out;
        struct span msg = field(&r, "Msg", 0), md = field(&r, "MD", 1);
        msg.len = rsp_number(&r, "Len") / 8;
        assert_int_equal(
            ops_one(P11_CMD_DIGEST, 0, mech, NOTHING, msg, NOTHING, out, &len), CKR_OK);
        assert_true(same(md, out, len));
        nr++;
    }
    rsp_close(&r);
    assert_true(nr > 10);
}

static void test_vector_digests(void **state)
{
    (void)state;
    digests("hashes/SHA1/SHA1ShortMsg.rsp", CKM_SHA_1);
    digests("hashes/SHA2/SHA224ShortMsg.rsp", CKM_SHA224);
    digests("hashes/SHA2/SHA256LongMsg.rsp", CKM_SHA256);
    digests("hashes/SHA2/SHA384ShortMsg.rsp", CKM_SHA384);
    digests("hashes/SHA2/SHA512LongMsg.rsp", CKM_SHA512);
}

static void macs(const char *path, uint32_t mech, CK_KEY_TYPE type, const char *msg_name,
                 const char *mac_name)
{
    struct rsp r;
    unsigned nr = 0;
    rsp_open(&r, path);
    while (rsp_next(&r, mac_name)) {
        uint8_t out[64];
        size_t len = sizeof out;
        struct span msg = field(&r, msg_name, 0), mac = field(&r, mac_name, 1);
        uint32_t key = ops_secret(type, field(&r, "Key", 2), NULL);
        assert_int_equal(
            ops_one(P11_CMD_SIGN, key, mech, NOTHING, msg, NOTHING, out, &len), CKR_OK);
        assert_true(same(mac, out, len));
        assert_int_equal(
            ops_one(P11_CMD_VERIFY, key, mech, NOTHING, msg, mac, NULL, NULL), CKR_OK);
        field_buf[1][0] ^= 1;
        assert_int_equal(
            ops_one(P11_CMD_VERIFY, key, mech, NOTHING, msg, mac, NULL, NULL),
            CKR_SIGNATURE_INVALID);
        destroy(key);
        nr++;
    }
    rsp_close(&r);
    assert_true(nr >= 4);
}

static void test_vector_macs(void **state)
{
    (void)state;
    macs("HMAC/rfc-2202-sha1.txt", CKM_SHA_1_HMAC, CKK_GENERIC_SECRET, "Msg", "MD");
    macs("HMAC/rfc-4231-sha224.txt", CKM_SHA224_HMAC, CKK_SHA224_HMAC, "Msg", "MD");
    macs("HMAC/rfc-4231-sha256.txt", CKM_SHA256_HMAC, CKK_GENERIC_SECRET, "Msg", "MD");
    macs("HMAC/rfc-4231-sha384.txt", CKM_SHA384_HMAC, CKK_SHA384_HMAC, "Msg", "MD");
    macs("HMAC/rfc-4231-sha512.txt", CKM_SHA512_HMAC, CKK_SHA512_HMAC, "Msg", "MD");
    macs("CMAC/nist-800-38b-aes128.txt", CKM_AES_CMAC, CKK_AES, "MESSAGE", "OUTPUT");
    macs("CMAC/nist-800-38b-aes256.txt", CKM_AES_CMAC, CKK_AES, "MESSAGE", "OUTPUT");
}

/* --- ciphers --- */

/* One call, and the same in parts of every length from 1 to 17: the same bytes. */
static void crypt_both_ways(uint32_t one, uint32_t init, uint32_t key, uint32_t mech,
                            struct span params, struct span in, struct span want)
{
    static uint8_t out[MAX];
    size_t len = sizeof out;
    assert_int_equal(ops_one(one, key, mech, params, in, NOTHING, out, &len), CKR_OK);
    assert_true(same(want, out, len));
    for (size_t part = 1; part <= 17; part += 5) {
        size_t total = 0;
        assert_int_equal(ops_init(init, key, mech, params), CKR_OK);
        for (size_t at = 0; at < in.len; at += part) {
            size_t n = in.len - at < part ? in.len - at : part;
            len = sizeof out - total;
            assert_int_equal(ops_step(init + 2, (struct span){in.p + at, n}, NOTHING,
                                      out + total, &len),
                             CKR_OK);
            total += len;
        }
        len = sizeof out - total;
        assert_int_equal(ops_step(init + 4, NOTHING, NOTHING, out + total, &len), CKR_OK);
        assert_true(same(want, out, total + len));
    }
}

static void ciphers(const char *path, uint32_t mech)
{
    struct rsp r;
    unsigned nr = 0;
    rsp_open(&r, path);
    while (rsp_next(&r, "CIPHERTEXT")) {
        uint8_t params_buf[20];
        struct wr w = wr_init(params_buf, sizeof params_buf);
        struct span pt = field(&r, "PLAINTEXT", 0), ct = field(&r, "CIPHERTEXT", 1);
        if (mech == CKM_AES_CTR)
            wr_u32(&w, 128);
        if (mech != CKM_AES_ECB)
            wr_raw(&w, field(&r, "IV", 3).p, 16);
        struct span params = {params_buf, w.len};
        uint32_t key = ops_secret(CKK_AES, field(&r, "KEY", 2), NULL);
        crypt_both_ways(P11_CMD_ENCRYPT, P11_CMD_ENCRYPT_INIT, key, mech, params, pt, ct);
        crypt_both_ways(P11_CMD_DECRYPT, P11_CMD_DECRYPT_INIT, key, mech, params, ct, pt);
        destroy(key);
        nr++;
    }
    rsp_close(&r);
    assert_true(nr >= 3);
}

static void test_vector_ciphers(void **state)
{
    (void)state;
    ciphers("ciphers/AES/ECB/ECBMMT128.rsp", CKM_AES_ECB);
    ciphers("ciphers/AES/ECB/ECBMMT192.rsp", CKM_AES_ECB);
    ciphers("ciphers/AES/CBC/CBCMMT128.rsp", CKM_AES_CBC);
    ciphers("ciphers/AES/CBC/CBCMMT256.rsp", CKM_AES_CBC);
    ciphers("ciphers/AES/CTR/aes-128-ctr.txt", CKM_AES_CTR);
    ciphers("ciphers/AES/CTR/aes-256-ctr.txt", CKM_AES_CTR);
}

static void gcm_one(const struct rsp *r, unsigned bits, unsigned iv_len, unsigned aad_len,
                    unsigned pt_len)
{
    static uint8_t params_buf[512], both[1024];
    struct wr w = wr_init(params_buf, sizeof params_buf);
    struct span ct = field(r, "CT", 0), tag = field(r, "Tag", 1);
    bool good = !rsp_text(r, "FAIL");
    wr_span(&w, field(r, "IV", 2).p, iv_len);
    wr_span(&w, field(r, "AAD", 3).p, aad_len);
    wr_u32(&w, bits);
    assert_false(w.bad);
    memcpy(both, ct.p, pt_len);
    memcpy(both + pt_len, tag.p, bits / 8);
    struct span params = {params_buf, w.len}, sealed = {both, pt_len + bits / 8};
    uint32_t key = ops_secret(CKK_AES, field(r, "Key", 4), NULL);
    if (good) {
        struct span pt = field(r, "PT", 5);
        pt.len = pt_len;
        crypt_both_ways(P11_CMD_DECRYPT, P11_CMD_DECRYPT_INIT, key, CKM_AES_GCM, params,
                        sealed, pt);
        crypt_both_ways(P11_CMD_ENCRYPT, P11_CMD_ENCRYPT_INIT, key, CKM_AES_GCM, params,
                        pt, sealed);
    } else {
        static uint8_t out[1024];
        size_t len = sizeof out;
        assert_int_equal(ops_one(P11_CMD_DECRYPT, key, CKM_AES_GCM, params, sealed,
                                 NOTHING, out, &len),
                         CKR_ENCRYPTED_DATA_INVALID);
    }
    destroy(key);
}

static void gcm(const char *path)
{
    struct rsp r;
    unsigned nr = 0, bits = 0, iv = 0, aad = 0, pt = 0;
    rsp_open(&r, path);
    while (rsp_next(&r, "Tag")) {
        /* the section lines before a group come in order; each sets one number */
        (void)sscanf(r.section, "Taglen = %u", &bits);
        bits = (unsigned)strlen(rsp_text(&r, "Tag")) * 4;
        iv = (unsigned)strlen(rsp_text(&r, "IV")) / 2;
        aad = (unsigned)strlen(rsp_text(&r, "AAD")) / 2;
        pt = (unsigned)strlen(rsp_text(&r, "CT")) / 2;
        if (bits < 96 || rsp_number(&r, "Count") > 1)
            continue;
        gcm_one(&r, bits, iv, aad, pt);
        nr++;
    }
    rsp_close(&r);
    assert_true(nr > 50);
}

static void test_vector_gcm(void **state)
{
    (void)state;
    gcm("ciphers/AES/GCM/gcmDecrypt128.rsp");
    gcm("ciphers/AES/GCM/gcmDecrypt256.rsp");
}

/* --- key wrap --- */

static void key_wrap(const char *path, uint32_t mech)
{
    struct rsp r;
    unsigned nr = 0, failing = 0;
    rsp_open(&r, path);
    while (rsp_next(&r, "C")) {
        static uint8_t out[MAX];
        size_t len = sizeof out;
        bool good = !rsp_text(&r, "FAIL");
        if (rsp_number(&r, "COUNT") > 9)
            continue;
        struct span c = field(&r, "C", 0);
        uint32_t key = ops_secret(CKK_AES, field(&r, "K", 1), NULL);
        CK_RV rv = ops_one(P11_CMD_DECRYPT, key, mech, NOTHING, c, NOTHING, out, &len);
        assert_int_equal(rv, good ? CKR_OK : CKR_ENCRYPTED_DATA_INVALID);
        if (good) {
            struct span p = field(&r, "P", 2);
            assert_true(same(p, out, len));
            len = sizeof out;
            assert_int_equal(
                ops_one(P11_CMD_ENCRYPT, key, mech, NOTHING, p, NOTHING, out, &len),
                CKR_OK);
            assert_true(same(c, out, len));
        }
        destroy(key);
        nr++;
        failing += !good;
    }
    rsp_close(&r);
    assert_true(nr > 20 && failing > 2);
}

static void test_vector_key_wrap(void **state)
{
    (void)state;
    key_wrap("keywrap/kwtestvectors/KW_AD_128.txt", CKM_AES_KEY_WRAP);
    key_wrap("keywrap/kwtestvectors/KW_AD_256.txt", CKM_AES_KEY_WRAP);
    key_wrap("keywrap/kwtestvectors/KWP_AD_128.txt", CKM_AES_KEY_WRAP_PAD);
    key_wrap("keywrap/kwtestvectors/KWP_AD_192.txt", CKM_AES_KEY_WRAP_KWP);
}

/* --- ECDSA and ECDH --- */

static const struct {
    const char *name;
    struct span oid;
    size_t bytes;
} curves[] = {
    {"P-256", {(const uint8_t *)P256_OID, sizeof P256_OID - 1}, 32},
    {"P-384", {(const uint8_t *)P384_OID, sizeof P384_OID - 1}, 48},
    {"P-521", {(const uint8_t *)P521_OID, sizeof P521_OID - 1}, 66},
};

static int curve_of(const char *section)
{
    for (size_t i = 0; i < COUNT(curves); i++)
        if (strncmp(section, curves[i].name, 5) == 0)
            return (int)i;
    return -1;
}

/* Right-aligned in n bytes. */
static void put_padded(uint8_t *out, size_t n, struct span v)
{
    while (v.len > n && *v.p == 0)
        v = (struct span){v.p + 1, v.len - 1};
    assert_true(v.len <= n);
    memset(out, 0, n - v.len);
    memcpy(out + n - v.len, v.p, v.len);
}

static struct span point_of(const struct rsp *r, const char *x, const char *y, size_t n,
                            uint8_t point[133])
{
    point[0] = 4;
    put_padded(point + 1, n, field(r, x, 8));
    put_padded(point + 1 + n, n, field(r, y, 9));
    return (struct span){point, 1 + 2 * n};
}

static void test_vector_ecdsa_verify(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t mech;
    } hashes[] = {
        {"SHA-1", CKM_ECDSA_SHA1},     {"SHA-224", CKM_ECDSA_SHA224},
        {"SHA-256", CKM_ECDSA_SHA256}, {"SHA-384", CKM_ECDSA_SHA384},
        {"SHA-512", CKM_ECDSA_SHA512},
    };
    struct rsp r;
    unsigned nr = 0;
    rsp_open(&r, "asymmetric/ECDSA/FIPS_186-3/SigVer.rsp");
    while (rsp_next(&r, "Result")) {
        int k = curve_of(r.section);
        size_t h = 0;
        while (k >= 0 && h < COUNT(hashes) && strcmp(r.section + 6, hashes[h].name) != 0)
            h++;
        if (k < 0 || h == COUNT(hashes))
            continue;
        uint8_t point[133], sig[132];
        size_t n = curves[k].bytes;
        CK_ATTRIBUTE t[] = {
            A_ULONG(CKA_CLASS, CKO_PUBLIC_KEY), A_ULONG(CKA_KEY_TYPE, CKK_EC),
            A_BYTES(CKA_EC_PARAMS, curves[k].oid.p, curves[k].oid.len),
            A_BYTES(CKA_EC_POINT, point_of(&r, "Qx", "Qy", n, point).p, 1 + 2 * n),
            A_BOOL(CKA_VERIFY, true)};
        uint32_t key;
        CK_RV rv = p_create(&ops.c, ops.session, t, COUNT(t), &key);
        if (rv == CKR_OK) {
            put_padded(sig, n, field(&r, "R", 0));
            put_padded(sig + n, n, field(&r, "S", 1));
            rv = ops_one(P11_CMD_VERIFY, key, hashes[h].mech, NOTHING,
                         field(&r, "Msg", 2), (struct span){sig, 2 * n}, NULL, NULL);
            destroy(key);
        }
        bool good = rsp_text(&r, "Result")[0] == 'P';
        if (good)
            assert_int_equal(rv, CKR_OK);
        else
            assert_true(rv == CKR_SIGNATURE_INVALID || rv == CKR_ATTRIBUTE_VALUE_INVALID);
        nr++;
    }
    rsp_close(&r);
    assert_true(nr > 150);
}

/* Static unified key agreement; "F" cases have a bad point, a bad own pair, or another Z.
 */
static CK_RV agreement(const struct rsp *r, int k, uint8_t *z, size_t *z_len)
{
    uint8_t own[133], peer[133], params_buf[160], d[66];
    size_t n = curves[k].bytes;
    put_padded(d, n, field(r, "dsIUT", 0));
    CK_ATTRIBUTE t[] = {
        A_ULONG(CKA_CLASS, CKO_PRIVATE_KEY),
        A_ULONG(CKA_KEY_TYPE, CKK_EC),
        A_BYTES(CKA_EC_PARAMS, curves[k].oid.p, curves[k].oid.len),
        A_BYTES(CKA_VALUE, d, n),
        A_BYTES(CKA_EC_POINT, point_of(r, "QsIUTx", "QsIUTy", n, own).p, 1 + 2 * n),
        A_BOOL(CKA_DERIVE, true)};
    CK_ATTRIBUTE derived[] = {A_BOOL(CKA_EXTRACTABLE, true)};
    uint32_t key, secret;
    CK_RV rv = p_create(&ops.c, ops.session, t, COUNT(t), &key);
    if (rv != CKR_OK)
        return rv;
    struct wr w = wr_init(params_buf, sizeof params_buf);
    struct span point = point_of(r, "QsCAVSx", "QsCAVSy", n, peer);
    wr_u32(&w, CKD_NULL);
    wr_u32(&w, 0);
    wr_span(&w, point.p, point.len);
    rv = ops_derive(key, CKM_ECDH1_DERIVE, (struct span){params_buf, w.len}, derived, 1,
                    &secret);
    destroy(key);
    if (rv != CKR_OK)
        return rv;
    *z_len = ops_get(secret, CKA_VALUE, z, 66);
    destroy(secret);
    return CKR_OK;
}

static void test_vector_ecdh(void **state)
{
    (void)state;
    struct rsp r;
    unsigned good = 0, bad = 0;
    rsp_open(&r, "asymmetric/ECDH/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_resp.fax");
    while (rsp_next(&r, "Result")) {
        static const char *const sets[] = {"EC - SHA256", "ED - SHA384", "EE - SHA512"};
        uint8_t z[66], want[66];
        size_t z_len = 0;
        int k = 0;
        while (k < 3 && strcmp(r.section, sets[k]) != 0)
            k++;
        if (k == 3)
            continue;
        CK_RV rv = agreement(&r, k, z, &z_len);
        put_padded(want, curves[k].bytes, field(&r, "Z", 1));
        bool agreed =
            rv == CKR_OK && z_len == curves[k].bytes && memcmp(z, want, z_len) == 0;
        /* cases in which only the hash of Z was changed still agree on Z */
        if (rsp_text(&r, "Result")[0] == 'P') {
            assert_true(agreed);
            good++;
        } else {
            assert_true(!agreed || strstr(rsp_text(&r, "Result"), "Z"));
            bad++;
        }
    }
    rsp_close(&r);
    assert_true(good > 10 && bad > 10);
}

/* --- RSA --- */

static struct span stripped(struct span v)
{
    while (v.len && *v.p == 0)
        v = (struct span){v.p + 1, v.len - 1};
    return v;
}

static void rsa_verify(const char *path, bool pss)
{
    static const struct {
        const char *name;
        uint32_t pkcs, pss, hash, mgf;
    } hashes[] = {
        {"SHA1", CKM_SHA1_RSA_PKCS, CKM_SHA1_RSA_PKCS_PSS, CKM_SHA_1, CKG_MGF1_SHA1},
        {"SHA224", CKM_SHA224_RSA_PKCS, CKM_SHA224_RSA_PKCS_PSS, CKM_SHA224,
         CKG_MGF1_SHA224},
        {"SHA256", CKM_SHA256_RSA_PKCS, CKM_SHA256_RSA_PKCS_PSS, CKM_SHA256,
         CKG_MGF1_SHA256},
        {"SHA384", CKM_SHA384_RSA_PKCS, CKM_SHA384_RSA_PKCS_PSS, CKM_SHA384,
         CKG_MGF1_SHA384},
        {"SHA512", CKM_SHA512_RSA_PKCS, CKM_SHA512_RSA_PKCS_PSS, CKM_SHA512,
         CKG_MGF1_SHA512},
    };
    struct rsp r;
    unsigned nr = 0;
    rsp_open(&r, path);
    while (rsp_next(&r, "Result")) {
        size_t h = 0;
        while (h < COUNT(hashes) && strcmp(rsp_text(&r, "SHAAlg"), hashes[h].name) != 0)
            h++;
        struct span n = stripped(field(&r, "n", 0)), e = stripped(field(&r, "e", 1));
        if (h == COUNT(hashes) || e.len > 8 || n.len < 128)
            continue;
        CK_ATTRIBUTE t[] = {
            A_ULONG(CKA_CLASS, CKO_PUBLIC_KEY), A_ULONG(CKA_KEY_TYPE, CKK_RSA),
            A_BYTES(CKA_MODULUS, n.p, n.len), A_BYTES(CKA_PUBLIC_EXPONENT, e.p, e.len),
            A_BOOL(CKA_VERIFY, true)};
        uint32_t key;
        uint8_t params_buf[12], sig[512];
        struct wr w = wr_init(params_buf, sizeof params_buf);
        wr_u32(&w, hashes[h].hash);
        wr_u32(&w, hashes[h].mgf);
        wr_u32(&w, (uint32_t)field(&r, "SaltVal", 4).len);
        struct span params = {params_buf, pss ? w.len : 0};
        assert_int_equal(p_create(&ops.c, ops.session, t, COUNT(t), &key), CKR_OK);
        put_padded(sig, n.len, field(&r, "S", 3));
        CK_RV rv =
            ops_one(P11_CMD_VERIFY, key, pss ? hashes[h].pss : hashes[h].pkcs, params,
                    field(&r, "Msg", 2), (struct span){sig, n.len}, NULL, NULL);
        assert_int_equal(rv, rsp_text(&r, "Result")[0] == 'P' ? CKR_OK
                                                              : CKR_SIGNATURE_INVALID);
        destroy(key);
        nr++;
    }
    rsp_close(&r);
    assert_true(nr > 20);
}

static void test_vector_rsa_verify(void **state)
{
    (void)state;
    rsa_verify("asymmetric/RSA/FIPS_186-2/SigVer15_186-3.rsp", false);
    rsa_verify("asymmetric/RSA/FIPS_186-2/SigVerPSS_186-3.rsp", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vector_digests),
        cmocka_unit_test(test_vector_macs),
        cmocka_unit_test(test_vector_ciphers),
        cmocka_unit_test(test_vector_gcm),
        cmocka_unit_test(test_vector_key_wrap),
        cmocka_unit_test(test_vector_ecdsa_verify),
        cmocka_unit_test(test_vector_ecdh),
        cmocka_unit_test(test_vector_rsa_verify),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("mech vectors", tests, ops_start, ops_stop);
}
