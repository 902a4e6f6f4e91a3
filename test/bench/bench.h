/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The benchmark's parts. A contender is somebody who can do the operations: OpenSSL in
 * this process (the limit), or a PKCS#11 module. A worker is one thread or process of a
 * contender with its own session, keys and contexts; step() does one operation of the
 * row.
 */
#ifndef AH_BENCH_H
#define AH_BENCH_H

#include "test/system/p11_util.h"

enum op { SIGN_EC, VERIFY_EC, SIGN_RSA, KEYGEN_EC, GCM, SHA, LOGIN, NR_OPS };

struct contender {
    const char *name;
    const char *module; /* NULL: OpenSSL */
    CK_FUNCTION_LIST *f;
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE main; /* stays open, so that the login lasts */
    CK_OBJECT_HANDLE ec_pub, ec, rsa, aes;
};

struct worker {
    const struct contender *c;
    enum op op;
    size_t size;
    CK_SESSION_HANDLE ses;
    unsigned char *in, *out;
    unsigned char sig[512];
    CK_ULONG sig_len;
    EVP_PKEY_CTX *pkey;
    EVP_CIPHER_CTX *cipher;
    EVP_MD_CTX *md;
};

/* Load, initialise, make the token and its keys when they are missing, log in. */
bool contender_open(struct contender *c);
void contender_close(struct contender *c);

bool worker_begin(struct worker *w, const struct contender *c, enum op op, size_t size);
bool worker_step(struct worker *w);
void worker_end(struct worker *w);

/* Operations per second of threads or processes over that time; negative when something
 * failed. */
double run_threads(const struct contender *c, enum op op, size_t size, unsigned threads,
                   double seconds);
double run_processes(const struct contender *c, enum op op, size_t size,
                     unsigned processes, double seconds);

double median(double *v, size_t n);

#endif
