/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The attribute set. Looking up walks over the heads, at most a few dozen in an object,
 * which lie in one or two cache lines; replacing closes the gap and appends. The block
 * grows by doubling into a new block, and the old one is wiped, because values may be
 * secret.
 *
 * Invariant: the block is a sequence of whole attributes, nr of them, no id twice.
 */
#include <stdlib.h>
#include "attrs.h"

#define HEAD sizeof(struct p11_attr_head)

/* Where the attribute stands; NULL when it is not there. */
static uint8_t *at(const struct attrs *a, uint32_t id)
{
    uint8_t *p = a->p;
    for (uint32_t i = 0; i < a->nr; i++) {
        if (le32(p) == id)
            return p;
        p += HEAD + le32(p + 4);
    }
    return NULL;
}

bool attrs_find(const struct attrs *a, uint32_t id, struct span *v)
{
    const uint8_t *p = at(a, id);
    if (p && v)
        *v = (struct span){p + HEAD, le32(p + 4)};
    return p != NULL;
}

bool attrs_has(const struct attrs *a, uint32_t id)
{
    return at(a, id) != NULL;
}

bool attr_bool(const struct attrs *a, uint32_t id)
{
    struct span v;
    return attrs_find(a, id, &v) && v.len == 1 && v.p[0] != 0;
}

uint32_t attr_u32(const struct attrs *a, uint32_t id)
{
    struct span v;
    return attrs_find(a, id, &v) && v.len == 4 ? le32(v.p) : P11_UNAVAILABLE;
}

struct span attr_bytes(const struct attrs *a, uint32_t id)
{
    struct span v = {NULL, 0};
    attrs_find(a, id, &v);
    return v;
}

static CK_RV reserve(struct attrs *a, size_t more)
{
    size_t need, cap = a->cap ? a->cap : 256;
    if (!add_ok(a->len, more, &need) || need > ATTRS_BYTES_MAX)
        return CKR_DEVICE_MEMORY;
    if (need <= a->cap)
        return CKR_OK;
    while (cap < need)
        cap *= 2;
    uint8_t *p = malloc(cap);
    if (!p)
        return CKR_DEVICE_MEMORY;
    if (a->len)
        memcpy(p, a->p, a->len);
    wipe(a->p, a->len);
    free(a->p);
    a->p = p;
    a->cap = cap;
    return CKR_OK;
}

void attrs_drop(struct attrs *a, uint32_t id)
{
    uint8_t *p = at(a, id);
    if (!p)
        return;
    size_t gap = HEAD + le32(p + 4);
    uint8_t *end = a->p + a->len;
    memmove(p, p + gap, (size_t)(end - p) - gap);
    wipe(end - gap, gap);
    a->len -= gap;
    a->nr--;
}

CK_RV attrs_put(struct attrs *a, uint32_t id, const void *v, size_t len)
{
    if (len > P11_VALUE_MAX)
        return CKR_DEVICE_MEMORY;
    CK_RV rv = reserve(a, HEAD + len);
    if (rv != CKR_OK)
        return rv;
    attrs_drop(a, id);
    uint8_t *p = a->p + a->len;
    put_le32(p, id);
    put_le32(p + 4, (uint32_t)len);
    if (len)
        memcpy(p + HEAD, v, len);
    a->len += HEAD + len;
    a->nr++;
    return CKR_OK;
}

CK_RV attrs_put_bool(struct attrs *a, uint32_t id, bool v)
{
    uint8_t b = v;
    return attrs_put(a, id, &b, 1);
}

CK_RV attrs_put_u32(struct attrs *a, uint32_t id, uint32_t v)
{
    uint8_t b[4];
    put_le32(b, v);
    return attrs_put(a, id, b, sizeof b);
}

CK_RV attrs_copy(struct attrs *to, const struct attrs *from)
{
    struct attrs a = {.nr = 0};
    CK_RV rv = reserve(&a, from->len);
    if (rv != CKR_OK)
        return rv;
    if (from->len)
        memcpy(a.p, from->p, from->len);
    a.len = from->len;
    a.nr = from->nr;
    *to = a;
    return CKR_OK;
}

void attrs_free(struct attrs *a)
{
    if (a->p)
        wipe(a->p, a->cap);
    free(a->p);
    *a = (struct attrs){.nr = 0};
}

CK_RV attrs_load(struct attrs *a, const void *p, size_t len)
{
    struct attrs set = {.nr = 0};
    CK_RV rv = reserve(&set, len);
    if (rv != CKR_OK)
        return rv;
    for (struct rd r = rd_init(p, len); r.left;) {
        uint32_t id = rd_u32(&r);
        struct span v = rd_span(&r, P11_VALUE_MAX);
        if (r.bad || attrs_has(&set, id)) {
            attrs_free(&set);
            return CKR_DEVICE_ERROR;
        }
        attrs_put(&set, id, v.p, v.len); /* there is room for all of them */
    }
    *a = set;
    return CKR_OK;
}

CK_RV attrs_fit(struct attrs *a)
{
    struct attrs fit = {.nr = a->nr, .len = a->len, .cap = a->len};
    if (a->cap == a->len)
        return CKR_OK;
    if (!(fit.p = malloc(a->len)))
        return CKR_DEVICE_MEMORY;
    memcpy(fit.p, a->p, a->len);
    attrs_free(a);
    *a = fit;
    return CKR_OK;
}

struct p11_template attrs_view(const struct attrs *a)
{
    return (struct p11_template){{a->p, a->len}, a->nr};
}

bool attrs_match(const struct attrs *a, const struct p11_template *t)
{
    struct p11_attr want;
    for (struct p11_iter i = p11_iter(t); p11_next(&i, &want);) {
        struct span v;
        if (!attrs_find(a, want.id, &v) || v.len != want.v.len ||
            !ct_equal(v.p, want.v.p, v.len))
            return false;
    }
    return true;
}
