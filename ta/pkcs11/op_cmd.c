/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands of the session's active operation: init, update, final, one-shot of
 * encrypt, decrypt, sign, verify and digest; release.
 *
 * All of one kind are one function; the commands are its names. The rule of PKCS#11 for
 * the end is in one place, step_run(): an error ends the operation, but not an output
 * that is too small, and so does the last step. A command for another operation than the
 * active one touches nothing.
 */
#include "cmd.h"
#include "order.h"
#include "session.h"

static CK_RV init_locked(struct session *s, struct order *o, enum use use)
{
    CK_RV rv = session_idle(s);
    if (rv != CKR_OK)
        return rv;
    rv = order_judge(o, s, use_function(use));
    if (rv != CKR_OK)
        return rv;
    struct op *op = TEE_Malloc(sizeof *op, TEE_MALLOC_NO_FILL);
    rv = op ? op_start(op, use, o->mech, o->object, o->key, &o->params)
            : CKR_DEVICE_MEMORY;
    if (rv != CKR_OK) {
        TEE_Free(op);
        order_end(o);
        return rv;
    }
    session_op_begin(s, op, o->object); /* the reference to the object goes with op */
    return CKR_OK;
}

static CK_RV init(struct client *c, struct rd *ctrl, enum use use)
{
    struct order o;
    struct session *s;
    CK_RV rv = order_decode(&o, ctrl, use != USE_DIGEST);
    if (rv != CKR_OK || !rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    rv = session_get(&s, c, o.session_handle);
    if (rv != CKR_OK)
        return rv;
    session_lock(s);
    rv = init_locked(s, &o, use);
    session_unlock(s);
    session_put(s);
    return rv;
}

enum step { STEP_UPDATE, STEP_FINISH, STEP_WHOLE, STEP_CHECK, STEP_CHECK_WHOLE };

static CK_RV step_do(struct op *op, enum step step, struct span in, struct cmd_io *io)
{
    struct out out = {io->out, io->room, 0};
    CK_RV rv = CKR_GENERAL_ERROR;
    switch (step) {
    case STEP_UPDATE:
        rv = op_update(op, in, &out);
        break;
    case STEP_FINISH:
        rv = op_finish(op, &out);
        break;
    case STEP_WHOLE:
        rv = op_whole(op, in, &out);
        break;
    case STEP_CHECK:
        rv = op_check(op, io->sig);
        break;
    case STEP_CHECK_WHOLE:
        rv = op_check_whole(op, in, io->sig);
        break;
    }
    if (rv == CKR_OK || rv == CKR_BUFFER_TOO_SMALL)
        io->len = out.len;
    return rv;
}

static CK_RV step_run(struct session *s, struct op *op, enum step step, struct cmd_io *io)
{
    struct span in;
    uint8_t *copy = NULL;
    CK_RV rv = s->op_wants_login ? CKR_USER_NOT_LOGGED_IN : order_input(io, &in, &copy);
    if (rv == CKR_OK) {
        rv = step_do(op, step, in, io);
        order_input_end(in, copy);
    }
    if (rv != CKR_BUFFER_TOO_SMALL && (rv != CKR_OK || step != STEP_UPDATE))
        session_op_end(s);
    return rv;
}

static CK_RV step(struct client *c, struct rd *ctrl, struct cmd_io *io, enum use use,
                  enum step which)
{
    struct session *s;
    uint32_t handle = rd_u32(ctrl);
    if (!rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = session_get(&s, c, handle);
    if (rv != CKR_OK)
        return rv;
    session_lock(s);
    struct op *op = session_op(s);
    rv =
        op && op->use == use ? step_run(s, op, which, io) : CKR_OPERATION_NOT_INITIALIZED;
    session_unlock(s);
    session_put(s);
    return rv;
}

/* --- digest of a key ------------------------------------------------------------------- */

static CK_RV digest_key_locked(struct session *s, struct op *op, uint32_t handle)
{
    struct object *o = object_get(s, handle);
    CK_RV rv = CKR_KEY_HANDLE_INVALID;
    if (o && o->class == CKO_SECRET_KEY)
        rv = op_update(op, attr_bytes(&o->attrs, CKA_VALUE), NULL);
    else if (o && o->key_type != P11_UNAVAILABLE)
        rv = CKR_KEY_INDIGESTIBLE;
    object_put(o);
    if (rv != CKR_OK)
        session_op_end(s);
    return rv;
}

CK_RV cmd_digest_key(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    (void)io;
    struct session *s;
    uint32_t handle = rd_u32(ctrl), object = rd_u32(ctrl);
    if (!rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = session_get(&s, c, handle);
    if (rv != CKR_OK)
        return rv;
    session_lock(s);
    struct op *op = session_op(s);
    rv = CKR_OPERATION_NOT_INITIALIZED;
    if (op && op->use == USE_DIGEST)
        rv = digest_key_locked(s, op, object);
    session_unlock(s);
    session_put(s);
    return rv;
}

/* --- release --------------------------------------------------------------------------- */

/* Which operation a command belongs to. */
static bool command_use(uint32_t cmd, enum use *use)
{
    static const struct {
        uint32_t cmd[4]; /* init, update, final, one-shot */
        enum use use;
    } rows[] = {
        {{P11_CMD_ENCRYPT_INIT, P11_CMD_ENCRYPT_UPDATE, P11_CMD_ENCRYPT_FINAL,
          P11_CMD_ENCRYPT_ONESHOT},
         USE_ENCRYPT},
        {{P11_CMD_DECRYPT_INIT, P11_CMD_DECRYPT_UPDATE, P11_CMD_DECRYPT_FINAL,
          P11_CMD_DECRYPT_ONESHOT},
         USE_DECRYPT},
        {{P11_CMD_SIGN_INIT, P11_CMD_SIGN_UPDATE, P11_CMD_SIGN_FINAL,
          P11_CMD_SIGN_ONESHOT},
         USE_SIGN},
        {{P11_CMD_VERIFY_INIT, P11_CMD_VERIFY_UPDATE, P11_CMD_VERIFY_FINAL,
          P11_CMD_VERIFY_ONESHOT},
         USE_VERIFY},
        {{P11_CMD_DIGEST_INIT, P11_CMD_DIGEST_UPDATE, P11_CMD_DIGEST_FINAL,
          P11_CMD_DIGEST_ONESHOT},
         USE_DIGEST},
        {{P11_CMD_DIGEST_KEY, P11_CMD_DIGEST_KEY, P11_CMD_DIGEST_KEY, P11_CMD_DIGEST_KEY},
         USE_DIGEST},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t k = 0; k < 4; k++) {
            if (rows[i].cmd[k] == cmd) {
                *use = rows[i].use;
                return true;
            }
        }
    }
    return false;
}

CK_RV cmd_release_active_processing(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    (void)io;
    struct session *s;
    enum use use;
    uint32_t handle = rd_u32(ctrl), cmd = rd_u32(ctrl);
    if (!rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = session_get(&s, c, handle);
    if (rv != CKR_OK)
        return rv;
    session_lock(s);
    struct op *op = session_op(s);
    rv = CKR_OPERATION_NOT_INITIALIZED;
    if (op && command_use(cmd, &use) && op->use == use) {
        session_op_end(s);
        rv = CKR_OK;
    }
    session_unlock(s);
    session_put(s);
    return rv;
}

/* --- the names ------------------------------------------------------------------------- */

#define INIT(NAME, USE)                                                                  \
    CK_RV cmd_##NAME(struct client *c, struct rd *ctrl, struct cmd_io *io)               \
    {                                                                                    \
        (void)io;                                                                        \
        return init(c, ctrl, USE);                                                       \
    }
#define STEP(NAME, USE, WHICH)                                                           \
    CK_RV cmd_##NAME(struct client *c, struct rd *ctrl, struct cmd_io *io)               \
    {                                                                                    \
        return step(c, ctrl, io, USE, WHICH);                                            \
    }

INIT(encrypt_init, USE_ENCRYPT)
STEP(encrypt_update, USE_ENCRYPT, STEP_UPDATE)
STEP(encrypt_final, USE_ENCRYPT, STEP_FINISH)
STEP(encrypt_oneshot, USE_ENCRYPT, STEP_WHOLE)
INIT(decrypt_init, USE_DECRYPT)
STEP(decrypt_update, USE_DECRYPT, STEP_UPDATE)
STEP(decrypt_final, USE_DECRYPT, STEP_FINISH)
STEP(decrypt_oneshot, USE_DECRYPT, STEP_WHOLE)
INIT(sign_init, USE_SIGN)
STEP(sign_update, USE_SIGN, STEP_UPDATE)
STEP(sign_final, USE_SIGN, STEP_FINISH)
STEP(sign_oneshot, USE_SIGN, STEP_WHOLE)
INIT(verify_init, USE_VERIFY)
STEP(verify_update, USE_VERIFY, STEP_UPDATE)
STEP(verify_final, USE_VERIFY, STEP_CHECK)
STEP(verify_oneshot, USE_VERIFY, STEP_CHECK_WHOLE)
INIT(digest_init, USE_DIGEST)
STEP(digest_update, USE_DIGEST, STEP_UPDATE)
STEP(digest_final, USE_DIGEST, STEP_FINISH)
STEP(digest_oneshot, USE_DIGEST, STEP_WHOLE)
