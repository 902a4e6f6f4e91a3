/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * token init: a token from nothing to usable in one step: label, SO PIN, user PIN. An
 * initialised token is only initialised again with --force and its own SO PIN, and loses
 * everything in it.
 */
#include <string.h>
#include "bytes.h"
#include "cli.h"

/* The first slot without an initialised token. */
static int empty_slot(CK_SLOT_ID *slot)
{
    CK_SLOT_ID all[64];
    CK_TOKEN_INFO t;
    CK_ULONG n = NR(all);
    CK_RV rv = p11->C_GetSlotList(CK_TRUE, all, &n);
    if (rv != CKR_OK)
        return say_rv(rv, "cannot list the slots");
    for (CK_ULONG i = 0; i < n; i++)
        if (p11->C_GetTokenInfo(all[i], &t) == CKR_OK &&
            !(t.flags & CKF_TOKEN_INITIALIZED)) {
            *slot = all[i];
            return EXIT_DONE;
        }
    say_error("all %lu slots hold a token already\n  anchorhold token init --slot NUMBER "
              "--force "
              "initialises one anew; everything in it is lost",
              n);
    return EXIT_FAILED;
}

static bool label_taken(const char *label, CK_SLOT_ID *slot)
{
    CK_SLOT_ID all[64];
    CK_TOKEN_INFO t;
    CK_ULONG n = NR(all);
    char have[33];
    if (p11->C_GetSlotList(CK_TRUE, all, &n) != CKR_OK)
        return false;
    for (CK_ULONG i = 0; i < n; i++) {
        if (p11->C_GetTokenInfo(all[i], &t) != CKR_OK ||
            !(t.flags & CKF_TOKEN_INITIALIZED))
            continue;
        token_label(have, &t);
        if (strcmp(have, label) == 0) {
            *slot = all[i];
            return true;
        }
    }
    return false;
}

/* Set the user PIN as the SO; tokens may move to another slot when they are initialised.
 */
static CK_RV set_user_pin(CK_SLOT_ID *slot, const char *label, struct pin *so,
                          struct pin *user)
{
    CK_SESSION_HANDLE ses;
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
    CK_RV rv;
    p11->C_Finalize(NULL);
    if ((rv = p11->C_Initialize(&args)) != CKR_OK)
        return rv;
    if (!label_taken(label, slot))
        return CKR_TOKEN_NOT_PRESENT;
    rv = p11->C_OpenSession(*slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &ses);
    if (rv != CKR_OK)
        return rv;
    if ((rv = p11->C_Login(ses, CKU_SO, (CK_UTF8CHAR *)so->text, so->len)) == CKR_OK)
        rv = p11->C_InitPIN(ses, (CK_UTF8CHAR *)user->text, user->len);
    p11->C_CloseSession(ses);
    return rv;
}

static int check_target(const struct options *o, CK_SLOT_ID *slot, bool *again)
{
    CK_TOKEN_INFO t;
    CK_SLOT_ID other;
    if (strlen(o->label) > 32) {
        say_error("a token's label has at most 32 bytes");
        return EXIT_USAGE;
    }
    int status = o->slot ? token_choose(o, slot) : EXIT_DONE;
    if (status != EXIT_DONE)
        return status;
    bool taken = label_taken(o->label, &other);
    if (!o->slot && taken && o->force)
        *slot = other;
    else if (!o->slot && !taken && (status = empty_slot(slot)) != EXIT_DONE)
        return status;
    else if (taken && (!o->slot || other != *slot)) {
        say_error("a token called %s exists in slot %lu\n  Choose another label, or give "
                  "--force to "
                  "initialise that one anew; everything in it is lost",
                  o->label, other);
        return EXIT_FAILED;
    }
    CK_RV rv = p11->C_GetTokenInfo(*slot, &t);
    if (rv != CKR_OK)
        return say_rv(rv, "cannot look at slot %lu", *slot);
    *again = t.flags & CKF_TOKEN_INITIALIZED;
    if (*again && !o->force) {
        say_error("slot %lu holds an initialised token; with --force it is initialised "
                  "anew and "
                  "everything in it is lost",
                  *slot);
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}

int token_init_run(const struct options *o)
{
    CK_SLOT_ID slot = 0;
    struct pin so, user;
    CK_UTF8CHAR label[32];
    bool again = false;
    int status = check_target(o, &slot, &again);
    if (status != EXIT_DONE || (status = pin_get(o, PIN_SO, !again, &so)) != EXIT_DONE)
        return status;
    if ((status = pin_get(o, PIN_USER, true, &user)) != EXIT_DONE) {
        pin_wipe(&so);
        return status;
    }
    memset(label, ' ', sizeof label);
    memcpy(label, o->label, strlen(o->label));
    struct progress *p = progress_start(o, "initialising the token");
    CK_RV rv = p11->C_InitToken(slot, (CK_UTF8CHAR *)so.text, so.len, label);
    if (rv == CKR_OK)
        rv = set_user_pin(&slot, o->label, &so, &user);
    progress_stop(p);
    pin_wipe(&so);
    pin_wipe(&user);
    if (rv != CKR_OK)
        return say_rv(rv, "cannot initialise the token in slot %lu", slot);
    say(o, "token %s is ready in slot %lu", o->label, slot);
    return EXIT_DONE;
}
