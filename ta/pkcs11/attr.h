/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The attribute table: what each attribute is on each class of object. Creation, reading,
 * changing and copying are derived from it; an attribute without a row for a class does
 * not exist there. The kinds (boolean, number, bytes ...) are those of p11_attr_kind().
 */
#ifndef P11_ATTR_H
#define P11_ATTR_H

#include "p11.h"

/* Classes of objects, keys by their type. */
enum attr_scope {
    S_DATA = 1 << 0,
    S_CERT = 1 << 1,
    S_PUB_RSA = 1 << 2,
    S_PUB_EC = 1 << 3,
    S_PRV_RSA = 1 << 4,
    S_PRV_EC = 1 << 5,
    S_SECRET = 1 << 6,
    S_PUB = S_PUB_RSA | S_PUB_EC,
    S_PRV = S_PRV_RSA | S_PRV_EC,
    S_KEY = S_PUB | S_PRV | S_SECRET,
    S_ALL = S_KEY | S_DATA | S_CERT,
};

/* Where its value comes from when an object is made. */
enum attr_from {
    FROM_MUST,  /* the template has to say it */
    FROM_OPT,   /* the template may say it; else the object has none */
    FROM_EMPTY, /* the template may say it; else it is empty */
    FROM_TRUE,  /* the template may say it; else TRUE */
    FROM_FALSE, /* the template may say it; else FALSE */
    FROM_VALUE, /* part of the key: the template of CREATE, else the mechanism */
    FROM_PARAM, /* part of the key that GENERATE's template may say too */
    FROM_TA, /* follows from the rest; a template that says it is CKR_ATTRIBUTE_READ_ONLY
              */
};

/* Who may change it later. */
enum attr_change {
    SET_NEVER,
    SET_ANY,
    SET_COPY, /* only in a copy */
    SET_ON,   /* only FALSE to TRUE */
    SET_OFF,  /* only TRUE to FALSE */
    SET_SO,   /* only the SO */
};

struct attr_row {
    uint32_t id;
    unsigned scope; /* enum attr_scope, or-ed */
    enum attr_from from;
    enum attr_change change;
    bool secret; /* not read unless the key is extractable and not sensitive */
};

/* The scope of a class and key type (P11_UNAVAILABLE: none); 0 when there are no such
 * objects here. */
unsigned attr_scope(uint32_t class, uint32_t key_type);

/* The row of an attribute for a scope; NULL when objects of the scope have no such
 * attribute. */
const struct attr_row *attr_row(uint32_t id, unsigned scope);

/* All rows, in the order in which a new object gets them. */
extern const struct attr_row attr_rows[];
extern const size_t nr_attr_rows;

/* CKR_ATTRIBUTE_VALUE_INVALID when the value has not the size or range of its kind. */
CK_RV attr_check(const struct p11_attr *a);

#endif
