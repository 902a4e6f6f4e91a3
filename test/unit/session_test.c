/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The session manager, one test for each rule, then a random walk. The tests are the
 * host: they take the actions and report back. session_check() stands behind every step.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "session.h"
#include "ta_image.h"

#define NS 12u
#define NI 4u

static const uint8_t A[16] = {1}, B[16] = {2};
static const uint32_t multi_instance = 0;
static const uint32_t single_session = TA_FLAG_SINGLE_INSTANCE;
static const uint32_t shared = TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION;
static const uint32_t kept =
    TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION | TA_FLAG_KEEP_ALIVE;

struct world {
    struct session_mgr m;
    struct session s[NS];
    struct instance i[NI];
};

static int setup(void **state)
{
    static struct world w;
    session_init(&w.m, w.s, NS, w.i, NI, 8);
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    assert_true(session_check(&w->m));
    return 0;
}

/* The next action must be this one; returns the instance. */
static uint32_t expect(struct world *w, enum session_act act, uint32_t session)
{
    struct session_action a;
    assert_true(session_next(&w->m, &a));
    assert_int_equal(a.act, act);
    assert_int_equal(a.session, session);
    assert_true(session_check(&w->m));
    return a.instance;
}

static void expect_nothing(struct world *w)
{
    struct session_action a;
    assert_false(session_next(&w->m, &a));
    assert_true(session_check(&w->m));
}

static uint32_t open_ok(struct world *w, uint32_t client, const uint8_t *uuid,
                        uint32_t flags)
{
    uint32_t id = 0;
    assert_int_equal(session_open(&w->m, &id, client, uuid, flags), OK);
    assert_int_not_equal(id, 0);
    assert_true(session_check(&w->m));
    return id;
}

/* Open up to the attached session; *instance gets where. */
static uint32_t opened(struct world *w, uint32_t client, const uint8_t *uuid,
                       uint32_t flags, uint32_t *instance)
{
    uint32_t id = open_ok(w, client, uuid, flags);
    struct session_action a;
    assert_true(session_next(&w->m, &a));
    if (a.act == SESSION_DO_START) {
        session_started(&w->m, a.instance);
        assert_true(session_next(&w->m, &a));
    }
    assert_int_equal(a.act, SESSION_DO_ATTACH);
    assert_int_equal(a.session, id);
    *instance = a.instance;
    session_attached(&w->m, id);
    expect_nothing(w);
    return id;
}

static void close_ok(struct world *w, uint32_t client, uint32_t id)
{
    assert_int_equal(session_close(&w->m, client, id), OK);
    expect(w, SESSION_DO_DETACH, id);
    session_detached(&w->m, id);
    expect(w, SESSION_DO_CLOSED, id);
}

static void test_session_first_open_starts_then_attaches(void **state)
{
    struct world *w = *state;
    uint32_t id = open_ok(w, 1, A, shared);
    uint32_t i = expect(w, SESSION_DO_START, 0);
    expect_nothing(w); /* nothing is attached before the instance runs */
    session_started(&w->m, i);
    assert_int_equal(expect(w, SESSION_DO_ATTACH, id), i);
    session_attached(&w->m, id);
    assert_int_equal(session_get(&w->m, 1, id)->state, SESSION_OPEN);
    expect_nothing(w);
}

static void test_session_multi_instance_ta_gets_an_instance_each(void **state)
{
    struct world *w = *state;
    uint32_t i, j;
    opened(w, 1, A, multi_instance, &i);
    opened(w, 1, A, multi_instance, &j);
    assert_int_not_equal(i, j);
}

static void test_session_multi_instance_death_leaves_siblings_alive(void **state)
{
    struct world *w = *state;
    uint32_t i, j;
    uint32_t a = opened(w, 1, A, multi_instance, &i),
             b = opened(w, 1, A, multi_instance, &j);
    session_died(&w->m, i, ERR_DEAD);
    expect(w, SESSION_DO_GONE, a);
    expect_nothing(w);
    assert_int_equal(session_get(&w->m, 1, b)->state, SESSION_OPEN);
}

static void test_session_single_session_ta_is_busy_while_it_has_one(void **state)
{
    struct world *w = *state;
    uint32_t i, id = 0;
    uint32_t first = opened(w, 1, A, single_session, &i);
    assert_int_equal(session_open(&w->m, &id, 2, A, single_session), ERR_BUSY);
    close_ok(w, 1, first);
    assert_int_equal(expect(w, SESSION_DO_STOP, 0), i);
    session_ended(&w->m, i);
    opened(w, 2, A, single_session, &i);
}

