/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TA images: decode, then judge.
 *
 * The header is read field by field from bytes that nobody else can change any more; each
 * check is one row of checks[], so the list of what is refused is the table. The
 * signature is checked before the program is hashed: an unsigned image costs no more than
 * its header.
 *
 * A fault leaves the verdict at VERDICT_REFUSE. The hash of the program is computed once
 * and compared twice: a glitch in computing it cannot produce the signed value, a glitch
 * in comparing it is met by ta_image_verify_again(), and a skipped step is missing in
 * flow.
 */
#include <bearssl.h>
#include "ta_verify.h"

/* What the checks look at: the raw header in host integers, and the length of the whole
 * image. */
struct view {
    uint32_t magic, layout, version, flags, rights, lanes, heap_kib, stack_kib, size,
        marks;
    const uint8_t *uuid, *sha256, *name, *description, *reserved;
    size_t len;
};

static bool zero(const uint8_t *p, size_t len)
{
    uint8_t any = 0;
    for (size_t i = 0; i < len; i++)
        any |= p[i];
    return any == 0;
}

/* Text, then NUL up to the end of the field; allowed says which bytes may stand in the
 * text. */
static bool padded(const uint8_t *p, size_t len, bool (*allowed)(uint8_t))
{
    size_t n = 0;
    while (n < len && p[n] != 0) {
        if (!allowed(p[n]))
            return false;
        n++;
    }
    return n < len && zero(p + n, len - n);
}

static bool name_byte(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
}

static bool text_byte(uint8_t c)
{
    return c >= 0x20 && c != 0x7f;
}

static bool magic_ok(const struct view *v)
{
    return v->magic == TA_IMAGE_MAGIC;
}

static bool layout_ok(const struct view *v)
{
    return v->layout == TA_IMAGE_LAYOUT;
}

static bool size_ok(const struct view *v)
{
    return v->size > 0 && v->size <= TA_PROGRAM_MAX &&
           v->len - sizeof(struct ta_header) == v->size;
}

static bool uuid_ok(const struct view *v)
{
    return !zero(v->uuid, 16);
}

static bool flags_ok(const struct view *v)
{
    return (v->flags & ~TA_FLAG_MASK) == 0;
}

static bool combination_ok(const struct view *v)
{
    return (v->flags & TA_FLAG_SINGLE_INSTANCE) ||
           !(v->flags & (TA_FLAG_MULTI_SESSION | TA_FLAG_KEEP_ALIVE));
}

static bool rights_ok(const struct view *v)
{
    return (v->rights & ~TA_RIGHT_MASK) == 0;
}

static bool lanes_ok(const struct view *v)
{
    return v->lanes >= 1 && v->lanes <= TA_LANES_MAX;
}

static bool heap_ok(const struct view *v)
{
    return v->heap_kib >= TA_HEAP_KIB_MIN && v->heap_kib <= TA_HEAP_KIB_MAX;
}

static bool stack_ok(const struct view *v)
{
    return v->stack_kib >= TA_STACK_KIB_MIN && v->stack_kib <= TA_STACK_KIB_MAX;
}

static bool marks_ok(const struct view *v)
{
    return (v->marks & ~TA_DEVELOPMENT) == 0;
}

static bool name_ok(const struct view *v)
{
    return v->name[0] && padded(v->name, sizeof((struct ta_header *)0)->name, name_byte);
}

static bool description_ok(const struct view *v)
{
    return padded(v->description, sizeof((struct ta_header *)0)->description, text_byte);
}

static bool reserved_ok(const struct view *v)
{
    return zero(v->reserved, sizeof((struct ta_header *)0)->reserved);
}

