/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers of a key on their way between attributes and libcrypto: a table of rows
 * attribute -> parameter name serves both directions, import into an EVP_PKEY and export
 * of a generated one.
 */
#ifndef AH_TEE_PARAMS_H
#define AH_TEE_PARAMS_H

#include <openssl/core.h>
#include "key.h"

struct param_row {
    uint32_t attribute; /* 0 ends the table */
    const char *name;   /* OSSL_PKEY_PARAM_* */
};

/*
 * An EVP_PKEY of the family (EVP_PKEY_KEYPAIR, ..._PUBLIC_KEY, ..._KEY_PARAMETERS) from
 * those attributes of k that rows name and k has. TEE_ERROR_BAD_PARAMETERS when libcrypto
 * refuses them.
 */
TEE_Result params_import(EVP_PKEY **pkey, const char *family, int selection,
                         const struct key *k, const struct param_row *rows);

/*
 * All numbers of rows, which k->pkey must have, as attributes; false when memory is
 * short.
 */
bool params_export(struct key *k, const struct param_row *rows);

#endif
