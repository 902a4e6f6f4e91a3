/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Anchorhold measured against SoftHSM2 and against OpenSSL in the same process, which is
 * the limit; SoftHSM2 behind p11-kit server shows what another process costs others.
 * Contenders take turns within every row, several rounds, and the table holds medians, so
 * that what else the machine does touches all alike. Run by test/bench/run.sh, which
 * prepares the stores and the server.
 *
 *   p11_bench --ours MODULE --softhsm MODULE [--server MODULE] [--rounds N] [--seconds S]
 * [--only ROW]
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test/bench/bench.h"
#include "test/system/p11_proc.h"

enum { RAW, OURS, SOFT, SERVER, CONTENDERS };
static struct contender who[CONTENDERS] = {
    {.name = "EVP"}, {.name = "Anchorhold"}, {.name = "SoftHSM2"}, {.name = "p11-kit"}};
static unsigned rounds = 5;
static double seconds = 0.3;
static const char *only = "*";

static const struct row {
    const char *name;
    enum op op;
    size_t size;
    unsigned threads, processes;
    double aim_raw, aim_soft; /* at least this ratio to OpenSSL or SoftHSM2; 0: none */
} rows[] = {
    {"P-256 sign, 1 thread", SIGN_EC, 32, 1, 0, 0.85, 2},
    {"P-256 sign, 2 threads", SIGN_EC, 32, 2, 0, 0, 2},
    {"P-256 sign, 2 processes", SIGN_EC, 32, 0, 2, 0, 1.4},
    {"P-256 verify", VERIFY_EC, 32, 1, 0, 0, 1},
    {"RSA-2048 sign", SIGN_RSA, 32, 1, 0, 1 / 1.1, 1},
    {"P-256 key pair", KEYGEN_EC, 32, 1, 0, 0, 1},
    {"AES-128-GCM 64 B", GCM, 64, 1, 0, 0, 0},
    {"AES-128-GCM 1 MiB", GCM, 1 << 20, 1, 0, 1 / 1.1, 1},
    {"SHA-256 64 B", SHA, 64, 1, 0, 0, 0},
    {"SHA-256 1 MiB", SHA, 1 << 20, 1, 0, 1 / 1.1, 1},
};

static void number(char out[16], double v)
{
    if (v <= 0)
        snprintf(out, 16, "-");
    else if (v >= 100000)
        snprintf(out, 16, "%.0fk", v / 1000);
    else if (v >= 10000)
        snprintf(out, 16, "%.1fk", v / 1000);
    else
        snprintf(out, 16, v < 100 ? "%.2f" : "%.0f", v);
}

static void line(const char *name, const double v[CONTENDERS], double raw, double soft,
                 double aim_raw, double aim_soft)
{
    char n[CONTENDERS][16], r[2][16] = {"-", "-"};
    for (int i = 0; i < CONTENDERS; i++)
        number(n[i], v[i]);
    if (raw > 0)
        snprintf(r[0], 16, "%.2f", raw);
    if (soft > 0)
        snprintf(r[1], 16, "%.2f", soft);
    bool missed = (aim_raw > 0 && raw > 0 && raw < aim_raw) ||
                  (aim_soft > 0 && soft > 0 && soft < aim_soft);
    printf("%-36s %10s %10s %10s %10s %8s %8s%s\n", name, n[RAW], n[OURS], n[SOFT],
           n[SERVER], r[0], r[1], missed ? "  below the aim" : "");
    fflush(stdout);
}

static void heading(const char *unit)
{
    printf("%-36s %10s %10s %10s %10s %8s %8s\n", unit, who[RAW].name, who[OURS].name,
           who[SOFT].name, who[SERVER].name, "/EVP", "/SoftHSM");
}

/* --- operations per second
 * -------------------------------------------------------------------- */

static void run_row(const struct row *r)
{
    double v[CONTENDERS][32], m[CONTENDERS] = {0};
    for (unsigned i = 0; i < rounds; i++)
        for (int c = 0; c < CONTENDERS; c++) {
            bool absent = c != RAW && !who[c].module;
            v[c][i] = absent ? 0
                      : r->threads
                          ? run_threads(&who[c], r->op, r->size, r->threads, seconds)
                          : run_processes(&who[c], r->op, r->size, r->processes, seconds);
        }
    for (int c = 0; c < CONTENDERS; c++)
        m[c] = median(v[c], rounds);
    line(r->name, m, m[OURS] / m[RAW], m[SOFT] > 0 ? m[OURS] / m[SOFT] : 0, r->aim_raw,
         r->aim_soft);
}

