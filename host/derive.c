/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device keys: HKDF-SHA256 of the device secret, bound to the life cycle, to the
 * authority that verified the boot (zero: a hosted TEE is not verified by anyone), to the
 * TA and to the label. The label comes last, so that no two inputs give the same bytes.
 */
#include "bytes.h"
#include "daemon.h"
#include "hkdf.h"

void derive(const struct state *s, uint8_t *key, size_t len, const uint8_t owner[16],
            const void *label, size_t label_len)
{
    static const char domain[] = "anchorhold device key 1";
    static const uint8_t boot_authority[32];
    uint8_t info[4 + 32 + 16 + 64];
    struct wr w = wr_init(info, sizeof info);

    wr_u32(&w, 0); /* life cycle: hosted */
    wr_raw(&w, boot_authority, sizeof boot_authority);
    wr_raw(&w, owner, 16);
    wr_raw(&w, label, label_len < 64 ? label_len : 64);
    hkdf_sha256(key, len, s->device_secret, DEVICE_SECRET_BYTES, domain,
                sizeof domain - 1, info, w.len);
}
