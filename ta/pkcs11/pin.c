/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hashing and comparing PINs, and identities in their place. The verdict is computed
 * twice from the stored hash and only given when both agree, so that one skipped
 * instruction does not open a token; the comparison runs in constant time. Everything
 * derived from the PIN is wiped on every path.
 */
#include "pin.h"

#define ROUNDS       2000u
#define HASH_LEN     32u
#define PEPPER_LABEL "pkcs11 pin pepper"

bool pin_len_ok(size_t len)
{
    return len >= P11_PIN_LEN_MIN && len <= P11_PIN_LEN_MAX;
}

/* A transient object with one secret, set in a new operation. */
static TEE_Result keyed_op(TEE_OperationHandle *op, uint32_t alg, uint32_t mode,
                           uint32_t type, uint32_t attr_id, const void *secret,
                           size_t len)
{
    TEE_ObjectHandle key = TEE_HANDLE_NULL;
    TEE_Result r = TEE_AllocateOperation(op, alg, mode, (uint32_t)len * 8);
    if (r != TEE_SUCCESS)
        return r;
    r = TEE_AllocateTransientObject(type, (uint32_t)len * 8, &key);
    if (r == TEE_SUCCESS) {
        TEE_Attribute attr;
        TEE_InitRefAttribute(&attr, attr_id, (void *)(uintptr_t)secret, len);
        r = TEE_PopulateTransientObject(key, &attr, 1);
    }
    if (r == TEE_SUCCESS)
        r = TEE_SetOperationKey(*op, key);
    TEE_FreeTransientObject(key);
    if (r != TEE_SUCCESS) {
        TEE_FreeOperation(*op);
        *op = TEE_HANDLE_NULL;
    }
    return r;
}

/* HMAC(pepper, slot | user | PIN): bound to this device and to the use. */
static TEE_Result pepper(uint8_t out[HASH_LEN], uint32_t slot, uint32_t user,
                         struct span pin)
{
    uint8_t key[HASH_LEN], head[8];
    TEE_OperationHandle mac = TEE_HANDLE_NULL;
    size_t len = HASH_LEN;

    put_le32(head, slot);
    put_le32(head + 4, user);
    TEE_Result r = AH_DeriveKey(PEPPER_LABEL, key, sizeof key);
    if (r == TEE_SUCCESS)
        r = keyed_op(&mac, TEE_ALG_HMAC_SHA256, TEE_MODE_MAC, TEE_TYPE_HMAC_SHA256,
                     TEE_ATTR_SECRET_VALUE, key, sizeof key);
    wipe(key, sizeof key);
    if (r != TEE_SUCCESS)
        return r;
    TEE_MACInit(mac, NULL, 0);
    TEE_MACUpdate(mac, head, sizeof head);
    r = TEE_MACComputeFinal(mac, pin.p, pin.len, out, &len);
    TEE_FreeOperation(mac);
    return r;
}

static TEE_Result stretch(uint8_t out[HASH_LEN], const uint8_t in[HASH_LEN],
                          const struct credential *c)
{
    TEE_OperationHandle kdf = TEE_HANDLE_NULL;
    TEE_ObjectHandle derived = TEE_HANDLE_NULL;
    size_t len = HASH_LEN;

    TEE_Result r =
        keyed_op(&kdf, TEE_ALG_PBKDF2_HMAC_SHA256_DERIVE_KEY, TEE_MODE_DERIVE,
                 TEE_TYPE_PBKDF2_PASSWORD, TEE_ATTR_PBKDF2_PASSWORD, in, HASH_LEN);
    if (r == TEE_SUCCESS)
        r = TEE_AllocateTransientObject(TEE_TYPE_GENERIC_SECRET, HASH_LEN * 8, &derived);
    if (r == TEE_SUCCESS) {
        TEE_Attribute how[3];
        TEE_InitRefAttribute(&how[0], TEE_ATTR_PBKDF2_SALT, (void *)(uintptr_t)c->salt,
                             sizeof c->salt);
        TEE_InitValueAttribute(&how[1], TEE_ATTR_PBKDF2_ITERATION_COUNT, c->rounds, 0);
        TEE_InitValueAttribute(&how[2], TEE_ATTR_PBKDF2_DKM_LENGTH, HASH_LEN, 0);
        TEE_DeriveKey(kdf, how, 3, derived);
        r = TEE_GetObjectBufferAttribute(derived, TEE_ATTR_SECRET_VALUE, out, &len);
    }
    TEE_FreeTransientObject(derived);
    TEE_FreeOperation(kdf);
    return r;
}

