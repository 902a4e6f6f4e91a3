/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The processes of trusted applications: requests, messages, death (birth: ta_start.c).
 *
 * A TA is not trusted: what it sends is checked like a client's message, and what breaks
 * the protocol is killed for it. Whatever ends it, one line in the log names it and the
 * reason, and the sessions get the same words. Death is reported to lib/session at once
 * when we are the cause, else when the process is reaped; its slot is free only after
 * that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bytes.h"
#include "daemon.h"
#include "spawn.h"

#define STOP_MS    10000u
#define HUNG_UP_MS 1000u

uint32_t ta_index(const struct daemon *d, const struct ta *t)
{
    return (uint32_t)(t - d->tas);
}

/* --- requests --- */

void ta_ask(struct daemon *d, struct ta *t, struct host_msg *m, const void *text, int fd)
{
    uint64_t now = loop_now_ms();
    bool timed = m->type == HOST_START || m->type == HOST_ATTACH;
    if (m->type == HOST_STOP)
        t->answer_by_ms = now + STOP_MS;
    else if (timed && t->asked++ == 0)
        t->answer_by_ms = now + d->opt.call_limit_s * 1000u;
    peer_send(&d->loop, &t->peer, m, text, fd);
}

void ta_stop(struct daemon *d, uint32_t index)
{
    struct ta *t = &d->tas[index];
    struct host_msg m = {.type = HOST_STOP};
    t->stopping = true;
    ta_ask(d, t, &m, NULL, -1);
}

void ta_answered(struct daemon *d, struct ta *t)
{
    if (t->asked == 0)
        return;
    t->asked--;
    t->answer_by_ms = t->asked ? loop_now_ms() + d->opt.call_limit_s * 1000u : 0;
}

/* --- the end --- */

static void signal_process(const struct ta *t, int signal)
{
    if (t->exit.fd >= 0)
        syscall(SYS_pidfd_send_signal, t->exit.fd, signal, NULL, 0);
}

/* The sessions learn of it now; resources go when the process is reaped. */
static void ta_dead(struct daemon *d, struct ta *t)
{
    log_say(&d->log, LOG_ERROR, "trusted application %s ended: %s", t->label, t->why);
    t->dying = true;
    t->answer_by_ms = 0;
    route_blame(d, ta_index(d, t));
    session_died(&d->mgr, ta_index(d, t), ERR_DEAD);
}

void ta_kill(struct daemon *d, struct ta *t, uint32_t result, const char *format, ...)
{
    va_list args;
    if (t->dying)
        return;
    va_start(args, format);
    vsnprintf(t->why, sizeof t->why, format, args);
    va_end(args);
    t->result = result;
    t->origin = TEE_ORIGIN_TEE;
    signal_process(t, SIGKILL);
    ta_dead(d, t);
    route_run(d);
}

void ta_free(struct daemon *d, struct ta *t)
{
    watchdog_disarm(t);
    peer_remove(&d->loop, &t->peer);
    loop_remove(&d->loop, &t->exit);
    loop_remove(&d->loop, &t->text);
    loop_remove(&d->loop, &t->notify);
    if (t->board)
        munmap(t->board, sizeof *t->board);
    t->board = NULL;
    if (t->pid)
        d->nr_tas--;
    t->pid = 0;
}

static const struct {
    int signal;
    const char *text;
} signal_texts[] = {
    {SIGSEGV, "access to memory that is not its own (SIGSEGV)"},
    {SIGBUS, "access to memory that is gone (SIGBUS)"},
    {SIGILL, "undefined instruction (SIGILL)"},
    {SIGFPE, "arithmetic fault (SIGFPE)"},
    {SIGABRT, "it aborted (SIGABRT)"},
    {SIGTRAP, "breakpoint (SIGTRAP)"},
    {SIGSYS, "system call of a foreign kind (SIGSYS)"},
    {SIGKILL,
     "killed from outside (SIGKILL), perhaps for lack of memory on this machine"},
};

static void describe_exit(struct ta *t, const siginfo_t *info)
{
    if (info->si_code == CLD_EXITED) {
        snprintf(t->why, sizeof t->why, "it exited by itself with status %d",
                 info->si_status);
        return;
    }
    const char *text = NULL;
    for (size_t i = 0; i < sizeof signal_texts / sizeof signal_texts[0]; i++)
        if (signal_texts[i].signal == info->si_status)
            text = signal_texts[i].text;
    if (t->fault[0])
        snprintf(t->why, sizeof t->why, "%s", t->fault);
    else if (text)
        snprintf(t->why, sizeof t->why, "%s", text);
    else
        snprintf(t->why, sizeof t->why, "killed by signal %d", info->si_status);
}

/* --- its messages --- */

static void take_ready(struct daemon *d, struct ta *t, const struct message *m)
{
    if (t->ready)
        return ta_kill(d, t, TEE_ERROR_TARGET_DEAD, "it said READY twice");
    ta_answered(d, t);
    t->ready = true;
    if (m->head.result != TEE_SUCCESS) {
        ta_kill(d, t, m->head.result, "its creation failed with 0x%08x", m->head.result);
        return;
    }
    session_started(&d->mgr, ta_index(d, t));
    route_run(d);
}

