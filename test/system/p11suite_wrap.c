/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Topic wrap: keys that leave or enter the token wrapped, derived keys, and the known
 * ways to turn these against it (a key that wraps and decrypts, a wrapped key that comes
 * back less protected).
 */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/x509.h>
#include "test/system/p11suite.h"

static const unsigned char kek[32] = "key encryption key of 32 bytes!!",
                           secret[32] = "a secret key to be wrapped here!";

static CK_OBJECT_HANDLE import(CK_KEY_TYPE type, const void *v, size_t n)
{
    CK_OBJECT_HANDLE k = 0;
    MUST(p11_import_secret(s.ses, type, v, n, &k));
    return k;
}

/* RFC 3394 with OpenSSL. */
static size_t openssl_wrap(unsigned char *out, const unsigned char *in, size_t len,
                           bool pad)
{
    EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
    int n = 0, m = 0;
    EVP_CIPHER_CTX_set_flags(x, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    EVP_EncryptInit_ex(x, pad ? EVP_aes_256_wrap_pad() : EVP_aes_256_wrap(), NULL, kek,
                       NULL);
    EVP_EncryptUpdate(x, out, &n, in, (int)len);
    EVP_EncryptFinal_ex(x, out + n, &m);
    EVP_CIPHER_CTX_free(x);
    return (size_t)(n + m);
}

static void test_aes_key_wrap(void)
{
    unsigned char want[64], got[64], v[64];
    CK_OBJECT_HANDLE w = import(CKK_AES, kek, 32), k = import(CKK_AES, secret, 32), back;
    CK_ULONG n = 0;
    static const struct {
        const char *name;
        CK_MECHANISM_TYPE m;
        bool pad;
    } rows[] = {{"KW", CKM_AES_KEY_WRAP, false}, {"KWP", CKM_AES_KEY_WRAP_PAD, true}};
    for (size_t i = 0; i < NR(rows); i++) {
        row(rows[i].name);
        if (!has_mech(rows[i].m, CKF_WRAP)) {
            CHECK(rows[i].pad);
            continue;
        }
        size_t wl = openssl_wrap(want, secret, 32, rows[i].pad);
        MUST(p11->C_WrapKey(s.ses, M0(rows[i].m), w, k, NULL, &n));
        CHECK(n == wl);
        n = wl - 1;
        RV(CKR_BUFFER_TOO_SMALL, p11->C_WrapKey(s.ses, M0(rows[i].m), w, k, got, &n));
        n = sizeof got;
        MUST(p11->C_WrapKey(s.ses, M0(rows[i].m), w, k, got, &n));
        CHECK(n == wl && memcmp(got, want, wl) == 0);
        CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_SECRET_KEY),
                            A_UL(CKA_KEY_TYPE, CKK_AES),
                            A_F(CKA_TOKEN),
                            A_F(CKA_SENSITIVE),
                            A_T(CKA_EXTRACTABLE),
                            A_T(CKA_ENCRYPT)};
        MUST(p11->C_UnwrapKey(s.ses, M0(rows[i].m), w, got, n, t, NR(t), &back));
        CHECK(p11_get(s.ses, back, CKA_VALUE, v, sizeof v) == 32 &&
              memcmp(v, secret, 32) == 0);
        CHECK(p11_get_bool(s.ses, back, CKA_LOCAL) == 0);
        CHECK(p11_get_bool(s.ses, back, CKA_ALWAYS_SENSITIVE) == 0);
        CHECK(p11_get_bool(s.ses, back, CKA_NEVER_EXTRACTABLE) == 0);
        got[3] ^= 1;
        RV_IN(p11->C_UnwrapKey(s.ses, M0(rows[i].m), w, got, n, t, NR(t), &back),
              CKR_WRAPPED_KEY_INVALID, CKR_WRAPPED_KEY_LEN_RANGE,
              CKR_ENCRYPTED_DATA_INVALID);
        RV_IN(p11->C_UnwrapKey(s.ses, M0(rows[i].m), w, got, n - 1, t, NR(t), &back),
              CKR_WRAPPED_KEY_LEN_RANGE, CKR_WRAPPED_KEY_INVALID);
        RV_IN(p11->C_UnwrapKey(s.ses, M0(rows[i].m), w, got, 0, t, NR(t), &back),
              CKR_WRAPPED_KEY_LEN_RANGE, CKR_WRAPPED_KEY_INVALID, CKR_ARGUMENTS_BAD);
    }
}

