/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walks over all objects (GP 1.3.1, section 5.8), and the extensions that change or read
 * whole objects without a handle.
 *
 * An enumerator is a place in the storage TA's own order: it stays right while objects
 * come and go. When the storage TA was restarted during a walk, the walk ends with
 * STORAGE_NOT_AVAILABLE and can be started again.
 */
#include <stdlib.h>
#include <string.h>
#include "storage.h"

#define ENUM_MARK 0x4d554e45u

struct __TEE_ObjectEnumHandle {
    uint32_t mark;
    bool started;
    uint32_t era;
    uint32_t cursor;
};

static TEE_Result status_get(struct storage_status *status, uint32_t *era)
{
    TEE_Param p[4] = {{.memref = {status, sizeof *status}}};
    TEE_Result res = storage_call(STORAGE_STATUS, STORAGE_OUT, p, era, STORAGE_AGAIN);

    return res == TEE_SUCCESS && p[0].memref.size != sizeof *status
               ? TEE_ERROR_STORAGE_NOT_AVAILABLE
               : res;
}

/* --- enumerators --- */

static void check_enum(TEE_ObjectEnumHandle e, const char *who)
{
    require(e && e->mark == ENUM_MARK, who);
}

TEE_Result TEE_AllocatePersistentObjectEnumerator(TEE_ObjectEnumHandle *objectEnumerator)
{
    require(objectEnumerator, "TEE_AllocatePersistentObjectEnumerator: NULL");
    *objectEnumerator = calloc(1, sizeof **objectEnumerator);
    if (!*objectEnumerator)
        return TEE_ERROR_OUT_OF_MEMORY;
    (*objectEnumerator)->mark = ENUM_MARK;
    return TEE_SUCCESS;
}

void TEE_FreePersistentObjectEnumerator(TEE_ObjectEnumHandle objectEnumerator)
{
    if (!objectEnumerator)
        return;
    check_enum(objectEnumerator, "TEE_FreePersistentObjectEnumerator: no enumerator");
    objectEnumerator->mark = 0;
    free(objectEnumerator);
}

void TEE_ResetPersistentObjectEnumerator(TEE_ObjectEnumHandle objectEnumerator)
{
    if (!objectEnumerator)
        return;
    check_enum(objectEnumerator, "TEE_ResetPersistentObjectEnumerator: no enumerator");
    objectEnumerator->started = false;
}

TEE_Result TEE_StartPersistentObjectEnumerator(TEE_ObjectEnumHandle objectEnumerator,
                                               uint32_t storageID)
{
    struct storage_status status;
    uint32_t era = 0;

    check_enum(objectEnumerator, "TEE_StartPersistentObjectEnumerator: no enumerator");
    objectEnumerator->started = false;
    if (!storage_known(storageID))
        return TEE_ERROR_ITEM_NOT_FOUND;
    if (status_get(&status, &era) != TEE_SUCCESS)
        return TEE_ERROR_STORAGE_NOT_AVAILABLE;
    if (!status.objects)
        return status.state == TEE_SUCCESS ? TEE_ERROR_ITEM_NOT_FOUND
                                           : TEE_ERROR_CORRUPT_OBJECT;
    objectEnumerator->started = true;
    objectEnumerator->era = era;
    objectEnumerator->cursor = 0;
    return TEE_SUCCESS;
}

static TEE_Result describe(const uint8_t *head, size_t head_len, size_t data_len,
                           TEE_ObjectInfo *info)
{
    TEE_ObjectHandle o = object_new();
    struct rd r = rd_init(head, head_len);
    TEE_Result res = o ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;

    if (o && head_len)
        res = object_decode(o, &r);
    if (res == TEE_SUCCESS)
        res = TEE_GetObjectInfo1(o, info);
    if (res == TEE_SUCCESS) {
        info->dataSize = data_len;
        info->handleFlags |= TEE_HANDLE_FLAG_PERSISTENT | TEE_HANDLE_FLAG_INITIALIZED;
    }
    object_free(o);
    return res;
}

