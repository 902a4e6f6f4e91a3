/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of the module in this process: C_Initialize, C_Finalize, fork.
 *
 * Every function but C_Initialize and the interface lists runs between module_enter() and
 * module_leave(). C_Finalize lets no new call in, waits for those inside, and then takes
 * everything down. In the child of a fork the module is as if it had never been
 * initialized.
 */
#ifndef AH_PKCS11_MODULE_H
#define AH_PKCS11_MODULE_H

#include "anchorhold_pkcs11.h"

/* CKR_CRYPTOKI_NOT_INITIALIZED, then without a leave. */
CK_RV module_enter(void);
void module_leave(void);

/* Arrange once for fork_child() to run in children. CKR_HOST_MEMORY. */
CK_RV fork_watch(void);

/* What the child does to each part's state; called with no other thread alive. */
void module_forked(void);

#endif
