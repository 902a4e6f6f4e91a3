/* SPDX-License-Identifier: BSD-2-Clause */
/* The TA ends itself (GP 1.3.1, section 4.8). */
#include "panic.h"

void TEE_Panic(TEE_Result panicCode)
{
    sys_panic(panicCode, "TEE_Panic called by the TA");
}
