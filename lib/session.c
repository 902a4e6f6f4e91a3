/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The session manager.
 *
 * What is to be done next is a state of its own (..._DUE), not an entry in a queue:
 * nothing can overflow, and an event that comes between (a death before the attach was
 * carried out) simply changes the state and the stale action is never handed out.
 *
 *   session   WAITING > PENDING > ATTACH_DUE > ATTACHING > OPEN > DETACH_DUE > DETACHING
 * > CLOSED_DUE death of the instance: GONE_DUE > DEAD; an open that fails: REFUSE_DUE
 *   instance  START_DUE > STARTING > RUNNING > STOP_DUE > ENDING > FREE; death: ENDING
 *
 * Invariant: session_check(). A session counts in its instance's nr_sessions exactly
 * while its instance field names it.
 */
#include "session.h"
#include "ta_image.h"

#define INDEX_BITS 12u

static bool session_due(enum session_state s)
{
    return s == SESSION_ATTACH_DUE || s == SESSION_DETACH_DUE ||
           s == SESSION_CLOSED_DUE || s == SESSION_GONE_DUE || s == SESSION_REFUSE_DUE;
}

static bool instance_due(enum instance_state s)
{
    return s == INSTANCE_START_DUE || s == INSTANCE_STOP_DUE;
}

/* All changes of state pass through these two, which keep count of what is due. */
static void session_set(struct session_mgr *m, struct session *s, enum session_state to)
{
    m->nr_due += (uint32_t)session_due(to) - (uint32_t)session_due(s->state);
    s->state = to;
}

static void instance_set(struct session_mgr *m, struct instance *i,
                         enum instance_state to)
{
    m->nr_due += (uint32_t)instance_due(to) - (uint32_t)instance_due(i->state);
    i->state = to;
}

static uint32_t index_of(const struct session_mgr *m, const struct instance *i)
{
    return (uint32_t)(i - m->instances);
}

static struct instance *instance_of(const struct session_mgr *m, const struct session *s)
{
    return s->instance == SESSION_NO_INSTANCE ? NULL : &m->instances[s->instance];
}

static void join(struct session_mgr *m, struct session *s, struct instance *i)
{
    s->instance = index_of(m, i);
    i->nr_sessions++;
}

/* The last session that leaves ends the instance, unless it is kept alive. */
static void leave(struct session_mgr *m, struct session *s)
{
    struct instance *i = instance_of(m, s);
    if (!i)
        return;
    s->instance = SESSION_NO_INSTANCE;
    i->nr_sessions--;
    if (i->nr_sessions > 0)
        return;
    if (i->state == INSTANCE_START_DUE) /* nobody has begun to start it */
        instance_set(m, i, INSTANCE_FREE);
    else if (i->state == INSTANCE_RUNNING && !(i->flags & TA_FLAG_KEEP_ALIVE))
        instance_set(m, i, INSTANCE_STOP_DUE);
}

static void session_free(struct session_mgr *m, struct session *s)
{
    leave(m, s);
    session_set(m, s, SESSION_FREE);
    s->id = 0;
}

static struct session *by_id(const struct session_mgr *m, uint32_t id)
{
    uint32_t at = id & ((1u << INDEX_BITS) - 1);
    if (id == 0 || at >= m->nr_sessions || m->sessions[at].id != id)
        return NULL;
    return &m->sessions[at];
}

/* The one instance of a single-instance TA, in whatever state. */
static struct instance *single(const struct session_mgr *m, const uint8_t uuid[16])
{
    for (uint32_t k = 0; k < m->nr_instances; k++) {
        struct instance *i = &m->instances[k];
        if (i->state != INSTANCE_FREE && (i->flags & TA_FLAG_SINGLE_INSTANCE) &&
            memcmp(i->uuid, uuid, sizeof i->uuid) == 0)
            return i;
    }
    return NULL;
}

static struct instance *instance_free(const struct session_mgr *m)
{
    for (uint32_t k = 0; k < m->nr_instances; k++)
        if (m->instances[k].state == INSTANCE_FREE)
            return &m->instances[k];
    return NULL;
}

/* Do all sessions of the instance stand before their end? */
static bool all_closing(const struct session_mgr *m, const struct instance *i)
{
    for (uint32_t k = 0; k < m->nr_sessions; k++) {
        const struct session *s = &m->sessions[k];
        if (instance_of(m, s) == i && s->state != SESSION_DETACH_DUE &&
            s->state != SESSION_DETACHING && !s->unwanted)
            return false;
    }
    return true;
}

