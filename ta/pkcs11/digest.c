/* SPDX-License-Identifier: BSD-2-Clause */
/* Digests: how.h's steps over a digest operation from the pool. */
#include "how.h"

static CK_RV start(struct op *op, const struct p11_mech *p)
{
    (void)p;
    return op_hash(op, op->mech->hash);
}

static CK_RV update(struct op *op, struct span in, struct out *out)
{
    (void)out;
    if (in.len) {
        op->digesting = true;
        TEE_DigestUpdate(op->digest, in.p, in.len);
    }
    return CKR_OK;
}

static CK_RV whole(struct op *op, struct span in, struct out *out)
{
    uint8_t digest[HASH_MAX];
    CK_RV rv = out_need(out, op->hash->len);
    if (rv == CKR_OK)
        rv = op_digest_finish(op, in, digest);
    if (rv == CKR_OK)
        rv = out_put(out, digest, op->hash->len);
    return rv;
}

static CK_RV finish(struct op *op, struct out *out)
{
    return whole(op, (struct span){NULL, 0}, out);
}

const struct how way_digest = {
    .start = start,
    .update = update,
    .finish = finish,
    .whole = whole,
};
