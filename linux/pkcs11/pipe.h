/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Large data in pieces: while the TA works on one piece, this side copies the next one
 * into shared memory and the last result out of it. For digests and for ciphers whose
 * result is as long as the data, give or take a block or a tag.
 */
#ifndef AH_PKCS11_PIPE_H
#define AH_PKCS11_PIPE_H

#include "session.h"

/*
 * May C_Encrypt, C_Decrypt, C_Digest with these arguments go in pieces? Only when no
 * answer can be CKR_BUFFER_TOO_SMALL (the pieces cannot be taken back), the buffers do
 * not get in each other's way, nothing was fed to the operation before, and it is worth
 * it.
 */
bool pipe_fits(const struct session *s, enum op_kind kind, const uint8_t *in,
               size_t in_len, const uint8_t *out, size_t room);

struct pipe;

/* A pipe of this link; NULL when there is no shared memory to be had. */
struct pipe *pipe_take(struct link *l);
void pipe_give(struct link *l, struct pipe *p);

/*
 * Feed in (in_len > 0) to the operation, which is in the TA, and collect what comes; the
 * operation is not finished by it. *done is what was written to out, at most room;
 * nothing for a digest.
 */
CK_RV pipe_feed(struct pipe *p, struct session *s, enum op_kind kind, const uint8_t *in,
                size_t in_len, uint8_t *out, size_t room, size_t *done);

#endif
