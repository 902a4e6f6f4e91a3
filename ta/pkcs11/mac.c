/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HMAC and CMAC, whole and truncated (the _GENERAL mechanisms). Verifying computes the
 * MAC here and compares in constant time.
 */
#include "how.h"

#define MAC_MAX HASH_MAX

/* The length asked for: 1..full, or full where the mechanism takes no length. */
static CK_RV mac_start(struct op *op, const struct p11_mech *p, uint32_t alg, size_t full)
{
    op->mac_len = full;
    if (p->params == P11_PARAMS_LENGTH) {
        if (p->len == 0 || p->len > full)
            return CKR_MECHANISM_PARAM_INVALID;
        op->mac_len = p->len;
    }
    CK_RV rv = op_key_mode(op, alg, TEE_MODE_MAC);
    if (rv != CKR_OK)
        return rv;
    TEE_MACInit(op->main, NULL, 0);
    op->running = true;
    return CKR_OK;
}

static CK_RV hmac_start(struct op *op, const struct p11_mech *p)
{
    return mac_start(op, p, op->mech->hash->hmac, op->mech->hash->len);
}

static CK_RV cmac_start(struct op *op, const struct p11_mech *p)
{
    return mac_start(op, p, op->mech->alg, AES_BLOCK);
}

static CK_RV update(struct op *op, struct span in, struct out *out)
{
    (void)out;
    if (in.len)
        TEE_MACUpdate(op->main, in.p, in.len);
    return CKR_OK;
}

static CK_RV compute(struct op *op, struct span last, uint8_t mac[MAC_MAX])
{
    size_t len = MAC_MAX;
    TEE_Result r = TEE_MACComputeFinal(op->main, last.p, last.len, mac, &len);
    op->running = r != TEE_SUCCESS;
    return rv_of(r);
}

static CK_RV whole(struct op *op, struct span in, struct out *out)
{
    uint8_t mac[MAC_MAX];
    CK_RV rv = out_need(out, op->mac_len);
    if (rv == CKR_OK)
        rv = compute(op, in, mac);
    if (rv == CKR_OK)
        rv = out_put(out, mac, op->mac_len);
    wipe(mac, sizeof mac);
    return rv;
}

static CK_RV finish(struct op *op, struct out *out)
{
    return whole(op, (struct span){NULL, 0}, out);
}

static CK_RV check_whole(struct op *op, struct span in, struct span sig)
{
    uint8_t mac[MAC_MAX];
    if (sig.len != op->mac_len)
        return CKR_SIGNATURE_LEN_RANGE;
    CK_RV rv = compute(op, in, mac);
    if (rv == CKR_OK && !ct_equal(mac, sig.p, op->mac_len))
        rv = CKR_SIGNATURE_INVALID;
    wipe(mac, sizeof mac);
    return rv;
}

static CK_RV check(struct op *op, struct span sig)
{
    return check_whole(op, (struct span){NULL, 0}, sig);
}

const struct how way_hmac = {
    .start = hmac_start,
    .update = update,
    .finish = finish,
    .whole = whole,
    .check = check,
    .check_whole = check_whole,
};

const struct how way_cmac = {
    .start = cmac_start,
    .update = update,
    .finish = finish,
    .whole = whole,
    .check = check,
    .check_whole = check_whole,
};
