/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TA process of the hosted TEE. It is born inside its sandbox with three things: a
 * socket to the daemon, a log, and this program, which was verified before it ran. It
 * waits for START, says READY, and from then on its main thread does what the daemon says
 * (control.c), while lanes serve clients (lane.c).
 */
#include <malloc.h>
#include <sys/prctl.h>
#include "platform.h"

#define NUDGE_MS 100

int main(void)
{
    /* The heap is capped by the manifest; arenas of threads would fragment it. */
    mallopt(M_ARENA_MAX, 2);
    /* The exec of our birth has made it readable again to other processes of the user. */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    fault_init();
    board_init();
    for (;;)
        control_serve(session_ending() ? NUDGE_MS : -1);
}
