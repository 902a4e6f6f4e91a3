/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The manifest of a trusted application: lines "key = value", "#" starts a comment.
 *
 *   uuid         of the TA, the RFC 4122 form
 *   name         short, for logs: a-z 0-9 - _ .
 *   description  one line for people (optional)
 *   version      number, never decreases
 *   flags        words: single-instance multi-session keep-alive (optional)
 *   rights       words: storage derive-any (optional)
 *   lanes        calls that may run at once (optional, 1)
 *   heap, stack  with K or M behind the number
 */
#ifndef AH_MANIFEST_H
#define AH_MANIFEST_H

#include <stdbool.h>
#include "ta_image.h"

/* The words of the flags and rights, also for showing them. */
struct word {
    const char *text;
    uint32_t bit;
};
extern const struct word manifest_flags[], manifest_rights[]; /* end with text NULL */

/*
 * Fill the header's fields from the file at path; the caller's header is zero and keeps
 * what a manifest does not say (magic, sizes, hash). False after a message on stderr with
 * path and line.
 */
bool manifest_read(struct ta_header *h, const char *path);

#endif
