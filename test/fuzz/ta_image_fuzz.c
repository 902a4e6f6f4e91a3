/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TA images from hostile bytes. The first byte chooses: judge the rest as it comes; or
 * take a good image and change it by the rest, pairs of place and value; and then sign it
 * again or not. So the checks in front of the signature and those behind it are reached
 * without a corpus.
 */
#include <stdlib.h>
#include "test/fuzz/fuzz.h"
#include "test/sim/ta_image.h"

void fuzz_seeds(void)
{
    struct sim_key key;
    struct ta_header h = sim_header();
    uint8_t whole[1 + SIM_IMAGE] = {0};
    sim_key_make(&key, 1);
    sim_image_make(whole + 1, &h, &key);
    fuzz_seed("whole", whole, sizeof whole);
    fuzz_seed("flags", "\x01\x1c\x00\x04", 4);
    fuzz_seed("program", "\x02\x00\x01\x04", 4);
}

static void change(uint8_t image[SIM_IMAGE], const uint8_t *data, size_t size)
{
    for (size_t i = 0; i + 3 <= size; i += 3)
        image[(data[i] | (size_t)data[i + 1] << 8) % SIM_IMAGE] = data[i + 2];
}

static void judge(const uint8_t *image, size_t size, const struct sim_key *key)
{
    struct ta_image img;
    enum ta_image_fault why;
    uint32_t flow = 0;
    uint8_t *exact = malloc(size ? size : 1);
    memcpy(exact, image, size);
    verdict_t v =
        ta_image_verify(&img, &why, &flow, exact, size, NULL, key->point, ta_sha256);
    bool accepted = v == VERDICT_ACCEPT && why == TA_IMAGE_OK && flow == TA_IMAGE_FLOW &&
                    ta_image_verify_again(&img, key->point) == VERDICT_ACCEPT &&
                    img.program.len == size - sizeof(struct ta_header) &&
                    img.lanes >= 1 && img.lanes <= TA_LANES_MAX &&
                    memchr(img.name, 0, sizeof img.name);
    bool refused = v == VERDICT_REFUSE && why != TA_IMAGE_OK && flow != TA_IMAGE_FLOW;
    if (!accepted && !refused)
        abort();
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sim_key key;
    static uint8_t good[SIM_IMAGE];
    uint8_t image[SIM_IMAGE];

    if (size == 0)
        return 0;
    if (good[0] == 0) {
        struct ta_header h = sim_header();
        sim_key_make(&key, 1);
        sim_image_make(good, &h, &key);
    }
    if (data[0] % 3 == 0) {
        judge(data + 1, size - 1, &key);
        return 0;
    }
    memcpy(image, good, sizeof image);
    change(image, data + 1, size - 1);
    if (data[0] % 3 == 1)
        sim_image_sign(image, &key);
    judge(image, sizeof image, &key);
    return 0;
}
