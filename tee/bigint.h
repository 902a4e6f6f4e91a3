/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TEE_BigInt in memory, and its way to libcrypto's numbers and back.
 *
 *   word 0   words of magnitude that there is room for
 *   word 1   words in use, bit 31 set for a negative number; zero has none in use
 *   word 2.. magnitude, least significant word first
 *
 * A number in FMM form is laid out alike and is simply the number modulo n: the form is
 * the implementation's own, and libcrypto keeps no Montgomery context in memory of the
 * caller.
 */
#ifndef AH_TEE_BIGINT_H
#define AH_TEE_BIGINT_H

#include <openssl/bn.h>
#include "tee_internal_api.h"

#define BIGINT_BITS_MAX 4096u /* gpd.tee.arith.maxBigIntSize */
#define BIGINT_HEAD     2u

/*
 * The number, to be freed with BN_clear_free. Panics when memory is short or it is
 * malformed.
 */
BIGNUM *bigint_load(const TEE_BigInt *b);

/* False when it does not fit; dest is unchanged then. */
bool bigint_store(TEE_BigInt *dest, const BIGNUM *n);

/* Store and free; panics, naming the function, when it does not fit. */
void bigint_give(TEE_BigInt *dest, BIGNUM *n, const char *who);

#endif
