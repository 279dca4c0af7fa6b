/* SPDX-License-Identifier: MIT
 *
 * monitor.c: QEMU's monitor commands on events; see monitor.h.
 */
#include "runtime/monitor_words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/control_page.h"
#include "format/duration.h"
#include "format/pattern.h"

int monitor_usage(const struct command *c, FILE *err, const char *what)
{
    fprintf(err, "%s\nTry \"help %s\" for more information\n", what, c->first);
    return -1;
}

bool monitor_is_pattern(const char *name)
{
    return strpbrk(name, "*?") != NULL;
}

static bool matches(const char *pattern, const char *name)
{
    return monitor_is_pattern(pattern) ? pattern_match(pattern, name) : strcmp(pattern, name) == 0;
}

/* A pattern is silent in QEMU where nothing matches; we say so. */
static int nothing_matched(const char *pattern, FILE *err)
{
    fprintf(err,
            monitor_is_pattern(pattern) ? "no event matches \"%s\"\n" : "unknown event \"%s\"\n",
            pattern);
    return -1;
}

/* Whether any event can be switched for one CPU alone. */
static bool has_vcpu(const struct monitor_target *t)
{
    for (size_t i = 0; i < t->n_events; i++)
        if (t->event(t, i).vcpu)
            return true;
    return false;
}

/* The CPU that a word names, if it names one: -1 none. False: it was said why not.
 * Without events that have one it is passed over, as by QEMU since 8.1. */
static bool read_cpu(const struct monitor_target *t, const char *word, long *cpu, FILE *err)
{
    char *end;
    *cpu = -1;
    if (word == NULL)
        return true;
    long number = strtol(word, &end, 10);
    if (end == word || *end != '\0') {
        fprintf(err, "'%s' is no number of a vCPU\n", word);
        return false;
    }
    if (!has_vcpu(t))
        return true;
    if (number >= 0 && number <= UINT16_MAX && t->cpu(t, (unsigned)number)) {
        *cpu = number;
        return true;
    }
    if (number < 0)
        fprintf(err, "argument vcpu must be positive\n");
    else
        fprintf(err, "invalid vCPU index %ld\n", number);
    return false;
}

/* Whether an event that a name or pattern fits may be asked of one CPU: 1; 0: it is
 * passed over; -1: it was said that it has no state of its own for each. */
static int fits_cpu(const struct monitor_event *e, const char *name, long cpu, FILE *err)
{
    if (cpu < 0 || e->vcpu)
        return 1;
    if (monitor_is_pattern(name))
        return 0;
    fprintf(err, "event \"%s\" is not vCPU-specific\n", name);
    return -1;
}

static int info_events(const struct monitor_target *t, const struct command *c, int n,
                       const char *const *words, FILE *out, FILE *err)
{
    const char *pattern = n > 0 ? words[0] : "*";
    size_t matched = 0;
    long cpu;
    if (n > 2)
        return monitor_usage(c, err, "info: extraneous characters at the end of line");
    if (!read_cpu(t, n > 1 ? words[1] : NULL, &cpu, err))
        return -1;
    for (size_t i = t->n_events; i-- > 0;) {
        struct monitor_event e = t->event(t, i);
        if (!matches(pattern, e.name))
            continue;
        matched++;
        int fits = fits_cpu(&e, pattern, cpu, err);
        if (fits < 0)
            return -1;
        if (fits)
            fprintf(out, "%s : state %d\n", e.name,
                    cpu < 0 ? e.on : t->on_cpu(t, i, (unsigned)cpu));
    }
    return matched == 0 && n > 0 ? nothing_matched(pattern, err) : 0;
}

/* Switches events for one CPU. */
static int trace_event_cpu(const struct monitor_target *t, const char *name, bool on, long cpu,
                           FILE *err)
{
    size_t matched = 0;
    for (size_t i = 0; i < t->n_events; i++) {
        struct monitor_event e = t->event(t, i);
        if (!matches(name, e.name))
            continue;
        matched++;
        int fits = fits_cpu(&e, name, cpu, err);
        int error = fits > 0 && !e.disabled && (e.on != on || e.some)
                        ? t->set_cpu(t, i, (unsigned)cpu, on)
                        : 0;
        if (error < 0)
            fprintf(err, "event \"%s\" cannot be switched: %s\n", e.name,
                    error == -EBUSY ? "too many events differ from CPU to CPU" : strerror(-error));
        if (fits < 0 || error < 0)
            return -1;
    }
    return matched == 0 ? nothing_matched(name, err) : 0;
}

