/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making the process of a trusted application: a child that gives up everything it does
 * not need, then becomes the verified program. What fails on the way is told by a
 * HOST_PANIC message on the control socket before the child ends.
 *
 * The filter's listener comes over the control socket as a HOST_FILTER message from the
 * child, before its last step, the exec; that exec is then the first system call the
 * filter reports.
 */
#ifndef AH_HOST_SPAWN_H
#define AH_HOST_SPAWN_H

#include <stdint.h>
#include <sys/types.h>
#include "policy.h"

#define HOST_FILTER                                                                      \
    0x7eu /* child to daemon, carries the listener; not part of abi/host.h */

struct spawn {
    int program; /* sealed memfd */
    int null;    /* /dev/null */
    int log;     /* write end of a pipe */
    int control; /* the child's end */
    int board;
    int store; /* directory, -1: no file access at all */
    int landlock_abi;
    const char *name;     /* argv[0] */
    uint64_t data_limit;  /* bytes of private writable memory */
    uint64_t stack_limit; /* of the main thread */
    const struct policy *policy;
};

/* The process id, -1 with errno. Descriptors stay the caller's. */
pid_t spawn(const struct spawn *s);

/* landlock.c: the version that the kernel has, 0 none; and giving up all files but those
 * beneath store. */
int landlock_version(void);
bool landlock_confine(int abi, int store);

#endif
