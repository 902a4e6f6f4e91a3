/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys in a token: OpenSSL's pkcs11 provider when it is installed, else the engine of
 * that name (deprecated in OpenSSL 3, and the one that Debian 12 ships). The engine stays
 * loaded until exit: the key refers to it.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <stdlib.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include "key.h"

static EVP_PKEY *by_provider(const char *uri, bool secret)
{
    if (!OSSL_PROVIDER_try_load(NULL, "pkcs11", 1))
        return NULL;
    EVP_PKEY *key = NULL;
    OSSL_STORE_CTX *store = OSSL_STORE_open(uri, NULL, NULL, NULL, NULL);
    while (store && !key && !OSSL_STORE_eof(store)) {
        OSSL_STORE_INFO *info = OSSL_STORE_load(store);
        int type = info ? OSSL_STORE_INFO_get_type(info) : 0;
        if (type == OSSL_STORE_INFO_PKEY)
            key = OSSL_STORE_INFO_get1_PKEY(info);
        else if (type == OSSL_STORE_INFO_PUBKEY && !secret)
            key = OSSL_STORE_INFO_get1_PUBKEY(info);
        OSSL_STORE_INFO_free(info);
    }
    OSSL_STORE_close(store);
    return key;
}

static EVP_PKEY *by_engine(const char *uri, bool secret)
{
    ENGINE_load_builtin_engines();
    ENGINE *e = ENGINE_by_id("pkcs11");
    if (!e || ENGINE_init(e) != 1)
        return NULL;
    return secret ? ENGINE_load_private_key(e, uri, NULL, NULL)
                  : ENGINE_load_public_key(e, uri, NULL, NULL);
}

EVP_PKEY *key_pkcs11(const char *uri, bool secret)
{
    EVP_PKEY *key = by_provider(uri, secret);
    if (key)
        return key;
    ERR_clear_error();
    return by_engine(uri, secret);
}
