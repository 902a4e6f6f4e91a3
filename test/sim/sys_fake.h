/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A platform under the TEE library that does next to nothing: tests set what it answers
 * and read what it was asked. A panic is tested in a child process, where sys_panic()
 * ends it with a mark.
 */
#ifndef AH_TEST_SYS_FAKE_H
#define AH_TEST_SYS_FAKE_H

#include "sys.h"

struct sys_fake {
    bool cancelled;
    uint32_t ree_seconds;
    const void *shared; /* shared_len bytes count as a client's memory */
    size_t shared_len;
    uint32_t waited_ms;
    bool waited_heeding;
    TEE_UUID opened; /* last sys_open */
    uint32_t invoked_cmd, closed;
    char log[256];
    char label[64];
    TEE_Result open_result;
};
extern struct sys_fake sys_fake;

/*
 * Does f(arg) panic, for a reason that contains why? f runs in a child; its effects are
 * lost.
 */
bool panics(void (*f)(void *arg), void *arg, const char *why);

#endif
