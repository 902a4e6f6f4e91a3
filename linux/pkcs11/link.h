/* SPDX-License-Identifier: BSD-2-Clause */
/* What a link consists of, for the two files that call libteec: ta.c and pipe.c. */
#ifndef AH_PKCS11_LINK_H
#define AH_PKCS11_LINK_H

#include <stdatomic.h>
#include "ta.h"
#include "tee_client_api.h"

#define LINK_PIPES 4u

struct pipe;

struct link {
    TEEC_Context context;
    TEEC_Session session;
    uint32_t caps;     /* P11_CAP_* */
    _Atomic bool dead; /* only ever set */
    _Atomic unsigned refs;
    struct pipe *_Atomic pipes[LINK_PIPES]; /* not in use */
};

/* The CK_RV of a call: res of libteec, P0 as the TA left it. Marks the link when it died.
 */
CK_RV link_verdict(struct link *l, TEEC_Result res, const uint8_t *p0, size_t p0_len);

/* Release the memory of all pipes; the link is about to be closed. */
void pipes_close(struct link *l);

#endif