static enum err start_fresh(struct session_mgr *m, struct session *s)
{
    struct instance *i = instance_free(m);
    if (!i)
        return ERR_NO_MEMORY;
    memcpy(i->uuid, s->uuid, sizeof i->uuid);
    i->flags = s->flags;
    i->nr_sessions = 0;
    instance_set(m, i, INSTANCE_START_DUE);
    join(m, s, i);
    session_set(m, s, SESSION_PENDING);
    return OK;
}

/* Give the session its instance, or let it wait for one; an error leaves it as it was. */
static enum err place(struct session_mgr *m, struct session *s)
{
    struct instance *i = single(m, s->uuid);
    if (!i)
        return start_fresh(m, s);
    if (i->state == INSTANCE_ENDING) {
        session_set(m, s, SESSION_WAITING);
        return OK;
    }
    if (!(i->flags & TA_FLAG_MULTI_SESSION) && i->nr_sessions > 0) {
        if (!all_closing(m, i))
            return ERR_BUSY;
        session_set(m, s, SESSION_WAITING);
        return OK;
    }
    if (i->state == INSTANCE_STOP_DUE) /* nobody has told it yet: it lives on */
        instance_set(m, i, INSTANCE_RUNNING);
    join(m, s, i);
    session_set(m, s,
                i->state == INSTANCE_RUNNING ? SESSION_ATTACH_DUE : SESSION_PENDING);
    return OK;
}

/* Something ended: those who waited for it are placed again. */
static void place_waiting(struct session_mgr *m)
{
    for (uint32_t k = 0; k < m->nr_sessions; k++) {
        struct session *s = &m->sessions[k];
        if (s->state != SESSION_WAITING)
            continue;
        s->why = place(m, s);
        if (s->why != OK)
            session_set(m, s, SESSION_REFUSE_DUE);
    }
}

void session_init(struct session_mgr *m, struct session *sessions, uint32_t nr_sessions,
                  struct instance *instances, uint32_t nr_instances, uint32_t per_client)
{
    memset(m, 0, sizeof *m);
    memset(sessions, 0, nr_sessions * sizeof *sessions);
    memset(instances, 0, nr_instances * sizeof *instances);
    m->sessions = sessions;
    m->nr_sessions = nr_sessions;
    m->instances = instances;
    m->nr_instances = nr_instances;
    m->per_client = per_client;
    for (uint32_t k = 0; k < nr_sessions; k++)
        sessions[k].instance = SESSION_NO_INSTANCE;
}

/* A free session within the client's share. */
static struct session *session_alloc(struct session_mgr *m, uint32_t client)
{
    struct session *found = NULL;
    uint32_t held = 0;
    for (uint32_t k = 0; k < m->nr_sessions; k++) {
        struct session *s = &m->sessions[k];
        if (s->state == SESSION_FREE)
            found = found ? found : s;
        else if (s->client == client)
            held++;
    }
    if (!found || held >= m->per_client)
        return NULL;
    m->generation = (m->generation + 1) & (UINT32_MAX >> INDEX_BITS);
    if (m->generation == 0)
        m->generation = 1;
    found->id = m->generation << INDEX_BITS | (uint32_t)(found - m->sessions);
    return found;
}

/* A TA that opens a session with itself from where it cannot answer would wait for ever.
 */
static bool calls_itself(const struct session_mgr *m, uint32_t client,
                         const uint8_t uuid[16])
{
    uint32_t at = client & ~SESSION_CLIENT_TA;
    if (!(client & SESSION_CLIENT_TA) || at >= m->nr_instances)
        return false;
    const struct instance *i = &m->instances[at];
    return i->state != INSTANCE_RUNNING && i == single(m, uuid);
}

enum err session_open(struct session_mgr *m, uint32_t *id, uint32_t client,
                      const uint8_t uuid[16], uint32_t flags)
{
    if (calls_itself(m, client, uuid))
        return ERR_DENIED;
    struct session *s = session_alloc(m, client);
    if (!s)
        return ERR_NO_MEMORY;
    memcpy(s->uuid, uuid, sizeof s->uuid);
    s->flags = flags;
    s->client = client;
    s->unwanted = false;
    s->why = OK;
    enum err e = place(m, s);
    if (e != OK) {
        s->id = 0;
        return e;
    }
    *id = s->id;
    return OK;
}

/* Close in whatever state; what cannot stop midway is marked and closed when it is
 * through. */
static void session_end(struct session_mgr *m, struct session *s)
{
    switch (s->state) {
    case SESSION_WAITING:
    case SESSION_ATTACH_DUE:
    case SESSION_PENDING:
        leave(m, s);
        session_set(m, s, SESSION_CLOSED_DUE);
        break;
    case SESSION_ATTACHING:
        s->unwanted = true;
        break;
    case SESSION_OPEN:
        session_set(m, s, SESSION_DETACH_DUE);
        break;
    case SESSION_GONE_DUE:
    case SESSION_DEAD:
        session_set(m, s, SESSION_CLOSED_DUE);
        break;
    case SESSION_FREE:
    case SESSION_DETACH_DUE:
    case SESSION_DETACHING:
    case SESSION_CLOSED_DUE:
    case SESSION_REFUSE_DUE:
        break;
    }
}

