/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connection to the PKCS#11 TA: opening, calling, losing and finding it again.
 *
 * The current link is guarded by a lock and counted; a PKCS#11 session holds its link, so
 * that the calls of a session need no lock here. Whoever sees the TEE say that the TA or
 * the way to it is dead sets the link's mark; nobody uses a marked link again. What the
 * TA answers is data from another program: its sizes are held against the room before
 * anyone believes them. The arguments of a call are written into a small buffer on the
 * stack; only templates and mechanisms that do not fit get heap memory, so a signature
 * allocates nothing here.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include "identity.h"
#include "link.h"
#include "lock.h"
#include "module.h"
#include "p11wire.h"
#include "ta.h"

static struct lock current_lock;
static struct link *current; /* holds one reference; guarded by current_lock */

/* --- one command -----------------------------------------------------------------------
 */

static CK_RV args_write(struct wr *w, const struct ta_call *c)
{
    CK_RV rv = CKR_OK;
    for (unsigned i = 0; i < c->nr_words; i++)
        wr_u32(w, c->words[i]);
    if (c->mech)
        rv = p11_mech_encode(w, c->mech);
    for (unsigned i = 0; rv == CKR_OK && i < c->nr_templates; i++)
        rv = (c->query ? p11_get_encode : p11_template_encode)(w, c->templates[i].attrs,
                                                               c->templates[i].nr);
    wr_raw(w, c->bytes[0].p, c->bytes[0].len);
    wr_raw(w, c->bytes[1].p, c->bytes[1].len);
    return rv;
}

static CK_RV rv_of_tee(TEEC_Result res)
{
    static const struct {
        TEEC_Result res;
        CK_RV rv;
    } rows[] = {
        {TEEC_ERROR_OUT_OF_MEMORY, CKR_DEVICE_MEMORY},
        {TEEC_ERROR_TARGET_DEAD, CKR_DEVICE_REMOVED},
        {TEEC_ERROR_COMMUNICATION, CKR_DEVICE_REMOVED},
        {TEEC_ERROR_CANCEL, CKR_FUNCTION_CANCELED},
        {TEEC_ERROR_NOT_SUPPORTED, CKR_FUNCTION_NOT_SUPPORTED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].res == res)
            return rows[i].rv;
    return CKR_DEVICE_ERROR;
}

CK_RV link_verdict(struct link *l, TEEC_Result res, const uint8_t *p0, size_t p0_len)
{
    if (res == TEEC_ERROR_SHORT_BUFFER)
        return CKR_BUFFER_TOO_SMALL;
    if (res == TEEC_SUCCESS)
        return p0_len == 4 ? le32(p0) : CKR_DEVICE_ERROR;
    CK_RV rv = rv_of_tee(res);
    if (rv == CKR_DEVICE_REMOVED)
        atomic_store(&l->dead, true);
    return rv;
}

static uint32_t param_type(enum ta_data d)
{
    static const uint32_t types[] = {
        [TA_NONE] = TEEC_NONE,
        [TA_IN] = TEEC_MEMREF_TEMP_INPUT,
        [TA_OUT] = TEEC_MEMREF_TEMP_OUTPUT,
    };
    return types[d];
}

static CK_RV invoke(struct link *l, struct ta_call *c, uint8_t *args, size_t len)
{
    size_t room = c->p2_len;
    TEEC_Operation op = {0};
    op.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INOUT, param_type(c->p1_is),
                                     param_type(c->p2_is), TEEC_NONE);
    op.params[0].tmpref = (TEEC_TempMemoryReference){args, len};
    op.params[1].tmpref = (TEEC_TempMemoryReference){(void *)(uintptr_t)c->p1, c->p1_len};
    op.params[2].tmpref = (TEEC_TempMemoryReference){c->p2, room};
    TEEC_Result res = TEEC_InvokeCommand(&l->session, c->cmd, &op, NULL);
    c->p2_len = op.params[2].tmpref.size;
    CK_RV rv = link_verdict(l, res, args, op.params[0].tmpref.size);
    if (rv == CKR_OK && c->p2_is == TA_OUT && c->p2 && c->p2_len > room)
        return CKR_DEVICE_ERROR;
    return rv;
}

static CK_RV call_big(struct link *l, struct ta_call *c)
{
    struct wr w = wr_init(NULL, 0);
    CK_RV rv = args_write(&w, c);
    if (rv != CKR_OK)
        return rv;
    if (w.bad || w.len > P11_ARGS_MAX)
        return CKR_ARGUMENTS_BAD;
    uint8_t *buf = malloc(w.len);
    if (!buf)
        return CKR_HOST_MEMORY;
    w = wr_init(buf, w.len);
    rv = args_write(&w, c);
    if (rv == CKR_OK)
        rv = w.bad ? CKR_ARGUMENTS_BAD : invoke(l, c, buf, w.len);
    wipe(buf, w.cap);
    free(buf);
    return rv;
}

CK_RV ta_call(struct link *l, struct ta_call *c)
{
    uint8_t buf[512];
    struct wr w = wr_init(buf, sizeof buf);
    CK_RV rv = args_write(&w, c);
    if (rv == CKR_OK)
        rv = w.bad ? call_big(l, c) : invoke(l, c, buf, w.len);
    wipe(buf, w.len);
    return rv;
}

