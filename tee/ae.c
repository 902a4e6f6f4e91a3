/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authenticated encryption (GP 1.3.1, section 6.6): the functions, for GCM (ae_gcm.c) and
 * CCM (ae_ccm.c). The order is init, associated data, payload, final; anything else
 * panics. The last piece of plaintext appears in the caller's buffer only after the tag
 * has been found right, and never in memory that a client sees before that.
 */
#include "ae.h"
#include "panic.h"

#define TAG_MAX 16

void TEE_AEUpdateAAD(TEE_OperationHandle operation, const void *AADdata,
                     size_t AADdataLen)
{
    static const char who[] =
        "TEE_AEUpdateAAD: no active operation before its payload, or NULL";
    operation_check(operation, TEE_OPERATION_AE, who);
    require_state(
        operation->state == TEE_OPERATION_STATE_ACTIVE && !operation->payload_begun, who);
    require(AADdata || !AADdataLen, who);
    if (AADdataLen && operation->alg->how->aead->aad(operation, AADdata, AADdataLen))
        sys_panic(TEE_ERROR_OUT_OF_MEMORY, "TEE_AEUpdateAAD: out of memory");
}

TEE_Result TEE_AEInit(TEE_OperationHandle operation, const void *nonce, size_t nonceLen,
                      uint32_t tagLen, size_t AADLen, size_t payloadLen)
{
    operation_check(operation, TEE_OPERATION_AE, "TEE_AEInit: no AE operation");
    require_state(operation->flags & TEE_HANDLE_FLAG_KEY_SET, "TEE_AEInit: no key");
    require_state(operation->state == TEE_OPERATION_STATE_INITIAL,
                  "TEE_AEInit: the operation is active");
    const struct aead *ae = operation->alg->how->aead;
    if (!ae->tag_ok(tagLen))
        return TEE_ERROR_NOT_SUPPORTED;
    require(nonce && ae->nonce_ok(nonceLen, payloadLen),
            "TEE_AEInit: nonce of a wrong length");
    operation->tag_len = tagLen / 8;
    operation->payload_begun = false;
    bool same = operation->nonce_len == nonceLen;
    operation->nonce_len = nonceLen;
    operation->nonce_changed = !same;
    ae->start(operation, nonce, AADLen, payloadLen);
    operation_begin(operation);
    return TEE_SUCCESS;
}

static const struct aead *active(TEE_OperationHandle op, const void *src, size_t len,
                                 const char *who)
{
    operation_check(op, TEE_OPERATION_AE, who);
    require_state(op->state == TEE_OPERATION_STATE_ACTIVE, who);
    require(src || !len, who);
    return op->alg->how->aead;
}

TEE_Result TEE_AEUpdate(TEE_OperationHandle operation, const void *srcData, size_t srcLen,
                        void *destData, size_t *destLen)
{
    static const char who[] = "TEE_AEUpdate: no active AE operation, or NULL";
    const struct aead *ae = active(operation, srcData, srcLen, who);
    if (!output_fits(destData, destLen, ae->ready(operation, srcLen), who))
        return TEE_ERROR_SHORT_BUFFER;
    operation->payload_begun = true;
    return srcLen ? ae->update(operation, srcData, srcLen, destData) : TEE_SUCCESS;
}

TEE_Result TEE_AEEncryptFinal(TEE_OperationHandle operation, const void *srcData,
                              size_t srcLen, void *destData, size_t *destLen, void *tag,
                              size_t *tagLen)
{
    static const char who[] = "TEE_AEEncryptFinal: no active encryption, or NULL";
    const struct aead *ae = active(operation, srcData, srcLen, who);
    require(operation->mode == TEE_MODE_ENCRYPT, who);
    bool fits = output_fits(destData, destLen, ae->final_len(operation, srcLen), who);
    bool tag_fits = output_fits(tag, tagLen, operation->tag_len, who);
    if (!fits || !tag_fits)
        return TEE_ERROR_SHORT_BUFFER;
    TEE_Result res = ae->seal(operation, srcData, srcLen, destData, tag);
    if (res == TEE_SUCCESS)
        operation_end(operation);
    return res;
}

TEE_Result TEE_AEDecryptFinal(TEE_OperationHandle operation, const void *srcData,
                              size_t srcLen, void *destData, size_t *destLen, void *tag,
                              size_t tagLen)
{
    static const char who[] = "TEE_AEDecryptFinal: no active decryption, or NULL";
    uint8_t expected[TAG_MAX];
    const struct aead *ae = active(operation, srcData, srcLen, who);
    require(operation->mode == TEE_MODE_DECRYPT && tag, who);
    if (!output_fits(destData, destLen, ae->final_len(operation, srcLen), who))
        return TEE_ERROR_SHORT_BUFFER;
    TEE_Result res = TEE_ERROR_MAC_INVALID;
    if (tagLen == operation->tag_len) {
        memcpy(expected, tag, tagLen);
        res = ae->open(operation, srcData, srcLen, destData, expected);
    }
    if (res == TEE_ERROR_OUT_OF_MEMORY)
        return res;
    if (res != TEE_SUCCESS)
        *destLen = 0;
    if (operation->alg->how->reset)
        operation->alg->how->reset(operation);
    operation_end(operation);
    return res;
}
