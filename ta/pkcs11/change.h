/* SPDX-License-Identifier: BSD-2-Clause */
/* Changing attributes, in place and in a copy: the rows of attr.c say what may become
 * what. */
#ifndef P11_CHANGE_H
#define P11_CHANGE_H

#include "object.h"

/*
 * Change in a, the attributes of an object like o, what t says; copy: o is being copied.
 * CKR_ATTRIBUTE_TYPE_INVALID (the object has no such attribute), CKR_ATTRIBUTE_READ_ONLY,
 * CKR_ATTRIBUTE_VALUE_INVALID, CKR_TEMPLATE_INCONSISTENT (twice with different values;
 * private made public), CKR_DEVICE_MEMORY. On an error a is in between and only fit to be
 * freed.
 */
CK_RV change_apply(struct attrs *a, const struct object *o, const struct session *s,
                   const struct p11_template *t, bool copy);

#endif
