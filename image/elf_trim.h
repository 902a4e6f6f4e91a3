/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cutting a linked program down to what is loaded: everything behind the last loadable
 * segment (symbols, debugging data, section headers) goes, so that images are small and
 * quick to verify.
 */
#ifndef AH_ELF_TRIM_H
#define AH_ELF_TRIM_H

#include <stddef.h>
#include <stdint.h>

/* The new length, with the header at p adapted; 0 when p is no ELF of a
 * position-independent program. */
size_t elf_trim(uint8_t *p, size_t len);

#endif
