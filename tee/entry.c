/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way from the platform into the TA: its five entry points, each begun with the state
 * that GP promises at its start. The parameters have been checked by the platform against
 * what the client sent; whether they are what the TA expects is for the TA to check.
 */
#include "cancel.h"
#include "sys.h"

TEE_Result entry_create(void)
{
    cancel_begin();
    return TA_CreateEntryPoint();
}

void entry_destroy(void)
{
    cancel_begin();
    TA_DestroyEntryPoint();
}

TEE_Result entry_open(uint32_t types, TEE_Param params[4], void **context)
{
    cancel_begin();
    *context = NULL;
    return TA_OpenSessionEntryPoint(types, params, context);
}

void entry_close(void *context)
{
    cancel_begin();
    TA_CloseSessionEntryPoint(context);
}

TEE_Result entry_invoke(void *context, uint32_t cmd, uint32_t types, TEE_Param params[4])
{
    cancel_begin();
    return TA_InvokeCommandEntryPoint(context, cmd, types, params);
}
