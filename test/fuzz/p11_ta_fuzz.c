/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sequences of commands to the PKCS#11 TA, in process. The input is a program for a small
 * machine: each step names a command, and most steps build arguments that decode (real
 * session, a key from the ring, a mechanism of the list with parameters of its shape, a
 * template of known attributes), so that the depth is reached; some replace a byte
 * afterwards, some take the arguments raw from the input. Handles that the TA answers
 * join the ring, and the last output is the next input or signature as often as not.
 *
 * Buffers are as long as the TA is told. What must hold: the TEE result and the CK_RV
 * belong together, and no more comes out than there is room for.
 */
#include "unit/p11_ops.h"
#include "fuzz/fuzz.h"

#define STEPS_MAX 24u
#define RING      24u

/* The input as a tape; zeros after its end. */
struct tape {
    const uint8_t *p;
    size_t left;
};

static uint8_t take(struct tape *t)
{
    if (t->left == 0)
        return 0;
    t->left--;
    return *t->p++;
}

static struct {
    bool up;
    enum {
        CLEAN,
        KEYS_SPOILED,
        TOKEN_SPOILED
    } spoiled;         /* what another input must not see */
    uint8_t point[80]; /* of the EC key */
    size_t point_len;
    struct ops_keys keys;
    uint32_t ring[RING];
    unsigned next;
    uint8_t last[4096]; /* output of the last command that had one */
    size_t last_len;
    uint8_t mechs[1024];
    size_t nr_mechs;
} machine;

static const size_t lens[16] = {0,  1,  8,  15,  16,  17,  24,  31,
                                32, 33, 64, 128, 255, 256, 512, 3000};

/* The numbers of an RSA key made once: making one for each input would be all the work.
 */
static const CK_ATTRIBUTE_TYPE rsa_ids[] = {
    CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT, CKA_PRIME_1,
    CKA_PRIME_2, CKA_EXPONENT_1,      CKA_EXPONENT_2,       CKA_COEFFICIENT};
static struct {
    uint8_t v[256];
    size_t len;
} rsa[COUNT(rsa_ids)];

static void rsa_make(void)
{
    uint32_t pair[2];
    if (rsa[0].len)
        return;
    ops_rsa_pair(2048, pair);
    for (size_t i = 0; i < COUNT(rsa_ids); i++)
        rsa[i].len = ops_get(pair[1], rsa_ids[i], rsa[i].v, sizeof rsa[i].v);
    assert(p_destroy(&ops.c, ops.session, pair[0]) == CKR_OK);
    assert(p_destroy(&ops.c, ops.session, pair[1]) == CKR_OK);
}

static uint32_t rsa_import(bool private)
{
    CK_ATTRIBUTE t[24] = {A_ULONG(CKA_CLASS, private ? CKO_PRIVATE_KEY : CKO_PUBLIC_KEY),
                          A_ULONG(CKA_KEY_TYPE, CKK_RSA), PUBLIC_USES, PRIVATE_USES};
    size_t nr = 11, values = private ? COUNT(rsa_ids) : 2;
    uint32_t h;
    for (size_t i = 0; i < values; i++)
        t[nr++] = (CK_ATTRIBUTE)A_BYTES(rsa_ids[i], rsa[i].v, rsa[i].len);
    assert(p_create(&ops.c, ops.session, t, nr, &h) == CKR_OK);
    return h;
}

static void keys_make(void)
{
    uint32_t *k = machine.keys.handle;
    for (unsigned i = 0; i < OPS_KEYS; i++)
        if (k[i])
            (void)p_destroy(&ops.c, ops.session, k[i]);
    k[OPS_AES] = ops_secret(CKK_AES, SPAN("0123456789abcdef"), NULL);
    k[OPS_SECRET] = ops_secret(CKK_GENERIC_SECRET, SPAN("fedcba9876543210"), NULL);
    ops_ec_pair(SPAN(P256_OID), &k[OPS_EC_PUB]);
    k[OPS_RSA_PUB] = rsa_import(false);
    k[OPS_RSA] = rsa_import(true);
    machine.point_len =
        ops_get(k[OPS_EC_PUB], CKA_EC_POINT, machine.point, sizeof machine.point);
}

