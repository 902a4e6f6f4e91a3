/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Topic threads: sixteen threads and eight processes sign at once and every signature is
 * verified by OpenSSL; a fork in the middle; destroying what another thread uses; a
 * process that dies.
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test/system/p11_proc.h"
#include "test/system/p11suite.h"

enum { THREADS = 16, PROCESSES = 8, ROUNDS = 60 };

struct signer {
    pthread_t thread;
    unsigned nr;
    CK_OBJECT_HANDLE priv;
    EVP_PKEY *key;
    unsigned done;
    CK_RV rv;
};

/* Sign rounds digests that nobody else signs and verify each. */
static unsigned sign_some(CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE priv, EVP_PKEY *key,
                          unsigned nr, unsigned rounds, CK_RV *rv)
{
    unsigned char d[32] = {0}, sig[64];
    unsigned done = 0;
    for (unsigned i = 0; i < rounds; i++) {
        CK_ULONG n = sizeof sig;
        d[0] = (unsigned char)nr;
        d[1] = (unsigned char)i;
        if ((*rv = p11->C_SignInit(ses, M0(CKM_ECDSA), priv)) != CKR_OK ||
            (*rv = p11->C_Sign(ses, d, sizeof d, sig, &n)) != CKR_OK)
            return done;
        done += ecdsa_verify(key, d, sizeof d, sig, n);
    }
    return done;
}

static void *signer(void *arg)
{
    struct signer *t = arg;
    CK_SESSION_HANDLE ses;
    if ((t->rv = p11_open(s.slot, 0, &ses)) != CKR_OK)
        return NULL;
    t->done = sign_some(ses, t->priv, t->key, t->nr, ROUNDS, &t->rv);
    if (t->rv == CKR_OK)
        t->rv = p11->C_CloseSession(ses);
    return NULL;
}

