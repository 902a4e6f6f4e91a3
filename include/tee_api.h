/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Functions of the GlobalPlatform TEE Internal Core API 1.3.1.
 *
 * Rules for all of them (GP sections 2.4 and 3.4):
 * - A mistake of the TA's programmer panics the TA: a handle that is not valid, NULL
 *   where a pointer is needed, an operation in the wrong state, an attribute that does
 *   not belong to the type. The instance ends; its clients get TEE_ERROR_TARGET_DEAD.
 *   Only the results named below are returned.
 * - An output buffer comes with its length: in the room, out the bytes produced. When
 *   the room is too small the answer is TEE_ERROR_SHORT_BUFFER with the length needed,
 *   and nothing else has changed. A NULL buffer with length 0 asks for the length.
 * - Buffers belong to the caller and are not kept after the call. Closing a NULL handle
 *   does nothing.
 * - Different handles may be used by different threads at once; one handle only by one
 *   thread at a time, except that any number of threads may at once read one key object
 *   or set it into operations.
 * - Sizes of keys are in bits, lengths of buffers in bytes, unless said otherwise.
 */
#ifndef TEE_API_H
#define TEE_API_H

#include "tee_api_defines.h"
#include "tee_api_types.h"

/* --- Properties (section 4.4) --- */

/*
 * The property name of a set (TEE_PROPSET_*; name as given) or, with an enumerator, its
 * current property (name is ignored). TEE_ERROR_ITEM_NOT_FOUND when there is none,
 * TEE_ERROR_BAD_FORMAT when it has another type. AsString renders any type; its length
 * counts the NUL. AsBinaryBlock decodes base64.
 */
TEE_Result TEE_GetPropertyAsString(TEE_PropSetHandle propsetOrEnumerator,
                                   const char *name, char *valueBuffer,
                                   size_t *valueBufferLen);
TEE_Result TEE_GetPropertyAsBool(TEE_PropSetHandle propsetOrEnumerator, const char *name,
                                 bool *value);
TEE_Result TEE_GetPropertyAsU32(TEE_PropSetHandle propsetOrEnumerator, const char *name,
                                uint32_t *value);
TEE_Result TEE_GetPropertyAsU64(TEE_PropSetHandle propsetOrEnumerator, const char *name,
                                uint64_t *value);
TEE_Result TEE_GetPropertyAsBinaryBlock(TEE_PropSetHandle propsetOrEnumerator,
                                        const char *name, void *valueBuffer,
                                        size_t *valueBufferLen);
TEE_Result TEE_GetPropertyAsUUID(TEE_PropSetHandle propsetOrEnumerator, const char *name,
                                 TEE_UUID *value);
TEE_Result TEE_GetPropertyAsIdentity(TEE_PropSetHandle propsetOrEnumerator,
                                     const char *name, TEE_Identity *value);

/*
 * A new enumerator, not started; TEE_ERROR_OUT_OF_MEMORY. Freed by
 * TEE_FreePropertyEnumerator.
 */
TEE_Result TEE_AllocatePropertyEnumerator(TEE_PropSetHandle *enumerator);
void TEE_FreePropertyEnumerator(TEE_PropSetHandle enumerator);

/* Put it on the first property of propSet; back to not started. */
void TEE_StartPropertyEnumerator(TEE_PropSetHandle enumerator, TEE_PropSetHandle propSet);
void TEE_ResetPropertyEnumerator(TEE_PropSetHandle enumerator);

/*
 * Name of the current property (length with NUL; TEE_ERROR_SHORT_BUFFER), and on to the
 * next one. TEE_ERROR_ITEM_NOT_FOUND past the end or when not started.
 */
TEE_Result TEE_GetPropertyName(TEE_PropSetHandle enumerator, void *nameBuffer,
                               size_t *nameBufferLen);
TEE_Result TEE_GetNextProperty(TEE_PropSetHandle enumerator);

/* --- Panic, sessions with other TAs, cancellation (sections 4.8 to 4.10) --- */

/* End this TA instance; panicCode goes to the log. Never returns. */
_Noreturn void TEE_Panic(TEE_Result panicCode);