static void test_session_single_session_open_waits_for_a_close_that_is_going_on(
    void **state)
{
    struct world *w = *state;
    uint32_t i;
    uint32_t first = opened(w, 1, A, single_session | TA_FLAG_KEEP_ALIVE, &i);
    assert_int_equal(session_close(&w->m, 1, first), OK);
    expect(w, SESSION_DO_DETACH, first);
    uint32_t second = open_ok(w, 2, A, single_session | TA_FLAG_KEEP_ALIVE);
    expect_nothing(w);
    session_detached(&w->m, first);
    struct session_action x, y;
    assert_true(session_next(&w->m, &x) && session_next(&w->m, &y));
    assert_true((x.act == SESSION_DO_CLOSED && y.act == SESSION_DO_ATTACH) ||
                (x.act == SESSION_DO_ATTACH && y.act == SESSION_DO_CLOSED));
    session_attached(&w->m, second);
    assert_int_equal(session_get(&w->m, 2, second)->state, SESSION_OPEN);
}

static void test_session_multi_session_ta_shares_its_instance(void **state)
{
    struct world *w = *state;
    uint32_t i, j, flags = 0;
    opened(w, 1, A, shared, &i);
    opened(w, 2, A, shared, &j);
    assert_int_equal(i, j);
    assert_true(session_single(&w->m, A, &flags));
    assert_int_equal(flags, shared);
    assert_false(session_single(&w->m, B, &flags));
}

static void test_session_opens_during_the_start_share_the_one_instance(void **state)
{
    struct world *w = *state;
    uint32_t a = open_ok(w, 1, A, shared), b = open_ok(w, 2, A, shared);
    uint32_t i = expect(w, SESSION_DO_START, 0);
    uint32_t c = open_ok(w, 3, A, shared);
    expect_nothing(w);
    session_started(&w->m, i);
    expect(w, SESSION_DO_ATTACH, a);
    expect(w, SESSION_DO_ATTACH, b);
    expect(w, SESSION_DO_ATTACH, c);
    expect_nothing(w);
}

static void test_session_last_close_stops_the_instance(void **state)
{
    struct world *w = *state;
    uint32_t i, j;
    uint32_t a = opened(w, 1, A, shared, &i), b = opened(w, 1, A, shared, &j);
    close_ok(w, 1, a);
    expect_nothing(w);
    close_ok(w, 1, b);
    assert_int_equal(expect(w, SESSION_DO_STOP, 0), i);
    session_ended(&w->m, i);
    expect_nothing(w);
    assert_int_equal(w->i[i].state, INSTANCE_FREE);
}

static void test_session_keep_alive_instance_stays(void **state)
{
    struct world *w = *state;
    uint32_t i, j;
    close_ok(w, 1, opened(w, 1, A, kept, &i));
    expect_nothing(w);
    opened(w, 1, A, kept, &j);
    assert_int_equal(i, j);
}

static void test_session_idle_keep_alive_instance_can_be_stopped(void **state)
{
    struct world *w = *state;
    uint32_t i, j;
    close_ok(w, 1, opened(w, 1, A, kept, &i));
    opened(w, 1, B, kept, &j);
    session_stop_idle(&w->m);
    assert_int_equal(expect(w, SESSION_DO_STOP, 0), i);
    expect_nothing(w);
}

static void test_session_open_before_the_stop_is_told_keeps_the_instance(void **state)
{
    struct world *w = *state;
    uint32_t i;
    uint32_t a = opened(w, 1, A, shared, &i);
    assert_int_equal(session_close(&w->m, 1, a), OK);
    expect(w, SESSION_DO_DETACH, a);
    session_detached(&w->m, a);
    uint32_t b = open_ok(w, 1, A, shared);
    struct session_action x;
    while (session_next(&w->m, &x))
        assert_true(x.act != SESSION_DO_STOP && x.act != SESSION_DO_START);
    session_attached(&w->m, b);
    assert_int_equal(session_get(&w->m, 1, b)->instance, i);
}

