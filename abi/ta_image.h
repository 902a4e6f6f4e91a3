/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The image of a trusted application: header, program, signature.
 *
 *   0    struct ta_header, 256 bytes
 *   256  the program: a static position-independent ELF, program_size bytes
 *   ...  nothing; the signature is in the header's last 64 bytes
 *
 * signature = ECDSA P-256 (r || s, big endian) over SHA-256 of the first 192 bytes of the header;
 * those hold the SHA-256 of the program. So a header can be judged before its program is read.
 * All integers little endian. A verifier accepts exactly one version of this layout.
 */
#ifndef AH_ABI_TA_IMAGE_H
#define AH_ABI_TA_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#define TA_IMAGE_MAGIC  0x41544841u /* "AHTA" */
#define TA_IMAGE_LAYOUT 1u
#define TA_SIGNED_BYTES 192u
#define TA_PROGRAM_MAX  (64u << 20)

/* GP instance flags, numbers as OP-TEE's TA header has them. */
#define TA_FLAG_SINGLE_INSTANCE 0x0004u
#define TA_FLAG_MULTI_SESSION   0x0008u
#define TA_FLAG_KEEP_ALIVE      0x0010u
#define TA_FLAG_MASK            0x001cu

/* What a TA may do beyond the GP API. */
#define TA_RIGHT_STORAGE    0x1u /* the backing store calls of anchorhold_ta.h */
#define TA_RIGHT_DERIVE_ANY 0x2u /* device keys in the name of another TA */
#define TA_RIGHT_MASK       0x3u

/* Ranges of the other values. */
#define TA_LANES_MAX     64u
#define TA_HEAP_KIB_MIN  64u
#define TA_HEAP_KIB_MAX  (1u << 20)
#define TA_STACK_KIB_MIN 16u
#define TA_STACK_KIB_MAX (8u << 10)

#define TA_DEVELOPMENT 0x1u /* signed by a key that the build made for itself */

struct ta_header {
    uint32_t magic;
    uint32_t layout;
    uint8_t uuid[16];        /* RFC 4122 byte order */
    uint32_t version;        /* rollback protection compares it; never decreases */
    uint32_t flags;          /* TA_FLAG_* */
    uint32_t rights;         /* TA_RIGHT_* */
    uint32_t lanes;          /* 1..64 */
    uint32_t heap_kib;       /* ceiling of the heap */
    uint32_t stack_kib;      /* of each lane */
    uint32_t program_size;   /* bytes */
    uint32_t marks;          /* TA_DEVELOPMENT */
    uint8_t program_sha256[32];
    char name[24];           /* a-z 0-9 - _ . and padding with NUL, last byte NUL */
    char description[72];    /* UTF-8, padded with NUL, last byte NUL */
    uint8_t reserved[8];     /* zero */
    uint8_t signature[64];
};
_Static_assert(sizeof(struct ta_header) == 256, "");
_Static_assert(offsetof(struct ta_header, program_sha256) == 56, "");
_Static_assert(offsetof(struct ta_header, name) == 88, "");
_Static_assert(offsetof(struct ta_header, signature) == TA_SIGNED_BYTES, "");

#endif
