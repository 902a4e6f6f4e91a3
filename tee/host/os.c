/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux under the channel: futex, clock, number of processors. */
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "platform.h"

static void futex_wait(_Atomic uint32_t *word, uint32_t value, uint32_t ms)
{
    struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};
    syscall(SYS_futex, word, FUTEX_WAIT, value, ms == UINT32_MAX ? NULL : &t, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static cpu_set_t allowed; /* to this process */

static void place(int cpu, enum chan_place how)
{
    size_t n = (size_t)cpu;
    cpu_set_t set = allowed;
    if (how != CHAN_ANYWHERE && !CPU_ISSET(n, &allowed))
        return; /* the client may run where we may not */
    if (how == CHAN_ON) {
        CPU_ZERO(&set);
        CPU_SET(n, &set);
    } else if (how == CHAN_BESIDE) {
        CPU_CLR(n, &set);
    }
    if (CPU_COUNT(&set))
        sched_setaffinity(0, sizeof set, &set);
}

static struct chan_os os = {.wait = futex_wait,
                            .wake = futex_wake,
                            .now_ns = now_ns,
                            .cpu = sched_getcpu,
                            .place = place,
                            .nr_cpus = 1};

void os_init(unsigned nr_cpus)
{
    os.nr_cpus = nr_cpus ? nr_cpus : 1;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        CPU_ZERO(&allowed);
}

const struct chan_os *os_chan(void)
{
    return &os;
}

void os_sleep_ms(uint32_t ms)
{
    struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}
