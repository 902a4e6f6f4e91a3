/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Randomness comes from the platform, which panics rather than hand out anything weaker.
 */
#include "panic.h"

void TEE_GenerateRandom(void *randomBuffer, size_t randomBufferLen)
{
    require(randomBuffer || !randomBufferLen, "TEE_GenerateRandom: NULL buffer");
    if (randomBufferLen)
        sys_random(randomBuffer, randomBufferLen);
}
