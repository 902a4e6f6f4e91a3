/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of mechanisms: one row each. The list that clients see, the policy that keys
 * are held to, the limits and the implementation all come from the row; there is no
 * second place that knows a mechanism.
 *
 *   flags     CKF_*: the functions that may be asked for
 *   key       what kind of key it works with, or makes
 *   min, max  of that key, in the unit that PKCS#11 uses for the mechanism; 0: not said
 *   how       encrypt, decrypt, sign, verify, digest (how.h); NULL: none of them
 *   alg       TEE_ALG_* for the implementation, where the hash or the key does not tell
 *   hash      of "with SHA-x" mechanisms
 *   generate, derive  the other functions
 */
#ifndef P11_MECH_H
#define P11_MECH_H

#include "hash.h"

enum mech_key {
    KEY_NONE,
    KEY_AES,
    KEY_SECRET, /* any secret key */
    KEY_HMAC,   /* generic secret, or the HMAC type of the row's hash */
    KEY_RSA,
    KEY_EC,
};

struct draft;
struct how;
struct key;
struct object;

/* A secret key: put its value into the draft. */
typedef CK_RV generate_fn(struct draft *d);
/* A pair: put the values into both drafts and their keys. */
typedef CK_RV generate_pair_fn(struct draft *pub, struct draft *prv);
/* Put the derived value into the draft. */
typedef CK_RV derive_fn(struct draft *d, struct object *base, struct key *key,
                        const struct p11_mech *p);

struct mech {
    uint32_t id;
    uint32_t flags;
    enum mech_key key;
    uint32_t min, max;
    const struct how *how;
    uint32_t alg;
    const struct hash *hash;
    generate_fn *generate;
    generate_pair_fn *generate_pair;
    derive_fn *derive;
};

/* NULL for a mechanism that is not in the table. */
const struct mech *mech_find(uint32_t id);

/*
 * May object o be used with m for function (one CKF_* bit)? In this order:
 * CKR_MECHANISM_INVALID (m cannot do that), CKR_KEY_TYPE_INCONSISTENT,
 * CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_MECHANISM_INVALID (CKA_ALLOWED_MECHANISMS). START
 * and END_DATE are informative, as the TEE has no trusted clock.
 */
CK_RV mech_may(const struct mech *m, uint32_t function, const struct object *o);

/* CKR_KEY_SIZE_RANGE when the key is outside the row's limits. */
CK_RV mech_fits(const struct mech *m, const struct key *key);

/* The whole table, for tests. */
const struct mech *mech_table(size_t *nr);

/* The implementations: cipher.c, gcm.c, keywrap.c, mac.c, ecdsa.c, rsa.c, digest.c */
extern const struct how way_block, way_cbc_pad, way_ctr, way_gcm, way_key_wrap, way_hmac,
    way_cmac, way_ecdsa, way_ecdsa_hash, way_rsa_pkcs, way_rsa_pkcs_hash, way_rsa_pss,
    way_rsa_pss_hash, way_rsa_oaep, way_rsa_raw, way_digest, way_rsa_aes;
/* keygen.c, derive.c */
extern generate_fn generate_secret;
extern generate_pair_fn generate_rsa, generate_ec;
extern derive_fn derive_ecdh, derive_encrypt;

#endif
