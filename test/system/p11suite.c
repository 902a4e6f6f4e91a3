/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runner of the PKCS#11 suite: prepares what a case needs, runs it, prints one TAP line,
 * and puts the token back: sessions closed, objects of the case destroyed, none left that
 * were not there. A case ends at the first MUST that fails, by longjmp to the runner;
 * other checks are recorded and the case goes on, so that one run shows every row of a
 * table that is wrong.
 *
 *   p11suite --module PATH [--so-pin P] [--user-pin P] [--slot N] [--only TOPIC]
 *            [--except TOPIC] [--case NAME] [--list] [--verbose]
 */
#include <fnmatch.h>
#include <getopt.h>
#include <setjmp.h>
#include <stdlib.h>
#include <unistd.h>
#include "test/system/p11suite.h"
#include "test/system/p11suite_deviations.h"

struct suite s = {.so_pin = SO_PIN, .user_pin = USER_PIN};

static const struct topic *const topics[] = {
    &topic_general,   &topic_session, &topic_object, &topic_attribute,
    &topic_template,  &topic_sign,    &topic_cipher, &topic_wrap,
    &topic_operation, &topic_threads, &topic_pin,
};

static struct {
    const char *name;
    char row[64];
    unsigned failed, deviated;
    const char *skipped, *why;
    jmp_buf out;
} now;

static struct {
    unsigned nr, failed, skipped, deviated, checks;
} total;

static bool slot_given, verbose;

void row(const char *name)
{
    snprintf(now.row, sizeof now.row, "%s", name);
}

void give_up(void)
{
    longjmp(now.out, 1);
}

void skip(const char *why)
{
    now.skipped = why;
    longjmp(now.out, 1);
}

bool is_ours(void)
{
    return strstr(s.module, "anchorhold") != NULL;
}

bool has_mech(CK_MECHANISM_TYPE m, CK_FLAGS flags)
{
    CK_MECHANISM_INFO mi;
    return p11->C_GetMechanismInfo(s.slot, m, &mi) == CKR_OK &&
           (mi.flags & flags) == flags;
}

/* Why a failing check of the present case and row was to be expected, or NULL. */
static const char *expected(void)
{
    char where[160];
    snprintf(where, sizeof where, "%s/%s", now.name, now.row);
    for (const struct deviation *d = deviations; d->module; d++)
        if (strstr(s.module, d->module) && fnmatch(d->where, where, 0) == 0)
            return d->why;
    return NULL;
}

static bool record(const char *file, int line, const char *text, bool ok, const char *got)
{
    total.checks++;
    if (ok)
        return true;
    const char *why = expected();
    if (why) {
        now.deviated++;
        now.why = why;
    } else {
        now.failed++;
    }
    if (!why || verbose)
        printf("#   %s%s%s: %s (%s:%d)%s\n", now.row, *now.row ? ": " : "", text, got,
               strrchr(file, '/') ? strrchr(file, '/') + 1 : file, line,
               why ? " [known]" : "");
    return false;
}

bool check(const char *file, int line, const char *text, bool ok)
{
    return record(file, line, text, ok, "does not hold");
}

bool check_rv(const char *file, int line, const char *text, CK_RV got, const CK_RV *want,
              size_t nr)
{
    char said[160];
    size_t n = 0;
    bool ok = false;
    n += (size_t)snprintf(said, sizeof said, "%s instead of", rv_name(got));
    for (size_t i = 0; i < nr; i++) {
        ok = ok || got == want[i];
        if (n < sizeof said)
            n += (size_t)snprintf(said + n, sizeof said - n, " %s", rv_name(want[i]));
    }
    return record(file, line, text, ok, said);
}

/* --- before and after a case
 * ------------------------------------------------------------------ */

static bool find_suite_token(void)
{
    return slot_given || p11_find_token(&s.slot, "p11suite");
}

static bool prepare(enum need need)
{
    CK_RV rv;
    if (need == NEED_NOTHING) {
        p11->C_Finalize(NULL);
        return true;
    }
    rv = p11_init();
    if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED) {
        printf("#   C_Initialize: %s\n", rv_name(rv));
        return false;
    }
    if (!find_suite_token()) {
        printf("#   the suite's token is gone\n");
        return false;
    }
    if (need == NEED_INIT)
        return true;
    if ((rv = p11_open(s.slot, CKF_RW_SESSION, &s.ses)) == CKR_OK && need == NEED_USER)
        rv = p11_login(s.ses, CKU_USER, s.user_pin);
    if (rv == CKR_OK && need == NEED_SO)
        rv = p11_login(s.ses, CKU_SO, s.so_pin);
    if (rv != CKR_OK)
        printf("#   the case's session: %s\n", rv_name(rv));
    return rv == CKR_OK;
}

