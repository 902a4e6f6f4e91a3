/* SPDX-License-Identifier: BSD-2-Clause */
/* Curves and points; curve.h is the manual. A further curve is a row. */
#include "curve.h"
#include "der.h"

static const uint8_t p256_oid[] = {0x06, 0x08, 0x2a, 0x86, 0x48,
                                   0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t p384_oid[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
static const uint8_t p521_oid[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23};

static const struct curve curves[] = {
    {{p256_oid, sizeof p256_oid},
     256,
     32,
     TEE_ECC_CURVE_NIST_P256,
     __OPTEE_ALG_ECDSA_P256},
    {{p384_oid, sizeof p384_oid},
     384,
     48,
     TEE_ECC_CURVE_NIST_P384,
     __OPTEE_ALG_ECDSA_P384},
    {{p521_oid, sizeof p521_oid},
     521,
     66,
     TEE_ECC_CURVE_NIST_P521,
     __OPTEE_ALG_ECDSA_P521},
};

#define CURVES             (sizeof curves / sizeof curves[0])
#define POINT_UNCOMPRESSED 4u

static bool span_is(struct span a, const uint8_t *p, size_t len)
{
    return a.len == len && len && memcmp(a.p, p, len) == 0;
}

CK_RV curve_of_params(const struct curve **curve, struct span params)
{
    for (size_t i = 0; i < CURVES; i++) {
        if (span_is(params, curves[i].params.p, curves[i].params.len)) {
            *curve = &curves[i];
            return CKR_OK;
        }
    }
    return CKR_CURVE_NOT_SUPPORTED;
}

const struct curve *curve_of_oid(struct span oid)
{
    for (size_t i = 0; i < CURVES; i++)
        if (span_is(oid, curves[i].params.p + 2, curves[i].params.len - 2))
            return &curves[i];
    return NULL;
}

bool curve_point(const struct curve *curve, struct span point, struct span *x,
                 struct span *y)
{
    size_t raw = 1 + 2 * (size_t)curve->bytes;
    if (point.len != raw) {
        struct rd r = rd_init(point.p, point.len);
        point = der_span(&r, DER_OCTET_STRING);
        if (!rd_end(&r))
            return false;
    }
    if (point.len != raw || point.p[0] != POINT_UNCOMPRESSED)
        return false;
    *x = (struct span){point.p + 1, curve->bytes};
    *y = (struct span){point.p + 1 + curve->bytes, curve->bytes};
    return true;
}

size_t curve_point_der(const struct curve *curve, const uint8_t *point, uint8_t *der)
{
    uint8_t buf[POINT_MAX + 4];
    struct der_wr w = der_wr_init(buf, sizeof buf);
    der_put_span(&w, DER_OCTET_STRING, point, 1 + 2 * (size_t)curve->bytes);
    struct span s = der_wr_bytes(&w);
    memcpy(der, s.p, s.len);
    return s.len;
}
