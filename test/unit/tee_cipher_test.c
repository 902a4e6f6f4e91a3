/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ciphers against NIST's vectors: in one call, in pieces of every awkward size, and in
 * place; then the rules of buffers, lengths and states. Ciphertext stealing is checked
 * against libcrypto.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include "anchorhold_ta.h"
#include "sim/rsp.h"
#include "sim/sys_fake.h"
#include "sim/tee_help.h"

#define ROOM 4096

/*
 * All of src through op in pieces of `piece` bytes, the last by DoFinal; output over
 * input.
 */
static size_t in_pieces(TEE_OperationHandle op, uint8_t *buf, size_t len, size_t piece)
{
    size_t in = 0, out = 0, n;
    while (len - in > piece) {
        n = ROOM - out;
        uint8_t *src = buf + in;
        uint8_t copy[ROOM];
        memcpy(copy, src, piece);
        assert_int_equal(TEE_CipherUpdate(op, copy, piece, buf + out, &n), TEE_SUCCESS);
        in += piece;
        out += n;
    }
    uint8_t last[ROOM];
    memcpy(last, buf + in, len - in);
    n = ROOM;
    assert_int_equal(TEE_CipherDoFinal(op, last, len - in, buf + out, &n), TEE_SUCCESS);
    return out + n;
}

static void check_message(TEE_OperationHandle op, const uint8_t *iv, size_t iv_len,
                          const uint8_t *in, const uint8_t *out, size_t len)
{
    static const size_t pieces[] = {1, 7, 15, 16, 17, 31, 33, 64, 100};
    uint8_t buf[ROOM];
    size_t n = len;
    TEE_CipherInit(op, iv, iv_len);
    memcpy(buf, in, len);
    assert_int_equal(TEE_CipherDoFinal(op, buf, len, buf, &n), TEE_SUCCESS);
    assert_int_equal(n, len);
    assert_memory_equal(buf, out, len);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        TEE_CipherInit(op, iv, iv_len);
        memcpy(buf, in, len);
        assert_int_equal(in_pieces(op, buf, len, pieces[i]), len);
        assert_memory_equal(buf, out, len);
    }
}

static size_t load_key(const struct rsp *r, uint8_t *key)
{
    if (rsp_text(r, "KEYS")) {
        size_t n = rsp_bytes(r, "KEYS", key, 24);
        memcpy(key + n, key, n);
        memcpy(key + 2 * n, key, n);
        return 3 * n;
    }
    if (!rsp_text(r, "KEY1"))
        return rsp_bytes(r, "KEY", key, 64);
    size_t n = rsp_bytes(r, "KEY1", key, 8);
    n += rsp_bytes(r, "KEY2", key + 8, 8);
    return n + rsp_bytes(r, "KEY3", key + 16, 8);
}

static void run_file(const char *path, uint32_t alg, uint32_t type)
{
    uint8_t key[64], iv[16], pt[ROOM], ct[ROOM];
    struct rsp r;
    rsp_open(&r, path);
    unsigned count = 0;
    while (rsp_next(&r, "CIPHERTEXT")) {
        size_t key_len = load_key(&r, key);
        size_t iv_len = rsp_text(&r, "IV") ? rsp_bytes(&r, "IV", iv, sizeof iv) : 0;
        size_t len = rsp_bytes(&r, "PLAINTEXT", pt, ROOM);
        if (!rsp_text(&r, "PLAINTEXT") || rsp_bytes(&r, "CIPHERTEXT", ct, ROOM) != len)
            continue;
        TEE_ObjectHandle k = help_secret(type, key, key_len);
        TEE_OperationHandle e = help_operation(alg, TEE_MODE_ENCRYPT, k);
        TEE_OperationHandle d = help_operation(alg, TEE_MODE_DECRYPT, k);
        check_message(e, iv, iv_len, pt, ct, len);
        check_message(d, iv, iv_len, ct, pt, len);
        TEE_FreeOperation(e);
        TEE_FreeOperation(d);
        TEE_FreeTransientObject(k);
        count++;
    }
    rsp_close(&r);
    assert_true(count > 0);
}

