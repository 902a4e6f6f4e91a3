/* SPDX-License-Identifier: BSD-2-Clause */
/* The log file. A line that cannot be written is lost; the daemon goes on. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "host.h"
#include "log.h"

#define OLD_NAME HOST_LOG_NAME ".1"

static const char *const level_names[] = {"error", "warning", "note", "debug"};

static void reopen(struct log *l)
{
    struct stat st;
    l->fd = openat(l->dir, HOST_LOG_NAME,
                   O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    l->size = l->fd >= 0 && fstat(l->fd, &st) == 0 ? (size_t)st.st_size : 0;
}

void log_open(struct log *l, int state_dir, bool also_stderr)
{
    l->dir = state_dir;
    l->also_stderr = also_stderr;
    reopen(l);
}

static void rotate(struct log *l)
{
    close(l->fd);
    renameat(l->dir, HOST_LOG_NAME, l->dir, OLD_NAME);
    reopen(l);
}

static size_t stamp(char *out, size_t cap)
{
    struct timespec t;
    struct tm tm;
    clock_gettime(CLOCK_REALTIME, &t);
    gmtime_r(&t.tv_sec, &tm);
    size_t n = strftime(out, cap, "%Y-%m-%dT%H:%M:%S", &tm);
    return n + (size_t)snprintf(out + n, cap - n, ".%03ldZ ", t.tv_nsec / 1000000);
}

void log_say(struct log *l, enum log_level level, const char *format, ...)
{
    char line[1200];
    size_t head = stamp(line, sizeof line);
    head += (size_t)snprintf(line + head, sizeof line - head, "%s: ", level_names[level]);
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line + head, sizeof line - head - 1, format, args);
    va_end(args);
    if (n < 0)
        return;
    size_t len = head + (size_t)n < sizeof line - 2 ? head + (size_t)n : sizeof line - 2;
    for (size_t i = head; i < len; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[len++] = '\n';

    if (l->fd >= 0) {
        if (l->size + len > LOG_BYTES)
            rotate(l);
        if (l->fd >= 0 && write(l->fd, line, len) == (ssize_t)len)
            l->size += len;
    }
    if (l->also_stderr && write(STDERR_FILENO, line, len) < 0)
        l->also_stderr = false;
}
