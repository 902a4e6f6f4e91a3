/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The board of host.h: which thread is inside an entry point, so that the daemon can end
 * a call that computes without end. A row is taken with each permit, so there are never
 * more than the lanes of a manifest. A process without a board (a unit test) writes to
 * one of its own.
 */
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "platform.h"

static struct host_board own;
static struct host_board *board = &own;
static _Atomic uint64_t taken; /* bit per row */
static _Thread_local uint32_t tid;

#define ROWS   64u /* the most lanes a manifest may declare */
#define NO_ROW ROWS
_Static_assert(ROWS <= HOST_BOARD_ROWS, "");

void board_init(void)
{
    void *p =
        mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, HOST_FD_BOARD, 0);
    if (p != MAP_FAILED)
        board = p;
}

static unsigned row_take(void)
{
    uint64_t t = atomic_load_explicit(&taken, memory_order_relaxed);
    while (~t) {
        unsigned row = (unsigned)__builtin_ctzll(~t);
        if (atomic_compare_exchange_weak(&taken, &t, t | 1ull << row))
            return row;
    }
    return NO_ROW;
}

/* call is odd while inside; only the holder of the row writes it, the daemon reads it. */
static void row_step(unsigned row)
{
    uint32_t *call = &board->row[row].call;
    __atomic_store_n(call, *call + 1, __ATOMIC_RELEASE);
}

unsigned board_enter(void)
{
    unsigned row = row_take();
    if (row == NO_ROW)
        return row;
    if (!tid)
        tid = (uint32_t)syscall(SYS_gettid);
    __atomic_store_n(&board->row[row].tid, tid, __ATOMIC_RELAXED);
    row_step(row);
    return row;
}

void board_leave(unsigned row)
{
    if (row == NO_ROW)
        return;
    row_step(row);
    atomic_fetch_and(&taken, ~(1ull << row));
}
