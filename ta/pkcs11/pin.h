/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Credentials of the SO and the user of a token: a PIN, or an identity of the client.
 *
 * A PIN is stored as PBKDF2-HMAC-SHA256 (random salt) of HMAC(pepper, slot | user | PIN).
 * The pepper is derived from the device key for this TA: on another device the stored
 * value says nothing about the PIN, not even by trying all of them. So the rounds are a
 * second line only, and few enough that a login does not keep a small device waiting;
 * they are stored with the PIN, and a new number holds from the next change of a PIN on.
 *
 * These functions only compute; that tries are counted in storage before the comparison
 * is the business of login.c.
 */
#ifndef P11_PIN_H
#define P11_PIN_H

#include "hard.h"
#include "p11.h"

#define PIN_TRIES 7u

struct credential {
    bool set;
    uint32_t tries;  /* failed since the last success, and one that may be going on */
    uint32_t rounds; /* of PBKDF2 */
    uint8_t salt[16];
    uint8_t hash[32];
    TEE_Identity identity; /* used instead by a token that is opened by identity */
};

/* Is the length allowed for a new PIN? */
bool pin_len_ok(size_t len);

/* Make the PIN of c, with new salt and no failed tries. user is CKU_SO or CKU_USER. */
CK_RV pin_set(struct credential *c, uint32_t slot, uint32_t user, struct span pin_secret);

/* Is this the PIN? Any outcome but VERDICT_ACCEPT, also for want of memory, is a refusal.
 */
verdict_t pin_verify(const struct credential *c, uint32_t slot, uint32_t user,
                     struct span pin_secret);

/*
 * An identity as text: "public", "user:UUID", "group:UUID", with the UUID in its usual
 * form. False when the text is not one.
 */
bool identity_parse(TEE_Identity *id, struct span text);

verdict_t identity_verify(const struct credential *c, const TEE_Identity *client);

#endif
