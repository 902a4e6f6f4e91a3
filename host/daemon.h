/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The daemon as one object: its files include this and pass struct daemon along; nothing
 * in host/ is a global variable. One thread, one epoll loop, no call that waits for a
 * peer.
 *
 *   client.c  what clients say        ta.c     the processes of trusted applications
 *   route.c   carries out what lib/session decides, and remembers who is to be answered
 */
#ifndef AH_HOST_DAEMON_H
#define AH_HOST_DAEMON_H

#include <signal.h>
#include <sys/types.h>
#include "host.h"
#include "image_cache.h"
#include "log.h"
#include "loop.h"
#include "peer.h"
#include "policy.h"
#include "session.h"
#include "state.h"
#include "tee_result.h"

#define NR_CLIENTS          256u
#define NR_SESSIONS         1024u
#define NR_TAS              64u
#define NR_PENDING          512u
#define SESSIONS_PER_CLIENT 48u /* one leaves threads of a TA to others */

struct options {
    bool private;
    const char *state;   /* directory */
    const char *socket;  /* path; NULL: HOST_SOCKET_NAME in the state directory */
    const char *ta_path; /* colon list behind the built-in directory, may be NULL */
    unsigned idle_s;     /* a private instance ends so long after its last client left */
    unsigned call_limit_s;
    bool foreground;
    int ready_fd; /* -1 none */
};

/* A client of the listening socket. Its number towards lib/session is its index plus one.
 */
struct client {
    struct peer peer;    /* fd -1: free */
    struct source alive; /* pidfd */
    pid_t pid;
    uid_t uid;
    gid_t gid;
    gid_t *groups; /* supplementary, malloc */
    unsigned nr_groups;
    bool greeted;
};

/* The process of an instance; same index as in lib/session. */
struct ta {
    struct peer peer;     /* fd -1: free */
    struct source exit;   /* pidfd */
    struct source text;   /* read end of its log */
    struct source notify; /* seccomp listener */
    pid_t pid;
    struct ta_image image; /* facts of the image it runs; spans are not valid */
    char label[80];        /* "pkcs11 (fd02c9da-...)" */
    bool execed;           /* the one exec of its birth has been let through */
    bool ready;
    bool stopping;   /* told to end */
    bool hung_up;    /* its control socket is closed */
    bool dying;      /* killed, or said that it panics; why is known */
    uint32_t result; /* what its sessions get */
    uint32_t origin;
    char why[160];
    char fault[128];          /* what its own handler said of a fault */
    struct host_board *board; /* mapped for reading */
    struct watch {
        timer_t cpu;
        bool armed;
        uint32_t call[HOST_BOARD_ROWS];
        uint64_t since_ms[HOST_BOARD_ROWS]; /* the thread's processor time when call was
                                               first seen */
    } watch;
    uint64_t answer_by_ms; /* something is asked of it until then; 0 nothing */
    unsigned asked;        /* requests it has not answered */
    struct {
        char line[512];
        size_t len;
        uint64_t second; /* of the uptime */
        unsigned in_second;
        unsigned dropped;
    } say;
};

/* What the daemon knows of a session beside lib/session; same index. */
struct route {
    uint32_t id;
    uint32_t open_id;  /* message id of the OPEN to be answered */
    uint32_t close_id; /* of the CLOSE */
    bool closing;
    uint32_t login;
    uint8_t client_uuid[16];
    int channel_fd; /* until the client has it */
    void *channel;  /* the first CHAN_BULK_AT bytes */
    uint32_t ta;    /* index of the instance it was last with */
    unsigned nr_shared;
    uint32_t result, origin; /* of a refusal */
    char why[160];
};

/* A request to a TA that a peer waits for. */
struct pending {
    uint32_t id; /* 0 free; generation and index */
    uint32_t ta;
    uint32_t type;
    uint32_t session;
    uint32_t client; /* 0: nobody to answer any more */
    uint32_t client_id;
};

