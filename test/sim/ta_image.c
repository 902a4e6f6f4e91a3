/* SPDX-License-Identifier: BSD-2-Clause */
/* TA images made in memory. The signature is deterministic (RFC 6979). */
#include <bearssl.h>
#include <stdlib.h>
#include "test/sim/ta_image.h"

void sim_key_make(struct sim_key *k, uint32_t seed)
{
    br_hmac_drbg_context rng;
    br_hmac_drbg_init(&rng, &br_sha256_vtable, &seed, sizeof seed);
    br_ec_private_key sk;
    if (br_ec_keygen(&rng.vtable, &br_ec_p256_m31, &sk, k->secret, BR_EC_secp256r1) !=
            sizeof k->secret ||
        br_ec_compute_pub(&br_ec_p256_m31, NULL, k->point, &sk) != sizeof k->point)
        abort();
}

void sim_image_sign(uint8_t image[SIM_IMAGE], const struct sim_key *k)
{
    uint8_t hash[32], secret[32];
    br_sha256_context c;
    br_sha256_init(&c);
    br_sha256_update(&c, image, TA_SIGNED_BYTES);
    br_sha256_out(&c, hash);
    memcpy(secret, k->secret, sizeof secret);
    const br_ec_private_key sk = {BR_EC_secp256r1, secret, sizeof secret};
    if (br_ecdsa_i31_sign_raw(&br_ec_p256_m31, &br_sha256_vtable, hash, &sk,
                              image + TA_SIGNED_BYTES) != 64)
        abort();
}

struct ta_header sim_header(void)
{
    return (struct ta_header){
        .uuid = {0x2b, 0x7f, 0x5c, 0x1e, 0x8d, 0x34, 0x4a, 0x60, 0x9f, 0x12, 0xc3, 0xe4,
                 0xd5, 0xa6, 0xb7, 0x08},
        .version = 7,
        .flags = TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION,
        .rights = 0,
        .lanes = 4,
        .heap_kib = 1024,
        .stack_kib = 64,
        .name = "sim",
        .description = "made by a test",
    };
}

void sim_image_make(uint8_t out[SIM_IMAGE], const struct ta_header *h,
                    const struct sim_key *k)
{
    struct wr w = wr_init(out, SIM_IMAGE);
    uint8_t program[SIM_PROGRAM], hash[32];
    br_sha256_context c;

    for (size_t i = 0; i < sizeof program; i++)
        program[i] = (uint8_t)(i * 7);
    br_sha256_init(&c);
    br_sha256_update(&c, program, sizeof program);
    br_sha256_out(&c, hash);

    const uint32_t words[] = {h->version,  h->flags,     h->rights,   h->lanes,
                              h->heap_kib, h->stack_kib, SIM_PROGRAM, h->marks};
    wr_u32(&w, TA_IMAGE_MAGIC);
    wr_u32(&w, TA_IMAGE_LAYOUT);
    wr_raw(&w, h->uuid, sizeof h->uuid);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        wr_u32(&w, words[i]);
    wr_raw(&w, hash, sizeof hash);
    wr_raw(&w, h->name, sizeof h->name);
    wr_raw(&w, h->description, sizeof h->description);
    wr_raw(&w, h->reserved, sizeof h->reserved);
    wr_raw(&w, h->signature, sizeof h->signature);
    wr_raw(&w, program, sizeof program);
    sim_image_sign(out, k);
}
