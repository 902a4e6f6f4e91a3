/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The storage log engine on the in-memory backing: what each operation does, what opening
 * finds again, what damage, rollback, failing calls and missing memory lead to. Power
 * cuts at every backing call are the business of test/power/store_power_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "sim/simheap.h"
#include "sim/simstore.h"

struct rig {
    struct simstore sim;
    struct simheap heap;
    struct simcounter counter;
    uint64_t seed;
    struct store_config config;
    struct store *s;
};

static int setup(void **state)
{
    static struct rig r;
    memset(&r, 0, sizeof r);
    sim_init(&r.sim);
    simheap_init(&r.heap);
    simcounter_init(&r.counter, &r.sim);
    r.seed = 1;
    r.config = (struct store_config){
        .backing = &r.sim.backing,
        .name = "owner.log",
        .key = {1, 2, 3},
        .memory = r.heap.memory,
        .random = sim_random,
        .random_ctx = &r.seed,
    };
    *state = &r;
    assert_int_equal(store_open(&r.s, &r.config), OK);
    return 0;
}

static int teardown(void **state)
{
    struct rig *r = *state;
    r->heap.fail_at = 0;
    store_close(r->s);
    assert_int_equal(r->heap.blocks, 0);
    sim_free(&r->sim);
    return 0;
}

static void reopen(struct rig *r)
{
    store_close(r->s);
    assert_int_equal(store_open(&r->s, &r->config), OK);
    assert_true(store_check(r->s));
}

/* As reopen(), but the power went: only what was synced is there. */
static void cut_and_reopen(struct rig *r)
{
    const struct sim_cut lose = {.rest = SIM_LOST};
    sim_power_off(&r->sim, &lose);
    store_close(r->s);
    sim_power_on(&r->sim);
    assert_int_equal(store_open(&r->s, &r->config), OK);
    assert_true(store_check(r->s));
}

static struct store_op op(enum store_kind kind, const char *id, uint32_t offset,
                          const char *data)
{
    return (struct store_op){kind, id, strlen(id), offset, data, data ? strlen(data) : 0};
}

static enum err do_one(struct rig *r, enum store_kind kind, const char *id,
                       uint32_t offset, const char *data)
{
    struct store_op o = op(kind, id, offset, data);
    enum err e = store_commit(r->s, &o, 1, 0);
    assert_true(store_check(r->s));
    return e;
}

#define PUT(r, id, data) assert_int_equal(do_one(r, STORE_PUT, id, 0, data), OK)

static void expect(struct rig *r, const char *id, const char *want)
{
    char buf[256];
    size_t got;
    uint32_t size;

    if (!want) {
        assert_int_equal(store_size(r->s, id, strlen(id), &size), ERR_NOT_FOUND);
        return;
    }
    assert_int_equal(store_size(r->s, id, strlen(id), &size), OK);
    assert_int_equal(size, strlen(want));
    assert_int_equal(store_read(r->s, id, strlen(id), 0, buf, sizeof buf, &got), OK);
    assert_int_equal(got, strlen(want));
    assert_memory_equal(buf, want, got);
}

static void test_store_keeps_what_was_put(void **state)
{
    struct rig *r = *state;
    PUT(r, "a", "first");
    PUT(r, "b", "second");
    PUT(r, "a", "third");
    PUT(r, "", "the empty name is a name");
    expect(r, "a", "third");
    cut_and_reopen(r);
    expect(r, "a", "third");
    expect(r, "b", "second");
    expect(r, "", "the empty name is a name");
    expect(r, "c", NULL);
}

static void test_store_write_splices_and_grows(void **state)
{
    struct rig *r = *state;
    PUT(r, "a", "0123456789");
    assert_int_equal(do_one(r, STORE_WRITE, "a", 3, "xyz"), OK);
    expect(r, "a", "012xyz6789");
    assert_int_equal(do_one(r, STORE_WRITE, "a", 4, "Y"), OK);
    assert_int_equal(do_one(r, STORE_WRITE, "a", 8, "abcd"), OK);
    expect(r, "a", "012xYz67abcd");
    assert_int_equal(do_one(r, STORE_WRITE, "a", 0, "------------"), OK);
    assert_int_equal(do_one(r, STORE_TRUNCATE, "a", 5, NULL), OK);
    assert_int_equal(do_one(r, STORE_WRITE, "a", 2, "++"), OK);
    expect(r, "a", "--++-");
    reopen(r);
    expect(r, "a", "--++-");
    assert_int_equal(do_one(r, STORE_WRITE, "zz", 0, "x"), ERR_NOT_FOUND);
}

