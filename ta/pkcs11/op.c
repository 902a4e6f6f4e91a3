/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations from start to end; how.h is the manual.
 *
 * An operation owns what op_key() and op_hash() took and nothing else of value, so ending
 * it is the same everywhere: after success, after an error, when its session closes or
 * its user logs out. TEE operations that stopped in the middle of a message are reset
 * before anyone else gets them.
 */
#include "how.h"
#include "object.h"

static const struct {
    uint32_t function;
    uint32_t mode;
} uses[] = {
    [USE_ENCRYPT] = {CKF_ENCRYPT, TEE_MODE_ENCRYPT},
    [USE_DECRYPT] = {CKF_DECRYPT, TEE_MODE_DECRYPT},
    [USE_SIGN] = {CKF_SIGN, TEE_MODE_SIGN},
    [USE_VERIFY] = {CKF_VERIFY, TEE_MODE_VERIFY},
    [USE_DIGEST] = {CKF_DIGEST, TEE_MODE_DIGEST},
};

uint32_t use_function(enum use use)
{
    return uses[use].function;
}

CK_RV op_start(struct op *op, enum use use, const struct mech *m, struct object *object,
               struct key *key, const struct p11_mech *p)
{
    *op = (struct op){.mech = m, .use = use, .object = object, .key = key};
    if (!m->how)
        return CKR_MECHANISM_INVALID;
    CK_RV rv = m->how->start(op, p);
    if (rv != CKR_OK)
        op_end(op);
    return rv;
}

void op_end(struct op *op)
{
    if (op->main)
        key_give(op->key, op->alg, op->mode, op->main, !op->running);
    if (op->digest)
        hash_give(op->hash, op->digest, !op->digesting);
    if (op->mech->how->end)
        op->mech->how->end(op);
    wipe(op, sizeof *op);
}

void op_destroy(struct op *op)
{
    if (!op)
        return;
    struct object *object = op->object;
    op_end(op);
    TEE_Free(op);
    object_put(object);
}

CK_RV op_key_mode(struct op *op, uint32_t alg, uint32_t mode)
{
    op->alg = alg;
    op->mode = mode;
    return key_take(op->key, alg, mode, &op->main);
}

CK_RV op_key(struct op *op, uint32_t alg)
{
    return op_key_mode(op, alg, uses[op->use].mode);
}

CK_RV op_hash(struct op *op, const struct hash *h)
{
    op->hash = h;
    return hash_take(h, &op->digest);
}

CK_RV op_digest_finish(struct op *op, struct span last, uint8_t *out)
{
    size_t len = op->hash->len;
    TEE_Result r = TEE_DigestDoFinal(op->digest, last.p, last.len, out, &len);
    op->digesting = r != TEE_SUCCESS;
    return rv_of(r);
}

/* A mechanism without parts says so in the word that clients of the OP-TEE TA know. */
CK_RV op_update(struct op *op, struct span in, struct out *out)
{
    if (!op->mech->how->update)
        return CKR_MECHANISM_INVALID;
    op->updated = true;
    return op->mech->how->update(op, in, out);
}

CK_RV op_finish(struct op *op, struct out *out)
{
    if (!op->mech->how->finish)
        return CKR_MECHANISM_INVALID;
    return op->mech->how->finish(op, out);
}

CK_RV op_whole(struct op *op, struct span in, struct out *out)
{
    if (op->updated)
        return CKR_OPERATION_ACTIVE;
    return op->mech->how->whole(op, in, out);
}

CK_RV op_check(struct op *op, struct span sig)
{
    if (!op->mech->how->check)
        return CKR_MECHANISM_INVALID;
    return op->mech->how->check(op, sig);
}

CK_RV op_check_whole(struct op *op, struct span in, struct span sig)
{
    if (op->updated)
        return CKR_OPERATION_ACTIVE;
    return op->mech->how->check_whole(op, in, sig);
}