static bool closing(const struct session *s)
{
    return s->unwanted || s->state == SESSION_DETACH_DUE ||
           s->state == SESSION_DETACHING || s->state == SESSION_CLOSED_DUE ||
           s->state == SESSION_REFUSE_DUE;
}

enum err session_close(struct session_mgr *m, uint32_t client, uint32_t id)
{
    struct session *s = by_id(m, id);
    if (!s || s->client != client || closing(s))
        return ERR_NOT_FOUND;
    session_end(m, s);
    place_waiting(m);
    return OK;
}

void session_client_gone(struct session_mgr *m, uint32_t client)
{
    for (uint32_t k = 0; k < m->nr_sessions; k++) {
        struct session *s = &m->sessions[k];
        if (s->state == SESSION_FREE || s->client != client)
            continue;
        session_end(m, s);
        s->client = 0;
    }
    place_waiting(m);
}

void session_started(struct session_mgr *m, uint32_t instance)
{
    if (instance >= m->nr_instances || m->instances[instance].state != INSTANCE_STARTING)
        return;
    struct instance *i = &m->instances[instance];
    instance_set(m, i, INSTANCE_RUNNING);
    for (uint32_t k = 0; k < m->nr_sessions; k++) {
        struct session *s = &m->sessions[k];
        if (instance_of(m, s) == i && s->state == SESSION_PENDING)
            session_set(m, s, SESSION_ATTACH_DUE);
    }
    if (i->nr_sessions == 0 &&
        !(i->flags & TA_FLAG_KEEP_ALIVE)) /* whoever asked has left */
        instance_set(m, i, INSTANCE_STOP_DUE);
}

void session_attached(struct session_mgr *m, uint32_t id)
{
    struct session *s = by_id(m, id);
    if (!s || s->state != SESSION_ATTACHING)
        return;
    session_set(m, s, s->unwanted ? SESSION_DETACH_DUE : SESSION_OPEN);
}

void session_attach_failed(struct session_mgr *m, uint32_t id, enum err why)
{
    struct session *s = by_id(m, id);
    if (!s || s->state != SESSION_ATTACHING)
        return;
    leave(m, s);
    s->why = why;
    session_set(m, s, s->unwanted ? SESSION_CLOSED_DUE : SESSION_REFUSE_DUE);
    place_waiting(m);
}

void session_detached(struct session_mgr *m, uint32_t id)
{
    struct session *s = by_id(m, id);
    if (!s || s->state != SESSION_DETACHING)
        return;
    leave(m, s);
    session_set(m, s, SESSION_CLOSED_DUE);
    place_waiting(m);
}

/* What the death of its instance makes of a session. */
static enum session_state after_death(const struct session *s)
{
    if (s->state == SESSION_PENDING || s->state == SESSION_ATTACH_DUE)
        return SESSION_REFUSE_DUE;
    if (s->state == SESSION_ATTACHING)
        return s->unwanted ? SESSION_CLOSED_DUE : SESSION_REFUSE_DUE;
    if (s->state == SESSION_OPEN)
        return SESSION_GONE_DUE;
    return SESSION_CLOSED_DUE; /* it was closing: now it is closed */
}

void session_died(struct session_mgr *m, uint32_t instance, enum err why)
{
    if (instance >= m->nr_instances || m->instances[instance].state == INSTANCE_FREE)
        return;
    struct instance *i = &m->instances[instance];
    instance_set(m, i, INSTANCE_ENDING);
    for (uint32_t k = 0; k < m->nr_sessions; k++) {
        struct session *s = &m->sessions[k];
        if (instance_of(m, s) != i)
            continue;
        leave(m, s);
        s->why = why;
        session_set(m, s, after_death(s));
    }
    session_client_gone(m, SESSION_CLIENT_TA | instance);
}

void session_ended(struct session_mgr *m, uint32_t instance)
{
    if (instance >= m->nr_instances)
        return;
    session_died(m, instance, ERR_DEAD);
    instance_set(m, &m->instances[instance], INSTANCE_FREE);
    place_waiting(m);
}

void session_stop_idle(struct session_mgr *m)
{
    for (uint32_t k = 0; k < m->nr_instances; k++) {
        struct instance *i = &m->instances[k];
        if (i->state == INSTANCE_RUNNING && i->nr_sessions == 0)
            instance_set(m, i, INSTANCE_STOP_DUE);
    }
}

