/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kill -9 at random moments of the client, of the trusted applications and of the daemon,
 * while a worker process creates and destroys token objects, signs and logs in. The
 * worker reports each step on a pipe before and after it, so that this process knows what
 * was acknowledged. After each kill: everything acknowledged is there, nothing that was
 * destroyed came back, the next call works without anything having to be set up anew, the
 * dead client's sessions are gone within a second, and PIN tries that were counted stay
 * counted.
 *
 *   kill_test --module PATH [--rounds N] [--only client|login|pin|ta|daemon]
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "test/system/p11_proc.h"
#include "test/system/p11_util.h"

enum { OBJECTS = 64, TRIES = 7 };

/* What the worker says on the pipe; nr is the number of an object. */
enum step {
    BEGIN_CREATE = 1,
    CREATED,
    BEGIN_DESTROY,
    DESTROYED,
    SIGNED,
    BEGIN_WRONG,
    WRONG,
    LOGGED_IN
};
struct note {
    uint8_t step, nr;
};

static const char *state;
static CK_SLOT_ID slot;
static unsigned long seed;
static unsigned failures;

static unsigned random_below(unsigned n)
{
    seed = seed * 6364136223846793005UL + 1442695040888963407UL;
    return (unsigned)(seed >> 33) % n;
}

static bool expect(bool ok, unsigned round, const char *what)
{
    if (!ok) {
        failures++;
        printf("# round %u: %s\n", round, what);
    }
    return ok;
}

static bool expect_rv(CK_RV rv, unsigned round, const char *what)
{
    if (rv != CKR_OK) {
        failures++;
        printf("# round %u: %s: %s\n", round, what, rv_name(rv));
    }
    return rv == CKR_OK;
}

/* --- the worker
 * ------------------------------------------------------------------------------- */

static void tell(int fd, enum step step, unsigned nr)
{
    struct note n = {(uint8_t)step, (uint8_t)nr};
    if (write(fd, &n, sizeof n) != (ssize_t)sizeof n)
        _exit(0);
}

static CK_RV create(CK_SESSION_HANDLE ses, unsigned round, unsigned nr,
                    CK_OBJECT_HANDLE *o)
{
    char label[32];
    snprintf(label, sizeof label, "object %u", nr);
    CK_ATTRIBUTE t[] = {
        A_UL(CKA_CLASS, CKO_DATA),      A_T(CKA_TOKEN),
        A_B(CKA_PRIVATE, nr % 2 == 1),  A_STR(CKA_LABEL, label),
        A_STR(CKA_APPLICATION, "kill"), A_RAW(CKA_VALUE, &round, sizeof round)};
    return p11->C_CreateObject(ses, t, NR(t), o);
}

static CK_RV sign(CK_SESSION_HANDLE ses)
{
    unsigned char d[32] = {1}, sig[64];
    CK_ULONG n = sizeof sig;
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_PRIVATE_KEY), A_STR(CKA_LABEL, "killkey")};
    CK_ATTRIBUTE u[] = {A_UL(CKA_CLASS, CKO_PUBLIC_KEY), A_STR(CKA_LABEL, "killkey")};
    CK_OBJECT_HANDLE key = p11_find(ses, t, 2), pub = p11_find(ses, u, 2);
    if (!key || !pub)
        return CKR_KEY_HANDLE_INVALID;
    CK_RV rv = p11->C_SignInit(ses, M0(CKM_ECDSA), key);
    if (rv == CKR_OK)
        rv = p11->C_Sign(ses, d, sizeof d, sig, &n);
    EVP_PKEY *k = rv == CKR_OK ? p11_public(ses, pub) : NULL;
    if (rv == CKR_OK && (!k || !ecdsa_verify(k, d, sizeof d, sig, n)))
        rv = CKR_SIGNATURE_INVALID;
    EVP_PKEY_free(k);
    return rv;
}

static void work_objects(int fd, CK_SESSION_HANDLE ses, unsigned round)
{
    CK_OBJECT_HANDLE o[OBJECTS];
    for (unsigned i = 0; i < OBJECTS; i++) {
        tell(fd, BEGIN_CREATE, i);
        if (create(ses, round, i, &o[i]) != CKR_OK)
            return;
        tell(fd, CREATED, i);
        if (sign(ses) != CKR_OK)
            return;
        tell(fd, SIGNED, i);
        if (i < 2 || i % 3)
            continue;
        tell(fd, BEGIN_DESTROY, i - 2);
        if (p11->C_DestroyObject(ses, o[i - 2]) != CKR_OK)
            return;
        tell(fd, DESTROYED, i - 2);
    }
}

static void work_login(int fd, CK_SESSION_HANDLE ses)
{
    for (unsigned i = 0; i < 200; i++) {
        p11->C_Logout(ses);
        if (p11_login(ses, CKU_USER, USER_PIN) != CKR_OK)
            return;
        tell(fd, LOGGED_IN, 0);
    }
}

