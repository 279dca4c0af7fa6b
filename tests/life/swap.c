/* SPDX-License-Identifier: MIT
 *
 * swap.c: threads that fire without a pause while what they are asked is changed
 * under them.
 *
 *     swap THREADS ROUNDS STRING...
 *
 * Thread i of 1 to THREADS fires life_tick(i, n), n counting on; meanwhile the
 * strings are carried out by etch_trace(), one after the other, ROUNDS times. Each
 * stays until every thread has begun and ended an event under it. A signal handler
 * in the thread that switches fires, too, as stream 0.
 */
#include <etch/etch.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

#include "trace-life.h"

#define THREADS_MAX 16

static struct shooter {
    pthread_t thread;
    uint64_t who, n;
} shooters[THREADS_MAX];
static bool stop;

static void *shoot(void *argument)
{
    struct shooter *s = argument;
    while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
        trace_life_tick(s->who, s->n);
        /* Few processors: everybody has a turn often. */
        if (__atomic_add_fetch(&s->n, 1, __ATOMIC_RELEASE) % 64 == 0)
            sched_yield();
    }
    return NULL;
}

static void on_signal(int number)
{
    static uint64_t n;
    (void)number;
    trace_life_tick(0, n++);
}

/* Until a whole event of each thread lies behind this moment. */
static void pass(unsigned threads)
{
    for (unsigned i = 0; i < threads; i++) {
        uint64_t n = __atomic_load_n(&shooters[i].n, __ATOMIC_ACQUIRE);
        while (__atomic_load_n(&shooters[i].n, __ATOMIC_ACQUIRE) < n + 2)
            sched_yield();
    }
}

int main(int argc, char **argv)
{
    unsigned threads = argc > 3 ? (unsigned)atoi(argv[1]) : 0;
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct itimerval often = {{0, 500}, {0, 500}};
    sigset_t alarm;
    if (threads == 0 || threads > THREADS_MAX)
        return 2;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarm, NULL);
    for (unsigned i = 0; i < threads; i++) {
        shooters[i].who = i + 1;
        if (pthread_create(&shooters[i].thread, NULL, shoot, &shooters[i]) != 0)
            return 3;
    }
    pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
    sigaction(SIGALRM, &act, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    for (int round = atoi(argv[2]); round > 0; round--)
        for (char **string = argv + 3; *string != NULL; string++) {
            if (etch_trace(*string) != 0)
                return 4;
            pass(threads);
        }
    __atomic_store_n(&stop, true, __ATOMIC_RELEASE);
    for (unsigned i = 0; i < threads; i++)
        pthread_join(shooters[i].thread, NULL);
    return 0;
}
