/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Digests and MACs: vectors whole and in pieces, extraction, short buffers, copies,
 * misuse.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tee_internal_api.h"
#include "sim/rsp.h"
#include "sim/sys_fake.h"
#include "sim/tee_help.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define ROOM     8192

static void test_hash_nist_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        uint32_t alg;
    } files[] = {
        {"hashes/SHA1/SHA1ShortMsg.rsp", TEE_ALG_SHA1},
        {"hashes/SHA2/SHA224ShortMsg.rsp", TEE_ALG_SHA224},
        {"hashes/SHA2/SHA256ShortMsg.rsp", TEE_ALG_SHA256},
        {"hashes/SHA2/SHA256LongMsg.rsp", TEE_ALG_SHA256},
        {"hashes/SHA2/SHA384ShortMsg.rsp", TEE_ALG_SHA384},
        {"hashes/SHA2/SHA512ShortMsg.rsp", TEE_ALG_SHA512},
        {"hashes/SHA3/SHA3_224ShortMsg.rsp", TEE_ALG_SHA3_224},
        {"hashes/SHA3/SHA3_256ShortMsg.rsp", TEE_ALG_SHA3_256},
        {"hashes/SHA3/SHA3_384ShortMsg.rsp", TEE_ALG_SHA3_384},
        {"hashes/SHA3/SHA3_512ShortMsg.rsp", TEE_ALG_SHA3_512},
        {"hashes/MD5/rfc-1321.txt", TEE_ALG_MD5},
        {"hashes/SM3/oscca.txt", TEE_ALG_SM3},
    };
    static uint8_t msg[ROOM], want[64], got[64];
    for (size_t f = 0; f < COUNT(files); f++) {
        struct rsp r;
        unsigned count = 0;
        rsp_open(&r, files[f].path);
        TEE_OperationHandle op = help_operation(files[f].alg, TEE_MODE_DIGEST, NULL);
        while (rsp_next(&r, "MD")) {
            size_t len = rsp_number(&r, "Len") / 8, n = sizeof got;
            size_t want_len = rsp_bytes(&r, "MD", want, sizeof want);
            if (len)
                rsp_bytes(&r, "Msg", msg, ROOM);
            assert_int_equal(TEE_DigestDoFinal(op, msg, len, got, &n), TEE_SUCCESS);
            assert_int_equal(n, want_len);
            assert_memory_equal(got, want, n);
            TEE_DigestUpdate(op, msg, len / 3);
            TEE_DigestUpdate(op, NULL, 0);
            assert_int_equal(TEE_DigestDoFinal(op, msg + len / 3, len - len / 3, got, &n),
                             0);
            assert_memory_equal(got, want, n);
            count++;
        }
        rsp_close(&r);
        TEE_FreeOperation(op);
        assert_true(count > 1);
    }
}

/* What is extracted piece by piece is what comes out at once. */
static void test_hash_extract(void **state)
{
    (void)state;
    uint8_t whole[32], parts[40], msg[3] = "abc";
    size_t n = sizeof whole;
    TEE_OperationInfoMultiple info;
    size_t info_len = sizeof info;
    TEE_OperationHandle op = help_operation(TEE_ALG_SHA256, TEE_MODE_DIGEST, NULL);
    assert_int_equal(TEE_DigestDoFinal(op, msg, 3, whole, &n), TEE_SUCCESS);
    TEE_DigestUpdate(op, msg, 3);
    n = 5;
    assert_int_equal(TEE_DigestExtract(op, parts, &n), TEE_SUCCESS);
    assert_int_equal(n, 5);
    assert_int_equal(TEE_GetOperationInfoMultiple(op, &info, &info_len), TEE_SUCCESS);
    assert_int_equal(info.operationState, TEE_OPERATION_STATE_EXTRACTING);
    n = 20;
    assert_int_equal(TEE_DigestExtract(op, parts + 5, &n), TEE_SUCCESS);
    n = 6;
    assert_int_equal(TEE_DigestDoFinal(op, NULL, 0, parts + 25, &n),
                     TEE_ERROR_SHORT_BUFFER);
    assert_int_equal(n, 7);
    assert_int_equal(TEE_DigestDoFinal(op, NULL, 0, parts + 25, &n), TEE_SUCCESS);
    assert_memory_equal(parts, whole, 32);
    TEE_DigestUpdate(op, msg, 3);
    n = 40;
    assert_int_equal(TEE_DigestExtract(op, parts, &n), TEE_SUCCESS);
    assert_int_equal(n, 32);
    n = 8;
    assert_int_equal(TEE_DigestExtract(op, parts, &n), TEE_SUCCESS);
    assert_int_equal(n, 0);
    TEE_FreeOperation(op);
}

