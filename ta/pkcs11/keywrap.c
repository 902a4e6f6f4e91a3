/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES key wrap; keywrap.h is the manual. In one piece only. What comes out of unwrapping
 * is put out after its integrity was checked, never before: it is made in our memory.
 */
#include "keywrap.h"

#define SEMI 8u /* the block of RFC 3394 */

CK_RV keywrap_wrap(TEE_OperationHandle main, uint32_t alg, struct span in,
                   struct out *out)
{
    bool whole_blocks = alg == AH_ALG_AES_KW;
    if (in.len == 0 || in.len > KEYWRAP_MAX - 2 * SEMI)
        return CKR_DATA_LEN_RANGE;
    if (whole_blocks && (in.len % SEMI || in.len < 2 * SEMI))
        return CKR_DATA_LEN_RANGE;
    size_t need = (in.len + SEMI - 1) / SEMI * SEMI + SEMI, len = need;
    CK_RV rv = out_need(out, need);
    if (rv != CKR_OK)
        return rv;
    uint8_t *own = TEE_Malloc(in.len + need, TEE_MALLOC_NO_FILL);
    if (!own)
        return CKR_DEVICE_MEMORY;
    memcpy(own, in.p, in.len);
    TEE_CipherInit(main, NULL, 0);
    rv = rv_of(TEE_CipherDoFinal(main, own, in.len, own + in.len, &len));
    if (rv == CKR_OK)
        rv = out_put(out, own + in.len, len);
    wipe(own, in.len);
    TEE_Free(own);
    return rv;
}

CK_RV keywrap_unwrap(TEE_OperationHandle main, uint32_t alg, struct span in,
                     struct out *out)
{
    size_t least = alg == AH_ALG_AES_KW ? 3 * SEMI : 2 * SEMI;
    if (in.len % SEMI || in.len < least || in.len > KEYWRAP_MAX)
        return CKR_ENCRYPTED_DATA_LEN_RANGE;
    if (!out->p)
        return out_need(out, in.len - SEMI); /* at most */
    size_t len = in.len;
    uint8_t *own = TEE_Malloc(2 * in.len, TEE_MALLOC_NO_FILL);
    if (!own)
        return CKR_DEVICE_MEMORY;
    memcpy(own, in.p, in.len);
    TEE_CipherInit(main, NULL, 0);
    TEE_Result r = TEE_CipherDoFinal(main, own, in.len, own + in.len, &len);
    CK_RV rv = CKR_ENCRYPTED_DATA_INVALID;
    if (r == TEE_SUCCESS)
        rv = out_put(out, own + in.len, len);
    else if (r == TEE_ERROR_OUT_OF_MEMORY)
        rv = CKR_DEVICE_MEMORY;
    wipe(own, 2 * in.len);
    TEE_Free(own);
    return rv;
}

static CK_RV start(struct op *op, const struct p11_mech *p)
{
    if (p->given)
        return CKR_MECHANISM_PARAM_INVALID; /* the initial value of the RFCs, and no other
                                             */
    return op_key(op, op->mech->alg);
}

static CK_RV whole(struct op *op, struct span in, struct out *out)
{
    op->running = true;
    return op->use == USE_ENCRYPT ? keywrap_wrap(op->main, op->alg, in, out)
                                  : keywrap_unwrap(op->main, op->alg, in, out);
}

const struct how way_key_wrap = {
    .start = start,
    .whole = whole,
};
