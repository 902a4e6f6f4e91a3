/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Big integers: arithmetic against the compiler's 64-bit one on numbers near every edge,
 * laws on large random numbers, conversions with their overflows, modular identities,
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
#include "sim/sys_fake.h"

#define BITS  1024
#define WORDS TEE_BigIntSizeInU32(BITS)
typedef TEE_BigInt big[WORDS];

static void from64(TEE_BigInt *b, int64_t v)
{
    uint8_t bytes[8];
    uint64_t m = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(m >> (56 - 8 * i));
    TEE_BigIntInit(b, WORDS);
    assert_int_equal(TEE_BigIntConvertFromOctetString(b, bytes, 8, v < 0 ? -1 : 1),
                     TEE_SUCCESS);
}

static int64_t to64(const TEE_BigInt *b)
{
    uint8_t bytes[8];
    size_t n = sizeof bytes;
    uint64_t m = 0;
    assert_int_equal(TEE_BigIntConvertToOctetString(bytes, &n, b), TEE_SUCCESS);
    for (size_t i = 0; i < n; i++)
        m = m << 8 | bytes[i];
    return TEE_BigIntCmpS32(b, 0) < 0 ? (int64_t)(0 - m) : (int64_t)m;
}

static void random_big(TEE_BigInt *b, size_t len)
{
    uint8_t bytes[BITS / 8];
    TEE_BigIntInit(b, WORDS);
    sys_random(bytes, len);
    bytes[len - 1] |= 1;
    assert_int_equal(TEE_BigIntConvertFromOctetString(b, bytes, len, 1), TEE_SUCCESS);
}

static const int64_t edges[] = {0,
                                1,
                                -1,
                                2,
                                -2,
                                7,
                                -7,
                                100,
                                0x7fffffff,
                                -0x7fffffffll,
                                0x80000000,
                                -0x80000000ll,
                                0xffffffffll,
                                0x100000000ll,
                                -0x100000001ll,
                                0x3fffffffll,
                                12345678901ll,
                                -98765432109ll};
#define EDGES (sizeof edges / sizeof edges[0])

static void test_bigint_arithmetic_like_the_compilers(void **state)
{
    (void)state;
    big a, b, r, q;
    TEE_BigIntInit(r, WORDS);
    TEE_BigIntInit(q, WORDS);
    for (size_t i = 0; i < EDGES; i++) {
        for (size_t j = 0; j < EDGES; j++) {
            int64_t x = edges[i], y = edges[j];
            from64(a, x);
            from64(b, y);
            TEE_BigIntAdd(r, a, b);
            assert_int_equal(to64(r), x + y);
            TEE_BigIntSub(r, a, b);
            assert_int_equal(to64(r), x - y);
            int32_t c = TEE_BigIntCmp(a, b);
            assert_int_equal((c > 0) - (c < 0), (x > y) - (x < y));
            __int128 product = (__int128)x * y;
            if (product < INT64_MAX && product > INT64_MIN) {
                TEE_BigIntMul(r, a, b);
                assert_int_equal(to64(r), (int64_t)product);
            }
            if (y) {
                TEE_BigIntDiv(q, r, a, b);
                assert_int_equal(to64(q), x / y);
                assert_int_equal(to64(r), x % y);
            }
            if (y >= 2) {
                TEE_BigIntMod(r, a, b);
                assert_int_equal(to64(r), (x % y + y) % y);
            }
        }
        from64(a, edges[i]);
        TEE_BigIntNeg(r, a);
        assert_int_equal(to64(r), -edges[i]);
        assert_int_equal(TEE_BigIntAbs(r, a), TEE_SUCCESS);
        assert_int_equal(to64(r), edges[i] < 0 ? -edges[i] : edges[i]);
        for (size_t s = 0; s < 40; s += 3) {
            TEE_BigIntShiftRight(r, a, s);
            int64_t m = (edges[i] < 0 ? -edges[i] : edges[i]) >> s;
            assert_int_equal(to64(r), edges[i] < 0 ? -m : m);
        }
    }
}

