/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cryptographic commands to the PKCS#11 TA in process, on top of p11_calls.h: one client
 * with one session in which the user is logged in, one key of each kind with every use
 * permitted, and parameters that each mechanism takes. Data buffers are exactly as long
 * as the TA is told, so that a sanitizer sees every byte too many.
 */
#ifndef AH_TEST_P11_OPS_H
#define AH_TEST_P11_OPS_H

#include "p11_calls.h"

#define NOTHING ((struct span){NULL, 0})
#define SPAN(s) ((struct span){(const uint8_t *)(s), sizeof(s) - 1})

struct ops {
    struct p11_client c;
    uint32_t session;
};

static struct ops ops;

static inline int ops_start(void **state)
{
    (void)state;
    world_wipe();
    if (TA_CreateEntryPoint() != TEE_SUCCESS)
        return -1;
    ops.c = p_ready(&ops.session);
    return 0;
}

static inline int ops_stop(void **state)
{
    (void)state;
    p11_close(&ops.c);
    TA_DestroyEntryPoint();
    world_wipe();
    return 0;
}

/* --- calls --- */

/* Which of P1, P2 in, P2 out a command has. */
static inline void ops_shape(uint32_t cmd, struct p11_io *io)
{
    static const struct {
        uint32_t cmd;
        bool in, out, sig;
    } rows[] = {
        {P11_CMD_ENCRYPT_UPDATE, true, true, false},
        {P11_CMD_DECRYPT_UPDATE, true, true, false},
        {P11_CMD_ENCRYPT_FINAL, false, true, false},
        {P11_CMD_DECRYPT_FINAL, false, true, false},
        {P11_CMD_ENCRYPT_ONESHOT, true, true, false},
        {P11_CMD_DECRYPT_ONESHOT, true, true, false},
        {P11_CMD_SIGN_UPDATE, true, false, false},
        {P11_CMD_VERIFY_UPDATE, true, false, false},
        {P11_CMD_SIGN_FINAL, false, true, false},
        {P11_CMD_VERIFY_FINAL, false, false, true},
        {P11_CMD_SIGN_ONESHOT, true, true, false},
        {P11_CMD_VERIFY_ONESHOT, true, false, true},
        {P11_CMD_DIGEST_UPDATE, true, false, false},
        {P11_CMD_DIGEST_FINAL, false, true, false},
        {P11_CMD_DIGEST_ONESHOT, true, true, false},
        {P11_CMD_SIGN, true, true, false},
        {P11_CMD_VERIFY, true, false, true},
        {P11_CMD_ENCRYPT, true, true, false},
        {P11_CMD_DECRYPT, true, true, false},
        {P11_CMD_DIGEST, true, true, false},
        {P11_CMD_WRAP_KEY, false, true, false},
        {P11_CMD_UNWRAP_KEY, true, true, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (rows[i].cmd == cmd) {
            io->has_in = rows[i].in;
            io->has_out = rows[i].out || rows[i].sig;
            io->out_is_in = rows[i].sig;
        }
    }
}

/* in is P1; sig is P2 where it is an input; out with *out_len (room, then length) where
 * it is not. */
static inline CK_RV ops_run(uint32_t cmd, const struct wr *a, struct span in,
                            struct span sig, uint8_t *out, size_t *out_len)
{
    struct p11_io io = {.in_len = in.len};
    ops_shape(cmd, &io);
    size_t room = out_len ? *out_len : 0;
    void *p1 = world_dup(in.p, in.len), *p2 = NULL;
    io.in = p1;
    if (io.out_is_in) {
        p2 = world_dup(sig.p, sig.len);
        io.out_len = sig.len;
    } else if (out) {
        p2 = malloc(room ? room : 1);
        assert_non_null(p2);
        io.out_len = room;
    }
    io.out = p2;
    CK_RV rv = p11_call(&ops.c, cmd, a, &io);
    if (out_len) {
        *out_len = io.out_len;
        if (rv == CKR_OK && out) {
            assert_true(io.out_len <= room);
            memcpy(out, p2, io.out_len);
        }
    }
    free(p1);
    free(p2);
    return rv;
}

/* session, key (but for digests), mechanism: *_INIT, or one call with data. */
static inline CK_RV ops_one(uint32_t cmd, uint32_t key, uint32_t mech, struct span params,
                            struct span in, struct span sig, uint8_t *out,
                            size_t *out_len)
{
    ARGS(a);
    wr_u32(&a, ops.session);
    if (cmd != P11_CMD_DIGEST && cmd != P11_CMD_DIGEST_INIT)
        wr_u32(&a, key);
    wr_u32(&a, mech);
    wr_span(&a, params.p, params.len);
    return ops_run(cmd, &a, in, sig, out, out_len);
}

static inline CK_RV ops_init(uint32_t cmd, uint32_t key, uint32_t mech,
                             struct span params)
{
    return ops_one(cmd, key, mech, params, NOTHING, NOTHING, NULL, NULL);
}

/* session alone: update, final, one-shot. */
static inline CK_RV ops_step(uint32_t cmd, struct span in, struct span sig, uint8_t *out,
                             size_t *out_len)
{
    ARGS(a);
    wr_u32(&a, ops.session);
    return ops_run(cmd, &a, in, sig, out, out_len);
}

static inline CK_RV ops_release(uint32_t cmd)
{
    return P_CALL(&ops.c, P11_CMD_RELEASE_ACTIVE_PROCESSING, NULL, ops.session, cmd);
}

/* session, mechanism, templates: key and pair generation. */
static inline CK_RV ops_generate(uint32_t mech, const CK_ATTRIBUTE *t, size_t nr,
                                 uint32_t *handle)
{
    ARGS(a);
    uint8_t out[4];
    struct p11_io io = {.out = out, .out_len = 4, .has_out = true};
    wr_u32(&a, ops.session);
    wr_u32(&a, mech);
    wr_u32(&a, 0);
    assert_int_equal(p11_template_encode(&a, t, nr), CKR_OK);
    CK_RV rv = p11_call(&ops.c, P11_CMD_GENERATE_KEY, &a, &io);
    *handle = rv == CKR_OK ? le32(out) : 0;
    return rv;
}

static inline CK_RV ops_pair(uint32_t mech, const CK_ATTRIBUTE *pub, size_t nr_pub,
                             const CK_ATTRIBUTE *prv, size_t nr_prv, uint32_t handles[2])
{
    ARGS(a);
    uint8_t out[8];
    struct p11_io io = {.out = out, .out_len = 8, .has_out = true};
    wr_u32(&a, ops.session);
    wr_u32(&a, mech);
    wr_u32(&a, 0);
    assert_int_equal(p11_template_encode(&a, pub, nr_pub), CKR_OK);
    assert_int_equal(p11_template_encode(&a, prv, nr_prv), CKR_OK);
    CK_RV rv = p11_call(&ops.c, P11_CMD_GENERATE_KEY_PAIR, &a, &io);
    handles[0] = rv == CKR_OK ? le32(out) : 0;
    handles[1] = rv == CKR_OK ? le32(out + 4) : 0;
    return rv;
}

static inline CK_RV ops_derive(uint32_t base, uint32_t mech, struct span params,
                               const CK_ATTRIBUTE *t, size_t nr, uint32_t *handle)
{
    ARGS(a);
    uint8_t out[4];
    struct p11_io io = {.out = out, .out_len = 4, .has_out = true};
    wr_u32(&a, ops.session);
    wr_u32(&a, base);
    wr_u32(&a, mech);
    wr_span(&a, params.p, params.len);
    assert_int_equal(p11_template_encode(&a, t, nr), CKR_OK);
    CK_RV rv = p11_call(&ops.c, P11_CMD_DERIVE_KEY, &a, &io);
    *handle = rv == CKR_OK ? le32(out) : 0;
    return rv;
}

static inline CK_RV ops_wrap(uint32_t wrapping, uint32_t key, uint32_t mech,
                             struct span params, uint8_t *out, size_t *out_len)
{
    ARGS(a);
    wr_u32(&a, ops.session);
    wr_u32(&a, wrapping);
    wr_u32(&a, key);
    wr_u32(&a, mech);
    wr_span(&a, params.p, params.len);
    return ops_run(P11_CMD_WRAP_KEY, &a, NOTHING, NOTHING, out, out_len);
}

static inline CK_RV ops_unwrap(uint32_t unwrapping, uint32_t mech, struct span params,
                               struct span blob, const CK_ATTRIBUTE *t, size_t nr,
                               uint32_t *handle)
{
    ARGS(a);
    uint8_t out[4];
    size_t len = sizeof out;
    wr_u32(&a, ops.session);
    wr_u32(&a, unwrapping);
    wr_u32(&a, mech);
    wr_span(&a, params.p, params.len);
    assert_int_equal(p11_template_encode(&a, t, nr), CKR_OK);
    CK_RV rv = ops_run(P11_CMD_UNWRAP_KEY, &a, blob, NOTHING, out, &len);
    *handle = rv == CKR_OK ? le32(out) : 0;
    return rv;
}

/* One attribute's value; its length. */
static inline size_t ops_get(uint32_t object, CK_ATTRIBUTE_TYPE id, uint8_t *v,
                             size_t room)
{
    CK_ATTRIBUTE t = {id, v, room};
    assert_int_equal(p_get(&ops.c, ops.session, object, &t, 1), CKR_OK);
    return t.ulValueLen;
}

static inline CK_RV ops_set_bool(uint32_t object, CK_ATTRIBUTE_TYPE id, bool v)
{
    CK_ATTRIBUTE t = A_BOOL(id, v);
    return p_set(&ops.c, ops.session, object, &t, 1);
}

/* --- keys --- */

#define PUBLIC_USES                                                                      \
    A_BOOL(CKA_ENCRYPT, true), A_BOOL(CKA_VERIFY, true), A_BOOL(CKA_WRAP, true)
#define PRIVATE_USES                                                                     \
    A_BOOL(CKA_DECRYPT, true), A_BOOL(CKA_SIGN, true), A_BOOL(CKA_UNWRAP, true),         \
        A_BOOL(CKA_DERIVE, true), A_BOOL(CKA_EXTRACTABLE, true),                         \
        A_BOOL(CKA_SENSITIVE, false)

/* A session secret key with this value and all uses, and one attribute more when extra is
 * given. */
static inline uint32_t ops_secret(CK_KEY_TYPE type, struct span value,
                                  const CK_ATTRIBUTE *extra)
{
    CK_ATTRIBUTE t[] = {
        A_ULONG(CKA_CLASS, CKO_SECRET_KEY),
        A_ULONG(CKA_KEY_TYPE, type),
        A_BYTES(CKA_VALUE, value.p, value.len),
        PUBLIC_USES,
        PRIVATE_USES,
        extra ? *extra : (CK_ATTRIBUTE)A_TEXT(CKA_LABEL, "secret"),
    };
    uint32_t handle;
    assert_int_equal(p_create(&ops.c, ops.session, t, COUNT(t), &handle), CKR_OK);
    return handle;
}

#define P256_OID "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
#define P384_OID "\x06\x05\x2b\x81\x04\x00\x22"
#define P521_OID "\x06\x05\x2b\x81\x04\x00\x23"

/* A session pair; public first. */
static inline void ops_ec_pair(struct span oid, uint32_t handles[2])
{
    CK_ATTRIBUTE pub[] = {A_BYTES(CKA_EC_PARAMS, oid.p, oid.len), PUBLIC_USES};
    CK_ATTRIBUTE prv[] = {PRIVATE_USES};
    assert_int_equal(
        ops_pair(CKM_EC_KEY_PAIR_GEN, pub, COUNT(pub), prv, COUNT(prv), handles), CKR_OK);
}

static inline void ops_rsa_pair(CK_ULONG bits, uint32_t handles[2])
{
    CK_ATTRIBUTE pub[] = {A_ULONG(CKA_MODULUS_BITS, bits), PUBLIC_USES};
    CK_ATTRIBUTE prv[] = {PRIVATE_USES};
    assert_int_equal(
        ops_pair(CKM_RSA_PKCS_KEY_PAIR_GEN, pub, COUNT(pub), prv, COUNT(prv), handles),
        CKR_OK);
}

enum ops_key { OPS_AES, OPS_SECRET, OPS_EC_PUB, OPS_EC, OPS_RSA_PUB, OPS_RSA, OPS_KEYS };

struct ops_keys {
    uint32_t handle[OPS_KEYS];
};

static const struct {
    uint32_t class, type;
} ops_kinds[OPS_KEYS] = {
    [OPS_AES] = {CKO_SECRET_KEY, CKK_AES},
    [OPS_SECRET] = {CKO_SECRET_KEY, CKK_GENERIC_SECRET},
    [OPS_EC_PUB] = {CKO_PUBLIC_KEY, CKK_EC},
    [OPS_EC] = {CKO_PRIVATE_KEY, CKK_EC},
    [OPS_RSA_PUB] = {CKO_PUBLIC_KEY, CKK_RSA},
    [OPS_RSA] = {CKO_PRIVATE_KEY, CKK_RSA},
};

static inline void ops_keys_make(struct ops_keys *k)
{
    k->handle[OPS_AES] = ops_secret(CKK_AES, SPAN("0123456789abcdef"), NULL);
    k->handle[OPS_SECRET] =
        ops_secret(CKK_GENERIC_SECRET, SPAN("fedcba9876543210"), NULL);
    ops_ec_pair(SPAN(P256_OID), &k->handle[OPS_EC_PUB]);
    ops_rsa_pair(2048, &k->handle[OPS_RSA_PUB]);
}

/* --- parameters --- */

struct ops_params {
    uint8_t buf[64];
};

static const struct {
    uint32_t mech, hash, mgf;
} ops_hashes[] = {
    {CKM_SHA1_RSA_PKCS_PSS, CKM_SHA_1, CKG_MGF1_SHA1},
    {CKM_SHA224_RSA_PKCS_PSS, CKM_SHA224, CKG_MGF1_SHA224},
    {CKM_SHA256_RSA_PKCS_PSS, CKM_SHA256, CKG_MGF1_SHA256},
    {CKM_SHA384_RSA_PKCS_PSS, CKM_SHA384, CKG_MGF1_SHA384},
    {CKM_SHA512_RSA_PKCS_PSS, CKM_SHA512, CKG_MGF1_SHA512},
    {0, CKM_SHA256, CKG_MGF1_SHA256},
};

static inline void ops_put_hash(struct wr *w, uint32_t mech)
{
    size_t i = 0;
    while (ops_hashes[i].mech && ops_hashes[i].mech != mech)
        i++;
    wr_u32(w, ops_hashes[i].hash);
    wr_u32(w, ops_hashes[i].mgf);
}

/* What the mechanism takes. */
static inline struct span ops_params(uint32_t mech, struct ops_params *p)
{
    static const uint8_t zeros[16] = {0};
    struct wr w = wr_init(p->buf, sizeof p->buf);
    switch (p11_mech_params(mech)) {
    case P11_PARAMS_IV16:
        wr_raw(&w, zeros, 16);
        break;
    case P11_PARAMS_CTR:
        wr_u32(&w, 128);
        wr_raw(&w, zeros, 16);
        break;
    case P11_PARAMS_GCM:
        wr_span(&w, zeros, 12);
        wr_span(&w, zeros, 3);
        wr_u32(&w, 128);
        break;
    case P11_PARAMS_LENGTH:
        wr_u32(&w, 8);
        break;
    case P11_PARAMS_RSA_AES:
        wr_u32(&w, 256);
        ops_put_hash(&w, mech);
        wr_u32(&w, CKZ_DATA_SPECIFIED);
        wr_u32(&w, 0);
        break;
    case P11_PARAMS_OAEP:
        ops_put_hash(&w, mech);
        wr_u32(&w, CKZ_DATA_SPECIFIED);
        wr_u32(&w, 0);
        break;
    case P11_PARAMS_PSS:
        ops_put_hash(&w, mech);
        wr_u32(&w, 20);
        break;
    case P11_PARAMS_STRING:
        wr_span(&w, zeros, 16);
        break;
    case P11_PARAMS_CBC_STRING:
        wr_raw(&w, zeros, 16);
        wr_span(&w, zeros, 16);
        break;
    case P11_PARAMS_NONE:
    case P11_PARAMS_RAW:
    case P11_PARAMS_IV:
    case P11_PARAMS_ECDH:
    case P11_PARAMS_EDDSA:
        break;
    }
    return (struct span){p->buf, w.len};
}

#endif
