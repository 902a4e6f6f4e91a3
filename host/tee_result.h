/* SPDX-License-Identifier: BSD-2-Clause */
/* The TEE_Result values and origins that the daemon itself answers with; numbers of GP.
 */
#ifndef AH_HOST_TEE_RESULT_H
#define AH_HOST_TEE_RESULT_H

#include "err.h"
#include <stdint.h>

#define TEE_SUCCESS              0x00000000u
#define TEE_ERROR_GENERIC        0xFFFF0000u
#define TEE_ERROR_ACCESS_DENIED  0xFFFF0001u
#define TEE_ERROR_BAD_PARAMETERS 0xFFFF0006u
#define TEE_ERROR_ITEM_NOT_FOUND 0xFFFF0008u
#define TEE_ERROR_NOT_SUPPORTED  0xFFFF000Au
#define TEE_ERROR_OUT_OF_MEMORY  0xFFFF000Cu
#define TEE_ERROR_BUSY           0xFFFF000Du
#define TEE_ERROR_COMMUNICATION  0xFFFF000Eu
#define TEE_ERROR_SECURITY       0xFFFF000Fu
#define TEE_ERROR_TARGET_DEAD    0xFFFF3024u

#define TEE_ORIGIN_COMMS       2u
#define TEE_ORIGIN_TEE         3u
#define TEE_ORIGIN_TRUSTED_APP 4u

#define TEE_LOGIN_PUBLIC      0u
#define TEE_LOGIN_USER        1u
#define TEE_LOGIN_GROUP       2u
#define TEE_LOGIN_TRUSTED_APP 0xF0000000u

/* Total: every value of enum err has its result. */
uint32_t err_to_tee(enum err e);

#endif
