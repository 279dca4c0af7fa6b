/* SPDX-License-Identifier: MIT
 *
 * victim.c: fires events until it is killed, and counts each one after its call
 * has returned:
 *
 *     victim COUNTS SIGNAL THREADS LEAST [CHILDREN [MICROSECONDS]]
 *
 * CHILDREN: so many forked processes do the same. MICROSECONDS: in each a timer's
 * handler fires, too, so often.
 *
 * Writes: COUNTS, shared memory, one uint64_t a stream of events. A further child
 * sends SIGNAL to all, this process last, once the first thread has counted LEAST
 * and a little while more.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include "trace-life.h"

static uint64_t *counts; /* of this process: of its threads, then of its handlers */
static uint64_t threads;

static void *fire(void *argument)
{
    uint64_t who = (uint64_t)(uintptr_t)argument;
    for (uint64_t n = 0;; n++) {
        trace_life_tick(who, n);
        __atomic_store_n(&counts[who], n + 1, __ATOMIC_RELEASE);
    }
    return NULL;
}

/* In whatever thread it is: the number is nobody else's. */
static void on_timer(int number)
{
    static uint64_t next;
    (void)number;
    trace_life_signal(0, __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED));
    __atomic_add_fetch(&counts[threads], 1, __ATOMIC_RELEASE);
}

static void live(unsigned microseconds)
{
    struct itimerval often = {{0, microseconds}, {0, microseconds}};
    struct sigaction act = {.sa_handler = on_timer, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &act, NULL);
    if (microseconds != 0)
        setitimer(ITIMER_REAL, &often, NULL);
    for (uint64_t i = 1; i < threads; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, fire, (void *)(uintptr_t)i);
    }
    fire(NULL);
}

/* The one that kills: polls the count, which is all that it can see. */
static void kill_all(pid_t parent, const pid_t *children, unsigned n, int signal, uint64_t least)
{
    while (__atomic_load_n(&counts[0], __ATOMIC_ACQUIRE) <= least)
        if (getppid() != parent)
            _exit(1);
    for (volatile unsigned i = 0; i < least % 1009; i++)
        ;
    for (unsigned i = 0; i < n; i++)
        kill(children[i], signal);
    kill(parent, signal);
    _exit(0);
}

static uint64_t number(int argc, char **argv, int i)
{
    return i < argc ? strtoull(argv[i], NULL, 0) : 0;
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 99;
    unsigned n = (unsigned)number(argc, argv, 5), often = (unsigned)number(argc, argv, 6);
    threads = number(argc, argv, 3);
    int fd = open(argv[1], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    size_t size = (threads + 1) * (n + 1) * sizeof(*counts);
    if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
        return 99;
    uint64_t *all = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    pid_t parent = getpid(), *children = calloc(n + 1, sizeof(*children));
    if (all == MAP_FAILED || children == NULL)
        return 99;
    for (unsigned i = 0; i < n; i++) {
        children[i] = fork();
        counts = all + (i + 1) * (threads + 1);
        if (children[i] == 0)
            live(often);
    }
    counts = all;
    if (fork() == 0)
        kill_all(parent, children, n, atoi(argv[2]), number(argc, argv, 4));
    live(often);
    return 98;
}
