/* SPDX-License-Identifier: MIT
 *
 * fire.c: fires what the words of its command line say, one after the other:
 *
 *     all           each event once
 *     count T N     N events "counted" in each of T threads
 *     long N        "text" with a string of N bytes
 *     null          "text" with a NULL string
 *     percent       "text" with conversions in its string
 *     wait          says "ready" on stdout and waits for a line on stdin
 *     fork          the rest is done by two processes
 *     state         prints whether "two" is wanted, and whether by its word
 *     crash         dies of SIGSEGV
 *     lazy          computes the argument of "one" only if it is wanted
 *
 * and takes --trace, -d, -D and -msg as etch_option() does. Includes
 * trace-fire.h, generated with the backends under test.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <etch/etch.h>

#include "trace-fire.h"

static void fire_all(void)
{
    void *p = (void *)(uintptr_t)0x1234;
    char *text = NULL;
    trace_none();
    trace_one(-1);
    trace_two(0xdeadbeefcafeULL, 18446744073709551615ULL);
    trace_text("some text", 7);
    trace_six(1, 2, 3, 4, 5, 6);
    trace_ten(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    trace_widths(-1, 255, -2, 65535, -3, 4294967295u, -4, 18446744073709551615ULL, true, 42);
    trace_pointers(p, &text, "pointed");
    trace_no_format(1, "unseen");
    trace_off(1);
}

static pid_t forked; /* the child, of its parent */
static unsigned count_each;

static void *count_thread(void *number)
{
    for (unsigned i = 0; i < count_each; i++)
        trace_counted((unsigned)(uintptr_t)number, i);
    return NULL;
}

static void count(unsigned threads, unsigned each)
{
    pthread_t ids[64];
    count_each = each;
    for (unsigned i = 0; i < threads && i < 64; i++)
        if (pthread_create(&ids[i], NULL, count_thread, (void *)(uintptr_t)i) != 0)
            exit(1);
    for (unsigned i = 0; i < threads && i < 64; i++)
        pthread_join(ids[i], NULL);
}

static void fire_long(size_t size)
{
    char *s = (char *)malloc(size + 1);
    memset(s, 'x', size);
    s[size] = '\0';
    trace_text(s, 1);
    free(s);
}

static void wait_for_line(void)
{
    char line[16];
    puts("ready");
    fflush(stdout);
    if (fgets(line, sizeof(line), stdin) == NULL)
        exit(1);
}

static void fork_here(void)
{
    pid_t pid = fork();
    if (pid < 0)
        exit(1);
    if (pid > 0)
        forked = pid;
}

static int expensive(void)
{
    puts("computed");
    return 5;
}

/* One word; how many of argv it took. */
static int word(char **argv)
{
    if (strcmp(argv[0], "all") == 0)
        fire_all();
    else if (strcmp(argv[0], "null") == 0)
        trace_text(NULL, 0);
    else if (strcmp(argv[0], "percent") == 0)
        trace_text("100%s %n %d", 3);
    else if (strcmp(argv[0], "wait") == 0)
        wait_for_line();
    else if (strcmp(argv[0], "fork") == 0)
        fork_here();
    else if (strcmp(argv[0], "crash") == 0)
        raise(SIGSEGV);
    else if (strcmp(argv[0], "state") == 0)
        printf("wanted %d word %d\n", trace_event_get_state_backends(TRACE_TWO) ? 1 : 0,
               trace_event_get_state(TRACE_TWO) ? 1 : 0);
    else if (strcmp(argv[0], "lazy") == 0 && trace_event_get_state_backends(TRACE_ONE))
        trace_one(expensive());
    else if (strcmp(argv[0], "long") == 0 && argv[1] != NULL)
        return fire_long(strtoul(argv[1], NULL, 0)), 2;
    else if (strcmp(argv[0], "count") == 0 && argv[1] != NULL && argv[2] != NULL)
        return count((unsigned)atoi(argv[1]), (unsigned)atoi(argv[2])), 3;
    return 1;
}

int main(int argc, char **argv)
{
    (void)argc;
    for (char **a = argv + 1; *a != NULL;) {
        int n = etch_option(a);
        if (n < 0)
            return n == -ECANCELED ? 0 : 1;
        a += n > 0 ? n : word(a);
    }
    if (forked > 0)
        waitpid(forked, NULL, 0);
    return 0;
}
