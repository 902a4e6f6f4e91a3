/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Helpers of the PKCS#11 test programs; p11_util.h is the manual. Everything goes through
 * the module's public functions, nothing here knows which module it is.
 */
#include <dlfcn.h>
#include <string.h>
#include <time.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>
#include "test/system/p11_util.h"

CK_FUNCTION_LIST *p11;
void *p11_dl;

const struct p11_curve p11_curves[3] = {
    {"P-256", "prime256v1", 256, 32, {6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7}, 10},
    {"P-384", "secp384r1", 384, 48, {6, 5, 0x2b, 0x81, 4, 0, 0x22}, 7},
    {"P-521", "secp521r1", 521, 66, {6, 5, 0x2b, 0x81, 4, 0, 0x23}, 7},
};

bool p11_load(const char *path)
{
    p11_dl = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!p11_dl) {
        fprintf(stderr, "cannot load %s: %s\n", path, dlerror());
        return false;
    }
    CK_C_GetFunctionList get = (CK_C_GetFunctionList)dlsym(p11_dl, "C_GetFunctionList");
    if (!get || get(&p11) != CKR_OK || !p11) {
        fprintf(stderr, "%s is not a PKCS#11 module\n", path);
        return false;
    }
    return true;
}

CK_RV p11_init(void)
{
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
    return p11->C_Initialize(&args);
}

