/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The channel: both ends in one process, the judging of requests, a client that scribbles
 * over everything while the server works, and waiting that ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "chan_args.h"

/* --- surroundings
 * ------------------------------------------------------------------------------- */

static void os_wait(_Atomic uint32_t *word, uint32_t value, uint32_t ms)
{
    struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};
    syscall(SYS_futex, word, FUTEX_WAIT, value, ms == UINT32_MAX ? NULL : &t, NULL, 0);
}

static void os_wake(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

static uint64_t os_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int os_cpu(void)
{
    return -1;
}

static const struct chan_os os = {
    .wait = os_wait, .wake = os_wake, .now_ns = os_now, .cpu = os_cpu, .nr_cpus = 2};

static atomic_bool lives;

static bool alive(void *arg)
{
    (void)arg;
    return atomic_load(&lives);
}

struct world {
    void *base;
    struct chan server;
    struct chan_client client;
    struct chan_load load;
    atomic_bool stop;
    pthread_t lanes[CHAN_SLOTS];
    unsigned nr_lanes;
};

static uint64_t no_shm(void *arg, uint32_t shm)
{
    (void)arg;
    return shm == 7 ? 4096 : 0;
}

/* What a lane of these tests does: adds one to a value, turns bytes of its memory over.
 */
static void serve(const struct chan *c, unsigned slot, const struct chan_request *r,
                  struct chan_reply *reply)
{
    if (chan_request_check(r, no_shm, NULL) != OK) {
        reply->result = 1;
        return;
    }
    for (unsigned i = 0; i < 4; i++) {
        const struct chan_param *p = &r->params[i];
        if (p->where == CHAN_VALUE)
            reply->out[i] = p->a + 1;
        if (p->where != CHAN_SLOT)
            continue;
        uint8_t *b = chan_bulk(c, slot) + p->a;
        for (uint64_t k = 0; k < p->b; k++)
            __atomic_fetch_xor(&b[k], 0xff, __ATOMIC_RELAXED);
        reply->out[i] = p->b;
    }
}

struct lane_arg {
    struct world *w;
    unsigned slot;
};

static void *lane_main(void *arg)
{
    struct lane_arg a = *(struct lane_arg *)arg;
    struct chan_lane l;
    struct chan_request r;
    free(arg);
    chan_lane_init(&l, &a.w->server, &a.w->load, a.slot);
    while (chan_take(&l, &r, &a.w->stop) == OK) {
        struct chan_reply reply = {0};
        serve(&a.w->server, a.slot, &r, &reply);
        chan_answer(&l, &reply);
    }
    return NULL;
}

static void world_open(struct world *w, unsigned nr_lanes)
{
    *w = (struct world){.nr_lanes = nr_lanes};
    w->base = mmap(NULL, CHAN_SIZE, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(w->base != MAP_FAILED);
    chan_format(w->base);
    assert_int_equal(chan_view(&w->server, w->base, CHAN_SIZE, &os), OK);
    atomic_store(&lives, true);
    chan_client_init(&w->client, &w->server, alive, NULL);
    atomic_store(&w->server.header->open_slots, nr_lanes);
    for (unsigned i = 0; i < nr_lanes; i++) {
        struct lane_arg *a = malloc(sizeof *a);
        *a = (struct lane_arg){w, i};
        assert_int_equal(pthread_create(&w->lanes[i], NULL, lane_main, a), 0);
    }
}

static void *nudger(void *arg)
{
    struct world *w = arg;
    for (int i = 0; i < 20; i++) {
        chan_nudge(&w->server);
        os_wait(&(_Atomic uint32_t){0}, 0, 5);
    }
    return NULL;
}

static void world_close(struct world *w)
{
    pthread_t t;
    atomic_store(&w->stop, true);
    pthread_create(&t, NULL, nudger, w);
    for (unsigned i = 0; i < w->nr_lanes; i++)
        pthread_join(w->lanes[i], NULL);
    pthread_join(t, NULL);
    munmap(w->base, CHAN_SIZE);
}

/* --- calls
 * ------------------------------------------------------------------------------------------
 */

static void test_chan_view_refuses_what_is_no_channel(void **state)
{
    struct chan c;
    (void)state;
    uint8_t *p = calloc(1, CHAN_BULK_AT);
    assert_int_equal(chan_view(&c, p, CHAN_SIZE, &os), ERR_FORMAT);
    chan_format(p);
    assert_int_equal(chan_view(&c, p, CHAN_SIZE - 1, &os), ERR_FORMAT);
    ((struct chan_header *)(void *)p)->version++;
    assert_int_equal(chan_view(&c, p, CHAN_SIZE, &os), ERR_FORMAT);
    free(p);
}

static void test_chan_call_brings_the_answer(void **state)
{
    struct world w;
    (void)state;
    world_open(&w, 1);
    for (uint64_t i = 0; i < 1000; i++) {
        struct chan_request r = {.kind = CHAN_INVOKE, .types = 3};
        struct chan_reply reply;
        unsigned slot;
        r.params[0] = (struct chan_param){CHAN_VALUE, 0, i, 0};
        assert_int_equal(chan_get(&w.client, &slot), OK);
        assert_int_equal(slot, 0);
        chan_post(&w.client, slot, &r);
        assert_int_equal(chan_wait(&w.client, slot, &reply), OK);
        chan_put(&w.client, slot);
        assert_int_equal(reply.result, 0);
        assert_int_equal(reply.out[0], i + 1);
        if (i % 100 == 0)
            os_wait(&(_Atomic uint32_t){0}, 0, 3); /* both ends go to sleep */
    }
    world_close(&w);
}

struct many {
    struct world *w;
    unsigned id;
    unsigned wrong;
};

static void *many_main(void *arg)
{
    struct many *m = arg;
    for (unsigned i = 0; i < 200; i++) {
        uint8_t data[100];
        struct chan_arg args[4] = {{.type = 7, .buf = data, .size = 1 + i % sizeof data}};
        struct chan_request r = {.kind = CHAN_INVOKE};
        struct chan_reply reply;
        unsigned slot;
        memset(data, (int)(m->id * 16 + i % 16), sizeof data);
        if (chan_get(&m->w->client, &slot) != OK)
            break;
        uint8_t *bulk = chan_bulk(&m->w->server, slot);
        bool fine = chan_pack(args, bulk, &r) == OK;
        chan_post(&m->w->client, slot, &r);
        fine = chan_wait(&m->w->client, slot, &reply) == OK && fine;
        chan_unpack(args, bulk, &reply);
        chan_put(&m->w->client, slot);
        uint8_t want = (uint8_t) ~(m->id * 16 + i % 16);
        for (size_t k = 0; k < 1 + i % sizeof data; k++)
            fine = fine && data[k] == want;
        m->wrong += !fine;
    }
    return NULL;
}

static void test_chan_more_threads_than_slots(void **state)
{
    struct world w;
    struct many m[12];
    pthread_t t[12];
    (void)state;
    world_open(&w, 3);
    for (unsigned i = 0; i < 12; i++) {
        m[i] = (struct many){&w, i, 0};
        pthread_create(&t[i], NULL, many_main, &m[i]);
    }
    for (unsigned i = 0; i < 12; i++) {
        pthread_join(t[i], NULL);
        assert_int_equal(m[i].wrong, 0);
    }
    assert_int_equal(atomic_load(&w.client.taken), 0);
    world_close(&w);
}

static void test_chan_calls_may_be_posted_apart(void **state)
{
    struct world w;
    unsigned slot[3];
    (void)state;
    world_open(&w, 3);
    for (unsigned i = 0; i < 3; i++) {
        struct chan_request r = {.kind = CHAN_INVOKE, .types = 1};
        r.params[0] = (struct chan_param){CHAN_VALUE, 0, i * 10, 0};
        assert_int_equal(chan_get(&w.client, &slot[i]), OK);
        chan_post(&w.client, slot[i], &r);
    }
    for (unsigned i = 3; i-- > 0;) {
        struct chan_reply reply;
        assert_int_equal(chan_wait(&w.client, slot[i], &reply), OK);
        assert_int_equal(reply.out[0], i * 10 + 1);
        chan_put(&w.client, slot[i]);
    }
    world_close(&w);
}

/* --- ends
 * -------------------------------------------------------------------------------------------
 */

struct ending {
    struct world *w;
    enum err got;
};

static void *ending_main(void *arg)
{
    struct ending *e = arg;
    struct chan_request r = {.kind = CHAN_INVOKE};
    struct chan_reply reply;
    unsigned slot;
    e->got = chan_get(&e->w->client, &slot);
    if (e->got == OK) {
        chan_post(&e->w->client, slot, &r);
        e->got = chan_wait(&e->w->client, slot, &reply);
    }
    return NULL;
}

static void ending_run(struct world *w, void (*end)(struct world *w))
{
    struct ending e[3]; /* two slots that nobody serves: one thread waits for a slot */
    pthread_t t[3];
    for (int i = 0; i < 3; i++) {
        e[i] = (struct ending){w, OK};
        pthread_create(&t[i], NULL, ending_main, &e[i]);
    }
    os_wait(&(_Atomic uint32_t){0}, 0, 30);
    end(w);
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], NULL);
        assert_int_equal(e[i].got, ERR_DEAD);
    }
}

