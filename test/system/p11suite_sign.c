/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Topic sign: every signature and MAC mechanism on every key type it takes. What the
 * token signs, OpenSSL verifies from the exported public key; what OpenSSL would refuse,
 * the token refuses too. Multi-part must equal single-part. One table row per mechanism.
 */
#include <openssl/rsa.h>
#include "test/system/p11suite.h"

enum scheme { ECDSA, PKCS1, PSS };

struct sigmech {
    const char *name;
    CK_MECHANISM_TYPE m;
    enum scheme scheme;
    const char *hash; /* NULL: the caller gives the digest (or DigestInfo) */
    CK_MECHANISM_TYPE hash_m;
    CK_ULONG mgf;
};

static const struct sigmech mechs[] = {
    {"ECDSA", CKM_ECDSA, ECDSA, NULL, 0, 0},
    {"ECDSA-SHA1", CKM_ECDSA_SHA1, ECDSA, "SHA1", 0, 0},
    {"ECDSA-SHA224", CKM_ECDSA_SHA224, ECDSA, "SHA224", 0, 0},
    {"ECDSA-SHA256", CKM_ECDSA_SHA256, ECDSA, "SHA256", 0, 0},
    {"ECDSA-SHA384", CKM_ECDSA_SHA384, ECDSA, "SHA384", 0, 0},
    {"ECDSA-SHA512", CKM_ECDSA_SHA512, ECDSA, "SHA512", 0, 0},
    {"RSA-PKCS", CKM_RSA_PKCS, PKCS1, NULL, 0, 0},
    {"SHA1-RSA-PKCS", CKM_SHA1_RSA_PKCS, PKCS1, "SHA1", 0, 0},
    {"SHA224-RSA-PKCS", P11_CKM_SHA224_RSA_PKCS, PKCS1, "SHA224", 0, 0},
    {"SHA256-RSA-PKCS", CKM_SHA256_RSA_PKCS, PKCS1, "SHA256", 0, 0},
    {"SHA384-RSA-PKCS", CKM_SHA384_RSA_PKCS, PKCS1, "SHA384", 0, 0},
    {"SHA512-RSA-PKCS", CKM_SHA512_RSA_PKCS, PKCS1, "SHA512", 0, 0},
    {"RSA-PSS", CKM_RSA_PKCS_PSS, PSS, NULL, CKM_SHA256, 2},
    {"SHA1-RSA-PSS", CKM_SHA1_RSA_PKCS_PSS, PSS, "SHA1", CKM_SHA_1, 1},
    {"SHA256-RSA-PSS", CKM_SHA256_RSA_PKCS_PSS, PSS, "SHA256", CKM_SHA256, 2},
    {"SHA384-RSA-PSS", CKM_SHA384_RSA_PKCS_PSS, PSS, "SHA384", CKM_SHA384, 3},
    {"SHA512-RSA-PSS", CKM_SHA512_RSA_PKCS_PSS, PSS, "SHA512", CKM_SHA512, 4},
};

static const unsigned char text[300] =
    "What is signed here is long enough for more than one block of every hash.";

struct job {
    const struct sigmech *sm;
    CK_RSA_PKCS_PSS_PARAMS pss;
    CK_MECHANISM mech;
    unsigned char in[64]; /* the digest for mechanisms that take one */
    size_t in_len;
    const unsigned char *data;
    size_t len;
};

static void job_init(struct job *j, const struct sigmech *sm)
{
    unsigned n = 0;
    memset(j, 0, sizeof *j);
    j->sm = sm;
    j->mech = (CK_MECHANISM){sm->m, NULL, 0};
    if (sm->scheme == PSS) {
        const EVP_MD *md = EVP_get_digestbyname(sm->hash ? sm->hash : "SHA256");
        j->pss = (CK_RSA_PKCS_PSS_PARAMS){sm->hash_m, sm->mgf, (CK_ULONG)EVP_MD_size(md)};
        j->mech = (CK_MECHANISM){sm->m, &j->pss, sizeof j->pss};
    }
    j->data = text;
    j->len = sizeof text;
    if (!sm->hash) {
        EVP_Digest(text, sizeof text, j->in, &n, EVP_sha256(), NULL);
        j->data = j->in;
        j->len = j->in_len = n;
    }
}

