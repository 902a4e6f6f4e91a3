/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * selftest: known answers and round trips through the whole way from this process to the
 * trusted application and back, on session keys that vanish with it. It needs no PIN and
 * changes nothing. A digest checks the wire, a MAC and a cipher the key handling,
 * signatures the key pairs, and two draws of random bytes that the generator is alive.
 */
#include <string.h>
#include "cli.h"

static CK_SESSION_HANDLE ses;

static CK_RV digest(void)
{
    static const uint8_t want[32] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
                                     0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
                                     0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
                                     0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    uint8_t got[32];
    CK_ULONG n = sizeof got;
    CK_MECHANISM m = {CKM_SHA256, NULL, 0};
    CK_RV rv = p11->C_DigestInit(ses, &m);
    if (rv == CKR_OK)
        rv = p11->C_Digest(ses, (CK_BYTE *)"abc", 3, got, &n);
    return rv != CKR_OK ? rv : memcmp(got, want, 32) == 0 ? CKR_OK : CKR_DATA_INVALID;
}

static CK_RV random_bytes(void)
{
    uint8_t a[32] = {0}, b[32] = {0};
    CK_RV rv = p11->C_GenerateRandom(ses, a, sizeof a);
    if (rv == CKR_OK)
        rv = p11->C_GenerateRandom(ses, b, sizeof b);
    return rv != CKR_OK ? rv : memcmp(a, b, sizeof a) != 0 ? CKR_OK : CKR_RANDOM_NO_RNG;
}

static CK_RV import(CK_KEY_TYPE type, const void *value, CK_ULONG len,
                    CK_OBJECT_HANDLE *key)
{
    bool aes = type == CKK_AES;
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_SECRET_KEY),
                        A_UL(CKA_KEY_TYPE, type),
                        A_B(CKA_TOKEN, CK_FALSE),
                        A_B(CKA_PRIVATE, CK_FALSE),
                        A_B(aes ? CKA_ENCRYPT : CKA_SIGN, CK_TRUE),
                        A_RAW(CKA_VALUE, value, len)};
    return p11->C_CreateObject(ses, t, NR(t), key);
}

/* RFC 4231, test case 6: a key longer than the block. */
static CK_RV mac(void)
{
    static const uint8_t want[8] = {0x60, 0xe4, 0x31, 0x59, 0x1e, 0xe0, 0xb6, 0x7f};
    static const char text[] = "Test Using Larger Than Block-Size Key - Hash Key First";
    uint8_t key[131], got[32];
    CK_ULONG n = sizeof got;
    CK_OBJECT_HANDLE k;
    CK_MECHANISM m = {CKM_SHA256_HMAC, NULL, 0};
    memset(key, 0xaa, sizeof key);
    CK_RV rv = import(CKK_GENERIC_SECRET, key, sizeof key, &k);
    if (rv == CKR_OK && (rv = p11->C_SignInit(ses, &m, k)) == CKR_OK)
        rv = p11->C_Sign(ses, (CK_BYTE *)(uintptr_t)text, sizeof text - 1, got, &n);
    return rv != CKR_OK                                     ? rv
           : n == 32 && memcmp(got, want, sizeof want) == 0 ? CKR_OK
                                                            : CKR_DATA_INVALID;
}

/* FIPS 197, appendix C.1. */
static CK_RV cipher(void)
{
    static const uint8_t want[16] = {0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30,
                                     0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a};
    uint8_t key[16], text[16], got[16];
    CK_ULONG n = sizeof got;
    CK_OBJECT_HANDLE k;
    CK_MECHANISM m = {CKM_AES_ECB, NULL, 0};
    for (uint8_t i = 0; i < 16; i++) {
        key[i] = i;
        text[i] = (uint8_t)(i << 4 | i);
    }
    CK_RV rv = import(CKK_AES, key, sizeof key, &k);
    if (rv == CKR_OK && (rv = p11->C_EncryptInit(ses, &m, k)) == CKR_OK)
        rv = p11->C_Encrypt(ses, text, sizeof text, got, &n);
    return rv != CKR_OK ? rv : memcmp(got, want, 16) == 0 ? CKR_OK : CKR_DATA_INVALID;
}