static void test_store_gap_reads_as_zero(void **state)
{
    struct rig *r = *state;
    char buf[16];
    size_t got;

    PUT(r, "a", "ab");
    assert_int_equal(do_one(r, STORE_WRITE, "a", 6, "cd"), OK);
    assert_int_equal(do_one(r, STORE_TRUNCATE, "a", 11, NULL), OK);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(store_read(r->s, "a", 1, 0, buf, sizeof buf, &got), OK);
        assert_int_equal(got, 11);
        assert_memory_equal(buf, "ab\0\0\0\0cd\0\0\0", 11);
        if (round == 0)
            reopen(r);
        else
            assert_int_equal(store_compact(r->s), OK);
    }
    assert_int_equal(store_read(r->s, "a", 1, 7, buf, 2, &got), OK);
    assert_int_equal(got, 2);
    assert_memory_equal(buf, "d\0", 2);
    assert_int_equal(store_read(r->s, "a", 1, 11, buf, 2, &got), OK);
    assert_int_equal(got, 0);
}

static void test_store_rename_and_delete(void **state)
{
    struct rig *r = *state;
    PUT(r, "a", "data");
    PUT(r, "b", "other");
    assert_int_equal(do_one(r, STORE_RENAME, "a", 0, "b"), ERR_EXISTS);
    assert_int_equal(do_one(r, STORE_RENAME, "x", 0, "y"), ERR_NOT_FOUND);
    assert_int_equal(do_one(r, STORE_RENAME, "a", 0, "c"), OK);
    assert_int_equal(do_one(r, STORE_DELETE, "b", 0, NULL), OK);
    assert_int_equal(do_one(r, STORE_DELETE, "b", 0, NULL), OK);
    for (int round = 0; round < 2; round++) {
        expect(r, "a", NULL);
        expect(r, "b", NULL);
        expect(r, "c", "data");
        cut_and_reopen(r);
    }
}

static void test_store_batch_is_all_or_nothing(void **state)
{
    struct rig *r = *state;
    PUT(r, "a", "old");
    struct store_op bad[] = {op(STORE_PUT, "a", 0, "new"), op(STORE_PUT, "b", 0, "new"),
                             op(STORE_WRITE, "missing", 0, "x")};
    assert_int_equal(store_commit(r->s, bad, 3, 0), ERR_NOT_FOUND);
    assert_true(store_check(r->s));
    expect(r, "a", "old");
    expect(r, "b", NULL);
    assert_int_equal(store_commit(r->s, bad, 2, 0), OK);
    cut_and_reopen(r);
    expect(r, "a", "new");
    expect(r, "b", "new");
}

static void test_store_name_twice_in_a_commit_is_refused(void **state)
{
    struct rig *r = *state;
    PUT(r, "a", "old");
    struct store_op twice[] = {op(STORE_PUT, "a", 0, "1"), op(STORE_RENAME, "b", 0, "a")};
    assert_int_equal(store_commit(r->s, twice, 2, 0), ERR_RANGE);
    twice[1] = op(STORE_DELETE, "a", 0, NULL);
    assert_int_equal(store_commit(r->s, twice, 2, 0), ERR_RANGE);
    expect(r, "a", "old");
}

static void test_store_limits_are_kept(void **state)
{
    struct rig *r = *state;
    struct store_op o = op(STORE_PUT, "big", 0, "0123456789");
    store_close(r->s);
    r->config.objects_max = 2;
    r->config.commit_max = 64;
    assert_int_equal(store_open(&r->s, &r->config), OK);
    PUT(r, "a", "1");
    PUT(r, "b", "1");
    assert_int_equal(do_one(r, STORE_PUT, "c", 0, "1"), ERR_RANGE);
    PUT(r, "a", "2");
    o.data_len = 65;
    assert_int_equal(store_commit(r->s, &o, 1, 0), ERR_RANGE);
    o.id_len = STORE_ID_MAX + 1;
    assert_int_equal(store_commit(r->s, &o, 1, 0), ERR_RANGE);
    assert_int_equal(do_one(r, STORE_WRITE, "a", UINT32_MAX, "x"), ERR_RANGE);
    assert_true(store_check(r->s));
}

