/* SPDX-License-Identifier: MIT
 *
 * sustained: reads the clock EVENTS times, fires EVENTS events of two u64 as fast
 * as it can, and returns from main. Says on stdout how many nanoseconds one of each
 * took; who wants the time until the file is closed, measures the process.
 *
 * usage: sustained EVENTS
 */
#include "peer.h"

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

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s EVENTS\n", argv[0]);
        return 2;
    }
    uint64_t events = strtoull(argv[1], NULL, 10);
    uint64_t sum = 0;
    double start = seconds();
    for (uint64_t i = 0; i < events; i++) {
        sum += clock_read();
        __asm__ volatile("" : : "r"(sum));
    }
    double clock = seconds() - start;
    peer_start();
    start = seconds();
    for (uint64_t i = 0; i < events; i++)
        trace_bench_two(i, events);
    double fired = seconds() - start;
    printf("%.2f %.2f\n", clock * 1e9 / (double)events, fired * 1e9 / (double)events);
    return 0;
}