/*
 * Open a session with another TA, close it, and call a command in it.
 *   cancellationRequestTimeout  milliseconds until the call is cancelled, or
 *                 TEE_TIMEOUT_INFINITE
 *   params        as paramTypes says; buffers must be readable or writable for this TA
 *   session       the new session; TEE_HANDLE_NULL on any error
 *   returnOrigin  TEE_ORIGIN_*; may be NULL
 * Results are those of the TEE (ITEM_NOT_FOUND, BUSY, OUT_OF_MEMORY, TARGET_DEAD, ...)
 * or of the other TA.
 */
TEE_Result TEE_OpenTASession(const TEE_UUID *destination,
                             uint32_t cancellationRequestTimeout, uint32_t paramTypes,
                             TEE_Param params[TEE_NUM_PARAMS],
                             TEE_TASessionHandle *session, uint32_t *returnOrigin);
void TEE_CloseTASession(TEE_TASessionHandle session);
TEE_Result TEE_InvokeTACommand(TEE_TASessionHandle session,
                               uint32_t cancellationRequestTimeout, uint32_t commandID,
                               uint32_t paramTypes, TEE_Param params[TEE_NUM_PARAMS],
                               uint32_t *returnOrigin);

/* Is the current call cancelled, and cancellation not masked? */
bool TEE_GetCancellationFlag(void);

/* Each entry point starts masked. Both return whether it was masked before. */
bool TEE_UnmaskCancellation(void);
bool TEE_MaskCancellation(void);

/* --- Memory (section 4.11) --- */

/*
 * May this TA access the buffer so? accessFlags of TEE_MEMORY_ACCESS_*; without
 * ANY_OWNER, memory shared with a client is refused. TEE_SUCCESS or
 * TEE_ERROR_ACCESS_DENIED; size 0 is always allowed.
 */
TEE_Result TEE_CheckMemoryAccessRights(uint32_t accessFlags, void *buffer, size_t size);

/* One pointer that belongs to the instance and is shared by its sessions. */
void TEE_SetInstanceData(const void *instanceData);
const void *TEE_GetInstanceData(void);

/*
 * Heap. hint TEE_MALLOC_FILL_ZERO gives zeros, TEE_MALLOC_NO_FILL leaves the contents
 * undefined. Size 0 gives a pointer that must not be used but can be freed. NULL when
 * memory is short; TEE_Realloc then leaves the old block as it was. What
 * TEE_Realloc adds is undefined.
 */
void *TEE_Malloc(size_t size, uint32_t hint);
void *TEE_Realloc(void *buffer, size_t newSize);
void TEE_Free(void *buffer);

/*
 * Copy (may overlap); compare in constant time (sign of the first difference); fill with
 * a byte.
 */
void TEE_MemMove(void *dest, const void *src, size_t size);
int32_t TEE_MemCompare(const void *buffer1, const void *buffer2, size_t size);
void TEE_MemFill(void *buff, uint32_t x, size_t size);

/* --- Objects of either kind (section 5.5) --- */

/*
 * Type, sizes, usage, flags, and of a persistent object the length and position of its
 * data. TEE_ERROR_CORRUPT_OBJECT, TEE_ERROR_STORAGE_NOT_AVAILABLE (here and below:
 * persistent objects only).
 */
TEE_Result TEE_GetObjectInfo1(TEE_ObjectHandle object, TEE_ObjectInfo *objectInfo);

/* Take usages away: usage &= objectUsage. Nothing gives them back, save a reset. */
TEE_Result TEE_RestrictObjectUsage1(TEE_ObjectHandle object, uint32_t objectUsage);

/*
 * Read an attribute. A protected one needs TEE_USAGE_EXTRACTABLE, else panic.
 *   buffer  a big-endian number without leading zeros, or the bytes of a secret; ECC
 *           values have the length of the curve's field
 *   a, b    may be NULL
 * TEE_ERROR_ITEM_NOT_FOUND when the object has none such, TEE_ERROR_SHORT_BUFFER.
 */
TEE_Result TEE_GetObjectBufferAttribute(TEE_ObjectHandle object, uint32_t attributeID,
                                        void *buffer, size_t *size);
