/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authenticated encryption: NIST's GCM and CCM vectors whole and in pieces, forgeries,
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

#define ROOM 512

struct message {
    uint8_t key[32], nonce[160], aad[ROOM], pt[ROOM], ct[ROOM], tag[16];
    size_t key_len, nonce_len, aad_len, len, tag_len;
};

static void start(TEE_OperationHandle op, const struct message *m, size_t piece)
{
    assert_int_equal(TEE_AEInit(op, m->nonce, m->nonce_len, (uint32_t)m->tag_len * 8,
                                m->aad_len, m->len),
                     TEE_SUCCESS);
    for (size_t i = 0; i < m->aad_len; i += piece)
        TEE_AEUpdateAAD(op, m->aad + i, m->aad_len - i < piece ? m->aad_len - i : piece);
}

/*
 * All but the last piece by updates; returns what has come out and where the rest begins.
 */
static size_t updates(TEE_OperationHandle op, const uint8_t *in, size_t len, size_t piece,
                      uint8_t *out, size_t *rest)
{
    size_t done = 0, at = 0;
    for (; len - at > piece; at += piece) {
        size_t n = ROOM - done;
        assert_int_equal(TEE_AEUpdate(op, in + at, piece, out + done, &n), TEE_SUCCESS);
        done += n;
    }
    *rest = at;
    return done;
}

static void seal(TEE_OperationHandle op, const struct message *m, size_t piece)
{
    uint8_t out[ROOM], tag[16];
    size_t rest, n, tag_len = m->tag_len - 1;
    start(op, m, piece);
    size_t done = updates(op, m->pt, m->len, piece, out, &rest);
    n = ROOM - done;
    assert_int_equal(TEE_AEEncryptFinal(op, m->pt + rest, m->len - rest, out + done, &n,
                                        tag, &tag_len),
                     TEE_ERROR_SHORT_BUFFER);
    assert_int_equal(tag_len, m->tag_len);
    n = ROOM - done;
    assert_int_equal(TEE_AEEncryptFinal(op, m->pt + rest, m->len - rest, out + done, &n,
                                        tag, &tag_len),
                     TEE_SUCCESS);
    assert_int_equal(done + n, m->len);
    assert_memory_equal(out, m->ct, m->len);
    assert_memory_equal(tag, m->tag, m->tag_len);
}

static void open(TEE_OperationHandle op, struct message *m, size_t piece, TEE_Result want)
{
    uint8_t out[ROOM] = {0};
    size_t rest, n;
    start(op, m, piece);
    size_t done = updates(op, m->ct, m->len, piece, out, &rest);
    n = ROOM - done;
    assert_int_equal(TEE_AEDecryptFinal(op, m->ct + rest, m->len - rest, out + done, &n,
                                        m->tag, m->tag_len),
                     want);
    if (want != TEE_SUCCESS) {
        for (size_t i = done; i < ROOM; i++)
            assert_int_equal(out[i], 0);
        return;
    }
    assert_int_equal(done + n, m->len);
    assert_memory_equal(out, m->pt, m->len);
}

static void check(uint32_t alg, struct message *m, bool good)
{
    static const size_t pieces[] = {ROOM, 1, 13, 16};
    TEE_ObjectHandle k = help_secret(TEE_TYPE_AES, m->key, m->key_len);
    TEE_OperationHandle e = help_operation(alg, TEE_MODE_ENCRYPT, k);
    TEE_OperationHandle d = help_operation(alg, TEE_MODE_DECRYPT, k);
    for (size_t i = 0; i < 4; i++) {
        if (good)
            seal(e, m, pieces[i]);
        open(d, m, pieces[i], good ? TEE_SUCCESS : TEE_ERROR_MAC_INVALID);
        m->tag[0] ^= 1;
        open(d, m, pieces[i], TEE_ERROR_MAC_INVALID);
        m->tag[0] ^= 1;
    }
    TEE_FreeOperation(e);
    TEE_FreeOperation(d);
    TEE_FreeTransientObject(k);
}

static void gcm_file(const char *path)
{
    struct rsp r;
    unsigned good = 0, bad = 0, seen = 0;
    rsp_open(&r, path);
    while (rsp_next(&r, "Tag")) {
        struct message m = {0};
        bool fail = rsp_text(&r, "FAIL");
        m.tag_len = rsp_bytes(&r, "Tag", m.tag, 16);
        if (m.tag_len < 12 || seen++ % 5)
            continue;
        m.key_len = rsp_bytes(&r, "Key", m.key, sizeof m.key);
        m.nonce_len = rsp_bytes(&r, "IV", m.nonce, sizeof m.nonce);
        m.aad_len = rsp_bytes(&r, "AAD", m.aad, ROOM);
        m.len = rsp_bytes(&r, "CT", m.ct, ROOM);
        if (!fail)
            rsp_bytes(&r, "PT", m.pt, ROOM);
        check(TEE_ALG_AES_GCM, &m, !fail);
        good += !fail;
        bad += fail;
    }
    rsp_close(&r);
    assert_true(good > 200 && bad > 200);
}

