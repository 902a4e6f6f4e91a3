/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The active operation of a session. op.c alone knows what is inside; session.c holds the
 * pointer and asks for its end when the session closes, or when a logout takes its key
 * away.
 */
#ifndef P11_OP_H
#define P11_OP_H

struct op;

/* Free it with everything it holds (references to objects, TEE operations, secrets). */
void op_destroy(struct op *op);

#endif
