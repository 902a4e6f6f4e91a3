/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding a TA's image, verifying it, and holding its program ready to run.
 *
 * The bytes are copied into a memfd that is then sealed against every change, and only
 * the sealed copy is judged and executed: what was verified is what runs. The last images
 * stay; one whose file has not changed is not read again, but its second check
 * (lib/ta_verify) is done before each start.
 */
#ifndef AH_HOST_IMAGE_CACHE_H
#define AH_HOST_IMAGE_CACHE_H

#include <sys/types.h>
#include <time.h>
#include "ta_verify.h"

#define IMAGES_KEPT 8u

struct image {
    struct ta_image facts; /* spans lie in the mapping */
    uint32_t flow;
    int program; /* sealed memfd; -1: row not in use */
    uint8_t *map;
    size_t map_len;
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec mtime, ctime;
    uint64_t used;
};

struct image_cache {
    char built_in[512]; /* directory of the product's TAs */
    const char *more;   /* colon list, may be NULL */
    uint64_t clock;
    struct image images[IMAGES_KEPT];
};

void image_cache_init(struct image_cache *c, const char *more);

/*
 * The verified image of this UUID; valid until the next image_get(). NOT_FOUND, SIGNATURE
 * (refused), IO, NO_MEMORY; why says what and of which file.
 */
MUST_CHECK enum err image_get(struct image_cache *c, const struct image **out,
                              const uint8_t uuid[16], char *why, size_t why_len);

/* The second check, just before the program is started. */
MUST_CHECK verdict_t image_check_again(const struct image *i);

#endif