static void test_ae_gcm_vectors(void **state)
{
    (void)state;
    gcm_file("ciphers/AES/GCM/gcmDecrypt128.rsp");
    gcm_file("ciphers/AES/GCM/gcmDecrypt192.rsp");
    gcm_file("ciphers/AES/GCM/gcmDecrypt256.rsp");
}

/* Lengths come from the section; a length of zero is written as one byte 00. */
static void ccm_file(const char *path)
{
    struct rsp r;
    unsigned good = 0, bad = 0;
    rsp_open(&r, path);
    while (rsp_next(&r, "Result")) {
        struct message m = {0};
        unsigned alen, plen, nlen, tlen;
        assert_int_equal(sscanf(r.section, "Alen = %u, Plen = %u, Nlen = %u, Tlen = %u",
                                &alen, &plen, &nlen, &tlen),
                         4);
        m.aad_len = alen;
        m.len = plen;
        m.nonce_len = nlen;
        m.tag_len = tlen;
        uint8_t ct[ROOM];
        m.key_len = rsp_bytes(&r, "Key", m.key, sizeof m.key);
        rsp_bytes(&r, "Nonce", m.nonce, sizeof m.nonce);
        rsp_bytes(&r, "Adata", m.aad, ROOM);
        assert_int_equal(rsp_bytes(&r, "CT", ct, ROOM), plen + tlen);
        memcpy(m.ct, ct, plen);
        memcpy(m.tag, ct + plen, tlen);
        bool pass = rsp_text(&r, "Result")[0] == 'P';
        if (pass)
            rsp_bytes(&r, "Payload", m.pt, ROOM);
        check(TEE_ALG_AES_CCM, &m, pass);
        good += pass;
        bad += !pass;
    }
    rsp_close(&r);
    assert_true(good > 30 && bad > 100);
}

static void test_ae_ccm_vectors(void **state)
{
    (void)state;
    ccm_file("ciphers/AES/CCM/DVPT128.rsp");
    ccm_file("ciphers/AES/CCM/DVPT192.rsp");
    ccm_file("ciphers/AES/CCM/DVPT256.rsp");
}

/*
 * Plaintext of a forgery never reaches a buffer that a client shares, that of a message
 * does.
 */
static void test_ae_shared_destination(void **state)
{
    (void)state;
    struct message m = {
        .key_len = 16, .nonce_len = 12, .aad_len = 3, .len = 100, .tag_len = 16};
    uint8_t shared[100];
    size_t n = sizeof m.ct, tag_len = 16;
    TEE_ObjectHandle k = help_secret(TEE_TYPE_AES, m.key, 16);
    TEE_OperationHandle e = help_operation(TEE_ALG_AES_GCM, TEE_MODE_ENCRYPT, k);
    TEE_OperationHandle d = help_operation(TEE_ALG_AES_GCM, TEE_MODE_DECRYPT, k);
    memset(m.pt, 0x3c, m.len);
    start(e, &m, ROOM);
    assert_int_equal(TEE_AEEncryptFinal(e, m.pt, 100, m.ct, &n, m.tag, &tag_len),
                     TEE_SUCCESS);
    sys_fake.shared = shared;
    sys_fake.shared_len = sizeof shared;
    memset(shared, 0xee, sizeof shared);
    m.tag[3] ^= 4;
    start(d, &m, ROOM);
    n = sizeof shared;
    assert_int_equal(TEE_AEDecryptFinal(d, m.ct, 100, shared, &n, m.tag, 16),
                     TEE_ERROR_MAC_INVALID);
    for (size_t i = 0; i < sizeof shared; i++)
        assert_int_equal(shared[i], 0xee);
    m.tag[3] ^= 4;
    start(d, &m, ROOM);
    n = sizeof shared;
    assert_int_equal(TEE_AEDecryptFinal(d, m.ct, 100, shared, &n, m.tag, 16),
                     TEE_SUCCESS);
    assert_memory_equal(shared, m.pt, 100);
    sys_fake.shared = NULL;
    TEE_FreeOperation(e);
    TEE_FreeOperation(d);
    TEE_FreeTransientObject(k);
}

static void test_ae_tag_lengths(void **state)
{
    (void)state;
    uint8_t key[16] = {1}, nonce[12] = {2};
    TEE_ObjectHandle k = help_secret(TEE_TYPE_AES, key, 16);
    TEE_OperationHandle g = help_operation(TEE_ALG_AES_GCM, TEE_MODE_ENCRYPT, k);
    TEE_OperationHandle c = help_operation(TEE_ALG_AES_CCM, TEE_MODE_ENCRYPT, k);
    for (uint32_t bits = 0; bits <= 144; bits++) {
        bool gcm = bits >= 96 && bits <= 128 && bits % 8 == 0;
        bool ccm = bits >= 32 && bits <= 128 && bits % 16 == 0;
        TEE_Result a = TEE_AEInit(g, nonce, 12, bits, 0, 0);
        TEE_Result b = TEE_AEInit(c, nonce, 12, bits, 0, 0);
        assert_int_equal(a, gcm ? TEE_SUCCESS : TEE_ERROR_NOT_SUPPORTED);
        assert_int_equal(b, ccm ? TEE_SUCCESS : TEE_ERROR_NOT_SUPPORTED);
        TEE_OperationInfo info;
        TEE_GetOperationInfo(g, &info);
        if (gcm)
            assert_int_equal(info.digestLength, bits / 8);
        TEE_ResetOperation(g);
        TEE_ResetOperation(c);
    }
    TEE_FreeOperation(g);
    TEE_FreeOperation(c);
    TEE_FreeTransientObject(k);
}

