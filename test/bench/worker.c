/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one worker does, for OpenSSL and for a module side by side. OpenSSL's contexts are
 * made once and used again, which is the best a program can do with a key in its own
 * memory; a module does what PKCS#11 asks for each operation, Init and the one-shot call.
 */
#include <stdlib.h>
#include <string.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include "test/bench/bench.h"

static EVP_PKEY *raw_ec, *raw_rsa;
static unsigned char gcm_iv[12];

static bool raw_begin(struct worker *w)
{
    size_t n = sizeof w->sig;
    if (!raw_ec)
        raw_ec = EVP_EC_gen("prime256v1");
    if (!raw_rsa)
        raw_rsa = EVP_RSA_gen(2048);
    w->pkey = EVP_PKEY_CTX_new(w->op == SIGN_RSA ? raw_rsa : raw_ec, NULL);
    w->cipher = EVP_CIPHER_CTX_new();
    w->md = EVP_MD_CTX_new();
    if (w->op == SIGN_RSA)
        return EVP_PKEY_sign_init(w->pkey) == 1 &&
               EVP_PKEY_CTX_set_rsa_padding(w->pkey, RSA_PKCS1_PADDING) == 1 &&
               EVP_PKEY_CTX_set_signature_md(w->pkey, EVP_sha256()) == 1;
    if (w->op == SIGN_EC)
        return EVP_PKEY_sign_init(w->pkey) == 1;
    if (w->op == VERIFY_EC) {
        if (EVP_PKEY_sign_init(w->pkey) != 1 ||
            EVP_PKEY_sign(w->pkey, w->sig, &n, w->in, 32) != 1)
            return false;
        w->sig_len = n;
        return EVP_PKEY_verify_init(w->pkey) == 1;
    }
    if (w->op == GCM)
        return EVP_EncryptInit_ex(w->cipher, EVP_aes_128_gcm(), NULL, w->in, gcm_iv) == 1;
    return true;
}

static bool raw_step(struct worker *w)
{
    size_t n = sizeof w->sig;
    unsigned m;
    int len;
    EVP_PKEY *key;
    switch (w->op) {
    case SIGN_EC:
    case SIGN_RSA:
        return EVP_PKEY_sign(w->pkey, w->sig, &n, w->in, 32) == 1;
    case VERIFY_EC:
        return EVP_PKEY_verify(w->pkey, w->sig, w->sig_len, w->in, 32) == 1;
    case KEYGEN_EC:
        key = EVP_EC_gen("prime256v1");
        EVP_PKEY_free(key);
        return key != NULL;
    case GCM:
        return EVP_EncryptInit_ex(w->cipher, NULL, NULL, NULL, gcm_iv) == 1 &&
               EVP_EncryptUpdate(w->cipher, w->out, &len, w->in, (int)w->size) == 1 &&
               EVP_EncryptFinal_ex(w->cipher, w->out + len, &len) == 1 &&
               EVP_CIPHER_CTX_ctrl(w->cipher, EVP_CTRL_GCM_GET_TAG, 16,
                                   w->out + w->size) == 1;
    case SHA:
        return EVP_DigestInit_ex(w->md, EVP_sha256(), NULL) == 1 &&
               EVP_DigestUpdate(w->md, w->in, w->size) == 1 &&
               EVP_DigestFinal_ex(w->md, w->out, &m) == 1;
    case LOGIN:
    case NR_OPS:
        break;
    }
    return false;
}

static bool sign(struct worker *w, CK_MECHANISM_TYPE m, CK_OBJECT_HANDLE key)
{
    w->sig_len = sizeof w->sig;
    return w->c->f->C_SignInit(w->ses, M0(m), key) == CKR_OK &&
           w->c->f->C_Sign(w->ses, w->in, 32, w->sig, &w->sig_len) == CKR_OK;
}

static bool keygen(struct worker *w)
{
    const struct p11_curve *c = &p11_curves[0];
    CK_OBJECT_HANDLE pub, priv;
    CK_ATTRIBUTE tp[] = {A_F(CKA_TOKEN), A_RAW(CKA_EC_PARAMS, c->oid, c->oid_len),
                         A_T(CKA_VERIFY)};
    CK_ATTRIBUTE ts[] = {A_F(CKA_TOKEN), A_T(CKA_PRIVATE), A_T(CKA_SENSITIVE),
                         A_T(CKA_SIGN)};
    return w->c->f->C_GenerateKeyPair(w->ses, M0(CKM_EC_KEY_PAIR_GEN), tp, NR(tp), ts,
                                      NR(ts), &pub, &priv) == CKR_OK &&
           w->c->f->C_DestroyObject(w->ses, pub) == CKR_OK &&
           w->c->f->C_DestroyObject(w->ses, priv) == CKR_OK;
}