static void test_threads(void)
{
    struct signer t[THREADS];
    CK_OBJECT_HANDLE pub, priv;
    MUST(p11_gen_ec(s.ses, &p11_curves[0], true, "shared", &pub, &priv));
    EVP_PKEY *key = p11_public(s.ses, pub);
    NEED(key);
    for (unsigned i = 0; i < THREADS; i++) {
        t[i] = (struct signer){.nr = i, .priv = priv, .key = key};
        NEED(pthread_create(&t[i].thread, NULL, signer, &t[i]) == 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(t[i].thread, NULL);
        RV(CKR_OK, t[i].rv);
        CHECK(t[i].done == ROUNDS);
    }
    EVP_PKEY_free(key);
}

/* Each thread with its own key, data objects, digests and searches. */
static void *mixed(void *arg)
{
    struct signer *t = arg;
    CK_SESSION_HANDLE ses;
    CK_OBJECT_HANDLE pub, priv, o;
    char label[32];
    unsigned char b[64];
    if ((t->rv = p11_open(s.slot, CKF_RW_SESSION, &ses)) != CKR_OK)
        return NULL;
    snprintf(label, sizeof label, "thread %u", t->nr);
    for (unsigned i = 0; i < 10 && t->rv == CKR_OK; i++) {
        CK_ATTRIBUTE d[] = {A_UL(CKA_CLASS, CKO_DATA), A_B(CKA_TOKEN, i % 2 == 1),
                            A_T(CKA_PRIVATE), A_STR(CKA_LABEL, label)};
        CK_ULONG n = sizeof b;
        if ((t->rv = p11_gen_ec(ses, &p11_curves[0], false, label, &pub, &priv)) !=
                CKR_OK ||
            (t->rv = p11->C_CreateObject(ses, d, NR(d), &o)) != CKR_OK ||
            (t->rv = p11->C_DigestInit(ses, M0(CKM_SHA256))) != CKR_OK ||
            (t->rv = p11->C_Digest(ses, (CK_BYTE_PTR)label, 4, b, &n)) != CKR_OK)
            break;
        EVP_PKEY *key = p11_public(ses, pub);
        t->done += key && sign_some(ses, priv, key, t->nr, 3, &t->rv) == 3 &&
                   p11_find(ses, d, NR(d)) != 0;
        EVP_PKEY_free(key);
        if (t->rv == CKR_OK && (t->rv = p11->C_DestroyObject(ses, o)) == CKR_OK &&
            (t->rv = p11->C_DestroyObject(ses, priv)) == CKR_OK)
            t->rv = p11->C_DestroyObject(ses, pub);
    }
    p11->C_CloseSession(ses);
    return NULL;
}

static void test_mixed(void)
{
    struct signer t[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        t[i] = (struct signer){.nr = i};
        NEED(pthread_create(&t[i].thread, NULL, mixed, &t[i]) == 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(t[i].thread, NULL);
        RV(CKR_OK, t[i].rv);
        CHECK(t[i].done == 10);
    }
    CHECK(p11_count(s.ses, NULL, 0) == 0);
}

/* A child process with its own initialisation; exits with the number of good signatures.
 */
static int child_signs(const char *label, unsigned nr, unsigned rounds)
{
    CK_SESSION_HANDLE ses;
    CK_RV rv;
    p11->C_Finalize(NULL); /* some modules do not notice a fork */
    if (p11_init() != CKR_OK || !p11_find_token(&s.slot, "p11suite") ||
        p11_open(s.slot, CKF_RW_SESSION, &ses) != CKR_OK ||
        p11_login(ses, CKU_USER, s.user_pin) != CKR_OK)
        return 250;
    CK_ATTRIBUTE t[] = {A_UL(CKA_CLASS, CKO_PRIVATE_KEY), A_STR(CKA_LABEL, label)};
    CK_ATTRIBUTE u[] = {A_UL(CKA_CLASS, CKO_PUBLIC_KEY), A_STR(CKA_LABEL, label)};
    CK_OBJECT_HANDLE priv = p11_find(ses, t, 2), pub = p11_find(ses, u, 2);
    EVP_PKEY *key = pub ? p11_public(ses, pub) : NULL;
    if (!key || !priv)
        return 251;
    int done = (int)sign_some(ses, priv, key, nr, rounds, &rv);
    EVP_PKEY_free(key);
    return p11->C_Finalize(NULL) == CKR_OK ? done : 252;
}

static int wait_for(pid_t pid)
{
    int st;
    while (waitpid(pid, &st, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(st) ? WEXITSTATUS(st) : -WTERMSIG(st);
}

static void test_processes(void)
{
    pid_t pid[PROCESSES];
    CK_OBJECT_HANDLE pub, priv;
    CK_RV rv = CKR_OK;
    MUST(p11_gen_ec(s.ses, &p11_curves[0], true, "of many", &pub, &priv));
    EVP_PKEY *key = p11_public(s.ses, pub);
    NEED(key);
    fflush(stdout);
    for (unsigned i = 0; i < PROCESSES; i++)
        if ((pid[i] = proc_fork()) == 0)
            _exit(child_signs("of many", i, ROUNDS));
    CHECK(sign_some(s.ses, priv, key, 99, ROUNDS, &rv) == ROUNDS);
    RV(CKR_OK, rv);
    for (unsigned i = 0; i < PROCESSES; i++)
        CHECK(wait_for(pid[i]) == ROUNDS);
    EVP_PKEY_free(key);
}

/* In a child everything of the parent is invalid, and the parent notices nothing. */
static void test_fork(void)
{
    CK_OBJECT_HANDLE pub, priv;
    CK_RV rv = CKR_OK;
    MUST(p11_gen_ec(s.ses, &p11_curves[0], true, "forked", &pub, &priv));
    EVP_PKEY *key = p11_public(s.ses, pub);
    NEED(key);
    CHECK(sign_some(s.ses, priv, key, 1, 5, &rv) == 5);
    fflush(stdout);
    pid_t pid = proc_fork();
    if (pid == 0) {
        CK_SESSION_INFO si;
        unsigned char d[32] = {0}, sig[64];
        CK_ULONG n = sizeof sig;
        if (p11->C_GetSessionInfo(s.ses, &si) != CKR_CRYPTOKI_NOT_INITIALIZED)
            _exit(101);
        if (p11->C_Sign(s.ses, d, sizeof d, sig, &n) != CKR_CRYPTOKI_NOT_INITIALIZED)
            _exit(102);
        if (p11->C_Finalize(NULL) != CKR_CRYPTOKI_NOT_INITIALIZED)
            _exit(103);
        _exit(child_signs("forked", 7, 20));
    }
    int got = wait_for(pid);
    CHECK(got == 20);
    if (got != 20)
        printf("#   the child ended with %d\n", got);
    CHECK(sign_some(s.ses, priv, key, 2, 20, &rv) == 20);
    /* a child that does nothing and leaves must not take the parent's session along */
    if ((pid = proc_fork()) == 0)
        exit(0);
    CHECK(wait_for(pid) == 0);
    CHECK(sign_some(s.ses, priv, key, 3, 20, &rv) == 20);
    EVP_PKEY_free(key);
}

static atomic_bool stop_now;

static void *keeps_signing(void *arg)
{
    struct signer *t = arg;
    CK_SESSION_HANDLE ses;
    if (p11_open(s.slot, 0, &ses) != CKR_OK)
        return NULL;
    while (!stop_now && t->rv == CKR_OK)
        t->done += sign_some(ses, t->priv, t->key, 1, 1, &t->rv);
    return NULL;
}

/* The allocators of the sanitizers do not survive a fork that other threads' allocations
 * meet. */
static bool sanitized(void)
{
    return dlsym(RTLD_DEFAULT, "__asan_init") || dlsym(RTLD_DEFAULT, "__tsan_init");
}

static void test_fork_while_signing(void)
{
    struct signer t[4];
    CK_OBJECT_HANDLE pub, priv;
    if (!is_ours())
        skip("a child may inherit locks that nobody holds");
    if (sanitized())
        skip("the sanitizer's allocator may be locked in the child");
    MUST(p11_gen_ec(s.ses, &p11_curves[0], true, "busy", &pub, &priv));
    EVP_PKEY *key = p11_public(s.ses, pub);
    NEED(key);
    stop_now = false;
    for (unsigned i = 0; i < NR(t); i++) {
        t[i] = (struct signer){.priv = priv, .key = key};
        NEED(pthread_create(&t[i].thread, NULL, keeps_signing, &t[i]) == 0);
    }
    fflush(stdout);
    for (int i = 0; i < 10; i++) {
        pid_t pid = proc_fork();
        if (pid == 0)
            _exit(child_signs("busy", 9, 3));
        CHECK(wait_for(pid) == 3);
    }
    stop_now = true;
    for (unsigned i = 0; i < NR(t); i++) {
        pthread_join(t[i].thread, NULL);
        RV(CKR_OK, t[i].rv);
        CHECK(t[i].done > 0);
    }
    EVP_PKEY_free(key);
}

static atomic_uint destroyed;

static void *destroyer(void *arg)
{
    struct signer *t = arg;
    CK_SESSION_HANDLE ses;
    if (p11_open(s.slot, CKF_RW_SESSION, &ses) != CKR_OK)
        return NULL;
    t->rv = p11->C_DestroyObject(ses, t->priv);
    if (t->rv == CKR_OK)
        destroyed++;
    return NULL;
}

/* Many threads destroy one object: one succeeds, the others are told that it is gone. */
static void test_destroy_once(void)
{
    for (int round = 0; round < 10; round++) {
        struct signer t[8];
        CK_OBJECT_HANDLE o;
        CK_ATTRIBUTE d[] = {A_UL(CKA_CLASS, CKO_DATA), A_B(CKA_TOKEN, round % 2 == 1),
                            A_F(CKA_PRIVATE)};
        MUST(p11->C_CreateObject(s.ses, d, NR(d), &o));
        destroyed = 0;
        for (unsigned i = 0; i < NR(t); i++) {
            t[i] = (struct signer){.priv = o};
            NEED(pthread_create(&t[i].thread, NULL, destroyer, &t[i]) == 0);
        }
        for (unsigned i = 0; i < NR(t); i++) {
            pthread_join(t[i].thread, NULL);
            RV_IN(t[i].rv, CKR_OK, CKR_OBJECT_HANDLE_INVALID);
        }
        CHECK(destroyed == 1);
    }
}

/* Finalising while others sign: they get an error, nothing crashes. */
static void test_finalize_while_signing(void)
{
    struct signer t[4];
    CK_OBJECT_HANDLE pub, priv;
    if (!is_ours())
        skip("not promised by PKCS#11");
    MUST(p11_gen_ec(s.ses, &p11_curves[0], true, "late", &pub, &priv));
    EVP_PKEY *key = p11_public(s.ses, pub);
    NEED(key);
    stop_now = false;
    for (unsigned i = 0; i < NR(t); i++) {
        t[i] = (struct signer){.priv = priv, .key = key};
        NEED(pthread_create(&t[i].thread, NULL, keeps_signing, &t[i]) == 0);
    }
    usleep(20000);
    MUST(p11->C_Finalize(NULL));
    stop_now = true;
    for (unsigned i = 0; i < NR(t); i++) {
        pthread_join(t[i].thread, NULL);
        CHECK(t[i].rv == CKR_OK || t[i].rv == CKR_CRYPTOKI_NOT_INITIALIZED ||
              t[i].rv == CKR_SESSION_HANDLE_INVALID || t[i].rv == CKR_SESSION_CLOSED);
    }
    EVP_PKEY_free(key);
    MUST(p11_init());
    reopen(true);
}

/* A process that is killed leaves no session behind. */
static void test_dead_process(void)
{
    int fd[2];
    char c;
    CK_TOKEN_INFO ti;
    NEED(pipe(fd) == 0);
    fflush(stdout);
    pid_t pid = proc_fork();
    if (pid == 0) {
        CK_SESSION_HANDLE h;
        close(fd[0]);
        p11->C_Finalize(NULL);
        if (p11_init() == CKR_OK && p11_find_token(&s.slot, "p11suite"))
            for (int i = 0; i < 5; i++)
                p11_open(s.slot, CKF_RW_SESSION, &h);
        if (write(fd[1], "x", 1) == 1)
            pause();
        _exit(0);
    }
    close(fd[1]);
    CHECK(read(fd[0], &c, 1) == 1);
    close(fd[0]);
    proc_kill(pid, SIGKILL);
    CHECK(wait_for(pid) == -SIGKILL);
    for (int i = 0; i < 100; i++) {
        MUST(p11->C_GetTokenInfo(s.slot, &ti));
        if (ti.ulSessionCount <= 1 || ti.ulSessionCount == CK_UNAVAILABLE_INFORMATION)
            break;
        usleep(10000);
    }
    CHECK(ti.ulSessionCount == 1 || ti.ulSessionCount == CK_UNAVAILABLE_INFORMATION);
}

static const struct test tests[] = {
    {"sixteen_sign", NEED_USER, test_threads},
    {"sixteen_do_everything", NEED_USER, test_mixed},
    {"eight_processes_sign", NEED_USER, test_processes},
    {"fork", NEED_USER, test_fork},
    {"fork_while_signing", NEED_USER, test_fork_while_signing},
    {"destroyed_once", NEED_USER, test_destroy_once},
    {"finalize_while_signing", NEED_USER, test_finalize_while_signing},
    {"dead_process_leaves_nothing", NEED_USER, test_dead_process},
};
const struct topic topic_threads = {"threads", tests, NR(tests)};
