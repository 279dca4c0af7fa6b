/* SPDX-License-Identifier: MIT
 *
 * settings.h: the keys of --trace and ETCH_TRACE (settings.c).
 */
#ifndef ETCH_RUNTIME_SETTINGS_H
#define ETCH_RUNTIME_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "condition/condition.h"
#include "runtime/folder.h"

enum etch_log_time { ETCH_LOG_TIME_UNSET, ETCH_LOG_TIME_ON, ETCH_LOG_TIME_OFF };

struct settings {
    char file[PATH_SIZE];   /* file=, as given; "" is trace-PID */
    char dir[PATH_SIZE];    /* dir=: the folder of `etch record`, or "" */
    char ftrace[PATH_SIZE]; /* ftrace=: another trace_marker, or "" */
    char log[PATH_SIZE];    /* -D: file of the log backend, or "" */
    uint32_t log_time;      /* -msg timestamp=: enum etch_log_time */
    uint32_t policy;        /* enum etch_policy */
    uint64_t buffer;        /* bytes of packets */
    uint32_t packet;        /* bytes of one, if there is room for some of that size */
    uint32_t pid;           /* the process that file= or ctf= was given to */
    char ctf[PATH_SIZE];    /* ctf=, as given; "" is trace-PID.ctf */
    uint64_t max_size;      /* max-size=: bytes of one file of a trace, 0: no bound */
    uint64_t max_files;     /* max-files=: how many are kept, 0: all */
    char set[PATH_SIZE];    /* `trace-file set` before anything was recorded, or "" */
    bool off;               /* `trace-file off`, likewise */
    uint32_t n_triggers;
    struct etch_around triggers[ETCH_TRIGGERS_MAX]; /* how much of a pool that is overwritten */
};
extern struct settings etch_settings;

/* "PROGRAM: WHOLE: TEXTDETAIL" on stderr; -EINVAL. */
int etch_setting_refused(const char *whole, const char *text, const char *detail);

/* Reads ETCH_TRACE once, unless the program runs with raised privileges. Safe
 * before libc is initialised: then it reads /proc/self/environ. */
void etch_settings_load(void);

/* Takes `start on|off [PATH]`, of format/control_page.h: how the recording begins.
 * 0 or -EINVAL. */
int etch_settings_start(const char *command);

/* The value of an environment variable, by the same rules: NULL if unset or
 * not to be trusted. */
const char *etch_environment(const char *name);

#endif
