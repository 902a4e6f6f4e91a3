/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations: allocation, keys and the state machine (GP 1.3.1, section 6.2).
 *
 *   INITIAL --(init or first update)--> ACTIVE --(final)--> INITIAL
 *                                         \--(DigestExtract)--> EXTRACTING --(final)-->
 * INITIAL
 *
 * Keys are set in INITIAL only, and are held, not copied. Everything a caller can do
 * wrong here is a panic; what depends on the algorithm is asked of its row.
 */
#include "operation.h"
#include <stdlib.h>
#include "object.h"
#include "panic.h"

#define OPERATION_MARK 0x4e52504fu

void operation_check(TEE_OperationHandle op, uint32_t class, const char *who)
{
    require(op && op->mark == OPERATION_MARK && op->alg->class == class, who);
}

static void check(TEE_OperationHandle op, const char *who)
{
    require(op && op->mark == OPERATION_MARK, who);
}

void operation_begin(TEE_OperationHandle op)
{
    op->state = TEE_OPERATION_STATE_ACTIVE;
    op->flags |= TEE_HANDLE_FLAG_INITIALIZED;
}

void operation_end(TEE_OperationHandle op)
{
    op->state = TEE_OPERATION_STATE_INITIAL;
    op->flags &= ~TEE_HANDLE_FLAG_INITIALIZED;
}

/* --- Helpers of the classes --- */

const TEE_Attribute *param_find(const TEE_Attribute *params, uint32_t nr, uint32_t id)
{
    require(params || !nr, "operation: NULL parameters");
    for (uint32_t i = 0; i < nr; i++)
        if (params[i].attributeID == id)
            return &params[i];
    return NULL;
}

void params_only(const TEE_Attribute *params, uint32_t nr, const uint32_t *allowed,
                 const char *who)
{
    require(params || !nr, "operation: NULL parameters");
    for (uint32_t i = 0; i < nr; i++) {
        const uint32_t *a = allowed;
        while (*a && *a != params[i].attributeID)
            a++;
        require(*a, who);
        bool value = params[i].attributeID & TEE_ATTR_FLAG_VALUE;
        require(value || params[i].content.ref.buffer || !params[i].content.ref.length,
                who);
    }
}

bool output_fits(const void *buf, size_t *room, size_t need, const char *who)
{
    require(room && (buf || !*room), who);
    size_t had = *room;
    *room = need;
    return had >= need;
}

size_t operation_key_bytes(const struct key *k, uint8_t out[CIPHER_KEY_MAX])
{
    const struct key_attr *a = key_secret(k);
    require(a->len <= CIPHER_KEY_MAX, "operation: a cipher key of impossible length");
    memcpy(out, a->p, a->len);
    if (k->type->id != TEE_TYPE_DES && k->type->id != TEE_TYPE_DES3)
        return a->len;
    /* K1 -> K1 K1 K1, K1 K2 -> K1 K2 K1 */
    if (a->len == 8)
        memcpy(out + 8, a->p, 8);
    if (a->len < 24)
        memcpy(out + 16, a->p, 8);
    return 24;
}

/* --- Allocation --- */

static bool mode_fits(uint32_t class, uint32_t mode)
{
    switch (class) {
    case TEE_OPERATION_CIPHER:
    case TEE_OPERATION_AE:
    case TEE_OPERATION_ASYMMETRIC_CIPHER:
        return mode == TEE_MODE_ENCRYPT || mode == TEE_MODE_DECRYPT;
    case TEE_OPERATION_ASYMMETRIC_SIGNATURE:
        return mode == TEE_MODE_SIGN || mode == TEE_MODE_VERIFY;
    case TEE_OPERATION_MAC:
        return mode == TEE_MODE_MAC;
    case TEE_OPERATION_DIGEST:
        return mode == TEE_MODE_DIGEST;
    default:
        return class == TEE_OPERATION_KEY_DERIVATION && mode == TEE_MODE_DERIVE;
    }
}

