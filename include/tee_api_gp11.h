/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Source compatibility with GP TEE Internal Core API 1.1. A TA that was written for it
 * defines, before it includes tee_internal_api.h,
 *
 *     #define TEE_CORE_API_REQUIRED_MAJOR_VERSION 1
 *     #define TEE_CORE_API_REQUIRED_MINOR_VERSION 1
 *
 * (or OP-TEE's __OPTEE_CORE_API_COMPAT_1_1), and may then pass lengths as uint32_t *
 * where later versions want size_t *; either is accepted, so that &params[i].memref.size
 * still works. The other differences need nothing: TEE_ObjectInfo has the old names of
 * its fields beside the new, integers widen by themselves, and the void functions of 1.1
 * are all there.
 */
#ifndef TEE_API_GP11_H
#define TEE_API_GP11_H

#include "tee_api.h"

/* A function whose last argument is such a length: its old form, and the choice by type.
 */
#define TEE_GP11(name, length, ...)                                                      \
    _Generic((length), uint32_t * : name##_gp11, default : name)(__VA_ARGS__, length)

#define TEE_GP11_BODY(name, ...)                                                         \
    size_t len = *length;                                                                \
    TEE_Result res = name(__VA_ARGS__, &len);                                            \
    *length = (uint32_t)len;                                                             \
    return res

static inline TEE_Result TEE_GetPropertyAsString_gp11(TEE_PropSetHandle set,
                                                      const char *name, char *value,
                                                      uint32_t *length)
{
    TEE_GP11_BODY(TEE_GetPropertyAsString, set, name, value);
}

static inline TEE_Result TEE_GetPropertyAsBinaryBlock_gp11(TEE_PropSetHandle set,
                                                           const char *name, void *value,
                                                           uint32_t *length)
{
    TEE_GP11_BODY(TEE_GetPropertyAsBinaryBlock, set, name, value);
}

static inline TEE_Result TEE_GetPropertyName_gp11(TEE_PropSetHandle enumerator,
                                                  void *name, uint32_t *length)
{
    TEE_GP11_BODY(TEE_GetPropertyName, enumerator, name);
}

static inline TEE_Result TEE_GetObjectBufferAttribute_gp11(TEE_ObjectHandle object,
                                                           uint32_t id, void *buffer,
                                                           uint32_t *length)
{
    TEE_GP11_BODY(TEE_GetObjectBufferAttribute, object, id, buffer);
}

static inline TEE_Result TEE_GetNextPersistentObject_gp11(TEE_ObjectEnumHandle enumerator,
                                                          TEE_ObjectInfo *info, void *id,
                                                          uint32_t *length)
{
    TEE_GP11_BODY(TEE_GetNextPersistentObject, enumerator, info, id);
}

static inline TEE_Result TEE_ReadObjectData_gp11(TEE_ObjectHandle object, void *buffer,
                                                 size_t size, uint32_t *count)
{
    size_t n = 0;
    TEE_Result res = TEE_ReadObjectData(object, buffer, size, &n);
    *count = (uint32_t)n;
    return res;
}

static inline TEE_Result TEE_DigestDoFinal_gp11(TEE_OperationHandle op, const void *chunk,
                                                size_t chunk_len, void *hash,
                                                uint32_t *length)
{
    TEE_GP11_BODY(TEE_DigestDoFinal, op, chunk, chunk_len, hash);
}

static inline TEE_Result TEE_CipherUpdate_gp11(TEE_OperationHandle op, const void *src,
                                               size_t src_len, void *dest,
                                               uint32_t *length)
{
    TEE_GP11_BODY(TEE_CipherUpdate, op, src, src_len, dest);
}

static inline TEE_Result TEE_CipherDoFinal_gp11(TEE_OperationHandle op, const void *src,
                                                size_t src_len, void *dest,
                                                uint32_t *length)
{
    TEE_GP11_BODY(TEE_CipherDoFinal, op, src, src_len, dest);
}

static inline TEE_Result TEE_MACComputeFinal_gp11(TEE_OperationHandle op,
                                                  const void *message, size_t message_len,
                                                  void *mac, uint32_t *length)
{
    TEE_GP11_BODY(TEE_MACComputeFinal, op, message, message_len, mac);
}

static inline TEE_Result TEE_AEUpdate_gp11(TEE_OperationHandle op, const void *src,
                                           size_t src_len, void *dest, uint32_t *length)
{
    TEE_GP11_BODY(TEE_AEUpdate, op, src, src_len, dest);
}

/* Two lengths, of the same type in any one call. */
static inline TEE_Result TEE_AEEncryptFinal_gp11(TEE_OperationHandle op, const void *src,
                                                 size_t src_len, void *dest,
                                                 uint32_t *dest_len, void *tag,
                                                 uint32_t *tag_len)
{
    size_t len = *dest_len, tlen = *tag_len;
    TEE_Result res = TEE_AEEncryptFinal(op, src, src_len, dest, &len, tag, &tlen);
    *dest_len = (uint32_t)len;
    *tag_len = (uint32_t)tlen;
    return res;
}

static inline TEE_Result TEE_AEDecryptFinal_gp11(TEE_OperationHandle op, const void *src,
                                                 size_t src_len, void *dest,
                                                 uint32_t *dest_len, void *tag,
                                                 size_t tag_len)
{
    size_t len = *dest_len;
    TEE_Result res = TEE_AEDecryptFinal(op, src, src_len, dest, &len, tag, tag_len);
    *dest_len = (uint32_t)len;
    return res;
}

static inline TEE_Result TEE_AsymmetricEncrypt_gp11(TEE_OperationHandle op,
                                                    const TEE_Attribute *params,
                                                    uint32_t nr, const void *src,
                                                    size_t src_len, void *dest,
                                                    uint32_t *length)
{
    TEE_GP11_BODY(TEE_AsymmetricEncrypt, op, params, nr, src, src_len, dest);
}

static inline TEE_Result TEE_AsymmetricDecrypt_gp11(TEE_OperationHandle op,
                                                    const TEE_Attribute *params,
                                                    uint32_t nr, const void *src,
                                                    size_t src_len, void *dest,
                                                    uint32_t *length)
{
    TEE_GP11_BODY(TEE_AsymmetricDecrypt, op, params, nr, src, src_len, dest);
}

static inline TEE_Result TEE_AsymmetricSignDigest_gp11(TEE_OperationHandle op,
                                                       const TEE_Attribute *params,
                                                       uint32_t nr, const void *digest,
                                                       size_t digest_len, void *signature,
                                                       uint32_t *length)
{
    TEE_GP11_BODY(TEE_AsymmetricSignDigest, op, params, nr, digest, digest_len,
                  signature);
}

static inline TEE_Result TEE_BigIntConvertToOctetString_gp11(uint8_t *buffer,
                                                             uint32_t *length,
                                                             const TEE_BigInt *number)
{
    size_t len = *length;
    TEE_Result res = TEE_BigIntConvertToOctetString(buffer, &len, number);
    *length = (uint32_t)len;
    return res;
}

/* clang-format off */
#define TEE_GetPropertyAsString(s, n, v, l)         TEE_GP11(TEE_GetPropertyAsString, l, s, n, v)
#define TEE_GetPropertyAsBinaryBlock(s, n, v, l)    TEE_GP11(TEE_GetPropertyAsBinaryBlock, l, s, n, v)
#define TEE_GetPropertyName(e, n, l)                TEE_GP11(TEE_GetPropertyName, l, e, n)
#define TEE_GetObjectBufferAttribute(o, i, b, l)    TEE_GP11(TEE_GetObjectBufferAttribute, l, o, i, b)
#define TEE_GetNextPersistentObject(e, i, d, l)     TEE_GP11(TEE_GetNextPersistentObject, l, e, i, d)
#define TEE_ReadObjectData(o, b, s, l)              TEE_GP11(TEE_ReadObjectData, l, o, b, s)
#define TEE_DigestDoFinal(o, c, n, h, l)            TEE_GP11(TEE_DigestDoFinal, l, o, c, n, h)
#define TEE_CipherUpdate(o, s, n, d, l)             TEE_GP11(TEE_CipherUpdate, l, o, s, n, d)
#define TEE_CipherDoFinal(o, s, n, d, l)            TEE_GP11(TEE_CipherDoFinal, l, o, s, n, d)
#define TEE_MACComputeFinal(o, m, n, d, l)          TEE_GP11(TEE_MACComputeFinal, l, o, m, n, d)
#define TEE_AEUpdate(o, s, n, d, l)                 TEE_GP11(TEE_AEUpdate, l, o, s, n, d)
#define TEE_AsymmetricEncrypt(o, p, c, s, n, d, l)  TEE_GP11(TEE_AsymmetricEncrypt, l, o, p, c, s, n, d)
#define TEE_AsymmetricDecrypt(o, p, c, s, n, d, l)  TEE_GP11(TEE_AsymmetricDecrypt, l, o, p, c, s, n, d)
#define TEE_AsymmetricSignDigest(o, p, c, s, n, d, l) TEE_GP11(TEE_AsymmetricSignDigest, l, o, p, c, s, n, d)
#define TEE_AEEncryptFinal(o, s, n, d, l, t, m) \
    _Generic((l), uint32_t *: TEE_AEEncryptFinal_gp11, default: TEE_AEEncryptFinal)(o, s, n, d, l, t, m)
#define TEE_AEDecryptFinal(o, s, n, d, l, t, m) \
    _Generic((l), uint32_t *: TEE_AEDecryptFinal_gp11, default: TEE_AEDecryptFinal)(o, s, n, d, l, t, m)
#define TEE_BigIntConvertToOctetString(b, l, n) \
    _Generic((l), uint32_t *: TEE_BigIntConvertToOctetString_gp11, default: TEE_BigIntConvertToOctetString)(b, l, n)
/* clang-format on */

#endif
