/* SPDX-License-Identifier: BSD-2-Clause */
/* UUIDs: text, version 5, and the client identities of Linux. */
#include <bearssl.h>
#include "bytes.h"
#include "uuid.h"

static const uint8_t client_namespace[16] = {0x58, 0xac, 0x9c, 0xa0, 0x20, 0x86,
                                             0x46, 0x83, 0xa1, 0xb8, 0xec, 0x4b,
                                             0xc0, 0x8e, 0x01, 0xb6};

/* A dash stands before these bytes. */
static bool dash_before(size_t i)
{
    return i == 4 || i == 6 || i == 8 || i == 10;
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

void uuid_format(char out[UUID_TEXT], const uint8_t uuid[16])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < 16; i++) {
        if (dash_before(i))
            *out++ = '-';
        *out++ = digits[uuid[i] >> 4];
        *out++ = digits[uuid[i] & 15];
    }
    *out = 0;
}

bool uuid_parse(uint8_t uuid[16], const char *s)
{
    uint8_t u[16];
    for (size_t i = 0; i < 16; i++) {
        if (dash_before(i) && *s++ != '-')
            return false;
        int hi = nibble(s[0]);
        int lo = hi < 0 ? -1 : nibble(s[1]);
        if (lo < 0)
            return false;
        u[i] = (uint8_t)(hi << 4 | lo);
        s += 2;
    }
    if (*s)
        return false;
    memcpy(uuid, u, sizeof u);
    return true;
}

void uuid_v5(uint8_t out[16], const uint8_t ns[16], const void *name, size_t len)
{
    uint8_t hash[br_sha1_SIZE];
    br_sha1_context c;
    br_sha1_init(&c);
    br_sha1_update(&c, ns, 16);
    br_sha1_update(&c, name, len);
    br_sha1_out(&c, hash);
    memcpy(out, hash, 16);
    out[6] = (uint8_t)((out[6] & 0x0f) | 0x50); /* version 5 */
    out[8] = (uint8_t)((out[8] & 0x3f) | 0x80); /* the RFC's variant */
}

/* "uid=" or "gid=" and the number in lower-case hex without leading zeros. */
static void client_uuid(uint8_t out[16], char kind, uint32_t id)
{
    static const char digits[] = "0123456789abcdef";
    char name[12] = {kind, 'i', 'd', '='};
    size_t len = 4;
    for (int shift = 28; shift >= 0; shift -= 4)
        if (id >> shift || shift == 0)
            name[len++] = digits[id >> shift & 15];
    uuid_v5(out, client_namespace, name, len);
}

void uuid_of_user(uint8_t out[16], uint32_t uid)
{
    client_uuid(out, 'u', uid);
}

void uuid_of_group(uint8_t out[16], uint32_t gid)
{
    client_uuid(out, 'g', gid);
}
