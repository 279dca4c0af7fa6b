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
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/session.h"
#include "shared.h"
#include PROOF_TRACE

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

/* The part of the text that an event has: it ends there until the next is made,
 * also where the event was left. */
static char *part(uint32_t from, uint32_t length)
{
    static volatile uint32_t end;
    texts[end] = proof_text_at(end);
    end = from + length;
    texts[end] = '\0';
    return texts + from;
}

static void text(void)
{
    uint32_t n = begin(PROOF_TEXT);
    trace_proof_text(n, part(proof_text_from(n, 0), proof_text_length(n)));
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
    trace_proof_large(n, part(proof_text_from(n, 1), PROOF_TEXT_MAX));
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

/* The pool is full: events are dropped and counted, or wait (by policy=). */
static void full(void)
{
    number();
    call(PROOF_CALL_BEGIN, 0, 0);
    repeat(large, 14);
    drain_round();
    repeat(large, 14);
    drain_round();
    number();
}

static void drop(void)
{
    shared->may_drop = true;
    full();
}

/* Worker and drain take turns of a few instructions. */
static void race(void)
{
    number();
    call(PROOF_CALL_BEGIN, 0, 0);
    shared->interleave = 60;
    repeat(number, 10);
    repeat(large, 12);
    repeat(number, 10);
    shared->interleave = 0;
}

static void *thread_main(void *argument)
{
    (void)argument;
    repeat(number, 2);
    return NULL;
}

/* Threads one after the other: a slot is taken, left, and taken again. */
static void threads(void)
{
    number();
    call(PROOF_CALL_BEGIN, 0, 0);
    for (unsigned i = 0; i < 3; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, thread_main, NULL) != 0)
            abort();
        pthread_join(thread, NULL);
        shared->jump = 200000000; /* the drain looks for threads that are gone */
        number();
        drain_round();
        drain_round();
    }
}

/* The process's end: all is written, and nothing is left behind. */
static void ending(void)
{
    number();
    call(PROOF_CALL_BEGIN, 0, 0);
    repeat(large, 4);
    number();
    exit(0);
}

/* ---- signals ---- */

static sigjmp_buf back;
static volatile bool came, leaves;

static void signal_event(void)
{
    uint32_t n = begin(PROOF_SIGNAL);
    trace_proof_signal(n, proof_check(n));
    returned(n);
}

static void on_signal(int number)
{
    came = true;
    signal_event();
    if (number == SIGUSR1 && leaves)
        siglongjmp(back, 1);
}

static void handle(void)
{
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_NODEFER};
    sigaction(SIGUSR1, &act, NULL);
    sigaction(SIGUSR2, &act, NULL);
}

/* Fires with a signal before its k-th instruction, for k from 0 until the signal
 * comes too late; every `stride`-th. `between`: what comes after each, or NULL. */
static void interrupted(void (*fire)(void), void (*between)(void), unsigned stride)
{
    handle();
    for (volatile unsigned k = 0;; k += stride) {
        came = false;
        if (sigsetjmp(back, 1) == 0) {
            call(PROOF_CALL_SIGNAL, SIGUSR1, (long)k);
            fire();
        }
        if (!came)
            break;
        if (between != NULL)
            between();
    }
    call(PROOF_CALL_SIGNAL, 0, 0);
}

/* A handler's first event, and those after it, within any instruction of an event. */
static void nested(void)
{
    number();
    call(PROOF_CALL_BEGIN, 0, 0);
    interrupted(number, NULL, 1);
    drain_round();
}

/* The same, but the handler does not return: the next event takes over. */
static void leave(void)
{
    leaves = true;
    number();
    call(PROOF_CALL_BEGIN, 0, 0);
    interrupted(number, number, 1);
    drain_round();
}

/* In the middle of a packet's turn, and of taking over. */
static void leave_turn(void)
{
    leaves = true;
    number();
    interrupted(number, number, 20);
    call(PROOF_CALL_BEGIN, 0, 0);
    for (unsigned i = 0; i < 3; i++) {
        repeat(large, i);
        interrupted(large, NULL, 31 + i);
        drain_round();
    }
    number();
}

/* A ring of four packets goes round (policy=overwrite): three are whole at any
 * moment, with three large events each. */
static void over(void)
{
    shared->keeps = 9;
    repeat(large, 13);
    call(PROOF_CALL_BEGIN, 0, 0);
    repeat(large, 10);
    mixed();
    drain_round();
    repeat(large, 4);
    number();
}

/* The drain takes the ring as it stands, and once more. */
static void dump(void)
{
    shared->keeps = 9;
    repeat(large, 14);
    for (unsigned i = 0; i < 2; i++) {
        __atomic_add_fetch(&etch_session_peek()->flush.asked, 1, __ATOMIC_SEQ_CST);
        call(PROOF_CALL_BEGIN, 0, 0);
        drain_round();
        repeat(large, 4);
    }
}

static const struct {
    const char *name;
    void (*run)(void);
} scenarios[] = {
    {"block", full},      {"drop", drop}, {"end", ending},  {"race", race},
    {"threads", threads}, {"dump", dump}, {"over", over},   {"first", first},
    {"hot", hot},         {"leap", leap}, {"leave", leave}, {"leave-turn", leave_turn},
    {"nested", nested},   {"turn", turn},
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
