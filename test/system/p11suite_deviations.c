/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deviations of foreign modules that are known and understood. A pattern is matched
 * against topic_case/row, so that one bad row does not hide the others of its table.
 */
#include <stddef.h>
#include "test/system/p11suite_deviations.h"

const struct deviation deviations[] = {
    {"softhsm", "general_required_mechanisms/ECDSA-SHA*", "no ECDSA with a hash"},
    {"softhsm", "session_login_rules/", "logout without a login is accepted"},
    {"softhsm", "session_logout_ends_operations/", "an operation survives the logout"},
    {"softhsm", "attribute_secret_parts*/find by value",
     "a secret can be searched by its value"},
    {"softhsm", "attribute_private_key_knows*/*",
     "no CKA_PUBLIC_KEY_INFO, no CKA_EC_POINT on private keys"},
    {"softhsm", "attribute_imported_ec_key*/",
     "no CKA_PUBLIC_KEY_INFO, no CKA_EC_POINT on private keys"},
    {"softhsm", "template_create/*", "values of imported keys are not checked"},
    {"softhsm", "template_generate_secret_key/*",
     "other code, and a parameter that is not needed is accepted"},
    {"softhsm", "template_generate_key_pair/*",
     "other codes, and small RSA keys are made"},
    {"softhsm", "sign_rsa_pkcs_length_limits/",
     "CKR_GENERAL_ERROR for data that is too long"},
    {"softhsm", "sign_wrong_keys_and_mechanisms/",
     "the type of the key is not compared with the mechanism"},
    {"softhsm", "sign_pss_parameters/salt too long",
     "a salt that does not fit is accepted"},
    {"softhsm", "sign_ecdsa/* ECDSA-SHA*", "no ECDSA with a hash"},
    {"softhsm", "cipher_wrong_lengths/PAD decrypt 0", "CKR_GENERAL_ERROR"},
    {"softhsm", "cipher_bad_padding/", "CKR_GENERAL_ERROR"},
    {"softhsm", "cipher_iv_rules/*",
     "CKR_MECHANISM_INVALID for a parameter that is wrong"},
    {"softhsm", "cipher_gcm_forgery/*",
     "CKR_GENERAL_ERROR for a forged message; bad parameters accepted"},
    {"softhsm", "cipher_rsa/*",
     "CKR_GENERAL_ERROR for wrong lengths; OAEP with SHA-1 only"},
    {"softhsm", "cipher_digests/arguments", "a parameter that is not needed is accepted"},
    {"softhsm", "cipher_digest_key/", "digests the value of a private key"},
    {"softhsm", "wrap_aes_key_wrap/*", "CKR_GENERAL_ERROR for a damaged blob"},
    {"softhsm", "wrap_ecdh_refusals/*", "CKR_GENERAL_ERROR for a bad public point"},
    {"softhsm", "wrap_no_escalation/wraps itself", "a key may wrap itself"},
    {"softhsm", "threads_fork/", "a child is not told that it must initialise"},
    {"softhsm", "object_permissions/modifiable",
     "an object that cannot be modified cannot be copied to another kind"},
    {"softhsm", "pin_counter_and_flags/", "no limit of tries"},
    {"softhsm", "pin_lock_out*/", "no limit of tries"},
    {"softhsm", "pin_so_lock_out*/", "no limit of tries"},
    {"softhsm", "threads_destroyed_once/", "another code for an object that is gone"},
    {NULL, NULL, NULL},
};
