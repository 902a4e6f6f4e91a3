/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cert import: store a certificate beside the key it belongs to, under that key's label
 * and id, so that every program finds the pair. A certificate without a key in the token
 * is refused: it is almost always the wrong file or the wrong token.
 */
#include <errno.h>
#include <string.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include "x509.h"

static X509 *certificate_read(const char *path)
{
    BIO *in =
        strcmp(path, "-") == 0 ? BIO_new_fp(stdin, BIO_NOCLOSE) : BIO_new_file(path, "r");
    BIO *mem = BIO_new(BIO_s_mem());
    char buf[4096];
    X509 *x = NULL;
    int n;
    if (!in || !mem) {
        say_error("cannot read %s: %s", path, strerror(errno));
    } else {
        while ((n = BIO_read(in, buf, sizeof buf)) > 0 && BIO_pending(mem) < (1 << 20))
            BIO_write(mem, buf, n);
        char *p;
        long len = BIO_get_mem_data(mem, &p);
        const unsigned char *der = (const unsigned char *)p;
        BIO *again = BIO_new_mem_buf(p, (int)len);
        x = len > 0 && *p == 0x30 ? d2i_X509(NULL, &der, len)
                                  : PEM_read_bio_X509(again, NULL, NULL, NULL);
        BIO_free(again);
        if (!x)
            say_error("%s is not a certificate in PEM or DER", path);
    }
    BIO_free(mem);
    BIO_free(in);
    return x;
}

/* The private key of the token that belongs to the certificate. */
static CK_OBJECT_HANDLE key_of(CK_SESSION_HANDLE ses, X509 *x)
{
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_PRIVATE_KEY)};
    CK_OBJECT_HANDLE h[256], found = 0;
    CK_ULONG n = 0;
    EVP_PKEY *want = X509_get0_pubkey(x);
    if (p11->C_FindObjectsInit(ses, t, NR(t)) != CKR_OK)
        return 0;
    if (p11->C_FindObjects(ses, h, NR(h), &n) != CKR_OK)
        n = 0;
    p11->C_FindObjectsFinal(ses);
    for (CK_ULONG i = 0; i < n && !found && want; i++) {
        EVP_PKEY *have = public_of(ses, h[i]);
        if (have && EVP_PKEY_eq(have, want) == 1)
            found = h[i];
        EVP_PKEY_free(have);
    }
    return found;
}

struct blob {
    unsigned char *p;
    int len;
};

static CK_RV store(CK_SESSION_HANDLE ses, X509 *x, const uint8_t *id, size_t id_len,
                   const char *label)
{
    struct blob der = {NULL, 0}, subject = {NULL, 0}, issuer = {NULL, 0},
                serial = {NULL, 0};
    CK_OBJECT_HANDLE o;
    CK_RV rv = CKR_HOST_MEMORY;
    der.len = i2d_X509(x, &der.p);
    subject.len = i2d_X509_NAME(X509_get_subject_name(x), &subject.p);
    issuer.len = i2d_X509_NAME(X509_get_issuer_name(x), &issuer.p);
    serial.len = i2d_ASN1_INTEGER(X509_get0_serialNumber(x), &serial.p);
    if (der.len > 0 && subject.len > 0 && issuer.len > 0 && serial.len > 0) {
        CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_CERTIFICATE),
                            A_UL(CKA_CERTIFICATE_TYPE, CKC_X_509),
                            A_B(CKA_TOKEN, CK_TRUE),
                            A_B(CKA_PRIVATE, CK_FALSE),
                            A_RAW(CKA_LABEL, label, strlen(label)),
                            A_RAW(CKA_ID, id, id_len),
                            A_RAW(CKA_SUBJECT, subject.p, (CK_ULONG)subject.len),
                            A_RAW(CKA_ISSUER, issuer.p, (CK_ULONG)issuer.len),
                            A_RAW(CKA_SERIAL_NUMBER, serial.p, (CK_ULONG)serial.len),
                            A_RAW(CKA_VALUE, der.p, (CK_ULONG)der.len)};
        rv = p11->C_CreateObject(ses, t, NR(t), &o);
    }
    OPENSSL_free(der.p);
    OPENSSL_free(subject.p);
    OPENSSL_free(issuer.p);
    OPENSSL_free(serial.p);
    return rv;
}

/* A certificate under this id: refused, or with --force destroyed once the new one is
 * stored. */
static CK_OBJECT_HANDLE present(CK_SESSION_HANDLE ses, const uint8_t *id, size_t len)
{
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_CERTIFICATE), A_RAW(CKA_ID, id, len)};
    return object_find(ses, t, NR(t));
}

static int import(const struct options *o, CK_SESSION_HANDLE ses, X509 *x)
{
    uint8_t id[128];
    char label[256];
    CK_OBJECT_HANDLE key = key_of(ses, x);
    if (!key) {
        say_error("the token has no private key that belongs to this certificate\n  Is "
                  "it the certificate "
                  "that was issued for the request of this token? anchorhold key list "
                  "shows the keys");
        return EXIT_NOT_FOUND;
    }
    long id_len = object_get(ses, key, CKA_ID, id, sizeof id);
    long n = object_get(ses, key, CKA_LABEL, label, sizeof label - 1);
    label[n > 0 ? n : 0] = '\0';
    CK_OBJECT_HANDLE old = id_len > 0 ? present(ses, id, (size_t)id_len) : 0;
    if (old && !o->force) {
        say_error(
            "the token holds a certificate for this key already; --force replaces it");
        return EXIT_FAILED;
    }
    CK_RV rv =
        store(ses, x, id, id_len > 0 ? (size_t)id_len : 0, o->label ? o->label : label);
    if (rv == CKR_OK && old)
        rv = p11->C_DestroyObject(ses, old);
    if (rv != CKR_OK)
        return say_rv(rv, "cannot store the certificate");
    say(o, "stored the certificate of key %s", label);
    return EXIT_DONE;
}

int cert_import_run(const struct options *o)
{
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE ses;
    X509 *x = certificate_read(o->in);
    if (!x)
        return EXIT_NOT_FOUND;
    int status = token_choose(o, &slot);
    if (status == EXIT_DONE && (status = session_login(o, slot, true, &ses)) == EXIT_DONE)
        status = import(o, ses, x);
    X509_free(x);
    return status;
}
