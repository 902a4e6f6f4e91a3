/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests for the use of a key; order.h is the manual. */
#include "cmd.h"
#include "order.h"

CK_RV order_decode(struct order *o, struct rd *ctrl, bool with_key)
{
    *o = (struct order){.session_handle = rd_u32(ctrl)};
    if (with_key)
        o->object_handle = rd_u32(ctrl);
    o->params_rv = p11_mech_decode(&o->params, ctrl);
    return ctrl->bad ? CKR_ARGUMENTS_BAD : CKR_OK;
}

static CK_RV judge_key(struct order *o, const struct session *s, uint32_t function)
{
    o->object = object_get(s, o->object_handle);
    if (!o->object)
        return CKR_KEY_HANDLE_INVALID;
    o->mech = mech_find(o->params.id);
    if (!o->mech)
        return CKR_MECHANISM_INVALID;
    CK_RV rv = mech_may(o->mech, function, o->object);
    if (rv == CKR_OK)
        rv = key_of(o->object, &o->key);
    if (rv == CKR_OK)
        rv = mech_fits(o->mech, o->key);
    return rv;
}

static CK_RV judge_digest(struct order *o)
{
    o->mech = mech_find(o->params.id);
    return o->mech && (o->mech->flags & CKF_DIGEST) ? CKR_OK : CKR_MECHANISM_INVALID;
}

CK_RV order_judge(struct order *o, const struct session *s, uint32_t function)
{
    CK_RV rv = function == CKF_DIGEST ? judge_digest(o) : judge_key(o, s, function);
    if (rv == CKR_OK)
        rv = o->params_rv;
    if (rv != CKR_OK)
        order_end(o);
    return rv;
}

void order_end(struct order *o)
{
    object_put(o->object);
    o->object = NULL;
}

static bool overlaps(struct span in, const uint8_t *out, size_t room)
{
    uintptr_t a = (uintptr_t)in.p, b = (uintptr_t)out;
    return in.len && room && a < b + room && b < a + in.len;
}

CK_RV order_input(const struct cmd_io *io, struct span *in, uint8_t **copy)
{
    *in = io->in;
    *copy = NULL;
    if (!overlaps(io->in, io->out, io->room))
        return CKR_OK;
    *copy = TEE_Malloc(in->len, TEE_MALLOC_NO_FILL);
    if (!*copy)
        return CKR_DEVICE_MEMORY;
    memcpy(*copy, in->p, in->len);
    in->p = *copy;
    return CKR_OK;
}

void order_input_end(struct span in, uint8_t *copy)
{
    if (copy)
        wipe(copy, in.len);
    TEE_Free(copy);
}
