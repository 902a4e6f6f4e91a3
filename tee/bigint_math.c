/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Big integers: arithmetic (GP 1.3.1, sections 8.7 to 8.11) by libcrypto. Operands are
 * loaded into numbers of their own before a destination is written, so a destination may
 * be an operand. What GP declares undefined panics.
 */
#include "bigint.h"
#include "crypto.h"
#include "panic.h"

typedef int (*binary)(BIGNUM *r, const BIGNUM *a, const BIGNUM *b, BN_CTX *ctx);

static BN_CTX *context_new(void)
{
    crypto_init();
    BN_CTX *ctx = BN_CTX_secure_new();
    if (!ctx)
        sys_panic(TEE_ERROR_OUT_OF_MEMORY, "big integer: out of memory");
    return ctx;
}

static BIGNUM *number_new(void)
{
    BIGNUM *n = BN_secure_new();
    if (!n)
        sys_panic(TEE_ERROR_OUT_OF_MEMORY, "big integer: out of memory");
    return n;
}

static void compute(TEE_BigInt *dest, const TEE_BigInt *op1, const TEE_BigInt *op2,
                    binary f, const char *who)
{
    BN_CTX *ctx = context_new();
    BIGNUM *a = bigint_load(op1), *b = bigint_load(op2), *r = number_new();
    require(f(r, a, b, ctx) == 1, who);
    bigint_give(dest, r, who);
    BN_clear_free(a);
    BN_clear_free(b);
    BN_CTX_free(ctx);
}

static int add(BIGNUM *r, const BIGNUM *a, const BIGNUM *b, BN_CTX *ctx)
{
    (void)ctx;
    return BN_add(r, a, b);
}

static int sub(BIGNUM *r, const BIGNUM *a, const BIGNUM *b, BN_CTX *ctx)
{
    (void)ctx;
    return BN_sub(r, a, b);
}

static int modulo(BIGNUM *r, const BIGNUM *a, const BIGNUM *n, BN_CTX *ctx)
{
    return !BN_is_negative(n) && !BN_is_zero(n) && !BN_is_one(n) &&
           BN_nnmod(r, a, n, ctx);
}

static int inverse(BIGNUM *r, const BIGNUM *a, const BIGNUM *n, BN_CTX *ctx)
{
    return modulo(r, a, n, ctx) && BN_mod_inverse(r, r, n, ctx);
}

void TEE_BigIntAdd(TEE_BigInt *dest, const TEE_BigInt *op1, const TEE_BigInt *op2)
{
    compute(dest, op1, op2, add, "TEE_BigIntAdd: does not fit");
}

void TEE_BigIntSub(TEE_BigInt *dest, const TEE_BigInt *op1, const TEE_BigInt *op2)
{
    compute(dest, op1, op2, sub, "TEE_BigIntSub: does not fit");
}

void TEE_BigIntMul(TEE_BigInt *dest, const TEE_BigInt *op1, const TEE_BigInt *op2)
{
    compute(dest, op1, op2, BN_mul, "TEE_BigIntMul: does not fit");
}

void TEE_BigIntSquare(TEE_BigInt *dest, const TEE_BigInt *op)
{
    compute(dest, op, op, BN_mul, "TEE_BigIntSquare: does not fit");
}

void TEE_BigIntMod(TEE_BigInt *dest, const TEE_BigInt *op, const TEE_BigInt *n)
{
    compute(dest, op, n, modulo, "TEE_BigIntMod: modulus below 2, or does not fit");
}

void TEE_BigIntInvMod(TEE_BigInt *dest, const TEE_BigInt *op, const TEE_BigInt *n)
{
    compute(dest, op, n, inverse, "TEE_BigIntInvMod: no inverse, or does not fit");
}

void TEE_BigIntDiv(TEE_BigInt *dest_q, TEE_BigInt *dest_r, const TEE_BigInt *op1,
                   const TEE_BigInt *op2)
{
    BN_CTX *ctx = context_new();
    BIGNUM *a = bigint_load(op1), *b = bigint_load(op2), *q = number_new(),
           *r = number_new();
    require(!BN_is_zero(b) && BN_div(q, r, a, b, ctx) == 1,
            "TEE_BigIntDiv: division by zero");
    if (dest_q)
        bigint_give(dest_q, q, "TEE_BigIntDiv: quotient does not fit");
    else
        BN_clear_free(q);
    if (dest_r)
        bigint_give(dest_r, r, "TEE_BigIntDiv: remainder does not fit");
    else
        BN_clear_free(r);
    BN_clear_free(a);
    BN_clear_free(b);
    BN_CTX_free(ctx);
}

