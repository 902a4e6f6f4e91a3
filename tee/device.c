/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys of the device for a TA. The platform holds the secret; this checks shapes. */
#include <string.h>
#include "anchorhold_ta.h"
#include "sys.h"

#define LABEL_MAX 63
#define KEY_MAX   64

static TEE_Result derive(const TEE_UUID *owner, const char *label, void *key, size_t len)
{
    if (!label || !key || !len || len > KEY_MAX ||
        strnlen(label, LABEL_MAX + 1) > LABEL_MAX)
        return TEE_ERROR_BAD_PARAMETERS;
    return sys_derive(owner, label, key, len);
}

TEE_Result AH_DeriveKey(const char *label, void *key, size_t len)
{
    return derive(NULL, label, key, len);
}

TEE_Result AH_DeriveKeyFor(const TEE_UUID *owner, const char *label, void *key,
                           size_t len)
{
    if (!owner)
        return TEE_ERROR_BAD_PARAMETERS;
    return derive(owner, label, key, len);
}
