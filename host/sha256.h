/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHA-256 of a whole buffer at the processor's full speed: programs of five megabytes are
 * hashed before they start, and that is most of the time a start takes.
 */
#ifndef AH_HOST_SHA256_H
#define AH_HOST_SHA256_H

#include <stddef.h>
#include <stdint.h>

void sha256(uint8_t out[32], const void *p, size_t len);

#endif
