/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading properties and walking through them (GP 1.3.1, section 4.4). A handle is one of
 * three pseudo handles or an enumerator, which remembers its set and the row it stands
 * on.
 */
#include "property.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "panic.h"

#define ENUMERATOR_MARK 0x504e4d45u
#define TEXT_MAX        256

struct __TEE_PropSetHandle {
    uint32_t mark;
    const struct property *row; /* NULL: not started; its name NULL: at the end */
};

static TEE_PropSetHandle enumerator_of(TEE_PropSetHandle h, const char *who)
{
    require(h && !property_set(h) && h->mark == ENUMERATOR_MARK, who);
    return h;
}

/* The property meant, or NULL. */
static const struct property *find(TEE_PropSetHandle h, const char *name)
{
    const struct property *row = property_set(h);
    if (!row) {
        row = enumerator_of(h, "property: neither a set nor an enumerator")->row;
        return row && row->name ? row : NULL;
    }
    require(name, "property: name is NULL");
    for (; row->name; row++)
        if (!strcmp(row->name, name))
            return row;
    return NULL;
}

static TEE_Result read_as(TEE_PropSetHandle h, const char *name, enum property_kind kind,
                          const void *out, struct property_value *v)
{
    require(out, "property: value is NULL");
    const struct property *row = find(h, name);
    if (!row)
        return TEE_ERROR_ITEM_NOT_FOUND;
    if (row->kind != kind)
        return TEE_ERROR_BAD_FORMAT;
    row->get(v);
    return TEE_SUCCESS;
}

static void uuid_text(char *out, size_t room, const TEE_UUID *u)
{
    const uint8_t *n = u->clockSeqAndNode;
    snprintf(out, room, "%08" PRIx32 "-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             u->timeLow, u->timeMid, u->timeHiAndVersion, n[0], n[1], n[2], n[3], n[4],
             n[5], n[6], n[7]);
}

static void render(char out[TEXT_MAX], enum property_kind kind,
                   const struct property_value *v)
{
    char uuid[40];
    switch (kind) {
    case P_BOOL:
        snprintf(out, TEXT_MAX, "%s", v->b ? "true" : "false");
        return;
    case P_U32:
        snprintf(out, TEXT_MAX, "%" PRIu32, v->u32);
        return;
    case P_U64:
        snprintf(out, TEXT_MAX, "%" PRIu64, v->u64);
        return;
    case P_UUID:
        uuid_text(out, TEXT_MAX, &v->uuid);
        return;
    case P_IDENTITY:
        uuid_text(uuid, sizeof uuid, &v->identity.uuid);
        snprintf(out, TEXT_MAX, "%" PRIu32 ":%s", v->identity.login, uuid);
        return;
    case P_TEXT:
    case P_BINARY:
        snprintf(out, TEXT_MAX, "%s", v->text);
        return;
    }
}

static TEE_Result give(void *out, size_t *room, const void *p, size_t len)
{
    size_t had = *room;
    *room = len;
    if (had < len)
        return TEE_ERROR_SHORT_BUFFER;
    if (len)
        memcpy(out, p, len);
    return TEE_SUCCESS;
}

TEE_Result TEE_GetPropertyAsString(TEE_PropSetHandle propsetOrEnumerator,
                                   const char *name, char *valueBuffer,
                                   size_t *valueBufferLen)
{
    char text[TEXT_MAX];
    struct property_value v;
    require(valueBufferLen && (valueBuffer || !*valueBufferLen),
            "TEE_GetPropertyAsString: NULL");
    const struct property *row = find(propsetOrEnumerator, name);
    if (!row)
        return TEE_ERROR_ITEM_NOT_FOUND;
    row->get(&v);
    render(text, row->kind, &v);
    return give(valueBuffer, valueBufferLen, text, strlen(text) + 1);
}

TEE_Result TEE_GetPropertyAsBool(TEE_PropSetHandle propsetOrEnumerator, const char *name,
                                 bool *value)
{
    struct property_value v;
    TEE_Result res = read_as(propsetOrEnumerator, name, P_BOOL, value, &v);
    if (res == TEE_SUCCESS)
        *value = v.b;
    return res;
}

TEE_Result TEE_GetPropertyAsU32(TEE_PropSetHandle propsetOrEnumerator, const char *name,
                                uint32_t *value)
{
    struct property_value v;
    TEE_Result res = read_as(propsetOrEnumerator, name, P_U32, value, &v);
    if (res == TEE_SUCCESS)
        *value = v.u32;
    return res;
}

