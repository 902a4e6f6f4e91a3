/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The crossing from the errors of the TEE API to those of PKCS#11. A total function: what
 * has no word in PKCS#11 is a fault of the device, which is what the client can act on.
 */
#include "p11.h"

static const struct {
    TEE_Result from;
    CK_RV to;
} words[] = {
    {TEE_SUCCESS, CKR_OK},
    {TEE_ERROR_OUT_OF_MEMORY, CKR_DEVICE_MEMORY},
    {TEE_ERROR_STORAGE_NO_SPACE, CKR_DEVICE_MEMORY},
    {TEE_ERROR_SHORT_BUFFER, CKR_BUFFER_TOO_SMALL},
    {TEE_ERROR_SIGNATURE_INVALID, CKR_SIGNATURE_INVALID},
    {TEE_ERROR_MAC_INVALID, CKR_SIGNATURE_INVALID},
    {TEE_ERROR_CIPHERTEXT_INVALID, CKR_ENCRYPTED_DATA_INVALID},
    {TEE_ERROR_BAD_PARAMETERS, CKR_ARGUMENTS_BAD},
    {TEE_ERROR_NOT_SUPPORTED, CKR_MECHANISM_INVALID},
    {TEE_ERROR_CANCEL, CKR_FUNCTION_CANCELED},
};

CK_RV rv_of(TEE_Result r)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (words[i].from == r)
            return words[i].to;
    }
    return CKR_DEVICE_ERROR;
}
