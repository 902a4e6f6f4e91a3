/* SPDX-License-Identifier: BSD-2-Clause */
/* The event loop over epoll. */
#include <errno.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>
#include "loop.h"

#define FETCH                                                                            \
    ((int)(sizeof((struct loop *)0)->fetched / sizeof((struct loop *)0)->fetched[0]))

bool loop_init(struct loop *l)
{
    *l = (struct loop){.epoll = epoll_create1(EPOLL_CLOEXEC)};
    return l->epoll >= 0;
}

bool loop_add(struct loop *l, struct source *s, int fd, uint32_t events,
              void (*ready)(void *arg, struct source *s, uint32_t events), void *arg)
{
    struct epoll_event e = {.events = events, .data = {.ptr = s}};
    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e) != 0)
        return false;
    *s = (struct source){fd, ready, arg};
    return true;
}

void loop_change(struct loop *l, struct source *s, uint32_t events)
{
    struct epoll_event e = {.events = events, .data = {.ptr = s}};
    epoll_ctl(l->epoll, EPOLL_CTL_MOD, s->fd, &e);
}

void loop_remove(struct loop *l, struct source *s)
{
    if (s->fd < 0)
        return;
    epoll_ctl(l->epoll, EPOLL_CTL_DEL, s->fd, NULL);
    close(s->fd);
    s->fd = -1;
    for (int i = 0; i < FETCH; i++)
        if (l->fetched[i] == s)
            l->fetched[i] = NULL;
}

uint64_t loop_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000u + (uint64_t)t.tv_nsec / 1000000u;
}

static int wait_ms(uint64_t until_ms)
{
    if (until_ms == UINT64_MAX)
        return -1;
    uint64_t now = loop_now_ms();
    if (until_ms <= now)
        return 0;
    return until_ms - now > 3600000u ? 3600000 : (int)(until_ms - now) + 1;
}

void loop_turn(struct loop *l, uint64_t until_ms)
{
    struct epoll_event e[FETCH];
    int n = epoll_wait(l->epoll, e, FETCH, wait_ms(until_ms));
    for (int i = 0; i < n; i++)
        l->fetched[i] = e[i].data.ptr;
    for (int i = 0; i < n; i++) {
        struct source *s = l->fetched[i];
        l->fetched[i] = NULL;
        if (s)
            s->ready(s->arg, s, e[i].events);
    }
}
