/* SPDX-License-Identifier: BSD-2-Clause */
/* Handle tables of sessions, and GP 1.3.1, section 5.7.2: who may open what beside whom.
 */
#include "handle.h"
#include <stdlib.h>
#include <string.h>

#define HANDLES_MAX 4096u

static bool names(const struct handle *h, const void *id, uint32_t id_len)
{
    return h->id_len == id_len && memcmp(h->id, id, id_len) == 0;
}

/* An access that either wants is possible only if both share it; and sharing must agree.
 */
static bool agree(uint32_t a, uint32_t b, uint32_t access, uint32_t share)
{
    return (a & share) == (b & share) && (!((a | b) & access) || (a & share));
}

static bool compatible(uint32_t a, uint32_t b)
{
    return !((a | b) & TEE_DATA_FLAG_ACCESS_WRITE_META) &&
           agree(a, b, TEE_DATA_FLAG_ACCESS_READ, TEE_DATA_FLAG_SHARE_READ) &&
           agree(a, b, TEE_DATA_FLAG_ACCESS_WRITE, TEE_DATA_FLAG_SHARE_WRITE);
}

TEE_Result handle_may_open(const struct owner *o, const void *id, uint32_t id_len,
                           uint32_t flags)
{
    for (const struct handle *h = o->handles; h; h = h->next)
        if (names(h, id, id_len) && !compatible(h->flags, flags))
            return TEE_ERROR_ACCESS_CONFLICT;
    return TEE_SUCCESS;
}

bool handle_is_open(const struct owner *o, const void *id, uint32_t id_len)
{
    for (const struct handle *h = o->handles; h; h = h->next)
        if (names(h, id, id_len))
            return true;
    return false;
}

/* A free place in the table; grows it. */
static bool place_find(struct session *s, uint32_t *place)
{
    for (*place = 0; *place < s->nr; ++*place)
        if (!s->table[*place])
            return true;
    if (s->nr >= HANDLES_MAX)
        return false;
    uint32_t nr = s->nr ? 2 * s->nr : 8;
    struct handle **table = realloc(s->table, nr * sizeof(struct handle *));
    if (!table)
        return false;
    memset(table + s->nr, 0, (nr - s->nr) * sizeof(struct handle *));
    s->table = table;
    s->nr = nr;
    return true;
}

TEE_Result handle_open(struct session *s, const void *id, uint32_t id_len, uint32_t flags,
                       uint32_t head_len, uint32_t *number)
{
    struct handle *h = calloc(1, sizeof *h);
    uint32_t place;

    if (!h || !place_find(s, &place)) {
        free(h);
        return TEE_ERROR_OUT_OF_MEMORY;
    }
    memcpy(h->id, id, id_len);
    h->id_len = id_len;
    h->flags = flags;
    h->head_len = head_len;
    h->next = s->owner->handles;
    s->owner->handles = h;
    s->table[place] = h;
    *number = place + 1;
    return TEE_SUCCESS;
}

struct handle *handle_get(const struct session *s, uint32_t number)
{
    return number == 0 || number > s->nr ? NULL : s->table[number - 1];
}

void handle_close(struct session *s, uint32_t number)
{
    struct handle *h = handle_get(s, number);
    struct handle **p = &s->owner->handles;

    if (!h)
        return;
    while (*p != h)
        p = &(*p)->next;
    *p = h->next;
    s->table[number - 1] = NULL;
    free(h);
}

void handle_close_all(struct session *s)
{
    for (uint32_t i = 1; i <= s->nr; i++)
        handle_close(s, i);
    free(s->table);
    s->table = NULL;
    s->nr = 0;
}
