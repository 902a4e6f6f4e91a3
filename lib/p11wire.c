/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attributes and templates on the wire between PKCS#11 module and TA.
 *
 * The one table here says which attributes are not plain bytes; encoder, decoder and
 * attribute queries all read it. A decoder walks bytes with struct rd and believes no
 * size before it was checked against what is there; nothing recurses but a template into
 * its nested ones, once. A template that failed is empty, so walking it by mistake visits
 * nothing.
 */
#include "p11wire.h"

static const struct {
    uint32_t id;
    enum p11_kind kind;
} kinds[] = {
    {CKA_CLASS, P11_ULONG},
    {CKA_TOKEN, P11_BOOL},
    {CKA_PRIVATE, P11_BOOL},
    {CKA_CERTIFICATE_TYPE, P11_ULONG},
    {CKA_TRUSTED, P11_BOOL},
    {CKA_CERTIFICATE_CATEGORY, P11_ULONG},
    {CKA_NAME_HASH_ALGORITHM, P11_ULONG},
    {CKA_KEY_TYPE, P11_ULONG},
    {CKA_SENSITIVE, P11_BOOL},
    {CKA_ENCRYPT, P11_BOOL},
    {CKA_DECRYPT, P11_BOOL},
    {CKA_WRAP, P11_BOOL},
    {CKA_UNWRAP, P11_BOOL},
    {CKA_SIGN, P11_BOOL},
    {CKA_SIGN_RECOVER, P11_BOOL},
    {CKA_VERIFY, P11_BOOL},
    {CKA_VERIFY_RECOVER, P11_BOOL},
    {CKA_DERIVE, P11_BOOL},
    {CKA_START_DATE, P11_DATE},
    {CKA_END_DATE, P11_DATE},
    {CKA_MODULUS_BITS, P11_ULONG},
    {CKA_VALUE_LEN, P11_ULONG},
    {CKA_EXTRACTABLE, P11_BOOL},
    {CKA_LOCAL, P11_BOOL},
    {CKA_NEVER_EXTRACTABLE, P11_BOOL},
    {CKA_ALWAYS_SENSITIVE, P11_BOOL},
    {CKA_KEY_GEN_MECHANISM, P11_ULONG},
    {CKA_MODIFIABLE, P11_BOOL},
    {CKA_COPYABLE, P11_BOOL},
    {CKA_DESTROYABLE, P11_BOOL},
    {CKA_ALWAYS_AUTHENTICATE, P11_BOOL},
    {CKA_WRAP_WITH_TRUSTED, P11_BOOL},
    {CKA_HW_FEATURE_TYPE, P11_ULONG},
    {CKA_MECHANISM_TYPE, P11_ULONG},
    {CKA_WRAP_TEMPLATE, P11_TEMPLATE},
    {CKA_UNWRAP_TEMPLATE, P11_TEMPLATE},
    {CKA_DERIVE_TEMPLATE, P11_TEMPLATE},
    {CKA_ALLOWED_MECHANISMS, P11_MECHS},
};

enum p11_kind p11_attr_kind(CK_ATTRIBUTE_TYPE id)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].id == id)
            return kinds[i].kind;
    return P11_BYTES;
}

bool p11_attr_u32(const struct p11_attr *a, uint32_t *v)
{
    if (a->v.len != 4)
        return false;
    *v = le32(a->v.p);
    return true;
}

bool p11_attr_bool(const struct p11_attr *a, bool *v)
{
    if (a->v.len != 1 || a->v.p[0] > 1)
        return false;
    *v = a->v.p[0] == 1;
    return true;
}

/* --- decoding --------------------------------------------------------------------------
 */

static struct p11_attr attr_read(struct rd *r, size_t max)
{
    struct p11_attr a = {.id = rd_u32(r)};
    a.v = rd_span(r, max);
    return a;
}

static bool template_read(struct p11_template *t, struct rd *r, bool may_nest);

static bool value_sound(const struct p11_attr *a, bool may_nest)
{
    enum p11_kind kind = p11_attr_kind(a->id);
    if (kind == P11_MECHS)
        return a->v.len % 4 == 0;
    if (kind != P11_TEMPLATE || a->v.len == 0)
        return true;
    struct p11_template nested;
    struct rd r = rd_init(a->v.p, a->v.len);
    return may_nest && template_read(&nested, &r, false) && rd_end(&r);
}