static TEE_Result hash(uint8_t out[HASH_LEN], const struct credential *c, uint32_t slot,
                       uint32_t user, struct span pin)
{
    uint8_t bound[HASH_LEN];
    TEE_Result r = pepper(bound, slot, user, pin);
    if (r == TEE_SUCCESS)
        r = stretch(out, bound, c);
    wipe(bound, sizeof bound);
    return r;
}

CK_RV pin_set(struct credential *c, uint32_t slot, uint32_t user, struct span pin_secret)
{
    struct credential new = {.set = true, .rounds = ROUNDS};
    TEE_GenerateRandom(new.salt, sizeof new.salt);
    TEE_Result r = hash(new.hash, &new, slot, user, pin_secret);
    if (r == TEE_SUCCESS)
        *c = new;
    return rv_of(r);
}

static verdict_t compare(const void *a, const void *b, size_t len)
{
    return ct_equal(a, b, len) ? VERDICT_ACCEPT : VERDICT_REFUSE;
}

/* Two looks at the same question; a fault has to hit both. */
static verdict_t compare_twice(const void *a, const void *b, size_t len)
{
    volatile verdict_t first = compare(a, b, len);
    if (first != VERDICT_ACCEPT)
        return VERDICT_REFUSE;
    volatile verdict_t second = compare(b, a, len);
    return second == VERDICT_ACCEPT && first == second ? second : VERDICT_REFUSE;
}

verdict_t pin_verify(const struct credential *c, uint32_t slot, uint32_t user,
                     struct span pin_secret)
{
    uint8_t got[HASH_LEN] = {0};
    verdict_t v = VERDICT_REFUSE;
    if (c->set && hash(got, c, slot, user, pin_secret) == TEE_SUCCESS)
        v = compare_twice(got, c->hash, HASH_LEN);
    wipe(got, sizeof got);
    return v;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        return (c | 0x20) - 'a' + 10;
    return -1;
}

/* 8-4-4-4-12 hexadecimal digits. */
static bool uuid_parse(TEE_UUID *uuid, struct span text)
{
    uint8_t b[16];
    size_t n = 0;
    if (text.len != 36)
        return false;
    for (size_t i = 0; i < 36; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text.p[i] != '-')
                return false;
            continue;
        }
        int d = hex_digit(text.p[i]);
        if (d < 0)
            return false;
        b[n / 2] = (uint8_t)(n % 2 ? b[n / 2] | d : d << 4);
        n++;
    }
    uuid->timeLow =
        (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    uuid->timeMid = (uint16_t)(b[4] << 8 | b[5]);
    uuid->timeHiAndVersion = (uint16_t)(b[6] << 8 | b[7]);
    memcpy(uuid->clockSeqAndNode, b + 8, 8);
    return true;
}

bool identity_parse(TEE_Identity *id, struct span text)
{
    static const struct {
        const char *word;
        uint32_t login;
        bool uuid;
    } words[] = {
        {"public", TEE_LOGIN_PUBLIC, false},
        {"user:", TEE_LOGIN_USER, true},
        {"group:", TEE_LOGIN_GROUP, true},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i].word);
        if (text.len < n || memcmp(text.p, words[i].word, n) != 0)
            continue;
        *id = (TEE_Identity){.login = words[i].login};
        struct span rest = {text.p + n, text.len - n};
        return words[i].uuid ? uuid_parse(&id->uuid, rest) : rest.len == 0;
    }
    return false;
}

verdict_t identity_verify(const struct credential *c, const TEE_Identity *client)
{
    if (!c->set || compare_twice(&c->identity.login, &client->login, 4) != VERDICT_ACCEPT)
        return VERDICT_REFUSE;
    return compare_twice(&c->identity.uuid, &client->uuid, sizeof client->uuid);
}
