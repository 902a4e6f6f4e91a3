/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Symmetric keys and other secrets: bytes of a length that the type has. DES keys are
 * made with odd parity, as their standard wants; imported ones are taken as they are.
 */
#include <openssl/rand.h>
#include <stdlib.h>
#include "bytes.h"
#include "crypto.h"
#include "key.h"
#include "panic.h"

static TEE_Result secret_build(struct key *k)
{
    const struct key_attr *a = key_secret(k);
    uint64_t bits = (uint64_t)a->len * 8;
    if (bits > UINT32_MAX || !type_has_size(k->type, (uint32_t)bits))
        return TEE_ERROR_BAD_PARAMETERS;
    k->bits = (uint32_t)bits;
    return TEE_SUCCESS;
}

static void odd_parity(uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t x = (uint8_t)(p[i] & 0xfeu);
        uint8_t y = (uint8_t)(x ^ x >> 4);
        y = (uint8_t)(y ^ y >> 2);
        y = (uint8_t)(y ^ y >> 1);
        p[i] = (uint8_t)(x | ((y & 1u) ^ 1u));
    }
}

static TEE_Result secret_make(struct key *k, uint32_t bits)
{
    size_t len = bits / 8;
    uint8_t *p = malloc(len ? len : 1);
    if (!p)
        return TEE_ERROR_OUT_OF_MEMORY;
    sys_random(p, len);
    if (k->type->id == TEE_TYPE_DES || k->type->id == TEE_TYPE_DES3)
        odd_parity(p, len);
    bool ok = key_put(k, k->type->rules[0].id, p, len);
    wipe(p, len);
    free(p);
    k->bits = bits;
    return ok ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;
}

const struct key_kind kind_secret = {secret_build, secret_make};
