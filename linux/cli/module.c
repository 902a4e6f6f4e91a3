/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The module as this command uses it: found beside the program, loaded once, initialised
 * for threads; tokens chosen by label, sessions, keys by label or id. Every function that
 * can fail has told the user why before it returns the exit status.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli.h"

CK_FUNCTION_LIST *p11;
const char *module_path;

const char *beside(char *buf, size_t cap, const char *name)
{
    ssize_t n = readlink("/proc/self/exe", buf, cap - 1);
    if (n <= 0)
        return NULL;
    buf[n] = '\0';
    for (int up = 0; up < 2; up++) { /* .../bin/anchorhold -> ... */
        char *slash = strrchr(buf, '/');
        if (!slash)
            return NULL;
        *slash = '\0';
    }
    size_t len = strlen(buf);
    if (snprintf(buf + len, cap - len, "/lib/%s", name) >= (int)(cap - len))
        return NULL;
    return buf;
}

/* What libteec, which the module has brought along, knows of the last failure; or "". */
static const char *teec_said(void)
{
    char path[4096];
    const char *(*message)(void) = NULL;
    void *dl = beside(path, sizeof path, "libteec.so.2")
                   ? dlopen(path, RTLD_NOW | RTLD_NOLOAD)
                   : NULL;
    if (dl)
        *(void **)&message = dlsym(dl, "AH_LastMessage");
    return message ? message() : "";
}

int module_open(const struct options *o)
{
    static char path[4096];
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
    CK_C_GetFunctionList get = NULL;
    module_path = o->module ? o->module : beside(path, sizeof path, "libanchorhold.so");
    void *dl = module_path ? dlopen(module_path, RTLD_NOW | RTLD_LOCAL) : NULL;
    if (dl)
        *(void **)&get = dlsym(dl, "C_GetFunctionList");
    if (!get || get(&p11) != CKR_OK) {
        const char *why = dl ? "it is not a PKCS#11 module" : dlerror();
        say_error("cannot load the module %s: %s\n  Build it with make, or name it with "
                  "--module PATH.",
                  module_path ? module_path : "libanchorhold.so", why ? why : "unknown");
        p11 = NULL;
        return EXIT_TEE;
    }
    CK_RV rv = p11->C_Initialize(&args);
    if (rv != CKR_OK) {
        p11 = NULL;
        if (teec_said()[0]) {
            say_error("cannot reach the TEE: %s", teec_said());
            return EXIT_TEE;
        }
        return say_rv(rv, "cannot reach the TEE") == EXIT_FAILED ? EXIT_FAILED : EXIT_TEE;
    }
    return EXIT_DONE;
}

void module_close(void)
{
    if (p11)
        p11->C_Finalize(NULL);
}

void token_label(char out[33], const CK_TOKEN_INFO *t)
{
    size_t n = 32;
    while (n > 0 && t->label[n - 1] == ' ')
        n--;
    memcpy(out, t->label, n);
    out[n] = '\0';
}

/* The initialised tokens, at most 64; how many. */
static int tokens(CK_SLOT_ID *slots, CK_TOKEN_INFO *infos, size_t *nr)
{
    CK_SLOT_ID all[64];
    CK_ULONG n = NR(all);
    CK_RV rv = p11->C_GetSlotList(CK_TRUE, all, &n);
    if (rv != CKR_OK)
        return say_rv(rv, "cannot list the slots");
    *nr = 0;
    for (CK_ULONG i = 0; i < n; i++)
        if (p11->C_GetTokenInfo(all[i], &infos[*nr]) == CKR_OK &&
            infos[*nr].flags & CKF_TOKEN_INITIALIZED)
            slots[(*nr)++] = all[i];
    return EXIT_DONE;
}

