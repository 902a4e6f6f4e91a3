/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for a word to change: spin or sleep. Private to lib/chan*.c. */
#ifndef AH_CHAN_PACE_H
#define AH_CHAN_PACE_H

#include "chan.h"

/* Spin limits: of a wait for an answer, of a wait for a request, and when cores are
 * scarce. */
#define PACE_CALL_NS  2000000u
#define PACE_THINK_NS 200000u

/* How long to spin now, for a wait that is worth at most limit_ns of spinning; may be 0.
 */
uint32_t pace_budget(struct chan_pace *p, uint32_t limit_ns, bool cores_free);

/* Note how long a wait took, and whether it was spun through. */
void pace_note(struct chan_pace *p, uint64_t waited_ns, bool slept, uint32_t budget_ns);

/* Spin until *word differs from old, at most ns; true when it does. */
bool pace_spin(const struct chan_os *os, _Atomic uint32_t *word, uint32_t old,
               uint32_t ns);

#endif
