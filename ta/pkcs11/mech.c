/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mechanisms; mech.h explains the columns. To add one, add a row, and an
 * implementation if no row has it yet.
 *
 * The policy is a table too: each function names the attribute that permits it and the
 * class of key it needs when the mechanism is asymmetric.
 */
#include "cmd.h"
#include "key.h"
#include "mech.h"
#include "object.h"
#include "ready.h"

#define F_CIPHER (uint32_t)(CKF_ENCRYPT | CKF_DECRYPT)
#define F_WRAP   (uint32_t)(CKF_WRAP | CKF_UNWRAP)
#define F_AUTH   (uint32_t)(CKF_SIGN | CKF_VERIFY)
#define F_DIGEST (uint32_t) CKF_DIGEST
#define F_GEN    (uint32_t) CKF_GENERATE
#define F_PAIR   (uint32_t) CKF_GENERATE_KEY_PAIR
#define F_DERIVE (uint32_t) CKF_DERIVE
#define F_EC     (uint32_t)(CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS)

#define SECRET_MAX 512u /* bytes of a generic secret or HMAC key */

/* Sizes are in bits for RSA, EC and GENERIC_SECRET_KEY_GEN, else in bytes. */
#define DIGEST(ID, HASH)                                                                 \
    {                                                                                    \
        ID, F_DIGEST, KEY_NONE, 0, 0, &way_digest, 0, &HASH, NULL, NULL, NULL            \
    }
#define HMAC(ID, HASH)                                                                   \
    {                                                                                    \
        ID, F_AUTH, KEY_HMAC, 1, SECRET_MAX, &way_hmac, 0, &HASH, NULL, NULL, NULL       \
    }
#define AES(ID, MAY, HOW, ALG)                                                           \
    {                                                                                    \
        ID, MAY, KEY_AES, 16, 32, &HOW, ALG, NULL, NULL, NULL, NULL                      \
    }
#define RSA(ID, MAY, HOW, HASH)                                                          \
    {                                                                                    \
        ID, MAY, KEY_RSA, RSA_BITS_MIN, RSA_BITS_MAX, &HOW, 0, HASH, NULL, NULL, NULL    \
    }
#define ECDSA(ID, HOW, HASH)                                                             \
    {                                                                                    \
        ID, F_AUTH | F_EC, KEY_EC, 256, 521, &HOW, 0, HASH, NULL, NULL, NULL             \
    }

#define GENERATE(ID, KEY, MIN, MAX)                                                      \
    {                                                                                    \
        ID, F_GEN, KEY, MIN, MAX, NULL, 0, NULL, generate_secret, NULL, NULL             \
    }
#define PAIR(ID, MAY, KEY, MIN, MAX, FN)                                                 \
    {                                                                                    \
        ID, MAY, KEY, MIN, MAX, NULL, 0, NULL, NULL, FN, NULL                            \
    }
#define DERIVE(ID, MAY, KEY, MIN, MAX, ALG, FN)                                          \
    {                                                                                    \
        ID, MAY, KEY, MIN, MAX, NULL, ALG, NULL, NULL, NULL, FN                          \
    }

