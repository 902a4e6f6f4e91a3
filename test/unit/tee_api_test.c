/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Properties, memory, time, cancellation, sessions with other TAs, device keys, the log.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "anchorhold_ta.h"
#include "cancel.h"
#include "version.h"
#include "sim/sys_fake.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static void test_api_properties_as_text(void **state)
{
    (void)state;
    static const struct {
        uint32_t set;
        const char *name, *text;
    } rows[] = {
        {0xFFFFFFFF, "gpd.ta.appID", "12345678-9abc-def0-0102-030405060708"},
        {0xFFFFFFFF, "gpd.ta.singleInstance", "true"},
        {0xFFFFFFFF, "gpd.ta.instanceKeepAlive", "false"},
        {0xFFFFFFFF, "gpd.ta.dataSize", "1048576"},
        {0xFFFFFFFF, "gpd.ta.version", "42"},
        {0xFFFFFFFF, "gpd.ta.description", "a TA under test"},
        {0xFFFFFFFE, "gpd.client.identity", "1:0000000a-000b-000c-0001-020304050607"},
        {0xFFFFFFFD, "gpd.tee.internalCore.version", "16974080"},
        {0xFFFFFFFD, "gpd.tee.apiversion", "1.3.1"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[64];
        TEE_PropSetHandle set = (TEE_PropSetHandle)(uintptr_t)rows[i].set;
        size_t n = 0;
        assert_int_equal(TEE_GetPropertyAsString(set, rows[i].name, NULL, &n),
                         TEE_ERROR_SHORT_BUFFER);
        assert_int_equal(n, strlen(rows[i].text) + 1);
        assert_int_equal(TEE_GetPropertyAsString(set, rows[i].name, text, &n),
                         TEE_SUCCESS);
        assert_string_equal(text, rows[i].text);
    }
}

static void test_api_properties_by_type(void **state)
{
    (void)state;
    bool b;
    uint32_t u;
    uint64_t w;
    TEE_UUID uuid;
    TEE_Identity id;
    uint8_t bytes[32];
    size_t n = sizeof bytes;
    assert_int_equal(
        TEE_GetPropertyAsBool(TEE_PROPSET_CURRENT_TA, "gpd.ta.multiSession", &b), 0);
    assert_true(b);
    assert_int_equal(TEE_GetPropertyAsU32(TEE_PROPSET_CURRENT_TA, "gpd.ta.endian", &u),
                     0);
    assert_int_equal(u, 0);
    assert_int_equal(TEE_GetPropertyAsU32(TEE_PROPSET_CURRENT_TA, "gpd.ta.version", &u),
                     TEE_ERROR_BAD_FORMAT);
    assert_int_equal(TEE_GetPropertyAsU64(TEE_PROPSET_CURRENT_TA, "gpd.ta.endian", &w),
                     TEE_ERROR_BAD_FORMAT);
    assert_int_equal(TEE_GetPropertyAsU32(TEE_PROPSET_CURRENT_TA, "gpd.ta.Endian", &u),
                     TEE_ERROR_ITEM_NOT_FOUND);
    assert_int_equal(
        TEE_GetPropertyAsUUID(TEE_PROPSET_TEE_IMPLEMENTATION, "gpd.tee.deviceID", &uuid),
        0);
    assert_int_equal(uuid.timeLow, 1);
    assert_int_equal(
        TEE_GetPropertyAsIdentity(TEE_PROPSET_CURRENT_CLIENT, "gpd.client.identity", &id),
        0);
    assert_int_equal(id.login, TEE_LOGIN_USER);
    assert_int_equal(TEE_GetPropertyAsBinaryBlock(
                         TEE_PROPSET_TEE_IMPLEMENTATION,
                         "gpd.tee.trustedos.implementation.binaryversion", bytes, &n),
                     0);
    assert_int_equal(n, strlen(AH_VERSION_STRING));
    assert_memory_equal(bytes, AH_VERSION_STRING, n);
}

static void test_api_enumerator_meets_each_property(void **state)
{
    (void)state;
    TEE_PropSetHandle e;
    char name[80], text[256];
    size_t n = sizeof name, count = 0;
    assert_int_equal(TEE_AllocatePropertyEnumerator(&e), TEE_SUCCESS);
    assert_int_equal(TEE_GetPropertyName(e, name, &n), TEE_ERROR_ITEM_NOT_FOUND);
    TEE_StartPropertyEnumerator(e, TEE_PROPSET_TEE_IMPLEMENTATION);
    TEE_Result res;
    do {
        size_t len = sizeof text;
        n = sizeof name;
        assert_int_equal(TEE_GetPropertyName(e, name, &n), TEE_SUCCESS);
        assert_memory_equal(name, "gpd.tee.", 8);
        assert_int_equal(TEE_GetPropertyAsString(e, NULL, text, &len), TEE_SUCCESS);
        count++;
        res = TEE_GetNextProperty(e);
    } while (res == TEE_SUCCESS);
    assert_int_equal(res, TEE_ERROR_ITEM_NOT_FOUND);
    assert_true(count > 10);
    TEE_ResetPropertyEnumerator(e);
    assert_int_equal(TEE_GetNextProperty(e), TEE_ERROR_ITEM_NOT_FOUND);
    TEE_FreePropertyEnumerator(e);
}

static void test_api_memory(void **state)
{
    (void)state;
    uint8_t *p = TEE_Malloc(100, TEE_MALLOC_FILL_ZERO), other[4] = {1, 2, 3, 4};
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(p[i], 0);
    TEE_MemFill(p, 0x1ff, 10);
    assert_int_equal(p[9], 0xff);
    TEE_MemMove(p + 1, p, 20);
    assert_int_equal(p[10], 0xff);
    p = TEE_Realloc(p, 1000);
    assert_int_equal(p[10], 0xff);
    TEE_Free(p);
    void *nothing = TEE_Malloc(0, TEE_MALLOC_FILL_ZERO);
    assert_non_null(nothing);
    nothing = TEE_Realloc(nothing, 8);
    nothing = TEE_Realloc(nothing, 0);
    assert_non_null(nothing);
    TEE_Free(nothing);
    TEE_Free(NULL);
    TEE_SetInstanceData(other);
    assert_ptr_equal(TEE_GetInstanceData(), other);
}

static void test_api_compare_has_the_sign_of_the_first_difference(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        int sign;
    } rows[] = {{"abc", "abc", 0},      {"abc", "abd", -1},  {"abd", "abc", 1},
                {"abz", "baa", -1},     {"\xff", "\x01", 1}, {"\x01", "\xff", -1},
                {"a\xff", "b\x00", -1}, {"", "", 0}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        int32_t r = TEE_MemCompare(rows[i].a, rows[i].b, strlen(rows[i].a));
        assert_int_equal((r > 0) - (r < 0), rows[i].sign);
    }
}

