/* SPDX-License-Identifier: MIT
 *
 * sustained: each of THREADS (1) threads reads the clock EVENTS times and fires
 * EVENTS events of two u64 as fast as it can; then main returns. Says on stdout how
 * many nanoseconds one of each took, of all threads together; who wants the time
 * until the file is closed, measures the process.
 *
 * usage: sustained EVENTS [THREADS]
 */
#include "peer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline uint64_t clock_read(void)
{
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    uint64_t t;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(t));
    return t;
#endif
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint64_t events;

static void *read_clock(void *none)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < events; i++) {
        sum += clock_read();
        __asm__ volatile("" : : "r"(sum));
    }
    return none;
}

static void *fire(void *none)
{
    for (uint64_t i = 0; i < events; i++)
        trace_bench_two(i, events);
    return none;
}

/* Seconds that `threads` threads take for it together. */
static double run(void *(*what)(void *), unsigned threads)
{
    double start = seconds();
    if (threads == 1) {
        what(NULL);
    } else {
        pthread_t thread[threads];
        for (unsigned i = 0; i < threads; i++)
            if (pthread_create(&thread[i], NULL, what, NULL) != 0)
                exit(1);
        for (unsigned i = 0; i < threads; i++)
            pthread_join(thread[i], NULL);
    }
    return seconds() - start;
}

int main(int argc, char **argv)
{
    unsigned threads = argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) : 1;
    if (argc < 2 || argc > 3 || threads == 0 || threads > 1000) {
        fprintf(stderr, "usage: %s EVENTS [THREADS]\n", argv[0]);
        return 2;
    }
    events = strtoull(argv[1], NULL, 10);
    double all = (double)events * threads;
    double clock = run(read_clock, threads);
    peer_start();
    double fired = run(fire, threads);
    printf("%.2f %.2f\n", clock * 1e9 / all, fired * 1e9 / all);
    return 0;
}
