/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The three tools of the decisions that must resist glitches (listed in docs/security.md):
 * a verdict whose two values differ in 31 bits, a second check just before the deed, and a
 * running sum of the steps that must have happened.
 */
#ifndef AH_HARD_H
#define AH_HARD_H

#include <stdint.h>

typedef uint32_t verdict_t;
#define VERDICT_REFUSE ((verdict_t)0x5ac3963cu)
#define VERDICT_ACCEPT ((verdict_t)0xa53c69c2u)
_Static_assert(__builtin_popcount(VERDICT_REFUSE ^ VERDICT_ACCEPT) >= 31, "distant verdicts");

#endif
