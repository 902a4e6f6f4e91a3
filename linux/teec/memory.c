/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TEEC_ functions on shared memory. The handle of an object stands in the id of the
 * public structure; the transport decides how the TEE comes to see the bytes.
 */
#include <stdlib.h>
#include "teec.h"

static TEEC_Result make(TEEC_Context *context, TEEC_SharedMemory *m, enum shm_kind kind,
                        int fd)
{
    message_clear();
    if (!context || !m || !m->flags || m->flags & ~(TEEC_MEM_INPUT | TEEC_MEM_OUTPUT) ||
        (kind == SHM_REGISTERED && !m->buffer))
        return TEEC_ERROR_BAD_PARAMETERS;
    struct context *c = handle_get(HANDLE_CONTEXT, context->fd);
    if (!c)
        return TEEC_ERROR_BAD_STATE;
    TEEC_Result r = TEEC_ERROR_OUT_OF_MEMORY;
    struct shm *s = calloc(1, sizeof *s);
    if (!s)
        goto no_memory;
    *s = (struct shm){.ctx = context_hold(c), .kind = kind, .fd = fd, .flags = m->flags};
    s->buffer = kind == SHM_REGISTERED ? m->buffer : NULL;
    s->size = m->size;
    r = c->transport->shm_make(s);
    if (r != TEEC_SUCCESS)
        goto no_shm;
    r = TEEC_ERROR_OUT_OF_MEMORY;
    int handle = handle_new(HANDLE_SHM, s);
    if (!handle)
        goto no_handle;
    m->id = handle;
    m->buffer = s->buffer;
    m->size = s->size;
    m->alloced_size = s->size;
    m->shadow_buffer = NULL;
    m->registered_fd = fd;
    m->internal.flags = 0;
    handle_put(context->fd);
    return TEEC_SUCCESS;
no_handle:
    c->transport->shm_drop(s);
no_shm:
    context_drop(c);
    free(s);
no_memory:
    handle_put(context->fd);
    return r;
}

TEEC_EXPORT TEEC_Result TEEC_RegisterSharedMemory(TEEC_Context *context,
                                                  TEEC_SharedMemory *sharedMem)
{
    return make(context, sharedMem, SHM_REGISTERED, -1);
}

TEEC_EXPORT TEEC_Result TEEC_AllocateSharedMemory(TEEC_Context *context,
                                                  TEEC_SharedMemory *sharedMem)
{
    return make(context, sharedMem, SHM_ALLOCATED, -1);
}

TEEC_EXPORT TEEC_Result TEEC_RegisterSharedMemoryFileDescriptor(
    TEEC_Context *context, TEEC_SharedMemory *sharedMem, int fd)
{
    return fd < 0 ? TEEC_ERROR_BAD_PARAMETERS
                  : make(context, sharedMem, SHM_DESCRIPTOR, fd);
}

TEEC_EXPORT void TEEC_ReleaseSharedMemory(TEEC_SharedMemory *sharedMem)
{
    struct shm *s = sharedMem ? handle_close(HANDLE_SHM, sharedMem->id) : NULL;
    if (!s)
        return;
    handle_free(sharedMem->id);
    s->ctx->transport->shm_drop(s);
    if (s->kind == SHM_ALLOCATED)
        sharedMem->buffer = NULL;
    sharedMem->id = -1;
    sharedMem->size = 0;
    context_drop(s->ctx);
    free(s);
}
