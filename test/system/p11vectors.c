/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NIST's and RSA's test vectors through the PKCS#11 interface: each vector becomes an
 * imported key and one call of the token. One group per mechanism and set of files, one
 * TAP line per group with the number of vectors that ran. Skipped are vectors for sizes
 * that the token does not offer (RSA below 2048 bits, curves other than P-256, P-384 and
 * P-521); a group that ran none has failed.
 *
 *   p11vectors --module PATH [--vectors DIR] [--only NAME]
 */
#include <fnmatch.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "test/system/p11_util.h"
#include "test/system/p11vectors.h"

static CK_SESSION_HANDLE ses;

#define PASS_IF(x) ((x) ? PASSED : FAILED)

static const CK_ULONG cap = VALUE_MAX;
static unsigned char out[VALUE_MAX];

static bool out_is(CK_ULONG n, const struct value *want)
{
    return n == want->len && (n == 0 || memcmp(out, want->bytes, n) == 0);
}

/* --- symmetric
 * -------------------------------------------------------------------------------- */

static enum verdict run_cipher(const struct vector *v, const struct group *g)
{
    bool decrypt = strcmp(v->section, "DECRYPT") == 0;
    const struct value *key = vector_get(v, "KEY"), *iv = vector_get(v, "IV");
    const struct value *in = vector_get(v, decrypt ? "CIPHERTEXT" : "PLAINTEXT");
    const struct value *want = vector_get(v, decrypt ? "PLAINTEXT" : "CIPHERTEXT");
    CK_AES_CTR_PARAMS ctr = {.ulCounterBits = 128};
    CK_MECHANISM m = {g->mech, iv->len ? iv->bytes : NULL, iv->len};
    CK_OBJECT_HANDLE k;
    CK_ULONG n = cap;
    if (g->mech == CKM_AES_CTR) {
        memcpy(ctr.cb, iv->bytes, 16);
        m = (CK_MECHANISM){g->mech, &ctr, sizeof ctr};
    }
    if (p11_import_secret(ses, CKK_AES, key->bytes, key->len, &k) != CKR_OK)
        return FAILED;
    CK_RV rv = decrypt ? p11->C_DecryptInit(ses, &m, k) : p11->C_EncryptInit(ses, &m, k);
    if (rv == CKR_OK)
        rv = decrypt ? p11->C_Decrypt(ses, in->bytes, in->len, out, &n)
                     : p11->C_Encrypt(ses, in->bytes, in->len, out, &n);
    p11->C_DestroyObject(ses, k);
    return PASS_IF(rv == CKR_OK && out_is(n, want));
}

/* The files name the last value differently in their two halves; judge only where it
 * belongs. */
static enum verdict run_encrypt_half(const struct vector *v, const struct group *g)
{
    return strcmp(v->section, "DECRYPT") == 0 ? SKIPPED : run_cipher(v, g);
}

static enum verdict run_decrypt_half(const struct vector *v, const struct group *g)
{
    return strcmp(v->section, "DECRYPT") != 0 ? SKIPPED : run_cipher(v, g);
}

static CK_GCM_PARAMS gcm_params(const struct vector *v)
{
    const struct value *iv = vector_get(v, "IV"), *aad = vector_get(v, "AAD"),
                       *tag = vector_get(v, "Tag");
    return (CK_GCM_PARAMS){.pIv = iv->bytes,
                           .ulIvLen = iv->len,
                           .ulIvBits = iv->len * 8,
                           .pAAD = aad->len ? aad->bytes : NULL,
                           .ulAADLen = aad->len,
                           .ulTagBits = tag->len * 8};
}

static enum verdict run_gcm_decrypt(const struct vector *v, const struct group *g)
{
    const struct value *key = vector_get(v, "Key"), *ct = vector_get(v, "CT"),
                       *tag = vector_get(v, "Tag");
    CK_GCM_PARAMS p = gcm_params(v);
    unsigned char in[1024];
    CK_OBJECT_HANDLE k;
    CK_ULONG n = cap;
    if (tag->len < 12)
        return SKIPPED; /* too short a tag to be offered */
    memcpy(in, ct->bytes, ct->len);
    memcpy(in + ct->len, tag->bytes, tag->len);
    if (p11_import_secret(ses, CKK_AES, key->bytes, key->len, &k) != CKR_OK)
        return FAILED;
    CK_RV rv = p11->C_DecryptInit(ses, MP(g->mech, p), k);
    if (rv == CKR_OK)
        rv = p11->C_Decrypt(ses, in, ct->len + tag->len, out, &n);
    p11->C_DestroyObject(ses, k);
    return PASS_IF(v->fail ? rv != CKR_OK
                           : rv == CKR_OK && out_is(n, vector_get(v, "PT")));
}