static TEE_Result next(TEE_ObjectEnumHandle e, uint8_t *head, TEE_ObjectInfo *info,
                       void *id, size_t *id_len)
{
    uint8_t name[STORAGE_NAME_MAX];
    TEE_Param p[4] = {{.value = {e->cursor, 0}},
                      {.memref = {name, sizeof name}},
                      {.memref = {head, STORAGE_HEAD_MAX}}};
    TEE_Result res =
        storage_call(STORAGE_NEXT,
                     TEE_PARAM_TYPES(STORAGE_VIO, STORAGE_OUT, STORAGE_OUT, STORAGE_VOUT),
                     p, &e->era, STORAGE_ONCE);

    if (res != TEE_SUCCESS)
        return res;
    require(p[1].memref.size <= sizeof name && p[2].memref.size <= STORAGE_HEAD_MAX,
            "TEE_GetNextPersistentObject: answer of the storage TA");
    if (info)
        res = describe(head, p[2].memref.size, p[3].value.a, info);
    if (res != TEE_SUCCESS)
        return res;
    memcpy(id, name, p[1].memref.size);
    *id_len = p[1].memref.size;
    e->cursor = p[0].value.a;
    return TEE_SUCCESS;
}

TEE_Result TEE_GetNextPersistentObject(TEE_ObjectEnumHandle objectEnumerator,
                                       TEE_ObjectInfo *objectInfo, void *objectID,
                                       size_t *objectIDLen)
{
    check_enum(objectEnumerator, "TEE_GetNextPersistentObject: no enumerator");
    require(objectID && objectIDLen, "TEE_GetNextPersistentObject: NULL");
    if (!objectEnumerator->started)
        return TEE_ERROR_ITEM_NOT_FOUND;
    uint8_t *head = malloc(STORAGE_HEAD_MAX);
    if (!head)
        return TEE_ERROR_STORAGE_NOT_AVAILABLE;
    TEE_Result res = next(objectEnumerator, head, objectInfo, objectID, objectIDLen);
    wipe(head, STORAGE_HEAD_MAX);
    free(head);
    if (res == TEE_ERROR_CORRUPT_OBJECT_2)
        return TEE_ERROR_CORRUPT_OBJECT;
    return res == TEE_SUCCESS || res == TEE_ERROR_ITEM_NOT_FOUND ||
                   res == TEE_ERROR_CORRUPT_OBJECT
               ? res
               : TEE_ERROR_STORAGE_NOT_AVAILABLE;
}

/* --- extensions --- */

/* The operations as the storage TA takes them; w may only count. */
static void pack(struct wr *w, const AH_PersistentOp *ops, uint32_t nr,
                 const struct wr *head)
{
    for (uint32_t i = 0; i < nr; i++) {
        bool put = ops[i].kind == AH_PERSISTENT_PUT;
        size_t contents = put ? 4 + head->len + ops[i].dataLen : 0;
        w->bad |= contents > UINT32_MAX || contents < ops[i].dataLen * put;
        wr_u32(w, put ? STORAGE_OP_PUT : STORAGE_OP_DELETE);
        wr_u32(w, (uint32_t)ops[i].objectIDLen);
        wr_u32(w, (uint32_t)contents);
        wr_raw(w, ops[i].objectID, ops[i].objectIDLen);
        if (put) {
            wr_span(w, head->buf, head->len);
            wr_raw(w, ops[i].data, ops[i].dataLen);
        }
    }
}

static void check_ops(const AH_PersistentOp *ops, uint32_t nr)
{
    require(ops || !nr, "AH_PersistentBatch: ops is NULL");
    for (uint32_t i = 0; i < nr; i++) {
        require(ops[i].kind == AH_PERSISTENT_PUT || ops[i].kind == AH_PERSISTENT_DELETE,
                "AH_PersistentBatch: kind");
        storage_check_id(ops[i].objectID, ops[i].objectIDLen,
                         "AH_PersistentBatch: objectID");
        require(ops[i].data || !ops[i].dataLen || ops[i].kind == AH_PERSISTENT_DELETE,
                "AH_PersistentBatch: data");
    }
}

