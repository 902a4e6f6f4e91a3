/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command table, and how results are put. Rows stand in the order of their numbers,
 * in two runs (from 0 and from 0x1000), so that finding one is an index; cmd_find()
 * proves it by looking at the row's own number.
 */
#include "cmd.h"

#define ROW(ID, FN, P1, P2)                                                              \
    {                                                                                    \
        P11_CMD_##ID, #FN, cmd_##FN, P1, P2                                              \
    }

static const struct cmd optee[] = {
    ROW(PING, ping, false, P2_OUT),
    ROW(SLOT_LIST, slot_list, false, P2_OUT),
    ROW(SLOT_INFO, slot_info, false, P2_OUT),
    ROW(TOKEN_INFO, token_info, false, P2_OUT),
    ROW(MECHANISM_IDS, mechanism_ids, false, P2_OUT),
    ROW(MECHANISM_INFO, mechanism_info, false, P2_OUT),
    ROW(OPEN_SESSION, open_session, false, P2_OUT),
    ROW(CLOSE_SESSION, close_session, false, P2_NONE),
    ROW(CLOSE_ALL_SESSIONS, close_all_sessions, false, P2_NONE),
    ROW(SESSION_INFO, session_info, false, P2_OUT),
    ROW(INIT_TOKEN, init_token, false, P2_NONE),
    ROW(INIT_PIN, init_pin, false, P2_NONE),
    ROW(SET_PIN, set_pin, false, P2_NONE),
    ROW(LOGIN, login, false, P2_NONE),
    ROW(LOGOUT, logout, false, P2_NONE),
    ROW(CREATE_OBJECT, create_object, false, P2_OUT),
    ROW(DESTROY_OBJECT, destroy_object, false, P2_NONE),
    ROW(ENCRYPT_INIT, encrypt_init, false, P2_NONE),
    ROW(DECRYPT_INIT, decrypt_init, false, P2_NONE),
    ROW(ENCRYPT_UPDATE, encrypt_update, true, P2_OUT),
    ROW(DECRYPT_UPDATE, decrypt_update, true, P2_OUT),
    ROW(ENCRYPT_FINAL, encrypt_final, false, P2_OUT),
    ROW(DECRYPT_FINAL, decrypt_final, false, P2_OUT),
    ROW(ENCRYPT_ONESHOT, encrypt_oneshot, true, P2_OUT),
    ROW(DECRYPT_ONESHOT, decrypt_oneshot, true, P2_OUT),
    ROW(SIGN_INIT, sign_init, false, P2_NONE),
    ROW(VERIFY_INIT, verify_init, false, P2_NONE),
    ROW(SIGN_UPDATE, sign_update, true, P2_NONE),
    ROW(VERIFY_UPDATE, verify_update, true, P2_NONE),
    ROW(SIGN_FINAL, sign_final, false, P2_OUT),
    ROW(VERIFY_FINAL, verify_final, false, P2_IN),
    ROW(SIGN_ONESHOT, sign_oneshot, true, P2_OUT),
    ROW(VERIFY_ONESHOT, verify_oneshot, true, P2_IN),
    ROW(GENERATE_KEY, generate_key, false, P2_OUT),
    ROW(FIND_OBJECTS_INIT, find_objects_init, false, P2_NONE),
    ROW(FIND_OBJECTS, find_objects, false, P2_OUT),
    ROW(FIND_OBJECTS_FINAL, find_objects_final, false, P2_NONE),
    ROW(GET_OBJECT_SIZE, get_object_size, false, P2_OUT),
    ROW(GET_ATTRIBUTE_VALUE, get_attribute_value, false, P2_OUT),
    ROW(SET_ATTRIBUTE_VALUE, set_attribute_value, false, P2_NONE),
    ROW(COPY_OBJECT, copy_object, false, P2_OUT),
    ROW(SEED_RANDOM, seed_random, true, P2_NONE),
    ROW(GENERATE_RANDOM, generate_random, false, P2_OUT),
    ROW(DERIVE_KEY, derive_key, false, P2_OUT),
    ROW(RELEASE_ACTIVE_PROCESSING, release_active_processing, false, P2_NONE),
    ROW(DIGEST_INIT, digest_init, false, P2_NONE),
    ROW(DIGEST_KEY, digest_key, false, P2_NONE),
    ROW(DIGEST_UPDATE, digest_update, true, P2_NONE),
    ROW(DIGEST_FINAL, digest_final, false, P2_OUT),
    ROW(DIGEST_ONESHOT, digest_oneshot, true, P2_OUT),
    ROW(GENERATE_KEY_PAIR, generate_key_pair, false, P2_OUT),
    ROW(WRAP_KEY, wrap_key, false, P2_OUT),
    ROW(UNWRAP_KEY, unwrap_key, true, P2_OUT),
};

static const struct cmd own[] = {
    ROW(INFO, info, false, P2_OUT),      ROW(SIGN, sign, true, P2_OUT),
    ROW(VERIFY, verify, true, P2_IN),    ROW(ENCRYPT, encrypt, true, P2_OUT),
    ROW(DECRYPT, decrypt, true, P2_OUT), ROW(DIGEST, digest, true, P2_OUT),
};

const struct cmd *cmd_find(uint32_t id)
{
    const struct cmd *row = NULL;
    if (id < sizeof optee / sizeof *optee)
        row = &optee[id];
    else if (id >= P11_CMD_INFO && id - P11_CMD_INFO < sizeof own / sizeof *own)
        row = &own[id - P11_CMD_INFO];
    return row && row->id == id ? row : NULL;
}

CK_RV io_put_info(struct cmd_io *io, const void *p, size_t len)
{
    io->len = len;
    if (io->room < len)
        return io->room ? CKR_BUFFER_TOO_SMALL : CKR_OK;
    if (len)
        memcpy(io->out, p, len);
    return CKR_OK;
}

CK_RV io_need(const struct cmd_io *io, size_t len)
{
    return io->room < len ? CKR_ARGUMENTS_BAD : CKR_OK;
}

void io_put_handles(struct cmd_io *io, const uint32_t *handles, uint32_t nr)
{
    for (uint32_t i = 0; i < nr; i++)
        put_le32(io->out + 4u * i, handles[i]);
    io->len = 4u * (size_t)nr;
}
