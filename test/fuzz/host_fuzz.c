/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The daemon's control protocol from hostile clients and a hostile TA. The daemon runs in
 * this process with two clients and one TA that are only sockets; each record of the
 * input becomes a message from one of them, with session numbers that often exist, and
 * the loop takes it. After every message the session manager's invariant holds; after the
 * input nothing is left open.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bytes.h"
#include "host/daemon.h"
#include "test/fuzz/fuzz.h"

#define PEERS 3 /* two clients and the TA */

static struct daemon d;
static int ends[PEERS]; /* ours */

static const uint8_t types[] = {
    HOST_HELLO,
    HOST_OPEN,
    HOST_CLOSE,
    HOST_SHARE,
    HOST_UNSHARE,
    HOST_STATUS,
    HOST_DERIVE,
    HOST_ATTACH | HOST_ANSWER,
    HOST_DETACH | HOST_ANSWER,
    HOST_MAP | HOST_ANSWER,
    HOST_UNMAP | HOST_ANSWER,
    HOST_OPEN,
    HOST_ATTACH | HOST_ANSWER,
    HOST_READY,
    HOST_PANIC,
    0x7e,
    0x55,
};

/* A whole life: attach, open by the other client, share, unshare, derive, close, detach,
 * and again. */
void fuzz_seeds(void)
{
    /* type, who, fd, session, odd, id, login, gid, shm, a */
    static const uint8_t life[][10] = {
        {7, 2, 0, 0, 0, 0, 0, 0, 0, 0},  {11, 1, 0, 0, 0, 9, 1, 0, 0, 0},
        {7, 2, 0, 1, 0, 0, 0, 0, 0, 0},  {3, 0, 5, 0, 0, 7, 0, 0, 1, 0},
        {9, 2, 0, 0, 0, 0, 0, 0, 0, 0},  {4, 0, 0, 0, 0, 8, 0, 0, 1, 0},
        {10, 2, 0, 0, 0, 0, 0, 0, 0, 0}, {5, 1, 0, 0, 0, 3, 0, 0, 0, 0},
        {2, 0, 0, 0, 0, 4, 0, 0, 0, 0},  {8, 2, 0, 0, 0, 0, 0, 0, 0, 0},
        {1, 0, 0, 0, 0, 5, 2, 0, 0, 0},  {7, 2, 0, 0, 1, 0, 0, 0, 0, 0},
        {1, 2, 0, 0, 0, 5, 0, 0, 0, 0},  {7, 2, 0, 2, 0, 0, 0, 0, 0, 0},
        {2, 2, 0, 2, 0, 6, 0, 0, 0, 0},  {8, 2, 0, 2, 0, 0, 0, 0, 0, 0},
        {2, 1, 0, 1, 0, 6, 0, 0, 0, 0},  {14, 2, 0, 0, 1, 0, 0, 0, 0, 0},
    };
    uint8_t derive_it[11] = {6, 2, 0, 0, 4, 1, 0, 0, 0, 32, 5};
    fuzz_seed("life", life, sizeof life);
    fuzz_seed("derive", derive_it, sizeof derive_it);
    for (size_t n = 1; n < sizeof life / sizeof life[0]; n += 3)
        fuzz_seed("part", life, n * sizeof life[0]);
}

static void daemon_init(void)
{
    static const uint8_t secret[DEVICE_SECRET_BYTES];
    memset(&d, 0, sizeof d);
    d.opt = (struct options){.state = "/fuzz", .idle_s = 30, .call_limit_s = 60};
    d.log = (struct log){.dir = -1, .fd = -1};
    d.state = (struct state){.dir = -1, .lock = -1, .store = -1, .device_secret = secret};
    d.listener.fd = d.signals.fd = -1;
    for (unsigned i = 0; i < NR_CLIENTS; i++)
        d.clients[i].peer.source.fd = d.clients[i].alive.fd = -1;
    for (unsigned i = 0; i < NR_TAS; i++)
        d.tas[i].peer.source.fd = d.tas[i].exit.fd = d.tas[i].text.fd =
            d.tas[i].notify.fd = -1;
    for (unsigned i = 0; i < NR_SESSIONS; i++)
        d.routes[i].channel_fd = -1;
    for (unsigned i = 0; i < IMAGES_KEPT; i++)
        d.images.images[i].program = -1;
    session_init(&d.mgr, d.sessions, 32, d.instances, 4,
                 24); /* small: session_check() is slow */
    if (!loop_init(&d.loop))
        abort();
}

