/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Persistent objects (GP 1.3.1, sections 5.7 and 5.9): the handle lives here, with its
 * own position in the data; the object lives with the storage TA, which keeps the rules
 * of sharing. The key of an object is stored as its head and loaded when the object is
 * opened, so using it costs no call.
 *
 * When the storage TA dies, its handles die with it. The next use of an object opens it
 * again by its name; in between another session may have taken it, and that is
 * ACCESS_CONFLICT, seen as STORAGE_NOT_AVAILABLE. An object is used by one lane at a
 * time, as GP says of handles.
 */
#include "storage.h"
#include <stdlib.h>
#include <string.h>

struct storage {
    uint32_t handle;
    uint32_t era; /* of the session that the handle is of */
    size_t position;
    uint32_t flags; /* to open it again */
    uint32_t id_len;
    uint8_t id[TEE_OBJECT_ID_MAX_LEN];
};

#define OPEN_FLAGS                                                                       \
    (TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_ACCESS_WRITE |                            \
     TEE_DATA_FLAG_ACCESS_WRITE_META | TEE_DATA_FLAG_SHARE_READ |                        \
     TEE_DATA_FLAG_SHARE_WRITE)
#define CREATE_FLAGS (OPEN_FLAGS | TEE_DATA_FLAG_OVERWRITE)

bool storage_known(uint32_t id)
{
    return id == TEE_STORAGE_PRIVATE || id == TEE_STORAGE_PRIVATE_REE;
}

void storage_check_id(const void *id, size_t len, const char *who)
{
    require(len <= TEE_OBJECT_ID_MAX_LEN && (id || !len), who);
    require(!len ||
                (sys_access(TEE_MEMORY_ACCESS_READ, id, len) && !sys_is_shared(id, len)),
            who);
}

TEE_Param storage_input(const void *p, size_t len)
{
    return (TEE_Param){.memref = {(void *)(uintptr_t)p, len}};
}

static TEE_Param value(uint32_t a, size_t b)
{
    return (TEE_Param){.value = {a, (uint32_t)b}};
}

/* --- open and create --- */

static struct storage *store_new(const void *id, size_t id_len, uint32_t flags)
{
    struct storage *st = calloc(1, sizeof *st);

    if (!st)
        return NULL;
    if (id_len)
        memcpy(st->id, id, id_len);
    st->id_len = (uint32_t)id_len;
    st->flags = flags;
    return st;
}

/* Open st with the storage TA; head has STORAGE_HEAD_MAX bytes, *head_len is its length.
 */
static TEE_Result open_there(struct storage *st, uint8_t *head, size_t *head_len)
{
    TEE_Param p[4] = {storage_input(st->id, st->id_len),
                      value(st->flags, 0),
                      {.memref = {head, STORAGE_HEAD_MAX}}};
    uint32_t era = 0;
    TEE_Result res = storage_call(
        STORAGE_OPEN, TEE_PARAM_TYPES(STORAGE_IN, STORAGE_VIO, STORAGE_OUT, STORAGE_NONE),
        p, &era, STORAGE_AGAIN);

    if (res != TEE_SUCCESS)
        return res;
    st->handle = p[1].value.a;
    st->era = era;
    *head_len = p[2].memref.size;
    return TEE_SUCCESS;
}

static void close_there(struct storage *st)
{
    TEE_Param p[4] = {value(st->handle, 0)};

    if (st->era && st->era == storage_era())
        (void)storage_call(STORAGE_CLOSE, STORAGE_VIN, p, &st->era, STORAGE_ONCE);
}

static void install(TEE_ObjectHandle o, struct storage *st)
{
    o->store = st;
    o->flags |= TEE_HANDLE_FLAG_PERSISTENT | TEE_HANDLE_FLAG_INITIALIZED | st->flags;
}

static TEE_Result open_object(TEE_ObjectHandle o, struct storage *st, uint8_t *head)
{
    size_t head_len;
    TEE_Result res = open_there(st, head, &head_len);

    if (res != TEE_SUCCESS)
        return res;
    struct rd r = rd_init(head, head_len);
    res = head_len ? object_decode(o, &r) : TEE_SUCCESS;
    if (res != TEE_SUCCESS)
        close_there(st);
    return res;
}

