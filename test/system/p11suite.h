/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PKCS#11 suite: one program, run against any module. A topic is a file with a table
 * of cases; a case says which session it wants and checks facts with RV(), MUST() and
 * CHECK(). A case is one TAP line. Table-driven cases name their rows with ROW(), so that
 * a failure says which one.
 *
 * A foreign module that is known to differ is listed in p11suite_deviations.c: the
 * failing check is then counted as a known deviation, printed, and the case passes.
 * Nothing is ever listed for ours.
 */
#ifndef AH_TEST_P11SUITE_H
#define AH_TEST_P11SUITE_H

#include <string.h>
#include "test/system/p11_util.h"

/* What the runner prepares before a case; afterwards it closes all sessions and finalises
   nothing unless the case is NEED_NOTHING. Objects that a case leaves on the token are
   destroyed. */
enum need {
    NEED_NOTHING, /* the module is not initialised */
    NEED_INIT,    /* initialised, no session */
    NEED_PUBLIC,  /* s.ses: read-write session, nobody logged in */
    NEED_USER,    /* the same, user logged in */
    NEED_SO,
};

struct test {
    const char *name;
    enum need need;
    void (*run)(void);
};

struct topic {
    const char *name;
    const struct test *tests;
    size_t nr;
};

extern const struct topic topic_general, topic_session, topic_pin, topic_object,
    topic_attribute, topic_template, topic_sign, topic_cipher, topic_wrap,
    topic_operation, topic_threads;

struct suite {
    const char *module;
    CK_SLOT_ID slot; /* of the suite's token */
    CK_SESSION_HANDLE ses;
    const char *so_pin, *user_pin;
};
extern struct suite s;

/* The row of a table that the following checks speak of; "" for none. */
void row(const char *name);

/* Record one check; false when it failed. */
bool check_rv(const char *file, int line, const char *text, CK_RV got, const CK_RV *want,
              size_t nr);
bool check(const char *file, int line, const char *text, bool ok);
_Noreturn void give_up(void);
_Noreturn void skip(const char *why);

#define RV_IN(call, ...)                                                                 \
    check_rv(__FILE__, __LINE__, #call, (call), (const CK_RV[]){__VA_ARGS__},            \
             sizeof((const CK_RV[]){__VA_ARGS__}) / sizeof(CK_RV))
/* The call answers want; the case goes on whatever comes. */
#define RV(want, call) RV_IN(call, want)
/* The same, and the case ends here when it does not. */
#define MUST(call)                                                                       \
    do {                                                                                 \
        if (!RV_IN(call, CKR_OK))                                                        \
            give_up();                                                                   \
    } while (0)
#define CHECK(cond) check(__FILE__, __LINE__, #cond, (cond))
#define NEED(cond)                                                                       \
    do {                                                                                 \
        if (!CHECK(cond))                                                                \
            give_up();                                                                   \
    } while (0)

/* True when the module says it can do this with that mechanism (all of flags). */
bool has_mech(CK_MECHANISM_TYPE m, CK_FLAGS flags);

/* Is this the module under development (not a foreign one)? For facts beyond PKCS#11's
 * letter. */
bool is_ours(void);

/* Give the case a fresh logged-in (or public) read-write session after it closed the old
 * one. */
void reopen(bool user);

#endif
