/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Topic cipher: symmetric and RSA encryption and digests, compared with OpenSSL both
 * ways; length queries, parts of every size, short buffers, and what a damaged ciphertext
 * answers.
 */
#include <openssl/rsa.h>
#include "test/system/p11suite.h"

static unsigned char key_bytes[32], iv[16], text[1000];

static void fill(void)
{
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (unsigned char)(i * 31 + i / 7);
    for (size_t i = 0; i < sizeof key_bytes; i++)
        key_bytes[i] = (unsigned char)(0x80 + i);
    for (size_t i = 0; i < sizeof iv; i++)
        iv[i] = (unsigned char)(0xf0 + i);
}

static const struct ciph {
    const char *name;
    CK_MECHANISM_TYPE m;
    const char *evp; /* with %u for the key bits */
    size_t param;    /* bytes of IV as parameter */
    bool pad, whole; /* PKCS padding; multiples of the block only */
} ciphs[] = {
    {"AES-ECB", CKM_AES_ECB, "AES-%u-ECB", 0, false, true},
    {"AES-CBC", CKM_AES_CBC, "AES-%u-CBC", 16, false, true},
    {"AES-CBC-PAD", CKM_AES_CBC_PAD, "AES-%u-CBC", 16, true, false},
    {"AES-CTR", CKM_AES_CTR, "AES-%u-CTR", 16, false, false},
};

static size_t openssl_encrypt(const struct ciph *c, unsigned bits,
                              const unsigned char *in, size_t len, unsigned char *out)
{
    char name[32];
    int n = 0, m = 0;
    snprintf(name, sizeof name, c->evp, bits);
    EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex(x, EVP_get_cipherbyname(name), NULL, key_bytes, iv);
    EVP_CIPHER_CTX_set_padding(x, c->pad);
    EVP_EncryptUpdate(x, out, &n, in, (int)len);
    EVP_EncryptFinal_ex(x, out + n, &m);
    EVP_CIPHER_CTX_free(x);
    return (size_t)(n + m);
}

static CK_AES_CTR_PARAMS ctr;

static CK_MECHANISM mech_of(const struct ciph *c)
{
    if (c->m == CKM_AES_CTR) {
        ctr.ulCounterBits = 128;
        memcpy(ctr.cb, iv, sizeof ctr.cb);
        return (CK_MECHANISM){c->m, &ctr, sizeof ctr};
    }
    return (CK_MECHANISM){c->m, c->param ? iv : NULL, c->param};
}

static void one_length(const struct ciph *c, unsigned bits, CK_OBJECT_HANDLE k,
                       size_t len)
{
    static unsigned char want[1100], got[1100], back[1100];
    CK_MECHANISM m = mech_of(c);
    CK_ULONG n = 0;
    size_t w = openssl_encrypt(c, bits, text, len, want);
    MUST(p11->C_EncryptInit(s.ses, &m, k));
    MUST(p11->C_Encrypt(s.ses, text, len, NULL, &n));
    CHECK(n >= w && n <= w + 16);
    if (w > 1) {
        n = w - 1;
        RV(CKR_BUFFER_TOO_SMALL, p11->C_Encrypt(s.ses, text, len, got, &n));
    }
    n = sizeof got;
    MUST(p11->C_Encrypt(s.ses, text, len, got, &n));
    CHECK(n == w && memcmp(got, want, w) == 0);
    MUST(p11->C_DecryptInit(s.ses, &m, k));
    n = sizeof back;
    MUST(p11->C_Decrypt(s.ses, want, w, back, &n));
    CHECK(n == len && memcmp(back, text, len) == 0);
}