static bool next_instance(struct session_mgr *m, struct session_action *out)
{
    for (uint32_t k = 0; k < m->nr_instances; k++) {
        struct instance *i = &m->instances[k];
        if (!instance_due(i->state))
            continue;
        bool start = i->state == INSTANCE_START_DUE;
        *out = (struct session_action){start ? SESSION_DO_START : SESSION_DO_STOP, 0, 0,
                                       k, OK};
        instance_set(m, i, start ? INSTANCE_STARTING : INSTANCE_ENDING);
        return true;
    }
    return false;
}

/* For each due state: the action, and the state when it has been handed out. */
static const struct step {
    enum session_state due;
    enum session_act act;
    enum session_state after;
} steps[] = {
    {SESSION_ATTACH_DUE, SESSION_DO_ATTACH, SESSION_ATTACHING},
    {SESSION_DETACH_DUE, SESSION_DO_DETACH, SESSION_DETACHING},
    {SESSION_CLOSED_DUE, SESSION_DO_CLOSED, SESSION_FREE},
    {SESSION_GONE_DUE, SESSION_DO_GONE, SESSION_DEAD},
    {SESSION_REFUSE_DUE, SESSION_DO_REFUSE, SESSION_FREE},
};

static bool next_session(struct session_mgr *m, struct session_action *out)
{
    for (uint32_t k = 0; k < m->nr_sessions; k++) {
        struct session *s = &m->sessions[k];
        if (!session_due(s->state))
            continue;
        const struct step *t = steps;
        while (t->due != s->state)
            t++;
        *out = (struct session_action){t->act, s->id, s->client, s->instance, s->why};
        if (t->after == SESSION_FREE)
            session_free(m, s);
        else
            session_set(m, s, t->after);
        return true;
    }
    return false;
}

bool session_next(struct session_mgr *m, struct session_action *out)
{
    return m->nr_due > 0 && (next_session(m, out) || next_instance(m, out));
}

const struct session *session_get(const struct session_mgr *m, uint32_t client,
                                  uint32_t id)
{
    const struct session *s = by_id(m, id);
    return s && s->client == client ? s : NULL;
}

bool session_single(const struct session_mgr *m, const uint8_t uuid[16], uint32_t *flags)
{
    const struct instance *i = single(m, uuid);
    if (!i || i->state == INSTANCE_ENDING)
        return false;
    *flags = i->flags;
    return true;
}

/* Which states have an instance. */
static bool has_instance(enum session_state s)
{
    return s == SESSION_PENDING || s == SESSION_ATTACH_DUE || s == SESSION_ATTACHING ||
           s == SESSION_OPEN || s == SESSION_DETACH_DUE || s == SESSION_DETACHING;
}

static bool session_sound(const struct session_mgr *m, uint32_t at)
{
    const struct session *s = &m->sessions[at];
    const struct instance *i = instance_of(m, s);
    if (has_instance(s->state) != (i != NULL) ||
        (s->state == SESSION_FREE) != (s->id == 0))
        return false;
    if (s->id && (s->id & ((1u << INDEX_BITS) - 1)) != at)
        return false;
    if (!i)
        return true;
    if (memcmp(i->uuid, s->uuid, sizeof i->uuid) != 0)
        return false;
    bool starting = i->state == INSTANCE_START_DUE || i->state == INSTANCE_STARTING;
    return s->state == SESSION_PENDING ? starting : i->state == INSTANCE_RUNNING;
}

static bool instance_sound(const struct session_mgr *m, const struct instance *i)
{
    uint32_t held = 0;
    for (uint32_t k = 0; k < m->nr_sessions; k++)
        held += instance_of(m, &m->sessions[k]) == i;
    if (held != i->nr_sessions)
        return false;
    if (i->state == INSTANCE_FREE || i->state == INSTANCE_ENDING ||
        i->state == INSTANCE_STOP_DUE)
        return held == 0;
    if (!(i->flags & TA_FLAG_MULTI_SESSION) && held > 1)
        return false;
    if (held == 0 && i->state == INSTANCE_RUNNING && !(i->flags & TA_FLAG_KEEP_ALIVE))
        return false;
    return !(i->flags & TA_FLAG_SINGLE_INSTANCE) || single(m, i->uuid) == i;
}

bool session_check(const struct session_mgr *m)
{
    uint32_t due = 0;
    for (uint32_t k = 0; k < m->nr_sessions; k++) {
        if (!session_sound(m, k))
            return false;
        due += session_due(m->sessions[k].state);
    }
    for (uint32_t k = 0; k < m->nr_instances; k++) {
        if (!instance_sound(m, &m->instances[k]))
            return false;
        due += instance_due(m->instances[k].state);
    }
    return due == m->nr_due;
}