static void test_session_open_after_the_stop_waits_for_the_end(void **state)
{
    struct world *w = *state;
    uint32_t i;
    close_ok(w, 1, opened(w, 1, A, shared, &i));
    expect(w, SESSION_DO_STOP, 0);
    uint32_t b = open_ok(w, 1, A, shared);
    expect_nothing(w); /* two instances of a single-instance TA never run at once */
    session_ended(&w->m, i);
    uint32_t j = expect(w, SESSION_DO_START, 0);
    session_started(&w->m, j);
    expect(w, SESSION_DO_ATTACH, b);
}

static void test_session_death_ends_every_session_of_the_instance(void **state)
{
    struct world *w = *state;
    uint32_t i, j;
    uint32_t a = opened(w, 1, A, shared, &i), b = opened(w, 2, A, shared, &i);
    uint32_t other = opened(w, 1, B, shared, &j);
    session_died(&w->m, i, ERR_DEAD);
    expect(w, SESSION_DO_GONE, a);
    expect(w, SESSION_DO_GONE, b);
    expect_nothing(w);
    assert_int_equal(session_get(&w->m, 1, a)->state, SESSION_DEAD);
    assert_int_equal(session_get(&w->m, 1, other)->state, SESSION_OPEN);
    assert_int_equal(session_close(&w->m, 1, a),
                     OK); /* closing a dead session works at once */
    expect(w, SESSION_DO_CLOSED, a);
    assert_null(session_get(&w->m, 1, a));
}

static void test_session_open_after_a_death_gets_a_fresh_instance(void **state)
{
    struct world *w = *state;
    uint32_t i;
    uint32_t a = opened(w, 1, A, kept, &i);
    session_died(&w->m, i, ERR_DEAD);
    expect(w, SESSION_DO_GONE, a);
    uint32_t b = open_ok(w, 1, A, kept);
    expect_nothing(w); /* not before the old one is wholly gone */
    session_ended(&w->m, i);
    uint32_t j = expect(w, SESSION_DO_START, 0);
    session_started(&w->m, j);
    expect(w, SESSION_DO_ATTACH, b);
}

static void test_session_failed_start_refuses_all_that_wait(void **state)
{
    struct world *w = *state;
    uint32_t a = open_ok(w, 1, A, shared), b = open_ok(w, 2, A, shared);
    uint32_t i = expect(w, SESSION_DO_START, 0);
    session_died(&w->m, i, ERR_NO_MEMORY);
    struct session_action x;
    assert_true(session_next(&w->m, &x));
    assert_int_equal(x.act, SESSION_DO_REFUSE);
    assert_int_equal(x.session, a);
    assert_int_equal(x.client, 1);
    assert_int_equal(x.why, ERR_NO_MEMORY);
    expect(w, SESSION_DO_REFUSE, b);
    session_ended(&w->m, i);
    expect_nothing(w);
    assert_null(session_get(&w->m, 1, a));
}

static void test_session_death_while_attaching_refuses(void **state)
{
    struct world *w = *state;
    uint32_t a = open_ok(w, 1, A, shared);
    uint32_t i = expect(w, SESSION_DO_START, 0);
    session_started(&w->m, i);
    expect(w, SESSION_DO_ATTACH, a);
    session_died(&w->m, i, ERR_DEAD);
    expect(w, SESSION_DO_REFUSE, a);
    session_attached(&w->m, a); /* a late report changes nothing */
    expect_nothing(w);
}

static void test_session_failed_attach_refuses_that_session_only(void **state)
{
    struct world *w = *state;
    uint32_t i;
    uint32_t a = opened(w, 1, A, shared, &i);
    uint32_t b = open_ok(w, 1, A, shared);
    expect(w, SESSION_DO_ATTACH, b);
    session_attach_failed(&w->m, b, ERR_NO_MEMORY);
    expect(w, SESSION_DO_REFUSE, b);
    expect_nothing(w);
    assert_int_equal(session_get(&w->m, 1, a)->state, SESSION_OPEN);
}

static void test_session_death_while_detaching_completes_the_close(void **state)
{
    struct world *w = *state;
    uint32_t i;
    uint32_t a = opened(w, 1, A, shared, &i);
    assert_int_equal(session_close(&w->m, 1, a), OK);
    expect(w, SESSION_DO_DETACH, a);
    session_died(&w->m, i, ERR_DEAD);
    expect(w, SESSION_DO_CLOSED, a);
    expect_nothing(w);
}

