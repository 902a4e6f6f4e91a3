/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operation behind a TEE_OperationHandle and the table of algorithms.
 *
 * An algorithm is a row: its class, the type of its keys, the digest or cipher it uses,
 * and how it works (struct how). operation.c keeps the state machine of GP 1.3.1,
 * section 6.2, the same for all; the file of a class (digest.c, cipher.c, ...) holds its
 * public functions and its hows. libcrypto's contexts live as long as the operation and
 * are keyed when a key is set, so that a signature or a message later pays for nothing
 * but itself.
 */
#ifndef AH_TEE_OPERATION_H
#define AH_TEE_OPERATION_H

#include "bytes.h"
#include "crypto.h"
#include "key.h"

#define BLOCK_MAX  16
#define DIGEST_MAX 64

struct cipher_mode; /* cipher.h */
struct aead;        /* ae.h */
struct signer;      /* asym_sign.c */
struct crypter;     /* asym_crypt.c */

struct how {
    bool (*open)(
        TEE_OperationHandle op); /* make contexts; false: no memory. May be NULL */
    void (*key)(TEE_OperationHandle op);   /* a key was set: prepare. May be NULL */
    void (*reset)(TEE_OperationHandle op); /* forget a message begun. May be NULL */
    /* The message begun in src, into dst, whose key is set alike; false: no memory. May
     * be NULL */
    bool (*copy)(TEE_OperationHandle dst, TEE_OperationHandle src);

    /* One of these, by class; each reads the row for the rest. */
    const struct cipher_mode *cipher;
    const struct aead *aead;
    const struct signer *signer;
    const struct crypter *crypter;
    void (*derive)(TEE_OperationHandle op, const TEE_Attribute *params, uint32_t nr,
                   TEE_ObjectHandle derived);
};

#define ALG_TWO_KEYS   0x1u
#define ALG_ANY_DIGEST 0x2u /* signs bytes of any length, not only a digest's */
#define ALG_BOTH_USES                                                                    \
    0x4u              /* encrypts like a verifier, decrypts like a signer (RSA_NOPAD) */
#define ALG_PADS 0x8u /* CBC-MAC: PKCS#5 padding */

struct alg {
    uint32_t id;    /* TEE_ALG_* */
    uint32_t class; /* TEE_OPERATION_* */
    uint32_t type;  /* TEE_TYPE_* of the secret or the pair; 0: no key */
    const struct how *how;
    enum hash_id hash;
    enum cipher_id cipher;
    uint32_t flags; /* ALG_* */
    uint32_t curve; /* TEE_ECC_CURVE_* that it is bound to; 0: any, or none */
};

/* The row of an algorithm, or NULL; and row i of the table, NULL past its end. */
const struct alg *alg_find(uint32_t id);
const struct alg *alg_at(size_t i);

struct __TEE_OperationHandle {
    uint32_t mark;
    const struct alg *alg;
    uint32_t mode;
    uint32_t max_bits;
    uint32_t usage; /* what a key must allow */
    uint32_t flags; /* TEE_HANDLE_FLAG_KEY_SET, ..._INITIALIZED, ..._EXPECT_TWO_KEYS */
    uint32_t state; /* TEE_OPERATION_STATE_* */
    struct key *key, *key2;

    EVP_MD_CTX *md, *md_aux;
    EVP_CIPHER_CTX *cipher, *cipher_aux;
    EVP_MAC_CTX *mac;
    EVP_PKEY_CTX *pkey;

    /* A message in the making. */
    uint8_t tail[2 * BLOCK_MAX]; /* input not processed yet */
    size_t tail_len;
    uint8_t chain[BLOCK_MAX]; /* CTS: last ciphertext block; XTS: tweak; CBC-MAC: the MAC
                                 so far */
    uint64_t ahead; /* XTS: blocks by which chain lags behind; CBC-MAC: bytes seen */
    uint8_t digest[DIGEST_MAX];
    size_t extracted; /* bytes of the digest given out */

    /* Authenticated encryption. */
    size_t tag_len, nonce_len;
    bool nonce_changed;            /* in length, since the message before */
    size_t aad_left, payload_left; /* CCM: bytes announced and not given yet */
    bool payload_begun;
    uint8_t *held; /* CCM: payload until the end, held_len of held_room bytes; wiped */
    size_t held_len, held_room, aad_len;

    int salt_len; /* PSS: as set in pkey; -1 not set yet */
    enum hash_id mgf;
    bool labelled; /* OAEP: a label is set in pkey */
};

/* Panics unless op is a live handle of this class. */
void operation_check(TEE_OperationHandle op, uint32_t class, const char *who);

/* A message begins or is over. */
void operation_begin(TEE_OperationHandle op);
void operation_end(TEE_OperationHandle op);

/*
 * The bytes of a symmetric key as its cipher takes them (DES keys expanded); their
 * number.
 */
#define CIPHER_KEY_MAX 64
size_t operation_key_bytes(const struct key *k, uint8_t out[CIPHER_KEY_MAX]);

/* The parameter, or NULL. Panics on a NULL array with nr > 0. */
const TEE_Attribute *param_find(const TEE_Attribute *params, uint32_t nr, uint32_t id);

/* Panics when there is a parameter beyond those of the list, which ends with 0. */
void params_only(const TEE_Attribute *params, uint32_t nr, const uint32_t *allowed,
                 const char *who);

/*
 * The rule of output buffers: true, with *room = need, when need bytes fit; else *room =
 * need and false (TEE_ERROR_SHORT_BUFFER). Panics on a NULL buffer that claims room or is
 * needed.
 */
bool output_fits(const void *buf, size_t *room, size_t need, const char *who);

/* How each algorithm works; in the file of its class. */
extern const struct how how_digest;
extern const struct how how_plain, how_cts, how_xts, how_wrap;
extern const struct how how_hmac, how_cmac, how_cbc_mac;
extern const struct how how_gcm, how_ccm;
extern const struct how how_rsa_pkcs1, how_rsa_pss, how_ecdsa, how_dsa, how_eddsa;
extern const struct how how_rsaes, how_oaep, how_rsa_nopad;
extern const struct how how_ecdh, how_dh, how_x25519, how_hkdf, how_optee_hkdf,
    how_concat, how_pbkdf2;

#endif
