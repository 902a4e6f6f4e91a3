/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The session manager: which instance of a trusted application serves which session, by
 * the rules of the GP TEE Internal Core API (section 2.1 there, "Instances and
 * Sessions").
 *
 *   flags of the TA                 what an open does
 *   none                            a fresh instance for every session
 *   single-instance                 one instance, one session at a time; a second open is
 * BUSY single-instance multi-session   one instance, shared by all sessions
 *   ... keep-alive                  the instance stays when its last session closes
 *
 * A panic, crash or kill of an instance makes all its sessions dead and the next open
 * starts a fresh instance, after the old one is wholly gone: two instances of a
 * single-instance TA never run at once. Sessions of a client that is gone are closed for
 * it, and so are sessions that a dead instance held with other TAs.
 *
 * It is a pure state machine. Events are functions; what is to be done comes out of
 * session_next(), one action at a time, until it says false. Whoever carries them out
 * (host/, kernel/) reports back by further events. No memory but the two pools that init
 * gets; no locks: one caller at a time.
 */
#ifndef AH_SESSION_H
#define AH_SESSION_H

#include "bytes.h"
#include "err.h"

enum session_state {
    SESSION_FREE = 0,
    SESSION_WAITING,    /* for an instance that is ending, or a session that is closing */
    SESSION_PENDING,    /* for its instance to start */
    SESSION_ATTACH_DUE, /* the _DUE states are actions that session_next() hands out */
    SESSION_ATTACHING,
    SESSION_OPEN,
    SESSION_DETACH_DUE,
    SESSION_DETACHING,
    SESSION_CLOSED_DUE,
    SESSION_GONE_DUE,
    SESSION_DEAD, /* its instance died; the client has not closed it yet */
    SESSION_REFUSE_DUE,
};

enum instance_state {
    INSTANCE_FREE = 0,
    INSTANCE_START_DUE,
    INSTANCE_STARTING,
    INSTANCE_RUNNING,
    INSTANCE_STOP_DUE,
    INSTANCE_ENDING, /* running its DestroyEntryPoint, or dead; not gone yet */
};

#define SESSION_NO_INSTANCE UINT32_MAX
#define SESSION_NR_MAX      4096u

/* Clients are numbers of the caller's choosing, not 0; a TA that calls is named by its
 * instance. */
#define SESSION_CLIENT_TA 0x80000000u

struct session {
    enum session_state state;
    uint32_t id; /* generation and index; never 0 */
    uint32_t client;
    uint32_t instance; /* index, SESSION_NO_INSTANCE while waiting, dead or refused */
    enum err why;      /* of a refusal */
    bool unwanted;     /* closed, or the client left, before it was attached */
    uint32_t flags;    /* of the TA, from the image */
    uint8_t uuid[16];
};

struct instance {
    enum instance_state state;
    uint32_t flags;
    uint32_t nr_sessions; /* sessions whose instance this is */
    uint8_t uuid[16];
};

struct session_mgr {
    struct session *sessions;
    uint32_t nr_sessions;
    struct instance *instances;
    uint32_t nr_instances;
    uint32_t per_client; /* sessions that one client may hold */
    uint32_t generation;
    uint32_t nr_due; /* objects in a _DUE state */
};

enum session_act {
    SESSION_DO_START,  /* instance: load and run it, then session_started() or
                          session_died() */
    SESSION_DO_STOP,   /* instance: let it destroy itself, then session_ended() */
    SESSION_DO_ATTACH, /* session to instance, then session_attached() */
    SESSION_DO_DETACH, /* session from instance, then session_detached() */
    SESSION_DO_CLOSED, /* tell the client that its close is done; the session is no more
                        */
    SESSION_DO_GONE,   /* tell the client that the TA died; the session stays, dead, until
                          closed */
    SESSION_DO_REFUSE, /* tell the client that its open failed, why; the session is no
                          more */
};

struct session_action {
    enum session_act act;
    uint32_t session;  /* id; 0 for an action on an instance */
    uint32_t client;   /* of that session; 0 when it is gone and nobody is to be told */
    uint32_t instance; /* index, or SESSION_NO_INSTANCE */
    enum err why;
};

/* Pools are the caller's, zeroed here. nr_sessions at most SESSION_NR_MAX. */
void session_init(struct session_mgr *m, struct session *sessions, uint32_t nr_sessions,
                  struct instance *instances, uint32_t nr_instances, uint32_t per_client);

/* The next thing to do; false when there is none. */
bool session_next(struct session_mgr *m, struct session_action *out);

/*
 * A client asks for a session. OK with *id: the outcome follows as an action on that id
 * (attach, or refuse). BUSY: single-session TA that has its session. NO_MEMORY: a pool or
 * the client's share is used up. DENIED: a TA that calls its own instance while that
 * cannot answer.
 */
MUST_CHECK enum err session_open(struct session_mgr *m, uint32_t *id, uint32_t client,
                                 const uint8_t uuid[16], uint32_t flags);

/* NOT_FOUND when the client has no such session, or is closing it already. */
MUST_CHECK enum err session_close(struct session_mgr *m, uint32_t client, uint32_t id);

/* All of the client's sessions are closed for it; no action names the client any more. */
void session_client_gone(struct session_mgr *m, uint32_t client);

/* Reports on actions. A report that does not fit the state (a late one) changes nothing.
 */
void session_started(struct session_mgr *m, uint32_t instance);
void session_attached(struct session_mgr *m, uint32_t id);
void session_attach_failed(struct session_mgr *m, uint32_t id,
                           enum err why); /* refused with why */
void session_detached(struct session_mgr *m, uint32_t id);

/*
 * The instance will answer no more: it could not be started (why goes to the refusals),
 * failed in CreateEntryPoint, panicked, crashed or was killed. Its slot is held until
 * session_ended().
 */
void session_died(struct session_mgr *m, uint32_t instance, enum err why);

/* Nothing is left of the instance. */
void session_ended(struct session_mgr *m, uint32_t instance);

/* Stop every instance that has no session, keep-alive or not. */
void session_stop_idle(struct session_mgr *m);

/* The session of that id if the client holds it, dead ones included; else NULL. */
const struct session *session_get(const struct session_mgr *m, uint32_t client,
                                  uint32_t id);

/* Flags of the single instance with this UUID that starts or runs; false when there is
 * none. */
bool session_single(const struct session_mgr *m, const uint8_t uuid[16], uint32_t *flags);

/* The invariant; tests call it after every step. */
bool session_check(const struct session_mgr *m);

#endif