static void kill_it(struct world *w)
{
    chan_kill(w->base, 0xffff3024, "it was killed", &os);
}

static void let_it_die(struct world *w)
{
    (void)w;
    atomic_store(&lives, false);
}

static void test_chan_kill_ends_all_waits(void **state)
{
    struct world w;
    unsigned slot;
    (void)state;
    world_open(&w, 0);
    atomic_store(&w.server.header->open_slots, 2);
    ending_run(&w, kill_it);
    assert_int_equal(chan_dead(&w.server), 0xffff3024);
    assert_string_equal(w.server.header->reason, "it was killed");
    assert_int_equal(chan_get(&w.client, &slot), ERR_DEAD);
    world_close(&w);
}

static void test_chan_dead_peer_ends_all_waits(void **state)
{
    struct world w;
    (void)state;
    world_open(&w, 0);
    atomic_store(&w.server.header->open_slots, 2);
    ending_run(&w, let_it_die);
    world_close(&w);
}

static void test_chan_answer_before_death_counts(void **state)
{
    struct world w;
    struct chan_request r = {.kind = CHAN_INVOKE}, got;
    struct chan_reply reply;
    struct chan_lane l;
    unsigned slot;
    (void)state;
    world_open(&w, 0);
    atomic_store(&w.server.header->open_slots, 1);
    chan_lane_init(&l, &w.server, &w.load, 0);
    assert_int_equal(chan_get(&w.client, &slot), OK);
    chan_post(&w.client, slot, &r);
    assert_int_equal(chan_take(&l, &got, &w.stop), OK);
    chan_answer(&l, &(struct chan_reply){.result = 5});
    kill_it(&w);
    assert_int_equal(chan_wait(&w.client, slot, &reply), OK);
    assert_int_equal(reply.result, 5);
    world_close(&w);
}

