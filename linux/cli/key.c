/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * key generate and key list. A key made here is born in the trusted application,
 * sensitive and not extractable, private and public half with the same label and id. key
 * list shows for each key what the token swears about its past: made here, never
 * extractable.
 */
#include <string.h>
#include "cli.h"

static const struct key_type {
    const char *name;
    CK_KEY_TYPE type;
    CK_ULONG bits;
    uint8_t oid[12];
    CK_ULONG oid_len;
} key_types[] = {
    {"ec:P-256", CKK_EC, 256, {6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7}, 10},
    {"ec:P-384", CKK_EC, 384, {6, 5, 0x2b, 0x81, 4, 0, 0x22}, 7},
    {"ec:P-521", CKK_EC, 521, {6, 5, 0x2b, 0x81, 4, 0, 0x23}, 7},
    {"rsa:2048", CKK_RSA, 2048, {0}, 0},
    {"rsa:3072", CKK_RSA, 3072, {0}, 0},
    {"rsa:4096", CKK_RSA, 4096, {0}, 0},
};

static const struct key_type *key_type(const char *name)
{
    for (size_t i = 0; i < NR(key_types); i++)
        if (strcmp(key_types[i].name, name) == 0)
            return &key_types[i];
    say_error("%s is not a type of key\n  Use ec:P-256, ec:P-384, ec:P-521, rsa:2048, "
              "rsa:3072 or rsa:4096",
              name);
    return NULL;
}

