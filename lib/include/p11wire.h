/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes that PKCS#11 module and PKCS#11 TA exchange (abi/pkcs11_ta.h): attributes,
 * templates, attribute queries and mechanisms. The module encodes from the C structures
 * of PKCS#11 and the TA decodes into views; both directions of one message stand in one
 * file.
 *
 * A CK_ULONG is 32 bits on the wire, whatever the client's: CK_UNAVAILABLE_INFORMATION
 * becomes P11_UNAVAILABLE and back; any other value above 32 bits is refused by the
 * encoder. Decoders take bytes that were copied out of shared memory before; what they
 * return are views into that copy. They are strict: size and count must agree with what
 * is there, nothing left over. Functions return the CK_RV that PKCS#11 prescribes, so
 * that both sides can hand it on.
 *
 * No function here allocates, blocks or keeps anything.
 */
#ifndef AH_P11WIRE_H
#define AH_P11WIRE_H

#include <p11-kit/pkcs11.h>
#include "bytes.h"
#include "err.h"
#include "pkcs11_ta.h"

/* --- attributes ------------------------------------------------------------------------
 */

/* How the value of an attribute looks in C and on the wire. */
enum p11_kind {
    P11_BYTES,    /* as they are; every attribute that is not listed */
    P11_BOOL,     /* CK_BBOOL, 1 byte */
    P11_ULONG,    /* CK_ULONG, on the wire u32 */
    P11_DATE,     /* CK_DATE: 8 characters, or empty */
    P11_MECHS,    /* array of CK_MECHANISM_TYPE, on the wire u32[] */
    P11_TEMPLATE, /* array of CK_ATTRIBUTE, on the wire a template; one level deep */
};
enum p11_kind p11_attr_kind(CK_ATTRIBUTE_TYPE id);

struct p11_attr {
    uint32_t id;
    struct span v;
};

/* Typed access; false when the value has another size, for a bool also when it is not 0
 * or 1. */
bool p11_attr_u32(const struct p11_attr *a, uint32_t *v);
bool p11_attr_bool(const struct p11_attr *a, bool *v);

/* --- templates -------------------------------------------------------------------------
 */

/* A template that was found sound; attrs is what follows the object head. */
struct p11_template {
    struct span attrs;
    uint32_t count;
};

/*
 * Take one template from r. Checks the heads, the agreement of size and count, the
 * ceilings of pkcs11_ta.h, nested templates (which may hold no further ones) and that
 * mechanism arrays have whole entries. Sizes of other values are for the caller to judge,
 * who knows the attribute. CKR_ARGUMENTS_BAD with r bad and t empty.
 */
CK_RV p11_template_decode(struct p11_template *t, struct rd *r);

/* Take a template that is the value of a P11_TEMPLATE attribute (an empty value is an
 * empty one). */
CK_RV p11_template_nested(struct p11_template *t, const struct p11_attr *a);

/* Walk: for (struct p11_iter i = p11_iter(&t); p11_next(&i, &a);) */
struct p11_iter {
    struct rd r;
};
struct p11_iter p11_iter(const struct p11_template *t);
bool p11_next(struct p11_iter *i, struct p11_attr *a);

/* The first attribute with this id; false when there is none. */
bool p11_template_find(const struct p11_template *t, uint32_t id, struct p11_attr *a);

/*
 * Write a template piece by piece: begin, put each attribute in wire form, end. Failure
 * to fit shows in w->bad. begin's result goes to end.
 */
size_t p11_template_begin(struct wr *w);
void p11_attr_put(struct wr *w, uint32_t id, const void *value, size_t len);
void p11_template_end(struct wr *w, size_t begun, uint32_t count);

/*
 * Client: write count attributes of templ. With w counting only, the needed length is in
 * w->len. CKR_ARGUMENTS_BAD (NULL with a count, more than P11_ATTRS_MAX),
 * CKR_ATTRIBUTE_VALUE_INVALID (NULL value with a length, a size or a number that cannot
 * be), CKR_TEMPLATE_INCONSISTENT (templates nested twice). When the bytes do not fit w,
 * w->bad is set and the result is CKR_OK.
 */
CK_RV p11_template_encode(struct wr *w, const CK_ATTRIBUTE *templ, CK_ULONG count);

/* --- GET_ATTRIBUTE_VALUE ---------------------------------------------------------------
 */

/*
 * The request is a template whose values are only room for the answer. The reply is the
 * same bytes with sizes and values filled in; the places stay where the request put them.
 * TA:
 *
 *   p11_get_decode(&g, &r);                  g.reply is what P2 gets, g.len bytes
 *   while (p11_get_next(&g, &place))
 *       rv = first of (rv, p11_get_fill(&place, value, len) or p11_get_refuse(&place));
 *
 * The reply is built in the buffer that r reads, which must therefore be the TA's own
 * copy.
 */
