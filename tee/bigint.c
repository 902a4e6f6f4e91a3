/* SPDX-License-Identifier: BSD-2-Clause */
/* Big integers: layout, conversion, comparison, bits (GP 1.3.1, sections 8.4 to 8.6). */
#include "bigint.h"
#include "bytes.h"
#include "crypto.h"
#include "panic.h"

#define NEGATIVE 0x80000000u

static uint32_t used(const TEE_BigInt *b)
{
    require(b, "big integer: NULL");
    uint32_t n = b[1] & ~NEGATIVE;
    require(n <= b[0] && b[0] <= BIGINT_BITS_MAX / 32, "big integer: not initialised");
    return n;
}

BIGNUM *bigint_load(const TEE_BigInt *b)
{
    uint8_t bytes[BIGINT_BITS_MAX / 8];
    uint32_t n = used(b);
    crypto_init();
    for (uint32_t i = 0; i < n; i++)
        put_le32(bytes + 4 * i, b[BIGINT_HEAD + i]);
    BIGNUM *number = BN_secure_new();
    if (!number || !BN_lebin2bn(bytes, (int)(4 * n), number))
        sys_panic(TEE_ERROR_OUT_OF_MEMORY, "big integer: out of memory");
    BN_set_negative(number, (b[1] & NEGATIVE) != 0);
    wipe(bytes, sizeof bytes);
    return number;
}

bool bigint_store(TEE_BigInt *dest, const BIGNUM *n)
{
    uint8_t bytes[BIGINT_BITS_MAX / 8];
    uint32_t words = (uint32_t)(BN_num_bits(n) + 31) / 32;
    used(dest);
    if (words > dest[0] || BN_bn2lebinpad(n, bytes, (int)(4 * dest[0])) < 0)
        return false;
    for (uint32_t i = 0; i < dest[0]; i++)
        dest[BIGINT_HEAD + i] = le32(bytes + 4 * i);
    dest[1] = words | (BN_is_negative(n) ? NEGATIVE : 0);
    wipe(bytes, sizeof bytes);
    return true;
}

void bigint_give(TEE_BigInt *dest, BIGNUM *n, const char *who)
{
    require(bigint_store(dest, n), who);
    BN_clear_free(n);
}

size_t TEE_BigIntFMMSizeInU32(size_t modulusSizeInBits)
{
    return TEE_BigIntSizeInU32(modulusSizeInBits);
}

size_t TEE_BigIntFMMContextSizeInU32(size_t modulusSizeInBits)
{
    (void)modulusSizeInBits;
    return BIGINT_HEAD;
}

void TEE_BigIntInit(TEE_BigInt *bigInt, size_t len)
{
    require(bigInt && len >= BIGINT_HEAD, "TEE_BigIntInit: NULL or too short");
    require(len - BIGINT_HEAD <= BIGINT_BITS_MAX / 32,
            "TEE_BigIntInit: larger than supported");
    bigInt[0] = (uint32_t)(len - BIGINT_HEAD);
    for (size_t i = 1; i < len; i++)
        bigInt[i] = 0;
}

void TEE_BigIntInitFMM(TEE_BigIntFMM *bigIntFMM, size_t len)
{
    TEE_BigIntInit(bigIntFMM, len);
}

TEE_Result TEE_BigIntInitFMMContext1(TEE_BigIntFMMContext *context, size_t len,
                                     const TEE_BigInt *modulus)
{
    require(context && len >= BIGINT_HEAD, "TEE_BigIntInitFMMContext: NULL or too short");
    require(used(modulus) && !(modulus[1] & NEGATIVE),
            "TEE_BigIntInitFMMContext: modulus is not positive");
    context[0] = context[1] = 0;
    return modulus[BIGINT_HEAD] & 1 ? TEE_SUCCESS : TEE_ERROR_NOT_SUPPORTED;
}

void TEE_BigIntInitFMMContext(TEE_BigIntFMMContext *context, size_t len,
                              const TEE_BigInt *modulus)
{
    require(TEE_BigIntInitFMMContext1(context, len, modulus) == TEE_SUCCESS,
            "TEE_BigIntInitFMMContext: even modulus");
}

TEE_Result TEE_BigIntConvertFromOctetString(TEE_BigInt *dest, const uint8_t *buffer,
                                            size_t bufferLen, int32_t sign)
{
    require(buffer || !bufferLen, "TEE_BigIntConvertFromOctetString: NULL");
    used(dest);
    while (bufferLen && *buffer == 0) {
        buffer++;
        bufferLen--;
    }
    if (bufferLen > BIGINT_BITS_MAX / 8)
        return TEE_ERROR_OVERFLOW;
    crypto_init();
    BIGNUM *n = BN_bin2bn(buffer, (int)bufferLen, NULL);
    if (!n)
        sys_panic(TEE_ERROR_OUT_OF_MEMORY, "big integer: out of memory");
    BN_set_negative(n, sign < 0);
    bool fits = bigint_store(dest, n);
    BN_clear_free(n);
    return fits ? TEE_SUCCESS : TEE_ERROR_OVERFLOW;
}

