/* SPDX-License-Identifier: MIT
 *
 * logger.c: events of the log backend, by threads and processes:
 *
 *     logger lines PROCESSES THREADS N    N lines a thread
 *     logger long BYTES | ten | sink | both N | late FILE
 */
#include <etch/etch.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef LOGGER_ONLY
#include "trace-both.h"
#endif
#include "trace-log.h"

static uint64_t lines, process;

static void *log_lines(void *argument)
{
    uint64_t who = process * 100 + (uint64_t)(uintptr_t)argument;
    for (uint64_t n = 0; n < lines; n++)
        trace_log_line(who, n, "0123456789abcdefghijklmnopqrstuvwxyz");
    return NULL;
}

static void log_threads(uint64_t threads)
{
    pthread_t thread[64];
    for (uint64_t i = 0; i < threads && i < 64; i++)
        pthread_create(&thread[i], NULL, log_lines, (void *)(uintptr_t)i);
    for (uint64_t i = 0; i < threads && i < 64; i++)
        pthread_join(thread[i], NULL);
}

static void log_processes(uint64_t processes, uint64_t threads)
{
    for (process = 1; process < processes; process++)
        if (fork() == 0) {
            log_threads(threads);
            exit(0);
        }
    process = 0;
    log_threads(threads);
    while (wait(NULL) > 0)
        ;
}

static void log_long(size_t size)
{
    char *text = malloc(size + 1);
    if (text == NULL)
        exit(1);
    memset(text, 'x', size);
    text[size] = '\0';
    trace_log_line(1, 2, text);
    free(text);
}

static void log_ten(void)
{
    trace_log_ten(-1, 2, -3, 0xdeadbeefcafe, (void *)0x1234, "six", 'g', 8, -9, 10);
    trace_log_line(0, 0, NULL);
}

static void sink(const char *line, size_t length, void *data)
{
    if (strlen(line) == length && line[length - 1] == '\n')
        printf("%s %s", (const char *)data, line);
}

static void log_sink(void)
{
    trace_log_line(1, 1, "before");
    etch_log_set_sink(sink, (void *)"sunk");
    trace_log_line(2, 2, "within");
    etch_log_set_sink(NULL, NULL);
    trace_log_line(3, 3, "after");
}

/* The children are first to write; the parent comes last. */
static void log_late(void)
{
    for (process = 1; process < 4; process++) {
        if (fork() == 0) {
            trace_log_line(process, 0, "child");
            exit(0);
        }
        wait(NULL);
    }
    trace_log_line(0, 0, "parent");
}

int main(int argc, char **argv)
{
    uint64_t number[3] = {0};
    for (int i = 2; i < argc && i < 5; i++)
        number[i - 2] = strtoull(argv[i], NULL, 0);
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "lines") == 0) {
        lines = number[2];
        log_processes(number[0], number[1]);
    } else if (strcmp(what, "long") == 0) {
        log_long(number[0]);
    } else if (strcmp(what, "ten") == 0) {
        log_ten();
    } else if (strcmp(what, "sink") == 0) {
        log_sink();
    } else if (strcmp(what, "late") == 0) {
        log_late();
    } else {
        for (uint64_t n = 0; n < number[0]; n++)
            trace_both_tick(0, n);
    }
    return 0;
}