static int trace_event(const struct monitor_target *t, const struct command *c, int n,
                       const char *const *words, FILE *out, FILE *err)
{
    uint64_t ns = 0;
    (void)out;
    if (n == 0)
        return monitor_usage(c, err, "trace-event: string expected");
    if (n == 1 || (strcmp(words[1], "on") != 0 && strcmp(words[1], "off") != 0))
        return monitor_usage(c, err, "Expected 'on' or 'off'");
    bool on = strcmp(words[1], "on") == 0, timed = on && n == 4 && strcmp(words[2], "for") == 0;
    if (n > 3 && !timed)
        return monitor_usage(c, err, "trace-event: extraneous characters at the end of line");
    const char *end = timed ? duration_parse(words[3], &ns) : "";
    long cpu;
    if (end == NULL || *end != '\0' || (timed && ns == 0)) {
        fprintf(err, "'%s' is no time such as 5s, 200ms or 2min\n", words[3]);
        return -1;
    }
    if (!read_cpu(t, n == 3 ? words[2] : NULL, &cpu, err))
        return -1;
    if (cpu >= 0)
        return trace_event_cpu(t, words[0], on, cpu, err);
    return monitor_switch(t, words[0], on, ns, err) < 0 ? -1 : 0;
}

static int help(const struct monitor_target *t, const struct command *c, int n,
                const char *const *words, FILE *out, FILE *err);

static const struct command commands[] = {
    {"help", NULL, "[command]", "show the commands, or one", help, false, NULL},
    {"info", "trace-backends", "", "show how many events each backend has", monitor_info_backends,
     false, NULL},
    {"info", "trace-buffers", "", "show what is recorded, and what was lost", monitor_info_buffers,
     false, NULL},
    {"info", "trace-events", "[name] [vcpu]",
     "show available trace-events & their state (name: event name pattern; vcpu: vCPU to query, "
     "default is any)",
     info_events, true, NULL},
    {"snapshot", NULL, "path", "write what is in memory as a trace of its own", monitor_snapshot,
     false, NULL},
    {"trace-event", NULL, "name on|off [vcpu]|on for time",
     "changes status of a specific trace event (vcpu: vCPU to set, default is all)", trace_event,
     true, "on off"},
    {"trace-file", NULL, "on|off|flush|set [arg]",
     "open, close, or flush trace file, or set a new file name", monitor_trace_file, false, NULL},
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

const struct command *monitor_commands(size_t *n)
{
    *n = N_COMMANDS;
    return commands;
}

void monitor_print_help(const struct command *c, FILE *out)
{
    fprintf(out, "%s%s%s%s%s -- %s\n", c->first, c->second ? " " : "", c->second ? c->second : "",
            c->args[0] != '\0' ? " " : "", c->args, c->help);
}

static int help(const struct monitor_target *t, const struct command *c, int n,
                const char *const *words, FILE *out, FILE *err)
{
    (void)t;
    (void)c;
    bool found = false;
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (n == 0 ||
            (strcmp(words[0], commands[i].first) == 0 &&
             (n == 1 || (commands[i].second && strcmp(words[1], commands[i].second) == 0)))) {
            monitor_print_help(&commands[i], out);
            found = true;
        }
    if (!found)
        fprintf(err, "unknown command: '%s'\n", words[0]);
    return found ? 0 : -1;
}

int monitor_command(const struct monitor_target *t, int n, const char *const *words, FILE *out,
                    FILE *err)
{
    if (n == 0)
        return 0;
    for (size_t i = 0; i < N_COMMANDS; i++) {
        const struct command *c = &commands[i];
        if (strcmp(words[0], c->first) != 0)
            continue;
        if (c->second == NULL)
            return c->run(t, c, n - 1, words + 1, out, err);
        if (n > 1 && strcmp(words[1], c->second) == 0)
            return c->run(t, c, n - 2, words + 2, out, err);
    }
    fprintf(err,
            n > 1 && strcmp(words[0], "info") == 0 ? "unknown command: '%s %s'\n"
                                                   : "unknown command: '%s'\n",
            words[0], n > 1 ? words[1] : "");
    return -1;
}

static int split_fault(FILE *out, const char *what)
{
    if (out != NULL)
        fprintf(out, "%s\n", what);
    return -1;
}

int monitor_split(char *line, const char *words[MONITOR_WORDS_MAX], FILE *out)
{
    int n = 0;
    char *to = line;
    for (char *p = line;;) {
        while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
            p++;
        if (*p == '\0')
            return n;
        if (n == MONITOR_WORDS_MAX) {
            return split_fault(out, "too many words");
        }
        words[n++] = to;
        bool quoted = false;
        for (; *p != '\0' && (quoted || strchr(" \t\r\n", *p) == NULL); p++) {
            if (*p == '"')
                quoted = !quoted;
            else
                *to++ = *p;
        }
        if (quoted) {
            return split_fault(out, "unterminated string: a \" is missing");
        }
        bool last = *p == '\0';
        *to++ = '\0';
        if (last)
            return n;
        p++;
    }
}
