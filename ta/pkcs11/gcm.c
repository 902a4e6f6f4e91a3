/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES-GCM. The ciphertext carries its tag at the end, as PKCS#11 wants it.
 *
 * Decryption gives nothing out before the tag is verified: parts are collected in our
 * memory (up to GCM_HOLD_MAX, then CKR_ENCRYPTED_DATA_LEN_RANGE), decrypted there, and
 * put out only when they are authentic. Encryption puts out as it goes.
 */
#include "how.h"
#include "session.h"

#define GCM_HOLD_MAX (8u << 20)
#define GCM_HOLD_MIN 1024u
#define GCM_SMALL    2048u                /* decrypted on the stack */
#define GCM_MAX      ((1ull << 36) - 32u) /* bytes in one message, SP 800-38D 5.2.1.1 */
#define GCM_IV_MAX   128u
#define GCM_TAG_MAX  16u

static size_t tag_len(const struct op *op)
{
    return op->gcm.tag_bits / 8;
}

static CK_RV start(struct op *op, const struct p11_mech *p)
{
    if (p->iv.len == 0 || p->iv.len > GCM_IV_MAX || p->bits < 96 || p->bits > 128 ||
        p->bits % 8)
        return CKR_MECHANISM_PARAM_INVALID;
    op->gcm.tag_bits = p->bits;
    CK_RV rv = op_key(op, op->mech->alg);
    if (rv != CKR_OK)
        return rv;
    TEE_Result r = TEE_AEInit(op->main, p->iv.p, p->iv.len, p->bits, p->aad.len, 0);
    if (r != TEE_SUCCESS)
        return CKR_MECHANISM_PARAM_INVALID;
    op->running = true;
    if (p->aad.len)
        TEE_AEUpdateAAD(op->main, p->aad.p, p->aad.len);
    return CKR_OK;
}

static CK_RV encrypt_update(struct op *op, struct span in, struct out *out)
{
    if (in.len > GCM_MAX - op->gcm.done)
        return CKR_DATA_LEN_RANGE;
    CK_RV rv = out_need(out, in.len);
    if (rv != CKR_OK || in.len == 0)
        return rv;
    op->gcm.done += in.len;
    size_t len = in.len;
    return rv_of(TEE_AEUpdate(op->main, in.p, in.len, out->p, &len));
}

static CK_RV encrypt_whole(struct op *op, struct span in, struct out *out)
{
    uint8_t tag[GCM_TAG_MAX];
    size_t need, len = in.len, tlen = sizeof tag;
    if (in.len > GCM_MAX - op->gcm.done || !add_ok(in.len, tag_len(op), &need))
        return CKR_DATA_LEN_RANGE;
    CK_RV rv = out_need(out, need);
    if (rv != CKR_OK)
        return rv;
    TEE_Result r = TEE_AEEncryptFinal(op->main, in.p, in.len, out->p, &len, tag, &tlen);
    op->running = r != TEE_SUCCESS;
    if (r != TEE_SUCCESS)
        return rv_of(r);
    memcpy(out->p + in.len, tag, tag_len(op));
    return CKR_OK;
}

/* Ciphertext and tag, in our memory, become plaintext in the same place. */
static CK_RV open_in_place(struct op *op, uint8_t *p, size_t len, struct out *out)
{
    size_t plain = len - tag_len(op), got = plain;
    TEE_Result r =
        TEE_AEDecryptFinal(op->main, p, plain, p, &got, p + plain, tag_len(op));
    op->running = r != TEE_SUCCESS;
    if (r == TEE_ERROR_MAC_INVALID)
        return CKR_ENCRYPTED_DATA_INVALID;
    return r == TEE_SUCCESS ? out_put(out, p, plain) : rv_of(r);
}

static CK_RV decrypt_whole(struct op *op, struct span in, struct out *out)
{
    uint8_t small[GCM_SMALL];
    uint8_t *own = small;
    if (in.len < tag_len(op))
        return CKR_ENCRYPTED_DATA_LEN_RANGE;
    CK_RV rv = out_need(out, in.len - tag_len(op));
    if (rv != CKR_OK)
        return rv;
    if (in.len > sizeof small && !(own = TEE_Malloc(in.len, TEE_MALLOC_NO_FILL)))
        return CKR_DEVICE_MEMORY;
    memcpy(own, in.p, in.len);
    rv = open_in_place(op, own, in.len, out);
    wipe(own, in.len);
    if (own != small)
        TEE_Free(own);
    return rv;
}

/* Room for len more; what is held is ciphertext, so moving it leaves no secret behind. */
static CK_RV hold_grow(struct op_gcm *g, size_t len)
{
    size_t need;
    if (!add_ok(g->held_len, len, &need) || need > GCM_HOLD_MAX)
        return CKR_ENCRYPTED_DATA_LEN_RANGE;
    if (need <= g->held_room)
        return CKR_OK;
    size_t room = g->held_room ? g->held_room : GCM_HOLD_MIN;
    while (room < need)
        room *= 2;
    size_t more = room - g->held_room;
    if (!session_hold(more))
        return CKR_DEVICE_MEMORY;
    uint8_t *p = TEE_Realloc(g->held, room);
    if (!p) {
        session_let_go(more);
        return CKR_DEVICE_MEMORY;
    }
    g->held = p;
    g->held_room = room;
    return CKR_OK;
}

static CK_RV decrypt_update(struct op *op, struct span in, struct out *out)
{
    struct op_gcm *g = &op->gcm;
    out->len = 0;
    if (in.len == 0)
        return CKR_OK;
    CK_RV rv = hold_grow(g, in.len);
    if (rv != CKR_OK)
        return rv;
    memcpy(g->held + g->held_len, in.p, in.len);
    g->held_len += in.len;
    return CKR_OK;
}

static CK_RV decrypt_finish(struct op *op, struct out *out)
{
    struct op_gcm *g = &op->gcm;
    if (g->held_len < tag_len(op))
        return CKR_ENCRYPTED_DATA_LEN_RANGE;
    CK_RV rv = out_need(out, g->held_len - tag_len(op));
    return rv == CKR_OK ? open_in_place(op, g->held, g->held_len, out) : rv;
}

static CK_RV update(struct op *op, struct span in, struct out *out)
{
    return op->use == USE_ENCRYPT ? encrypt_update(op, in, out)
                                  : decrypt_update(op, in, out);
}

static CK_RV finish(struct op *op, struct out *out)
{
    return op->use == USE_ENCRYPT ? encrypt_whole(op, (struct span){NULL, 0}, out)
                                  : decrypt_finish(op, out);
}

static CK_RV whole(struct op *op, struct span in, struct out *out)
{
    return op->use == USE_ENCRYPT ? encrypt_whole(op, in, out)
                                  : decrypt_whole(op, in, out);
}

static void end(struct op *op)
{
    if (op->gcm.held)
        wipe(op->gcm.held, op->gcm.held_room);
    session_let_go(op->gcm.held_room);
    TEE_Free(op->gcm.held);
}

const struct how way_gcm = {
    .start = start,
    .update = update,
    .finish = finish,
    .whole = whole,
    .end = end,
};
