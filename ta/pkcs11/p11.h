/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every file of the PKCS#11 TA includes: the GP API, the PKCS#11 constants, the
 * wire.
 *
 * Errors are CK_RV everywhere; rv_of() is the one crossing from TEE_Result. Numbers from
 * the wire are uint32_t, and P11_UNAVAILABLE is CK_UNAVAILABLE_INFORMATION.
 *
 * Locks, in the order in which they may be taken; nobody takes one that stands above one
 * that it holds:
 *
 *   session->lock      the active operation and search of one session; held while they
 *                      compute
 *   token->gate        opening sessions against initialising the token; held by
 *                      INIT_TOKEN to its end
 *   token->change      token_change_*(): creating objects shares it; destroying and
 *                      changing objects and INIT_TOKEN have it alone; held across commits
 *   token->record_lock PIN checks and commits of the token record; held across PBKDF2 and
 *                      commits
 *   client->lock       sessions, login state and session objects of one client; short: no
 *                      storage
 *   token->shelf_lock  rwlock: the objects of one token; short: no storage, no crypto
 *
 * Cryptography on a key holds none but the first: it holds a reference to the object,
 * whose attributes never change (object.h).
 */
#ifndef P11_H
#define P11_H

#include "anchorhold_pkcs11.h"
#include <tee_internal_api.h>
#include "anchorhold_ta.h"
#include "bytes.h"
#include "err.h"
#include "p11wire.h"
#include "pkcs11_ta.h"

/* Slots 0..TOKENS-1, each with its token, as clients of the OP-TEE TA expect. */
#define TOKENS 3u

/* CK_RV for a result of the TEE; results that have no better word are CKR_DEVICE_ERROR.
 */
CK_RV rv_of(TEE_Result r);

#endif
