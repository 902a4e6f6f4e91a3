/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PKCS#11 module against a TA that answers anything: results, return codes, sizes and
 * contents come from the input. The program calls what a program would call, with buffers
 * of exactly the size it states, and asserts only what PKCS#11 promises: lengths never
 * beyond the buffers, and a module that can be finalized. Input: the answers, one after
 * the other; zeros when it runs out.
 */
#include <stdlib.h>
#include <string.h>
#include "anchorhold_pkcs11.h"
#include "anchorhold_teec.h"
#include "bytes.h"
#include "pkcs11_ta.h"
#include "fuzz/fuzz.h"

static struct rd answers;
static unsigned greeting; /* the first calls are answered well, or nothing would begin */

static uint8_t next_u8(void)
{
    return answers.left ? rd_u8(&answers) : 0;
}

static void next_bytes(uint8_t *p, size_t len)
{
    size_t n = len < answers.left ? len : answers.left;
    struct span s = rd_raw(&answers, n);
    memset(p, 0, len);
    if (n)
        memcpy(p, s.p, n);
}

TEEC_Result TEEC_InitializeContext(const char *name, TEEC_Context *context)
{
    (void)name;
    *context = (TEEC_Context){.fd = -1};
    return TEEC_SUCCESS;
}

void TEEC_FinalizeContext(TEEC_Context *context)
{
    (void)context;
}

TEEC_Result TEEC_OpenSession(TEEC_Context *context, TEEC_Session *session,
                             const TEEC_UUID *uuid, uint32_t login, const void *data,
                             TEEC_Operation *operation, uint32_t *origin)
{
    (void)uuid, (void)login, (void)data, (void)operation, (void)origin;
    session->ctx = context;
    return TEEC_SUCCESS;
}

void TEEC_CloseSession(TEEC_Session *session)
{
    (void)session;
}

TEEC_Result TEEC_AllocateSharedMemory(TEEC_Context *context, TEEC_SharedMemory *m)
{
    (void)context;
    m->buffer = calloc(1, m->size);
    return m->buffer ? TEEC_SUCCESS : TEEC_ERROR_OUT_OF_MEMORY;
}

void TEEC_ReleaseSharedMemory(TEEC_SharedMemory *m)
{
    free(m->buffer);
}

static size_t answer_size(size_t room)
{
    switch (next_u8() % 8) {
    case 0:
        return next_u8();
    case 1:
        return room + 1;
    case 2:
        return SIZE_MAX;
    case 3:
        return 0;
    default:
        return room;
    }
}

/* libteec copies what fits; the size is the TA's word. */
static TEEC_Result answer(uint32_t types, TEEC_Parameter p[4], uint8_t *p2,
                          size_t *p2_size)
{
    static const TEEC_Result results[] = {
        TEEC_SUCCESS,
        TEEC_SUCCESS,
        TEEC_SUCCESS,
        TEEC_SUCCESS,
        TEEC_ERROR_SHORT_BUFFER,
        TEEC_SUCCESS,
        TEEC_ERROR_TARGET_DEAD,
        TEEC_ERROR_NOT_SUPPORTED,
    };
    static const uint8_t codes[] = {0, 0, 0, 0, 0x11, 0x12, 0x50, 0x91};
    TEEC_Result res = results[next_u8() % 8];
    put_le32(p[0].tmpref.buffer, next_u8() & 0x80 ? 0x150 : codes[next_u8() % 8]);
    p[0].tmpref.size = next_u8() % 16 == 15 ? next_u8() : 4;
    if (TEEC_PARAM_TYPE_GET(types, 2) == TEEC_MEMREF_TEMP_OUTPUT ||
        TEEC_PARAM_TYPE_GET(types, 2) == TEEC_MEMREF_PARTIAL_OUTPUT) {
        size_t room = *p2_size;
        *p2_size = answer_size(room);
        if (p2 && *p2_size <= room)
            next_bytes(p2, *p2_size);
    }
    return res;
}

TEEC_Result TEEC_InvokeCommand(TEEC_Session *session, uint32_t cmd, TEEC_Operation *op,
                               uint32_t *origin)
{
    (void)session, (void)origin;
    TEEC_TempMemoryReference *p0 = &op->params[0].tmpref, *p2 = &op->params[2].tmpref;
    if (greeting) {
        greeting--;
        put_le32(p0->buffer, 0);
        p0->size = 4;
        memset(p2->buffer, 0, p2->size);
        put_le32(p2->buffer, 1);
        if (cmd == P11_CMD_INFO)
            put_le32((uint8_t *)p2->buffer + 4, 0x3e);
        return TEEC_SUCCESS;
    }
    return answer(op->paramTypes, op->params, p2->buffer, &p2->size);
}

