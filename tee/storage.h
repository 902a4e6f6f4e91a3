/* SPDX-License-Identifier: BSD-2-Clause */
/* What storage.c (objects) and storage_whole.c (walks, batches) share. */
#ifndef AH_TEE_STORAGE_H
#define AH_TEE_STORAGE_H

#include "anchorhold_ta.h"
#include "object.h"
#include "panic.h"
#include "storage_session.h"
#include "storage_ta.h"

#define STORAGE_IN   TEE_PARAM_TYPE_MEMREF_INPUT
#define STORAGE_OUT  TEE_PARAM_TYPE_MEMREF_OUTPUT
#define STORAGE_VIN  TEE_PARAM_TYPE_VALUE_INPUT
#define STORAGE_VOUT TEE_PARAM_TYPE_VALUE_OUTPUT
#define STORAGE_VIO  TEE_PARAM_TYPE_VALUE_INOUT
#define STORAGE_NONE TEE_PARAM_TYPE_NONE

/* True for the storages that this TEE has; they are one. */
bool storage_known(uint32_t id);

/* Panics for an id that is too long, unreadable, or in memory that a client may change.
 */
void storage_check_id(const void *id, size_t len, const char *who);

/* A parameter for a buffer that is only read. */
TEE_Param storage_input(const void *p, size_t len);

#endif
