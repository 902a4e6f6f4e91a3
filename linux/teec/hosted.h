/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hosted transport inside: connections to a daemon, memory files, how a daemon is
 * found and started. Private to hosted*.c.
 */
#ifndef AH_TEEC_HOSTED_H
#define AH_TEEC_HOSTED_H

#include "host.h"
#include "teec.h"

/* --- hosted_conn.c: one connection, shared by threads; a dead one stays dead
 * --------------------- */
struct conn;

struct conn_answer {
    struct host_msg msg;
    int fd;     /* -1, or the caller's to close */
    char *text; /* the caller's, cap bytes; gets a NUL. May be NULL */
    size_t cap;
};

struct conn *conn_new(int fd); /* takes fd; NULL: no memory, fd closed */
struct conn *conn_hold(struct conn *c);
void conn_drop(struct conn *c);
/* Ask and wait. COMMUNICATION when the daemon is gone, else the result of the answer. */
TEEC_Result conn_call(struct conn *c, struct host_msg *m, const void *text, int fd,
                      struct conn_answer *a);
/* Looks without waiting. */
bool conn_alive(struct conn *c);
/* The context is finished: the daemon shall see it at once. */
void conn_shutdown(struct conn *c);

/* --- hosted_dial.c: finding and starting a daemon
 * ------------------------------------------------ */
/* state or socket is set. A connection that has exchanged HELLO. */
TEEC_Result dial(const char *state, const char *socket, struct conn **out);

/* --- hosted_spawn.c
 * ------------------------------------------------------------------------------ */
/* Start a private daemon and wait until it listens; why gets its complaint. */
TEEC_Result spawn_daemon(const char *state, char *why, size_t why_len);

/* --- hosted_memory.c: memory files
 * ---------------------------------------------------------------- */
struct memory {
    int fd;
    void *map;
    size_t len;
    uint32_t number; /* unique in this process */
    pthread_mutex_t lock;
    int *sessions; /* handles of the sessions that know it */
    size_t nr, room;
};
struct memory *memory_new(size_t len); /* NULL: none */
/* Make it known to the TA of a session, once. */
TEEC_Result memory_share(struct memory *m, struct session *s);
/* Take it back everywhere and free it. */
void memory_free(struct memory *m);

/* A session's end of its channel. */
struct hosted_session {
    struct conn *conn;
    uint32_t id;
    void *base;
    struct chan_client chan;
    _Atomic(struct memory *)
        spare; /* for large arguments, kept from the last such call */
    struct {
        _Atomic(TEEC_Operation *) op;
        _Atomic uint32_t req;
    } running[CHAN_SLOTS];
};

#endif