static const struct mech mechs[] = {
    DIGEST(CKM_MD5, hash_md5),
    DIGEST(CKM_SHA_1, hash_sha1),
    DIGEST(CKM_SHA224, hash_sha224),
    DIGEST(CKM_SHA256, hash_sha256),
    DIGEST(CKM_SHA384, hash_sha384),
    DIGEST(CKM_SHA512, hash_sha512),

    HMAC(CKM_SHA_1_HMAC, hash_sha1),
    HMAC(CKM_SHA_1_HMAC_GENERAL, hash_sha1),
    HMAC(CKM_SHA224_HMAC, hash_sha224),
    HMAC(CKM_SHA224_HMAC_GENERAL, hash_sha224),
    HMAC(CKM_SHA256_HMAC, hash_sha256),
    HMAC(CKM_SHA256_HMAC_GENERAL, hash_sha256),
    HMAC(CKM_SHA384_HMAC, hash_sha384),
    HMAC(CKM_SHA384_HMAC_GENERAL, hash_sha384),
    HMAC(CKM_SHA512_HMAC, hash_sha512),
    HMAC(CKM_SHA512_HMAC_GENERAL, hash_sha512),

    AES(CKM_AES_ECB, F_CIPHER | F_WRAP, way_block, TEE_ALG_AES_ECB_NOPAD),
    AES(CKM_AES_CBC, F_CIPHER | F_WRAP, way_block, TEE_ALG_AES_CBC_NOPAD),
    AES(CKM_AES_CBC_PAD, F_CIPHER | F_WRAP, way_cbc_pad, TEE_ALG_AES_CBC_NOPAD),
    AES(CKM_AES_CTR, F_CIPHER, way_ctr, TEE_ALG_AES_CTR),
    AES(CKM_AES_GCM, F_CIPHER | F_WRAP, way_gcm, TEE_ALG_AES_GCM),
    AES(CKM_AES_CMAC, F_AUTH, way_cmac, TEE_ALG_AES_CMAC),
    AES(CKM_AES_CMAC_GENERAL, F_AUTH, way_cmac, TEE_ALG_AES_CMAC),
    AES(CKM_AES_KEY_WRAP, F_CIPHER | F_WRAP, way_key_wrap, AH_ALG_AES_KW),
    AES(CKM_AES_KEY_WRAP_PAD, F_CIPHER | F_WRAP, way_key_wrap, AH_ALG_AES_KWP),
    AES(CKM_AES_KEY_WRAP_KWP, F_CIPHER | F_WRAP, way_key_wrap, AH_ALG_AES_KWP),

    ECDSA(CKM_ECDSA, way_ecdsa, NULL),
    ECDSA(CKM_ECDSA_SHA1, way_ecdsa_hash, &hash_sha1),
    ECDSA(CKM_ECDSA_SHA224, way_ecdsa_hash, &hash_sha224),
    ECDSA(CKM_ECDSA_SHA256, way_ecdsa_hash, &hash_sha256),
    ECDSA(CKM_ECDSA_SHA384, way_ecdsa_hash, &hash_sha384),
    ECDSA(CKM_ECDSA_SHA512, way_ecdsa_hash, &hash_sha512),

    RSA(CKM_RSA_PKCS, F_CIPHER | F_AUTH | F_WRAP, way_rsa_pkcs, NULL),
    RSA(CKM_RSA_X_509, F_CIPHER | F_AUTH, way_rsa_raw, NULL),
    RSA(CKM_RSA_PKCS_OAEP, F_CIPHER | F_WRAP, way_rsa_oaep, NULL),
    RSA(CKM_RSA_PKCS_PSS, F_AUTH, way_rsa_pss, NULL),
    RSA(CKM_SHA1_RSA_PKCS, F_AUTH, way_rsa_pkcs_hash, &hash_sha1),
    RSA(CKM_SHA224_RSA_PKCS, F_AUTH, way_rsa_pkcs_hash, &hash_sha224),
    RSA(CKM_SHA256_RSA_PKCS, F_AUTH, way_rsa_pkcs_hash, &hash_sha256),
    RSA(CKM_SHA384_RSA_PKCS, F_AUTH, way_rsa_pkcs_hash, &hash_sha384),
    RSA(CKM_SHA512_RSA_PKCS, F_AUTH, way_rsa_pkcs_hash, &hash_sha512),
    RSA(CKM_SHA1_RSA_PKCS_PSS, F_AUTH, way_rsa_pss_hash, &hash_sha1),
    RSA(CKM_SHA224_RSA_PKCS_PSS, F_AUTH, way_rsa_pss_hash, &hash_sha224),
    RSA(CKM_SHA256_RSA_PKCS_PSS, F_AUTH, way_rsa_pss_hash, &hash_sha256),
    RSA(CKM_SHA384_RSA_PKCS_PSS, F_AUTH, way_rsa_pss_hash, &hash_sha384),
    RSA(CKM_SHA512_RSA_PKCS_PSS, F_AUTH, way_rsa_pss_hash, &hash_sha512),
    RSA(CKM_RSA_AES_KEY_WRAP, F_WRAP, way_rsa_aes, NULL),

    GENERATE(CKM_AES_KEY_GEN, KEY_AES, 16, 32),
    GENERATE(CKM_GENERIC_SECRET_KEY_GEN, KEY_SECRET, 8, 8 * SECRET_MAX),
    PAIR(CKM_EC_KEY_PAIR_GEN, F_PAIR | F_EC, KEY_EC, 256, 521, generate_ec),
    PAIR(CKM_RSA_PKCS_KEY_PAIR_GEN, F_PAIR, KEY_RSA, 2048, RSA_BITS_MAX, generate_rsa),

    DERIVE(CKM_ECDH1_DERIVE, F_DERIVE | F_EC, KEY_EC, 256, 521, 0, derive_ecdh),
    DERIVE(CKM_AES_ECB_ENCRYPT_DATA, F_DERIVE, KEY_AES, 0, 0, TEE_ALG_AES_ECB_NOPAD,
           derive_encrypt),
    DERIVE(CKM_AES_CBC_ENCRYPT_DATA, F_DERIVE, KEY_AES, 0, 0, TEE_ALG_AES_CBC_NOPAD,
           derive_encrypt),
};