/* --- times: smaller is better, the ratio is turned so that more than one is still faster
 * ------ */

static double logins(struct contender *c, unsigned n)
{
    struct worker w;
    c->f->C_CloseAllSessions(c->slot);
    if (!worker_begin(&w, c, LOGIN, 32))
        return -1;
    uint64_t t = now_ns();
    for (unsigned i = 0; i < n; i++)
        if (!worker_step(&w))
            return -1;
    t = now_ns() - t;
    worker_end(&w);
    p11 = c->f;
    if (p11_open(c->slot, CKF_RW_SESSION, &c->main) != CKR_OK ||
        p11_login(c->main, CKU_USER, USER_PIN) != CKR_OK ||
        p11_gen_aes(c->main, 16, &c->aes) != CKR_OK)
        return -1;
    return (double)t / 1e3 / n;
}

static void run_logins(void)
{
    double v[CONTENDERS][32], m[CONTENDERS] = {0};
    for (unsigned i = 0; i < rounds; i++)
        for (int c = OURS; c <= SOFT; c++)
            v[c][i] = logins(&who[c], 3);
    for (int c = OURS; c <= SOFT; c++)
        m[c] = median(v[c], rounds);
    line("open, login, find, sign (us)", m, 0, m[SOFT] / m[OURS], 0, 1);
}

/* The process that --cold starts: to the first signature, then one byte to standard
 * output. */
static int cold(const char *module)
{
    struct contender c = {.module = module};
    CK_OBJECT_HANDLE key;
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_PRIVATE_KEY), A_STR(CKA_LABEL, "bench-ec")};
    unsigned char d[32] = {1}, sig[64];
    CK_ULONG n = sizeof sig;
    if (!p11_load(module) || p11_init() != CKR_OK || !p11_find_token(&c.slot, "bench") ||
        p11_open(c.slot, 0, &c.main) != CKR_OK ||
        p11_login(c.main, CKU_USER, USER_PIN) != CKR_OK ||
        !(key = p11_find(c.main, t, NR(t))) ||
        p11->C_SignInit(c.main, M0(CKM_ECDSA), key) != CKR_OK ||
        p11->C_Sign(c.main, d, sizeof d, sig, &n) != CKR_OK)
        return 1;
    return write(STDOUT_FILENO, "x", 1) == 1 ? 0 : 1;
}

static double cold_ms(const char *module)
{
    int fd[2];
    char b;
    if (pipe(fd) != 0)
        return -1;
    fflush(stdout);
    uint64_t t = now_ns();
    pid_t pid = proc_fork();
    if (pid == 0) {
        dup2(fd[1], STDOUT_FILENO);
        execl("/proc/self/exe", "p11_bench", "--cold", module, (char *)NULL);
        _exit(1);
    }
    close(fd[1]);
    bool ok = read(fd[0], &b, 1) == 1;
    t = now_ns() - t;
    close(fd[0]);
    waitpid(pid, NULL, 0);
    return ok ? (double)t / 1e6 : -1;
}

static void run_cold(const char *name, bool end_daemon)
{
    double v[CONTENDERS][32], m[CONTENDERS] = {0};
    for (unsigned i = 0; i < rounds; i++) {
        if (end_daemon) {
            contender_close(&who[OURS]);
            proc_end_daemon(getenv("ANCHORHOLD_STATE"));
        }
        v[OURS][i] = cold_ms(who[OURS].module);
        v[SOFT][i] = cold_ms(who[SOFT].module);
        if (end_daemon && !contender_open(&who[OURS]))
            return;
    }
    for (int c = OURS; c <= SOFT; c++)
        m[c] = median(v[c], rounds);
    line(name, m, 0, m[SOFT] / m[OURS], 0, end_daemon ? 0 : 1);
}

/* --- many objects
 * ----------------------------------------------------------------------------- */

static CK_RV create(struct contender *c, unsigned nr)
{
    char label[32];
    CK_OBJECT_HANDLE o;
    snprintf(label, sizeof label, "object %u", nr);
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_DATA), A_T(CKA_TOKEN), A_T(CKA_PRIVATE),
                        A_STR(CKA_LABEL, label),
                        A_STR(CKA_VALUE, "a value of thirty-two bytes here")};
    return c->f->C_CreateObject(c->main, t, NR(t), &o);
}

