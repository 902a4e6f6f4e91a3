/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys: the one representation of key material in a TA.
 *
 * A key holds its attributes as GP names them and, when it is asymmetric, the EVP_PKEY
 * made of them. It is built once, checked while it is built, and never changed
 * afterwards; so any number of objects, operations and threads share it by counting. The
 * last one to let go wipes it.
 *
 * What a type is (its sizes, attributes and behaviour) is a row of the table in type.c.
 */
#ifndef AH_TEE_KEY_H
#define AH_TEE_KEY_H

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <stdatomic.h>
#include "tee_internal_api.h"

#define KEY_ATTRS_MAX 8

/* What a type wants of an attribute. */
#define NEED_IMPORT  0x01u /* TEE_PopulateTransientObject must be given it */
#define MAY_IMPORT   0x02u /* ... may be given it; the type computes or does without it */
#define GROUP_IMPORT 0x04u /* ... all of these or none */
#define NEED_MAKE    0x08u /* TEE_GenerateKey must be given it */
#define MAY_MAKE     0x10u /* ... may be given it */
#define PUBLIC_PART  0x20u /* copied into a public key */

struct attr_rule {
    uint32_t id;
    uint32_t what;
};

struct key;

/*
 * How keys of a family are built. Both fill k->bits, k->pkey and the attributes that are
 * missing.
 */
struct key_kind {
    /*
     * From the attributes that were imported. TEE_ERROR_BAD_PARAMETERS when they are not
     * a key, TEE_ERROR_OUT_OF_MEMORY.
     */
    TEE_Result (*build)(struct key *k);
    /*
     * At random; k holds the parameters given as attributes. NULL: the type has no
     * generation. TEE_ERROR_BAD_PARAMETERS when they do not fit.
     */
    TEE_Result (*make)(struct key *k, uint32_t bits);
};

struct key_type {
    uint32_t id;     /* TEE_TYPE_* */
    uint32_t public; /* type of the public part; 0: none, or is one itself */
    uint16_t min, max,
        step; /* bits; step 0: only the sizes min and max (curves: see type.c) */
    const struct key_kind *kind;
    const struct attr_rule *rules; /* ends with id 0 */
};

struct key_attr {
    uint32_t id;
    uint32_t len;   /* of p */
    uint8_t *p;     /* NULL for a value */
    uint32_t value; /* a; b is always 0 in keys */
};

struct key {
    atomic_uint holders;
    const struct key_type *type;
    uint32_t bits;
    uint32_t nr;
    struct key_attr attr[KEY_ATTRS_MAX];
    EVP_PKEY *pkey; /* NULL for secrets */
};

/* The row of a type, or NULL; is bits a size that keys of the type have? */
const struct key_type *type_find(uint32_t id);
bool type_has_size(const struct key_type *t, uint32_t bits);
const struct attr_rule *type_rule(const struct key_type *t, uint32_t attribute);

/* An empty key of the type with one holder; NULL when memory is short. */
struct key *key_new(const struct key_type *t);
struct key *key_hold(struct key *k);
void key_drop(struct key *k); /* NULL is allowed */

/* While a key is being built: each false means that memory is short. */
bool key_put(struct key *k, uint32_t id, const void *p, size_t len);
bool key_put_bn(struct key *k, uint32_t id, const BIGNUM *n,
                size_t len); /* len 0: shortest */
bool key_put_value(struct key *k, uint32_t id, uint32_t value);
void key_remove(struct key *k, uint32_t id);

/* The attribute, or NULL. */
const struct key_attr *key_get(const struct key *k, uint32_t id);

/* The attribute as a number; NULL when absent or memory is short. The caller frees it. */
BIGNUM *key_get_bn(const struct key *k, uint32_t id);

/* The secret of a symmetric key. */
const struct key_attr *key_secret(const struct key *k);

/* The public key of a pair as a key of its own; NULL when memory is short. */
struct key *key_public(const struct key *pair, const struct key_type *public);

extern const struct key_kind kind_secret, kind_rsa, kind_ec, kind_dsa, kind_dh, kind_okp;

/* A curve of TEE_ATTR_ECC_CURVE. */
struct curve {
    uint32_t id;
    uint32_t bits;
    const char *name; /* as libcrypto calls it */
    int nid;
};
const struct curve *curve_find(uint32_t id);

/* Attributes that hold the secret and public value of an X25519 or Ed25519 key. */
struct okp {
    const char *name;
    uint32_t secret, public;
};
const struct okp *okp_find(const struct key_type *t);

#endif