/* OpenSSL's opinion of a signature of the token. */
static bool openssl_verifies(EVP_PKEY *key, const struct job *j, const unsigned char *sig,
                             size_t len)
{
    unsigned char d[64];
    unsigned n = (unsigned)j->in_len;
    const EVP_MD *md = j->sm->hash ? EVP_get_digestbyname(j->sm->hash) : NULL;
    memcpy(d, j->in, sizeof d);
    if (md)
        EVP_Digest(j->data, j->len, d, &n, md, NULL);
    if (j->sm->scheme == ECDSA)
        return ecdsa_verify(key, d, n, sig, len);
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
    bool ok = c && EVP_PKEY_verify_init(c) == 1;
    if (ok && j->sm->scheme == PSS) {
        const EVP_MD *h = md ? md : EVP_sha256();
        ok = EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_signature_md(c, h) == 1 &&
             EVP_PKEY_CTX_set_rsa_mgf1_md(c, h) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(c, EVP_MD_size(h)) == 1;
    } else if (ok) {
        ok = EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) == 1 &&
             (!md || EVP_PKEY_CTX_set_signature_md(c, md) == 1);
    }
    ok = ok && EVP_PKEY_verify(c, sig, len, d, n) == 1;
    EVP_PKEY_CTX_free(c);
    return ok;
}

static size_t signature_len(EVP_PKEY *key, enum scheme scheme)
{
    size_t bits = (size_t)EVP_PKEY_bits(key);
    return scheme == ECDSA ? 2 * ((bits + 7) / 8) : bits / 8;
}

static void sign_and_verify(const struct job *j, CK_OBJECT_HANDLE pub,
                            CK_OBJECT_HANDLE priv, EVP_PKEY *key)
{
    unsigned char sig[600], bad[600];
    CK_MECHANISM m = j->mech;
    CK_BYTE_PTR data = (CK_BYTE_PTR)(uintptr_t)j->data;
    CK_ULONG n = 0, want = signature_len(key, j->sm->scheme);
    for (int round = 0; round < 3;
         round++) { /* the second and third take the one-call path of ours */
        MUST(p11->C_SignInit(s.ses, &m, priv));
        n = 0;
        MUST(p11->C_Sign(s.ses, data, j->len, NULL, &n));
        CHECK(n == want);
        n = want - 1;
        RV(CKR_BUFFER_TOO_SMALL, p11->C_Sign(s.ses, data, j->len, sig, &n));
        CHECK(n == want);
        n = sizeof sig;
        MUST(p11->C_Sign(s.ses, data, j->len, sig, &n));
        CHECK(n == want && openssl_verifies(key, j, sig, n));
        RV(CKR_OPERATION_NOT_INITIALIZED, p11->C_Sign(s.ses, data, j->len, sig, &n));
    }
    n = want;
    for (int round = 0; round < 2; round++) {
        MUST(p11->C_VerifyInit(s.ses, &m, pub));
        RV(CKR_OK, p11->C_Verify(s.ses, data, j->len, sig, n));
        RV(CKR_OPERATION_NOT_INITIALIZED, p11->C_Verify(s.ses, data, j->len, sig, n));
        memcpy(bad, sig, n);
        bad[n / 3] ^= 0x10;
        MUST(p11->C_VerifyInit(s.ses, &m, pub));
        RV(CKR_SIGNATURE_INVALID, p11->C_Verify(s.ses, data, j->len, bad, n));
        MUST(p11->C_VerifyInit(s.ses, &m, pub));
        RV(CKR_SIGNATURE_LEN_RANGE, p11->C_Verify(s.ses, data, j->len, sig, n - 1));
        memcpy(bad, j->data, j->len);
        bad[j->len / 2] ^= 1;
        MUST(p11->C_VerifyInit(s.ses, &m, pub));
        RV(CKR_SIGNATURE_INVALID, p11->C_Verify(s.ses, bad, j->len, sig, n));
    }
    memset(bad, 0, n);
    MUST(p11->C_VerifyInit(s.ses, &m, pub));
    RV(CKR_SIGNATURE_INVALID, p11->C_Verify(s.ses, data, j->len, bad, n));
}