static void test_store_durable_commit_costs_one_append_and_one_sync(void **state)
{
    struct rig *r = *state;
    PUT(r, "a", "first one makes the log");
    r->sim.appends = r->sim.syncs = r->sim.calls = 0;
    for (int i = 0; i < 100; i++)
        PUT(r, i % 2 ? "a" : "b", "data");
    assert_int_equal(r->sim.appends, 100);
    assert_int_equal(r->sim.syncs, 100);
    assert_int_equal(r->sim.calls, 200);
}

static void test_store_lazy_commit_is_not_synced(void **state)
{
    struct rig *r = *state;
    struct store_op o = op(STORE_PUT, "lazy", 0, "1");
    PUT(r, "a", "durable");
    r->sim.syncs = 0;
    assert_int_equal(store_commit(r->s, &o, 1, STORE_LAZY), OK);
    assert_int_equal(r->sim.syncs, 0);
    expect(r, "lazy", "1");
    cut_and_reopen(r);
    expect(r, "lazy", NULL);
    assert_int_equal(store_commit(r->s, &o, 1, STORE_LAZY), OK);
    assert_int_equal(store_commit(r->s, NULL, 0, 0), OK);
    cut_and_reopen(r);
    expect(r, "lazy", "1");
    assert_int_equal(store_commit(r->s, &o, 1, STORE_LAZY), OK);
    PUT(r, "a", "durable again");
    cut_and_reopen(r);
    expect(r, "lazy", "1");
}

/* A process that died may leave a record that was written, not synced: once served, it
 * stays. */
static void test_store_what_opening_serves_survives_a_cut(void **state)
{
    struct rig *r = *state;
    struct store_op o = op(STORE_PUT, "lazy", 0, "1");
    PUT(r, "a", "x");
    assert_int_equal(store_commit(r->s, &o, 1, STORE_LAZY), OK);
    struct store *dead = r->s;
    sim_kill(&r->sim);
    assert_int_equal(store_open(&r->s, &r->config), OK);
    expect(r, "lazy", "1");
    cut_and_reopen(r);
    expect(r, "lazy", "1");
    r->sim.dead = true;
    store_close(dead);
    r->sim.dead = false;
}

static void test_store_walk_meets_every_object_once(void **state)
{
    struct rig *r = *state;
    char id[STORE_ID_MAX + 1], name[32];
    unsigned met[60] = {0};
    uint32_t cursor = 0, size;
    size_t len;

    for (int i = 0; i < 50; i++) {
        snprintf(name, sizeof name, "n%d", i);
        PUT(r, name, name);
    }
    for (int step = 0; store_next(r->s, &cursor, id, &len, &size) == OK; step++) {
        id[len] = 0;
        met[atoi(id + 1)]++;
        snprintf(name, sizeof name, "n%d", step); /* delete what was met, add others */
        assert_int_equal(do_one(r, STORE_DELETE, id, 0, NULL), OK);
        if (step % 7 == 0) {
            snprintf(name, sizeof name, "n%d", 50 + step % 10);
            PUT(r, name, "new");
        }
        if (step == 20)
            assert_int_equal(store_compact(r->s), OK);
    }
    for (int i = 0; i < 50; i++)
        assert_int_equal(met[i], 1);
}

static void test_store_compaction_keeps_objects_and_drops_garbage(void **state)
{
    struct rig *r = *state;
    struct store_info before, after;
    char name[32];

    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "n%d", i % 20);
        PUT(r, name, name);
    }
    store_info(r->s, &before);
    assert_int_equal(store_compact(r->s), OK);
    assert_true(store_check(r->s));
    store_info(r->s, &after);
    assert_true(after.file_bytes < before.file_bytes / 5);
    assert_int_equal(after.objects, 20);
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "n%d", i);
        expect(r, name, name);
    }
    PUT(r, "n0", "after");
    cut_and_reopen(r);
    expect(r, "n0", "after");
    expect(r, "n19", "n19");
}

