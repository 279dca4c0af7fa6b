/* SPDX-License-Identifier: MIT
 *
 * hot: nanoseconds that one event costs the thread that fires it, beside plain
 * rdtsc and clock_gettime in the same process. Rounds of all cases are
 * interleaved, so that whatever else the machine does hits all alike; the
 * medians are printed.
 *
 * usage: hot EVENTS-A-ROUND ROUNDS
 * Reads:  the backend's own settings from the environment (see bench/run).
 * Writes: one line a case on stdout, "name OWN SHARED": the medians of rounds on a
 *         core of its own and on a shared one, "-" of fewer than 5 rounds; and last
 *         "fired N", the number of events that a trace without loss holds.
 */
#include "peer.h"

#include "hot_library.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <x86intrin.h>

enum { MAX_ROUNDS = 1001, WORK_NS = 66 };

static uint64_t events;     /* a round */
static uint64_t work_steps; /* that take WORK_NS */
static uint64_t fired;
static volatile uint64_t sink;

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Arithmetic that depends on itself, so that nothing but the event can be
 * done beside it. */
static inline uint64_t work(uint64_t x)
{
    for (uint64_t i = 0; i < work_steps; i++) {
        x = x * UINT64_C(6364136223846793005) + 1;
        __asm__ volatile("" : "+r"(x));
    }
    return x;
}

static void run_rdtsc(uint64_t n)
{
    uint64_t x = 0;
    for (uint64_t i = 0; i < n; i++)
        x += __rdtsc();
    sink = x;
}

static void run_clock(uint64_t n)
{
    struct timespec t;
    uint64_t x = 0;
    for (uint64_t i = 0; i < n; i++) {
        clock_gettime(CLOCK_MONOTONIC, &t);
        x += (uint64_t)t.tv_nsec;
    }
    sink = x;
}

static void run_empty(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        __asm__ volatile("" : : "r"(i));
}

static void run_off(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        trace_bench_off(i, n);
        __asm__ volatile("" : : "r"(i));
    }
}

static void run_event(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        trace_bench_two(i, n);
}

#if defined(PEER_HERE)
static void run_off_here(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        etch("bench_off_here a=%" PRIu64 " b=%" PRIu64, i, n);
        __asm__ volatile("" : : "r"(i));
    }
}

static void run_here(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        etch("bench_here a=%" PRIu64 " b=%" PRIu64, i, n);
}

static void run_notime(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        trace_bench_notime(i, n);
}
#endif

static void run_work(uint64_t n)
{
    uint64_t x = 1;
    for (uint64_t i = 0; i < n; i++)
        x = work(x);
    sink = x;
}

static void run_work_event(uint64_t n)
{
    uint64_t x = 1;
    for (uint64_t i = 0; i < n; i++) {
        x = work(x);
        trace_bench_two(i, x);
    }
    sink = x;
}

static const struct measured {
    const char *name;
    void (*run)(uint64_t n);
    int threads;
    bool fires;
} cases[] = {
    {"empty", run_empty, 1, false},       {"off", run_off, 1, false},
    {"rdtsc", run_rdtsc, 1, false},       {"clock_gettime", run_clock, 1, false},
    {"event", run_event, 1, true},        {"event-library", hot_library_events, 1, true},
#if defined(PEER_HERE)
    {"off-here", run_off_here, 1, false}, {"here", run_here, 1, true},
    {"notime", run_notime, 1, true},
#endif
    {"work", run_work, 1, false},         {"work-event", run_work_event, 1, true},
    {"rdtsc-2", run_rdtsc, 2, false},     {"event-2", run_event, 2, true},
};
enum { N_CASES = sizeof(cases) / sizeof(cases[0]) };
static struct sample {
    double ns;
    double empty; /* of the empty loops beside it, the slower one */
} took[N_CASES][MAX_ROUNDS];

static double time_case(const struct measured *m)
{
    double start = now_ns();
    m->run(events);
    return (now_ns() - start) / (double)events;
}

/* The second thread lives as long as the process, as a server's would. */
static struct {
    pthread_barrier_t start, end;
    const struct measured *job;
    double ns;
} second;

static void pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof(set), &set);
}