static void test_hash_shake_vectors(void **state)
{
    (void)state;
    uint8_t msg[64], want[256], got[256];
    struct rsp r;
    unsigned count = 0;
    rsp_open(&r, "hashes/SHAKE/SHAKE128VariableOut.rsp");
    TEE_OperationHandle op = help_operation(TEE_ALG_SHAKE128, TEE_MODE_DIGEST, NULL);
    while (rsp_next(&r, "Output") && count < 300) {
        size_t len = rsp_bytes(&r, "Msg", msg, sizeof msg);
        size_t out = rsp_bytes(&r, "Output", want, sizeof want), n = out;
        if (rsp_number(&r, "Outputlen") % 8)
            continue;
        assert_int_equal(TEE_DigestDoFinal(op, msg, len, got, &n), TEE_SUCCESS);
        assert_int_equal(n, out);
        assert_memory_equal(got, want, out);
        TEE_DigestUpdate(op, msg, len);
        for (size_t i = 0; i < out; i += n) {
            n = out - i < 7 ? out - i : 7;
            assert_int_equal(TEE_DigestExtract(op, got + i, &n), TEE_SUCCESS);
        }
        assert_memory_equal(got, want, out);
        TEE_ResetOperation(op);
        count++;
    }
    rsp_close(&r);
    TEE_FreeOperation(op);
    assert_true(count > 20);
}

/* --- MACs --- */

static void mac_vector(uint32_t alg, uint32_t type, const uint8_t *key, size_t key_len,
                       const uint8_t *msg, size_t len, const uint8_t *want,
                       size_t want_len)
{
    uint8_t got[64];
    size_t n = want_len - 1;
    TEE_ObjectHandle k = help_secret(type, key, key_len);
    TEE_OperationHandle op = help_operation(alg, TEE_MODE_MAC, k);
    TEE_MACInit(op, NULL, 0);
    assert_int_equal(TEE_MACComputeFinal(op, msg, len, got, &n), TEE_ERROR_SHORT_BUFFER);
    assert_int_equal(n, want_len);
    assert_int_equal(TEE_MACComputeFinal(op, msg, len, got, &n), TEE_SUCCESS);
    assert_memory_equal(got, want, n);
    TEE_MACInit(op, NULL, 0);
    TEE_MACUpdate(op, msg, len / 2);
    assert_int_equal(TEE_MACCompareFinal(op, msg + len / 2, len - len / 2, want, n), 0);
    TEE_MACInit(op, NULL, 0);
    got[0] ^= 1;
    assert_int_equal(TEE_MACCompareFinal(op, msg, len, got, n), TEE_ERROR_MAC_INVALID);
    TEE_MACInit(op, NULL, 0);
    assert_int_equal(TEE_MACCompareFinal(op, msg, len, want, n - 1),
                     TEE_ERROR_MAC_INVALID);
    TEE_FreeOperation(op);
    TEE_FreeTransientObject(k);
}

static void test_hash_hmac_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        uint32_t alg, type;
    } files[] = {
        {"HMAC/rfc-2202-md5.txt", TEE_ALG_HMAC_MD5, TEE_TYPE_HMAC_MD5},
        {"HMAC/rfc-2202-sha1.txt", TEE_ALG_HMAC_SHA1, TEE_TYPE_HMAC_SHA1},
        {"HMAC/rfc-4231-sha224.txt", TEE_ALG_HMAC_SHA224, TEE_TYPE_HMAC_SHA224},
        {"HMAC/rfc-4231-sha256.txt", TEE_ALG_HMAC_SHA256, TEE_TYPE_HMAC_SHA256},
        {"HMAC/rfc-4231-sha384.txt", TEE_ALG_HMAC_SHA384, TEE_TYPE_HMAC_SHA384},
        {"HMAC/rfc-4231-sha512.txt", TEE_ALG_HMAC_SHA512, TEE_TYPE_HMAC_SHA512},
    };
    uint8_t key[256], msg[1024], want[64];
    for (size_t f = 0; f < COUNT(files); f++) {
        struct rsp r;
        unsigned count = 0;
        rsp_open(&r, files[f].path);
        while (rsp_next(&r, "MD")) {
            size_t key_len = rsp_bytes(&r, "Key", key, sizeof key);
            size_t len = rsp_bytes(&r, "Msg", msg, sizeof msg);
            mac_vector(files[f].alg, files[f].type, key, key_len, msg, len, want,
                       rsp_bytes(&r, "MD", want, sizeof want));
            count++;
        }
        rsp_close(&r);
        assert_true(count > 4);
    }
}

