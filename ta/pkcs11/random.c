/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random numbers from the TEE. Its generator is seeded by the platform; what a client
 * offers as a seed could only be mixed in, and the GP API has no way to do so. So a seed
 * is accepted, as clients of the OP-TEE TA expect, and adds nothing: the output is fit
 * for keys without it.
 */
#include "cmd.h"
#include "session.h"

static CK_RV session_exists(struct client *c, struct rd *ctrl)
{
    uint32_t handle = rd_u32(ctrl);
    struct session *s;
    if (!rd_end(ctrl))
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = session_get(&s, c, handle);
    if (rv == CKR_OK)
        session_put(s);
    return rv;
}

CK_RV cmd_seed_random(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    (void)io;
    return session_exists(c, ctrl);
}

CK_RV cmd_generate_random(struct client *c, struct rd *ctrl, struct cmd_io *io)
{
    CK_RV rv = session_exists(c, ctrl);
    if (rv != CKR_OK)
        return rv;
    if (io->room)
        TEE_GenerateRandom(io->out, io->room);
    io->len = io->room;
    return CKR_OK;
}
