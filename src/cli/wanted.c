/* SPDX-License-Identifier: MIT
 *
 * wanted.c: see wanted.h. A condition goes to the program as a rule, before the words of
 * its events say that there is one.
 *
 * Reads:  --events; declarations of the program.
 * Writes: rules and enable words; messages.
 */
#include "cli/wanted.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/pattern.h"

static int fail(const struct wanted *w, char *error, int code)
{
    cli_error(w->command, "%s", error ? error : strerror(-code));
    free(error);
    return CLI_FAILURE;
}

static int add_pattern(struct wanted *w, const char *text)
{
    struct wanted_pattern *more = realloc(w->patterns, (w->n_patterns + 1) * sizeof(*more));
    if (!more)
        return fail(w, NULL, -ENOMEM);
    size_t length = strlen(text);
    w->patterns = more;
    more[w->n_patterns++] =
        (struct wanted_pattern){.text = text, .clause = etch_clause_find(text, length) < length};
    return CLI_OK;
}

/* As libetch takes such a file: a pattern a line, blanks around it are none of it. */
static int add_file(struct wanted *w, const char *path)
{
    size_t size;
    int status = CLI_OK, error = cli_read_file(path, &w->file, &size);
    if (error < 0) {
        cli_error(w->command, "%s: %s", path, strerror(-error));
        return CLI_FAILURE;
    }
    for (char *line = w->file, *next; status == CLI_OK && line; line = next) {
        size_t length = strcspn(line, "\n");
        next = line[length] ? line + length + 1 : NULL;
        while (length > 0 && strchr(" \t\r", line[length - 1]))
            length--;
        line[length] = '\0';
        line += strspn(line, " \t");
        if (line[0] == '\0' || line[0] == '#')
            continue;
        status = cli_pattern_check(w->command, line, true);
        if (status == CLI_OK)
            status = add_pattern(w, line);
    }
    return status;
}

int wanted_open(struct wanted *w, const struct cli_command *self, const struct launch *l,
                struct attach *attach)
{
    *w = (struct wanted){.command = self, .attach = attach};
    int status = CLI_OK;
    for (size_t i = 0; i < l->n_patterns && status == CLI_OK; i++)
        status = add_pattern(w, l->patterns[i]);
    if (status == CLI_OK && l->events[0])
        status = add_file(w, l->events);
    w->all = l->n_patterns == 0 && !l->events[0];
    return status;
}

void wanted_close(struct wanted *w)
{
    free(w->patterns);
    free(w->file);
    *w = (struct wanted){0};
}

/* ---- which events ---- */

/* Whether the event has what the pattern's condition speaks of. */
static bool suits(struct wanted_pattern *p, const struct attach_event *e)
{
    const struct etch_declared event = {e->name,      e->args,     e->kinds,
                                        e->long_size, e->ptr_size, e->char_signed};
    size_t length = strlen(p->text);
    return etch_clause_suits(p->text, length, etch_clause_find(p->text, length), &event,
                             &p->refused);
}

/* What decides on an event; NULL: it is not wanted. */
static struct wanted_pattern *decides(struct wanted *w, const struct attach_event *e)
{
    static struct wanted_pattern every;
    struct wanted_pattern *found = w->all ? &every : NULL;
    if (e->disabled)
        return NULL;
    for (size_t i = 0; i < w->n_patterns; i++)
        if (cli_pattern_matches(w->patterns[i].text, e->name))
            found = w->patterns[i].text[0] != '-' ? &w->patterns[i] : NULL;
    return found && found->clause && !suits(found, e) ? NULL : found;
}

/* The rules of those that are new, in the order of their patterns. */
static int give_rules(struct wanted *w)
{
    for (size_t i = 0; i < w->n_patterns; i++) {
        struct wanted_pattern *p = &w->patterns[i];
        int error = p->used ? attach_rule(w->attach, p->text) : 0;
        p->used = false;
        if (error < 0) {
            cli_error(w->command, "'%s' cannot be given to process %d: %s", p->text,
                      attach_process(w->attach)->pid,
                      error == -ENOSPC ? "too many conditions wait for the first event that they "
                                         "are of"
                                       : strerror(-error));
            return CLI_FAILURE;
        }
    }
    return CLI_OK;
}

static int mark_ruled(struct wanted *w, size_t i)
{
    int error = attach_mark_ruled(w->attach, i);
    if (error == -EEXIST)
        cli_error(w->command,
                  "%s is on in process %d already, and a condition would hold for that, too: leave "
                  "it out here, or switch the event off: `etch ctl %d trace-event %s off`",
                  attach_event(w->attach, i).name, attach_process(w->attach)->pid,
                  attach_process(w->attach)->pid, attach_event(w->attach, i).name);
    else if (error < 0)
        return fail(w, NULL, error);
    return error < 0 ? CLI_FAILURE : CLI_OK;
}

/* Neighbours by one call, but for those with a rule. */
static int mark(struct wanted *w, struct wanted_pattern *const *by, size_t n)
{
    size_t run = 0;
    int status = CLI_OK;
    for (size_t i = w->known; i <= n && status == CLI_OK; i++) {
        const struct wanted_pattern *p = i < n ? by[i - w->known] : NULL;
        if (p && !p->clause) {
            run++;
            continue;
        }
        int error = run ? attach_mark(w->attach, i - run, run) : 0;
        w->marked += run;
        run = 0;
        if (error < 0)
            return fail(w, NULL, error);
        if (p) {
            status = mark_ruled(w, i);
            w->marked++;
        }
    }
    return status;
}

static void tell_refused(struct wanted *w)
{
    for (size_t i = 0; i < w->n_patterns; i++) {
        struct wanted_pattern *p = &w->patterns[i];
        if (p->refused.n)
            cli_pattern_tell(w->command, p->text, &p->refused.first, p->refused.n);
        p->refused.n = 0;
    }
}

int wanted_check(struct wanted *w)
{
    char *error = NULL;
    size_t n, found = 0;
    int code = attach_events(w->attach, &n, &error);
    if (code < 0)
        return fail(w, error, code);
    for (size_t i = 0; i < n; i++) {
        struct attach_event e = attach_event(w->attach, i);
        found += e.name && decides(w, &e);
    }
    if (found == 0) {
        pid_t pid = attach_process(w->attach)->pid;
        tell_refused(w);
        cli_error(
            w->command,
            "process %d has no event that is meant; `etch ctl %d info trace-events` lists them",
            pid, pid);
        return CLI_FAILURE;
    }
    for (size_t i = 0; i < w->n_patterns; i++)
        w->patterns[i].refused.n = 0; /* told once they are switched on */
    return CLI_OK;
}

int wanted_mark(struct wanted *w)
{
    const uint16_t *words;
    char *error = NULL;
    size_t n;
    int code = attach_events(w->attach, &n, &error);
    if (code == 0 && n > w->known)
        code = attach_words(w->attach, &words, &error);
    if (code < 0)
        return fail(w, error, code);
    if (n == w->known)
        return CLI_OK;
    struct wanted_pattern **by = calloc(n - w->known, sizeof(struct wanted_pattern *));
    if (!by)
        return fail(w, NULL, -ENOMEM);
    for (size_t i = w->known; i < n; i++) {
        struct attach_event e = attach_event(w->attach, i);
        struct wanted_pattern *p = e.name ? decides(w, &e) : NULL;
        by[i - w->known] = p;
        if (p)
            p->used = p->clause;
    }
    tell_refused(w);
    int status = give_rules(w);
    if (status == CLI_OK)
        status = mark(w, by, n);
    w->known = n;
    free(by);
    return status;
}