TEE_Result TEE_BigIntConvertToOctetString(uint8_t *buffer, size_t *bufferLen,
                                          const TEE_BigInt *bigInt)
{
    require(bufferLen && (buffer || !*bufferLen), "TEE_BigIntConvertToOctetString: NULL");
    BIGNUM *n = bigint_load(bigInt);
    size_t room = *bufferLen, len = (size_t)BN_num_bytes(n);
    *bufferLen = len;
    if (len && len <= room)
        BN_bn2bin(n, buffer);
    BN_clear_free(n);
    return len <= room ? TEE_SUCCESS : TEE_ERROR_SHORT_BUFFER;
}

void TEE_BigIntConvertFromS32(TEE_BigInt *dest, int32_t shortVal)
{
    uint32_t magnitude = shortVal < 0 ? 0u - (uint32_t)shortVal : (uint32_t)shortVal;
    used(dest);
    require(dest[0] || !magnitude, "TEE_BigIntConvertFromS32: does not fit");
    TEE_BigIntInit(dest, dest[0] + (size_t)BIGINT_HEAD);
    if (!magnitude)
        return;
    dest[1] = 1 | (shortVal < 0 ? NEGATIVE : 0);
    dest[BIGINT_HEAD] = magnitude;
}

TEE_Result TEE_BigIntConvertToS32(int32_t *dest, const TEE_BigInt *src)
{
    require(dest, "TEE_BigIntConvertToS32: NULL");
    uint32_t n = used(src), magnitude = n ? src[BIGINT_HEAD] : 0;
    bool negative = src[1] & NEGATIVE;
    if (n > 1 || magnitude > 0x7fffffffu + negative)
        return TEE_ERROR_OVERFLOW;
    *dest = (int32_t)(negative ? 0u - magnitude : magnitude);
    return TEE_SUCCESS;
}

int32_t TEE_BigIntCmp(const TEE_BigInt *op1, const TEE_BigInt *op2)
{
    BIGNUM *a = bigint_load(op1), *b = bigint_load(op2);
    int32_t result = BN_cmp(a, b);
    BN_clear_free(a);
    BN_clear_free(b);
    return result;
}

int32_t TEE_BigIntCmpS32(const TEE_BigInt *op, int32_t shortVal)
{
    TEE_BigInt small[BIGINT_HEAD + 1] = {1, 0, 0};
    TEE_BigIntConvertFromS32(small, shortVal);
    return TEE_BigIntCmp(op, small);
}

bool TEE_BigIntGetBit(const TEE_BigInt *src, uint32_t bitIndex)
{
    return bitIndex / 32 < used(src) &&
           (src[BIGINT_HEAD + bitIndex / 32] >> bitIndex % 32 & 1);
}

uint32_t TEE_BigIntGetBitCount(const TEE_BigInt *src)
{
    uint32_t n = used(src);
    return n ? 32 * n - (uint32_t)__builtin_clz(src[BIGINT_HEAD + n - 1]) : 0;
}

TEE_Result TEE_BigIntSetBit(TEE_BigInt *op, uint32_t bitIndex, bool value)
{
    used(op);
    uint32_t word = bitIndex / 32, n = op[0];
    if (word >= op[0])
        return TEE_ERROR_OVERFLOW;
    uint32_t bit = 1u << bitIndex % 32;
    op[BIGINT_HEAD + word] =
        value ? op[BIGINT_HEAD + word] | bit : op[BIGINT_HEAD + word] & ~bit;
    while (n && !op[BIGINT_HEAD + n - 1])
        n--;
    op[1] = n ? n | (op[1] & NEGATIVE) : 0;
    return TEE_SUCCESS;
}

static TEE_Result assign(TEE_BigInt *dest, const TEE_BigInt *src, uint32_t sign)
{
    uint32_t n = used(src);
    used(dest);
    if (n > dest[0])
        return TEE_ERROR_OVERFLOW;
    for (uint32_t i = 0; i < dest[0]; i++)
        dest[BIGINT_HEAD + i] = i < n ? src[BIGINT_HEAD + i] : 0;
    dest[1] = n ? n | sign : 0;
    return TEE_SUCCESS;
}

TEE_Result TEE_BigIntAssign(TEE_BigInt *dest, const TEE_BigInt *src)
{
    used(src);
    return assign(dest, src, src[1] & NEGATIVE);
}

TEE_Result TEE_BigIntAbs(TEE_BigInt *dest, const TEE_BigInt *src)
{
    return assign(dest, src, 0);
}

void TEE_BigIntNeg(TEE_BigInt *dest, const TEE_BigInt *op)
{
    used(op);
    require(assign(dest, op, ~op[1] & NEGATIVE) == TEE_SUCCESS,
            "TEE_BigIntNeg: does not fit");
}