static void *second_thread(void *unused)
{
    (void)unused;
    trace_bench_two(0, 0); /* the thread's first event is another figure */
    pin(0);
    for (;;) {
        pthread_barrier_wait(&second.start);
        if (!second.job)
            return NULL;
        second.ns = time_case(second.job);
        pthread_barrier_wait(&second.end);
    }
}

static double time_two(const struct measured *m)
{
    second.job = m;
    pthread_barrier_wait(&second.start);
    double first = time_case(m);
    pthread_barrier_wait(&second.end);
    return (first + second.ns) / 2;
}

static void calibrate(void)
{
    double best = 1e9;
    work_steps = 100;
    for (int i = 0; i < 50; i++) {
        double start = now_ns();
        run_work(1000);
        double ns = (now_ns() - start) / 1000;
        best = ns < best ? ns : best;
    }
    work_steps = (uint64_t)(WORK_NS * 100 / best + 0.5);
}

static double empty_loop(void)
{
    enum { TURNS = 20000 };
    double start = now_ns();
    run_empty(TURNS);
    return (now_ns() - start) / TURNS;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double run_once(const struct measured *m)
{
    double ns = m->threads == 2 ? time_two(m) : time_case(m);
    if (m->fires) {
        fired += events * (uint64_t)m->threads;
        peer_flush();
        /* A burst begins at rest: what the backend's thread does after the
         * last one is not the next one's. */
        nanosleep(&(struct timespec){.tv_nsec = 3000000}, NULL);
    }
    return ns;
}

static void run_round(size_t round)
{
    for (size_t i = 0; i < N_CASES; i++) {
        if (cases[i].fires)
            run_once(&cases[i]); /* whichever case came before: the same buffers are warm */
        double before = empty_loop();
        double ns = run_once(&cases[i]);
        double after = empty_loop();
        took[i][round] = (struct sample){ns, before > after ? before : after};
    }
}

/* The fastest empty loop: nobody shared the core. */
static double empty_best(size_t rounds)
{
    double best = 1e9;
    for (size_t i = 0; i < N_CASES; i++)
        for (size_t k = 0; k < rounds; k++)
            best = took[i][k].empty < best ? took[i][k].empty : best;
    return best;
}

static void print_median(const struct sample *samples, size_t rounds, bool shared, double limit)
{
    static double ns[MAX_ROUNDS];
    size_t n = 0;
    for (size_t k = 0; k < rounds; k++)
        if ((samples[k].empty > limit) == shared)
            ns[n++] = samples[k].ns;
    qsort(ns, n, sizeof(ns[0]), by_value);
    if (n < 5)
        printf(" -");
    else
        printf(" %.2f", ns[n / 2]);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s EVENTS-A-ROUND ROUNDS\n", argv[0]);
        return 2;
    }
    events = strtoull(argv[1], NULL, 10);
    size_t rounds = strtoul(argv[2], NULL, 10);
    if (events == 0 || rounds == 0 || rounds > MAX_ROUNDS) {
        fprintf(stderr, "%s: EVENTS from 1, ROUNDS from 1 to %d\n", argv[0], MAX_ROUNDS);
        return 2;
    }
    peer_start();
    /* Before the pinning: the backend's own thread may run anywhere. */
    trace_bench_two(0, 0);
    hot_library_events(1);
    pthread_barrier_init(&second.start, NULL, 2);
    pthread_barrier_init(&second.end, NULL, 2);
    pthread_t thread;
    if (pthread_create(&thread, NULL, second_thread, NULL) != 0)
        return 1;
    fired = 3;
    pin(1);
    calibrate();
    run_round(0); /* warms caches and page tables; not counted */
    for (size_t round = 0; round < rounds; round++)
        run_round(round);
    second.job = NULL;
    pthread_barrier_wait(&second.start);
    pthread_join(thread, NULL);
    double limit = 1.25 * empty_best(rounds);
    for (size_t i = 0; i < N_CASES; i++) {
        printf("%s", cases[i].name);
        print_median(took[i], rounds, false, limit);
        print_median(took[i], rounds, true, limit);
        printf("\n");
    }
    printf("fired %llu\n", (unsigned long long)fired);
    return 0;
}