static void test_session_of_another_client_cannot_be_closed_or_seen(void **state)
{
    struct world *w = *state;
    uint32_t i;
    uint32_t a = opened(w, 1, A, shared, &i);
    assert_int_equal(session_close(&w->m, 2, a), ERR_NOT_FOUND);
    assert_int_equal(session_close(&w->m, 1, a + 1), ERR_NOT_FOUND);
    assert_int_equal(session_close(&w->m, 1, 0), ERR_NOT_FOUND);
    assert_null(session_get(&w->m, 2, a));
    assert_non_null(session_get(&w->m, 1, a));
}

static void test_session_closed_twice_is_not_found(void **state)
{
    struct world *w = *state;
    uint32_t i;
    uint32_t a = opened(w, 1, A, shared, &i);
    assert_int_equal(session_close(&w->m, 1, a), OK);
    assert_int_equal(session_close(&w->m, 1, a), ERR_NOT_FOUND);
    expect(w, SESSION_DO_DETACH, a);
    session_detached(&w->m, a);
    expect(w, SESSION_DO_CLOSED, a);
    assert_int_equal(session_close(&w->m, 1, a), ERR_NOT_FOUND);
}

static void test_session_id_of_a_closed_session_is_not_that_of_the_next(void **state)
{
    struct world *w = *state;
    uint32_t i;
    uint32_t a = opened(w, 1, A, kept, &i);
    close_ok(w, 1, a);
    uint32_t b = opened(w, 1, A, kept, &i);
    assert_int_not_equal(a, b);
    assert_int_equal(session_close(&w->m, 1, a), ERR_NOT_FOUND);
}

static void test_session_gone_client_has_all_its_sessions_closed(void **state)
{
    struct world *w = *state;
    uint32_t i, j;
    uint32_t a = opened(w, 1, A, shared, &i), b = opened(w, 1, B, shared, &j);
    uint32_t other = opened(w, 2, A, shared, &i);
    session_client_gone(&w->m, 1);
    expect(w, SESSION_DO_DETACH, a);
    expect(w, SESSION_DO_DETACH, b);
    session_detached(&w->m, a);
    session_detached(&w->m, b);
    struct session_action x;
    while (session_next(&w->m, &x))
        assert_int_equal(x.client, 0);
    assert_int_equal(w->i[j].state, INSTANCE_ENDING); /* B has nobody any more */
    assert_int_equal(session_get(&w->m, 2, other)->state, SESSION_OPEN);
}

static void test_session_gone_client_during_the_start(void **state)
{
    struct world *w = *state;
    open_ok(w, 1, A, shared);
    uint32_t i = expect(w, SESSION_DO_START, 0);
    session_client_gone(&w->m, 1);
    struct session_action x;
    while (session_next(&w->m, &x))
        assert_int_equal(x.act, SESSION_DO_CLOSED);
    session_started(&w->m, i); /* nobody wants it now */
    assert_int_equal(expect(w, SESSION_DO_STOP, 0), i);
}

static void test_session_gone_client_before_the_start_starts_nothing(void **state)
{
    struct world *w = *state;
    uint32_t a = open_ok(w, 1, A, shared);
    session_client_gone(&w->m, 1);
    expect(w, SESSION_DO_CLOSED, a);
    expect_nothing(w);
}

static void test_session_gone_client_while_attaching_is_detached_afterwards(void **state)
{
    struct world *w = *state;
    uint32_t a = open_ok(w, 1, A, shared);
    uint32_t i = expect(w, SESSION_DO_START, 0);
    session_started(&w->m, i);
    expect(w, SESSION_DO_ATTACH, a);
    session_client_gone(&w->m, 1);
    expect_nothing(w);
    session_attached(&w->m, a);
    expect(w, SESSION_DO_DETACH, a);
    session_detached(&w->m, a);
    expect(w, SESSION_DO_CLOSED, a);
    expect(w, SESSION_DO_STOP, 0);
}

static void test_session_dead_instance_loses_the_sessions_it_held(void **state)
{
    struct world *w = *state;
    uint32_t i, j;
    uint32_t a = opened(w, 1, A, kept, &i);
    uint32_t b = opened(w, SESSION_CLIENT_TA | i, B, shared, &j);
    session_died(&w->m, i, ERR_DEAD);
    struct session_action x, y;
    assert_true(session_next(&w->m, &x) && session_next(&w->m, &y));
    assert_true((x.session == a && x.act == SESSION_DO_GONE) ||
                (y.session == a && y.act == SESSION_DO_GONE));
    session_detached(&w->m, b);
    expect(w, SESSION_DO_CLOSED, b);
    assert_int_equal(expect(w, SESSION_DO_STOP, 0), j);
}