static const struct check {
    bool (*ok)(const struct view *);
    enum ta_image_fault fault;
} checks[] = {
    {magic_ok, TA_IMAGE_BAD_MAGIC},
    {layout_ok, TA_IMAGE_BAD_LAYOUT},
    {size_ok, TA_IMAGE_BAD_SIZE},
    {uuid_ok, TA_IMAGE_NO_UUID},
    {flags_ok, TA_IMAGE_BAD_FLAGS},
    {combination_ok, TA_IMAGE_BAD_COMBINATION},
    {rights_ok, TA_IMAGE_BAD_RIGHTS},
    {lanes_ok, TA_IMAGE_BAD_LANES},
    {heap_ok, TA_IMAGE_BAD_HEAP},
    {stack_ok, TA_IMAGE_BAD_STACK},
    {marks_ok, TA_IMAGE_BAD_MARKS},
    {name_ok, TA_IMAGE_BAD_NAME},
    {description_ok, TA_IMAGE_BAD_DESCRIPTION},
    {reserved_ok, TA_IMAGE_BAD_RESERVED},
};

/* The reads stand in the order of struct ta_header; the caller has checked the length. */
static void view_read(struct view *v, const uint8_t *bytes, size_t len)
{
    struct rd r = rd_init(bytes, TA_SIGNED_BYTES);
    v->magic = rd_u32(&r);
    v->layout = rd_u32(&r);
    v->uuid = rd_raw(&r, 16).p;
    v->version = rd_u32(&r);
    v->flags = rd_u32(&r);
    v->rights = rd_u32(&r);
    v->lanes = rd_u32(&r);
    v->heap_kib = rd_u32(&r);
    v->stack_kib = rd_u32(&r);
    v->size = rd_u32(&r);
    v->marks = rd_u32(&r);
    v->sha256 = rd_raw(&r, 32).p;
    v->name = rd_raw(&r, sizeof((struct ta_header *)0)->name).p;
    v->description = rd_raw(&r, sizeof((struct ta_header *)0)->description).p;
    v->reserved = rd_raw(&r, sizeof((struct ta_header *)0)->reserved).p;
    v->len = len;
}

enum ta_image_fault ta_image_decode(struct ta_image *img, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;
    struct view v;

    if (len < sizeof(struct ta_header))
        return TA_IMAGE_SHORT;
    view_read(&v, p, len);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (!checks[i].ok(&v))
            return checks[i].fault;

    memset(img, 0, sizeof *img);
    memcpy(img->uuid, v.uuid, sizeof img->uuid);
    img->version = v.version;
    img->flags = v.flags;
    img->rights = v.rights;
    img->lanes = v.lanes;
    img->heap = (uint64_t)v.heap_kib << 10;
    img->stack = (uint64_t)v.stack_kib << 10;
    img->marks = v.marks;
    memcpy(img->name, v.name, sizeof img->name);
    memcpy(img->description, v.description, sizeof img->description);
    memcpy(img->signed_sha256, v.sha256, sizeof img->signed_sha256);
    img->head = (struct span){p, sizeof(struct ta_header)};
    img->program = (struct span){p + sizeof(struct ta_header), v.size};
    return TA_IMAGE_OK;
}

void ta_sha256(uint8_t out[32], const void *p, size_t len)
{
    br_sha256_context c;
    br_sha256_init(&c);
    br_sha256_update(&c, p, len);
    br_sha256_out(&c, out);
}

static verdict_t signature_verify(struct span head, const uint8_t key[TA_KEY_BYTES])
{
    uint8_t point[TA_KEY_BYTES], hash[32];
    memcpy(point, key, sizeof point); /* BearSSL's key is not const */
    const br_ec_public_key pk = {BR_EC_secp256r1, point, sizeof point};

    ta_sha256(hash, head.p, TA_SIGNED_BYTES);
    if (br_ecdsa_i31_vrfy_raw(&br_ec_p256_m31, hash, sizeof hash, &pk,
                              head.p + TA_SIGNED_BYTES, head.len - TA_SIGNED_BYTES) != 1)
        return VERDICT_REFUSE;
    return VERDICT_ACCEPT;
}

