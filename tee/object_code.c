/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key of a persistent object as bytes, little endian; they are stored, encrypted,
 * beside the object's data.
 *
 *   u32 layout (1), type, usage, number of attributes
 *   per attribute: u32 id, then a u32 value or (u32 length, bytes), as the id says
 *
 * Decoding builds the key anew with all the checks of an import, so a key that decodes is
 * sound.
 */
#include "key.h"
#include "object.h"

#define LAYOUT 1u

void object_encode(const TEE_ObjectHandle o, struct wr *w)
{
    wr_u32(w, LAYOUT);
    wr_u32(w, o->type);
    wr_u32(w, o->usage);
    wr_u32(w, o->key ? o->key->nr : 0);
    for (uint32_t i = 0; o->key && i < o->key->nr; i++) {
        const struct key_attr *a = &o->key->attr[i];
        wr_u32(w, a->id);
        if (a->p)
            wr_span(w, a->p, a->len);
        else
            wr_u32(w, a->value);
    }
}

static TEE_Result decode_attribute(struct key *k, struct rd *r)
{
    uint32_t id = rd_u32(r);
    if (!type_rule(k->type, id) || key_get(k, id))
        return TEE_ERROR_CORRUPT_OBJECT;
    bool put;
    if (id & TEE_ATTR_FLAG_VALUE) {
        put = key_put_value(k, id, rd_u32(r));
    } else {
        struct span s = rd_span(r, UINT32_MAX);
        put = key_put(k, id, s.p, s.len);
    }
    return put ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;
}

static bool complete(const struct key *k)
{
    for (const struct attr_rule *r = k->type->rules; r->id; r++)
        if ((r->what & NEED_IMPORT) && !key_get(k, r->id))
            return false;
    return true;
}

static TEE_Result decode_key(struct key *k, struct rd *r, uint32_t nr)
{
    for (uint32_t i = 0; i < nr; i++) {
        TEE_Result res = decode_attribute(k, r);
        if (res != TEE_SUCCESS)
            return res;
    }
    if (r->bad || !complete(k))
        return TEE_ERROR_CORRUPT_OBJECT;
    TEE_Result res = k->type->kind->build(k);
    return res == TEE_ERROR_BAD_PARAMETERS ? TEE_ERROR_CORRUPT_OBJECT : res;
}

TEE_Result object_decode(TEE_ObjectHandle o, struct rd *r)
{
    uint32_t layout = rd_u32(r), type = rd_u32(r), usage = rd_u32(r), nr = rd_u32(r);
    if (r->bad || layout != LAYOUT || nr > KEY_ATTRS_MAX)
        return TEE_ERROR_CORRUPT_OBJECT;
    struct key *k = NULL;
    if (type != TEE_TYPE_DATA) {
        const struct key_type *t = type_find(type);
        if (!t)
            return TEE_ERROR_CORRUPT_OBJECT;
        k = key_new(t);
        if (!k)
            return TEE_ERROR_OUT_OF_MEMORY;
        TEE_Result res = decode_key(k, r, nr);
        if (res != TEE_SUCCESS) {
            key_drop(k);
            return res;
        }
    } else if (nr) {
        return TEE_ERROR_CORRUPT_OBJECT;
    }
    o->type = type;
    o->usage = usage;
    o->max_bits = k ? k->bits : 0;
    o->key = k;
    return TEE_SUCCESS;
}
