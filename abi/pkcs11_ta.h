/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands of the PKCS#11 trusted application: what its clients send and what it answers.
 * Commands 0..52 are those of the OP-TEE PKCS#11 TA, so that either client speaks to
 * either TA; from 0x1000 on they are Anchorhold's own. All numbers are little-endian u32,
 * packed without alignment. "Template" and "mechanism" are written and read by
 * lib/p11wire.c and lib/p11mech.c.
 *
 * Every command takes the same four parameters:
 *   P0  MEMREF_INOUT, at least 4 bytes, always. In: the control arguments, consumed
 * exactly; short or trailing bytes are CKR_ARGUMENTS_BAD. Out: the CK_RV as u32, size 4.
 *   P1  MEMREF_INPUT where the table says so, else NONE
 *   P2  MEMREF_OUTPUT (or MEMREF_INPUT where the table says "in"), else NONE
 *   P3  NONE
 * Other parameter types are CKR_ARGUMENTS_BAD. The TEE result is TEE_SUCCESS whenever the
 * CK_RV was written, but TEE_ERROR_SHORT_BUFFER beside CKR_BUFFER_TOO_SMALL. An output of
 * size 0 (or NULL) asks for the size: info and list commands answer CKR_OK, the rest
 * CKR_BUFFER_TOO_SMALL, both with the needed size in P2. Handles and ids are never 0
 * where PKCS#11 says so.
 *
 * An error ends the operation that was active, but for CKR_BUFFER_TOO_SMALL. When the
 * client finds an error by itself, it sends RELEASE_ACTIVE_PROCESSING.
 */
#ifndef AH_ABI_PKCS11_TA_H
#define AH_ABI_PKCS11_TA_H

#include <stddef.h>
#include <stdint.h>

/* fd02c9da-306c-48c7-a49c-bbd827ae86ee, in the form of a TEE(C)_UUID initialiser. */
#define P11_TA_UUID                                                                      \
    {                                                                                    \
        0xfd02c9da, 0x306c, 0x48c7,                                                      \
        {                                                                                \
            0xa4, 0x9c, 0xbb, 0xd8, 0x27, 0xae, 0x86, 0xee                               \
        }                                                                                \
    }

/* What PING answers. Later functions show in the mechanism list and in P11_CMD_INFO. */
#define P11_TA_VERSION_MAJOR 1u
#define P11_TA_VERSION_MINOR 0u
#define P11_TA_VERSION_PATCH 0u