static const struct {
    CK_RV rv;
    const char *name;
} rv_names[] = {
#define N(x)                                                                             \
    {                                                                                    \
        x, #x                                                                            \
    }
    N(CKR_OK),
    N(CKR_CANCEL),
    N(CKR_HOST_MEMORY),
    N(CKR_SLOT_ID_INVALID),
    N(CKR_GENERAL_ERROR),
    N(CKR_FUNCTION_FAILED),
    N(CKR_ARGUMENTS_BAD),
    N(CKR_NO_EVENT),
    N(CKR_NEED_TO_CREATE_THREADS),
    N(CKR_CANT_LOCK),
    N(CKR_ATTRIBUTE_READ_ONLY),
    N(CKR_ATTRIBUTE_SENSITIVE),
    N(CKR_ATTRIBUTE_TYPE_INVALID),
    N(CKR_ATTRIBUTE_VALUE_INVALID),
    {P11_CKR_ACTION_PROHIBITED, "CKR_ACTION_PROHIBITED"},
    N(CKR_DATA_INVALID),
    N(CKR_DATA_LEN_RANGE),
    N(CKR_DEVICE_ERROR),
    N(CKR_DEVICE_MEMORY),
    N(CKR_DEVICE_REMOVED),
    N(CKR_ENCRYPTED_DATA_INVALID),
    N(CKR_ENCRYPTED_DATA_LEN_RANGE),
    N(CKR_FUNCTION_CANCELED),
    N(CKR_FUNCTION_NOT_PARALLEL),
    N(CKR_FUNCTION_NOT_SUPPORTED),
    N(CKR_KEY_HANDLE_INVALID),
    N(CKR_KEY_SIZE_RANGE),
    N(CKR_KEY_TYPE_INCONSISTENT),
    N(CKR_KEY_NOT_NEEDED),
    N(CKR_KEY_CHANGED),
    N(CKR_KEY_NEEDED),
    N(CKR_KEY_INDIGESTIBLE),
    N(CKR_KEY_FUNCTION_NOT_PERMITTED),
    N(CKR_KEY_NOT_WRAPPABLE),
    N(CKR_KEY_UNEXTRACTABLE),
    N(CKR_MECHANISM_INVALID),
    N(CKR_MECHANISM_PARAM_INVALID),
    N(CKR_OBJECT_HANDLE_INVALID),
    N(CKR_OPERATION_ACTIVE),
    N(CKR_OPERATION_NOT_INITIALIZED),
    N(CKR_PIN_INCORRECT),
    N(CKR_PIN_INVALID),
    N(CKR_PIN_LEN_RANGE),
    N(CKR_PIN_EXPIRED),
    N(CKR_PIN_LOCKED),
    N(CKR_SESSION_CLOSED),
    N(CKR_SESSION_COUNT),
    N(CKR_SESSION_HANDLE_INVALID),
    N(CKR_SESSION_PARALLEL_NOT_SUPPORTED),
    N(CKR_SESSION_READ_ONLY),
    N(CKR_SESSION_EXISTS),
    N(CKR_SESSION_READ_ONLY_EXISTS),
    N(CKR_SESSION_READ_WRITE_SO_EXISTS),
    N(CKR_SIGNATURE_INVALID),
    N(CKR_SIGNATURE_LEN_RANGE),
    N(CKR_TEMPLATE_INCOMPLETE),
    N(CKR_TEMPLATE_INCONSISTENT),
    N(CKR_TOKEN_NOT_PRESENT),
    N(CKR_TOKEN_NOT_RECOGNIZED),
    N(CKR_TOKEN_WRITE_PROTECTED),
    N(CKR_UNWRAPPING_KEY_HANDLE_INVALID),
    N(CKR_UNWRAPPING_KEY_SIZE_RANGE),
    N(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT),
    N(CKR_USER_ALREADY_LOGGED_IN),
    N(CKR_USER_NOT_LOGGED_IN),
    N(CKR_USER_PIN_NOT_INITIALIZED),
    N(CKR_USER_TYPE_INVALID),
    N(CKR_USER_ANOTHER_ALREADY_LOGGED_IN),
    N(CKR_USER_TOO_MANY_TYPES),
    N(CKR_WRAPPED_KEY_INVALID),
    N(CKR_WRAPPED_KEY_LEN_RANGE),
    N(CKR_WRAPPING_KEY_HANDLE_INVALID),
    N(CKR_WRAPPING_KEY_SIZE_RANGE),
    N(CKR_WRAPPING_KEY_TYPE_INCONSISTENT),
    N(CKR_RANDOM_SEED_NOT_SUPPORTED),
    N(CKR_RANDOM_NO_RNG),
    N(CKR_DOMAIN_PARAMS_INVALID),
    {P11_CKR_CURVE_NOT_SUPPORTED, "CKR_CURVE_NOT_SUPPORTED"},
    N(CKR_BUFFER_TOO_SMALL),
    N(CKR_SAVED_STATE_INVALID),
    N(CKR_INFORMATION_SENSITIVE),
    N(CKR_STATE_UNSAVEABLE),
    N(CKR_CRYPTOKI_NOT_INITIALIZED),
    N(CKR_CRYPTOKI_ALREADY_INITIALIZED),
    N(CKR_MUTEX_BAD),
    N(CKR_MUTEX_NOT_LOCKED),
    {P11_CKR_PUBLIC_KEY_INVALID, "CKR_PUBLIC_KEY_INVALID"},
    N(CKR_FUNCTION_REJECTED),
#undef N
};

const char *rv_name(CK_RV rv)
{
    static _Thread_local char number[32];
    for (size_t i = 0; i < NR(rv_names); i++)
        if (rv_names[i].rv == rv)
            return rv_names[i].name;
    snprintf(number, sizeof number, "0x%lx", rv);
    return number;
}

uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

long unhex(uint8_t *out, size_t cap, const char *hex)
{
    size_t n = 0;
    for (; hex[0] && hex[1]; hex += 2) {
        unsigned v;
        if (n == cap || sscanf(hex, "%2x", &v) != 1)
            return -1;
        out[n++] = (uint8_t)v;
    }
    return hex[0] ? -1 : (long)n;
}

/* --- tokens and sessions
 * ---------------------------------------------------------------------- */

static CK_RV slots(CK_SLOT_ID *list, CK_ULONG *n, bool present)
{
    *n = 64;
    return p11->C_GetSlotList(present, list, n);
}

