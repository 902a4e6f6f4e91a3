/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of the error values, for logs. */
#include "err.h"

const char *err_name(enum err e)
{
    switch (e) {
    case OK: return "ok";
    case ERR_FORMAT: return "malformed";
    case ERR_RANGE: return "out of range";
    case ERR_NOT_FOUND: return "not found";
    case ERR_EXISTS: return "exists already";
    case ERR_DENIED: return "access denied";
    case ERR_BUSY: return "busy";
    case ERR_NO_MEMORY: return "out of memory";
    case ERR_NO_SPACE: return "no space left on the medium";
    case ERR_IO: return "input or output error";
    case ERR_CORRUPT: return "corrupt or tampered with";
    case ERR_ROLLBACK: return "older than the secure counter allows (rollback)";
    case ERR_SIGNATURE: return "signature does not verify";
    case ERR_UNSUPPORTED: return "not supported";
    case ERR_ENTROPY: return "no randomness";
    case ERR_DEAD: return "peer is gone";
    case ERR_CANCELLED: return "cancelled";
    case ERR_SHORT: return "buffer too small";
    }
    return "unknown error";
}
