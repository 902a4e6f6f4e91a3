/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ends what does not end by itself.
 *
 * Processor time: a timer on each TA's own processor clock fires once for every second
 * that the process has computed, never while it sleeps. Then the board (abi/host.h) is
 * read: a thread that is still in the same entry point as before, and has itself computed
 * longer than the limit since, is in a call that does not end. Real time: a TA that is
 * asked to start, to attach a session or to stop must answer in time.
 *
 * The board is the TA's own word. One that lies about it can evade this limit, as it
 * could by many short calls; it cannot have another TA ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "daemon.h"

void watchdog_arm(struct daemon *d, struct ta *t)
{
    clockid_t clock;
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL,
                         .sigev_signo = SIGRTMIN,
                         .sigev_value = {.sival_int = (int)ta_index(d, t)}};
    const struct itimerspec every = {{1, 0}, {1, 0}};
    t->watch.armed = clock_getcpuclockid(t->pid, &clock) == 0 &&
                     timer_create(clock, &e, &t->watch.cpu) == 0;
    if (!t->watch.armed || timer_settime(t->watch.cpu, 0, &every, NULL) != 0)
        log_say(&d->log, LOG_WARNING, "%s: its processor time cannot be limited: %s",
                t->label, strerror(errno));
}

void watchdog_disarm(struct ta *t)
{
    if (t->watch.armed)
        timer_delete(t->watch.cpu);
    t->watch.armed = false;
}

/* Processor time of a thread in ms; 0 when it is no thread of that process. */
static uint64_t thread_ms(pid_t pid, uint32_t tid)
{
    char path[64], text[512];
    unsigned long long user, system;
    snprintf(path, sizeof path, "/proc/%d/task/%u/stat", pid, tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return 0;
    text[n] = 0;
    /* The name in parentheses may hold anything; the numbers begin behind its last ")".
     */
    const char *p = strrchr(text, ')');
    if (!p || sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu",
                     &user, &system) != 2)
        return 0;
    return (user + system) * 1000u / (unsigned long long)sysconf(_SC_CLK_TCK);
}

void watchdog_tick(struct daemon *d, uint32_t index)
{
    struct ta *t = index < NR_TAS ? &d->tas[index] : NULL;
    if (!t || !t->pid || t->dying || !t->board)
        return;
    for (unsigned k = 0; k < HOST_BOARD_ROWS; k++) {
        uint32_t call = __atomic_load_n(&t->board->row[k].call, __ATOMIC_RELAXED);
        uint32_t tid = __atomic_load_n(&t->board->row[k].tid, __ATOMIC_RELAXED);
        if (!(call & 1)) {
            t->watch.call[k] = 0;
            continue;
        }
        uint64_t used = thread_ms(t->pid, tid);
        if (t->watch.call[k] != call || used < t->watch.since_ms[k]) {
            t->watch.call[k] = call;
            t->watch.since_ms[k] = used;
        } else if (used - t->watch.since_ms[k] >= d->opt.call_limit_s * 1000u) {
            ta_kill(d, t, TEE_ERROR_TARGET_DEAD, "a call computed longer than %u s",
                    d->opt.call_limit_s);
            return;
        }
    }
}

void watchdog_deadlines(struct daemon *d, uint64_t now_ms)
{
    for (uint32_t k = 0; k < NR_TAS; k++) {
        struct ta *t = &d->tas[k];
        if (!t->pid || t->dying || t->answer_by_ms == 0 || now_ms < t->answer_by_ms)
            continue;
        const char *what = t->hung_up    ? "end after it closed its socket"
                           : t->stopping ? "stop"
                           : t->ready    ? "take a session"
                                         : "start";
        ta_kill(d, t, TEE_ERROR_TARGET_DEAD, "it did not %s in time", what);
    }
}

uint64_t watchdog_next(const struct daemon *d)
{
    uint64_t next = UINT64_MAX;
    for (uint32_t k = 0; k < NR_TAS; k++) {
        const struct ta *t = &d->tas[k];
        if (t->pid && !t->dying && t->answer_by_ms && t->answer_by_ms < next)
            next = t->answer_by_ms;
    }
    return next;
}
