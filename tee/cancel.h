/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cancellation mask of the call that this lane serves; entry.c sets it before each
 * call.
 */
#ifndef AH_TEE_CANCEL_H
#define AH_TEE_CANCEL_H

/* GP 1.3.1, section 4.10: an entry point begins with cancellation masked. */
void cancel_begin(void);

#endif
