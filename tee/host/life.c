/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first and the last entry point of an instance. Both run in threads of their own,
 * because they may call other TAs and the main thread must bring them the answers. READY
 * tells the daemon what TA_CreateEntryPoint said; when it failed there is no instance,
 * and the process ends.
 */
#include <limits.h>
#include <unistd.h>
#include "platform.h"

static void *birth(void *unused)
{
    (void)unused;
    fault_thread_init();
    unsigned row = permit_get();
    TEE_Result r = entry_create();
    permit_put(row);
    control_send(&(struct host_msg){.type = HOST_READY, .result = r}, NULL);
    if (r != TEE_SUCCESS)
        _exit(0);
    fault_thread_done();
    return NULL;
}

static void *death(void *unused)
{
    (void)unused;
    fault_thread_init();
    permit_get();
    entry_destroy();
    _exit(0);
}

static void start(void *(*body)(void *))
{
    pthread_attr_t attr;
    pthread_t t;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    if (sys_ta()->stack > (size_t)PTHREAD_STACK_MIN)
        pthread_attr_setstacksize(&attr, sys_ta()->stack);
    if (pthread_create(&t, &attr, body, NULL) != 0)
        _exit(1);
    pthread_attr_destroy(&attr);
}

void life_begin(void)
{
    start(birth);
}

void life_end(void)
{
    start(death);
}
