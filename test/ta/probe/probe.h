/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands of the probe TA, which test/system/teec_test.c drives. */
#ifndef AH_TEST_PROBE_H
#define AH_TEST_PROBE_H

#define PROBE_TA_UUID                                                                    \
    {                                                                                    \
        0x5a0c3a52, 0x4f9d, 0x4d0a,                                                      \
        {                                                                                \
            0x8f, 0x0e, 0x7a, 0x1b, 0x2c, 0x3d, 0x4e, 0x5f                               \
        }                                                                                \
    }

enum probe_command {
    PROBE_EMPTY = 1, /* nothing */
    PROBE_COPY,   /* P0 memref in, P1 memref out: a copy. P2 value out: a = 1 when P0 is
                     NULL, b = size */
    PROBE_INVERT, /* P0 memref inout: every bit */
    PROBE_SWAP,   /* P0 value inout: a <-> b */
    PROBE_BOAST,  /* P0 memref out: SHORT_BUFFER, claims 1 GiB */
    PROBE_WAIT,   /* P0 value in: ms, cancellable */
    PROBE_PANIC,  /* P0 value in: the code */
    PROBE_CRASH,  /* write to NULL */
    PROBE_WHO,    /* P0 memref out: TEE_Identity of the client */
    PROBE_WORK,   /* P0 value in: rounds of computing */
    PROBE_HELLO,  /* P0 value inout: through the hello TA's increment */
    PROBE_ACCESS, /* P0 memref inout: 0, or the number of the access check that went wrong
                   */
    PROBE_FAIL,   /* P0 value in: the result to return; P1 value out: a = 7 */
};

/* Open: with P0 value in, a != 0: refused with that result. */

#endif
