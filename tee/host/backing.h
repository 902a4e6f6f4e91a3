/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The backing store of lib/include/store.h on a directory descriptor. It needs these
 * system calls and no others: openat, fstat, pread64, pwrite64, fdatasync, fsync,
 * ftruncate, renameat, unlinkat, close, and for list() getdents64, fcntl(F_GETFL), brk or
 * mmap.
 */
#ifndef AH_TEE_HOST_BACKING_H
#define AH_TEE_HOST_BACKING_H

#include "store.h"

/* Fill b with functions that work in the directory dirfd, which stays open and the
 * caller's. */
void backing_init(struct store_backing *b, int dirfd);

#endif