TEE_Result AH_PersistentBatch(uint32_t storageID, uint32_t flags,
                              const AH_PersistentOp *ops, uint32_t nr_ops)
{
    struct wr head = wr_init(NULL, 0), count = wr_init(NULL, 0); /* no head: plain data */

    check_ops(ops, nr_ops);
    require(!(flags & ~AH_BATCH_LAZY), "AH_PersistentBatch: flags");
    if (!storage_known(storageID))
        return TEE_ERROR_ITEM_NOT_FOUND;
    pack(&count, ops, nr_ops, &head);
    if (count.bad)
        return TEE_ERROR_STORAGE_NO_SPACE;
    uint8_t *packed = malloc(count.len + 1);
    if (!packed)
        return TEE_ERROR_OUT_OF_MEMORY;
    struct wr w = wr_init(packed, count.len);
    pack(&w, ops, nr_ops, &head);
    TEE_Param p[4] = {{.value = {flags & AH_BATCH_LAZY ? STORAGE_BATCH_LAZY : 0, nr_ops}},
                      storage_input(packed, w.len)};
    TEE_Result res =
        storage_call(STORAGE_BATCH,
                     TEE_PARAM_TYPES(STORAGE_VIN, STORAGE_IN, STORAGE_NONE, STORAGE_NONE),
                     p, NULL, STORAGE_AGAIN);
    wipe(packed, count.len);
    free(packed);
    return res;
}

TEE_Result AH_PersistentRead(uint32_t storageID, const void *objectID, size_t objectIDLen,
                             void *data, size_t *dataLen)
{
    storage_check_id(objectID, objectIDLen, "AH_PersistentRead: objectID");
    require(dataLen && (data || !*dataLen), "AH_PersistentRead: NULL");
    if (!storage_known(storageID))
        return TEE_ERROR_ITEM_NOT_FOUND;
    TEE_Param p[4] = {storage_input(objectID, objectIDLen), {.memref = {data, *dataLen}}};
    TEE_Result res = storage_call(
        STORAGE_GET, TEE_PARAM_TYPES(STORAGE_IN, STORAGE_OUT, STORAGE_NONE, STORAGE_NONE),
        p, NULL, STORAGE_AGAIN);
    if (res == TEE_SUCCESS || res == TEE_ERROR_SHORT_BUFFER)
        *dataLen = p[1].memref.size;
    return res;
}

TEE_Result AH_PersistentScan(uint32_t storageID, AH_PersistentPlace *place, void *buf,
                             size_t *len)
{
    require(place && len && (buf || !*len), "AH_PersistentScan: NULL");
    if (!storage_known(storageID))
        return TEE_ERROR_ITEM_NOT_FOUND;
    TEE_Param p[4] = {{.value = {place->cursor, 0}}, {.memref = {buf, *len}}};
    TEE_Result res = storage_call(
        STORAGE_SCAN,
        TEE_PARAM_TYPES(STORAGE_VIO, STORAGE_OUT, STORAGE_NONE, STORAGE_NONE), p,
        &place->era, STORAGE_ONCE);
    if (res == TEE_SUCCESS)
        place->cursor = p[0].value.a;
    if (res == TEE_SUCCESS || res == TEE_ERROR_SHORT_BUFFER)
        *len = p[1].memref.size;
    return res;
}

TEE_Result AH_PersistentReset(uint32_t storageID, bool keep)
{
    TEE_Param p[4] = {{.value = {keep, 0}}};

    if (!storage_known(storageID))
        return TEE_ERROR_ITEM_NOT_FOUND;
    return storage_call(STORAGE_RESET, STORAGE_VIN, p, NULL, STORAGE_AGAIN);
}

TEE_Result AH_Backing(const struct store_backing **backing)
{
    require(backing, "AH_Backing: NULL");
    return sys_backing(backing);
}
