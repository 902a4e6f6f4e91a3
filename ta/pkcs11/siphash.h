/* SPDX-License-Identifier: BSD-2-Clause */
/* SipHash-2-4 (Aumasson, Bernstein): a keyed hash for tables that hostile input fills. */
#ifndef P11_SIPHASH_H
#define P11_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t siphash(const uint64_t key[2], const void *p, size_t len);

#endif
