/* SPDX-License-Identifier: MIT
 *
 * spawn: runs several commands in turn, ROUNDS times, and prints for each one
 * line: the median wall time in microseconds from posix_spawn to its end, the
 * median processor time, and the largest peak of memory in KiB.
 *
 * usage: spawn ROUNDS -- COMMAND ARG... [-- COMMAND ARG...]...
 * Writes: nothing else; the commands' output goes to /dev/null.
 * Status: 1 as soon as a command cannot be started or fails: a figure of a
 *         failed run is none.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

enum { MAX_COMMANDS = 32 };

extern char **environ;

static struct command {
    char **argv;
    double *wall_us, *cpu_us;
    long peak_kib;
} commands[MAX_COMMANDS];
static size_t n_commands;

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double timeval_us(struct timeval t)
{
    return (double)t.tv_sec * 1e6 + (double)t.tv_usec;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof(double), by_value);
    return values[n / 2];
}

static void run(struct command *c, size_t round, posix_spawn_file_actions_t *actions)
{
    pid_t pid;
    struct rusage usage;
    int status;
    double start = now_us();
    int error = posix_spawnp(&pid, c->argv[0], actions, NULL, c->argv, environ);
    if (error) {
        fprintf(stderr, "spawn: %s: %s\n", c->argv[0], strerror(error));
        exit(1);
    }
    while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR)
        ;
    c->wall_us[round] = now_us() - start;
    c->cpu_us[round] = timeval_us(usage.ru_utime) + timeval_us(usage.ru_stime);
    if (status != 0) {
        fprintf(stderr, "spawn: %s: status %#x\n", c->argv[0], (unsigned)status);
        exit(1);
    }
    if (usage.ru_maxrss > c->peak_kib)
        c->peak_kib = usage.ru_maxrss;
}

static void parse(int argc, char **argv, size_t rounds)
{
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--") != 0)
            continue;
        argv[i] = NULL;
        if (n_commands == MAX_COMMANDS || i + 1 == argc) {
            fprintf(stderr, "spawn: 1 to %d commands\n", MAX_COMMANDS);
            exit(2);
        }
        struct command *c = &commands[n_commands++];
        c->argv = argv + i + 1;
        c->wall_us = calloc(rounds, sizeof(double));
        c->cpu_us = calloc(rounds, sizeof(double));
        if (!c->wall_us || !c->cpu_us)
            exit(1);
    }
}

int main(int argc, char **argv)
{
    size_t rounds = argc > 3 ? strtoul(argv[1], NULL, 10) : 0;
    if (rounds == 0 || strcmp(argv[2], "--") != 0) {
        fprintf(stderr, "usage: %s ROUNDS -- COMMAND ARG... [-- COMMAND ARG...]...\n", argv[0]);
        return 2;
    }
    parse(argc, argv, rounds);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < n_commands; i++)
            run(&commands[i], round, &actions);
    for (size_t i = 0; i < n_commands; i++) {
        struct command *c = &commands[i];
        printf("%.1f ", median(c->wall_us, rounds));
        printf("%.1f %ld\n", median(c->cpu_us, rounds), c->peak_kib);
    }
    return 0;
}
