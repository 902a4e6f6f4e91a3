/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/der: what strict DER accepts and refuses, as a table of bytes, and that what the
 * writer makes the reader takes.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include "der.h"

struct uint_case {
    const char *name;
    uint8_t in[8];
    size_t in_len;
    bool good;
    size_t value_len;
};

static const struct uint_case uint_cases[] = {
    {"zero", {2, 1, 0}, 3, true, 0},
    {"one", {2, 1, 1}, 3, true, 1},
    {"sign byte", {2, 2, 0, 0x80}, 4, true, 1},
    {"needless zero", {2, 2, 0, 0x7f}, 4, false, 0},
    {"negative", {2, 1, 0x80}, 3, false, 0},
    {"empty", {2, 0}, 2, false, 0},
    {"wrong tag", {3, 1, 1}, 3, false, 0},
    {"cut short", {2, 2, 1}, 3, false, 0},
    {"long form of a short length", {2, 0x81, 1, 1}, 4, false, 0},
    {"indefinite", {2, 0x80, 0, 0}, 4, false, 0},
    {"length of four bytes", {2, 0x84, 0, 0, 0, 1, 1}, 7, false, 0},
    {"leading zero in the length", {2, 0x82, 0, 0x81, 1}, 5, false, 0},
    {"nothing", {0}, 0, false, 0},
};

static void test_der_uint_is_strict(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof uint_cases / sizeof uint_cases[0]; i++) {
        const struct uint_case *c = &uint_cases[i];
        struct rd r = rd_init(c->in, c->in_len);
        struct span s = der_uint(&r);
        if (rd_end(&r) != c->good || (c->good && s.len != c->value_len))
            fail_msg("%s", c->name);
    }
}

static void test_der_small_respects_its_maximum(void **state)
{
    (void)state;
    const uint8_t five[] = {2, 1, 5}, big[] = {2, 5, 1, 0, 0, 0, 0};
    struct rd r = rd_init(five, sizeof five);
    assert_int_equal(der_small(&r, 5), 5);
    assert_true(rd_end(&r));
    r = rd_init(five, sizeof five);
    assert_int_equal(der_small(&r, 4), 0);
    assert_true(r.bad);
    r = rd_init(big, sizeof big);
    (void)der_small(&r, UINT32_MAX);
    assert_true(r.bad);
}

static void test_der_bits_are_whole_bytes(void **state)
{
    (void)state;
    const uint8_t good[] = {3, 2, 0, 4}, partial[] = {3, 2, 1, 4}, empty[] = {3, 0};
    struct rd r = rd_init(good, sizeof good);
    assert_int_equal(der_bits(&r).len, 1);
    assert_true(rd_end(&r));
    r = rd_init(partial, sizeof partial);
    (void)der_bits(&r);
    assert_true(r.bad);
    r = rd_init(empty, sizeof empty);
    (void)der_bits(&r);
    assert_true(r.bad);
}

static void test_der_writer_and_reader_agree(void **state)
{
    (void)state;
    static uint8_t big[70000], buf[150000];
    static const size_t lens[] = {0, 1, 127, 128, 255, 256, 65535, 65536, 70000};
    memset(big, 0x9c, sizeof big);
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        struct der_wr count = der_wr_init(NULL, 0);
        struct der_wr w = der_wr_init(buf, sizeof buf);
        struct der_wr *both[] = {&count, &w};
        for (size_t k = 0; k < 2; k++) {
            der_put_uint(both[k], big, lens[i]);
            der_put_span(both[k], DER_OCTET_STRING, big, lens[i]);
            der_put_head(both[k], DER_SEQUENCE, 0);
        }
        assert_false(w.bad);
        assert_int_equal(count.len, w.len);
        struct span all = der_wr_bytes(&w);
        struct rd r = rd_init(all.p, all.len);
        struct rd in = der_open(&r, DER_SEQUENCE);
        assert_int_equal(der_span(&in, DER_OCTET_STRING).len, lens[i]);
        assert_int_equal(der_uint(&in).len, lens[i]);
        assert_true(rd_end(&in) && rd_end(&r));
        r = rd_init(all.p, all.len);
        assert_int_equal(der_element(&r).len, all.len);
    }
}

static void test_der_writer_stops_at_its_end(void **state)
{
    (void)state;
    uint8_t guard[8];
    memset(guard, 0x55, sizeof guard);
    struct der_wr w = der_wr_init(guard + 4, 4);
    der_put_span(&w, DER_OCTET_STRING, "abc", 3);
    assert_true(w.bad);
    assert_int_equal(der_wr_bytes(&w).len, 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(guard[i], 0x55);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_der_uint_is_strict),
        cmocka_unit_test(test_der_small_respects_its_maximum),
        cmocka_unit_test(test_der_bits_are_whole_bytes),
        cmocka_unit_test(test_der_writer_and_reader_agree),
        cmocka_unit_test(test_der_writer_stops_at_its_end),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("der", tests, NULL, NULL);
}
