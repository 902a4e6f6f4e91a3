/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions with other TAs (GP 1.3.1, section 4.9). A handle is the platform's session
 * number. The memory handed over must be this TA's to give: readable for inputs, writable
 * for outputs.
 */
#include "panic.h"

/* MEMREF_INPUT 5, OUTPUT 6, INOUT 7: bit 2 says memref, bits 1 and 0 the direction. */
static void check_params(uint32_t types, const TEE_Param params[TEE_NUM_PARAMS])
{
    for (uint32_t i = 0; i < TEE_NUM_PARAMS; i++) {
        uint32_t type = TEE_PARAM_TYPE_GET(types, i);
        require(type == TEE_PARAM_TYPE_NONE || params,
                "call to another TA: params is NULL");
        require(type <= TEE_PARAM_TYPE_MEMREF_INOUT && type != 4,
                "call to another TA: no such parameter type");
        if (type < TEE_PARAM_TYPE_MEMREF_INPUT || !params[i].memref.size)
            continue;
        uint32_t access = TEE_MEMORY_ACCESS_ANY_OWNER;
        access |= type != TEE_PARAM_TYPE_MEMREF_OUTPUT ? TEE_MEMORY_ACCESS_READ : 0;
        access |= type != TEE_PARAM_TYPE_MEMREF_INPUT ? TEE_MEMORY_ACCESS_WRITE : 0;
        require(sys_access(access, params[i].memref.buffer, params[i].memref.size),
                "call to another TA: a buffer that is not accessible");
    }
}

TEE_Result TEE_OpenTASession(const TEE_UUID *destination,
                             uint32_t cancellationRequestTimeout, uint32_t paramTypes,
                             TEE_Param params[TEE_NUM_PARAMS],
                             TEE_TASessionHandle *session, uint32_t *returnOrigin)
{
    uint32_t number = 0, origin = TEE_ORIGIN_TEE;
    TEE_Param none[TEE_NUM_PARAMS] = {0};
    require(destination && session, "TEE_OpenTASession: NULL");
    check_params(paramTypes, params);
    TEE_Result res = sys_open(destination, cancellationRequestTimeout, paramTypes,
                              params ? params : none, &number, &origin);
    *session =
        res == TEE_SUCCESS ? (TEE_TASessionHandle)(uintptr_t)number : TEE_HANDLE_NULL;
    if (returnOrigin)
        *returnOrigin = origin;
    return res;
}

void TEE_CloseTASession(TEE_TASessionHandle session)
{
    if (session != TEE_HANDLE_NULL)
        sys_close((uint32_t)(uintptr_t)session);
}

TEE_Result TEE_InvokeTACommand(TEE_TASessionHandle session,
                               uint32_t cancellationRequestTimeout, uint32_t commandID,
                               uint32_t paramTypes, TEE_Param params[TEE_NUM_PARAMS],
                               uint32_t *returnOrigin)
{
    uint32_t origin = TEE_ORIGIN_TEE;
    TEE_Param none[TEE_NUM_PARAMS] = {0};
    require(session != TEE_HANDLE_NULL, "TEE_InvokeTACommand: no session");
    check_params(paramTypes, params);
    TEE_Result res = sys_invoke((uint32_t)(uintptr_t)session, cancellationRequestTimeout,
                                commandID, paramTypes, params ? params : none, &origin);
    if (returnOrigin)
        *returnOrigin = origin;
    return res;
}