#define MECHS (sizeof mechs / sizeof mechs[0])

/* What each function asks of the key. */
static const struct {
    uint32_t function;
    uint32_t attr;  /* must be TRUE */
    uint32_t class; /* of an asymmetric key */
} uses[] = {
    {CKF_ENCRYPT, CKA_ENCRYPT, CKO_PUBLIC_KEY},
    {CKF_DECRYPT, CKA_DECRYPT, CKO_PRIVATE_KEY},
    {CKF_SIGN, CKA_SIGN, CKO_PRIVATE_KEY},
    {CKF_VERIFY, CKA_VERIFY, CKO_PUBLIC_KEY},
    {CKF_WRAP, CKA_WRAP, CKO_PUBLIC_KEY},
    {CKF_UNWRAP, CKA_UNWRAP, CKO_PRIVATE_KEY},
    {CKF_DERIVE, CKA_DERIVE, CKO_PRIVATE_KEY},
};

#define USES (sizeof uses / sizeof uses[0])

const struct mech *mech_find(uint32_t id)
{
    for (size_t i = 0; i < MECHS; i++)
        if (mechs[i].id == id)
            return &mechs[i];
    return NULL;
}

const struct mech *mech_table(size_t *nr)
{
    *nr = MECHS;
    return mechs;
}

static bool type_fits(const struct mech *m, uint32_t class, const struct object *o)
{
    bool asymmetric = m->key == KEY_RSA || m->key == KEY_EC;
    if (o->class != (asymmetric ? class : CKO_SECRET_KEY))
        return false;
    switch (m->key) {
    case KEY_NONE:
        return false;
    case KEY_AES:
        return o->key_type == CKK_AES;
    case KEY_SECRET:
        return true;
    case KEY_HMAC:
        return o->key_type == CKK_GENERIC_SECRET || o->key_type == m->hash->hmac_key;
    case KEY_RSA:
        return o->key_type == CKK_RSA;
    case KEY_EC:
        return o->key_type == CKK_EC;
    }
    return false;
}

/* An absent or empty list allows everything. */
static bool mech_allowed(const struct mech *m, const struct object *o)
{
    struct span list = attr_bytes(&o->attrs, CKA_ALLOWED_MECHANISMS);
    bool found = list.len == 0;
    for (size_t i = 0; !found && i + 4 <= list.len; i += 4)
        found = le32(list.p + i) == m->id;
    return found;
}

CK_RV mech_may(const struct mech *m, uint32_t function, const struct object *o)
{
    size_t i = 0;
    while (i < USES && uses[i].function != function)
        i++;
    if (i == USES || !(m->flags & function))
        return CKR_MECHANISM_INVALID;
    if (!type_fits(m, uses[i].class, o))
        return CKR_KEY_TYPE_INCONSISTENT;
    if (!attr_bool(&o->attrs, uses[i].attr))
        return CKR_KEY_FUNCTION_NOT_PERMITTED;
    return mech_allowed(m, o) ? CKR_OK : CKR_MECHANISM_INVALID;
}

CK_RV mech_fits(const struct mech *m, const struct key *key)
{
    bool in_bits = m->key == KEY_RSA || m->key == KEY_EC;
    uint32_t size = in_bits ? key_bits(key) : key_bits(key) / 8;
    if (m->max && (size < m->min || size > m->max))
        return CKR_KEY_SIZE_RANGE;
    return CKR_OK;
}

CK_RV cmd_mechanism_ids(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    (void)c;
    uint8_t ids[MECHS * 4];
    uint32_t slot = rd_u32(ctrl);
    if (!rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    if (slot >= TOKENS)
        return CKR_SLOT_ID_INVALID;
    for (size_t i = 0; i < MECHS; i++)
        put_le32(ids + 4 * i, mechs[i].id);
    return io_put_info(io, ids, sizeof ids);
}

CK_RV cmd_mechanism_info(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    (void)c;
    uint8_t info[sizeof(struct p11_mechanism_info)];
    uint32_t slot = rd_u32(ctrl), id = rd_u32(ctrl);
    if (!rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    if (slot >= TOKENS)
        return CKR_SLOT_ID_INVALID;
    const struct mech *m = mech_find(id);
    if (!m)
        return CKR_MECHANISM_INVALID;
    put_le32(info, m->min);
    put_le32(info + 4, m->max);
    put_le32(info + 8, m->flags);
    return io_put_info(io, info, sizeof info);
}
