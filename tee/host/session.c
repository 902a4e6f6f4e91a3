/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions of a TA process, from ATTACH to the answer of DETACH.
 *
 * Slot 0 gets its thread with the session, slot i+1 when slot i is first used, so a
 * client with one thread costs one or two of ours. Nothing here waits for TA code: DETACH
 * and UNMAP mark what shall go, and the lane that is the last to use it cleans up and
 * sends the answer. A client can scribble over the words its lanes sleep on; the main
 * thread therefore repeats its nudge until an ending session's lanes have left.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include "session.h"

#define STACK_MIN ((size_t)128 << 10)

static pthread_mutex_t sessions_lock = PTHREAD_MUTEX_INITIALIZER;
static struct session *sessions; /* sessions lock */
static struct chan_load load;
static _Atomic uint32_t threads;

static void answer(const struct host_msg *m, TEE_Result r)
{
    struct host_msg a = {.type = m->type | HOST_ANSWER,
                         .id = m->id,
                         .result = r,
                         .origin = TEE_ORIGIN_TEE,
                         .session = m->session,
                         .shm = m->shm};
    control_send(&a, NULL);
}

static struct session *find(uint32_t id)
{
    pthread_mutex_lock(&sessions_lock);
    struct session *s = sessions;
    while (s && s->id != id)
        s = s->next;
    pthread_mutex_unlock(&sessions_lock);
    return s;
}

/* --- threads
 * --------------------------------------------------------------------------------- */

static bool thread_start(struct lane *l)
{
    pthread_attr_t attr;
    pthread_t t;
    size_t stack = sys_ta()->stack > STACK_MIN ? sys_ta()->stack : STACK_MIN;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, stack);
    bool ok = pthread_create(&t, &attr, lane_main, l) == 0;
    pthread_attr_destroy(&attr);
    return ok;
}

/* A thread for the next slot; the session's lock is held, or nobody else knows the
 * session. */
static bool slot_open(struct session *s, uint32_t limit)
{
    if (atomic_fetch_add(&threads, 1) >= limit)
        goto full;
    struct lane *l = calloc(1, sizeof *l);
    if (!l)
        goto full;
    l->session = s;
    chan_lane_init(&l->end, &s->chan, &load, s->open_slots);
    s->lanes++;
    if (!thread_start(l))
        goto no_thread;
    s->open_slots++;
    atomic_store(&s->chan.header->open_slots, s->open_slots);
    return true;
no_thread:
    s->lanes--;
    free(l);
full:
    atomic_fetch_sub(&threads, 1);
    return false;
}

void session_grow(struct session *s, unsigned slot)
{
    pthread_mutex_lock(&s->lock);
    if (slot + 1 == s->open_slots && slot + 1 < CHAN_SLOTS && !atomic_load(&s->ending))
        (void)slot_open(s, HOST_TA_THREADS / 2); /* the other half is for new sessions */
    pthread_mutex_unlock(&s->lock);
}

/* --- beginning and end
 * ----------------------------------------------------------------------- */

static struct session *session_new(const struct host_msg *m, int fd)
{
    struct session *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    void *base = mmap(NULL, CHAN_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED)
        goto no_map;
    if (chan_view(&s->chan, base, CHAN_SIZE, os_chan()) != OK)
        goto no_channel;
    s->id = m->session;
    s->client.login = m->login;
    uuid_from_bytes(&s->client.uuid, m->uuid);
    pthread_mutex_init(&s->lock, NULL);
    return s;
no_channel:
    munmap(base, CHAN_SIZE);
no_map:
    free(s);
    return NULL;
}

