/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GlobalPlatform TEE Client API 1.0: how a program of the normal world calls a trusted
 * application (TA). Binary compatible with optee_client's libteec.so.2.
 *
 *     TEEC_Context ctx;
 *     TEEC_Session s;
 *     TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INOUT, TEEC_NONE,
 *                                                         TEEC_NONE, TEEC_NONE)};
 *     TEEC_InitializeContext(NULL, &ctx);
 *     TEEC_OpenSession(&ctx, &s, &uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, NULL);
 *     op.params[0].value.a = 41;
 *     TEEC_InvokeCommand(&s, HELLO_INCREMENT, &op, NULL);     // op.params[0].value.a ==
 * 42 TEEC_CloseSession(&s); TEEC_FinalizeContext(&ctx);
 *
 * Which TEE answers: the hosted TEE when ANCHORHOLD_STATE or ANCHORHOLD_SOCKET is set in
 * the environment (and the program is not set-user-ID); else a TEE device of the kernel
 * (/dev/tee0 ...); else the system's hosted TEE (/run/anchorhold/sock); else a private
 * hosted instance of this user, which is started when it does not run.
 *
 * Threads. All functions may be called from several threads at once, also on one session,
 * except that the caller sees to it that an object is not closed while it is used
 * elsewhere; doing so here is safe all the same, the use fails or the close waits. An
 * operation structure belongs to one call at a time; only TEEC_RequestCancellation may
 * touch it meanwhile.
 *
 * fork. In the child every context, session and shared memory of the parent is invalid:
 * calls answer TEEC_ERROR_BAD_STATE, closing does nothing. The child opens its own.
 *
 * Errors. Each result comes with an origin: TEEC_ORIGIN_API (this library), _COMMS (the
 * way to the TEE), _TEE, _TRUSTED_APP. When a TA dies during a call or before it:
 * TEEC_ERROR_TARGET_DEAD, origin TEE; the session must still be closed, and opening a new
 * one works. When the hosted TEE itself ends, its sessions answer TEEC_ERROR_TARGET_DEAD
 * with origin COMMS within 300 ms, and the next TEEC_OpenSession of the same context
 * reaches a new instance.
 */
#ifndef TEE_CLIENT_API_H
#define TEE_CLIENT_API_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TEEC_CONFIG_PAYLOAD_REF_COUNT  4
#define TEEC_CONFIG_SHAREDMEM_MAX_SIZE ULONG_MAX

/* Types of a parameter. Temporary references name a buffer of the program for one call;
 * the others a part of registered or allocated shared memory. */
#define TEEC_NONE                  0x00000000u
#define TEEC_VALUE_INPUT           0x00000001u
#define TEEC_VALUE_OUTPUT          0x00000002u
#define TEEC_VALUE_INOUT           0x00000003u
#define TEEC_MEMREF_TEMP_INPUT     0x00000005u
#define TEEC_MEMREF_TEMP_OUTPUT    0x00000006u
#define TEEC_MEMREF_TEMP_INOUT     0x00000007u
#define TEEC_MEMREF_WHOLE          0x0000000Cu
#define TEEC_MEMREF_PARTIAL_INPUT  0x0000000Du
#define TEEC_MEMREF_PARTIAL_OUTPUT 0x0000000Eu
#define TEEC_MEMREF_PARTIAL_INOUT  0x0000000Fu

#define TEEC_PARAM_TYPES(p0, p1, p2, p3) ((p0) | ((p1) << 4) | ((p2) << 8) | ((p3) << 12))
#define TEEC_PARAM_TYPE_GET(p, i)        (((p) >> ((i)*4)) & 0xFu)

/* Directions of shared memory. */
#define TEEC_MEM_INPUT  0x00000001u
#define TEEC_MEM_OUTPUT 0x00000002u

#define TEEC_SUCCESS                     0x00000000u
#define TEEC_ERROR_STORAGE_NOT_AVAILABLE 0xF0100003u
#define TEEC_ERROR_GENERIC               0xFFFF0000u
#define TEEC_ERROR_ACCESS_DENIED         0xFFFF0001u
#define TEEC_ERROR_CANCEL                0xFFFF0002u
#define TEEC_ERROR_ACCESS_CONFLICT       0xFFFF0003u
#define TEEC_ERROR_EXCESS_DATA           0xFFFF0004u
#define TEEC_ERROR_BAD_FORMAT            0xFFFF0005u
#define TEEC_ERROR_BAD_PARAMETERS        0xFFFF0006u
#define TEEC_ERROR_BAD_STATE             0xFFFF0007u
#define TEEC_ERROR_ITEM_NOT_FOUND        0xFFFF0008u
#define TEEC_ERROR_NOT_IMPLEMENTED       0xFFFF0009u
#define TEEC_ERROR_NOT_SUPPORTED         0xFFFF000Au
#define TEEC_ERROR_NO_DATA               0xFFFF000Bu
#define TEEC_ERROR_OUT_OF_MEMORY         0xFFFF000Cu
#define TEEC_ERROR_BUSY                  0xFFFF000Du
#define TEEC_ERROR_COMMUNICATION         0xFFFF000Eu
#define TEEC_ERROR_SECURITY              0xFFFF000Fu
#define TEEC_ERROR_SHORT_BUFFER          0xFFFF0010u
#define TEEC_ERROR_EXTERNAL_CANCEL       0xFFFF0011u
#define TEEC_ERROR_TARGET_DEAD           0xFFFF3024u
#define TEEC_ERROR_STORAGE_NO_SPACE      0xFFFF3041u