struct p11_get {
    uint8_t *reply; /* from the object head on */
    size_t len;
    size_t at;     /* of the next place, inside reply */
    uint32_t left; /* places not visited yet */
};
struct p11_place {
    uint32_t id;
    uint32_t room;
    uint8_t *head; /* of the attribute in the reply */
};
CK_RV p11_get_decode(struct p11_get *g, struct rd *r);
bool p11_get_next(struct p11_get *g, struct p11_place *place);

/* CKR_OK (value placed, or with room 0 only its length), or CKR_BUFFER_TOO_SMALL (noted
 * there). */
CK_RV p11_get_fill(struct p11_place *place, const void *value, size_t len);

/* Note that the value cannot be had (sensitive, unknown). */
void p11_get_refuse(struct p11_place *place);

/*
 * Client: the request for templ; then the reply taken apart into templ: lengths of the
 * client's kind, CK_UNAVAILABLE_INFORMATION where the TA refused or the client's buffer
 * is too small. Values longer than P11_VALUE_MAX do not exist, so no more room than that
 * is asked for. The request of one attribute always fits P11_ARGS_MAX; more of them may
 * set w->bad, and are then asked for in parts. Codes of encode as p11_template_encode. rv
 * is the TA's verdict: finish returns it, or CKR_BUFFER_TOO_SMALL for what only this side
 * can see, or CKR_DEVICE_ERROR with all lengths CK_UNAVAILABLE_INFORMATION when the reply
 * does not fit the request.
 */
CK_RV p11_get_encode(struct wr *w, const CK_ATTRIBUTE *templ, CK_ULONG count);
CK_RV p11_get_finish(CK_ATTRIBUTE *templ, CK_ULONG count, const uint8_t *reply,
                     size_t len, CK_RV rv);

/* --- mechanisms ------------------------------------------------------------------------
 */

/* Shape of a mechanism's parameters, with the fields of struct p11_mech that each fills.
 */
enum p11_params {
    P11_PARAMS_NONE,       /* must be empty */
    P11_PARAMS_RAW,        /* a mechanism this codec does not know: data, all bytes */
    P11_PARAMS_IV16,       /* iv, 16 bytes */
    P11_PARAMS_IV,         /* iv, any length; may be empty */
    P11_PARAMS_CTR,        /* bits (of the counter), iv (16 bytes, the counter block) */
    P11_PARAMS_GCM,        /* iv, aad, bits (of the tag) */
    P11_PARAMS_LENGTH,     /* len: bytes of the MAC, or the bit position of
                              EXTRACT_KEY_FROM_KEY */
    P11_PARAMS_OAEP,       /* hash, mgf, source, data (label) */
    P11_PARAMS_PSS,        /* hash, mgf, len (of the salt) */
    P11_PARAMS_ECDH,       /* kdf, data (shared information), point */
    P11_PARAMS_STRING,     /* data */
    P11_PARAMS_CBC_STRING, /* iv (16 bytes), data */
    P11_PARAMS_EDDSA,      /* given; if so prehash, data (context) */
    P11_PARAMS_RSA_AES,    /* bits (of the AES key), and as OAEP */
};
enum p11_params p11_mech_params(CK_MECHANISM_TYPE id);

struct p11_mech {
    uint32_t id;
    enum p11_params params;
    bool given; /* the parameters were not empty */
    bool prehash;
    uint32_t bits;
    uint32_t len;
    uint32_t hash;   /* CKM_* */
    uint32_t mgf;    /* CKG_* */
    uint32_t source; /* CKZ_* */
    uint32_t kdf;    /* CKD_* */
    struct span iv;
    struct span aad;
    struct span data;
    struct span point;
    struct span raw; /* the parameters as they came, for comparing */
};

/*
 * TA: take one mechanism from r. CKR_ARGUMENTS_BAD with r bad when there is none;
 * CKR_MECHANISM_PARAM_INVALID when its parameters have the wrong shape (r then stands
 * behind it). Whether the values make sense for the mechanism is the caller's to judge.
 */
CK_RV p11_mech_decode(struct p11_mech *m, struct rd *r);

/*
 * Client: write mech. CKR_ARGUMENTS_BAD for NULL, CKR_MECHANISM_PARAM_INVALID for
 * parameters of the wrong size, with NULL where there is a length, or with numbers above
 * 32 bits, CKR_MECHANISM_INVALID for parameters of a mechanism this codec does not know.
 * w->bad when it does not fit.
 */
CK_RV p11_mech_encode(struct wr *w, const CK_MECHANISM *mech);

#endif
