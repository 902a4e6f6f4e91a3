/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the hosted TA platform tell each other. Private to tee/host.
 *
 * Threads: main() alone reads the control socket and starts the first lane of a session;
 * a lane serves one slot of one session's channel. Lock order: sessions, one session,
 * control.
 */
#ifndef AH_TEE_HOST_PLATFORM_H
#define AH_TEE_HOST_PLATFORM_H

#include <pthread.h>
#include "chan.h"
#include "host.h"
#include "sys.h"

/* --- os.c: Linux under lib/chan and the permits
 * ---------------------------------------------- */
void os_init(unsigned nr_cpus); /* before the second thread starts */
const struct chan_os *os_chan(void);
void os_sleep_ms(uint32_t ms);

/* --- start.c: what START told
 * --------------------------------------------------------------- */
void start_accept(const struct host_start *s, int storage_fd);
int start_storage_fd(void); /* -1 without the right */
const char *start_name(void);
void uuid_from_bytes(TEE_UUID *u, const uint8_t b[16]); /* RFC 4122 byte order */
void uuid_to_bytes(uint8_t b[16], const TEE_UUID *u);

/* --- control.c: the socket to the daemon
 * ------------------------------------------------------ */
struct control_answer {
    struct host_msg msg;
    int fd; /* -1, or the caller's to close */
    char text[128];
};

/* Send; a request without answer, or an answer. Loss means the daemon is gone: the TA
 * exits. */
void control_send(const struct host_msg *m, const void *text);
/* Send a request and wait for its answer. The id is chosen here. Not for the main thread.
 */
void control_call(struct host_msg *m, const void *text, struct control_answer *a);
/* Receive and act on one message; waits at most ms (-1: no limit). Main thread only. */
void control_serve(int ms);

/* --- session.c: sessions and their lanes
 * ------------------------------------------------------ */
struct session;
void session_attach(const struct host_msg *m, int fd);
void session_detach(const struct host_msg *m);
void session_map(const struct host_msg *m, int fd);
void session_unmap(const struct host_msg *m);
/* True while a session is ending; nudges its lanes. */
bool session_ending(void);
/* True when [p, p+len) touches memory shared with any client. */
bool session_shares(const void *p, size_t len);
/* True when [p, p+len) lies wholly in one piece of memory shared with a client. */
bool session_covers(const void *p, size_t len);

/* --- lane.c: the call that the calling thread serves
 * ------------------------------------------ */
struct lane {
    struct chan_lane end;
    struct session *session;
};
struct lane *lane_current(void); /* NULL in a thread that serves none */
void *lane_main(void *lane);
bool lane_cancelled(const struct lane *l);
const TEE_Identity *lane_client(const struct lane *l);

/* --- life.c: TA_CreateEntryPoint and TA_DestroyEntryPoint, in threads of their own
 * ------------- */
void life_begin(void); /* then tells the daemon READY, or exits */
void life_end(void);   /* then exits */

/* --- permit.c: how many lanes run TA code at once
 * --------------------------------------------- */
void permit_init(uint32_t lanes);
/* Wait for a permit; the number returned goes back with it. */
unsigned permit_get(void);
void permit_put(unsigned row);

/* --- board.c: showing the daemon which threads are inside entry points
 * ------------------------ */
void board_init(void);
unsigned board_enter(void);
void board_leave(unsigned row);

/* --- fault.c
 * ---------------------------------------------------------------------------------- */
void fault_init(void);        /* process: handlers */
void fault_thread_init(void); /* thread: its alternate stack */
void fault_thread_done(void);

#endif