static void test_cipher_nist_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        uint32_t alg, type;
    } files[] = {
        {"ciphers/AES/ECB/ECBMMT128.rsp", TEE_ALG_AES_ECB_NOPAD, TEE_TYPE_AES},
        {"ciphers/AES/ECB/ECBMMT192.rsp", TEE_ALG_AES_ECB_NOPAD, TEE_TYPE_AES},
        {"ciphers/AES/ECB/ECBMMT256.rsp", TEE_ALG_AES_ECB_NOPAD, TEE_TYPE_AES},
        {"ciphers/AES/CBC/CBCMMT128.rsp", TEE_ALG_AES_CBC_NOPAD, TEE_TYPE_AES},
        {"ciphers/AES/CBC/CBCMMT192.rsp", TEE_ALG_AES_CBC_NOPAD, TEE_TYPE_AES},
        {"ciphers/AES/CBC/CBCMMT256.rsp", TEE_ALG_AES_CBC_NOPAD, TEE_TYPE_AES},
        {"ciphers/AES/CTR/aes-128-ctr.txt", TEE_ALG_AES_CTR, TEE_TYPE_AES},
        {"ciphers/AES/CTR/aes-192-ctr.txt", TEE_ALG_AES_CTR, TEE_TYPE_AES},
        {"ciphers/AES/CTR/aes-256-ctr.txt", TEE_ALG_AES_CTR, TEE_TYPE_AES},
        {"ciphers/3DES/CBC/TCBCMMT3.rsp", TEE_ALG_DES3_CBC_NOPAD, TEE_TYPE_DES3},
        {"ciphers/3DES/ECB/TECBMMT3.rsp", TEE_ALG_DES3_ECB_NOPAD, TEE_TYPE_DES3},
        {"ciphers/SM4/draft-ribose-cfrg-sm4-10-ecb.txt", TEE_ALG_SM4_ECB_NOPAD,
         TEE_TYPE_SM4},
        {"ciphers/SM4/draft-ribose-cfrg-sm4-10-cbc.txt", TEE_ALG_SM4_CBC_NOPAD,
         TEE_TYPE_SM4},
        {"ciphers/SM4/draft-ribose-cfrg-sm4-10-ctr.txt", TEE_ALG_SM4_CTR, TEE_TYPE_SM4},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        run_file(files[i].path, files[i].alg, files[i].type);
}

/* A single DES key is the DES3 key of three equal parts. */
static void test_cipher_des_is_des3_with_equal_keys(void **state)
{
    (void)state;
    uint8_t key[24], data[64], one[64], three[64];
    size_t n = sizeof one;
    sys_random(key, 8);
    sys_random(data, sizeof data);
    memcpy(key + 8, key, 8);
    memcpy(key + 16, key, 8);
    TEE_ObjectHandle k1 = help_secret(TEE_TYPE_DES, key, 8);
    TEE_ObjectHandle k3 = help_secret(TEE_TYPE_DES3, key, 24);
    TEE_OperationHandle a = help_operation(TEE_ALG_DES_ECB_NOPAD, TEE_MODE_ENCRYPT, k1);
    TEE_OperationHandle b = help_operation(TEE_ALG_DES3_ECB_NOPAD, TEE_MODE_ENCRYPT, k3);
    TEE_CipherInit(a, NULL, 0);
    TEE_CipherInit(b, NULL, 0);
    assert_int_equal(TEE_CipherDoFinal(a, data, sizeof data, one, &n), TEE_SUCCESS);
    assert_int_equal(TEE_CipherDoFinal(b, data, sizeof data, three, &n), TEE_SUCCESS);
    assert_memory_equal(one, three, sizeof one);
    TEE_FreeOperation(a);
    TEE_FreeOperation(b);
    TEE_FreeTransientObject(k1);
    TEE_FreeTransientObject(k3);
}