static bool size_fits(const struct alg *a, uint32_t bits)
{
    if (!a->type)
        return true;
    const struct key_type *t = type_find(a->type);
    if (a->flags & ALG_TWO_KEYS)
        return bits % 2 == 0 && type_has_size(t, bits / 2) &&
               cipher_name(a->cipher, bits / 2);
    if (t->id == TEE_TYPE_DES || t->id == TEE_TYPE_DES3)
        bits = bits % 56 ? bits : bits / 7 * 8;
    if (a->curve && t->kind == &kind_ec)
        return curve_find(a->curve)->bits == bits;
    return type_has_size(t, bits);
}

static uint32_t usage_of(const struct alg *a, uint32_t mode)
{
    static const uint32_t usages[] = {
        [TEE_MODE_ENCRYPT] = TEE_USAGE_ENCRYPT, [TEE_MODE_DECRYPT] = TEE_USAGE_DECRYPT,
        [TEE_MODE_SIGN] = TEE_USAGE_SIGN,       [TEE_MODE_VERIFY] = TEE_USAGE_VERIFY,
        [TEE_MODE_MAC] = TEE_USAGE_MAC,         [TEE_MODE_DIGEST] = 0,
        [TEE_MODE_DERIVE] = TEE_USAGE_DERIVE,
    };
    uint32_t usage = usages[mode];
    if (a->flags & ALG_BOTH_USES)
        usage |= mode == TEE_MODE_ENCRYPT ? TEE_USAGE_VERIFY : TEE_USAGE_SIGN;
    return usage;
}

static void operation_free(TEE_OperationHandle op)
{
    key_drop(op->key);
    key_drop(op->key2);
    EVP_MD_CTX_free(op->md);
    EVP_MD_CTX_free(op->md_aux);
    EVP_CIPHER_CTX_free(op->cipher);
    EVP_CIPHER_CTX_free(op->cipher_aux);
    EVP_MAC_CTX_free(op->mac);
    EVP_PKEY_CTX_free(op->pkey);
    if (op->held)
        wipe(op->held, op->held_room);
    free(op->held);
    wipe(op, sizeof *op);
    free(op);
}

TEE_Result TEE_AllocateOperation(TEE_OperationHandle *operation, uint32_t algorithm,
                                 uint32_t mode, uint32_t maxKeySize)
{
    require(operation, "TEE_AllocateOperation: NULL");
    *operation = TEE_HANDLE_NULL;
    const struct alg *a = alg_find(algorithm);
    if (!a || !mode_fits(a->class, mode) || !size_fits(a, maxKeySize))
        return TEE_ERROR_NOT_SUPPORTED;
    TEE_OperationHandle op = calloc(1, sizeof *op);
    if (!op)
        return TEE_ERROR_OUT_OF_MEMORY;
    op->mark = OPERATION_MARK;
    op->alg = a;
    op->mode = mode;
    op->max_bits = maxKeySize;
    if (type_find(a->type) && type_find(a->type)->kind == &kind_secret &&
        maxKeySize % 56 == 0 && (a->type == TEE_TYPE_DES || a->type == TEE_TYPE_DES3))
        op->max_bits = maxKeySize / 7 * 8;
    op->usage = usage_of(a, mode);
    op->flags = a->type ? 0 : TEE_HANDLE_FLAG_KEY_SET;
    if (a->flags & ALG_TWO_KEYS)
        op->flags |= TEE_HANDLE_FLAG_EXPECT_TWO_KEYS;
    op->salt_len = -1;
    crypto_init();
    if (a->how->open && !a->how->open(op)) {
        operation_free(op);
        return TEE_ERROR_OUT_OF_MEMORY;
    }
    *operation = op;
    return TEE_SUCCESS;
}

void TEE_FreeOperation(TEE_OperationHandle operation)
{
    if (operation == TEE_HANDLE_NULL)
        return;
    check(operation, "TEE_FreeOperation: no operation");
    operation_free(operation);
}

/* --- What it is --- */

