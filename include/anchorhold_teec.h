/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Anchorhold's additions to the TEE Client API. A program that must also run with another
 * libteec looks them up with dlsym.
 */
#ifndef ANCHORHOLD_TEEC_H
#define ANCHORHOLD_TEEC_H

#include "tee_client_api.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Describe the TEE behind the context as JSON:
 *     {"transport": "hosted" | "device", "path": "...", "tee": {...} }
 * tee is what the hosted TEE says of itself (versions, TAs, life cycle), or the numbers
 * of the TEE_IOC_VERSION answer of a device. text  *len bytes; written with a NUL.
 * SHORT_BUFFER: *len is the room needed.
 */
TEEC_Result AH_DescribeTee(TEEC_Context *context, char *text, size_t *len);

/*
 * Why the last call of this thread that failed did so, in English, for a message to a person;
 * empty when nothing more than the result is known. Overwritten by the next call.
 */
const char *AH_LastMessage(void);

/*
 * A call in two steps, so that a caller can prepare the next one while the TA works:
 *
 *     AH_BeginInvoke(s, cmd, &op, &call)   inputs are copied, the TA starts; does not
 * wait AH_EndInvoke(&call, &origin)         waits, brings the outputs back into op
 *
 * op and its buffers stay untouched by the caller between the two. Each begun call must
 * be ended, by the same or another thread; calls of one session run at once as far as the
 * TA has lanes. With a transport that cannot split calls, BeginInvoke does it all.
 */
typedef struct {
    TEEC_Operation *operation;
    void *state[4];
    uint32_t number[8];
} AH_Call;

TEEC_Result AH_BeginInvoke(TEEC_Session *session, uint32_t commandID,
                           TEEC_Operation *operation, AH_Call *call);
TEEC_Result AH_EndInvoke(AH_Call *call, uint32_t *returnOrigin);

#ifdef __cplusplus
}
#endif

#endif
