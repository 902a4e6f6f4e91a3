/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The processes of trusted applications: birth, messages, log, death.
 *
 * A TA is not trusted: what it sends is checked like a client's message, and what breaks
 * the protocol is killed for it. Whatever ends it, one line in the log names it and the
 * reason, and the sessions get the same words. Death is reported to lib/session at once
 * when we are the cause, else when the process is reaped; its slot is free only after
 * that.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bytes.h"
#include "daemon.h"
#include "spawn.h"
#include "uuid.h"

#define STOP_MS     10000u
#define MIB         ((uint64_t)1 << 20)
#define BOARD_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW)
#define LINES_PER_S 200u
#define THREAD_EXTRA                                                                     \
    (64u << 10) /* of each thread beside its stack: guard, TLS, signal stack */

uint32_t ta_index(const struct daemon *d, const struct ta *t)
{
    return (uint32_t)(t - d->tas);
}

/* --- requests
 * --------------------------------------------------------------------------------- */

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

void ta_answered(struct daemon *d, struct ta *t)
{
    if (t->asked == 0)
        return;
    t->asked--;
    t->answer_by_ms = t->asked ? loop_now_ms() + d->opt.call_limit_s * 1000u : 0;
}

/* --- the end
 * ------------------------------------------------------------------------------------ */

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

static void ta_free(struct daemon *d, struct ta *t)
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

/* --- its log
 * ---------------------------------------------------------------------------------------
 */

static void say_line(struct daemon *d, struct ta *t, char *line)
{
    enum log_level level = LOG_NOTE;
    if (line[0] == '<' && line[1] >= '0' && line[1] <= '3' && line[2] == '>') {
        level = (enum log_level)(line[1] - '0'); /* the levels of sys_log() are ours */
        line += 3;
    }
    if (strncmp(line, "fault: ", 7) == 0)
        snprintf(t->fault, sizeof t->fault, "%.*s", (int)sizeof t->fault - 1, line + 7);
    uint64_t second = loop_now_ms() / 1000;
    if (second != t->say.second) {
        if (t->say.dropped)
            log_say(&d->log, LOG_WARNING, "%s: %u more lines in one second, not shown",
                    t->label, t->say.dropped);
        t->say.second = second;
        t->say.in_second = t->say.dropped = 0;
    }
    if (t->say.in_second++ < LINES_PER_S)
        log_say(&d->log, level, "%s: %s", t->label, line);
    else
        t->say.dropped++;
}

static void say_bytes(struct daemon *d, struct ta *t, const char *p, size_t len)
{
    for (; len; p++, len--) {
        bool full = t->say.len == sizeof t->say.line - 1;
        if (*p != '\n' && !full) {
            t->say.line[t->say.len++] = *p;
            continue;
        }
        t->say.line[t->say.len] = 0;
        if (t->say.len)
            say_line(d, t, t->say.line);
        t->say.len = 0;
    }
}

/* At most rounds times what fits: a TA that writes without end must not keep us here. */
static void say_drain(struct daemon *d, struct ta *t, int rounds)
{
    char buf[4096];
    while (rounds-- > 0 && t->text.fd >= 0) {
        ssize_t n = read(t->text.fd, buf, sizeof buf);
        if (n > 0)
            say_bytes(d, t, buf, (size_t)n);
        else if (n == 0)
            loop_remove(&d->loop, &t->text);
        else
            return;
    }
}

static void text_ready(void *arg, struct source *s, uint32_t events)
{
    (void)events;
    say_drain(arg, (struct ta *)((char *)s - offsetof(struct ta, text)), 1);
}

/* --- its messages
 * ------------------------------------------------------------------------------------ */

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

