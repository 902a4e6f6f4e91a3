/* SPDX-License-Identifier: BSD-2-Clause */
/* TA images made in memory, signed by a key of the test's own. */
#ifndef AH_SIM_TA_IMAGE_H
#define AH_SIM_TA_IMAGE_H

#include "ta_verify.h"

#define SIM_PROGRAM 64u /* bytes of the made-up program */
#define SIM_IMAGE   (sizeof(struct ta_header) + SIM_PROGRAM)

/* A key pair from a seed; always the same for the same seed. */
struct sim_key {
    uint8_t secret[32];
    uint8_t point[TA_KEY_BYTES];
};
void sim_key_make(struct sim_key *k, uint32_t seed);

/* A valid image for h, whose magic, layout, size and hash are filled in here, then
 * signed. */
void sim_image_make(uint8_t out[SIM_IMAGE], const struct ta_header *h,
                    const struct sim_key *k);

/* Sign the header as it stands. */
void sim_image_sign(uint8_t image[SIM_IMAGE], const struct sim_key *k);

/* A header that is right in every field. */
struct ta_header sim_header(void);

#endif
