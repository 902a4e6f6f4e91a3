/* SPDX-License-Identifier: BSD-2-Clause */
/* Making objects: what C_CreateObject and the key functions share. */
#ifndef AH_PKCS11_OBJECT_H
#define AH_PKCS11_OBJECT_H

#include "session.h"

/* Send c, whose P2 is the handle of the object it makes. */
CK_RV object_made(struct session *s, struct ta_call *c, CK_OBJECT_HANDLE_PTR object);

#endif