static void test_chan_cancel_is_for_one_request(void **state)
{
    struct world w;
    struct chan_request r = {.kind = CHAN_INVOKE}, got;
    struct chan_reply reply;
    struct chan_lane l;
    unsigned slot;
    (void)state;
    world_open(&w, 0);
    atomic_store(&w.server.header->open_slots, 1);
    chan_lane_init(&l, &w.server, &w.load, 0);
    assert_int_equal(chan_get(&w.client, &slot), OK);
    for (unsigned i = 0; i < 2; i++) {
        chan_post(&w.client, slot, &r);
        assert_int_equal(chan_take(&l, &got, &w.stop), OK);
        assert_false(chan_cancelled(&l));
        chan_cancel(&w.client, slot,
                    chan_posted(&w.client, slot) - 1); /* the one before */
        assert_false(chan_cancelled(&l));
        chan_cancel(&w.client, slot, chan_posted(&w.client, slot));
        assert_true(chan_cancelled(&l));
        chan_await_cancel(&l, UINT32_MAX); /* returns at once */
        chan_answer(&l, &(struct chan_reply){0});
        assert_int_equal(chan_wait(&w.client, slot, &reply), OK);
    }
    world_close(&w);
}

/* --- hostile clients
 * -------------------------------------------------------------------------------- */

