/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking at processes through /proc; p11_proc.h is the manual. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "test/system/p11_proc.h"

pid_t proc_fork(void)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0) {
        perror("fork");
        _exit(3);
    }
    return pid;
}

void proc_kill(pid_t pid, int signal)
{
    if (pid > 1)
        kill(pid, signal);
}

static ssize_t read_file(const char *pid, const char *name, char *buf, size_t cap)
{
    char path[300];
    snprintf(path, sizeof path, "/proc/%s/%s", pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = read(fd, buf, cap - 1);
    close(fd);
    if (n >= 0)
        buf[n] = '\0';
    return n;
}

/* Judged by its arguments: a daemon that is not dumpable hides its program from other
 * users' eyes. */
static bool serves(const char *pid, const char *state)
{
    char args[8192];
    ssize_t n = read_file(pid, "cmdline", args, sizeof args);
    const char *name = n > 0 ? strrchr(args, '/') : NULL;
    if (!name || strcmp(name, "/anchorhold-host") != 0)
        return false;
    for (char *a = args; a < args + n; a += strlen(a) + 1)
        if (strcmp(a, state) == 0)
            return true;
    return false;
}

pid_t proc_daemon(const char *state)
{
    DIR *d = opendir("/proc");
    pid_t found = 0;
    for (struct dirent *e; d && !found && (e = readdir(d));)
        if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && serves(e->d_name, state))
            found = atoi(e->d_name);
    if (d)
        closedir(d);
    return found;
}

/* State letter, parent and times of a process; false when it is gone. */
static bool stat_of(const char *pid, char *state, pid_t *parent, long *ticks)
{
    char text[1024];
    unsigned long user, system;
    if (read_file(pid, "stat", text, sizeof text) <= 0)
        return false;
    char *p = strrchr(text, ')');
    if (!p || sscanf(p + 1, " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", state,
                     parent, &user, &system) != 4)
        return false;
    *ticks = (long)(user + system);
    return true;
}

size_t proc_children(pid_t parent, pid_t *out, size_t cap)
{
    DIR *d = opendir("/proc");
    size_t n = 0;
    for (struct dirent *e; d && n < cap && (e = readdir(d));) {
        char state;
        pid_t p;
        long ticks;
        if (e->d_name[0] >= '1' && e->d_name[0] <= '9' &&
            stat_of(e->d_name, &state, &p, &ticks) && p == parent && state != 'Z')
            out[n++] = atoi(e->d_name);
    }
    if (d)
        closedir(d);
    return n;
}

long proc_ticks(pid_t pid)
{
    char name[16], state;
    pid_t parent;
    long ticks;
    snprintf(name, sizeof name, "%d", pid);
    return stat_of(name, &state, &parent, &ticks) && state != 'Z' ? ticks : -1;
}

bool proc_gone(pid_t pid, int ms)
{
    for (int i = 0; i <= ms / 5; i++) {
        if (proc_ticks(pid) < 0)
            return true;
        usleep(5000);
    }
    return false;
}

void proc_end_daemon(const char *state)
{
    pid_t pid = proc_daemon(state);
    if (!pid)
        return;
    proc_kill(pid, SIGTERM);
    if (!proc_gone(pid, 3000)) {
        proc_kill(pid, SIGKILL);
        proc_gone(pid, 3000);
    }
}
