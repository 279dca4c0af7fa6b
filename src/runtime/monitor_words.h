/* SPDX-License-Identifier: MIT
 *
 * monitor_words.h: what the monitor's files share: its table of commands.
 */
#ifndef ETCH_RUNTIME_MONITOR_WORDS_H
#define ETCH_RUNTIME_MONITOR_WORDS_H

#include "runtime/monitor.h"

struct command {
    const char *first, *second; /* "info" "trace-events"; second NULL: one word */
    const char *args, *help;
    int (*run)(const struct monitor_target *t, const struct command *c, int n,
               const char *const *words, FILE *out, FILE *err);
    bool events; /* its first argument is an event */
    const char *words;
};

const struct command *monitor_commands(size_t *n);

/* "WHAT", and where to read more; -1. */
int monitor_usage(const struct command *c, FILE *err, const char *what);
void monitor_print_help(const struct command *c, FILE *out);

/* monitor_file.c */
int monitor_info_backends(const struct monitor_target *t, const struct command *c, int n,
                          const char *const *words, FILE *out, FILE *err);
int monitor_info_buffers(const struct monitor_target *t, const struct command *c, int n,
                         const char *const *words, FILE *out, FILE *err);
int monitor_trace_file(const struct monitor_target *t, const struct command *c, int n,
                       const char *const *words, FILE *out, FILE *err);
int monitor_snapshot(const struct monitor_target *t, const struct command *c, int n,
                     const char *const *words, FILE *out, FILE *err);

#endif
