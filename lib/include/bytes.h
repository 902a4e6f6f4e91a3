/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading and writing little-endian bytes with one check at the end.
 *
 * struct rd walks over bytes that were already copied out of reach of whoever sent them. A read
 * past the end, or above a given maximum, makes the reader bad: it returns zero or an empty
 * span from then on, and rd_end() says false. struct wr is the same for writing; with buf NULL
 * it only counts, so that a length can be asked first.
 */
#ifndef AH_BYTES_H
#define AH_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const uint8_t *p;
    size_t len;
};

struct rd {
    const uint8_t *p;
    size_t left;
    bool bad;
};

static inline struct rd rd_init(const void *p, size_t len)
{
    return (struct rd){p, len, false};
}

/* A view of len bytes, not a copy. */
static inline struct span rd_raw(struct rd *r, size_t len)
{
    if (r->bad || len > r->left) {
        r->bad = true;
        return (struct span){NULL, 0};
    }
    struct span s = {r->p, len};
    if (len)
        r->p += len;
    r->left -= len;
    return s;
}

static inline uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t le64(const uint8_t *p)
{
    return (uint64_t)le32(p) | (uint64_t)le32(p + 4) << 32;
}

static inline void put_le32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static inline void put_le64(uint8_t *p, uint64_t v)
{
    put_le32(p, (uint32_t)v);
    put_le32(p + 4, (uint32_t)(v >> 32));
}

static inline uint8_t rd_u8(struct rd *r)
{
    struct span s = rd_raw(r, 1);
    return s.p ? s.p[0] : 0;
}

static inline uint32_t rd_u32(struct rd *r)
{
    struct span s = rd_raw(r, 4);
    return s.p ? le32(s.p) : 0;
}

static inline uint64_t rd_u64(struct rd *r)
{
    struct span s = rd_raw(r, 8);
    return s.p ? le64(s.p) : 0;
}

/* u32 length, then that many bytes; a length above max makes the reader bad. */
static inline struct span rd_span(struct rd *r, size_t max)
{
    uint32_t len = rd_u32(r);
    if (len > max)
        r->bad = true;
    return rd_raw(r, len);
}

/* True when every read fitted and nothing is left over. */
static inline bool rd_end(const struct rd *r)
{
    return !r->bad && r->left == 0;
}

struct wr {
    uint8_t *buf; /* NULL: count only */
    size_t cap;
    size_t len; /* bytes written, or that would have been written */
    bool bad;   /* something did not fit */
};

static inline struct wr wr_init(void *buf, size_t cap)
{
    return (struct wr){buf, buf ? cap : SIZE_MAX, 0, false};
}

static inline void wr_raw(struct wr *w, const void *p, size_t len)
{
    if (w->bad || len > w->cap - w->len) {
        w->bad = true;
        return;
    }
    if (w->buf && len)
        memcpy(w->buf + w->len, p, len);
    w->len += len;
}

static inline void wr_u8(struct wr *w, uint8_t v)
{
    wr_raw(w, &v, 1);
}

static inline void wr_u32(struct wr *w, uint32_t v)
{
    uint8_t b[4];
    put_le32(b, v);
    wr_raw(w, b, sizeof b);
}

static inline void wr_u64(struct wr *w, uint64_t v)
{
    uint8_t b[8];
    put_le64(b, v);
    wr_raw(w, b, sizeof b);
}

static inline void wr_span(struct wr *w, const void *p, size_t len)
{
    if (len > UINT32_MAX) {
        w->bad = true;
        return;
    }
    wr_u32(w, (uint32_t)len);
    wr_raw(w, p, len);
}

static inline bool add_ok(size_t a, size_t b, size_t *sum)
{
    return !__builtin_add_overflow(a, b, sum);
}

static inline bool mul_ok(size_t a, size_t b, size_t *product)
{
    return !__builtin_mul_overflow(a, b, product);
}

/* Constant time in the contents; the length is public. */
static inline bool ct_equal(const void *a, const void *b, size_t len)
{
    const volatile uint8_t *x = a, *y = b;
    uint8_t d = 0;
    for (size_t i = 0; i < len; i++)
        d = (uint8_t)(d | (x[i] ^ y[i]));
    return d == 0;
}

/* Overwrite a secret; the compiler may not leave it out. */
static inline void wipe(void *p, size_t len)
{
    if (len)
        memset(p, 0, len);
    __asm__ volatile("" : : "r"(p) : "memory");
}

#endif
