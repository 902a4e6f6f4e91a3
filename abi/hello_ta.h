/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands of the hello TA, the example to copy. A client includes this and
 * tee_client_api.h.
 */
#ifndef AH_ABI_HELLO_TA_H
#define AH_ABI_HELLO_TA_H

/* As initialiser of TEEC_UUID or TEE_UUID. */
#define HELLO_TA_UUID                                                                    \
    {                                                                                    \
        0x2b7f5c1e, 0x8d34, 0x4a60,                                                      \
        {                                                                                \
            0x9f, 0x12, 0xc3, 0xe4, 0xd5, 0xa6, 0xb7, 0x08                               \
        }                                                                                \
    }

/* P0 value inout: a becomes a + 1. */
#define HELLO_INCREMENT 1u

/* P0 memref in: bytes. P1 memref out: their SHA-256; SHORT_BUFFER tells the length. */
#define HELLO_DIGEST 2u

/* P0 value out: a = how often this command was called on this device, ever. */
#define HELLO_COUNT 3u

/* P0 value in: a = milliseconds to wait. CANCEL when the client asks for it. */
#define HELLO_WAIT 4u

#endif
