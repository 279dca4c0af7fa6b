/* SPDX-License-Identifier: MIT
 *
 * framer.c: frames without a translator: threads store them until they are killed
 * or have stored enough.
 *
 *     framer COUNTS THREADS FRAMES [fork|kill LEAST|hold]
 *
 * Frame N of a thread is of entry N % 3 + 1 and holds N, the thread's number, or
 * nothing. Events are fired beside them. fork: a child does the same afterwards.
 * kill: SIGKILL, once the first thread has stored LEAST. hold: waits for a line
 * on its standard input at the end.
 *
 * Writes: COUNTS, shared memory, one uint64_t a thread: frames that are committed.
 */
#include <etch/etch.h>
#include <etch/frame.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace-life.h"

static uint64_t *counts, threads, frames;

static void declare_all(void)
{
    static const struct etch_frame_field both[] = {{"number", 'Q'}, {"thread", 'I'}};
    static const struct etch_frame_class entries[] = {
        {1, "both", "text \"of\" both", both, 2},
        {2, "number", "", both, 1},
        {3, "none", "", NULL, 0},
    };
    for (size_t i = 0; i < 3; i++)
        if (etch_frame_declare(&entries[i]) < 0)
            exit(3);
}

/* Stores frame n: where it ends. */
static unsigned char *put(unsigned char *p, uint64_t n, uint32_t who)
{
    uint32_t id = (uint32_t)(n % 3) + 1;
    ETCH_PUT(p, id);
    if (id < 3)
        ETCH_PUT(p, n);
    if (id < 2)
        ETCH_PUT(p, who);
    return p;
}

static void *store(void *argument)
{
    uint64_t who = (uint64_t)(uintptr_t)argument;
    struct etch_cursor *c = NULL;
    for (uint64_t n = 0; n < frames; n++) {
        if (!etch_frame_fits(c, 16) && !etch_frame_turn(&c, 16)) {
            n--; /* counted as discarded: there must be a hole to be seen */
            continue;
        }
        etch_frame_commit(c, put(c->pos, n, (uint32_t)who));
        __atomic_store_n(&counts[who], n + 1, __ATOMIC_RELEASE);
        if (n % 1000 == 999) {
            etch_frame_rest(c);
            trace_life_tick(who, n);
            etch_frame_wake(c);
        }
    }
    etch_frame_rest(c);
    return NULL;
}

static void store_all(void)
{
    pthread_t thread[16];
    declare_all();
    for (uint64_t i = 1; i < threads; i++)
        pthread_create(&thread[i], NULL, store, (void *)(uintptr_t)i);
    store(NULL);
    for (uint64_t i = 1; i < threads; i++)
        pthread_join(thread[i], NULL);
}

/* Polls the count, which is all that it can see. */
static void kill_parent(uint64_t least)
{
    pid_t parent = getpid();
    if (fork() != 0)
        return;
    while (__atomic_load_n(&counts[0], __ATOMIC_ACQUIRE) < least)
        if (getppid() != parent)
            _exit(1);
    kill(parent, SIGKILL);
    _exit(0);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 99;
    threads = strtoull(argv[2], NULL, 0);
    frames = strtoull(argv[3], NULL, 0);
    int fd = open(argv[1], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || threads == 0 || threads > 16 || ftruncate(fd, 16 * sizeof(*counts)) < 0)
        return 99;
    counts = mmap(NULL, 16 * sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (counts == MAP_FAILED)
        return 99;
    if (argc > 5 && strcmp(argv[4], "kill") == 0)
        kill_parent(strtoull(argv[5], NULL, 0));
    store_all();
    if (argc > 4 && strcmp(argv[4], "hold") == 0)
        return getchar() == EOF;
    if (argc > 4 && strcmp(argv[4], "fork") == 0) {
        pid_t child = fork();
        if (child == 0)
            store_all();
        int status = 0;
        return child != 0 && (waitpid(child, &status, 0) != child || status != 0);
    }
    return 0;
}
