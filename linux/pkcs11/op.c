/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations, whole or in parts, and the memory that makes a signature one call to the
 * TA.
 *
 * The TA is the judge: what is kept here are only guesses about its state, made from its
 * own answers. A wrong guess costs a call or moves an error from C_SignInit to C_Sign; it
 * never lets anything pass that the TA would refuse, because the one-call commands check
 * all that C_SignInit checks. As PKCS#11 has it, any answer but CKR_BUFFER_TOO_SMALL or a
 * length ends an operation.
 */
#include "op.h"
#include "p11wire.h"
#include "pipe.h"
#include "session.h"

static const struct {
    uint32_t init, update, final, whole, once;
} cmds[] = {
    [OP_ENCRYPT] = {P11_CMD_ENCRYPT_INIT, P11_CMD_ENCRYPT_UPDATE, P11_CMD_ENCRYPT_FINAL,
                    P11_CMD_ENCRYPT_ONESHOT, P11_CMD_ENCRYPT},
    [OP_DECRYPT] = {P11_CMD_DECRYPT_INIT, P11_CMD_DECRYPT_UPDATE, P11_CMD_DECRYPT_FINAL,
                    P11_CMD_DECRYPT_ONESHOT, P11_CMD_DECRYPT},
    [OP_SIGN] = {P11_CMD_SIGN_INIT, P11_CMD_SIGN_UPDATE, P11_CMD_SIGN_FINAL,
                 P11_CMD_SIGN_ONESHOT, P11_CMD_SIGN},
    [OP_VERIFY] = {P11_CMD_VERIFY_INIT, P11_CMD_VERIFY_UPDATE, P11_CMD_VERIFY_FINAL,
                   P11_CMD_VERIFY_ONESHOT, P11_CMD_VERIFY},
    [OP_DIGEST] = {P11_CMD_DIGEST_INIT, P11_CMD_DIGEST_UPDATE, P11_CMD_DIGEST_FINAL,
                   P11_CMD_DIGEST_ONESHOT, P11_CMD_DIGEST},
    [OP_FIND] = {P11_CMD_FIND_OBJECTS_INIT, 0, P11_CMD_FIND_OBJECTS_FINAL, 0, 0},
};

static uint32_t bit(enum op_kind kind)
{
    return 1u << kind;
}

static bool active(const struct op *o, enum op_kind kind)
{
    return o->noted == kind || (o->in_ta & bit(kind));
}

/* --- the memory ------------------------------------------------------------------------
 */

/* False for a mechanism that is not worth remembering. */
static bool shape_of(struct op_shape *shape, enum op_kind kind, uint32_t key,
                     struct rd mech)
{
    struct p11_mech m;
    memset(shape, 0, sizeof *shape); /* compared as bytes */
    if (p11_mech_decode(&m, &mech) != CKR_OK || m.data.len > sizeof shape->data)
        return false;
    shape->kind = kind;
    shape->key = key;
    shape->mech = m.id;
    shape->bits = m.bits;
    shape->len = m.len;
    shape->hash = m.hash;
    shape->mgf = m.mgf;
    shape->source = m.source;
    shape->iv_size = (uint32_t)m.iv.len;
    shape->data_size = (uint32_t)m.data.len;
    if (m.data.len)
        memcpy(shape->data, m.data.p, m.data.len);
    return m.params != P11_PARAMS_RAW && m.params != P11_PARAMS_EDDSA;
}

static bool remembered(const struct op *o, const struct op_shape *shape)
{
    if (o->epoch != session_epoch())
        return false;
    for (unsigned i = 0; i < OP_MEMORY; i++)
        if (memcmp(&o->memory[i], shape, sizeof *shape) == 0)
            return true;
    return false;
}

/* epoch is the one from before the TA was asked. */
static void remember(struct op *o, const struct op_shape *shape, unsigned epoch)
{
    if (o->epoch != epoch)
        memset(o->memory, 0, sizeof o->memory);
    o->epoch = epoch;
    for (unsigned i = 0; i < OP_MEMORY; i++)
        if (memcmp(&o->memory[i], shape, sizeof *shape) == 0)
            return;
    o->memory[o->next++ % OP_MEMORY] = *shape;
}

/* --- starting and ending ---------------------------------------------------------------
 */