static void test_ae_copies_continue(void **state)
{
    (void)state;
    static const uint32_t algs[] = {TEE_ALG_AES_GCM, TEE_ALG_AES_CCM};
    static const uint8_t key[16] = {1}, nonce[12] = {2}, pt[40] = {3};
    TEE_ObjectHandle k = help_secret(TEE_TYPE_AES, key, 16);
    for (int i = 0; i < 2; i++) {
        uint8_t a[40], b[40], s[16], t[16];
        size_t n = sizeof a, m, tag = 16;
        TEE_OperationHandle op = help_operation(algs[i], TEE_MODE_ENCRYPT, k), copy;
        assert_int_equal(TEE_AllocateOperation(&copy, algs[i], TEE_MODE_ENCRYPT, 128), 0);
        assert_int_equal(TEE_AEInit(op, nonce, 12, 128, 4, 40), TEE_SUCCESS);
        TEE_AEUpdateAAD(op, nonce, 4);
        assert_int_equal(TEE_AEUpdate(op, pt, 17, a, &n), TEE_SUCCESS);
        TEE_CopyOperation(copy, op);
        n = m = sizeof a;
        assert_int_equal(TEE_AEEncryptFinal(op, pt + 17, 23, a, &n, s, &tag),
                         TEE_SUCCESS);
        assert_int_equal(TEE_AEEncryptFinal(copy, pt + 17, 23, b, &m, t, &tag),
                         TEE_SUCCESS);
        assert_int_equal(n, m);
        assert_memory_equal(a, b, n);
        assert_memory_equal(s, t, 16);
        TEE_FreeOperation(op);
        TEE_FreeOperation(copy);
    }
    TEE_FreeTransientObject(k);
}

/* --- Panics --- */

static TEE_OperationHandle begun(uint32_t alg, size_t aad, size_t payload)
{
    static const uint8_t key[16] = {1}, nonce[12] = {2};
    TEE_OperationHandle op =
        help_operation(alg, TEE_MODE_ENCRYPT, help_secret(TEE_TYPE_AES, key, 16));
    TEE_AEInit(op, nonce, 12, 128, aad, payload);
    return op;
}

static void aad_after_payload(void *arg)
{
    uint8_t out[16];
    size_t n = sizeof out;
    TEE_OperationHandle op = begun(TEE_ALG_AES_GCM, 0, 0);
    TEE_AEUpdate(op, arg, 3, out, &n);
    TEE_AEUpdateAAD(op, arg, 3);
}

static void ccm_too_much(void *arg)
{
    size_t n = 0;
    TEE_AEUpdate(begun(TEE_ALG_AES_CCM, 0, 4), arg, 5, NULL, &n);
}

static void ccm_too_little(void *arg)
{
    uint8_t out[16], tag[16];
    size_t n = sizeof out, t = sizeof tag;
    TEE_AEEncryptFinal(begun(TEE_ALG_AES_CCM, 0, 4), arg, 3, out, &n, tag, &t);
}

static void ccm_aad_missing(void *arg)
{
    uint8_t out[16], tag[16];
    size_t n = sizeof out, t = sizeof tag;
    TEE_AEEncryptFinal(begun(TEE_ALG_AES_CCM, 1, 3), arg, 3, out, &n, tag, &t);
}

static void decrypt_an_encryption(void *arg)
{
    uint8_t out[16];
    size_t n = sizeof out;
    TEE_AEDecryptFinal(begun(TEE_ALG_AES_GCM, 0, 0), arg, 3, out, &n, arg, 16);
}

static void key_of_active(void *arg)
{
    (void)arg;
    TEE_SetOperationKey(begun(TEE_ALG_AES_GCM, 0, 0), TEE_HANDLE_NULL);
}

static void test_ae_misuse_panics(void **state)
{
    (void)state;
    uint8_t bytes[32] = {1};
    assert_true(panics(aad_after_payload, bytes, "before its payload"));
    assert_true(panics(ccm_too_much, bytes, "more payload than announced"));
    assert_true(panics(ccm_too_little, bytes, "announced for CCM"));
    assert_true(panics(ccm_aad_missing, bytes, "announced for CCM"));
    assert_true(panics(decrypt_an_encryption, bytes, "no active decryption"));
    assert_true(panics(key_of_active, bytes, "the operation is active"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ae_gcm_vectors),
        cmocka_unit_test(test_ae_ccm_vectors),
        cmocka_unit_test(test_ae_shared_destination),
        cmocka_unit_test(test_ae_tag_lengths),
        cmocka_unit_test(test_ae_copies_continue),
        cmocka_unit_test(test_ae_misuse_panics),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
