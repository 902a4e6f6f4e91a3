/* SPDX-License-Identifier: BSD-2-Clause */
/* The two forms of a signature, one above the other; no allocation. */
#include "rs.h"
#include "bytes.h"

/* INTEGER at *p into exactly half_len bytes: positive, shortest form. */
static bool integer_decode(uint8_t *out, size_t half_len, const uint8_t **p,
                           const uint8_t *end)
{
    const uint8_t *d = *p;
    if (end - d < 3 || d[0] != 0x02 || d[1] > RS_HALF_MAX + 1 || d[1] == 0 ||
        end - d - 2 < d[1])
        return false;
    size_t len = d[1];
    d += 2;
    *p = d + len;
    if (d[0] & 0x80)
        return false;
    if (d[0] == 0 && len > 1) {
        if (!(d[1] & 0x80))
            return false;
        d++;
        len--;
    }
    if (len > half_len)
        return false;
    memset(out, 0, half_len - len);
    memcpy(out + half_len - len, d, len);
    return true;
}

bool rs_from_der(uint8_t *rs, size_t half_len, const uint8_t *der, size_t der_len)
{
    const uint8_t *p = der, *end = der + der_len;
    if (der_len < 3 || der_len > RS_DER_MAX || p[0] != 0x30)
        return false;
    bool two = p[1] == 0x81;
    size_t len = two ? p[2] : p[1];
    if (two ? len < 128 : len > 127)
        return false;
    p += two ? 3 : 2;
    if ((size_t)(end - p) != len)
        return false;
    return integer_decode(rs, half_len, &p, end) &&
           integer_decode(rs + half_len, half_len, &p, end) && p == end;
}

static uint8_t *integer_encode(uint8_t *out, const uint8_t *n, size_t half_len)
{
    while (half_len > 1 && *n == 0) {
        n++;
        half_len--;
    }
    size_t sign = *n >> 7;
    *out++ = 0x02;
    *out++ = (uint8_t)(half_len + sign);
    if (sign)
        *out++ = 0;
    memcpy(out, n, half_len);
    return out + half_len;
}

size_t rs_to_der(uint8_t der[RS_DER_MAX], const uint8_t *rs, size_t half_len)
{
    uint8_t *body = der + 3, *end = integer_encode(body, rs, half_len);
    end = integer_encode(end, rs + half_len, half_len);
    size_t len = (size_t)(end - body);
    der[0] = 0x30;
    if (len > 127) {
        der[1] = 0x81;
        der[2] = (uint8_t)len;
        return len + 3;
    }
    der[1] = (uint8_t)len;
    memmove(der + 2, body, len);
    return len + 2;
}