TEE_Result TEE_GetObjectValueAttribute(TEE_ObjectHandle object, uint32_t attributeID,
                                       uint32_t *a, uint32_t *b);

/* Close a persistent object, or free a transient one. */
void TEE_CloseObject(TEE_ObjectHandle object);

/* Deprecated forms that panic where the others return an error. */
void TEE_GetObjectInfo(TEE_ObjectHandle object, TEE_ObjectInfo *objectInfo);
void TEE_RestrictObjectUsage(TEE_ObjectHandle object, uint32_t objectUsage);

/* --- Transient objects (section 5.6) --- */

/*
 * An empty object that can take a key of objectType of up to maxObjectSize bits; all
 * usages. TEE_ERROR_OUT_OF_MEMORY; TEE_ERROR_NOT_SUPPORTED for a type or size that does
 * not exist.
 */
TEE_Result TEE_AllocateTransientObject(TEE_ObjectType objectType, uint32_t maxObjectSize,
                                       TEE_ObjectHandle *object);

/* Wipe and free; wipe and make empty again with all usages. */
void TEE_FreeTransientObject(TEE_ObjectHandle object);
void TEE_ResetTransientObject(TEE_ObjectHandle object);

/*
 * Set the attributes of an empty object: all that the type requires, none that it does
 * not know. A secret larger than maxObjectSize, a missing or foreign attribute panics.
 * Values that do not make a key are TEE_ERROR_BAD_PARAMETERS and leave the object empty:
 * an EC point off its curve, an RSA modulus or exponent that is even or too small, CRT
 * values that contradict the others, a secret of a length the type has not. An ECC key
 * pair may come as PRIVATE_VALUE and CURVE alone; the point is then computed. This and
 * the next three also answer TEE_ERROR_OUT_OF_MEMORY, where GP would have a panic.
 */
TEE_Result TEE_PopulateTransientObject(TEE_ObjectHandle object,
                                       const TEE_Attribute *attrs, uint32_t attrCount);

/*
 * Fill in *attr; the buffer is not copied. A panic when attributeID is of the other
 * kind.
 */
void TEE_InitRefAttribute(TEE_Attribute *attr, uint32_t attributeID, const void *buffer,
                          size_t length);
void TEE_InitValueAttribute(TEE_Attribute *attr, uint32_t attributeID, uint32_t a,
                            uint32_t b);

/*
 * Copy a key into an empty object of the same type, or the public part of a key pair into
 * one of the matching public type. The usage of the destination loses what the source has
 * not.
 */
TEE_Result TEE_CopyObjectAttributes1(TEE_ObjectHandle destObject,
                                     TEE_ObjectHandle srcObject);
void TEE_CopyObjectAttributes(TEE_ObjectHandle destObject, TEE_ObjectHandle srcObject);

/*
 * A random key or key pair of keySize bits in an empty object.
 *   params  RSA: PUBLIC_EXPONENT (optional, default 65537)
 *           ECC: CURVE
 *           DSA: PRIME, SUBPRIME, BASE
 *           DH: PRIME, BASE; optional SUBPRIME, X_BITS
 * TEE_ERROR_BAD_PARAMETERS when the parameters do not fit each other.
 */
TEE_Result TEE_GenerateKey(TEE_ObjectHandle object, uint32_t keySize,
                           const TEE_Attribute *params, uint32_t paramCount);

/* --- Persistent objects (sections 5.7 to 5.9) --- */

/*
 * Open or create an object of this TA's name space. The id has 0..TEE_OBJECT_ID_MAX_LEN
 * bytes and lies in memory of the TA (panic when shared with a client).
 *   flags       TEE_DATA_FLAG_*; OVERWRITE replaces an existing object, all or nothing
 *   attributes  an initialised object whose key is stored with the data, or
 *               TEE_HANDLE_NULL
 *   object      of create: may be NULL when no handle is wanted
 * TEE_ERROR_ITEM_NOT_FOUND (also: unknown storage), ACCESS_CONFLICT (exists, or open
 * elsewhere without the sharing flags), STORAGE_NO_SPACE, CORRUPT_OBJECT,
 * STORAGE_NOT_AVAILABLE, OUT_OF_MEMORY.
 */
