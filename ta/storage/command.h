/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of abi/storage_ta.h: command.c has the table, object.c and store.c do
 * them. */
#ifndef STORAGE_COMMAND_H
#define STORAGE_COMMAND_H

#include "bytes.h"
#include "handle.h"

/* A name, copied out of memory that the client may change. */
struct name {
    uint32_t len;
    uint8_t id[STORAGE_NAME_MAX];
};

/* BAD_PARAMETERS when it is too long. */
TEE_Result name_take(struct name *n, const TEE_Param *p);

/*
 * The contents of an object in its store: u32 length of the head, head, data. size is
 * that of the contents. CORRUPT_OBJECT also for contents without a head.
 */
TEE_Result head_len_read(struct owner *o, const struct name *n, uint32_t *head_len,
                         uint32_t *size);
#define HEAD_PREFIX 4u

/*
 * Each is called with the owner's lock held and its store open; types were checked. On
 * error the values of the parameters are as they were, but for sizes with SHORT_BUFFER.
 */
typedef TEE_Result command(struct session *s, TEE_Param p[TEE_NUM_PARAMS]);
command object_open, object_create, object_close, object_delete, object_rename;
command data_read, data_write, data_truncate, data_size, head_write;
command store_next_object, store_batch, store_get, store_tell, store_begin_anew,
    store_scan;

#endif