static CK_RV generate(CK_SESSION_HANDLE ses, const struct key_type *k,
                      const struct options *o, const uint8_t *id, size_t id_len)
{
    static const uint8_t e[] = {1, 0, 1};
    bool ec = k->type == CKK_EC;
    CK_OBJECT_HANDLE pub, priv;
    CK_MECHANISM m = {ec ? CKM_EC_KEY_PAIR_GEN : CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
    CK_ATTRIBUTE tpub[] = {A_UL(CKA_CLASS, CKO_PUBLIC_KEY),
                           A_UL(CKA_KEY_TYPE, k->type),
                           A_B(CKA_TOKEN, CK_TRUE),
                           A_B(CKA_PRIVATE, CK_FALSE),
                           A_B(CKA_VERIFY, CK_TRUE),
                           A_RAW(CKA_LABEL, o->label, strlen(o->label)),
                           A_RAW(CKA_ID, id, id_len),
                           ec ? (CK_ATTRIBUTE)A_RAW(CKA_EC_PARAMS, k->oid, k->oid_len)
                              : (CK_ATTRIBUTE)A_UL(CKA_MODULUS_BITS, k->bits),
                           A_RAW(CKA_PUBLIC_EXPONENT, e, sizeof e),
                           A_B(CKA_ENCRYPT, CK_TRUE)};
    CK_ATTRIBUTE tpriv[] = {A_UL(CKA_CLASS, CKO_PRIVATE_KEY),
                            A_UL(CKA_KEY_TYPE, k->type),
                            A_B(CKA_TOKEN, CK_TRUE),
                            A_B(CKA_PRIVATE, CK_TRUE),
                            A_B(CKA_SENSITIVE, CK_TRUE),
                            A_B(CKA_EXTRACTABLE, CK_FALSE),
                            A_B(CKA_SIGN, CK_TRUE),
                            A_RAW(CKA_LABEL, o->label, strlen(o->label)),
                            A_RAW(CKA_ID, id, id_len),
                            ec ? (CK_ATTRIBUTE)A_B(CKA_DERIVE, CK_TRUE)
                               : (CK_ATTRIBUTE)A_B(CKA_DECRYPT, CK_TRUE)};
    return p11->C_GenerateKeyPair(ses, &m, tpub, NR(tpub) - (ec ? 2 : 0), tpriv,
                                  NR(tpriv), &pub, &priv);
}

/* Destroy what bears this label: public key, private key, certificate. */
static CK_RV destroy_labelled(CK_SESSION_HANDLE ses, const char *label)
{
    CK_ATTRIBUTE t[] = {A_RAW(CKA_LABEL, label, strlen(label))};
    CK_OBJECT_HANDLE o;
    CK_RV rv = CKR_OK;
    while (rv == CKR_OK && (o = object_find(ses, t, 1)) != 0)
        rv = p11->C_DestroyObject(ses, o);
    return rv;
}

static int check_label(const struct options *o, CK_SESSION_HANDLE ses)
{
    CK_ATTRIBUTE t[] = {A_RAW(CKA_LABEL, o->label, strlen(o->label))};
    if (!object_find(ses, t, 1))
        return EXIT_DONE;
    if (!o->force) {
        say_error("the token holds something called %s\n  Choose another label, or give "
                  "--force to destroy "
                  "it first",
                  o->label);
        return EXIT_FAILED;
    }
    CK_RV rv = destroy_labelled(ses, o->label);
    return rv == CKR_OK ? EXIT_DONE
                        : say_rv(rv, "cannot destroy what is called %s", o->label);
}

int key_generate_run(const struct options *o)
{
    const struct key_type *k = key_type(o->type ? o->type : "ec:P-256");
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE ses;
    uint8_t id[128];
    long id_len = o->id ? hex_decode(id, sizeof id, o->id) : 16;
    int status;
    if (!k)
        return EXIT_USAGE;
    if (id_len <= 0) {
        say_error("--id takes hexadecimal digits, for example 01a2");
        return EXIT_USAGE;
    }
    if ((status = token_choose(o, &slot)) != EXIT_DONE ||
        (status = session_login(o, slot, true, &ses)) != EXIT_DONE ||
        (status = check_label(o, ses)) != EXIT_DONE)
        return status;
    CK_RV rv = o->id ? CKR_OK : p11->C_GenerateRandom(ses, id, (CK_ULONG)id_len);
    struct progress *p = progress_start(o, "making the key");
    if (rv == CKR_OK)
        rv = generate(ses, k, o, id, (size_t)id_len);
    progress_stop(p);
    if (rv != CKR_OK)
        return say_rv(rv, "cannot make a key of type %s", k->name);
    say(o, "made %s key %s; its private half never leaves the TEE", k->name, o->label);
    return EXIT_DONE;
}

/* --- key list
 * --------------------------------------------------------------------------------- */

static const char *class_word(CK_ULONG class)
{
    static const struct {
        CK_ULONG class;
        const char *word;
    } words[] = {{CKO_CERTIFICATE, "certificate"},
                 {CKO_PUBLIC_KEY, "public"},
                 {CKO_PRIVATE_KEY, "private"},
                 {CKO_SECRET_KEY, "secret"}};
    for (size_t i = 0; i < NR(words); i++)
        if (words[i].class == class)
            return words[i].word;
    return NULL;
}

static void type_word(char out[32], CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE h)
{
    uint8_t b[1024];
    CK_ULONG type = CK_UNAVAILABLE_INFORMATION;
    long n;
    object_get(ses, h, CKA_KEY_TYPE, &type, sizeof type);
    snprintf(out, 32, "%s",
             type == CKK_AES              ? "AES"
             : type == CKK_GENERIC_SECRET ? "generic"
                                          : "-");
    if (type == CKK_RSA && (n = object_get(ses, h, CKA_MODULUS, b, sizeof b)) > 0)
        snprintf(out, 32, "rsa:%ld", n * 8);
    if (type == CKK_EC && (n = object_get(ses, h, CKA_EC_PARAMS, b, sizeof b)) > 0) {
        snprintf(out, 32, "ec");
        for (size_t i = 0; i < NR(key_types); i++)
            if ((CK_ULONG)n == key_types[i].oid_len &&
                memcmp(b, key_types[i].oid, (size_t)n) == 0)
                snprintf(out, 32, "%s", key_types[i].name);
    }
}

static void list_one(const struct options *o, CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE h,
                     bool *first)
{
    char label[256], type[32], id[128] = "";
    uint8_t raw[60];
    CK_ULONG class = 0;
    object_get(ses, h, CKA_CLASS, &class, sizeof class);
    const char *word = class_word(class);
    if (!word)
        return;
    long n = object_get(ses, h, CKA_LABEL, label, sizeof label - 1);
    label[n > 0 ? n : 0] = '\0';
    n = object_get(ses, h, CKA_ID, raw, sizeof raw);
    for (long i = 0; i < n; i++)
        snprintf(id + 2 * i, 3, "%02x", raw[i]);
    type_word(type, ses, h);
    bool own = object_flag(ses, h, CKA_LOCAL),
         held = object_flag(ses, h, CKA_NEVER_EXTRACTABLE);
    bool secret = class == CKO_PRIVATE_KEY || class == CKO_SECRET_KEY;
    if (o->json) {
        printf("%s{\"kind\":\"%s\",\"type\":\"%s\",\"label\":", *first ? "" : ",", word,
               type);
        json_string(stdout, label);
        printf(",\"id\":\"%s\",\"made_here\":%s,\"never_extractable\":%s}", id,
               own ? "true" : "false", held ? "true" : "false");
    } else {
        printf("%-12s %-9s %-24s %-33s%s%s\n", word, type, label, id,
               own ? " made here" : "",
               !secret ? ""
               : held  ? ", never extractable"
                       : ", was or is extractable");
    }
    *first = false;
}

int key_list_run(const struct options *o)
{
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE ses;
    CK_OBJECT_HANDLE h[64];
    CK_ULONG n;
    bool first = true, login = pin_given(o, PIN_USER);
    int status = token_choose(o, &slot);
    if (status != EXIT_DONE)
        return status;
    status =
        login ? session_login(o, slot, false, &ses) : session_open(slot, false, &ses);
    if (status != EXIT_DONE)
        return status;
    CK_RV rv = p11->C_FindObjectsInit(ses, NULL, 0);
    if (o->json)
        printf("[");
    while (rv == CKR_OK && (rv = p11->C_FindObjects(ses, h, NR(h), &n)) == CKR_OK && n)
        for (CK_ULONG i = 0; i < n; i++)
            list_one(o, ses, h[i], &first);
    p11->C_FindObjectsFinal(ses);
    if (o->json)
        printf("]\n");
    if (rv != CKR_OK)
        return say_rv(rv, "cannot list the objects of the token");
    if (!o->json && first)
        say(o, "nothing to see");
    if (!o->json && !login)
        say(o, "(private keys are shown when a PIN is given: --pin-file FILE or "
               "ANCHORHOLD_PIN)");
    return EXIT_DONE;
}
