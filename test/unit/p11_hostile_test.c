/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a hostile client can send to the PKCS#11 TA: wrong parameter types, arguments that
 * are too short or too long, sizes and counts that lie, for every command. Nothing may
 * crash, every refusal is a code of PKCS#11, and afterwards the token works as before.
 * Meant to run under ASan and UBSan too.
 */
#include "p11_calls.h"

static struct p11_client c;
static uint32_t s;

static int setup(void **state)
{
    (void)state;
    world_wipe();
    if (TA_CreateEntryPoint() != TEE_SUCCESS)
        return -1;
    c = p_ready(&s);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    p11_close(&c);
    TA_DestroyEntryPoint();
    world_wipe();
    return 0;
}

static const uint32_t commands[] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,      9,      10,     11,     12,     13,     14,
    15, 16, 17, 18, 19, 20, 21, 22, 23,     24,     25,     26,     27,     28,     29,
    30, 31, 32, 33, 34, 35, 36, 37, 38,     39,     40,     41,     42,     43,     44,
    45, 46, 47, 48, 49, 50, 51, 52, 0x1000, 0x1001, 0x1002, 0x1003, 0x1004, 0x1005,
};

struct raw {
    uint8_t p0[512], p1[64], p2[64];
    TEE_Param p[4];
};

/* Any call at all; the answer's word, or P11_UNAVAILABLE when there was none. */
static uint32_t raw_call(struct raw *r, uint32_t cmd, uint32_t types, size_t p0_len,
                         TEE_Result *result)
{
    memset(r->p, 0, sizeof r->p);
    r->p[0].memref.buffer = r->p0;
    r->p[0].memref.size = p0_len;
    for (int i = 1; i < 3; i++) {
        r->p[i].memref.buffer = i == 1 ? r->p1 : r->p2;
        r->p[i].memref.size = 64;
    }
    *result = TA_InvokeCommandEntryPoint(c.context, cmd, types, r->p);
    if (*result != TEE_SUCCESS && *result != TEE_ERROR_SHORT_BUFFER)
        return P11_UNAVAILABLE;
    assert_int_equal(r->p[0].memref.size, 4);
    return le32(r->p0);
}

static void test_hostile_first_parameter(void **state)
{
    (void)state;
    struct raw r = {.p0 = {0}};
    TEE_Result result;
    for (size_t i = 0; i < COUNT(commands); i++) {
        for (uint32_t t = 0; t < 16; t++) {
            raw_call(&r, commands[i], t, t == TEE_PARAM_TYPE_MEMREF_INOUT ? 3 : 64,
                     &result);
            assert_int_equal(result, TEE_ERROR_BAD_PARAMETERS);
        }
    }
    static const uint32_t unknown[] = {53, 54, 0xfff, 0x1006, 0x80000000u, 0xffffffffu};
    for (size_t i = 0; i < COUNT(unknown); i++) {
        raw_call(&r, unknown[i], TEE_PARAM_TYPE_MEMREF_INOUT, 4, &result);
        assert_int_equal(result, TEE_ERROR_NOT_SUPPORTED);
    }
}

/* Of all combinations of types of P1..P3, at most one is right; all others are
 * ARGUMENTS_BAD. */
static void test_hostile_parameter_types(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(commands); i++) {
        unsigned accepted = 0;
        for (uint32_t types = 0; types < 0x1000; types++) {
            struct raw r = {.p0 = {0xff, 0xff, 0xff, 0xff}};
            TEE_Result result;
            /* A handle that does not exist, in arguments of a length that one command
             * takes. */
            uint32_t rv = raw_call(&r, commands[i],
                                   types << 4 | TEE_PARAM_TYPE_MEMREF_INOUT, 4, &result);
            assert_int_equal(result, TEE_SUCCESS);
            accepted += rv != CKR_ARGUMENTS_BAD;
        }
        assert_in_range(accepted, 0, 1);
    }
}

/* The same bytes at every length: what is short or has bytes left over changes nothing.
 */
