/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Judging the image of a trusted application (layout: abi/ta_image.h).
 *
 * The image comes from whoever can write files. ta_image_verify() looks at bytes that
 * were already copied out of their reach, changes nothing, allocates nothing, and accepts
 * only when every field is in range, the UUID is the one asked for, the header's
 * signature verifies under key and the program is the one that the header names. Order:
 * shape, values, signature, program.
 *
 * Accepting an image is a decision that resists glitches (hard.h). The caller does this:
 *
 *     uint32_t flow = 0;
 *     if (ta_image_verify(&img, &why, &flow, bytes, len, uuid, key, ta_sha256) !=
 * VERDICT_ACCEPT) refuse(ta_image_fault_text(why));
 *     ... prepare ...
 *     if (ta_image_verify_again(&img, key) != VERDICT_ACCEPT || flow != TA_IMAGE_FLOW)
 *         refuse(ta_image_fault_text(TA_IMAGE_GLITCH));
 *     start
 */
#ifndef AH_TA_VERIFY_H
#define AH_TA_VERIFY_H

#include "bytes.h"
#include "err.h"
#include "hard.h"
#include "ta_image.h"

/* What is wrong with an image; the first fault found, in this order. */
enum ta_image_fault {
    TA_IMAGE_OK = 0,
    TA_IMAGE_SHORT,      /* fewer bytes than a header */
    TA_IMAGE_BAD_MAGIC,  /* not a TA image at all */
    TA_IMAGE_BAD_LAYOUT, /* another version of the layout */
    TA_IMAGE_BAD_SIZE, /* program size and file length disagree, or no program, or too big
                        */
    TA_IMAGE_NO_UUID,  /* the nil UUID */
    TA_IMAGE_OTHER_UUID,      /* not the one asked for */
    TA_IMAGE_BAD_FLAGS,       /* unknown bits */
    TA_IMAGE_BAD_COMBINATION, /* multi-session or keep-alive without single-instance */
    TA_IMAGE_BAD_RIGHTS,
    TA_IMAGE_BAD_LANES,
    TA_IMAGE_BAD_HEAP,
    TA_IMAGE_BAD_STACK,
    TA_IMAGE_BAD_MARKS,
    TA_IMAGE_BAD_NAME, /* empty, unterminated, or a character outside a-z 0-9 - _ . */
    TA_IMAGE_BAD_DESCRIPTION, /* unterminated, or a control character */
    TA_IMAGE_BAD_RESERVED,
    TA_IMAGE_BAD_SIGNATURE,
    TA_IMAGE_BAD_PROGRAM, /* the program's SHA-256 is not the signed one */
    TA_IMAGE_GLITCH,      /* the two checks disagree */
};

#define TA_KEY_BYTES 65u /* an uncompressed P-256 point, 04 X Y */

/* Steps that ta_image_verify() adds to flow; their sum is TA_IMAGE_FLOW. */
#define TA_STEP_SHAPE     0x00000421u
#define TA_STEP_VALUES    0x00068210u
#define TA_STEP_SIGNATURE 0x01940a04u
#define TA_STEP_PROGRAM   0x3200c108u
#define TA_IMAGE_FLOW                                                                    \
    (TA_STEP_SHAPE + TA_STEP_VALUES + TA_STEP_SIGNATURE + TA_STEP_PROGRAM)

/* An image, decoded. Strings end with NUL; program points into the caller's bytes. */
struct ta_image {
    uint8_t uuid[16];
    uint32_t version;
    uint32_t flags;
    uint32_t rights;
    uint32_t lanes;
    uint64_t heap;  /* bytes */
    uint64_t stack; /* bytes, of each lane */
    uint32_t marks;
    char name[24];
    char description[72];
    uint8_t signed_sha256[32];  /* what the header says of the program */
    uint8_t program_sha256[32]; /* what ta_image_verify() computed */
    struct span head;           /* the signed bytes and the signature behind them */
    struct span program;
};

/*
 * Shape and values only: no key, no signature. For tools that show what an image says of
 * itself. Returns the first fault; img is filled as far as the shape allows when the
 * result is TA_IMAGE_OK.
 */
enum ta_image_fault ta_image_decode(struct ta_image *img, const void *bytes, size_t len);

/* How the program is hashed: ta_sha256() (BearSSL), or the same function made faster by a
 * platform. */
typedef void ta_sha256_fn(uint8_t out[32], const void *p, size_t len);
ta_sha256_fn ta_sha256;

/*
 * The whole judgement.
 *   why    the fault, TA_IMAGE_OK with VERDICT_ACCEPT
 *   flow   grows by the steps done
 *   uuid   that the caller asked for, or NULL to take any
 *   hash   of the program; the header is always hashed by ta_sha256()
 */
MUST_CHECK verdict_t ta_image_verify(struct ta_image *img, enum ta_image_fault *why,
                                     uint32_t *flow, const void *bytes, size_t len,
                                     const uint8_t *uuid, const uint8_t key[TA_KEY_BYTES],
                                     ta_sha256_fn *hash);

/* The second check: signature over the header, and signed against computed hash of the
 * program. */
MUST_CHECK verdict_t ta_image_verify_again(const struct ta_image *img,
                                           const uint8_t key[TA_KEY_BYTES]);

/* One sentence for people; never NULL. */
const char *ta_image_fault_text(enum ta_image_fault f);

#endif