TEE_Result TEE_OpenPersistentObject(uint32_t storageID, const void *objectID,
                                    size_t objectIDLen, uint32_t flags,
                                    TEE_ObjectHandle *object);
TEE_Result TEE_CreatePersistentObject(uint32_t storageID, const void *objectID,
                                      size_t objectIDLen, uint32_t flags,
                                      TEE_ObjectHandle attributes,
                                      const void *initialData, size_t initialDataLen,
                                      TEE_ObjectHandle *object);

/*
 * Delete and close, in all cases close; needs ACCESS_WRITE_META.
 * TEE_ERROR_STORAGE_NOT_AVAILABLE.
 */
TEE_Result TEE_CloseAndDeletePersistentObject1(TEE_ObjectHandle object);
void TEE_CloseAndDeletePersistentObject(TEE_ObjectHandle object);

/* Needs ACCESS_WRITE_META; TEE_ERROR_ACCESS_CONFLICT when the new id exists. */
TEE_Result TEE_RenamePersistentObject(TEE_ObjectHandle object, const void *newObjectID,
                                      size_t newObjectIDLen);

/* Enumerate the objects of a storage; order is not defined. */
TEE_Result TEE_AllocatePersistentObjectEnumerator(TEE_ObjectEnumHandle *objectEnumerator);
void TEE_FreePersistentObjectEnumerator(TEE_ObjectEnumHandle objectEnumerator);
void TEE_ResetPersistentObjectEnumerator(TEE_ObjectEnumHandle objectEnumerator);

/* TEE_ERROR_ITEM_NOT_FOUND when the storage is unknown or holds nothing. */
TEE_Result TEE_StartPersistentObjectEnumerator(TEE_ObjectEnumHandle objectEnumerator,
                                               uint32_t storageID);

/*
 * The next object; objectID has TEE_OBJECT_ID_MAX_LEN bytes. TEE_ERROR_ITEM_NOT_FOUND at
 * the end.
 */
TEE_Result TEE_GetNextPersistentObject(TEE_ObjectEnumHandle objectEnumerator,
                                       TEE_ObjectInfo *objectInfo, void *objectID,
                                       size_t *objectIDLen);

/*
 * The data stream at the position of the handle. Read: *count is less than size only at
 * the end. Write: grows the stream, all or nothing; TEE_ERROR_STORAGE_NO_SPACE,
 * TEE_ERROR_OVERFLOW. Truncate: cuts or extends with zeros. Seek: below 0 is 0; beyond
 * TEE_DATA_MAX_POSITION TEE_ERROR_OVERFLOW.
 */
TEE_Result TEE_ReadObjectData(TEE_ObjectHandle object, void *buffer, size_t size,
                              size_t *count);
TEE_Result TEE_WriteObjectData(TEE_ObjectHandle object, const void *buffer, size_t size);
TEE_Result TEE_TruncateObjectData(TEE_ObjectHandle object, size_t size);
TEE_Result TEE_SeekObjectData(TEE_ObjectHandle object, intmax_t offset,
                              TEE_Whence whence);

/* --- Operations (section 6.2) --- */

/*
 * A cryptographic operation: algorithm (TEE_ALG_*), mode (TEE_MODE_*), and the size of
 * the largest key it will take (of both together when it takes two; 0 for digests). It
 * begins in the state INITIAL. TEE_ERROR_OUT_OF_MEMORY; TEE_ERROR_NOT_SUPPORTED when the
 * combination does not exist.
 */
TEE_Result TEE_AllocateOperation(TEE_OperationHandle *operation, uint32_t algorithm,
                                 uint32_t mode, uint32_t maxKeySize);
void TEE_FreeOperation(TEE_OperationHandle operation);

/*
 * What it is and in which state; the second form tells each key of an operation with
 * two.
 */
void TEE_GetOperationInfo(TEE_OperationHandle operation,
                          TEE_OperationInfo *operationInfo);
TEE_Result TEE_GetOperationInfoMultiple(TEE_OperationHandle operation,
                                        TEE_OperationInfoMultiple *operationInfoMultiple,
                                        size_t *operationSize);

