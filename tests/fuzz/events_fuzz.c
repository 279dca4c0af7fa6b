/* SPDX-License-Identifier: MIT
 *
 * events_fuzz.c: any bytes as an events file. What it switches is what its
 * lines say, one by one, as --trace strings.
 */
#include <etch/etch.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "format/pattern.h"
#include "runtime/condition.h"
#include "runtime/register.h"
#include "trace-fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool refused; /* a line was: by the model, too */

#define BLANKS " \t\r\f\v"

/* A pattern with a condition: refused as a whole, or it switches the event on
 * unless it does not fit it. */
static void obey_clause(const char *text, size_t length, size_t clause, bool *on, const char *name)
{
    struct etch_clause compiled;
    struct etch_clause_fault fault;
    struct etch_arguments args;
    char pattern[1025];
    size_t n = etch_clause_name(text, clause, length);
    if (text[0] == '-' || etch_clause_compile(&compiled, text, length, clause, NULL, &fault) < 0 ||
        compiled.end < length) {
        refused = true;
        return;
    }
    memcpy(pattern, text, n);
    pattern[n] = '\0';
    for (uint32_t i = 0; i < etch_groups->n_events; i++) {
        if (strcmp(group_event_name(etch_groups, i), name) != 0 || !pattern_match(pattern, name))
            continue;
        etch_event_arguments(etch_groups, i, &args);
        *on = etch_clause_compile(&compiled, text, length, clause, &args, &fault) == 0;
        refused |= !*on && !group_event_disabled(etch_groups, i) && !strpbrk(pattern, "*?");
    }
}

/* A line's effect on an event; false once the list was asked for. A line with a
 * NUL has none. */
static bool obey(const char *line, size_t length, bool *on, const char *name)
{
    char text[1025];
    if (length > 1024 || memchr(line, 0, length) != NULL)
        return true;
    memcpy(text, line, length);
    text[length] = '\0';
    char *begin = text + strspn(text, BLANKS);
    char *end = text + strlen(text);
    while (end > begin && strchr(BLANKS, end[-1]) != NULL)
        *--end = '\0';
    if (strcmp(begin, "help") == 0 || strcmp(begin, "?") == 0)
        return false;
    size_t clause = etch_clause_find(begin, strlen(begin));
    if (*begin != '#' && begin[clause] != '\0')
        obey_clause(begin, strlen(begin), clause, on, name);
    else if (*begin != '#' && pattern_match(begin + (*begin == '-'), name))
        *on = *begin != '-';
    return true;
}

static bool expected(const uint8_t *data, size_t size, const char *name)
{
    const char *text = (const char *)data;
    bool on = false;
    for (size_t from = 0, i = 0; i <= size; i++)
        if (i == size || text[i] == '\n') {
            if (!obey(text + from, i - from, &on, name))
                return on;
            from = i + 1;
        }
    return on;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    char string[64];
    if (fd < 0)
        fd = memfd_create("events", MFD_CLOEXEC);
    if (ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        return 0;
    snprintf(string, sizeof(string), "-*,events=/proc/self/fd/%d", fd);
    int r = etch_trace(string);
    refused = false;
    TraceEventIter iter;
    TraceEvent *event;
    trace_event_iter_init_all(&iter);
    while ((event = trace_event_iter_next(&iter)) != NULL)
        if (trace_event_get_state_dynamic(event) !=
            (event->sstate && expected(data, size, event->name))) {
            fprintf(stderr, "events_fuzz: %s\n", event->name);
            abort();
        }
    if (r != 0 && r != -ECANCELED && !(r == -EINVAL && refused)) {
        fprintf(stderr, "events_fuzz: %d\n", r);
        abort();
    }
    return 0;
}
