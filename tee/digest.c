/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Message digests (GP 1.3.1, section 6.3). The context is begun at the first update.
 * Extracting from a fixed digest finishes it and hands out its bytes piece by piece; from
 * an extendable one each piece is squeezed from a copy of the context, since
 * libcrypto 3.0 squeezes only once.
 */
#include <stdlib.h>
#include "operation.h"
#include "panic.h"

static const struct hash *hash_of(TEE_OperationHandle op)
{
    return hash_row(op->alg->hash);
}

static bool digest_open(TEE_OperationHandle op)
{
    op->md = EVP_MD_CTX_new();
    op->md_aux = hash_of(op)->xof ? EVP_MD_CTX_new() : NULL;
    return op->md && (op->md_aux || !hash_of(op)->xof);
}

static bool digest_copy(TEE_OperationHandle dst, TEE_OperationHandle src)
{
    return EVP_MD_CTX_copy_ex(dst->md, src->md) == 1;
}

static void digest_reset(TEE_OperationHandle op)
{
    wipe(op->digest, sizeof op->digest);
    op->extracted = 0;
}

const struct how how_digest = {
    .open = digest_open,
    .reset = digest_reset,
    .copy = digest_copy,
};

static void feed(TEE_OperationHandle op, const void *chunk, size_t len, const char *who)
{
    require(chunk || !len, who);
    if (op->state == TEE_OPERATION_STATE_INITIAL) {
        if (EVP_DigestInit_ex2(op->md, hash_md(op->alg->hash), NULL) != 1)
            crypto_panic(who);
        operation_begin(op);
    }
    if (len && EVP_DigestUpdate(op->md, chunk, len) != 1)
        crypto_panic(who);
}

void TEE_DigestUpdate(TEE_OperationHandle operation, const void *chunk, size_t chunkSize)
{
    operation_check(operation, TEE_OPERATION_DIGEST,
                    "TEE_DigestUpdate: no digest operation");
    require_state(operation->state != TEE_OPERATION_STATE_EXTRACTING,
                  "TEE_DigestUpdate: extraction has begun");
    feed(operation, chunk, chunkSize, "TEE_DigestUpdate: failed");
}

/* Bytes offset.. of an extendable function, the context staying as it is. */
static void squeeze(TEE_OperationHandle op, size_t offset, uint8_t *out, size_t len)
{
    size_t all;
    require(add_ok(offset, len, &all), "TEE_DigestExtract: too long");
    uint8_t *buf = malloc(all ? all : 1);
    if (!buf)
        sys_panic(TEE_ERROR_OUT_OF_MEMORY, "TEE_DigestExtract: out of memory");
    if (EVP_MD_CTX_copy_ex(op->md_aux, op->md) != 1 ||
        (all && EVP_DigestFinalXOF(op->md_aux, buf, all) != 1))
        crypto_panic("TEE_DigestExtract");
    if (len)
        memcpy(out, buf + offset, len);
    wipe(buf, all);
    free(buf);
}

/* Enter EXTRACTING; a fixed digest is complete now. */
static void begin_extraction(TEE_OperationHandle op)
{
    if (op->state == TEE_OPERATION_STATE_EXTRACTING)
        return;
    feed(op, NULL, 0, "TEE_DigestExtract: failed");
    if (!hash_of(op)->xof && EVP_DigestFinal_ex(op->md, op->digest, NULL) != 1)
        crypto_panic("TEE_DigestExtract");
    op->extracted = 0;
    op->state = TEE_OPERATION_STATE_EXTRACTING;
    op->flags |= TEE_HANDLE_FLAG_EXTRACTING;
}

static void give(TEE_OperationHandle op, void *out, size_t len)
{
    if (hash_of(op)->xof)
        squeeze(op, op->extracted, out, len);
    else if (len)
        memcpy(out, op->digest + op->extracted, len);
    op->extracted += len;
}

static void end(TEE_OperationHandle op)
{
    digest_reset(op);
    operation_end(op);
    op->flags &= ~TEE_HANDLE_FLAG_EXTRACTING;
}

/*
 * What DoFinal will give: of an extendable function as many bytes as there is room for.
 */
static size_t final_len(TEE_OperationHandle op, size_t room)
{
    return hash_of(op)->xof ? room : hash_of(op)->len - op->extracted;
}

TEE_Result TEE_DigestDoFinal(TEE_OperationHandle operation, const void *chunk,
                             size_t chunkLen, void *hash, size_t *hashLen)
{
    operation_check(operation, TEE_OPERATION_DIGEST,
                    "TEE_DigestDoFinal: no digest operation");
    bool extracting = operation->state == TEE_OPERATION_STATE_EXTRACTING;
    require(!extracting || !chunkLen,
            "TEE_DigestDoFinal: input after extraction has begun");
    require(hashLen, "TEE_DigestDoFinal: NULL");
    size_t len = final_len(operation, *hashLen);
    if (!output_fits(hash, hashLen, len, "TEE_DigestDoFinal: NULL"))
        return TEE_ERROR_SHORT_BUFFER;
    if (!extracting)
        feed(operation, chunk, chunkLen, "TEE_DigestDoFinal: failed");
    if (extracting || hash_of(operation)->xof)
        give(operation, hash, len);
    else if (EVP_DigestFinal_ex(operation->md, hash, NULL) != 1)
        crypto_panic("TEE_DigestDoFinal");
    end(operation);
    return TEE_SUCCESS;
}

TEE_Result TEE_DigestExtract(TEE_OperationHandle operation, void *hash, size_t *hashLen)
{
    operation_check(operation, TEE_OPERATION_DIGEST,
                    "TEE_DigestExtract: no digest operation");
    require(hashLen && (hash || !*hashLen), "TEE_DigestExtract: NULL");
    begin_extraction(operation);
    size_t len = *hashLen;
    size_t left = final_len(operation, len);
    if (len > left)
        len = left;
    give(operation, hash, len);
    *hashLen = len;
    return TEE_SUCCESS;
}