/* Back to INITIAL, keeping the key; panics when a needed key is not set. */
void TEE_ResetOperation(TEE_OperationHandle operation);

/*
 * Give the operation a key (two keys, which must differ: TEE_ERROR_SECURITY), or take it
 * away with TEE_HANDLE_NULL. The key is the operation's from then on; the object may be
 * freed. Panics unless the operation is INITIAL, the type is the algorithm's, the size at
 * most maxKeySize and the usage allowed.
 */
TEE_Result TEE_SetOperationKey(TEE_OperationHandle operation, TEE_ObjectHandle key);
TEE_Result TEE_SetOperationKey2(TEE_OperationHandle operation, TEE_ObjectHandle key1,
                                TEE_ObjectHandle key2);

/* Copy state and key; same algorithm and mode, and room for the key, else panic. */
void TEE_CopyOperation(TEE_OperationHandle dstOperation,
                       TEE_OperationHandle srcOperation);

/*
 * element: a TEE_ECC_CURVE_* or TEE_CRYPTO_ELEMENT_NONE. TEE_SUCCESS or
 * TEE_ERROR_NOT_SUPPORTED.
 */
TEE_Result TEE_IsAlgorithmSupported(uint32_t algId, uint32_t element);

/* --- Digests (section 6.3) --- */

void TEE_DigestUpdate(TEE_OperationHandle operation, const void *chunk, size_t chunkSize);

/* Last chunk and result; the operation is INITIAL again. TEE_ERROR_SHORT_BUFFER. */
TEE_Result TEE_DigestDoFinal(TEE_OperationHandle operation, const void *chunk,
                             size_t chunkLen, void *hash, size_t *hashLen);

/*
 * Take *hashLen bytes of the result, continuing where the last extract ended (state
 * EXTRACTING). For an extendable function any number; for a fixed digest *hashLen is cut
 * to what is left.
 */
TEE_Result TEE_DigestExtract(TEE_OperationHandle operation, void *hash, size_t *hashLen);

/* --- Ciphers (section 6.4) --- */

/*
 * Start, or start anew. The IV has the block size; ECB has none. CTR takes the initial
 * counter block.
 */
void TEE_CipherInit(TEE_OperationHandle operation, const void *IV, size_t IVLen);

/*
 * Process. srcData and destData are the same or apart. The room must hold what was
 * buffered plus srcLen, rounded down to blocks where the algorithm works in blocks;
 * TEE_ERROR_SHORT_BUFFER. DoFinal ends the operation; a total that is no multiple of the
 * block panics for ECB and CBC.
 */
TEE_Result TEE_CipherUpdate(TEE_OperationHandle operation, const void *srcData,
                            size_t srcLen, void *destData, size_t *destLen);
TEE_Result TEE_CipherDoFinal(TEE_OperationHandle operation, const void *srcData,
                             size_t srcLen, void *destData, size_t *destLen);

/* --- MACs (section 6.5) --- */

/*
 * Start, or start anew. IV is NULL for HMAC and CMAC; CBC-MAC starts from zeros when it
 * is NULL.
 */
void TEE_MACInit(TEE_OperationHandle operation, const void *IV, size_t IVLen);
void TEE_MACUpdate(TEE_OperationHandle operation, const void *chunk, size_t chunkSize);

/*
 * Last chunk, then the MAC out (TEE_ERROR_SHORT_BUFFER), or compared
 * (TEE_ERROR_MAC_INVALID).
 */
TEE_Result TEE_MACComputeFinal(TEE_OperationHandle operation, const void *message,
                               size_t messageLen, void *mac, size_t *macLen);
TEE_Result TEE_MACCompareFinal(TEE_OperationHandle operation, const void *message,
                               size_t messageLen, const void *mac, size_t macLen);

/* --- Authenticated encryption (section 6.6) --- */

/*
 * Start a message.
 *   tagLen      bits: GCM 96..128 in steps of 8, CCM 32..128 in steps of 16; else
 *               TEE_ERROR_NOT_SUPPORTED
 *   nonce       GCM: 1..128 bytes, 12 is usual; CCM: 7..13
 *   AADLen, payloadLen  bytes to come; needed by CCM, ignored by GCM
 * CCM gives out everything at the final.
 */
