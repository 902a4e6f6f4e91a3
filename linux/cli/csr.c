/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * csr: a PKCS#10 certificate request for a key of the token. libcrypto encodes the
 * request and hashes it; the trusted application signs; the finished request is verified
 * before it is written, so that a request that leaves here is a proof of possession.
 */
#include <errno.h>
#include <string.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include "x509.h"

/* "/O=Fleet/CN=device-1", with \ before a slash or equal sign that is meant literally. */
static X509_NAME *subject_parse(const char *text)
{
    X509_NAME *name = X509_NAME_new();
    char part[512];
    while (name && *text == '/') {
        size_t n = 0;
        char *value = NULL;
        for (text++; *text && *text != '/' && n < sizeof part - 1; text++) {
            if (*text == '\\' && text[1])
                text++;
            else if (*text == '=' && !value) {
                part[n++] = '\0';
                value = part + n;
                continue;
            }
            part[n++] = *text;
        }
        part[n] = '\0';
        if (!value || !*value ||
            X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8,
                                       (const unsigned char *)value, -1, -1, 0) != 1) {
            say_error("\"%s%s%s\" is not a part of a subject; write it like "
                      "/O=Fleet/CN=device-1",
                      part, value ? "=" : "", value ? value : "");
            X509_NAME_free(name);
            return NULL;
        }
    }
    if (!name || *text || X509_NAME_entry_count(name) == 0) {
        say_error("the subject must be written like /O=Fleet/CN=device-1");
        X509_NAME_free(name);
        return NULL;
    }
    return name;
}

static bool add_extensions(X509_REQ *req, const char *san)
{
    static const struct {
        int nid;
        const char *value;
    } fixed[] = {{NID_key_usage, "critical,digitalSignature"},
                 {NID_ext_key_usage, "clientAuth"}};
    STACK_OF(X509_EXTENSION) *exts = sk_X509_EXTENSION_new_null();
    bool ok = exts != NULL;
    for (size_t i = 0; ok && i < NR(fixed) + (san ? 1 : 0); i++) {
        X509_EXTENSION *e =
            i < NR(fixed) ? X509V3_EXT_conf_nid(NULL, NULL, fixed[i].nid, fixed[i].value)
                          : X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san);
        ok = e && sk_X509_EXTENSION_push(exts, e) > 0;
        if (!e)
            say_error("\"%s\" are not alternative names; write them like "
                      "DNS:device-1,IP:10.0.0.7",
                      san);
    }
    ok = ok && X509_REQ_add_extensions(req, exts) == 1;
    sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
    return ok;
}

/* r || s as the token gives it, to the DER of X.509. */
static int ecdsa_der(unsigned char **der, const uint8_t *sig, size_t len)
{
    ECDSA_SIG *s = ECDSA_SIG_new();
    int half = (int)(len / 2);
    if (!s || ECDSA_SIG_set0(s, BN_bin2bn(sig, half, NULL),
                             BN_bin2bn(sig + half, half, NULL)) != 1)
        return -1;
    int n = i2d_ECDSA_SIG(s, der);
    ECDSA_SIG_free(s);
    return n;
}

/* Which digest and algorithm go with the key: as strong as the curve. */
static const EVP_MD *digest_for(EVP_PKEY *key, int *nid)
{
    bool ec = EVP_PKEY_is_a(key, "EC");
    int bits = EVP_PKEY_bits(key);
    if (ec && bits > 384) {
        *nid = NID_ecdsa_with_SHA512;
        return EVP_sha512();
    }
    if (ec && bits > 256) {
        *nid = NID_ecdsa_with_SHA384;
        return EVP_sha384();
    }
    *nid = ec ? NID_ecdsa_with_SHA256 : NID_sha256WithRSAEncryption;
    return EVP_sha256();
}

static CK_RV token_sign(CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE key, bool ec,
                        const EVP_MD *md, const unsigned char *tbs, size_t len,
                        uint8_t *sig, CK_ULONG *sig_len)
{
    unsigned char digest[64];
    unsigned n = 0;
    CK_MECHANISM m = {ec ? CKM_ECDSA : CKM_SHA256_RSA_PKCS, NULL, 0};
    if (ec && EVP_Digest(tbs, len, digest, &n, md, NULL) != 1)
        return CKR_GENERAL_ERROR;
    CK_RV rv = p11->C_SignInit(ses, &m, key);
    if (rv != CKR_OK)
        return rv;
    return p11->C_Sign(ses, ec ? digest : (CK_BYTE *)(uintptr_t)tbs, ec ? n : len, sig,
                       sig_len);
}

