/* SPDX-License-Identifier: BSD-2-Clause */
/* The fast SHA-256 of the daemon against BearSSL's and the examples of FIPS 180-4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "host/sha256.h"
#include "ta_verify.h"

static void test_sha256_of_abc(void **state)
{
    (void)state;
    static const uint8_t want[32] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
                                     0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
                                     0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
                                     0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    uint8_t got[32];
    sha256(got, "abc", 3);
    assert_memory_equal(got, want, 32);
}

static void test_sha256_agrees_for_every_length(void **state)
{
    (void)state;
    for (size_t len = 0; len < 700; len++) {
        uint8_t fast[32], slow[32], *p = malloc(len + 1);
        for (size_t i = 0; i < len; i++)
            p[i] = (uint8_t)(i * 131 + len);
        sha256(fast, p, len);
        ta_sha256(slow, p, len);
        assert_memory_equal(fast, slow, 32);
        free(p);
    }
}

static void test_sha256_agrees_for_a_large_buffer_at_odd_addresses(void **state)
{
    (void)state;
    const size_t len = 3000001;
    uint8_t fast[32], slow[32], *p = malloc(len);
    for (size_t i = 0; i < len; i++)
        p[i] = (uint8_t)(i * i >> 3);
    for (size_t off = 0; off < 3; off++) {
        sha256(fast, p + off, len - off);
        ta_sha256(slow, p + off, len - off);
        assert_memory_equal(fast, slow, 32);
    }
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256_of_abc),
        cmocka_unit_test(test_sha256_agrees_for_every_length),
        cmocka_unit_test(test_sha256_agrees_for_a_large_buffer_at_odd_addresses),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