static void test_hostile_lengths_and_lies(void **state)
{
    (void)state;
    static const uint32_t lies[] = {
        0, 1, 3, 0x7f, 0x80000000u, 0x7fffffffu, 0xffffffffu, 0xfffffff8u, 512};
    static const uint32_t p1[] = {0, TEE_PARAM_TYPE_MEMREF_INPUT};
    static const uint32_t p2[] = {0, TEE_PARAM_TYPE_MEMREF_INPUT,
                                  TEE_PARAM_TYPE_MEMREF_OUTPUT};
    for (size_t i = 0; i < COUNT(commands); i++) {
        /* Closing the session would end the test; filling memory with sessions is another
         * one. */
        if (commands[i] == P11_CMD_CLOSE_SESSION ||
            commands[i] == P11_CMD_CLOSE_ALL_SESSIONS || commands[i] == P11_CMD_LOGOUT)
            continue;
        for (size_t lie = 0; lie < COUNT(lies); lie++) {
            for (size_t at = 0; at < 9; at++) {
                for (size_t len = 4; len <= 44; len += 4) {
                    uint32_t t1 = p1[(lie + at) % 2], t2 = p2[(lie + len / 4) % 3];
                    struct raw r = {.p0 = {0}};
                    TEE_Result result;
                    put_le32(r.p0, s);
                    put_le32(r.p0 + 4 * at, lies[lie]);
                    raw_call(&r, commands[i],
                             TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INOUT, t1, t2, 0), len,
                             &result);
                }
            }
        }
    }
    uint32_t o;
    CK_ATTRIBUTE data[] = {A_ULONG(CKA_CLASS, CKO_DATA), A_BOOL(CKA_TOKEN, true)};
    P_CALL(&c, P11_CMD_FIND_OBJECTS_FINAL, NULL, s);
    assert_int_equal(p_create(&c, s, data, COUNT(data), &o), CKR_OK);
    assert_int_equal(p_destroy(&c, s, o), CKR_OK);
}

/* Templates whose heads lie, in a command that reads one and in one that answers in its
 * place. */
static void test_hostile_templates(void **state)
{
    (void)state;
    static const struct {
        uint32_t size, count, id, attr_size;
    } heads[] = {
        {0, 1, 0, 0},          {8, 0, 0, 0},
        {8, 2, 0, 0},          {8, 1, 0, 1},
        {8, 1, 0, 0xffffffff}, {0xffffffff, 1, 0, 0},
        {8, 0xffffffff, 0, 0}, {7, 1, 0, 0},
        {9, 1, 0, 0},          {8, 1, CKA_WRAP_TEMPLATE, 0x80000000},
    };
    static const uint32_t cmds[] = {P11_CMD_CREATE_OBJECT, P11_CMD_FIND_OBJECTS_INIT,
                                    P11_CMD_GET_ATTRIBUTE_VALUE,
                                    P11_CMD_SET_ATTRIBUTE_VALUE, P11_CMD_COPY_OBJECT};
    uint32_t o;
    CK_ATTRIBUTE data[] = {A_ULONG(CKA_CLASS, CKO_DATA)};
    assert_int_equal(p_create(&c, s, data, 1, &o), CKR_OK);
    for (size_t i = 0; i < COUNT(heads); i++) {
        for (size_t k = 0; k < COUNT(cmds); k++) {
            ARGS(a);
            uint8_t out[64];
            bool has_out = cmds[k] != P11_CMD_FIND_OBJECTS_INIT &&
                           cmds[k] != P11_CMD_SET_ATTRIBUTE_VALUE;
            struct p11_io io = {.out = out, .out_len = 64, .has_out = has_out};
            wr_u32(&a, s);
            if (cmds[k] != P11_CMD_CREATE_OBJECT && cmds[k] != P11_CMD_FIND_OBJECTS_INIT)
                wr_u32(&a, o);
            wr_u32(&a, heads[i].size);
            wr_u32(&a, heads[i].count);
            wr_u32(&a, heads[i].id);
            wr_u32(&a, heads[i].attr_size);
            assert_int_equal(p11_call(&c, cmds[k], &a, &io), CKR_ARGUMENTS_BAD);
        }
    }
}