TEE_Result TEE_OpenPersistentObject(uint32_t storageID, const void *objectID,
                                    size_t objectIDLen, uint32_t flags,
                                    TEE_ObjectHandle *object)
{
    require(object, "TEE_OpenPersistentObject: object is NULL");
    *object = TEE_HANDLE_NULL;
    storage_check_id(objectID, objectIDLen, "TEE_OpenPersistentObject: objectID");
    require(!(flags & ~OPEN_FLAGS), "TEE_OpenPersistentObject: unknown flags");
    if (!storage_known(storageID))
        return TEE_ERROR_ITEM_NOT_FOUND;
    TEE_ObjectHandle o = object_new();
    struct storage *st = store_new(objectID, objectIDLen, flags);
    uint8_t *head = malloc(STORAGE_HEAD_MAX);
    TEE_Result res = o && st && head ? open_object(o, st, head) : TEE_ERROR_OUT_OF_MEMORY;
    if (head)
        wipe(head, STORAGE_HEAD_MAX);
    free(head);
    if (res != TEE_SUCCESS) {
        free(st);
        object_free(o);
        return res;
    }
    install(o, st);
    *object = o;
    return TEE_SUCCESS;
}

static TEE_Result create_once(struct storage *st, uint32_t flags, const struct wr *head,
                              const void *data, size_t len)
{
    TEE_Param p[4] = {storage_input(st->id, st->id_len), value(flags, 0),
                      storage_input(head->buf, head->len), storage_input(data, len)};
    st->era = 0;
    TEE_Result res = storage_call(
        STORAGE_CREATE, TEE_PARAM_TYPES(STORAGE_IN, STORAGE_VIO, STORAGE_IN, STORAGE_IN),
        p, &st->era, STORAGE_ONCE);

    st->handle = p[1].value.a;
    return res;
}

/* When the storage TA died, the object may have been made: then it is in its own way. */
static TEE_Result create_there(struct storage *st, uint32_t flags, const struct wr *head,
                               const void *data, size_t len)
{
    TEE_Result res = create_once(st, flags, head, data, len);

    if (res != TEE_ERROR_STORAGE_NOT_AVAILABLE || st->era == storage_era())
        return res;
    res = create_once(st, flags, head, data, len);
    return res == TEE_ERROR_ACCESS_CONFLICT ? TEE_ERROR_STORAGE_NOT_AVAILABLE : res;
}

/* o becomes a copy of attributes (NULL: data only), stored under the name in st. */
static TEE_Result create_object(TEE_ObjectHandle o, struct storage *st, uint8_t *buf,
                                uint32_t flags, TEE_ObjectHandle attributes,
                                const void *data, size_t len)
{
    struct wr head = wr_init(buf, STORAGE_HEAD_MAX);
    TEE_Result res = TEE_SUCCESS;

    object_encode(attributes ? attributes : o, &head);
    require(!head.bad, "TEE_CreatePersistentObject: the key is too big to be stored");
    if (attributes) {
        struct rd r = rd_init(buf, head.len);
        res = object_decode(o, &r);
    }
    return res == TEE_SUCCESS ? create_there(st, flags, &head, data, len) : res;
}

TEE_Result TEE_CreatePersistentObject(uint32_t storageID, const void *objectID,
                                      size_t objectIDLen, uint32_t flags,
                                      TEE_ObjectHandle attributes,
                                      const void *initialData, size_t initialDataLen,
                                      TEE_ObjectHandle *object)
{
    if (object)
        *object = TEE_HANDLE_NULL;
    storage_check_id(objectID, objectIDLen, "TEE_CreatePersistentObject: objectID");
    require(!(flags & ~CREATE_FLAGS), "TEE_CreatePersistentObject: unknown flags");
    require(initialData || !initialDataLen, "TEE_CreatePersistentObject: initialData");
    if (attributes) {
        object_check(attributes, "TEE_CreatePersistentObject: attributes is no object");
        require(attributes->flags & TEE_HANDLE_FLAG_INITIALIZED,
                "TEE_CreatePersistentObject: attributes is not initialised");
    }
    if (!storage_known(storageID))
        return TEE_ERROR_ITEM_NOT_FOUND;
    TEE_ObjectHandle o = object_new();
    struct storage *st = store_new(objectID, objectIDLen, flags & OPEN_FLAGS);
    uint8_t *head = malloc(STORAGE_HEAD_MAX);
    TEE_Result res = o && st && head ? create_object(o, st, head, flags, attributes,
                                                     initialData, initialDataLen)
                                     : TEE_ERROR_OUT_OF_MEMORY;
    if (head)
        wipe(head, STORAGE_HEAD_MAX);
    free(head);
    if (res != TEE_SUCCESS) {
        free(st);
        object_free(o);
        return res;
    }
    install(o, st);
    if (object)
        *object = o;
    else
        TEE_CloseObject(o);
    return TEE_SUCCESS;
}

void storage_close(TEE_ObjectHandle o)
{
    close_there(o->store);
    free(o->store);
    o->store = NULL;
}

/* --- use --- */

static struct storage *persistent(TEE_ObjectHandle o, uint32_t access, const char *who)
{
    object_check(o, who);
    require(o->store, who);
    require((o->store->flags & access) == access, who);
    return o->store;
}

