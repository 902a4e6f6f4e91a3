/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of PKCS#11 sessions, and opening and closing them.
 *
 * Places come in chunks that stay where they are until C_Finalize, so a handle is found
 * without a lock: index to place, lock the place, and only then compare the handle. A
 * handle is tag << 16 | index + 1 with a tag of 15 bits: never 0, at most 31 bits, and an
 * old handle of the same place differs for the next 32767 uses of it. A session whose
 * link died is taken out by the first call that meets it.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include "module.h"
#include "session.h"

#define CHUNK      64u
#define CHUNKS     1023u
#define HANDLE_TAG 0x7fffu

static struct session *_Atomic chunks[CHUNKS];
static struct lock opening; /* C_OpenSession and C_CloseAllSessions, one at a time */
static struct lock free_lock;
static struct session *free_list; /* guarded by free_lock, as is nr_chunks */
static unsigned nr_chunks;
static _Atomic unsigned epoch;

void session_forget(void)
{
    atomic_fetch_add(&epoch, 1);
}

unsigned session_epoch(void)
{
    return atomic_load(&epoch);
}

/* --- places ----------------------------------------------------------------------------
 */

static void place_free(struct session *s)
{
    lock_lock(&free_lock);
    s->next_free = free_list;
    free_list = s;
    lock_unlock(&free_lock);
}

/* With free_lock held. */
static CK_RV chunk_add(void)
{
    if (nr_chunks == CHUNKS)
        return CKR_SESSION_COUNT;
    struct session *c = calloc(CHUNK, sizeof *c);
    if (!c)
        return CKR_HOST_MEMORY;
    for (unsigned i = 0; i < CHUNK; i++) {
        CK_RV rv = lock_init(&c[i].lock);
        if (rv != CKR_OK) {
            while (i--)
                lock_wipe(&c[i].lock);
            free(c);
            return rv;
        }
        c[i].index = nr_chunks * CHUNK + i;
        c[i].next_free = i + 1 < CHUNK ? &c[i + 1] : free_list;
    }
    free_list = c;
    atomic_store_explicit(&chunks[nr_chunks++], c, memory_order_release);
    return CKR_OK;
}

static CK_RV place_take(struct session **s)
{
    lock_lock(&free_lock);
    CK_RV rv = free_list ? CKR_OK : chunk_add();
    if (rv == CKR_OK) {
        *s = free_list;
        free_list = free_list->next_free;
    }
    lock_unlock(&free_lock);
    return rv;
}

/* With the session's lock held: the place is empty afterwards. */
static void session_drop(struct session *s)
{
    link_put(s->link);
    s->link = NULL;
    s->handle = 0;
    s->op = (struct op){.noted = OP_NONE};
    session_forget();
    place_free(s);
}

static struct session *place_of(CK_SESSION_HANDLE handle)
{
    uint32_t index = (uint32_t)(handle & 0xffff) - 1;
    if (handle > UINT32_MAX || index >= CHUNK * CHUNKS)
        return NULL;
    struct session *c =
        atomic_load_explicit(&chunks[index / CHUNK], memory_order_acquire);
    return c ? &c[index % CHUNK] : NULL;
}

static CK_RV session_lock(struct session **out, CK_SESSION_HANDLE handle)
{
    struct session *s = place_of(handle);
    if (!s)
        return CKR_SESSION_HANDLE_INVALID;
    lock_lock(&s->lock);
    if (handle && s->handle == handle) {
        if (!link_dead(s->link)) {
            *out = s;
            return CKR_OK;
        }
        session_drop(s);
    }
    lock_unlock(&s->lock);
    return CKR_SESSION_HANDLE_INVALID;
}

CK_RV session_enter(struct session **s, CK_SESSION_HANDLE handle, bool args_ok)
{
    CK_RV rv = module_enter();
    if (rv != CKR_OK)
        return rv;
    rv = args_ok ? session_lock(s, handle) : CKR_ARGUMENTS_BAD;
    if (rv != CKR_OK)
        module_leave();
    return rv;
}

CK_RV session_leave(struct session *s, CK_RV rv)
{
    lock_unlock(&s->lock);
    module_leave();
    return rv;
}

/* --- the whole table -------------------------------------------------------------------
 */

CK_RV session_start(void)
{
    CK_RV rv = lock_init(&opening);
    if (rv != CKR_OK)
        return rv;
    if ((rv = lock_init(&free_lock)) != CKR_OK)
        lock_wipe(&opening);
    return rv;
}

void session_stop(void)
{
    for (unsigned i = 0; i < nr_chunks; i++) {
        struct session *c = atomic_load(&chunks[i]);
        for (unsigned j = 0; j < CHUNK; j++) {
            if (c[j].link)
                link_put(c[j].link);
            lock_wipe(&c[j].lock);
        }
        free(c);
        atomic_store(&chunks[i], NULL);
    }
    nr_chunks = 0;
    free_list = NULL;
    lock_wipe(&free_lock);
    lock_wipe(&opening);
}

/* The memory of the parent's sessions is left behind: it holds nothing that the child may
 * close. */