static void work_wrong_pins(int fd, CK_SESSION_HANDLE ses)
{
    p11->C_Logout(ses);
    for (unsigned i = 0; i < TRIES - 2; i++) {
        tell(fd, BEGIN_WRONG, 0);
        p11_login(ses, CKU_USER, "not the PIN");
        tell(fd, WRONG, 0);
    }
}

static void worker(int fd, char what, unsigned round)
{
    CK_SESSION_HANDLE ses;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    p11->C_Finalize(NULL);
    if (p11_init() == CKR_OK && p11_open(slot, CKF_RW_SESSION, &ses) == CKR_OK &&
        p11_login(ses, CKU_USER, USER_PIN) == CKR_OK) {
        tell(fd, LOGGED_IN, 0);
        if (what == 'l')
            work_login(fd, ses);
        else if (what == 'p')
            work_wrong_pins(fd, ses);
        else
            work_objects(fd, ses, round);
    }
    _exit(0);
}

/* --- one round
 * -------------------------------------------------------------------------------- */

struct model {
    enum step last[OBJECTS]; /* of each object; 0: never begun */
    unsigned wrong_begun, wrong_counted, notes;
};

static void learn(struct model *m, int fd)
{
    struct note n;
    memset(m, 0, sizeof *m);
    while (read(fd, &n, sizeof n) == (ssize_t)sizeof n) {
        m->notes++;
        if (n.step >= BEGIN_CREATE && n.step <= DESTROYED)
            m->last[n.nr] = n.step;
        m->wrong_begun += n.step == BEGIN_WRONG;
        m->wrong_counted += n.step == WRONG;
    }
}

static pid_t victim_of(char what, pid_t client)
{
    pid_t daemon = proc_daemon(state), tas[16];
    size_t n = daemon ? proc_children(daemon, tas, NR(tas)) : 0;
    if (what == 'd')
        return daemon;
    if (what == 't')
        return n ? tas[random_below((unsigned)n)] : 0;
    return client;
}

static void check_objects(const struct model *m, unsigned round, CK_SESSION_HANDLE ses)
{
    for (unsigned i = 0; i < OBJECTS; i++) {
        char label[32], what[96];
        unsigned value = 0;
        snprintf(label, sizeof label, "object %u", i);
        CK_ATTRIBUTE t[] = {A_STR(CKA_APPLICATION, "kill"), A_STR(CKA_LABEL, label)};
        CK_OBJECT_HANDLE o = p11_find(ses, t, 2);
        snprintf(what, sizeof what, "object %u is %s after step %d", i,
                 o ? "there" : "lost", m->last[i]);
        if (m->last[i] == CREATED)
            expect(o != 0, round, what);
        if (m->last[i] == DESTROYED || m->last[i] == 0)
            expect(o == 0, round, what);
        if (o) {
            expect(p11_get(ses, o, CKA_VALUE, &value, sizeof value) ==
                           (long)sizeof value &&
                       value == round,
                   round, "an object has another value");
            expect_rv(p11->C_DestroyObject(ses, o), round, "destroying what is left");
        }
    }
}

/* Count down to the lock-out and let the SO lift it: begun >= counted by the token >=
 * acknowledged. */
static void check_tries(const struct model *m, unsigned round, CK_SESSION_HANDLE ses)
{
    unsigned left = 0;
    CK_TOKEN_INFO ti;
    p11->C_Logout(ses);
    while (left <= TRIES && p11->C_GetTokenInfo(slot, &ti) == CKR_OK &&
           !(ti.flags & CKF_USER_PIN_LOCKED)) {
        p11_login(ses, CKU_USER, "not the PIN");
        left++;
    }
    expect(left + m->wrong_counted <= TRIES, round,
           "a wrong PIN that was refused is no longer counted");
    expect(left + m->wrong_begun >= TRIES, round,
           "more wrong PINs are counted than were tried");
    expect_rv(p11_login(ses, CKU_SO, SO_PIN), round, "the SO's login");
    expect_rv(p11->C_InitPIN(ses, (CK_UTF8CHAR *)USER_PIN, strlen(USER_PIN)), round,
              "C_InitPIN");
    p11->C_Logout(ses);
}

static void sessions_are_gone(unsigned round)
{
    CK_TOKEN_INFO ti = {.ulSessionCount = 99};
    for (int i = 0; i < 100; i++) {
        if (p11->C_GetTokenInfo(slot, &ti) == CKR_OK && ti.ulSessionCount == 0)
            return;
        if (ti.ulSessionCount == CK_UNAVAILABLE_INFORMATION)
            return;
        usleep(10000);
    }
    expect(false, round, "sessions of the dead client are still open after a second");
}

