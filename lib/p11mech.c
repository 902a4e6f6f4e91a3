/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mechanisms and their parameters on the wire between PKCS#11 module and TA.
 *
 * A mechanism travels as an attribute: id, size, parameters. The table says which shape
 * of parameters a mechanism has; for each shape there is one encoder (from the C
 * structure, in the module) and one decoder (into struct p11_mech, in the TA), one above
 * the other. A new mechanism with a known shape is one row. Only the shape is judged
 * here; whether a tag of 3 bits makes sense is for the TA.
 */
#include "p11wire.h"

#define CKM_AES_XTS_30          0x1071
#define CKM_AES_KEY_WRAP_KWP_30 0x210b

/* Sorted by number: looked up by halving. */
static const struct {
    uint32_t id;
    enum p11_params params;
} mechs[] = {
    {CKM_RSA_PKCS_KEY_PAIR_GEN, P11_PARAMS_NONE},
    {CKM_RSA_PKCS, P11_PARAMS_NONE},
    {CKM_RSA_X_509, P11_PARAMS_NONE},
    {CKM_MD5_RSA_PKCS, P11_PARAMS_NONE},
    {CKM_SHA1_RSA_PKCS, P11_PARAMS_NONE},
    {CKM_RSA_PKCS_OAEP, P11_PARAMS_OAEP},
    {CKM_RSA_PKCS_PSS, P11_PARAMS_PSS},
    {CKM_SHA1_RSA_PKCS_PSS, P11_PARAMS_PSS},
    {CKM_SHA256_RSA_PKCS, P11_PARAMS_NONE},
    {CKM_SHA384_RSA_PKCS, P11_PARAMS_NONE},
    {CKM_SHA512_RSA_PKCS, P11_PARAMS_NONE},
    {CKM_SHA256_RSA_PKCS_PSS, P11_PARAMS_PSS},
    {CKM_SHA384_RSA_PKCS_PSS, P11_PARAMS_PSS},
    {CKM_SHA512_RSA_PKCS_PSS, P11_PARAMS_PSS},
    {CKM_SHA224_RSA_PKCS, P11_PARAMS_NONE},
    {CKM_SHA224_RSA_PKCS_PSS, P11_PARAMS_PSS},
    {CKM_MD5, P11_PARAMS_NONE},
    {CKM_MD5_HMAC, P11_PARAMS_NONE},
    {CKM_MD5_HMAC_GENERAL, P11_PARAMS_LENGTH},
    {CKM_SHA_1, P11_PARAMS_NONE},
    {CKM_SHA_1_HMAC, P11_PARAMS_NONE},
    {CKM_SHA_1_HMAC_GENERAL, P11_PARAMS_LENGTH},
    {CKM_SHA256, P11_PARAMS_NONE},
    {CKM_SHA256_HMAC, P11_PARAMS_NONE},
    {CKM_SHA256_HMAC_GENERAL, P11_PARAMS_LENGTH},
    {CKM_SHA224, P11_PARAMS_NONE},
    {CKM_SHA224_HMAC, P11_PARAMS_NONE},
    {CKM_SHA224_HMAC_GENERAL, P11_PARAMS_LENGTH},
    {CKM_SHA384, P11_PARAMS_NONE},
    {CKM_SHA384_HMAC, P11_PARAMS_NONE},
    {CKM_SHA384_HMAC_GENERAL, P11_PARAMS_LENGTH},
    {CKM_SHA512, P11_PARAMS_NONE},
    {CKM_SHA512_HMAC, P11_PARAMS_NONE},
    {CKM_SHA512_HMAC_GENERAL, P11_PARAMS_LENGTH},
    {CKM_GENERIC_SECRET_KEY_GEN, P11_PARAMS_NONE},
    {CKM_CONCATENATE_BASE_AND_DATA, P11_PARAMS_STRING},
    {CKM_CONCATENATE_DATA_AND_BASE, P11_PARAMS_STRING},
    {CKM_XOR_BASE_AND_DATA, P11_PARAMS_STRING},
    {CKM_EXTRACT_KEY_FROM_KEY, P11_PARAMS_LENGTH},
    {CKM_EC_KEY_PAIR_GEN, P11_PARAMS_NONE},
    {CKM_ECDSA, P11_PARAMS_NONE},
    {CKM_ECDSA_SHA1, P11_PARAMS_NONE},
    {CKM_ECDSA_SHA224, P11_PARAMS_NONE},
    {CKM_ECDSA_SHA256, P11_PARAMS_NONE},
    {CKM_ECDSA_SHA384, P11_PARAMS_NONE},
    {CKM_ECDSA_SHA512, P11_PARAMS_NONE},
    {CKM_ECDH1_DERIVE, P11_PARAMS_ECDH},
    {CKM_ECDH1_COFACTOR_DERIVE, P11_PARAMS_ECDH},
    {CKM_RSA_AES_KEY_WRAP, P11_PARAMS_RSA_AES},
    {CKM_EC_EDWARDS_KEY_PAIR_GEN, P11_PARAMS_NONE},
    {CKM_EDDSA, P11_PARAMS_EDDSA},
    {CKM_AES_XTS_30, P11_PARAMS_IV16},
    {CKM_AES_KEY_GEN, P11_PARAMS_NONE},
    {CKM_AES_ECB, P11_PARAMS_NONE},
    {CKM_AES_CBC, P11_PARAMS_IV16},
    {CKM_AES_CBC_PAD, P11_PARAMS_IV16},
    {CKM_AES_CTR, P11_PARAMS_CTR},
    {CKM_AES_GCM, P11_PARAMS_GCM},
    {CKM_AES_CTS, P11_PARAMS_IV16},
    {CKM_AES_CMAC, P11_PARAMS_NONE},
    {CKM_AES_CMAC_GENERAL, P11_PARAMS_LENGTH},
    {CKM_AES_GMAC, P11_PARAMS_IV},
    {CKM_AES_ECB_ENCRYPT_DATA, P11_PARAMS_STRING},
    {CKM_AES_CBC_ENCRYPT_DATA, P11_PARAMS_CBC_STRING},
    {CKM_AES_OFB, P11_PARAMS_IV16},
    {CKM_AES_CFB8, P11_PARAMS_IV16},
    {CKM_AES_CFB128, P11_PARAMS_IV16},
    {CKM_AES_KEY_WRAP, P11_PARAMS_IV},
    {CKM_AES_KEY_WRAP_PAD, P11_PARAMS_IV},
    {CKM_AES_KEY_WRAP_KWP_30, P11_PARAMS_IV},
};

