/* SPDX-License-Identifier: BSD-2-Clause */
/* Files in memory that are sealed before anybody else gets them. */
#ifndef AH_HOST_MEMORY_H
#define AH_HOST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* A memfd that can be sealed; program: it may be executed, else never. -1 with errno. */
int memory_make(const char *name, bool program);

/* The same of len zero bytes, sealed against every change of its size. */
int memory_fixed(const char *name, size_t len);

#endif