void TEE_BigIntShiftRight(TEE_BigInt *dest, const TEE_BigInt *op, size_t bits)
{
    BIGNUM *a = bigint_load(op), *r = number_new();
    int n = bits > BIGINT_BITS_MAX ? (int)BIGINT_BITS_MAX : (int)bits;
    require(BN_rshift(r, a, n) == 1, "TEE_BigIntShiftRight: failed");
    bigint_give(dest, r, "TEE_BigIntShiftRight: does not fit");
    BN_clear_free(a);
}

/* --- Modulo n --- */

static void compute_mod(TEE_BigInt *dest, const TEE_BigInt *op1, const TEE_BigInt *op2,
                        const TEE_BigInt *n, binary f, const char *who)
{
    BN_CTX *ctx = context_new();
    BIGNUM *a = bigint_load(op1), *b = bigint_load(op2), *m = bigint_load(n),
           *t = number_new(), *r = number_new();
    require(f(t, a, b, ctx) == 1 && modulo(r, t, m, ctx), who);
    bigint_give(dest, r, who);
    BN_clear_free(t);
    BN_clear_free(m);
    BN_clear_free(b);
    BN_clear_free(a);
    BN_CTX_free(ctx);
}

void TEE_BigIntAddMod(TEE_BigInt *dest, const TEE_BigInt *op1, const TEE_BigInt *op2,
                      const TEE_BigInt *n)
{
    compute_mod(dest, op1, op2, n, add,
                "TEE_BigIntAddMod: modulus below 2, or does not fit");
}

void TEE_BigIntSubMod(TEE_BigInt *dest, const TEE_BigInt *op1, const TEE_BigInt *op2,
                      const TEE_BigInt *n)
{
    compute_mod(dest, op1, op2, n, sub,
                "TEE_BigIntSubMod: modulus below 2, or does not fit");
}

void TEE_BigIntMulMod(TEE_BigInt *dest, const TEE_BigInt *op1, const TEE_BigInt *op2,
                      const TEE_BigInt *n)
{
    compute_mod(dest, op1, op2, n, BN_mul,
                "TEE_BigIntMulMod: modulus below 2, or does not fit");
}

void TEE_BigIntSquareMod(TEE_BigInt *dest, const TEE_BigInt *op, const TEE_BigInt *n)
{
    compute_mod(dest, op, op, n, BN_mul,
                "TEE_BigIntSquareMod: modulus below 2, or does not fit");
}

TEE_Result TEE_BigIntExpMod(TEE_BigInt *dest, const TEE_BigInt *op1,
                            const TEE_BigInt *op2, const TEE_BigInt *n,
                            const TEE_BigIntFMMContext *context)
{
    static const char who[] =
        "TEE_BigIntExpMod: modulus below 2, negative power, or does not fit";
    (void)context;
    BN_CTX *ctx = context_new();
    BIGNUM *a = bigint_load(op1), *e = bigint_load(op2), *m = bigint_load(n),
           *r = number_new();
    bool odd = BN_is_odd(m);
    if (odd) {
        require(!BN_is_negative(e) && modulo(a, a, m, ctx) &&
                    BN_mod_exp_mont_consttime(r, a, e, m, ctx, NULL) == 1,
                who);
        bigint_give(dest, r, who);
    } else {
        BN_clear_free(r);
    }
    BN_clear_free(a);
    BN_clear_free(e);
    BN_clear_free(m);
    BN_CTX_free(ctx);
    return odd ? TEE_SUCCESS : TEE_ERROR_NOT_SUPPORTED;
}

/* --- Greatest common divisor, primes --- */