static const struct {
    const char *what;
    struct chan_request r;
    enum err want;
} judged[] = {
    {"empty invoke", {.kind = CHAN_INVOKE}, OK},
    {"no kind", {.kind = 0}, ERR_FORMAT},
    {"unknown kind", {.kind = 3}, ERR_FORMAT},
    {"types above 16 bits", {.kind = 1, .types = 0x10000}, ERR_FORMAT},
    {"type 4", {.kind = 1, .types = 0x4}, ERR_FORMAT},
    {"type 8", {.kind = 1, .types = 0x8000}, ERR_FORMAT},
    {"value without value", {.kind = 1, .types = 1}, ERR_FORMAT},
    {"value for nothing", {.kind = 1, .params = {{CHAN_VALUE, 0, 0, 0}}}, ERR_FORMAT},
    {"memory as value",
     {.kind = 1, .types = 5, .params = {{CHAN_VALUE, 0, 0, 0}}},
     ERR_FORMAT},
    {"memory nowhere", {.kind = 1, .types = 5}, ERR_FORMAT},
    {"value as memory",
     {.kind = 1, .types = 1, .params = {{CHAN_SLOT, 0, 0, 0}}},
     ERR_FORMAT},
    {"unknown place", {.kind = 1, .types = 5, .params = {{9, 0, 0, 0}}}, ERR_FORMAT},
    {"all of the slot",
     {.kind = 1, .types = 5, .params = {{CHAN_SLOT, 0, 0, CHAN_BULK}}},
     OK},
    {"nothing at the end",
     {.kind = 1, .types = 5, .params = {{CHAN_SLOT, 0, CHAN_BULK, 0}}},
     OK},
    {"a byte too many",
     {.kind = 1, .types = 5, .params = {{CHAN_SLOT, 0, 0, CHAN_BULK + 1}}},
     ERR_RANGE},
    {"a byte beyond",
     {.kind = 1, .types = 5, .params = {{CHAN_SLOT, 0, CHAN_BULK, 1}}},
     ERR_RANGE},
    {"offset beyond",
     {.kind = 1, .types = 5, .params = {{CHAN_SLOT, 0, CHAN_BULK + 1, 0}}},
     ERR_RANGE},
    {"a sum that wraps",
     {.kind = 1, .types = 0x7000, .params = {[3] = {CHAN_SLOT, 0, UINT64_MAX, 2}}},
     ERR_RANGE},
    {"a length that wraps",
     {.kind = 1, .types = 6, .params = {{CHAN_SLOT, 0, 2, UINT64_MAX}}},
     ERR_RANGE},
    {"shared memory", {.kind = 1, .types = 6, .params = {{CHAN_SHM, 7, 96, 4000}}}, OK},
    {"beyond shared memory",
     {.kind = 1, .types = 6, .params = {{CHAN_SHM, 7, 97, 4000}}},
     ERR_RANGE},
    {"unknown shared memory",
     {.kind = 1, .types = 6, .params = {{CHAN_SHM, 8, 0, 1}}},
     ERR_RANGE},
    {"NULL with a length",
     {.kind = 1, .types = 6, .params = {{CHAN_NULL, 0, 0, 99}}},
     OK},
};

static void test_chan_requests_are_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof judged / sizeof *judged; i++) {
        if (chan_request_check(&judged[i].r, no_shm, NULL) != judged[i].want)
            fail_msg("%s", judged[i].what);
    }
}

/* Writes words of good and bad requests over a slot, and over its futex words and flags.
 */
static void *scribble(void *arg)
{
    struct world *w = arg;
    uint32_t x = 12345;
    uint32_t *slots = (uint32_t *)(void *)w->server.slots;
    static const uint32_t lures[] = {
        0, 1, 2, 3, 5, 7, CHAN_BULK, CHAN_BULK, 0xffffffff, 0x80000000, 4, 4096};
    for (unsigned i = 0; i < 300000; i++) {
        x = x * 1664525u + 1013904223u;
        uint32_t word = (x >> 8) % (2 * sizeof(struct chan_slot) / 4);
        __atomic_store_n(&slots[word], lures[(x >> 4) % 12], __ATOMIC_RELAXED);
        if (i % 64 == 0)
            os_wake(&w->server.slots[i / 64 % 2].req);
    }
    return NULL;
}

