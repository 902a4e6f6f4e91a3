/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As whom the process presents itself to the TA. A token may be opened by that identity
 * instead of a PIN. Chosen by environment, in programs that gained no privileges at their
 * start: ANCHORHOLD_LOGIN=public | user | group:<gid> CKTEEC_LOGIN_TYPE=public | user |
 * group, with CKTEEC_LOGIN_GID=<gid>   (as for libckteec) The first is looked at first;
 * without any it is public.
 */
#ifndef AH_PKCS11_IDENTITY_H
#define AH_PKCS11_IDENTITY_H

#include "anchorhold_pkcs11.h"
#include "tee_client_api.h"

struct identity {
    uint32_t login; /* TEEC_LOGIN_* */
    uint32_t gid;   /* for TEEC_LOGIN_GROUP */
};

/* CKR_ARGUMENTS_BAD for a value that is none of those above. */
CK_RV identity_choose(struct identity *who);

#endif
