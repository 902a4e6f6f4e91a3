/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Strict DER for keys; der.h is the manual.
 *
 * Every length is compared with what is left before anything is read, lengths must be in
 * their shortest form, and integers too, so that one value has one encoding. Elements
 * longer than 16 MiB are refused: no key comes near, and sums of such lengths cannot
 * overflow.
 */
#include "der.h"

#define DER_LENGTH_BYTES 3u

static size_t length_read(struct rd *r)
{
    uint8_t first = rd_u8(r);
    if (first < 0x80)
        return first;
    unsigned nr = first & 0x7fu;
    if (nr == 0 || nr > DER_LENGTH_BYTES) {
        r->bad = true;
        return 0;
    }
    size_t len = 0;
    for (unsigned i = 0; i < nr; i++)
        len = len << 8 | rd_u8(r);
    if (len < 0x80 || len >> 8 * (nr - 1) == 0)
        r->bad = true; /* a shorter form exists */
    return len;
}

struct span der_span(struct rd *r, uint8_t tag)
{
    if (rd_u8(r) != tag)
        r->bad = true;
    size_t len = length_read(r);
    return rd_raw(r, len);
}

struct rd der_open(struct rd *r, uint8_t tag)
{
    struct span s = der_span(r, tag);
    struct rd in = rd_init(s.p, s.len);
    in.bad = r->bad;
    return in;
}

bool der_peek(const struct rd *r, uint8_t tag)
{
    return !r->bad && r->left != 0 && r->p[0] == tag;
}

struct span der_uint(struct rd *r)
{
    struct span s = der_span(r, DER_INTEGER);
    if (r->bad || s.len == 0 || (s.p[0] & 0x80)) {
        r->bad = true;
        return (struct span){NULL, 0};
    }
    if (s.p[0] == 0) {
        if (s.len > 1 && !(s.p[1] & 0x80))
            r->bad = true;
        s.p++;
        s.len--;
    }
    return s;
}

uint32_t der_small(struct rd *r, uint32_t max)
{
    struct span s = der_uint(r);
    uint32_t v = 0;
    if (s.len > sizeof v)
        r->bad = true;
    for (size_t i = 0; !r->bad && i < s.len; i++)
        v = v << 8 | s.p[i];
    if (v > max)
        r->bad = true;
    return r->bad ? 0 : v;
}

struct span der_bits(struct rd *r)
{
    struct span s = der_span(r, DER_BIT_STRING);
    if (r->bad || s.len == 0 || s.p[0] != 0) {
        r->bad = true;
        return (struct span){NULL, 0};
    }
    return (struct span){s.p + 1, s.len - 1};
}

struct span der_element(struct rd *r)
{
    const uint8_t *start = r->p;
    size_t before = r->left;
    uint8_t tag = rd_u8(r);
    if ((tag & 0x1f) == 0x1f)
        r->bad = true; /* a tag of several bytes */
    size_t len = length_read(r);
    (void)rd_raw(r, len);
    if (r->bad)
        return (struct span){NULL, 0};
    return (struct span){start, before - r->left};
}

struct der_wr der_wr_init(uint8_t *buf, size_t cap)
{
    return (struct der_wr){buf, buf ? cap : SIZE_MAX, 0, false};
}

struct span der_wr_bytes(const struct der_wr *w)
{
    if (w->bad || !w->buf)
        return (struct span){NULL, 0};
    return (struct span){w->buf + (w->cap - w->len), w->len};
}

void der_put_raw(struct der_wr *w, const void *p, size_t len)
{
    if (w->bad || len > w->cap - w->len) {
        w->bad = true;
        return;
    }
    w->len += len;
    if (w->buf && len)
        memcpy(w->buf + (w->cap - w->len), p, len);
}

static void put_u8(struct der_wr *w, uint8_t v)
{
    der_put_raw(w, &v, 1);
}

void der_put_head(struct der_wr *w, uint8_t tag, size_t since)
{
    if (w->bad || since > w->len || (w->len - since) >> 8 * DER_LENGTH_BYTES) {
        w->bad = true;
        return;
    }
    size_t len = w->len - since;
    uint8_t nr = 0;
    if (len < 0x80) {
        put_u8(w, (uint8_t)len);
    } else {
        for (size_t rest = len; rest; rest >>= 8, nr++)
            put_u8(w, (uint8_t)rest);
        put_u8(w, (uint8_t)(0x80u | nr));
    }
    put_u8(w, tag);
}

void der_put_span(struct der_wr *w, uint8_t tag, const void *p, size_t len)
{
    size_t since = w->len;
    der_put_raw(w, p, len);
    der_put_head(w, tag, since);
}

void der_put_uint(struct der_wr *w, const void *p, size_t len)
{
    const uint8_t *b = p;
    size_t since = w->len;
    while (len && *b == 0) {
        b++;
        len--;
    }
    der_put_raw(w, b, len);
    if (len == 0 || (b[0] & 0x80))
        put_u8(w, 0);
    der_put_head(w, DER_INTEGER, since);
}
