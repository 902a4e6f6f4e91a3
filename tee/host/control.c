/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The socket to the daemon. The main thread reads it and nothing else does: requests of
 * the daemon it acts on, answers it gives to the lane that waits for them (by the id that
 * the lane's request carried). Any thread may send, a datagram at a time.
 *
 * The daemon is this process's parent and the one that made its sandbox; without it there
 * is nothing to live for. So a lost socket ends the process at once, silently: the
 * daemon's log says why, and clients are told by the daemon or notice its death
 * themselves.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bytes.h"
#include "platform.h"

struct pending {
    struct pending *next;
    uint32_t id;
    bool done;
    struct control_answer *answer;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards what follows */
static pthread_cond_t answered = PTHREAD_COND_INITIALIZER;
static struct pending *waiting;
static uint32_t last_id;

void control_send(const struct host_msg *m, const void *text)
{
    struct iovec iov[2] = {{(void *)(uintptr_t)m, sizeof *m},
                           {(void *)(uintptr_t)text, text ? m->len : 0}};
    struct msghdr h = {.msg_iov = iov, .msg_iovlen = 2};
    ssize_t n;
    do
        n = sendmsg(HOST_FD_CONTROL, &h, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        _exit(0);
}

static void unlink_pending(const struct pending *p)
{
    for (struct pending **at = &waiting; *at; at = &(*at)->next) {
        if (*at == p) {
            *at = p->next;
            return;
        }
    }
}

void control_call(struct host_msg *m, const void *text, struct control_answer *a)
{
    struct pending p = {.answer = a};
    *a = (struct control_answer){.fd = -1};
    pthread_mutex_lock(&lock);
    p.id = m->id = ++last_id;
    p.next = waiting;
    waiting = &p;
    pthread_mutex_unlock(&lock);
    control_send(m, text);
    pthread_mutex_lock(&lock);
    while (!p.done)
        pthread_cond_wait(&answered, &lock);
    unlink_pending(&p);
    pthread_mutex_unlock(&lock);
}

static void deliver(const struct host_msg *m, const char *text, size_t len, int fd)
{
    pthread_mutex_lock(&lock);
    struct pending *p = waiting;
    while (p && (p->id != m->id || p->done))
        p = p->next;
    if (p) {
        struct control_answer *a = p->answer;
        a->msg = *m;
        a->fd = fd;
        memcpy(a->text, text, len < sizeof a->text ? len : sizeof a->text);
        p->done = true;
        pthread_cond_broadcast(&answered);
    } else if (fd >= 0) {
        close(fd);
    }
    pthread_mutex_unlock(&lock);
}

/* The descriptor that came along, -1 without one; surplus ones are closed. */
static int take_fd(struct msghdr *h)
{
    int fd = -1;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t at = CMSG_LEN(0); at + sizeof fd <= c->cmsg_len; at += sizeof fd) {
            if (fd >= 0)
                close(fd);
            memcpy(&fd, (const char *)c + at, sizeof fd);
        }
    }
    return fd;
}

static void start(const struct host_msg *m, const char *text, int fd)
{
    struct host_start s;
    if (m->len != sizeof s)
        _exit(1);
    memcpy(&s, text, sizeof s);
    start_accept(&s, fd);
    os_init(s.nr_cpus);
    permit_init(s.lanes);
    life_begin();
}

static void act(const struct host_msg *m, const char *text, int fd)
{
    switch (m->type) {
    case HOST_START:
        start(m, text, fd);
        return; /* keeps fd */
    case HOST_ATTACH:
        session_attach(m, fd);
        break;
    case HOST_DETACH:
        session_detach(m);
        break;
    case HOST_MAP:
        session_map(m, fd);
        break;
    case HOST_UNMAP:
        session_unmap(m);
        break;
    case HOST_STOP:
        life_end();
        break;
    default: /* GONE of a TA that we call: its channel says the same */
        break;
    }
    if (fd >= 0)
        close(fd);
}

void control_serve(int ms)
{
    static char text[HOST_TEXT_MAX];
    struct pollfd p = {.fd = HOST_FD_CONTROL, .events = POLLIN};
    if (ms >= 0 && poll(&p, 1, ms) <= 0)
        return;
    struct host_msg m;
    struct iovec iov[2] = {{&m, sizeof m}, {text, sizeof text}};
    _Alignas(struct cmsghdr) char anc[CMSG_SPACE(4 * sizeof(int))];
    struct msghdr h = {.msg_iov = iov,
                       .msg_iovlen = 2,
                       .msg_control = anc,
                       .msg_controllen = sizeof anc};
    ssize_t n = recvmsg(HOST_FD_CONTROL, &h, MSG_CMSG_CLOEXEC);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n < (ssize_t)sizeof m || m.len != (size_t)n - sizeof m)
        _exit(0);
    int fd = take_fd(&h);
    if (m.type & HOST_ANSWER) {
        deliver(&m, text, m.len, fd);
        wipe(text, m.len); /* it may have been a key */
    } else {
        act(&m, text, fd);
    }
}
