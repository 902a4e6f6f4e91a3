/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DER, as little of it as keys need (X.690: definite lengths, shortest forms, one-byte
 * tags).
 *
 * Reading works on struct rd (bytes.h): each function consumes one element, and anything
 * but strict DER makes the reader bad, after which it yields empty results; test once at
 * the end with rd_end(). The views returned point into the bytes being read.
 *
 * Writing goes backwards: the last element is put first and each put stands before what
 * is already there, so that the length of a constructed element is known when its head is
 * put:
 *
 *     struct der_wr w = der_wr_init(buf, cap);
 *     der_put_uint(&w, e, e_len);
 *     der_put_uint(&w, n, n_len);
 *     der_put_head(&w, DER_SEQUENCE, 0);         SEQUENCE { n, e }
 *
 * The result is der_wr_bytes(&w), the tail of buf. With buf NULL it only counts.
 */
#ifndef AH_DER_H
#define AH_DER_H

#include "bytes.h"

#define DER_INTEGER      0x02u
#define DER_BIT_STRING   0x03u
#define DER_OCTET_STRING 0x04u
#define DER_NULL         0x05u
#define DER_OID          0x06u
#define DER_SEQUENCE     0x30u
#define DER_CONTEXT(n)   (0xa0u | (n)) /* [n], constructed: explicit tag */

/* Contents of the next element, which must carry this tag. */
struct span der_span(struct rd *r, uint8_t tag);

/* The same as a reader of its own; bad when r is. */
struct rd der_open(struct rd *r, uint8_t tag);

/* Is the next element's tag this one? Consumes nothing. */
bool der_peek(const struct rd *r, uint8_t tag);

/* INTEGER >= 0 as big-endian bytes without leading zeros; zero has length 0. */
struct span der_uint(struct rd *r);

/* INTEGER 0..max. */
uint32_t der_small(struct rd *r, uint32_t max);

/* BIT STRING of whole bytes, without its count of unused bits. */
struct span der_bits(struct rd *r);

/* The whole next element, head included; its tag and length must be well formed. */
struct span der_element(struct rd *r);

struct der_wr {
    uint8_t *buf; /* NULL: count only */
    size_t cap;
    size_t len; /* bytes written, or that would have been written */
    bool bad;   /* something did not fit */
};

struct der_wr der_wr_init(uint8_t *buf, size_t cap);

/* What was written; empty when it did not fit. */
struct span der_wr_bytes(const struct der_wr *w);

void der_put_raw(struct der_wr *w, const void *p, size_t len);

/* Head of an element whose contents are all that was put since w->len was `since`. */
void der_put_head(struct der_wr *w, uint8_t tag, size_t since);

/* tag, length, contents. */
void der_put_span(struct der_wr *w, uint8_t tag, const void *p, size_t len);

/* INTEGER from big-endian bytes; leading zeros are dropped, a sign byte added where
 * needed. */
void der_put_uint(struct der_wr *w, const void *p, size_t len);

#endif
