/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a waiting end of a channel spins and for how long.
 *
 * Waking an idle processor costs tens of microseconds, more than most calls take, so a
 * wait that will probably be short is spun through. What is probable is taken from the
 * waits just past: the expectation rises at once to a longer wait and sinks slowly, so
 * that a mix of short and long calls spins long enough for both. A wait expected to be
 * longer than its limit is slept through. Spinning in vain (the partner was not running,
 * or other programs want the processors) doubles the number of waits that are not spun,
 * up to PENALTY_MAX.
 */
#include "chan_pace.h"
#include "relax.h"

#define PENALTY_MAX    32u
#define SPINS_PER_LOOK 16u

uint32_t pace_budget(struct chan_pace *p, uint32_t limit_ns, bool cores_free)
{
    if (!cores_free || p->expect_ns > limit_ns)
        return 0;
    if (p->skip) {
        p->skip--;
        return 0;
    }
    uint32_t twice = 2 * p->expect_ns + 20000;
    return twice < limit_ns ? twice : limit_ns;
}

void pace_note(struct chan_pace *p, uint64_t waited_ns, bool slept, uint32_t budget_ns)
{
    uint32_t w = waited_ns < 1u << 30 ? (uint32_t)waited_ns : 1u << 30;
    p->expect_ns = w > p->expect_ns ? w : p->expect_ns - (p->expect_ns - w) / 8;
    if (!slept)
        p->penalty = 0;
    else if (budget_ns) {
        p->penalty = p->penalty ? (uint16_t)(2 * p->penalty) : 1;
        if (p->penalty > PENALTY_MAX)
            p->penalty = PENALTY_MAX;
        p->skip = p->penalty;
    }
}

bool pace_spin(const struct chan_os *os, _Atomic uint32_t *word, uint32_t old,
               uint32_t ns)
{
    uint64_t end = 0;
    if (!ns)
        return atomic_load_explicit(word, memory_order_acquire) != old;
    for (;;) {
        for (unsigned i = 0; i < SPINS_PER_LOOK; i++) {
            if (atomic_load_explicit(word, memory_order_acquire) != old)
                return true;
            cpu_relax();
        }
        uint64_t now = os->now_ns();
        if (!end)
            end = now + ns;
        else if (now >= end)
            return false;
    }
}