void reopen(bool user)
{
    p11->C_CloseAllSessions(s.slot);
    if (!prepare(user ? NEED_USER : NEED_PUBLIC))
        give_up();
}

static void destroy_all(CK_SESSION_HANDLE ses)
{
    CK_OBJECT_HANDLE o[256];
    CK_ULONG n = 0;
    do {
        if (p11->C_FindObjectsInit(ses, NULL, 0) != CKR_OK)
            return;
        if (p11->C_FindObjects(ses, o, NR(o), &n) != CKR_OK)
            n = 0;
        p11->C_FindObjectsFinal(ses);
        CK_ULONG gone = 0;
        for (CK_ULONG i = 0; i < n; i++)
            gone += p11->C_DestroyObject(ses, o[i]) == CKR_OK;
        if (!gone)
            return;
    } while (n);
}

static void clean(enum need need)
{
    CK_SESSION_HANDLE ses;
    if (need == NEED_NOTHING) {
        p11->C_Finalize(NULL);
        return;
    }
    p11->C_CloseAllSessions(s.slot);
    if (p11_open(s.slot, CKF_RW_SESSION, &ses) == CKR_OK) {
        if (need == NEED_USER)
            p11_login(ses, CKU_USER, s.user_pin);
        destroy_all(ses);
    }
    p11->C_CloseAllSessions(s.slot);
}

static void run_case(const struct topic *topic, const struct test *t)
{
    char name[128];
    snprintf(name, sizeof name, "%s_%s", topic->name, t->name);
    now.name = name;
    now.row[0] = '\0';
    now.failed = now.deviated = 0;
    now.skipped = now.why = NULL;
    total.nr++;
    if (setjmp(now.out) == 0) {
        if (prepare(t->need))
            t->run();
        else
            now.failed++;
    }
    clean(t->need);
    if (now.failed) {
        total.failed++;
        printf("not ok %u - %s\n", total.nr, name);
    } else if (now.skipped) {
        total.skipped++;
        printf("ok %u - %s # SKIP %s\n", total.nr, name, now.skipped);
    } else if (now.deviated) {
        printf("ok %u - %s # known deviation: %s\n", total.nr, name, now.why);
    } else {
        printf("ok %u - %s\n", total.nr, name);
    }
    total.deviated += now.deviated;
    fflush(stdout);
}

static bool make_token(void)
{
    CK_RV rv = p11_init();
    if (rv == CKR_OK && !slot_given)
        rv = p11_make_token(&s.slot, "p11suite", s.so_pin, s.user_pin);
    if (rv != CKR_OK)
        printf("Bail out! no token to test with: %s\n", rv_name(rv));
    return rv == CKR_OK;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"module", 1, 0, 'm'}, {"so-pin", 1, 0, 's'}, {"user-pin", 1, 0, 'u'},
        {"slot", 1, 0, 'S'},   {"only", 1, 0, 'o'},   {"case", 1, 0, 'c'},
        {"except", 1, 0, 'x'}, {"list", 0, 0, 'l'},   {"verbose", 0, 0, 'v'},
        {0, 0, 0, 0}};
    const char *only = NULL, *except = NULL, *one = NULL;
    bool list = false;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == 'm')
            s.module = optarg;
        else if (c == 's')
            s.so_pin = optarg;
        else if (c == 'u')
            s.user_pin = optarg;
        else if (c == 'S')
            s.slot = strtoul(optarg, NULL, 0), slot_given = true;
        else if (c == 'o')
            only = optarg;
        else if (c == 'x')
            except = optarg;
        else if (c == 'c')
            one = optarg;
        else if (c == 'l')
            list = true;
        else if (c == 'v')
            verbose = true;
        else
            return 2;
    }
    if (!s.module) {
        fprintf(
            stderr,
            "usage: p11suite --module PATH [--only TOPIC] [--case NAME] [--verbose]\n");
        return 2;
    }
    if (!list && (!p11_load(s.module) || !make_token()))
        return 1;
    for (size_t i = 0; i < NR(topics); i++)
        for (size_t j = 0; j < topics[i]->nr; j++) {
            const struct test *t = &topics[i]->tests[j];
            if ((only && strcmp(only, topics[i]->name) != 0) ||
                (except && strcmp(except, topics[i]->name) == 0) ||
                (one && fnmatch(one, t->name, 0) != 0))
                continue;
            if (list)
                printf("%s_%s\n", topics[i]->name, t->name);
            else
                run_case(topics[i], t);
        }
    if (list)
        return 0;
    printf("1..%u\n# %u checks, %u known deviations\n", total.nr, total.checks,
           total.deviated);
    p11->C_Finalize(NULL);
    return total.failed != 0;
}
