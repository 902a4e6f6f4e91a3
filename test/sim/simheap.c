/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting memory, repeatable randomness, a counter in a variable. */
#include <stdlib.h>
#include <string.h>
#include "simheap.h"

static void *heap_resize(void *ctx, void *old, size_t size)
{
    struct simheap *h = ctx;

    if (++h->calls == h->fail_at)
        return NULL;
    void *p = realloc(old, size ? size : 1);
    if (p && !old) {
        memset(p, 0xa5, size);
        h->blocks++;
    }
    return p;
}

static void heap_release(void *ctx, void *p)
{
    struct simheap *h = ctx;

    h->blocks -= p != NULL;
    free(p);
}

void simheap_init(struct simheap *h)
{
    *h = (struct simheap){.memory = {h, heap_resize, heap_release}};
}

void sim_random(void *ctx, void *out, size_t len)
{
    uint64_t *seed = ctx;
    uint8_t *p = out;

    for (size_t i = 0; i < len; i++) {
        *seed = *seed * 6364136223846793005u + 1442695040888963407u;
        p[i] = (uint8_t)(*seed >> 56);
    }
}

static enum err counter_get(void *ctx, uint64_t *value)
{
    struct simcounter *c = ctx;
    bool happens;

    *value = c->value;
    return sim_counter_call(c->sim, &happens);
}

static enum err counter_advance(void *ctx, uint64_t value)
{
    struct simcounter *c = ctx;
    bool happens;
    enum err e = sim_counter_call(c->sim, &happens);

    if (happens && value > c->value)
        c->value = value;
    return e;
}

void simcounter_init(struct simcounter *c, struct simstore *sim)
{
    *c = (struct simcounter){.counter = {c, counter_get, counter_advance}, .sim = sim};
}