/* Sign the request with the token's key and put the signature in. */
static int request_sign(X509_REQ *req, EVP_PKEY *pub, CK_SESSION_HANDLE ses,
                        CK_OBJECT_HANDLE key)
{
    unsigned char *tbs = NULL, *der = NULL;
    uint8_t sig[1024];
    CK_ULONG sig_len = sizeof sig;
    int nid, status = EXIT_FAILED;
    bool ec = EVP_PKEY_is_a(pub, "EC");
    const EVP_MD *md = digest_for(pub, &nid);
    X509_ALGOR *alg = X509_ALGOR_new();
    ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();
    X509_ALGOR_set0(alg, OBJ_nid2obj(nid), ec ? V_ASN1_UNDEF : V_ASN1_NULL, NULL);
    int len = i2d_re_X509_REQ_tbs(req, &tbs);
    CK_RV rv = len > 0 ? token_sign(ses, key, ec, md, tbs, (size_t)len, sig, &sig_len)
                       : CKR_GENERAL_ERROR;
    if (rv != CKR_OK) {
        status = say_rv(rv, "the token did not sign the request");
        goto out;
    }
    int der_len = ec ? ecdsa_der(&der, sig, sig_len) : (int)sig_len;
    if (der_len <= 0 || ASN1_BIT_STRING_set(bits, ec ? der : sig, der_len) != 1)
        goto out;
    bits->flags =
        (bits->flags & ~0x0fL) | ASN1_STRING_FLAG_BITS_LEFT; /* no unused bits */
    X509_REQ_set1_signature_algo(req, alg);
    X509_REQ_set0_signature(req, bits);
    bits = NULL;
    if (X509_REQ_verify(req, pub) == 1)
        status = EXIT_DONE;
    else
        say_error("the token's signature does not verify with its public key; nothing "
                  "was written");
out:
    ASN1_BIT_STRING_free(bits);
    X509_ALGOR_free(alg);
    OPENSSL_free(der);
    OPENSSL_free(tbs);
    return status;
}

static int request_write(const struct options *o, X509_REQ *req)
{
    bool file = o->out && strcmp(o->out, "-") != 0;
    FILE *f = file ? fopen(o->out, "w") : stdout;
    if (!f) {
        say_error("cannot write %s: %s", o->out, strerror(errno));
        return EXIT_FAILED;
    }
    bool ok = PEM_write_X509_REQ(f, req) == 1;
    ok = (file ? fclose(f) : fflush(f)) == 0 && ok;
    if (!ok)
        say_error("cannot write %s: %s", file ? o->out : "the request", strerror(errno));
    else if (file)
        say(o, "wrote %s, signed in the TEE", o->out);
    return ok ? EXIT_DONE : EXIT_FAILED;
}

int csr_run(const struct options *o)
{
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE ses;
    CK_OBJECT_HANDLE key;
    int status;
    X509_NAME *name = subject_parse(o->subject);
    if (!name)
        return EXIT_USAGE;
    if ((status = token_choose(o, &slot)) != EXIT_DONE ||
        (status = session_login(o, slot, false, &ses)) != EXIT_DONE ||
        (status = key_find(o, ses, &key)) != EXIT_DONE) {
        X509_NAME_free(name);
        return status;
    }
    EVP_PKEY *pub = public_of(ses, key);
    X509_REQ *req = X509_REQ_new();
    if (!pub) {
        say_error("the token does not tell the public half of this key");
        status = EXIT_FAILED;
    } else if (!req || X509_REQ_set_version(req, 0) != 1 ||
               X509_REQ_set_subject_name(req, name) != 1 ||
               X509_REQ_set_pubkey(req, pub) != 1 || !add_extensions(req, o->san)) {
        status = EXIT_FAILED;
    } else if ((status = request_sign(req, pub, ses, key)) == EXIT_DONE) {
        status = request_write(o, req);
    }
    X509_REQ_free(req);
    EVP_PKEY_free(pub);
    X509_NAME_free(name);
    return status;
}