static void begin(void)
{
    if (machine.up && machine.spoiled == CLEAN)
        return;
    if (!machine.up || machine.spoiled == TOKEN_SPOILED) {
        if (machine.up)
            ops_stop(NULL);
        assert(ops_start(NULL) == 0);
        memset(&machine.keys, 0, sizeof machine.keys);
        struct p11_io io = {
            .out = machine.mechs, .out_len = sizeof machine.mechs, .has_out = true};
        assert(P_CALL(&ops.c, P11_CMD_MECHANISM_IDS, &io, 0) == CKR_OK);
        machine.nr_mechs = io.out_len / 4;
    }
    rsa_make();
    keys_make();
    machine.up = true;
    machine.spoiled = CLEAN;
}

/* --- arguments --- */

static uint32_t some_object(struct tape *t)
{
    uint8_t b = take(t);
    if (b == 0xff)
        return take(t) * 0x01010101u;
    return b & 1 ? machine.keys.handle[(b >> 1) % OPS_KEYS]
                 : machine.ring[(b >> 1) % RING];
}

static void put_some_bytes(struct wr *w, struct tape *t)
{
    size_t len = lens[take(t) & 15];
    wr_u32(w, (uint32_t)len);
    for (size_t i = 0; i < len; i++)
        wr_u8(w, i < 8 ? take(t) : (uint8_t)i);
}

static void put_point(struct wr *w, struct tape *t)
{
    uint8_t point[80];
    memcpy(point, machine.point, sizeof point);
    uint8_t b = take(t);
    if (b & 1)
        point[take(t) % machine.point_len] ^= take(t);
    wr_span(w, point + (b & 2), machine.point_len - (b & 2));
}

static uint32_t some_hash(struct tape *t)
{
    static const uint32_t ids[] = {CKM_SHA_1,  CKM_SHA224, CKM_SHA256, CKM_SHA384,
                                   CKM_SHA512, CKM_MD5,    0};
    return ids[take(t) % COUNT(ids)];
}

/* Parameters of the mechanism's shape; values as they come. */
static void put_params(struct wr *w, uint32_t mech, struct tape *t)
{
    struct ops_params buf;
    struct span usual = ops_params(mech, &buf);
    size_t at = w->len;
    wr_u32(w, 0);
    if (take(t) & 3) {
        wr_raw(w, usual.p, usual.len);
    } else {
        switch (p11_mech_params(mech)) {
        case P11_PARAMS_GCM:
            put_some_bytes(w, t);
            put_some_bytes(w, t);
            wr_u32(w, take(t));
            break;
        case P11_PARAMS_CTR:
            wr_u32(w, take(t));
            for (unsigned i = 0; i < 16; i++)
                wr_u8(w, take(t));
            break;
        case P11_PARAMS_LENGTH:
            wr_u32(w, take(t));
            break;
        case P11_PARAMS_RSA_AES:
            wr_u32(w, take(t) * 8u);
            /* fall through */
        case P11_PARAMS_OAEP:
            wr_u32(w, some_hash(t));
            wr_u32(w, take(t) % 7u);
            wr_u32(w, take(t) % 3u);
            put_some_bytes(w, t);
            break;
        case P11_PARAMS_PSS:
            wr_u32(w, some_hash(t));
            wr_u32(w, take(t) % 7u);
            wr_u32(w, take(t));
            break;
        case P11_PARAMS_STRING:
            put_some_bytes(w, t);
            break;
        case P11_PARAMS_CBC_STRING:
            wr_raw(w, "0123456789abcdef", 16);
            put_some_bytes(w, t);
            break;
        case P11_PARAMS_NONE:
        case P11_PARAMS_RAW:
        case P11_PARAMS_IV16:
        case P11_PARAMS_IV:
        case P11_PARAMS_ECDH:
        case P11_PARAMS_EDDSA:
            for (unsigned n = take(t) % 24u; n; n--)
                wr_u8(w, take(t));
            break;
        }
    }
    if (p11_mech_params(mech) == P11_PARAMS_ECDH) {
        w->len = at + 4;
        wr_u32(w, take(t) % 10u);
        put_some_bytes(w, t);
        put_point(w, t);
    }
    if (!w->bad)
        put_le32(w->buf + at, (uint32_t)(w->len - at - 4));
}