static void one_round(char what, unsigned round)
{
    int fd[2];
    struct model m;
    CK_SESSION_HANDLE ses = 0;
    struct timespec t = {0, 1000L * (long)random_below(what == 'l' ? 60000 : 150000)};
    if (!expect(pipe2(fd, O_CLOEXEC) == 0, round, "pipe"))
        return;
    fflush(stdout);
    pid_t client = proc_fork();
    if (client == 0) {
        close(fd[0]);
        worker(fd[1], what, round);
    }
    close(fd[1]);
    nanosleep(&t, NULL);
    pid_t victim = victim_of(what, client), tas[16];
    size_t nr_tas = what == 'd' && victim ? proc_children(victim, tas, NR(tas)) : 0;
    if (victim)
        proc_kill(victim, SIGKILL);
    if (victim != client) { /* the worker notices by itself: its call answers an error */
        if (!proc_gone(client, 10000)) {
            expect(false, round, "a client whose TEE was killed hangs");
            proc_kill(client, SIGKILL);
        }
    }
    waitpid(client, NULL, 0);
    /* A TA outlives its daemon by a moment, and may still answer in it; then it is gone.
     */
    for (size_t i = 0; i < nr_tas; i++)
        expect(proc_gone(tas[i], 10000), round, "a TA outlives its daemon");
    if (victim && victim != client)
        expect(proc_gone(victim, 10000), round, "the victim lives on");
    learn(&m, fd[0]);
    close(fd[0]);
    if (what == 'c' || what == 'l' || what == 'p')
        sessions_are_gone(round);
    if (!expect_rv(p11_open(slot, CKF_RW_SESSION, &ses), round,
                   "the first call afterwards"))
        return;
    if (what == 'p')
        check_tries(&m, round, ses);
    if (expect_rv(p11_login(ses, CKU_USER, USER_PIN), round, "login afterwards")) {
        expect_rv(sign(ses), round, "signing afterwards");
        check_objects(&m, round, ses);
    }
    expect_rv(p11->C_CloseSession(ses), round, "closing afterwards");
}

static const struct {
    const char *name, *text;
    char what;
    unsigned share; /* of the rounds, in percent */
} kinds[] = {
    {"client", "client killed while it creates, signs and destroys", 'c', 20},
    {"login", "client killed during login", 'l', 75},
    {"pin", "client killed while it tries wrong PINs", 'p', 5},
    {"ta", "trusted application killed", 't', 100},
    {"daemon", "daemon killed", 'd', 100},
};

static bool set_up(void)
{
    CK_SESSION_HANDLE ses;
    CK_OBJECT_HANDLE pub, priv;
    bool ok = p11_init() == CKR_OK &&
              p11_make_token(&slot, "kill", SO_PIN, USER_PIN) == CKR_OK &&
              p11_open(slot, CKF_RW_SESSION, &ses) == CKR_OK &&
              p11_login(ses, CKU_USER, USER_PIN) == CKR_OK &&
              p11_gen_ec(ses, &p11_curves[0], true, "killkey", &pub, &priv) == CKR_OK;
    p11->C_CloseAllSessions(slot);
    return ok;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"module", 1, 0, 'm'},
                                            {"rounds", 1, 0, 'r'},
                                            {"only", 1, 0, 'o'},
                                            {"seed", 1, 0, 's'},
                                            {0, 0, 0, 0}};
    const char *module = NULL, *only = NULL;
    unsigned rounds = 200, nr = 0, bad = 0;
    seed = now_ns();
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (c == 'm')
            module = optarg;
        else if (c == 'r')
            rounds = (unsigned)strtoul(optarg, NULL, 10);
        else if (c == 'o')
            only = optarg;
        else if (c == 's')
            seed = strtoul(optarg, NULL, 10);
        else
            return 2;
    state = getenv("ANCHORHOLD_STATE");
    if (!module || !state)
        return fprintf(
                   stderr,
                   "usage: ANCHORHOLD_STATE=DIR kill_test --module PATH [--rounds N]\n"),
               2;
    printf("# seed %lu\n", seed);
    if (!p11_load(module) || !set_up())
        return printf("not ok 1 - set-up\n1..1\n"), 1;
    for (size_t k = 0; k < NR(kinds); k++) {
        if (only && strcmp(only, kinds[k].name) != 0)
            continue;
        unsigned n = (rounds * kinds[k].share + 99) / 100;
        failures = 0;
        for (unsigned i = 1; i <= n && failures < 20; i++)
            one_round(kinds[k].what, i);
        bad += failures != 0;
        printf("%s %u - %s, %u times\n", failures ? "not ok" : "ok", ++nr, kinds[k].text,
               n);
        fflush(stdout);
    }
    printf("1..%u\n", nr);
    p11->C_Finalize(NULL);
    return bad != 0;
}
