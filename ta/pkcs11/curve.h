/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The elliptic curves, one row each, named by object identifier as in CKA_EC_PARAMS, and
 * the encoding of their points.
 */
#ifndef P11_CURVE_H
#define P11_CURVE_H

#include "p11.h"

#define FIELD_MAX 66u                 /* bytes of a coordinate */
#define POINT_MAX (1 + 2 * FIELD_MAX) /* 04, X, Y */

struct curve {
    struct span params; /* CKA_EC_PARAMS: the OID as DER */
    uint32_t bits;
    uint32_t bytes; /* of a coordinate, and of half a signature */
    uint32_t id;    /* TEE_ECC_CURVE_* */
    uint32_t ecdsa; /* TEE_ALG_*: signs a digest of any length */
};

/*
 * The curve of CKA_EC_PARAMS. CKR_CURVE_NOT_SUPPORTED for everything but the OID of a
 * known curve: curves described by their numbers or by a text name are refused with the
 * unknown ones.
 */
CK_RV curve_of_params(const struct curve **curve, struct span params);

/* The curve with this OID, without tag and length; NULL when there is none. */
const struct curve *curve_of_oid(struct span oid);

/*
 * The coordinates in an uncompressed point, raw or inside a DER OCTET STRING; views, each
 * curve->bytes long. False when it is not one. Whether it is on the curve is for the TEE
 * to say.
 */
bool curve_point(const struct curve *curve, struct span point, struct span *x,
                 struct span *y);

/* CKA_EC_POINT of a raw point: the DER OCTET STRING into der, which has POINT_MAX + 4
 * bytes; its length. */
size_t curve_point_der(const struct curve *curve, const uint8_t *point, uint8_t *der);

#endif
