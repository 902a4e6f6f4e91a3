/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DSA and ECDSA signatures in their two forms: r || s, each of half_len bytes, as GP and
 * PKCS#11 have it, and the DER sequence of two integers that libcrypto makes. half_len at
 * most 66.
 */
#ifndef AH_TEE_RS_H
#define AH_TEE_RS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RS_HALF_MAX 66
#define RS_DER_MAX                                                                       \
    (3 + 2 * (2 + 1 + RS_HALF_MAX)) /* a length above 127 takes two bytes */

/* Strict DER only; false when it is not, or a number is too long. */
bool rs_from_der(uint8_t *rs, size_t half_len, const uint8_t *der, size_t der_len);

/* The only DER form; returns its length. */
size_t rs_to_der(uint8_t der[RS_DER_MAX], const uint8_t *rs, size_t half_len);

#endif
