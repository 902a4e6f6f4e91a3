/* SPDX-License-Identifier: BSD-2-Clause */
/* TA images: each field refused with its own reason, every byte flipped refused with
 * some. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "test/sim/ta_image.h"

struct fixture {
    struct sim_key key;
    struct ta_header header;
    uint8_t image[SIM_IMAGE];
};

static struct fixture fresh(void)
{
    struct fixture f;
    sim_key_make(&f.key, 1);
    f.header = sim_header();
    sim_image_make(f.image, &f.header, &f.key);
    return f;
}

/* The whole protocol of ta_verify.h; TA_IMAGE_OK or why it is refused. */
static enum ta_image_fault judge(const struct fixture *f, size_t len, const uint8_t *uuid)
{
    struct ta_image img;
    enum ta_image_fault why;
    uint32_t flow = 0;
    uint8_t *copy = malloc(len ? len : 1); /* exact size: a read beyond is seen by ASan */
    memcpy(copy, f->image, len);
    verdict_t v =
        ta_image_verify(&img, &why, &flow, copy, len, uuid, f->key.point, ta_sha256);
    if (v == VERDICT_ACCEPT) {
        assert_int_equal(why, TA_IMAGE_OK);
        assert_int_equal(flow, TA_IMAGE_FLOW);
        assert_int_equal(ta_image_verify_again(&img, f->key.point), VERDICT_ACCEPT);
    } else {
        assert_int_equal(v, VERDICT_REFUSE);
        assert_int_not_equal(why, TA_IMAGE_OK);
        assert_int_not_equal(flow, TA_IMAGE_FLOW);
    }
    free(copy);
    return why;
}

static void test_ta_verify_good_image_is_accepted_and_decoded(void **state)
{
    (void)state;
    struct fixture f = fresh();
    struct ta_image img;
    assert_int_equal(judge(&f, sizeof f.image, f.header.uuid), TA_IMAGE_OK);
    assert_int_equal(judge(&f, sizeof f.image, NULL), TA_IMAGE_OK);
    assert_int_equal(ta_image_decode(&img, f.image, sizeof f.image), TA_IMAGE_OK);
    assert_memory_equal(img.uuid, f.header.uuid, 16);
    assert_int_equal(img.version, 7);
    assert_int_equal(img.lanes, 4);
    assert_int_equal(img.heap, 1024 * 1024);
    assert_int_equal(img.stack, 64 * 1024);
    assert_string_equal(img.name, "sim");
    assert_string_equal(img.description, "made by a test");
    assert_int_equal(img.program.len, SIM_PROGRAM);
    assert_ptr_equal(img.program.p, f.image + sizeof(struct ta_header));
}

static void test_ta_verify_every_flipped_bit_is_refused(void **state)
{
    (void)state;
    struct fixture f = fresh();
    for (size_t i = 0; i < sizeof f.image; i++) {
        f.image[i] ^= (uint8_t)(1u << i % 8);
        assert_int_not_equal(judge(&f, sizeof f.image, f.header.uuid), TA_IMAGE_OK);
        f.image[i] ^= (uint8_t)(1u << i % 8);
    }
    assert_int_equal(judge(&f, sizeof f.image, f.header.uuid), TA_IMAGE_OK);
}

static void test_ta_verify_every_length_is_refused_but_the_right_one(void **state)
{
    (void)state;
    struct fixture f = fresh();
    for (size_t len = 0; len < sizeof f.image; len++)
        assert_int_equal(judge(&f, len, f.header.uuid), len < sizeof(struct ta_header)
                                                            ? TA_IMAGE_SHORT
                                                            : TA_IMAGE_BAD_SIZE);
}

