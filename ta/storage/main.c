/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The storage TA: secure storage for the other TAs, who reach it through the GP
 * persistent object API of their TEE library. A session belongs to the TA that the
 * platform says the client is; it reaches that TA's store and no other. The commands are
 * rows of a table.
 */
#include <stdlib.h>
#include "command.h"

#define NONE TEE_PARAM_TYPE_NONE
#define VIN  TEE_PARAM_TYPE_VALUE_INPUT
#define VOUT TEE_PARAM_TYPE_VALUE_OUTPUT
#define VIO  TEE_PARAM_TYPE_VALUE_INOUT
#define IN   TEE_PARAM_TYPE_MEMREF_INPUT
#define OUT  TEE_PARAM_TYPE_MEMREF_OUTPUT

static const struct {
    command *run;
    uint32_t types;
} commands[] = {
    [STORAGE_OPEN] = {object_open, TEE_PARAM_TYPES(IN, VIO, OUT, NONE)},
    [STORAGE_CREATE] = {object_create, TEE_PARAM_TYPES(IN, VIO, IN, IN)},
    [STORAGE_CLOSE] = {object_close, TEE_PARAM_TYPES(VIN, NONE, NONE, NONE)},
    [STORAGE_DELETE] = {object_delete, TEE_PARAM_TYPES(VIN, NONE, NONE, NONE)},
    [STORAGE_RENAME] = {object_rename, TEE_PARAM_TYPES(VIN, IN, NONE, NONE)},
    [STORAGE_READ] = {data_read, TEE_PARAM_TYPES(VIN, OUT, NONE, NONE)},
    [STORAGE_WRITE] = {data_write, TEE_PARAM_TYPES(VIN, IN, NONE, NONE)},
    [STORAGE_TRUNCATE] = {data_truncate, TEE_PARAM_TYPES(VIN, NONE, NONE, NONE)},
    [STORAGE_HEAD] = {head_write, TEE_PARAM_TYPES(VIN, IN, NONE, NONE)},
    [STORAGE_SIZE] = {data_size, TEE_PARAM_TYPES(VIN, VOUT, NONE, NONE)},
    [STORAGE_NEXT] = {store_next_object, TEE_PARAM_TYPES(VIO, OUT, OUT, VOUT)},
    [STORAGE_BATCH] = {store_batch, TEE_PARAM_TYPES(VIN, IN, NONE, NONE)},
    [STORAGE_GET] = {store_get, TEE_PARAM_TYPES(IN, OUT, NONE, NONE)},
    [STORAGE_STATUS] = {store_tell, TEE_PARAM_TYPES(OUT, NONE, NONE, NONE)},
    [STORAGE_RESET] = {store_begin_anew, TEE_PARAM_TYPES(VIN, NONE, NONE, NONE)},
    [STORAGE_SCAN] = {store_scan, TEE_PARAM_TYPES(VIO, OUT, NONE, NONE)},
};
#define NR_COMMANDS (sizeof commands / sizeof commands[0])

TEE_Result TA_CreateEntryPoint(void)
{
    return owners_init();
}

void TA_DestroyEntryPoint(void)
{
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t paramTypes, TEE_Param params[TEE_NUM_PARAMS],
                                    void **sessionContext)
{
    TEE_Identity client;

    (void)params;
    if (paramTypes != 0)
        return TEE_ERROR_BAD_PARAMETERS;
    TEE_Result res = TEE_GetPropertyAsIdentity(TEE_PROPSET_CURRENT_CLIENT,
                                               "gpd.client.identity", &client);
    if (res != TEE_SUCCESS)
        return res;
    if (client.login != TEE_LOGIN_TRUSTED_APP)
        return TEE_ERROR_ACCESS_DENIED;
    struct session *s = calloc(1, sizeof *s);
    if (!s)
        return TEE_ERROR_OUT_OF_MEMORY;
    res = owner_get(&s->owner, &client.uuid);
    if (res != TEE_SUCCESS) {
        free(s);
        return res;
    }
    *sessionContext = s;
    return TEE_SUCCESS;
}

void TA_CloseSessionEntryPoint(void *sessionContext)
{
    struct session *s = sessionContext;
    struct owner *o = s->owner;

    pthread_mutex_lock(&o->lock);
    handle_close_all(s);
    pthread_mutex_unlock(&o->lock);
    free(s);
    owner_put(o);
}

/* A client may name memory that it does not have: NULL with a length. */
static bool memory_there(uint32_t types, const TEE_Param params[TEE_NUM_PARAMS])
{
    for (uint32_t i = 0; i < TEE_NUM_PARAMS; i++) {
        uint32_t t = TEE_PARAM_TYPE_GET(types, i);
        if ((t == IN || t == OUT) && !params[i].memref.buffer && params[i].memref.size)
            return false;
    }
    return true;
}

TEE_Result TA_InvokeCommandEntryPoint(void *sessionContext, uint32_t commandID,
                                      uint32_t paramTypes,
                                      TEE_Param params[TEE_NUM_PARAMS])
{
    struct session *s = sessionContext;

    if (commandID >= NR_COMMANDS || !commands[commandID].run)
        return TEE_ERROR_NOT_SUPPORTED;
    if (paramTypes != commands[commandID].types || !memory_there(paramTypes, params))
        return TEE_ERROR_BAD_PARAMETERS;
    pthread_mutex_lock(&s->owner->lock);
    TEE_Result res = owner_store(s->owner);
    if (res == TEE_SUCCESS)
        res = commands[commandID].run(s, params);
    pthread_mutex_unlock(&s->owner->lock);
    return res;
}