bool TEE_BigIntRelativePrime(const TEE_BigInt *op1, const TEE_BigInt *op2)
{
    BN_CTX *ctx = context_new();
    BIGNUM *a = bigint_load(op1), *b = bigint_load(op2), *g = number_new();
    require(BN_gcd(g, a, b, ctx) == 1, "TEE_BigIntRelativePrime: failed");
    bool one = BN_is_one(g);
    BN_clear_free(a);
    BN_clear_free(b);
    BN_clear_free(g);
    BN_CTX_free(ctx);
    return one;
}

/* (x, y) <- (y, x - q y) */
static bool step(BIGNUM **x, BIGNUM **y, const BIGNUM *q, BIGNUM *t, BN_CTX *ctx)
{
    if (!BN_mul(t, q, *y, ctx) || !BN_sub(*x, *x, t))
        return false;
    BIGNUM *swap = *x;
    *x = *y;
    *y = swap;
    return true;
}

/* Euclid's algorithm with both cofactors: r = s op1 + t op2 holds for either column. */
void TEE_BigIntComputeExtendedGcd(TEE_BigInt *gcd, TEE_BigInt *u, TEE_BigInt *v,
                                  const TEE_BigInt *op1, const TEE_BigInt *op2)
{
    static const char who[] = "TEE_BigIntComputeExtendedGcd: does not fit";
    BN_CTX *ctx = context_new();
    BIGNUM *r[2] = {bigint_load(op1), bigint_load(op2)},
           *s[2] = {number_new(), number_new()};
    BIGNUM *t[2] = {number_new(), number_new()}, *q = number_new(), *tmp = number_new();
    bool ok = BN_one(s[0]) && BN_one(t[1]);
    while (ok && !BN_is_zero(r[1]))
        ok = BN_div(q, NULL, r[0], r[1], ctx) && step(&r[0], &r[1], q, tmp, ctx) &&
             step(&s[0], &s[1], q, tmp, ctx) && step(&t[0], &t[1], q, tmp, ctx);
    require(ok, who);
    if (BN_is_negative(r[0])) {
        BN_set_negative(r[0], 0);
        BN_set_negative(s[0], !BN_is_negative(s[0]));
        BN_set_negative(t[0], !BN_is_negative(t[0]));
    }
    require((!gcd || bigint_store(gcd, r[0])) && (!u || bigint_store(u, s[0])) &&
                (!v || bigint_store(v, t[0])),
            who);
    BIGNUM *all[] = {r[0], r[1], s[0], s[1], t[0], t[1], q, tmp};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        BN_clear_free(all[i]);
    BN_CTX_free(ctx);
}

/* libcrypto's own number of rounds keeps the error below 2^-128. */
int32_t TEE_BigIntIsProbablePrime(const TEE_BigInt *op, uint32_t confidenceLevel)
{
    (void)confidenceLevel;
    BN_CTX *ctx = context_new();
    BIGNUM *a = bigint_load(op);
    int prime = BN_is_negative(a) ? 0 : BN_check_prime(a, ctx, NULL);
    require(prime >= 0, "TEE_BigIntIsProbablePrime: failed");
    BN_clear_free(a);
    BN_CTX_free(ctx);
    return prime ? -1 : 0;
}

/* --- FMM: the number modulo n --- */

void TEE_BigIntConvertToFMM(TEE_BigIntFMM *dest, const TEE_BigInt *src,
                            const TEE_BigInt *n, const TEE_BigIntFMMContext *context)
{
    (void)context;
    compute(dest, src, n, modulo,
            "TEE_BigIntConvertToFMM: modulus below 2, or does not fit");
}

void TEE_BigIntConvertFromFMM(TEE_BigInt *dest, const TEE_BigIntFMM *src,
                              const TEE_BigInt *n, const TEE_BigIntFMMContext *context)
{
    (void)context;
    compute(dest, src, n, modulo,
            "TEE_BigIntConvertFromFMM: modulus below 2, or does not fit");
}

void TEE_BigIntComputeFMM(TEE_BigIntFMM *dest, const TEE_BigIntFMM *op1,
                          const TEE_BigIntFMM *op2, const TEE_BigInt *n,
                          const TEE_BigIntFMMContext *context)
{
    (void)context;
    compute_mod(dest, op1, op2, n, BN_mul, "TEE_BigIntComputeFMM: does not fit");
}
