/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may sign trusted applications. The definition is made by the build:
 * build/<flavour>/gen/ta_key.c. */
#ifndef AH_TA_KEY_H
#define AH_TA_KEY_H

#include <stdint.h>
#include "ta_verify.h"

extern const uint8_t ta_key[TA_KEY_BYTES];

#endif