static void parts(const struct ciph *c, unsigned bits, CK_OBJECT_HANDLE k, size_t len,
                  size_t step)
{
    static unsigned char want[1100], got[1100];
    CK_MECHANISM m = mech_of(c);
    CK_ULONG at = 0, n;
    size_t w = openssl_encrypt(c, bits, text, len, want);
    for (int dir = 0; dir < 2; dir++) {
        unsigned char *in = dir ? want : text;
        size_t in_len = dir ? w : len;
        at = 0;
        MUST(dir ? p11->C_DecryptInit(s.ses, &m, k) : p11->C_EncryptInit(s.ses, &m, k));
        for (size_t i = 0; i < in_len; i += step) {
            size_t part = in_len - i < step ? in_len - i : step;
            n = sizeof got - at;
            MUST(dir ? p11->C_DecryptUpdate(s.ses, in + i, part, got + at, &n)
                     : p11->C_EncryptUpdate(s.ses, in + i, part, got + at, &n));
            at += n;
        }
        n = sizeof got - at;
        MUST(dir ? p11->C_DecryptFinal(s.ses, got + at, &n)
                 : p11->C_EncryptFinal(s.ses, got + at, &n));
        at += n;
        CHECK(at == (dir ? len : w) && memcmp(got, dir ? text : want, at) == 0);
    }
}

static void test_symmetric(void)
{
    static const size_t lengths[] = {16, 32, 160, 992, 1, 15, 17, 1000};
    fill();
    for (size_t i = 0; i < NR(ciphs); i++)
        for (unsigned bits = 128; bits <= 256; bits += 64) {
            CK_OBJECT_HANDLE k;
            char name[64];
            snprintf(name, sizeof name, "%s-%u", ciphs[i].name, bits);
            row(name);
            if (!has_mech(ciphs[i].m, CKF_ENCRYPT)) {
                CHECK(!"the mechanism exists");
                continue;
            }
            MUST(p11_import_secret(s.ses, CKK_AES, key_bytes, bits / 8, &k));
            for (size_t l = 0; l < NR(lengths); l++)
                if (!ciphs[i].whole || lengths[l] % 16 == 0)
                    one_length(&ciphs[i], bits, k, lengths[l]);
            for (size_t step = 1; step < 100; step = step * 3 + 2)
                parts(&ciphs[i], bits, k, ciphs[i].whole ? 160 : 167, step);
        }
}

static void test_wrong_lengths(void)
{
    CK_OBJECT_HANDLE k;
    unsigned char out[64];
    CK_ULONG n;
    fill();
    MUST(p11_import_secret(s.ses, CKK_AES, key_bytes, 16, &k));
    static const struct {
        const char *name;
        size_t i; /* of ciphs */
        CK_ULONG len;
        bool decrypt;
    } rows[] = {{"ECB 15", 0, 15, false},        {"CBC 17", 1, 17, false},
                {"ECB decrypt 15", 0, 15, true}, {"CBC decrypt 31", 1, 31, true},
                {"PAD decrypt 31", 2, 31, true}, {"PAD decrypt 0", 2, 0, true}};
    for (size_t i = 0; i < NR(rows); i++) {
        CK_MECHANISM m = mech_of(&ciphs[rows[i].i]);
        row(rows[i].name);
        n = sizeof out;
        if (rows[i].decrypt) {
            MUST(p11->C_DecryptInit(s.ses, &m, k));
            RV_IN(p11->C_Decrypt(s.ses, text, rows[i].len, out, &n),
                  CKR_ENCRYPTED_DATA_LEN_RANGE, CKR_ENCRYPTED_DATA_INVALID,
                  rows[i].len ? CKR_ENCRYPTED_DATA_INVALID : CKR_ARGUMENTS_BAD);
            RV(CKR_OPERATION_NOT_INITIALIZED, p11->C_Decrypt(s.ses, text, 16, out, &n));
        } else {
            MUST(p11->C_EncryptInit(s.ses, &m, k));
            RV(CKR_DATA_LEN_RANGE, p11->C_Encrypt(s.ses, text, rows[i].len, out, &n));
            RV(CKR_OPERATION_NOT_INITIALIZED, p11->C_Encrypt(s.ses, text, 16, out, &n));
        }
    }
}