verdict_t ta_image_verify(struct ta_image *img, enum ta_image_fault *why, uint32_t *flow,
                          const void *bytes, size_t len, const uint8_t *uuid,
                          const uint8_t key[TA_KEY_BYTES], ta_sha256_fn *hash)
{
    *why = ta_image_decode(img, bytes, len);
    if (*why != TA_IMAGE_OK)
        return VERDICT_REFUSE;
    *flow += TA_STEP_SHAPE;

    *why = TA_IMAGE_OTHER_UUID;
    if (uuid && memcmp(uuid, img->uuid, sizeof img->uuid) != 0)
        return VERDICT_REFUSE;
    *flow += TA_STEP_VALUES;

    *why = TA_IMAGE_BAD_SIGNATURE;
    if (signature_verify(img->head, key) != VERDICT_ACCEPT)
        return VERDICT_REFUSE;
    *flow += TA_STEP_SIGNATURE;

    *why = TA_IMAGE_BAD_PROGRAM;
    hash(img->program_sha256, img->program.p, img->program.len);
    if (!ct_equal(img->program_sha256, img->signed_sha256, sizeof img->signed_sha256))
        return VERDICT_REFUSE;
    *flow += TA_STEP_PROGRAM;

    *why = TA_IMAGE_OK;
    return VERDICT_ACCEPT;
}

verdict_t ta_image_verify_again(const struct ta_image *img,
                                const uint8_t key[TA_KEY_BYTES])
{
    struct view v;

    if (img->head.len != sizeof(struct ta_header))
        return VERDICT_REFUSE;
    view_read(&v, img->head.p, img->head.len + img->program.len);
    if (memcmp(v.uuid, img->uuid, sizeof img->uuid) != 0 || !size_ok(&v))
        return VERDICT_REFUSE;
    if (!ct_equal(v.sha256, img->program_sha256, sizeof img->program_sha256))
        return VERDICT_REFUSE;
    return signature_verify(img->head, key);
}

const char *ta_image_fault_text(enum ta_image_fault f)
{
    switch (f) {
    case TA_IMAGE_OK:
        return "the image is accepted";
    case TA_IMAGE_SHORT:
        return "the file is shorter than the header of a trusted application";
    case TA_IMAGE_BAD_MAGIC:
        return "the file is not an image of a trusted application";
    case TA_IMAGE_BAD_LAYOUT:
        return "the image has a layout version that is not supported";
    case TA_IMAGE_BAD_SIZE:
        return "the size in the header does not fit the file";
    case TA_IMAGE_NO_UUID:
        return "the image has no UUID";
    case TA_IMAGE_OTHER_UUID:
        return "the image holds another UUID than the one asked for";
    case TA_IMAGE_BAD_FLAGS:
        return "the header has unknown flags";
    case TA_IMAGE_BAD_COMBINATION:
        return "multi-session and keep-alive need the flag single-instance";
    case TA_IMAGE_BAD_RIGHTS:
        return "the header asks for unknown rights";
    case TA_IMAGE_BAD_LANES:
        return "the number of lanes is not 1 to 64";
    case TA_IMAGE_BAD_HEAP:
        return "the heap is not 64 KiB to 1 GiB";
    case TA_IMAGE_BAD_STACK:
        return "the stack is not 16 KiB to 8 MiB";
    case TA_IMAGE_BAD_MARKS:
        return "the header has unknown marks";
    case TA_IMAGE_BAD_NAME:
        return "the name is empty or has characters other than a-z 0-9 - _ .";
    case TA_IMAGE_BAD_DESCRIPTION:
        return "the description is not terminated or not text";
    case TA_IMAGE_BAD_RESERVED:
        return "the reserved bytes of the header are not zero";
    case TA_IMAGE_BAD_SIGNATURE:
        return "the signature does not verify under the key of this TEE";
    case TA_IMAGE_BAD_PROGRAM:
        return "the program is not the one that was signed";
    case TA_IMAGE_GLITCH:
        return "the second check of the image disagrees with the first";
    }
    return "unknown fault";
}
