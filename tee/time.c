/* SPDX-License-Identifier: BSD-2-Clause */
/* The two clocks that need no storage (GP 1.3.1, section 7.2). */
#include "panic.h"

void TEE_GetSystemTime(TEE_Time *time)
{
    require(time, "TEE_GetSystemTime: NULL");
    sys_time(time);
}

void TEE_GetREETime(TEE_Time *time)
{
    require(time, "TEE_GetREETime: NULL");
    sys_ree_time(time);
}