/* clang-format off */
enum p11_cmd {
    /* command                                   P0 in                                                      P1  P2 */
    P11_CMD_PING = 0,                          /* u32 0                                                      -   out 12: u32 major, minor, patch */
    P11_CMD_SLOT_LIST = 1,                     /* u32 0                                                      -   out u32[]: slot ids */
    P11_CMD_SLOT_INFO = 2,                     /* u32 slot                                                   -   out struct p11_slot_info */
    P11_CMD_TOKEN_INFO = 3,                    /* u32 slot                                                   -   out struct p11_token_info */
    P11_CMD_MECHANISM_IDS = 4,                 /* u32 slot                                                   -   out u32[]: CKM_* */
    P11_CMD_MECHANISM_INFO = 5,                /* u32 slot, u32 CKM                                          -   out struct p11_mechanism_info */
    P11_CMD_OPEN_SESSION = 6,                  /* u32 slot, u32 CKF_*_SESSION                                -   out u32 session */
    P11_CMD_CLOSE_SESSION = 7,                 /* u32 session                                                -   - */
    P11_CMD_CLOSE_ALL_SESSIONS = 8,            /* u32 slot                                                   -   - */
    P11_CMD_SESSION_INFO = 9,                  /* u32 session                                                -   out struct p11_session_info */
    P11_CMD_INIT_TOKEN = 10,                   /* u32 slot, u32 PIN length, u8 label[32], PIN                -   - */
    P11_CMD_INIT_PIN = 11,                     /* u32 session, u32 PIN length, PIN                           -   - */
    P11_CMD_SET_PIN = 12,                      /* u32 session, u32 old length, u32 new length, old, new      -   - */
    P11_CMD_LOGIN = 13,                        /* u32 session, u32 CKU_*, u32 PIN length, PIN                -   - */
    P11_CMD_LOGOUT = 14,                       /* u32 session                                                -   - */
    P11_CMD_CREATE_OBJECT = 15,                /* u32 session, template                                      -   out u32 object */
    P11_CMD_DESTROY_OBJECT = 16,               /* u32 session, u32 object                                    -   - */
    P11_CMD_ENCRYPT_INIT = 17,                 /* u32 session, u32 key, mechanism                            -   - */
    P11_CMD_DECRYPT_INIT = 18,                 /* u32 session, u32 key, mechanism                            -   - */
    P11_CMD_ENCRYPT_UPDATE = 19,               /* u32 session                                                in  out */
    P11_CMD_DECRYPT_UPDATE = 20,               /* u32 session                                                in  out */
    P11_CMD_ENCRYPT_FINAL = 21,                /* u32 session                                                -   out */
    P11_CMD_DECRYPT_FINAL = 22,                /* u32 session                                                -   out */
    P11_CMD_ENCRYPT_ONESHOT = 23,              /* u32 session                                                in  out */
    P11_CMD_DECRYPT_ONESHOT = 24,              /* u32 session                                                in  out */
    P11_CMD_SIGN_INIT = 25,                    /* u32 session, u32 key, mechanism                            -   - */
    P11_CMD_VERIFY_INIT = 26,                  /* u32 session, u32 key, mechanism                            -   - */
    P11_CMD_SIGN_UPDATE = 27,                  /* u32 session                                                in  - */
    P11_CMD_VERIFY_UPDATE = 28,                /* u32 session                                                in  - */
    P11_CMD_SIGN_FINAL = 29,                   /* u32 session                                                -   out signature */
    P11_CMD_VERIFY_FINAL = 30,                 /* u32 session                                                -   in signature */
    P11_CMD_SIGN_ONESHOT = 31,                 /* u32 session                                                in  out signature */
    P11_CMD_VERIFY_ONESHOT = 32,               /* u32 session                                                in  in signature */
    P11_CMD_GENERATE_KEY = 33,                 /* u32 session, mechanism, template                           -   out u32 object */
    P11_CMD_FIND_OBJECTS_INIT = 34,            /* u32 session, template                                      -   - */
    P11_CMD_FIND_OBJECTS = 35,                 /* u32 session                                                -   out u32[]: objects; size 0 at the end */
    P11_CMD_FIND_OBJECTS_FINAL = 36,           /* u32 session                                                -   - */
    P11_CMD_GET_OBJECT_SIZE = 37,              /* u32 session, u32 object                                    -   out u32 */
    P11_CMD_GET_ATTRIBUTE_VALUE = 38,          /* u32 session, u32 object, request                           -   out reply; see p11wire.h */
    P11_CMD_SET_ATTRIBUTE_VALUE = 39,          /* u32 session, u32 object, template                          -   - */
    P11_CMD_COPY_OBJECT = 40,                  /* u32 session, u32 object, template                          -   out u32 object */
    P11_CMD_SEED_RANDOM = 41,                  /* u32 session                                                in  - */
    P11_CMD_GENERATE_RANDOM = 42,              /* u32 session                                                -   out: filled whole */
    P11_CMD_DERIVE_KEY = 43,                   /* u32 session, u32 base key, mechanism, template             -   out u32 object */
    P11_CMD_RELEASE_ACTIVE_PROCESSING = 44,    /* u32 session, u32 *_INIT command                            -   - */
    P11_CMD_DIGEST_INIT = 45,                  /* u32 session, mechanism                                     -   - */
    P11_CMD_DIGEST_KEY = 46,                   /* u32 session, u32 object                                    -   - */
    P11_CMD_DIGEST_UPDATE = 47,                /* u32 session                                                in  - */
    P11_CMD_DIGEST_FINAL = 48,                 /* u32 session                                                -   out */
    P11_CMD_DIGEST_ONESHOT = 49,               /* u32 session                                                in  out */
    P11_CMD_GENERATE_KEY_PAIR = 50,            /* u32 session, mechanism, template public, template private  -   out u32 public, private */
    P11_CMD_WRAP_KEY = 51,                     /* u32 session, u32 wrapping key, u32 key, mechanism          -   out */
    P11_CMD_UNWRAP_KEY = 52,                   /* u32 session, u32 unwrapping key, mechanism, template       in  out u32 object */

    /*
     * Key and mechanism in the same request; the active operation of the session is left alone.
     * The answers are those of the *_INIT followed by the *_ONESHOT command. A key with
     * CKA_ALWAYS_AUTHENTICATE is refused with CKR_USER_NOT_LOGGED_IN.
     */
    P11_CMD_INFO = 0x1000,                     /* u32 0                                                      -   out 8: u32 version, u32 P11_CAP_* */
    P11_CMD_SIGN = 0x1001,                     /* u32 session, u32 key, mechanism                            in  out signature */
    P11_CMD_VERIFY = 0x1002,                   /* u32 session, u32 key, mechanism                            in  in signature */
    P11_CMD_ENCRYPT = 0x1003,                  /* u32 session, u32 key, mechanism                            in  out */
    P11_CMD_DECRYPT = 0x1004,                  /* u32 session, u32 key, mechanism                            in  out */
    P11_CMD_DIGEST = 0x1005,                   /* u32 session, mechanism                                     in  out */
};
/* clang-format on */

