/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signatures over digests (GP 1.3.1, section 6.7). Setting the key prepares libcrypto's
 * context with padding and digest, so that signing is one call and, for ECDSA and DSA, a
 * change of form by hand. The digest is copied first: its owner may share it with a
 * client.
 *
 * A signature that cannot be what it claims (wrong length, r or s out of range) is
 * TEE_ERROR_SIGNATURE_INVALID like any other that does not verify.
 */
#include <openssl/rsa.h>
#include "operation.h"
#include "panic.h"
#include "rs.h"

#define INPUT_MAX                                                                        \
    512 /* bytes of the largest RSA modulus; EdDSA messages are not copied */
#define PKCS1_PADS 11

struct signer {
    size_t (*len)(TEE_OperationHandle op); /* of every signature of this key */
    void (*params)(TEE_OperationHandle op, const TEE_Attribute *params, uint32_t nr);
    void (*sign)(TEE_OperationHandle op, const uint8_t *digest, size_t len, uint8_t *sig);
    bool (*verify)(TEE_OperationHandle op, const uint8_t *digest, size_t len,
                   const uint8_t *sig);
    bool message; /* signs messages, of any length */
};

static void no_params(TEE_OperationHandle op, const TEE_Attribute *params, uint32_t nr)
{
    (void)op;
    (void)params;
    require(!nr, "signature: the algorithm takes no parameters");
}

static void pkey_begin(TEE_OperationHandle op)
{
    EVP_PKEY_CTX_free(op->pkey);
    op->pkey = EVP_PKEY_CTX_new_from_pkey(NULL, op->key->pkey, NULL);
    int (*init)(EVP_PKEY_CTX *) =
        op->mode == TEE_MODE_SIGN ? EVP_PKEY_sign_init : EVP_PKEY_verify_init;
    if (!op->pkey || init(op->pkey) != 1)
        crypto_panic("signature: the key cannot be set");
}

/* --- RSA --- */

static size_t rsa_len(TEE_OperationHandle op)
{
    return (op->key->bits + 7) / 8;
}

static void rsa_begin(TEE_OperationHandle op, int padding)
{
    pkey_begin(op);
    if (EVP_PKEY_CTX_set_rsa_padding(op->pkey, padding) != 1 ||
        (op->alg->hash != HASH_NONE &&
         EVP_PKEY_CTX_set_signature_md(op->pkey, hash_md(op->alg->hash)) != 1))
        crypto_panic("signature: padding or digest");
}

static void rsa_sign(TEE_OperationHandle op, const uint8_t *digest, size_t len,
                     uint8_t *sig)
{
    size_t got = rsa_len(op);
    require(!(op->alg->flags & ALG_ANY_DIGEST) || len + PKCS1_PADS <= got,
            "TEE_AsymmetricSignDigest: too long for the modulus");
    if (EVP_PKEY_sign(op->pkey, sig, &got, digest, len) != 1 || got != rsa_len(op))
        crypto_panic("TEE_AsymmetricSignDigest");
}

static bool rsa_verify(TEE_OperationHandle op, const uint8_t *digest, size_t len,
                       const uint8_t *sig)
{
    return EVP_PKEY_verify(op->pkey, sig, rsa_len(op), digest, len) == 1;
}

static void pkcs1_key(TEE_OperationHandle op)
{
    rsa_begin(op, RSA_PKCS1_PADDING);
}

static const struct signer pkcs1 = {rsa_len, no_params, rsa_sign, rsa_verify, false};
const struct how how_rsa_pkcs1 = {.key = pkcs1_key, .signer = &pkcs1};

static void pss_key(TEE_OperationHandle op)
{
    rsa_begin(op, RSA_PKCS1_PSS_PADDING);
    op->salt_len = -1;
}

static void pss_params(TEE_OperationHandle op, const TEE_Attribute *params, uint32_t nr)
{
    static const uint32_t allowed[] = {TEE_ATTR_RSA_PSS_SALT_LENGTH, 0};
    params_only(params, nr, allowed, "signature: a parameter that PSS has not");
    const TEE_Attribute *a = param_find(params, nr, TEE_ATTR_RSA_PSS_SALT_LENGTH);
    int len = hash_row(op->alg->hash)->len;
    if (a) {
        require(a->content.value.a <= INPUT_MAX, "signature: PSS salt too long");
        len = (int)a->content.value.a;
    }
    if (len == op->salt_len)
        return;
    if (EVP_PKEY_CTX_set_rsa_pss_saltlen(op->pkey, len) != 1)
        crypto_panic("signature: PSS salt length");
    op->salt_len = len;
}

static const struct signer pss = {rsa_len, pss_params, rsa_sign, rsa_verify, false};
const struct how how_rsa_pss = {.key = pss_key, .signer = &pss};

/* --- ECDSA and DSA --- */

static size_t ec_len(TEE_OperationHandle op)
{
    return 2 * ((op->key->bits + 7) / 8);
}

static size_t dsa_len(TEE_OperationHandle op)
{
    const struct key_attr *q = key_get(op->key, TEE_ATTR_DSA_SUBPRIME);
    size_t skip = 0;
    while (skip < q->len && q->p[skip] == 0)
        skip++;
    return 2 * (q->len - skip);
}