static enum verdict run_gcm_encrypt(const struct vector *v, const struct group *g)
{
    const struct value *key = vector_get(v, "Key"), *pt = vector_get(v, "PT"),
                       *ct = vector_get(v, "CT"), *tag = vector_get(v, "Tag");
    CK_GCM_PARAMS p = gcm_params(v);
    CK_OBJECT_HANDLE k;
    CK_ULONG n = cap;
    if (tag->len < 12)
        return SKIPPED;
    if (p11_import_secret(ses, CKK_AES, key->bytes, key->len, &k) != CKR_OK)
        return FAILED;
    CK_RV rv = p11->C_EncryptInit(ses, MP(g->mech, p), k);
    if (rv == CKR_OK)
        rv = p11->C_Encrypt(ses, pt->bytes, pt->len, out, &n);
    p11->C_DestroyObject(ses, k);
    return PASS_IF(rv == CKR_OK && n == ct->len + tag->len &&
                   memcmp(out, ct->bytes, ct->len) == 0 &&
                   memcmp(out + ct->len, tag->bytes, tag->len) == 0);
}

static enum verdict run_wrap(const struct vector *v, const struct group *g)
{
    const struct value *key = vector_get(v, "K"), *p = vector_get(v, "P");
    CK_OBJECT_HANDLE kek, k;
    CK_ULONG n = cap;
    if (p11_import_secret(ses, CKK_AES, key->bytes, key->len, &kek) != CKR_OK)
        return FAILED;
    CK_RV rv = p11_import_secret(ses, CKK_GENERIC_SECRET, p->bytes, p->len, &k);
    if (rv == CKR_OK)
        rv = p11->C_WrapKey(ses, M0(g->mech), kek, k, out, &n);
    bool ok = rv == CKR_OK && out_is(n, vector_get(v, "C"));
    p11->C_DestroyObject(ses, kek);
    p11->C_DestroyObject(ses, k);
    /* the vectors reach beyond the longest key that a token may refuse */
    return !ok && p->len > 512 && rv != CKR_OK ? SKIPPED : PASS_IF(ok);
}

static enum verdict run_unwrap(const struct vector *v, const struct group *g)
{
    const struct value *key = vector_get(v, "K"), *c = vector_get(v, "C"),
                       *p = vector_get(v, "P");
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_SECRET_KEY),
                        A_UL(CKA_KEY_TYPE, CKK_GENERIC_SECRET), A_F(CKA_TOKEN),
                        A_F(CKA_SENSITIVE), A_T(CKA_EXTRACTABLE)};
    CK_OBJECT_HANDLE kek, k = 0;
    if (p11_import_secret(ses, CKK_AES, key->bytes, key->len, &kek) != CKR_OK)
        return FAILED;
    CK_RV rv = p11->C_UnwrapKey(ses, M0(g->mech), kek, c->bytes, c->len, t, NR(t), &k);
    bool ok = v->fail ? rv != CKR_OK : rv == CKR_OK;
    if (ok && !v->fail) {
        long n = p11_get(ses, k, CKA_VALUE, out, cap);
        ok = n >= 0 && out_is((CK_ULONG)n, p);
    }
    p11->C_DestroyObject(ses, kek);
    p11->C_DestroyObject(ses, k);
    return !ok && c->len > 512 && rv != CKR_OK ? SKIPPED : PASS_IF(ok);
}

/* --- digests and MACs
 * ------------------------------------------------------------------------- */

static enum verdict run_digest(const struct vector *v, const struct group *g)
{
    const struct value *msg = vector_get(v, "Msg");
    size_t len = strtoul(vector_get(v, "Len")->text, NULL, 10) / 8;
    CK_ULONG n = cap;
    if (len > msg->len)
        return SKIPPED; /* longer than the reader keeps */
    CK_RV rv = p11->C_DigestInit(ses, M0(g->mech));
    if (rv == CKR_OK)
        rv = p11->C_Digest(ses, msg->bytes, len, out, &n);
    return PASS_IF(rv == CKR_OK && out_is(n, vector_get(v, "MD")));
}