static void test_bad_padding(void)
{
    CK_OBJECT_HANDLE k;
    unsigned char out[64], c[48] = {0};
    CK_ULONG n = sizeof out;
    CK_MECHANISM m;
    fill();
    m = mech_of(&ciphs[2]);
    MUST(p11_import_secret(s.ses, CKK_AES, key_bytes, 16, &k));
    MUST(p11->C_DecryptInit(s.ses, &m, k));
    RV_IN(p11->C_Decrypt(s.ses, c, sizeof c, out, &n), CKR_ENCRYPTED_DATA_INVALID);
}

static void test_iv_rules(void)
{
    CK_OBJECT_HANDLE k;
    fill();
    MUST(p11_import_secret(s.ses, CKK_AES, key_bytes, 16, &k));
    static const struct {
        const char *name;
        CK_MECHANISM_TYPE m;
        bool null;
        CK_ULONG len;
    } rows[] = {
        {"CBC none", CKM_AES_CBC, true, 0},     {"CBC null 16", CKM_AES_CBC, true, 16},
        {"CBC 15", CKM_AES_CBC, false, 15},     {"CBC 17", CKM_AES_CBC, false, 17},
        {"PAD 12", CKM_AES_CBC_PAD, false, 12}, {"CTR none", CKM_AES_CTR, true, 0},
        {"CTR 16", CKM_AES_CTR, false, 16},     {"GCM none", CKM_AES_GCM, true, 0},
        {"GCM 16", CKM_AES_GCM, false, 16},
    };
    for (size_t i = 0; i < NR(rows); i++) {
        CK_MECHANISM m = {rows[i].m, rows[i].null ? NULL : text, rows[i].len};
        row(rows[i].name);
        RV_IN(p11->C_EncryptInit(s.ses, &m, k), CKR_MECHANISM_PARAM_INVALID,
              CKR_ARGUMENTS_BAD);
        RV_IN(p11->C_DecryptInit(s.ses, &m, k), CKR_MECHANISM_PARAM_INVALID,
              CKR_ARGUMENTS_BAD);
    }
}

/* --- AES-GCM
 * ---------------------------------------------------------------------------------- */

static size_t openssl_gcm(size_t iv_len, size_t aad, size_t len, size_t tag,
                          unsigned char *out)
{
    int n = 0, m = 0;
    EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex(x, EVP_aes_256_gcm(), NULL, NULL, NULL);
    EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_GCM_SET_IVLEN, (int)iv_len, NULL);
    EVP_EncryptInit_ex(x, NULL, NULL, key_bytes, text + 500);
    if (aad)
        EVP_EncryptUpdate(x, NULL, &m, text + 600, (int)aad);
    if (len)
        EVP_EncryptUpdate(x, out, &n, text, (int)len);
    EVP_EncryptFinal_ex(x, out + n, &m);
    EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_GCM_GET_TAG, (int)tag, out + n);
    EVP_CIPHER_CTX_free(x);
    return (size_t)n + tag;
}

static CK_GCM_PARAMS gcm_params(size_t iv_len, size_t aad, size_t tag)
{
    return (CK_GCM_PARAMS){.pIv = text + 500,
                           .ulIvLen = iv_len,
                           .ulIvBits = iv_len * 8,
                           .pAAD = aad ? text + 600 : NULL,
                           .ulAADLen = aad,
                           .ulTagBits = tag * 8};
}

