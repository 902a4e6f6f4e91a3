/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every program that drives a PKCS#11 module needs: loading it, a token with PINs,
 * building templates, reading attributes, and turning the token's public keys into
 * OpenSSL ones, so that what the token says is judged by another implementation.
 *
 * One module per process: p11 is its function list after p11_load().
 */
#ifndef AH_TEST_P11_UTIL_H
#define AH_TEST_P11_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <openssl/evp.h>

#ifndef CRYPTOKI_COMPAT
#define CRYPTOKI_COMPAT 1
#endif
#include <p11-kit/pkcs11.h>

extern CK_FUNCTION_LIST *p11;
extern void *p11_dl; /* for dlsym */

#define SO_PIN   "87654321"
#define USER_PIN "12345678"

#define NR(a) (sizeof(a) / sizeof((a)[0]))

/* Rows of a template; the values live as long as the enclosing block. */
#define A_UL(t, v)                                                                       \
    {                                                                                    \
        (t), &(CK_ULONG){(v)}, sizeof(CK_ULONG)                                          \
    }
#define A_B(t, v)                                                                        \
    {                                                                                    \
        (t), &(CK_BBOOL){(v)}, 1                                                         \
    }
#define A_T(t) A_B(t, 1)
#define A_F(t) A_B(t, 0)
#define A_STR(t, s)                                                                      \
    {                                                                                    \
        (t), (void *)(uintptr_t)(s), strlen(s)                                           \
    }
#define A_RAW(t, p, n)                                                                   \
    {                                                                                    \
        (t), (void *)(uintptr_t)(p), (n)                                                 \
    }

/* A mechanism without parameter, and one with. */
#define M0(t)    (&(CK_MECHANISM){(t), NULL, 0})
#define MP(t, p) (&(CK_MECHANISM){(t), &(p), sizeof(p)})

/* Constants that p11-kit 0.24 lacks. */
#define P11_CKA_PUBLIC_KEY_INFO     0x129UL
#define P11_CKA_COPYABLE            0x171UL
#define P11_CKA_DESTROYABLE         0x172UL
#define P11_CKR_ACTION_PROHIBITED   0x1bUL
#define P11_CKR_CURVE_NOT_SUPPORTED 0x140UL
#define P11_CKR_PUBLIC_KEY_INVALID  0x1b9UL
#define P11_CKM_SHA224_RSA_PKCS     0x46UL

/* C_Initialize for several threads (a plain NULL promises that there is only one). */
CK_RV p11_init(void);

/* Load a module; prints why not and returns false on failure. Does not initialise it. */
bool p11_load(const char *path);

/* "CKR_..." or a number in a static buffer of the thread. */
const char *rv_name(CK_RV rv);

/* The slot whose token has this label; false when there is none. */
bool p11_find_token(CK_SLOT_ID *slot, const char *label);

/*
 * The slot of the token called label, initialised with so_pin and user_pin in the first
 * free slot if it does not exist. Some modules move a token to another slot when it is
 * initialised: the module is finalised and initialised again. Leaves no session open.
 */
CK_RV p11_make_token(CK_SLOT_ID *slot, const char *label, const char *so_pin,
                     const char *user_pin);

/* Sessions. */
CK_RV p11_open(CK_SLOT_ID slot, CK_FLAGS flags, CK_SESSION_HANDLE *ses);
CK_RV p11_login(CK_SESSION_HANDLE ses, CK_USER_TYPE user, const char *pin);

/* Attributes; -1 or false when they cannot be read. */
long p11_get(CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type, void *buf,
             size_t cap);
bool p11_get_ulong(CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type,
                   CK_ULONG *v);
int p11_get_bool(CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type);

/* First object that matches; 0 when none does. */
CK_OBJECT_HANDLE p11_find(CK_SESSION_HANDLE ses, CK_ATTRIBUTE *t, CK_ULONG n);
/* Number of objects that match; -1 on error. */
long p11_count(CK_SESSION_HANDLE ses, CK_ATTRIBUTE *t, CK_ULONG n);

/* Curves by their DER object identifier. */
struct p11_curve {
    const char *name;
    const char *group; /* OpenSSL's name */
    unsigned bits;
    size_t field; /* bytes of a coordinate */
    unsigned char oid[16];
    size_t oid_len;
};
extern const struct p11_curve p11_curves[3]; /* P-256, P-384, P-521 */

/* Key pairs and keys for tests; label may be NULL, token says where they live. */
CK_RV p11_gen_ec(CK_SESSION_HANDLE ses, const struct p11_curve *c, bool token,
                 const char *label, CK_OBJECT_HANDLE *pub, CK_OBJECT_HANDLE *priv);
CK_RV p11_gen_rsa(CK_SESSION_HANDLE ses, unsigned bits, bool token, const char *label,
                  CK_OBJECT_HANDLE *pub, CK_OBJECT_HANDLE *priv);
CK_RV p11_gen_aes(CK_SESSION_HANDLE ses, size_t len, CK_OBJECT_HANDLE *key);
/* An extractable secret key of that type with that value, allowed to do everything. */
CK_RV p11_import_secret(CK_SESSION_HANDLE ses, CK_KEY_TYPE type, const void *value,
                        size_t len, CK_OBJECT_HANDLE *key);
CK_RV p11_import_ec_private(CK_SESSION_HANDLE ses, const struct p11_curve *c,
                            const void *d, size_t len, CK_OBJECT_HANDLE *key);
/* point: 04 || X || Y */
CK_RV p11_import_ec_public(CK_SESSION_HANDLE ses, const struct p11_curve *c,
                           const void *point, size_t len, CK_OBJECT_HANDLE *key);

/* The public key of an object (public or private) from its attributes; NULL on failure.
 */
EVP_PKEY *p11_public(CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE o);
EVP_PKEY *p11_ec_pkey(const struct p11_curve *c, const void *point, size_t len);
EVP_PKEY *p11_rsa_pkey(const void *n, size_t n_len, const void *e, size_t e_len);

/* Verify r||s over a digest with an EC public key. */
bool ecdsa_verify(EVP_PKEY *key, const void *digest, size_t dlen, const void *sig,
                  size_t slen);

/* Hex text to bytes; returns the number of bytes, or -1. */
long unhex(uint8_t *out, size_t cap, const char *hex);

uint64_t now_ns(void);

#endif
