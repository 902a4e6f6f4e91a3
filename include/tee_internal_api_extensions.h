/* SPDX-License-Identifier: BSD-2-Clause */
/* The name under which OP-TEE's trusted applications include the extension ids. */
#ifndef TEE_INTERNAL_API_EXTENSIONS_H
#define TEE_INTERNAL_API_EXTENSIONS_H

#include "tee_api_types.h"
#include "tee_api_defines_extensions.h"

#endif
