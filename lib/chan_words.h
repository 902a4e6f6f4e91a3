/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copying to and from memory that the other end may write at the same moment: each word
 * is read or written once, by one access. Private to lib/chan*.c.
 */
#ifndef AH_CHAN_WORDS_H
#define AH_CHAN_WORDS_H

#include <stddef.h>
#include <stdint.h>

typedef uint32_t __attribute__((may_alias)) word_t;

static inline void words_load(void *to, const void *shared, size_t len)
{
    word_t *d = to;
    const word_t *s = shared;
    for (size_t i = 0; i < len / sizeof *d; i++)
        d[i] = __atomic_load_n(&s[i], __ATOMIC_RELAXED);
}

static inline void words_store(void *shared, const void *from, size_t len)
{
    word_t *d = shared;
    const word_t *s = from;
    for (size_t i = 0; i < len / sizeof *d; i++)
        __atomic_store_n(&d[i], s[i], __ATOMIC_RELAXED);
}

#endif
