/* SPDX-License-Identifier: BSD-2-Clause */
/* A session inside a TA: its channel, the memory it shares, its state. Private to
 * tee/host. */
#ifndef AH_TEE_HOST_SESSION_H
#define AH_TEE_HOST_SESSION_H

#include "platform.h"

enum session_state {
    SESSION_NEW,     /* attached; OpenSession has not run */
    SESSION_OPENING, /* it runs */
    SESSION_OPEN,
    SESSION_REFUSED, /* it said no, or was cancelled; waits for DETACH */
};

struct shm {
    uint32_t number; /* the client's; 0: entry is free */
    uint8_t *base;
    uint64_t size;
    unsigned users;    /* calls that may touch it */
    bool leaving;      /* UNMAP came; unmapped and answered when the last user leaves */
    uint32_t unmap_id; /* the message to answer */
};

#define SESSION_SHMS 64u

struct session {
    struct session *next; /* sessions lock */
    uint32_t id;
    uint32_t detach_id;
    TEE_Identity client;
    struct chan chan;
    atomic_bool ending;
    pthread_mutex_t lock; /* guards what follows */
    unsigned lanes;       /* threads that live */
    unsigned open_slots;  /* slots that have a thread */
    enum session_state state;
    void *context; /* the TA's */
    struct shm shm[SESSION_SHMS];
};

/* The memory that one call holds on to. */
struct hold {
    struct shm *shm[4];
};

/*
 * Judge a request, move the state to OPENING for an open, and turn the parameters into
 * the TA's. SUCCESS obliges to session_leave. BAD_PARAMETERS, BAD_STATE.
 */
TEE_Result session_enter(struct session *s, const struct chan_request *r, unsigned slot,
                         TEE_Param params[4], struct hold *h);
void session_leave(struct session *s, struct hold *h);

/* The outcome of OpenSession. */
void session_opened(struct session *s, TEE_Result r, void *context);

/* Start a thread for the next slot when this one is the last that has one. */
void session_grow(struct session *s, unsigned slot);

/* A lane's thread is about to end; the last one closes the session. */
void session_lane_ends(struct session *s);

#endif
