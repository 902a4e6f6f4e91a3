/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * status: what TEE answers and what is in it, in words or as JSON. The TEE describes
 * itself in JSON through libteec (AH_DescribeTee); with --json that is passed on, for
 * people a few of its values are picked out. A module that is not ours has no such TEE:
 * then only the slots are told.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include "anchorhold_teec.h"
#include "cli.h"

/* --- the TEE's own words
 * ---------------------------------------------------------------------- */

/* The JSON of AH_DescribeTee, to be freed; NULL when there is none. */
static char *describe(void)
{
    char path[4096];
    TEEC_Context ctx;
    size_t len = 65536;
    TEEC_Result (*initialize)(const char *, TEEC_Context *) = NULL;
    void (*finalize)(TEEC_Context *) = NULL;
    TEEC_Result (*ask)(TEEC_Context *, char *, size_t *) = NULL;
    void *dl = beside(path, sizeof path, "libteec.so.2")
                   ? dlopen(path, RTLD_NOW | RTLD_LOCAL)
                   : NULL;
    if (!dl)
        return NULL;
    *(void **)&initialize = dlsym(dl, "TEEC_InitializeContext");
    *(void **)&finalize = dlsym(dl, "TEEC_FinalizeContext");
    *(void **)&ask = dlsym(dl, "AH_DescribeTee");
    char *text = calloc(1, len);
    if (!text || !initialize || !finalize || !ask ||
        initialize(NULL, &ctx) != TEEC_SUCCESS) {
        free(text);
        return NULL;
    }
    TEEC_Result r = ask(&ctx, text, &len);
    finalize(&ctx);
    if (r != TEEC_SUCCESS) {
        free(text);
        return NULL;
    }
    return text;
}

/* Past a string, number, word, object or list. */
static const char *json_skip(const char *p)
{
    int depth = 0;
    do {
        if (*p == '"')
            for (p++; *p && *p != '"'; p++)
                p += *p == '\\' && p[1];
        else if (*p == '{' || *p == '[')
            depth++;
        else if (*p == '}' || *p == ']')
            depth--;
        else if (depth == 0 && *p && !strchr(",:}] ", *p))
            while (p[1] && !strchr(",:}] ", p[1]))
                p++;
        if (*p)
            p++;
    } while (*p && depth > 0);
    return p;
}

/* The value of a member of the object at p, or NULL. */
static const char *json_member(const char *p, const char *name)
{
    size_t n = strlen(name);
    if (!p || *p != '{')
        return NULL;
    for (p++; *p && *p != '}';) {
        const char *key = p;
        p = json_skip(p);
        if (*p == ':')
            p++;
        if (*key == '"' && strncmp(key + 1, name, n) == 0 && key[n + 1] == '"')
            return p;
        p = json_skip(p);
        if (*p == ',')
            p++;
    }
    return NULL;
}

/* A string or number as text; "?" when it is not there. */
static const char *json_text(char *out, size_t cap, const char *object, const char *name)
{
    const char *p = json_member(object, name);
    size_t n = 0;
    if (!p)
        return "?";
    const char *end = json_skip(p);
    if (*p == '"') {
        p++;
        end--;
    }
    for (; p < end && n + 1 < cap; p++) {
        if (*p == '\\' && p + 1 < end)
            p++;
        out[n++] = *p;
    }
    out[n] = '\0';
    return out;
}

static bool json_true(const char *object, const char *name)
{
    const char *p = json_member(object, name);
    return p && strncmp(p, "true", 4) == 0;
}

static void say_ta(const char *ta)
{
    char name[64], state[32], sessions[16], kib[16], version[16];
    printf("  %-16s %s, version %s, %s sessions, %s KiB%s\n",
           json_text(name, sizeof name, ta, "name"),
           json_text(state, sizeof state, ta, "state"),
           json_text(version, sizeof version, ta, "version"),
           json_text(sessions, sizeof sessions, ta, "sessions"),
           json_text(kib, sizeof kib, ta, "memory_kib"),
           json_true(ta, "development") ? ", signed with a development key" : "");
}

static void say_hosted(const char *tee)
{
    char a[256], b[256], c[32];
    const char *iso = json_member(tee, "isolation");
    printf("TEE          hosted: Linux processes on this machine, no hardware secret; "
           "version %s\n",
           json_text(a, sizeof a, tee, "version"));
    printf("instance     %s, process %s, %s\n", json_text(a, sizeof a, tee, "mode"),
           json_text(c, sizeof c, tee, "pid"), json_text(b, sizeof b, tee, "state"));
    printf("isolation    own process%s%s%s%s\n",
           json_true(iso, "seccomp") ? ", seccomp" : "",
           json_true(iso, "no_new_privileges") ? ", no new privileges" : "",
           strcmp(json_text(c, sizeof c, iso, "landlock"), "0") != 0 ? ", Landlock" : "",
           json_true(iso, "confined")
               ? ""
               : " (test build: the sandbox is open for a sanitizer)");
    printf("life cycle   %s: keys are protected by the isolation of processes, not by "
           "hardware\n",
           json_text(a, sizeof a, tee, "life_cycle"));
    printf("trusted applications\n");
    const char *p = json_member(tee, "tas");
    for (p = p && *p == '[' ? p + 1 : NULL; p && *p == '{';) {
        say_ta(p);
        p = json_skip(p);
        if (*p == ',')
            p++;
    }
}