static enum verdict run_mac(const struct vector *v, const struct group *g)
{
    bool cmac = g->mech == CKM_AES_CMAC;
    const struct value *key = vector_get(v, cmac ? "KEY" : "Key"),
                       *msg = vector_get(v, cmac ? "MESSAGE" : "Msg"),
                       *want = vector_get(v, cmac ? "OUTPUT" : "MD");
    CK_OBJECT_HANDLE k;
    CK_ULONG n = cap;
    CK_RV rv = p11_import_secret(ses, cmac ? CKK_AES : CKK_GENERIC_SECRET, key->bytes,
                                 key->len, &k);
    if (rv != CKR_OK)
        return FAILED;
    rv = p11->C_SignInit(ses, M0(g->mech), k);
    if (rv == CKR_KEY_SIZE_RANGE) {
        p11->C_DestroyObject(ses, k);
        return SKIPPED; /* shorter than the token takes for this hash */
    }
    if (rv == CKR_OK)
        rv = p11->C_Sign(ses, msg->bytes, msg->len, out, &n);
    bool ok = rv == CKR_OK && n >= want->len && memcmp(out, want->bytes, want->len) == 0;
    if (ok && n == want->len)
        ok = p11->C_VerifyInit(ses, M0(g->mech), k) == CKR_OK &&
             p11->C_Verify(ses, msg->bytes, msg->len, want->bytes, want->len) == CKR_OK;
    p11->C_DestroyObject(ses, k);
    return PASS_IF(ok);
}

/* --- elliptic curves
 * -------------------------------------------------------------------------- */

/* "P-256,SHA-1": the curve, when the token has it and the hash is the group's. */
static const struct p11_curve *curve_of(const struct vector *v, const char *hash)
{
    char want[32];
    for (size_t i = 0; i < NR(p11_curves); i++) {
        const struct p11_curve *c = &p11_curves[i];
        if (!hash && strncmp(v->section, c->name, 5) == 0)
            return c;
        snprintf(want, sizeof want, "%s,SHA-%s", c->name, hash ? hash + 3 : "");
        if (hash && strcmp(v->section, want) == 0)
            return c;
    }
    return NULL;
}

/* A number as big-endian bytes of exactly len; false when it does not fit. */
static bool fixed(uint8_t *to, size_t len, const struct vector *v, const char *name)
{
    size_t n;
    const uint8_t *p = vector_number(v, name, &n);
    if (n > len)
        return false;
    memset(to, 0, len - n);
    if (n)
        memcpy(to + len - n, p, n);
    return true;
}

static bool point_of(uint8_t *to, const struct p11_curve *c, const struct vector *v,
                     const char *x, const char *y)
{
    to[0] = 4;
    return fixed(to + 1, c->field, v, x) && fixed(to + 1 + c->field, c->field, v, y);
}

static bool token_verifies(const struct p11_curve *c, const uint8_t *point,
                           CK_MECHANISM_TYPE m, const struct value *msg, uint8_t *sig,
                           bool *key_taken)
{
    CK_OBJECT_HANDLE k;
    *key_taken = p11_import_ec_public(ses, c, point, 1 + 2 * c->field, &k) == CKR_OK;
    if (!*key_taken)
        return false;
    bool ok = p11->C_VerifyInit(ses, M0(m), k) == CKR_OK &&
              p11->C_Verify(ses, msg->bytes, msg->len, sig, 2 * c->field) == CKR_OK;
    p11->C_DestroyObject(ses, k);
    return ok;
}

static enum verdict run_ecdsa_verify(const struct vector *v, const struct group *g)
{
    const struct p11_curve *c = curve_of(v, g->hash);
    uint8_t point[133], sig[132];
    bool taken, good = vector_get(v, "Result")->text[0] == 'P';
    if (!c)
        return SKIPPED;
    if (!point_of(point, c, v, "Qx", "Qy") || !fixed(sig, c->field, v, "R") ||
        !fixed(sig + c->field, c->field, v, "S"))
        return PASS_IF(!good);
    return PASS_IF(token_verifies(c, point, g->mech, vector_get(v, "Msg"), sig, &taken) ==
                   good);
}

/* The token verifies NIST's signature, and OpenSSL the one that the token makes with
 * NIST's key. */
