/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connection to the PKCS#11 TA and the one way to call it.
 *
 * A process has one link (a TEE session) at a time; all PKCS#11 sessions, logins and
 * session objects live within it on the TA's side. When the TA or the TEE dies, the link
 * is marked dead: the call that noticed answers CKR_DEVICE_REMOVED, PKCS#11 sessions that
 * stand on it are invalid, and the next link_get() connects anew. A link lives as long as
 * anyone holds it.
 */
#ifndef AH_PKCS11_TA_H
#define AH_PKCS11_TA_H

#include <stdbool.h>
#include "anchorhold_pkcs11.h"
#include "bytes.h"
#include "pkcs11_ta.h"

struct link;

/* Connect for the first time; CKR_DEVICE_ERROR, CKR_HOST_MEMORY, CKR_ARGUMENTS_BAD (login
 * type). */
CK_RV ta_start(void);
void ta_stop(void);
void ta_forked(void);

/* Hold the living link, connecting when there is none. Errors as ta_start. */
CK_RV link_get(struct link **l);
struct link *link_hold(struct link *l);
void link_put(struct link *l);
bool link_dead(const struct link *l);

/* True when the TA has the one-call command (P11_CMD_SIGN ... P11_CMD_DIGEST). */
bool link_can(const struct link *l, uint32_t cmd);

enum ta_data { TA_NONE, TA_IN, TA_OUT };

struct ta_template {
    const CK_ATTRIBUTE *attrs;
    CK_ULONG nr;
};

/*
 * One command: its control arguments are, in this order, words, mechanism, templates,
 * bytes. For P2 as output, p2_len is the room, and afterwards what the TA wrote or wants
 * to write.
 */
struct ta_call {
    uint32_t cmd;
    unsigned nr_words;
    uint32_t words[3];
    const CK_MECHANISM *mech; /* NULL: none */
    unsigned nr_templates;
    bool query; /* the template is a request for values */
    struct ta_template templates[2];
    struct span bytes[2];
    enum ta_data p1_is; /* TA_NONE or TA_IN */
    enum ta_data p2_is;
    const void *p1;
    size_t p1_len;
    void *p2; /* not written when p2_is TA_IN */
    size_t p2_len;
};

/*
 * The TA's CK_RV, or what kept the call from getting there: the codec's codes for
 * arguments that cannot be written, CKR_HOST_MEMORY, CKR_DEVICE_REMOVED (the link is dead
 * now), CKR_DEVICE_MEMORY, CKR_DEVICE_ERROR (an answer that is none). Control arguments
 * are wiped afterwards.
 */
CK_RV ta_call(struct link *l, struct ta_call *c);

/*
 * For functions of the slot: module_enter() and link_get(). args_ok false gives
 * CKR_ARGUMENTS_BAD once the module is known to be initialized. link_leave() returns rv.
 */
CK_RV link_enter(struct link **l, bool args_ok);
CK_RV link_leave(struct link *l, CK_RV rv);

/*
 * ta_call() for commands that may be said twice: on a link that turns out dead, connect
 * anew and say it once more. *l is replaced then.
 */
CK_RV ta_call_again(struct link **l, struct ta_call *c);

#endif
