/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The storage log: named objects in one append-only, encrypted, authenticated file.
 *
 * A store holds the objects of one owner. An object has a name (0..64 bytes, any bytes)
 * and contents (0..2^32-1 bytes). Objects change by commits; a commit is a list of
 * operations that happen together or not at all, and costs one append and, unless it is
 * lazy, one sync; the first one after an end without store_close(), and now and then one
 * when half of the file is garbage, also rewrites the file. What a successful durable
 * commit wrote survives a power cut at any later moment; what a failed one wrote is
 * absent (after ERR_IO or ERR_DEAD: absent or there, whole).
 *
 * The file is not trusted. Every byte that is served was authenticated after it was last
 * read from the backing store, and is the very record that the replay saw. A tail that
 * was never acknowledged is dropped when the store is opened; anything else that does not
 * verify is corruption: what was replayed before it stays readable, commits are refused
 * with ERR_CORRUPT, until store_reset(). docs/formats.md, "Storage log", has the bytes
 * and the rule that tells a torn tail from corruption, and says what cannot be told
 * without a secure counter.
 *
 * A store is used by one thread at a time. The engine has no globals and uses no memory
 * but what the allocator of the configuration gives it.
 */
#ifndef AH_STORE_H
#define AH_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "err.h"

#define STORE_ID_MAX     64u
#define STORE_NAME_MAX   63u /* of a file, without the NUL */
#define STORE_OPS_MAX    64u /* in one commit */
#define STORE_KEY_BYTES  32u
#define STORE_NEW_SUFFIX ".new" /* of a fresh log that is being written */
#define STORE_COMMIT_MAX                                                                 \
    (16u << 20) /* no record is bigger, whatever the configuration says */

/*
 * The backing store: a flat directory of files. Names are 1..STORE_NAME_MAX characters of
 * [a-z0-9.-], not starting with a dot. Every function answers ERR_IO when the medium
 * failed and ERR_DEAD when the store behind it has gone away. Functions are called from
 * several threads at once for different files and names, never for the same one.
 *
 * "Durable" means: still so after a power cut. What is not durable yet may, after a cut,
 * be there wholly, partly, as other bytes of the same length or not at all, in any order.
 */
struct store_backing {
    void *ctx;

    /*
     * Open the file, for reading and appending; *size is its length. With create, the
     * file is made if it is missing and is empty afterwards; its name need not be durable
     * before replace() has renamed it. Without create: ERR_NOT_FOUND. *file is any
     * number; it stays valid until close(), also when the name is replaced or removed
     * meanwhile.
     */
    enum err (*open)(void *ctx, const char *name, bool create, int *file, uint64_t *size);
    void (*close)(void *ctx, int file);

    /* Exactly len bytes at offset, or ERR_IO; also when the file ends before that. */
    enum err (*read)(void *ctx, int file, uint64_t offset, void *buf, size_t len);

    /*
     * The file keeps its first offset bytes and ends with data behind them; offset is at
     * most its length. Not durable before sync(). After an error (ERR_NO_SPACE: the
     * medium is full) the first offset bytes are as before and what follows them is
     * undefined.
     */
    enum err (*append)(void *ctx, int file, uint64_t offset, const void *data,
                       size_t len);

    /*
     * On OK everything appended to the file before is durable. On error none of it may be
     * taken to be, now or later; the engine then writes the state into a fresh file.
     */
    enum err (*sync)(void *ctx, int file);

    /*
     * Rename from to to, taking the place of a file of that name, in one step: at any
     * moment, also after a cut, to is the one or the other, whole. Durable on OK. On
     * error it may or may not have happened and need not be durable.
     */
    enum err (*replace)(void *ctx, const char *from, const char *to);

    /* Remove a name: ERR_NOT_FOUND if there is none. Need not be durable. */
    enum err (*remove)(void *ctx, const char *name);

    /* Call each(arg, name, size) for every file, in any order. */
    enum err (*list)(void *ctx, void (*each)(void *arg, const char *name, uint64_t size),
                     void *arg);
};

/* Memory for the engine. resize(NULL, n) allocates, NULL means there is none left. */
struct store_memory {
    void *ctx;
    void *(*resize)(void *ctx, void *old, size_t size);
    void (*release)(void *ctx, void *p); /* NULL is allowed */
};

/*
 * A monotonic number in secure, durable hardware, one for each store; it starts at 0.
 * advance() returns OK once the number is at least value, and that is durable. With a
 * counter, a durable commit ends with advance(sequence number), and a log older than the
 * counter is ERR_ROLLBACK.
 */
struct store_counter {
    void *ctx;
    enum err (*get)(void *ctx, uint64_t *value);
    enum err (*advance)(void *ctx, uint64_t value);
};