static void multipart(const struct job *j, CK_OBJECT_HANDLE pub, CK_OBJECT_HANDLE priv,
                      EVP_PKEY *key)
{
    unsigned char sig[600];
    CK_MECHANISM m = j->mech;
    CK_BYTE_PTR data = (CK_BYTE_PTR)(uintptr_t)j->data;
    CK_ULONG n = 0, want = signature_len(key, j->sm->scheme);
    MUST(p11->C_SignInit(s.ses, &m, priv));
    for (size_t at = 0, step = 1; at < j->len; at += step, step = step * 2 + 1)
        MUST(
            p11->C_SignUpdate(s.ses, data + at, at + step > j->len ? j->len - at : step));
    MUST(p11->C_SignFinal(s.ses, NULL, &n));
    CHECK(n == want);
    n = 1;
    RV(CKR_BUFFER_TOO_SMALL, p11->C_SignFinal(s.ses, sig, &n));
    n = sizeof sig;
    MUST(p11->C_SignFinal(s.ses, sig, &n));
    CHECK(openssl_verifies(key, j, sig, n));
    RV(CKR_OPERATION_NOT_INITIALIZED, p11->C_SignFinal(s.ses, sig, &n));
    MUST(p11->C_VerifyInit(s.ses, &m, pub));
    MUST(p11->C_VerifyUpdate(s.ses, data, 100));
    MUST(p11->C_VerifyUpdate(s.ses, data + 100, j->len - 100));
    RV(CKR_OK, p11->C_VerifyFinal(s.ses, sig, n));
    MUST(p11->C_VerifyInit(s.ses, &m, pub));
    MUST(p11->C_VerifyUpdate(s.ses, data, j->len));
    sig[0] ^= 1;
    RV(CKR_SIGNATURE_INVALID, p11->C_VerifyFinal(s.ses, sig, n));
    /* a mixture of the two is refused */
    MUST(p11->C_SignInit(s.ses, &m, priv));
    MUST(p11->C_SignUpdate(s.ses, data, 10));
    n = sizeof sig;
    RV_IN(p11->C_Sign(s.ses, data, j->len, sig, &n), CKR_OPERATION_ACTIVE,
          CKR_OPERATION_NOT_INITIALIZED, CKR_FUNCTION_FAILED);
}

static void all_mechanisms(bool ec, const char *key_name, CK_OBJECT_HANDLE pub,
                           CK_OBJECT_HANDLE priv)
{
    EVP_PKEY *key = p11_public(s.ses, pub);
    NEED(key);
    for (size_t i = 0; i < NR(mechs); i++) {
        char name[64];
        struct job j;
        if ((mechs[i].scheme == ECDSA) != ec)
            continue;
        snprintf(name, sizeof name, "%s %s", key_name, mechs[i].name);
        row(name);
        if (!has_mech(mechs[i].m, CKF_SIGN)) {
            CHECK(!is_ours() && !has_mech(mechs[i].m, CKF_SIGN | CKF_VERIFY));
            continue;
        }
        job_init(&j, &mechs[i]);
        sign_and_verify(&j, pub, priv, key);
        if (mechs[i].hash)
            multipart(&j, pub, priv, key);
    }
    EVP_PKEY_free(key);
}

static void test_ecdsa(void)
{
    CK_OBJECT_HANDLE pub, priv;
    for (size_t i = 0; i < NR(p11_curves); i++) {
        row(p11_curves[i].name);
        MUST(p11_gen_ec(s.ses, &p11_curves[i], i == 0, "k", &pub, &priv));
        all_mechanisms(true, p11_curves[i].name, pub, priv);
    }
}

