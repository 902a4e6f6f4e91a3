/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory (GP 1.3.1, section 4.11) on the C library's heap, whose ceiling the platform
 * sets. A block of size 0 is an address that no process can touch, so that using it
 * faults as it must.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "panic.h"

/* In the last page of the address space, which is never user memory. */
#define NOTHING ((void *)(UINTPTR_MAX - 15))

static _Atomic(const void *) instance_data;

TEE_Result TEE_CheckMemoryAccessRights(uint32_t accessFlags, void *buffer, size_t size)
{
    if (!size)
        return TEE_SUCCESS;
    if (!sys_access(accessFlags, buffer, size))
        return TEE_ERROR_ACCESS_DENIED;
    if (!(accessFlags & TEE_MEMORY_ACCESS_ANY_OWNER) && sys_is_shared(buffer, size))
        return TEE_ERROR_ACCESS_DENIED;
    return TEE_SUCCESS;
}

void TEE_SetInstanceData(const void *instanceData)
{
    atomic_store(&instance_data, instanceData);
}

const void *TEE_GetInstanceData(void)
{
    return atomic_load(&instance_data);
}

void *TEE_Malloc(size_t size, uint32_t hint)
{
    if (!size)
        return NOTHING;
    return hint & TEE_MALLOC_NO_FILL ? malloc(size) : calloc(1, size);
}

void *TEE_Realloc(void *buffer, size_t newSize)
{
    if (!buffer || buffer == NOTHING)
        return TEE_Malloc(newSize, TEE_MALLOC_FILL_ZERO);
    if (newSize)
        return realloc(buffer, newSize);
    free(buffer);
    return NOTHING;
}

void TEE_Free(void *buffer)
{
    if (buffer != NOTHING)
        free(buffer);
}

void TEE_MemMove(void *dest, const void *src, size_t size)
{
    if (size)
        memmove(dest, src, size);
}

/*
 * Every byte is looked at, from the last to the first, and nothing is decided by their
 * values.
 */
int32_t TEE_MemCompare(const void *buffer1, const void *buffer2, size_t size)
{
    const volatile uint8_t *a = buffer1, *b = buffer2;
    int32_t result = 0;
    for (size_t i = size; i-- > 0;) {
        int32_t diff = (int32_t)a[i] - (int32_t)b[i];
        int32_t same = ((diff & 0x1ff) - 1) >> 31; /* all ones when diff is 0, else 0 */
        result = (result & same) | diff;
    }
    return result;
}

void TEE_MemFill(void *buff, uint32_t x, size_t size)
{
    if (size)
        memset(buff, (int)(x & 0xffu), size);
}
