/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Power cuts, failures and corruption at every place of a storage log's life.
 *
 *   cuts        the power goes at every backing call of a workload: before it, torn in it
 * at several lengths (prefix, noise, hole), after it; what else was not synced is kept,
 * lost, torn or mixed. Opened again, the store holds a state that was possible, and takes
 * a further commit that survives the next cut. nested      the same again inside the
 * opening that follows, and in the commit after it. failures    every call fails softly
 * once (or a few in a row): the store goes on. corruption  every byte of a closed store
 * is changed: detected, or without effect.
 *
 * Without arguments a selection runs; "full" runs the whole matrix; any other argument is
 * the string that a failure printed, and replays it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/workload.h"

struct plan {
    unsigned workload;
    bool with_counter;
    unsigned steps;
    unsigned nr_cuts; /* 1, or 2: the second one during recovery */
    struct sim_cut cuts[2];
    unsigned fail_at, fail_nr, fail_with, fail_happens;
};

static unsigned long cases;

/* --- a case as a string --- */

static void plan_print(const struct plan *p)
{
    printf("# replay: %u.%u.%u", p->workload, p->with_counter, p->steps);
    if (p->fail_at)
        printf("/f%u.%u.%u.%u", p->fail_at, p->fail_nr, p->fail_with, p->fail_happens);
    for (unsigned i = 0; i < p->nr_cuts; i++)
        printf("/c%u.%u.%u.%u.%u.%u", p->cuts[i].at, p->cuts[i].after, p->cuts[i].last,
               p->cuts[i].rest, p->cuts[i].keep, p->cuts[i].seed);
    printf("\n");
}

static bool plan_parse(struct plan *p, const char *text)
{
    unsigned counter, n[6];

    memset(p, 0, sizeof *p);
    if (sscanf(text, "%u.%u.%u", &p->workload, &counter, &p->steps) != 3)
        return false;
    p->with_counter = counter != 0;
    for (text = strchr(text, '/'); text; text = strchr(text + 1, '/')) {
        if (sscanf(text, "/f%u.%u.%u.%u", &p->fail_at, &p->fail_nr, &p->fail_with,
                   &p->fail_happens) == 4)
            continue;
        if (p->nr_cuts == 2 || sscanf(text, "/c%u.%u.%u.%u.%u.%u", &n[0], &n[1], &n[2],
                                      &n[3], &n[4], &n[5]) != 6)
            return false;
        p->cuts[p->nr_cuts++] = (struct sim_cut){.at = n[0],
                                                 .after = n[1] != 0,
                                                 .last = (enum sim_fate)n[2],
                                                 .rest = (enum sim_fate)n[3],
                                                 .keep = n[4],
                                                 .seed = n[5]};
    }
    return true;
}

/* --- running one case --- */

/* After the power went: on again, open, check, commit, cut, open, check. */
static bool recover(struct workload *w)
{
    const struct sim_cut lose = {.rest = SIM_LOST};

    sim_power_on(&w->sim);
    if (!wl_open(w) || !wl_extra(w))
        return false;
    sim_power_off(&w->sim, &lose);
    wl_close(w);
    sim_power_on(&w->sim);
    return wl_open(w);
}

/* The recovery with a cut in it; true also when the cut was behind its end. */
static bool recover_cut(struct workload *w, const struct sim_cut *cut, bool *reached)
{
    sim_power_on(&w->sim);
    w->sim.cut = *cut;
    bool on = wl_open(w);
    if (w->wrong)
        return false;
    if (on && !w->sim.dead) {
        (void)!wl_extra(w);
        if (w->sim.dead)
            w->wrong = NULL;
    }
    *reached = w->sim.dead;
    wl_close(w);
    return !w->wrong;
}

static bool plan_run(const struct plan *p, bool *reached)
{
    static struct workload w;

    cases++;
    *reached = true;
    wl_init(&w, p->workload, p->steps, p->with_counter);
    if (p->nr_cuts)
        w.sim.cut = p->cuts[0];
    w.sim.fail_at = p->fail_at;
    w.sim.fail_nr = p->fail_nr;
    w.sim.fail_with = (enum err)p->fail_with;
    w.sim.fail_happens = p->fail_happens != 0;
    bool finished = wl_run(&w);
    if (finished)
        *reached = p->fail_at && w.sim.calls >= p->fail_at;
    if (!w.wrong && !w.sim.dead) {
        const struct sim_cut keep = {.rest = p->nr_cuts ? p->cuts[0].rest : SIM_MIXED};
        sim_power_off(&w.sim, &keep);
    }
    wl_close(&w);
    bool good = !w.wrong;
    if (good && p->nr_cuts == 2)
        good = recover_cut(&w, &p->cuts[1], reached);
    good = good && recover(&w);
    if (!good) {
        printf("# %s\n", w.wrong ? w.wrong : "the power did not come back");
        plan_print(p);
    }
    size_t blocks;
    wl_free(&w);
    blocks = w.heap.blocks;
    if (good && blocks) {
        printf("# memory is not given back\n");
        plan_print(p);
    }
    return good && blocks == 0;
}

