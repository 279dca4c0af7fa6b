/* SPDX-License-Identifier: MIT
 *
 * etch.h: what a program may call. None of it is needed: events work, and
 * ETCH_TRACE is obeyed, without a line in main().
 */
#ifndef ETCH_ETCH_H
#define ETCH_ETCH_H

#include <etch/control.h>

#ifdef __cplusplus
extern "C" {
#endif
/* Ours is public even where the program is built with -fvisibility=hidden. */
#pragma GCC visibility push(default)

/* Takes tracing options out of a command line. argv points at one argument; if
 * it is `--trace STR`, `--trace=STR`, `-trace STR` or `-T STR`, it is carried
 * out. With the log backend it takes QEMU's `-D FILE` (its %d is the process id),
 * `-d trace:PATTERN[,trace:PATTERN...]` and `-msg timestamp=on|off`, too. Returns how many
 * arguments that were (1 or 2), 0 if the argument is none of ours, -ECANCELED after `--trace help`
 * (the events were listed on stdout: exit with 0), -EINVAL after an error that was printed. Not
 * thread-safe.
 *
 *     for (char **a = argv + 1; *a != NULL;) {
 *         int n = etch_option(a);
 *         if (n < 0)
 *             return n == -ECANCELED ? 0 : 1;
 *         a += n > 0 ? n : 1;
 *     }
 */
int etch_option(char **argv);

/* Carries out one --trace string, as above without the option's name:
 *   [enable=]PATTERN  switch events on; -PATTERN off; `*` and `?` are special
 *   events=FILE       patterns, one a line
 *   file=FILE         where the trace goes; else trace-PID
 *   ctf=DIR           where that of the ctf backend goes; else trace-PID.ctf
 *   policy=P          what happens when the pool is full: drop, block or overwrite
 *   buffer=SIZE       of the pool: bytes, or with suffix K, M, G
 *   ftrace=FILE       another trace_marker for the backend ftrace
 * joined by commas; a comma itself is doubled. 0, -ECANCELED, -EINVAL. */
int etch_trace(const char *string);

/* Waits until every event whose call has returned is in the trace file. 0,
 * -ESRCH if nothing was recorded yet, -ETIMEDOUT. Thread-safe. */
int etch_flush(void);

/* Carries out one line of QEMU's monitor on this process's events:
 *   info trace-events [PATTERN]       NAME : state 0|1, a line each
 *   trace-event NAME|PATTERN on|off|on for TIME
 *   trace-event "NAME if EXPR limit N/s" on
 *   trace-file [on|off|flush|set PATH], snapshot PATH
 *   info trace-buffers, info trace-backends
 *   help [COMMAND]
 * Answers and errors go to `out`. 0, or -EINVAL after an error. For programs
 * that own a prompt or a socket; etch/monitor.h has a prompt. Thread-safe. */
int etch_monitor_command(const char *line, FILE *out);

/* Calls add(arg, word) for each word that the last one of a line may become; an
 * empty one stands behind a blank. */
void etch_monitor_complete(const char *line, void (*add)(void *arg, const char *word), void *arg);

/* Prints the declaration of the event whose name is the last word of a line;
 * false: there is none. */
bool etch_monitor_hint(const char *line, FILE *out);

/* Where lines of the log backend go instead of stderr or file=: `sink` is called
 * with one whole line, its newline included, in the thread of the event. NULL
 * restores the default. */
void etch_log_set_sink(void (*sink)(const char *line, size_t length, void *data), void *data);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
