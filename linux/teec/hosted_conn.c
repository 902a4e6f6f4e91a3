/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A connection to the daemon. Any thread may ask; answers may come in any order. Of the
 * threads that wait, one reads, and hands each answer to the thread whose id it carries;
 * when it has its own it leaves the reading to the next. A connection that fails stays
 * failed, and everybody who waits is told; who wants to go on dials anew.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "hosted.h"

struct pending {
    struct pending *next;
    uint32_t id;
    bool done;
    struct conn_answer *answer;
};

struct conn {
    int fd;
    _Atomic unsigned refs;
    atomic_bool dead;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    struct pending *waiting;
    uint32_t last_id;
    bool reading; /* a thread is in receive(), which alone uses text */
    char text[HOST_TEXT_MAX];
};

struct conn *conn_new(int fd)
{
    struct conn *c = calloc(1, sizeof *c);
    fork_own(fd);
    if (!c) {
        fork_close(fd);
        return NULL;
    }
    c->fd = fd;
    atomic_init(&c->refs, 1);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->changed, NULL);
    return c;
}

struct conn *conn_hold(struct conn *c)
{
    atomic_fetch_add(&c->refs, 1);
    return c;
}

void conn_drop(struct conn *c)
{
    if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
        return;
    fork_close(c->fd);
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

void conn_shutdown(struct conn *c)
{
    shutdown(c->fd, SHUT_RDWR);
}

static bool send_msg(struct conn *c, const struct host_msg *m, const void *text, int fd)
{
    struct iovec iov[2] = {{(void *)(uintptr_t)m, sizeof *m},
                           {(void *)(uintptr_t)text, text ? m->len : 0}};
    _Alignas(struct cmsghdr) char anc[CMSG_SPACE(sizeof fd)];
    struct msghdr h = {.msg_iov = iov, .msg_iovlen = 2};
    if (fd >= 0) {
        memset(anc, 0, sizeof anc);
        h.msg_control = anc;
        h.msg_controllen = sizeof anc;
        struct cmsghdr *cm = CMSG_FIRSTHDR(&h);
        cm->cmsg_level = SOL_SOCKET;
        cm->cmsg_type = SCM_RIGHTS;
        cm->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(cm), &fd, sizeof fd);
    }
    ssize_t n;
    do
        n = sendmsg(c->fd, &h, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n >= 0;
}

static int take_fd(struct msghdr *h)
{
    int fd = -1;
    struct cmsghdr *cm = CMSG_FIRSTHDR(h);
    if (cm && cm->cmsg_level == SOL_SOCKET && cm->cmsg_type == SCM_RIGHTS &&
        cm->cmsg_len == CMSG_LEN(sizeof fd)) {
        memcpy(&fd, CMSG_DATA(cm), sizeof fd);
        fork_own(fd);
    }
    return fd;
}

/* Hand an answer over; the lock is held. */
static void deliver(struct conn *c, const struct host_msg *m, size_t len, int fd)
{
    struct pending *p = c->waiting;
    while (p && (p->done || p->id != m->id || !(m->type & HOST_ANSWER)))
        p = p->next;
    if (!p) { /* GONE, for instance: the channel says the same */
        fork_close(fd);
        return;
    }
    struct conn_answer *a = p->answer;
    a->msg = *m;
    a->fd = fd;
    if (a->text && a->cap) {
        size_t n = len < a->cap - 1 ? len : a->cap - 1;
        memcpy(a->text, c->text, n);
        a->text[n] = 0;
    }
    p->done = true;
}

/* Read one message as the one reader; the lock is held on entry and return. */
static void receive(struct conn *c, int flags)
{
    struct host_msg m;
    struct iovec iov[2] = {{&m, sizeof m}, {c->text, sizeof c->text}};
    _Alignas(struct cmsghdr) char anc[CMSG_SPACE(sizeof(int))];
    struct msghdr h = {.msg_iov = iov,
                       .msg_iovlen = 2,
                       .msg_control = anc,
                       .msg_controllen = sizeof anc};
    c->reading = true;
    pthread_mutex_unlock(&c->lock);
    ssize_t n = recvmsg(c->fd, &h, MSG_CMSG_CLOEXEC | flags);
    int error = errno;
    int fd = n > 0 ? take_fd(&h) : -1;
    pthread_mutex_lock(&c->lock);
    c->reading = false;
    if (n >= (ssize_t)sizeof m && m.len == (size_t)n - sizeof m)
        deliver(c, &m, m.len, fd);
    else if (n >= 0 || (error != EINTR && error != EAGAIN))
        atomic_store(&c->dead, true);
    pthread_cond_broadcast(&c->changed);
}

static void unlink_pending(struct conn *c, const struct pending *p)
{
    for (struct pending **at = &c->waiting; *at; at = &(*at)->next) {
        if (*at == p) {
            *at = p->next;
            return;
        }
    }
}

TEEC_Result conn_call(struct conn *c, struct host_msg *m, const void *text, int fd,
                      struct conn_answer *a)
{
    struct pending p = {.answer = a};
    a->fd = -1;
    pthread_mutex_lock(&c->lock);
    p.id = m->id = ++c->last_id;
    p.next = c->waiting;
    c->waiting = &p;
    pthread_mutex_unlock(&c->lock);
    bool sent = !atomic_load(&c->dead) && send_msg(c, m, text, fd);
    pthread_mutex_lock(&c->lock);
    if (!sent)
        atomic_store(&c->dead, true);
    while (!p.done && !atomic_load(&c->dead)) {
        if (c->reading)
            pthread_cond_wait(&c->changed, &c->lock);
        else
            receive(c, 0);
    }
    unlink_pending(c, &p);
    pthread_mutex_unlock(&c->lock);
    if (p.done)
        return a->msg.result;
    message_set("the hosted TEE has ended");
    return TEEC_ERROR_COMMUNICATION;
}

bool conn_alive(struct conn *c)
{
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    if (!atomic_load(&c->dead) && poll(&p, 1, 0) > 0) {
        pthread_mutex_lock(&c->lock);
        if (!c->reading)
            receive(c, MSG_DONTWAIT);
        pthread_mutex_unlock(&c->lock);
    }
    return !atomic_load(&c->dead);
}
