/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UUIDs as 16 bytes in RFC 4122 order: text form, and version 5 (SHA-1 of a namespace and
 * a name), by which Linux names the user and the group of a client to a trusted
 * application.
 */
#ifndef AH_UUID_H
#define AH_UUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UUID_TEXT 37 /* with NUL */

/* The lower-case form with dashes. */
void uuid_format(char out[UUID_TEXT], const uint8_t uuid[16]);

/* True when s is exactly such a form, in either case; otherwise uuid is as it was. */
bool uuid_parse(uint8_t uuid[16], const char *s);

/* RFC 4122, 4.3: version 5 of the first len bytes of name within namespace ns. */
void uuid_v5(uint8_t out[16], const uint8_t ns[16], const void *name, size_t len);

/*
 * The client identities of Linux (tee_session_calc_client_uuid): "uid=%x" or "gid=%x"
 * within the namespace 58ac9ca0-2086-4683-a1b8-ec4bc08e01b6.
 */
void uuid_of_user(uint8_t out[16], uint32_t uid);
void uuid_of_group(uint8_t out[16], uint32_t gid);

#endif
