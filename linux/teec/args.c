/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TEEC_Operation as checked arguments, and back. Shared memory that an operation names
 * is held for the length of the call, so releasing it meanwhile waits instead of pulling
 * it away.
 */
#include <string.h>
#include "bytes.h"
#include "teec.h"

/* Types of parameters, what they become, and which flags the memory must have. */
static const struct {
    uint8_t nibble;
    bool whole, partial;
    uint32_t needs;
} kinds[16] = {
    [TEEC_VALUE_INPUT] = {1, false, false, 0},
    [TEEC_VALUE_OUTPUT] = {2, false, false, 0},
    [TEEC_VALUE_INOUT] = {3, false, false, 0},
    [TEEC_MEMREF_TEMP_INPUT] = {5, false, false, 0},
    [TEEC_MEMREF_TEMP_OUTPUT] = {6, false, false, 0},
    [TEEC_MEMREF_TEMP_INOUT] = {7, false, false, 0},
    [TEEC_MEMREF_WHOLE] = {4, true, false, 0}, /* 4 + the flags of the memory */
    [TEEC_MEMREF_PARTIAL_INPUT] = {5, false, true, TEEC_MEM_INPUT},
    [TEEC_MEMREF_PARTIAL_OUTPUT] = {6, false, true, TEEC_MEM_OUTPUT},
    [TEEC_MEMREF_PARTIAL_INOUT] = {7, false, true, TEEC_MEM_INPUT | TEEC_MEM_OUTPUT},
};

static TEEC_Result shared_take(struct arg *a, const TEEC_RegisteredMemoryReference *r,
                               uint32_t kind, const struct context *ctx)
{
    if (!r->parent)
        return TEEC_ERROR_BAD_PARAMETERS;
    struct shm *m = handle_get(HANDLE_SHM, r->parent->id);
    if (!m)
        return TEEC_ERROR_BAD_STATE;
    a->shm = m;
    a->shm_handle = r->parent->id;
    a->offset = kinds[kind].whole ? 0 : r->offset;
    a->size = kinds[kind].whole ? m->size : r->size;
    size_t end;
    if (m->ctx != ctx || (m->flags & kinds[kind].needs) != kinds[kind].needs ||
        !add_ok(a->offset, a->size, &end) || end > m->size)
        return TEEC_ERROR_BAD_PARAMETERS;
    if (kinds[kind].whole)
        a->type += m->flags & 3;
    a->buf = (uint8_t *)m->buffer + a->offset;
    return TEEC_SUCCESS;
}

TEEC_Result args_take(struct call *c)
{
    TEEC_Result r = TEEC_SUCCESS;
    memset(c->args, 0, sizeof c->args);
    for (unsigned i = 0; c->op && i < 4 && r == TEEC_SUCCESS; i++) {
        const TEEC_Parameter *p = &c->op->params[i];
        uint32_t kind = TEEC_PARAM_TYPE_GET(c->op->paramTypes, i);
        struct arg *a = &c->args[i];
        a->type = kinds[kind].nibble;
        if (kind != TEEC_NONE && !a->type) {
            r = TEEC_ERROR_BAD_PARAMETERS;
        } else if (kinds[kind].whole || kinds[kind].partial) {
            r = shared_take(a, &p->memref, kind, c->session->ctx);
        } else if (chan_type_is_value(a->type)) {
            a->a = p->value.a;
            a->b = p->value.b;
        } else if (chan_type_is_memref(a->type)) {
            a->buf = p->tmpref.buffer;
            a->size = p->tmpref.size;
        }
    }
    if (r != TEEC_SUCCESS)
        args_release(c);
    return r;
}

void args_give(struct call *c)
{
    for (unsigned i = 0; c->op && i < 4; i++) {
        const struct arg *a = &c->args[i];
        TEEC_Parameter *p = &c->op->params[i];
        if (!chan_type_is_output(a->type))
            continue;
        if (chan_type_is_value(a->type)) {
            p->value.a = a->a;
            p->value.b = a->b;
        } else if (a->shm) {
            p->memref.size = a->size;
        } else {
            p->tmpref.size = a->size;
        }
    }
}

void args_release(struct call *c)
{
    for (unsigned i = 0; i < 4; i++) {
        if (c->args[i].shm)
            handle_put(c->args[i].shm_handle);
        c->args[i].shm = NULL;
    }
}