static void test_gcm(void)
{
    static const struct {
        size_t iv, aad, len, tag;
    } rows[] = {{12, 0, 0, 16},     {12, 0, 16, 16}, {12, 20, 0, 16}, {12, 20, 37, 16},
                {12, 100, 400, 12}, {16, 5, 33, 16}, {60, 5, 33, 13}, {12, 20, 400, 14}};
    static unsigned char want[500], got[500], back[500];
    CK_OBJECT_HANDLE k;
    fill();
    MUST(p11_import_secret(s.ses, CKK_AES, key_bytes, 32, &k));
    for (size_t i = 0; i < NR(rows); i++) {
        char name[64];
        CK_GCM_PARAMS p = gcm_params(rows[i].iv, rows[i].aad, rows[i].tag);
        size_t len = rows[i].len,
               w = openssl_gcm(rows[i].iv, rows[i].aad, len, rows[i].tag, want);
        CK_ULONG n = 0, at = 0;
        snprintf(name, sizeof name, "iv %zu aad %zu text %zu tag %zu", rows[i].iv,
                 rows[i].aad, len, rows[i].tag);
        row(name);
        MUST(p11->C_EncryptInit(s.ses, MP(CKM_AES_GCM, p), k));
        MUST(p11->C_Encrypt(s.ses, text, len, NULL, &n));
        CHECK(n >= w);
        n = sizeof got;
        MUST(p11->C_Encrypt(s.ses, text, len, got, &n));
        CHECK(n == w && memcmp(got, want, w) == 0);
        MUST(p11->C_DecryptInit(s.ses, MP(CKM_AES_GCM, p), k));
        n = sizeof back;
        MUST(p11->C_Decrypt(s.ses, want, w, back, &n));
        CHECK(n == len && memcmp(back, text, len) == 0);
        MUST(p11->C_EncryptInit(s.ses, MP(CKM_AES_GCM, p), k));
        for (size_t j = 0; j < len; j += 13) {
            n = sizeof got - at;
            MUST(p11->C_EncryptUpdate(s.ses, text + j, len - j < 13 ? len - j : 13,
                                      got + at, &n));
            at += n;
        }
        n = sizeof got - at;
        MUST(p11->C_EncryptFinal(s.ses, got + at, &n));
        CHECK(at + n == w && memcmp(got, want, w) == 0);
        MUST(p11->C_DecryptInit(s.ses, MP(CKM_AES_GCM, p), k));
        at = 0;
        for (size_t j = 0; j < w; j += 11) {
            n = sizeof back - at;
            MUST(p11->C_DecryptUpdate(s.ses, want + j, w - j < 11 ? w - j : 11, back + at,
                                      &n));
            at += n;
        }
        n = sizeof back - at;
        MUST(p11->C_DecryptFinal(s.ses, back + at, &n));
        CHECK(at + n == len && memcmp(back, text, len) == 0);
    }
}

/* A forged message gives an error and not a byte of plaintext. */
static void test_gcm_forgery(void)
{
    static unsigned char c[200], back[200];
    CK_OBJECT_HANDLE k;
    CK_ULONG n;
    fill();
    MUST(p11_import_secret(s.ses, CKK_AES, key_bytes, 32, &k));
    CK_GCM_PARAMS p = gcm_params(12, 20, 16);
    size_t w = openssl_gcm(12, 20, 100, 16, c);
    for (size_t i = 0; i < w; i += 23) {
        c[i] ^= 1;
        memset(back, 0xee, sizeof back);
        n = sizeof back;
        MUST(p11->C_DecryptInit(s.ses, MP(CKM_AES_GCM, p), k));
        RV_IN(p11->C_Decrypt(s.ses, c, w, back, &n), CKR_ENCRYPTED_DATA_INVALID,
              CKR_SIGNATURE_INVALID);
        CHECK(memcmp(back, text, 16) != 0);
        c[i] ^= 1;
    }
    MUST(p11->C_DecryptInit(s.ses, MP(CKM_AES_GCM, p), k));
    n = sizeof back;
    RV_IN(p11->C_Decrypt(s.ses, c, 15, back, &n), CKR_ENCRYPTED_DATA_INVALID,
          CKR_ENCRYPTED_DATA_LEN_RANGE);
    static const struct {
        const char *name;
        size_t iv, aad, tag;
    } rows[] = {
        {"no iv", 0, 0, 16}, {"tag of 17", 12, 0, 17}, {"tag of 200", 12, 0, 200}};
    for (size_t i = 0; i < NR(rows); i++) {
        CK_GCM_PARAMS bad = gcm_params(rows[i].iv, rows[i].aad, rows[i].tag);
        row(rows[i].name);
        RV(CKR_MECHANISM_PARAM_INVALID,
           p11->C_EncryptInit(s.ses, MP(CKM_AES_GCM, bad), k));
    }
    row("null pointers with lengths");
    CK_GCM_PARAMS null = gcm_params(12, 20, 16);
    null.pIv = NULL;
    RV_IN(p11->C_EncryptInit(s.ses, MP(CKM_AES_GCM, null), k),
          CKR_MECHANISM_PARAM_INVALID, CKR_ARGUMENTS_BAD);
    null = gcm_params(12, 20, 16);
    null.pAAD = NULL;
    RV_IN(p11->C_EncryptInit(s.ses, MP(CKM_AES_GCM, null), k),
          CKR_MECHANISM_PARAM_INVALID, CKR_ARGUMENTS_BAD);
}