/* Each row changes one field of a header that is then properly signed. */
static void set_no_uuid(struct ta_header *h)
{
    memset(h->uuid, 0, sizeof h->uuid);
}
static void set_other_uuid(struct ta_header *h)
{
    h->uuid[15] ^= 1;
}
static void set_flags(struct ta_header *h)
{
    h->flags |= 0x20;
}
static void set_multi_alone(struct ta_header *h)
{
    h->flags = TA_FLAG_MULTI_SESSION;
}
static void set_keep_alone(struct ta_header *h)
{
    h->flags = TA_FLAG_KEEP_ALIVE;
}
static void set_rights(struct ta_header *h)
{
    h->rights = 4;
}
static void set_no_lanes(struct ta_header *h)
{
    h->lanes = 0;
}
static void set_many_lanes(struct ta_header *h)
{
    h->lanes = 65;
}
static void set_small_heap(struct ta_header *h)
{
    h->heap_kib = TA_HEAP_KIB_MIN - 1;
}
static void set_large_heap(struct ta_header *h)
{
    h->heap_kib = TA_HEAP_KIB_MAX + 1;
}
static void set_small_stack(struct ta_header *h)
{
    h->stack_kib = TA_STACK_KIB_MIN - 1;
}
static void set_large_stack(struct ta_header *h)
{
    h->stack_kib = UINT32_MAX;
}
static void set_marks(struct ta_header *h)
{
    h->marks = 2;
}
static void set_no_name(struct ta_header *h)
{
    h->name[0] = 0;
}
static void set_odd_name(struct ta_header *h)
{
    h->name[1] = '/';
}
static void set_endless_name(struct ta_header *h)
{
    memset(h->name, 'a', sizeof h->name);
}
static void set_hidden_name(struct ta_header *h)
{
    h->name[10] = 'x'; /* behind the NUL */
}
static void set_odd_description(struct ta_header *h)
{
    h->description[3] = '\n';
}
static void set_endless_description(struct ta_header *h)
{
    memset(h->description, 'a', sizeof h->description);
}
static void set_reserved(struct ta_header *h)
{
    h->reserved[7] = 1;
}
static void set_nothing(struct ta_header *h)
{
    (void)h;
}
static void set_limits(struct ta_header *h)
{
    h->lanes = 64;
    h->heap_kib = TA_HEAP_KIB_MAX;
    h->stack_kib = TA_STACK_KIB_MAX;
    h->flags = TA_FLAG_MASK;
    h->rights = TA_RIGHT_MASK;
    h->marks = TA_DEVELOPMENT;
}

static const struct {
    void (*set)(struct ta_header *h);
    enum ta_image_fault fault;
} fields[] = {
    {set_nothing, TA_IMAGE_OK},
    {set_limits, TA_IMAGE_OK},
    {set_no_uuid, TA_IMAGE_NO_UUID},
    {set_other_uuid, TA_IMAGE_OTHER_UUID},
    {set_flags, TA_IMAGE_BAD_FLAGS},
    {set_multi_alone, TA_IMAGE_BAD_COMBINATION},
    {set_keep_alone, TA_IMAGE_BAD_COMBINATION},
    {set_rights, TA_IMAGE_BAD_RIGHTS},
    {set_no_lanes, TA_IMAGE_BAD_LANES},
    {set_many_lanes, TA_IMAGE_BAD_LANES},
    {set_small_heap, TA_IMAGE_BAD_HEAP},
    {set_large_heap, TA_IMAGE_BAD_HEAP},
    {set_small_stack, TA_IMAGE_BAD_STACK},
    {set_large_stack, TA_IMAGE_BAD_STACK},
    {set_marks, TA_IMAGE_BAD_MARKS},
    {set_no_name, TA_IMAGE_BAD_NAME},
    {set_odd_name, TA_IMAGE_BAD_NAME},
    {set_endless_name, TA_IMAGE_BAD_NAME},
    {set_hidden_name, TA_IMAGE_BAD_NAME},
    {set_odd_description, TA_IMAGE_BAD_DESCRIPTION},
    {set_endless_description, TA_IMAGE_BAD_DESCRIPTION},
    {set_reserved, TA_IMAGE_BAD_RESERVED},
};

static void test_ta_verify_each_bad_field_has_its_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        struct fixture f = fresh();
        struct ta_header h = f.header;
        fields[i].set(&h);
        sim_image_make(f.image, &h, &f.key);
        assert_int_equal(judge(&f, sizeof f.image, f.header.uuid), fields[i].fault);
    }
}