/* The object head and its body, whose attributes are not looked at yet. */
static bool head_read(struct p11_template *t, struct rd *r)
{
    uint32_t size = rd_u32(r);
    uint32_t count = rd_u32(r);
    if (size > P11_ARGS_MAX || count > P11_ATTRS_MAX)
        r->bad = true;
    *t = (struct p11_template){rd_raw(r, size), count};
    return !r->bad;
}

static bool template_read(struct p11_template *t, struct rd *r, bool may_nest)
{
    bool sound = head_read(t, r);
    struct rd body = rd_init(t->attrs.p, t->attrs.len);
    for (uint32_t i = 0; sound && i < t->count; i++) {
        struct p11_attr a = attr_read(&body, P11_VALUE_MAX);
        sound = !body.bad && value_sound(&a, may_nest);
    }
    if (sound && rd_end(&body))
        return true;
    r->bad = true;
    *t = (struct p11_template){{NULL, 0}, 0};
    return false;
}

CK_RV p11_template_decode(struct p11_template *t, struct rd *r)
{
    return template_read(t, r, true) ? CKR_OK : CKR_ARGUMENTS_BAD;
}

CK_RV p11_template_nested(struct p11_template *t, const struct p11_attr *a)
{
    *t = (struct p11_template){{NULL, 0}, 0};
    if (a->v.len == 0)
        return CKR_OK;
    struct rd r = rd_init(a->v.p, a->v.len);
    if (template_read(t, &r, false) && rd_end(&r))
        return CKR_OK;
    *t = (struct p11_template){{NULL, 0}, 0};
    return CKR_ARGUMENTS_BAD;
}

struct p11_iter p11_iter(const struct p11_template *t)
{
    return (struct p11_iter){rd_init(t->attrs.p, t->attrs.len)};
}

bool p11_next(struct p11_iter *i, struct p11_attr *a)
{
    if (i->r.left == 0 || i->r.bad)
        return false;
    *a = attr_read(&i->r, P11_VALUE_MAX);
    return !i->r.bad;
}

bool p11_template_find(const struct p11_template *t, uint32_t id, struct p11_attr *a)
{
    for (struct p11_iter i = p11_iter(t); p11_next(&i, a);)
        if (a->id == id)
            return true;
    return false;
}

/* --- encoding --------------------------------------------------------------------------
 */

static void patch_u32(struct wr *w, size_t at, size_t v)
{
    if (w->buf && !w->bad)
        put_le32(w->buf + at, (uint32_t)v);
}

size_t p11_template_begin(struct wr *w)
{
    size_t begun = w->len;
    wr_u32(w, 0);
    wr_u32(w, 0);
    return begun;
}

void p11_attr_put(struct wr *w, uint32_t id, const void *value, size_t len)
{
    wr_u32(w, id);
    wr_span(w, value, len);
}

void p11_template_end(struct wr *w, size_t begun, uint32_t count)
{
    patch_u32(w, begun, w->len - begun - sizeof(struct p11_object_head));
    patch_u32(w, begun + 4, count);
}

/* CK_UNAVAILABLE_INFORMATION is all ones on both sides; other numbers must fit 32 bits.
 */
static bool narrow(CK_ULONG v, uint32_t *out)
{
    *out = (uint32_t)v;
    return v < P11_UNAVAILABLE || v == CK_UNAVAILABLE_INFORMATION;
}

static CK_ULONG widen(uint32_t v)
{
    return v == P11_UNAVAILABLE ? CK_UNAVAILABLE_INFORMATION : v;
}

static CK_RV ulongs_encode(struct wr *w, const void *values, size_t nr)
{
    for (size_t i = 0; i < nr; i++) {
        CK_ULONG v;
        uint32_t v32;
        memcpy(&v, (const char *)values + i * sizeof v, sizeof v); /* may be unaligned */
        if (!narrow(v, &v32))
            return CKR_ATTRIBUTE_VALUE_INVALID;
        wr_u32(w, v32);
    }
    return CKR_OK;
}

static CK_RV template_write(struct wr *w, const CK_ATTRIBUTE *templ, CK_ULONG count,
                            bool may_nest);

