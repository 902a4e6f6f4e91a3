/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tries every way that PKCS#11 offers to get a private key out of a token, with the user
 * logged in: reading the secret attributes, switching the protection off, copying it
 * without protection, and wrapping it under a key of one's own. Prints one line per
 * attempt; exits 0 when all were refused.
 *
 *   theft --module PATH --token LABEL --label KEY    (PIN in ANCHORHOLD_PIN)
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "test/system/p11_util.h"

static CK_SESSION_HANDLE ses;
static unsigned got_out;

static void report(const char *what, bool refused, CK_RV rv)
{
    printf("%-44s %s (%s)\n", what, refused ? "refused" : "GOT IT", rv_name(rv));
    got_out += !refused;
}

static void read_secrets(CK_OBJECT_HANDLE key)
{
    static const struct {
        const char *name;
        CK_ATTRIBUTE_TYPE type;
    } rows[] = {{"C_GetAttributeValue(CKA_VALUE)", CKA_VALUE},
                {"C_GetAttributeValue(CKA_PRIVATE_EXPONENT)", CKA_PRIVATE_EXPONENT},
                {"C_GetAttributeValue(CKA_PRIME_1)", CKA_PRIME_1}};
    unsigned char b[1024];
    for (size_t i = 0; i < NR(rows); i++) {
        CK_ATTRIBUTE a = {rows[i].type, b, sizeof b};
        CK_RV rv = p11->C_GetAttributeValue(ses, key, &a, 1);
        report(rows[i].name, rv != CKR_OK && a.ulValueLen == CK_UNAVAILABLE_INFORMATION,
               rv);
    }
}

static void unprotect(CK_OBJECT_HANDLE key)
{
    static const struct {
        const char *name;
        CK_ATTRIBUTE_TYPE type;
        CK_BBOOL value;
    } rows[] = {{"CKA_SENSITIVE = false", CKA_SENSITIVE, 0},
                {"CKA_EXTRACTABLE = true", CKA_EXTRACTABLE, 1}};
    CK_OBJECT_HANDLE copy;
    for (size_t i = 0; i < NR(rows); i++) {
        char what[64];
        CK_BBOOL v = rows[i].value;
        CK_ATTRIBUTE a = {rows[i].type, &v, 1};
        CK_RV rv = p11->C_SetAttributeValue(ses, key, &a, 1);
        snprintf(what, sizeof what, "C_SetAttributeValue(%s)", rows[i].name);
        report(what, rv != CKR_OK, rv);
        rv = p11->C_CopyObject(ses, key, &a, 1, &copy);
        snprintf(what, sizeof what, "C_CopyObject(%s)", rows[i].name);
        report(what, rv != CKR_OK, rv);
    }
}

static void wrap(CK_OBJECT_HANDLE key)
{
    static const unsigned char own[32] = "a key that the thief knows......";
    unsigned char b[4096];
    CK_OBJECT_HANDLE w;
    CK_ULONG n = sizeof b;
    CK_RV rv = p11_import_secret(ses, CKK_AES, own, sizeof own, &w);
    if (rv == CKR_OK)
        rv = p11->C_WrapKey(ses, M0(CKM_AES_KEY_WRAP_PAD), w, key, b, &n);
    report("C_WrapKey under a key of the thief", rv != CKR_OK, rv);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"module", 1, 0, 'm'}, {"token", 1, 0, 't'}, {"label", 1, 0, 'l'}, {0, 0, 0, 0}};
    const char *module = NULL, *token = NULL, *label = NULL,
               *pin = getenv("ANCHORHOLD_PIN");
    CK_SLOT_ID slot;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;)
        *(c == 'm' ? &module : c == 't' ? &token : &label) = optarg;
    if (!module || !token || !label || !pin)
        return 2;
    if (!p11_load(module) || p11_init() != CKR_OK || !p11_find_token(&slot, token) ||
        p11_open(slot, CKF_RW_SESSION, &ses) != CKR_OK ||
        p11_login(ses, CKU_USER, pin) != CKR_OK)
        return 2;
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_PRIVATE_KEY), A_STR(CKA_LABEL, label)};
    CK_OBJECT_HANDLE key = p11_find(ses, t, NR(t));
    if (!key)
        return 2;
    read_secrets(key);
    unprotect(key);
    wrap(key);
    p11->C_Finalize(NULL);
    return got_out ? 1 : 0;
}