/* A TA that runs, as far as the daemon can see; client 1 has a session with it. */
static void ta_init(void)
{
    static const uint8_t uuid[16] = {1};
    int pair[2];
    uint32_t id;
    struct session_action a;
    struct ta *t = &d.tas[0];
    if (session_open(&d.mgr, &id, 1, uuid, TA_FLAG_MASK) != OK ||
        !session_next(&d.mgr, &a) || a.act != SESSION_DO_START || a.instance != 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        abort();
    ends[2] = pair[0];
    t->pid = getpid();
    t->ready = t->execed = true;
    memcpy(t->image.uuid, uuid, sizeof uuid);
    snprintf(t->image.name, sizeof t->image.name, "fuzz");
    snprintf(t->label, sizeof t->label, "fuzz");
    t->result = TEE_ERROR_TARGET_DEAD;
    ta_listen(&d, t, pair[1]);
    d.routes[id & (SESSION_NR_MAX - 1)].id = id;
    session_started(&d.mgr, 0);
    route_run(&d);
}

static void drain(void)
{
    static char text[sizeof(struct host_msg) + HOST_TEXT_MAX];
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    for (int i = 0; i < PEERS; i++) {
        for (;;) {
            struct iovec iov = {text, sizeof text};
            struct msghdr h = {.msg_iov = &iov,
                               .msg_iovlen = 1,
                               .msg_control = control,
                               .msg_controllen = sizeof control};
            if (recvmsg(ends[i], &h, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) <= 0)
                break;
            struct cmsghdr *c = CMSG_FIRSTHDR(&h);
            int fd;
            if (!c)
                continue;
            memcpy(&fd, CMSG_DATA(c), sizeof fd);
            close(fd);
        }
    }
}

/* -1, a memfd that may be shared, one that may not, or something else. */
static int make_fd(uint8_t kind)
{
    if ((kind & 7) < 3)
        return -1;
    if ((kind & 7) == 3)
        return dup(0);
    int fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (ftruncate(fd, 4096) != 0 ||
        ((kind & 7) > 4 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) != 0))
        abort();
    return fd;
}

static void say(int end, const void *bytes, size_t len, int fd)
{
    struct iovec iov = {(void *)(uintptr_t)bytes, len};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {0};
    struct msghdr h = {.msg_iov = &iov, .msg_iovlen = 1};
    if (fd >= 0) {
        h.msg_control = control;
        h.msg_controllen = sizeof control;
        struct cmsghdr *c = CMSG_FIRSTHDR(&h);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    sendmsg(end, &h, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void record(struct rd *r)
{
    struct {
        struct host_msg m;
        char text[256];
    } w = {.m = {.type = types[rd_u8(r) % sizeof types]}};
    uint8_t who = rd_u8(r), fd_kind = rd_u8(r), session = rd_u8(r), odd = rd_u8(r);
    w.m.id = rd_u8(r);
    if (w.m.type == (HOST_MAP | HOST_ANSWER) || w.m.type == (HOST_UNMAP | HOST_ANSWER))
        w.m.id = d.pending[w.m.id % 8].id;
    w.m.session = session & 0x80 ? session * 0x01010101u : d.sessions[session % 16].id;
    w.m.login = rd_u8(r) % 4;
    w.m.gid = rd_u8(r) & 1 ? 12345 : getgid();
    w.m.shm = rd_u8(r) % 4;
    w.m.size = w.m.shm * 2048u;
    w.m.a = w.m.type == HOST_HELLO ? HOST_VERSION : rd_u8(r) % 70;
    w.m.result = odd & 1 ? 0xffff000c : 0;
    w.m.uuid[0] = odd & 2 ? 2 : 1;
    w.m.len = odd & 4 ? rd_u8(r) % 80 : 0;
    int fd = make_fd(fd_kind);
    say(ends[who % PEERS], &w, sizeof w.m + w.m.len + (odd & 0x80 ? 1 : 0), fd);
    if (fd >= 0)
        close(fd);
}

static void end_all(void)
{
    for (unsigned i = 0; i < NR_CLIENTS; i++)
        client_drop(&d, &d.clients[i], NULL);
    session_died(&d.mgr, 0, ERR_DEAD);
    session_ended(&d.mgr, 0);
    route_run(&d);
    peer_remove(&d.loop, &d.tas[0].peer);
    loop_remove(&d.loop, &d.tas[0].notify);
    close(d.loop.epoll);
    for (int i = 0; i < PEERS; i++)
        close(ends[i]);
    for (unsigned i = 0; i < NR_SESSIONS; i++)
        if (d.sessions[i].state != SESSION_FREE || d.routes[i].channel ||
            d.routes[i].channel_fd >= 0)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd r = rd_init(data, size);
    int first_free = dup(0);
    close(first_free);
    daemon_init();
    for (int i = 0; i < 2; i++) {
        int pair[2];
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
            abort();
        ends[i] = pair[0];
        client_accept(&d, pair[1]);
        const struct host_msg hello = {.type = HOST_HELLO, .a = HOST_VERSION};
        say(ends[i], &hello, sizeof hello, -1);
    }
    ta_init();
    for (int n = 0; n < 200 && r.left && !r.bad; n++) {
        loop_turn(&d.loop, 0);
        drain();
        record(&r);
        loop_turn(&d.loop, 0);
        if (!session_check(&d.mgr))
            abort();
    }
    drain();
    end_all();
    int now_free = dup(0);
    close(now_free);
    if (now_free != first_free)
        abort(); /* a descriptor was left open */
    return 0;
}
