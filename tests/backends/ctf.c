/* SPDX-License-Identifier: MIT
 *
 * ctf.c: fires what the words of its command line say, one after the other:
 *
 *     all           each event of each type, with values at their limits
 *     count T N     N events "c_count" in each of T threads, beside as many in
 *                   handlers of signals that interrupt them; says of each thread
 *                   "fired TID LEVEL N", as far as they were called
 *     once T        one event in each of T threads that live at the same time
 *     fork          one event in a child, which it waits for
 *     hold          says "ready" on stdout and waits for the end of stdin
 *     die           kills itself
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace-ctf.h"

static void fire_all(void)
{
    char text[] = "caf\303\251 \"quoted\" back\\slash";
    trace_c_none();
    trace_c_signed(INT8_MIN, INT16_MIN, INT32_MIN, INT64_MIN, -1, -1, -1, -1, -1);
    trace_c_signed(1, 2, 3, 4, 5, 6, 7, 8, 9);
    trace_c_unsigned(UINT8_MAX, UINT16_MAX, UINT32_MAX, UINT64_MAX, 1, 2, 3, 4, 5);
    trace_c_long_long(-1, UINT64_MAX, -5, 0xabc);
    trace_c_other(true, false, 'x', (void *)(uintptr_t)0xdeadbeefcafe, NULL);
    trace_c_text("plain", text);
    trace_c_text("", NULL);
    trace_c_text("(null)", "tab\tand\nline");
    trace_c_words(1, 2, 3, 4, 5, 6, 7, 8);
    trace_c_ten(1, 2, 3, 4, 5, 6, 7, 8, 9, -10);
    trace_c_real(1.5f, -0.25);
    trace_c_off(1);
}

static unsigned count_each;
static __thread volatile unsigned handled;

static void handler(int signal)
{
    (void)signal;
    trace_c_count(1, handled);
    handled++;
}

/* Threads that count take them; what others would fire is not counted. */
static void signals(int how)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(how, &all, NULL);
}

static void *count_thread(void *unused)
{
    signals(SIG_UNBLOCK);
    for (unsigned i = 0; i < count_each; i++) {
        trace_c_count(0, i);
        if (i % 8 == 0)
            pthread_kill(pthread_self(), SIGUSR1);
    }
    signals(SIG_BLOCK);
    printf("fired %ld %u %u\n", syscall(SYS_gettid), count_each, handled);
    return unused;
}

static pthread_barrier_t together;

static void *once_thread(void *number)
{
    trace_c_count(2, (unsigned)(uintptr_t)number);
    pthread_barrier_wait(&together);
    return NULL;
}

static void threads(unsigned n, void *(*run)(void *))
{
    pthread_t *ids = (pthread_t *)calloc(n, sizeof(*ids));
    for (unsigned i = 0; i < n; i++)
        if (pthread_create(&ids[i], NULL, run, (void *)(uintptr_t)i) != 0)
            exit(1);
    for (unsigned i = 0; i < n; i++)
        pthread_join(ids[i], NULL);
    free(ids);
}

static void child(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        trace_c_count(3, 1);
        exit(0);
    }
    waitpid(pid, NULL, 0);
    printf("child %d\n", (int)pid);
}

static void hold(void)
{
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF)
        ;
}

int main(int argc, char **argv)
{
    /* Signals that come at any moment, beside those that a thread sends itself. */
    const struct itimerval often = {{0, 100}, {0, 100}}, never = {{0, 0}, {0, 0}};
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGALRM, &action, NULL);
    signals(SIG_BLOCK);
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (strcmp(word, "all") == 0) {
            fire_all();
        } else if (strcmp(word, "count") == 0) {
            count_each = (unsigned)atoi(argv[i + 2]);
            setitimer(ITIMER_REAL, &often, NULL);
            threads((unsigned)atoi(argv[i + 1]), count_thread);
            setitimer(ITIMER_REAL, &never, NULL);
            i += 2;
        } else if (strcmp(word, "once") == 0) {
            unsigned n = (unsigned)atoi(argv[++i]);
            pthread_barrier_init(&together, NULL, n);
            threads(n, once_thread);
        } else if (strcmp(word, "fork") == 0) {
            child();
        } else if (strcmp(word, "hold") == 0) {
            hold();
        } else if (strcmp(word, "die") == 0) {
            kill(getpid(), SIGKILL);
        } else {
            return 2;
        }
    }
    return 0;
}
