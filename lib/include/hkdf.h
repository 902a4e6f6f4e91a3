/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HKDF with SHA-256 (RFC 5869): from one secret, as many independent keys as there are
 * (salt, info) pairs. Every device key of the hosted TEE and every key of a storage log
 * is one.
 */
#ifndef AH_HKDF_H
#define AH_HKDF_H

#include <stddef.h>
#include <stdint.h>

#define HKDF_MAX (255u * 32u)

/*
 * out_len bytes, at most HKDF_MAX, from the secret ikm. salt may be empty (RFC 5869, 2.2:
 * then it counts as 32 zero bytes), info too. The intermediate secrets are wiped. Cannot
 * fail; a longer out_len is a bug of the caller and stops the program.
 */
void hkdf_sha256(uint8_t *out, size_t out_len, const void *ikm, size_t ikm_len,
                 const void *salt, size_t salt_len, const void *info, size_t info_len);

#endif