/* Have a handle of the current session. */
static TEE_Result revive(struct storage *st)
{
    size_t head_len;

    if (st->era == storage_era())
        return TEE_SUCCESS;
    uint8_t *head = malloc(STORAGE_HEAD_MAX);
    if (!head)
        return TEE_ERROR_OUT_OF_MEMORY;
    TEE_Result res = open_there(st, head, &head_len);
    wipe(head, STORAGE_HEAD_MAX);
    free(head);
    return res;
}

/*
 * A command whose p0 is a handle and a number. When the storage TA died, it is sent once
 * more, unless the object can then no longer be found; *lost says so.
 */
static TEE_Result use_once_more(struct storage *st, uint32_t cmd, uint32_t types,
                                uint32_t number, TEE_Param *p1, bool *lost)
{
    *lost = false;
    for (int tries = 2;; tries--) {
        TEE_Result res = revive(st);
        if (res != TEE_SUCCESS) {
            *lost = tries == 1 && res == TEE_ERROR_ITEM_NOT_FOUND;
            return res;
        }
        TEE_Param p[4] = {value(st->handle, number), *p1};
        res = storage_call(cmd, types, p, &st->era, STORAGE_ONCE);
        if (res == TEE_SUCCESS)
            *p1 = p[1];
        if (res != TEE_ERROR_STORAGE_NOT_AVAILABLE || st->era == storage_era() ||
            tries == 1)
            return res;
    }
}

static TEE_Result use(struct storage *st, uint32_t cmd, uint32_t types, uint32_t number,
                      TEE_Param *p1)
{
    bool lost;
    return use_once_more(st, cmd, types, number, p1, &lost);
}

/* What GP lets a function of the data stream answer; the rest says that storage failed.
 */
static TEE_Result narrow(TEE_Result res)
{
    switch (res) {
    case TEE_SUCCESS:
    case TEE_ERROR_STORAGE_NO_SPACE:
    case TEE_ERROR_OVERFLOW:
    case TEE_ERROR_CORRUPT_OBJECT:
        return res;
    case TEE_ERROR_CORRUPT_OBJECT_2:
        return TEE_ERROR_CORRUPT_OBJECT;
    default:
        return TEE_ERROR_STORAGE_NOT_AVAILABLE;
    }
}

TEE_Result TEE_CloseAndDeletePersistentObject1(TEE_ObjectHandle object)
{
    TEE_Param none = {0};

    if (!object)
        return TEE_SUCCESS;
    struct storage *st = persistent(object, TEE_DATA_FLAG_ACCESS_WRITE_META,
                                    "TEE_CloseAndDeletePersistentObject1: wrong handle");
    bool lost;
    TEE_Result res = use_once_more(st, STORAGE_DELETE, STORAGE_VIN, 0, &none, &lost);
    bool done = res == TEE_SUCCESS || lost;
    if (done)
        st->era = 0; /* closed with it */
    TEE_CloseObject(object);
    return done ? TEE_SUCCESS : TEE_ERROR_STORAGE_NOT_AVAILABLE;
}

void TEE_CloseAndDeletePersistentObject(TEE_ObjectHandle object)
{
    require(TEE_CloseAndDeletePersistentObject1(object) == TEE_SUCCESS,
            "TEE_CloseAndDeletePersistentObject: the storage failed");
}

TEE_Result TEE_RenamePersistentObject(TEE_ObjectHandle object, const void *newObjectID,
                                      size_t newObjectIDLen)
{
    struct storage *st = persistent(object, TEE_DATA_FLAG_ACCESS_WRITE_META,
                                    "TEE_RenamePersistentObject: wrong handle");
    storage_check_id(newObjectID, newObjectIDLen,
                     "TEE_RenamePersistentObject: newObjectID");
    TEE_Param to = storage_input(newObjectID, newObjectIDLen);
    bool lost;
    TEE_Result res = use_once_more(
        st, STORAGE_RENAME,
        TEE_PARAM_TYPES(STORAGE_VIN, STORAGE_IN, STORAGE_NONE, STORAGE_NONE), 0, &to,
        &lost);
    if (res != TEE_SUCCESS && !lost)
        return res == TEE_ERROR_ACCESS_CONFLICT ? res : narrow(res);
    if (newObjectIDLen)
        memcpy(st->id, newObjectID, newObjectIDLen);
    st->id_len = (uint32_t)newObjectIDLen;
    return lost ? narrow(revive(st)) : TEE_SUCCESS;
}