static void test_api_access_rights(void **state)
{
    (void)state;
    uint8_t shared[16];
    sys_fake.shared = shared;
    sys_fake.shared_len = sizeof shared;
    assert_int_equal(TEE_CheckMemoryAccessRights(TEE_MEMORY_ACCESS_READ, shared, 16),
                     TEE_ERROR_ACCESS_DENIED);
    assert_int_equal(
        TEE_CheckMemoryAccessRights(TEE_MEMORY_ACCESS_READ | TEE_MEMORY_ACCESS_ANY_OWNER,
                                    shared, 16),
        TEE_SUCCESS);
    assert_int_equal(TEE_CheckMemoryAccessRights(TEE_MEMORY_ACCESS_READ, NULL, 16),
                     TEE_ERROR_ACCESS_DENIED);
    assert_int_equal(TEE_CheckMemoryAccessRights(TEE_MEMORY_ACCESS_WRITE, NULL, 0),
                     TEE_SUCCESS);
    sys_fake.shared = NULL;
}

static void test_api_cancellation_is_masked_at_first(void **state)
{
    (void)state;
    sys_fake.cancelled = true;
    cancel_begin();
    assert_false(TEE_GetCancellationFlag());
    assert_int_equal(TEE_Wait(5), TEE_SUCCESS);
    assert_int_equal(sys_fake.waited_ms, 5);
    assert_true(TEE_UnmaskCancellation());
    assert_false(TEE_UnmaskCancellation());
    assert_true(TEE_GetCancellationFlag());
    assert_int_equal(TEE_Wait(5), TEE_ERROR_CANCEL);
    assert_false(TEE_MaskCancellation());
    assert_false(TEE_GetCancellationFlag());
    sys_fake.cancelled = false;
}

