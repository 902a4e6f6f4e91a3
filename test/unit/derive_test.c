/* SPDX-License-Identifier: BSD-2-Clause */
/* Device keys. The expected value was computed with Python's hmac by RFC 5869 from
 * docs/formats.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "host/daemon.h"

static const uint8_t secret[DEVICE_SECRET_BYTES] = "0123456789abcdef0123456789abcde";
static const struct state with_secret = {.device_secret = secret};
static const uint8_t owner[16] = {0xfd, 0x02, 0xc9, 0xda, 0x30, 0x6c, 0x48, 0xc7,
                                  0xa4, 0x9c, 0xbb, 0xd8, 0x27, 0xae, 0x86, 0xee};

static void test_derive_is_hkdf_as_documented(void **state)
{
    (void)state;
    static const uint8_t want[32] = {0x8a, 0xf4, 0x1f, 0x21, 0x75, 0x3f, 0x03, 0x7a,
                                     0x97, 0xa0, 0x25, 0x61, 0x93, 0x76, 0xda, 0xba,
                                     0x88, 0xb1, 0xe8, 0xf5, 0x53, 0x9c, 0x70, 0x81,
                                     0x94, 0xc0, 0xbf, 0x00, 0x24, 0xf6, 0xe5, 0x63};
    uint8_t key[32];
    derive(&with_secret, key, sizeof key, owner, "pkcs11 pin pepper", 17);
    assert_memory_equal(key, want, sizeof want);
}

static void test_derive_differs_by_secret_owner_and_label(void **state)
{
    (void)state;
    uint8_t key[5][32], other_owner[16], other_secret[DEVICE_SECRET_BYTES];
    const struct state other = {.device_secret = other_secret};
    memcpy(other_owner, owner, sizeof other_owner);
    other_owner[15] ^= 1;
    memcpy(other_secret, secret, sizeof other_secret);
    other_secret[0] ^= 1;
    derive(&with_secret, key[0], 32, owner, "a", 1);
    derive(&with_secret, key[1], 32, owner, "b", 1);
    derive(&with_secret, key[2], 32, owner, "ab", 2);
    derive(&with_secret, key[3], 32, other_owner, "a", 1);
    derive(&other, key[4], 32, owner, "a", 1);
    for (int a = 0; a < 5; a++)
        for (int b = 0; b < a; b++)
            assert_memory_not_equal(key[a], key[b], 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_derive_is_hkdf_as_documented),
        cmocka_unit_test(test_derive_differs_by_secret_owner_and_label),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
