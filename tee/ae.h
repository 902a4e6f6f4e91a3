/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two algorithms of authenticated encryption do beneath ae.c. */
#ifndef AH_TEE_AE_H
#define AH_TEE_AE_H

#include "operation.h"

struct aead {
    /* Is this a tag length of the algorithm, in bits? A nonce length, in bytes? */
    bool (*tag_ok)(uint32_t bits);
    bool (*nonce_ok)(size_t len, size_t payload_len);
    void (*start)(TEE_OperationHandle op, const uint8_t *nonce, size_t aad_len,
                  size_t payload_len);
    TEE_Result (*aad)(TEE_OperationHandle op, const uint8_t *p, size_t len);
    /* Bytes that an update with len bytes gives out, and the update; both already
     * checked. */
    size_t (*ready)(TEE_OperationHandle op, size_t len);
    TEE_Result (*update)(TEE_OperationHandle op, const uint8_t *src, size_t len,
                         uint8_t *dst);
    /* Bytes that the final gives out, and the final. open: MAC_INVALID when not
     * authentic. */
    size_t (*final_len)(TEE_OperationHandle op, size_t len);
    TEE_Result (*seal)(TEE_OperationHandle op, const uint8_t *src, size_t len,
                       uint8_t *dst, uint8_t *tag);
    TEE_Result (*open)(TEE_OperationHandle op, const uint8_t *src, size_t len,
                       uint8_t *dst, const uint8_t *tag);
};

#endif
