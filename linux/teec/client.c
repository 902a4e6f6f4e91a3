/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TEEC_ functions on contexts, sessions and calls: argument checks, object lifetimes,
 * origins. What is behind the transport table knows nothing of the public structures.
 *
 * A session holds its context, so finalizing a context early only disconnects it; its
 * sessions are dead and are freed when they are closed.
 */
#include <stdlib.h>
#include <string.h>
#include "teec.h"

_Static_assert(sizeof(TEEC_UUID) == 16, "");
#define PTR sizeof(void *)
_Static_assert(sizeof(TEEC_Context) == 8, "as optee_client has it");
_Static_assert(offsetof(TEEC_Session, session_id) == PTR, "");
_Static_assert(offsetof(TEEC_SharedMemory, id) == 2 * PTR + 4, "");
_Static_assert(offsetof(TEEC_SharedMemory, shadow_buffer) == 3 * PTR + 8, "");
_Static_assert(offsetof(TEEC_SharedMemory, internal) == 4 * PTR + 12, "");
_Static_assert(offsetof(TEEC_Operation, params) == 8, "");
_Static_assert(offsetof(TEEC_Operation, session) == 8 + 12 * PTR, "");

static void origin_set(uint32_t *returnOrigin, uint32_t origin)
{
    if (returnOrigin)
        *returnOrigin = origin;
}

/* --- contexts
 * -------------------------------------------------------------------------------- */

struct context *context_hold(struct context *c)
{
    atomic_fetch_add(&c->refs, 1);
    return c;
}

void context_drop(struct context *c)
{
    if (atomic_fetch_sub(&c->refs, 1) != 1)
        return;
    free(c->priv);
    free(c);
}

TEEC_EXPORT TEEC_Result TEEC_InitializeContext(const char *name, TEEC_Context *context)
{
    if (!context)
        return TEEC_ERROR_BAD_PARAMETERS;
    fork_init();
    message_clear();
    struct context *c = calloc(1, sizeof *c);
    if (!c)
        return TEEC_ERROR_OUT_OF_MEMORY;
    atomic_init(&c->refs, 1);
    TEEC_Result r = select_connect(c, name);
    if (r != TEEC_SUCCESS)
        goto no_connection;
    int handle = handle_new(HANDLE_CONTEXT, c);
    r = TEEC_ERROR_OUT_OF_MEMORY;
    if (!handle)
        goto no_handle;
    *context = (TEEC_Context){handle, c->reg_mem, c->memref_null};
    return TEEC_SUCCESS;
no_handle:
    c->transport->disconnect(c);
no_connection:
    free(c);
    return r;
}

TEEC_EXPORT void TEEC_FinalizeContext(TEEC_Context *context)
{
    struct context *c = context ? handle_close(HANDLE_CONTEXT, context->fd) : NULL;
    if (!c)
        return;
    handle_free(context->fd);
    c->transport->disconnect(c);
    context_drop(c);
    context->fd = 0;
}

TEEC_EXPORT TEEC_Result AH_DescribeTee(TEEC_Context *context, char *text, size_t *len)
{
    if (!context || !len || (!text && *len))
        return TEEC_ERROR_BAD_PARAMETERS;
    struct context *c = handle_get(HANDLE_CONTEXT, context->fd);
    if (!c)
        return TEEC_ERROR_BAD_STATE;
    TEEC_Result r = c->transport->describe(c, text, len);
    handle_put(context->fd);
    return r;
}

/* --- sessions
 * -------------------------------------------------------------------------------- */

static void uuid_bytes(uint8_t b[16], const TEEC_UUID *u)
{
    for (int i = 0; i < 4; i++)
        b[i] = (uint8_t)(u->timeLow >> (24 - 8 * i));
    for (int i = 0; i < 2; i++) {
        b[4 + i] = (uint8_t)(u->timeMid >> (8 - 8 * i));
        b[6 + i] = (uint8_t)(u->timeHiAndVersion >> (8 - 8 * i));
    }
    memcpy(b + 8, u->clockSeqAndNode, 8);
}

static TEEC_Result target_of(struct target *t, const TEEC_UUID *destination,
                             uint32_t method, const void *data)
{
    bool group = method == TEEC_LOGIN_GROUP || method == TEEC_LOGIN_GROUP_APPLICATION;
    if (group != (data != NULL))
        return TEEC_ERROR_BAD_PARAMETERS;
    *t = (struct target){.login = method};
    uuid_bytes(t->uuid, destination);
    if (group)
        memcpy(&t->gid, data, sizeof t->gid);
    return TEEC_SUCCESS;
}

/* Where TEEC_RequestCancellation, in another thread, finds the call. */
static void op_begin(TEEC_Operation *op, TEEC_Session *s)
{
    if (!op)
        return;
    __atomic_store_n(&op->session, s, __ATOMIC_RELEASE);
    __atomic_store_n(&op->started, 1, __ATOMIC_RELEASE);
}