enum p11_params p11_mech_params(CK_MECHANISM_TYPE id)
{
    size_t low = 0, high = sizeof mechs / sizeof mechs[0];
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (mechs[mid].id == id)
            return mechs[mid].params;
        if (mechs[mid].id < id)
            low = mid + 1;
        else
            high = mid;
    }
    return P11_PARAMS_RAW;
}

/* --- the parts that parameters are made of ---------------------------------------------
 */

/* Encoders say false for what PKCS#11 calls CKR_MECHANISM_PARAM_INVALID. */
static bool put_number(struct wr *w, CK_ULONG v)
{
    if (v > UINT32_MAX)
        return false;
    wr_u32(w, (uint32_t)v);
    return true;
}

static bool put_block(struct wr *w, const void *p, CK_ULONG len)
{
    if ((len && !p) || len > P11_PARAMS_MAX)
        return false;
    wr_span(w, p, len);
    return true;
}

static struct span get_block(struct rd *r)
{
    return rd_span(r, P11_PARAMS_MAX);
}

/* --- one encoder and one decoder for each shape ----------------------------------------
 */

static bool none_encode(struct wr *w, const void *p, CK_ULONG len)
{
    (void)w, (void)p;
    return len == 0;
}

static void none_decode(struct p11_mech *m, struct rd *r)
{
    (void)m, (void)r;
}

static void raw_decode(struct p11_mech *m, struct rd *r)
{
    m->data = rd_raw(r, r->left);
}

static bool iv_encode(struct wr *w, const void *p, CK_ULONG len)
{
    if (len > P11_PARAMS_MAX)
        return false;
    wr_raw(w, p, len);
    return true;
}

static void iv_decode(struct p11_mech *m, struct rd *r)
{
    m->iv = rd_raw(r, r->left);
}

static bool iv16_encode(struct wr *w, const void *p, CK_ULONG len)
{
    return len == 16 && iv_encode(w, p, len);
}

static void iv16_decode(struct p11_mech *m, struct rd *r)
{
    m->iv = rd_raw(r, 16);
}

static bool ctr_encode(struct wr *w, const void *p, CK_ULONG len)
{
    CK_AES_CTR_PARAMS c;
    if (len != sizeof c)
        return false;
    memcpy(&c, p, sizeof c);
    if (!put_number(w, c.ulCounterBits))
        return false;
    wr_raw(w, c.cb, sizeof c.cb);
    return true;
}

