/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the TEE library asks of the platform under it. tee/host (Linux process) and tee/svc
 * (system calls of the secure kernel) implement it; the rest of tee/ knows nothing else of them.
 *
 * A lane is a thread that serves one call at a time. The functions marked "of the call" speak of
 * the call that the calling lane is serving; in a thread that serves none they give the neutral
 * answer (public login, not cancelled).
 */
#ifndef AH_TEE_SYS_H
#define AH_TEE_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tee_internal_api.h"

struct sys_ta {
    TEE_UUID uuid;
    uint32_t flags; /* TA_FLAG_* */
    uint32_t rights;
    uint32_t version;
    uint32_t lanes;
    size_t heap;
    size_t stack;
    TEE_UUID device_id;
    uint32_t life_cycle; /* 0 hosted, 1 open, 2 closed */
    const char *description;
};

/* The manifest of this TA and facts of the device; constant for the life of the process. */
const struct sys_ta *sys_ta(void);

/* Identity of the client of the call. */
void sys_client(TEE_Identity *id);

/* True when the client asked to cancel the call; masking is not looked at here. */
bool sys_cancelled(void);

/* Sleep; with heed_cancel, wakes early and answers TEE_ERROR_CANCEL when the call is cancelled. */
TEE_Result sys_wait(uint32_t ms, bool heed_cancel);

/* End this TA instance; why goes to the log with the code. */
_Noreturn void sys_panic(TEE_Result code, const char *why);

/* Calls to other TAs. timeout in ms or TEE_TIMEOUT_INFINITE. Sessions are numbers, 0 is none. */
TEE_Result sys_open(const TEE_UUID *uuid, uint32_t timeout, uint32_t types, TEE_Param params[4],
                    uint32_t *session, uint32_t *origin);
TEE_Result sys_invoke(uint32_t session, uint32_t timeout, uint32_t cmd, uint32_t types,
                      TEE_Param params[4], uint32_t *origin);
void sys_close(uint32_t session);

/*
 * A key that only this device can compute, for owner (NULL: this TA) and label (at most 63
 * characters). len 1..64. ACCESS_DENIED for a foreign owner without the right.
 */
TEE_Result sys_derive(const TEE_UUID *owner, const char *label, uint8_t *key, size_t len);

/* Fill with randomness fit for keys; panics when there is none. */
void sys_random(void *out, size_t len);

void sys_time(TEE_Time *since_start);
void sys_ree_time(TEE_Time *wall);

/* Is [buf, buf+len) mapped for this TA with these TEE_MEMORY_ACCESS_* rights? */
bool sys_access(uint32_t flags, const void *buf, size_t len);

/* True when any byte of the range lies in memory shared with the client of the call. */
bool sys_is_shared(const void *buf, size_t len);

/* One line to the TEE's log; level 0 error, 1 warning, 2 information, 3 debugging. */
void sys_log(int level, const char *text);

/*
 * The backing store, for a TA with TA_RIGHT_STORAGE; the semantics are those of
 * struct store_backing in lib/include/store.h, whose functions these fill.
 */
struct store_backing;
TEE_Result sys_backing(const struct store_backing **backing);

/*
 * The entry points of the TA as the platform calls them: entry.c wraps the TA's own functions
 * with the per-call state of the library. session is chosen by the platform, context is the TA's.
 */
TEE_Result entry_create(void);
void entry_destroy(void);
TEE_Result entry_open(uint32_t types, TEE_Param params[4], void **context);
void entry_close(void *context);
TEE_Result entry_invoke(void *context, uint32_t cmd, uint32_t types, TEE_Param params[4]);

#endif