/* A session from nothing to a signature, in a process that runs already. */
static bool whole_login(struct worker *w)
{
    CK_FUNCTION_LIST *f = w->c->f;
    CK_OBJECT_HANDLE o;
    CK_ULONG n;
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_PRIVATE_KEY), A_STR(CKA_LABEL, "bench-ec")};
    bool ok =
        f->C_OpenSession(w->c->slot, CKF_SERIAL_SESSION, NULL, NULL, &w->ses) == CKR_OK &&
        f->C_Login(w->ses, CKU_USER, (CK_UTF8CHAR *)USER_PIN, 8) == CKR_OK &&
        f->C_FindObjectsInit(w->ses, t, NR(t)) == CKR_OK &&
        f->C_FindObjects(w->ses, &o, 1, &n) == CKR_OK && n == 1 &&
        f->C_FindObjectsFinal(w->ses) == CKR_OK && sign(w, CKM_ECDSA, o);
    return f->C_CloseSession(w->ses) == CKR_OK && ok;
}

static bool module_step(struct worker *w)
{
    CK_FUNCTION_LIST *f = w->c->f;
    CK_ULONG n = w->size + 16;
    CK_GCM_PARAMS p = {.pIv = gcm_iv, .ulIvLen = 12, .ulIvBits = 96, .ulTagBits = 128};
    switch (w->op) {
    case SIGN_EC:
        return sign(w, CKM_ECDSA, w->c->ec);
    case SIGN_RSA:
        return sign(w, CKM_SHA256_RSA_PKCS, w->c->rsa);
    case VERIFY_EC:
        return f->C_VerifyInit(w->ses, M0(CKM_ECDSA), w->c->ec_pub) == CKR_OK &&
               f->C_Verify(w->ses, w->in, 32, w->sig, w->sig_len) == CKR_OK;
    case KEYGEN_EC:
        return keygen(w);
    case GCM:
        return f->C_EncryptInit(w->ses, MP(CKM_AES_GCM, p), w->c->aes) == CKR_OK &&
               f->C_Encrypt(w->ses, w->in, w->size, w->out, &n) == CKR_OK;
    case SHA:
        n = 64;
        return f->C_DigestInit(w->ses, M0(CKM_SHA256)) == CKR_OK &&
               f->C_Digest(w->ses, w->in, w->size, w->out, &n) == CKR_OK;
    case LOGIN:
        return whole_login(w);
    case NR_OPS:
        break;
    }
    return false;
}

bool worker_begin(struct worker *w, const struct contender *c, enum op op, size_t size)
{
    *w = (struct worker){.c = c, .op = op, .size = size};
    w->in = calloc(1, size + 64);
    w->out = malloc(size + 64);
    if (!w->in || !w->out)
        return false;
    if (!c->module)
        return raw_begin(w);
    if (op == LOGIN)
        return true;
    if (c->f->C_OpenSession(c->slot, CKF_SERIAL_SESSION, NULL, NULL, &w->ses) != CKR_OK)
        return false;
    return op != VERIFY_EC || sign(w, CKM_ECDSA, c->ec);
}

bool worker_step(struct worker *w)
{
    return w->c->module ? module_step(w) : raw_step(w);
}

void worker_end(struct worker *w)
{
    if (w->c->module && w->op != LOGIN)
        w->c->f->C_CloseSession(w->ses);
    EVP_PKEY_CTX_free(w->pkey);
    EVP_CIPHER_CTX_free(w->cipher);
    EVP_MD_CTX_free(w->md);
    free(w->in);
    free(w->out);
}

/* --- contenders
 * ------------------------------------------------------------------------------- */

static CK_OBJECT_HANDLE find(struct contender *c, CK_OBJECT_CLASS class,
                             const char *label)
{
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, class), A_STR(CKA_LABEL, label)};
    p11 = c->f;
    return p11_find(c->main, t, NR(t));
}

bool contender_open(struct contender *c)
{
    CK_OBJECT_HANDLE pub, priv;
    if (!c->module)
        return true;
    if (!c->f && !p11_load(c->module))
        return false;
    if (!c->f)
        c->f = p11;
    p11 = c->f;
    CK_RV rv = p11_init();
    if (rv == CKR_OK)
        rv = p11_make_token(&c->slot, "bench", SO_PIN, USER_PIN);
    if (rv == CKR_OK)
        rv = p11_open(c->slot, CKF_RW_SESSION, &c->main);
    if (rv == CKR_OK)
        rv = p11_login(c->main, CKU_USER, USER_PIN);
    if (rv == CKR_OK && !find(c, CKO_PRIVATE_KEY, "bench-ec"))
        rv = p11_gen_ec(c->main, &p11_curves[0], true, "bench-ec", &pub, &priv);
    if (rv == CKR_OK && !find(c, CKO_PRIVATE_KEY, "bench-rsa"))
        rv = p11_gen_rsa(c->main, 2048, true, "bench-rsa", &pub, &priv);
    if (rv == CKR_OK)
        rv = p11_gen_aes(c->main, 16, &c->aes);
    if (rv != CKR_OK)
        fprintf(stderr, "%s: cannot prepare: %s\n", c->name, rv_name(rv));
    c->ec = find(c, CKO_PRIVATE_KEY, "bench-ec");
    c->ec_pub = find(c, CKO_PUBLIC_KEY, "bench-ec");
    c->rsa = find(c, CKO_PRIVATE_KEY, "bench-rsa");
    return rv == CKR_OK;
}

void contender_close(struct contender *c)
{
    if (c->f)
        c->f->C_Finalize(NULL);
}
