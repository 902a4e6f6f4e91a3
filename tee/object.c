/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects: handles to keys (GP 1.3.1, sections 5.5 and 5.6).
 *
 * A transient object is empty until TEE_PopulateTransientObject or TEE_GenerateKey gives
 * it a key, which is built aside and installed last; so on any error the object is as it
 * was. What a type allows is read from its row (type.c): the wrong attributes are the
 * programmer's mistake and panic, the wrong values are TEE_ERROR_BAD_PARAMETERS.
 */
#include "object.h"
#include <stdlib.h>
#include "key.h"
#include "panic.h"

#define OBJECT_MARK 0x4a424f41u
#define USAGE_ALL   0xFFFFFFFFu

TEE_ObjectHandle object_new(void)
{
    TEE_ObjectHandle o = calloc(1, sizeof *o);
    if (o) {
        o->mark = OBJECT_MARK;
        o->type = TEE_TYPE_DATA;
        o->usage = USAGE_ALL;
    }
    return o;
}

void object_free(TEE_ObjectHandle o)
{
    if (!o)
        return;
    key_drop(o->key);
    wipe(o, sizeof *o);
    free(o);
}

void object_check(TEE_ObjectHandle o, const char *who)
{
    require(o && o->mark == OBJECT_MARK, who);
}

/* DES sizes may be given without their parity bits, as GP counts them. */
static uint32_t with_parity(uint32_t type, uint32_t bits)
{
    bool des = type == TEE_TYPE_DES || type == TEE_TYPE_DES3;
    return des && bits % 56 == 0 ? bits / 7 * 8 : bits;
}

static void install(TEE_ObjectHandle o, struct key *k)
{
    o->key = k;
    o->flags |= TEE_HANDLE_FLAG_INITIALIZED;
}

static bool is_value(uint32_t attribute)
{
    return attribute & TEE_ATTR_FLAG_VALUE;
}

/* --- Attributes given by the TA --- */

static TEE_Result take_attribute(struct key *k, const TEE_Attribute *a)
{
    if (is_value(a->attributeID))
        return key_put_value(k, a->attributeID, a->content.value.a)
                   ? TEE_SUCCESS
                   : TEE_ERROR_OUT_OF_MEMORY;
    require(a->content.ref.buffer || !a->content.ref.length,
            "attribute without its buffer");
    return key_put(k, a->attributeID, a->content.ref.buffer, a->content.ref.length)
               ? TEE_SUCCESS
               : TEE_ERROR_OUT_OF_MEMORY;
}

/* The attributes of one call into a new key; each must be one that `may` allows, once. */
static TEE_Result take_attributes(struct key *k, const TEE_Attribute *attrs, uint32_t nr,
                                  uint32_t may)
{
    require(attrs || !nr, "attributes: NULL array");
    for (uint32_t i = 0; i < nr; i++) {
        const struct attr_rule *rule = type_rule(k->type, attrs[i].attributeID);
        require(rule && (rule->what & may),
                "attribute that the object type does not take");
        require(!key_get(k, attrs[i].attributeID), "attribute given twice");
        TEE_Result res = take_attribute(k, &attrs[i]);
        if (res != TEE_SUCCESS)
            return res;
    }
    return TEE_SUCCESS;
}

/* All of those that must be there, and of a group all or none. */
static void require_attributes(const struct key *k, uint32_t must, uint32_t group)
{
    uint32_t of_group = 0, given = 0;
    for (const struct attr_rule *r = k->type->rules; r->id; r++) {
        bool has = key_get(k, r->id);
        require(has || !(r->what & must), "attribute missing that the object type needs");
        of_group += (r->what & group) != 0;
        given += (r->what & group) && has;
    }
    require(given == 0 || given == of_group, "attributes that go together given in part");
}

/* --- Transient objects --- */

TEE_Result TEE_AllocateTransientObject(TEE_ObjectType objectType, uint32_t maxObjectSize,
                                       TEE_ObjectHandle *object)
{
    require(object, "TEE_AllocateTransientObject: object is NULL");
    *object = TEE_HANDLE_NULL;
    const struct key_type *t = type_find(objectType);
    uint32_t bits = with_parity(objectType, maxObjectSize);
    if (!t || !type_has_size(t, bits))
        return TEE_ERROR_NOT_SUPPORTED;
    TEE_ObjectHandle o = object_new();
    if (!o)
        return TEE_ERROR_OUT_OF_MEMORY;
    o->type = objectType;
    o->max_bits = bits;
    *object = o;
    return TEE_SUCCESS;
}