static void test_rsa(void)
{
    CK_OBJECT_HANDLE pub, priv;
    MUST(p11_gen_rsa(s.ses, 2048, true, "k", &pub, &priv));
    all_mechanisms(false, "RSA-2048", pub, priv);
    MUST(p11_gen_rsa(s.ses, 3072, false, "k", &pub, &priv));
    all_mechanisms(false, "RSA-3072", pub, priv);
}

static void test_rsa_4096(void)
{
    CK_OBJECT_HANDLE pub, priv;
    struct job j;
    MUST(p11_gen_rsa(s.ses, 4096, false, "k", &pub, &priv));
    EVP_PKEY *key = p11_public(s.ses, pub);
    NEED(key);
    CHECK(EVP_PKEY_bits(key) == 4096);
    job_init(&j, &mechs[9]);
    sign_and_verify(&j, pub, priv, key);
    EVP_PKEY_free(key);
}

/* The raw mechanism signs digests of any length, as ECDSA says: longer ones are
 * truncated. */
static void test_raw_lengths(void)
{
    CK_OBJECT_HANDLE pub, priv;
    unsigned char sig[64], d[64];
    MUST(p11_gen_ec(s.ses, &p11_curves[0], false, "k", &pub, &priv));
    EVP_PKEY *key = p11_public(s.ses, pub);
    NEED(key);
    memset(d, 0x5a, sizeof d);
    for (CK_ULONG len = 20; len <= 64; len += 4) {
        CK_ULONG n = sizeof sig;
        char name[32];
        snprintf(name, sizeof name, "%lu bytes", len);
        row(name);
        MUST(p11->C_SignInit(s.ses, M0(CKM_ECDSA), priv));
        MUST(p11->C_Sign(s.ses, d, len, sig, &n));
        CHECK(ecdsa_verify(key, d, len, sig, n));
    }
    EVP_PKEY_free(key);
}

static void test_rsa_raw_lengths(void)
{
    CK_OBJECT_HANDLE pub, priv;
    unsigned char sig[256], d[256] = {1};
    CK_ULONG n = sizeof sig;
    MUST(p11_gen_rsa(s.ses, 2048, false, "k", &pub, &priv));
    MUST(p11->C_SignInit(s.ses, M0(CKM_RSA_PKCS), priv));
    RV(CKR_OK, p11->C_Sign(s.ses, d, 245, sig, &n));
    MUST(p11->C_SignInit(s.ses, M0(CKM_RSA_PKCS), priv));
    n = sizeof sig;
    RV(CKR_DATA_LEN_RANGE, p11->C_Sign(s.ses, d, 246, sig, &n));
    /* the error ended the operation */
    RV(CKR_OPERATION_NOT_INITIALIZED, p11->C_Sign(s.ses, d, 20, sig, &n));
}

static void test_wrong_keys(void)
{
    CK_OBJECT_HANDLE epub, epriv, rpub, rpriv, aes;
    MUST(p11_gen_ec(s.ses, &p11_curves[0], false, "k", &epub, &epriv));
    MUST(p11_gen_rsa(s.ses, 2048, false, "k", &rpub, &rpriv));
    MUST(p11_gen_aes(s.ses, 16, &aes));
    RV_IN(p11->C_SignInit(s.ses, M0(CKM_ECDSA), rpriv), CKR_KEY_TYPE_INCONSISTENT);
    RV_IN(p11->C_SignInit(s.ses, M0(CKM_SHA256_RSA_PKCS), epriv),
          CKR_KEY_TYPE_INCONSISTENT);
    RV_IN(p11->C_SignInit(s.ses, M0(CKM_ECDSA), aes), CKR_KEY_TYPE_INCONSISTENT,
          CKR_KEY_FUNCTION_NOT_PERMITTED);
    RV_IN(p11->C_SignInit(s.ses, M0(CKM_ECDSA), epub), CKR_KEY_FUNCTION_NOT_PERMITTED,
          CKR_KEY_TYPE_INCONSISTENT);
    RV_IN(p11->C_VerifyInit(s.ses, M0(CKM_ECDSA), epriv), CKR_KEY_FUNCTION_NOT_PERMITTED,
          CKR_KEY_TYPE_INCONSISTENT);
    RV_IN(p11->C_SignInit(s.ses, M0(CKM_SHA256_HMAC), aes), CKR_KEY_TYPE_INCONSISTENT,
          CKR_OK);
    p11->C_SignInit(s.ses, NULL, 0);
    RV(CKR_KEY_HANDLE_INVALID, p11->C_VerifyInit(s.ses, M0(CKM_ECDSA), 0));
    RV(CKR_KEY_HANDLE_INVALID, p11->C_VerifyInit(s.ses, M0(CKM_ECDSA), (CK_ULONG)-1));
    RV(CKR_MECHANISM_INVALID, p11->C_VerifyInit(s.ses, M0(CKM_SHA256), epub));
    RV(CKR_MECHANISM_INVALID, p11->C_VerifyInit(s.ses, M0(0x80001234UL), epub));
}