static void test_bigint_conversions(void **state)
{
    (void)state;
    static const int32_t shorts[] = {0, 1, -1, 77, INT32_MAX, INT32_MIN};
    TEE_BigInt small[TEE_BigIntSizeInU32(32)];
    uint8_t bytes[5] = {0, 1, 2, 3, 4}, out[4];
    size_t n = 3;
    int32_t v;
    for (size_t i = 0; i < sizeof shorts / sizeof shorts[0]; i++) {
        TEE_BigIntInit(small, TEE_BigIntSizeInU32(32));
        TEE_BigIntConvertFromS32(small, shorts[i]);
        assert_int_equal(TEE_BigIntConvertToS32(&v, small), TEE_SUCCESS);
        assert_int_equal(v, shorts[i]);
        assert_int_equal(TEE_BigIntCmpS32(small, shorts[i]), 0);
    }
    assert_int_equal(TEE_BigIntConvertFromOctetString(small, bytes, 5, 1), TEE_SUCCESS);
    assert_int_equal(TEE_BigIntConvertToOctetString(out, &n, small),
                     TEE_ERROR_SHORT_BUFFER);
    assert_int_equal(n, 4);
    assert_int_equal(TEE_BigIntConvertToOctetString(out, &n, small), TEE_SUCCESS);
    assert_memory_equal(out, bytes + 1, 4);
    bytes[0] = 1;
    assert_int_equal(TEE_BigIntConvertFromOctetString(small, bytes, 5, 1),
                     TEE_ERROR_OVERFLOW);
    big b;
    from64(b, 0x80000000ll);
    assert_int_equal(TEE_BigIntConvertToS32(&v, b), TEE_ERROR_OVERFLOW);
    assert_int_equal(TEE_BigIntAssign(small, b), TEE_SUCCESS);
    from64(b, 0x100000000ll);
    assert_int_equal(TEE_BigIntAssign(small, b), TEE_ERROR_OVERFLOW);
}

static void test_bigint_bits(void **state)
{
    (void)state;
    big b;
    from64(b, 0);
    assert_int_equal(TEE_BigIntGetBitCount(b), 0);
    assert_int_equal(TEE_BigIntSetBit(b, 700, true), TEE_SUCCESS);
    assert_int_equal(TEE_BigIntGetBitCount(b), 701);
    assert_true(TEE_BigIntGetBit(b, 700));
    assert_false(TEE_BigIntGetBit(b, 699));
    assert_false(TEE_BigIntGetBit(b, 100000));
    assert_int_equal(TEE_BigIntSetBit(b, BITS, true), TEE_ERROR_OVERFLOW);
    assert_int_equal(TEE_BigIntSetBit(b, 3, true), TEE_SUCCESS);
    assert_int_equal(TEE_BigIntSetBit(b, 700, false), TEE_SUCCESS);
    assert_int_equal(to64(b), 8);
}