static double find_us(struct contender *c, unsigned objects, unsigned n)
{
    char label[32];
    p11 = c->f;
    uint64_t t = now_ns();
    for (unsigned i = 0; i < n; i++) {
        snprintf(label, sizeof label, "object %u", i * 7919 % objects);
        CK_ATTRIBUTE a[] = {A_STR(CKA_LABEL, label)};
        if (!p11_find(c->main, a, 1))
            return -1;
    }
    return (double)(now_ns() - t) / 1e3 / n;
}

static void run_find(void)
{
    static const unsigned sizes[] = {10, 1000, 10000};
    unsigned have = 0;
    for (size_t k = 0; k < NR(sizes); k++) {
        double v[CONTENDERS][32], m[CONTENDERS] = {0};
        char name[64];
        for (; have < sizes[k]; have++)
            for (int c = OURS; c <= SOFT; c++)
                if (create(&who[c], have) != CKR_OK) {
                    printf("%s: object %u cannot be created\n", who[c].name, have);
                    return;
                }
        for (unsigned i = 0; i < rounds; i++)
            for (int c = OURS; c <= SOFT; c++)
                v[c][i] = find_us(&who[c], sizes[k],
                                  c == OURS        ? 500
                                  : sizes[k] > 100 ? 20
                                                   : 500);
        for (int c = OURS; c <= SOFT; c++)
            m[c] = median(v[c], rounds);
        snprintf(name, sizeof name, "find one of %u by label (us)", sizes[k]);
        line(name, m, 0, m[SOFT] / m[OURS], 0, 1);
        if (m[OURS] > 50)
            printf("    more than the 50 us that are the aim\n");
    }
    run_cold("cold start among 10000 (ms)", false);
}

/* Both stores anew in a directory: the time to create n objects there. */
static void run_create(const char *where, const char *name)
{
    enum { N = 1000 };
    char state[4096], conf[4200], tokens[4200];
    double m[CONTENDERS] = {0};
    snprintf(state, sizeof state, "%s/create.%d", where, getpid());
    snprintf(tokens, sizeof tokens, "%s/tokens", state);
    snprintf(conf, sizeof conf, "%s/conf", state);
    if (mkdir(state, 0700) != 0 || mkdir(tokens, 0700) != 0)
        return;
    FILE *f = fopen(conf, "w");
    if (!f)
        return;
    fprintf(f,
            "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n",
            tokens);
    fclose(f);
    char *old_state = strdup(getenv("ANCHORHOLD_STATE")),
         *old_conf = strdup(getenv("SOFTHSM2_CONF"));
    for (int c = OURS; c <= SOFT; c++)
        contender_close(&who[c]);
    setenv("ANCHORHOLD_STATE", state, 1);
    setenv("SOFTHSM2_CONF", conf, 1);
    for (int c = OURS; c <= SOFT; c++) {
        bool ok = contender_open(&who[c]);
        uint64_t t = now_ns();
        for (unsigned i = 0; ok && i < N; i++)
            ok = create(&who[c], i) == CKR_OK;
        m[c] = ok ? (double)(now_ns() - t) / 1e6 : -1;
        contender_close(&who[c]);
    }
    line(name, m, 0, m[SOFT] / m[OURS], 0, 1);
    proc_end_daemon(state);
    setenv("ANCHORHOLD_STATE", old_state, 1);
    setenv("SOFTHSM2_CONF", old_conf, 1);
    free(old_state);
    free(old_conf);
    for (int c = OURS; c <= SOFT; c++)
        if (!contender_open(&who[c]))
            exit(1);
}

/* --- what a durable object costs, and what idling costs
 * --------------------------------------- */