static struct ta_call init_call(struct session *s, enum op_kind kind, uint32_t key)
{
    return (struct ta_call){.cmd = cmds[kind].init,
                            .nr_words = kind == OP_DIGEST ? 1 : 2,
                            .words = {s->ta, key}};
}

CK_RV op_settle(struct session *s)
{
    enum op_kind kind = s->op.noted;
    if (kind == OP_NONE)
        return CKR_OK;
    struct ta_call c = init_call(s, kind, s->op.key);
    c.bytes[0] = (struct span){s->op.mech, s->op.mech_len};
    s->op.noted = OP_NONE;
    CK_RV rv = ta_call(s->link, &c);
    if (rv == CKR_OK)
        s->op.in_ta |= bit(kind);
    return rv;
}

void op_ended(struct session *s, enum op_kind kind, CK_RV rv)
{
    if (rv == CKR_BUFFER_TOO_SMALL)
        return;
    s->op.in_ta &= ~bit(kind);
    if (s->op.noted == kind)
        s->op.noted = OP_NONE;
}

CK_RV op_cancel(struct session *s, enum op_kind kind)
{
    CK_RV rv = CKR_OK;
    if (s->op.in_ta & bit(kind)) {
        struct ta_call c = {.cmd = P11_CMD_RELEASE_ACTIVE_PROCESSING,
                            .nr_words = 2,
                            .words = {s->ta, cmds[kind].init}};
        if (kind == OP_FIND)
            c = (struct ta_call){
                .cmd = cmds[kind].final, .nr_words = 1, .words = {s->ta}};
        rv = ta_call(s->link, &c);
    }
    op_ended(s, kind, CKR_OK);
    if (s->op.spent == kind)
        s->op.spent = OP_NONE;
    return rv == CKR_OPERATION_NOT_INITIALIZED ? CKR_OK : rv;
}

CK_RV op_refuse(CK_SESSION_HANDLE handle, enum op_kind kind)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, true);
    if (rv == CKR_CRYPTOKI_NOT_INITIALIZED)
        return rv;
    if (rv == CKR_OK) {
        (void)op_cancel(s, kind);
        session_leave(s, CKR_OK);
    }
    return CKR_ARGUMENTS_BAD;
}

static CK_RV start(struct session *s, enum op_kind kind, CK_MECHANISM_PTR mech,
                   CK_OBJECT_HANDLE key)
{
    struct op *o = &s->op;
    struct op_shape shape;
    if (o->noted == kind)
        return CKR_OPERATION_ACTIVE;
    (void)op_settle(s); /* a refusal now is the other operation's affair */
    if (key > UINT32_MAX)
        return CKR_KEY_HANDLE_INVALID;
    struct wr w = wr_init(o->mech, sizeof o->mech);
    o->kept = OP_NONE;
    CK_RV rv = p11_mech_encode(&w, mech);
    if (rv != CKR_OK)
        return rv;
    o->kept = w.bad ? OP_NONE : kind;
    o->mech_len = (uint32_t)w.len;
    o->fed = false;
    o->spent = OP_NONE;
    bool fits = !w.bad && shape_of(&shape, kind, (uint32_t)key, rd_init(o->mech, w.len));
    if (fits && !o->in_ta && remembered(o, &shape)) {
        o->noted = kind;
        o->key = (uint32_t)key;
        return CKR_OK;
    }
    unsigned epoch = session_epoch();
    struct ta_call c = init_call(s, kind, (uint32_t)key);
    if (w.bad)
        c.mech = mech;
    else
        c.bytes[0] = (struct span){o->mech, w.len};
    rv = ta_call(s->link, &c);
    if (rv == CKR_OK)
        o->in_ta |= bit(kind);
    if (rv == CKR_OK && fits && link_can(s->link, cmds[kind].once))
        remember(o, &shape, epoch);
    return rv;
}

CK_RV op_init(CK_SESSION_HANDLE handle, enum op_kind kind, CK_MECHANISM_PTR mech,
              CK_OBJECT_HANDLE key)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, mech != NULL);
    if (rv != CKR_OK)
        return rv;
    return session_leave(s, start(s, kind, mech, key));
}

/* --- the whole data at once ------------------------------------------------------------
 */