static TEE_OperationHandle xts_operation(uint32_t mode, const uint8_t *key, size_t len)
{
    TEE_OperationHandle op;
    TEE_ObjectHandle k1 = help_secret(TEE_TYPE_AES, key, len / 2);
    TEE_ObjectHandle k2 = help_secret(TEE_TYPE_AES, key + len / 2, len / 2);
    assert_int_equal(
        TEE_AllocateOperation(&op, TEE_ALG_AES_XTS, mode, (uint32_t)(len * 8)),
        TEE_SUCCESS);
    assert_int_equal(TEE_SetOperationKey2(op, k1, k2), TEE_SUCCESS);
    TEE_FreeTransientObject(k1);
    TEE_FreeTransientObject(k2);
    return op;
}

static void test_cipher_xts_vectors(void **state)
{
    (void)state;
    static const char *const files[] = {
        "ciphers/AES/XTS/tweak-128hexstr/XTSGenAES128.rsp",
        "ciphers/AES/XTS/tweak-128hexstr/XTSGenAES256.rsp"};
    uint8_t key[64], iv[16], pt[ROOM], ct[ROOM];
    for (int f = 0; f < 2; f++) {
        struct rsp r;
        unsigned count = 0;
        rsp_open(&r, files[f]);
        while (rsp_next(&r, "CT")) {
            size_t key_len = rsp_bytes(&r, "Key", key, sizeof key);
            size_t len = rsp_bytes(&r, "PT", pt, ROOM);
            rsp_bytes(&r, "i", iv, sizeof iv);
            if (rsp_number(&r, "DataUnitLen") % 8 || rsp_bytes(&r, "CT", ct, ROOM) != len)
                continue;
            TEE_OperationHandle e = xts_operation(TEE_MODE_ENCRYPT, key, key_len);
            TEE_OperationHandle d = xts_operation(TEE_MODE_DECRYPT, key, key_len);
            check_message(e, iv, 16, pt, ct, len);
            check_message(d, iv, 16, ct, pt, len);
            TEE_FreeOperation(e);
            TEE_FreeOperation(d);
            count++;
        }
        rsp_close(&r);
        assert_true(count > 100);
    }
}

/* Longer than the vectors, with every tail: pieces must give what one call gives. */
static void test_cipher_xts_pieces_equal_whole(void **state)
{
    (void)state;
    uint8_t key[64], iv[16], pt[1100], ct[1100];
    sys_random(key, sizeof key);
    sys_random(iv, sizeof iv);
    sys_random(pt, sizeof pt);
    TEE_OperationHandle e = xts_operation(TEE_MODE_ENCRYPT, key, 64);
    TEE_OperationHandle d = xts_operation(TEE_MODE_DECRYPT, key, 64);
    for (size_t len = 1024; len < 1060; len++) {
        size_t n = sizeof ct;
        TEE_CipherInit(e, iv, 16);
        assert_int_equal(TEE_CipherDoFinal(e, pt, len, ct, &n), TEE_SUCCESS);
        check_message(e, iv, 16, pt, ct, len);
        check_message(d, iv, 16, ct, pt, len);
    }
    TEE_FreeOperation(e);
    TEE_FreeOperation(d);
}

/* libcrypto's CBC-CS3 is the judge. */
static void test_cipher_cts_as_libcrypto(void **state)
{
    (void)state;
    uint8_t key[16], iv[16], pt[256], ct[256];
    sys_random(key, sizeof key);
    sys_random(iv, sizeof iv);
    sys_random(pt, sizeof pt);
    TEE_ObjectHandle k = help_secret(TEE_TYPE_AES, key, sizeof key);
    TEE_OperationHandle e = help_operation(TEE_ALG_AES_CTS, TEE_MODE_ENCRYPT, k);
    TEE_OperationHandle d = help_operation(TEE_ALG_AES_CTS, TEE_MODE_DECRYPT, k);
    EVP_CIPHER *cts = EVP_CIPHER_fetch(NULL, "AES-128-CBC-CTS", NULL);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_CIPHER_PARAM_CTS_MODE, (char *)"CS3", 0),
        OSSL_PARAM_construct_end(),
    };
    for (size_t len = 17; len <= sizeof pt; len++) {
        int n;
        assert_int_equal(EVP_CipherInit_ex2(ctx, cts, key, iv, 1, params), 1);
        assert_int_equal(EVP_CipherUpdate(ctx, ct, &n, pt, (int)len), 1);
        check_message(e, iv, 16, pt, ct, len);
        check_message(d, iv, 16, ct, pt, len);
    }
    EVP_CIPHER_CTX_free(ctx);
    EVP_CIPHER_free(cts);
    TEE_FreeOperation(e);
    TEE_FreeOperation(d);
    TEE_FreeTransientObject(k);
}

