/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A reader of NIST's vector files. Trouble with a file ends the program: a test that
 * silently reads nothing would pass.
 */
#include "rsp.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define VECTORS "/usr/lib/python3/dist-packages/cryptography_vectors/"

static void die(const char *what, const char *which)
{
    fprintf(stderr, "vectors: %s: %s\n", what, which);
    exit(1);
}

void rsp_open(struct rsp *r, const char *path)
{
    char full[512];
    snprintf(full, sizeof full, "%s%s", VECTORS, path);
    *r = (struct rsp){.file = fopen(full, "r"), .line = malloc(RSP_LINE)};
    if (!r->file || !r->line)
        die("cannot open", full);
}

static void drop(struct rsp *r, unsigned i)
{
    free(r->field[i].value);
    r->field[i] = r->field[--r->nr];
}

void rsp_close(struct rsp *r)
{
    while (r->nr)
        drop(r, 0);
    fclose(r->file);
    free(r->line);
}

static char *trim(char *s)
{
    while (*s == ' ' || *s == '\t')
        s++;
    size_t n = strlen(s);
    while (n && strchr(" \t\r\n", s[n - 1]))
        s[--n] = '\0';
    return s;
}

static void add(struct rsp *r, char *line)
{
    char *equal = strchr(line, '=');
    if (equal)
        *equal = '\0';
    char *name = trim(line);
    for (unsigned i = 0; i < r->nr; i++)
        if (!strcasecmp(r->field[i].name, name))
            drop(r, i--);
    if (r->nr == RSP_FIELDS)
        die("too many fields", line);
    snprintf(r->field[r->nr].name, sizeof r->field[0].name, "%s", name);
    r->field[r->nr].value = strdup(equal ? trim(equal + 1) : "");
    r->field[r->nr].word = !equal;
    r->nr++;
}

bool rsp_next(struct rsp *r, const char *name)
{
    bool seen = false;
    for (unsigned i = 0; i < r->nr; i++)
        if (r->field[i].word)
            drop(r, i--);
    while (fgets(r->line, RSP_LINE, r->file)) {
        char *s = trim(r->line);
        if (*s == '#')
            continue;
        if (*s == '[') {
            snprintf(r->section, sizeof r->section, "%.*s", (int)strcspn(s + 1, "]"),
                     s + 1);
            continue;
        }
        if (!*s && seen)
            return true;
        if (*s) {
            add(r, s);
            seen = seen || !strcasecmp(r->field[r->nr - 1].name, name);
        }
    }
    return seen;
}

const char *rsp_text(const struct rsp *r, const char *name)
{
    for (unsigned i = 0; i < r->nr; i++)
        if (!strcasecmp(r->field[i].name, name))
            return r->field[i].value;
    return NULL;
}

unsigned rsp_number(const struct rsp *r, const char *name)
{
    const char *s = rsp_text(r, name);
    if (!s)
        die("no such field", name);
    return (unsigned)strtoul(s, NULL, 10);
}

size_t rsp_bytes(const struct rsp *r, const char *name, uint8_t *out, size_t room)
{
    const char *s = rsp_text(r, name);
    size_t n = 0;
    unsigned x;
    if (!s)
        die("no such field", name);
    if (strlen(s) % 2) { /* a number written without its first zero */
        sscanf(s, "%1x", &x);
        out[n++] = (uint8_t)x;
        s++;
    }
    for (; *s; s += 2) {
        if (n == room || sscanf(s, "%2x", &x) != 1)
            die("bad or long value", name);
        out[n++] = (uint8_t)x;
    }
    return n;
}