/* --- RSA
 * --------------------------------------------------------------------------------------
 */

static size_t rsa_encrypt(EVP_PKEY *key, int pad, const EVP_MD *md,
                          const unsigned char *in, size_t len, unsigned char *out,
                          size_t cap)
{
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
    size_t n = cap;
    bool ok = EVP_PKEY_encrypt_init(c) == 1 && EVP_PKEY_CTX_set_rsa_padding(c, pad) == 1;
    if (ok && md)
        ok = EVP_PKEY_CTX_set_rsa_oaep_md(c, md) == 1 &&
             EVP_PKEY_CTX_set_rsa_mgf1_md(c, md) == 1;
    ok = ok && EVP_PKEY_encrypt(c, out, &n, in, len) == 1;
    EVP_PKEY_CTX_free(c);
    return ok ? n : 0;
}

static void test_rsa(void)
{
    CK_OBJECT_HANDLE pub, priv;
    unsigned char c[256], back[256];
    fill();
    MUST(p11_gen_rsa(s.ses, 2048, false, "r", &pub, &priv));
    EVP_PKEY *key = p11_public(s.ses, pub);
    NEED(key);
    CK_RSA_PKCS_OAEP_PARAMS sha1 = {CKM_SHA_1, 1, 1, NULL, 0},
                            sha256 = {CKM_SHA256, 2, 1, NULL, 0};
    const struct {
        const char *name;
        CK_MECHANISM m;
        int pad;
        const EVP_MD *md;
        CK_ULONG max;
    } rows[] = {{"PKCS", {CKM_RSA_PKCS, NULL, 0}, RSA_PKCS1_PADDING, NULL, 245},
                {"OAEP SHA-1",
                 {CKM_RSA_PKCS_OAEP, &sha1, sizeof sha1},
                 RSA_PKCS1_OAEP_PADDING,
                 EVP_sha1(),
                 214},
                {"OAEP SHA-256",
                 {CKM_RSA_PKCS_OAEP, &sha256, sizeof sha256},
                 RSA_PKCS1_OAEP_PADDING,
                 EVP_sha256(),
                 190}};
    for (size_t i = 0; i < NR(rows); i++) {
        CK_MECHANISM m = rows[i].m;
        CK_ULONG n = 0;
        row(rows[i].name);
        if (p11->C_DecryptInit(s.ses, &m, priv) == CKR_MECHANISM_PARAM_INVALID &&
            !is_ours()) {
            CHECK(!"these parameters are taken");
            continue;
        }
        size_t w = rsa_encrypt(key, rows[i].pad, rows[i].md, text, 40, c, sizeof c);
        NEED(w == 256);
        MUST(p11->C_Decrypt(s.ses, c, w, NULL, &n));
        CHECK(n >= 40 && n <= 256);
        n = sizeof back;
        MUST(p11->C_Decrypt(s.ses, c, w, back, &n));
        CHECK(n == 40 && memcmp(back, text, 40) == 0);
        n = sizeof c;
        MUST(p11->C_EncryptInit(s.ses, &m, pub));
        MUST(p11->C_Encrypt(s.ses, text, rows[i].max, c, &n));
        CHECK(n == 256);
        MUST(p11->C_DecryptInit(s.ses, &m, priv));
        n = sizeof back;
        MUST(p11->C_Decrypt(s.ses, c, 256, back, &n));
        CHECK(n == rows[i].max && memcmp(back, text, n) == 0);
        MUST(p11->C_EncryptInit(s.ses, &m, pub));
        n = sizeof c;
        RV(CKR_DATA_LEN_RANGE, p11->C_Encrypt(s.ses, text, rows[i].max + 1, c, &n));
        MUST(p11->C_DecryptInit(s.ses, &m, priv));
        n = sizeof back;
        RV_IN(p11->C_Decrypt(s.ses, c, 255, back, &n), CKR_ENCRYPTED_DATA_LEN_RANGE,
              CKR_ENCRYPTED_DATA_INVALID);
    }
    EVP_PKEY_free(key);
}

