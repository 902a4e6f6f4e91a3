/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The backing store on a directory keeps the contract of lib/include/store.h, and the
 * engine finds its log again in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "host/backing.h"
#include "sim/simheap.h"

static char path[] = "/tmp/backing-XXXXXX";
static int dir = -1;
static struct store_backing b;

static void forget(void *arg, const char *name, uint64_t size)
{
    (void)arg;
    (void)size;
    b.remove(b.ctx, name);
}

static int setup(void **state)
{
    (void)state;
    if (dir < 0) {
        assert_non_null(mkdtemp(path));
        dir = open(path, O_RDONLY | O_DIRECTORY);
        assert_true(dir >= 0);
    }
    backing_init(&b, dir);
    return b.list(b.ctx, forget, NULL);
}

static int finish(void **state)
{
    setup(state);
    unlinkat(dir, "link", 0);
    return rmdir(path);
}

static int make(const char *name, const char *contents)
{
    uint64_t size;
    int file;
    assert_int_equal(b.open(b.ctx, name, true, &file, &size), OK);
    assert_int_equal(size, 0);
    assert_int_equal(b.append(b.ctx, file, 0, contents, strlen(contents)), OK);
    assert_int_equal(b.sync(b.ctx, file), OK);
    return file;
}

static void expect(const char *name, const char *want)
{
    char buf[64];
    uint64_t size;
    int file;
    assert_int_equal(b.open(b.ctx, name, false, &file, &size), OK);
    assert_int_equal(size, strlen(want));
    assert_int_equal(b.read(b.ctx, file, 0, buf, strlen(want)), OK);
    assert_memory_equal(buf, want, strlen(want));
    b.close(b.ctx, file);
}

static void test_backing_append_cuts_what_is_behind(void **state)
{
    int file = make("a", "0123456789");
    char c;
    (void)state;
    assert_int_equal(b.append(b.ctx, file, 4, "xy", 2), OK);
    expect("a", "0123xy");
    assert_int_equal(b.append(b.ctx, file, 6, "", 0), OK);
    assert_int_equal(b.append(b.ctx, file, 6, "z", 1), OK);
    expect("a", "0123xyz");
    assert_int_equal(b.read(b.ctx, file, 7, &c, 1), ERR_IO);
    b.close(b.ctx, file);
}

static void test_backing_replace_keeps_the_open_file(void **state)
{
    int old = make("log", "old"), fresh = make("log.new", "fresh");
    char buf[3];
    (void)state;
    assert_int_equal(b.replace(b.ctx, "log.new", "log"), OK);
    expect("log", "fresh");
    assert_int_equal(b.read(b.ctx, old, 0, buf, 3), OK);
    assert_memory_equal(buf, "old", 3);
    int again = make("log", "empty first"); /* a new file, not the one that is open */
    assert_int_equal(b.read(b.ctx, fresh, 0, buf, 3), OK);
    assert_memory_equal(buf, "fre", 3);
    b.close(b.ctx, old);
    b.close(b.ctx, fresh);
    b.close(b.ctx, again);
}

static void test_backing_missing_files_are_not_found(void **state)
{
    uint64_t size;
    int file;
    (void)state;
    assert_int_equal(b.open(b.ctx, "none", false, &file, &size), ERR_NOT_FOUND);
    assert_int_equal(b.remove(b.ctx, "none"), ERR_NOT_FOUND);
    assert_int_equal(b.replace(b.ctx, "none", "other"), ERR_NOT_FOUND);
}

static void test_backing_opens_regular_files_only(void **state)
{
    uint64_t size;
    int file;
    (void)state;
    assert_int_equal(symlinkat("/etc/passwd", dir, "link"), 0);
    assert_int_equal(b.open(b.ctx, "link", false, &file, &size), ERR_IO);
    assert_int_equal(b.remove(b.ctx, "link"), OK);
    assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
    assert_int_equal(b.open(b.ctx, "fifo", false, &file, &size), ERR_IO);
    assert_int_equal(b.remove(b.ctx, "fifo"), OK);
    assert_int_equal(mkdirat(dir, "sub", 0700), 0);
    assert_int_equal(b.open(b.ctx, "sub", false, &file, &size), ERR_IO);
    assert_int_equal(unlinkat(dir, "sub", AT_REMOVEDIR), 0);
}

static void count(void *arg, const char *name, uint64_t size)
{
    (void)name;
    *(uint64_t *)arg += 100 + size;
}

static void test_backing_lists_files(void **state)
{
    uint64_t sum = 0;
    (void)state;
    b.close(b.ctx, make("a", "1"));
    b.close(b.ctx, make("b", "22"));
    assert_int_equal(b.list(b.ctx, count, &sum), OK);
    assert_int_equal(sum, 203);
}

static void test_backing_carries_a_store(void **state)
{
    struct simheap heap;
    struct store *s;
    uint64_t seed = 1;
    char id[16], buf[16];
    size_t got;

    (void)state;
    simheap_init(&heap);
    const struct store_config config = {
        .backing = &b,
        .name = "s.log",
        .memory = heap.memory,
        .random = sim_random,
        .random_ctx = &seed,
        .slack = 2048,
    };
    for (int round = 0; round < 3; round++) {
        assert_int_equal(store_open(&s, &config), OK);
        assert_int_equal(store_status(s), OK);
        for (int i = 0; i < 40; i++) {
            snprintf(id, sizeof id, "%d", i % 7);
            const struct store_op op = {STORE_PUT, id, strlen(id), 0, id, strlen(id)};
            assert_int_equal(store_commit(s, &op, 1, 0), OK);
        }
        assert_true(store_check(s));
        store_close(s);
    }
    assert_int_equal(store_open(&s, &config), OK);
    assert_int_equal(store_read(s, "3", 1, 0, buf, sizeof buf, &got), OK);
    assert_int_equal(got, 1);
    store_close(s);
    assert_int_equal(heap.blocks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_backing_append_cuts_what_is_behind, setup),
        cmocka_unit_test_setup(test_backing_replace_keeps_the_open_file, setup),
        cmocka_unit_test_setup(test_backing_missing_files_are_not_found, setup),
        cmocka_unit_test_setup(test_backing_opens_regular_files_only, setup),
        cmocka_unit_test_setup(test_backing_lists_files, setup),
        cmocka_unit_test_setup(test_backing_carries_a_store, setup),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("backing", tests, NULL, finish);
}
