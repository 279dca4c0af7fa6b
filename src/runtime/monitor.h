/* SPDX-License-Identifier: MIT
 *
 * monitor.h: QEMU's monitor commands on events, the same in a program's own
 * prompt (libetch) and from outside (etch ctl, etch monitor).
 *
 * Reads:  words that somebody typed.
 * Writes: answers, in QEMU's words where QEMU has any.
 * Never:  knows how an event is reached: that is the target's.
 */
#ifndef ETCH_RUNTIME_MONITOR_H
#define ETCH_RUNTIME_MONITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "format/control_page.h"

struct monitor_event {
    const char *name;
    const char *args;   /* as declared */
    const char *format; /* likewise, with its quotes */
    const char *kinds;  /* of the arguments, a letter each (format/kind.h) */
    uint8_t long_size, ptr_size;
    bool char_signed;
    bool disabled; /* declared so */
    bool vcpu;     /* likewise */
    bool on;       /* for all CPUs, or for some */
    bool some;     /* off for others */
    bool lent;     /* on, but for `etch record -p` alone */
};

/* What becomes of the events, and the command that waits for the first one
 * (format/control_page.h: "start on|off [PATH]"), or "". */
struct monitor_recording {
    struct etch_control_recording now;
    char waiting[ETCH_CONTROL_TEXT];
};

#define MONITOR_BACKENDS 32

/* What the commands work on. Events are numbered in order of registration. */
struct monitor_target {
    size_t n_events;
    /* Event i as it is now. */
    struct monitor_event (*event)(const struct monitor_target *target, size_t i);
    /* Stores the enable word (etch/word.h) of n events from i on. 0 or -errno. */
    int (*set)(const struct monitor_target *target, size_t i, size_t n, uint16_t word);
    /* Whether there is a CPU of that number; for one that is there, whether event i,
     * which has the property vcpu, is on for it, and the switch: 0, -EBUSY when too
     * many events differ from CPU to CPU, or -errno. */
    bool (*cpu)(const struct monitor_target *target, unsigned cpu);
    bool (*on_cpu)(const struct monitor_target *target, size_t i, unsigned cpu);
    int (*set_cpu)(const struct monitor_target *target, size_t i, unsigned cpu, bool on);
    /* Starts a timer that ends in so many nanoseconds (format/control_page.h): its
     * number, or -errno. */
    int (*timer)(const struct monitor_target *target, uint64_t ns);
    /* Makes a rule known, before the words of its events say that there is one
     * (ETCH_CONTROL_RULED). 0 or -errno. */
    int (*rule)(const struct monitor_target *target, const char *rule);
    int (*recording)(const struct monitor_target *target, struct monitor_recording *recording);
    /* Has the drain carry out a command, or leaves it to the first event, if it begins
     * with "start ". 0 or -errno; *said: what there is to say. */
    int (*command)(const struct monitor_target *target, const char *command,
                   char said[ETCH_CONTROL_TEXT]);
    /* How many events each backend has, by its bit. */
    void (*backends)(const struct monitor_target *target, size_t events[MONITOR_BACKENDS]);
    void *data;
};

#define MONITOR_WORDS_MAX 16

/* Takes a line apart in place: blanks separate, "..." holds together. The number
 * of words, or -1 with what is wrong on `out`, if that is not NULL. */
int monitor_split(char *line, const char *words[MONITOR_WORDS_MAX], FILE *out);

/* Carries out one command. What it prints goes to `out`, its errors to `err`
 * (the same in a prompt). 0; -1: an error that was printed. */
int monitor_command(const struct monitor_target *target, int n, const char *const *words, FILE *out,
                    FILE *err);

/* ---- for etch ctl --json ---- */

/* Whether a name is one of several: has * or ?. */
bool monitor_is_pattern(const char *name);

/* Switches the events of `NAME|PATTERN [if EXPR] [limit N/s]`, for a while if ns is
 * not 0. How many that are, disabled ones among them; -1: an error that was printed. */
long monitor_switch(const struct monitor_target *target, const char *text, bool on, uint64_t ns,
                    FILE *err);

/* `trace-file on|off|flush|set PATH` and `snapshot PATH`, as format/control_page.h has
 * them; *said: what there is to say. 0 or -errno; 1: it holds from the first event on. */
int monitor_file(const struct monitor_target *target, const char *verb, const char *path,
                 char said[ETCH_CONTROL_TEXT]);

/* Why such a command failed where it said nothing. */
const char *monitor_reason(int error);
const char *monitor_policy(uint32_t policy);

/* ---- for prompts ---- */

/* The candidates for the last word of a line, an empty one behind a blank, as a
 * prompt completes them: calls add for each. */
void monitor_complete(const struct monitor_target *target, const char *line,
                      void (*add)(void *arg, const char *word), void *arg);

/* Shows the declaration of the event whose whole name is the last word of a
 * line. False: there is none. */
bool monitor_hint(const struct monitor_target *target, const char *line, FILE *out);

#endif