/* --- enumerating --- */

struct manner {
    bool after;
    enum sim_fate last;
    unsigned keep;
};

/* How the call at the cut ends. */
static const struct manner manners[] = {
    {false, SIM_LOST, 0},     {true, SIM_KEPT, 0},      {false, SIM_KEPT, 0},
    {false, SIM_PREFIX, 500}, {false, SIM_NOISE, 0},    {false, SIM_PREFIX, 995},
    {false, SIM_NOISE, 700},  {false, SIM_HOLE, 500},   {false, SIM_PREFIX, 8},
    {false, SIM_NOISE, 995},  {false, SIM_PREFIX, 300}, {false, SIM_HOLE, 30},
    {false, SIM_PREFIX, 430}, {false, SIM_NOISE, 430},  {false, SIM_PREFIX, 800},
};
#define NR_MANNERS (sizeof manners / sizeof manners[0])

/* What becomes of the rest. */
static const struct {
    enum sim_fate rest;
    uint32_t seed;
} rests[] = {
    {SIM_LOST, 1},  {SIM_KEPT, 1},  {SIM_MIXED, 1},  {SIM_MIXED, 2},
    {SIM_NOISE, 1}, {SIM_MIXED, 3}, {SIM_PREFIX, 1}, {SIM_HOLE, 1},
};
#define NR_RESTS (sizeof rests / sizeof rests[0])

static struct sim_cut cut_make(unsigned at, size_t m, size_t r)
{
    return (struct sim_cut){
        at,           manners[m].after, manners[m].last, rests[r].rest, manners[m].keep,
        rests[r].seed};
}

/* How much is run. */
struct extent_of_test {
    unsigned workloads, steps;
    size_t manners, rests;
    unsigned nested_every; /* every how many-th first cut gets the nested ones */
    size_t nested_manners, nested_rests;
    unsigned failed_every; /* the same for soft failures with a cut behind */
};

static const struct extent_of_test brief = {2, 25, 11, 3, 37, 3, 2, 9};
static const struct extent_of_test full = {12, 40, NR_MANNERS, NR_RESTS, 17, 6, 2, 1};

static bool cut_everywhere(struct plan *p, const struct extent_of_test *x)
{
    bool reached = true, good = true;

    for (unsigned at = 1; reached && good; at++)
        for (size_t m = 0; m < x->manners && good; m++)
            for (size_t r = 0; r < x->rests && good; r++) {
                p->nr_cuts = 1;
                p->cuts[0] = cut_make(at, m, r);
                good = plan_run(p, &reached);
            }
    return good;
}

static bool cut_nested(struct plan *p, const struct extent_of_test *x)
{
    bool reached = true, good = true;

    for (size_t m = 0; m < x->nested_manners && good; m++)
        for (size_t r = 0; r < x->nested_rests && good; r++) {
            reached = true;
            for (unsigned at = 1; reached && good; at++) {
                p->nr_cuts = 2;
                p->cuts[1] = cut_make(at, m, r);
                good = plan_run(p, &reached);
            }
        }
    return good;
}

static bool cut_nested_everywhere(struct plan *p, const struct extent_of_test *x)
{
    bool reached = true, good = true;

    for (unsigned at = 1; reached && good; at += x->nested_every)
        for (size_t m = 0; m < x->nested_manners && good; m++)
            for (size_t r = 0; r < x->nested_rests && good; r++) {
                p->nr_cuts = 1;
                p->cuts[0] = cut_make(at, m, r);
                good = plan_run(p, &reached) && (!reached || cut_nested(p, x));
            }
    return good;
}