static void test_wrap_private(void)
{
    CK_OBJECT_HANDLE w = import(CKK_AES, kek, 32), pub, priv, back;
    unsigned char blob[4096], d[32] = {1}, sig[256];
    CK_ULONG n = sizeof blob, m = sizeof sig;
    CK_ATTRIBUTE tp[] = {A_UL(CKA_MODULUS_BITS, 2048), A_T(CKA_VERIFY)};
    CK_ATTRIBUTE ts[] = {A_T(CKA_SIGN), A_T(CKA_EXTRACTABLE), A_F(CKA_SENSITIVE),
                         A_T(CKA_PRIVATE)};
    if (!has_mech(CKM_AES_KEY_WRAP_PAD, CKF_WRAP))
        skip("no key wrap with padding");
    MUST(p11->C_GenerateKeyPair(s.ses, M0(CKM_RSA_PKCS_KEY_PAIR_GEN), tp, NR(tp), ts,
                                NR(ts), &pub, &priv));
    MUST(p11->C_WrapKey(s.ses, M0(CKM_AES_KEY_WRAP_PAD), w, priv, blob, &n));
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_PRIVATE_KEY),
                        A_UL(CKA_KEY_TYPE, CKK_RSA),
                        A_F(CKA_TOKEN),
                        A_T(CKA_SIGN),
                        A_T(CKA_SENSITIVE),
                        A_F(CKA_EXTRACTABLE)};
    MUST(p11->C_UnwrapKey(s.ses, M0(CKM_AES_KEY_WRAP_PAD), w, blob, n, t, NR(t), &back));
    MUST(p11->C_SignInit(s.ses, M0(CKM_RSA_PKCS), back));
    MUST(p11->C_Sign(s.ses, d, sizeof d, sig, &m));
    MUST(p11->C_VerifyInit(s.ses, M0(CKM_RSA_PKCS), pub));
    RV(CKR_OK, p11->C_Verify(s.ses, d, sizeof d, sig, m));
    CHECK(p11_get_bool(s.ses, back, CKA_LOCAL) == 0);
}