static void wrap_file(const char *path, uint32_t alg, bool unwrap)
{
    uint8_t key[32], pt[ROOM], ct[ROOM], out[ROOM];
    struct rsp r;
    unsigned count = 0;
    rsp_open(&r, path);
    while (rsp_next(&r, unwrap ? "C" : "P") ||
           (rsp_text(&r, "C") && rsp_text(&r, "FAIL"))) {
        size_t key_len = rsp_bytes(&r, "K", key, sizeof key), n = sizeof out;
        size_t pt_len = rsp_text(&r, "P") ? rsp_bytes(&r, "P", pt, ROOM) : 0;
        size_t ct_len = rsp_bytes(&r, "C", ct, ROOM);
        TEE_ObjectHandle k = help_secret(TEE_TYPE_AES, key, key_len);
        TEE_OperationHandle op =
            help_operation(alg, unwrap ? TEE_MODE_DECRYPT : TEE_MODE_ENCRYPT, k);
        TEE_CipherInit(op, NULL, 0);
        TEE_Result res = unwrap ? TEE_CipherDoFinal(op, ct, ct_len, out, &n)
                                : TEE_CipherDoFinal(op, pt, pt_len, out, &n);
        if (unwrap && rsp_text(&r, "FAIL")) {
            assert_int_equal(res, TEE_ERROR_CIPHERTEXT_INVALID);
        } else {
            assert_int_equal(res, TEE_SUCCESS);
            assert_int_equal(n, unwrap ? pt_len : ct_len);
            assert_memory_equal(out, unwrap ? pt : ct, n);
        }
        TEE_FreeOperation(op);
        TEE_FreeTransientObject(k);
        if (++count == 60)
            break;
    }
    rsp_close(&r);
    assert_true(count > 10);
}

static void test_cipher_key_wrap_vectors(void **state)
{
    (void)state;
    wrap_file("keywrap/kwtestvectors/KW_AE_128.txt", AH_ALG_AES_KW, false);
    wrap_file("keywrap/kwtestvectors/KW_AE_256.txt", AH_ALG_AES_KW, false);
    wrap_file("keywrap/kwtestvectors/KW_AD_128.txt", AH_ALG_AES_KW, true);
    wrap_file("keywrap/kwtestvectors/KW_AD_192.txt", AH_ALG_AES_KW, true);
    wrap_file("keywrap/kwtestvectors/KWP_AE_128.txt", AH_ALG_AES_KWP, false);
    wrap_file("keywrap/kwtestvectors/KWP_AE_192.txt", AH_ALG_AES_KWP, false);
    wrap_file("keywrap/kwtestvectors/KWP_AD_256.txt", AH_ALG_AES_KWP, true);
}

static void test_cipher_key_wrap_lengths(void **state)
{
    (void)state;
    static const struct {
        uint32_t alg, mode;
        size_t len;
    } bad[] = {
        {AH_ALG_AES_KW, TEE_MODE_ENCRYPT, 8},   {AH_ALG_AES_KW, TEE_MODE_ENCRYPT, 17},
        {AH_ALG_AES_KW, TEE_MODE_DECRYPT, 16},  {AH_ALG_AES_KW, TEE_MODE_DECRYPT, 25},
        {AH_ALG_AES_KWP, TEE_MODE_ENCRYPT, 0},  {AH_ALG_AES_KWP, TEE_MODE_DECRYPT, 8},
        {AH_ALG_AES_KWP, TEE_MODE_DECRYPT, 17},
    };
    uint8_t key[16] = {1}, data[64] = {0}, out[80];
    TEE_ObjectHandle k = help_secret(TEE_TYPE_AES, key, sizeof key);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        TEE_OperationHandle op = help_operation(bad[i].alg, bad[i].mode, k);
        size_t n = sizeof out;
        TEE_CipherInit(op, NULL, 0);
        assert_int_equal(TEE_CipherDoFinal(op, data, bad[i].len, out, &n),
                         TEE_ERROR_BAD_PARAMETERS);
        TEE_FreeOperation(op);
    }
    TEE_FreeTransientObject(k);
}