/* Count the storage TA's writes and syncs with strace, which needs to be root. */
static void run_syscalls(void)
{
    enum { N = 100 };
    pid_t daemon = proc_daemon(getenv("ANCHORHOLD_STATE")), tas[8];
    size_t n = daemon ? proc_children(daemon, tas, NR(tas)) : 0;
    char path[4200], text[256];
    unsigned writes = 0, syncs = 0;
    snprintf(path, sizeof path, "%s.strace", getenv("ANCHORHOLD_STATE"));
    if (geteuid() != 0 || n == 0) {
        printf("appends and syncs of a durable object: counting them needs root\n");
        return;
    }
    char *args[32] = {"strace",
                      "-f",
                      "-qq",
                      "-o",
                      path,
                      "-e",
                      "trace=write,pwrite64,writev,pwritev,pwritev2,fsync,fdatasync"};
    size_t a = 7;
    static char pids[8][16];
    for (size_t i = 0; i < n; i++) {
        snprintf(pids[i], sizeof pids[i], "%d", tas[i]);
        args[a++] = "-p";
        args[a++] = pids[i];
    }
    fflush(stdout);
    pid_t tracer = proc_fork();
    if (tracer == 0) {
        execvp("strace", args);
        _exit(1);
    }
    usleep(700000);
    for (unsigned i = 0; i < N; i++)
        create(&who[OURS], 20000 + i);
    proc_kill(tracer, SIGINT);
    waitpid(tracer, NULL, 0);
    FILE *f = fopen(path, "r");
    while (f && fgets(text, sizeof text, f)) {
        syncs += strstr(text, "sync(") != NULL;
        writes += strstr(text, "write") != NULL && !strstr(text, "resumed");
    }
    if (f)
        fclose(f);
    unlink(path);
    printf("%d durable objects created: %u appends, %u syncs by the storage TA\n", N,
           writes, syncs);
}

static void run_idle(void)
{
    pid_t daemon = proc_daemon(getenv("ANCHORHOLD_STATE")), tas[8];
    size_t n = daemon ? proc_children(daemon, tas, NR(tas)) : 0;
    long before = proc_ticks(getpid()), ta_before = 0, ta_after = 0;
    run_threads(&who[OURS], SIGN_EC, 32, 2, 0.05);
    usleep(200000);
    before = proc_ticks(getpid());
    for (size_t i = 0; i < n; i++)
        ta_before += proc_ticks(tas[i]);
    ta_before += daemon ? proc_ticks(daemon) : 0;
    sleep(2);
    for (size_t i = 0; i < n; i++)
        ta_after += proc_ticks(tas[i]);
    ta_after += daemon ? proc_ticks(daemon) : 0;
    long hz = sysconf(_SC_CLK_TCK);
    printf("idle for 2 s after signing: client %ld ms of CPU, TAs and daemon together "
           "%ld ms\n",
           (proc_ticks(getpid()) - before) * 1000 / hz,
           (ta_after - ta_before) * 1000 / hz);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"ours", 1, 0, 'a'},   {"softhsm", 1, 0, 's'}, {"server", 1, 0, 'p'},
        {"rounds", 1, 0, 'r'}, {"seconds", 1, 0, 't'}, {"only", 1, 0, 'o'},
        {"cold", 1, 0, 'c'},   {"disk", 1, 0, 'd'},    {0, 0, 0, 0}};
    const char *disk = NULL;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;)
        if (c == 'a')
            who[OURS].module = optarg;
        else if (c == 's')
            who[SOFT].module = optarg;
        else if (c == 'p')
            who[SERVER].module = optarg;
        else if (c == 'r')
            rounds = (unsigned)strtoul(optarg, NULL, 10) % 32;
        else if (c == 't')
            seconds = strtod(optarg, NULL);
        else if (c == 'o')
            only = optarg;
        else if (c == 'd')
            disk = optarg;
        else if (c == 'c')
            return cold(optarg);
        else
            return 2;
    if (!who[OURS].module || !who[SOFT].module || !rounds)
        return fprintf(stderr, "usage: p11_bench --ours MODULE --softhsm MODULE\n"), 2;
    for (int c = OURS; c < CONTENDERS; c++)
        if (who[c].module && !contender_open(&who[c]))
            return 1;
    heading("operations per second");
    for (size_t i = 0; i < NR(rows); i++)
        if (fnmatch(only, rows[i].name, 0) == 0)
            run_row(&rows[i]);
    if (strcmp(only, "*") == 0 || strcmp(only, "times") == 0) {
        printf("\n");
        heading("times (ratio above 1 is faster)");
        run_logins();
        run_cold("cold start to first signature (ms)", false);
        run_cold("the same, no daemon running (ms)", true);
        run_create(getenv("BENCH_MEMORY"), "create 1000 objects, tmpfs (ms)");
        if (disk)
            run_create(disk, "create 1000 objects, disk (ms)");
        run_find();
        printf("\n");
        run_syscalls();
        run_idle();
    }
    for (int c = OURS; c < CONTENDERS; c++)
        contender_close(&who[c]);
    return 0;
}