static void test_store_garbage_is_bounded(void **state)
{
    struct rig *r = *state;
    struct store_info info;

    for (int i = 0; i < 5000; i++)
        PUT(r, "counter", "some thirty bytes of contents.");
    store_info(r->s, &info);
    assert_true(info.file_bytes < (80u << 10));
    assert_true(info.compactions > 1);
    assert_int_equal(info.objects, 1);
}

static void test_store_big_object_survives_compaction(void **state)
{
    struct rig *r = *state;
    static uint8_t big[300000], back[300000];
    size_t got;
    struct store_op o = {STORE_PUT, "big", 3, 0, big, sizeof big};

    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (uint8_t)(i * 7 + i / 251);
    assert_int_equal(store_commit(r->s, &o, 1, 0), OK);
    o = (struct store_op){STORE_WRITE, "big", 3, 70000, big, 1000};
    memcpy(big + 70000, big, 1000);
    assert_int_equal(store_commit(r->s, &o, 1, 0), OK);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(store_read(r->s, "big", 3, 0, back, sizeof back, &got), OK);
        assert_int_equal(got, sizeof back);
        assert_memory_equal(big, back, sizeof big);
        if (round == 0)
            assert_int_equal(store_compact(r->s), OK);
        else
            cut_and_reopen(r);
    }
}

static void test_store_other_key_sees_corruption(void **state)
{
    struct rig *r = *state;
    PUT(r, "a", "secret");
    store_close(r->s);
    r->config.key[5] ^= 1;
    assert_int_equal(store_open(&r->s, &r->config), OK);
    assert_int_equal(store_status(r->s), ERR_CORRUPT);
    expect(r, "a", NULL);
    assert_int_equal(do_one(r, STORE_PUT, "a", 0, "x"), ERR_CORRUPT);
}

static void test_store_plaintext_is_not_in_the_file(void **state)
{
    struct rig *r = *state;
    size_t len;
    PUT(r, "a-name-of-an-object", "some secret contents");
    uint8_t *file = sim_file(&r->sim, "owner.log", &len);
    assert_null(memmem(file, len, "secret", 6));
    assert_null(memmem(file, len, "name", 4));
}

/* The damaged record and all after it are refused; what is before it can be read and
 * kept. */
static void test_store_damage_is_named_and_reset_ends_it(void **state)
{
    struct rig *r = *state;
    size_t len, mark;

    PUT(r, "a", "one");
    sim_file(&r->sim, "owner.log", &mark);
    PUT(r, "b", "two");
    PUT(r, "c", "three");
    store_close(r->s);
    sim_file(&r->sim, "owner.log", &len)[mark + 70] ^= 1;
    assert_int_equal(store_open(&r->s, &r->config), OK);
    assert_int_equal(store_status(r->s), ERR_CORRUPT);
    expect(r, "a", "one");
    expect(r, "b", NULL);
    assert_int_equal(do_one(r, STORE_PUT, "d", 0, "x"), ERR_CORRUPT);
    assert_int_equal(store_compact(r->s), ERR_CORRUPT);
    assert_int_equal(store_reset(r->s, true), OK);
    assert_int_equal(store_status(r->s), OK);
    PUT(r, "d", "four");
    cut_and_reopen(r);
    expect(r, "a", "one");
    expect(r, "d", "four");
    assert_int_equal(store_reset(r->s, false), OK);
    cut_and_reopen(r);
    expect(r, "a", NULL);
}

static void test_store_damage_while_open_is_not_served(void **state)
{
    struct rig *r = *state;
    char buf[16];
    size_t len, got;

    PUT(r, "a", "one");
    PUT(r, "b", "two");
    sim_file(&r->sim, "owner.log", &len)[len - 20] ^= 0x40;
    assert_int_equal(store_read(r->s, "b", 1, 0, buf, sizeof buf, &got), ERR_CORRUPT);
    assert_int_equal(got, 0);
    expect(r, "a", "one");
    assert_int_equal(do_one(r, STORE_PUT, "c", 0, "x"), ERR_CORRUPT);
}

