/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TA that shows a test what reached it: sizes, NULL references, identity, cancellation;
 * that panics and crashes when told to; and that checks what TEE_CheckMemoryAccessRights
 * says of its own memory.
 */
#include <string.h>
#include "hello_ta.h"
#include "ta/probe/probe.h"
#include "tee_internal_api.h"

#define TYPES(p0, p1, p2)                                                                \
    TEE_PARAM_TYPES(TEE_PARAM_TYPE_##p0, TEE_PARAM_TYPE_##p1, TEE_PARAM_TYPE_##p2,       \
                    TEE_PARAM_TYPE_NONE)

TEE_Result TA_CreateEntryPoint(void)
{
    return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t types, TEE_Param p[TEE_NUM_PARAMS],
                                    void **context)
{
    *context = NULL;
    return types == TYPES(VALUE_INPUT, NONE, NONE) ? p[0].value.a : TEE_SUCCESS;
}

void TA_CloseSessionEntryPoint(void *context)
{
    (void)context;
}

static TEE_Result empty(TEE_Param *p)
{
    (void)p;
    return TEE_SUCCESS;
}

static TEE_Result copy(TEE_Param *p)
{
    size_t len = p[0].memref.size;
    p[2].value.a = p[0].memref.buffer == NULL;
    p[2].value.b = (uint32_t)len;
    if (!p[0].memref.buffer)
        return TEE_SUCCESS;
    if (len > p[1].memref.size) {
        p[1].memref.size = len;
        return TEE_ERROR_SHORT_BUFFER;
    }
    memcpy(p[1].memref.buffer, p[0].memref.buffer, len);
    p[1].memref.size = len;
    return TEE_SUCCESS;
}

static TEE_Result invert(TEE_Param *p)
{
    uint8_t *b = p[0].memref.buffer;
    for (size_t i = 0; i < p[0].memref.size; i++)
        b[i] = (uint8_t)~b[i];
    return TEE_SUCCESS;
}

static TEE_Result swap(TEE_Param *p)
{
    uint32_t a = p[0].value.a;
    p[0].value.a = p[0].value.b;
    p[0].value.b = a;
    return TEE_SUCCESS;
}

static TEE_Result boast(TEE_Param *p)
{
    p[0].memref.size = (size_t)1 << 30;
    return TEE_ERROR_SHORT_BUFFER;
}

static TEE_Result wait(TEE_Param *p)
{
    TEE_UnmaskCancellation();
    return TEE_Wait(p[0].value.a);
}

static TEE_Result panic(TEE_Param *p)
{
    TEE_Panic(p[0].value.a);
    return TEE_SUCCESS;
}

static TEE_Result crash(TEE_Param *p)
{
    volatile int *volatile nowhere = NULL;
    (void)p;
    *nowhere = 1;
    return TEE_SUCCESS;
}

static TEE_Result who(TEE_Param *p)
{
    TEE_Identity id;
    TEE_Result r =
        TEE_GetPropertyAsIdentity(TEE_PROPSET_CURRENT_CLIENT, "gpd.client.identity", &id);
    if (r == TEE_SUCCESS && p[0].memref.size == sizeof id)
        memcpy(p[0].memref.buffer, &id, sizeof id);
    return r;
}

static TEE_Result work(TEE_Param *p)
{
    volatile uint32_t x = 1;
    for (uint32_t i = 0; i < p[0].value.a; i++)
        x = x * 1664525u + 1013904223u;
    return TEE_SUCCESS;
}

static TEE_Result hello(TEE_Param *p)
{
    const TEE_UUID uuid = HELLO_TA_UUID;
    TEE_TASessionHandle s;
    uint32_t origin;
    TEE_Param q[TEE_NUM_PARAMS] = {{.value = {p[0].value.a, 0}}};
    TEE_Result r = TEE_OpenTASession(&uuid, TEE_TIMEOUT_INFINITE, 0, NULL, &s, &origin);
    if (r != TEE_SUCCESS)
        return r;
    r = TEE_InvokeTACommand(s, TEE_TIMEOUT_INFINITE, HELLO_INCREMENT,
                            TYPES(VALUE_INOUT, NONE, NONE), q, &origin);
    TEE_CloseTASession(s);
    p[0].value.a = q[0].value.a;
    return r;
}

