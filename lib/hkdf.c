/* SPDX-License-Identifier: BSD-2-Clause */
/* HKDF-SHA256 by BearSSL, in one call that leaves nothing behind. */
#include <bearssl.h>
#include "bytes.h"
#include "hkdf.h"

void hkdf_sha256(uint8_t *out, size_t out_len, const void *ikm, size_t ikm_len,
                 const void *salt, size_t salt_len, const void *info, size_t info_len)
{
    br_hkdf_context kdf;

    if (out_len > HKDF_MAX)
        __builtin_trap();
    br_hkdf_init(&kdf, &br_sha256_vtable, salt, salt_len);
    br_hkdf_inject(&kdf, ikm, ikm_len);
    br_hkdf_flip(&kdf);
    br_hkdf_produce(&kdf, info, info_len, out, out_len);
    wipe(&kdf, sizeof kdf);
}