static void test_session_ta_that_calls_itself_while_it_starts_is_denied(void **state)
{
    struct world *w = *state;
    uint32_t id = 0;
    open_ok(w, 1, A, shared);
    uint32_t i = expect(w, SESSION_DO_START, 0);
    assert_int_equal(session_open(&w->m, &id, SESSION_CLIENT_TA | i, A, shared),
                     ERR_DENIED);
}

static void test_session_pools_are_limits(void **state)
{
    struct world *w = *state;
    uint32_t i, id = 0;
    for (unsigned k = 0; k < NI; k++)
        opened(w, 1, A, multi_instance, &i);
    assert_int_equal(session_open(&w->m, &id, 1, A, multi_instance), ERR_NO_MEMORY);
    assert_int_equal(session_open(&w->m, &id, 1, B, shared), ERR_NO_MEMORY);
    assert_true(session_check(&w->m));
}

static void test_session_one_client_cannot_take_all_sessions(void **state)
{
    struct world *w = *state;
    uint32_t i, id = 0;
    for (unsigned k = 0; k < 8; k++)
        opened(w, 1, A, shared, &i);
    assert_int_equal(session_open(&w->m, &id, 1, A, shared), ERR_NO_MEMORY);
    for (unsigned k = 8; k < NS; k++)
        opened(w, 2, A, shared, &i);
    assert_int_equal(session_open(&w->m, &id, 2, A, shared),
                     ERR_NO_MEMORY); /* the pool */
}

static void test_session_late_or_wrong_reports_change_nothing(void **state)
{
    struct world *w = *state;
    uint32_t i;
    uint32_t a = opened(w, 1, A, shared, &i);
    session_started(&w->m, i);
    session_started(&w->m, 99);
    session_attached(&w->m, a);
    session_detached(&w->m, a);
    session_detached(&w->m, 0xffffffff);
    session_attach_failed(&w->m, a, ERR_DEAD);
    session_died(&w->m, NI - 1, ERR_DEAD);
    session_ended(&w->m, 99);
    expect_nothing(w);
    assert_int_equal(session_get(&w->m, 1, a)->state, SESSION_OPEN);
}

/* --- random walk --- */

static uint32_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

/* What the host owes the manager: reports in any order, one of them at a time. */
struct owed {
    struct session_action list[64];
    unsigned nr;
};

static void take_actions(struct world *w, struct owed *o)
{
    struct session_action a;
    while (session_next(&w->m, &a)) {
        assert_true(session_check(&w->m));
        if (a.act == SESSION_DO_START)
            for (uint32_t k = 0; k < NI; k++) /* no second one of a single-instance TA */
                assert_false(k != a.instance && w->i[k].state != INSTANCE_FREE &&
                             (w->i[k].flags & TA_FLAG_SINGLE_INSTANCE) &&
                             w->i[k].uuid[0] == w->i[a.instance].uuid[0]);
        if (a.act <= SESSION_DO_DETACH) {
            assert_true(o->nr < 64);
            o->list[o->nr++] = a;
        }
    }
}

static void report(struct world *w, struct owed *o)
{
    if (!o->nr)
        return;
    unsigned k = draw(o->nr);
    struct session_action a = o->list[k];
    o->list[k] = o->list[--o->nr];
    if (a.act == SESSION_DO_START && draw(4))
        session_started(&w->m, a.instance);
    else if (a.act == SESSION_DO_START)
        session_ended(&w->m, a.instance);
    else if (a.act == SESSION_DO_STOP)
        session_ended(&w->m, a.instance);
    else if (a.act == SESSION_DO_ATTACH && draw(5))
        session_attached(&w->m, a.session);
    else if (a.act == SESSION_DO_ATTACH)
        session_attach_failed(&w->m, a.session, ERR_NO_MEMORY);
    else
        session_detached(&w->m, a.session);
}

/* A death: whatever was owed by that instance is void, and it ends later. */
static void kill_one(struct world *w, struct owed *o)
{
    uint32_t i = draw(NI);
    if (w->i[i].state != INSTANCE_STARTING && w->i[i].state != INSTANCE_RUNNING)
        return;
    for (unsigned k = 0; k < o->nr;)
        if (o->list[k].instance == i)
            o->list[k] = o->list[--o->nr];
        else
            k++;
    session_died(&w->m, i, ERR_DEAD);
    assert_true(o->nr < 64);
    o->list[o->nr++] = (struct session_action){.act = SESSION_DO_STOP, .instance = i};
}

