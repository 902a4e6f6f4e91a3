/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux under the channel, for clients: futex, clock, number of processors. */
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "teec.h"

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

/* Where the program's threads run is the program's business: no place. */
static struct chan_os os = {.wait = futex_wait,
                            .wake = futex_wake,
                            .now_ns = now_ns,
                            .cpu = sched_getcpu,
                            .nr_cpus = 1};
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void count_cpus(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        os.nr_cpus = (unsigned)CPU_COUNT(&set);
}

const struct chan_os *os_chan(void)
{
    pthread_once(&once, count_cpus);
    return &os;
}
