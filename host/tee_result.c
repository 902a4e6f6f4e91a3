/* SPDX-License-Identifier: BSD-2-Clause */
/* The crossing from enum err to TEE_Result. */
#include "tee_result.h"

uint32_t err_to_tee(enum err e)
{
    switch (e) {
    case OK:
        return TEE_SUCCESS;
    case ERR_NOT_FOUND:
        return TEE_ERROR_ITEM_NOT_FOUND;
    case ERR_DENIED:
        return TEE_ERROR_ACCESS_DENIED;
    case ERR_BUSY:
    case ERR_EXISTS:
        return TEE_ERROR_BUSY;
    case ERR_NO_MEMORY:
    case ERR_NO_SPACE:
        return TEE_ERROR_OUT_OF_MEMORY;
    case ERR_DEAD:
        return TEE_ERROR_TARGET_DEAD;
    case ERR_SIGNATURE:
    case ERR_CORRUPT:
    case ERR_ROLLBACK:
        return TEE_ERROR_SECURITY;
    case ERR_UNSUPPORTED:
        return TEE_ERROR_NOT_SUPPORTED;
    case ERR_FORMAT:
    case ERR_RANGE:
    case ERR_SHORT:
        return TEE_ERROR_BAD_PARAMETERS;
    case ERR_IO:
    case ERR_ENTROPY:
    case ERR_CANCELLED:
        return TEE_ERROR_GENERIC;
    }
    return TEE_ERROR_GENERIC;
}