bool p11_find_token(CK_SLOT_ID *slot, const char *label)
{
    char padded[33];
    CK_SLOT_ID list[64];
    CK_ULONG n;
    CK_TOKEN_INFO ti;
    snprintf(padded, sizeof padded, "%-32s", label);
    if (slots(list, &n, true) != CKR_OK)
        return false;
    for (CK_ULONG i = 0; i < n; i++) {
        if (p11->C_GetTokenInfo(list[i], &ti) != CKR_OK ||
            !(ti.flags & CKF_TOKEN_INITIALIZED))
            continue;
        if (memcmp(ti.label, padded, 32) == 0) {
            *slot = list[i];
            return true;
        }
    }
    return false;
}

static bool free_slot(CK_SLOT_ID *slot)
{
    CK_SLOT_ID list[64];
    CK_ULONG n;
    CK_TOKEN_INFO ti;
    if (slots(list, &n, true) != CKR_OK)
        return false;
    for (CK_ULONG i = 0; i < n; i++) {
        if (p11->C_GetTokenInfo(list[i], &ti) == CKR_OK &&
            !(ti.flags & CKF_TOKEN_INITIALIZED)) {
            *slot = list[i];
            return true;
        }
    }
    return false;
}

CK_RV p11_open(CK_SLOT_ID slot, CK_FLAGS flags, CK_SESSION_HANDLE *ses)
{
    return p11->C_OpenSession(slot, CKF_SERIAL_SESSION | flags, NULL, NULL, ses);
}

CK_RV p11_login(CK_SESSION_HANDLE ses, CK_USER_TYPE user, const char *pin)
{
    return p11->C_Login(ses, user, (CK_UTF8CHAR *)(uintptr_t)pin, strlen(pin));
}

CK_RV p11_make_token(CK_SLOT_ID *slot, const char *label, const char *so_pin,
                     const char *user_pin)
{
    char padded[33];
    CK_SESSION_HANDLE ses;
    if (p11_find_token(slot, label))
        return CKR_OK;
    snprintf(padded, sizeof padded, "%-32s", label);
    if (!free_slot(slot))
        return CKR_SLOT_ID_INVALID;
    CK_RV rv = p11->C_InitToken(*slot, (CK_UTF8CHAR *)(uintptr_t)so_pin, strlen(so_pin),
                                (CK_UTF8CHAR *)padded);
    if (rv != CKR_OK)
        return rv;
    if ((rv = p11->C_Finalize(NULL)) != CKR_OK || (rv = p11_init()) != CKR_OK)
        return rv;
    if (!p11_find_token(slot, label))
        return CKR_TOKEN_NOT_PRESENT;
    if ((rv = p11_open(*slot, CKF_RW_SESSION, &ses)) != CKR_OK)
        return rv;
    if ((rv = p11_login(ses, CKU_SO, so_pin)) == CKR_OK && user_pin)
        rv = p11->C_InitPIN(ses, (CK_UTF8CHAR *)(uintptr_t)user_pin, strlen(user_pin));
    p11->C_CloseAllSessions(*slot);
    return rv;
}

/* --- attributes and searches
 * ------------------------------------------------------------------ */

long p11_get(CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type, void *buf,
             size_t cap)
{
    CK_ATTRIBUTE a = {type, buf, cap};
    if (p11->C_GetAttributeValue(ses, o, &a, 1) != CKR_OK || a.ulValueLen == (CK_ULONG)-1)
        return -1;
    return (long)a.ulValueLen;
}

bool p11_get_ulong(CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type,
                   CK_ULONG *v)
{
    return p11_get(ses, o, type, v, sizeof *v) == (long)sizeof *v;
}

int p11_get_bool(CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type)
{
    CK_BBOOL b;
    return p11_get(ses, o, type, &b, 1) == 1 ? b : -1;
}

