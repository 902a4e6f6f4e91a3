/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The birth of a TA process. Order matters: descriptors first, so that nothing of the
 * daemon's is left; then limits; then no new privileges, Landlock, and the filter last,
 * because setting up the others needs system calls that the filter forbids. The device
 * secret is in a page that a child does not inherit.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "host.h"
#include "spawn.h"

#define FD_PROGRAM 5
#define FD_STORE   6
#define FD_SPARE                                                                         \
    16 /* descriptors are first moved up here, so that none is overwritten               \
        */
#define FILES_MAX 64

static bool send_message(uint32_t type, const char *text, int fd)
{
    struct host_msg m = {.type = type, .len = text ? (uint32_t)strlen(text) : 0};
    struct iovec iov[2] = {{&m, sizeof m}, {(void *)(uintptr_t)text, m.len}};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.bytes = {0}};
    struct msghdr h = {.msg_iov = iov, .msg_iovlen = text ? 2 : 1};
    if (fd >= 0) {
        h.msg_control = control.bytes;
        h.msg_controllen = sizeof control.bytes;
        struct cmsghdr *c = CMSG_FIRSTHDR(&h);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    return sendmsg(HOST_FD_CONTROL, &h, MSG_NOSIGNAL) >= 0;
}

_Noreturn static void give_up(const char *what)
{
    char text[128];
    snprintf(text, sizeof text, "its sandbox could not be made: %s: %s", what,
             strerror(errno));
    send_message(HOST_PANIC, text, -1);
    _exit(1);
}

/* Each descriptor to its place; everything else is closed. */
static bool place_files(const struct spawn *s)
{
    const struct {
        int from, to;
    } moves[] = {
        {s->null, 0},
        {s->null, 1},
        {s->log, 2},
        {s->control, HOST_FD_CONTROL},
        {s->board, HOST_FD_BOARD},
        {s->program, FD_PROGRAM},
        {s->store, FD_STORE},
    };
    enum { N = sizeof moves / sizeof moves[0] };
    int high[N];
    for (int i = 0; i < N; i++) {
        high[i] =
            moves[i].from < 0 ? -1 : fcntl(moves[i].from, F_DUPFD_CLOEXEC, FD_SPARE);
        if (moves[i].from >= 0 && high[i] < 0)
            return false;
    }
    for (int i = 0; i < N; i++) {
        int flags = moves[i].to > HOST_FD_BOARD ? O_CLOEXEC : 0;
        if (high[i] >= 0 && dup3(high[i], moves[i].to, flags) < 0)
            return false;
    }
    return syscall(SYS_close_range, s->store < 0 ? FD_STORE : FD_STORE + 1, ~0u, 0) == 0;
}

static bool limit(int what, uint64_t value)
{
    const struct rlimit r = {value, value};
    return setrlimit((__rlimit_resource_t)what, &r) == 0;
}

static bool set_limits(const struct spawn *s)
{
    if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_NOFILE, FILES_MAX) ||
        !limit(RLIMIT_MSGQUEUE, 0))
        return false;
    if (!policy_confines) /* a sanitizer's shadow memory is terabytes of reservations */
        return true;
    return limit(RLIMIT_DATA, s->data_limit) && limit(RLIMIT_STACK, s->stack_limit);
}

static void calm_signals(void)
{
    sigset_t none;
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn static void child(const struct spawn *s, pid_t parent)
{
    calm_signals();
    if (!place_files(s))
        _exit(1);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(1);
    setsid();
    umask(077);
    if (chdir("/") != 0)
        give_up("root directory");
    if (!set_limits(s))
        give_up("limits");
    if (prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        give_up("privileges");
    if (policy_confines &&
        !landlock_confine(s->landlock_abi, s->store < 0 ? -1 : FD_STORE))
        give_up("Landlock");
    long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                            SECCOMP_FILTER_FLAG_NEW_LISTENER, &s->policy->filter);
    if (listener < 0)
        give_up("seccomp");
    if (!send_message(HOST_FILTER, NULL, (int)listener))
        _exit(1);
    close((int)listener);

    char *const argv[] = {(char *)(uintptr_t)s->name, NULL};
    char *const envp[] = {NULL};
    syscall(SYS_execveat, FD_PROGRAM, "", argv, envp, AT_EMPTY_PATH);
    give_up("execution");
}

pid_t spawn(const struct spawn *s)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        child(s, parent);
    return pid;
}
