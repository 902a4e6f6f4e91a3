/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the operations see of a key: facts about it, and TEE operations that have it set
 * already. An operation is taken from the key, used by one call, and given back; the next
 * call with the same key and algorithm finds it ready. A key keeps a few of them and
 * frees the rest.
 */
#ifndef P11_READY_H
#define P11_READY_H

#include "curve.h"
#include "key.h"

#define RSA_BITS_MIN  1024u /* of a key that is used */
#define RSA_BITS_MAX  4096u
#define RSA_BYTES_MAX (RSA_BITS_MAX / 8u)

/*
 * The key of a TEE object that was just generated; it takes the object over, also on an
 * error. curve is NULL for RSA. CKR_DEVICE_MEMORY.
 */
CK_RV key_adopt(struct key **key, TEE_ObjectHandle object, uint32_t bits,
                const struct curve *curve);

uint32_t key_bits(const struct key *key);             /* of modulus, field or secret */
const struct curve *key_curve(const struct key *key); /* EC, else NULL */

/*
 * An operation of this algorithm and mode with the key set, in its initial state. The
 * algorithm must be one of the key's type (an HMAC for generic secrets).
 * CKR_DEVICE_MEMORY.
 */
CK_RV key_take(struct key *key, uint32_t alg, uint32_t mode, TEE_OperationHandle *op);

/* Give it back; clean when it is in its initial state, else it is reset here. */
void key_give(struct key *key, uint32_t alg, uint32_t mode, TEE_OperationHandle op,
              bool clean);

/*
 * An EC private key as a TEE object for key agreement; the caller frees it. key's
 * attributes are those of the object it belongs to.
 */
CK_RV key_agreement(TEE_ObjectHandle *pair, const struct key *key, const struct attrs *a);

/*
 * Is this point on the curve, and not the point at infinity? CKR_ATTRIBUTE_VALUE_INVALID
 * when it is not.
 */
CK_RV key_point_check(const struct curve *curve, struct span x, struct span y);

/* First three bytes that tell secret keys apart, as CKA_CHECK_VALUE has them. */
#define KCV_LEN 3u
CK_RV key_check_value(struct key *key, uint8_t kcv[KCV_LEN]);

#endif