CK_OBJECT_HANDLE p11_find(CK_SESSION_HANDLE ses, CK_ATTRIBUTE *t, CK_ULONG n)
{
    CK_OBJECT_HANDLE o = 0;
    CK_ULONG got = 0;
    if (p11->C_FindObjectsInit(ses, t, n) != CKR_OK)
        return 0;
    if (p11->C_FindObjects(ses, &o, 1, &got) != CKR_OK || got != 1)
        o = 0;
    p11->C_FindObjectsFinal(ses);
    return o;
}

long p11_count(CK_SESSION_HANDLE ses, CK_ATTRIBUTE *t, CK_ULONG n)
{
    CK_OBJECT_HANDLE o[64];
    CK_ULONG got;
    long total = 0;
    if (p11->C_FindObjectsInit(ses, t, n) != CKR_OK)
        return -1;
    do {
        if (p11->C_FindObjects(ses, o, NR(o), &got) != CKR_OK) {
            total = -1;
            break;
        }
        total += (long)got;
    } while (got);
    p11->C_FindObjectsFinal(ses);
    return total;
}

/* --- keys
 * -------------------------------------------------------------------------------------
 */

CK_RV p11_gen_ec(CK_SESSION_HANDLE ses, const struct p11_curve *c, bool token,
                 const char *label, CK_OBJECT_HANDLE *pub, CK_OBJECT_HANDLE *priv)
{
    const char *l = label ? label : "ec";
    CK_ATTRIBUTE tpub[] = {A_UL(CKA_CLASS, CKO_PUBLIC_KEY),
                           A_UL(CKA_KEY_TYPE, CKK_EC),
                           A_B(CKA_TOKEN, token),
                           A_F(CKA_PRIVATE),
                           A_T(CKA_VERIFY),
                           A_RAW(CKA_EC_PARAMS, c->oid, c->oid_len),
                           A_STR(CKA_LABEL, l),
                           A_STR(CKA_ID, l)};
    CK_ATTRIBUTE tpriv[] = {A_UL(CKA_CLASS, CKO_PRIVATE_KEY),
                            A_UL(CKA_KEY_TYPE, CKK_EC),
                            A_B(CKA_TOKEN, token),
                            A_T(CKA_PRIVATE),
                            A_T(CKA_SENSITIVE),
                            A_F(CKA_EXTRACTABLE),
                            A_T(CKA_SIGN),
                            A_T(CKA_DERIVE),
                            A_STR(CKA_LABEL, l),
                            A_STR(CKA_ID, l)};
    return p11->C_GenerateKeyPair(ses, M0(CKM_EC_KEY_PAIR_GEN), tpub, NR(tpub), tpriv,
                                  NR(tpriv), pub, priv);
}

CK_RV p11_gen_rsa(CK_SESSION_HANDLE ses, unsigned bits, bool token, const char *label,
                  CK_OBJECT_HANDLE *pub, CK_OBJECT_HANDLE *priv)
{
    static const unsigned char e[] = {1, 0, 1};
    const char *l = label ? label : "rsa";
    CK_ATTRIBUTE tpub[] = {A_UL(CKA_CLASS, CKO_PUBLIC_KEY),
                           A_UL(CKA_KEY_TYPE, CKK_RSA),
                           A_B(CKA_TOKEN, token),
                           A_F(CKA_PRIVATE),
                           A_T(CKA_VERIFY),
                           A_T(CKA_ENCRYPT),
                           A_UL(CKA_MODULUS_BITS, bits),
                           A_RAW(CKA_PUBLIC_EXPONENT, e, sizeof e),
                           A_STR(CKA_LABEL, l),
                           A_STR(CKA_ID, l)};
    CK_ATTRIBUTE tpriv[] = {A_UL(CKA_CLASS, CKO_PRIVATE_KEY),
                            A_UL(CKA_KEY_TYPE, CKK_RSA),
                            A_B(CKA_TOKEN, token),
                            A_T(CKA_PRIVATE),
                            A_T(CKA_SENSITIVE),
                            A_F(CKA_EXTRACTABLE),
                            A_T(CKA_SIGN),
                            A_T(CKA_DECRYPT),
                            A_STR(CKA_LABEL, l),
                            A_STR(CKA_ID, l)};
    return p11->C_GenerateKeyPair(ses, M0(CKM_RSA_PKCS_KEY_PAIR_GEN), tpub, NR(tpub),
                                  tpriv, NR(tpriv), pub, priv);
}

