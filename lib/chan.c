/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory of a channel as the daemon makes and kills it, and what both ends share: a
 * view of it. Killing is a store and a wake: the daemon never waits for either end, and
 * nothing that the ends write can hold it up. A client that begins to sleep just after
 * the wake looks again by itself, because no client sleeps longer than 200 ms at a time.
 */
#include <string.h>
#include "chan.h"

void chan_format(void *base)
{
    struct chan_header *h = base;
    h->magic = CHAN_MAGIC;
    h->version = CHAN_VERSION;
    h->nr_slots = CHAN_SLOTS;
    h->bulk = CHAN_BULK;
    atomic_store(&h->open_slots, 0);
    atomic_store(&h->dead, 0);
}

void chan_kill(void *base, uint32_t result, const char *reason, const struct chan_os *os)
{
    struct chan_header *h = base;
    struct chan_slot *slots = (void *)((uint8_t *)base + CHAN_SLOTS_AT);
    size_t len = strnlen(reason, sizeof h->reason - 1);
    memcpy(h->reason, reason, len);
    h->reason[len] = 0;
    atomic_store(&h->dead, result ? result : 1);
    for (unsigned i = 0; i < CHAN_SLOTS; i++)
        os->wake(&slots[i].rep);
}

enum err chan_view(struct chan *c, void *base, size_t len, const struct chan_os *os)
{
    const struct chan_header *h = base;
    if (len != CHAN_SIZE || h->magic != CHAN_MAGIC || h->version != CHAN_VERSION ||
        h->nr_slots != CHAN_SLOTS || h->bulk != CHAN_BULK)
        return ERR_FORMAT;
    uint8_t *p = base;
    *c = (struct chan){base, (void *)(p + CHAN_SLOTS_AT), p + CHAN_BULK_AT, os};
    return OK;
}

uint8_t *chan_bulk(const struct chan *c, unsigned slot)
{
    return c->bulk + (size_t)slot * CHAN_BULK;
}

uint32_t chan_dead(const struct chan *c)
{
    return atomic_load_explicit(&c->header->dead, memory_order_acquire);
}
