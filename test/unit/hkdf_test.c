/* SPDX-License-Identifier: BSD-2-Clause */
/* HKDF-SHA256 against the test cases of RFC 5869, appendix A.1 to A.3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "hkdf.h"

struct vector {
    const char *name;
    const char *ikm, *salt, *info, *okm; /* hexadecimal */
};

static const struct vector vectors[] = {
    {"A.1", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
     "f0f1f2f3f4f5f6f7f8f9",
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b88718586"
     "5"},
    {"A.2",
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
     "28292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
     "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f8081828384858687"
     "88898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
     "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7"
     "d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
     "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271c"
     "b41"
     "c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"},
    {"A.3", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
     "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c"
     "8"},
};

static size_t unhex(uint8_t *out, const char *hex)
{
    size_t len = strlen(hex) / 2;
    for (size_t i = 0; i < len; i++) {
        char two[3] = {hex[2 * i], hex[2 * i + 1], 0};
        out[i] = (uint8_t)strtoul(two, NULL, 16);
    }
    return len;
}

static void test_hkdf_agrees_with_rfc5869(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint8_t ikm[80], salt[80], info[80], want[82], out[82];
        size_t ikm_len = unhex(ikm, vectors[i].ikm);
        size_t salt_len = unhex(salt, vectors[i].salt);
        size_t info_len = unhex(info, vectors[i].info);
        size_t len = unhex(want, vectors[i].okm);
        hkdf_sha256(out, len, ikm, ikm_len, salt, salt_len, info, info_len);
        assert_memory_equal(out, want, len);
    }
}

static void test_hkdf_prefix_is_the_same(void **state)
{
    uint8_t a[64], b[17];
    (void)state;
    hkdf_sha256(a, sizeof a, "secret", 6, "salt", 4, "info", 4);
    hkdf_sha256(b, sizeof b, "secret", 6, "salt", 4, "info", 4);
    assert_memory_equal(a, b, sizeof b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hkdf_agrees_with_rfc5869),
        cmocka_unit_test(test_hkdf_prefix_is_the_same),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("hkdf", tests, NULL, NULL);
}