CK_RV p11_gen_aes(CK_SESSION_HANDLE ses, size_t len, CK_OBJECT_HANDLE *key)
{
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_SECRET_KEY),
                        A_UL(CKA_KEY_TYPE, CKK_AES),
                        A_F(CKA_TOKEN),
                        A_T(CKA_PRIVATE),
                        A_F(CKA_SENSITIVE),
                        A_T(CKA_EXTRACTABLE),
                        A_T(CKA_ENCRYPT),
                        A_T(CKA_DECRYPT),
                        A_T(CKA_SIGN),
                        A_T(CKA_VERIFY),
                        A_T(CKA_WRAP),
                        A_T(CKA_UNWRAP),
                        A_UL(CKA_VALUE_LEN, len)};
    return p11->C_GenerateKey(ses, M0(CKM_AES_KEY_GEN), t, NR(t), key);
}

CK_RV p11_import_secret(CK_SESSION_HANDLE ses, CK_KEY_TYPE type, const void *value,
                        size_t len, CK_OBJECT_HANDLE *key)
{
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_SECRET_KEY),
                        A_UL(CKA_KEY_TYPE, type),
                        A_F(CKA_TOKEN),
                        A_T(CKA_PRIVATE),
                        A_F(CKA_SENSITIVE),
                        A_T(CKA_EXTRACTABLE),
                        A_T(CKA_SIGN),
                        A_T(CKA_VERIFY),
                        A_B(CKA_ENCRYPT, type == CKK_AES),
                        A_B(CKA_DECRYPT, type == CKK_AES),
                        A_B(CKA_WRAP, type == CKK_AES),
                        A_B(CKA_UNWRAP, type == CKK_AES),
                        A_RAW(CKA_VALUE, value, len)};
    return p11->C_CreateObject(ses, t, NR(t), key);
}

CK_RV p11_import_ec_private(CK_SESSION_HANDLE ses, const struct p11_curve *c,
                            const void *d, size_t len, CK_OBJECT_HANDLE *key)
{
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_PRIVATE_KEY),
                        A_UL(CKA_KEY_TYPE, CKK_EC),
                        A_F(CKA_TOKEN),
                        A_T(CKA_PRIVATE),
                        A_F(CKA_SENSITIVE),
                        A_T(CKA_EXTRACTABLE),
                        A_T(CKA_SIGN),
                        A_T(CKA_DERIVE),
                        A_RAW(CKA_EC_PARAMS, c->oid, c->oid_len),
                        A_RAW(CKA_VALUE, d, len)};
    return p11->C_CreateObject(ses, t, NR(t), key);
}

/* DER OCTET STRING around a point of at most 133 bytes. */
static size_t octet_string(uint8_t *out, const void *p, size_t len)
{
    size_t n = 0;
    out[n++] = 4;
    if (len > 127)
        out[n++] = 0x81;
    out[n++] = (uint8_t)len;
    memcpy(out + n, p, len);
    return n + len;
}

