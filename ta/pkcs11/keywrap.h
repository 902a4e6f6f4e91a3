/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AES key wrap on a given TEE operation, for the mechanisms of that name and for
 * RSA_AES_KEY_WRAP.
 */
#ifndef P11_KEYWRAP_H
#define P11_KEYWRAP_H

#include "how.h"

#define KEYWRAP_MAX (64u * 1024u) /* bytes of a wrapped key */

/*
 * RFC 3394 (AH_ALG_AES_KW) or RFC 5649 (AH_ALG_AES_KWP), with the key that is set in
 * main. CKR_DATA_LEN_RANGE; CKR_ENCRYPTED_DATA_LEN_RANGE, CKR_ENCRYPTED_DATA_INVALID.
 */
CK_RV keywrap_wrap(TEE_OperationHandle main, uint32_t alg, struct span in,
                   struct out *out);
CK_RV keywrap_unwrap(TEE_OperationHandle main, uint32_t alg, struct span in,
                     struct out *out);

#endif