static void test_ta_verify_magic_layout_and_size_have_their_reasons(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        enum ta_image_fault fault;
    } rows[] = {
        {0, TA_IMAGE_BAD_MAGIC}, {4, TA_IMAGE_BAD_LAYOUT}, {48, TA_IMAGE_BAD_SIZE}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture f = fresh();
        f.image[rows[i].at]++;
        sim_image_sign(f.image, &f.key);
        assert_int_equal(judge(&f, sizeof f.image, f.header.uuid), rows[i].fault);
    }
}

static void test_ta_verify_foreign_key_is_refused(void **state)
{
    (void)state;
    struct fixture f = fresh();
    sim_key_make(&f.key, 2);
    assert_int_equal(judge(&f, sizeof f.image, f.header.uuid), TA_IMAGE_BAD_SIGNATURE);
    memset(f.key.point, 0, sizeof f.key.point); /* not a point at all */
    assert_int_equal(judge(&f, sizeof f.image, f.header.uuid), TA_IMAGE_BAD_SIGNATURE);
}

static void test_ta_verify_zero_signature_is_refused(void **state)
{
    (void)state;
    struct fixture f = fresh();
    memset(f.image + TA_SIGNED_BYTES, 0, 64);
    assert_int_equal(judge(&f, sizeof f.image, f.header.uuid), TA_IMAGE_BAD_SIGNATURE);
}

static void test_ta_verify_other_program_is_refused(void **state)
{
    (void)state;
    struct fixture f = fresh();
    f.image[sizeof f.image - 1] ^= 1;
    assert_int_equal(judge(&f, sizeof f.image, f.header.uuid), TA_IMAGE_BAD_PROGRAM);
}

/* A first check that was glitched into accepting does not help. */
static void test_ta_verify_again_refuses_what_changed_after_the_first_check(void **state)
{
    (void)state;
    struct fixture f = fresh();
    struct ta_image img;
    enum ta_image_fault why;
    uint32_t flow = 0;
    assert_int_equal(ta_image_verify(&img, &why, &flow, f.image, sizeof f.image, NULL,
                                     f.key.point, ta_sha256),
                     VERDICT_ACCEPT);
    struct ta_image bad = img;
    bad.program_sha256[0] ^= 1;
    assert_int_equal(ta_image_verify_again(&bad, f.key.point), VERDICT_REFUSE);
    bad = img;
    bad.uuid[0] ^= 1;
    assert_int_equal(ta_image_verify_again(&bad, f.key.point), VERDICT_REFUSE);
    f.image[24] ^= 1; /* version */
    assert_int_equal(ta_image_verify_again(&img, f.key.point), VERDICT_REFUSE);
}

static void test_ta_verify_every_fault_has_a_sentence(void **state)
{
    (void)state;
    for (int a = 0; a <= TA_IMAGE_GLITCH; a++) {
        assert_string_not_equal(ta_image_fault_text((enum ta_image_fault)a),
                                "unknown fault");
        for (int b = 0; b < a; b++)
            assert_string_not_equal(ta_image_fault_text((enum ta_image_fault)a),
                                    ta_image_fault_text((enum ta_image_fault)b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ta_verify_good_image_is_accepted_and_decoded),
        cmocka_unit_test(test_ta_verify_every_flipped_bit_is_refused),
        cmocka_unit_test(test_ta_verify_every_length_is_refused_but_the_right_one),
        cmocka_unit_test(test_ta_verify_each_bad_field_has_its_reason),
        cmocka_unit_test(test_ta_verify_magic_layout_and_size_have_their_reasons),
        cmocka_unit_test(test_ta_verify_foreign_key_is_refused),
        cmocka_unit_test(test_ta_verify_zero_signature_is_refused),
        cmocka_unit_test(test_ta_verify_other_program_is_refused),
        cmocka_unit_test(test_ta_verify_again_refuses_what_changed_after_the_first_check),
        cmocka_unit_test(test_ta_verify_every_fault_has_a_sentence),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
