/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Anchorhold's extensions to the GP TEE Internal Core API, for trusted applications.
 *
 * Lanes. A TA whose manifest says lanes = N (N > 1) is entered by up to N calls at once, each in
 * a thread of its own, also within one session. Such a TA guards its own state with pthread locks.
 * With lanes = 1, GP's rule holds: one call at a time.
 */
#ifndef ANCHORHOLD_TA_H
#define ANCHORHOLD_TA_H

#include "tee_internal_api.h"

/*
 * Derive a key that only this device, in this life cycle, can compute for this TA.
 *   label  NUL-terminated, at most 63 characters; different labels give independent keys
 *   key    len bytes, 1..64
 * BAD_PARAMETERS for a bad label or length.
 */
TEE_Result AH_DeriveKey(const char *label, void *key, size_t len);

/* The same in the name of another TA; ACCESS_DENIED without the right derive-any. */
TEE_Result AH_DeriveKeyFor(const TEE_UUID *owner, const char *label, void *key, size_t len);

/* One line to the TEE's log, printf style. Never give it a secret. */
enum AH_LogLevel { AH_LOG_ERROR, AH_LOG_WARNING, AH_LOG_INFO, AH_LOG_DEBUG };
void AH_Log(enum AH_LogLevel level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Several changes of persistent objects that happen together or not at all: one append, one sync.
 *   PUT     creates the object, or replaces it whole, with data as its data stream
 *   DELETE  removes it; an object that does not exist is not an error
 * flags 0, or AH_BATCH_LAZY: the changes need not be durable when the call returns (they are
 * before any later durable change is); for state that may safely go back after a power cut.
 * No handle may be open on an object of the batch: ACCESS_CONFLICT. Other results as
 * TEE_CreatePersistentObject; on any error nothing has changed.
 */
enum AH_PersistentKind { AH_PERSISTENT_PUT = 1, AH_PERSISTENT_DELETE = 2 };
typedef struct {
    uint32_t kind;
    const void *objectID;
    size_t objectIDLen; /* 1..TEE_OBJECT_ID_MAX_LEN */
    const void *data;
    size_t dataLen;
} AH_PersistentOp;
#define AH_BATCH_LAZY 0x1u
TEE_Result AH_PersistentBatch(uint32_t storageID, uint32_t flags, const AH_PersistentOp *ops,
                              uint32_t nr_ops);

/*
 * Read a whole object in one call. *dataLen in: room, out: length of the object.
 * ITEM_NOT_FOUND, SHORT_BUFFER (length reported), CORRUPT_OBJECT.
 */
TEE_Result AH_PersistentRead(uint32_t storageID, const void *objectID, size_t objectIDLen,
                             void *data, size_t *dataLen);

/*
 * Walk over whole objects, many in one call, in the order of the storage. The place begins as
 * all zero. Fills buf, *len bytes, with entries and says in *len how many bytes they are:
 *     u32 result, u32 length of the id, u32 length of the data, id, data      little endian
 * The data are there when result is TEE_SUCCESS; CORRUPT_OBJECT and others speak of this object
 * alone. ITEM_NOT_FOUND at the end; SHORT_BUFFER with the room that the next entry needs at
 * most; STORAGE_NOT_AVAILABLE, also when the storage was interrupted and the walk must begin
 * anew; OUT_OF_MEMORY.
 */
typedef struct {
    uint32_t cursor;
    uint32_t era;
} AH_PersistentPlace;
TEE_Result AH_PersistentScan(uint32_t storageID, AH_PersistentPlace *place, void *buf,
                             size_t *len);

/*
 * After corruption (CORRUPT_OBJECT from changes, whatever their object): begin a fresh store for
 * this TA, with the objects that can still be read (keep) or empty. The only call that gives data
 * up. No handle may be open: ACCESS_CONFLICT.
 */
TEE_Result AH_PersistentReset(uint32_t storageID, bool keep);

/*
 * The backing store behind secure storage, for a TA with the right storage: files in a directory
 * of its own, see struct store_backing in lib/include/store.h. ACCESS_DENIED without the right.
 */
struct store_backing;
TEE_Result AH_Backing(const struct store_backing **backing);

/*
 * Algorithms beyond GP 1.3.1; see also the OP-TEE extension ids in tee_internal_api.h.
 * AES key wrap (RFC 3394) and with padding (RFC 5649): TEE_MODE_ENCRYPT wraps and
 * TEE_MODE_DECRYPT unwraps, in one TEE_CipherInit(no IV) + TEE_CipherDoFinal, which besides
 * TEE_ERROR_SHORT_BUFFER answers TEE_ERROR_BAD_PARAMETERS for a length that the algorithm has not
 * and TEE_ERROR_CIPHERTEXT_INVALID for what this key has not wrapped; both end the operation.
 * Key pairs: TEE_PopulateTransientObject of an ECC key pair accepts PRIVATE_VALUE and CURVE alone
 * and computes the public point.
 */
#define AH_ALG_AES_KW  0xF1000010u
#define AH_ALG_AES_KWP 0xF1000110u

#endif
