/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many lanes run TA code at once. A lane draws a ticket and enters when the ticket is
 * below the limit; leaving raises the limit by one. So lanes enter in the order in which
 * they asked, and a client that calls without pause cannot keep another out. With one
 * permit this is GP's rule that a TA instance does one thing at a time.
 *
 * Tickets wrap around; the distance of two live tickets never comes near 2^31.
 */
#include "platform.h"

static _Atomic uint32_t next_ticket;
static _Atomic uint32_t limit = 1;
static _Atomic uint32_t sleepers;

void permit_init(uint32_t lanes)
{
    atomic_store(&limit, lanes ? lanes : 1);
}

static bool may_enter(uint32_t ticket, uint32_t lim)
{
    return (int32_t)(ticket - lim) < 0;
}

static void wait_turn(uint32_t ticket)
{
    atomic_fetch_add(&sleepers, 1);
    for (;;) {
        uint32_t lim = atomic_load(&limit);
        if (may_enter(ticket, lim))
            break;
        os_chan()->wait(&limit, lim, UINT32_MAX);
    }
    atomic_fetch_sub(&sleepers, 1);
}

unsigned permit_get(void)
{
    uint32_t ticket = atomic_fetch_add(&next_ticket, 1);
    if (!may_enter(ticket, atomic_load(&limit)))
        wait_turn(ticket);
    return board_enter();
}

void permit_put(unsigned row)
{
    board_leave(row);
    atomic_fetch_add(&limit, 1);
    if (atomic_load(&sleepers))
        os_chan()->wake(&limit);
}
