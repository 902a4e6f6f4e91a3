/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls that a TA's filter does not know. The kernel holds the thread and tells
 * us; we name the call in the log and end the process, so it never returns from it. Two
 * are special: the exec of its birth, which our own code performs before the program
 * runs, and tgkill(), by which abort() ends a process.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "daemon.h"

static void let_through(struct ta *t, const struct seccomp_notif *n)
{
    struct seccomp_notif_resp r = {.id = n->id,
                                   .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    t->execed = true;
    ioctl(t->notify.fd, SECCOMP_IOCTL_NOTIF_SEND, &r);
}

static void judge(struct daemon *d, struct ta *t, const struct seccomp_notif *n)
{
    if (!t->execed && n->data.nr == SYS_execveat)
        return let_through(t, n);
    if (n->data.nr == SYS_tgkill && n->data.args[2] == SIGABRT)
        return ta_kill(d, t, TEE_ERROR_TARGET_DEAD, "it aborted");
    char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, n->data.nr);
    ta_kill(d, t, TEE_ERROR_TARGET_DEAD, "forbidden system call %s() (number %d)",
            name ? name : "unknown", n->data.nr);
    free(name);
}

static void notify_ready(void *arg, struct source *s, uint32_t events)
{
    struct daemon *d = arg;
    struct ta *t = (struct ta *)((char *)s - offsetof(struct ta, notify));
    union {
        struct seccomp_notif n;
        char room[256]; /* a newer kernel may tell more */
    } u = {.room = {0}};
    if (events & EPOLLIN) {
        if (ioctl(s->fd, SECCOMP_IOCTL_NOTIF_RECV, &u.n) == 0)
            judge(d, t, &u.n);
    } else {
        loop_remove(&d->loop, s); /* no thread of it is left */
    }
}

void notify_open(struct daemon *d, struct ta *t, int fd)
{
    if (t->notify.fd >= 0 || fd < 0 ||
        !loop_add(&d->loop, &t->notify, fd, EPOLLIN, notify_ready, d)) {
        if (fd >= 0)
            close(fd);
        ta_kill(d, t, TEE_ERROR_GENERIC, "its filter is not as expected");
    }
}