static enum verdict run_ecdsa_sign(const struct vector *v, const struct group *g)
{
    const struct p11_curve *c = curve_of(v, g->hash);
    const struct value *msg = vector_get(v, "Msg");
    uint8_t point[133], sig[132], d[66], digest[64];
    unsigned dlen;
    CK_OBJECT_HANDLE k;
    CK_ULONG n = sizeof sig;
    bool taken;
    if (!c)
        return SKIPPED;
    if (!point_of(point, c, v, "Qx", "Qy") || !fixed(sig, c->field, v, "R") ||
        !fixed(sig + c->field, c->field, v, "S") || !fixed(d, c->field, v, "d"))
        return FAILED;
    if (!token_verifies(c, point, g->mech, msg, sig, &taken) ||
        p11_import_ec_private(ses, c, d, c->field, &k) != CKR_OK)
        return FAILED;
    CK_RV rv = p11->C_SignInit(ses, M0(g->mech), k);
    if (rv == CKR_OK)
        rv = p11->C_Sign(ses, msg->bytes, msg->len, sig, &n);
    p11->C_DestroyObject(ses, k);
    EVP_PKEY *pub = p11_ec_pkey(c, point, 1 + 2 * c->field);
    EVP_Digest(msg->bytes, msg->len, digest, &dlen, EVP_get_digestbyname(g->hash), NULL);
    bool ok = rv == CKR_OK && pub && ecdsa_verify(pub, digest, dlen, sig, n);
    EVP_PKEY_free(pub);
    return PASS_IF(ok);
}

static enum verdict run_key_pair(const struct vector *v, const struct group *g)
{
    const struct p11_curve *c = curve_of(v, NULL);
    uint8_t point[133], d[66], der[160];
    CK_OBJECT_HANDLE k;
    (void)g;
    if (!c)
        return SKIPPED;
    if (!point_of(point, c, v, "Qx", "Qy") || !fixed(d, c->field, v, "d") ||
        p11_import_ec_private(ses, c, d, c->field, &k) != CKR_OK)
        return FAILED;
    long n = p11_get(ses, k, CKA_EC_POINT, der, sizeof der);
    size_t len = 1 + 2 * c->field;
    p11->C_DestroyObject(ses, k);
    return PASS_IF(n > (long)len && memcmp(der + n - len, point, len) == 0);
}

static enum verdict run_public_key(const struct vector *v, const struct group *g)
{
    const struct p11_curve *c = curve_of(v, NULL);
    uint8_t point[133];
    CK_OBJECT_HANDLE k;
    bool good = vector_get(v, "Result")->text[0] == 'P';
    (void)g;
    if (!c)
        return SKIPPED;
    if (!point_of(point, c, v, "Qx", "Qy"))
        return PASS_IF(!good);
    bool taken = p11_import_ec_public(ses, c, point, 1 + 2 * c->field, &k) == CKR_OK;
    if (taken)
        p11->C_DestroyObject(ses, k);
    return PASS_IF(taken == good);
}

/* "EC - SHA256": EC is P-256, ED P-384, EE P-521. */
static enum verdict run_ecdh(const struct vector *v, const struct group *g)
{
    const char *letters = "CDE",
               *at = v->section[0] == 'E' ? strchr(letters, v->section[1]) : NULL;
    uint8_t point[133], d[66], z[66], got[66];
    CK_OBJECT_HANDLE k, s = 0;
    if (!at || !v->section[1] || !v->section[2])
        return SKIPPED;
    const struct p11_curve *c = &p11_curves[at - letters];
    /* only what concerns Z itself: correct ones, and public points that are not valid */
    const char *result = vector_get(v, "Result")->text;
    bool good = result[0] == 'P',
         bad_point = strstr(result, "(1") || strstr(result, "(2");
    if (!fixed(d, c->field, v, "dsIUT") || !point_of(point, c, v, "QsCAVSx", "QsCAVSy") ||
        !fixed(z, c->field, v, "Z"))
        return SKIPPED;
    if ((!good && !bad_point) || p11_import_ec_private(ses, c, d, c->field, &k) != CKR_OK)
        return SKIPPED;
    CK_ECDH1_DERIVE_PARAMS p = {CKD_NULL, 0, NULL, 1 + 2 * c->field, point};
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_SECRET_KEY),
                        A_UL(CKA_KEY_TYPE, CKK_GENERIC_SECRET),
                        A_F(CKA_TOKEN),
                        A_F(CKA_SENSITIVE),
                        A_T(CKA_EXTRACTABLE),
                        A_UL(CKA_VALUE_LEN, c->field)};
    CK_RV rv = p11->C_DeriveKey(ses, MP(g->mech, p), k, t, NR(t), &s);
    bool same = rv == CKR_OK &&
                p11_get(ses, s, CKA_VALUE, got, sizeof got) == (long)c->field &&
                memcmp(got, z, c->field) == 0;
    p11->C_DestroyObject(ses, k);
    p11->C_DestroyObject(ses, s);
    return good ? PASS_IF(same) : PASS_IF(rv != CKR_OK || !same);
}

