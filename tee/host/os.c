/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux under the channel: futex, clock, number of processors. */
#include <linux/futex.h>
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

static struct chan_os os = {futex_wait, futex_wake, now_ns, 1};

void os_init(unsigned nr_cpus)
{
    os.nr_cpus = nr_cpus ? nr_cpus : 1;
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