static TEEC_Result session_open(struct context *ctx, TEEC_Session *session,
                                const struct target *t, TEEC_Operation *op,
                                uint32_t *origin)
{
    struct session *s = calloc(1, sizeof *s);
    if (!s)
        return TEEC_ERROR_OUT_OF_MEMORY;
    s->ctx = context_hold(ctx);
    struct call c = {.session = s, .op = op};
    TEEC_Result r = args_take(&c);
    if (r != TEEC_SUCCESS)
        goto no_args;
    r = TEEC_ERROR_OUT_OF_MEMORY;
    s->handle = handle_new(HANDLE_SESSION, s);
    if (!s->handle)
        goto no_handle;
    session->session_id = (uint32_t)s->handle;
    op_begin(op, session);
    r = ctx->transport->open(s, t, &c, origin);
    args_give(&c);
    args_release(&c);
    if (r == TEEC_SUCCESS)
        return r;
    session->session_id = 0;
    handle_close(HANDLE_SESSION, s->handle);
    handle_free(s->handle); /* from here on no cancellation looks at it */
    if (atomic_load(&s->priv))
        ctx->transport->close(s);
    goto no_args;
no_handle:
    args_release(&c);
no_args:
    context_drop(s->ctx);
    free(s);
    return r;
}

TEEC_EXPORT TEEC_Result TEEC_OpenSession(TEEC_Context *context, TEEC_Session *session,
                                         const TEEC_UUID *destination,
                                         uint32_t connectionMethod,
                                         const void *connectionData,
                                         TEEC_Operation *operation,
                                         uint32_t *returnOrigin)
{
    struct target t;
    uint32_t origin = TEEC_ORIGIN_API;
    TEEC_Result r = TEEC_ERROR_BAD_PARAMETERS;
    message_clear();
    if (context && session && destination)
        r = target_of(&t, destination, connectionMethod, connectionData);
    if (r == TEEC_SUCCESS) {
        *session = (TEEC_Session){.ctx = context};
        struct context *c = handle_get(HANDLE_CONTEXT, context->fd);
        r = TEEC_ERROR_BAD_STATE;
        if (c) {
            r = session_open(c, session, &t, operation, &origin);
            handle_put(context->fd);
        }
    }
    origin_set(returnOrigin, origin);
    return r;
}

TEEC_EXPORT void TEEC_CloseSession(TEEC_Session *session)
{
    int handle = session ? (int)session->session_id : 0;
    struct session *s = handle_close(HANDLE_SESSION, handle);
    if (!s)
        return;
    s->ctx->transport->cancel(s, NULL);
    handle_free(handle);
    s->ctx->transport->close(s);
    context_drop(s->ctx);
    free(s);
    session->session_id = 0;
}

/* --- calls
 * ----------------------------------------------------------------------------------- */

/* SUCCESS obliges to call_end. */
static TEEC_Result call_begin(struct call *c, TEEC_Session *session, uint32_t cmd,
                              TEEC_Operation *op, uint32_t *origin)
{
    *origin = TEEC_ORIGIN_API;
    message_clear();
    if (!session)
        return TEEC_ERROR_BAD_PARAMETERS;
    c->session = handle_get(HANDLE_SESSION, (int)session->session_id);
    if (!c->session)
        return TEEC_ERROR_BAD_STATE;
    c->op = op;
    c->cmd = cmd;
    TEEC_Result r = args_take(c);
    if (r != TEEC_SUCCESS)
        goto no_args;
    op_begin(op, session);
    r = c->session->ctx->transport->begin(c, origin);
    if (r == TEEC_SUCCESS)
        return r;
    args_release(c);
no_args:
    handle_put(c->session->handle);
    return r;
}

static TEEC_Result call_end(struct call *c, uint32_t *origin)
{
    TEEC_Result r = c->session->ctx->transport->end(c, origin);
    args_give(c);
    args_release(c);
    handle_put(c->session->handle);
    return r;
}

TEEC_EXPORT TEEC_Result TEEC_InvokeCommand(TEEC_Session *session, uint32_t commandID,
                                           TEEC_Operation *operation,
                                           uint32_t *returnOrigin)
{
    struct call c;
    uint32_t origin;
    TEEC_Result r = call_begin(&c, session, commandID, operation, &origin);
    if (r == TEEC_SUCCESS)
        r = call_end(&c, &origin);
    origin_set(returnOrigin, origin);
    return r;
}

TEEC_EXPORT TEEC_Result AH_BeginInvoke(TEEC_Session *session, uint32_t commandID,
                                       TEEC_Operation *operation, AH_Call *call)
{
    uint32_t origin;
    struct call *c = call ? malloc(sizeof *c) : NULL;
    if (!c)
        return call ? TEEC_ERROR_OUT_OF_MEMORY : TEEC_ERROR_BAD_PARAMETERS;
    *call = (AH_Call){.operation = operation, .state = {c}};
    TEEC_Result r = call_begin(c, session, commandID, operation, &origin);
    if (r != TEEC_SUCCESS) {
        free(c);
        call->state[0] = NULL;
    }
    return r;
}

TEEC_EXPORT TEEC_Result AH_EndInvoke(AH_Call *call, uint32_t *returnOrigin)
{
    uint32_t origin = TEEC_ORIGIN_API;
    TEEC_Result r = TEEC_ERROR_BAD_STATE;
    if (call && call->state[0]) {
        r = call_end(call->state[0], &origin);
        free(call->state[0]);
        call->state[0] = NULL;
    }
    origin_set(returnOrigin, origin);
    return r;
}

TEEC_EXPORT void TEEC_RequestCancellation(TEEC_Operation *operation)
{
    TEEC_Session *session =
        operation ? __atomic_load_n(&operation->session, __ATOMIC_ACQUIRE) : NULL;
    int handle =
        session ? (int)__atomic_load_n(&session->session_id, __ATOMIC_ACQUIRE) : 0;
    struct session *s = handle_get(HANDLE_SESSION, handle);
    if (!s)
        return;
    s->ctx->transport->cancel(s, operation);
    handle_put(handle);
}