/* --- RSA
 * --------------------------------------------------------------------------------------
 */

static CK_RV rsa_public(const uint8_t *n, size_t n_len, const uint8_t *e, size_t e_len,
                        CK_OBJECT_HANDLE *k)
{
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_PUBLIC_KEY),
                        A_UL(CKA_KEY_TYPE, CKK_RSA),
                        A_F(CKA_TOKEN),
                        A_F(CKA_PRIVATE),
                        A_T(CKA_VERIFY),
                        A_T(CKA_ENCRYPT),
                        A_RAW(CKA_MODULUS, n, n_len),
                        A_RAW(CKA_PUBLIC_EXPONENT, e, e_len)};
    return p11->C_CreateObject(ses, t, NR(t), k);
}

static const struct {
    const char *name;
    CK_MECHANISM_TYPE hash, pkcs1, pss;
    CK_ULONG mgf;
} rsa_hashes[] = {
    {"SHA1", CKM_SHA_1, CKM_SHA1_RSA_PKCS, CKM_SHA1_RSA_PKCS_PSS, 1},
    {"SHA224", CKM_SHA224, P11_CKM_SHA224_RSA_PKCS, 0x47, 5},
    {"SHA256", CKM_SHA256, CKM_SHA256_RSA_PKCS, CKM_SHA256_RSA_PKCS_PSS, 2},
    {"SHA384", CKM_SHA384, CKM_SHA384_RSA_PKCS, CKM_SHA384_RSA_PKCS_PSS, 3},
    {"SHA512", CKM_SHA512, CKM_SHA512_RSA_PKCS, CKM_SHA512_RSA_PKCS_PSS, 4},
};

/* One signature with the modulus n, exponent e; salt only for PSS. */
static bool rsa_verifies(size_t h, bool pss, size_t salt, CK_OBJECT_HANDLE k,
                         const struct value *msg, const struct value *sig)
{
    CK_RSA_PKCS_PSS_PARAMS p = {rsa_hashes[h].hash, rsa_hashes[h].mgf, salt};
    CK_MECHANISM m = {pss ? rsa_hashes[h].pss : rsa_hashes[h].pkcs1, pss ? &p : NULL,
                      pss ? sizeof p : 0};
    return p11->C_VerifyInit(ses, &m, k) == CKR_OK &&
           p11->C_Verify(ses, msg->bytes, msg->len, sig->bytes, sig->len) == CKR_OK;
}

static enum verdict run_rsa_verify(const struct vector *v, const struct group *g)
{
    size_t nl, el, h = 0;
    const uint8_t *n = vector_number(v, "n", &nl), *e = vector_number(v, "e", &el);
    const struct value *result = vector_get(v, "Result");
    bool good = !result->text[0] || result->text[0] == 'P',
         pss = g->mech == CKM_RSA_PKCS_PSS;
    CK_OBJECT_HANDLE k;
    while (h < NR(rsa_hashes) &&
           strcmp(rsa_hashes[h].name, vector_get(v, "SHAAlg")->text) != 0)
        h++;
    if (nl < 256 || h == NR(rsa_hashes))
        return SKIPPED;
    if (rsa_public(n, nl, e, el, &k) != CKR_OK)
        return PASS_IF(!good);
    size_t salt = vector_get(v, "SaltVal")->len;
    bool ok = rsa_verifies(h, pss, salt, k, vector_get(v, "Msg"), vector_get(v, "S"));
    p11->C_DestroyObject(ses, k);
    return PASS_IF(ok == good);
}

/* The second form of files: whole private keys. */
static CK_RV rsa_private(const struct vector *v, CK_OBJECT_HANDLE *k)
{
    static const struct {
        CK_ATTRIBUTE_TYPE type;
        const char *name;
    } parts[] = {{CKA_MODULUS, "Modulus"},
                 {CKA_PUBLIC_EXPONENT, "Public exponent"},
                 {CKA_PRIVATE_EXPONENT, "Exponent"},
                 {CKA_PRIME_1, "Prime 1"},
                 {CKA_PRIME_2, "Prime 2"},
                 {CKA_EXPONENT_1, "Prime exponent 1"},
                 {CKA_EXPONENT_2, "Prime exponent 2"},
                 {CKA_COEFFICIENT, "Coefficient"}};
    CK_ATTRIBUTE t[16] = {A_UL(CKA_CLASS, CKO_PRIVATE_KEY),
                          A_UL(CKA_KEY_TYPE, CKK_RSA),
                          A_F(CKA_TOKEN),
                          A_T(CKA_SIGN),
                          A_T(CKA_DECRYPT),
                          A_T(CKA_SENSITIVE)};
    CK_ULONG n = 6;
    for (size_t i = 0; i < NR(parts); i++) {
        size_t len;
        const uint8_t *p = vector_number(v, parts[i].name, &len);
        if (!len)
            return CKR_TEMPLATE_INCOMPLETE;
        t[n++] = (CK_ATTRIBUTE)A_RAW(parts[i].type, p, len);
    }
    return p11->C_CreateObject(ses, t, n, k);
}

