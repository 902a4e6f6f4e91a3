/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The properties themselves (GP 1.3.1, sections 4.5 to 4.7): of the TEE, of this TA, of
 * the client of the current call. A property is a row and the function that reads it.
 */
#include "property.h"
#include "sys.h"
#include "ta_image.h"
#include "version.h"

#define GETTER(name, statement)                                                          \
    static void name(struct property_value *v)                                           \
    {                                                                                    \
        statement;                                                                       \
    }

GETTER(ta_id, v->uuid = sys_ta()->uuid)
GETTER(ta_single, v->b = sys_ta()->flags & TA_FLAG_SINGLE_INSTANCE)
GETTER(ta_multi, v->b = sys_ta()->flags & TA_FLAG_MULTI_SESSION)
GETTER(ta_keep, v->b = sys_ta()->flags & TA_FLAG_KEEP_ALIVE)
GETTER(ta_heap,
       v->u32 = sys_ta()->heap > UINT32_MAX ? UINT32_MAX : (uint32_t)sys_ta()->heap)
GETTER(ta_stack,
       v->u32 = sys_ta()->stack > UINT32_MAX ? UINT32_MAX : (uint32_t)sys_ta()->stack)
GETTER(ta_description, v->text = sys_ta()->description)
GETTER(always_false, v->b = false)
GETTER(always_true, v->b = true)
GETTER(little_endian, v->u32 = 0)
GETTER(client_identity, sys_client(&v->identity))
GETTER(api_version, v->text = "1.3.1")
GETTER(core_version, v->u32 = TEE_CORE_API_VERSION)
GETTER(device_id, v->uuid = sys_ta()->device_id)
GETTER(level_ree, v->u32 = 100)
GETTER(level_none, v->u32 = 0)
GETTER(big_int_bits, v->u32 = 4096)
GETTER(version_text, v->text = AH_VERSION_STRING)
GETTER(version_binary, v->text = "MC4xLjA=")
GETTER(manufacturer, v->text = "Anchorhold")

/* The TA's version is a number; the property is a text. */
static void ta_version(struct property_value *v)
{
    static _Thread_local char text[11];
    uint32_t n = sys_ta()->version;
    char *p = text + sizeof text - 1;
    do
        *--p = (char)('0' + n % 10);
    while ((n /= 10) != 0);
    v->text = p;
}

static void description(struct property_value *v)
{
    static const char *const life_cycle[] = {
        "Anchorhold " AH_VERSION_STRING
        ", hosted: isolation by process, no hardware secret",
        "Anchorhold " AH_VERSION_STRING
        ", life cycle open: keys are the well-known test keys",
        "Anchorhold " AH_VERSION_STRING ", life cycle closed",
    };
    uint32_t i = sys_ta()->life_cycle;
    v->text = life_cycle[i < 3 ? i : 1];
}

/* clang-format off */
static const struct property ta_set[] = {
    { "gpd.ta.appID",             P_UUID, ta_id },
    { "gpd.ta.singleInstance",    P_BOOL, ta_single },
    { "gpd.ta.multiSession",      P_BOOL, ta_multi },
    { "gpd.ta.instanceKeepAlive", P_BOOL, ta_keep },
    { "gpd.ta.dataSize",          P_U32,  ta_heap },
    { "gpd.ta.stackSize",         P_U32,  ta_stack },
    { "gpd.ta.version",           P_TEXT, ta_version },
    { "gpd.ta.description",       P_TEXT, ta_description },
    { "gpd.ta.endian",            P_U32,  little_endian },
    { "gpd.ta.doesNotCloseHandleOnCorruptObject", P_BOOL, always_false },
    { NULL, P_BOOL, NULL },
};

static const struct property client_set[] = {
    { "gpd.client.identity", P_IDENTITY, client_identity },
    { "gpd.client.endian",   P_U32,      little_endian },
    { NULL, P_BOOL, NULL },
};

static const struct property tee_set[] = {
    { "gpd.tee.apiversion",                            P_TEXT,   api_version },
    { "gpd.tee.internalCore.version",                  P_U32,    core_version },
    { "gpd.tee.description",                           P_TEXT,   description },
    { "gpd.tee.deviceID",                              P_UUID,   device_id },
    { "gpd.tee.systemTime.protectionLevel",            P_U32,    level_ree },
    { "gpd.tee.TAPersistentTime.protectionLevel",      P_U32,    level_ree },
    { "gpd.tee.arith.maxBigIntSize",                   P_U32,    big_int_bits },
    { "gpd.tee.cryptography.ecc",                      P_BOOL,   always_true },
    { "gpd.tee.trustedStorage.antiRollback.protectionLevel", P_U32, level_none },
    { "gpd.tee.trustedos.implementation.version",      P_TEXT,   version_text },
    { "gpd.tee.trustedos.implementation.binaryversion", P_BINARY, version_binary },
    { "gpd.tee.trustedos.manufacturer",                P_TEXT,   manufacturer },
    { "gpd.tee.firmware.implementation.version",       P_TEXT,   version_text },
    { "gpd.tee.firmware.implementation.binaryversion", P_BINARY, version_binary },
    { "gpd.tee.firmware.manufacturer",                 P_TEXT,   manufacturer },
    { NULL, P_BOOL, NULL },
};
/* clang-format on */

const struct property *property_set(TEE_PropSetHandle handle)
{
    if (handle == TEE_PROPSET_CURRENT_TA)
        return ta_set;
    if (handle == TEE_PROPSET_CURRENT_CLIENT)
        return client_set;
    return handle == TEE_PROPSET_TEE_IMPLEMENTATION ? tee_set : NULL;
}