static CK_RV value_encode(struct wr *w, const CK_ATTRIBUTE *a, bool may_nest)
{
    CK_ULONG len = a->ulValueLen;
    switch (p11_attr_kind(a->type)) {
    case P11_ULONG:
        return len == sizeof(CK_ULONG) ? ulongs_encode(w, a->pValue, 1)
                                       : CKR_ATTRIBUTE_VALUE_INVALID;
    case P11_MECHS:
        return len % sizeof(CK_ULONG) == 0
                   ? ulongs_encode(w, a->pValue, len / sizeof(CK_ULONG))
                   : CKR_ATTRIBUTE_VALUE_INVALID;
    case P11_TEMPLATE:
        if (len % sizeof(CK_ATTRIBUTE))
            return CKR_ATTRIBUTE_VALUE_INVALID;
        if (!may_nest)
            return CKR_TEMPLATE_INCONSISTENT;
        return template_write(w, a->pValue, len / sizeof(CK_ATTRIBUTE), false);
    case P11_BYTES:
    case P11_BOOL:
    case P11_DATE:
        break;
    }
    wr_raw(w, a->pValue, len);
    return CKR_OK;
}

static CK_RV attr_encode(struct wr *w, const CK_ATTRIBUTE *a, bool may_nest)
{
    uint32_t id;
    if (!narrow(a->type, &id))
        return CKR_ATTRIBUTE_TYPE_INVALID;
    if ((a->ulValueLen && !a->pValue) || a->ulValueLen > P11_VALUE_MAX)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    wr_u32(w, id);
    size_t at = w->len;
    wr_u32(w, 0);
    CK_RV rv = value_encode(w, a, may_nest);
    patch_u32(w, at, w->len - at - 4);
    return rv;
}

static CK_RV template_write(struct wr *w, const CK_ATTRIBUTE *templ, CK_ULONG count,
                            bool may_nest)
{
    if ((count && !templ) || count > P11_ATTRS_MAX)
        return CKR_ARGUMENTS_BAD;
    size_t begun = p11_template_begin(w);
    for (CK_ULONG i = 0; i < count; i++) {
        CK_RV rv = attr_encode(w, &templ[i], may_nest);
        if (rv != CKR_OK)
            return rv;
    }
    p11_template_end(w, begun, (uint32_t)count);
    return CKR_OK;
}

CK_RV p11_template_encode(struct wr *w, const CK_ATTRIBUTE *templ, CK_ULONG count)
{
    return template_write(w, templ, count, true);
}

/* --- GET_ATTRIBUTE_VALUE, TA -----------------------------------------------------------
 */

CK_RV p11_get_decode(struct p11_get *g, struct rd *r)
{
    struct p11_template t;
    const uint8_t *start = r->p;
    *g = (struct p11_get){NULL, 0, 0, 0};
    bool sound = head_read(&t, r);
    struct rd body = rd_init(t.attrs.p, t.attrs.len);
    for (uint32_t i = 0; sound && i < t.count; i++)
        attr_read(&body, P11_ARGS_MAX);
    if (!sound || !rd_end(&body)) {
        r->bad = true;
        return CKR_ARGUMENTS_BAD;
    }
    /* The bytes are the TA's own, as the contract demands; the reader only lends them as
     * const. */
    g->reply = (uint8_t *)(uintptr_t)start;
    g->at = sizeof(struct p11_object_head);
    g->len = g->at + t.attrs.len;
    g->left = t.count;
    return CKR_OK;
}

bool p11_get_next(struct p11_get *g, struct p11_place *place)
{
    if (g->left == 0)
        return false;
    uint8_t *head = g->reply + g->at;
    *place = (struct p11_place){le32(head), le32(head + 4), head};
    g->at += sizeof(struct p11_attr_head) + place->room;
    g->left--;
    return true;
}

CK_RV p11_get_fill(struct p11_place *place, const void *value, size_t len)
{
    if (len > P11_VALUE_MAX || (place->room && len > place->room)) {
        p11_get_refuse(place);
        return CKR_BUFFER_TOO_SMALL;
    }
    put_le32(place->head + 4, (uint32_t)len);
    if (place->room && len)
        memcpy(place->head + sizeof(struct p11_attr_head), value, len);
    return CKR_OK;
}

void p11_get_refuse(struct p11_place *place)
{
    put_le32(place->head + 4, P11_UNAVAILABLE);
}

/* --- GET_ATTRIBUTE_VALUE, client -------------------------------------------------------
 */