TEEC_Result AH_BeginInvoke(TEEC_Session *session, uint32_t cmd, TEEC_Operation *op,
                           AH_Call *call)
{
    (void)session, (void)cmd;
    TEEC_RegisteredMemoryReference *m = &op->params[2].memref;
    *call = (AH_Call){.operation = op};
    call->number[0] = answer(op->paramTypes, op->params,
                             m->parent ? m->parent->buffer : NULL, &m->size);
    return TEEC_SUCCESS;
}

TEEC_Result AH_EndInvoke(AH_Call *call, uint32_t *origin)
{
    (void)origin;
    return call->number[0];
}

/* --- a program
 * --------------------------------------------------------------------------- */

static void ask_slots(void)
{
    CK_ULONG n = 3;
    CK_SLOT_ID *slots = malloc(n * sizeof *slots);
    CK_TOKEN_INFO token;
    CK_SLOT_INFO slot;
    CK_MECHANISM_INFO mech;
    if (C_GetSlotList(next_u8() & 1, slots, &n) == CKR_OK)
        assert(n <= 3);
    n = 3;
    if (C_GetMechanismList(0, slots, &n) == CKR_OK)
        assert(n <= 3);
    (void)C_GetTokenInfo(0, &token);
    (void)C_GetSlotInfo(0, &slot);
    (void)C_GetMechanismInfo(0, CKM_ECDSA, &mech);
    free(slots);
}

static void ask_objects(CK_SESSION_HANDLE h)
{
    CK_ULONG n, number;
    CK_OBJECT_HANDLE *found = malloc(5 * sizeof *found), made;
    CK_BYTE *label = malloc(10);
    CK_ATTRIBUTE a[] = {{CKA_CLASS, &number, sizeof number},
                        {CKA_LABEL, label, 10},
                        {CKA_ID, NULL, 0},
                        {CKA_ALLOWED_MECHANISMS, found, 5 * sizeof *found}};
    (void)C_FindObjectsInit(h, NULL, 0);
    if (C_FindObjects(h, found, 5, &n) == CKR_OK)
        assert(n <= 5);
    (void)C_FindObjectsFinal(h);
    if (C_GetAttributeValue(h, 1, a, 4) == CKR_OK)
        assert(a[1].ulValueLen <= 10 && a[3].ulValueLen <= 5 * sizeof *found);
    (void)C_CreateObject(h, NULL, 0, &made);
    (void)C_GetObjectSize(h, 1, &n);
    free(found);
    free(label);
}

static void use_key(CK_SESSION_HANDLE h)
{
    static CK_BYTE data[300000];
    CK_MECHANISM ecdsa = {CKM_ECDSA, NULL, 0}, sha256 = {CKM_SHA256, NULL, 0};
    CK_BYTE iv[16] = {0};
    CK_MECHANISM cbc = {CKM_AES_CBC_PAD, iv, 16};
    size_t size = next_u8() & 1 ? sizeof data : 100;
    CK_BYTE *out = malloc(size + 32);
    for (int i = 0; i < 3; i++) {
        CK_ULONG len = 64;
        (void)C_SignInit(h, &ecdsa, 1);
        if (C_Sign(h, data, 32, next_u8() & 1 ? out : NULL, &len) == CKR_OK && i)
            (void)C_Sign(h, data, 32, out, &(CK_ULONG){64});
        len = 64;
        (void)C_DigestInit(h, &sha256);
        if (C_Digest(h, data, size, out, &len) == CKR_OK)
            assert(len <= 64);
        len = size + 32;
        (void)C_EncryptInit(h, &cbc, 1);
        if (C_Encrypt(h, data, size, out, &len) == CKR_OK)
            assert(len <= size + 32);
        len = 40;
        (void)C_DecryptInit(h, &cbc, 1);
        if (C_DecryptUpdate(h, data, 32, out, &len) == CKR_OK)
            assert(len <= 40);
        (void)C_DecryptFinal(h, NULL, &len);
        len = 40;
        (void)C_DecryptFinal(h, out, &len);
    }
    (void)C_GenerateRandom(h, out, size);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    CK_SESSION_HANDLE h, fresh;
    answers = rd_init(data, len);
    greeting = 3;
    if (C_Initialize(NULL) != CKR_OK ||
        C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &h))
        abort();
    ask_slots();
    if (C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &fresh) == CKR_OK)
        h = fresh;
    ask_objects(h);
    use_key(h);
    (void)C_CloseSession(h);
    CK_RV rv = C_Finalize(NULL);
    assert(rv == CKR_OK);
    (void)rv;
    return 0;
}