#define TEEC_ORIGIN_API         0x00000001u
#define TEEC_ORIGIN_COMMS       0x00000002u
#define TEEC_ORIGIN_TEE         0x00000003u
#define TEEC_ORIGIN_TRUSTED_APP 0x00000004u

/* As whom to open a session. The TEE, not the program, fills in the identity. */
#define TEEC_LOGIN_PUBLIC 0x00000000u
#define TEEC_LOGIN_USER   0x00000001u /* the effective user */
#define TEEC_LOGIN_GROUP  0x00000002u /* connectionData: uint32_t group id, of a member  \
                                       */
#define TEEC_LOGIN_APPLICATION       0x00000004u
#define TEEC_LOGIN_USER_APPLICATION  0x00000005u
#define TEEC_LOGIN_GROUP_APPLICATION 0x00000006u

typedef uint32_t TEEC_Result;

/* The fields of the next two are the library's. */
typedef struct {
    int fd;
    bool reg_mem;
    bool memref_null;
} TEEC_Context;

typedef struct {
    TEEC_Context *ctx;
    uint32_t session_id;
} TEEC_Session;

typedef struct {
    uint32_t timeLow;
    uint16_t timeMid;
    uint16_t timeHiAndVersion;
    uint8_t clockSeqAndNode[8];
} TEEC_UUID;

/*
 * buffer, size and flags (TEEC_MEM_*) are the program's to set before
 * TEEC_RegisterSharedMemory; size and flags before TEEC_AllocateSharedMemory, which sets
 * buffer. The rest is the library's.
 */
typedef struct {
    void *buffer;
    size_t size;
    uint32_t flags;
    int id;
    size_t alloced_size;
    void *shadow_buffer;
    int registered_fd;
    union {
        bool dummy;
        uint8_t flags;
    } internal;
} TEEC_SharedMemory;

/* buffer NULL: no memory; size is passed on. */
typedef struct {
    void *buffer;
    size_t size;
} TEEC_TempMemoryReference;

/* WHOLE ignores size and offset; the direction is then that of the memory's flags. */
typedef struct {
    TEEC_SharedMemory *parent;
    size_t size;
    size_t offset;
} TEEC_RegisteredMemoryReference;

typedef struct {
    uint32_t a;
    uint32_t b;
} TEEC_Value;

typedef union {
    TEEC_TempMemoryReference tmpref;
    TEEC_RegisteredMemoryReference memref;
    TEEC_Value value;
} TEEC_Parameter;

/* started must be 0 when the operation may be cancelled before it begins. */
typedef struct {
    uint32_t started;
    uint32_t paramTypes;
    TEEC_Parameter params[TEEC_CONFIG_PAYLOAD_REF_COUNT];
    TEEC_Session *session;
} TEEC_Operation;

/*
 * Connect to a TEE. name: NULL for the one that answers (see above), "hosted" for a
 * hosted TEE, "optee-tz" for a TEE device of the kernel. ITEM_NOT_FOUND: no such TEE, or
 * none could be started. BAD_PARAMETERS. OUT_OF_MEMORY.
 */
TEEC_Result TEEC_InitializeContext(const char *name, TEEC_Context *context);

/* Close what is left open in the context (sessions, shared memory) and disconnect. */
void TEEC_FinalizeContext(TEEC_Context *context);

/*
 * Open a session to the TA destination. operation may be NULL; its parameters reach
 * TA_OpenSessionEntryPoint.
 *   ITEM_NOT_FOUND  no such TA            SECURITY       its image was refused
 *   BUSY            it takes no more      ACCESS_DENIED  not a member of the group
 *   OUT_OF_MEMORY   TARGET_DEAD           or what the TA answered (origin TRUSTED_APP)
 */
TEEC_Result TEEC_OpenSession(TEEC_Context *context, TEEC_Session *session,
                             const TEEC_UUID *destination, uint32_t connectionMethod,
                             const void *connectionData, TEEC_Operation *operation,
                             uint32_t *returnOrigin);

/* Waits until calls of the session have ended; they are asked to cancel. NULL: nothing.
 */
void TEEC_CloseSession(TEEC_Session *session);

/*
 * Call command commandID of the TA. Output values and the bytes of output references are
 * written back whatever the result is; the size of an output reference is what the TA
 * reports, and may exceed the buffer (SHORT_BUFFER), in which case the buffer is
 * untouched.
 */
TEEC_Result TEEC_InvokeCommand(TEEC_Session *session, uint32_t commandID,
                               TEEC_Operation *operation, uint32_t *returnOrigin);

/*
 * Make shm->buffer (shm->size bytes, flags) known to the TEE. Where the TEE cannot see
 * the program's memory the contents are copied around each call that uses it.
 */
TEEC_Result TEEC_RegisterSharedMemory(TEEC_Context *context,
                                      TEEC_SharedMemory *sharedMem);

/*
 * Register the memory of a dma-buf descriptor (OP-TEE's addition).
 * NOT_SUPPORTED where the kernel or the TEE has no such thing.
 */
TEEC_Result TEEC_RegisterSharedMemoryFileDescriptor(TEEC_Context *context,
                                                    TEEC_SharedMemory *sharedMem, int fd);

/* Allocate memory that program and TEE share without copying. Size 0 is allowed. */
TEEC_Result TEEC_AllocateSharedMemory(TEEC_Context *context,
                                      TEEC_SharedMemory *sharedMem);

/* Forget it; frees what was allocated. NULL: nothing. */
void TEEC_ReleaseSharedMemory(TEEC_SharedMemory *sharedMem);

/* Ask the TA to give up the operation, from another thread. It may still succeed. */
void TEEC_RequestCancellation(TEEC_Operation *operation);

#ifdef __cplusplus
}
#endif

#endif