static void test_wrap_refusals(void)
{
    CK_OBJECT_HANDLE w = import(CKK_AES, kek, 32), k = import(CKK_AES, secret, 32), g,
                     pub, priv;
    unsigned char b[2048];
    CK_ULONG n = sizeof b;
    CK_MECHANISM *m = M0(CKM_AES_KEY_WRAP);
    CK_ATTRIBUTE un[] = {A_F(CKA_TOKEN), A_F(CKA_EXTRACTABLE), A_T(CKA_SENSITIVE),
                         A_UL(CKA_VALUE_LEN, 16)};
    MUST(p11->C_GenerateKey(s.ses, M0(CKM_AES_KEY_GEN), un, NR(un), &g));
    RV(CKR_KEY_UNEXTRACTABLE, p11->C_WrapKey(s.ses, m, w, g, b, &n));
    MUST(p11_gen_ec(s.ses, &p11_curves[0], false, "k", &pub, &priv));
    RV_IN(p11->C_WrapKey(s.ses, m, w, priv, b, &n), CKR_KEY_UNEXTRACTABLE,
          CKR_KEY_NOT_WRAPPABLE);
    RV_IN(p11->C_WrapKey(s.ses, m, w, pub, b, &n), CKR_KEY_NOT_WRAPPABLE,
          CKR_KEY_HANDLE_INVALID, CKR_KEY_UNEXTRACTABLE);
    RV_IN(p11->C_WrapKey(s.ses, m, w, 0, b, &n), CKR_KEY_HANDLE_INVALID);
    RV_IN(p11->C_WrapKey(s.ses, m, 0, k, b, &n), CKR_WRAPPING_KEY_HANDLE_INVALID,
          CKR_KEY_HANDLE_INVALID);
    RV_IN(p11->C_WrapKey(s.ses, m, pub, k, b, &n), CKR_WRAPPING_KEY_TYPE_INCONSISTENT,
          CKR_KEY_FUNCTION_NOT_PERMITTED);
    RV(CKR_ARGUMENTS_BAD, p11->C_WrapKey(s.ses, NULL, w, k, b, &n));
    RV(CKR_ARGUMENTS_BAD, p11->C_WrapKey(s.ses, m, w, k, b, NULL));
    RV(CKR_MECHANISM_INVALID, p11->C_WrapKey(s.ses, M0(CKM_SHA256), w, k, b, &n));
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_SECRET_KEY), A_UL(CKA_KEY_TYPE, CKK_AES)};
    RV_IN(p11->C_UnwrapKey(s.ses, m, 0, b, 24, t, NR(t), &g),
          CKR_UNWRAPPING_KEY_HANDLE_INVALID, CKR_KEY_HANDLE_INVALID);
    RV(CKR_ARGUMENTS_BAD, p11->C_UnwrapKey(s.ses, m, w, NULL, 24, t, NR(t), &g));
    RV(CKR_ARGUMENTS_BAD, p11->C_UnwrapKey(s.ses, m, w, b, 24, t, NR(t), NULL));
    RV(CKR_ARGUMENTS_BAD, p11->C_UnwrapKey(s.ses, m, w, b, 24, NULL, 2, &g));
}

static void test_wrap_with_trusted(void)
{
    CK_OBJECT_HANDLE w = import(CKK_AES, kek, 32), k, other;
    unsigned char b[64];
    CK_ULONG n = sizeof b;
    CK_ATTRIBUTE t[] = {A_F(CKA_TOKEN), A_T(CKA_EXTRACTABLE), A_T(CKA_WRAP_WITH_TRUSTED),
                        A_UL(CKA_VALUE_LEN, 16)};
    MUST(p11->C_GenerateKey(s.ses, M0(CKM_AES_KEY_GEN), t, NR(t), &k));
    RV_IN(p11->C_WrapKey(s.ses, M0(CKM_AES_KEY_WRAP), w, k, b, &n), CKR_KEY_NOT_WRAPPABLE,
          CKR_WRAPPING_KEY_HANDLE_INVALID);
    /* the user cannot declare his own key trusted, nor take the demand away */
    CK_ATTRIBUTE tr[] = {A_T(CKA_TRUSTED)}, off[] = {A_F(CKA_WRAP_WITH_TRUSTED)};
    CHECK(p11->C_SetAttributeValue(s.ses, w, tr, 1) != CKR_OK);
    CHECK(p11->C_SetAttributeValue(s.ses, k, off, 1) != CKR_OK);
    CHECK(p11->C_CopyObject(s.ses, k, off, 1, &other) != CKR_OK);
}

static void test_cbc_wrap(void)
{
    CK_OBJECT_HANDLE w = import(CKK_AES, kek, 32), k = import(CKK_AES, secret, 32), back;
    unsigned char iv[16] = {7}, b[64], v[32];
    CK_ULONG n = sizeof b;
    CK_MECHANISM m = {CKM_AES_CBC, iv, sizeof iv};
    if (!has_mech(CKM_AES_CBC, CKF_WRAP | CKF_UNWRAP))
        skip("no wrapping by AES-CBC");
    MUST(p11->C_WrapKey(s.ses, &m, w, k, b, &n));
    CHECK(n == 32);
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_SECRET_KEY), A_UL(CKA_KEY_TYPE, CKK_AES),
                        A_F(CKA_TOKEN), A_F(CKA_SENSITIVE), A_T(CKA_EXTRACTABLE)};
    MUST(p11->C_UnwrapKey(s.ses, &m, w, b, n, t, NR(t), &back));
    CHECK(p11_get(s.ses, back, CKA_VALUE, v, sizeof v) == 32 &&
          memcmp(v, secret, 32) == 0);
}