/* The file of a fork of the history, put in place while the store is open. */
static void test_store_swapped_file_is_not_served(void **state)
{
    struct rig *r = *state;
    struct simstore copy;
    size_t len, copy_len, got;
    char buf[16];

    PUT(r, "a", "one");
    cut_and_reopen(r);
    sim_copy(&copy, &r->sim);
    PUT(r, "b", "two");

    struct store_config other = r->config;
    struct store *fork;
    struct store_op o = op(STORE_PUT, "b", 0, "TWO");
    other.backing = &copy.backing;
    assert_int_equal(store_open(&fork, &other), OK);
    assert_int_equal(store_commit(fork, &o, 1, 0), OK);
    uint8_t *mine = sim_file(&r->sim, "owner.log", &len);
    uint8_t *theirs = sim_file(&copy, "owner.log", &copy_len);
    assert_int_equal(len, copy_len);
    memcpy(mine, theirs, len);
    assert_int_equal(store_read(r->s, "b", 1, 0, buf, sizeof buf, &got), ERR_CORRUPT);
    store_close(fork);
    sim_free(&copy);
}

static void test_store_rollback_is_detected_with_a_counter(void **state)
{
    struct rig *r = *state;
    struct simstore old;

    store_close(r->s);
    r->config.counter = &r->counter.counter;
    assert_int_equal(store_open(&r->s, &r->config), OK);
    PUT(r, "a", "one");
    store_close(r->s);
    sim_copy(&old, &r->sim);
    assert_int_equal(store_open(&r->s, &r->config), OK);
    assert_int_equal(store_status(r->s), OK);
    PUT(r, "a", "two");
    store_close(r->s);

    r->config.backing = &old.backing;
    assert_int_equal(store_open(&r->s, &r->config), OK);
    assert_int_equal(store_status(r->s), ERR_ROLLBACK);
    char buf[8];
    size_t got;
    assert_int_equal(store_read(r->s, "a", 1, 0, buf, sizeof buf, &got), ERR_ROLLBACK);
    assert_int_equal(do_one(r, STORE_PUT, "a", 0, "x"), ERR_ROLLBACK);
    assert_int_equal(store_reset(r->s, true), OK);
    expect(r, "a", "one");
    PUT(r, "b", "after");
    store_close(r->s);
    assert_int_equal(store_open(&r->s, &r->config), OK);
    assert_int_equal(store_status(r->s), OK);
    expect(r, "b", "after");
    store_close(r->s);

    r->config.backing = &r->sim.backing; /* the one that was given up is old now */
    assert_int_equal(store_open(&r->s, &r->config), OK);
    assert_int_equal(store_status(r->s), ERR_ROLLBACK);
    sim_free(&old);
}

static void test_store_missing_log_is_rollback_with_a_counter(void **state)
{
    struct rig *r = *state;
    store_close(r->s);
    r->config.counter = &r->counter.counter;
    assert_int_equal(store_open(&r->s, &r->config), OK);
    PUT(r, "a", "one");
    store_close(r->s);
    r->sim.backing.remove(&r->sim, "owner.log");
    assert_int_equal(store_open(&r->s, &r->config), OK);
    assert_int_equal(store_status(r->s), ERR_ROLLBACK);
}

/* A commit that was cut before it was acknowledged, kept aside, must not come back later.
 */
static void test_store_unacknowledged_fork_does_not_return(void **state)
{
    struct rig *r = *state;
    struct simstore before, orphan;

    store_close(r->s);
    r->config.counter = &r->counter.counter;
    assert_int_equal(store_open(&r->s, &r->config), OK);
    PUT(r, "a", "one");
    store_close(r->s);
    sim_copy(&before, &r->sim);

    assert_int_equal(store_open(&r->s, &r->config), OK);
    /* append, sync, advance of the opening's own range; then the same of the commit */
    r->sim.fail_at = r->sim.calls + 6;
    r->sim.fail_with = ERR_IO;
    assert_int_equal(do_one(r, STORE_PUT, "a", 0, "never acknowledged"), ERR_IO);
    sim_copy(&orphan, &r->sim);
    store_close(r->s);

    r->config.backing = &before.backing;
    assert_int_equal(store_open(&r->s, &r->config), OK);
    assert_int_equal(store_status(r->s), ERR_ROLLBACK); /* the opening claimed a range */
    store_close(r->s);

    r->config.backing = &orphan.backing;
    assert_int_equal(store_open(&r->s, &r->config), OK);
    assert_int_equal(store_status(r->s), OK);
    PUT(r, "a", "two");
    struct simstore newer;
    store_close(r->s);
    sim_copy(&newer, &orphan);
    sim_free(&orphan);
    r->config.backing = &newer.backing;
    assert_int_equal(store_open(&r->s, &r->config), OK);
    expect(r, "a", "two");
    store_close(r->s);
    r->config.backing = &r->sim.backing;
    assert_int_equal(store_open(&r->s, &r->config), OK);
    assert_int_equal(store_status(r->s), ERR_ROLLBACK);
    sim_free(&before);
    sim_free(&newer);
}

