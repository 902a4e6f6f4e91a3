/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The entry points of the TA, and the one place where memory of the client becomes
 * arguments.
 *
 * Each command's row says what its parameters are. P0 is copied once, whole; handlers
 * decode the copy. It may hold PINs and key values, so it is wiped. The result is a word
 * in P0; the TEE result is an error only when that word could not be written, or beside
 * CKR_BUFFER_TOO_SMALL, as clients of the OP-TEE TA expect. Nothing here keeps state: the
 * client is the session's context.
 */
#include <stdlib.h>
#include "cmd.h"
#include "session.h"
#include "token.h"

#define SMALL_ARGS                                                                       \
    1024u /* most commands; larger ones (templates) are copied to the heap */

TEE_Result TA_CreateEntryPoint(void)
{
    tokens_init();
    return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
    tokens_free();
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t types, TEE_Param params[4], void **context)
{
    (void)types;
    (void)params;
    struct client *c;
    if (client_new(&c) != CKR_OK)
        return TEE_ERROR_OUT_OF_MEMORY;
    *context = c;
    return TEE_SUCCESS;
}

void TA_CloseSessionEntryPoint(void *context)
{
    client_free(context);
}

static uint32_t types_of(const struct cmd *cmd)
{
    static const uint32_t p2[] = {
        [P2_NONE] = TEE_PARAM_TYPE_NONE,
        [P2_OUT] = TEE_PARAM_TYPE_MEMREF_OUTPUT,
        [P2_IN] = TEE_PARAM_TYPE_MEMREF_INPUT,
    };
    return TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INOUT,
                           cmd->p1 ? TEE_PARAM_TYPE_MEMREF_INPUT : TEE_PARAM_TYPE_NONE,
                           p2[cmd->p2], TEE_PARAM_TYPE_NONE);
}

static struct cmd_io io_of(const struct cmd *cmd, const TEE_Param params[4])
{
    struct cmd_io io = {.len = 0};
    if (cmd->p1 && params[1].memref.buffer)
        io.in = (struct span){params[1].memref.buffer, params[1].memref.size};
    if (cmd->p2 == P2_IN && params[2].memref.buffer)
        io.sig = (struct span){params[2].memref.buffer, params[2].memref.size};
    if (cmd->p2 == P2_OUT && params[2].memref.buffer) {
        io.out = params[2].memref.buffer;
        io.room = params[2].memref.size;
    }
    return io;
}

/* Copy the control arguments and run the command on the copy. */
static CK_RV run(struct client *c, const struct cmd *cmd, TEE_Param params[4])
{
    size_t len = params[0].memref.size;
    if (len > P11_ARGS_MAX)
        return CKR_ARGUMENTS_BAD;

    uint8_t small[SMALL_ARGS];
    uint8_t *args = small;
    if (len > sizeof small && !(args = malloc(len)))
        return CKR_DEVICE_MEMORY;
    memcpy(args, params[0].memref.buffer, len);

    struct rd ctrl = rd_init(args, len);
    struct cmd_io io = io_of(cmd, params);
    CK_RV rv = cmd->run(c, &ctrl, &io);
    if (cmd->p2 == P2_OUT)
        params[2].memref.size = io.len;

    wipe(args, len);
    if (args != small)
        free(args);
    return rv;
}

TEE_Result TA_InvokeCommandEntryPoint(void *context, uint32_t id, uint32_t types,
                                      TEE_Param params[4])
{
    if (TEE_PARAM_TYPE_GET(types, 0) != TEE_PARAM_TYPE_MEMREF_INOUT ||
        !params[0].memref.buffer || params[0].memref.size < 4)
        return TEE_ERROR_BAD_PARAMETERS;
    const struct cmd *cmd = cmd_find(id);
    if (!cmd)
        return TEE_ERROR_NOT_SUPPORTED;

    CK_RV rv = types == types_of(cmd) ? run(context, cmd, params) : CKR_ARGUMENTS_BAD;

    put_le32(params[0].memref.buffer, (uint32_t)rv);
    params[0].memref.size = 4;
    return rv == CKR_BUFFER_TOO_SMALL ? TEE_ERROR_SHORT_BUFFER : TEE_SUCCESS;
}