void session_forked(void)
{
    for (unsigned i = 0; i < CHUNKS; i++)
        atomic_store(&chunks[i], NULL);
    nr_chunks = 0;
    free_list = NULL;
    lock_forked(&free_lock);
    lock_forked(&opening);
}

/* --- C_OpenSession and its kin ---------------------------------------------------------
 */

static CK_RV ta_open(struct link **l, CK_SLOT_ID slot, CK_FLAGS flags, uint32_t *ta)
{
    uint8_t answer[4];
    struct ta_call c = {.cmd = P11_CMD_OPEN_SESSION,
                        .nr_words = 2,
                        .words = {(uint32_t)slot, (uint32_t)flags},
                        .p2_is = TA_OUT,
                        .p2 = answer,
                        .p2_len = sizeof answer};
    CK_RV rv = ta_call_again(l, &c);
    if (rv == CKR_OK && c.p2_len != sizeof answer)
        rv = CKR_DEVICE_ERROR;
    *ta = le32(answer);
    return rv;
}

static void ta_close(struct link *l, uint32_t ta)
{
    struct ta_call c = {.cmd = P11_CMD_CLOSE_SESSION, .nr_words = 1, .words = {ta}};
    (void)ta_call(l, &c);
}

static CK_RV session_open(struct link **l, CK_SLOT_ID slot, CK_FLAGS flags,
                          CK_SESSION_HANDLE_PTR handle)
{
    struct session *s;
    uint32_t ta = 0;
    CK_RV rv = ta_open(l, slot, flags, &ta);
    if (rv != CKR_OK)
        return rv;
    if ((rv = place_take(&s)) != CKR_OK) {
        ta_close(*l, ta);
        return rv;
    }
    lock_lock(&s->lock);
    s->tag = s->tag % HANDLE_TAG + 1;
    s->handle = (CK_SESSION_HANDLE)s->tag << 16 | (s->index + 1);
    s->ta = ta;
    s->slot = slot;
    s->link = link_hold(*l);
    *handle = s->handle;
    lock_unlock(&s->lock);
    return CKR_OK;
}

CK_RV C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify,
                    CK_SESSION_HANDLE_PTR handle)
{
    (void)application, (void)notify; /* nothing is ever notified */
    struct link *l;
    CK_RV rv = link_enter(&l, handle != NULL);
    if (rv != CKR_OK)
        return rv;
    if (slot > UINT32_MAX)
        return link_leave(l, CKR_SLOT_ID_INVALID);
    if (!(flags & CKF_SERIAL_SESSION))
        return link_leave(l, CKR_SESSION_PARALLEL_NOT_SUPPORTED);
    if (flags & ~(CKF_SERIAL_SESSION | CKF_RW_SESSION))
        return link_leave(l, CKR_ARGUMENTS_BAD);
    lock_lock(&opening);
    rv = session_open(&l, slot, flags, handle);
    lock_unlock(&opening);
    return link_leave(l, rv);
}

CK_RV C_CloseSession(CK_SESSION_HANDLE handle)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, true);
    if (rv != CKR_OK)
        return rv;
    ta_close(s->link, s->ta); /* whatever it says, the session is gone */
    session_drop(s);
    return session_leave(s, CKR_OK);
}

/* Those of this slot, if the TA closed them; or those whose link is dead. */
static void drop_all(CK_SLOT_ID slot)
{
    for (unsigned i = 0; i < CHUNK * CHUNKS; i++) {
        struct session *s = place_of(i + 1);
        if (!s)
            break;
        lock_lock(&s->lock);
        if (s->handle && s->slot == slot)
            session_drop(s);
        lock_unlock(&s->lock);
    }
}

CK_RV C_CloseAllSessions(CK_SLOT_ID slot)
{
    struct link *l;
    CK_RV rv = link_enter(&l, true);
    if (rv != CKR_OK)
        return rv;
    if (slot > UINT32_MAX)
        return link_leave(l, CKR_SLOT_ID_INVALID);
    struct ta_call c = {
        .cmd = P11_CMD_CLOSE_ALL_SESSIONS, .nr_words = 1, .words = {(uint32_t)slot}};
    lock_lock(&opening);
    rv = ta_call_again(&l, &c);
    if (rv == CKR_OK)
        drop_all(slot);
    lock_unlock(&opening);
    return link_leave(l, rv);
}

CK_RV C_GetSessionInfo(CK_SESSION_HANDLE handle, CK_SESSION_INFO_PTR info)
{
    struct session *s;
    CK_RV rv = session_enter(&s, handle, info != NULL);
    if (rv != CKR_OK)
        return rv;
    struct p11_session_info i;
    struct ta_call c = {.cmd = P11_CMD_SESSION_INFO,
                        .nr_words = 1,
                        .words = {s->ta},
                        .p2_is = TA_OUT,
                        .p2 = &i,
                        .p2_len = sizeof i};
    rv = ta_call(s->link, &c);
    if (rv == CKR_OK && c.p2_len != sizeof i)
        rv = CKR_DEVICE_ERROR;
    if (rv == CKR_OK)
        *info = (CK_SESSION_INFO){i.slot, i.state, i.flags, i.device_error};
    return session_leave(s, rv);
}
