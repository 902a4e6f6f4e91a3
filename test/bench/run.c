/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running workers for a time: threads of this process, or processes of their own that
 * open the module themselves. All start together when everyone is ready, and count until
 * the time is up.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test/bench/bench.h"
#include "test/system/p11_proc.h"

struct lane {
    pthread_t thread;
    struct worker w;
    pthread_barrier_t *start;
    double seconds, rate;
};

/* The rate over the time, looking at the clock after a batch that takes about a
 * millisecond. */
static double steady(struct worker *w, double seconds)
{
    uint64_t begin = now_ns(), now = begin, end = begin + (uint64_t)(seconds * 1e9),
             n = 0, batch = 1;
    while (now < end) {
        for (uint64_t i = 0; i < batch; i++)
            if (!worker_step(w))
                return -1;
        n += batch;
        uint64_t was = now;
        now = now_ns();
        if (now - was < 500000 && batch < 4096)
            batch *= 2;
    }
    return (double)n / ((double)(now - begin) / 1e9);
}

static void *lane(void *arg)
{
    struct lane *l = arg;
    for (int i = 0; i < 3; i++) /* warm */
        worker_step(&l->w);
    pthread_barrier_wait(l->start);
    l->rate = steady(&l->w, l->seconds);
    return NULL;
}

double run_threads(const struct contender *c, enum op op, size_t size, unsigned threads,
                   double seconds)
{
    struct lane *l = calloc(threads, sizeof *l);
    pthread_barrier_t start;
    double sum = 0;
    bool ok = true;
    pthread_barrier_init(&start, NULL, threads);
    for (unsigned i = 0; i < threads; i++) {
        l[i].start = &start;
        l[i].seconds = seconds;
        ok = worker_begin(&l[i].w, c, op, size) && ok;
    }
    for (unsigned i = 1; ok && i < threads; i++)
        pthread_create(&l[i].thread, NULL, lane, &l[i]);
    if (ok)
        lane(&l[0]);
    for (unsigned i = 0; i < threads; i++) {
        if (ok && i)
            pthread_join(l[i].thread, NULL);
        ok = ok && l[i].rate >= 0;
        sum += l[i].rate;
        worker_end(&l[i].w);
    }
    pthread_barrier_destroy(&start);
    free(l);
    return ok ? sum : -1;
}

static void child(struct contender c, enum op op, size_t size, double seconds, int go,
                  int back)
{
    struct worker w;
    double rate = -1;
    char b = 0;
    if (c.f)
        c.f->C_Finalize(NULL); /* for a module that does not notice the fork */
    bool ok = contender_open(&c) && worker_begin(&w, &c, op, size);
    for (int i = 0; ok && i < 3; i++)
        worker_step(&w);
    if (write(back, &b, 1) == 1 && read(go, &b, 1) == 0 &&
        ok) /* the gate opens by end of file */
        rate = steady(&w, seconds);
    if (write(back, &rate, sizeof rate) != (ssize_t)sizeof rate)
        _exit(1);
    _exit(0);
}

double run_processes(const struct contender *c, enum op op, size_t size,
                     unsigned processes, double seconds)
{
    int go[2], back[2];
    double sum = 0, rate;
    char b;
    if (pipe(go) != 0 || pipe(back) != 0)
        return -1;
    fflush(stdout);
    for (unsigned i = 0; i < processes; i++)
        if (proc_fork() == 0) {
            close(go[1]);
            close(back[0]);
            child(*c, op, size, seconds, go[0], back[1]);
        }
    close(go[0]);
    close(back[1]);
    for (unsigned i = 0; i < processes; i++)
        if (read(back[0], &b, 1) != 1)
            sum = -1;
    close(go[1]);
    for (unsigned i = 0; i < processes; i++) {
        if (read(back[0], &rate, sizeof rate) != (ssize_t)sizeof rate || rate < 0)
            sum = -1;
        if (sum >= 0)
            sum += rate;
    }
    close(back[0]);
    while (wait(NULL) > 0)
        continue;
    return sum;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double median(double *v, size_t n)
{
    qsort(v, n, sizeof *v, ascending);
    return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}
