/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * X25519 and Ed25519 keys: strings of 32 bytes. A private value alone is completed with
 * its public one; when both are given they must belong together.
 */
#include <openssl/core_names.h>
#include "bytes.h"
#include "crypto.h"
#include "key.h"

#define OKP_LEN 32u

static const struct okp okps[] = {
    {"X25519", TEE_ATTR_X25519_PRIVATE_VALUE, TEE_ATTR_X25519_PUBLIC_VALUE},
    {"ED25519", TEE_ATTR_ED25519_PRIVATE_VALUE, TEE_ATTR_ED25519_PUBLIC_VALUE},
};

const struct okp *okp_find(const struct key_type *t)
{
    return &okps[type_rule(t, TEE_ATTR_X25519_PUBLIC_VALUE) ? 0 : 1];
}

/* The public value of k->pkey becomes the attribute, or must equal the one imported. */
static TEE_Result public_of_pkey(struct key *k, const struct okp *o)
{
    uint8_t y[OKP_LEN];
    size_t len = sizeof y;
    const struct key_attr *given = key_get(k, o->public);
    if (EVP_PKEY_get_raw_public_key(k->pkey, y, &len) != 1)
        return TEE_ERROR_OUT_OF_MEMORY;
    if (given)
        return given->len == OKP_LEN && !memcmp(given->p, y, OKP_LEN)
                   ? TEE_SUCCESS
                   : TEE_ERROR_BAD_PARAMETERS;
    return key_put(k, o->public, y, len) ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;
}

static TEE_Result okp_build(struct key *k)
{
    crypto_init();
    const struct okp *o = okp_find(k->type);
    bool pair = k->type->public != 0;
    const struct key_attr *a = key_get(k, pair ? o->secret : o->public);
    if (a->len != OKP_LEN)
        return TEE_ERROR_BAD_PARAMETERS;
    k->bits = 256;
    if (pair)
        k->pkey = EVP_PKEY_new_raw_private_key_ex(NULL, o->name, NULL, a->p, a->len);
    else
        k->pkey = EVP_PKEY_new_raw_public_key_ex(NULL, o->name, NULL, a->p, a->len);
    if (!k->pkey)
        return TEE_ERROR_OUT_OF_MEMORY;
    return pair ? public_of_pkey(k, o) : TEE_SUCCESS;
}

static TEE_Result okp_make(struct key *k, uint32_t bits)
{
    crypto_init();
    const struct okp *o = okp_find(k->type);
    uint8_t x[OKP_LEN];
    size_t len = sizeof x;
    k->bits = bits;
    k->pkey = EVP_PKEY_Q_keygen(NULL, NULL, o->name);
    if (!k->pkey || EVP_PKEY_get_raw_private_key(k->pkey, x, &len) != 1)
        return TEE_ERROR_OUT_OF_MEMORY;
    bool ok = key_put(k, o->secret, x, len);
    wipe(x, sizeof x);
    return ok ? public_of_pkey(k, o) : TEE_ERROR_OUT_OF_MEMORY;
}

const struct key_kind kind_okp = {okp_build, okp_make};