/* One message; false when there is none. */
static bool receive(struct daemon *d, struct ta *t)
{
    static struct message m;
    switch (peer_receive(&t->peer, &m)) {
    case PEER_NOTHING:
        return false;
    case PEER_END:
        peer_remove(&d->loop, &t->peer);
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

/* --- the process is gone
 * --------------------------------------------------------------------------- */

static void exit_ready(void *arg, struct source *s, uint32_t events)
{
    struct daemon *d = arg;
    struct ta *t = (struct ta *)((char *)s - offsetof(struct ta, exit));
    siginfo_t info = {0};
    (void)events;
    while (t->peer.source.fd >= 0 && receive(d, t)) /* its last words */
        ;
    say_drain(d, t, 16);
    if (t->say.len)
        say_bytes(d, t, "\n", 1);
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
    if (d->ending)
        session_stop_idle(&d->mgr);
    route_run(d);
}

/* --- birth
 * -----------------------------------------------------------------------------------------
 */

struct ends {
    int control[2], log[2], board;
};

static bool ends_open(struct ends *e, struct ta *t)
{
    *e = (struct ends){{-1, -1}, {-1, -1}, -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, e->control) != 0 ||
        pipe2(e->log, O_CLOEXEC) != 0)
        return false;
    e->board = memfd_create("board", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (e->board < 0 || ftruncate(e->board, sizeof *t->board) != 0 ||
        fcntl(e->board, F_ADD_SEALS, BOARD_SEALS) != 0 ||
        fcntl(e->log[0], F_SETFL, O_NONBLOCK) != 0)
        return false;
    void *p = mmap(NULL, sizeof *t->board, PROT_READ, MAP_SHARED, e->board, 0);
    if (p == MAP_FAILED)
        return false;
    t->board = p;
    return true;
}

static void ends_close(struct ends *e)
{
    const int fds[] = {e->control[0], e->control[1], e->log[0], e->log[1], e->board};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* Private writable memory: heap, stacks, the program's own data, and the C library's
 * share. */
static uint64_t data_limit(const struct ta_image *i)
{
    return i->heap + (HOST_TA_THREADS + 1) * (i->stack + THREAD_EXTRA) + 4 * MIB;
}

static pid_t process_make(struct daemon *d, struct ta *t, const struct image *i,
                          const struct ends *e)
{
    bool storage = t->image.rights & TA_RIGHT_STORAGE;
    const struct spawn s = {
        .program = i->program,
        .null = d->null_fd,
        .log = e->log[1],
        .control = e->control[1],
        .board = e->board,
        .store = storage ? d->state.store : -1,
        .landlock_abi = d->landlock_abi,
        .name = t->image.name,
        .data_limit = data_limit(&t->image),
        .stack_limit = t->image.stack > MIB ? t->image.stack : MIB,
        .policy = &d->policy[storage],
    };
    return spawn(&s);
}

static void start_send(struct daemon *d, struct ta *t)
{
    cpu_set_t cpus;
    struct host_start s = {
        .flags = t->image.flags,
        .rights = t->image.rights,
        .version = t->image.version,
        .lanes = t->image.lanes,
        .heap = t->image.heap,
        .stack = t->image.stack,
        .nr_cpus = 1,
    };
    if (sched_getaffinity(0, sizeof cpus, &cpus) == 0)
        s.nr_cpus = (uint32_t)CPU_COUNT(&cpus);
    memcpy(s.uuid, t->image.uuid, sizeof s.uuid);
    memcpy(s.device_id, d->state.device_id, sizeof s.device_id);
    memcpy(s.name, t->image.name, sizeof t->image.name);
    memcpy(s.description, t->image.description, sizeof t->image.description);
    struct host_msg m = {.type = HOST_START, .len = sizeof s};
    bool storage = t->image.rights & TA_RIGHT_STORAGE;
    ta_ask(d, t, &m, &s, storage ? d->state.store : -1);
}

/* Register everything that tells of the child; what is registered is owned by its source.
 */
static bool watch(struct daemon *d, struct ta *t, struct ends *e)
{
    int pidfd = (int)syscall(SYS_pidfd_open, t->pid, 0);
    if (pidfd < 0 || !loop_add(&d->loop, &t->exit, pidfd, EPOLLIN, exit_ready, d))
        return false;
    if (!loop_add(&d->loop, &t->text, e->log[0], EPOLLIN, text_ready, d))
        return false;
    e->log[0] = -1;
    if (!ta_listen(d, t, e->control[0]))
        return false;
    e->control[0] = -1;
    return true;
}

static bool failed(struct ta *t, uint32_t result)
{
    t->result = result;
    t->origin = TEE_ORIGIN_TEE;
    return false;
}

static void ta_clear(struct daemon *d, struct ta *t)
{
    char uuid[UUID_TEXT];
    *t = (struct ta){.result = TEE_ERROR_TARGET_DEAD, .origin = TEE_ORIGIN_TEE};
    t->peer.source.fd = t->exit.fd = t->text.fd = t->notify.fd = -1;
    uuid_format(uuid, d->instances[ta_index(d, t)].uuid);
    snprintf(t->label, sizeof t->label, "%s", uuid);
}

bool ta_start(struct daemon *d, uint32_t index)
{
    struct ta *t = &d->tas[index];
    const struct image *i;
    char uuid[UUID_TEXT], why[1400] = "";
    struct ends e;

    ta_clear(d, t);
    enum err r = image_get(&d->images, &i, d->instances[index].uuid, why, sizeof why);
    if (r != OK) {
        snprintf(t->why, sizeof t->why, "%.*s", (int)sizeof t->why - 1, why);
        return failed(t, err_to_tee(r));
    }
    t->image = i->facts;
    t->image.head = t->image.program = (struct span){NULL, 0};
    uuid_format(uuid, t->image.uuid);
    snprintf(t->label, sizeof t->label, "%s (%s)", i->facts.name, uuid);

    bool ok = ends_open(&e, t);
    if (ok && image_check_again(i) != VERDICT_ACCEPT) {
        ends_close(&e);
        ta_free(d, t);
        snprintf(t->why, sizeof t->why, "%s", ta_image_fault_text(TA_IMAGE_GLITCH));
        return failed(t, TEE_ERROR_SECURITY);
    }
    t->pid = ok ? process_make(d, t, i, &e) : 0;
    ok = ok && t->pid > 0;
    if (ok) {
        d->nr_tas++;
        ok = watch(d, t, &e);
    } else {
        t->pid = 0;
    }
    if (!ok) {
        snprintf(t->why, sizeof t->why, "no process for it: %s", strerror(errno));
        if (t->pid) {
            kill(t->pid, SIGKILL);
            waitpid(t->pid, NULL, 0);
        }
        ta_free(d, t);
        ends_close(&e);
        return failed(t, TEE_ERROR_OUT_OF_MEMORY);
    }
    ends_close(&e);
    log_say(&d->log, LOG_NOTE,
            "trusted application %s version %u started as process %d%s", t->label,
            t->image.version, t->pid,
            t->image.marks & TA_DEVELOPMENT ? " (signed by a development key)" : "");
    watchdog_arm(d, t);
    start_send(d, t);
    return true;
}

void ta_stop(struct daemon *d, uint32_t index)
{
    struct ta *t = &d->tas[index];
    struct host_msg m = {.type = HOST_STOP};
    t->stopping = true;
    ta_ask(d, t, &m, NULL, -1);
}
