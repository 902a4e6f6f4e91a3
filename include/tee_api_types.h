/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Types of the GlobalPlatform TEE Internal Core API 1.3.1. Handles are opaque;
 * TEE_HANDLE_NULL is the handle of nothing. Lengths are size_t; GP 1.1 had uint32_t,
 * which is the same on a 32-bit processor. The names keySize and maxKeySize of GP 1.1
 * remain beside objectSize and maxObjectSize.
 */
#ifndef TEE_API_TYPES_H
#define TEE_API_TYPES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t TEE_Result;

/* In memory in the processor's byte order; in text and on the wire as RFC 4122 says. */
typedef struct {
    uint32_t timeLow;
    uint16_t timeMid;
    uint16_t timeHiAndVersion;
    uint8_t clockSeqAndNode[8];
} TEE_UUID;

/*
 * Who calls: a TEE_LOGIN_* value, and what it says about the client (nil UUID for
 * PUBLIC).
 */
typedef struct {
    uint32_t login;
    TEE_UUID uuid;
} TEE_Identity;

/*
 * One of the four parameters of a call; its type is in paramTypes. A buffer of a client
 * is shared with the client, which may change it at any moment: copy, then check, then
 * use.
 */
typedef union {
    struct {
        void *buffer;
        size_t size; /* bytes; for outputs in: room, out: length */
    } memref;
    struct {
        uint32_t a, b;
    } value;
} TEE_Param;

/*
 * An attribute of a key or of an operation: a value when its id has TEE_ATTR_FLAG_VALUE.
 */
typedef struct {
    uint32_t attributeID;
    union {
        struct {
            void *buffer;
            size_t length; /* bytes */
        } ref;
        struct {
            uint32_t a, b;
        } value;
    } content;
} TEE_Attribute;

typedef uint32_t TEE_ObjectType;
typedef uint32_t TEE_OperationMode;
typedef uint32_t TEE_Whence;

typedef struct {
    uint32_t objectType; /* TEE_TYPE_* */
    union {
        uint32_t objectSize; /* bits; 0 for an object without a key */
        uint32_t keySize;
    };
    union {
        uint32_t maxObjectSize; /* bits */
        uint32_t maxKeySize;
    };
    uint32_t objectUsage; /* TEE_USAGE_* */
    size_t dataSize;      /* bytes of the data stream */
    size_t dataPosition;  /* bytes from its start */
    uint32_t handleFlags; /* TEE_HANDLE_FLAG_* and TEE_DATA_FLAG_* */
} TEE_ObjectInfo;

typedef struct {
    uint32_t algorithm;
    uint32_t operationClass; /* TEE_OPERATION_* */
    uint32_t mode;
    uint32_t digestLength; /* bytes of a digest, MAC or tag; 0 when there is none */
    uint32_t maxKeySize;   /* bits, of all keys together */
    uint32_t keySize;      /* bits; 0 without a key or with two */
    uint32_t requiredKeyUsage;
    uint32_t handleState; /* TEE_HANDLE_FLAG_* */
} TEE_OperationInfo;

typedef struct {
    uint32_t keySize;
    uint32_t requiredKeyUsage;
} TEE_OperationInfoKey;

typedef struct {
    uint32_t algorithm;
    uint32_t operationClass;
    uint32_t mode;
    uint32_t digestLength;
    uint32_t maxKeySize;
    uint32_t handleState;
    uint32_t operationState; /* TEE_OPERATION_STATE_* */
    uint32_t numberOfKeys;
    TEE_OperationInfoKey keyInformation[];
} TEE_OperationInfoMultiple;

typedef struct {
    uint32_t seconds;
    uint32_t millis; /* 0..999 */
} TEE_Time;

/* Words of a number; the caller owns TEE_BigIntSizeInU32(bits) of them. */
typedef uint32_t TEE_BigInt;
typedef uint32_t TEE_BigIntFMM;
typedef uint32_t TEE_BigIntFMMContext;

typedef struct __TEE_TASessionHandle *TEE_TASessionHandle;
typedef struct __TEE_PropSetHandle *TEE_PropSetHandle;
typedef struct __TEE_ObjectHandle *TEE_ObjectHandle;
typedef struct __TEE_ObjectEnumHandle *TEE_ObjectEnumHandle;
typedef struct __TEE_OperationHandle *TEE_OperationHandle;

#endif
