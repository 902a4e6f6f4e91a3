/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The error space of lib, kernel and boot. A function that can fail returns enum err,
 * OK is zero, and results come back through arguments. TEE_Result and CK_RV are reached
 * by one total function each at the crossing (err_to_tee() in tee, rv_of() in the PKCS#11 TA).
 */
#ifndef AH_ERR_H
#define AH_ERR_H

enum err {
    OK = 0,
    ERR_FORMAT,    /* bytes that do not decode: too short, too long, impossible values */
    ERR_RANGE,     /* a well-formed value outside what is allowed */
    ERR_NOT_FOUND, /* no such object, session, file */
    ERR_EXISTS,    /* the name is taken */
    ERR_DENIED,    /* the caller lacks the right */
    ERR_BUSY,      /* cannot be served now; trying again later may succeed */
    ERR_NO_MEMORY,
    ERR_NO_SPACE,  /* the medium is full; nothing was changed */
    ERR_IO,        /* the backing store failed; state on the medium is old or new */
    ERR_CORRUPT,   /* authenticated data does not verify */
    ERR_ROLLBACK,  /* authentic, but older than what the secure counter allows */
    ERR_SIGNATURE, /* a signature does not verify */
    ERR_UNSUPPORTED,
    ERR_ENTROPY,   /* the random generator is not seeded or failed its test */
    ERR_DEAD,      /* the peer is gone */
    ERR_CANCELLED,
    ERR_SHORT,     /* the output buffer is too small; the needed length was reported */
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* A short English word for logs and messages; never NULL. */
const char *err_name(enum err e);

#endif
