/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tokens and their records. A record is committed before it takes effect in memory, so
 * what the TA acts on is never newer than what a power cut leaves behind. The generation
 * in the record decides which stored objects exist: a commit with a new one erases the
 * token at once.
 *
 * The encoding has a version and a fixed length; anything else is damage. Little endian:
 *
 *   u32 version 1, u32 generation, u8 initialised, u8 by identity, u8 label[32]
 *   SO, then user: u8 set, u32 tries, u32 rounds, u8 salt[16], u8 hash[32], u32 login,
 *   u8 uuid[16]
 */
#include <stdlib.h>
#include "object.h"
#include "persist.h"
#include "token.h"

#define RECORD_VERSION 1u
#define RECORD_LEN     (4u + 4 + 1 + 1 + 32 + 2 * (1 + 4 + 4 + 16 + 32 + 4 + 16))

static struct token tokens[TOKENS];

/* --- record: encoding -----------------------------------------------------------------
 */

static void credential_encode(struct wr *w, const struct credential *c)
{
    wr_u8(w, c->set);
    wr_u32(w, c->tries);
    wr_u32(w, c->rounds);
    wr_raw(w, c->salt, sizeof c->salt);
    wr_raw(w, c->hash, sizeof c->hash);
    wr_u32(w, c->identity.login);
    wr_raw(w, &c->identity.uuid, sizeof c->identity.uuid);
}

static void credential_decode(struct credential *c, struct rd *r)
{
    c->set = rd_u8(r) != 0;
    c->tries = rd_u32(r);
    c->rounds = rd_u32(r);
    struct span salt = rd_raw(r, sizeof c->salt), hash = rd_raw(r, sizeof c->hash);
    c->identity.login = rd_u32(r);
    struct span uuid = rd_raw(r, sizeof c->identity.uuid);
    if (r->bad)
        return;
    memcpy(c->salt, salt.p, sizeof c->salt);
    memcpy(c->hash, hash.p, sizeof c->hash);
    memcpy(&c->identity.uuid, uuid.p, sizeof c->identity.uuid);
}

static void record_encode(uint8_t out[RECORD_LEN], const struct token_record *rec)
{
    struct wr w = wr_init(out, RECORD_LEN);
    wr_u32(&w, RECORD_VERSION);
    wr_u32(&w, rec->generation);
    wr_u8(&w, rec->initialised);
    wr_u8(&w, rec->by_identity);
    wr_raw(&w, rec->label, sizeof rec->label);
    credential_encode(&w, &rec->so);
    credential_encode(&w, &rec->user);
}

static bool record_decode(struct token_record *rec, const uint8_t *p, size_t len)
{
    struct rd r = rd_init(p, len);
    if (rd_u32(&r) != RECORD_VERSION)
        return false;
    rec->generation = rd_u32(&r);
    rec->initialised = rd_u8(&r) != 0;
    rec->by_identity = rd_u8(&r) != 0;
    struct span label = rd_raw(&r, sizeof rec->label);
    if (label.p)
        memcpy(rec->label, label.p, sizeof rec->label);
    credential_decode(&rec->so, &r);
    credential_decode(&rec->user, &r);
    return rd_end(&r);
}

/* --- record: reading and committing ---------------------------------------------------
 */

static CK_RV record_read(struct token *t)
{
    uint8_t buf[RECORD_LEN];
    size_t len = sizeof buf;
    CK_RV rv = persist_record_read(t->slot, buf, &len);
    if (rv != CKR_OK)
        return rv;

    if (len == 0) {
        t->record = (struct token_record){.generation = 0};
        memset(t->record.label, '*', sizeof t->record.label);
    } else if (!record_decode(&t->record, buf, len)) {
        AH_Log(AH_LOG_ERROR, "record of the token in slot %u is not one of ours",
               t->slot);
        rv = CKR_DEVICE_ERROR;
    }
    wipe(buf, sizeof buf);
    return rv;
}

CK_RV token_record(struct token *t, const struct token_record **rec)
{
    if (!t->record_is_read) {
        CK_RV rv = record_read(t);
        if (rv != CKR_OK)
            return rv;
        t->record_is_read = true;
        atomic_store(&t->initialised, t->record.initialised);
    }
    *rec = &t->record;
    return CKR_OK;
}

CK_RV token_commit(struct token *t, const struct token_record *rec, bool lazy)
{
    uint8_t buf[RECORD_LEN];
    record_encode(buf, rec);
    CK_RV rv = persist_record_write(t->slot, buf, sizeof buf, lazy);
    wipe(buf, sizeof buf);
    if (rv == CKR_OK) {
        t->record = *rec;
        atomic_store(&t->initialised, rec->initialised);
    }
    return rv;
}

/* --- the change lock
 * --------------------------------------------------------------------- */

/* A rwlock alone may let readers overtake a waiting writer for ever. */
void token_change_share(struct token *t)
{
    pthread_mutex_lock(&t->turn);
    pthread_rwlock_rdlock(&t->change);
    pthread_mutex_unlock(&t->turn);
}

void token_change_alone(struct token *t)
{
    pthread_mutex_lock(&t->turn);
    pthread_rwlock_wrlock(&t->change);
    pthread_mutex_unlock(&t->turn);
}

void token_change_done(struct token *t)
{
    pthread_rwlock_unlock(&t->change);
}