CK_RV p11_import_ec_public(CK_SESSION_HANDLE ses, const struct p11_curve *c,
                           const void *point, size_t len, CK_OBJECT_HANDLE *key)
{
    uint8_t der[256];
    if (len > 133)
        return CKR_ARGUMENTS_BAD;
    size_t n = octet_string(der, point, len);
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_PUBLIC_KEY),
                        A_UL(CKA_KEY_TYPE, CKK_EC),
                        A_F(CKA_TOKEN),
                        A_F(CKA_PRIVATE),
                        A_T(CKA_VERIFY),
                        A_RAW(CKA_EC_PARAMS, c->oid, c->oid_len),
                        A_RAW(CKA_EC_POINT, der, n)};
    return p11->C_CreateObject(ses, t, NR(t), key);
}

/* --- public keys for OpenSSL
 * ------------------------------------------------------------------ */

EVP_PKEY *p11_ec_pkey(const struct p11_curve *c, const void *point, size_t len)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM p[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                                       (char *)(uintptr_t)c->group, 0),
                      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
                                                        (void *)(uintptr_t)point, len),
                      OSSL_PARAM_construct_end()};
    if (EVP_PKEY_fromdata_init(ctx) <= 0 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, p) <= 0)
        key = NULL;
    EVP_PKEY_CTX_free(ctx);
    return key;
}

EVP_PKEY *p11_rsa_pkey(const void *n, size_t n_len, const void *e, size_t e_len)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    BIGNUM *bn = BN_bin2bn(n, (int)n_len, NULL), *be = BN_bin2bn(e, (int)e_len, NULL);
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, bn);
    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, be);
    OSSL_PARAM *p = OSSL_PARAM_BLD_to_param(b);
    if (EVP_PKEY_fromdata_init(ctx) <= 0 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, p) <= 0)
        key = NULL;
    OSSL_PARAM_free(p);
    OSSL_PARAM_BLD_free(b);
    BN_free(bn);
    BN_free(be);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static EVP_PKEY *ec_public(CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE o)
{
    uint8_t oid[64], der[256];
    long n = p11_get(ses, o, CKA_EC_PARAMS, oid, sizeof oid);
    long m = p11_get(ses, o, CKA_EC_POINT, der, sizeof der);
    for (size_t i = 0; n > 0 && i < NR(p11_curves); i++) {
        const struct p11_curve *c = &p11_curves[i];
        size_t point = 1 + 2 * c->field, head = point > 127 ? 3 : 2;
        if ((size_t)n != c->oid_len || memcmp(oid, c->oid, c->oid_len) != 0)
            continue;
        if (m != (long)(head + point) || der[0] != 4 || der[head - 1] != point)
            return NULL;
        return p11_ec_pkey(c, der + head, point);
    }
    return NULL;
}

EVP_PKEY *p11_public(CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE o)
{
    CK_ULONG type;
    uint8_t n[1024], e[64];
    if (!p11_get_ulong(ses, o, CKA_KEY_TYPE, &type))
        return NULL;
    if (type == CKK_EC)
        return ec_public(ses, o);
    long nl = p11_get(ses, o, CKA_MODULUS, n, sizeof n);
    long el = p11_get(ses, o, CKA_PUBLIC_EXPONENT, e, sizeof e);
    if (nl <= 0 || el <= 0)
        return NULL;
    return p11_rsa_pkey(n, (size_t)nl, e, (size_t)el);
}

bool ecdsa_verify(EVP_PKEY *key, const void *digest, size_t dlen, const void *sig,
                  size_t slen)
{
    const uint8_t *s = sig;
    unsigned char *der = NULL;
    ECDSA_SIG *es = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(s, (int)(slen / 2), NULL),
           *v = BN_bin2bn(s + slen / 2, (int)(slen / 2), NULL);
    ECDSA_SIG_set0(es, r, v);
    int n = i2d_ECDSA_SIG(es, &der);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    bool ok = ctx && n > 0 && EVP_PKEY_verify_init(ctx) == 1 &&
              EVP_PKEY_verify(ctx, der, (size_t)n, digest, dlen) == 1;
    EVP_PKEY_CTX_free(ctx);
    OPENSSL_free(der);
    ECDSA_SIG_free(es);
    return ok;
}