static void test_cipher_short_buffer_changes_nothing(void **state)
{
    (void)state;
    uint8_t key[16] = {2}, iv[16] = {3}, data[40] = {4}, whole[48], out[48];
    TEE_ObjectHandle k = help_secret(TEE_TYPE_AES, key, sizeof key);
    TEE_OperationHandle op = help_operation(TEE_ALG_AES_CBC_NOPAD, TEE_MODE_ENCRYPT, k);
    size_t n = sizeof whole;
    TEE_CipherInit(op, iv, 16);
    assert_int_equal(TEE_CipherDoFinal(op, data, 32, whole, &n), TEE_SUCCESS);

    TEE_CipherInit(op, iv, 16);
    n = 0;
    assert_int_equal(TEE_CipherUpdate(op, data, 15, NULL, &n), TEE_SUCCESS);
    assert_int_equal(n, 0);
    n = 15;
    assert_int_equal(TEE_CipherUpdate(op, data + 15, 10, out, &n),
                     TEE_ERROR_SHORT_BUFFER);
    assert_int_equal(n, 16);
    n = 16;
    assert_int_equal(TEE_CipherUpdate(op, data + 15, 10, out, &n), TEE_SUCCESS);
    assert_int_equal(n, 16);
    n = 0;
    assert_int_equal(TEE_CipherDoFinal(op, data + 25, 7, NULL, &n),
                     TEE_ERROR_SHORT_BUFFER);
    assert_int_equal(n, 16);
    assert_int_equal(TEE_CipherDoFinal(op, data + 25, 7, out + 16, &n), TEE_SUCCESS);
    assert_memory_equal(out, whole, 32);
    TEE_FreeOperation(op);
    TEE_FreeTransientObject(k);
}

/* A waiting byte makes the output run ahead of the input it overwrites. */
static void test_cipher_in_place_with_bytes_waiting(void **state)
{
    (void)state;
    enum { LEN = 3000 };
    uint8_t key[16] = {5}, iv[16] = {6}, data[LEN + 24], whole[LEN + 24], buf[LEN + 40];
    sys_random(data, sizeof data);
    TEE_ObjectHandle k = help_secret(TEE_TYPE_AES, key, sizeof key);
    TEE_OperationHandle op = help_operation(TEE_ALG_AES_CBC_NOPAD, TEE_MODE_ENCRYPT, k);
    size_t n = sizeof whole;
    TEE_CipherInit(op, iv, 16);
    assert_int_equal(TEE_CipherDoFinal(op, data, LEN + 24, whole, &n), TEE_SUCCESS);
    for (size_t first = 0; first < 16; first++) {
        TEE_CipherInit(op, iv, 16);
        n = 0;
        assert_int_equal(TEE_CipherUpdate(op, data, first, NULL, &n), TEE_SUCCESS);
        memcpy(buf, data + first, LEN + 24 - first);
        n = sizeof buf;
        assert_int_equal(TEE_CipherDoFinal(op, buf, LEN + 24 - first, buf, &n),
                         TEE_SUCCESS);
        assert_int_equal(n, LEN + 24);
        assert_memory_equal(buf, whole, n);
    }
    TEE_FreeOperation(op);
    TEE_FreeTransientObject(k);
}