static void ctr_decode(struct p11_mech *m, struct rd *r)
{
    m->bits = rd_u32(r);
    m->iv = rd_raw(r, 16);
}

/* CK_GCM_PARAMS as PKCS#11 2.40 first had it, without ulIvBits; programs still use it. */
struct gcm_params_first {
    CK_BYTE_PTR iv;
    CK_ULONG ivlen;
    CK_BYTE_PTR aad;
    CK_ULONG aadlen;
    CK_ULONG tagbits;
};

static bool gcm_encode(struct wr *w, const void *p, CK_ULONG len)
{
    struct gcm_params_first g;
    CK_GCM_PARAMS now;
    if (len == sizeof now) {
        memcpy(&now, p, sizeof now);
        g = (struct gcm_params_first){now.pIv, now.ulIvLen, now.pAAD, now.ulAADLen,
                                      now.ulTagBits};
    } else if (len == sizeof g) {
        memcpy(&g, p, sizeof g);
    } else {
        return false;
    }
    return put_block(w, g.iv, g.ivlen) && put_block(w, g.aad, g.aadlen) &&
           put_number(w, g.tagbits);
}

static void gcm_decode(struct p11_mech *m, struct rd *r)
{
    m->iv = get_block(r);
    m->aad = get_block(r);
    m->bits = rd_u32(r);
}

static bool length_encode(struct wr *w, const void *p, CK_ULONG len)
{
    CK_ULONG v;
    if (len != sizeof v)
        return false;
    memcpy(&v, p, sizeof v);
    return put_number(w, v);
}

static void length_decode(struct p11_mech *m, struct rd *r)
{
    m->len = rd_u32(r);
}

static bool oaep_encode(struct wr *w, const void *p, CK_ULONG len)
{
    CK_RSA_PKCS_OAEP_PARAMS o;
    if (len != sizeof o)
        return false;
    memcpy(&o, p, sizeof o);
    return put_number(w, o.hashAlg) && put_number(w, o.mgf) && put_number(w, o.source) &&
           put_block(w, o.pSourceData, o.ulSourceDataLen);
}

static void oaep_decode(struct p11_mech *m, struct rd *r)
{
    m->hash = rd_u32(r);
    m->mgf = rd_u32(r);
    m->source = rd_u32(r);
    m->data = get_block(r);
}

static bool pss_encode(struct wr *w, const void *p, CK_ULONG len)
{
    CK_RSA_PKCS_PSS_PARAMS s;
    if (len != sizeof s)
        return false;
    memcpy(&s, p, sizeof s);
    return put_number(w, s.hashAlg) && put_number(w, s.mgf) && put_number(w, s.sLen);
}

static void pss_decode(struct p11_mech *m, struct rd *r)
{
    m->hash = rd_u32(r);
    m->mgf = rd_u32(r);
    m->len = rd_u32(r);
}

static bool ecdh_encode(struct wr *w, const void *p, CK_ULONG len)
{
    CK_ECDH1_DERIVE_PARAMS e;
    if (len != sizeof e)
        return false;
    memcpy(&e, p, sizeof e);
    return put_number(w, e.kdf) && put_block(w, e.pSharedData, e.ulSharedDataLen) &&
           put_block(w, e.pPublicData, e.ulPublicDataLen);
}

static void ecdh_decode(struct p11_mech *m, struct rd *r)
{
    m->kdf = rd_u32(r);
    m->data = get_block(r);
    m->point = get_block(r);
}

static bool string_encode(struct wr *w, const void *p, CK_ULONG len)
{
    CK_KEY_DERIVATION_STRING_DATA s;
    if (len != sizeof s)
        return false;
    memcpy(&s, p, sizeof s);
    return put_block(w, s.pData, s.ulLen);
}

static void string_decode(struct p11_mech *m, struct rd *r)
{
    m->data = get_block(r);
}

static bool cbc_string_encode(struct wr *w, const void *p, CK_ULONG len)
{
    CK_AES_CBC_ENCRYPT_DATA_PARAMS c;
    if (len != sizeof c)
        return false;
    memcpy(&c, p, sizeof c);
    wr_raw(w, c.iv, sizeof c.iv);
    return put_block(w, c.pData, c.length);
}

static void cbc_string_decode(struct p11_mech *m, struct rd *r)
{
    m->iv = rd_raw(r, 16);
    m->data = get_block(r);
}