static void put_mech(struct wr *w, struct tape *t)
{
    uint32_t id = le32(machine.mechs + 4 * (take(t) % machine.nr_mechs));
    wr_u32(w, id);
    put_params(w, id, t);
}

static void put_template(struct wr *w, struct tape *t)
{
    static const uint32_t bools[] = {CKA_TOKEN,
                                     CKA_PRIVATE,
                                     CKA_SENSITIVE,
                                     CKA_ENCRYPT,
                                     CKA_DECRYPT,
                                     CKA_WRAP,
                                     CKA_UNWRAP,
                                     CKA_SIGN,
                                     CKA_VERIFY,
                                     CKA_DERIVE,
                                     CKA_EXTRACTABLE,
                                     CKA_MODIFIABLE,
                                     CKA_WRAP_WITH_TRUSTED,
                                     CKA_TRUSTED,
                                     CKA_ALWAYS_AUTHENTICATE,
                                     CKA_COPYABLE};
    static const uint32_t blobs[] = {CKA_LABEL,           CKA_ID,
                                     CKA_VALUE,           CKA_MODULUS,
                                     CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT,
                                     CKA_PRIME_1,         CKA_EC_POINT,
                                     CKA_CHECK_VALUE,     CKA_ALLOWED_MECHANISMS,
                                     CKA_WRAP_TEMPLATE,   CKA_PUBLIC_KEY_INFO,
                                     CKA_START_DATE,      CKA_SUBJECT,
                                     CKA_APPLICATION,     0x80010000u};
    static const uint32_t types[] = {CKK_RSA,         CKK_EC, CKK_AES, CKK_GENERIC_SECRET,
                                     CKK_SHA256_HMAC, 0x40};
    size_t begun = p11_template_begin(w);
    uint32_t nr = take(t) % 8u;
    for (uint32_t i = 0; i < nr; i++) {
        uint8_t kind = take(t), b = take(t), v[4];
        switch (kind % 8) {
        case 0:
            put_le32(v, b % 6u);
            p11_attr_put(w, CKA_CLASS, v, 4);
            break;
        case 1:
            put_le32(v, types[b % COUNT(types)]);
            p11_attr_put(w, CKA_KEY_TYPE, v, 4);
            break;
        case 2:
            put_le32(v, (uint32_t)lens[b & 15]);
            p11_attr_put(w, CKA_VALUE_LEN, v, 4);
            break;
        case 3:
            p11_attr_put(w, CKA_EC_PARAMS, b & 1 ? P384_OID : P256_OID, b & 1 ? 7 : 10);
            break;
        case 4: {
            uint8_t buf[64];
            memset(buf, b, sizeof buf);
            p11_attr_put(w, blobs[b % COUNT(blobs)], buf, lens[take(t) & 7]);
            break;
        }
        default:
            v[0] = b & 1;
            p11_attr_put(w, bools[(b >> 1) % COUNT(bools)], v, 1);
            break;
        }
    }
    p11_template_end(w, begun, nr);
}

/* What follows the session handle: s session, o object, m mechanism, t template, n
 * number, p PIN. */