static void check_transient(TEE_ObjectHandle o, const char *who)
{
    object_check(o, who);
    require(!o->store, who);
}

static void check_empty(TEE_ObjectHandle o, const char *who)
{
    check_transient(o, who);
    require(!(o->flags & TEE_HANDLE_FLAG_INITIALIZED), who);
}

void TEE_FreeTransientObject(TEE_ObjectHandle object)
{
    if (object == TEE_HANDLE_NULL)
        return;
    check_transient(object, "TEE_FreeTransientObject: not a transient object");
    object_free(object);
}

void TEE_ResetTransientObject(TEE_ObjectHandle object)
{
    if (object == TEE_HANDLE_NULL)
        return;
    check_transient(object, "TEE_ResetTransientObject: not a transient object");
    key_drop(object->key);
    object->key = NULL;
    object->flags &= ~TEE_HANDLE_FLAG_INITIALIZED;
    object->usage = USAGE_ALL;
}

TEE_Result TEE_PopulateTransientObject(TEE_ObjectHandle object,
                                       const TEE_Attribute *attrs, uint32_t attrCount)
{
    check_empty(object, "TEE_PopulateTransientObject: not an empty transient object");
    struct key *k = key_new(type_find(object->type));
    if (!k)
        return TEE_ERROR_OUT_OF_MEMORY;
    TEE_Result res =
        take_attributes(k, attrs, attrCount, NEED_IMPORT | MAY_IMPORT | GROUP_IMPORT);
    if (res == TEE_SUCCESS) {
        require_attributes(k, NEED_IMPORT, GROUP_IMPORT);
        res = k->type->kind->build(k);
        require(k->bits <= object->max_bits,
                "TEE_PopulateTransientObject: key larger than maxObjectSize");
    }
    if (res == TEE_SUCCESS)
        install(object, k);
    else
        key_drop(k);
    return res;
}

TEE_Result TEE_GenerateKey(TEE_ObjectHandle object, uint32_t keySize,
                           const TEE_Attribute *params, uint32_t paramCount)
{
    check_empty(object, "TEE_GenerateKey: not an empty transient object");
    const struct key_type *t = type_find(object->type);
    uint32_t bits = with_parity(object->type, keySize);
    bool public = t->kind != &kind_secret && !t->public && t->kind != &kind_dh;
    require(!public, "TEE_GenerateKey: a public key cannot be generated");
    require(type_has_size(t, bits) && bits <= object->max_bits,
            "TEE_GenerateKey: size that the object does not take");
    struct key *k = key_new(t);
    if (!k)
        return TEE_ERROR_OUT_OF_MEMORY;
    TEE_Result res = take_attributes(k, params, paramCount, NEED_MAKE | MAY_MAKE);
    if (res == TEE_SUCCESS) {
        require_attributes(k, NEED_MAKE, 0);
        res = t->kind->make(k, bits);
    }
    if (res == TEE_SUCCESS)
        install(object, k);
    else
        key_drop(k);
    return res;
}

void TEE_InitRefAttribute(TEE_Attribute *attr, uint32_t attributeID, const void *buffer,
                          size_t length)
{
    require(attr && !is_value(attributeID),
            "TEE_InitRefAttribute: not a buffer attribute");
    attr->attributeID = attributeID;
    attr->content.ref.buffer = (void *)(uintptr_t)buffer;
    attr->content.ref.length = length;
}

void TEE_InitValueAttribute(TEE_Attribute *attr, uint32_t attributeID, uint32_t a,
                            uint32_t b)
{
    require(attr && is_value(attributeID),
            "TEE_InitValueAttribute: not a value attribute");
    attr->attributeID = attributeID;
    attr->content.value.a = a;
    attr->content.value.b = b;
}

TEE_Result TEE_CopyObjectAttributes1(TEE_ObjectHandle destObject,
                                     TEE_ObjectHandle srcObject)
{
    check_empty(destObject, "TEE_CopyObjectAttributes1: destination is not empty");
    object_check(srcObject, "TEE_CopyObjectAttributes1: source is no object");
    require(srcObject->key, "TEE_CopyObjectAttributes1: source has no key");
    const struct key_type *t = srcObject->key->type;
    require(srcObject->key->bits <= destObject->max_bits,
            "TEE_CopyObjectAttributes1: key larger than the destination's maxObjectSize");
    struct key *k;
    if (destObject->type == srcObject->type) {
        k = key_hold(srcObject->key);
    } else {
        require(t->public == destObject->type,
                "TEE_CopyObjectAttributes1: types do not fit");
        k = key_public(srcObject->key, type_find(t->public));
    }
    if (!k)
        return TEE_ERROR_OUT_OF_MEMORY;
    destObject->usage &= srcObject->usage;
    install(destObject, k);
    return TEE_SUCCESS;
}