#define P11_INFO_VERSION 1u

/* Capability bits of P11_CMD_INFO: bit n stands for command 0x1000 + n. */
#define P11_CAP(cmd)    (1u << ((unsigned)(cmd)-P11_CMD_INFO))
#define P11_CAP_SIGN    P11_CAP(P11_CMD_SIGN)
#define P11_CAP_VERIFY  P11_CAP(P11_CMD_VERIFY)
#define P11_CAP_ENCRYPT P11_CAP(P11_CMD_ENCRYPT)
#define P11_CAP_DECRYPT P11_CAP(P11_CMD_DECRYPT)
#define P11_CAP_DIGEST  P11_CAP(P11_CMD_DIGEST)

/* Texts are padded with spaces, without NUL. Flags have the values of CKF_*. */
struct p11_slot_info {
    uint8_t description[64];
    uint8_t manufacturer[32];
    uint32_t flags;
    uint8_t hw_version[2];
    uint8_t fw_version[2];
};
_Static_assert(sizeof(struct p11_slot_info) == 104, "");
_Static_assert(offsetof(struct p11_slot_info, flags) == 96, "");

struct p11_token_info {
    uint8_t label[32];
    uint8_t manufacturer[32];
    uint8_t model[16];
    uint8_t serial[16];
    uint32_t flags;
    uint32_t max_sessions; /* all counts: P11_UNAVAILABLE where not known */
    uint32_t sessions;
    uint32_t max_rw_sessions;
    uint32_t rw_sessions;
    uint32_t max_pin_len;
    uint32_t min_pin_len;
    uint32_t total_public;
    uint32_t free_public;
    uint32_t total_private;
    uint32_t free_private;
    uint8_t hw_version[2];
    uint8_t fw_version[2];
    uint8_t time[16];
};
_Static_assert(sizeof(struct p11_token_info) == 160, "");
_Static_assert(offsetof(struct p11_token_info, flags) == 96, "");
_Static_assert(offsetof(struct p11_token_info, hw_version) == 140, "");

struct p11_session_info {
    uint32_t slot;
    uint32_t state; /* CKS_* */
    uint32_t flags;
    uint32_t device_error;
};
_Static_assert(sizeof(struct p11_session_info) == 16, "");

struct p11_mechanism_info {
    uint32_t min_key;
    uint32_t max_key;
    uint32_t flags;
};
_Static_assert(sizeof(struct p11_mechanism_info) == 12, "");

/* Head of a template: size bytes of attributes follow, count of them. */
struct p11_object_head {
    uint32_t size;
    uint32_t count;
};
_Static_assert(sizeof(struct p11_object_head) == 8, "");

/* Head of an attribute (and of a mechanism, whose parameters are the value). */
struct p11_attr_head {
    uint32_t id;
    uint32_t size;
};
_Static_assert(sizeof(struct p11_attr_head) == 8, "");

/* CK_UNAVAILABLE_INFORMATION in 32 bits; also the size of an attribute that cannot be
 * read. */
#define P11_UNAVAILABLE 0xffffffffu

/* Values of the standard for which <p11-kit/pkcs11.h> (0.24) has others. */
#define P11_CKR_PIN_TOO_WEAK       0x1b8u
#define P11_CKR_PUBLIC_KEY_INVALID 0x1b9u

/* Never visible to a client: the public point that OP-TEE keeps with an EC private key.
 */
#define P11_CKA_HIDDEN_EC_POINT 0x80010000u

#define P11_LABEL_LEN   32u
#define P11_PIN_LEN_MIN 4u
#define P11_PIN_LEN_MAX 128u

/* Ceilings that both sides hold to. */
#define P11_ATTRS_MAX  128u /* attributes in one template, nested ones for themselves */
#define P11_VALUE_MAX  (256u * 1024u) /* bytes of one attribute value */
#define P11_PARAMS_MAX (64u * 1024u)  /* bytes of mechanism parameters */
#define P11_ARGS_MAX                                                                     \
    (1024u *                                                                             \
     1024u) /* bytes of control arguments, and of a reply to GET_ATTRIBUTE_VALUE */

#endif
