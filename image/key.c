/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signing keys. Only P-256 is taken, because that is what the verifier knows; another
 * curve is refused here, where the message can say so, and not first on the device.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include "key.h"

static void complain(const char *name, const char *what)
{
    unsigned long e = ERR_peek_last_error();
    const char *reason = e ? ERR_reason_error_string(e) : NULL;
    fprintf(stderr, "%s: %s%s%s\n", name, what, reason ? ": " : "", reason ? reason : "");
    ERR_clear_error();
}

static EVP_PKEY *pem_open(const char *path, bool secret)
{
    FILE *f = fopen(path, "re");
    if (!f) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return NULL;
    }
    EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    if (!key && !secret) {
        rewind(f);
        ERR_clear_error();
        key = PEM_read_PUBKEY(f, NULL, NULL, NULL);
    }
    fclose(f);
    if (!key)
        complain(path, secret ? "no private key in it" : "no key in it");
    return key;
}

static bool is_p256(const EVP_PKEY *key)
{
    char group[32] = "";
    size_t len;
    return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
           EVP_PKEY_get_group_name(key, group, sizeof group, &len) == 1 &&
           (strcmp(group, "prime256v1") == 0 || strcmp(group, "P-256") == 0);
}

EVP_PKEY *key_open(const char *name, bool secret)
{
    EVP_PKEY *key;
    if (strncmp(name, "pkcs11:", 7) == 0) {
        key = key_pkcs11(name, secret);
        if (!key)
            complain(name,
                     "no key through OpenSSL's pkcs11 provider or engine "
                     "(Debian: libengine-pkcs11-openssl; module by PKCS11_MODULE_PATH)");
    } else {
        key = pem_open(name, secret);
    }
    if (key && !is_p256(key)) {
        fprintf(stderr,
                "%s: images are signed with EC P-256, this is another kind of key\n",
                name);
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

/* By the call that also knows keys of engines. */
bool key_point(EVP_PKEY *key, uint8_t point[65])
{
    unsigned char *encoded = NULL;
    size_t len = EVP_PKEY_get1_encoded_public_key(key, &encoded);
    bool ok = len == 65 && encoded[0] == 4;
    if (ok)
        memcpy(point, encoded, 65);
    else
        complain("key", "its public point is not available uncompressed");
    OPENSSL_free(encoded);
    return ok;
}

static bool der_to_raw(uint8_t rs[64], const uint8_t *der, size_t len)
{
    const unsigned char *p = der;
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)len);
    if (!sig)
        return false;
    bool ok = BN_bn2binpad(ECDSA_SIG_get0_r(sig), rs, 32) == 32 &&
              BN_bn2binpad(ECDSA_SIG_get0_s(sig), rs + 32, 32) == 32;
    ECDSA_SIG_free(sig);
    return ok;
}

bool key_sign(EVP_PKEY *key, uint8_t rs[64], const void *p, size_t len)
{
    uint8_t der[128];
    size_t der_len = sizeof der;
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool ok = c && EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestSign(c, der, &der_len, p, len) == 1 &&
              der_to_raw(rs, der, der_len);
    EVP_MD_CTX_free(c);
    if (!ok)
        complain("key", "it does not sign");
    return ok;
}