static void test_api_sessions_with_other_tas(void **state)
{
    (void)state;
    TEE_UUID uuid = {9, 8, 7, {6}};
    TEE_TASessionHandle s;
    TEE_Param params[4] = {{.value = {1, 2}}};
    uint32_t origin = 0;
    sys_fake.open_result = TEE_SUCCESS;
    assert_int_equal(TEE_OpenTASession(&uuid, TEE_TIMEOUT_INFINITE, 0, NULL, &s, &origin),
                     0);
    assert_int_equal(sys_fake.opened.timeLow, 9);
    assert_int_equal(origin, TEE_ORIGIN_TRUSTED_APP);
    uint32_t types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INOUT, 0, 0, 0);
    assert_int_equal(
        TEE_InvokeTACommand(s, TEE_TIMEOUT_INFINITE, 77, types, params, NULL), 0);
    assert_int_equal(sys_fake.invoked_cmd, 77);
    assert_int_equal(params[0].value.a, 2);
    TEE_CloseTASession(s);
    assert_int_equal(sys_fake.closed, 7);
    TEE_CloseTASession(TEE_HANDLE_NULL);
    sys_fake.open_result = TEE_ERROR_BUSY;
    assert_int_equal(TEE_OpenTASession(&uuid, 0, 0, NULL, &s, &origin), TEE_ERROR_BUSY);
    assert_null(s);
}

static void test_api_device_keys_and_log(void **state)
{
    (void)state;
    uint8_t key[65];
    TEE_UUID owner = {1, 2, 3, {4}};
    char label[65];
    memset(label, 'a', sizeof label);
    label[63] = '\0';
    assert_int_equal(AH_DeriveKey(label, key, 64), TEE_SUCCESS);
    assert_string_equal(sys_fake.label, label);
    assert_int_equal(key[63], 0xaa);
    assert_int_equal(AH_DeriveKeyFor(&owner, "x", key, 1), TEE_SUCCESS);
    assert_int_equal(key[0], 0x55);
    label[63] = 'a';
    label[64] = '\0';
    assert_int_equal(AH_DeriveKey(label, key, 32), TEE_ERROR_BAD_PARAMETERS);
    assert_int_equal(AH_DeriveKey("x", key, 65), TEE_ERROR_BAD_PARAMETERS);
    assert_int_equal(AH_DeriveKey("x", key, 0), TEE_ERROR_BAD_PARAMETERS);
    assert_int_equal(AH_DeriveKeyFor(NULL, "x", key, 1), TEE_ERROR_BAD_PARAMETERS);
    AH_Log(AH_LOG_WARNING, "%s %d", "number", 5);
    assert_string_equal(sys_fake.log, "1 number 5");
}

static void bad_set(void *arg)
{
    bool b;
    TEE_GetPropertyAsBool(arg, "x", &b);
}

static void unreadable_memref(void *arg)
{
    TEE_UUID uuid = {0};
    TEE_TASessionHandle s;
    TEE_Param params[4] = {{.memref = {NULL, 5}}};
    (void)arg;
    TEE_OpenTASession(&uuid, 0, TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, 0, 0, 0),
                      params, &s, NULL);
}

static void panic_itself(void *arg)
{
    (void)arg;
    TEE_Panic(5);
}

static void test_api_misuse_panics(void **state)
{
    (void)state;
    uint32_t nothing[4] = {0};
    assert_true(panics(bad_set, nothing, "neither a set nor"));
    assert_true(panics(unreadable_memref, NULL, "not accessible"));
    assert_true(panics(panic_itself, NULL, "TEE_Panic"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_api_properties_as_text),
        cmocka_unit_test(test_api_properties_by_type),
        cmocka_unit_test(test_api_enumerator_meets_each_property),
        cmocka_unit_test(test_api_memory),
        cmocka_unit_test(test_api_compare_has_the_sign_of_the_first_difference),
        cmocka_unit_test(test_api_access_rights),
        cmocka_unit_test(test_api_cancellation_is_masked_at_first),
        cmocka_unit_test(test_api_sessions_with_other_tas),
        cmocka_unit_test(test_api_device_keys_and_log),
        cmocka_unit_test(test_api_misuse_panics),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
