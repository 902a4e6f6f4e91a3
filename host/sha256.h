/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHA-256 of a whole buffer, with the processor's own instructions where it has them:
 * programs of five megabytes are hashed before they start, and that is most of the time a
 * start takes. Which file implements it is a matter of the machine: sha256_x86.c, or
 * sha256_portable.c (BearSSL).
 */
#ifndef AH_HOST_SHA256_H
#define AH_HOST_SHA256_H

#include <stddef.h>
#include <stdint.h>

void sha256(uint8_t out[32], const void *p, size_t len);

#endif
