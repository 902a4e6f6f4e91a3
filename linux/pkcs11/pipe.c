/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Large data in pieces, by two halves that take turns: each half has memory shared with
 * the TA for a piece of the input and for its output. The order is
 *
 *     fill 0, begin 0 | fill 1, end 0, begin 1, drain 0 | fill 0, end 1, begin 0, drain 1
 * | ...
 *
 * so one call at a time is in the TA, in the order of the data, and the copying happens
 * beside it. Pieces are small enough to stay in the cache on their way. A pipe is kept
 * with its link when it is not used; when the link dies it goes with it.
 */
#include <stdlib.h>
#include "anchorhold_teec.h"
#include "link.h"
#include "p11wire.h"
#include "pipe.h"

#define PIECE     (64u * 1024u)
#define PIECE_OUT (PIECE + 64u) /* a block may have waited in the TA */
#define WORTH_IT  (4u * PIECE)

/* With a libteec that is not Anchorhold's these are not there. */
extern __typeof__(AH_BeginInvoke) AH_BeginInvoke __attribute__((weak));
extern __typeof__(AH_EndInvoke) AH_EndInvoke __attribute__((weak));

struct half {
    TEEC_SharedMemory in;
    TEEC_SharedMemory out;
    TEEC_Operation op;
    AH_Call call;
    uint8_t args[4];
};

struct pipe {
    struct half half[2];
};

/* --- may it? ---------------------------------------------------------------------------
 */

/* Room that the result of in_len bytes needs at most; 0 when the mechanism is not for
 * pieces. */
static size_t result_len(const struct op *o, enum op_kind kind, size_t in_len)
{
    struct p11_mech m;
    struct rd r = rd_init(o->mech, o->mech_len);
    if (kind == OP_DIGEST)
        return 64;
    if (p11_mech_decode(&m, &r) != CKR_OK)
        return 0;
    switch (m.id) {
    case CKM_AES_ECB:
    case CKM_AES_CBC:
    case CKM_AES_CTR:
        return in_len;
    case CKM_AES_CBC_PAD:
        return kind == OP_ENCRYPT ? in_len + 16 : in_len;
    case CKM_AES_GCM: /* decryption gives nothing before its end */
        return kind == OP_ENCRYPT ? in_len + m.bits / 8 : 0;
    default:
        return 0;
    }
}

/* Results never run ahead of the data, so out may lie at in or before it, but not within
 * it. */
static bool in_the_way(const uint8_t *in, size_t in_len, const uint8_t *out)
{
    uintptr_t i = (uintptr_t)in, o = (uintptr_t)out;
    return o > i && o - i < in_len;
}

bool pipe_fits(const struct session *s, enum op_kind kind, const uint8_t *in,
               size_t in_len, const uint8_t *out, size_t room)
{
    const struct op *o = &s->op;
    if (in_len < WORTH_IT || !out || !AH_BeginInvoke || o->kept != kind || o->fed)
        return false;
    size_t need = result_len(o, kind, in_len);
    return need && room >= need && !in_the_way(in, in_len, out);
}

/* --- pipes -----------------------------------------------------------------------------
 */

static void pipe_free(struct pipe *p)
{
    for (int i = 0; p && i < 2; i++) {
        if (p->half[i].in.buffer)
            TEEC_ReleaseSharedMemory(&p->half[i].in);
        if (p->half[i].out.buffer)
            TEEC_ReleaseSharedMemory(&p->half[i].out);
    }
    free(p);
}

static struct pipe *pipe_new(struct link *l)
{
    struct pipe *p = calloc(1, sizeof *p);
    for (int i = 0; p && i < 2; i++) {
        struct half *h = &p->half[i];
        h->in = (TEEC_SharedMemory){.size = PIECE, .flags = TEEC_MEM_INPUT};
        h->out = (TEEC_SharedMemory){.size = PIECE_OUT, .flags = TEEC_MEM_OUTPUT};
        if (TEEC_AllocateSharedMemory(&l->context, &h->in) != TEEC_SUCCESS)
            h->in.buffer = NULL;
        if (TEEC_AllocateSharedMemory(&l->context, &h->out) != TEEC_SUCCESS)
            h->out.buffer = NULL;
        if (!h->in.buffer || !h->out.buffer) {
            pipe_free(p);
            return NULL;
        }
    }
    return p;
}