static void session_free(struct session *s)
{
    for (unsigned i = 0; i < SESSION_SHMS; i++) {
        if (s->shm[i].number)
            munmap(s->shm[i].base, s->shm[i].size);
    }
    munmap(s->chan.header, CHAN_SIZE);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static void unlink_session(const struct session *s)
{
    pthread_mutex_lock(&sessions_lock);
    for (struct session **at = &sessions; *at; at = &(*at)->next) {
        if (*at == s) {
            *at = s->next;
            break;
        }
    }
    pthread_mutex_unlock(&sessions_lock);
}

void session_attach(const struct host_msg *m, int fd)
{
    struct session *s = find(m->session) ? NULL : session_new(m, fd);
    if (!s) {
        answer(m, TEE_ERROR_OUT_OF_MEMORY);
        return;
    }
    pthread_mutex_lock(&sessions_lock);
    s->next = sessions;
    sessions = s;
    pthread_mutex_unlock(&sessions_lock);
    pthread_mutex_lock(&s->lock);
    bool ok = slot_open(s, HOST_TA_THREADS);
    pthread_mutex_unlock(&s->lock);
    if (!ok) {
        unlink_session(s);
        session_free(s);
    }
    answer(m, ok ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY);
}

void session_detach(const struct host_msg *m)
{
    struct session *s = find(m->session);
    if (!s || atomic_load(&s->ending)) {
        answer(m, TEE_ERROR_ITEM_NOT_FOUND);
        return;
    }
    s->detach_id = m->id;
    atomic_store(&s->ending, true);
}

bool session_ending(void)
{
    bool any = false;
    pthread_mutex_lock(&sessions_lock);
    for (struct session *s = sessions; s; s = s->next) {
        if (!atomic_load(&s->ending))
            continue;
        chan_nudge(&s->chan);
        any = true;
    }
    pthread_mutex_unlock(&sessions_lock);
    return any;
}

void session_lane_ends(struct session *s)
{
    atomic_fetch_sub(&threads, 1);
    pthread_mutex_lock(&s->lock);
    bool last = --s->lanes == 0;
    pthread_mutex_unlock(&s->lock);
    if (!last)
        return;
    unlink_session(s);
    unsigned row = permit_get();
    if (s->state == SESSION_OPEN)
        entry_close(s->context);
    permit_put(row);
    answer(&(struct host_msg){.type = HOST_DETACH, .id = s->detach_id, .session = s->id},
           TEE_SUCCESS);
    session_free(s);
}

/* --- shared memory
 * --------------------------------------------------------------------------- */

static struct shm *shm_find(struct session *s, uint32_t number)
{
    for (unsigned i = 0; i < SESSION_SHMS; i++) {
        if (s->shm[i].number == number && !(number && s->shm[i].leaving))
            return &s->shm[i];
    }
    return NULL;
}

void session_map(const struct host_msg *m, int fd)
{
    struct session *s = find(m->session);
    if (!s || !m->shm || !m->size || m->size > SIZE_MAX || fd < 0) {
        answer(m, TEE_ERROR_BAD_PARAMETERS);
        return;
    }
    TEE_Result r = TEE_ERROR_OUT_OF_MEMORY;
    pthread_mutex_lock(&s->lock);
    struct shm *free_entry = shm_find(s, 0);
    if (shm_find(s, m->shm)) {
        r = TEE_ERROR_ACCESS_CONFLICT;
    } else if (free_entry) {
        void *p = mmap(NULL, m->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (p != MAP_FAILED) {
            *free_entry = (struct shm){.number = m->shm, .base = p, .size = m->size};
            r = TEE_SUCCESS;
        }
    }
    pthread_mutex_unlock(&s->lock);
    answer(m, r);
}

/* Unmap what was left by its last user; the session's lock is held. */
static void shm_drop(const struct session *s, struct shm *m)
{
    struct host_msg a = {
        .type = HOST_UNMAP, .id = m->unmap_id, .session = s->id, .shm = m->number};
    munmap(m->base, m->size);
    *m = (struct shm){0};
    answer(&a, TEE_SUCCESS);
}

void session_unmap(const struct host_msg *m)
{
    struct session *s = find(m->session);
    if (!s) {
        answer(m, TEE_ERROR_ITEM_NOT_FOUND);
        return;
    }
    pthread_mutex_lock(&s->lock);
    struct shm *shm = m->shm ? shm_find(s, m->shm) : NULL;
    if (shm) {
        shm->leaving = true;
        shm->unmap_id = m->id;
        if (!shm->users)
            shm_drop(s, shm);
    } else {
        answer(m, TEE_ERROR_ITEM_NOT_FOUND);
    }
    pthread_mutex_unlock(&s->lock);
}

static bool within(const void *p, size_t len, const uint8_t *base, uint64_t size)
{
    uintptr_t at = (uintptr_t)p - (uintptr_t)base;
    return at <= size && len <= size - at;
}

static bool touches(const void *p, size_t len, const uint8_t *base, uint64_t size)
{
    uintptr_t a = (uintptr_t)p, b = (uintptr_t)base;
    return len && size && a < b + size && b < a + len;
}

static bool in_session(struct session *s, const void *p, size_t len,
                       bool (*test)(const void *, size_t, const uint8_t *, uint64_t))
{
    const uint8_t *base = (const void *)s->chan.header;
    if (test(p, len, base, CHAN_SIZE))
        return true;
    bool yes = false;
    pthread_mutex_lock(&s->lock);
    for (unsigned i = 0; i < SESSION_SHMS && !yes; i++) {
        if (s->shm[i].number)
            yes = test(p, len, s->shm[i].base, s->shm[i].size);
    }
    pthread_mutex_unlock(&s->lock);
    return yes;
}

bool session_shares(const void *p, size_t len)
{
    const struct lane *l = lane_current();
    return l && in_session(l->session, p, len, touches);
}

bool session_covers(const void *p, size_t len)
{
    const struct lane *l = lane_current();
    return l && in_session(l->session, p, len, within);
}

/* --- calls
 * ----------------------------------------------------------------------------------- */

static uint64_t shm_len(void *session, uint32_t number)
{
    const struct shm *m = number ? shm_find(session, number) : NULL;
    return m ? m->size : 0;
}

static TEE_Result state_check(const struct session *s, uint32_t kind)
{
    enum session_state wanted = kind == CHAN_OPEN ? SESSION_NEW : SESSION_OPEN;
    return s->state == wanted ? TEE_SUCCESS : TEE_ERROR_BAD_STATE;
}

/* One parameter of a request that was found good. */
static void param_of(struct session *s, const struct chan_param *p, unsigned slot,
                     TEE_Param *out, struct shm **held)
{
    switch ((enum chan_where)p->where) {
    case CHAN_NOWHERE:
        break;
    case CHAN_VALUE:
        out->value.a = (uint32_t)p->a;
        out->value.b = (uint32_t)p->b;
        break;
    case CHAN_NULL:
        out->memref.size = (size_t)p->b;
        break;
    case CHAN_SLOT:
        out->memref.buffer = chan_bulk(&s->chan, slot) + p->a;
        out->memref.size = (size_t)p->b;
        break;
    case CHAN_SHM:
        *held = shm_find(s, p->shm);
        (*held)->users++;
        out->memref.buffer = (*held)->base + p->a;
        out->memref.size = (size_t)p->b;
        break;
    }
}

TEE_Result session_enter(struct session *s, const struct chan_request *r, unsigned slot,
                         TEE_Param params[4], struct hold *h)
{
    *h = (struct hold){0};
    pthread_mutex_lock(&s->lock);
    TEE_Result res = TEE_ERROR_BAD_PARAMETERS;
    if (chan_request_check(r, shm_len, s) == OK)
        res = state_check(s, r->kind);
    if (res == TEE_SUCCESS) {
        if (r->kind == CHAN_OPEN)
            s->state = SESSION_OPENING;
        for (unsigned i = 0; i < 4; i++) {
            params[i] = (TEE_Param){0};
            param_of(s, &r->params[i], slot, &params[i], &h->shm[i]);
        }
    }
    pthread_mutex_unlock(&s->lock);
    return res;
}

void session_leave(struct session *s, struct hold *h)
{
    if (!h->shm[0] && !h->shm[1] && !h->shm[2] && !h->shm[3])
        return;
    pthread_mutex_lock(&s->lock);
    for (unsigned i = 0; i < 4; i++) {
        struct shm *m = h->shm[i];
        if (m && --m->users == 0 && m->leaving)
            shm_drop(s, m);
    }
    pthread_mutex_unlock(&s->lock);
}

void session_opened(struct session *s, TEE_Result r, void *context)
{
    pthread_mutex_lock(&s->lock);
    s->state = r == TEE_SUCCESS ? SESSION_OPEN : SESSION_REFUSED;
    s->context = context;
    pthread_mutex_unlock(&s->lock);
}