static void take_panic(struct daemon *d, struct ta *t, const struct message *m)
{
    if (t->execed)
        ta_kill(d, t, TEE_ERROR_TARGET_DEAD, "panic 0x%08x: %.100s", m->head.result,
                m->text);
    else
        ta_kill(d, t, TEE_ERROR_GENERIC, "%.120s", m->text);
}

static void take_derive(struct daemon *d, struct ta *t, const struct message *m)
{
    uint8_t key[64];
    struct host_msg a = {.type = HOST_DERIVE | HOST_ANSWER, .id = m->head.id};
    bool own = memcmp(m->head.uuid, t->image.uuid, sizeof t->image.uuid) == 0;
    if (m->head.a < 1 || m->head.a > sizeof key || m->head.len < 1 || m->head.len > 63)
        a.result = TEE_ERROR_BAD_PARAMETERS;
    else if (!own && !(t->image.rights & TA_RIGHT_DERIVE_ANY))
        a.result = TEE_ERROR_ACCESS_DENIED;
    if (a.result == TEE_SUCCESS) {
        derive(&d->state, key, m->head.a, m->head.uuid, m->text, m->head.len);
        a.len = m->head.a;
    } else {
        a.origin = TEE_ORIGIN_TEE;
    }
    peer_send(&d->loop, &t->peer, &a, key, -1);
    wipe(key, sizeof key);
}

static void take_filter(struct daemon *d, struct ta *t, struct message *m)
{
    notify_open(d, t, m->fd);
    m->fd = -1;
}

static void take_answer(struct daemon *d, struct ta *t, const struct message *m)
{
    if (m->head.type == (HOST_ATTACH | HOST_ANSWER))
        ta_answered(d, t);
    route_answer(d, ta_index(d, t), &m->head);
}

static void take(struct daemon *d, struct ta *t, struct message *m)
{
    const char *why;
    if (t->dying)
        return;
    if (!t->execed) {
        if (m->head.type == HOST_FILTER)
            return take_filter(d, t, m);
        if (m->head.type == HOST_PANIC)
            return take_panic(d, t, m);
        return ta_kill(d, t, TEE_ERROR_GENERIC, "a message before its program ran");
    }
    if (m->head.type == HOST_READY)
        take_ready(d, t, m);
    else if (m->head.type == HOST_PANIC)
        take_panic(d, t, m);
    else if (m->head.type == HOST_DERIVE)
        take_derive(d, t, m);
    else if (m->head.type & HOST_ANSWER)
        take_answer(d, t, m);
    else if (!request_take(d, SESSION_CLIENT_TA | ta_index(d, t), m, &why))
        ta_kill(d, t, TEE_ERROR_TARGET_DEAD, "it sent %s", why);
}

/* Without its socket it cannot be told anything: it is ending, or it will be ended. */
static void hung_up(struct daemon *d, struct ta *t)
{
    peer_remove(&d->loop, &t->peer);
    t->hung_up = true;
    if (!t->answer_by_ms)
        t->answer_by_ms = loop_now_ms() + HUNG_UP_MS;
}

/* One message; false when there is none. */
static bool receive(struct daemon *d, struct ta *t)
{
    static struct message m;
    switch (peer_receive(&t->peer, &m)) {
    case PEER_NOTHING:
        return false;
    case PEER_END:
        hung_up(d, t);
        return false;
    case PEER_MALFORMED:
        ta_kill(d, t, TEE_ERROR_TARGET_DEAD, "it sent a malformed message");
        return true;
    case PEER_MESSAGE:
        break;
    }
    take(d, t, &m);
    wipe(m.text, m.head.len);
    if (m.fd >= 0)
        close(m.fd);
    return true;
}

static void control_ready(void *arg, struct source *s, uint32_t events)
{
    struct daemon *d = arg;
    struct ta *t = (struct ta *)((char *)s - offsetof(struct ta, peer.source));
    if (events & EPOLLOUT)
        peer_flush(&d->loop, &t->peer);
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        receive(d, t);
}

bool ta_listen(struct daemon *d, struct ta *t, int fd)
{
    return peer_add(&d->loop, &t->peer, fd, control_ready, d);
}

/* --- the process is gone --- */

static void exit_ready(void *arg, struct source *s, uint32_t events)
{
    struct daemon *d = arg;
    struct ta *t = (struct ta *)((char *)s - offsetof(struct ta, exit));
    siginfo_t info = {0};
    (void)events;
    while (t->peer.source.fd >= 0 && receive(d, t)) /* its last words */
        ;
    ta_text_end(d, t);
    waitid(P_PIDFD, (id_t)s->fd, &info, WEXITED | WNOHANG);
    if (!t->dying && t->stopping && info.si_code == CLD_EXITED && info.si_status == 0) {
        log_say(&d->log, LOG_NOTE, "trusted application %s stopped", t->label);
    } else if (!t->dying) {
        describe_exit(t, &info);
        ta_dead(d, t);
    }
    uint32_t index = ta_index(d, t);
    ta_free(d, t);
    session_ended(&d->mgr, index);
    route_run(d);
}

bool ta_watch(struct daemon *d, struct ta *t)
{
    int pidfd = (int)syscall(SYS_pidfd_open, t->pid, 0);
    if (pidfd >= 0 && loop_add(&d->loop, &t->exit, pidfd, EPOLLIN, exit_ready, d))
        return true;
    if (pidfd >= 0)
        close(pidfd);
    return false;
}
