/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between clients and trusted applications: every decision is lib/session's; here its
 * actions become messages and processes, and what has to be answered later is remembered.
 *
 * route_run() is the only place that takes actions. It may be entered again from within
 * an action (starting a TA fails, a peer breaks); the inner call then takes the actions
 * that the outer would have taken, which is all the same.
 *
 * A session's channel is mapped here until the session is over, because the daemon must
 * be able to mark it dead: every call that waits in it then ends with that result.
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "chan.h"
#include "daemon.h"
#include "memory.h"

#define INDEX_MASK         (SESSION_NR_MAX - 1u)
#define PENDING_PER_CLIENT 32u
#define SHARED_MAX         256u /* regions of one session */

static void futex_wake(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static const struct chan_os os = {.wake = futex_wake, .nr_cpus = 1};

static struct route *route_of(struct daemon *d, uint32_t session)
{
    return &d->routes[(session & INDEX_MASK) % NR_SESSIONS];
}

static void answer(struct daemon *d, uint32_t client, const struct host_msg *a,
                   const char *text, int fd)
{
    struct peer *p = client_peer(d, client);
    struct host_msg m = *a;
    m.len = text ? (uint32_t)strlen(text) : 0;
    if (p)
        peer_send(&d->loop, p, &m, text, fd);
}

/* --- the channel --- */

static bool channel_make(struct route *r)
{
    r->channel_fd = memory_fixed("channel", CHAN_SIZE);
    if (r->channel_fd < 0)
        return false;
    void *p =
        mmap(NULL, CHAN_BULK_AT, PROT_READ | PROT_WRITE, MAP_SHARED, r->channel_fd, 0);
    if (p == MAP_FAILED)
        return false;
    r->channel = p;
    chan_format(p);
    return true;
}

static void channel_end(struct route *r, const char *why)
{
    if (r->channel) {
        chan_kill(r->channel, TEE_ERROR_TARGET_DEAD, why, &os);
        munmap(r->channel, CHAN_BULK_AT);
        r->channel = NULL;
    }
    if (r->channel_fd >= 0)
        close(r->channel_fd);
    r->channel_fd = -1;
}

/* --- requests to a TA that somebody waits for --- */

static struct pending *pending_new(struct daemon *d, uint32_t client)
{
    struct pending *found = NULL;
    unsigned held = 0;
    for (uint32_t k = 0; k < NR_PENDING; k++) {
        struct pending *p = &d->pending[k];
        if (p->id == 0)
            found = found ? found : p;
        else if (p->client == client)
            held++;
    }
    if (!found || held >= PENDING_PER_CLIENT)
        return NULL;
    d->pending_generation = (d->pending_generation + 1) & 0x3fffff;
    found->id = (d->pending_generation + 1) << 9 | (uint32_t)(found - d->pending);
    found->client = client;
    return found;
}

static void shared_answer(struct daemon *d, struct pending *p, uint32_t result)
{
    struct host_msg a = {.type = p->type | HOST_ANSWER,
                         .id = p->client_id,
                         .result = result,
                         .origin = result ? TEE_ORIGIN_TEE : 0,
                         .session = p->session};
    struct route *r = route_of(d, p->session);
    bool unmapped = (p->type == HOST_UNSHARE) == (result == TEE_SUCCESS);
    if (r->id == p->session && r->nr_shared && unmapped)
        r->nr_shared--;
    answer(d, p->client, &a, NULL, -1);
    p->id = 0;
}

void route_forget(struct daemon *d, uint32_t client)
{
    for (uint32_t k = 0; k < NR_PENDING; k++)
        if (d->pending[k].client == client)
            d->pending[k].client = 0;
}

void route_share(struct daemon *d, uint32_t client, const struct host_msg *m, int fd)
{
    const struct session *s = session_get(&d->mgr, client, m->session);
    struct route *r = route_of(d, m->session);
    bool share = m->type == HOST_SHARE;
    uint32_t result = TEE_SUCCESS;
    struct pending *p = NULL;

    if (!s || m->shm == 0)
        result = TEE_ERROR_BAD_PARAMETERS;
    else if (s->state != SESSION_OPEN)
        result = TEE_ERROR_TARGET_DEAD;
    else if (share && r->nr_shared >= SHARED_MAX)
        result = TEE_ERROR_OUT_OF_MEMORY;
    else if (!(p = pending_new(d, client)))
        result = TEE_ERROR_OUT_OF_MEMORY;
    if (result != TEE_SUCCESS) {
        struct host_msg a = {.type = m->type | HOST_ANSWER,
                             .id = m->id,
                             .result = result,
                             .origin = TEE_ORIGIN_TEE,
                             .session = m->session};
        answer(d, client, &a, NULL, -1);
        return;
    }
    p->ta = s->instance;
    p->type = m->type;
    p->session = m->session;
    p->client_id = m->id;
    r->nr_shared += share;
    struct host_msg q = {.type = share ? HOST_MAP : HOST_UNMAP,
                         .id = p->id,
                         .session = m->session,
                         .shm = m->shm,
                         .size = m->size};
    ta_ask(d, &d->tas[s->instance], &q, NULL, fd);
}

/* --- opening and closing --- */

static void refuse_open(struct daemon *d, uint32_t client, uint32_t id, uint32_t result,
                        uint32_t origin, const char *why)
{
    struct host_msg a = {
        .type = HOST_OPEN | HOST_ANSWER, .id = id, .result = result, .origin = origin};
    answer(d, client, &a, why, -1);
}

void route_open(struct daemon *d, uint32_t client, const struct host_msg *m,
                uint32_t login, const uint8_t client_uuid[16])
{
    char why[1400] = "";
    uint32_t flags, id = 0;
    enum err e = OK;

    if (!session_single(&d->mgr, m->uuid, &flags)) {
        const struct image *i;
        e = image_get(&d->images, &i, m->uuid, why, sizeof why);
        flags = e == OK ? i->facts.flags : 0;
        if (e != OK)
            log_say(&d->log, e == ERR_NOT_FOUND ? LOG_NOTE : LOG_ERROR, "%s", why);
    }
    if (e == OK)
        e = session_open(&d->mgr, &id, client, m->uuid, flags);
    if (e != OK) {
        refuse_open(d, client, m->id, err_to_tee(e), TEE_ORIGIN_TEE, why);
        return;
    }
    struct route *r = route_of(d, id);
    *r = (struct route){.id = id, .open_id = m->id, .login = login, .channel_fd = -1};
    memcpy(r->client_uuid, client_uuid, sizeof r->client_uuid);
    route_run(d);
}

void route_close(struct daemon *d, uint32_t client, const struct host_msg *m)
{
    if (session_close(&d->mgr, client, m->session) != OK) {
        struct host_msg a = {.type = HOST_CLOSE | HOST_ANSWER,
                             .id = m->id,
                             .result = TEE_ERROR_ITEM_NOT_FOUND,
                             .origin = TEE_ORIGIN_TEE,
                             .session = m->session};
        answer(d, client, &a, NULL, -1);
        return;
    }
    struct route *r = route_of(d, m->session);
    r->close_id = m->id;
    r->closing = true;
    route_run(d);
}

/* What a death means for those who use the TA. */
void route_blame(struct daemon *d, uint32_t ta)
{
    const struct ta *t = &d->tas[ta];
    for (uint32_t k = 0; k < NR_SESSIONS; k++) {
        struct route *r = &d->routes[k];
        if (r->id == 0 || d->sessions[k].id != r->id || d->sessions[k].instance != ta)
            continue;
        r->result = t->result;
        r->origin = t->origin;
        snprintf(r->why, sizeof r->why, "trusted application %s ended: %s", t->image.name,
                 t->why);
    }
    for (uint32_t k = 0; k < NR_PENDING; k++)
        if (d->pending[k].id && d->pending[k].ta == ta)
            shared_answer(d, &d->pending[k], TEE_ERROR_TARGET_DEAD);
}

/* --- what TAs answer --- */

static void attached(struct daemon *d, const struct host_msg *m)
{
    struct route *r = route_of(d, m->session);
    const struct session *s = &d->sessions[r - d->routes];
    if (r->id != m->session || s->id != m->session || s->state != SESSION_ATTACHING)
        return;
    if (m->result != TEE_SUCCESS) {
        r->result = m->result;
        r->origin = TEE_ORIGIN_TEE;
        session_attach_failed(&d->mgr, m->session, ERR_NO_MEMORY);
        return;
    }
    struct host_msg a = {
        .type = HOST_OPEN | HOST_ANSWER, .id = r->open_id, .session = r->id};
    answer(d, s->client, &a, NULL, r->channel_fd);
    close(r->channel_fd);
    r->channel_fd = -1;
    session_attached(&d->mgr, m->session);
}

void route_answer(struct daemon *d, uint32_t ta, const struct host_msg *m)
{
    struct pending *p = &d->pending[m->id & 511];
    uint32_t type = m->type & ~HOST_ANSWER;
    const struct session *s = &d->sessions[(m->session & INDEX_MASK) % NR_SESSIONS];

    if (type == HOST_MAP || type == HOST_UNMAP) {
        if (p->id == m->id && p->ta == ta)
            shared_answer(d, p, m->result);
    } else if (s->id == m->session && s->instance == ta) {
        if (type == HOST_ATTACH)
            attached(d, m);
        else if (type == HOST_DETACH)
            session_detached(&d->mgr, m->session);
    }
    route_run(d);
}

/* --- actions --- */

static void do_start(struct daemon *d, const struct session_action *a)
{
    if (ta_start(d, a->instance))
        return;
    struct ta *t = &d->tas[a->instance];
    log_say(&d->log, LOG_ERROR, "%s could not be started: %s", t->label, t->why);
    route_blame(d, a->instance);
    session_died(&d->mgr, a->instance, ERR_DEAD);
    session_ended(&d->mgr, a->instance);
}

static void do_stop(struct daemon *d, const struct session_action *a)
{
    ta_stop(d, a->instance);
}

static void do_attach(struct daemon *d, const struct session_action *a)
{
    struct route *r = route_of(d, a->session);
    if (!channel_make(r)) {
        r->result = TEE_ERROR_OUT_OF_MEMORY;
        r->origin = TEE_ORIGIN_TEE;
        log_say(&d->log, LOG_ERROR, "no channel for a session: %s", strerror(errno));
        session_attach_failed(&d->mgr, a->session, ERR_NO_MEMORY);
        return;
    }
    struct host_msg m = {
        .type = HOST_ATTACH, .id = a->session, .session = a->session, .login = r->login};
    memcpy(m.uuid, r->client_uuid, sizeof m.uuid);
    r->ta = a->instance;
    ta_ask(d, &d->tas[a->instance], &m, NULL, r->channel_fd);
}

static void do_detach(struct daemon *d, const struct session_action *a)
{
    struct host_msg m = {.type = HOST_DETACH, .id = a->session, .session = a->session};
    ta_ask(d, &d->tas[a->instance], &m, NULL, -1);
}

static void do_closed(struct daemon *d, const struct session_action *a)
{
    struct route *r = route_of(d, a->session);
    struct host_msg m = {
        .type = HOST_CLOSE | HOST_ANSWER, .id = r->close_id, .session = a->session};
    channel_end(r, "the session is closed");
    if (r->closing)
        answer(d, a->client, &m, NULL, -1);
    *r = (struct route){.channel_fd = -1};
}

static void do_gone(struct daemon *d, const struct session_action *a)
{
    struct route *r = route_of(d, a->session);
    struct host_msg m = {.type = HOST_GONE,
                         .result = TEE_ERROR_TARGET_DEAD,
                         .origin = TEE_ORIGIN_TEE,
                         .session = a->session};
    channel_end(r, r->why);
    answer(d, a->client, &m, r->why, -1);
}

static void do_refuse(struct daemon *d, const struct session_action *a)
{
    struct route *r = route_of(d, a->session);
    uint32_t result = r->result ? r->result : err_to_tee(a->why);
    channel_end(r, r->why);
    refuse_open(d, a->client, r->open_id, result, r->origin ? r->origin : TEE_ORIGIN_TEE,
                r->why);
    *r = (struct route){.channel_fd = -1};
}

static void (*const actions[])(struct daemon *d, const struct session_action *a) = {
    [SESSION_DO_START] = do_start,   [SESSION_DO_STOP] = do_stop,
    [SESSION_DO_ATTACH] = do_attach, [SESSION_DO_DETACH] = do_detach,
    [SESSION_DO_CLOSED] = do_closed, [SESSION_DO_GONE] = do_gone,
    [SESSION_DO_REFUSE] = do_refuse,
};

void route_run(struct daemon *d)
{
    struct session_action a;
    while (session_next(&d->mgr, &a))
        actions[a.act](d, &a);
}