TEE_Result TEE_AEInit(TEE_OperationHandle operation, const void *nonce, size_t nonceLen,
                      uint32_t tagLen, size_t AADLen, size_t payloadLen);

/* Authenticated but not encrypted data; all of it before the first payload. */
void TEE_AEUpdateAAD(TEE_OperationHandle operation, const void *AADdata,
                     size_t AADdataLen);
TEE_Result TEE_AEUpdate(TEE_OperationHandle operation, const void *srcData, size_t srcLen,
                        void *destData, size_t *destLen);
TEE_Result TEE_AEEncryptFinal(TEE_OperationHandle operation, const void *srcData,
                              size_t srcLen, void *destData, size_t *destLen, void *tag,
                              size_t *tagLen);

/*
 * Ends the message. TEE_ERROR_MAC_INVALID: the message is not authentic; what AEUpdate
 * gave out before must not be used, what this call would have given out is not there.
 */
TEE_Result TEE_AEDecryptFinal(TEE_OperationHandle operation, const void *srcData,
                              size_t srcLen, void *destData, size_t *destLen, void *tag,
                              size_t tagLen);

/* --- Asymmetric functions (section 6.7) --- */

/*
 * RSA encryption.
 *   params  OAEP: RSA_OAEP_LABEL; RSA_OAEP_MGF_HASH (a TEE_ALG_* digest, 4 bytes in the
 *           processor's order; default: the algorithm's digest)
 * TEE_ERROR_BAD_PARAMETERS when the input does not fit the modulus. Decrypt:
 * TEE_ERROR_CIPHERTEXT_INVALID for bad padding (PKCS#1 v1.5 and OAEP); who answers
 * strangers must not let them tell it from other errors. TEE_ALG_RSA_NOPAD takes a
 * shorter input as if zeros stood before it; its output has the length of the modulus.
 */
TEE_Result TEE_AsymmetricEncrypt(TEE_OperationHandle operation,
                                 const TEE_Attribute *params, uint32_t paramCount,
                                 const void *srcData, size_t srcLen, void *destData,
                                 size_t *destLen);
TEE_Result TEE_AsymmetricDecrypt(TEE_OperationHandle operation,
                                 const TEE_Attribute *params, uint32_t paramCount,
                                 const void *srcData, size_t srcLen, void *destData,
                                 size_t *destLen);

/*
 * Sign a digest made before, or check its signature (TEE_ERROR_SIGNATURE_INVALID).
 *   params     PSS: RSA_PSS_SALT_LENGTH (default: digest length); others none
 *   digest     of the algorithm's length, else panic; for TEE_ALG_ED25519 the message
 *              itself; for __OPTEE_ALG_ECDSA_Pnnn and TEE_ALG_RSASSA_PKCS1_V1_5 of any
 *              length
 *   signature  RSA: length of the modulus; ECDSA, DSA: r and s, big endian, each of the
 *              length of the order
 * A digest or salt that the modulus is too small for panics.
 */
TEE_Result TEE_AsymmetricSignDigest(TEE_OperationHandle operation,
                                    const TEE_Attribute *params, uint32_t paramCount,
                                    const void *digest, size_t digestLen, void *signature,
                                    size_t *signatureLen);
TEE_Result TEE_AsymmetricVerifyDigest(TEE_OperationHandle operation,
                                      const TEE_Attribute *params, uint32_t paramCount,
                                      const void *digest, size_t digestLen,
                                      const void *signature, size_t signatureLen);

/* --- Key derivation, randomness (sections 6.8, 6.9) --- */