static void test_pss_parameters(void)
{
    CK_OBJECT_HANDLE pub, priv;
    CK_RSA_PKCS_PSS_PARAMS ok = {CKM_SHA256, 2, 32};
    const struct {
        const char *name;
        CK_MECHANISM_TYPE m;
        CK_RSA_PKCS_PSS_PARAMS p;
        CK_ULONG len;
    } rows[] = {
        {"no parameter", CKM_SHA256_RSA_PKCS_PSS, ok, 0},
        {"cut", CKM_SHA256_RSA_PKCS_PSS, ok, sizeof ok - 1},
        {"other hash", CKM_SHA256_RSA_PKCS_PSS, {CKM_SHA384, 3, 48}, sizeof ok},
        {"hash unknown", CKM_RSA_PKCS_PSS, {CKM_AES_CBC, 2, 32}, sizeof ok},
        {"mgf unknown", CKM_RSA_PKCS_PSS, {CKM_SHA256, 77, 32}, sizeof ok},
        {"salt too long", CKM_RSA_PKCS_PSS, {CKM_SHA256, 2, 4096}, sizeof ok},
    };
    MUST(p11_gen_rsa(s.ses, 2048, false, "k", &pub, &priv));
    for (size_t i = 0; i < NR(rows); i++) {
        CK_RSA_PKCS_PSS_PARAMS p = rows[i].p;
        CK_MECHANISM m = {rows[i].m, rows[i].len ? &p : NULL, rows[i].len};
        row(rows[i].name);
        RV_IN(p11->C_SignInit(s.ses, &m, priv), CKR_MECHANISM_PARAM_INVALID,
              CKR_ARGUMENTS_BAD);
        p11->C_SignInit(s.ses, NULL, 0);
    }
}

/* --- MACs
 * -------------------------------------------------------------------------------------
 */

static const struct {
    const char *name;
    CK_MECHANISM_TYPE m, general;
    CK_KEY_TYPE key;
    const char *mac, *hash; /* OpenSSL's */
    size_t key_len, out;
} macs[] = {
    {"SHA1-HMAC", CKM_SHA_1_HMAC, CKM_SHA_1_HMAC_GENERAL, CKK_GENERIC_SECRET, "HMAC",
     "SHA1", 32, 20},
    {"SHA224-HMAC", CKM_SHA224_HMAC, CKM_SHA224_HMAC_GENERAL, CKK_GENERIC_SECRET, "HMAC",
     "SHA224", 32, 28},
    {"SHA256-HMAC", CKM_SHA256_HMAC, CKM_SHA256_HMAC_GENERAL, CKK_GENERIC_SECRET, "HMAC",
     "SHA256", 48, 32},
    {"SHA384-HMAC", CKM_SHA384_HMAC, CKM_SHA384_HMAC_GENERAL, CKK_GENERIC_SECRET, "HMAC",
     "SHA384", 64, 48},
    {"SHA512-HMAC", CKM_SHA512_HMAC, CKM_SHA512_HMAC_GENERAL, CKK_GENERIC_SECRET, "HMAC",
     "SHA512", 64, 64},
    {"AES-128-CMAC", CKM_AES_CMAC, CKM_AES_CMAC_GENERAL, CKK_AES, "CMAC", "AES-128-CBC",
     16, 16},
    {"AES-256-CMAC", CKM_AES_CMAC, CKM_AES_CMAC_GENERAL, CKK_AES, "CMAC", "AES-256-CBC",
     32, 16},
};

