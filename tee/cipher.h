/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the modes of cipher.c share. Input that cannot be processed yet waits in op->tail;
 * how much waits is what distinguishes the modes. blocks_run moves the rest through the
 * mode's process().
 */
#ifndef AH_TEE_CIPHER_H
#define AH_TEE_CIPHER_H

#include "operation.h"

struct cipher_mode {
    /* A message begins; iv was not checked yet. */
    void (*start)(TEE_OperationHandle op, const void *iv, size_t iv_len);
    /* Bytes that an update with all = tail_len + srcLen bytes in hand gives out; NULL: no
     * updates */
    size_t (*ready)(TEE_OperationHandle op, size_t all);
    /* Bytes that the final gives out for all bytes in hand. Panics on an impossible
     * number. */
    size_t (*final_len)(TEE_OperationHandle op, size_t all);
    /* Whole blocks; in and out are the same or apart. */
    void (*process)(TEE_OperationHandle op, const uint8_t *in, size_t len, uint8_t *out);
    /* process() also takes a whole message that is no number of blocks. */
    bool at_once;
    /* The end of the message: op->tail, after all that was ready has been processed. */
    void (*finish)(TEE_OperationHandle op, uint8_t *out);
    /* Modes that need the whole message at once do it here instead of the two before. */
    TEE_Result (*whole)(TEE_OperationHandle op, const void *src, size_t len, void *dst,
                        size_t *room);
};

size_t cipher_block(TEE_OperationHandle op);

/*
 * Process the first n bytes of tail and src, n as ready() said, into dst and leave the
 * rest in the tail. src and dst may be the same buffer.
 */
void blocks_run(TEE_OperationHandle op, const uint8_t *src, size_t len, uint8_t *dst,
                size_t n);

/* Through op->cipher, in pieces that libcrypto can count. */
void cipher_evp_run(TEE_OperationHandle op, const uint8_t *in, size_t len, uint8_t *out);

/* Contexts, and the key set into op->cipher: the parts of struct how that modes share. */
bool cipher_open(TEE_OperationHandle op);
void cipher_key(TEE_OperationHandle op);
void cipher_reset(TEE_OperationHandle op);
bool cipher_copy(TEE_OperationHandle dst, TEE_OperationHandle src);

/* Begin with this IV (NULL: none) and no padding. */
void cipher_iv(TEE_OperationHandle op, const void *iv);

#endif