void TEE_CopyObjectAttributes(TEE_ObjectHandle destObject, TEE_ObjectHandle srcObject)
{
    require(TEE_CopyObjectAttributes1(destObject, srcObject) == TEE_SUCCESS,
            "TEE_CopyObjectAttributes: out of memory");
}

/* --- Objects of either kind --- */

TEE_Result TEE_GetObjectInfo1(TEE_ObjectHandle object, TEE_ObjectInfo *objectInfo)
{
    object_check(object, "TEE_GetObjectInfo1: no object");
    require(objectInfo, "TEE_GetObjectInfo1: objectInfo is NULL");
    TEE_ObjectInfo info = {
        .objectType = object->type,
        .objectSize = object->key ? object->key->bits : 0,
        .maxObjectSize = object->max_bits,
        .objectUsage = object->usage,
        .handleFlags = object->flags,
    };
    if (object->store) {
        info.handleFlags |= TEE_HANDLE_FLAG_PERSISTENT | TEE_HANDLE_FLAG_INITIALIZED;
        TEE_Result res = storage_info(object, &info.dataSize, &info.dataPosition);
        if (res != TEE_SUCCESS)
            return res;
    }
    *objectInfo = info;
    return TEE_SUCCESS;
}

void TEE_GetObjectInfo(TEE_ObjectHandle object, TEE_ObjectInfo *objectInfo)
{
    require(TEE_GetObjectInfo1(object, objectInfo) == TEE_SUCCESS,
            "TEE_GetObjectInfo: the stored object cannot be read");
}

TEE_Result TEE_RestrictObjectUsage1(TEE_ObjectHandle object, uint32_t objectUsage)
{
    object_check(object, "TEE_RestrictObjectUsage1: no object");
    if (!(object->usage & ~objectUsage))
        return TEE_SUCCESS;
    object->usage &= objectUsage;
    return object->store ? storage_update(object) : TEE_SUCCESS;
}

void TEE_RestrictObjectUsage(TEE_ObjectHandle object, uint32_t objectUsage)
{
    TEE_Result res = TEE_RestrictObjectUsage1(object, objectUsage);
    require(res == TEE_SUCCESS, "TEE_RestrictObjectUsage: failed");
}

static const struct key_attr *readable(TEE_ObjectHandle o, uint32_t attribute, bool value,
                                       const char *who)
{
    object_check(o, who);
    require(o->key || o->type == TEE_TYPE_DATA, who);
    require(is_value(attribute) == value, who);
    require((attribute & TEE_ATTR_FLAG_PUBLIC) || (o->usage & TEE_USAGE_EXTRACTABLE),
            who);
    return o->key ? key_get(o->key, attribute) : NULL;
}

TEE_Result TEE_GetObjectBufferAttribute(TEE_ObjectHandle object, uint32_t attributeID,
                                        void *buffer, size_t *size)
{
    const struct key_attr *a = readable(
        object, attributeID, false,
        "TEE_GetObjectBufferAttribute: no object, no buffer, or not extractable");
    require(size && (buffer || !*size), "TEE_GetObjectBufferAttribute: NULL");
    if (!a)
        return TEE_ERROR_ITEM_NOT_FOUND;
    size_t room = *size;
    *size = a->len;
    if (room < a->len)
        return TEE_ERROR_SHORT_BUFFER;
    if (a->len)
        memcpy(buffer, a->p, a->len);
    return TEE_SUCCESS;
}

TEE_Result TEE_GetObjectValueAttribute(TEE_ObjectHandle object, uint32_t attributeID,
                                       uint32_t *a, uint32_t *b)
{
    const struct key_attr *attr =
        readable(object, attributeID, true,
                 "TEE_GetObjectValueAttribute: no object, no value, or not extractable");
    if (!attr)
        return TEE_ERROR_ITEM_NOT_FOUND;
    if (a)
        *a = attr->value;
    if (b)
        *b = 0;
    return TEE_SUCCESS;
}

void TEE_CloseObject(TEE_ObjectHandle object)
{
    if (object == TEE_HANDLE_NULL)
        return;
    object_check(object, "TEE_CloseObject: no object");
    if (object->store)
        storage_close(object);
    object_free(object);
}