static bool fail_everywhere(struct plan *p)
{
    static const unsigned with[] = {ERR_IO, ERR_NO_SPACE};
    bool reached = true, good = true;

    p->nr_cuts = 0;
    for (p->fail_at = 1; reached && good; p->fail_at++)
        for (unsigned i = 0; i < 12 && good; i++) {
            p->fail_with = with[i % 2];
            p->fail_happens = i / 2 % 2;
            p->fail_nr = 1 + i / 4 * 2;
            good = plan_run(p, &reached);
        }
    return good;
}

/* A soft failure, and the power goes some calls later. */
static bool fail_then_cut(struct plan *p, unsigned every)
{
    bool reached = true, good = true, cut_reached;

    for (p->fail_at = 1; reached && good; p->fail_at += every)
        for (unsigned later = 1; later < 20 && good; later++)
            for (unsigned i = 0; i < 12 && good; i++) {
                p->fail_with = i % 2 ? ERR_IO : ERR_NO_SPACE;
                p->fail_happens = i / 2 % 2;
                p->fail_nr = 1;
                p->nr_cuts = 1;
                p->cuts[0] =
                    cut_make(p->fail_at + later, (later + i) % NR_MANNERS, i % 4);
                good = plan_run(p, &cut_reached);
                reached = cut_reached;
            }
    return good;
}

/* --- corruption --- */

/* The state before the last commit, and those before the lazy ones that went with it. */
struct fallback {
    struct wl_state states[WL_POSSIBLE];
    unsigned nr;
};

static bool holds_fallback(struct workload *w, const struct fallback *f)
{
    for (unsigned i = 0; f && i < f->nr; i++)
        if (wl_holds(w, &f->states[i]))
            return true;
    return false;
}

static bool same_or_named(struct workload *w, const struct wl_state *want,
                          const struct fallback *may_drop)
{
    struct store_info info;

    if (store_open(&w->store, &w->config) != OK)
        return true;
    enum err status = store_status(w->store);
    store_info(w->store, &info);
    bool good = status != OK || wl_holds(w, want) ||
                (info.dropped_bytes && holds_fallback(w, may_drop));
    if (!store_check(w->store))
        good = false;
    if (status != OK) { /* named: no change is taken, what is served is authentic */
        const struct store_op op = {STORE_PUT, "x", 1, 0, "y", 1};
        good = good && store_commit(w->store, &op, 1, 0) == status;
    }
    w->sim.dead = true; /* nothing of this goes to the file */
    wl_close(w);
    w->sim.dead = false;
    return good;
}

/*
 * closed: the store was closed in order. Otherwise its process was killed after a commit,
 * and without a counter that commit cannot be told from a torn one: it may be dropped,
 * and is told.
 */
static bool flip_every_byte(unsigned number, unsigned steps, bool with_counter,
                            bool closed)
{
    static struct workload w;
    static struct wl_state want;
    static struct fallback before;
    static const uint8_t masks[] = {0x01, 0x80, 0xff};
    size_t len;
    bool good = true;

    wl_init(&w, number, steps, with_counter);
    good = wl_run(&w);
    memcpy(before.states, w.possible, sizeof before.states);
    before.nr = w.nr_possible;
    good = good && wl_extra(&w);
    want = w.now;
    if (!closed)
        w.sim.dead = true;
    wl_close(&w);
    w.sim.dead = false;
    uint8_t *file = sim_file(&w.sim, "power.log", &len);
    for (size_t i = 0; good && i < len; i++)
        for (size_t m = 0; good && m < sizeof masks; m++) {
            cases++;
            file[i] ^= masks[m];
            good = same_or_named(&w, &want, closed || with_counter ? NULL : &before);
            file[i] ^= masks[m];
            if (!good)
                printf("# byte %zu of %zu, mask %02x, workload %u.%u.%u, closed %d\n", i,
                       len, masks[m], number, with_counter, steps, closed);
        }
    wl_free(&w);
    return good;
}

/* Sectors zeroed, swapped, and the file cut: the same, for damage that is not one byte.
 */
