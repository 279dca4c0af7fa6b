/* SPDX-License-Identifier: MIT
 *
 * victim.c: fires events until a child kills it, and counts each one after its
 * call has returned:
 *
 *     victim COUNTS SIGNAL THREADS LEAST
 *
 * Writes: COUNTS, one uint64_t a thread, shared memory. The child sends SIGNAL
 * once the first thread has counted LEAST and a little while more.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "trace-life.h"

static uint64_t *counts;

static void *fire(void *argument)
{
    uint64_t who = (uint64_t)(uintptr_t)argument;
    for (uint64_t n = 0;; n++) {
        trace_life_tick(who, n);
        __atomic_store_n(&counts[who], n + 1, __ATOMIC_RELEASE);
    }
    return NULL;
}

/* The child: polls the count, which is all that it can see. */
static void kill_parent(pid_t parent, int signal, uint64_t least)
{
    while (__atomic_load_n(&counts[0], __ATOMIC_ACQUIRE) <= least)
        if (getppid() != parent)
            _exit(1);
    for (volatile unsigned i = 0; i < least % 1009; i++)
        ;
    kill(parent, signal);
    _exit(0);
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 99;
    uint64_t threads = strtoull(argv[3], NULL, 0), least = strtoull(argv[4], NULL, 0);
    int fd = open(argv[1], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    size_t size = threads * sizeof(*counts);
    if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
        return 99;
    counts = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (counts == MAP_FAILED)
        return 99;
    pid_t parent = getpid();
    if (fork() == 0)
        kill_parent(parent, atoi(argv[2]), least);
    for (uint64_t i = 1; i < threads; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, fire, (void *)(uintptr_t)i);
    }
    fire(NULL);
    return 98;
}
