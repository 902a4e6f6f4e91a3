/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Key, mechanism and data in one command. The path is that of init and one-shot, but the
 * operation lives on the stack, the session's own is not looked at, and nothing is locked
 * while it computes: a session may have as many of these running as there are lanes.
 *
 * A key that wants a login for each use cannot be used like this; there is no moment for
 * the login.
 */
#include "cmd.h"
#include "order.h"
#include "session.h"

static CK_RV work(struct order *o, enum use use, struct cmd_io *io)
{
    struct op op;
    struct span in;
    uint8_t *copy;
    struct out out = {io->out, io->room, 0};
    CK_RV rv = op_start(&op, use, o->mech, o->object, o->key, &o->params);
    if (rv != CKR_OK)
        return rv;
    rv = order_input(io, &in, &copy);
    if (rv == CKR_OK) {
        rv = use == USE_VERIFY ? op_check_whole(&op, in, io->sig)
                               : op_whole(&op, in, &out);
        order_input_end(in, copy);
    }
    if (rv == CKR_OK || rv == CKR_BUFFER_TOO_SMALL)
        io->len = out.len;
    op_end(&op);
    return rv;
}

static CK_RV one(struct client *c, struct rd *ctrl, struct cmd_io *io, enum use use)
{
    struct order o;
    struct session *s;
    CK_RV rv = order_decode(&o, ctrl, use != USE_DIGEST);
    if (rv != CKR_OK || !rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    rv = session_get(&s, c, o.session_handle);
    if (rv != CKR_OK)
        return rv;
    rv = order_judge(&o, s, use_function(use));
    if (rv == CKR_OK) {
        if (o.object && attr_bool(&o.object->attrs, CKA_ALWAYS_AUTHENTICATE))
            rv = CKR_USER_NOT_LOGGED_IN;
        else
            rv = work(&o, use, io);
        order_end(&o);
    }
    session_put(s);
    return rv;
}

CK_RV cmd_sign(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    return one(c, ctrl, io, USE_SIGN);
}

CK_RV cmd_verify(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    return one(c, ctrl, io, USE_VERIFY);
}

CK_RV cmd_encrypt(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    return one(c, ctrl, io, USE_ENCRYPT);
}

CK_RV cmd_decrypt(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    return one(c, ctrl, io, USE_DECRYPT);
}

CK_RV cmd_digest(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    return one(c, ctrl, io, USE_DIGEST);
}