static enum verdict run_rsa_decrypt(const struct vector *v, const struct group *g)
{
    size_t nl;
    CK_RSA_PKCS_OAEP_PARAMS p = {CKM_SHA_1, 1, 1, NULL, 0};
    CK_MECHANISM m = {g->mech, g->hash ? &p : NULL, g->hash ? sizeof p : 0};
    const struct value *c = vector_get(v, "Encryption"), *want = vector_get(v, "Message");
    CK_OBJECT_HANDLE k;
    CK_ULONG n = cap;
    vector_number(v, "Modulus", &nl);
    if (!want->len)
        want = vector_get(v, "Message to be encrypted");
    if (nl < 256)
        return SKIPPED;
    if (rsa_private(v, &k) != CKR_OK)
        return FAILED;
    CK_RV rv = p11->C_DecryptInit(ses, &m, k);
    if (rv == CKR_OK)
        rv = p11->C_Decrypt(ses, c->bytes, c->len, out, &n);
    p11->C_DestroyObject(ses, k);
    return PASS_IF(rv == CKR_OK && out_is(n, want));
}

/* oaep-sha256-sha384.txt: MGF1's hash, then the label's. */
static enum verdict run_oaep_custom(const struct vector *v, const struct group *g)
{
    char names[2][8] = {"", ""};
    size_t h[2] = {0, 0};
    if (sscanf(strrchr(v->file, '/'), "/oaep-sha%7[0-9]-sha%7[0-9].txt", names[0],
               names[1]) != 2)
        return SKIPPED;
    for (int i = 0; i < 2; i++)
        while (h[i] < NR(rsa_hashes) - 1 &&
               strcmp(rsa_hashes[h[i]].name + 3, names[i]) != 0)
            h[i]++;
    CK_RSA_PKCS_OAEP_PARAMS p = {rsa_hashes[h[1]].hash, rsa_hashes[h[0]].mgf, 1, NULL, 0};
    const struct value *c = vector_get(v, "Encryption"), *want = vector_get(v, "Message");
    CK_OBJECT_HANDLE k;
    CK_ULONG n = cap;
    size_t nl;
    vector_number(v, "Modulus", &nl);
    if (!want->len)
        want = vector_get(v, "Message to be encrypted");
    if (nl < 256)
        return SKIPPED;
    if (rsa_private(v, &k) != CKR_OK)
        return FAILED;
    CK_RV rv = p11->C_DecryptInit(ses, MP(g->mech, p), k);
    if (rv == CKR_OK)
        rv = p11->C_Decrypt(ses, c->bytes, c->len, out, &n);
    p11->C_DestroyObject(ses, k);
    return PASS_IF(rv == CKR_OK && out_is(n, want));
}

/* Signatures of the second form: verify the given one; PKCS#1 v1.5 is also made again,
 * bit for bit. */
static enum verdict run_rsa_sign(const struct vector *v, const struct group *g)
{
    bool pss = g->mech == CKM_RSA_PKCS_PSS;
    size_t nl, el;
    const uint8_t *n = vector_number(v, "Modulus", &nl),
                  *e = vector_number(v, "Public exponent", &el);
    const struct value *msg = vector_get(v, pss ? "Message to be signed" : "Message"),
                       *sig = vector_get(v, "Signature");
    CK_OBJECT_HANDLE pub, priv;
    CK_ULONG len = cap;
    if (!msg->len)
        msg = vector_get(v, "Message to be signed");
    if (nl < 256)
        return SKIPPED;
    if (rsa_public(n, nl, e, el, &pub) != CKR_OK)
        return FAILED;
    bool ok = rsa_verifies(0, pss, vector_get(v, "Salt")->len, pub, msg, sig);
    p11->C_DestroyObject(ses, pub);
    if (pss || !ok)
        return PASS_IF(ok);
    if (rsa_private(v, &priv) != CKR_OK)
        return FAILED;
    CK_RV rv = p11->C_SignInit(ses, M0(CKM_SHA1_RSA_PKCS), priv);
    if (rv == CKR_OK)
        rv = p11->C_Sign(ses, msg->bytes, msg->len, out, &len);
    p11->C_DestroyObject(ses, priv);
    return PASS_IF(rv == CKR_OK && out_is(len, sig));
}