int token_choose(const struct options *o, CK_SLOT_ID *slot)
{
    CK_SLOT_ID slots[64];
    CK_TOKEN_INFO infos[65];
    char label[33], *end;
    size_t nr = 0, found = 0;
    if (o->slot) {
        *slot = strtoul(o->slot, &end, 0);
        if (*end || !*o->slot) {
            say_error("--slot takes a number; anchorhold status lists the slots");
            return EXIT_USAGE;
        }
        return EXIT_DONE;
    }
    int status = tokens(slots, infos, &nr);
    if (status != EXIT_DONE)
        return status;
    for (size_t i = 0; i < nr; i++) {
        token_label(label, &infos[i]);
        if (o->token && strcmp(label, o->token) != 0)
            continue;
        *slot = slots[i];
        found++;
    }
    if (found == 1)
        return EXIT_DONE;
    if (found > 1 && o->token)
        say_error("%zu tokens are called %s; choose one with --slot", found, o->token);
    else if (found > 1)
        say_error("%zu tokens exist; choose one with --token LABEL", found);
    else if (o->token)
        say_error("there is no token called %s; anchorhold status lists the tokens",
                  o->token);
    else
        say_error("no token is initialised yet\n  Make one: anchorhold token init "
                  "--label NAME");
    return EXIT_NOT_FOUND;
}

int session_open(CK_SLOT_ID slot, bool write, CK_SESSION_HANDLE *ses)
{
    CK_RV rv = p11->C_OpenSession(slot, CKF_SERIAL_SESSION | (write ? CKF_RW_SESSION : 0),
                                  NULL, NULL, ses);
    return rv == CKR_OK ? EXIT_DONE
                        : say_rv(rv, "cannot open the token in slot %lu", slot);
}

int session_login(const struct options *o, CK_SLOT_ID slot, bool write,
                  CK_SESSION_HANDLE *ses)
{
    struct pin pin;
    CK_TOKEN_INFO ti;
    int status = session_open(slot, write, ses);
    if (status != EXIT_DONE)
        return status;
    /* a token that is opened by identity has no PIN to ask for */
    if (p11->C_GetTokenInfo(slot, &ti) == CKR_OK &&
        ti.flags & CKF_PROTECTED_AUTHENTICATION_PATH)
        pin.len = 0;
    else if ((status = pin_get(o, PIN_USER, false, &pin)) != EXIT_DONE)
        return status;
    CK_RV rv =
        p11->C_Login(*ses, CKU_USER, pin.len ? (CK_UTF8CHAR *)pin.text : NULL, pin.len);
    pin_wipe(&pin);
    return rv == CKR_OK ? EXIT_DONE
                        : say_rv(rv, "cannot log in to the token in slot %lu", slot);
}

CK_OBJECT_HANDLE object_find(CK_SESSION_HANDLE ses, CK_ATTRIBUTE *t, CK_ULONG n)
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

long object_get(CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type,
                void *buf, size_t cap)
{
    CK_ATTRIBUTE a = {type, buf, cap};
    if (p11->C_GetAttributeValue(ses, o, &a, 1) != CKR_OK || a.ulValueLen > cap)
        return -1;
    return (long)a.ulValueLen;
}

bool object_flag(CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type)
{
    CK_BBOOL b = CK_FALSE;
    return object_get(ses, o, type, &b, 1) == 1 && b;
}

int key_find(const struct options *o, CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE *key)
{
    uint8_t id[128];
    CK_ATTRIBUTE t[3] = {A_UL(CKA_CLASS, CKO_PRIVATE_KEY)};
    CK_ULONG n = 1;
    if (o->label)
        t[n++] = (CK_ATTRIBUTE)A_RAW(CKA_LABEL, o->label, strlen(o->label));
    if (o->id) {
        long len = hex_decode(id, sizeof id, o->id);
        if (len <= 0) {
            say_error("--id takes hexadecimal digits, for example 01a2");
            return EXIT_USAGE;
        }
        t[n++] = (CK_ATTRIBUTE)A_RAW(CKA_ID, id, (size_t)len);
    }
    *key = object_find(ses, t, n);
    if (*key)
        return EXIT_DONE;
    if (o->label || o->id)
        say_error("the token has no private key %s%s\n  anchorhold key list shows its "
                  "keys; anchorhold "
                  "key generate makes one",
                  o->label ? "called " : "with the id ", o->label ? o->label : o->id);
    else
        say_error("the token has no private key\n  Make one: anchorhold key generate "
                  "--label NAME");
    return EXIT_NOT_FOUND;
}