static const struct {
    uint32_t cmd;
    const char *args;
    bool in, sig;
} rows[] = {
    {P11_CMD_SESSION_INFO, "s", 0, 0},
    {P11_CMD_CREATE_OBJECT, "st", 0, 0},
    {P11_CMD_DESTROY_OBJECT, "so", 0, 0},
    {P11_CMD_ENCRYPT_INIT, "som", 0, 0},
    {P11_CMD_DECRYPT_INIT, "som", 0, 0},
    {P11_CMD_ENCRYPT_UPDATE, "s", 1, 0},
    {P11_CMD_DECRYPT_UPDATE, "s", 1, 0},
    {P11_CMD_ENCRYPT_FINAL, "s", 0, 0},
    {P11_CMD_DECRYPT_FINAL, "s", 0, 0},
    {P11_CMD_ENCRYPT_ONESHOT, "s", 1, 0},
    {P11_CMD_DECRYPT_ONESHOT, "s", 1, 0},
    {P11_CMD_SIGN_INIT, "som", 0, 0},
    {P11_CMD_VERIFY_INIT, "som", 0, 0},
    {P11_CMD_SIGN_UPDATE, "s", 1, 0},
    {P11_CMD_VERIFY_UPDATE, "s", 1, 0},
    {P11_CMD_SIGN_FINAL, "s", 0, 0},
    {P11_CMD_VERIFY_FINAL, "s", 0, 1},
    {P11_CMD_SIGN_ONESHOT, "s", 1, 0},
    {P11_CMD_VERIFY_ONESHOT, "s", 1, 1},
    {P11_CMD_GENERATE_KEY, "smt", 0, 0},
    {P11_CMD_FIND_OBJECTS_INIT, "st", 0, 0},
    {P11_CMD_FIND_OBJECTS, "s", 0, 0},
    {P11_CMD_FIND_OBJECTS_FINAL, "s", 0, 0},
    {P11_CMD_GET_OBJECT_SIZE, "so", 0, 0},
    {P11_CMD_GET_ATTRIBUTE_VALUE, "sot", 0, 0},
    {P11_CMD_SET_ATTRIBUTE_VALUE, "sot", 0, 0},
    {P11_CMD_COPY_OBJECT, "sot", 0, 0},
    {P11_CMD_SEED_RANDOM, "s", 1, 0},
    {P11_CMD_GENERATE_RANDOM, "s", 0, 0},
    {P11_CMD_DERIVE_KEY, "somt", 0, 0},
    {P11_CMD_RELEASE_ACTIVE_PROCESSING, "sn", 0, 0},
    {P11_CMD_DIGEST_INIT, "sm", 0, 0},
    {P11_CMD_DIGEST_KEY, "so", 0, 0},
    {P11_CMD_DIGEST_UPDATE, "s", 1, 0},
    {P11_CMD_DIGEST_FINAL, "s", 0, 0},
    {P11_CMD_DIGEST_ONESHOT, "s", 1, 0},
    {P11_CMD_GENERATE_KEY_PAIR, "smtt", 0, 0},
    {P11_CMD_WRAP_KEY, "soom", 0, 0},
    {P11_CMD_UNWRAP_KEY, "somt", 1, 0},
    {P11_CMD_SIGN, "som", 1, 0},
    {P11_CMD_VERIFY, "som", 1, 1},
    {P11_CMD_ENCRYPT, "som", 1, 0},
    {P11_CMD_DECRYPT, "som", 1, 0},
    {P11_CMD_DIGEST, "sm", 1, 0},
    {P11_CMD_MECHANISM_INFO, "nn", 0, 0},
    {P11_CMD_OPEN_SESSION, "nn", 0, 0},
    {P11_CMD_TOKEN_INFO, "n", 0, 0},
    {P11_CMD_SLOT_INFO, "n", 0, 0},
    {P11_CMD_PING, "n", 0, 0},
    {P11_CMD_INFO, "n", 0, 0},
    {P11_CMD_LOGOUT, "s", 0, 0},
    {P11_CMD_CLOSE_SESSION, "s", 0, 0},
    {P11_CMD_LOGIN, "snp", 0, 0},
    {P11_CMD_INIT_PIN, "sp", 0, 0},
};

