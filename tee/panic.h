/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The answer to a mistake of the TA's programmer: the instance ends, and the log says
 * which rule was broken. GP leaves many such cases undefined; here every one of them is a
 * panic.
 */
#ifndef AH_TEE_PANIC_H
#define AH_TEE_PANIC_H

#include <stdbool.h>
#include "sys.h"

/* Panic unless the rule holds. broken: "TEE_Function: what was wrong". */
static inline void require(bool holds, const char *broken)
{
    if (__builtin_expect(!holds, 0))
        sys_panic(TEE_ERROR_BAD_PARAMETERS, broken);
}

/* The same for calls in the wrong order. */
static inline void require_state(bool holds, const char *broken)
{
    if (__builtin_expect(!holds, 0))
        sys_panic(TEE_ERROR_BAD_STATE, broken);
}

#endif
