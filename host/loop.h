/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The event loop: descriptors with a function each. A source is removed by loop_remove()
 * at any time, also from within its own function; an event already fetched for it is then
 * dropped.
 */
#ifndef AH_HOST_LOOP_H
#define AH_HOST_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct source {
    int fd; /* -1: not in use; owned by the source */
    void (*ready)(void *arg, struct source *s, uint32_t events);
    void *arg;
};

struct loop {
    int epoll;
    struct source *fetched[32]; /* events of this round that are still to be told */
};

bool loop_init(struct loop *l);
/* events: EPOLLIN, EPOLLOUT. False when the kernel refuses; fd is then still the
 * caller's. */
bool loop_add(struct loop *l, struct source *s, int fd, uint32_t events,
              void (*ready)(void *arg, struct source *s, uint32_t events), void *arg);
void loop_change(struct loop *l, struct source *s, uint32_t events);
/* Closes the descriptor; nothing when fd is -1. */
void loop_remove(struct loop *l, struct source *s);
/* Wait for events until the moment until_ms (UINT64_MAX: for ever) and tell them. */
void loop_turn(struct loop *l, uint64_t until_ms);
/* Milliseconds of CLOCK_MONOTONIC. */
uint64_t loop_now_ms(void);

#endif