static void test_chan_hostile_client_hurts_only_itself(void **state)
{
    struct world w;
    pthread_t t[2];
    (void)state;
    world_open(&w, 3);
    /* Anything a lane touched outside the bulk area would fault here. */
    for (int i = 0; i < 2; i++)
        pthread_create(&t[i], NULL, scribble, &w);
    for (unsigned i = 0; i < 500;
         i++) { /* an honest call on the third slot all the while */
        struct chan_request r = {.kind = CHAN_INVOKE, .types = 1};
        struct chan_reply reply;
        r.params[0] = (struct chan_param){CHAN_VALUE, 0, i, 0};
        atomic_store(&w.client.taken, 3);
        unsigned slot;
        assert_int_equal(chan_get(&w.client, &slot), OK);
        assert_int_equal(slot, 2);
        chan_post(&w.client, slot, &r);
        assert_int_equal(chan_wait(&w.client, slot, &reply), OK);
        assert_int_equal(reply.out[0], i + 1);
        chan_put(&w.client, slot);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(t[i], NULL);
    world_close(&w); /* and its lanes can still be ended */
}

/* --- arguments
 * --------------------------------------------------------------------------------------
 */

static void test_chan_args_that_do_not_fit(void **state)
{
    uint8_t *bulk = malloc(CHAN_BULK), one = 1;
    struct chan_request r = {.kind = CHAN_INVOKE};
    (void)state;
    struct chan_arg args[4] = {{.type = 6, .buf = &one, .size = CHAN_BULK},
                               {.type = 5, .buf = &one, .size = 0}};
    assert_int_equal(chan_pack(args, bulk, &r), OK);
    args[1].size = 1;
    assert_int_equal(chan_pack(args, bulk, &r), ERR_NO_SPACE);
    args[0].size = SIZE_MAX;
    assert_int_equal(chan_pack(args, bulk, &r), ERR_NO_SPACE);
    free(bulk);
}

static void test_chan_args_lengths_are_not_believed(void **state)
{
    uint8_t *bulk = calloc(1, 4096), out[8] = {9, 9, 9, 9, 9, 9, 9, 9};
    struct chan_request r = {.kind = CHAN_INVOKE};
    (void)state;
    struct chan_arg args[4] = {{.type = 6, .buf = out, .size = 4}};
    assert_int_equal(chan_pack(args, bulk, &r), OK);
    memset(bulk, 1, 64);
    chan_unpack(args, bulk, &(struct chan_reply){.out = {5}});
    assert_int_equal(args[0].size, 5);
    assert_int_equal(out[0], 9);
    args[0].size = 4;
    assert_int_equal(chan_pack(args, bulk, &r), OK);
    memset(bulk, 1, 64);
    chan_unpack(args, bulk, &(struct chan_reply){.out = {4}});
    assert_int_equal(out[3], 1);
    assert_int_equal(out[4], 9);
    free(bulk);
}

static void test_chan_args_small_inputs_are_wiped(void **state)
{
    static const uint8_t zero[8];
    uint8_t *bulk = calloc(1, 4096), pin[8] = "1234567";
    struct chan_request r = {.kind = CHAN_INVOKE};
    (void)state;
    struct chan_arg args[4] = {{.type = 5, .buf = pin, .size = 8}};
    assert_int_equal(chan_pack(args, bulk, &r), OK);
    assert_memory_equal(bulk + args[0].offset, pin, 8);
    chan_unpack(args, bulk, &(struct chan_reply){0});
    assert_memory_equal(bulk + args[0].offset, zero, 8);
    free(bulk);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chan_view_refuses_what_is_no_channel),
        cmocka_unit_test(test_chan_call_brings_the_answer),
        cmocka_unit_test(test_chan_more_threads_than_slots),
        cmocka_unit_test(test_chan_calls_may_be_posted_apart),
        cmocka_unit_test(test_chan_kill_ends_all_waits),
        cmocka_unit_test(test_chan_dead_peer_ends_all_waits),
        cmocka_unit_test(test_chan_answer_before_death_counts),
        cmocka_unit_test(test_chan_cancel_is_for_one_request),
        cmocka_unit_test(test_chan_requests_are_judged),
        cmocka_unit_test(test_chan_hostile_client_hurts_only_itself),
        cmocka_unit_test(test_chan_args_that_do_not_fit),
        cmocka_unit_test(test_chan_args_lengths_are_not_believed),
        cmocka_unit_test(test_chan_args_small_inputs_are_wiped),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