static void rs_sign(TEE_OperationHandle op, const uint8_t *digest, size_t len,
                    uint8_t *sig)
{
    uint8_t der[RS_DER_MAX];
    size_t got = sizeof der;
    if (EVP_PKEY_sign(op->pkey, der, &got, digest, len) != 1)
        crypto_panic("TEE_AsymmetricSignDigest");
    require(rs_from_der(sig, op->alg->how->signer->len(op) / 2, der, got),
            "TEE_AsymmetricSignDigest: impossible signature");
}

static bool rs_verify(TEE_OperationHandle op, const uint8_t *digest, size_t len,
                      const uint8_t *sig)
{
    uint8_t der[RS_DER_MAX];
    size_t der_len = rs_to_der(der, sig, op->alg->how->signer->len(op) / 2);
    return EVP_PKEY_verify(op->pkey, der, der_len, digest, len) == 1;
}

static const struct signer ecdsa = {ec_len, no_params, rs_sign, rs_verify, false};
static const struct signer dsa = {dsa_len, no_params, rs_sign, rs_verify, false};
const struct how how_ecdsa = {.key = pkey_begin, .signer = &ecdsa};
const struct how how_dsa = {.key = pkey_begin, .signer = &dsa};

/* --- EdDSA: pure Ed25519 --- */

static bool eddsa_open(TEE_OperationHandle op)
{
    op->md = EVP_MD_CTX_new();
    return op->md;
}

static size_t eddsa_len(TEE_OperationHandle op)
{
    (void)op;
    return 64;
}

static void eddsa_sign(TEE_OperationHandle op, const uint8_t *digest, size_t len,
                       uint8_t *sig)
{
    size_t got = eddsa_len(op);
    if (EVP_DigestSignInit_ex(op->md, NULL, NULL, NULL, NULL, op->key->pkey, NULL) != 1 ||
        EVP_DigestSign(op->md, sig, &got, digest, len) != 1)
        crypto_panic("TEE_AsymmetricSignDigest");
}

static bool eddsa_verify(TEE_OperationHandle op, const uint8_t *digest, size_t len,
                         const uint8_t *sig)
{
    if (EVP_DigestVerifyInit_ex(op->md, NULL, NULL, NULL, NULL, op->key->pkey, NULL) != 1)
        crypto_panic("TEE_AsymmetricVerifyDigest");
    return EVP_DigestVerify(op->md, sig, eddsa_len(op), digest, len) == 1;
}

static const struct signer eddsa = {eddsa_len, no_params, eddsa_sign, eddsa_verify, true};
const struct how how_eddsa = {.open = eddsa_open, .signer = &eddsa};

/* --- The functions --- */

/*
 * Checks the operation and its input; returns the input where no one else can change it.
 */
static const uint8_t *decode(TEE_OperationHandle op, uint32_t mode, const void *digest,
                             size_t len, uint8_t copy[INPUT_MAX], const char *who)
{
    operation_check(op, TEE_OPERATION_ASYMMETRIC_SIGNATURE, who);
    require(op->mode == mode, who);
    require_state(op->flags & TEE_HANDLE_FLAG_KEY_SET, who);
    require(digest || !len, who);
    if (op->alg->how->signer->message)
        return digest;
    bool any = op->alg->flags & ALG_ANY_DIGEST;
    require(any ? len <= INPUT_MAX : len == hash_row(op->alg->hash)->len, who);
    if (len)
        memcpy(copy, digest, len);
    return copy;
}

TEE_Result TEE_AsymmetricSignDigest(TEE_OperationHandle operation,
                                    const TEE_Attribute *params, uint32_t paramCount,
                                    const void *digest, size_t digestLen, void *signature,
                                    size_t *signatureLen)
{
    static const char who[] = "TEE_AsymmetricSignDigest: no signing operation with a "
                              "key, NULL, or digest length";
    uint8_t copy[INPUT_MAX], sig[INPUT_MAX];
    const uint8_t *in = decode(operation, TEE_MODE_SIGN, digest, digestLen, copy, who);
    const struct signer *signer = operation->alg->how->signer;
    size_t len = signer->len(operation);
    if (!output_fits(signature, signatureLen, len, who))
        return TEE_ERROR_SHORT_BUFFER;
    signer->params(operation, params, paramCount);
    signer->sign(operation, in, digestLen, sig);
    memcpy(signature, sig, len);
    return TEE_SUCCESS;
}

TEE_Result TEE_AsymmetricVerifyDigest(TEE_OperationHandle operation,
                                      const TEE_Attribute *params, uint32_t paramCount,
                                      const void *digest, size_t digestLen,
                                      const void *signature, size_t signatureLen)
{
    static const char who[] = "TEE_AsymmetricVerifyDigest: no verifying operation with a "
                              "key, NULL, or digest length";
    uint8_t copy[INPUT_MAX], sig[INPUT_MAX];
    const uint8_t *in = decode(operation, TEE_MODE_VERIFY, digest, digestLen, copy, who);
    const struct signer *signer = operation->alg->how->signer;
    require(signature || !signatureLen, who);
    signer->params(operation, params, paramCount);
    if (signatureLen != signer->len(operation))
        return TEE_ERROR_SIGNATURE_INVALID;
    memcpy(sig, signature, signatureLen);
    return signer->verify(operation, in, digestLen, sig) ? TEE_SUCCESS
                                                         : TEE_ERROR_SIGNATURE_INVALID;
}
