/* SPDX-License-Identifier: MIT
 *
 * steady.c: a program under load, to be attached to: threads that fire life_tick
 * for ever, each numbering its own, and a signal handler that interrupts them and
 * fires life_signal:
 *
 *     steady THREADS MICROSECONDS
 *
 * MICROSECONDS: between two signals, 0: none. Answers each line of stdin by itself, so
 * that who drives it sees that it lives; ends with stdin.
 */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#include "trace-life.h"

#define AT_ONCE 16u /* events between two rests: a trace of some MB a second */

static void *fire(void *argument)
{
    uint64_t who = (uint64_t)(uintptr_t)argument;
    struct timespec rest = {0, 50000};
    for (uint64_t n = 0;; n++) {
        trace_life_tick(who, n);
        if (n % AT_ONCE == 0)
            nanosleep(&rest, NULL);
    }
    return NULL;
}

static void on_timer(int number)
{
    static uint64_t next;
    (void)number;
    trace_life_signal(0, __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED));
}

int main(int argc, char **argv)
{
    char line[256];
    if (argc != 3)
        return 2;
    int micros = atoi(argv[2]);
    struct itimerval often = {{0, micros}, {0, micros}};
    struct sigaction act = {.sa_handler = on_timer, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &act, NULL);
    for (int i = 1; i <= atoi(argv[1]); i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, fire, (void *)(uintptr_t)i);
    }
    if (micros != 0)
        setitimer(ITIMER_REAL, &often, NULL);
    setbuf(stdout, NULL);
    while (fgets(line, sizeof(line), stdin) != NULL)
        fputs(line, stdout);
    exit(0);
}
