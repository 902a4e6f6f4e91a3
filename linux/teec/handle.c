/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers for objects. A number holds an index and a generation, so that a stale one
 * (closed twice, or from before a fork) finds nothing instead of something else. Each
 * entry is one atomic word: generation, "closing", count of users. Getting and putting is
 * a compare and swap each, without a lock; only whoever closes an object that is in use
 * sleeps.
 *
 * Entries are never freed: a table that once was large stays so, and a reader never meets
 * a vanished entry.
 */
#include <stdlib.h>
#include "teec.h"

#define CHUNK     256u
#define CHUNKS    256u
#define GEN_MASK  0x7fffu
#define GEN_SHIFT 32
#define LIVE      (1ull << 31)
#define CLOSING   (1ull << 30)
#define USERS     (CLOSING - 1)

struct entry {
    _Atomic uint64_t word; /* generation << 32 | LIVE | CLOSING | users */
    _Atomic(void *) object;
    _Atomic int kind;
};

static _Atomic(struct entry *) chunks[CHUNKS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards making and freeing */
static pthread_cond_t unused = PTHREAD_COND_INITIALIZER;
static unsigned nr_entries;

static struct entry *entry_of(int handle)
{
    unsigned i = (unsigned)handle & 0xffff;
    struct entry *c = handle > 0 ? atomic_load(&chunks[i / CHUNK]) : NULL;
    return c ? &c[i % CHUNK] : NULL;
}

static uint64_t generation(int handle)
{
    return (uint64_t)((unsigned)handle >> 16) << GEN_SHIFT;
}

static struct entry *entry_free(unsigned *index)
{
    for (unsigned i = 0; i < nr_entries; i++) {
        struct entry *e = &atomic_load(&chunks[i / CHUNK])[i % CHUNK];
        if (!(atomic_load(&e->word) & LIVE)) {
            *index = i;
            return e;
        }
    }
    if (nr_entries == CHUNK * CHUNKS)
        return NULL;
    if (nr_entries % CHUNK == 0) {
        struct entry *c = calloc(CHUNK, sizeof *c);
        if (!c)
            return NULL;
        atomic_store(&chunks[nr_entries / CHUNK], c);
    }
    *index = nr_entries++;
    return &atomic_load(&chunks[*index / CHUNK])[*index % CHUNK];
}

int handle_new(enum handle_kind kind, void *object)
{
    unsigned i;
    int handle = 0;
    pthread_mutex_lock(&lock);
    struct entry *e = entry_free(&i);
    if (e) {
        uint64_t gen = (atomic_load(&e->word) >> GEN_SHIFT) + 1;
        gen = gen & GEN_MASK ? gen & GEN_MASK : 1;
        atomic_store(&e->object, object);
        atomic_store(&e->kind, (int)kind);
        atomic_store(&e->word, gen << GEN_SHIFT | LIVE);
        handle = (int)(gen << 16 | i);
    }
    pthread_mutex_unlock(&lock);
    return handle;
}

void *handle_get(enum handle_kind kind, int handle)
{
    struct entry *e = entry_of(handle);
    uint64_t w = e ? atomic_load_explicit(&e->word, memory_order_relaxed) : 0;
    do {
        if ((w & ~USERS) != (generation(handle) | LIVE))
            return NULL;
    } while (!atomic_compare_exchange_weak_explicit(
        &e->word, &w, w + 1, memory_order_acquire, memory_order_relaxed));
    if (atomic_load_explicit(&e->kind, memory_order_relaxed) != (int)kind) {
        handle_put(handle);
        return NULL;
    }
    return atomic_load_explicit(&e->object, memory_order_relaxed);
}

void handle_put(int handle)
{
    struct entry *e = entry_of(handle);
    uint64_t w = atomic_load_explicit(&e->word, memory_order_relaxed);
    do {
        if ((w & ~USERS & ~CLOSING) != (generation(handle) | LIVE) || !(w & USERS))
            return; /* from before a fork */
    } while (!atomic_compare_exchange_weak_explicit(
        &e->word, &w, w - 1, memory_order_release, memory_order_relaxed));
    if (w & CLOSING && (w & USERS) == 1) {
        pthread_mutex_lock(&lock);
        pthread_cond_broadcast(&unused);
        pthread_mutex_unlock(&lock);
    }
}

void *handle_close(enum handle_kind kind, int handle)
{
    if (!handle_get(kind, handle))
        return NULL;
    struct entry *e = entry_of(handle);
    void *object = atomic_load(&e->object);
    bool first = !(atomic_fetch_or(&e->word, CLOSING) & CLOSING);
    handle_put(handle);
    return first ? object : NULL;
}

void handle_free(int handle)
{
    struct entry *e = entry_of(handle);
    pthread_mutex_lock(&lock);
    while (atomic_load(&e->word) & USERS)
        pthread_cond_wait(&unused, &lock);
    atomic_store(&e->object, NULL);
    atomic_store(&e->word, generation(handle));
    pthread_mutex_unlock(&lock);
}

void handle_child(void)
{
    pthread_mutex_init(&lock, NULL);
    pthread_cond_init(&unused, NULL);
    for (unsigned i = 0; i < nr_entries; i++) {
        struct entry *e = &atomic_load(&chunks[i / CHUNK])[i % CHUNK];
        atomic_store(&e->word, atomic_load(&e->word) >> GEN_SHIFT << GEN_SHIFT);
    }
}
