/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Test vectors as NIST publishes them: lines "Name = value" grouped by blank lines, after
 * sections
 * "[Name = value]" or "[WORD]". A field keeps its value until a later group sets it
 * again. The files are those of Debian's python3-cryptography-vectors.
 */
#ifndef AH_TEST_RSP_H
#define AH_TEST_RSP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define RSP_FIELDS 32
#define RSP_LINE   70000

struct rsp {
    FILE *file;
    char section[128]; /* the last [..] line, without brackets */
    unsigned nr;
    struct {
        char name[32];
        char *value;
        bool word; /* a line without "=", such as FAIL: holds for its group only */
    } field[RSP_FIELDS];
    char *line;
};

/* path within the vectors; ends the program with a message when it is not there. */
void rsp_open(struct rsp *r, const char *path);
void rsp_close(struct rsp *r);

/* The next group that has a field of this name; false at the end of the file. */
bool rsp_next(struct rsp *r, const char *name);

/*
 * A field of the group: as text (NULL when absent), as number, as bytes (length
 * returned).
 */
const char *rsp_text(const struct rsp *r, const char *name);
unsigned rsp_number(const struct rsp *r, const char *name);
size_t rsp_bytes(const struct rsp *r, const char *name, uint8_t *out, size_t room);

#endif