/* Sign with a fresh key, verify in the token, and see a changed digest refused. */
static CK_RV key_pair(bool ec)
{
    static const uint8_t p256[] = {6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7},
                         e[] = {1, 0, 1};
    uint8_t sig[512], text[32] = "anchorhold self-test message 32";
    CK_ULONG n = sizeof sig;
    CK_OBJECT_HANDLE pub, priv;
    CK_MECHANISM gen = {ec ? CKM_EC_KEY_PAIR_GEN : CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
    CK_MECHANISM m = {ec ? CKM_ECDSA : CKM_SHA256_RSA_PKCS, NULL, 0};
    CK_ATTRIBUTE tp[] = {A_B(CKA_TOKEN, CK_FALSE), A_B(CKA_PRIVATE, CK_FALSE),
                         A_B(CKA_VERIFY, CK_TRUE),
                         ec ? (CK_ATTRIBUTE)A_RAW(CKA_EC_PARAMS, p256, sizeof p256)
                            : (CK_ATTRIBUTE)A_UL(CKA_MODULUS_BITS, 2048),
                         A_RAW(CKA_PUBLIC_EXPONENT, e, sizeof e)};
    CK_ATTRIBUTE ts[] = {A_B(CKA_TOKEN, CK_FALSE), A_B(CKA_PRIVATE, CK_FALSE),
                         A_B(CKA_SIGN, CK_TRUE), A_B(CKA_SENSITIVE, CK_TRUE),
                         A_B(CKA_EXTRACTABLE, CK_FALSE)};
    CK_RV rv = p11->C_GenerateKeyPair(ses, &gen, tp, NR(tp) - (ec ? 1 : 0), ts, NR(ts),
                                      &pub, &priv);
    if (rv != CKR_OK || (rv = p11->C_SignInit(ses, &m, priv)) != CKR_OK ||
        (rv = p11->C_Sign(ses, text, sizeof text, sig, &n)) != CKR_OK ||
        (rv = p11->C_VerifyInit(ses, &m, pub)) != CKR_OK ||
        (rv = p11->C_Verify(ses, text, sizeof text, sig, n)) != CKR_OK)
        return rv;
    text[0] ^= 1;
    if ((rv = p11->C_VerifyInit(ses, &m, pub)) != CKR_OK)
        return rv;
    rv = p11->C_Verify(ses, text, sizeof text, sig, n);
    return rv == CKR_SIGNATURE_INVALID ? CKR_OK : rv == CKR_OK ? CKR_DATA_INVALID : rv;
}

static CK_RV ecdsa(void)
{
    return key_pair(true);
}

static CK_RV rsa(void)
{
    return key_pair(false);
}

static const struct {
    const char *name;
    CK_RV (*run)(void);
} checks[] = {
    {"SHA-256 known answer", digest},
    {"random numbers", random_bytes},
    {"HMAC-SHA256", mac},
    {"AES-128 known answer", cipher},
    {"ECDSA P-256 key pair", ecdsa},
    {"RSA-2048 key pair", rsa},
};

/* Any slot will do: prefer the user's choice, then an initialised token, then an empty
 * slot. */
static int open_any(const struct options *o)
{
    CK_SLOT_ID slots[64];
    CK_ULONG n = NR(slots);
    CK_RV rv = CKR_TOKEN_NOT_PRESENT;
    if (o->slot || o->token) {
        int status = token_choose(o, &slots[0]);
        return status != EXIT_DONE ? status : session_open(slots[0], true, &ses);
    }
    if (p11->C_GetSlotList(CK_TRUE, slots, &n) != CKR_OK)
        n = 0;
    for (CK_ULONG i = 0; i < n; i++)
        if ((rv = p11->C_OpenSession(slots[i], CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL,
                                     NULL, &ses)) == CKR_OK)
            return EXIT_DONE;
    return say_rv(rv, "no slot can be opened");
}

int selftest_run(const struct options *o)
{
    size_t failed = 0;
    int status = open_any(o);
    if (status != EXIT_DONE)
        return status;
    if (o->json)
        printf("[");
    for (size_t i = 0; i < NR(checks); i++) {
        struct progress *p = progress_start(o, checks[i].name);
        CK_RV rv = checks[i].run();
        progress_stop(p);
        failed += rv != CKR_OK;
        if (o->json)
            printf("%s{\"check\":\"%s\",\"passed\":%s}", i ? "," : "", checks[i].name,
                   rv == CKR_OK ? "true" : "false");
        else
            say(o, "%-24s %s", checks[i].name, rv == CKR_OK ? "passed" : "FAILED");
        if (rv != CKR_OK)
            say_rv(rv, "%s failed", checks[i].name);
    }
    if (o->json)
        printf("]\n");
    p11->C_CloseSession(ses);
    if (failed)
        say_error(
            "%zu of %zu checks failed; do not use this token for anything that matters",
            failed, NR(checks));
    return failed ? EXIT_FAILED : EXIT_DONE;
}
