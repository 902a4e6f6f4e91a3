/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The listening socket. A private one lies in the state directory, mode 0600; that of a
 * system-wide instance is open to a group. Its name may be longer than a socket address
 * can hold, so it is bound through the descriptor of its directory. A name left over by a
 * killed daemon is removed: the lock of the state directory says that nobody serves it.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "daemon.h"

#define GROUP "anchorhold"

static void accept_ready(void *arg, struct source *s, uint32_t events)
{
    (void)events;
    int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0)
        client_accept(arg, fd);
}

/* The directory of the socket and its name there. */
static int socket_dir(const struct daemon *d, const char **name)
{
    if (!d->opt.socket) {
        *name = HOST_SOCKET_NAME;
        return fcntl(d->state.dir, F_DUPFD_CLOEXEC, 0);
    }
    const char *slash = strrchr(d->opt.socket, '/');
    *name = slash ? slash + 1 : d->opt.socket;
    char *dir =
        slash ? strndup(d->opt.socket, (size_t)(slash - d->opt.socket) + 1) : strdup(".");
    int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(dir);
    return fd;
}

/* Who may connect: the owner, and for a system-wide instance the group. */
static bool open_to(int dir, const char *name, bool private)
{
    const struct group *g = private ? NULL : getgrnam(GROUP);
    if (g && fchownat(dir, name, (uid_t)-1, g->gr_gid, 0) != 0 && errno != EPERM)
        return false;
    return fchmodat(dir, name, private ? 0600 : 0660, 0) == 0;
}

static bool bind_in(int fd, int dir, const char *name, bool private)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    if (snprintf(a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d/%s", dir, name) >=
        (int)sizeof a.sun_path) {
        errno = ENAMETOOLONG;
        return false;
    }
    if (unlinkat(dir, name, 0) != 0 && errno != ENOENT)
        return false;
    if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0)
        return false;
    return open_to(dir, name, private);
}

bool listen_open(struct daemon *d, char *why, size_t why_len)
{
    const char *name = "";
    int dir = socket_dir(d, &name);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool ok = dir >= 0 && fd >= 0 && bind_in(fd, dir, name, d->opt.private) &&
              listen(fd, 128) == 0 &&
              loop_add(&d->loop, &d->listener, fd, EPOLLIN, accept_ready, d);
    if (!ok) {
        snprintf(why, why_len, "cannot listen on %s: %s",
                 d->opt.socket ? d->opt.socket : name, strerror(errno));
        if (fd >= 0)
            close(fd);
    }
    if (dir >= 0)
        close(dir);
    return ok;
}

void listen_close(struct daemon *d)
{
    const char *name;
    if (d->listener.fd < 0)
        return;
    int dir = socket_dir(d, &name);
    if (dir >= 0) {
        unlinkat(dir, name, 0);
        close(dir);
    }
    loop_remove(&d->loop, &d->listener);
}
