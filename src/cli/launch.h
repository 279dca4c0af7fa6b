/* SPDX-License-Identifier: MIT
 *
 * launch.h: the options that say how a program is traced, shared by `etch
 * record` and `etch trace`, and the environment that hands them to libetch.
 */
#ifndef ETCH_CLI_LAUNCH_H
#define ETCH_CLI_LAUNCH_H

#include <limits.h>
#include <stdint.h>

#include "cli/cli.h"

struct launch {
    const char **patterns; /* -e, in their order */
    size_t n_patterns;
    char events[PATH_MAX]; /* --events, absolute, or "" */
    const char *policy;    /* --policy */
    uint64_t buffer;       /* --buffer in bytes, 0: libetch's own default */
    uint64_t max_size;     /* --max-size in bytes, 0: none */
    uint64_t max_files;    /* --max-files, 0: all */
    const char **triggers; /* --trigger, in their order */
    size_t n_triggers;
    char preload[PATH_MAX]; /* --preload: absolute path of the library, or "" */
    const char *kernel;     /* --kernel: events of the kernel, or NULL */
    const char *marker;     /* for the backend ftrace: where they go, or NULL */
    const char *process;    /* -p: a program that runs: PID or NAME, or NULL */
    double seconds;         /* --for, 0: until it is ended */
    char path[PATH_MAX];    /* of the program */
    char **argv;            /* its arguments, NULL-ended */
    char **envp;            /* made by launch_environment() */
    char *added[2];         /* what of it is ours to free */
};

#define LAUNCH_OPTIONS                                                                             \
    {'e',                                                                                          \
     "enable",                                                                                     \
     "PATTERN",                                                                                    \
     "record the events whose names match: * any run, ? one character; with a leading - "          \
     "not these; \"NAME if size > 4096 limit 100/s\": see etch-conditions(7); may be given "       \
     "more than once; all events without it",                                                      \
     CLI_EVENT,                                                                                    \
     NULL},                                                                                        \
        {0, "events", "FILE", "patterns from a file, one a line", CLI_FILE, NULL},                 \
        {0,                                                                                        \
         "policy",                                                                                 \
         "POLICY",                                                                                 \
         "when the buffer is full: block (default) waits for the disk, drop counts what is lost, " \
         "overwrite keeps the last events only and writes them at the end",                        \
         CLI_WORDS,                                                                                \
         "block drop overwrite"},                                                                  \
        {0,        "buffer", "SIZE", "bytes a process for what is not yet written, such as 16M",   \
         CLI_NONE, NULL},                                                                          \
    {                                                                                              \
        0, "preload", "LIBRARY",                                                                   \
            "load an instrumented library into the program: heap (malloc and free) or a FILE",     \
            CLI_FILE, "heap"                                                                       \
    }

/* Of a recording that may be long. */
#define FLIGHT_OPTIONS                                                                              \
    {0,                                                                                             \
     "flight",                                                                                      \
     "SIZE",                                                                                        \
     "keep the last events only, in SIZE bytes of memory a process: what led to a crash, to the "   \
     "end, to a trigger or to `etch snapshot`; short for --policy overwrite --buffer SIZE",         \
     CLI_NONE,                                                                                      \
     NULL},                                                                                         \
        {0,                                                                                         \
         "trigger",                                                                                 \
         "TRIGGER",                                                                                 \
         "write what is kept when an event happens: `NAME [if CONDITION], before TIME, after "      \
         "TIME`; the end of the program alone writes nothing then; may be given more than once",    \
         CLI_NONE,                                                                                  \
         NULL},                                                                                     \
        {0, "max-size", "SIZE", "begin another trace file when one has that size", CLI_NONE, NULL}, \
    {                                                                                               \
        0, "max-files", "N", "keep the last N of them, and remove the older", CLI_NONE, NULL        \
    }

/* Takes the options of LAUNCH_OPTIONS, FLIGHT_OPTIONS and -o, and finds the program. CLI_OK, or
 * 126, 127, CLI_USAGE or CLI_FAILURE having said why. */
int launch_parse(struct launch *l, const struct cli_command *self, int argc, char **argv,
                 const char **output);

/* Makes the environment of the program: ours with ETCH_TRACE, so that traces go
 * to `dir`, and LD_PRELOAD. CLI_OK, or CLI_FAILURE having said why. */
int launch_environment(struct launch *l, const struct cli_command *self, const char *dir);

void launch_free(struct launch *l);

#endif