static void say_tee(const char *json)
{
    char transport[32], path[256];
    if (!json) {
        printf("TEE          (this module does not tell about its TEE)\n");
        return;
    }
    const char *tee = json_member(json, "tee");
    if (strcmp(json_text(transport, sizeof transport, json, "transport"), "hosted") == 0)
        say_hosted(tee);
    else
        printf("TEE          %s, %s\n", transport,
               json_text(path, sizeof path, json, "path"));
}

/* --- slots and tokens
 * ------------------------------------------------------------------------- */

static const struct {
    CK_FLAGS flag;
    const char *word, *text;
} flag_words[] = {
    {CKF_USER_PIN_COUNT_LOW, "user_pin_count_low", "a wrong user PIN was entered"},
    {CKF_USER_PIN_FINAL_TRY, "user_pin_final_try", "one try left for the user PIN"},
    {CKF_USER_PIN_LOCKED, "user_pin_locked", "user PIN locked"},
    {CKF_SO_PIN_COUNT_LOW, "so_pin_count_low", "a wrong SO PIN was entered"},
    {CKF_SO_PIN_FINAL_TRY, "so_pin_final_try", "one try left for the SO PIN"},
    {CKF_SO_PIN_LOCKED, "so_pin_locked", "SO PIN locked"},
    {CKF_PROTECTED_AUTHENTICATION_PATH, "identity_login", "opened by identity, no PIN"},
};

static void say_slot(CK_SLOT_ID slot, const CK_TOKEN_INFO *t)
{
    char label[33];
    if (!(t->flags & CKF_TOKEN_INITIALIZED)) {
        printf("  %-4lu empty; anchorhold token init --slot %lu --label NAME makes a "
               "token\n",
               slot, slot);
        return;
    }
    token_label(label, t);
    printf("  %-4lu token \"%s\", serial %.16s, %s", slot, label, t->serialNumber,
           t->flags & CKF_USER_PIN_INITIALIZED ? "user PIN set" : "no user PIN yet");
    for (size_t i = 0; i < NR(flag_words); i++)
        if (t->flags & flag_words[i].flag)
            printf(", %s", flag_words[i].text);
    printf("\n");
}

static void json_slot(CK_SLOT_ID slot, const CK_TOKEN_INFO *t)
{
    char label[33];
    bool initialized = t->flags & CKF_TOKEN_INITIALIZED;
    token_label(label, t);
    printf("{\"slot\":%lu,\"initialized\":%s,\"label\":", slot,
           initialized ? "true" : "false");
    json_string(stdout, initialized ? label : "");
    printf(",\"serial\":\"%.16s\",\"user_pin\":%s", t->serialNumber,
           t->flags & CKF_USER_PIN_INITIALIZED ? "true" : "false");
    for (size_t i = 0; i < NR(flag_words); i++)
        printf(",\"%s\":%s", flag_words[i].word,
               t->flags & flag_words[i].flag ? "true" : "false");
    printf("}");
}

int status_run(const struct options *o)
{
    CK_SLOT_ID slots[64];
    CK_ULONG n = NR(slots);
    CK_TOKEN_INFO t;
    CK_INFO info;
    CK_RV rv = p11->C_GetInfo(&info);
    if (rv == CKR_OK)
        rv = p11->C_GetSlotList(CK_TRUE, slots, &n);
    if (rv != CKR_OK)
        return say_rv(rv, "the TEE does not answer");
    char *json = o->module ? NULL : describe();
    if (o->json) {
        printf("{\"tee\":%s,\"module\":{\"path\":", json ? json : "null");
        json_string(stdout, module_path);
        printf(",\"version\":\"%d.%d\",\"cryptoki\":\"%d.%d\"},\"slots\":[",
               info.libraryVersion.major, info.libraryVersion.minor,
               info.cryptokiVersion.major, info.cryptokiVersion.minor);
    } else {
        say_tee(json);
        printf("module       %s, version %d.%d (Cryptoki %d.%d)\nslots\n", module_path,
               info.libraryVersion.major, info.libraryVersion.minor,
               info.cryptokiVersion.major, info.cryptokiVersion.minor);
    }
    for (CK_ULONG i = 0; i < n; i++) {
        if (p11->C_GetTokenInfo(slots[i], &t) != CKR_OK)
            continue;
        if (o->json) {
            fputs(i ? "," : "", stdout);
            json_slot(slots[i], &t);
        } else {
            say_slot(slots[i], &t);
        }
    }
    if (o->json)
        printf("]}\n");
    free(json);
    return EXIT_DONE;
}
