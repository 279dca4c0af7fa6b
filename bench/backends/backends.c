/* SPDX-License-Identifier: MIT
 *
 * backends: nanoseconds that one event costs the thread that fires it, with the
 * backend that trace-back.h was generated with, by etch or by QEMU's
 * tracetool.py (PEER_QEMU). Rounds of all cases are interleaved; the medians
 * are printed.
 *
 * usage: backends EVENTS-A-ROUND ROUNDS
 * Reads:  MARKER, the trace_marker that QEMU's code and the bare line go to.
 * Writes: one line a case on stdout, "name ns".
 */
#if defined(PEER_QEMU)
#include "qemu/osdep.h"
#endif
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "trace-back.h"

enum { MAX_ROUNDS = 101 };

static uint64_t events;
static int bare = -1;
static const char text[] = "0123456789abcdefghijklmnopqrstuv";

#if defined(PEER_QEMU)
static int loglevel = LOG_TRACE;
int trace_marker_fd;
bool qemu_loglevel_mask(int mask)
{
    return (loglevel & mask) != 0;
}
#else
static int trace_marker_fd;
static void shim_start(void)
{
}
#endif

static void run_none(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        trace_back_none();
}

static void run_two(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        trace_back_two(i, n);
}

static void run_six(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        trace_back_six((int)i, 2, 3, 4, 5, 6);
}

static void run_text(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        trace_back_text(text);
}

/* What a line costs at least: to format it, and to write it. */
static void run_bare(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        char line[512];
        int length = snprintf(line, sizeof(line), "back_two a=%" PRIu64 " b=%" PRIu64 "\n", i, n);
        if (bare < 0 || write(bare, line, (size_t)length) < 0)
            return;
    }
}

static void *half(void *unused)
{
    run_two(events / 2);
    return unused;
}

/* The time of two threads that fire half of the events each. */
static void run_two_threads(uint64_t n)
{
    pthread_t other;
    (void)n;
    if (pthread_create(&other, NULL, half, NULL) != 0)
        exit(1);
    half(NULL);
    pthread_join(other, NULL);
}

static const struct {
    const char *name;
    void (*run)(uint64_t n);
} cases[] = {{"none", run_none},           {"two", run_two},  {"six", run_six}, {"text", run_text},
             {"threads", run_two_threads}, {"bare", run_bare}};

enum { CASES = sizeof(cases) / sizeof(cases[0]) };

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

int main(int argc, char **argv)
{
    static double ns[CASES][MAX_ROUNDS];
    int rounds = argc == 3 ? atoi(argv[2]) : 0;
    events = argc == 3 ? strtoull(argv[1], NULL, 0) : 0;
    if (events == 0 || rounds < 1 || rounds > MAX_ROUNDS) {
        fprintf(stderr, "usage: backends EVENTS-A-ROUND ROUNDS\n");
        return 2;
    }
    const char *marker = getenv("MARKER");
    if (marker != NULL)
        trace_marker_fd = bare = open(marker, O_WRONLY | O_CLOEXEC);
    shim_start();
    for (int r = -1; r < rounds; r++)
        for (size_t c = 0; c < CASES; c++) {
            double start = now_ns();
            cases[c].run(events);
            if (r >= 0)
                ns[c][r] = (now_ns() - start) / (double)events;
        }
    for (size_t c = 0; c < CASES; c++) {
        qsort(ns[c], (size_t)rounds, sizeof(double), compare);
        if (c + 1 < CASES || bare >= 0)
            printf("%s %.1f\n", cases[c].name, ns[c][rounds / 2]);
    }
    return 0;
}