static uint32_t digest_len(TEE_OperationHandle op)
{
    if (op->alg->class == TEE_OPERATION_AE)
        return (uint32_t)op->tag_len;
    if (op->alg->hash != HASH_NONE)
        return hash_row(op->alg->hash)->len;
    if (op->alg->class != TEE_OPERATION_MAC)
        return 0;
    return op->alg->cipher == CIPHER_DES3_CBC ? 8 : 16;
}

void TEE_GetOperationInfo(TEE_OperationHandle operation, TEE_OperationInfo *operationInfo)
{
    check(operation, "TEE_GetOperationInfo: no operation");
    require(operationInfo, "TEE_GetOperationInfo: NULL");
    bool two = operation->alg->flags & ALG_TWO_KEYS;
    *operationInfo = (TEE_OperationInfo){
        .algorithm = operation->alg->id,
        .operationClass = operation->alg->class,
        .mode = operation->mode,
        .digestLength = digest_len(operation),
        .maxKeySize = operation->max_bits,
        .keySize = operation->key && !two ? operation->key->bits : 0,
        .requiredKeyUsage = two ? 0 : operation->usage,
        .handleState = operation->flags,
    };
}

TEE_Result TEE_GetOperationInfoMultiple(TEE_OperationHandle operation,
                                        TEE_OperationInfoMultiple *operationInfoMultiple,
                                        size_t *operationSize)
{
    check(operation, "TEE_GetOperationInfoMultiple: no operation");
    const struct key *keys[] = {operation->key, operation->key2};
    uint32_t nr = operation->alg->flags & ALG_TWO_KEYS ? 2 : operation->alg->type ? 1 : 0;
    size_t need = sizeof *operationInfoMultiple + nr * sizeof(TEE_OperationInfoKey);
    if (!output_fits(operationInfoMultiple, operationSize, need,
                     "TEE_GetOperationInfoMultiple: NULL"))
        return TEE_ERROR_SHORT_BUFFER;
    *operationInfoMultiple = (TEE_OperationInfoMultiple){
        .algorithm = operation->alg->id,
        .operationClass = operation->alg->class,
        .mode = operation->mode,
        .digestLength = digest_len(operation),
        .maxKeySize = operation->max_bits,
        .handleState = operation->flags,
        .operationState = operation->state,
        .numberOfKeys = nr,
    };
    for (uint32_t i = 0; i < nr; i++)
        operationInfoMultiple->keyInformation[i] = (TEE_OperationInfoKey){
            .keySize = keys[i] ? keys[i]->bits : 0,
            .requiredKeyUsage = operation->usage,
        };
    return TEE_SUCCESS;
}

/* --- State and keys --- */

void TEE_ResetOperation(TEE_OperationHandle operation)
{
    check(operation, "TEE_ResetOperation: no operation");
    require_state(operation->flags & TEE_HANDLE_FLAG_KEY_SET,
                  "TEE_ResetOperation: no key");
    if (operation->alg->how->reset)
        operation->alg->how->reset(operation);
    operation_end(operation);
}

/* A pair serves where the public key would. */
static bool type_fits(TEE_OperationHandle op, uint32_t type)
{
    if (type == op->alg->type)
        return true;
    bool public = op->mode == TEE_MODE_ENCRYPT || op->mode == TEE_MODE_VERIFY;
    const struct key_type *t = type_find(op->alg->type);
    return public && t->public && type == t->public;
}

static struct key *check_key(TEE_OperationHandle op, TEE_ObjectHandle o)
{
    object_check(o, "TEE_SetOperationKey: no object");
    require(o->key, "TEE_SetOperationKey: the object has no key");
    require(type_fits(op, o->type), "TEE_SetOperationKey: key of another type");
    require((o->usage & op->usage) == op->usage,
            "TEE_SetOperationKey: usage not allowed");
    uint32_t max = op->alg->flags & ALG_TWO_KEYS ? op->max_bits / 2 : op->max_bits;
    require(o->key->bits <= max, "TEE_SetOperationKey: key larger than maxKeySize");
    const struct key_attr *curve = key_get(o->key, TEE_ATTR_ECC_CURVE);
    require(!curve || !op->alg->curve || curve->value == op->alg->curve,
            "TEE_SetOperationKey: key on another curve");
    return o->key;
}