static void test_hash_cmac_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        uint32_t alg, type;
    } files[] = {
        {"CMAC/nist-800-38b-aes128.txt", TEE_ALG_AES_CMAC, TEE_TYPE_AES},
        {"CMAC/nist-800-38b-aes192.txt", TEE_ALG_AES_CMAC, TEE_TYPE_AES},
        {"CMAC/nist-800-38b-aes256.txt", TEE_ALG_AES_CMAC, TEE_TYPE_AES},
        {"CMAC/nist-800-38b-3des.txt", TEE_ALG_DES3_CMAC, TEE_TYPE_DES3},
    };
    uint8_t key[32], msg[128], want[16];
    for (size_t f = 0; f < COUNT(files); f++) {
        struct rsp r;
        unsigned count = 0;
        rsp_open(&r, files[f].path);
        while (rsp_next(&r, "OUTPUT")) {
            size_t key_len;
            if (rsp_text(&r, "KEY1")) {
                rsp_bytes(&r, "KEY1", key, 8);
                rsp_bytes(&r, "KEY2", key + 8, 8);
                rsp_bytes(&r, "KEY3", key + 16, 8);
                key_len = 24;
            } else {
                key_len = rsp_bytes(&r, "KEY", key, sizeof key);
            }
            size_t len = rsp_bytes(&r, "MESSAGE", msg, sizeof msg);
            mac_vector(files[f].alg, files[f].type, key, key_len, msg, len, want,
                       rsp_bytes(&r, "OUTPUT", want, sizeof want));
            count++;
        }
        rsp_close(&r);
        assert_true(count > 2);
    }
}

/* CBC-MAC is the last block of CBC from a zero IV; PKCS#5 padding always adds. */
static void test_hash_cbc_mac_is_the_last_block(void **state)
{
    (void)state;
    uint8_t key[16], msg[1040], ct[1040], iv[16] = {0};
    sys_random(key, sizeof key);
    sys_random(msg, sizeof msg);
    TEE_ObjectHandle k = help_secret(TEE_TYPE_AES, key, sizeof key);
    TEE_OperationHandle cbc = help_operation(TEE_ALG_AES_CBC_NOPAD, TEE_MODE_ENCRYPT, k);
    for (size_t len = 16; len <= 1024; len += 16) {
        size_t n = sizeof ct;
        TEE_CipherInit(cbc, iv, 16);
        assert_int_equal(TEE_CipherDoFinal(cbc, msg, len, ct, &n), TEE_SUCCESS);
        mac_vector(TEE_ALG_AES_CBC_MAC_NOPAD, TEE_TYPE_AES, key, 16, msg, len,
                   ct + len - 16, 16);
        uint8_t padded[1040];
        memcpy(padded, msg, len - 3);
        memset(padded + len - 3, 3, 3);
        n = sizeof ct;
        TEE_CipherInit(cbc, iv, 16);
        assert_int_equal(TEE_CipherDoFinal(cbc, padded, len, ct, &n), TEE_SUCCESS);
        mac_vector(TEE_ALG_AES_CBC_MAC_PKCS5, TEE_TYPE_AES, key, 16, msg, len - 3,
                   ct + len - 16, 16);
    }
    TEE_FreeOperation(cbc);
    TEE_FreeTransientObject(k);
}

