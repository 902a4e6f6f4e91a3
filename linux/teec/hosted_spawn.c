/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting a private daemon from inside somebody else's program, without leaving a trace
 * in it: the child is made by clone without an exit signal, so the program's SIGCHLD
 * handler and its wait() never see it; it makes the daemon its own child and ends.
 * Between clone and exec there are only system calls, because other threads of the
 * program may hold any lock of the C library.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "hosted.h"

#define START_MS 20000

/* Beside this library: ../libexec/anchorhold/anchorhold-host. */
static bool daemon_path(char *out, size_t len)
{
    Dl_info info;
    char file[4096], *slash;
    if (!dladdr((void *)(uintptr_t)&spawn_daemon, &info) ||
        !realpath(info.dli_fname, file) || !(slash = strrchr(file, '/')))
        return false;
    *slash = 0;
    int n = snprintf(out, len, "%s/../libexec/anchorhold/anchorhold-host", file);
    return n > 0 && (size_t)n < len;
}

/* The daemon to be: only system calls, and never returns. */
static _Noreturn void become(const char *path, char *const argv[], int null, int ready)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    if (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) != 0)
        syscall(SYS_exit_group, 0);
    umask(077);
    /* Out of the way of the numbers that are set below. */
    null = fcntl(null, F_DUPFD, 10);
    ready = fcntl(ready, F_DUPFD, 10);
    for (int fd = 0; fd <= 2; fd++)
        syscall(SYS_dup3, null, fd, 0);
    syscall(SYS_dup3, ready, HOST_FD_READY, 0);
    syscall(SYS_close_range, HOST_FD_READY + 1, ~0u, 0);
    execve(path, argv, environ);
    static const char why[] = "anchorhold-host cannot be run\n";
    ssize_t unused = write(HOST_FD_READY, why, sizeof why - 1);
    (void)unused;
    syscall(SYS_exit_group, 127);
    __builtin_unreachable();
}

/* Read the line on the readiness pipe; true when it says ready. */
static bool await_ready(int fd, char *why, size_t len)
{
    size_t n = 0;
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int ready = poll(&p, 1, START_MS);
        if (ready < 0 && errno == EINTR)
            continue;
        ssize_t got = ready > 0 && n < len - 1 ? read(fd, why + n, len - 1 - n) : 0;
        if (got <= 0)
            break;
        n += (size_t)got;
        if (memchr(why, '\n', n))
            break;
    }
    why[n] = 0;
    why[strcspn(why, "\n")] = 0;
    if (strcmp(why, "ready") == 0)
        return true;
    if (!why[0])
        snprintf(why, len, "it ended without a word");
    return false;
}

TEEC_Result spawn_daemon(const char *state, char *why, size_t why_len)
{
    char path[4200], dir[4096];
    char private_arg[] = "--private", state_arg[] = "--state", ready_arg[] = "--ready";
    char ready_fd[] = {'0' + HOST_FD_READY, 0};
    char *const argv[] = {path, private_arg, state_arg, dir, ready_arg, ready_fd, NULL};
    int pipe_fd[2];
    if (getauxval(AT_SECURE)) {
        snprintf(why, why_len, "not from a set-user-ID program");
        return TEEC_ERROR_ACCESS_DENIED;
    }
    if (!daemon_path(path, sizeof path) || access(path, X_OK) != 0 ||
        !realpath(state, dir)) {
        snprintf(why, why_len, "no anchorhold-host beside this library");
        return TEEC_ERROR_ITEM_NOT_FOUND;
    }
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || pipe2(pipe_fd, O_CLOEXEC) != 0) {
        snprintf(why, why_len, "%s", strerror(errno));
        if (null >= 0)
            close(null);
        return TEEC_ERROR_OUT_OF_MEMORY;
    }
    long child = syscall(SYS_clone, 0, 0, 0, 0, 0);
    if (child == 0)
        become(path, argv, null, pipe_fd[1]);
    close(null);
    close(pipe_fd[1]);
    while (child > 0 && waitpid((pid_t)child, NULL, __WALL) < 0 && errno == EINTR)
        ;
    bool ok = child > 0 && await_ready(pipe_fd[0], why, why_len);
    close(pipe_fd[0]);
    return ok ? TEEC_SUCCESS : TEEC_ERROR_COMMUNICATION;
}
