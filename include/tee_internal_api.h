/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GlobalPlatform TEE Internal Core API 1.3.1 for trusted applications: this is the header
 * to include. A trusted application (TA) defines the five entry points of tee_ta_api.h
 * and calls the functions of tee_api.h. Anchorhold's additions are in anchorhold_ta.h.
 */
#ifndef TEE_INTERNAL_API_H
#define TEE_INTERNAL_API_H

#include "tee_api_types.h"
#include "tee_api_defines.h"
#include "tee_api_defines_extensions.h"
#include "tee_ta_api.h"
#include "tee_api.h"

/* For sources written against version 1.1, when they say so: see there. */
#if defined(__OPTEE_CORE_API_COMPAT_1_1)
#include "tee_api_gp11.h"
#elif defined(TEE_CORE_API_REQUIRED_MAJOR_VERSION) &&                                    \
    defined(TEE_CORE_API_REQUIRED_MINOR_VERSION)
#if TEE_CORE_API_REQUIRED_MAJOR_VERSION == 1 && TEE_CORE_API_REQUIRED_MINOR_VERSION <= 1
#include "tee_api_gp11.h"
#endif
#endif

#endif
