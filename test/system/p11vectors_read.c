/* SPDX-License-Identifier: BSD-2-Clause */
/* The vectors' reader; p11vectors.h is the manual. */
#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "test/system/p11vectors.h"

static struct value *slot_of(struct vector *v, const char *name)
{
    for (size_t i = 0; i < v->nr; i++)
        if (strcmp(v->v[i].name, name) == 0)
            return &v->v[i];
    if (v->nr == VALUES)
        return NULL;
    struct value *x = &v->v[v->nr++];
    snprintf(x->name, sizeof x->name, "%s", name);
    return x;
}

const struct value *vector_get(const struct vector *v, const char *name)
{
    static const struct value none = {.text = ""};
    for (size_t i = 0; i < v->nr; i++)
        if (strcmp(v->v[i].name, name) == 0)
            return &v->v[i];
    return &none;
}

const uint8_t *vector_number(const struct vector *v, const char *name, size_t *len)
{
    const struct value *x = vector_get(v, name);
    size_t skip = 0;
    while (skip < x->len && x->bytes[skip] == 0)
        skip++;
    *len = x->len - skip;
    return x->bytes ? x->bytes + skip : NULL;
}

/* Append the hex digits of text; what is no hex ends it. A number may have an odd count
 * of them. */
static void append(struct value *x, const char *text)
{
    size_t digits = 0;
    if (!x->bytes && !(x->bytes = malloc(VALUE_MAX)))
        exit(2);
    while (isxdigit((unsigned char)text[digits]))
        digits++;
    if (digits % 2 && x->len == 0) {
        char one[2] = {*text++, 0};
        x->bytes[x->len++] = (uint8_t)strtoul(one, NULL, 16);
    }
    for (; isxdigit((unsigned char)text[0]) && isxdigit((unsigned char)text[1]) &&
           x->len < VALUE_MAX;
         text += 2 + (text[2] == ' ')) {
        char two[3] = {text[0], text[1], 0};
        x->bytes[x->len++] = (uint8_t)strtoul(two, NULL, 16);
    }
}

static void set(struct value *x, const char *text)
{
    x->len = 0;
    snprintf(x->text, sizeof x->text, "%.47s", text);
    append(x, text);
}

struct reading {
    const struct group *g;
    struct vector v;
    struct value *open; /* the value under a heading that may go on */
    struct tally *tally;
};

static void judge(struct reading *r)
{
    enum verdict d = r->g->run(&r->v, r->g);
    r->tally->passed += d == PASSED;
    r->tally->skipped += d == SKIPPED;
    r->tally->failed += d == FAILED;
    if (d == FAILED && r->tally->failed <= 5)
        printf("#   %s line %u [%s]\n", r->v.file, r->v.line, r->v.section);
    r->v.fail = false;
}

static void chomp(char *line)
{
    size_t n = strlen(line);
    while (n > 0 && isspace((unsigned char)line[n - 1]))
        line[--n] = '\0';
}

/* "NAME = value", "[section]" or "FAIL". */
static void equation(struct reading *r, char *line)
{
    char *eq = strchr(line, '=');
    if (strncmp(line, "[B.4", 4) == 0) /* a method, below the section of the curve */
        return;
    if (line[0] == '[') {
        snprintf(r->v.section, sizeof r->v.section, "%.*s", (int)strcspn(line + 1, "]"),
                 line + 1);
        return;
    }
    if (strcmp(line, "FAIL") == 0) {
        r->v.fail = true;
        judge(r);
        return;
    }
    if (line[0] == '#' || !eq)
        return;
    *eq = '\0';
    chomp(line);
    struct value *x = slot_of(&r->v, line);
    if (!x)
        return;
    set(x, eq + 1 + strspn(eq + 1, " \t"));
    if (strcmp(line, r->g->last) == 0)
        judge(r);
}

static void close_value(struct reading *r)
{
    const struct value *x = r->open;
    r->open = NULL;
    if (x && strcmp(x->name, r->g->last) == 0)
        judge(r);
}

/* "# Name:" and then lines of hex, until an empty one or the next heading. */
static void heading(struct reading *r, char *line)
{
    if (line[0] == '#' || !line[0]) {
        if (r->open && r->open->len)
            close_value(r);
        char *name = line[0] ? line + 1 + strspn(line + 1, " ") : line;
        size_t n = strlen(name);
        if (n > 0 && name[n - 1] == ':' && n < 48) {
            name[n - 1] = '\0';
            r->open = slot_of(&r->v, name);
            if (r->open)
                r->open->len = 0;
        }
    } else if (r->open && isxdigit((unsigned char)line[0])) {
        append(r->open, line);
    }
}

static void read_file(const struct group *g, const char *path, size_t skip,
                      struct tally *t)
{
    struct reading r = {.g = g, .tally = t};
    char *line = NULL;
    size_t cap = 0;
    FILE *f = fopen(path, "r");
    if (!f)
        return;
    t->files++;
    r.v.file = path + skip;
    while (getline(&line, &cap, f) > 0) {
        r.v.line++;
        chomp(line);
        if (g->headings)
            heading(&r, line);
        else
            equation(&r, line);
    }
    if (g->headings)
        heading(&r, (char[]){""});
    fclose(f);
    free(line);
    for (size_t i = 0; i < r.v.nr; i++)
        free(r.v.v[i].bytes);
}

void vectors_run(const struct group *g, const char *directory, struct tally *t)
{
    char pattern[4096];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/%s", directory, g->files);
    if (glob(pattern, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++)
        read_file(g, found.gl_pathv[i], strlen(directory) + 1, t);
    globfree(&found);
}