/* (a b) / b = a; a^-1 a = 1; a^(p-1) = 1; FMM agrees with MulMod; u a + v b = gcd. */
static void test_bigint_laws(void **state)
{
    (void)state;
    static const uint8_t p25519[32] = {[0] = 0x7f, [31] = 0xed};
    uint8_t prime[32];
    memset(prime, 0xff, sizeof prime);
    prime[0] = p25519[0];
    prime[31] = p25519[31];
    big a, b, r, q, u, v, p, e;
    TEE_BigInt *all[] = {r, q, u, v, e};
    for (int i = 0; i < 5; i++)
        TEE_BigIntInit(all[i], WORDS);
    TEE_BigIntInit(p, WORDS);
    assert_int_equal(TEE_BigIntConvertFromOctetString(p, prime, 32, 1), TEE_SUCCESS);
    assert_int_equal(TEE_BigIntIsProbablePrime(p, 80), -1);
    for (int i = 0; i < 50; i++) {
        random_big(a, 60);
        random_big(b, 50);
        TEE_BigIntMul(r, a, b);
        TEE_BigIntDiv(q, u, r, b);
        assert_int_equal(TEE_BigIntCmp(q, a), 0);
        assert_int_equal(TEE_BigIntCmpS32(u, 0), 0);

        TEE_BigIntInvMod(r, a, p);
        TEE_BigIntMulMod(r, r, a, p);
        assert_int_equal(TEE_BigIntCmpS32(r, 1), 0);

        TEE_BigIntConvertFromS32(u, 1);
        TEE_BigIntSub(e, p, u);
        assert_int_equal(TEE_BigIntExpMod(r, a, e, p, NULL), TEE_SUCCESS);
        assert_int_equal(TEE_BigIntCmpS32(r, 1), 0);

        TEE_BigIntComputeExtendedGcd(r, u, v, a, b);
        assert_int_equal(TEE_BigIntRelativePrime(a, b), TEE_BigIntCmpS32(r, 1) == 0);
        TEE_BigIntMul(u, u, a);
        TEE_BigIntMul(v, v, b);
        TEE_BigIntAdd(u, u, v);
        assert_int_equal(TEE_BigIntCmp(u, r), 0);

        TEE_BigIntFMMContext context[8];
        assert_int_equal(TEE_BigIntInitFMMContext1(context, 8, p), TEE_SUCCESS);
        TEE_BigIntConvertToFMM(u, a, p, context);
        TEE_BigIntConvertToFMM(v, b, p, context);
        TEE_BigIntComputeFMM(u, u, v, p, context);
        TEE_BigIntConvertFromFMM(u, u, p, context);
        TEE_BigIntMulMod(r, a, b, p);
        assert_int_equal(TEE_BigIntCmp(u, r), 0);
    }
    TEE_BigIntConvertFromS32(u, 100);
    assert_int_equal(TEE_BigIntExpMod(r, a, e, u, NULL), TEE_ERROR_NOT_SUPPORTED);
    assert_int_equal(TEE_BigIntIsProbablePrime(u, 80), 0);
}

/* --- Panics --- */

static void divide_by_zero(void *arg)
{
    big a, b, q;
    (void)arg;
    from64(a, 5);
    from64(b, 0);
    TEE_BigIntInit(q, WORDS);
    TEE_BigIntDiv(q, NULL, a, b);
}

static void product_too_large(void *arg)
{
    TEE_BigInt r[TEE_BigIntSizeInU32(64)];
    big a;
    (void)arg;
    random_big(a, 8);
    TEE_BigIntInit(r, TEE_BigIntSizeInU32(64));
    TEE_BigIntMul(r, a, a);
    TEE_BigIntMul(r, r, a);
}

static void no_inverse(void *arg)
{
    big a, n, r;
    (void)arg;
    from64(a, 6);
    from64(n, 9);
    TEE_BigIntInit(r, WORDS);
    TEE_BigIntInvMod(r, a, n);
}

static void modulus_of_one(void *arg)
{
    big a, n, r;
    (void)arg;
    from64(a, 6);
    from64(n, 1);
    TEE_BigIntInit(r, WORDS);
    TEE_BigIntMod(r, a, n);
}

static void test_bigint_misuse_panics(void **state)
{
    (void)state;
    assert_true(panics(divide_by_zero, NULL, "division by zero"));
    assert_true(panics(product_too_large, NULL, "does not fit"));
    assert_true(panics(no_inverse, NULL, "no inverse"));
    assert_true(panics(modulus_of_one, NULL, "modulus below 2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bigint_arithmetic_like_the_compilers),
        cmocka_unit_test(test_bigint_conversions),
        cmocka_unit_test(test_bigint_bits),
        cmocka_unit_test(test_bigint_laws),
        cmocka_unit_test(test_bigint_misuse_panics),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
