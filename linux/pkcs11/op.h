/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations of a session: encrypt, decrypt, sign, verify, digest, find.
 *
 * An operation is active in the TA, or it is only noted here: when a session has started
 * one with the same key and the same kind of mechanism before, its C_*Init is answered
 * from that memory, and the C_Sign (or its like) that follows sends key, mechanism and
 * data in one command. The memory holds only while nothing happened that could change the
 * answer (session_forget()), and the TA checks everything again in any case. Whatever
 * needs the operation in the TA (multi-part, another operation beside it, a
 * context-specific login) puts it there first: op_settle().
 */
#ifndef AH_PKCS11_OP_H
#define AH_PKCS11_OP_H

#include <stdbool.h>
#include <stdint.h>
#include "anchorhold_pkcs11.h"

enum op_kind { OP_NONE, OP_ENCRYPT, OP_DECRYPT, OP_SIGN, OP_VERIFY, OP_DIGEST, OP_FIND };

#define OP_MEMORY    4
#define OP_MECH_ROOM 256
#define OP_DATA_ROOM 32

/* What decides how the TA answers a C_*Init; contents of IV and AAD do not. */
struct op_shape {
    uint32_t kind; /* enum op_kind; OP_NONE in an empty place */
    uint32_t key;
    uint32_t mech;
    uint32_t bits;
    uint32_t len;
    uint32_t hash;
    uint32_t mgf;
    uint32_t source;
    uint32_t iv_size;
    uint32_t data_size;
    uint8_t data[OP_DATA_ROOM];
};

struct op {
    enum op_kind noted; /* noted here, not in the TA */
    enum op_kind spent; /* ended by a query: its empty result is told once more */
    uint32_t in_ta;     /* bit 1 << kind: active in the TA, as far as we know */
    enum op_kind kept;  /* whose mechanism mech is */
    bool fed;           /* it has been given data already */
    uint32_t key;       /* of the noted operation */
    uint32_t mech_len;
    uint8_t mech[OP_MECH_ROOM]; /* in wire form */
    unsigned epoch;             /* of the memory */
    unsigned next;              /* place in the memory to use next */
    struct op_shape memory[OP_MEMORY];
};

struct session;

/* The bodies of C_EncryptInit ... C_Digest: see PKCS#11 for arguments and codes. */
CK_RV op_init(CK_SESSION_HANDLE handle, enum op_kind kind, CK_MECHANISM_PTR mech,
              CK_OBJECT_HANDLE key);
CK_RV op_whole(CK_SESSION_HANDLE handle, enum op_kind kind, CK_BYTE_PTR in,
               CK_ULONG in_len, CK_BYTE_PTR out, CK_ULONG_PTR out_len);
CK_RV op_update(CK_SESSION_HANDLE handle, enum op_kind kind, CK_BYTE_PTR in,
                CK_ULONG in_len);
CK_RV op_crypt(CK_SESSION_HANDLE handle, enum op_kind kind, CK_BYTE_PTR in,
               CK_ULONG in_len, CK_BYTE_PTR out, CK_ULONG_PTR out_len);
CK_RV op_final(CK_SESSION_HANDLE handle, enum op_kind kind, CK_BYTE_PTR out,
               CK_ULONG_PTR out_len);
CK_RV op_verify(CK_SESSION_HANDLE handle, CK_BYTE_PTR in, CK_ULONG in_len,
                CK_BYTE_PTR sig, CK_ULONG sig_len);
CK_RV op_verify_final(CK_SESSION_HANDLE handle, CK_BYTE_PTR sig, CK_ULONG sig_len);

/* A call with bad arguments ends the operation it was for; returns CKR_ARGUMENTS_BAD. */
CK_RV op_refuse(CK_SESSION_HANDLE handle, enum op_kind kind);

/* With the session's lock held: put a noted operation into the TA. The code of its
 * *_INIT. */
CK_RV op_settle(struct session *s);

/* End the operation of this kind, noted or in the TA; no error when there is none. */
CK_RV op_cancel(struct session *s, enum op_kind kind);

/* Take rv as the TA's answer to the last command of an operation in the TA. */
void op_ended(struct session *s, enum op_kind kind, CK_RV rv);

#endif