static void test_hash_copies_continue(void **state)
{
    (void)state;
    static const uint8_t key[32] = {1}, msg[100] = {2};
    static const struct {
        uint32_t alg, type;
    } macs[] = {{TEE_ALG_HMAC_SHA256, TEE_TYPE_HMAC_SHA256},
                {TEE_ALG_AES_CMAC, TEE_TYPE_AES},
                {TEE_ALG_AES_CBC_MAC_PKCS5, TEE_TYPE_AES}};
    uint8_t a[32], b[32];
    size_t n = sizeof a, m = sizeof b;
    TEE_OperationHandle op = help_operation(TEE_ALG_SHA256, TEE_MODE_DIGEST, NULL);
    TEE_OperationHandle copy = help_operation(TEE_ALG_SHA256, TEE_MODE_DIGEST, NULL);
    TEE_DigestUpdate(op, msg, 33);
    TEE_CopyOperation(copy, op);
    assert_int_equal(TEE_DigestDoFinal(op, msg, 9, a, &n), TEE_SUCCESS);
    assert_int_equal(TEE_DigestDoFinal(copy, msg, 9, b, &m), TEE_SUCCESS);
    assert_memory_equal(a, b, 32);
    TEE_FreeOperation(op);
    TEE_FreeOperation(copy);
    for (size_t i = 0; i < COUNT(macs); i++) {
        TEE_ObjectHandle k = help_secret(macs[i].type, key, 32);
        op = help_operation(macs[i].alg, TEE_MODE_MAC, k);
        assert_int_equal(TEE_AllocateOperation(&copy, macs[i].alg, TEE_MODE_MAC, 256), 0);
        TEE_MACInit(op, NULL, 0);
        TEE_MACUpdate(op, msg, 33);
        TEE_CopyOperation(copy, op);
        n = m = sizeof a;
        assert_int_equal(TEE_MACComputeFinal(op, msg, 9, a, &n), TEE_SUCCESS);
        assert_int_equal(TEE_MACComputeFinal(copy, msg, 9, b, &m), TEE_SUCCESS);
        assert_int_equal(n, m);
        assert_memory_equal(a, b, n);
        TEE_FreeOperation(op);
        TEE_FreeOperation(copy);
        TEE_FreeTransientObject(k);
    }
}

/* --- Panics --- */

static void update_after_extract(void *arg)
{
    size_t n = 0;
    TEE_OperationHandle op = help_operation(TEE_ALG_SHA256, TEE_MODE_DIGEST, NULL);
    TEE_DigestExtract(op, NULL, &n);
    TEE_DigestUpdate(op, arg, 1);
}

static void mac_not_begun(void *arg)
{
    TEE_MACUpdate(help_operation(TEE_ALG_HMAC_SHA256, TEE_MODE_MAC,
                                 help_secret(TEE_TYPE_HMAC_SHA256, arg, 32)),
                  arg, 1);
}

static void mac_without_key(void *arg)
{
    TEE_OperationHandle op;
    (void)arg;
    TEE_AllocateOperation(&op, TEE_ALG_HMAC_SHA256, TEE_MODE_MAC, 256);
    TEE_MACInit(op, NULL, 0);
}

static void cbc_mac_half_block(void *arg)
{
    uint8_t mac[16];
    size_t n = sizeof mac;
    TEE_OperationHandle op = help_operation(TEE_ALG_AES_CBC_MAC_NOPAD, TEE_MODE_MAC,
                                            help_secret(TEE_TYPE_AES, arg, 16));
    TEE_MACInit(op, NULL, 0);
    TEE_MACComputeFinal(op, arg, 15, mac, &n);
}

static void digest_as_mac(void *arg)
{
    TEE_MACUpdate(help_operation(TEE_ALG_SHA256, TEE_MODE_DIGEST, NULL), arg, 1);
}

static void test_hash_misuse_panics(void **state)
{
    (void)state;
    uint8_t bytes[32] = {1};
    assert_true(panics(update_after_extract, bytes, "extraction has begun"));
    assert_true(panics(mac_not_begun, bytes, "no active MAC"));
    assert_true(panics(mac_without_key, bytes, "no key"));
    assert_true(panics(cbc_mac_half_block, bytes, "whole number of blocks"));
    assert_true(panics(digest_as_mac, bytes, "no active MAC"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash_nist_vectors),
        cmocka_unit_test(test_hash_extract),
        cmocka_unit_test(test_hash_shake_vectors),
        cmocka_unit_test(test_hash_hmac_vectors),
        cmocka_unit_test(test_hash_cmac_vectors),
        cmocka_unit_test(test_hash_cbc_mac_is_the_last_block),
        cmocka_unit_test(test_hash_copies_continue),
        cmocka_unit_test(test_hash_misuse_panics),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