/*
 * Derive into an empty object of type TEE_TYPE_GENERIC_SECRET, or another secret type.
 *   params  DH: DH_PUBLIC_VALUE
 *           ECDH: ECC_PUBLIC_VALUE_X and _Y
 *           X25519: X25519_PUBLIC_VALUE
 *           HKDF: HKDF_HASH_ALGORITHM (a digest or its HMAC); optional HKDF_SALT,
 *           HKDF_INFO, KDF_KEY_SIZE (bytes; default: maxObjectSize)
 *           OP-TEE's HKDF: optional HKDF_SALT, _INFO, HKDF_OKM_LENGTH (bytes)
 *           concat KDF: optional CONCAT_KDF_OTHER_INFO, _DKM_LENGTH (bytes)
 *           PBKDF2: PBKDF2_ITERATION_COUNT; optional PBKDF2_SALT, _DKM_LENGTH (bytes)
 * Panics on a public value that is none: check a foreign point first, by populating a
 * public key with it. Shared secrets keep their leading zeros.
 */
void TEE_DeriveKey(TEE_OperationHandle operation, const TEE_Attribute *params,
                   uint32_t paramCount, TEE_ObjectHandle derivedKey);

/* Randomness fit for keys. Panics when there is none. */
void TEE_GenerateRandom(void *randomBuffer, size_t randomBufferLen);

/* --- Time (section 7) --- */

/* Never goes back while the instance lives; the origin is arbitrary. */
void TEE_GetSystemTime(TEE_Time *time);

/* Sleep. TEE_ERROR_CANCEL when the call was cancelled and cancellation is not masked. */
TEE_Result TEE_Wait(uint32_t timeout);

/*
 * A clock that belongs to the TA, kept from start to start. TEE_ERROR_TIME_NOT_SET,
 * TIME_NEEDS_RESET (the reference is not what it was), OVERFLOW (*time is the value
 * modulo 2^32 seconds), OUT_OF_MEMORY.
 */
TEE_Result TEE_GetTAPersistentTime(TEE_Time *time);
TEE_Result TEE_SetTAPersistentTime(const TEE_Time *time);

/* The rich OS's clock: may be anything an attacker likes. */
void TEE_GetREETime(TEE_Time *time);

/* --- Big integers (section 8) --- */

/*
 * The caller owns the words: TEE_BigIntSizeInU32(bits) for a number, and what the two
 * functions below say for a number in fast modular form (FMM) and its context. Init gives
 * them their size and the value 0; a result that does not fit its destination panics, or
 * is TEE_ERROR_OVERFLOW where a result is returned. The context must be initialised with
 * the modulus: odd, TEE_ERROR_NOT_SUPPORTED otherwise.
 */
size_t TEE_BigIntFMMContextSizeInU32(size_t modulusSizeInBits);
size_t TEE_BigIntFMMSizeInU32(size_t modulusSizeInBits);
void TEE_BigIntInit(TEE_BigInt *bigInt, size_t len);
void TEE_BigIntInitFMMContext(TEE_BigIntFMMContext *context, size_t len,
                              const TEE_BigInt *modulus);
TEE_Result TEE_BigIntInitFMMContext1(TEE_BigIntFMMContext *context, size_t len,
                                     const TEE_BigInt *modulus);
void TEE_BigIntInitFMM(TEE_BigIntFMM *bigIntFMM, size_t len);

/*
 * Big-endian magnitude; sign is negative for a negative number. OVERFLOW, SHORT_BUFFER.
 */
TEE_Result TEE_BigIntConvertFromOctetString(TEE_BigInt *dest, const uint8_t *buffer,
                                            size_t bufferLen, int32_t sign);
TEE_Result TEE_BigIntConvertToOctetString(uint8_t *buffer, size_t *bufferLen,
                                          const TEE_BigInt *bigInt);
void TEE_BigIntConvertFromS32(TEE_BigInt *dest, int32_t shortVal);
TEE_Result TEE_BigIntConvertToS32(int32_t *dest, const TEE_BigInt *src);

/*
 * Comparison: negative, zero or positive. Bits are those of the magnitude; bit count of
 * 0 is 0.
 */