/* --- digests
 * ---------------------------------------------------------------------------------- */

static void test_digests(void)
{
    static const struct {
        const char *name;
        CK_MECHANISM_TYPE m;
        CK_ULONG len;
    } rows[] = {{"SHA1", CKM_SHA_1, 20},
                {"SHA224", CKM_SHA224, 28},
                {"SHA256", CKM_SHA256, 32},
                {"SHA384", CKM_SHA384, 48},
                {"SHA512", CKM_SHA512, 64}};
    unsigned char want[64], got[64];
    unsigned w;
    fill();
    for (size_t i = 0; i < NR(rows); i++) {
        CK_ULONG n = 0;
        row(rows[i].name);
        EVP_Digest(text, sizeof text, want, &w, EVP_get_digestbyname(rows[i].name), NULL);
        for (int round = 0; round < 2; round++) {
            MUST(p11->C_DigestInit(s.ses, M0(rows[i].m)));
            RV(CKR_OPERATION_ACTIVE, p11->C_DigestInit(s.ses, M0(rows[i].m)));
            n = 0;
            MUST(p11->C_Digest(s.ses, text, sizeof text, NULL, &n));
            CHECK(n == rows[i].len);
            n--;
            RV(CKR_BUFFER_TOO_SMALL, p11->C_Digest(s.ses, text, sizeof text, got, &n));
            CHECK(n == rows[i].len);
            MUST(p11->C_Digest(s.ses, text, sizeof text, got, &n));
            CHECK(n == w && memcmp(got, want, w) == 0);
            RV(CKR_OPERATION_NOT_INITIALIZED,
               p11->C_Digest(s.ses, text, sizeof text, got, &n));
        }
        MUST(p11->C_DigestInit(s.ses, M0(rows[i].m)));
        for (size_t at = 0, step = 1; at < sizeof text; at += step, step += 9)
            MUST(p11->C_DigestUpdate(s.ses, text + at,
                                     sizeof text - at < step ? sizeof text - at : step));
        MUST(p11->C_DigestFinal(s.ses, NULL, &n));
        n = sizeof got;
        MUST(p11->C_DigestFinal(s.ses, got, &n));
        CHECK(n == w && memcmp(got, want, w) == 0);
        EVP_Digest("", 0, want, &w, EVP_get_digestbyname(rows[i].name), NULL);
        MUST(p11->C_DigestInit(s.ses, M0(rows[i].m)));
        MUST(p11->C_DigestFinal(s.ses, got, &n));
        CHECK(memcmp(got, want, w) == 0);
    }
    row("arguments");
    RV(CKR_MECHANISM_INVALID, p11->C_DigestInit(s.ses, M0(CKM_AES_ECB)));
    RV(CKR_MECHANISM_PARAM_INVALID,
       p11->C_DigestInit(s.ses, &(CK_MECHANISM){CKM_SHA256, text, 4}));
}