static void step(struct world *w, struct owed *o)
{
    static const uint32_t kinds[] = {0, TA_FLAG_SINGLE_INSTANCE,
                                     TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION,
                                     TA_FLAG_MASK};
    uint32_t id, k = draw(4),
                 client = draw(5) ? 1 + draw(3) : SESSION_CLIENT_TA | draw(NI);
    uint8_t uuid[16] = {(uint8_t)(k + 1)};
    switch (draw(8)) {
    case 0:
    case 1:
        if (session_open(&w->m, &id, client, uuid, kinds[k]) != OK)
            return;
        break;
    case 2:
        if (session_close(&w->m, client, w->s[draw(NS)].id) != OK)
            return;
        break;
    case 3:
        if (draw(4) == 0)
            session_client_gone(&w->m, client);
        break;
    case 4:
        if (draw(3) == 0)
            kill_one(w, o);
        break;
    case 5:
        if (draw(10) == 0)
            session_stop_idle(&w->m);
        break;
    default:
        report(w, o);
        break;
    }
}

static void test_session_random_walk_keeps_the_invariant(void **state)
{
    struct world *w = *state;
    for (uint32_t walk = 1; walk <= 40; walk++) {
        struct owed o = {.nr = 0};
        seed = walk;
        setup(state);
        for (unsigned n = 0; n < 4000; n++) {
            step(w, &o);
            if (!session_check(&w->m))
                fail_msg("walk %u, step %u", walk, n);
            if (draw(3))
                take_actions(w, &o);
        }
        /* When everybody leaves and all is reported, nothing is left. */
        for (uint32_t c = 1; c <= 3; c++)
            session_client_gone(&w->m, c);
        for (uint32_t c = 0; c < NI; c++)
            session_client_gone(&w->m, SESSION_CLIENT_TA | c);
        for (unsigned n = 0; n < 400; n++) {
            session_stop_idle(&w->m);
            take_actions(w, &o);
            report(w, &o);
        }
        for (uint32_t k = 0; k < NS; k++)
            assert_int_equal(w->s[k].state, SESSION_FREE);
        for (uint32_t k = 0; k < NI; k++)
            assert_int_equal(w->i[k].state, INSTANCE_FREE);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_session_first_open_starts_then_attaches),
        T(test_session_multi_instance_ta_gets_an_instance_each),
        T(test_session_multi_instance_death_leaves_siblings_alive),
        T(test_session_single_session_ta_is_busy_while_it_has_one),
        T(test_session_single_session_open_waits_for_a_close_that_is_going_on),
        T(test_session_multi_session_ta_shares_its_instance),
        T(test_session_opens_during_the_start_share_the_one_instance),
        T(test_session_last_close_stops_the_instance),
        T(test_session_keep_alive_instance_stays),
        T(test_session_idle_keep_alive_instance_can_be_stopped),
        T(test_session_open_before_the_stop_is_told_keeps_the_instance),
        T(test_session_open_after_the_stop_waits_for_the_end),
        T(test_session_death_ends_every_session_of_the_instance),
        T(test_session_open_after_a_death_gets_a_fresh_instance),
        T(test_session_failed_start_refuses_all_that_wait),
        T(test_session_death_while_attaching_refuses),
        T(test_session_failed_attach_refuses_that_session_only),
        T(test_session_death_while_detaching_completes_the_close),
        T(test_session_of_another_client_cannot_be_closed_or_seen),
        T(test_session_closed_twice_is_not_found),
        T(test_session_id_of_a_closed_session_is_not_that_of_the_next),
        T(test_session_gone_client_has_all_its_sessions_closed),
        T(test_session_gone_client_during_the_start),
        T(test_session_gone_client_before_the_start_starts_nothing),
        T(test_session_gone_client_while_attaching_is_detached_afterwards),
        T(test_session_dead_instance_loses_the_sessions_it_held),
        T(test_session_ta_that_calls_itself_while_it_starts_is_denied),
        T(test_session_pools_are_limits),
        T(test_session_one_client_cannot_take_all_sessions),
        T(test_session_late_or_wrong_reports_change_nothing),
        T(test_session_random_walk_keeps_the_invariant),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
