/* SPDX-License-Identifier: BSD-2-Clause */
/* The TA's own clock over a storage of one object: set, kept, moved back, overflowing,
 * damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "anchorhold_ta.h"
#include "sim/sys_fake.h"

static uint8_t stored[64];
static size_t stored_len;
static TEE_Result storage_says;

TEE_Result AH_PersistentBatch(uint32_t storageID, uint32_t flags,
                              const AH_PersistentOp *ops, uint32_t nr_ops)
{
    assert_int_equal(storageID, TEE_STORAGE_PRIVATE);
    assert_int_equal(flags, 0);
    assert_int_equal(nr_ops, 1);
    assert_true(ops->dataLen <= sizeof stored);
    if (storage_says != TEE_SUCCESS)
        return storage_says;
    memcpy(stored, ops->data, ops->dataLen);
    stored_len = ops->dataLen;
    return TEE_SUCCESS;
}

TEE_Result AH_PersistentRead(uint32_t storageID, const void *objectID, size_t objectIDLen,
                             void *data, size_t *dataLen)
{
    (void)storageID;
    (void)objectID;
    (void)objectIDLen;
    size_t room = *dataLen;
    if (!stored_len)
        return TEE_ERROR_ITEM_NOT_FOUND;
    *dataLen = stored_len;
    if (room < stored_len)
        return TEE_ERROR_SHORT_BUFFER;
    memcpy(data, stored, stored_len);
    return TEE_SUCCESS;
}

static int empty_storage(void **state)
{
    (void)state;
    stored_len = 0;
    storage_says = TEE_SUCCESS;
    return 0;
}

static void test_time_not_set(void **state)
{
    (void)state;
    TEE_Time t;
    assert_int_equal(TEE_GetTAPersistentTime(&t), TEE_ERROR_TIME_NOT_SET);
}

static void test_time_goes_on_from_what_was_set(void **state)
{
    (void)state;
    TEE_Time t = {1000, 700};
    sys_fake.ree_seconds = 50;
    assert_int_equal(TEE_SetTAPersistentTime(&t), TEE_SUCCESS);
    sys_fake.ree_seconds = 53;
    assert_int_equal(TEE_GetTAPersistentTime(&t), TEE_SUCCESS);
    assert_int_equal(t.seconds, 1003);
    assert_int_equal(t.millis, 700);
    sys_fake.ree_seconds = 49;
    assert_int_equal(TEE_GetTAPersistentTime(&t), TEE_ERROR_TIME_NEEDS_RESET);
    sys_fake.ree_seconds = 50;
    assert_int_equal(TEE_GetTAPersistentTime(&t), TEE_SUCCESS);
}

static void test_time_overflows_with_its_value(void **state)
{
    (void)state;
    TEE_Time t = {UINT32_MAX, 999};
    sys_fake.ree_seconds = 10;
    assert_int_equal(TEE_SetTAPersistentTime(&t), TEE_SUCCESS);
    assert_int_equal(TEE_GetTAPersistentTime(&t), TEE_SUCCESS);
    sys_fake.ree_seconds = 13;
    assert_int_equal(TEE_GetTAPersistentTime(&t), TEE_ERROR_OVERFLOW);
    assert_int_equal(t.seconds, 2);
    assert_int_equal(t.millis, 999);
}

static void test_time_damaged_or_unwritable(void **state)
{
    (void)state;
    TEE_Time t = {5, 0};
    assert_int_equal(TEE_SetTAPersistentTime(&t), TEE_SUCCESS);
    stored_len--;
    assert_int_equal(TEE_GetTAPersistentTime(&t), TEE_ERROR_TIME_NEEDS_RESET);
    stored_len += 2;
    assert_int_equal(TEE_GetTAPersistentTime(&t), TEE_ERROR_TIME_NEEDS_RESET);
    storage_says = TEE_ERROR_STORAGE_NO_SPACE;
    assert_int_equal(TEE_SetTAPersistentTime(&t), TEE_ERROR_STORAGE_NO_SPACE);
}

static void not_a_time(void *arg)
{
    TEE_Time t = {5, 1000};
    (void)arg;
    TEE_SetTAPersistentTime(&t);
}

static void test_time_misuse_panics(void **state)
{
    (void)state;
    assert_true(panics(not_a_time, NULL, "not a time"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_time_not_set, empty_storage),
        cmocka_unit_test_setup(test_time_goes_on_from_what_was_set, empty_storage),
        cmocka_unit_test_setup(test_time_overflows_with_its_value, empty_storage),
        cmocka_unit_test_setup(test_time_damaged_or_unwritable, empty_storage),
        cmocka_unit_test(test_time_misuse_panics),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
