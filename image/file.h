/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole files in and out; a failure has been said on stderr. */
#ifndef AH_IMAGE_FILE_H
#define AH_IMAGE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The contents, to be freed; NULL on failure or when longer than max. */
uint8_t *file_read(const char *path, size_t *len, size_t max);

/* Written beside and renamed, so that no half file is ever at path. */
bool file_write(const char *path, const void *p, size_t len);

#endif
