/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The object behind a TEE_ObjectHandle, shared by object.c (keys, transient objects) and
 * storage.c (persistent objects).
 *
 * A key is immutable and counted (key.h): objects and operations share it, so that
 * setting a key into an operation copies nothing. A persistent object is an object whose
 * store is not NULL; its key, if it was created with one, is loaded when it is opened.
 * Handles carry a mark that is cleared when they are freed, so that a stale or foreign
 * handle panics.
 */
#ifndef AH_TEE_OBJECT_H
#define AH_TEE_OBJECT_H

#include "bytes.h"
#include "tee_internal_api.h"

struct key;
struct storage; /* what storage.c keeps for an open persistent object */

struct __TEE_ObjectHandle {
    uint32_t mark;
    uint32_t type; /* TEE_TYPE_*; TEE_TYPE_DATA for a persistent object without a key */
    uint32_t max_bits; /* what was asked at allocation; for a persistent object its key's
                          size */
    uint32_t usage;    /* TEE_USAGE_* */
    uint32_t flags;    /* TEE_HANDLE_FLAG_*, and of a persistent object TEE_DATA_FLAG_* */
    struct key *key;   /* NULL: not initialised, or only data */
    struct storage *store; /* NULL: transient */
};

/* --- object.c, for storage.c --- */

/* An empty object of type TEE_TYPE_DATA with all usages; NULL when memory is short. */
TEE_ObjectHandle object_new(void);

/* Let go of the key, wipe, free. The store must be closed before. NULL is allowed. */
void object_free(TEE_ObjectHandle o);

/* Panics unless o is a live handle; who names the API function for the log. */
void object_check(TEE_ObjectHandle o, const char *who);

/*
 * Type, size, usage and attributes of o as bytes (secrets in the clear), for storing
 * beside the data of a persistent object; encode writes at most what w has room for
 * (w->bad). decode fills a new object with them. Both know an object without a key
 * (TEE_TYPE_DATA). decode: TEE_ERROR_CORRUPT_OBJECT for bytes that encode never made,
 * TEE_ERROR_OUT_OF_MEMORY; the object is unchanged then.
 */
void object_encode(const TEE_ObjectHandle o, struct wr *w);
TEE_Result object_decode(TEE_ObjectHandle o, struct rd *r);

/* --- storage.c, for object.c --- */

/* Close o->store and set it NULL. The handle itself is freed by the caller. */
void storage_close(TEE_ObjectHandle o);

/*
 * Length of the data stream of o and position of this handle in it.
 * TEE_ERROR_CORRUPT_OBJECT, TEE_ERROR_STORAGE_NOT_AVAILABLE.
 */
TEE_Result storage_info(TEE_ObjectHandle o, size_t *data_len, size_t *position);

/*
 * Store the key and usage of o again after its usage was restricted; durable on success.
 * TEE_ERROR_CORRUPT_OBJECT, TEE_ERROR_STORAGE_NOT_AVAILABLE: it is restricted for this
 * handle only.
 */
TEE_Result storage_update(TEE_ObjectHandle o);

#endif
