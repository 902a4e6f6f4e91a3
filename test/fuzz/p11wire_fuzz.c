/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoders that a hostile client or a hostile TA feeds: templates, attribute
 * requests, mechanisms (bytes to the TA) and attribute replies (bytes to the module). The
 * first byte chooses. What decodes must be whole: as many attributes as counted, views
 * inside the input.
 */
#include <stdlib.h>
#include "anchorhold_pkcs11.h"
#include "p11wire.h"
#include "fuzz/fuzz.h"

static void inside(struct span s, const uint8_t *data, size_t len)
{
    assert(s.len == 0 ||
           (s.p >= data && s.len <= len && (size_t)(s.p - data) <= len - s.len));
}

static void template_walk(const struct p11_template *t, const uint8_t *data, size_t len,
                          int deep)
{
    struct p11_attr a;
    struct p11_template nested;
    uint32_t n = 0, v;
    bool b;
    for (struct p11_iter i = p11_iter(t); p11_next(&i, &a); n++) {
        inside(a.v, data, len);
        (void)p11_attr_u32(&a, &v);
        (void)p11_attr_bool(&a, &b);
        if (p11_attr_kind(a.id) != P11_TEMPLATE)
            continue;
        assert(p11_template_nested(&nested, &a) == CKR_OK);
        assert(deep || nested.count == 0);
        template_walk(&nested, data, len, 0);
    }
    assert(n == t->count);
}

static void fuzz_template(const uint8_t *data, size_t len)
{
    struct rd r = rd_init(data, len);
    struct p11_template t;
    while (p11_template_decode(&t, &r) == CKR_OK && r.left)
        template_walk(&t, data, len, 1);
}

static void fuzz_mechanism(const uint8_t *data, size_t len)
{
    struct rd r = rd_init(data, len);
    struct p11_mech m;
    while (p11_mech_decode(&m, &r) != CKR_ARGUMENTS_BAD && r.left) {
        inside(m.raw, data, len);
        inside(m.iv, data, len);
        inside(m.aad, data, len);
        inside(m.data, data, len);
        inside(m.point, data, len);
    }
}

/* As the TA answers: fill some, refuse some, in its own copy. */
static void fuzz_request(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    static const uint8_t value[64];
    struct p11_get g;
    struct p11_place place;
    if (!copy)
        return;
    if (len)
        memcpy(copy, data, len);
    struct rd r = rd_init(copy, len);
    if (p11_get_decode(&g, &r) == CKR_OK) {
        while (p11_get_next(&g, &place)) {
            assert(place.head >= g.reply &&
                   place.head + 8 + place.room <= g.reply + g.len);
            if (place.id % 3 == 0)
                p11_get_refuse(&place);
            else
                (void)p11_get_fill(&place, value, place.id % sizeof value);
        }
        assert(g.at == g.len);
    }
    free(copy);
}

/* As the module asks: its request with the TA's bytes laid over. */
static void fuzz_reply(const uint8_t *data, size_t len)
{
    CK_ULONG number = 0;
    CK_MECHANISM_TYPE mechs[3];
    CK_BYTE label[10];
    CK_ATTRIBUTE q[] = {
        {CKA_CLASS, &number, sizeof number},
        {CKA_LABEL, label, sizeof label},
        {CKA_ALLOWED_MECHANISMS, mechs, sizeof mechs},
        {CKA_ID, NULL, 0},
        {CKA_MODULUS_BITS, label, 2},
        {CKA_WRAP_TEMPLATE, NULL, 0},
    };
    CK_ULONG rv =
        len ? data[0] % 2 ? CKR_OK : CKR_ATTRIBUTE_SENSITIVE : CKR_BUFFER_TOO_SMALL;
    rv = p11_get_finish(q, sizeof q / sizeof q[0], data, len, rv);
    for (size_t i = 0; i < 3 && rv != CKR_DEVICE_ERROR; i++)
        assert(q[i].ulValueLen == CK_UNAVAILABLE_INFORMATION || q[i].ulValueLen <= 24);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static void (*const ways[])(const uint8_t *, size_t) = {fuzz_template, fuzz_mechanism,
                                                            fuzz_request, fuzz_reply};
    if (len)
        ways[data[0] % 4](data + 1, len - 1);
    return 0;
}

void fuzz_seeds(void)
{
    uint8_t buf[512];
    CK_ULONG number = CKO_PRIVATE_KEY;
    CK_BBOOL yes = CK_TRUE;
    CK_BYTE iv[16] = {0};
    CK_GCM_PARAMS gcm = {iv, 12, 96, iv, 5, 128};
    CK_RSA_PKCS_OAEP_PARAMS oaep = {CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, iv,
                                    3};
    CK_ECDH1_DERIVE_PARAMS ecdh = {CKD_NULL, 0, NULL, 16, iv};
    CK_MECHANISM mechs[] = {{CKM_AES_GCM, &gcm, sizeof gcm},
                            {CKM_RSA_PKCS_OAEP, &oaep, sizeof oaep},
                            {CKM_ECDH1_DERIVE, &ecdh, sizeof ecdh}};
    CK_ATTRIBUTE wrap[] = {{CKA_EXTRACTABLE, &yes, 1}};
    CK_ATTRIBUTE a[] = {{CKA_CLASS, &number, sizeof number},
                        {CKA_LABEL, iv, 10},
                        {CKA_ALLOWED_MECHANISMS, &number, sizeof number},
                        {CKA_WRAP_TEMPLATE, wrap, sizeof wrap}};
    struct wr w = wr_init(buf, sizeof buf);
    wr_u8(&w, 0);
    (void)p11_template_encode(&w, a, 4);
    fuzz_seed("template", buf, w.len);
    w = wr_init(buf, sizeof buf);
    wr_u8(&w, 1);
    for (size_t i = 0; i < 3; i++)
        (void)p11_mech_encode(&w, &mechs[i]);
    fuzz_seed("mechanism", buf, w.len);
    for (uint8_t way = 2; way < 4; way++) {
        w = wr_init(buf, sizeof buf);
        wr_u8(&w, way);
        (void)p11_get_encode(&w, a, 4);
        fuzz_seed(way == 2 ? "request" : "reply", buf, w.len);
    }
}