static void test_digest_key(void)
{
    CK_OBJECT_HANDLE k, secret;
    unsigned char want[32], got[32], both[1032];
    unsigned w;
    CK_ULONG n = sizeof got;
    fill();
    memcpy(both, text, sizeof text);
    memcpy(both + sizeof text, key_bytes, 32);
    EVP_Digest(both, sizeof both, want, &w, EVP_sha256(), NULL);
    MUST(p11_import_secret(s.ses, CKK_GENERIC_SECRET, key_bytes, 32, &k));
    MUST(p11->C_DigestInit(s.ses, M0(CKM_SHA256)));
    MUST(p11->C_DigestUpdate(s.ses, text, sizeof text));
    MUST(p11->C_DigestKey(s.ses, k));
    MUST(p11->C_DigestFinal(s.ses, got, &n));
    CHECK(memcmp(got, want, 32) == 0);
    CK_OBJECT_HANDLE pub;
    MUST(p11_gen_ec(s.ses, &p11_curves[0], false, "k", &pub, &secret));
    MUST(p11->C_DigestInit(s.ses, M0(CKM_SHA256)));
    RV_IN(p11->C_DigestKey(s.ses, secret), CKR_KEY_INDIGESTIBLE, CKR_KEY_HANDLE_INVALID);
}

/* A message of one MiB takes the large path through shared memory. */
static void test_megabytes(void)
{
    enum { N = 5 << 20 };
    static unsigned char big[N], out[N + 16], back[N + 16];
    unsigned char want[32], got[32];
    unsigned w;
    CK_OBJECT_HANDLE k;
    CK_ULONG n = sizeof got;
    fill();
    for (size_t i = 0; i < N; i++)
        big[i] = (unsigned char)(i ^ i >> 8 ^ i >> 16);
    EVP_Digest(big, N, want, &w, EVP_sha256(), NULL);
    MUST(p11->C_DigestInit(s.ses, M0(CKM_SHA256)));
    MUST(p11->C_Digest(s.ses, big, N, got, &n));
    CHECK(memcmp(got, want, 32) == 0);
    MUST(p11_import_secret(s.ses, CKK_AES, key_bytes, 32, &k));
    static const size_t sizes[] = {1 << 20, (2 << 20) - 16, 2 << 20, (2 << 20) + 1, N};
    for (size_t i = 0; i < NR(sizes); i++) {
        CK_GCM_PARAMS p = gcm_params(12, 20, 16);
        n = sizeof out;
        MUST(p11->C_EncryptInit(s.ses, MP(CKM_AES_GCM, p), k));
        MUST(p11->C_Encrypt(s.ses, big, sizes[i], out, &n));
        CHECK(n == sizes[i] + 16);
        MUST(p11->C_DecryptInit(s.ses, MP(CKM_AES_GCM, p), k));
        n = sizeof back;
        MUST(p11->C_Decrypt(s.ses, out, sizes[i] + 16, back, &n));
        CHECK(n == sizes[i] && memcmp(back, big, n) == 0);
    }
}

static const struct test tests[] = {
    {"symmetric", NEED_USER, test_symmetric},
    {"wrong_lengths", NEED_USER, test_wrong_lengths},
    {"bad_padding", NEED_USER, test_bad_padding},
    {"iv_rules", NEED_USER, test_iv_rules},
    {"gcm", NEED_USER, test_gcm},
    {"gcm_forgery", NEED_USER, test_gcm_forgery},
    {"rsa", NEED_USER, test_rsa},
    {"digests", NEED_USER, test_digests},
    {"digest_key", NEED_USER, test_digest_key},
    {"megabytes", NEED_USER, test_megabytes},
};
const struct topic topic_cipher = {"cipher", tests, NR(tests)};