struct store_config {
    const struct store_backing *backing; /* outlives the store */
    const char *name;             /* of the log; name + STORE_NEW_SUFFIX is used too */
    uint8_t key[STORE_KEY_BYTES]; /* secret; from the device key, owner and label */
    struct store_memory memory;
    void (*random)(void *ctx, void *out, size_t len); /* cannot fail */
    void *random_ctx;
    const struct store_counter *counter; /* NULL: there is none; outlives the store */
    uint32_t objects_max;                /* 0: as memory allows */
    uint32_t commit_max; /* bytes of one commit; 0 or more: STORE_COMMIT_MAX */
    uint32_t slack;      /* garbage tolerated beyond the live bytes, 0: 64 KiB */
};

enum store_kind {
    STORE_PUT = 1,  /* create the object or replace its contents whole: data */
    STORE_WRITE,    /* data at offset of an object; beyond its end it grows, gaps read as
                       zero */
    STORE_TRUNCATE, /* to offset bytes; a longer object is cut, a shorter one grows by
                       zeros */
    STORE_RENAME,   /* to data, the new name, which must be free */
    STORE_DELETE,   /* an object that does not exist is not an error */
};

/* Views, not copies; used only during the call. */
struct store_op {
    enum store_kind kind;
    const void *id;
    size_t id_len;
    uint32_t offset;
    const void *data;
    size_t data_len;
};

#define STORE_LAZY 0x1u /* need not be durable before the next durable commit is */

struct store;

/*
 * Open the log, replaying it. OK gives a store, also when its log is damaged:
 * store_status() says so. A log that does not exist is an empty store; the first commit
 * makes it. ERR_NO_MEMORY, ERR_IO, ERR_DEAD: no store. ERR_UNSUPPORTED: the log has
 * another format version. ERR_RANGE: a bad name in the configuration.
 */
MUST_CHECK enum err store_open(struct store **out, const struct store_config *config);

/*
 * Close it and free all memory. Confirms the newest record first (store_confirm); a
 * failure of that loses nothing. NULL is allowed.
 */
void store_close(struct store *s);

/*
 * OK, or why commits are refused: ERR_CORRUPT (reads of what verified go on),
 * ERR_ROLLBACK (reads are refused as well).
 */
enum err store_status(const struct store *s);

/*
 * Do the operations, in order, all or none. No name may occur twice in one commit.
 *   nr_ops  0..STORE_OPS_MAX; 0 without STORE_LAZY makes earlier lazy commits durable
 * ERR_NOT_FOUND (write, truncate, rename), ERR_EXISTS (rename), ERR_RANGE (a name, a
 * size, a repeated name, too many objects), ERR_NO_MEMORY, ERR_NO_SPACE, ERR_IO,
 * ERR_DEAD, ERR_CORRUPT, ERR_ROLLBACK. On any error the store is as before.
 */
MUST_CHECK enum err store_commit(struct store *s, const struct store_op *ops,
                                 size_t nr_ops, uint32_t flags);

/* Length of an object. ERR_NOT_FOUND, ERR_ROLLBACK. */
MUST_CHECK enum err store_size(const struct store *s, const void *id, size_t id_len,
                               uint32_t *size);

/*
 * Up to len bytes from offset into buf; *got says how many there were (0 at or after the
 * end). ERR_NOT_FOUND, ERR_CORRUPT (the medium no longer holds what was replayed),
 * ERR_IO, ERR_DEAD, ERR_NO_MEMORY, ERR_ROLLBACK; buf is zeroed then.
 */
MUST_CHECK enum err store_read(struct store *s, const void *id, size_t id_len,
                               uint32_t offset, void *buf, size_t len, size_t *got);

/*
 * Walk over all objects: start with *cursor = 0 and call until ERR_NOT_FOUND. An object
 * that exists during the whole walk is met exactly once, whatever else is created,
 * renamed or deleted meanwhile. id has room for STORE_ID_MAX bytes. ERR_ROLLBACK.
 */
MUST_CHECK enum err store_next(const struct store *s, uint32_t *cursor, void *id,
                               size_t *id_len, uint32_t *size);

/*
 * Append an empty record that tells a later opening that the newest record was
 * acknowledged, if none does yet and no lazy commit is pending. Not synced: worth calling
 * when the owner is idle, never needed.
 */
void store_confirm(struct store *s);

/* Write a fresh log without garbage and switch to it. Errors as store_commit. */
MUST_CHECK enum err store_compact(struct store *s);

/*
 * After ERR_CORRUPT or ERR_ROLLBACK: begin a fresh log, with the objects that can still
 * be read (keep), or empty. The only call that gives data up. Errors as store_commit, the
 * status stays.
 */
MUST_CHECK enum err store_reset(struct store *s, bool keep);

struct store_info {
    uint32_t objects;
    uint64_t file_bytes;    /* length of the log */
    uint64_t live_bytes;    /* what a log without garbage would have, about */
    uint64_t sequence;      /* of the newest record */
    uint64_t dropped_bytes; /* unacknowledged tail that opening dropped */
    uint64_t appends, syncs, compactions; /* since it was opened */
};
void store_info(const struct store *s, struct store_info *info);

/* The invariants of the index, for tests: false if one is broken. */
bool store_check(const struct store *s);

#endif
