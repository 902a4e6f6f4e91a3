/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RSA encryption (GP 1.3.1, section 6.7): PKCS#1 v1.5, OAEP, and the bare operation,
 * whose input is padded with zeros on the left and whose output always has the length of
 * the modulus. Results are made in private memory, wiped afterwards, and copied out when
 * their length is known to fit.
 *
 * TEE_ERROR_BAD_PARAMETERS: a length or a number that the modulus cannot take.
 * TEE_ERROR_CIPHERTEXT_INVALID: bad padding. A TA that answers to strangers must not let
 * them tell this error from others (PKCS#1 v1.5 is only as safe as its user).
 */
#include <openssl/rsa.h>
#include "operation.h"
#include "panic.h"

#define MODULUS_MAX 512 /* bytes */

struct crypter {
    int padding;
    size_t overhead; /* bytes that padding takes, OAEP's hash not counted */
};

static size_t modulus_len(TEE_OperationHandle op)
{
    return (op->key->bits + 7) / 8;
}

static void begin(TEE_OperationHandle op)
{
    EVP_PKEY_CTX_free(op->pkey);
    op->pkey = EVP_PKEY_CTX_new_from_pkey(NULL, op->key->pkey, NULL);
    int (*init)(EVP_PKEY_CTX *) =
        op->mode == TEE_MODE_ENCRYPT ? EVP_PKEY_encrypt_init : EVP_PKEY_decrypt_init;
    if (!op->pkey || init(op->pkey) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(op->pkey, op->alg->how->crypter->padding) != 1)
        crypto_panic("RSA encryption: the key cannot be set");
}

static void oaep_begin(TEE_OperationHandle op)
{
    begin(op);
    op->mgf = op->alg->hash;
    op->labelled = false;
    const EVP_MD *md = hash_md(op->alg->hash);
    if (EVP_PKEY_CTX_set_rsa_oaep_md(op->pkey, md) != 1 ||
        EVP_PKEY_CTX_set_rsa_mgf1_md(op->pkey, md) != 1)
        crypto_panic("OAEP: digest");
}

static const struct crypter rsaes = {RSA_PKCS1_PADDING, 11};
static const struct crypter oaep = {RSA_PKCS1_OAEP_PADDING, 2};
static const struct crypter nopad = {RSA_NO_PADDING, 0};
const struct how how_rsaes = {.key = begin, .crypter = &rsaes};
const struct how how_oaep = {.key = oaep_begin, .crypter = &oaep};
const struct how how_rsa_nopad = {.key = begin, .crypter = &nopad};

static void oaep_label(TEE_OperationHandle op, const TEE_Attribute *a)
{
    size_t len = a ? a->content.ref.length : 0;
    if (!len && !op->labelled)
        return;
    require(len <= INT32_MAX, "OAEP: label too long");
    void *copy = len ? OPENSSL_memdup(a->content.ref.buffer, len) : NULL;
    if ((len && !copy) || EVP_PKEY_CTX_set0_rsa_oaep_label(op->pkey, copy, (int)len) != 1)
        crypto_panic("OAEP: label");
    op->labelled = len > 0;
}

static void oaep_mgf(TEE_OperationHandle op, const TEE_Attribute *a)
{
    enum hash_id mgf = op->alg->hash;
    if (a) {
        uint32_t id;
        require(a->content.ref.length == sizeof id, "OAEP: MGF_HASH is no algorithm id");
        memcpy(&id, a->content.ref.buffer, sizeof id);
        mgf = hash_find(id);
        require(mgf != HASH_NONE && !hash_row(mgf)->xof, "OAEP: MGF_HASH is no digest");
    }
    if (mgf == op->mgf)
        return;
    if (EVP_PKEY_CTX_set_rsa_mgf1_md(op->pkey, hash_md(mgf)) != 1)
        crypto_panic("OAEP: MGF hash");
    op->mgf = mgf;
}

static void set_params(TEE_OperationHandle op, const TEE_Attribute *params, uint32_t nr)
{
    static const uint32_t of_oaep[] = {TEE_ATTR_RSA_OAEP_LABEL,
                                       TEE_ATTR_RSA_OAEP_MGF_HASH, 0};
    bool is_oaep = op->alg->how == &how_oaep;
    params_only(params, nr, is_oaep ? of_oaep : of_oaep + 2,
                "RSA encryption: a parameter that the algorithm has not");
    if (!is_oaep)
        return;
    oaep_label(op, param_find(params, nr, TEE_ATTR_RSA_OAEP_LABEL));
    oaep_mgf(op, param_find(params, nr, TEE_ATTR_RSA_OAEP_MGF_HASH));
}

static void check(TEE_OperationHandle op, uint32_t mode, const void *src, size_t len,
                  const char *who)
{
    operation_check(op, TEE_OPERATION_ASYMMETRIC_CIPHER, who);
    require(op->mode == mode, who);
    require_state(op->flags & TEE_HANDLE_FLAG_KEY_SET, who);
    require(src || !len, who);
}

/* Is what may be encrypted under this padding short enough? */
static bool input_fits(TEE_OperationHandle op, size_t len)
{
    size_t overhead = op->alg->how->crypter->overhead;
    if (op->alg->how == &how_oaep)
        overhead += 2u * hash_row(op->alg->hash)->len;
    return overhead <= modulus_len(op) && len <= modulus_len(op) - overhead;
}

/*
 * src into in, for the bare operation with zeros before it; the length to be processed.
 */
static size_t load(TEE_OperationHandle op, uint8_t in[MODULUS_MAX], const void *src,
                   size_t len)
{
    size_t pad = op->alg->how == &how_rsa_nopad ? modulus_len(op) - len : 0;
    memset(in, 0, pad);
    if (len)
        memcpy(in + pad, src, len);
    return pad + len;
}

TEE_Result TEE_AsymmetricEncrypt(TEE_OperationHandle operation,
                                 const TEE_Attribute *params, uint32_t paramCount,
                                 const void *srcData, size_t srcLen, void *destData,
                                 size_t *destLen)
{
    static const char who[] =
        "TEE_AsymmetricEncrypt: no encrypting operation with a key, or NULL";
    uint8_t in[MODULUS_MAX], out[MODULUS_MAX];
    check(operation, TEE_MODE_ENCRYPT, srcData, srcLen, who);
    size_t len = modulus_len(operation), got = sizeof out;
    set_params(operation, params, paramCount);
    if (!input_fits(operation, srcLen))
        return TEE_ERROR_BAD_PARAMETERS;
    if (!output_fits(destData, destLen, len, who))
        return TEE_ERROR_SHORT_BUFFER;
    size_t in_len = load(operation, in, srcData, srcLen);
    bool ok = EVP_PKEY_encrypt(operation->pkey, out, &got, in, in_len) == 1 && got == len;
    if (ok)
        memcpy(destData, out, len);
    wipe(in, sizeof in);
    return ok ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS;
}

TEE_Result TEE_AsymmetricDecrypt(TEE_OperationHandle operation,
                                 const TEE_Attribute *params, uint32_t paramCount,
                                 const void *srcData, size_t srcLen, void *destData,
                                 size_t *destLen)
{
    static const char who[] =
        "TEE_AsymmetricDecrypt: no decrypting operation with a key, or NULL";
    uint8_t in[MODULUS_MAX], out[MODULUS_MAX];
    check(operation, TEE_MODE_DECRYPT, srcData, srcLen, who);
    size_t len = modulus_len(operation), got = sizeof out;
    bool bare = operation->alg->how == &how_rsa_nopad;
    set_params(operation, params, paramCount);
    if (bare ? srcLen > len : srcLen != len)
        return TEE_ERROR_BAD_PARAMETERS;
    size_t in_len = load(operation, in, srcData, srcLen);
    TEE_Result res = TEE_SUCCESS;
    if (EVP_PKEY_decrypt(operation->pkey, out, &got, in, in_len) != 1)
        res = bare ? TEE_ERROR_BAD_PARAMETERS : TEE_ERROR_CIPHERTEXT_INVALID;
    else if (!output_fits(destData, destLen, got, who))
        res = TEE_ERROR_SHORT_BUFFER;
    else if (got)
        memcpy(destData, out, got);
    wipe(out, sizeof out);
    return res;
}
