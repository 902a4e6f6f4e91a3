/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One end of a control socket (abi/host.h): whole messages in and out, never waiting.
 * What the socket does not take at once is queued; a peer that lets more than
 * PEER_QUEUE_MAX messages pile up is broken, and its owner drops it at its next event.
 */
#ifndef AH_HOST_PEER_H
#define AH_HOST_PEER_H

#include <stddef.h>
#include "host.h"
#include "loop.h"

#define PEER_QUEUE_MAX 1024u

struct peer {
    struct source source; /* fd -1: free */
    struct queued *head, **tail;
    unsigned queued;
    bool broken;
};

/* A message received. fd is -1 or the receiver's to close. text ends with a NUL behind
 * len bytes. */
struct message {
    struct host_msg head;
    int fd;
    char text[HOST_TEXT_MAX + 1];
};

enum peer_got { PEER_NOTHING, PEER_MESSAGE, PEER_END, PEER_MALFORMED };

bool peer_add(struct loop *l, struct peer *p, int fd,
              void (*ready)(void *arg, struct source *s, uint32_t events), void *arg);
void peer_remove(struct loop *l, struct peer *p);

enum peer_got peer_receive(struct peer *p, struct message *m);

/* Send m with m->len bytes of text and a copy of fd (-1 none; stays the caller's). */
void peer_send(struct loop *l, struct peer *p, const struct host_msg *m, const void *text,
               int fd);

/* The socket has room again. */
void peer_flush(struct loop *l, struct peer *p);

#endif
