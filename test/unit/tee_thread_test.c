/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several lanes at once: threads sign with one key object, each through an operation of
 * its own, set and freed all the while; others fetch algorithms for the first time. Meant
 * for TSan.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <pthread.h>
#include "tee_internal_api.h"
#include "sim/tee_help.h"

#define THREADS 4
#define ROUNDS  50

struct job {
    pthread_t thread;
    TEE_ObjectHandle key;
    uint32_t alg;
    uint32_t failed;
};

static TEE_OperationHandle operation(uint32_t alg, uint32_t mode, TEE_ObjectHandle key)
{
    TEE_OperationHandle op = NULL;
    TEE_ObjectInfo info;
    TEE_GetObjectInfo(key, &info);
    if (TEE_AllocateOperation(&op, alg, mode, info.objectSize) == TEE_SUCCESS)
        TEE_SetOperationKey(op, key);
    return op;
}

static void *sign_and_verify(void *arg)
{
    struct job *j = arg;
    uint8_t md[32] = {1}, sig[512];
    for (int i = 0; i < ROUNDS; i++) {
        TEE_OperationHandle s = operation(j->alg, TEE_MODE_SIGN, j->key);
        TEE_OperationHandle v = operation(j->alg, TEE_MODE_VERIFY, j->key);
        for (uint8_t k = 0; k < 4; k++) {
            size_t n = sizeof sig;
            md[3] = k;
            if (TEE_AsymmetricSignDigest(s, NULL, 0, md, 32, sig, &n) != TEE_SUCCESS ||
                TEE_AsymmetricVerifyDigest(v, NULL, 0, md, 32, sig, n) != TEE_SUCCESS)
                j->failed++;
        }
        TEE_FreeOperation(s);
        TEE_FreeOperation(v);
    }
    return NULL;
}

static void run(void *(*f)(void *), uint32_t alg, TEE_ObjectHandle key)
{
    struct job jobs[THREADS] = {{0}};
    for (int i = 0; i < THREADS; i++) {
        jobs[i].key = key;
        jobs[i].alg = alg;
        assert_int_equal(pthread_create(&jobs[i].thread, NULL, f, &jobs[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(jobs[i].thread, NULL);
        assert_int_equal(jobs[i].failed, 0);
    }
}

static void test_thread_one_ec_key(void **state)
{
    (void)state;
    TEE_ObjectHandle key = help_ec(TEE_TYPE_ECDSA_KEYPAIR, TEE_ECC_CURVE_NIST_P256);
    run(sign_and_verify, TEE_ALG_ECDSA_SHA256, key);
    TEE_FreeTransientObject(key);
}

static void test_thread_one_rsa_key(void **state)
{
    (void)state;
    TEE_ObjectHandle key = help_rsa(1024);
    run(sign_and_verify, TEE_ALG_RSASSA_PKCS1_V1_5_SHA256, key);
    TEE_FreeTransientObject(key);
}

/* First use of each digest, by all threads at once. */
static void *digest_all(void *arg)
{
    static const uint32_t algs[] = {TEE_ALG_MD5,      TEE_ALG_SHA1,     TEE_ALG_SHA224,
                                    TEE_ALG_SHA384,   TEE_ALG_SHA512,   TEE_ALG_SHA3_256,
                                    TEE_ALG_SHA3_384, TEE_ALG_SHAKE128, TEE_ALG_SM3};
    struct job *j = arg;
    for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++) {
        TEE_OperationHandle op;
        uint8_t md[64];
        size_t n = sizeof md;
        if (TEE_AllocateOperation(&op, algs[i], TEE_MODE_DIGEST, 0) != TEE_SUCCESS ||
            TEE_DigestDoFinal(op, "abc", 3, md, &n) != TEE_SUCCESS)
            j->failed++;
        TEE_FreeOperation(op);
    }
    return NULL;
}

static void test_thread_first_fetch(void **state)
{
    (void)state;
    run(digest_all, 0, NULL);
}

/* The last of several holders frees the key, whichever that is. */
static void *copy_and_free(void *arg)
{
    struct job *j = arg;
    for (int i = 0; i < ROUNDS * 20; i++) {
        TEE_ObjectHandle o;
        if (TEE_AllocateTransientObject(TEE_TYPE_ECDSA_KEYPAIR, 256, &o) != TEE_SUCCESS ||
            TEE_CopyObjectAttributes1(o, j->key) != TEE_SUCCESS)
            j->failed++;
        TEE_FreeTransientObject(o);
    }
    return NULL;
}

static void test_thread_copies_share_one_key(void **state)
{
    (void)state;
    TEE_ObjectHandle key = help_ec(TEE_TYPE_ECDSA_KEYPAIR, TEE_ECC_CURVE_NIST_P256);
    run(copy_and_free, 0, key);
    TEE_FreeTransientObject(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thread_first_fetch),
        cmocka_unit_test(test_thread_one_ec_key),
        cmocka_unit_test(test_thread_one_rsa_key),
        cmocka_unit_test(test_thread_copies_share_one_key),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