/* --- the groups
 * ------------------------------------------------------------------------------- */

#define ECDSA_GROUPS(n, m)                                                               \
    {"ECDSA-SHA" #n " verify",                                                           \
     "asymmetric/ECDSA/FIPS_186-3/SigVer.rsp",                                           \
     "Result",                                                                           \
     run_ecdsa_verify,                                                                   \
     m,                                                                                  \
     "SHA" #n,                                                                           \
     false},                                                                             \
    {                                                                                    \
        "ECDSA-SHA" #n " sign", "asymmetric/ECDSA/FIPS_186-3/SigGen.txt", "S",           \
            run_ecdsa_sign, m, "SHA" #n, false                                           \
    }
#define SHA_GROUPS(dir, n, m, h)                                                         \
    {                                                                                    \
        "SHA" #n, "hashes/" dir "/SHA" #n "[LS]*Msg.rsp", "MD", run_digest, m, NULL,     \
        false},                                                                          \
    {                                                                                    \
        "SHA" #n "-HMAC", "HMAC/rfc-*-sha" #n ".txt", "MD", run_mac, h, NULL, false      \
    }

static const struct group groups[] = {
    {"AES-ECB encrypt", "ciphers/AES/ECB/*.rsp", "CIPHERTEXT", run_encrypt_half,
     CKM_AES_ECB, NULL, false},
    {"AES-ECB decrypt", "ciphers/AES/ECB/*.rsp", "PLAINTEXT", run_decrypt_half,
     CKM_AES_ECB, NULL, false},
    {"AES-CBC encrypt", "ciphers/AES/CBC/*.rsp", "CIPHERTEXT", run_encrypt_half,
     CKM_AES_CBC, NULL, false},
    {"AES-CBC decrypt", "ciphers/AES/CBC/*.rsp", "PLAINTEXT", run_decrypt_half,
     CKM_AES_CBC, NULL, false},
    {"AES-CTR", "ciphers/AES/CTR/*.txt", "CIPHERTEXT", run_cipher, CKM_AES_CTR, NULL,
     false},
    {"AES-GCM decrypt", "ciphers/AES/GCM/gcmDecrypt*.rsp", "PT", run_gcm_decrypt,
     CKM_AES_GCM, NULL, false},
    {"AES-GCM encrypt", "ciphers/AES/GCM/gcmEncryptExtIV*.rsp", "Tag", run_gcm_encrypt,
     CKM_AES_GCM, NULL, false},
    {"AES-CMAC", "CMAC/nist-800-38b-aes*.txt", "OUTPUT", run_mac, CKM_AES_CMAC, NULL,
     false},
    {"AES-KW wrap", "keywrap/kwtestvectors/KW_AE_???.txt", "C", run_wrap,
     CKM_AES_KEY_WRAP, NULL, false},
    {"AES-KW unwrap", "keywrap/kwtestvectors/KW_AD_???.txt", "P", run_unwrap,
     CKM_AES_KEY_WRAP, NULL, false},
    {"AES-KWP wrap", "keywrap/kwtestvectors/KWP_AE_???.txt", "C", run_wrap,
     CKM_AES_KEY_WRAP_PAD, NULL, false},
    {"AES-KWP unwrap", "keywrap/kwtestvectors/KWP_AD_???.txt", "P", run_unwrap,
     CKM_AES_KEY_WRAP_PAD, NULL, false},
    SHA_GROUPS("SHA1", 1, CKM_SHA_1, CKM_SHA_1_HMAC),
    SHA_GROUPS("SHA2", 224, CKM_SHA224, CKM_SHA224_HMAC),
    SHA_GROUPS("SHA2", 256, CKM_SHA256, CKM_SHA256_HMAC),
    SHA_GROUPS("SHA2", 384, CKM_SHA384, CKM_SHA384_HMAC),
    SHA_GROUPS("SHA2", 512, CKM_SHA512, CKM_SHA512_HMAC),
    ECDSA_GROUPS(1, CKM_ECDSA_SHA1),
    ECDSA_GROUPS(224, CKM_ECDSA_SHA224),
    ECDSA_GROUPS(256, CKM_ECDSA_SHA256),
    ECDSA_GROUPS(384, CKM_ECDSA_SHA384),
    ECDSA_GROUPS(512, CKM_ECDSA_SHA512),
    {"EC key pairs", "asymmetric/ECDSA/FIPS_186-3/KeyPair.rsp", "Qy", run_key_pair, 0,
     NULL, false},
    {"EC public key validation", "asymmetric/ECDSA/FIPS_186-3/PKV.rsp", "Result",
     run_public_key, 0, NULL, false},
    {"ECDH", "asymmetric/ECDH/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_*.fax",
     "Result", run_ecdh, CKM_ECDH1_DERIVE, NULL, false},
    {"RSA PKCS#1 verify", "asymmetric/RSA/FIPS_186-2/SigVer15_186-3.rsp", "Result",
     run_rsa_verify, CKM_RSA_PKCS, NULL, false},
    {"RSA PKCS#1 of NIST's signatures", "asymmetric/RSA/FIPS_186-2/SigGen15_186-2.rsp",
     "S", run_rsa_verify, CKM_RSA_PKCS, NULL, false},
    {"RSA PKCS#1 sign", "asymmetric/RSA/pkcs1v15sign-vectors.txt", "Signature",
     run_rsa_sign, CKM_RSA_PKCS, NULL, true},
    {"RSA PSS verify", "asymmetric/RSA/FIPS_186-2/SigVerPSS_186-3.rsp", "Result",
     run_rsa_verify, CKM_RSA_PKCS_PSS, NULL, false},
    {"RSA PSS of RSA's signatures", "asymmetric/RSA/pkcs-1v2-1d2-vec/pss-vect.txt",
     "Signature", run_rsa_sign, CKM_RSA_PKCS_PSS, NULL, true},
    {"RSA PKCS#1 decrypt", "asymmetric/RSA/pkcs1v15crypt-vectors.txt", "Encryption",
     run_rsa_decrypt, CKM_RSA_PKCS, NULL, true},
    {"RSA OAEP decrypt", "asymmetric/RSA/pkcs-1v2-1d2-vec/oaep-vect.txt", "Encryption",
     run_rsa_decrypt, CKM_RSA_PKCS_OAEP, "SHA1", true},
    {"RSA OAEP with other hashes", "asymmetric/RSA/oaep-custom/*.txt", "Encryption",
     run_oaep_custom, CKM_RSA_PKCS_OAEP, NULL, true},
};