struct daemon {
    struct options opt;
    struct loop loop;
    struct log log;
    struct state state;
    struct image_cache images;
    struct policy policy[2]; /* ordinary, with the right to storage */
    struct source listener;
    struct source signals;
    struct session_mgr mgr;
    struct session sessions[NR_SESSIONS];
    struct instance instances[NR_TAS];
    struct route routes[NR_SESSIONS];
    struct client clients[NR_CLIENTS];
    struct ta tas[NR_TAS];
    struct pending pending[NR_PENDING];
    uint32_t pending_generation;
    unsigned nr_clients;
    unsigned nr_tas;
    int landlock_abi; /* 0: the kernel has none */
    uint64_t started_ms;
    uint64_t idle_since_ms; /* no client since; 0 when there is one */
    uint64_t stop_by_ms;    /* while ending: then the rest is killed */
    bool ending;
    int null_fd;
};

/* --- listen.c --- */
/* False after a message in why. */
bool listen_open(struct daemon *d, char *why, size_t why_len);
void listen_close(struct daemon *d);

/* --- client.c --- */
void client_accept(struct daemon *d, int fd);
void client_drop(struct daemon *d, struct client *c, const char *why);
struct peer *client_peer(struct daemon *d,
                         uint32_t client); /* of clients and TAs; NULL when gone */

/* --- request.c: messages that clients and TAs have in common: OPEN, CLOSE, SHARE,
 * UNSHARE --------- */
/* False: the message is hostile or malformed, why says how, and the peer is to be
 * dropped. */
bool request_take(struct daemon *d, uint32_t client, const struct message *m,
                  const char **why);

/* --- route.c --- */
void route_open(struct daemon *d, uint32_t client, const struct host_msg *m,
                uint32_t login, const uint8_t client_uuid[16]);
void route_close(struct daemon *d, uint32_t client, const struct host_msg *m);
void route_share(struct daemon *d, uint32_t client, const struct host_msg *m, int fd);
void route_answer(struct daemon *d, uint32_t ta, const struct host_msg *m);
/* Before session_died(): what the sessions of this TA are to be told. */
void route_blame(struct daemon *d, uint32_t ta);
void route_forget(struct daemon *d, uint32_t client);
/* Do what lib/session has decided until it has nothing more. */
void route_run(struct daemon *d);

/* --- ta_start.c --- */
/* Start the process of an instance. False when it could not be: result and why say how.
 */
bool ta_start(struct daemon *d, uint32_t index);

/* --- ta_text.c --- */
bool ta_text_open(struct daemon *d, struct ta *t, int fd);
void ta_text_end(struct daemon *d, struct ta *t); /* what is left in the pipe */

/* --- ta.c --- */
void ta_stop(struct daemon *d, uint32_t index);
/* End it now; the sessions get result, the log says why. */
void ta_kill(struct daemon *d, struct ta *t, uint32_t result, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Take messages of a running TA from its control socket, which becomes the daemon's. */
bool ta_listen(struct daemon *d, struct ta *t, int fd);
/* Watch for the end of its process. */
bool ta_watch(struct daemon *d, struct ta *t);
/* Give back all that belongs to a TA whose process is gone or never was. */
void ta_free(struct daemon *d, struct ta *t);
/* Send it a request that it must answer in time. */
void ta_ask(struct daemon *d, struct ta *t, struct host_msg *m, const void *text, int fd);
void ta_answered(struct daemon *d, struct ta *t);
uint32_t ta_index(const struct daemon *d, const struct ta *t);

/* --- notify.c --- */
void notify_open(struct daemon *d, struct ta *t, int fd);

/* --- watchdog.c --- */
void watchdog_arm(struct daemon *d, struct ta *t);
void watchdog_disarm(struct ta *t);
void watchdog_tick(struct daemon *d, uint32_t index);
void watchdog_deadlines(struct daemon *d, uint64_t now_ms);
uint64_t watchdog_next(
    const struct daemon *d); /* ms of the loop clock, UINT64_MAX none */

/* --- derive.c --- */
/* HKDF-SHA256(device secret, life cycle, boot authority, owner, label), docs/formats.md.
 */
void derive(const struct state *s, uint8_t *key, size_t len, const uint8_t owner[16],
            const void *label, size_t label_len);

/* --- status.c --- */
size_t status_json(struct daemon *d, char *out, size_t cap);

#endif