static void set_keys(TEE_OperationHandle op, struct key *k1, struct key *k2)
{
    key_hold(k1);
    key_hold(k2);
    key_drop(op->key);
    key_drop(op->key2);
    op->key = k1;
    op->key2 = k2;
    if (!k1) {
        op->flags &= ~TEE_HANDLE_FLAG_KEY_SET;
        return;
    }
    op->flags |= TEE_HANDLE_FLAG_KEY_SET;
    if (op->alg->how->key)
        op->alg->how->key(op);
}

static void check_settable(TEE_OperationHandle op)
{
    check(op, "TEE_SetOperationKey: no operation");
    require(op->alg->type, "TEE_SetOperationKey: a digest takes no key");
    require_state(op->state == TEE_OPERATION_STATE_INITIAL,
                  "TEE_SetOperationKey: the operation is active");
}

TEE_Result TEE_SetOperationKey(TEE_OperationHandle operation, TEE_ObjectHandle key)
{
    check_settable(operation);
    if (key == TEE_HANDLE_NULL) {
        set_keys(operation, NULL, NULL);
        return TEE_SUCCESS;
    }
    require(!(operation->alg->flags & ALG_TWO_KEYS),
            "TEE_SetOperationKey: needs two keys");
    set_keys(operation, check_key(operation, key), NULL);
    return TEE_SUCCESS;
}

TEE_Result TEE_SetOperationKey2(TEE_OperationHandle operation, TEE_ObjectHandle key1,
                                TEE_ObjectHandle key2)
{
    check_settable(operation);
    require(operation->alg->flags & ALG_TWO_KEYS, "TEE_SetOperationKey2: takes one key");
    if (key1 == TEE_HANDLE_NULL && key2 == TEE_HANDLE_NULL) {
        set_keys(operation, NULL, NULL);
        return TEE_SUCCESS;
    }
    struct key *k1 = check_key(operation, key1), *k2 = check_key(operation, key2);
    require(k1->bits == k2->bits && cipher_name(operation->alg->cipher, k1->bits),
            "TEE_SetOperationKey2: key sizes do not fit");
    if (ct_equal(key_secret(k1)->p, key_secret(k2)->p, key_secret(k1)->len))
        return TEE_ERROR_SECURITY;
    set_keys(operation, k1, k2);
    return TEE_SUCCESS;
}

void TEE_CopyOperation(TEE_OperationHandle dstOperation, TEE_OperationHandle srcOperation)
{
    check(dstOperation, "TEE_CopyOperation: no destination");
    check(srcOperation, "TEE_CopyOperation: no source");
    TEE_OperationHandle d = dstOperation, s = srcOperation;
    require(d->alg == s->alg && d->mode == s->mode,
            "TEE_CopyOperation: different operations");
    if (d == s)
        return;
    uint32_t bits = (s->key ? s->key->bits : 0) + (s->key2 ? s->key2->bits : 0);
    require(bits <= d->max_bits || !d->alg->type,
            "TEE_CopyOperation: key larger than maxKeySize");
    if (d->alg->how->reset)
        d->alg->how->reset(d);
    if (d->alg->type)
        set_keys(d, s->key, s->key2);
    d->state = s->state;
    d->flags = s->flags;
    memcpy(d->tail, s->tail, sizeof d->tail);
    memcpy(d->chain, s->chain, sizeof d->chain);
    memcpy(d->digest, s->digest, sizeof d->digest);
    d->tail_len = s->tail_len;
    d->ahead = s->ahead;
    d->extracted = s->extracted;
    if (d->state != TEE_OPERATION_STATE_INITIAL && d->alg->how->copy)
        require(d->alg->how->copy(d, s), "TEE_CopyOperation: out of memory");
}
