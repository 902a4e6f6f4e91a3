/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reader of the test vectors in Debian's python3-cryptography-vectors, and what the
 * groups of p11vectors.c get of them. Two forms exist: NIST's "NAME = hex" lines under
 * [sections], and RSA's
 * "# Name:" headings followed by lines of hex. Both fill the same set of named values,
 * which keeps a value until it is given anew (so a modulus serves many messages); a group
 * names the value that ends a vector, and is called each time that one has been read.
 */
#ifndef AH_TEST_P11VECTORS_H
#define AH_TEST_P11VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VALUE_MAX = 16384, VALUES = 24 };

struct value {
    char name[48];
    uint8_t *bytes; /* VALUE_MAX */
    size_t len;
    char text[48]; /* the beginning as it stands in the file, for words and numbers */
};

struct vector {
    struct value v[VALUES];
    size_t nr;
    char section[128]; /* inside of the last [brackets] */
    bool fail;         /* a line FAIL stood in place of the result */
    const char *file;
    unsigned line;
};

enum verdict { PASSED, FAILED, SKIPPED };

struct group {
    const char *name;
    const char *files; /* shell pattern below the vectors' directory */
    const char *last;  /* the value that ends a vector */
    enum verdict (*run)(const struct vector *v, const struct group *g);
    unsigned long mech;
    const char *hash; /* OpenSSL's name, or NULL */
    bool headings;    /* the second form */
};

/* Values by name; an empty one when it was not given. */
const struct value *vector_get(const struct vector *v, const char *name);
/* The same without leading zero bytes. */
const uint8_t *vector_number(const struct vector *v, const char *name, size_t *len);

struct tally {
    unsigned passed, failed, skipped, files;
};

/* Run a group over its files; prints the first failures as TAP comments. */
void vectors_run(const struct group *g, const char *directory, struct tally *t);

#endif