TEE_Result storage_update(TEE_ObjectHandle o)
{
    uint8_t *head = malloc(STORAGE_HEAD_MAX);
    TEE_Result res = TEE_ERROR_STORAGE_NOT_AVAILABLE;

    if (!head)
        return res;
    struct wr w = wr_init(head, STORAGE_HEAD_MAX);
    object_encode(o, &w);
    TEE_Param p1 = storage_input(head, w.len);
    if (!w.bad)
        res = use(o->store, STORAGE_HEAD,
                  TEE_PARAM_TYPES(STORAGE_VIN, STORAGE_IN, STORAGE_NONE, STORAGE_NONE), 0,
                  &p1);
    wipe(head, STORAGE_HEAD_MAX);
    free(head);
    return res == TEE_SUCCESS || res == TEE_ERROR_CORRUPT_OBJECT
               ? res
               : TEE_ERROR_STORAGE_NOT_AVAILABLE;
}

/* --- data stream --- */

static TEE_Result data_len(struct storage *st, size_t *len)
{
    TEE_Param p1 = {0};
    TEE_Result res = narrow(use(
        st, STORAGE_SIZE,
        TEE_PARAM_TYPES(STORAGE_VIN, STORAGE_VOUT, STORAGE_NONE, STORAGE_NONE), 0, &p1));

    *len = res == TEE_SUCCESS ? p1.value.a : 0;
    return res;
}

TEE_Result storage_info(TEE_ObjectHandle o, size_t *len, size_t *position)
{
    *position = o->store->position;
    return data_len(o->store, len);
}

TEE_Result TEE_ReadObjectData(TEE_ObjectHandle object, void *buffer, size_t size,
                              size_t *count)
{
    struct storage *st =
        persistent(object, TEE_DATA_FLAG_ACCESS_READ, "TEE_ReadObjectData: wrong handle");
    require(count && (buffer || !size), "TEE_ReadObjectData: NULL");
    *count = 0;
    if (!size)
        return TEE_SUCCESS;
    TEE_Param p1 = {.memref = {buffer, size}};
    TEE_Result res =
        narrow(use(st, STORAGE_READ,
                   TEE_PARAM_TYPES(STORAGE_VIN, STORAGE_OUT, STORAGE_NONE, STORAGE_NONE),
                   (uint32_t)st->position, &p1));
    if (res != TEE_SUCCESS)
        return res;
    require(p1.memref.size <= size, "TEE_ReadObjectData: answer of the storage TA");
    *count = p1.memref.size;
    st->position += *count;
    return TEE_SUCCESS;
}

TEE_Result TEE_WriteObjectData(TEE_ObjectHandle object, const void *buffer, size_t size)
{
    struct storage *st = persistent(object, TEE_DATA_FLAG_ACCESS_WRITE,
                                    "TEE_WriteObjectData: wrong handle");
    require(buffer || !size, "TEE_WriteObjectData: NULL");
    if (size > TEE_DATA_MAX_POSITION - st->position)
        return TEE_ERROR_OVERFLOW;
    if (!size)
        return TEE_SUCCESS;
    TEE_Param p1 = storage_input(buffer, size);
    TEE_Result res =
        narrow(use(st, STORAGE_WRITE,
                   TEE_PARAM_TYPES(STORAGE_VIN, STORAGE_IN, STORAGE_NONE, STORAGE_NONE),
                   (uint32_t)st->position, &p1));
    if (res == TEE_SUCCESS)
        st->position += size;
    return res;
}

TEE_Result TEE_TruncateObjectData(TEE_ObjectHandle object, size_t size)
{
    struct storage *st = persistent(object, TEE_DATA_FLAG_ACCESS_WRITE,
                                    "TEE_TruncateObjectData: wrong handle");
    TEE_Param none = {0};

    if (size > TEE_DATA_MAX_POSITION)
        return TEE_ERROR_STORAGE_NO_SPACE;
    return narrow(use(st, STORAGE_TRUNCATE, STORAGE_VIN, (uint32_t)size, &none));
}

TEE_Result TEE_SeekObjectData(TEE_ObjectHandle object, intmax_t offset, TEE_Whence whence)
{
    struct storage *st = persistent(object, 0, "TEE_SeekObjectData: wrong handle");
    size_t base = 0;
    intmax_t to;

    require(whence == TEE_DATA_SEEK_SET || whence == TEE_DATA_SEEK_CUR ||
                whence == TEE_DATA_SEEK_END,
            "TEE_SeekObjectData: whence");
    if (whence == TEE_DATA_SEEK_CUR)
        base = st->position;
    if (whence == TEE_DATA_SEEK_END) {
        TEE_Result res = data_len(st, &base);
        if (res != TEE_SUCCESS)
            return res;
    }
    if (__builtin_add_overflow((intmax_t)base, offset, &to) ||
        to > (intmax_t)TEE_DATA_MAX_POSITION)
        return TEE_ERROR_OVERFLOW;
    st->position = to < 0 ? 0 : (size_t)to;
    return TEE_SUCCESS;
}