/* --- derivation
 * ------------------------------------------------------------------------------- */

struct peer {
    EVP_PKEY *key;
    unsigned char point[160], shared[66];
    size_t len, shared_len;
};

static void peer_make(struct peer *p, const struct p11_curve *c, EVP_PKEY *token)
{
    p->key = EVP_EC_gen(c->group);
    NEED(p->key);
    EVP_PKEY_get_octet_string_param(p->key, OSSL_PKEY_PARAM_PUB_KEY, p->point,
                                    sizeof p->point, &p->len);
    EVP_PKEY_CTX *x = EVP_PKEY_CTX_new(p->key, NULL);
    p->shared_len = sizeof p->shared;
    NEED(EVP_PKEY_derive_init(x) == 1 && EVP_PKEY_derive_set_peer(x, token) == 1 &&
         EVP_PKEY_derive(x, p->shared, &p->shared_len) == 1);
    EVP_PKEY_CTX_free(x);
    EVP_PKEY_free(p->key);
}

static void test_ecdh(void)
{
    for (size_t i = 0; i < NR(p11_curves); i++) {
        const struct p11_curve *c = &p11_curves[i];
        CK_OBJECT_HANDLE pub, priv, k;
        struct peer peer;
        unsigned char v[66], der[170];
        row(c->name);
        MUST(p11_gen_ec(s.ses, c, false, "k", &pub, &priv));
        EVP_PKEY *token = p11_public(s.ses, pub);
        NEED(token);
        peer_make(&peer, c, token);
        EVP_PKEY_free(token);
        CK_ECDH1_DERIVE_PARAMS p = {CKD_NULL, 0, NULL, peer.len, peer.point};
        CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_SECRET_KEY),
                            A_UL(CKA_KEY_TYPE, CKK_GENERIC_SECRET),
                            A_F(CKA_TOKEN),
                            A_F(CKA_SENSITIVE),
                            A_T(CKA_EXTRACTABLE),
                            A_UL(CKA_VALUE_LEN, c->field)};
        MUST(p11->C_DeriveKey(s.ses, MP(CKM_ECDH1_DERIVE, p), priv, t, NR(t), &k));
        CHECK(p11_get(s.ses, k, CKA_VALUE, v, sizeof v) == (long)c->field &&
              memcmp(v, peer.shared, c->field) == 0);
        CHECK(p11_get_bool(s.ses, k, CKA_LOCAL) == 0);
        /* the point in its DER form */
        size_t head = peer.len > 127 ? 3 : 2;
        der[0] = 4;
        der[1] = 0x81;
        der[head - 1] = (unsigned char)peer.len;
        memcpy(der + head, peer.point, peer.len);
        p.pPublicData = der;
        p.ulPublicDataLen = head + peer.len;
        MUST(p11->C_DeriveKey(s.ses, MP(CKM_ECDH1_DERIVE, p), priv, t, NR(t), &k));
        CHECK(p11_get(s.ses, k, CKA_VALUE, v, sizeof v) == (long)c->field &&
              memcmp(v, peer.shared, c->field) == 0);
        /* a shorter key: bytes are removed from the leading end */
        CK_ATTRIBUTE a[] = {A_UL(CKA_CLASS, CKO_SECRET_KEY),
                            A_UL(CKA_KEY_TYPE, CKK_AES),
                            A_F(CKA_TOKEN),
                            A_F(CKA_SENSITIVE),
                            A_T(CKA_EXTRACTABLE),
                            A_UL(CKA_VALUE_LEN, 16)};
        MUST(p11->C_DeriveKey(s.ses, MP(CKM_ECDH1_DERIVE, p), priv, a, NR(a), &k));
        CHECK(p11_get(s.ses, k, CKA_VALUE, v, sizeof v) == 16);
        CHECK(memcmp(v, peer.shared + c->field - 16, 16) == 0);
    }
}