static bool spoil_sectors(unsigned number, unsigned steps)
{
    static struct workload w;
    static struct wl_state want;
    uint8_t saved[64];
    size_t len;
    bool good;

    wl_init(&w, number, steps, true);
    good = wl_run(&w) && wl_extra(&w);
    want = w.now;
    wl_close(&w);
    uint8_t *file = sim_file(&w.sim, "power.log", &len);
    for (size_t i = 0; good && i + sizeof saved <= len; i += 16) {
        cases += 2;
        memcpy(saved, file + i, sizeof saved);
        memset(file + i, 0, sizeof saved);
        good = same_or_named(&w, &want, NULL);
        size_t other = (i * 7 + 160) % (len - sizeof saved);
        memmove(file + i, file + other, sizeof saved);
        good = good && same_or_named(&w, &want, NULL);
        memcpy(file + i, saved, sizeof saved);
        if (!good)
            printf("# 64 bytes at %zu of %zu, workload %u\n", i, len, number);
    }
    for (size_t cut = len; good && cut > 0;) {
        cases++;
        sim_chop(&w.sim, "power.log", --cut);
        good = same_or_named(&w, &want, NULL);
        if (!good)
            printf("# cut to %zu of %zu, workload %u\n", cut, len, number);
    }
    wl_free(&w);
    return good;
}

/* --- the tests --- */

/* One kind of test over all workloads of the extent. */
typedef bool kind(const struct extent_of_test *x, unsigned workload, bool with_counter);

static bool kind_cut(const struct extent_of_test *x, unsigned workload, bool with_counter)
{
    struct plan p = {workload, with_counter, x->steps, 1, {{0}}, 0, 0, 0, 0};
    return cut_everywhere(&p, x);
}

static bool kind_nested(const struct extent_of_test *x, unsigned workload,
                        bool with_counter)
{
    struct plan p = {workload, with_counter, x->steps, 1, {{0}}, 0, 0, 0, 0};
    return cut_nested_everywhere(&p, x);
}

static bool kind_fail(const struct extent_of_test *x, unsigned workload,
                      bool with_counter)
{
    struct plan p = {workload, with_counter, x->steps, 0, {{0}}, 0, 0, 0, 0};
    return fail_everywhere(&p);
}

static bool kind_fail_cut(const struct extent_of_test *x, unsigned workload,
                          bool with_counter)
{
    struct plan p = {workload, with_counter, x->steps, 0, {{0}}, 0, 0, 0, 0};
    return fail_then_cut(&p, x->failed_every);
}

static bool kind_flip(const struct extent_of_test *x, unsigned workload,
                      bool with_counter)
{
    return flip_every_byte(workload, x->steps, with_counter, true);
}

static bool kind_flip_killed(const struct extent_of_test *x, unsigned workload,
                             bool with_counter)
{
    return flip_every_byte(workload, x->steps, with_counter, false);
}

static bool kind_sectors(const struct extent_of_test *x, unsigned workload,
                         bool with_counter)
{
    return !with_counter || spoil_sectors(workload, x->steps);
}

static const struct {
    const char *name;
    kind *run;
} kinds[] = {
    {"power_cut_leaves_old_or_new", kind_cut},
    {"power_cut_during_recovery_leaves_old_or_new", kind_nested},
    {"soft_failure_changes_nothing_and_passes", kind_fail},
    {"power_cut_after_soft_failure_leaves_old_or_new", kind_fail_cut},
    {"every_changed_byte_of_a_closed_store_is_detected_or_harmless", kind_flip},
    {"every_changed_byte_of_a_killed_store_is_detected_or_told", kind_flip_killed},
    {"zeroed_swapped_and_missing_parts_are_detected_with_a_counter", kind_sectors},
};
#define NR_KINDS (sizeof kinds / sizeof kinds[0])

static bool run_all(const struct extent_of_test *x)
{
    bool all = true;

    printf("1..%zu\n", NR_KINDS);
    for (size_t i = 0; i < NR_KINDS; i++) {
        bool good = true;
        cases = 0;
        for (unsigned number = 0; number < x->workloads; number++)
            for (unsigned counter = 0; counter < 2; counter++)
                if (x == &full || counter == number % 2)
                    good = kinds[i].run(x, number, counter != 0) && good;
        printf("%s %zu - %s (%lu cases)\n", good ? "ok" : "not ok", i + 1, kinds[i].name,
               cases);
        fflush(stdout);
        all = all && good;
    }
    return all;
}

int main(int argc, char **argv)
{
    struct plan p;
    bool reached;

    if (argc == 2 && strcmp(argv[1], "full") != 0) {
        if (!plan_parse(&p, argv[1])) {
            fprintf(stderr, "usage: %s [full | replay string]\n", argv[0]);
            return 2;
        }
        bool good = plan_run(&p, &reached);
        printf("%s\n", good ? "passes" : "fails");
        return good ? 0 : 1;
    }
    return run_all(argc == 2 ? &full : &brief) ? 0 : 1;
}
