/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands of the PKCS#11 TA as functions, for tests: each encodes its arguments,
 * makes the call and returns the CK_RV.
 */
#ifndef AH_TEST_P11_CALLS_H
#define AH_TEST_P11_CALLS_H

#include "p11_world.h"

#define LABEL "a label of exactly 32 characters"
_Static_assert(sizeof LABEL == 33, "");
#define SO_PIN   "so-pin"
#define USER_PIN "user-pin"

#define ARGS(name)                                                                       \
    uint8_t name##_buf[4096];                                                            \
    struct wr name = wr_init(name##_buf, sizeof name##_buf)

/* Attributes for templates in C. */
static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
#define A_BOOL(id, b)                                                                    \
    {                                                                                    \
        id, (b) ? &yes : &no, 1                                                          \
    }
#define A_ULONG(id, v)                                                                   \
    {                                                                                    \
        id, &(CK_ULONG){v}, sizeof(CK_ULONG)                                             \
    }
#define A_BYTES(id, p, n)                                                                \
    {                                                                                    \
        id, (void *)(uintptr_t)(p), n                                                    \
    }
#define A_TEXT(id, s)                                                                    \
    {                                                                                    \
        id, (void *)(uintptr_t)(s), sizeof(s) - 1                                        \
    }
#define COUNT(a) (sizeof(a) / sizeof *(a))

typedef const struct p11_client *pc;

static inline CK_RV p_u32s(pc c, uint32_t cmd, uint32_t n, const uint32_t *v,
                           struct p11_io *io)
{
    ARGS(a);
    for (uint32_t i = 0; i < n; i++)
        wr_u32(&a, v[i]);
    return p11_call(c, cmd, &a, io);
}
#define P_CALL(c, cmd, io, ...)                                                          \
    p_u32s(c, cmd, sizeof((uint32_t[]){__VA_ARGS__}) / 4, (uint32_t[]){__VA_ARGS__}, io)

static inline CK_RV p_init_token(pc c, uint32_t slot, const char *pin)
{
    ARGS(a);
    wr_u32(&a, slot);
    wr_u32(&a, (uint32_t)strlen(pin));
    wr_raw(&a, LABEL, 32);
    wr_raw(&a, pin, strlen(pin));
    return p11_call(c, P11_CMD_INIT_TOKEN, &a, NULL);
}

static inline CK_RV p_open(pc c, uint32_t slot, bool rw, uint32_t *s)
{
    uint8_t out[4];
    struct p11_io io = {.out = out, .out_len = 4, .has_out = true};
    CK_RV rv = P_CALL(c, P11_CMD_OPEN_SESSION, &io, slot, rw ? 6 : 4);
    *s = rv == CKR_OK ? le32(out) : 0;
    return rv;
}

static inline CK_RV p_close(pc c, uint32_t s)
{
    return P_CALL(c, P11_CMD_CLOSE_SESSION, NULL, s);
}

static inline CK_RV p_login(pc c, uint32_t s, uint32_t user, const char *pin)
{
    ARGS(a);
    wr_u32(&a, s);
    wr_u32(&a, user);
    wr_span(&a, pin, strlen(pin));
    return p11_call(c, P11_CMD_LOGIN, &a, NULL);
}

static inline CK_RV p_logout(pc c, uint32_t s)
{
    return P_CALL(c, P11_CMD_LOGOUT, NULL, s);
}

static inline CK_RV p_init_pin(pc c, uint32_t s, const char *pin)
{
    ARGS(a);
    wr_u32(&a, s);
    wr_span(&a, pin, strlen(pin));
    return p11_call(c, P11_CMD_INIT_PIN, &a, NULL);
}

static inline CK_RV p_set_pin(pc c, uint32_t s, const char *old, const char *new)
{
    ARGS(a);
    wr_u32(&a, s);
    wr_u32(&a, (uint32_t)strlen(old));
    wr_u32(&a, (uint32_t)strlen(new));
    wr_raw(&a, old, strlen(old));
    wr_raw(&a, new, strlen(new));
    return p11_call(c, P11_CMD_SET_PIN, &a, NULL);
}

static inline uint32_t p_state(pc c, uint32_t s)
{
    uint8_t out[16];
    struct p11_io io = {.out = out, .out_len = 16, .has_out = true};
    assert_int_equal(P_CALL(c, P11_CMD_SESSION_INFO, &io, s), CKR_OK);
    return le32(out + 4);
}

static inline CK_RV p_token_info(pc c, uint32_t slot, struct p11_token_info *info)
{
    struct p11_io io = {.out = info, .out_len = sizeof *info, .has_out = true};
    return P_CALL(c, P11_CMD_TOKEN_INFO, &io, slot);
}

static inline uint32_t p_flags(pc c, uint32_t slot)
{
    struct p11_token_info info;
    assert_int_equal(p_token_info(c, slot, &info), CKR_OK);
    return info.flags;
}

/* Commands that take a session, maybe an object, a template, and answer a handle. */
static inline CK_RV p_templ(pc c, uint32_t cmd, uint32_t s, uint32_t o,
                            const CK_ATTRIBUTE *t, size_t n, uint32_t *handle)
{
    static _Thread_local uint8_t buf[P11_ARGS_MAX];
    struct wr a = wr_init(buf, sizeof buf);
    uint8_t out[4];
    struct p11_io io = {.out = out, .out_len = 4, .has_out = handle != NULL};
    wr_u32(&a, s);
    if (o)
        wr_u32(&a, o);
    assert_int_equal(p11_template_encode(&a, t, n), CKR_OK);
    CK_RV rv = p11_call(c, cmd, &a, &io);
    if (handle)
        *handle = rv == CKR_OK ? le32(out) : 0;
    return rv;
}

static inline CK_RV p_create(pc c, uint32_t s, const CK_ATTRIBUTE *t, size_t n,
                             uint32_t *o)
{
    return p_templ(c, P11_CMD_CREATE_OBJECT, s, 0, t, n, o);
}

static inline CK_RV p_copy(pc c, uint32_t s, uint32_t o, const CK_ATTRIBUTE *t, size_t n,
                           uint32_t *copy)
{
    return p_templ(c, P11_CMD_COPY_OBJECT, s, o, t, n, copy);
}

static inline CK_RV p_set(pc c, uint32_t s, uint32_t o, const CK_ATTRIBUTE *t, size_t n)
{
    return p_templ(c, P11_CMD_SET_ATTRIBUTE_VALUE, s, o, t, n, NULL);
}

static inline CK_RV p_destroy(pc c, uint32_t s, uint32_t o)
{
    return P_CALL(c, P11_CMD_DESTROY_OBJECT, NULL, s, o);
}

static inline CK_RV p_get(pc c, uint32_t s, uint32_t o, CK_ATTRIBUTE *t, size_t n)
{
    static _Thread_local uint8_t buf[P11_ARGS_MAX], out[P11_ARGS_MAX];
    struct wr a = wr_init(buf, sizeof buf);
    wr_u32(&a, s);
    wr_u32(&a, o);
    assert_int_equal(p11_get_encode(&a, t, n), CKR_OK);
    struct p11_io io = {.out = out, .out_len = a.len - 8, .has_out = true};
    CK_RV rv = p11_call(c, P11_CMD_GET_ATTRIBUTE_VALUE, &a, &io);
    if (rv == CKR_OK || rv == CKR_ATTRIBUTE_SENSITIVE ||
        rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_BUFFER_TOO_SMALL)
        rv = p11_get_finish(t, n, out, io.out_len, rv);
    return rv;
}

static inline bool p_get_bool(pc c, uint32_t s, uint32_t o, CK_ATTRIBUTE_TYPE id)
{
    CK_BBOOL b = 2;
    CK_ATTRIBUTE a = {id, &b, 1};
    assert_int_equal(p_get(c, s, o, &a, 1), CKR_OK);
    return b;
}

/* All handles that match; at most max. */
static inline size_t p_find(pc c, uint32_t s, const CK_ATTRIBUTE *t, size_t n,
                            uint32_t *found, size_t max)
{
    assert_int_equal(p_templ(c, P11_CMD_FIND_OBJECTS_INIT, s, 0, t, n, NULL), CKR_OK);
    size_t nr = 0;
    for (;;) {
        uint8_t out[4 * 10];
        struct p11_io io = {.out = out, .out_len = sizeof out, .has_out = true};
        assert_int_equal(P_CALL(c, P11_CMD_FIND_OBJECTS, &io, s), CKR_OK);
        if (!io.out_len)
            break;
        for (size_t i = 0; i < io.out_len / 4 && nr < max; i++)
            found[nr++] = le32(out + 4 * i);
    }
    assert_int_equal(P_CALL(c, P11_CMD_FIND_OBJECTS_FINAL, NULL, s), CKR_OK);
    return nr;
}

/* A token in slot 0 with both PINs, and a read-write session in which the user is logged
 * in. */
static inline struct p11_client p_ready(uint32_t *s)
{
    struct p11_client c = p11_open();
    assert_int_equal(p_init_token(&c, 0, SO_PIN), CKR_OK);
    assert_int_equal(p_open(&c, 0, true, s), CKR_OK);
    assert_int_equal(p_login(&c, *s, CKU_SO, SO_PIN), CKR_OK);
    assert_int_equal(p_init_pin(&c, *s, USER_PIN), CKR_OK);
    assert_int_equal(p_logout(&c, *s), CKR_OK);
    assert_int_equal(p_login(&c, *s, CKU_USER, USER_PIN), CKR_OK);
    return c;
}

#endif
