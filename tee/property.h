/* SPDX-License-Identifier: BSD-2-Clause */
/* The properties of the three sets as tables; property.c reads them for the API. */
#ifndef AH_TEE_PROPERTY_H
#define AH_TEE_PROPERTY_H

#include "tee_internal_api.h"

enum property_kind { P_BOOL, P_U32, P_U64, P_UUID, P_IDENTITY, P_TEXT, P_BINARY };

struct property_value {
    union {
        bool b;
        uint32_t u32;
        uint64_t u64;
        TEE_UUID uuid;
        TEE_Identity identity;
        const char *text; /* of P_BINARY: base64 */
    };
};

struct property {
    const char *name; /* NULL ends a set */
    enum property_kind kind;
    void (*get)(struct property_value *v);
};

/* The set behind a TEE_PROPSET_* pseudo handle, or NULL. */
const struct property *property_set(TEE_PropSetHandle handle);

#endif