static void test_store_failing_calls_leave_the_old_state(void **state)
{
    struct rig *r = *state;
    static const struct {
        unsigned call;
        enum err with;
    } fails[] = {{1, ERR_IO}, {1, ERR_NO_SPACE}, {2, ERR_IO}}; /* append, append, sync */

    PUT(r, "a", "old");
    for (size_t i = 0; i < 2 * sizeof fails / sizeof fails[0]; i++) {
        PUT(r, "b", "a log that can be appended to");
        r->sim.fail_at = r->sim.calls + fails[i / 2].call;
        r->sim.fail_with = fails[i / 2].with;
        r->sim.fail_happens = i % 2;
        assert_int_equal(do_one(r, STORE_PUT, "a", 0, "new"), fails[i / 2].with);
        expect(r, "a", "old");
        PUT(r, "b", "goes on");
        expect(r, "a", "old");
        cut_and_reopen(r);
        expect(r, "a", "old");
        expect(r, "b", "goes on");
    }
}

static void test_store_failing_compaction_changes_nothing(void **state)
{
    struct rig *r = *state;
    unsigned calls;

    PUT(r, "a", "one");
    PUT(r, "b", "two");
    calls = r->sim.calls;
    assert_int_equal(store_compact(r->s), OK);
    calls = r->sim.calls - calls;
    for (unsigned n = 1; n <= calls; n++) {
        for (unsigned happens = 0; happens < 2; happens++) {
            r->sim.fail_at = r->sim.calls + n;
            r->sim.fail_with = ERR_IO;
            r->sim.fail_happens = happens;
            assert_true(store_compact(r->s) != OK);
            assert_true(store_check(r->s));
            expect(r, "a", "one");
            PUT(r, "b", "two");
            cut_and_reopen(r);
            expect(r, "a", "one");
            expect(r, "b", "two");
        }
    }
}

/* The name shows the fresh log, the medium may still have the old one under it. */
static void test_store_rename_that_failed_is_not_built_on(void **state)
{
    struct rig *r = *state;

    PUT(r, "a", "one");
    unsigned calls = r->sim.calls;
    assert_int_equal(store_compact(r->s), OK);
    calls = r->sim.calls - calls;
    r->sim.fail_at = r->sim.calls + calls; /* the rename is its last call */
    r->sim.fail_with = ERR_IO;
    r->sim.fail_happens = true;
    assert_int_equal(store_compact(r->s), ERR_IO);
    reopen(r);
    expect(r, "a", "one");
    PUT(r, "b", "two");
    cut_and_reopen(r);
    expect(r, "a", "one");
    expect(r, "b", "two");
}

static void test_store_missing_memory_changes_nothing(void **state)
{
    struct rig *r = *state;
    enum err e = ERR_NO_MEMORY;

    PUT(r, "a", "old");
    for (unsigned n = 1; e == ERR_NO_MEMORY; n++) {
        struct store_op ops[] = {op(STORE_WRITE, "a", 1, "NEW"),
                                 op(STORE_PUT, "b", 0, "b"), op(STORE_PUT, "c", 0, "c")};
        r->heap.fail_at = r->heap.calls + n;
        e = store_commit(r->s, ops, 3, 0);
        r->heap.fail_at = 0;
        assert_true(store_check(r->s));
        if (e == OK)
            break;
        assert_int_equal(e, ERR_NO_MEMORY);
        expect(r, "a", "old");
        expect(r, "b", NULL);
    }
    expect(r, "a", "oNEW");
    for (unsigned n = 1;; n++) {
        r->heap.fail_at = r->heap.calls + n;
        e = store_compact(r->s);
        r->heap.fail_at = 0;
        if (e == OK)
            break;
        assert_int_equal(e, ERR_NO_MEMORY);
        expect(r, "a", "oNEW");
    }
    store_close(r->s);
    for (unsigned n = 1;; n++) {
        size_t blocks = r->heap.blocks;
        r->heap.fail_at = r->heap.calls + n;
        e = store_open(&r->s, &r->config);
        r->heap.fail_at = 0;
        if (e == OK)
            break;
        assert_null(r->s);
        assert_int_equal(r->heap.blocks, blocks);
    }
    expect(r, "c", "c");
}