static bool open_token(void)
{
    CK_SLOT_ID slot;
    CK_RV rv = p11_init();
    if (rv == CKR_OK)
        rv = p11_make_token(&slot, "vectors", SO_PIN, USER_PIN);
    if (rv == CKR_OK)
        rv = p11_open(slot, CKF_RW_SESSION, &ses);
    if (rv == CKR_OK)
        rv = p11_login(ses, CKU_USER, USER_PIN);
    if (rv != CKR_OK)
        printf("Bail out! no token: %s\n", rv_name(rv));
    return rv == CKR_OK;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"module", 1, 0, 'm'}, {"vectors", 1, 0, 'v'}, {"only", 1, 0, 'o'}, {0, 0, 0, 0}};
    const char *module = NULL, *only = "*",
               *dir = "/usr/lib/python3/dist-packages/cryptography_vectors";
    unsigned nr = 0, bad = 0, all = 0;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;)
        *(c == 'm' ? &module : c == 'v' ? &dir : &only) = optarg;
    if (!module)
        return fprintf(stderr,
                       "usage: p11vectors --module PATH [--vectors DIR] [--only NAME]\n"),
               2;
    if (!p11_load(module) || !open_token())
        return 1;
    for (size_t i = 0; i < NR(groups); i++) {
        struct tally t = {0};
        if (fnmatch(only, groups[i].name, 0) != 0)
            continue;
        vectors_run(&groups[i], dir, &t);
        bool ok = t.failed == 0 && t.passed > 0;
        bad += !ok;
        all += t.passed;
        printf("%s %u - %s: %u vectors passed, %u failed, %u left out\n",
               ok ? "ok" : "not ok", ++nr, groups[i].name, t.passed, t.failed, t.skipped);
        fflush(stdout);
    }
    printf("1..%u\n# %u vectors\n", nr, all);
    p11->C_Finalize(NULL);
    return bad != 0;
}
