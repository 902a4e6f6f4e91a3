/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Encrypting, decrypting, signing, verifying and digesting: one started operation (struct
 * op) and the table of functions by which a family of mechanisms does its work (struct
 * how).
 *
 * Life: op_start() judges key and parameters and takes what is needed; any of update,
 * finish, whole, check, check_whole as the family has them; op_end() gives everything
 * back. Inputs may lie in memory that a client changes meanwhile: implementations pass
 * over bulk data once and copy what they look at twice. Outputs are written, never read
 * back.
 *
 * An output too small is CKR_BUFFER_TOO_SMALL with the needed length in out->len, and
 * then the operation stands where it stood. After any other error the caller ends the
 * operation.
 */
#ifndef P11_HOW_H
#define P11_HOW_H

#include "mech.h"
#include "op.h"
#include "ready.h"

enum use { USE_ENCRYPT, USE_DECRYPT, USE_SIGN, USE_VERIFY, USE_DIGEST };

struct out {
    uint8_t *p;
    size_t room;
    size_t len;
};

/* Is there room? Sets out->len to len either way. No buffer at all asks for the length.
 */
static inline CK_RV out_need(struct out *out, size_t len)
{
    out->len = len;
    return !out->p || len > out->room ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

/* Put a short result that stands in our memory. */
static inline CK_RV out_put(struct out *out, const void *p, size_t len)
{
    CK_RV rv = out_need(out, len);
    if (rv == CKR_OK && len)
        memcpy(out->p, p, len);
    return rv;
}

#define AES_BLOCK 16u

struct op_cipher {
    uint8_t iv[AES_BLOCK];
    uint8_t
        block[AES_BLOCK]; /* input that does not fill a block yet (fill bytes), or ... */
    uint8_t fill;
    bool opened;    /* CBC_PAD: block holds fill bytes of plaintext, the padding is off */
    bool unlimited; /* CTR: the counter cannot run over */
    uint64_t left;  /* CTR: bytes until it does */
};

struct op_gcm {
    uint32_t tag_bits;
    uint64_t done; /* bytes encrypted */
    uint8_t *
        held; /* decryption: what came so far; held_len of held_room bytes, on the heap */
    size_t held_len;
    size_t held_room;
};

struct op_rsa {
    const struct hash *hash; /* of PSS, OAEP, RSA_AES */
    const struct hash *mgf;
    uint32_t salt_len;
    uint32_t aes_bits;
    uint8_t *label; /* OAEP; on the heap */
    size_t label_len;
};

struct op {
    const struct mech *mech;
    enum use use;
    struct key *key;
    struct object
        *object;  /* NULL in a digest; a reference when the session holds the op */
    bool updated; /* some part was fed */

    /* What op_key() and op_hash() took; op_end() gives it back. */
    TEE_OperationHandle main;
    uint32_t alg;
    uint32_t mode;
    bool running; /* main is in the middle of a message */
    TEE_OperationHandle digest;
    const struct hash *hash;
    bool digesting; /* digest is in the middle of a message */

    size_t mac_len;
    union {
        struct op_cipher cipher;
        struct op_gcm gcm;
        struct op_rsa rsa;
    };
};

struct how {
    /* Judge the parameters and take what is needed. CKR_MECHANISM_PARAM_INVALID. */
    CK_RV (*start)(struct op *op, const struct p11_mech *p);
    /* Feed a part; ciphers put what comes out. NULL: this mechanism has no parts. */
    CK_RV (*update)(struct op *op, struct span in, struct out *out);
    /* The rest, or the result. */
    CK_RV (*finish)(struct op *op, struct out *out);
    /* All at once. */
    CK_RV (*whole)(struct op *op, struct span in, struct out *out);
    /* Verify: after the parts, or data and signature at once. */
    CK_RV (*check)(struct op *op, struct span sig);
    CK_RV (*check_whole)(struct op *op, struct span in, struct span sig);
    /* Free what start took besides op_key() and op_hash(); may be NULL. */
    void (*end)(struct op *op);
};

/*
 * Start in *op, which need not be initialised. object and key: the key, whose policy was
 * judged; NULL for a digest. On an error everything is given back already.
 */
CK_RV op_start(struct op *op, enum use use, const struct mech *m, struct object *object,
               struct key *key, const struct p11_mech *p);
void op_end(struct op *op);

/* For start functions: an operation on the key, in the mode that use says; a digest. */
CK_RV op_key(struct op *op, uint32_t alg);
CK_RV op_key_mode(struct op *op, uint32_t alg, uint32_t mode);
CK_RV op_hash(struct op *op, const struct hash *h);

/* The digest of all parts; op is ready for a new message. out has hash->len bytes. */
CK_RV op_digest_finish(struct op *op, struct span last, uint8_t *out);

/* The steps, for a caller that holds the operation. */
CK_RV op_update(struct op *op, struct span in, struct out *out);
CK_RV op_finish(struct op *op, struct out *out);
CK_RV op_whole(struct op *op, struct span in, struct out *out);
CK_RV op_check(struct op *op, struct span sig);
CK_RV op_check_whole(struct op *op, struct span in, struct span sig);

/* The CKF_* bit of a use. */
uint32_t use_function(enum use use);

#endif