/* The one-call command for a noted operation, the one-shot command for one in the TA. */
static struct ta_call whole_call(struct session *s, enum op_kind kind, const void *in,
                                 size_t in_len)
{
    struct ta_call c = {.cmd = cmds[kind].whole, .nr_words = 1, .words = {s->ta}};
    if (s->op.noted == kind) {
        c = init_call(s, kind, s->op.key);
        c.cmd = cmds[kind].once;
        c.bytes[0] = (struct span){s->op.mech, s->op.mech_len};
    }
    c.p1_is = TA_IN;
    c.p1 = in;
    c.p1_len = in_len;
    return c;
}

/*
 * An output command: NULL asks for the length. Where the result is empty, such a query is
 * already the deed for the TA; the operation is then kept as spent, for the call that
 * follows.
 */
static CK_RV call_out(struct session *s, enum op_kind kind, struct ta_call *c,
                      CK_BYTE_PTR out, CK_ULONG_PTR out_len)
{
    bool noted = s->op.noted == kind;
    c->p2_is = TA_OUT;
    c->p2 = out;
    c->p2_len = out ? *out_len : 0;
    CK_RV rv = ta_call(s->link, c);
    if (rv == CKR_BUFFER_TOO_SMALL || rv == CKR_OK)
        *out_len = c->p2_len;
    if (rv == CKR_BUFFER_TOO_SMALL)
        return out ? rv : CKR_OK;
    if (rv == CKR_OK && !out && (noted || c->p2_len))
        return rv;
    if (rv == CKR_OK && !out)
        s->op.spent = kind;
    op_ended(s, kind, rv);
    return rv;
}

/* The call after a query that was the deed. */
static bool take_spent(struct session *s, enum op_kind kind, CK_BYTE_PTR out,
                       CK_ULONG_PTR out_len)
{
    if (s->op.spent != kind)
        return false;
    if (out)
        s->op.spent = OP_NONE;
    *out_len = 0;
    return true;
}

/* The same in pieces; pipe_fits() saw to it that room is no question. */
static CK_RV piped(struct session *s, struct pipe *p, enum op_kind kind, struct span in,
                   CK_BYTE_PTR out, CK_ULONG_PTR out_len)
{
    size_t done = 0;
    CK_RV rv = op_settle(s);
    if (rv == CKR_OK)
        rv = pipe_feed(p, s, kind, in.p, in.len, out, *out_len, &done);
    struct ta_call c = {.cmd = cmds[kind].final,
                        .nr_words = 1,
                        .words = {s->ta},
                        .p2_is = TA_OUT,
                        .p2 = out + done,
                        .p2_len = *out_len - done};
    if (rv == CKR_OK)
        rv = ta_call(s->link, &c);
    if (rv == CKR_OK) {
        *out_len = done + c.p2_len;
    } else if (rv == CKR_BUFFER_TOO_SMALL || rv == CKR_DEVICE_ERROR) {
        (void)op_cancel(s, kind); /* this answer is none: see that nothing stays behind */
        return CKR_DEVICE_ERROR;
    }
    op_ended(s, kind, rv);
    return rv;
}

CK_RV op_whole(CK_SESSION_HANDLE handle, enum op_kind kind, CK_BYTE_PTR in,
               CK_ULONG in_len, CK_BYTE_PTR out, CK_ULONG_PTR out_len)
{
    struct session *s;
    if (!out_len || (in_len && !in))
        return op_refuse(handle, kind);
    CK_RV rv = session_enter(&s, handle, true);
    if (rv != CKR_OK)
        return rv;
    if (take_spent(s, kind, out, out_len))
        return session_leave(s, CKR_OK);
    struct pipe *p = NULL;
    if (pipe_fits(s, kind, in, in_len, out, *out_len))
        p = pipe_take(s->link);
    if (p) {
        rv = piped(s, p, kind, (struct span){in, in_len}, out, out_len);
        pipe_give(s->link, p);
        return session_leave(s, rv);
    }
    struct ta_call c = whole_call(s, kind, in, in_len);
    return session_leave(s, call_out(s, kind, &c, out, out_len));
}

CK_RV op_verify(CK_SESSION_HANDLE handle, CK_BYTE_PTR in, CK_ULONG in_len,
                CK_BYTE_PTR sig, CK_ULONG sig_len)
{
    struct session *s;
    if (!sig || (in_len && !in))
        return op_refuse(handle, OP_VERIFY);
    CK_RV rv = session_enter(&s, handle, true);
    if (rv != CKR_OK)
        return rv;
    struct ta_call c = whole_call(s, OP_VERIFY, in, in_len);
    c.p2_is = TA_IN;
    c.p2 = sig;
    c.p2_len = sig_len;
    rv = ta_call(s->link, &c);
    op_ended(s, OP_VERIFY, rv);
    return session_leave(s, rv);
}

