/* SPDX-License-Identifier: MIT
 *
 * stacks.c: events on stacks that are not the thread's own, and threads that end
 * in the middle of one:
 *
 *   stacks signal      a handler on a stack of its own interrupts events; that
 *                      stack lies within the thread's
 *   stacks coroutines  coroutines that two threads take in turns
 *   stacks cancel      threads that are cancelled wherever they are
 *
 * Prints `ticks N` and `signals N`: the events whose calls returned; `left N`: those
 * that may have been left in the middle.
 */
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include "trace-life.h"

static volatile uint64_t signals;
static uint64_t ticks, left;

/* ---- a handler's own stack ---- */

static void on_signal(int number)
{
    (void)number;
    trace_life_signal(0, signals);
    signals++;
}

static void on_own_stack(void)
{
    char memory[64 << 10]; /* above the frames of the events below */
    stack_t stack = {.ss_sp = memory, .ss_size = sizeof(memory)};
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK | SA_RESTART};
    struct itimerval often = {{0, 50}, {0, 50}}, never = {{0, 0}, {0, 0}};
    sigaltstack(&stack, NULL);
    sigaction(SIGALRM, &act, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    while (signals < 2000)
        trace_life_tick(0, ticks++);
    setitimer(ITIMER_REAL, &never, NULL);
    signal(SIGALRM, SIG_IGN);
    stack.ss_flags = SS_DISABLE;
    sigaltstack(&stack, NULL);
}

/* ---- coroutines ---- */

#define COROUTINES 8
#define STEPS      20000

struct coroutine {
    ucontext_t here, *caller; /* caller: who runs it, or NULL */
    uint64_t n;
    char stack[64 << 10];
};

static struct coroutine coroutines[COROUTINES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void coroutine_main(int i)
{
    struct coroutine *c = &coroutines[i];
    while (c->n < STEPS) {
        trace_life_tick((uint64_t)i, c->n++);
        swapcontext(&c->here, c->caller);
    }
    for (;;)
        swapcontext(&c->here, c->caller);
}

/* Takes a coroutine that nobody runs, from the one behind the last, or none. False:
 * all are done. */
static bool take(unsigned *last, ucontext_t *caller, struct coroutine **taken)
{
    bool done = true;
    *taken = NULL;
    pthread_mutex_lock(&lock);
    for (unsigned i = 1; i <= COROUTINES && *taken == NULL; i++) {
        unsigned k = (*last + i) % COROUTINES;
        struct coroutine *c = &coroutines[k];
        done = done && c->n == STEPS;
        if (c->caller == NULL && c->n < STEPS) {
            c->caller = caller;
            *taken = c;
            *last = k;
        }
    }
    pthread_mutex_unlock(&lock);
    return !done;
}

static void *scheduler(void *argument)
{
    ucontext_t here;
    unsigned last = (unsigned)(uintptr_t)argument;
    struct coroutine *c;
    while (take(&last, &here, &c)) {
        if (c == NULL)
            continue;
        swapcontext(&here, &c->here);
        pthread_mutex_lock(&lock);
        c->caller = NULL;
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void in_coroutines(void)
{
    pthread_t threads[2];
    for (volatile int i = 0; i < COROUTINES; i++) {
        struct coroutine *c = &coroutines[i];
        getcontext(&c->here);
        c->here.uc_stack.ss_sp = c->stack;
        c->here.uc_stack.ss_size = sizeof(c->stack);
        makecontext(&c->here, (void (*)(void))coroutine_main, 1, i);
    }
    for (uintptr_t i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, scheduler, (void *)(i * COROUTINES / 2));
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    ticks = (uint64_t)COROUTINES * STEPS;
}

/* ---- cancellation ---- */

static volatile uint64_t returned;

static void *fire_for_ever(void *argument)
{
    uint64_t who = (uint64_t)(uintptr_t)argument;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    for (uint64_t n = 0;; n++) {
        trace_life_tick(who, n);
        returned = n + 1;
    }
    return NULL;
}

static void cancelled(void)
{
    for (uintptr_t who = 0; who < 300; who++) {
        pthread_t thread;
        returned = 0;
        pthread_create(&thread, NULL, fire_for_ever, (void *)who);
        while (returned < who * 7)
            sched_yield();
        pthread_cancel(thread);
        pthread_join(thread, NULL);
        ticks += returned;
        left++;
    }
}

int main(int argc, char **argv)
{
    const char *what = argc == 2 ? argv[1] : "";
    if (strcmp(what, "signal") == 0)
        on_own_stack();
    else if (strcmp(what, "coroutines") == 0)
        in_coroutines();
    else if (strcmp(what, "cancel") == 0)
        cancelled();
    else
        return 99;
    printf("ticks %" PRIu64 "\nsignals %" PRIu64 "\nleft %" PRIu64 "\n", ticks, signals, left);
    return 0;
}