static bool has_output(uint32_t cmd)
{
    struct p11_io io = {.in_len = 0};
    ops_shape(cmd, &io);
    return io.has_out || cmd == P11_CMD_SESSION_INFO || cmd == P11_CMD_CREATE_OBJECT ||
           cmd == P11_CMD_GENERATE_KEY || cmd == P11_CMD_FIND_OBJECTS ||
           cmd == P11_CMD_GET_OBJECT_SIZE || cmd == P11_CMD_GET_ATTRIBUTE_VALUE ||
           cmd == P11_CMD_COPY_OBJECT || cmd == P11_CMD_GENERATE_RANDOM ||
           cmd == P11_CMD_DERIVE_KEY || cmd == P11_CMD_GENERATE_KEY_PAIR ||
           cmd == P11_CMD_UNWRAP_KEY || cmd == P11_CMD_MECHANISM_INFO ||
           cmd == P11_CMD_OPEN_SESSION || cmd == P11_CMD_TOKEN_INFO ||
           cmd == P11_CMD_SLOT_INFO || cmd == P11_CMD_PING || cmd == P11_CMD_INFO;
}

/* What a successful command leaves behind. */
static void note_spoil(uint32_t cmd)
{
    static const uint32_t keys[] = {P11_CMD_DESTROY_OBJECT, P11_CMD_SET_ATTRIBUTE_VALUE};
    static const uint32_t token[] = {P11_CMD_LOGOUT, P11_CMD_CLOSE_SESSION,
                                     P11_CMD_INIT_PIN};
    for (size_t i = 0; i < COUNT(keys); i++)
        if (keys[i] == cmd && machine.spoiled == CLEAN)
            machine.spoiled = KEYS_SPOILED;
    for (size_t i = 0; i < COUNT(token); i++)
        if (token[i] == cmd)
            machine.spoiled = TOKEN_SPOILED;
}

static void put_args(struct wr *w, const char *args, struct tape *t)
{
    for (; *args; args++) {
        switch (*args) {
        case 's':
            wr_u32(w, ops.session);
            break;
        case 'o':
            wr_u32(w, some_object(t));
            break;
        case 'm':
            put_mech(w, t);
            break;
        case 't':
            put_template(w, t);
            break;
        case 'n':
            wr_u32(w, take(t));
            break;
        default:
            wr_span(w, USER_PIN, sizeof USER_PIN - 1);
            break;
        }
    }
}

/* Key generation of RSA takes a second; that it can is proven elsewhere. */
static bool too_slow(uint32_t cmd, const struct wr *w)
{
    return cmd == P11_CMD_GENERATE_KEY_PAIR && w->len >= 8 &&
           le32(w->buf + 4) == CKM_RSA_PKCS_KEY_PAIR_GEN;
}

/* --- a step --- */

static uint8_t *data_for(struct tape *t, size_t *len)
{
    uint8_t b = take(t);
    bool again = b & 0x80 && machine.last_len;
    *len = again ? machine.last_len : lens[b & 15];
    uint8_t *p = malloc(*len ? *len : 1);
    assert(p);
    for (size_t i = 0; i < *len; i++)
        p[i] = again ? machine.last[i] : (uint8_t)(b + i);
    if (again && b & 0x40)
        p[take(t) % *len] ^= take(t);
    return p;
}

