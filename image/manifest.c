/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a manifest: one row of keys[] per key says how its value is taken. A key that
 * is unknown, missing or said twice is an error that names file and line, because a TA
 * whose limits were misspelt must not be built with other limits. Ranges are left to
 * ta_image_decode(), which the signer runs over the finished image.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "manifest.h"
#include "uuid.h"

const struct word manifest_flags[] = {
    {"single-instance", TA_FLAG_SINGLE_INSTANCE},
    {"multi-session", TA_FLAG_MULTI_SESSION},
    {"keep-alive", TA_FLAG_KEEP_ALIVE},
    {NULL, 0},
};

const struct word manifest_rights[] = {
    {"storage", TA_RIGHT_STORAGE},
    {"derive-any", TA_RIGHT_DERIVE_ANY},
    {NULL, 0},
};

static bool number(const char *value, uint32_t *out)
{
    char *end;
    errno = 0;
    unsigned long v = strtoul(value, &end, 10);
    if (!isdigit((unsigned char)*value) || *end || errno || v > UINT32_MAX)
        return false;
    *out = (uint32_t)v;
    return true;
}

/* A size in KiB from "512K" or "64M". */
static bool size_kib(const char *value, uint32_t *out)
{
    char digits[16];
    size_t len = strlen(value);
    if (len < 2 || len > sizeof digits)
        return false;
    memcpy(digits, value, len - 1);
    digits[len - 1] = 0;
    uint32_t unit = value[len - 1] == 'M' ? 1024 : 1, n;
    if ((value[len - 1] != 'M' && value[len - 1] != 'K') || !number(digits, &n))
        return false;
    return !__builtin_mul_overflow(n, unit, out);
}

static bool words(char *value, const struct word *table, uint32_t *out)
{
    char *save = NULL;
    for (char *w = strtok_r(value, " \t,", &save); w; w = strtok_r(NULL, " \t,", &save)) {
        const struct word *t = table;
        while (t->text && strcmp(t->text, w) != 0)
            t++;
        if (!t->text)
            return false;
        *out |= t->bit;
    }
    return true;
}

static bool text(char *out, size_t cap, const char *value)
{
    size_t len = strlen(value);
    if (len >= cap)
        return false;
    memcpy(out, value, len);
    return true;
}

static bool take_uuid(struct ta_header *h, char *v)
{
    return uuid_parse(h->uuid, v);
}

static bool take_name(struct ta_header *h, char *v)
{
    return text(h->name, sizeof h->name, v);
}

static bool take_description(struct ta_header *h, char *v)
{
    return text(h->description, sizeof h->description, v);
}

static bool take_version(struct ta_header *h, char *v)
{
    return number(v, &h->version);
}

static bool take_flags(struct ta_header *h, char *v)
{
    return words(v, manifest_flags, &h->flags);
}

static bool take_rights(struct ta_header *h, char *v)
{
    return words(v, manifest_rights, &h->rights);
}

static bool take_lanes(struct ta_header *h, char *v)
{
    return number(v, &h->lanes);
}

static bool take_heap(struct ta_header *h, char *v)
{
    return size_kib(v, &h->heap_kib);
}

static bool take_stack(struct ta_header *h, char *v)
{
    return size_kib(v, &h->stack_kib);
}

static const struct key {
    const char *name;
    bool (*take)(struct ta_header *h, char *value);
    bool needed;
    const char *form;
} keys[] = {
    {"uuid", take_uuid, true, "like 2b7f5c1e-8d34-4a60-9f12-c3e4d5a6b708"},
    {"name", take_name, true, "of at most 23 characters"},
    {"description", take_description, false, "of at most 71 bytes"},
    {"version", take_version, true, "a number"},
    {"flags", take_flags, false, "words from: single-instance multi-session keep-alive"},
    {"rights", take_rights, false, "words from: storage derive-any"},
    {"lanes", take_lanes, false, "a number"},
    {"heap", take_heap, true, "a number with K or M"},
    {"stack", take_stack, true, "a number with K or M"},
};
#define NR_KEYS (sizeof keys / sizeof keys[0])

static char *trim(char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    size_t len = strlen(s);
    while (len && isspace((unsigned char)s[len - 1]))
        s[--len] = 0;
    return s;
}

static bool line_take(struct ta_header *h, char *line, unsigned *seen, const char *where)
{
    char *s = trim(line);
    if (*s == 0 || *s == '#')
        return true;
    char *equals = strchr(s, '=');
    if (!equals) {
        fprintf(stderr, "%s: a line is \"key = value\"\n", where);
        return false;
    }
    *equals = 0;
    char *name = trim(s), *value = trim(equals + 1);
    for (unsigned i = 0; i < NR_KEYS; i++) {
        if (strcmp(name, keys[i].name) != 0)
            continue;
        if (*seen & 1u << i) {
            fprintf(stderr, "%s: %s is given twice\n", where, name);
            return false;
        }
        *seen |= 1u << i;
        if (keys[i].take(h, value))
            return true;
        fprintf(stderr, "%s: %s must be %s\n", where, name, keys[i].form);
        return false;
    }
    fprintf(stderr, "%s: unknown key %s\n", where, name);
    return false;
}

bool manifest_read(struct ta_header *h, const char *path)
{
    char line[512], where[300];
    unsigned seen = 0, nr = 0;
    FILE *f = fopen(path, "re");
    if (!f) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return false;
    }
    bool ok = true;
    h->lanes = 1;
    while (ok && fgets(line, sizeof line, f)) {
        snprintf(where, sizeof where, "%s:%u", path, ++nr);
        ok = line_take(h, line, &seen, where);
    }
    if (ok && ferror(f)) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        ok = false;
    }
    fclose(f);
    for (unsigned i = 0; ok && i < NR_KEYS; i++) {
        if (keys[i].needed && !(seen & 1u << i)) {
            fprintf(stderr, "%s: %s is missing; it must be %s\n", path, keys[i].name,
                    keys[i].form);
            ok = false;
        }
    }
    return ok;
}
