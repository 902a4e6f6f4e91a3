/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a TA writes to its log: lines, taken from a pipe and put into ours under the TA's
 * name. No more than LINES_PER_S of them count in a second, a line is cut at the size of
 * its buffer, and of a flood only as much is read at a time that others are served
 * between.
 */
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "daemon.h"

#define LINES_PER_S 200u

static void say_line(struct daemon *d, struct ta *t, char *line)
{
    enum log_level level = LOG_NOTE;
    if (line[0] == '<' && line[1] >= '0' && line[1] <= '3' && line[2] == '>') {
        level = (enum log_level)(line[1] - '0'); /* the levels of sys_log() are ours */
        line += 3;
    }
    if (strncmp(line, "fault: ", 7) == 0)
        snprintf(t->fault, sizeof t->fault, "%.*s", (int)sizeof t->fault - 1, line + 7);
    uint64_t second = loop_now_ms() / 1000;
    if (second != t->say.second) {
        if (t->say.dropped)
            log_say(&d->log, LOG_WARNING, "%s: %u more lines in one second, not shown",
                    t->label, t->say.dropped);
        t->say.second = second;
        t->say.in_second = t->say.dropped = 0;
    }
    if (t->say.in_second++ < LINES_PER_S)
        log_say(&d->log, level, "%s: %s", t->label, line);
    else
        t->say.dropped++;
}

static void say_bytes(struct daemon *d, struct ta *t, const char *p, size_t len)
{
    for (; len; p++, len--) {
        bool full = t->say.len == sizeof t->say.line - 1;
        if (*p != '\n' && !full) {
            t->say.line[t->say.len++] = *p;
            continue;
        }
        t->say.line[t->say.len] = 0;
        if (t->say.len)
            say_line(d, t, t->say.line);
        t->say.len = 0;
    }
}

/* At most rounds times what fits: a TA that writes without end must not keep us here. */
static void drain(struct daemon *d, struct ta *t, int rounds)
{
    char buf[4096];
    while (rounds-- > 0 && t->text.fd >= 0) {
        ssize_t n = read(t->text.fd, buf, sizeof buf);
        if (n > 0)
            say_bytes(d, t, buf, (size_t)n);
        else if (n == 0)
            loop_remove(&d->loop, &t->text);
        else
            return;
    }
}

static void text_ready(void *arg, struct source *s, uint32_t events)
{
    (void)events;
    drain(arg, (struct ta *)((char *)s - offsetof(struct ta, text)), 1);
}

bool ta_text_open(struct daemon *d, struct ta *t, int fd)
{
    return loop_add(&d->loop, &t->text, fd, EPOLLIN, text_ready, d);
}

void ta_text_end(struct daemon *d, struct ta *t)
{
    drain(d, t, 16);
    if (t->say.len)
        say_bytes(d, t, "\n", 1);
}
