/* SPDX-License-Identifier: BSD-2-Clause */
/* UUIDs. The version 5 values were computed with Python's uuid.uuid5(). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "uuid.h"

static void test_uuid_text_goes_there_and_back(void **state)
{
    (void)state;
    static const char text[] = "2b7f5c1e-8d34-4a60-9f12-c3e4d5a6b708";
    uint8_t u[16];
    char out[UUID_TEXT];
    assert_true(uuid_parse(u, text));
    assert_int_equal(u[0], 0x2b);
    assert_int_equal(u[15], 0x08);
    uuid_format(out, u);
    assert_string_equal(out, text);
    assert_true(uuid_parse(u, "2B7F5C1E-8D34-4A60-9F12-C3E4D5A6B708"));
    uuid_format(out, u);
    assert_string_equal(out, text);
}

static void test_uuid_malformed_text_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "2b7f5c1e",
        "2b7f5c1e-8d34-4a60-9f12-c3e4d5a6b70",
        "2b7f5c1e-8d34-4a60-9f12-c3e4d5a6b7081",
        "2b7f5c1e8d34-4a60-9f12-c3e4d5a6b708-",
        "2b7f5c1g-8d34-4a60-9f12-c3e4d5a6b708",
        "{2b7f5c1e-8d34-4a60-9f12-c3e4d5a6b708}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t u[16], before[16];
        memset(u, 0x5a, sizeof u);
        memcpy(before, u, sizeof u);
        assert_false(uuid_parse(u, bad[i]));
        assert_memory_equal(u, before, sizeof u);
    }
}

static void client_is(uint8_t got[16], const char *want)
{
    char text[UUID_TEXT];
    uuid_format(text, got);
    assert_string_equal(text, want);
}

static void test_uuid_of_clients_is_that_of_linux(void **state)
{
    (void)state;
    uint8_t u[16];
    uuid_of_user(u, 0);
    client_is(u, "ef0180a3-13f3-5d1c-b7f5-888c0e21059a");
    uuid_of_user(u, 1000);
    client_is(u, "fc34275c-d8dd-5ba7-968b-504718363b87");
    uuid_of_group(u, 100);
    client_is(u, "d32f761e-b364-519b-be12-ed54ba663b0a");
    uuid_of_user(u, UINT32_MAX);
    client_is(u, "c3b1373c-cc85-5d5c-bbcf-9ecf2a1672ba");
}

static void test_uuid_v5_of_the_dns_name_space(void **state)
{
    (void)state;
    uint8_t dns[16], u[16];
    assert_true(uuid_parse(dns, "6ba7b810-9dad-11d1-80b4-00c04fd430c8"));
    uuid_v5(u, dns, "www.example.com", 15);
    client_is(u, "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uuid_text_goes_there_and_back),
        cmocka_unit_test(test_uuid_malformed_text_is_refused_and_changes_nothing),
        cmocka_unit_test(test_uuid_of_clients_is_that_of_linux),
        cmocka_unit_test(test_uuid_v5_of_the_dns_name_space),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