/* --- objects ---------------------------------------------------------------------------
 */

uint32_t token_next_handle(struct token *t)
{
    do
        t->last_object = (t->last_object + 1) & ~HANDLE_SESSION_OBJECT;
    while (!t->last_object || shelf_find(&t->shelf, t->last_object));
    return t->last_object;
}

void token_clear(struct token *t, uint32_t old_generation)
{
    pthread_rwlock_wrlock(&t->shelf_lock);
    uint32_t nr = t->shelf.handles.nr, n = 0;
    struct object **gone = calloc(nr ? nr : 1, sizeof *gone);
    for (struct object *o = shelf_first(&t->shelf), *next; o; o = next) {
        next = shelf_next(&t->shelf, o);
        shelf_remove(&t->shelf, o);
        if (gone)
            gone[n++] = o;
        else
            object_put(o);
    }
    pthread_rwlock_unlock(&t->shelf_lock);

    /* Without memory for the list they stay in storage until it is next read. */
    if (gone)
        persist_sweep(old_generation, gone, n);
    while (n)
        object_put(gone[--n]);
    free(gone);
}

static enum persist_fate fate(uint32_t slot, uint32_t generation, void *arg)
{
    (void)arg;
    if (slot >= TOKENS || !tokens[slot].loading)
        return PERSIST_LEAVE;
    return tokens[slot].generation == generation ? PERSIST_READ : PERSIST_SWEEP;
}

static CK_RV shelve(struct stored *s, void *arg)
{
    (void)arg;
    struct token *t = &tokens[s->slot];
    struct object *o;
    CK_RV rv = object_new(&o, t, s->uid, &s->attrs);
    if (rv == CKR_DEVICE_MEMORY)
        return rv;
    if (rv != CKR_OK) {
        AH_Log(AH_LOG_ERROR,
               "an object of the token in slot %u makes no sense and is left out",
               t->slot);
        return CKR_OK;
    }
    pthread_rwlock_wrlock(&t->shelf_lock);
    o->place.node.handle = token_next_handle(t);
    shelf_add(&t->shelf, o);
    pthread_rwlock_unlock(&t->shelf_lock);
    return CKR_OK;
}

static void unshelve_all(struct token *t)
{
    for (struct object *o; (o = shelf_first(&t->shelf));) {
        shelf_remove(&t->shelf, o);
        object_put(o);
    }
}

/* Mark the tokens whose objects are to be loaded: those with a sound record. */
static CK_RV load_begin(struct token *t)
{
    const struct token_record *rec;
    pthread_mutex_lock(&t->record_lock);
    CK_RV rv = token_record(t, &rec);
    t->loading = rv == CKR_OK && !atomic_load(&t->loaded);
    if (t->loading)
        t->generation = rec->generation;
    pthread_mutex_unlock(&t->record_lock);
    return rv;
}

static void load_end(struct token *t, bool good)
{
    if (!t->loading)
        return;
    t->loading = false;
    if (good)
        atomic_store(&t->loaded, true);
    else
        unshelve_all(t);
}

/* Under all change locks: nothing else reads or moves a generation. */
static CK_RV load(struct token *t)
{
    CK_RV rv = CKR_OK;
    for (uint32_t i = 0; i < TOKENS; i++) {
        CK_RV one = load_begin(&tokens[i]);
        if (&tokens[i] == t)
            rv = one;
    }
    if (rv == CKR_OK)
        rv = persist_walk(fate, shelve, NULL);
    for (uint32_t i = 0; i < TOKENS; i++)
        load_end(&tokens[i], rv == CKR_OK);
    return rv;
}

CK_RV token_load(struct token *t)
{
    if (atomic_load(&t->loaded))
        return CKR_OK;
    for (uint32_t i = 0; i < TOKENS; i++)
        token_change_alone(&tokens[i]);
    CK_RV rv = atomic_load(&t->loaded) ? CKR_OK : load(t);
    for (uint32_t i = TOKENS; i--;)
        token_change_done(&tokens[i]);
    return rv;
}

/* --- slots
 * ------------------------------------------------------------------------------ */

void tokens_init(void)
{
    for (uint32_t i = 0; i < TOKENS; i++) {
        struct token *t = &tokens[i];
        *t = (struct token){.slot = i, .shelf.max = TOKEN_BYTES_MAX};
        pthread_mutex_init(&t->turn, NULL);
        pthread_mutex_init(&t->gate, NULL);
        pthread_rwlock_init(&t->change, NULL);
        pthread_mutex_init(&t->record_lock, NULL);
        pthread_rwlock_init(&t->shelf_lock, NULL);
    }
}

void tokens_free(void)
{
    for (uint32_t i = 0; i < TOKENS; i++) {
        struct token *t = &tokens[i];
        unshelve_all(t);
        shelf_free(&t->shelf);
        wipe(&t->record, sizeof t->record);
        pthread_mutex_destroy(&t->gate);
        pthread_mutex_destroy(&t->turn);
        pthread_rwlock_destroy(&t->change);
        pthread_mutex_destroy(&t->record_lock);
        pthread_rwlock_destroy(&t->shelf_lock);
    }
}

CK_RV token_of_slot(struct token **t, uint32_t slot)
{
    if (slot >= TOKENS)
        return CKR_SLOT_ID_INVALID;
    *t = &tokens[slot];
    return CKR_OK;
}
