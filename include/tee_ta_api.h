/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a trusted application defines (GP 1.3.1, section 4.3). The TEE calls them one at a
 * time, except OpenSession, CloseSession and InvokeCommand of a TA that declares lanes
 * (anchorhold_ta.h). After a panic none of them is called again.
 */
#ifndef TEE_TA_API_H
#define TEE_TA_API_H

#include "tee_api_defines.h"
#include "tee_api_types.h"

#define TA_EXPORT __attribute__((visibility("default")))

/*
 * Once, before anything else. An error ends the instance and is the answer to the open.
 */
TEE_Result TA_CreateEntryPoint(void);

/* Once, last, when the instance is no longer needed. */
void TA_DestroyEntryPoint(void);

/*
 * A client opens a session. paramTypes says what the client really sent: check it first.
 *   sessionContext  the TA's own pointer, handed back with each call of this session
 * Any error refuses the session; it reaches the client with origin
 * TEE_ORIGIN_TRUSTED_APP.
 */
TEE_Result TA_OpenSessionEntryPoint(uint32_t paramTypes, TEE_Param params[TEE_NUM_PARAMS],
                                    void **sessionContext);

/* The session ends, also when its client died. */
void TA_CloseSessionEntryPoint(void *sessionContext);

/* A command of the TA's own numbering. */
TEE_Result TA_InvokeCommandEntryPoint(void *sessionContext, uint32_t commandID,
                                      uint32_t paramTypes,
                                      TEE_Param params[TEE_NUM_PARAMS]);

#endif
