/* SPDX-License-Identifier: MIT
 *
 * worker.c: the program that step.c drives:
 *
 *     worker SHARED SCENARIO
 *
 * Writes: events; the marks in SHARED (shared.h).
 * Never:  reads a clock or waits for time: its tracer decides on both.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shared.h"
#include "trace-proof.h"

static struct proof_shared *shared;
static char texts[26 + 2 * PROOF_TEXT_MAX];

static void call(enum proof_call what, long a, long b)
{
    syscall(what, a, b);
}

static uint32_t begin(enum proof_kind kind)
{
    uint32_t n = __atomic_fetch_add(&shared->next, 1, __ATOMIC_RELAXED);
    if (n >= PROOF_EVENTS)
        abort();
    shared->kind[n] = (uint8_t)kind;
    __atomic_store_n(&shared->state[n], PROOF_BEGUN, __ATOMIC_SEQ_CST);
    return n;
}

static void returned(uint32_t n)
{
    __atomic_store_n(&shared->state[n], PROOF_RETURNED, __ATOMIC_SEQ_CST);
}

static void number(void)
{
    uint32_t n = begin(PROOF_NUMBER);
    trace_proof_number(n, proof_check(n));
    returned(n);
}

/* A string ends where its event is to end. */
static void text(void)
{
    uint32_t n = begin(PROOF_TEXT);
    char *from = texts + proof_text_from(n, 0), *end = from + proof_text_length(n), cut = *end;
    *end = '\0';
    trace_proof_text(n, from);
    *end = cut;
    returned(n);
}

static void mixed(void)
{
    uint32_t n = begin(PROOF_MIXED);
    uint64_t check = proof_check(n);
    trace_proof_mixed(n, check & 1, (int8_t)check, (uint16_t)check, (int64_t)check,
                      (void *)(uintptr_t)check, NULL);
    returned(n);
}

/* Three of them fill a packet of the worker. */
static void large(void)
{
    uint32_t n = begin(PROOF_LARGE);
    char *from = texts + proof_text_from(n, 1), *end = from + PROOF_TEXT_MAX, cut = *end;
    *end = '\0';
    trace_proof_large(n, from);
    *end = cut;
    returned(n);
}

static void repeat(void (*fire)(void), unsigned times)
{
    while (times-- > 0)
        fire();
}

static void drain_round(void)
{
    call(PROOF_CALL_ROUND, 0, 0);
}

/* ---- scenarios ---- */

/* The first event of a process: everything is made. */
static void first(void)
{
    call(PROOF_CALL_BEGIN, 0, 0);
    number();
    drain_round();
    number();
}

/* Events that find room, and rounds between them. */
static void hot(void)
{
    number();
    call(PROOF_CALL_BEGIN, 0, 0);
    repeat(number, 3);
    repeat(text, 3);
    mixed();
    drain_round();
    number();
    mixed();
    text();
    drain_round();
    number();
}

/* Packets fill, are sealed, written, freed and taken again. */
static void turn(void)
{
    number();
    call(PROOF_CALL_BEGIN, 0, 0);
    repeat(large, 7);
    drain_round();
    repeat(large, 4);
    number();
    drain_round();
    repeat(large, 3);
}

/* Extended headers: the clock leaps, and goes back. */
static void leap(void)
{
    static const int64_t jumps[] = {1 << 18, (1 << 19) - 30, 1 << 19, INT64_C(1) << 40};
    static const int64_t slips[] = {1, 30, 5000, INT64_C(1) << 40};
    number();
    call(PROOF_CALL_BEGIN, 0, 0);
    for (unsigned i = 0; i < 4; i++) {
        shared->jump = jumps[i];
        number();
        shared->slip = slips[i];
        number();
        number();
        if (i % 2 == 1)
            drain_round();
    }
}

static const struct {
    const char *name;
    void (*run)(void);
} scenarios[] = {
    {"first", first},
    {"hot", hot},
    {"leap", leap},
    {"turn", turn},
};

int main(int argc, char **argv)
{
    int fd = argc == 3 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;
    shared = mmap((void *)PROOF_SHARED_AT, sizeof(*shared), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0);
    if (fd < 0 || shared == MAP_FAILED)
        return 99;
    close(fd);
    for (uint32_t i = 0; i < sizeof(texts) - 1; i++)
        texts[i] = proof_text_at(i);
    prctl(PR_SET_TSC, PR_TSC_SIGSEGV);
    raise(SIGSTOP); /* the tracer takes over */
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
        if (strcmp(scenarios[i].name, argv[2]) == 0) {
            scenarios[i].run();
            call(PROOF_CALL_END, 0, 0);
            return 0;
        }
    return 98;
}