/* Bytes of the value on the wire that the client's buffer can take. */
static size_t place_room(const CK_ATTRIBUTE *a)
{
    size_t len = a->pValue ? a->ulValueLen : 0;
    switch (p11_attr_kind(a->type)) {
    case P11_ULONG:
        return len >= sizeof(CK_ULONG) ? 4 : 0;
    case P11_MECHS:
        len = len / sizeof(CK_ULONG) * 4;
        break;
    case P11_TEMPLATE: /* these cannot be read through this interface */
        return 0;
    case P11_BYTES:
    case P11_BOOL:
    case P11_DATE:
        break;
    }
    return len < P11_VALUE_MAX ? len : P11_VALUE_MAX;
}

/* The length a C program sees of a value that has len bytes on the wire. */
static CK_ULONG client_len(CK_ATTRIBUTE_TYPE id, uint32_t len)
{
    enum p11_kind kind = p11_attr_kind(id);
    return kind == P11_ULONG || kind == P11_MECHS ? len / 4 * sizeof(CK_ULONG) : len;
}

static void wr_zeros(struct wr *w, size_t len)
{
    if (w->bad || len > w->cap - w->len) {
        w->bad = true;
        return;
    }
    if (w->buf)
        memset(w->buf + w->len, 0, len);
    w->len += len;
}

CK_RV p11_get_encode(struct wr *w, const CK_ATTRIBUTE *templ, CK_ULONG count)
{
    if ((count && !templ) || count > P11_ATTRS_MAX)
        return CKR_ARGUMENTS_BAD;
    size_t begun = p11_template_begin(w);
    for (CK_ULONG i = 0; i < count; i++) {
        uint32_t id;
        if (!narrow(templ[i].type, &id))
            return CKR_ATTRIBUTE_TYPE_INVALID;
        size_t room = place_room(&templ[i]);
        wr_u32(w, id);
        wr_u32(w, (uint32_t)room);
        wr_zeros(w, room);
    }
    p11_template_end(w, begun, (uint32_t)count);
    return CKR_OK;
}

static void value_take(CK_ATTRIBUTE *a, struct span v)
{
    enum p11_kind kind = p11_attr_kind(a->type);
    a->ulValueLen = client_len(a->type, (uint32_t)v.len);
    if (kind == P11_ULONG || kind == P11_MECHS) {
        for (size_t i = 0; i < v.len / 4; i++) {
            CK_ULONG wide = widen(le32(v.p + 4 * i));
            memcpy((char *)a->pValue + i * sizeof wide, &wide, sizeof wide);
        }
    } else if (v.len) {
        memcpy(a->pValue, v.p, v.len);
    }
}

/* One place of the reply; false when it is not what was asked for. */
static bool place_take(CK_ATTRIBUTE *a, struct rd *r, CK_RV *rv)
{
    size_t room = place_room(a);
    uint32_t id = rd_u32(r);
    uint32_t size = rd_u32(r);
    struct span v = rd_raw(r, room);
    if (r->bad || id != (uint32_t)a->type)
        return false;
    bool readable = p11_attr_kind(a->type) != P11_TEMPLATE || size == 0;
    if (size == P11_UNAVAILABLE || !readable) {
        a->ulValueLen = CK_UNAVAILABLE_INFORMATION;
    } else if (size > P11_VALUE_MAX || (room && size > room)) {
        return false;
    } else if (room) {
        v.len = size;
        value_take(a, v);
    } else if (a->pValue && client_len(a->type, size) > a->ulValueLen) {
        a->ulValueLen = CK_UNAVAILABLE_INFORMATION;
        *rv = *rv == CKR_OK ? CKR_BUFFER_TOO_SMALL : *rv;
    } else {
        a->ulValueLen = client_len(a->type, size);
    }
    return true;
}

CK_RV p11_get_finish(CK_ATTRIBUTE *templ, CK_ULONG count, const uint8_t *reply,
                     size_t len, CK_RV rv)
{
    if (rv != CKR_OK && rv != CKR_ATTRIBUTE_SENSITIVE &&
        rv != CKR_ATTRIBUTE_TYPE_INVALID && rv != CKR_BUFFER_TOO_SMALL)
        return rv;
    struct rd r = rd_init(reply, len);
    rd_u32(&r); /* the head is the request's own */
    rd_u32(&r);
    bool sound = true;
    for (CK_ULONG i = 0; sound && i < count; i++)
        sound = place_take(&templ[i], &r, &rv);
    if (sound && rd_end(&r))
        return rv;
    for (CK_ULONG i = 0; i < count; i++)
        templ[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
    return CKR_DEVICE_ERROR;
}
