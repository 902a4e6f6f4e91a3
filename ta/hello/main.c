/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest useful trusted application, as an example to copy. It increments a number,
 * hashes a buffer, keeps a counter in secure storage, and waits until it is cancelled.
 *
 * Two rules are worth copying with it. First, paramTypes says what the client really
 * sent, so compare it before touching params. Second, a memory reference is shared with
 * the client, who may change the bytes at any time: read each byte once, or copy it
 * first.
 */
#include "hello_ta.h"
#include "tee_internal_api.h"

static const char counter_id[] = "counter";

TEE_Result TA_CreateEntryPoint(void)
{
    return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t paramTypes, TEE_Param params[TEE_NUM_PARAMS],
                                    void **sessionContext)
{
    (void)params;
    *sessionContext = NULL;
    return paramTypes == 0 ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS;
}

void TA_CloseSessionEntryPoint(void *sessionContext)
{
    (void)sessionContext;
}

static TEE_Result increment(TEE_Param params[TEE_NUM_PARAMS])
{
    params[0].value.a++;
    return TEE_SUCCESS;
}

static TEE_Result digest(TEE_Param params[TEE_NUM_PARAMS])
{
    TEE_OperationHandle op;
    TEE_Result r = TEE_AllocateOperation(&op, TEE_ALG_SHA256, TEE_MODE_DIGEST, 0);
    if (r != TEE_SUCCESS)
        return r;
    r = TEE_DigestDoFinal(op, params[0].memref.buffer, params[0].memref.size,
                          params[1].memref.buffer, &params[1].memref.size);
    TEE_FreeOperation(op);
    return r;
}

/* Read the counter, add one, write it back: TEE_WriteObjectData is all or nothing. */
static TEE_Result count_in(TEE_ObjectHandle object, uint32_t *value)
{
    size_t len;
    TEE_Result r = TEE_ReadObjectData(object, value, sizeof *value, &len);
    if (r == TEE_SUCCESS && len != sizeof *value)
        r = TEE_ERROR_CORRUPT_OBJECT;
    if (r != TEE_SUCCESS)
        return r;
    (*value)++;
    r = TEE_SeekObjectData(object, 0, TEE_DATA_SEEK_SET);
    return r == TEE_SUCCESS ? TEE_WriteObjectData(object, value, sizeof *value) : r;
}

static TEE_Result count(TEE_Param params[TEE_NUM_PARAMS])
{
    const uint32_t flags = TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_ACCESS_WRITE;
    TEE_ObjectHandle object;
    uint32_t value = 0;
    TEE_Result r = TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, counter_id,
                                            sizeof counter_id - 1, flags, &object);
    if (r == TEE_ERROR_ITEM_NOT_FOUND)
        r = TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE, counter_id,
                                       sizeof counter_id - 1, flags, TEE_HANDLE_NULL,
                                       &value, sizeof value, &object);
    if (r != TEE_SUCCESS)
        return r;
    r = count_in(object, &value);
    TEE_CloseObject(object);
    params[0].value.a = value;
    return r;
}

static TEE_Result wait(TEE_Param params[TEE_NUM_PARAMS])
{
    TEE_UnmaskCancellation();
    return TEE_Wait(params[0].value.a);
}

#define TYPES(p0, p1) TEE_PARAM_TYPES(p0, p1, TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_NONE)

static const struct {
    uint32_t command;
    uint32_t types;
    TEE_Result (*run)(TEE_Param params[TEE_NUM_PARAMS]);
} commands[] = {
    {HELLO_INCREMENT, TYPES(TEE_PARAM_TYPE_VALUE_INOUT, TEE_PARAM_TYPE_NONE), increment},
    {HELLO_DIGEST, TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_OUTPUT),
     digest},
    {HELLO_COUNT, TYPES(TEE_PARAM_TYPE_VALUE_OUTPUT, TEE_PARAM_TYPE_NONE), count},
    {HELLO_WAIT, TYPES(TEE_PARAM_TYPE_VALUE_INPUT, TEE_PARAM_TYPE_NONE), wait},
};

TEE_Result TA_InvokeCommandEntryPoint(void *sessionContext, uint32_t commandID,
                                      uint32_t paramTypes,
                                      TEE_Param params[TEE_NUM_PARAMS])
{
    (void)sessionContext;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (commands[i].command != commandID)
            continue;
        return paramTypes == commands[i].types ? commands[i].run(params)
                                               : TEE_ERROR_BAD_PARAMETERS;
    }
    return TEE_ERROR_NOT_SUPPORTED;
}
