/* SPDX-License-Identifier: BSD-2-Clause */
/* What csr and cert share: the token's public keys as libcrypto's. */
#ifndef AH_CLI_X509_H
#define AH_CLI_X509_H

#include <openssl/evp.h>
#include "cli.h"

/*
 * The public half of a private key: from CKA_PUBLIC_KEY_INFO, else from its own public
 * attributes, else from the public key object with the same id. NULL when the token tells
 * none.
 */
EVP_PKEY *public_of(CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE key);

#endif
