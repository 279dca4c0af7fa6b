/* SPDX-License-Identifier: MIT
 *
 * monitor.c: QEMU's monitor commands on events; see monitor.h.
 */
#include "runtime/monitor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/control_page.h"
#include "format/duration.h"
#include "format/pattern.h"

#define LINE_SIZE 1024

struct command {
    const char *first, *second; /* "info" "trace-events"; second NULL: one word */
    const char *args, *help;
    int (*run)(const struct monitor_target *t, const struct command *c, int n,
               const char *const *words, FILE *out, FILE *err);
    bool events; /* its first argument is an event */
    const char *words;
};

static int usage(const struct command *c, FILE *err, const char *what)
{
    fprintf(err, "%s%s\nTry \"help %s\" for more information\n", what, strchr(what, '\'') ? "" : "",
            c->first);
    return -1;
}

static bool is_pattern(const char *name)
{
    return strpbrk(name, "*?") != NULL;
}

static bool matches(const char *pattern, const char *name)
{
    return is_pattern(pattern) ? pattern_match(pattern, name) : strcmp(pattern, name) == 0;
}

/* A pattern is silent in QEMU where nothing matches; we say so. */
static int nothing_matched(const char *pattern, FILE *err)
{
    fprintf(err, is_pattern(pattern) ? "no event matches \"%s\"\n" : "unknown event \"%s\"\n",
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
    if (is_pattern(name))
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
        return usage(c, err, "info: extraneous characters at the end of line");
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

/* The enable word of an event that is on for a while. */
static bool timed_word(const struct monitor_target *t, const char *time, uint16_t *word, FILE *err)
{
    uint64_t ns;
    const char *end = duration_parse(time, &ns);
    if (end == NULL || *end != '\0') {
        fprintf(err, "'%s' is no time such as 5s, 200ms or 2min\n", time);
        return false;
    }
    int timer = t->timer(t, ns);
    if (timer < 0) {
        fprintf(err, "no timer can be started: %s\n",
                timer == -EBUSY ? "all are in use" : strerror(-timer));
        return false;
    }
    *word = ETCH_CONTROL_TIMED((unsigned)timer);
    return true;
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
    (void)out;
    if (n == 0)
        return usage(c, err, "trace-event: string expected");
    if (n == 1 || (strcmp(words[1], "on") != 0 && strcmp(words[1], "off") != 0))
        return usage(c, err, "Expected 'on' or 'off'");
    bool on = strcmp(words[1], "on") == 0, timed = on && n == 4 && strcmp(words[2], "for") == 0;
    if (n > 3 && !timed)
        return usage(c, err, "trace-event: extraneous characters at the end of line");
    uint16_t word = on;
    long cpu = -1;
    if (timed ? !timed_word(t, words[3], &word, err)
              : !read_cpu(t, n == 3 ? words[2] : NULL, &cpu, err))
        return -1;
    if (cpu >= 0)
        return trace_event_cpu(t, words[0], on, cpu, err);
    size_t matched = 0, run = 0; /* events before i that one call switches */
    for (size_t i = 0; i <= t->n_events; i++) {
        struct monitor_event e = {.disabled = true};
        if (i < t->n_events)
            e = t->event(t, i);
        bool is_meant = e.name != NULL && matches(words[0], e.name);
        matched += is_meant;
        if (is_meant && !e.disabled && (e.on != on || e.some || e.lent || timed)) {
            run++;
            continue;
        }
        int error = run > 0 ? t->set(t, i - run, run, word) : 0;
        if (error < 0) {
            fprintf(err, "event \"%s\" cannot be switched: %s\n", t->event(t, i - run).name,
                    strerror(-error));
            return -1;
        }
        run = 0;
    }
    return matched == 0 ? nothing_matched(words[0], err) : 0;
}

static int help(const struct monitor_target *t, const struct command *c, int n,
                const char *const *words, FILE *out, FILE *err);

static const struct command commands[] = {
    {"help", NULL, "[command]", "show the commands, or one", help, false, NULL},
    {"info", "trace-events", "[name] [vcpu]",
     "show available trace-events & their state (name: event name pattern; vcpu: vCPU to query, "
     "default is any)",
     info_events, true, NULL},
    {"trace-event", NULL, "name on|off [vcpu]|on for time",
     "changes status of a specific trace event (vcpu: vCPU to set, default is all)", trace_event,
     true, "on off"},
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(const struct command *c, FILE *out)
{
    fprintf(out, "%s%s%s %s -- %s\n", c->first, c->second ? " " : "", c->second ? c->second : "",
            c->args, c->help);
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
            print_help(&commands[i], out);
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

/* ---- completion ---- */

static void complete_words(const char *list, const char *prefix,
                           void (*add)(void *arg, const char *word), void *arg)
{
    for (const char *w = list; w != NULL && *w != '\0'; w += strspn(w, " ")) {
        char word[32];
        size_t length = strcspn(w, " ");
        if (length < sizeof(word) && strncmp(w, prefix, strlen(prefix)) == 0) {
            memcpy(word, w, length);
            word[length] = '\0';
            add(arg, word);
        }
        w += length;
    }
}

static void complete_events(const struct monitor_target *t, const char *prefix,
                            void (*add)(void *arg, const char *word), void *arg)
{
    for (size_t i = 0; i < t->n_events; i++) {
        const char *name = t->event(t, i).name;
        if (strncmp(name, prefix, strlen(prefix)) == 0)
            add(arg, name);
    }
}

static void complete_commands(const char *first, const char *prefix,
                              void (*add)(void *arg, const char *word), void *arg)
{
    const char *before = "";
    for (size_t i = 0; i < N_COMMANDS; i++) {
        const char *word = first == NULL ? commands[i].first : commands[i].second;
        if ((first != NULL && strcmp(first, commands[i].first) != 0) || word == NULL ||
            strcmp(word, before) == 0 || strncmp(word, prefix, strlen(prefix)) != 0)
            continue;
        add(arg, before = word);
    }
}

static void complete_argument(const struct monitor_target *t, int n, const char *const *words,
                              void (*add)(void *arg, const char *word), void *arg)
{
    for (size_t i = 0; i < N_COMMANDS; i++) {
        const struct command *c = &commands[i];
        int at = c->second == NULL ? 1 : 2;
        if (strcmp(words[0], c->first) != 0 ||
            (c->second != NULL && (n < 3 || strcmp(words[1], c->second) != 0)))
            continue;
        if (n == at + 1 && c->events)
            complete_events(t, words[at], add, arg);
        if (n == at + 2)
            complete_words(c->words, words[at + 1], add, arg);
    }
}

void monitor_complete(const struct monitor_target *t, const char *line,
                      void (*add)(void *arg, const char *word), void *arg)
{
    char copy[LINE_SIZE];
    const char *words[MONITOR_WORDS_MAX];
    size_t length = strlen(line);
    if (length >= sizeof(copy))
        return;
    memcpy(copy, line, length + 1);
    int n = monitor_split(copy, words, NULL);
    if (n >= 0 && n < MONITOR_WORDS_MAX && (length == 0 || line[length - 1] == ' '))
        words[n++] = "";
    if (n == 1 || (n == 2 && strcmp(words[0], "help") == 0)) {
        complete_commands(NULL, words[n - 1], add, arg);
    } else if (n > 1) {
        if (n == 2)
            complete_commands(words[0], words[1], add, arg);
        complete_argument(t, n, words, add, arg);
    }
}

bool monitor_hint(const struct monitor_target *t, const char *line, FILE *out)
{
    size_t end = strlen(line);
    while (end > 0 && line[end - 1] == ' ')
        end--;
    size_t from = end;
    while (from > 0 && line[from - 1] != ' ')
        from--;
    for (size_t i = 0; i < t->n_events; i++) {
        struct monitor_event e = t->event(t, i);
        if (end - from != strlen(e.name) || strncmp(line + from, e.name, end - from) != 0)
            continue;
        fprintf(out, "%s(%s) %s\n", e.name, e.args, e.format);
        return true;
    }
    return false;
}