static void test_ecdh_refusals(void)
{
    static const struct {
        const char *name;
        CK_ULONG kdf, len;
        unsigned char first;
        int damage;
    } rows[] = {{"off the curve", CKD_NULL, 65, 4, 1}, {"infinity", CKD_NULL, 1, 0, 0},
                {"cut", CKD_NULL, 64, 4, 0},           {"empty", CKD_NULL, 0, 4, 0},
                {"unknown kdf", 0x7777, 65, 4, 0},     {"wrong form", CKD_NULL, 65, 5, 0},
                {"zero point", CKD_NULL, 65, 4, 2}};
    CK_OBJECT_HANDLE pub, priv, k;
    unsigned char der[80], point[65];
    MUST(p11_gen_ec(s.ses, &p11_curves[0], false, "k", &pub, &priv));
    NEED(p11_get(s.ses, pub, CKA_EC_POINT, der, sizeof der) == 67);
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_SECRET_KEY),
                        A_UL(CKA_KEY_TYPE, CKK_GENERIC_SECRET), A_F(CKA_TOKEN),
                        A_UL(CKA_VALUE_LEN, 32)};
    for (size_t i = 0; i < NR(rows); i++) {
        row(rows[i].name);
        memcpy(point, der + 2, 65);
        point[0] = rows[i].first;
        if (rows[i].damage == 1)
            point[40] ^= 1;
        if (rows[i].damage == 2)
            memset(point + 1, 0, 64);
        CK_ECDH1_DERIVE_PARAMS p = {rows[i].kdf, 0, NULL, rows[i].len, point};
        RV_IN(p11->C_DeriveKey(s.ses, MP(CKM_ECDH1_DERIVE, p), priv, t, NR(t), &k),
              CKR_MECHANISM_PARAM_INVALID, P11_CKR_PUBLIC_KEY_INVALID, CKR_ARGUMENTS_BAD);
    }
    row("arguments");
    CK_ECDH1_DERIVE_PARAMS p = {CKD_NULL, 0, NULL, 65, NULL};
    RV_IN(p11->C_DeriveKey(s.ses, MP(CKM_ECDH1_DERIVE, p), priv, t, NR(t), &k),
          CKR_MECHANISM_PARAM_INVALID, CKR_ARGUMENTS_BAD);
    RV_IN(p11->C_DeriveKey(s.ses, M0(CKM_ECDH1_DERIVE), priv, t, NR(t), &k),
          CKR_MECHANISM_PARAM_INVALID, CKR_ARGUMENTS_BAD);
    RV(CKR_ARGUMENTS_BAD, p11->C_DeriveKey(s.ses, NULL, priv, t, NR(t), &k));
    p = (CK_ECDH1_DERIVE_PARAMS){CKD_NULL, 0, NULL, 65, der + 2};
    RV(CKR_KEY_HANDLE_INVALID,
       p11->C_DeriveKey(s.ses, MP(CKM_ECDH1_DERIVE, p), 0, t, NR(t), &k));
}

