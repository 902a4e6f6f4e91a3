/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clients of the listening socket. Who they are comes from the kernel (SO_PEERCRED,
 * SO_PEERGROUPS), never from what they say. A client that sends what no client sends is
 * dropped, with the reason in the log. The end of its process is watched by a pidfd
 * besides the socket, because a child may hold the socket open: a dead client's sessions
 * go at once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "daemon.h"
#include "version.h"

#define SO_PEERPIDFD_ 77 /* since Linux 6.5, not in every libc */
#define GROUPS_MAX    65536u

static uint32_t number_of(const struct daemon *d, const struct client *c)
{
    return (uint32_t)(c - d->clients) + 1;
}

struct peer *client_peer(struct daemon *d, uint32_t client)
{
    struct peer *p = NULL;
    uint32_t at = client & ~SESSION_CLIENT_TA;
    if (client & SESSION_CLIENT_TA)
        p = at < NR_TAS ? &d->tas[at].peer : NULL;
    else if (client)
        p = client <= NR_CLIENTS ? &d->clients[client - 1].peer : NULL;
    return p && p->source.fd >= 0 ? p : NULL;
}

void client_drop(struct daemon *d, struct client *c, const char *why)
{
    if (c->peer.source.fd < 0)
        return;
    if (why)
        log_say(&d->log, LOG_WARNING, "client with process id %d of user %u dropped: %s",
                c->pid, c->uid, why);
    peer_remove(&d->loop, &c->peer);
    loop_remove(&d->loop, &c->alive);
    free(c->groups);
    c->groups = NULL;
    d->nr_clients--;
    route_forget(d, number_of(d, c));
    session_client_gone(&d->mgr, number_of(d, c));
    route_run(d);
}

static void process_ended(void *arg, struct source *s, uint32_t events)
{
    (void)events;
    client_drop(arg, (struct client *)((char *)s - offsetof(struct client, alive)), NULL);
}

static const char *hello(struct daemon *d, struct client *c, const struct message *m)
{
    struct host_msg a = {
        .type = HOST_HELLO | HOST_ANSWER, .id = m->head.id, .a = HOST_VERSION};
    static const char version[] = AH_VERSION_STRING;
    if (m->head.a != HOST_VERSION) {
        a.result = TEE_ERROR_NOT_SUPPORTED;
        a.origin = TEE_ORIGIN_COMMS;
    }
    a.len = sizeof version - 1;
    c->greeted = a.result == TEE_SUCCESS;
    peer_send(&d->loop, &c->peer, &a, version, -1);
    return NULL;
}

static const char *status(struct daemon *d, struct client *c, const struct message *m)
{
    static char text[HOST_TEXT_MAX];
    struct host_msg a = {.type = HOST_STATUS | HOST_ANSWER, .id = m->head.id};
    a.len = (uint32_t)status_json(d, text, sizeof text);
    peer_send(&d->loop, &c->peer, &a, text, -1);
    return NULL;
}

static const char *take(struct daemon *d, struct client *c, const struct message *m)
{
    const char *why = NULL;
    if (m->head.type == HOST_HELLO)
        return hello(d, c, m);
    if (!c->greeted)
        return "it did not begin with HELLO of this protocol version";
    if (m->head.type == HOST_STATUS)
        return status(d, c, m);
    request_take(d, number_of(d, c), m, &why);
    return why;
}

static void client_ready(void *arg, struct source *s, uint32_t events)
{
    static struct message m;
    struct daemon *d = arg;
    struct client *c =
        (struct client *)((char *)s - offsetof(struct client, peer.source));
    if (events & EPOLLOUT)
        peer_flush(&d->loop, &c->peer);
    if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        return;
    const char *why = NULL;
    switch (peer_receive(&c->peer, &m)) {
    case PEER_NOTHING:
        return;
    case PEER_END:
        return client_drop(d, c, c->peer.broken ? "it does not read its answers" : NULL);
    case PEER_MALFORMED:
        why = "malformed message";
        break;
    case PEER_MESSAGE:
        why = take(d, c, &m);
        break;
    }
    if (m.fd >= 0)
        close(m.fd);
    if (why)
        client_drop(d, c, why);
}

static bool identify(struct client *c, int fd)
{
    struct ucred u;
    socklen_t len = sizeof u;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &u, &len) != 0)
        return false;
    c->pid = u.pid;
    c->uid = u.uid;
    c->gid = u.gid;
    len = 0;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) == 0 || errno != ERANGE ||
        len > GROUPS_MAX * sizeof(gid_t))
        return true; /* no supplementary groups */
    c->groups = malloc(len);
    if (!c->groups || getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, c->groups, &len) != 0)
        return false;
    c->nr_groups = (unsigned)(len / sizeof(gid_t));
    return true;
}

/* A client in another pid name space cannot be watched; its socket still tells. */
static void watch(struct daemon *d, struct client *c, int fd)
{
    int pidfd = -1;
    socklen_t len = sizeof pidfd;
    c->alive.fd = -1;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD_, &pidfd, &len) != 0)
        pidfd = c->pid > 0 ? (int)syscall(SYS_pidfd_open, c->pid, 0) : -1;
    if (pidfd >= 0 && !loop_add(&d->loop, &c->alive, pidfd, EPOLLIN, process_ended, d))
        close(pidfd);
}

void client_accept(struct daemon *d, int fd)
{
    struct client *c = d->clients;
    while (c < d->clients + NR_CLIENTS && c->peer.source.fd >= 0)
        c++;
    if (d->ending || c == d->clients + NR_CLIENTS) {
        if (!d->ending)
            log_say(&d->log, LOG_WARNING,
                    "a client is turned away: %u are connected already", NR_CLIENTS);
        close(fd);
        return;
    }
    *c = (struct client){.peer = {.source = {.fd = -1}}, .alive = {.fd = -1}};
    bool ok = identify(c, fd);
    if (ok && d->opt.private && c->uid != geteuid() && c->uid != 0) {
        log_say(&d->log, LOG_WARNING, "user %u is turned away from a private instance",
                c->uid);
        ok = false;
    }
    if (!ok || !peer_add(&d->loop, &c->peer, fd, client_ready, d)) {
        free(c->groups);
        close(fd);
        c->peer.source.fd = -1;
        return;
    }
    watch(d, c, fd);
    d->nr_clients++;
    d->idle_since_ms = 0;
}
