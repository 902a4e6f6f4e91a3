/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening a storage log that somebody wrote who should not have. The first byte chooses:
 *
 *   even  the input is the file, as an attacker without the key makes it
 *   odd   the input is a list of records (u16 length, u8 flags, body), sealed with the
 * right key: what authentication keeps away from the decoder in earnest reaches it here
 *
 * Whatever is opened must have a sound index, serve its objects or say that it cannot,
 * take a commit if it is called undamaged, and hold the same after a compaction.
 */
#include <stdlib.h>
#include <string.h>
#include "fuzz/fuzz.h"
#include "lib/store_record.h"
#include "sim/simheap.h"
#include "sim/simstore.h"

#define NAME     "fuzz.log"
#define ROOM     (1u << 16)
#define READ_MAX (1u << 13)

static const uint8_t key[STORE_KEY_BYTES] = {7};

static void file_write(struct simstore *sim, const uint8_t *p, size_t len)
{
    int file;
    uint64_t size;

    assert(sim->backing.open(sim, NAME, true, &file, &size) == OK);
    assert(sim->backing.append(sim, file, 0, p, len) == OK);
    assert(sim->backing.sync(sim, file) == OK);
    sim->backing.close(sim, file);
}

/* The records of the input into out; returns the length of the log. */
static size_t log_build(uint8_t *out, const uint8_t *data, size_t len)
{
    static const uint8_t salt[LOG_SALT_BYTES] = {1}, nonce[NONCE_BYTES] = {2};
    struct log_keys keys;
    struct rd r = rd_init(data, len);
    uint8_t tag[TAG_BYTES];
    size_t end = LOG_HEADER_BYTES;
    uint64_t seq = 0;

    log_begin(out, &keys, key, salt, 0);
    memcpy(tag, out + LOG_HEADER_BYTES - TAG_BYTES, TAG_BYTES);
    while (r.left >= 3) {
        size_t want = rd_u8(&r);
        want |= (size_t)rd_u8(&r) << 8;
        uint8_t flags = rd_u8(&r);
        struct span body = rd_raw(&r, want < r.left ? want : r.left);
        if (end + REC_OVERHEAD + body.len > ROOM)
            break;
        uint8_t *rec = out + end;
        if (body.len)
            memcpy(rec + REC_HEADER_BYTES, body.p, body.len);
        seq += 1 + flags / 16;
        const struct rec_head h = {(uint32_t)body.len, seq, flags & 2 ? seq - 1 : 0,
                                   flags & 1};
        rec_seal(rec, &keys, &h, nonce, tag);
        end += REC_OVERHEAD + body.len;
        if (flags & 8) /* and a byte of it changed */
            rec[flags % REC_OVERHEAD] ^= 1;
    }
    return end;
}

/* Sum over names and contents, so that two states can be compared. */
static uint64_t walk(struct store *s, bool *readable)
{
    static uint8_t buf[READ_MAX];
    uint8_t id[STORE_ID_MAX];
    uint32_t cursor = 0, size;
    uint64_t sum = 0;
    size_t id_len, got;

    *readable = true;
    while (store_next(s, &cursor, id, &id_len, &size) == OK) {
        uint64_t one = size + 1;
        for (size_t i = 0; i < id_len; i++)
            one = one * 31 + id[i];
        enum err e = store_read(s, id, id_len, 0, buf, sizeof buf, &got);
        assert(e == OK || e == ERR_CORRUPT);
        assert(e != OK || got == (size < READ_MAX ? size : READ_MAX));
        *readable = *readable && e == OK;
        for (size_t i = 0; i < got; i++)
            one = one * 31 + buf[i];
        sum += one;
    }
    return sum;
}

static void use(const struct store_config *config)
{
    const struct store_op op = {STORE_PUT, "fuzz", 4, 0, "data", 4};
    struct store *s;
    bool readable, again;

    if (store_open(&s, config) != OK)
        return;
    assert(store_check(s));
    uint64_t before = walk(s, &readable);
    if (store_status(s) == OK) {
        assert(readable);
        assert(store_compact(s) == OK);
        assert(store_check(s));
        assert(walk(s, &again) == before && again);
        assert(store_commit(s, &op, 1, 0) == OK);
    } else {
        assert(store_commit(s, &op, 1, 0) == store_status(s));
        assert(store_reset(s, true) == OK);
        assert(store_commit(s, &op, 1, 0) == OK);
    }
    assert(store_check(s));
    before = walk(s, &readable);
    store_close(s);
    assert(store_open(&s, config) == OK && store_status(s) == OK);
    assert(walk(s, &again) == before);
    store_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t built[ROOM];
    struct simstore sim;
    struct simheap heap;
    uint64_t seed = 1;

    if (len == 0)
        return 0;
    sim_init(&sim);
    simheap_init(&heap);
    struct store_config config = {
        .backing = &sim.backing,
        .name = NAME,
        .memory = heap.memory,
        .random = sim_random,
        .random_ctx = &seed,
    };
    memcpy(config.key, key, sizeof key);
    if (data[0] % 2)
        file_write(&sim, built, log_build(built, data + 1, len - 1));
    else
        file_write(&sim, data + 1, len - 1);
    use(&config);
    sim_free(&sim);
    assert(heap.blocks == 0);
    return 0;
}

void fuzz_seeds(void)
{
    static const struct store_op ops[] = {
        {STORE_PUT, "a", 1, 0, "some contents", 13}, {STORE_PUT, "b", 1, 0, "", 0},
        {STORE_WRITE, "a", 1, 5, "XYZ", 3},          {STORE_WRITE, "a", 1, 40, "far", 3},
        {STORE_TRUNCATE, "a", 1, 30, NULL, 0},       {STORE_RENAME, "b", 1, 0, "c", 1},
        {STORE_DELETE, "a", 1, 0, NULL, 0},
    };
    uint8_t seed[512], body[128];
    struct wr w = wr_init(seed, sizeof seed);

    wr_u8(&w, 1);
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        struct wr b = wr_init(body, sizeof body);
        op_encode(&b, &ops[i]);
        wr_u8(&w, (uint8_t)b.len);
        wr_u8(&w, 0);
        wr_u8(&w, i == 6 ? 3 : 2);
        wr_raw(&w, body, b.len);
    }
    fuzz_seed("records", seed, w.len);
    static uint8_t file[ROOM];
    file[0] = 0;
    size_t len = log_build(file + 1, seed + 1, w.len - 1);
    fuzz_seed("file", file, len + 1);
}
