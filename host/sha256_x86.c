/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHA-256 (FIPS 180-4) with the SHA extensions of x86; on a processor without them,
 * BearSSL.
 *
 * The instructions keep the eight working variables as two vectors, (A,B,E,F) and
 * (C,D,G,H), do two rounds each, and extend the message schedule by four words with
 * sha256msg1 and sha256msg2.
 */
#include <cpuid.h>
#include <immintrin.h>
#include "bytes.h"
#include "sha256.h"
#include "ta_verify.h"

#define BLOCK 64u

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t k[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
    0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
    0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
    0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
    0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
    0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
    0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2,
};

static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

#define X86_SHA __attribute__((target("sha,sse4.1")))

X86_SHA static inline __m128i load(const void *p)
{
    return _mm_loadu_si128(p);
}

/* The next four words of the schedule from the sixteen before them, oldest first. */
X86_SHA static inline __m128i schedule(__m128i a, __m128i b, __m128i c, __m128i d)
{
    __m128i t = _mm_add_epi32(_mm_sha256msg1_epu32(a, b), _mm_alignr_epi8(d, c, 4));
    return _mm_sha256msg2_epu32(t, d);
}

X86_SHA static void blocks(uint32_t h[8], const uint8_t *p, size_t nr)
{
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i dcba = _mm_shuffle_epi32(load(h), 0xb1),
            hgfe = _mm_shuffle_epi32(load(h + 4), 0x1b);
    __m128i abef = _mm_alignr_epi8(dcba, hgfe, 8),
            cdgh = _mm_blend_epi16(hgfe, dcba, 0xf0);

    for (; nr; nr--, p += BLOCK) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i w[4];
        for (int i = 0; i < 4; i++)
            w[i] = _mm_shuffle_epi8(load(p + 16 * i), big_endian);
        for (int i = 0; i < 16; i++) {
            __m128i words = w[0];
            __m128i sum = _mm_add_epi32(words, _mm_load_si128((const void *)(k + 4 * i)));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
            words = schedule(w[0], w[1], w[2], w[3]);
            w[0] = w[1];
            w[1] = w[2];
            w[2] = w[3];
            w[3] = words;
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    const __m128i feba = _mm_shuffle_epi32(abef, 0x1b),
                  dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((void *)h, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((void *)(h + 4), _mm_alignr_epi8(dchg, feba, 8));
}

static void put_be32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* The last bytes, a one bit, zeros, and the length in bits. */
static void finish(uint32_t h[8], const uint8_t *rest, size_t left, uint64_t len)
{
    uint8_t tail[2 * BLOCK] = {0};
    size_t nr = left + 9 <= BLOCK ? 1 : 2;
    memcpy(tail, rest, left);
    tail[left] = 0x80;
    put_be32(tail + nr * BLOCK - 8, (uint32_t)(len >> 29));
    put_be32(tail + nr * BLOCK - 4, (uint32_t)(len << 3));
    blocks(h, tail, nr);
}

/* CPUID leaf 7, EBX bit 29; the compiler's own test does not know the name in all
 * versions. */
static bool has_sha(void)
{
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 29 & 1);
}

void sha256(uint8_t out[32], const void *p, size_t len)
{
    uint32_t h[8];
    const uint8_t *bytes = p;
    if (!__builtin_cpu_supports("sse4.1") || !has_sha()) {
        ta_sha256(out, p, len);
        return;
    }
    memcpy(h, start, sizeof h);
    blocks(h, bytes, len / BLOCK);
    finish(h, bytes + len / BLOCK * BLOCK, len % BLOCK, len);
    for (int i = 0; i < 8; i++)
        put_be32(out + 4 * i, h[i]);
}