/* A template within a template within a template ... */
static void test_hostile_nesting(void **state)
{
    (void)state;
    uint8_t in[4000], out[4000];
    size_t len = 0;
    for (int depth = 0; depth < 200; depth++) {
        struct wr w = wr_init(out, sizeof out);
        wr_u32(&w, (uint32_t)(8 + len));
        wr_u32(&w, 1);
        wr_u32(&w, CKA_WRAP_TEMPLATE);
        wr_span(&w, in, len);
        assert_false(w.bad);
        memcpy(in, out, w.len);
        len = w.len;
    }
    ARGS(a);
    uint8_t handle[4];
    struct p11_io io = {.out = handle, .out_len = 4, .has_out = true};
    wr_u32(&a, s);
    wr_raw(&a, in, len);
    assert_int_not_equal(p11_call(&c, P11_CMD_CREATE_OBJECT, &a, &io), CKR_OK);
}

static void test_hostile_handles_of_others(void **state)
{
    (void)state;
    struct p11_client other = p11_open();
    uint32_t theirs, mine;
    CK_ATTRIBUTE data[] = {A_ULONG(CKA_CLASS, CKO_DATA), A_BOOL(CKA_TOKEN, true)};
    assert_int_equal(p_open(&other, 0, true, &theirs), CKR_OK);
    assert_int_equal(p_create(&other, theirs, data, 1, &mine), CKR_OK);
    for (uint32_t h = 0; h < 300; h++) {
        assert_int_not_equal(p_destroy(&c, s, h), CKR_OK);
        assert_int_not_equal(p_destroy(&c, s, 0x80000000u + h), CKR_OK);
        if (h != s)
            assert_int_equal(p_destroy(&c, h, mine), CKR_SESSION_HANDLE_INVALID);
    }
    assert_int_equal(p_destroy(&other, theirs, mine), CKR_OK);
    p11_close(&other);
}

static void test_hostile_output_that_cannot_take_a_handle(void **state)
{
    (void)state;
    uint8_t out[4];
    for (size_t room = 0; room < 4; room++) {
        struct p11_io io = {.out = out, .out_len = room, .has_out = true};
        assert_int_equal(P_CALL(&c, P11_CMD_OPEN_SESSION, &io, 0, 6), CKR_ARGUMENTS_BAD);
    }
    struct p11_token_info info;
    assert_int_equal(p_token_info(&c, 0, &info), CKR_OK);
    assert_int_equal(info.sessions, 1);
}

static void test_hostile_size_queries(void **state)
{
    (void)state;
    uint8_t out[256];
    static const struct {
        uint32_t cmd, nr, args[2];
        size_t len;
    } cases[] = {
        {P11_CMD_PING, 1, {0, 0}, 12},       {P11_CMD_SLOT_LIST, 1, {0, 0}, 12},
        {P11_CMD_SLOT_INFO, 1, {0, 0}, 104}, {P11_CMD_TOKEN_INFO, 1, {0, 0}, 160},
        {P11_CMD_INFO, 1, {0, 0}, 8},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct p11_io io = {.out = NULL, .out_len = 0, .has_out = true};
        assert_int_equal(p_u32s(&c, cases[i].cmd, cases[i].nr, cases[i].args, &io),
                         CKR_OK);
        assert_int_equal(io.out_len, cases[i].len);
        io = (struct p11_io){.out = out, .out_len = cases[i].len - 1, .has_out = true};
        assert_int_equal(p_u32s(&c, cases[i].cmd, cases[i].nr, cases[i].args, &io),
                         CKR_BUFFER_TOO_SMALL);
        assert_int_equal(io.out_len, cases[i].len);
    }
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_hostile_first_parameter),
        T(test_hostile_parameter_types),
        T(test_hostile_lengths_and_lies),
        T(test_hostile_templates),
        T(test_hostile_nesting),
        T(test_hostile_handles_of_others),
        T(test_hostile_output_that_cannot_take_a_handle),
        T(test_hostile_size_queries),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