/* PKCS#11 3.0 structures, which p11-kit's header lacks; also in
 * include/anchorhold_pkcs11.h. */
struct eddsa_params {
    CK_BBOOL prehash;
    CK_ULONG len;
    CK_BYTE_PTR context;
};

struct rsa_aes_params {
    CK_ULONG bits;
    CK_RSA_PKCS_OAEP_PARAMS_PTR oaep;
};

static bool eddsa_encode(struct wr *w, const void *p, CK_ULONG len)
{
    struct eddsa_params e;
    if (len == 0)
        return true;
    if (len != sizeof e)
        return false;
    memcpy(&e, p, sizeof e);
    wr_u32(w, e.prehash ? 1 : 0);
    return put_block(w, e.context, e.len);
}

static void eddsa_decode(struct p11_mech *m, struct rd *r)
{
    if (!m->given)
        return;
    uint32_t prehash = rd_u32(r);
    m->prehash = prehash == 1;
    m->data = get_block(r);
    r->bad = r->bad || prehash > 1;
}

static bool rsa_aes_encode(struct wr *w, const void *p, CK_ULONG len)
{
    struct rsa_aes_params a;
    if (len != sizeof a)
        return false;
    memcpy(&a, p, sizeof a);
    return a.oaep && put_number(w, a.bits) && oaep_encode(w, a.oaep, sizeof *a.oaep);
}

static void rsa_aes_decode(struct p11_mech *m, struct rd *r)
{
    m->bits = rd_u32(r);
    oaep_decode(m, r);
}

static const struct {
    bool (*encode)(struct wr *w, const void *p, CK_ULONG len);
    void (*decode)(struct p11_mech *m, struct rd *r);
} shapes[] = {
    [P11_PARAMS_NONE] = {none_encode, none_decode},
    [P11_PARAMS_RAW] = {none_encode, raw_decode},
    [P11_PARAMS_IV16] = {iv16_encode, iv16_decode},
    [P11_PARAMS_IV] = {iv_encode, iv_decode},
    [P11_PARAMS_CTR] = {ctr_encode, ctr_decode},
    [P11_PARAMS_GCM] = {gcm_encode, gcm_decode},
    [P11_PARAMS_LENGTH] = {length_encode, length_decode},
    [P11_PARAMS_OAEP] = {oaep_encode, oaep_decode},
    [P11_PARAMS_PSS] = {pss_encode, pss_decode},
    [P11_PARAMS_ECDH] = {ecdh_encode, ecdh_decode},
    [P11_PARAMS_STRING] = {string_encode, string_decode},
    [P11_PARAMS_CBC_STRING] = {cbc_string_encode, cbc_string_decode},
    [P11_PARAMS_EDDSA] = {eddsa_encode, eddsa_decode},
    [P11_PARAMS_RSA_AES] = {rsa_aes_encode, rsa_aes_decode},
};

/* --- the mechanism ---------------------------------------------------------------------
 */

CK_RV p11_mech_encode(struct wr *w, const CK_MECHANISM *mech)
{
    if (!mech)
        return CKR_ARGUMENTS_BAD;
    if (mech->mechanism > UINT32_MAX)
        return CKR_MECHANISM_INVALID;
    if (mech->ulParameterLen && !mech->pParameter)
        return CKR_MECHANISM_PARAM_INVALID;
    enum p11_params params = p11_mech_params(mech->mechanism);
    wr_u32(w, (uint32_t)mech->mechanism);
    size_t at = w->len;
    wr_u32(w, 0);
    if (!shapes[params].encode(w, mech->pParameter, mech->ulParameterLen))
        return params == P11_PARAMS_RAW ? CKR_MECHANISM_INVALID
                                        : CKR_MECHANISM_PARAM_INVALID;
    if (w->buf && !w->bad)
        put_le32(w->buf + at, (uint32_t)(w->len - at - 4));
    return CKR_OK;
}

CK_RV p11_mech_decode(struct p11_mech *m, struct rd *r)
{
    *m = (struct p11_mech){.id = rd_u32(r)};
    m->raw = rd_span(r, P11_PARAMS_MAX);
    if (r->bad)
        return CKR_ARGUMENTS_BAD;
    m->given = m->raw.len != 0;
    m->params = p11_mech_params(m->id);
    struct rd params = rd_init(m->raw.p, m->raw.len);
    shapes[m->params].decode(m, &params);
    return rd_end(&params) ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}