static void test_cipher_copy_continues(void **state)
{
    (void)state;
    static const uint32_t algs[] = {TEE_ALG_AES_CBC_NOPAD, TEE_ALG_AES_CTR,
                                    TEE_ALG_AES_CTS};
    uint8_t key[16] = {7}, iv[16] = {8}, data[64] = {9}, a[64], b[64];
    TEE_ObjectHandle k = help_secret(TEE_TYPE_AES, key, sizeof key);
    for (int i = 0; i < 3; i++) {
        TEE_OperationHandle op = help_operation(algs[i], TEE_MODE_ENCRYPT, k), copy;
        assert_int_equal(TEE_AllocateOperation(&copy, algs[i], TEE_MODE_ENCRYPT, 128),
                         TEE_SUCCESS);
        size_t n = sizeof a, m = sizeof b;
        TEE_CipherInit(op, iv, 16);
        assert_int_equal(TEE_CipherUpdate(op, data, 21, a, &n), TEE_SUCCESS);
        TEE_CopyOperation(copy, op);
        n = sizeof a;
        assert_int_equal(TEE_CipherDoFinal(op, data + 21, 43, a, &n), TEE_SUCCESS);
        assert_int_equal(TEE_CipherDoFinal(copy, data + 21, 43, b, &m), TEE_SUCCESS);
        assert_int_equal(n, m);
        assert_memory_equal(a, b, n);
        TEE_FreeOperation(op);
        TEE_FreeOperation(copy);
    }
    TEE_FreeTransientObject(k);
}

/* --- Panics --- */

static void begin(TEE_OperationHandle *op, uint32_t alg, size_t iv_len, bool init)
{
    static const uint8_t key[16] = {1}, iv[16] = {2};
    TEE_ObjectHandle k = help_secret(TEE_TYPE_AES, key, sizeof key);
    *op = help_operation(alg, TEE_MODE_ENCRYPT, k);
    if (init)
        TEE_CipherInit(*op, iv_len ? iv : NULL, iv_len);
}

static void cbc_half_block(void *arg)
{
    TEE_OperationHandle op;
    uint8_t out[32];
    size_t n = sizeof out;
    begin(&op, TEE_ALG_AES_CBC_NOPAD, 16, true);
    TEE_CipherDoFinal(op, arg, 17, out, &n);
}

static void cts_one_block(void *arg)
{
    TEE_OperationHandle op;
    uint8_t out[32];
    size_t n = sizeof out;
    begin(&op, TEE_ALG_AES_CTS, 16, true);
    TEE_CipherDoFinal(op, arg, 16, out, &n);
}

static void not_begun(void *arg)
{
    TEE_OperationHandle op;
    uint8_t out[32];
    size_t n = sizeof out;
    begin(&op, TEE_ALG_AES_CTR, 16, false);
    TEE_CipherUpdate(op, arg, 16, out, &n);
}

static void short_iv(void *arg)
{
    TEE_OperationHandle op;
    (void)arg;
    begin(&op, TEE_ALG_AES_CTR, 12, true);
}

static void iv_for_ecb(void *arg)
{
    TEE_OperationHandle op;
    (void)arg;
    begin(&op, TEE_ALG_AES_ECB_NOPAD, 16, true);
}

static void wrap_update(void *arg)
{
    TEE_OperationHandle op;
    uint8_t out[32];
    size_t n = sizeof out;
    begin(&op, AH_ALG_AES_KW, 0, true);
    TEE_CipherUpdate(op, arg, 16, out, &n);
}

static void test_cipher_misuse_panics(void **state)
{
    (void)state;
    uint8_t data[32] = {0};
    assert_true(panics(cbc_half_block, data, "whole number of blocks"));
    assert_true(panics(cts_one_block, data, "more than one block"));
    assert_true(panics(not_begun, data, "no active cipher"));
    assert_true(panics(short_iv, data, "IV of the wrong length"));
    assert_true(panics(iv_for_ecb, data, "IV of the wrong length"));
    assert_true(panics(wrap_update, data, "one DoFinal"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cipher_nist_vectors),
        cmocka_unit_test(test_cipher_des_is_des3_with_equal_keys),
        cmocka_unit_test(test_cipher_xts_vectors),
        cmocka_unit_test(test_cipher_xts_pieces_equal_whole),
        cmocka_unit_test(test_cipher_cts_as_libcrypto),
        cmocka_unit_test(test_cipher_key_wrap_vectors),
        cmocka_unit_test(test_cipher_key_wrap_lengths),
        cmocka_unit_test(test_cipher_short_buffer_changes_nothing),
        cmocka_unit_test(test_cipher_in_place_with_bytes_waiting),
        cmocka_unit_test(test_cipher_copy_continues),
        cmocka_unit_test(test_cipher_misuse_panics),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
