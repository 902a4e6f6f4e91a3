/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key that signs images: a PEM file, or a pkcs11: URI through OpenSSL's pkcs11
 * provider or engine. Every function that fails has said why on stderr.
 */
#ifndef AH_IMAGE_KEY_H
#define AH_IMAGE_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <openssl/evp.h>

/* A P-256 key, private when secret; public PEM files do for the rest. NULL on failure. */
EVP_PKEY *key_open(const char *name, bool secret);

/* The key behind a pkcs11: URI (key_pkcs11.c); NULL without a message when there is none.
 */
EVP_PKEY *key_pkcs11(const char *uri, bool secret);

/* The uncompressed point, 04 X Y. */
bool key_point(EVP_PKEY *key, uint8_t point[65]);

/* ECDSA over SHA-256 of the len bytes at p, as r || s, 32 bytes each. */
bool key_sign(EVP_PKEY *key, uint8_t rs[64], const void *p, size_t len);

#endif
