/* SPDX-License-Identifier: MIT
 *
 * threads.c [THREADS]: threads of a guest: locks, conditions, atomics of every
 * kind, thread-local storage, robust locks, so many at once.
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

enum { WORKERS = 8, TURNS = 2000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static long locked;
static atomic_long counted;
static _Atomic uint32_t lowest = UINT32_MAX, highest, toggled, bits;
static _Atomic int8_t small;
static __thread long own;
static atomic_int alive;

static void *work(void *argument)
{
    long number = (long)argument;
    for (int i = 0; i < TURNS; i++) {
        pthread_mutex_lock(&lock);
        locked++;
        pthread_mutex_unlock(&lock);
        atomic_fetch_add(&counted, 1);
        atomic_fetch_xor(&toggled, 1u << number);
        atomic_fetch_add(&small, 1); /* of a byte: lr and sc in a loop */
        uint32_t seen = atomic_load(&lowest), mine = number * TURNS + i;
        while (mine < seen && !atomic_compare_exchange_weak(&lowest, &seen, mine))
            ;
        seen = atomic_load(&highest);
        while (mine > seen && !atomic_compare_exchange_weak(&highest, &seen, mine))
            ;
        own += i;
        if (i % 256 == 0)
            sched_yield();
    }
    atomic_fetch_or(&bits, 1u << number);
    pthread_barrier_wait(&barrier);
    return (void *)own;
}

static int full, items;
static void *produce(void *argument)
{
    (void)argument;
    for (int i = 0; i < TURNS; i++) {
        pthread_mutex_lock(&lock);
        while (full)
            pthread_cond_wait(&cond, &lock);
        full = 1;
        pthread_cond_broadcast(&cond);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void consume(void)
{
    for (int i = 0; i < TURNS; i++) {
        pthread_mutex_lock(&lock);
        while (!full)
            pthread_cond_wait(&cond, &lock);
        full = 0;
        items++;
        pthread_cond_broadcast(&cond);
        pthread_mutex_unlock(&lock);
    }
}

static pthread_mutex_t robust;
static void *die_locked(void *argument)
{
    pthread_mutex_lock(&robust);
    return argument;
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static void *wait_at_gate(void *argument)
{
    atomic_fetch_add(&alive, 1);
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    return argument;
}

static void many(int count)
{
    pthread_t *threads = calloc(count, sizeof(*threads));
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 << 10);
    pthread_mutex_lock(&gate);
    for (long i = 0; i < count; i++)
        CHECK(pthread_create(&threads[i], &attributes, wait_at_gate, (void *)i) == 0);
    while (atomic_load(&alive) < count)
        sched_yield();
    pthread_mutex_unlock(&gate);
    for (long i = 0; i < count; i++) {
        void *result;
        CHECK(pthread_join(threads[i], &result) == 0 && result == (void *)i);
    }
    free(threads);
}

static int cleaned;
static void clean(void *argument)
{
    cleaned += *(int *)argument;
}

static sem_t begun;
static void *wait_for_end(void *argument)
{
    static int one = 1;
    pthread_cleanup_push(clean, &one);
    if (argument != NULL)
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    sem_post(&begun);
    if (argument == NULL)
        pause();
    for (;;)
        ;
    pthread_cleanup_pop(1);
    return NULL;
}

/* By a signal of libc's own, whose handler unwinds the stack, through the frame of
 * the signal too. */
static void cancelled(void)
{
    sem_init(&begun, 0, 0);
    for (long kind = 0; kind < 2; kind++) {
        pthread_t thread;
        void *result;
        CHECK(pthread_create(&thread, NULL, wait_for_end, (void *)kind) == 0);
        sem_wait(&begun);
        CHECK(pthread_cancel(thread) == 0 && pthread_join(thread, &result) == 0);
        CHECK(result == PTHREAD_CANCELED && cleaned == kind + 1);
    }
}

/* Of all threads: libc sends each a signal of its own. */
static void *same_user(void *argument)
{
    CHECK(setgid(getgid()) == 0 && setuid(getuid()) == 0);
    return argument;
}

static sem_t expired;
static void on_timer(union sigval value)
{
    CHECK(value.sival_int == 99);
    sem_post(&expired);
}

static void timer(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_value.sival_int = 99};
    struct itimerspec soon = {{0, 0}, {0, 1000000}};
    timer_t id;
    event.sigev_notify_function = on_timer;
    sem_init(&expired, 0, 0);
    CHECK(timer_create(CLOCK_MONOTONIC, &event, &id) == 0);
    CHECK(timer_settime(id, 0, &soon, NULL) == 0);
    while (sem_wait(&expired) < 0)
        ;
    CHECK(timer_delete(id) == 0);
}

static void *last(void *argument)
{
    pthread_join(*(pthread_t *)argument, NULL);
    printf("the last thread ends the process\n");
    fflush(stdout);
    exit(5);
}

int main(int argc, char **argv)
{
    pthread_t threads[WORKERS], other;
    pthread_barrier_init(&barrier, NULL, WORKERS + 1);
    for (long i = 0; i < WORKERS; i++)
        CHECK(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < WORKERS; i++) {
        void *result;
        CHECK(pthread_join(threads[i], &result) == 0);
        CHECK(result == (void *)((long)TURNS * (TURNS - 1) / 2));
    }
    CHECK(locked == WORKERS * TURNS && counted == WORKERS * TURNS);
    CHECK(lowest == 0 && highest == WORKERS * TURNS - 1);
    CHECK(toggled == 0 && bits == (1u << WORKERS) - 1);
    CHECK(small == (int8_t)(WORKERS * TURNS));
    CHECK(own == 0);

    CHECK(pthread_create(&other, NULL, produce, NULL) == 0);
    consume();
    CHECK(pthread_join(other, NULL) == 0 && items == TURNS);

    pthread_mutexattr_t attribute;
    pthread_mutexattr_init(&attribute);
    pthread_mutexattr_setrobust(&attribute, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&robust, &attribute);
    CHECK(pthread_create(&other, NULL, die_locked, NULL) == 0);
    CHECK(pthread_join(other, NULL) == 0);
    CHECK(pthread_mutex_lock(&robust) == EOWNERDEAD);
    CHECK(pthread_mutex_consistent(&robust) == 0 && pthread_mutex_unlock(&robust) == 0);

    cancelled();
    CHECK(pthread_create(&other, NULL, same_user, NULL) == 0 && pthread_join(other, NULL) == 0);
    timer();
    many(argc > 1 ? atoi(argv[1]) : 100);
    printf("threads: all as it should be\n");
    static pthread_t first;
    first = pthread_self();
    CHECK(pthread_create(&other, NULL, last, &first) == 0);
    pthread_exit(NULL);
}
