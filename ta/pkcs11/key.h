/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key behind an object: its TEE objects and the operations that are kept ready for
 * it. key.c alone knows what is inside. A key depends on the value attributes only
 * (CKA_VALUE, EC_POINT, MODULUS ...), which never change, so an object that is changed or
 * copied shares its key.
 */
#ifndef P11_KEY_H
#define P11_KEY_H

#include "attrs.h"

struct key;
struct object;

/*
 * Make the key that the attributes a describe, checking the values: sizes, completeness,
 * point on its curve, halves that belong together. One reference.
 * CKR_TEMPLATE_INCOMPLETE, CKR_ATTRIBUTE_VALUE_INVALID, CKR_CURVE_NOT_SUPPORTED,
 * CKR_KEY_SIZE_RANGE, CKR_TEMPLATE_INCONSISTENT (a key type without meaning for the
 * class), CKR_DEVICE_MEMORY.
 */
CK_RV key_make(struct key **key, const struct attrs *a);

/*
 * Add to a what follows from the key and is not there or empty: CKA_EC_POINT of an EC
 * private key (DER OCTET STRING), CKA_PUBLIC_EXPONENT of an RSA private key if known.
 * Called once per creation.
 */
CK_RV key_complete(const struct key *key, struct attrs *a);

struct key *key_ref(struct key *key);
void key_put(struct key *key); /* NULL is nothing */

/*
 * The key of an object, made at its first use. The pointer lasts as long as the caller's
 * reference to the object. Codes as key_make.
 */
CK_RV key_of(struct object *o, struct key **key);

#endif