struct pipe *pipe_take(struct link *l)
{
    for (unsigned i = 0; i < LINK_PIPES; i++) {
        struct pipe *p = atomic_exchange(&l->pipes[i], NULL);
        if (p)
            return p;
    }
    return pipe_new(l);
}

void pipe_give(struct link *l, struct pipe *p)
{
    for (unsigned i = 0; i < LINK_PIPES; i++) {
        struct pipe *none = NULL;
        if (atomic_compare_exchange_strong(&l->pipes[i], &none, p))
            return;
    }
    pipe_free(p);
}

void pipes_close(struct link *l)
{
    for (unsigned i = 0; i < LINK_PIPES; i++)
        pipe_free(atomic_exchange(&l->pipes[i], NULL));
}

/* --- one piece -------------------------------------------------------------------------
 */

static CK_RV half_begin(struct session *s, struct half *h, uint32_t cmd, size_t len,
                        bool gives)
{
    put_le32(h->args, s->ta);
    h->op = (TEEC_Operation){0};
    h->op.paramTypes =
        TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INOUT, TEEC_MEMREF_PARTIAL_INPUT,
                         gives ? TEEC_MEMREF_PARTIAL_OUTPUT : TEEC_NONE, TEEC_NONE);
    h->op.params[0].tmpref = (TEEC_TempMemoryReference){h->args, sizeof h->args};
    h->op.params[1].memref = (TEEC_RegisteredMemoryReference){&h->in, len, 0};
    if (gives)
        h->op.params[2].memref = (TEEC_RegisteredMemoryReference){&h->out, PIECE_OUT, 0};
    TEEC_Result res = AH_BeginInvoke(&s->link->session, cmd, &h->op, &h->call);
    return res == TEEC_SUCCESS ? CKR_OK : link_verdict(s->link, res, h->args, 0);
}

static CK_RV half_end(struct session *s, struct half *h)
{
    TEEC_Result res = AH_EndInvoke(&h->call, NULL);
    return link_verdict(s->link, res, h->args, h->op.params[0].tmpref.size);
}

/* What the TA put out; its size is its own word, and the memory is its too. */
static CK_RV half_drain(struct half *h, uint8_t *out, size_t room, size_t *done)
{
    size_t len = h->op.params[2].memref.size;
    if (len > PIECE_OUT || len > room - *done)
        return CKR_DEVICE_ERROR;
    memcpy(out + *done, h->out.buffer, len);
    *done += len;
    return CKR_OK;
}

/* --- all of them -----------------------------------------------------------------------
 */

CK_RV pipe_feed(struct pipe *p, struct session *s, enum op_kind kind, const uint8_t *in,
                size_t in_len, uint8_t *out, size_t room, size_t *done)
{
    static const uint32_t cmds[] = {
        [OP_ENCRYPT] = P11_CMD_ENCRYPT_UPDATE,
        [OP_DECRYPT] = P11_CMD_DECRYPT_UPDATE,
        [OP_DIGEST] = P11_CMD_DIGEST_UPDATE,
    };
    bool gives = kind != OP_DIGEST;
    struct half *busy = NULL;
    CK_RV rv;
    *done = 0;
    for (size_t at = 0, turn = 0; at < in_len; turn++) {
        struct half *h = &p->half[turn % 2];
        size_t len = in_len - at < PIECE ? in_len - at : PIECE;
        memcpy(h->in.buffer, in + at, len);
        at += len;
        if (busy && (rv = half_end(s, busy)) != CKR_OK)
            return rv;
        if ((rv = half_begin(s, h, cmds[kind], len, gives)) != CKR_OK)
            return rv;
        if (busy && gives && (rv = half_drain(busy, out, room, done)) != CKR_OK) {
            (void)half_end(s, h);
            return rv;
        }
        busy = h;
    }
    rv = half_end(s, busy);
    return rv == CKR_OK && gives ? half_drain(busy, out, room, done) : rv;
}
