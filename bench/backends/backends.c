/* SPDX-License-Identifier: MIT
 *
 * backends: nanoseconds that one event costs the thread that fires it, with the
 * backend that trace-back.h was generated with, by etch or by QEMU's
 * tracetool.py (PEER_QEMU), or with what is written by hand (PEER_HAND, the header).
 * Rounds of all cases are interleaved; the medians are printed.
 *
 * usage: backends EVENTS-A-ROUND ROUNDS
 * Reads:  MARKER, the trace_marker that QEMU's code and the bare line go to; MARKER_raw
 *         is the one for binary records.
 * Writes: one line a case on stdout, "name ns": none, two, six, text by one thread;
 *         none-2 and so on by two threads at once, the time of both over all their
 *         events; bare, snprintf and write; raw, a binary record and write.
 */
#if defined(PEER_QEMU)
#include "qemu/osdep.h"
#endif
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#if defined(PEER_HAND)
#include PEER_HAND
#else
#include "trace-back.h"
#endif

enum { MAX_ROUNDS = 101 };

static uint64_t events;
static int bare = -1, raw = -1;
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

/* The same as a binary record: an id, the clock and the arguments. */
static void run_raw(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        const uint64_t record[] = {0x48435445, (uint64_t)now.tv_sec, (uint64_t)now.tv_nsec, i, n};
        if (raw < 0 || write(raw, record, sizeof(record)) < 0)
            return;
    }
}

static void (*const runs[])(uint64_t n) = {run_none, run_two, run_six, run_text, run_bare, run_raw};
static const char *const names[] = {"none", "two", "six", "text", "bare", "raw"};

enum { EVENTS = 4, RUNS = 6, CASES = RUNS + EVENTS };

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int ready, go, done;

/* On a processor of its own, if there are two: else both could share one. */
static void pin(size_t processor)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    sched_setaffinity(0, sizeof(set), &set);
}

/* Yields: the other thread may need this one's processor. */
static void wait_for(const int *flag)
{
    while (!__atomic_load_n(flag, __ATOMIC_ACQUIRE))
        sched_yield();
}

static void *half(void *run)
{
    pin(1);
    __atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
    wait_for(&go);
    (*(void (*const *)(uint64_t))run)(events / 2);
    __atomic_store_n(&done, 1, __ATOMIC_RELEASE);
    return NULL;
}

/* How long two threads take that fire half of the events each. */
static double time_two(size_t run)
{
    pthread_t other;
    cpu_set_t all;
    ready = go = done = 0;
    sched_getaffinity(0, sizeof(all), &all);
    pin(0);
    if (pthread_create(&other, NULL, half, (void *)(uintptr_t)&runs[run]) != 0)
        exit(1);
    wait_for(&ready);
    double start = now_ns();
    __atomic_store_n(&go, 1, __ATOMIC_RELEASE);
    runs[run](events / 2);
    wait_for(&done);
    double end = now_ns();
    pthread_join(other, NULL);
    sched_setaffinity(0, sizeof(all), &all);
    return end - start;
}

/* Case c; those from RUNS on are of two threads. */
static double time_case(size_t c)
{
    if (c >= RUNS)
        return time_two(c - RUNS);
    double start = now_ns();
    runs[c](events);
    return now_ns() - start;
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
    char marker_raw[256];
    if (marker != NULL && *marker != '\0') {
        trace_marker_fd = bare = open(marker, O_WRONLY | O_CLOEXEC);
        snprintf(marker_raw, sizeof(marker_raw), "%s_raw", marker);
        raw = open(marker_raw, O_WRONLY | O_CLOEXEC);
    }
    shim_start();
#if defined(PEER_QEMU)
    openlog(NULL, LOG_PID, LOG_DAEMON); /* as QEMU begins */
#endif
    for (int r = -1; r < rounds; r++)
        for (size_t c = 0; c < CASES; c++) {
            double took = time_case(c);
            if (r >= 0)
                ns[c][r] = took / (double)events;
        }
    for (size_t c = 0; c < CASES; c++) {
        qsort(ns[c], (size_t)rounds, sizeof(double), compare);
        bool open_case = c < EVENTS || c >= RUNS || (c == EVENTS ? bare >= 0 : raw >= 0);
        if (open_case)
            printf("%s%s %.1f\n", names[c < RUNS ? c : c - RUNS], c < RUNS ? "" : "-2",
                   ns[c][rounds / 2]);
    }
    return 0;
}
