/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHA-256 of a program, by libcrypto with the processor's own instructions. Without
 * libcrypto's help (out of memory) BearSSL does the same, slowly.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include "sha256.h"
#include "ta_verify.h"

void sha256(uint8_t out[32], const void *p, size_t len)
{
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    if (EVP_Digest(p, len, out, NULL, EVP_sha256(), NULL) != 1)
        ta_sha256(out, p, len);
}
