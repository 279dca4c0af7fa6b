/* SPDX-License-Identifier: MIT
 *
 * ends.c: events before main, after it, and where main is no more: one stream
 * each, of which the test knows the numbers.
 *
 *   1  a constructor that runs before libetch knows the group
 *   2  a constructor
 *   3  a signal handler in a constructor
 *   4  main
 *   5  atexit
 *   6  a destructor
 *   7  a destructor that runs after the group has left libetch
 *   8  a thread that outlives main, with `ends thread`
 *
 * With `ends longjmp` a signal handler leaves events in the middle, over and
 * over; all that is known is how many calls returned, which is printed.
 */
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "trace-life.h"

static void fire(uint64_t who)
{
    for (uint64_t n = 0; n < 10; n++)
        trace_life_tick(who, n);
}

static void on_signal(int number)
{
    (void)number;
    fire(3);
}

__attribute__((constructor(101))) static void first(void)
{
    fire(1);
}

__attribute__((constructor)) static void before_main(void)
{
    fire(2);
    signal(SIGUSR1, on_signal);
    raise(SIGUSR1);
}

static void at_exit(void)
{
    fire(5);
}

__attribute__((destructor)) static void after_main(void)
{
    fire(6);
}

__attribute__((destructor(101))) static void last(void)
{
    fire(7);
}

static sem_t main_is_gone;

static void main_goes(void *value)
{
    (void)value;
    sem_post(&main_is_gone);
}

static void *outlive(void *argument)
{
    (void)argument;
    while (sem_wait(&main_is_gone) < 0)
        ;
    fire(8);
    return NULL;
}

static sigjmp_buf again;

static void leave(int number)
{
    (void)number;
    siglongjmp(again, 1);
}

/* Ends with SIGALRM blocked. */
static void leave_often(void)
{
    static volatile uint64_t left, n;
    struct itimerval often = {{0, 50}, {0, 50}};
    signal(SIGALRM, leave);
    if (sigsetjmp(again, 1) == 0)
        setitimer(ITIMER_REAL, &often, NULL); /* not before there is a place to go to */
    else
        left++;
    while (left < 500) {
        trace_life_signal(0, n);
        n++;
    }
    signal(SIGALRM, SIG_IGN);
    printf("returned %" PRIu64 " left %" PRIu64 "\n", n, left);
}

int main(int argc, char **argv)
{
    pthread_key_t key;
    pthread_t thread;
    atexit(at_exit);
    if (argc > 1 && strcmp(argv[1], "longjmp") == 0)
        leave_often();
    fire(4);
    if (argc > 1 && strcmp(argv[1], "thread") == 0) {
        sem_init(&main_is_gone, 0, 0);
        pthread_key_create(&key, main_goes);
        pthread_setspecific(key, &key);
        pthread_create(&thread, NULL, outlive, NULL);
        pthread_exit(NULL);
    }
    return 0;
}
