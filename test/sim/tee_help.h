/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Short ways to keys and operations for tests of the TEE library; each fails the test on
 * error.
 */
#ifndef AH_TEST_TEE_HELP_H
#define AH_TEST_TEE_HELP_H

#include "tee_internal_api.h"

/*
 * A transient object of exactly this size with this secret; the attribute is the type's
 * only one.
 */
TEE_ObjectHandle help_secret(uint32_t type, const void *p, size_t len);

/* A generated pair: RSA of bits, or on a curve. */
TEE_ObjectHandle help_rsa(uint32_t bits);
TEE_ObjectHandle help_ec(uint32_t type, uint32_t curve);

/* The public part of a pair. */
TEE_ObjectHandle help_public(TEE_ObjectHandle pair, uint32_t type);

/* A public point. */
TEE_Result help_point(TEE_ObjectHandle *o, uint32_t type, uint32_t curve, const void *x,
                      size_t x_len, const void *y, size_t y_len);

/* An operation with its key set; maximum size is the key's. */
TEE_OperationHandle help_operation(uint32_t algorithm, uint32_t mode,
                                   TEE_ObjectHandle key);

uint32_t help_bits(TEE_ObjectHandle o);

#endif