/* --- opening and closing ---------------------------------------------------------------
 */

static CK_RV link_open(struct link *l)
{
    static const TEEC_UUID ta = P11_TA_UUID;
    struct identity who;
    CK_RV rv = identity_choose(&who);
    if (rv != CKR_OK)
        return rv;
    if (TEEC_InitializeContext(NULL, &l->context) != TEEC_SUCCESS)
        return CKR_DEVICE_ERROR;
    TEEC_Result res =
        TEEC_OpenSession(&l->context, &l->session, &ta, who.login,
                         who.login == TEEC_LOGIN_GROUP ? &who.gid : NULL, NULL, NULL);
    if (res == TEEC_SUCCESS)
        return CKR_OK;
    TEEC_FinalizeContext(&l->context);
    return res == TEEC_ERROR_OUT_OF_MEMORY ? CKR_DEVICE_MEMORY : CKR_DEVICE_ERROR;
}

static void link_close(struct link *l)
{
    pipes_close(l);
    TEEC_CloseSession(&l->session);
    TEEC_FinalizeContext(&l->context);
}

/* Does a TA of a version that we speak answer, and what can it do beyond OP-TEE's? */
static CK_RV link_greet(struct link *l)
{
    uint8_t version[12];
    struct ta_call ping = {.cmd = P11_CMD_PING,
                           .nr_words = 1,
                           .p2_is = TA_OUT,
                           .p2 = version,
                           .p2_len = sizeof version};
    if (ta_call(l, &ping) != CKR_OK || ping.p2_len != sizeof version ||
        le32(version) > P11_TA_VERSION_MAJOR)
        return CKR_DEVICE_ERROR;
    uint8_t info[8];
    struct ta_call ask = {.cmd = P11_CMD_INFO,
                          .nr_words = 1,
                          .p2_is = TA_OUT,
                          .p2 = info,
                          .p2_len = sizeof info};
    if (ta_call(l, &ask) == CKR_OK && ask.p2_len == sizeof info &&
        le32(info) == P11_INFO_VERSION)
        l->caps = le32(info + 4);
    return link_dead(l) ? CKR_DEVICE_ERROR : CKR_OK;
}

static CK_RV link_new(struct link **out)
{
    struct link *l = calloc(1, sizeof *l);
    if (!l)
        return CKR_HOST_MEMORY;
    CK_RV rv = link_open(l);
    if (rv != CKR_OK)
        goto free;
    if ((rv = link_greet(l)) != CKR_OK)
        goto close;
    atomic_store(&l->refs, 1);
    *out = l;
    return CKR_OK;
close:
    link_close(l);
free:
    free(l);
    return rv;
}

struct link *link_hold(struct link *l)
{
    atomic_fetch_add(&l->refs, 1);
    return l;
}

void link_put(struct link *l)
{
    if (atomic_fetch_sub(&l->refs, 1) != 1)
        return;
    link_close(l);
    free(l);
}

bool link_dead(const struct link *l)
{
    return atomic_load_explicit(&l->dead, memory_order_relaxed);
}

bool link_can(const struct link *l, uint32_t cmd)
{
    return l->caps & P11_CAP(cmd);
}

/* --- the current link ------------------------------------------------------------------
 */

CK_RV link_get(struct link **l)
{
    CK_RV rv = CKR_OK;
    lock_lock(&current_lock);
    if (current && link_dead(current)) {
        link_put(current);
        current = NULL;
    }
    if (!current)
        rv = link_new(&current);
    if (rv == CKR_OK)
        *l = link_hold(current);
    lock_unlock(&current_lock);
    return rv;
}

CK_RV ta_start(void)
{
    CK_RV rv = lock_init(&current_lock);
    if (rv != CKR_OK)
        return rv;
    if ((rv = link_new(&current)) != CKR_OK)
        lock_wipe(&current_lock);
    return rv;
}

void ta_stop(void)
{
    if (current)
        link_put(current);
    current = NULL;
    lock_wipe(&current_lock);
}

void ta_forked(void)
{
    current = NULL; /* the parent's; not ours to close */
    lock_forked(&current_lock);
}

CK_RV link_enter(struct link **l, bool args_ok)
{
    CK_RV rv = module_enter();
    if (rv != CKR_OK)
        return rv;
    rv = args_ok ? link_get(l) : CKR_ARGUMENTS_BAD;
    if (rv != CKR_OK)
        module_leave();
    return rv;
}

CK_RV link_leave(struct link *l, CK_RV rv)
{
    link_put(l);
    module_leave();
    return rv;
}

CK_RV ta_call_again(struct link **l, struct ta_call *c)
{
    struct ta_call second = *c;
    CK_RV rv = ta_call(*l, c);
    struct link *fresh;
    if (rv != CKR_DEVICE_REMOVED || link_get(&fresh) != CKR_OK)
        return rv;
    link_put(*l);
    *l = fresh;
    *c = second;
    return ta_call(*l, c);
}
