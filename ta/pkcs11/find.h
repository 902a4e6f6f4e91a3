/* SPDX-License-Identifier: BSD-2-Clause */
/* The active search of a session: the handles that were found, and how many were told. */
#ifndef P11_FIND_H
#define P11_FIND_H

#include "p11.h"

struct find {
    uint32_t nr;
    uint32_t room;
    uint32_t told;
    uint32_t *handles;
};

void find_free(struct find *f); /* NULL is nothing */

#endif
