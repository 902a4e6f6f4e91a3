/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command table: one row for each command of abi/pkcs11_ta.h, one handler for each
 * row.
 *
 * main.c checks the parameter types against the row, copies P0 once into memory of the
 * TA, calls the handler, and writes the CK_RV and the sizes back. A handler reads its
 * arguments from ctrl (the copy; it must end with rd_end(ctrl) true, else
 * CKR_ARGUMENTS_BAD, before anything is changed), and finds the bulk data in io.
 *
 * io->in and io->sig point into memory that the client can change at any moment: pass
 * over the bytes once, or copy them first. io->out is such memory too: write results
 * there, never read them back. io->len is what P2's size becomes; main.c starts it at 0
 * and hands it on whatever the code is, so a handler sets it to the needed size together
 * with CKR_BUFFER_TOO_SMALL.
 */
#ifndef P11_CMD_H
#define P11_CMD_H

#include "p11.h"

struct client;

struct cmd_io {
    struct span in;  /* P1 */
    struct span sig; /* P2 when it is an input */
    uint8_t *out;    /* P2 when it is an output; NULL with room 0 */
    size_t room;
    size_t len;
};

typedef CK_RV cmd_fn(struct client *c, struct rd *ctrl, struct cmd_io *io);

enum cmd_p2 { P2_NONE, P2_OUT, P2_IN };

struct cmd {
    uint32_t id;
    const char *name;
    cmd_fn *run;
    bool p1;
    enum cmd_p2 p2;
};

/* The row of a command; NULL for an unknown one. */
const struct cmd *cmd_find(uint32_t id);

/*
 * Put a result of fixed size. For information: room 0 asks for the size (CKR_OK), less
 * than len is CKR_BUFFER_TOO_SMALL; both set io->len.
 */
CK_RV io_put_info(struct cmd_io *io, const void *p, size_t len);

/* Commands that answer handles check this before they do anything; CKR_ARGUMENTS_BAD. */
CK_RV io_need(const struct cmd_io *io, size_t len);

/* Put nr handles; io_need() said that they fit. */
void io_put_handles(struct cmd_io *io, const uint32_t *handles, uint32_t nr);

/* slot.c */
cmd_fn cmd_ping, cmd_info, cmd_slot_list, cmd_slot_info, cmd_token_info;
/* token.c, login.c */
cmd_fn cmd_init_token, cmd_init_pin, cmd_set_pin, cmd_login, cmd_logout;
/* session.c */
cmd_fn cmd_open_session, cmd_close_session, cmd_close_all_sessions, cmd_session_info;
/* object_cmd.c, find.c */
cmd_fn cmd_create_object, cmd_destroy_object, cmd_get_object_size,
    cmd_get_attribute_value, cmd_set_attribute_value, cmd_copy_object;
cmd_fn cmd_find_objects_init, cmd_find_objects, cmd_find_objects_final;
/* random.c */
cmd_fn cmd_seed_random, cmd_generate_random;

/* mech.c */
cmd_fn cmd_mechanism_ids, cmd_mechanism_info;
/* op_cmd.c */
cmd_fn cmd_encrypt_init, cmd_decrypt_init, cmd_encrypt_update, cmd_decrypt_update,
    cmd_encrypt_final, cmd_decrypt_final, cmd_encrypt_oneshot, cmd_decrypt_oneshot;
cmd_fn cmd_sign_init, cmd_verify_init, cmd_sign_update, cmd_verify_update, cmd_sign_final,
    cmd_verify_final, cmd_sign_oneshot, cmd_verify_oneshot;
cmd_fn cmd_digest_init, cmd_digest_key, cmd_digest_update, cmd_digest_final,
    cmd_digest_oneshot;
cmd_fn cmd_release_active_processing;
/* keygen.c, derive.c, wrap.c */
cmd_fn cmd_generate_key, cmd_generate_key_pair, cmd_derive_key, cmd_wrap_key,
    cmd_unwrap_key;
/* onecall.c */
cmd_fn cmd_sign, cmd_verify, cmd_encrypt, cmd_decrypt, cmd_digest;

#endif
