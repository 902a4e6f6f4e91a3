/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A request to use a key with a mechanism, from the wire to the point where only the work
 * is left. The *_INIT commands, the one-call commands and derivation judge by the same
 * function, so they answer the same codes.
 */
#ifndef P11_ORDER_H
#define P11_ORDER_H

#include "how.h"
#include "object.h"

struct order {
    uint32_t session_handle, object_handle;
    struct p11_mech params;
    CK_RV params_rv; /* verdict on the shape of the parameters, given after the key's */
    const struct mech *mech;
    struct object *object; /* with a reference; NULL for a digest */
    struct key *key;
};

/* Session, key unless with_key is false, mechanism. CKR_ARGUMENTS_BAD. */
CK_RV order_decode(struct order *o, struct rd *ctrl, bool with_key);

/*
 * Find mechanism and key and judge them for function (a CKF_* bit):
 * CKR_KEY_HANDLE_INVALID, codes of mech_may and mech_fits, CKR_MECHANISM_PARAM_INVALID.
 * On an error nothing is held.
 */
CK_RV order_judge(struct order *o, const struct session *s, uint32_t function);
void order_end(struct order *o);

/*
 * Bulk data that overlaps the output is copied aside, so that no implementation has to
 * think of it; *copy is freed by order_input_end. CKR_DEVICE_MEMORY.
 */
struct cmd_io;
CK_RV order_input(const struct cmd_io *io, struct span *in, uint8_t **copy);
void order_input_end(struct span in, uint8_t *copy);

#endif