/* --- in parts --------------------------------------------------------------------------
 */

/* The session with the operation, if any, in the TA. */
static CK_RV enter_settled(struct session **s, CK_SESSION_HANDLE handle,
                           enum op_kind kind)
{
    CK_RV rv = session_enter(s, handle, true);
    if (rv != CKR_OK)
        return rv;
    if ((*s)->op.noted == kind && (rv = op_settle(*s)) != CKR_OK)
        session_leave(*s, rv);
    return rv;
}

CK_RV op_update(CK_SESSION_HANDLE handle, enum op_kind kind, CK_BYTE_PTR in,
                CK_ULONG in_len)
{
    struct session *s;
    if (in_len && !in)
        return op_refuse(handle, kind);
    CK_RV rv = enter_settled(&s, handle, kind);
    if (rv != CKR_OK)
        return rv;
    s->op.fed = true;
    struct ta_call c = {.cmd = cmds[kind].update,
                        .nr_words = 1,
                        .words = {s->ta},
                        .p1_is = TA_IN,
                        .p1 = in,
                        .p1_len = in_len};
    rv = ta_call(s->link, &c);
    if (rv != CKR_OK)
        op_ended(s, kind, rv);
    return session_leave(s, rv);
}

/* Blocks of no cipher here are longer; an update gives at most what it takes and one of
 * these. */
#define BLOCK_MAX 16u

CK_RV op_crypt(CK_SESSION_HANDLE handle, enum op_kind kind, CK_BYTE_PTR in,
               CK_ULONG in_len, CK_BYTE_PTR out, CK_ULONG_PTR out_len)
{
    struct session *s;
    if (!out_len || (in_len && !in) || in_len > UINT32_MAX)
        return op_refuse(handle, kind);
    CK_RV rv = enter_settled(&s, handle, kind);
    if (rv != CKR_OK)
        return rv;
    /* The TA must not be asked: where the result is empty it would swallow the part. */
    if (!out && active(&s->op, kind)) {
        *out_len = in_len + BLOCK_MAX;
        return session_leave(s, CKR_OK);
    }
    s->op.fed = true;
    struct ta_call c = {.cmd = cmds[kind].update,
                        .nr_words = 1,
                        .words = {s->ta},
                        .p1_is = TA_IN,
                        .p1 = in,
                        .p1_len = in_len,
                        .p2_is = TA_OUT,
                        .p2 = out,
                        .p2_len = out ? *out_len : 0};
    rv = ta_call(s->link, &c);
    if (rv == CKR_OK || rv == CKR_BUFFER_TOO_SMALL)
        *out_len = c.p2_len;
    else
        op_ended(s, kind, rv);
    return session_leave(s, rv);
}

CK_RV op_final(CK_SESSION_HANDLE handle, enum op_kind kind, CK_BYTE_PTR out,
               CK_ULONG_PTR out_len)
{
    struct session *s;
    if (!out_len)
        return op_refuse(handle, kind);
    CK_RV rv = enter_settled(&s, handle, kind);
    if (rv != CKR_OK)
        return rv;
    if (take_spent(s, kind, out, out_len))
        return session_leave(s, CKR_OK);
    struct ta_call c = {.cmd = cmds[kind].final, .nr_words = 1, .words = {s->ta}};
    return session_leave(s, call_out(s, kind, &c, out, out_len));
}

CK_RV op_verify_final(CK_SESSION_HANDLE handle, CK_BYTE_PTR sig, CK_ULONG sig_len)
{
    struct session *s;
    if (!sig)
        return op_refuse(handle, OP_VERIFY);
    CK_RV rv = enter_settled(&s, handle, OP_VERIFY);
    if (rv != CKR_OK)
        return rv;
    struct ta_call c = {.cmd = cmds[OP_VERIFY].final,
                        .nr_words = 1,
                        .words = {s->ta},
                        .p2_is = TA_IN,
                        .p2 = sig,
                        .p2_len = sig_len};
    rv = ta_call(s->link, &c);
    op_ended(s, OP_VERIFY, rv);
    return session_leave(s, rv);
}