static void test_encrypt_data(void)
{
    unsigned char data[32] = {9}, iv[16] = {3}, v[32];
    CK_OBJECT_HANDLE base, k;
    CK_ATTRIBUTE b[] = {A_UL(CKA_CLASS, CKO_SECRET_KEY), A_UL(CKA_KEY_TYPE, CKK_AES),
                        A_F(CKA_TOKEN), A_T(CKA_DERIVE), A_RAW(CKA_VALUE, kek, 32)};
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_SECRET_KEY),
                        A_UL(CKA_KEY_TYPE, CKK_AES),
                        A_F(CKA_TOKEN),
                        A_F(CKA_SENSITIVE),
                        A_T(CKA_EXTRACTABLE),
                        A_UL(CKA_VALUE_LEN, 32)};
    struct ck_aes_cbc_encrypt_data_params p = {.data_params = data,
                                               .length = sizeof data};
    if (!has_mech(CKM_AES_CBC_ENCRYPT_DATA, CKF_DERIVE))
        skip("no derivation by AES-CBC");
    memcpy(p.iv, iv, 16);
    MUST(p11->C_CreateObject(s.ses, b, NR(b), &base));
    MUST(p11->C_DeriveKey(s.ses, MP(CKM_AES_CBC_ENCRYPT_DATA, p), base, t, NR(t), &k));
    unsigned char want[48];
    int n = 0;
    EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex(x, EVP_aes_256_cbc(), NULL, kek, iv);
    EVP_EncryptUpdate(x, want, &n, data, sizeof data);
    EVP_CIPHER_CTX_free(x);
    CHECK(p11_get(s.ses, k, CKA_VALUE, v, sizeof v) == 32 && memcmp(v, want, 32) == 0);
}

/* What comes back by unwrapping or derivation is never better than it was. */
static void test_no_escalation(void)
{
    CK_OBJECT_HANDLE w = import(CKK_AES, kek, 32), k = import(CKK_AES, secret, 32), back;
    unsigned char b[64];
    CK_ULONG n = sizeof b;
    MUST(p11->C_WrapKey(s.ses, M0(CKM_AES_KEY_WRAP), w, k, b, &n));
    static const CK_ATTRIBUTE_TYPE lies[] = {CKA_LOCAL, CKA_ALWAYS_SENSITIVE,
                                             CKA_NEVER_EXTRACTABLE, CKA_TRUSTED};
    for (size_t i = 0; i < NR(lies); i++) {
        char name[32];
        snprintf(name, sizeof name, "0x%lx", lies[i]);
        row(name);
        CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_SECRET_KEY), A_UL(CKA_KEY_TYPE, CKK_AES),
                            A_T(lies[i])};
        CHECK(p11->C_UnwrapKey(s.ses, M0(CKM_AES_KEY_WRAP), w, b, n, t, NR(t), &back) !=
              CKR_OK);
    }
    row("other type");
    CK_ATTRIBUTE rsa[] = {A_UL(CKA_CLASS, CKO_PRIVATE_KEY), A_UL(CKA_KEY_TYPE, CKK_RSA)};
    CHECK(p11->C_UnwrapKey(s.ses, M0(CKM_AES_KEY_WRAP), w, b, n, rsa, NR(rsa), &back) !=
          CKR_OK);
    row("wraps itself");
    RV_IN(p11->C_WrapKey(s.ses, M0(CKM_AES_KEY_WRAP), w, w, b, &n), CKR_KEY_NOT_WRAPPABLE,
          CKR_WRAPPING_KEY_HANDLE_INVALID, CKR_KEY_HANDLE_INVALID,
          CKR_KEY_FUNCTION_NOT_PERMITTED);
}

static const struct test tests[] = {
    {"aes_key_wrap", NEED_USER, test_aes_key_wrap},
    {"rsa_private_key", NEED_USER, test_wrap_private},
    {"refusals", NEED_USER, test_wrap_refusals},
    {"with_trusted", NEED_USER, test_wrap_with_trusted},
    {"by_aes_cbc", NEED_USER, test_cbc_wrap},
    {"ecdh", NEED_USER, test_ecdh},
    {"ecdh_refusals", NEED_USER, test_ecdh_refusals},
    {"derive_by_encryption", NEED_USER, test_encrypt_data},
    {"no_escalation", NEED_USER, test_no_escalation},
};
const struct topic topic_wrap = {"wrap", tests, NR(tests)};
