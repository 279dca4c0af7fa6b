/* SPDX-License-Identifier: MIT
 *
 * single: nanoseconds of one event at a time, beside those of nothing at all:
 * each lies between two plain rdtsc.
 *
 * tail: 66 ns of arithmetic before each, so that the backend's own thread keeps up,
 *       and works beside us.
 * cold: before each the caches are filled with something else.
 *
 * usage: single tail|cold EVENTS
 * Reads:  the backend's own settings from the environment (see bench/run).
 * Writes: a line "NAME P50 P90 P99 P99.9 P99.99" for `rdtsc` and `event` on stdout,
 *         and "fired N".
 */
#include "peer.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <x86intrin.h>

enum { WORK_NS = 66, FOREIGN = 96 << 20, LINE = 64 };

static double ns_a_tick;
static uint64_t work_steps;
static unsigned char *foreign; /* larger than the last cache */
static volatile uint64_t sink;

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void work(void)
{
    uint64_t x = sink;
    for (uint64_t i = 0; i < work_steps; i++) {
        x = x * UINT64_C(6364136223846793005) + 1;
        __asm__ volatile("" : "+r"(x));
    }
    sink = x;
}

static void chill(void)
{
    for (size_t i = 0; i < FOREIGN; i += LINE)
        foreign[i]++;
}

static void calibrate(void)
{
    double best = 1e9;
    work_steps = 100;
    for (int i = 0; i < 200; i++) {
        double start = now_ns();
        for (int k = 0; k < 100; k++)
            work();
        double ns = (now_ns() - start) / 100;
        best = ns < best ? ns : best;
    }
    work_steps = (uint64_t)(WORK_NS * 100 / best + 0.5);
    double start = now_ns();
    uint64_t ticks = __rdtsc();
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    ns_a_tick = (now_ns() - start) / (double)(__rdtsc() - ticks);
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void print(const char *name, uint32_t *ticks, size_t n)
{
    static const double shares[] = {.5, .9, .99, .999, .9999};
    qsort(ticks, n, sizeof(*ticks), by_value);
    printf("%s", name);
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
        printf(" %.1f", ticks[(size_t)(shares[i] * (double)(n - 1))] * ns_a_tick);
    putchar('\n');
}

static uint32_t ticks_since(uint64_t start)
{
    uint64_t ticks = __rdtsc() - start;
    return ticks > UINT32_MAX ? UINT32_MAX : (uint32_t)ticks;
}

int main(int argc, char **argv)
{
    size_t n = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    if (n == 0 || (strcmp(argv[1], "tail") != 0 && strcmp(argv[1], "cold") != 0)) {
        fprintf(stderr, "usage: %s tail|cold EVENTS\n", argv[0]);
        return 2;
    }
    void (*before)(void) = strcmp(argv[1], "tail") == 0 ? work : chill;
    uint32_t *nothing = malloc(n * sizeof(*nothing)), *event = malloc(n * sizeof(*event));
    foreign = malloc(FOREIGN);
    if (!nothing || !event || !foreign)
        return 1;
    /* Pages that are there: no fault of ours is measured. */
    memset(nothing, 1, n * sizeof(*nothing));
    memset(event, 1, n * sizeof(*event));
    memset(foreign, 1, FOREIGN);
    peer_start();
    trace_bench_two(0, 0); /* before the pinning: the backend's own thread may run anywhere */
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(1, &set);
    sched_setaffinity(0, sizeof(set), &set);
    calibrate();
    for (size_t i = 0; i < n; i++) {
        before();
        uint64_t start = __rdtsc();
        nothing[i] = ticks_since(start);
        before();
        start = __rdtsc();
        trace_bench_two(i, n);
        event[i] = ticks_since(start);
    }
    print("rdtsc", nothing, n);
    print("event", event, n);
    printf("fired %zu\n", n + 1);
    return 0;
}
