/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control sockets. SOCK_SEQPACKET keeps the borders of messages, so a short or long
 * datagram is malformed and never half of something. Descriptors beyond the one that is
 * expected are closed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bytes.h"
#include "peer.h"

struct queued {
    struct queued *next;
    int fd;
    size_t len;
    uint8_t bytes[];
};

#define FDS_TAKEN                                                                        \
    8 /* room for more than the one, so that a surplus is seen and closed                \
       */

bool peer_add(struct loop *l, struct peer *p, int fd,
              void (*ready)(void *arg, struct source *s, uint32_t events), void *arg)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
        return false;
    *p = (struct peer){.source = {.fd = -1}};
    p->tail = &p->head;
    return loop_add(l, &p->source, fd, EPOLLIN, ready, arg);
}

static void queued_free(struct queued *q)
{
    if (q->fd >= 0)
        close(q->fd);
    wipe(q->bytes, q->len);
    free(q);
}

void peer_remove(struct loop *l, struct peer *p)
{
    loop_remove(l, &p->source);
    while (p->head) {
        struct queued *q = p->head;
        p->head = q->next;
        queued_free(q);
    }
    p->tail = &p->head;
    p->queued = 0;
}

/* The first descriptor of the control messages; all others are closed. */
static int take_fd(struct msghdr *h)
{
    int taken = -1;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (taken < 0)
                taken = fd;
            else
                close(fd);
        }
    }
    return taken;
}

enum peer_got peer_receive(struct peer *p, struct message *m)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(FDS_TAKEN * sizeof(int))];
    } control;
    struct iovec iov[2] = {{&m->head, sizeof m->head}, {m->text, HOST_TEXT_MAX}};
    struct msghdr h = {.msg_iov = iov,
                       .msg_iovlen = 2,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof control.bytes};
    m->fd = -1;
    ssize_t n = recvmsg(p->source.fd, &h, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? PEER_NOTHING : PEER_END;
    m->fd = take_fd(&h);
    if (n == 0 && m->fd < 0)
        return PEER_END;
    if ((size_t)n < sizeof m->head || (h.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ||
        m->head.len != (size_t)n - sizeof m->head) {
        if (m->fd >= 0)
            close(m->fd);
        m->fd = -1;
        return PEER_MALFORMED;
    }
    m->text[m->head.len] = 0;
    return PEER_MESSAGE;
}

/* 1 sent, 0 no room, -1 broken. */
static int send_one(int sock, const void *bytes, size_t len, int fd)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec iov = {(void *)(uintptr_t)bytes, len};
    struct msghdr h = {.msg_iov = &iov, .msg_iovlen = 1};
    if (fd >= 0) {
        memset(&control, 0, sizeof control);
        h.msg_control = control.bytes;
        h.msg_controllen = sizeof control.bytes;
        struct cmsghdr *c = CMSG_FIRSTHDR(&h);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    if (sendmsg(sock, &h, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
        return 1;
    return errno == EAGAIN || errno == EINTR || errno == ETOOMANYREFS ? 0 : -1;
}

static struct queued *queued_make(const struct host_msg *m, const void *text, int fd)
{
    struct queued *q = malloc(sizeof *q + sizeof *m + m->len);
    if (!q)
        return NULL;
    q->next = NULL;
    q->len = sizeof *m + m->len;
    memcpy(q->bytes, m, sizeof *m);
    if (m->len)
        memcpy(q->bytes + sizeof *m, text, m->len);
    q->fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (fd >= 0 && q->fd < 0) {
        queued_free(q);
        return NULL;
    }
    return q;
}

void peer_send(struct loop *l, struct peer *p, const struct host_msg *m, const void *text,
               int fd)
{
    uint8_t whole[sizeof *m + HOST_TEXT_MAX];
    if (p->source.fd < 0 || p->broken || m->len > HOST_TEXT_MAX)
        return;
    if (!p->head) {
        memcpy(whole, m, sizeof *m);
        if (m->len)
            memcpy(whole + sizeof *m, text, m->len);
        int sent = send_one(p->source.fd, whole, sizeof *m + m->len, fd);
        wipe(whole, sizeof *m + m->len);
        if (sent > 0)
            return;
        if (sent < 0) {
            p->broken = true;
            shutdown(p->source.fd, SHUT_RDWR); /* its end comes as an event */
            return;
        }
    }
    struct queued *q = p->queued < PEER_QUEUE_MAX ? queued_make(m, text, fd) : NULL;
    if (!q) {
        p->broken = true;
        shutdown(p->source.fd, SHUT_RDWR);
        return;
    }
    *p->tail = q;
    p->tail = &q->next;
    if (p->queued++ == 0)
        loop_change(l, &p->source, EPOLLIN | EPOLLOUT);
}

void peer_flush(struct loop *l, struct peer *p)
{
    while (p->head) {
        struct queued *q = p->head;
        int sent = send_one(p->source.fd, q->bytes, q->len, q->fd);
        if (sent == 0)
            return;
        p->broken = p->broken || sent < 0;
        p->head = q->next;
        p->tail = p->head ? p->tail : &p->head;
        p->queued--;
        queued_free(q);
    }
    loop_change(l, &p->source, EPOLLIN);
}