int32_t TEE_BigIntCmp(const TEE_BigInt *op1, const TEE_BigInt *op2);
int32_t TEE_BigIntCmpS32(const TEE_BigInt *op, int32_t shortVal);
void TEE_BigIntShiftRight(TEE_BigInt *dest, const TEE_BigInt *op, size_t bits);
bool TEE_BigIntGetBit(const TEE_BigInt *src, uint32_t bitIndex);
uint32_t TEE_BigIntGetBitCount(const TEE_BigInt *src);
TEE_Result TEE_BigIntSetBit(TEE_BigInt *op, uint32_t bitIndex, bool value);
TEE_Result TEE_BigIntAssign(TEE_BigInt *dest, const TEE_BigInt *src);
TEE_Result TEE_BigIntAbs(TEE_BigInt *dest, const TEE_BigInt *src);

/*
 * Arithmetic; destinations may be operands. Division truncates towards zero; by zero it
 * panics.
 */
void TEE_BigIntAdd(TEE_BigInt *dest, const TEE_BigInt *op1, const TEE_BigInt *op2);
void TEE_BigIntSub(TEE_BigInt *dest, const TEE_BigInt *op1, const TEE_BigInt *op2);
void TEE_BigIntNeg(TEE_BigInt *dest, const TEE_BigInt *op);
void TEE_BigIntMul(TEE_BigInt *dest, const TEE_BigInt *op1, const TEE_BigInt *op2);
void TEE_BigIntSquare(TEE_BigInt *dest, const TEE_BigInt *op);
void TEE_BigIntDiv(TEE_BigInt *dest_q, TEE_BigInt *dest_r, const TEE_BigInt *op1,
                   const TEE_BigInt *op2);

/* Modulo n >= 2, results in 0..n-1; InvMod panics when there is no inverse. */
void TEE_BigIntMod(TEE_BigInt *dest, const TEE_BigInt *op, const TEE_BigInt *n);
void TEE_BigIntAddMod(TEE_BigInt *dest, const TEE_BigInt *op1, const TEE_BigInt *op2,
                      const TEE_BigInt *n);
void TEE_BigIntSubMod(TEE_BigInt *dest, const TEE_BigInt *op1, const TEE_BigInt *op2,
                      const TEE_BigInt *n);
void TEE_BigIntMulMod(TEE_BigInt *dest, const TEE_BigInt *op1, const TEE_BigInt *op2,
                      const TEE_BigInt *n);
void TEE_BigIntSquareMod(TEE_BigInt *dest, const TEE_BigInt *op, const TEE_BigInt *n);
void TEE_BigIntInvMod(TEE_BigInt *dest, const TEE_BigInt *op, const TEE_BigInt *n);

/*
 * op1 to the op2 modulo an odd n; context may be NULL. TEE_ERROR_NOT_SUPPORTED for an
 * even n.
 */
TEE_Result TEE_BigIntExpMod(TEE_BigInt *dest, const TEE_BigInt *op1,
                            const TEE_BigInt *op2, const TEE_BigInt *n,
                            const TEE_BigIntFMMContext *context);

/* gcd(op1, op2) == 1?; gcd = u op1 + v op2, u and v may be NULL. */
bool TEE_BigIntRelativePrime(const TEE_BigInt *op1, const TEE_BigInt *op2);
void TEE_BigIntComputeExtendedGcd(TEE_BigInt *gcd, TEE_BigInt *u, TEE_BigInt *v,
                                  const TEE_BigInt *op1, const TEE_BigInt *op2);

/*
 * 1 prime, 0 composite, -1 probably prime, with an error below 2^-confidenceLevel (at
 * least 80).
 */
int32_t TEE_BigIntIsProbablePrime(const TEE_BigInt *op, uint32_t confidenceLevel);

/* Fast modular form: to, from, and product of two. n is the modulus of the context. */
void TEE_BigIntConvertToFMM(TEE_BigIntFMM *dest, const TEE_BigInt *src,
                            const TEE_BigInt *n, const TEE_BigIntFMMContext *context);
void TEE_BigIntConvertFromFMM(TEE_BigInt *dest, const TEE_BigIntFMM *src,
                              const TEE_BigInt *n, const TEE_BigIntFMMContext *context);
void TEE_BigIntComputeFMM(TEE_BigIntFMM *dest, const TEE_BigIntFMM *op1,
                          const TEE_BigIntFMM *op2, const TEE_BigInt *n,
                          const TEE_BigIntFMMContext *context);

#endif