static const char constant[] = "constant";
static char variable[8];

static TEE_Result access_rights(TEE_Param *p)
{
    char local[16];
    void *heap = TEE_Malloc(100, 0);
    const uint32_t r = TEE_MEMORY_ACCESS_READ, w = TEE_MEMORY_ACCESS_WRITE,
                   any = TEE_MEMORY_ACCESS_ANY_OWNER;
    const struct {
        uint32_t flags;
        void *buffer;
        size_t len;
        bool granted;
    } rows[] = {
        {r | w, local, sizeof local, true},
        {r | w, variable, sizeof variable, true},
        {r | w, heap, 100, true},
        {r, (void *)(uintptr_t)constant, sizeof constant, true},
        {r | w, (void *)(uintptr_t)constant, sizeof constant, false},
        {r, (void *)(uintptr_t)access_rights, 16, true},
        {w, (void *)(uintptr_t)access_rights, 16, false},
        {r, NULL, 1, false},
        {r, (void *)4096, 4096, false},
        {r, NULL, 0, true},
        {r, (void *)(UINTPTR_MAX - 3), 16, false},
        {r | w, p[0].memref.buffer, p[0].memref.size, false},
        {r | w | any, p[0].memref.buffer, p[0].memref.size, true},
    };
    TEE_Result res = TEE_SUCCESS;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        TEE_Result got =
            TEE_CheckMemoryAccessRights(rows[i].flags, rows[i].buffer, rows[i].len);
        if ((got == TEE_SUCCESS) != rows[i].granted)
            res = (TEE_Result)i + 1;
    }
    TEE_Free(heap);
    return res;
}

static TEE_Result fail(TEE_Param *p)
{
    p[1].value.a = 7;
    return p[0].value.a;
}

static const struct {
    uint32_t types;
    TEE_Result (*run)(TEE_Param *p);
} commands[] = {
    [PROBE_EMPTY] = {0, empty},
    [PROBE_COPY] = {TYPES(MEMREF_INPUT, MEMREF_OUTPUT, VALUE_OUTPUT), copy},
    [PROBE_INVERT] = {TYPES(MEMREF_INOUT, NONE, NONE), invert},
    [PROBE_SWAP] = {TYPES(VALUE_INOUT, NONE, NONE), swap},
    [PROBE_BOAST] = {TYPES(MEMREF_OUTPUT, NONE, NONE), boast},
    [PROBE_WAIT] = {TYPES(VALUE_INPUT, NONE, NONE), wait},
    [PROBE_PANIC] = {TYPES(VALUE_INPUT, NONE, NONE), panic},
    [PROBE_CRASH] = {0, crash},
    [PROBE_WHO] = {TYPES(MEMREF_OUTPUT, NONE, NONE), who},
    [PROBE_WORK] = {TYPES(VALUE_INPUT, NONE, NONE), work},
    [PROBE_HELLO] = {TYPES(VALUE_INOUT, NONE, NONE), hello},
    [PROBE_ACCESS] = {TYPES(MEMREF_INOUT, NONE, NONE), access_rights},
    [PROBE_FAIL] = {TYPES(VALUE_INPUT, VALUE_OUTPUT, NONE), fail},
};

TEE_Result TA_InvokeCommandEntryPoint(void *context, uint32_t command, uint32_t types,
                                      TEE_Param p[TEE_NUM_PARAMS])
{
    (void)context;
    if (command >= sizeof commands / sizeof *commands || !commands[command].run)
        return TEE_ERROR_NOT_SUPPORTED;
    return types == commands[command].types ? commands[command].run(p)
                                            : TEE_ERROR_BAD_PARAMETERS;
}