static void step_call(uint32_t cmd, const struct wr *w, bool in, bool sig, bool out,
                      struct tape *t)
{
    size_t in_len = 0, p2_len = 0, room = lens[take(t) & 15];
    uint8_t *p0 = world_dup(w->buf, w->len), *p1 = in ? data_for(t, &in_len) : NULL;
    uint8_t *p2 = sig ? data_for(t, &p2_len) : malloc(room ? room : 1);
    TEE_Param p[4] = {{{0}}};
    p[0].memref.buffer = p0;
    p[0].memref.size = w->len;
    p[1].memref.buffer = p1;
    p[1].memref.size = in_len;
    p[2].memref.buffer = !sig && room == 0 && take(t) & 1 ? NULL : p2;
    p[2].memref.size = sig ? p2_len : room;
    uint32_t type2 = sig   ? TEE_PARAM_TYPE_MEMREF_INPUT
                     : out ? TEE_PARAM_TYPE_MEMREF_OUTPUT
                           : 0;
    uint32_t types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INOUT,
                                     in ? TEE_PARAM_TYPE_MEMREF_INPUT : 0, type2, 0);
    TEE_Result r = TA_InvokeCommandEntryPoint(ops.c.context, cmd, types, p);
    if (w->len < 4) {
        assert(r == TEE_ERROR_BAD_PARAMETERS);
    } else {
        uint32_t rv = le32(p0);
        assert(r == (rv == CKR_BUFFER_TOO_SMALL ? TEE_ERROR_SHORT_BUFFER : TEE_SUCCESS));
        assert(p[0].memref.size == 4);
        if (rv == CKR_OK)
            note_spoil(cmd);
        bool put = rv == CKR_OK && type2 == TEE_PARAM_TYPE_MEMREF_OUTPUT &&
                   p[2].memref.buffer && room;
        if (put) {
            assert(p[2].memref.size <= room);
            machine.last_len = p[2].memref.size;
            memcpy(machine.last, p2, machine.last_len);
            if (machine.last_len == 4 || machine.last_len == 8)
                machine.ring[machine.next++ % RING] = le32(p2 + machine.last_len - 4);
        }
    }
    free(p0);
    free(p1);
    free(p2);
}

static void step(struct tape *t)
{
    static uint8_t buf[16384];
    uint8_t which = take(t), how = take(t);
    struct wr w = wr_init(buf, sizeof buf);
    size_t i = which % COUNT(rows);
    if (how % 16 == 15) {
        for (unsigned n = take(t); n; n--)
            wr_u8(&w, take(t));
    } else {
        put_args(&w, rows[i].args, t);
    }
    if (w.bad || w.len == 0)
        return;
    if (how % 16 >= 13) {
        size_t at = (take(t) | (size_t)take(t) << 8) % w.len;
        buf[at] = take(t);
    }
    if (how % 16 == 12)
        w.len = take(t) % w.len;
    if (too_slow(rows[i].cmd, &w))
        return;
    step_call(rows[i].cmd, &w, rows[i].in, rows[i].sig, has_output(rows[i].cmd), t);
}

/* Objects that the input left behind go, and what is active ends. */
static void end(void)
{
    for (unsigned i = 0; i < RING; i++) {
        if (machine.ring[i])
            p_destroy(&ops.c, ops.session, machine.ring[i]);
        machine.ring[i] = 0;
    }
    static const uint32_t inits[] = {P11_CMD_ENCRYPT_INIT, P11_CMD_DECRYPT_INIT,
                                     P11_CMD_SIGN_INIT, P11_CMD_VERIFY_INIT,
                                     P11_CMD_DIGEST_INIT};
    for (size_t i = 0; i < COUNT(inits); i++)
        (void)ops_release(inits[i]);
    (void)P_CALL(&ops.c, P11_CMD_FIND_OBJECTS_FINAL, NULL, ops.session);
    machine.last_len = 0;
    machine.next = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct tape t = {data, len};
    begin();
    for (unsigned i = 0; i < STEPS_MAX && t.left; i++)
        step(&t);
    end();
    return 0;
}

/* For each command, each mechanism: init and two steps that fit. */
void fuzz_seeds(void)
{
    for (unsigned m = 0; m < 64; m++) {
        for (unsigned c = 0; c < COUNT(rows); c++) {
            if (strchr(rows[c].args, 'm') == NULL)
                continue;
            uint8_t seed[24] = {(uint8_t)c, 0, (uint8_t)(2 * (m % OPS_KEYS) + 1),
                                (uint8_t)m, 1};
            seed[8] = (uint8_t)(c + 2);
            seed[12] = (uint8_t)(c + 4);
            char name[32];
            snprintf(name, sizeof name, "%u-%u", c, m);
            fuzz_seed(name, seed, sizeof seed);
        }
    }
}
