/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls through a hosted session's channel. Private to hosted*.c. */
#ifndef AH_TEEC_HOSTED_CALL_H
#define AH_TEEC_HOSTED_CALL_H

#include "channel.h"
#include "hosted.h"

/* Start a call; SUCCESS obliges to call_finish. */
TEEC_Result call_start(struct call *c, enum chan_kind kind, uint32_t *origin);
TEEC_Result call_finish(struct call *c, uint32_t *origin);
void call_cancel(struct session *s, const TEEC_Operation *op);

#endif
