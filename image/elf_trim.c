/* SPDX-License-Identifier: BSD-2-Clause */
/* Cutting a linked program down to what is loaded. 64-bit and 32-bit little-endian ELF.
 */
#include <elf.h>
#include <string.h>
#include "bytes.h"
#include "elf_trim.h"

/* What is needed of the file header and of one program header, for both classes. */
struct layout {
    size_t phoff, phentsize, phnum; /* offsets of the fields in the file header */
    size_t wide;                    /* bytes of an address: 8 or 4 */
    size_t shoff, shnum;
    size_t p_offset, p_filesz; /* offsets of the fields in a program header */
    size_t ph_min;
};

static const struct layout layout64 = {
    offsetof(Elf64_Ehdr, e_phoff),
    offsetof(Elf64_Ehdr, e_phentsize),
    offsetof(Elf64_Ehdr, e_phnum),
    8,
    offsetof(Elf64_Ehdr, e_shoff),
    offsetof(Elf64_Ehdr, e_shnum),
    offsetof(Elf64_Phdr, p_offset),
    offsetof(Elf64_Phdr, p_filesz),
    sizeof(Elf64_Phdr),
};

static const struct layout layout32 = {
    offsetof(Elf32_Ehdr, e_phoff),
    offsetof(Elf32_Ehdr, e_phentsize),
    offsetof(Elf32_Ehdr, e_phnum),
    4,
    offsetof(Elf32_Ehdr, e_shoff),
    offsetof(Elf32_Ehdr, e_shnum),
    offsetof(Elf32_Phdr, p_offset),
    offsetof(Elf32_Phdr, p_filesz),
    sizeof(Elf32_Phdr),
};

static size_t field(const uint8_t *p, size_t wide)
{
    return wide == 8 ? (size_t)le64(p) : le32(p);
}

static size_t half(const uint8_t *p)
{
    return (size_t)p[0] | (size_t)p[1] << 8;
}

/* The end in the file of the last byte that any segment needs, 0 for a malformed table.
 */
static size_t segments_end(const uint8_t *p, size_t len, const struct layout *l)
{
    size_t at = field(p + l->phoff, l->wide), step = half(p + l->phentsize),
           n = half(p + l->phnum);
    size_t end;
    if (step < l->ph_min || at > len || !add_ok(at, step * n, &end) || end > len)
        return 0;
    for (; n; n--, at += step) {
        size_t start = field(p + at + l->p_offset, l->wide), stop;
        if (!add_ok(start, field(p + at + l->p_filesz, l->wide), &stop) || stop > len)
            return 0;
        if (le32(p + at) != PT_NULL && stop > end)
            end = stop;
    }
    return end;
}

size_t elf_trim(uint8_t *p, size_t len)
{
    if (len < sizeof(Elf64_Ehdr) || memcmp(p, ELFMAG, SELFMAG) != 0 ||
        p[EI_DATA] != ELFDATA2LSB || half(p + offsetof(Elf64_Ehdr, e_type)) != ET_DYN)
        return 0;
    const struct layout *l = p[EI_CLASS] == ELFCLASS64   ? &layout64
                             : p[EI_CLASS] == ELFCLASS32 ? &layout32
                                                         : NULL;
    size_t end = l ? segments_end(p, len, l) : 0;
    if (!end)
        return 0;
    memset(p + l->shoff, 0, l->wide);
    memset(p + l->shnum, 0, 4); /* number of sections and the index of their names */
    return end;
}
