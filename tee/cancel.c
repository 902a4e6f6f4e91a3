/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cancellation (GP 1.3.1, section 4.10). The platform knows whether the client has asked;
 * the TA sees it only while it has unmasked cancellation, and the mask belongs to the
 * lane.
 */
#include "cancel.h"
#include "sys.h"

static _Thread_local bool unmasked;

void cancel_begin(void)
{
    unmasked = false;
}

bool TEE_GetCancellationFlag(void)
{
    return unmasked && sys_cancelled();
}

bool TEE_UnmaskCancellation(void)
{
    bool was_masked = !unmasked;
    unmasked = true;
    return was_masked;
}

bool TEE_MaskCancellation(void)
{
    bool was_masked = !unmasked;
    unmasked = false;
    return was_masked;
}

TEE_Result TEE_Wait(uint32_t timeout)
{
    return sys_wait(timeout, unmasked);
}
