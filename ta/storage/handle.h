/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open objects. A handle belongs to a session and stands in its owner's list, which is
 * what GP's sharing rules look at. All functions want the owner's lock held.
 */
#ifndef STORAGE_HANDLE_H
#define STORAGE_HANDLE_H

#include "owner.h"

struct handle {
    struct handle *next; /* of the owner */
    uint32_t flags;      /* TEE_DATA_FLAG_* */
    uint32_t head_len;
    uint32_t id_len;
    uint8_t id[STORAGE_NAME_MAX];
};

#define HANDLE_FLAGS                                                                     \
    (TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_ACCESS_WRITE |                            \
     TEE_DATA_FLAG_ACCESS_WRITE_META | TEE_DATA_FLAG_SHARE_READ |                        \
     TEE_DATA_FLAG_SHARE_WRITE)

/* May this object be opened with flags beside the handles there are? ACCESS_CONFLICT. */
TEE_Result handle_may_open(const struct owner *o, const void *id, uint32_t id_len,
                           uint32_t flags);

/* True when there is a handle for this object. */
bool handle_is_open(const struct owner *o, const void *id, uint32_t id_len);

/* Make one; *number is what the client knows it by. OUT_OF_MEMORY. */
TEE_Result handle_open(struct session *s, const void *id, uint32_t id_len, uint32_t flags,
                       uint32_t head_len, uint32_t *number);

/* NULL for a number that is not one of this session. */
struct handle *handle_get(const struct session *s, uint32_t number);

void handle_close(struct session *s, uint32_t number);
void handle_close_all(struct session *s);

#endif