TEE_Result TEE_GetPropertyAsU64(TEE_PropSetHandle propsetOrEnumerator, const char *name,
                                uint64_t *value)
{
    struct property_value v;
    TEE_Result res = read_as(propsetOrEnumerator, name, P_U64, value, &v);
    if (res == TEE_SUCCESS)
        *value = v.u64;
    return res;
}

TEE_Result TEE_GetPropertyAsUUID(TEE_PropSetHandle propsetOrEnumerator, const char *name,
                                 TEE_UUID *value)
{
    struct property_value v;
    TEE_Result res = read_as(propsetOrEnumerator, name, P_UUID, value, &v);
    if (res == TEE_SUCCESS)
        *value = v.uuid;
    return res;
}

TEE_Result TEE_GetPropertyAsIdentity(TEE_PropSetHandle propsetOrEnumerator,
                                     const char *name, TEE_Identity *value)
{
    struct property_value v;
    TEE_Result res = read_as(propsetOrEnumerator, name, P_IDENTITY, value, &v);
    if (res == TEE_SUCCESS)
        *value = v.identity;
    return res;
}

static int sextet(char c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *p = c ? strchr(alphabet, c) : NULL;
    return p ? (int)(p - alphabet) : -1;
}

/* The tables hold well-formed base64; decoding stops at the padding. */
static size_t base64_decode(uint8_t *out, const char *text)
{
    size_t len = 0;
    uint32_t acc = 0, bits = 0;
    for (; sextet(*text) >= 0; text++) {
        acc = acc << 6 | (uint32_t)sextet(*text);
        bits += 6;
        if (bits < 8)
            continue;
        bits -= 8;
        out[len++] = (uint8_t)(acc >> bits);
    }
    return len;
}

TEE_Result TEE_GetPropertyAsBinaryBlock(TEE_PropSetHandle propsetOrEnumerator,
                                        const char *name, void *valueBuffer,
                                        size_t *valueBufferLen)
{
    uint8_t bytes[TEXT_MAX];
    struct property_value v;
    require(valueBufferLen && (valueBuffer || !*valueBufferLen),
            "TEE_GetPropertyAsBinaryBlock: NULL");
    TEE_Result res = read_as(propsetOrEnumerator, name, P_BINARY, valueBufferLen, &v);
    if (res != TEE_SUCCESS)
        return res;
    return give(valueBuffer, valueBufferLen, bytes, base64_decode(bytes, v.text));
}

TEE_Result TEE_AllocatePropertyEnumerator(TEE_PropSetHandle *enumerator)
{
    require(enumerator, "TEE_AllocatePropertyEnumerator: NULL");
    *enumerator = calloc(1, sizeof **enumerator);
    if (!*enumerator)
        return TEE_ERROR_OUT_OF_MEMORY;
    (*enumerator)->mark = ENUMERATOR_MARK;
    return TEE_SUCCESS;
}

void TEE_FreePropertyEnumerator(TEE_PropSetHandle enumerator)
{
    if (!enumerator)
        return;
    enumerator_of(enumerator, "TEE_FreePropertyEnumerator: no enumerator")->mark = 0;
    free(enumerator);
}

void TEE_StartPropertyEnumerator(TEE_PropSetHandle enumerator, TEE_PropSetHandle propSet)
{
    enumerator_of(enumerator, "TEE_StartPropertyEnumerator: no enumerator");
    enumerator->row = property_set(propSet);
    require(enumerator->row, "TEE_StartPropertyEnumerator: no such set");
}

void TEE_ResetPropertyEnumerator(TEE_PropSetHandle enumerator)
{
    enumerator_of(enumerator, "TEE_ResetPropertyEnumerator: no enumerator")->row = NULL;
}

TEE_Result TEE_GetPropertyName(TEE_PropSetHandle enumerator, void *nameBuffer,
                               size_t *nameBufferLen)
{
    enumerator_of(enumerator, "TEE_GetPropertyName: no enumerator");
    require(nameBufferLen && (nameBuffer || !*nameBufferLen),
            "TEE_GetPropertyName: NULL");
    const struct property *row = find(enumerator, NULL);
    if (!row)
        return TEE_ERROR_ITEM_NOT_FOUND;
    return give(nameBuffer, nameBufferLen, row->name, strlen(row->name) + 1);
}

TEE_Result TEE_GetNextProperty(TEE_PropSetHandle enumerator)
{
    enumerator_of(enumerator, "TEE_GetNextProperty: no enumerator");
    if (!find(enumerator, NULL))
        return TEE_ERROR_ITEM_NOT_FOUND;
    enumerator->row++;
    return enumerator->row->name ? TEE_SUCCESS : TEE_ERROR_ITEM_NOT_FOUND;
}
