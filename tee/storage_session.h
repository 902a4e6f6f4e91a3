/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * This TA's one session with the storage TA, opened when it is first needed and again
 * after the storage TA died. Each opening has a number; handles and walks of an earlier
 * one are void.
 */
#ifndef AH_TEE_STORAGE_SESSION_H
#define AH_TEE_STORAGE_SESSION_H

#include "sys.h"

/* Number of the current session; 0: there is none. */
uint32_t storage_era(void);

/* May be sent again when the answer was lost with the storage TA: doing it twice is once.
 */
#define STORAGE_AGAIN true
#define STORAGE_ONCE  false

/*
 * Send a command. *era: of the handle in params; with 0 (or era NULL) any session will
 * do, and the number of the one that was asked is put there. A command for a session that
 * is gone is not sent. Answers of the storage TA come back as they are; all failures on
 * the way are OUT_OF_MEMORY or STORAGE_NOT_AVAILABLE. Thread-safe.
 */
TEE_Result storage_call(uint32_t cmd, uint32_t types, TEE_Param params[4], uint32_t *era,
                        bool again);

#endif