static void test_macs(void)
{
    unsigned char key[64], want[64], got[64];
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (unsigned char)(i * 3 + 1);
    for (size_t i = 0; i < NR(macs); i++) {
        CK_OBJECT_HANDLE k;
        CK_ULONG n = 0;
        size_t out = 0;
        CK_BYTE_PTR data = (CK_BYTE_PTR)(uintptr_t)text;
        row(macs[i].name);
        EVP_Q_mac(NULL, macs[i].mac, NULL, macs[i].hash, NULL, key, macs[i].key_len, text,
                  sizeof text, want, sizeof want, &out);
        NEED(out == macs[i].out);
        MUST(p11_import_secret(s.ses, macs[i].key, key, macs[i].key_len, &k));
        MUST(p11->C_SignInit(s.ses, M0(macs[i].m), k));
        MUST(p11->C_Sign(s.ses, data, sizeof text, NULL, &n));
        CHECK(n == macs[i].out);
        MUST(p11->C_Sign(s.ses, data, sizeof text, got, &n));
        CHECK(n == out && memcmp(got, want, out) == 0);
        MUST(p11->C_SignInit(s.ses, M0(macs[i].m), k));
        MUST(p11->C_SignUpdate(s.ses, data, 63));
        MUST(p11->C_SignUpdate(s.ses, data + 63, 0));
        MUST(p11->C_SignUpdate(s.ses, data + 63, sizeof text - 63));
        n = sizeof got;
        MUST(p11->C_SignFinal(s.ses, got, &n));
        CHECK(n == out && memcmp(got, want, out) == 0);
        MUST(p11->C_VerifyInit(s.ses, M0(macs[i].m), k));
        RV(CKR_OK, p11->C_Verify(s.ses, data, sizeof text, got, n));
        got[n - 1] ^= 1;
        MUST(p11->C_VerifyInit(s.ses, M0(macs[i].m), k));
        RV(CKR_SIGNATURE_INVALID, p11->C_Verify(s.ses, data, sizeof text, got, n));
        MUST(p11->C_VerifyInit(s.ses, M0(macs[i].m), k));
        RV(CKR_SIGNATURE_LEN_RANGE, p11->C_Verify(s.ses, data, sizeof text, got, n - 1));
        if (!has_mech(macs[i].general, CKF_SIGN))
            continue;
        CK_ULONG cut = 10, over = macs[i].out + 1;
        MUST(p11->C_SignInit(s.ses, MP(macs[i].general, cut), k));
        n = sizeof got;
        MUST(p11->C_Sign(s.ses, data, sizeof text, got, &n));
        CHECK(n == cut && memcmp(got, want, cut) == 0);
        RV(CKR_MECHANISM_PARAM_INVALID,
           p11->C_SignInit(s.ses, MP(macs[i].general, over), k));
    }
}

static const struct test tests[] = {
    {"ecdsa", NEED_USER, test_ecdsa},
    {"rsa", NEED_USER, test_rsa},
    {"rsa_4096", NEED_USER, test_rsa_4096},
    {"ecdsa_of_any_digest_length", NEED_USER, test_raw_lengths},
    {"rsa_pkcs_length_limits", NEED_USER, test_rsa_raw_lengths},
    {"wrong_keys_and_mechanisms", NEED_USER, test_wrong_keys},
    {"pss_parameters", NEED_USER, test_pss_parameters},
    {"macs", NEED_USER, test_macs},
};
const struct topic topic_sign = {"sign", tests, NR(tests)};