static void test_store_close_confirms_once(void **state)
{
    struct rig *r = *state;
    size_t len, again;

    PUT(r, "a", "one");
    reopen(r);
    sim_file(&r->sim, "owner.log", &len);
    for (int i = 0; i < 3; i++)
        reopen(r);
    sim_file(&r->sim, "owner.log", &again);
    assert_int_equal(len, again);
}

static void test_store_rubbish_behind_the_log_is_dropped_and_told(void **state)
{
    struct rig *r = *state;
    struct store_info info;
    int file;
    uint64_t size;

    PUT(r, "a", "one");
    store_close(r->s);
    assert_int_equal(r->sim.backing.open(&r->sim, "owner.log", false, &file, &size), OK);
    assert_int_equal(r->sim.backing.append(&r->sim, file, size, "AHR1 rubbish", 12), OK);
    r->sim.backing.close(&r->sim, file);
    assert_int_equal(store_open(&r->s, &r->config), OK);
    assert_int_equal(store_status(r->s), OK);
    store_info(r->s, &info);
    assert_int_equal(info.dropped_bytes, 12);
    PUT(r, "b", "two");
    reopen(r);
    store_info(r->s, &info);
    assert_int_equal(info.dropped_bytes, 0);
    expect(r, "a", "one");
    expect(r, "b", "two");
}

static void test_store_many_objects_are_found(void **state)
{
    struct rig *r = *state;
    char name[32];
    struct store_info info;

    for (int i = 0; i < 20000; i++) {
        snprintf(name, sizeof name, "object %d", i);
        struct store_op o = op(STORE_PUT, name, 0, name);
        assert_int_equal(store_commit(r->s, &o, 1, STORE_LAZY), OK);
    }
    assert_int_equal(store_commit(r->s, NULL, 0, 0), OK);
    reopen(r);
    store_info(r->s, &info);
    assert_int_equal(info.objects, 20000);
    for (int i = 0; i < 20000; i += 997) {
        snprintf(name, sizeof name, "object %d", i);
        expect(r, name, name);
    }
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_store_keeps_what_was_put),
        T(test_store_write_splices_and_grows),
        T(test_store_gap_reads_as_zero),
        T(test_store_rename_and_delete),
        T(test_store_batch_is_all_or_nothing),
        T(test_store_name_twice_in_a_commit_is_refused),
        T(test_store_limits_are_kept),
        T(test_store_durable_commit_costs_one_append_and_one_sync),
        T(test_store_lazy_commit_is_not_synced),
        T(test_store_what_opening_serves_survives_a_cut),
        T(test_store_walk_meets_every_object_once),
        T(test_store_compaction_keeps_objects_and_drops_garbage),
        T(test_store_garbage_is_bounded),
        T(test_store_big_object_survives_compaction),
        T(test_store_other_key_sees_corruption),
        T(test_store_plaintext_is_not_in_the_file),
        T(test_store_damage_is_named_and_reset_ends_it),
        T(test_store_damage_while_open_is_not_served),
        T(test_store_swapped_file_is_not_served),
        T(test_store_rollback_is_detected_with_a_counter),
        T(test_store_missing_log_is_rollback_with_a_counter),
        T(test_store_unacknowledged_fork_does_not_return),
        T(test_store_failing_calls_leave_the_old_state),
        T(test_store_failing_compaction_changes_nothing),
        T(test_store_rename_that_failed_is_not_built_on),
        T(test_store_missing_memory_changes_nothing),
        T(test_store_close_confirms_once),
        T(test_store_rubbish_behind_the_log_is_dropped_and_told),
        T(test_store_many_objects_are_found),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
