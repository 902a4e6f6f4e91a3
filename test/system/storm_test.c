/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eight processes that start, open, log in and sign at the same moment, on a fresh token,
 * twenty times. In every second run no daemon runs at that moment, so that they also race
 * to start it. The processes are executed anew and released by the end of a pipe; each
 * loads the module, signs and verifies. One failure of one process fails the run.
 *
 *   storm_test --module PATH [--rounds N]
 */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test/system/p11_proc.h"
#include "test/system/p11_util.h"

enum { PROCESSES = 8, SIGNATURES = 5 };

static const char *module;

/* What one of the eight does; the exit status says where it failed. */
static int worker(void)
{
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE ses;
    CK_OBJECT_HANDLE priv, pub;
    CK_RV rv;
    char c;
    while (read(STDIN_FILENO, &c, 1) > 0)
        continue;
    if (!p11_load(module))
        return 10;
    if ((rv = p11_init()) != CKR_OK)
        return fprintf(stderr, "# C_Initialize: %s\n", rv_name(rv)), 11;
    if (!p11_find_token(&slot, "storm"))
        return fprintf(stderr, "# no token\n"), 12;
    if ((rv = p11_open(slot, CKF_RW_SESSION, &ses)) != CKR_OK)
        return fprintf(stderr, "# C_OpenSession: %s\n", rv_name(rv)), 13;
    if ((rv = p11_login(ses, CKU_USER, USER_PIN)) != CKR_OK)
        return fprintf(stderr, "# C_Login: %s\n", rv_name(rv)), 14;
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_PRIVATE_KEY)},
                 u[] = {A_UL(CKA_CLASS, CKO_PUBLIC_KEY)};
    if (!(priv = p11_find(ses, t, 1)) || !(pub = p11_find(ses, u, 1)))
        return fprintf(stderr, "# no key\n"), 15;
    EVP_PKEY *key = p11_public(ses, pub);
    for (int i = 0; i < SIGNATURES; i++) {
        unsigned char d[32] = {(unsigned char)i}, sig[64];
        CK_ULONG n = sizeof sig;
        if ((rv = p11->C_SignInit(ses, M0(CKM_ECDSA), priv)) != CKR_OK ||
            (rv = p11->C_Sign(ses, d, sizeof d, sig, &n)) != CKR_OK)
            return fprintf(stderr, "# C_Sign: %s\n", rv_name(rv)), 16;
        if (!key || !ecdsa_verify(key, d, sizeof d, sig, n))
            return fprintf(stderr, "# a signature does not verify\n"), 17;
    }
    EVP_PKEY_free(key);
    return p11->C_Finalize(NULL) == CKR_OK ? 0 : 18;
}

static int status_of(pid_t pid)
{
    int st;
    waitpid(pid, &st, 0);
    return WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
}

/* Make the token in a process of its own, so that nothing of it is left in this one. */
static bool make_token(void)
{
    pid_t pid = proc_fork();
    if (pid == 0) {
        CK_SLOT_ID slot;
        CK_SESSION_HANDLE ses;
        CK_OBJECT_HANDLE pub, priv;
        bool ok = p11_load(module) && p11_init() == CKR_OK &&
                  p11_make_token(&slot, "storm", SO_PIN, USER_PIN) == CKR_OK &&
                  p11_open(slot, CKF_RW_SESSION, &ses) == CKR_OK &&
                  p11_login(ses, CKU_USER, USER_PIN) == CKR_OK &&
                  p11_gen_ec(ses, &p11_curves[0], true, "k", &pub, &priv) == CKR_OK &&
                  p11->C_Finalize(NULL) == CKR_OK;
        exit(ok ? 0 : 1);
    }
    return status_of(pid) == 0;
}

static pid_t start_worker(int gate)
{
    pid_t pid = proc_fork();
    if (pid == 0) {
        dup2(gate, STDIN_FILENO);
        execl("/proc/self/exe", "storm_test", "--module", module, "--worker",
              (char *)NULL);
        _exit(99);
    }
    return pid;
}

static bool run(unsigned nr, const char *base)
{
    char state[4096], conf[4200], dir[4200];
    int gate[2];
    pid_t pid[PROCESSES];
    unsigned good = 0;
    snprintf(state, sizeof state, "%s/run%u", base, nr);
    if (mkdir(state, 0700) != 0)
        return false;
    setenv("ANCHORHOLD_STATE", state, 1);
    if (strstr(module, "softhsm")) {
        snprintf(dir, sizeof dir, "%s/tokens", state);
        mkdir(dir, 0700);
        snprintf(conf, sizeof conf, "%s/conf", state);
        FILE *f = fopen(conf, "w");
        fprintf(
            f,
            "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n",
            dir);
        fclose(f);
        setenv("SOFTHSM2_CONF", conf, 1);
    }
    if (!make_token() || pipe2(gate, O_CLOEXEC) != 0)
        return false;
    if (nr % 2)
        proc_end_daemon(state);
    for (unsigned i = 0; i < PROCESSES; i++)
        pid[i] = start_worker(gate[0]);
    close(gate[0]);
    usleep(50000); /* all wait at the gate */
    close(gate[1]);
    for (unsigned i = 0; i < PROCESSES; i++) {
        int st = status_of(pid[i]);
        good += st == 0;
        if (st)
            printf("# run %u, process %u: ended with %d\n", nr, i, st);
    }
    proc_end_daemon(state);
    return good == PROCESSES;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"module", 1, 0, 'm'},
                                            {"rounds", 1, 0, 'r'},
                                            {"worker", 0, 0, 'w'},
                                            {0, 0, 0, 0}};
    unsigned rounds = 20, good = 0;
    bool is_worker = false;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (c == 'm')
            module = optarg;
        else if (c == 'r')
            rounds = (unsigned)strtoul(optarg, NULL, 10);
        else if (c == 'w')
            is_worker = true;
        else
            return 2;
    const char *base = getenv("ANCHORHOLD_STATE");
    if (!module || !base)
        return fprintf(
                   stderr,
                   "usage: ANCHORHOLD_STATE=DIR storm_test --module PATH [--rounds N]\n"),
               2;
    if (is_worker)
        return worker();
    char *copy = strdup(base);
    printf("1..%u\n", rounds);
    fflush(stdout);
    for (unsigned i = 1; i <= rounds; i++) {
        bool ok = run(i, copy);
        good += ok;
        printf("%s %u - eight processes start, open, log in and sign at once, %s\n",
               ok ? "ok" : "not ok", i, i % 2 ? "no daemon running" : "daemon running");
        fflush(stdout);
    }
    free(copy);
    return good == rounds ? 0 : 1;
}
