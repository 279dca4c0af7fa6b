/* SPDX-License-Identifier: MIT
 *
 * What a program that holds QEMU's generated trace code needs at run time: the
 * registry, switching by exact name or `*`, a log that goes to stderr. Written
 * from the interface (trace/control.h of the fetched source); the simple
 * backend is QEMU's own trace/simple.c, linked beside this file.
 *
 * Reads:  the environment variable SHIM_TRACE, event patterns separated by
 *         commas, and SHIM_FILE, the name of the trace file.
 * Writes: log lines to stderr.
 */
#include "qemu/osdep.h"
#include "trace/control.h"
#include "trace/simple.h"

#include <fnmatch.h>
#include <stdarg.h>
#include <sys/syscall.h>

enum { MAX_GROUPS = 256 };

int trace_events_enabled_count;
bool message_with_timestamp = true;

static TraceEvent **groups[MAX_GROUPS];
static size_t n_groups;
static uint32_t next_id;

void trace_event_register_group(TraceEvent **events)
{
    assert(n_groups < MAX_GROUPS);
    for (size_t i = 0; events[i]; i++)
        events[i]->id = next_id++;
    groups[n_groups++] = events;
    st_init_group(n_groups - 1);
}

void trace_event_iter_init_all(TraceEventIter *iter)
{
    trace_event_iter_init_group(iter, (size_t)-1);
}

void trace_event_iter_init_pattern(TraceEventIter *iter, const char *pattern)
{
    trace_event_iter_init_all(iter);
    iter->pattern = pattern;
}

void trace_event_iter_init_group(TraceEventIter *iter, size_t group_id)
{
    *iter = (TraceEventIter){.group_id = group_id};
}

TraceEvent *trace_event_iter_next(TraceEventIter *iter)
{
    for (; iter->group < n_groups; iter->group++, iter->event = 0) {
        if (iter->group_id != (size_t)-1 && iter->group_id != iter->group)
            continue;
        TraceEvent *event;
        while ((event = groups[iter->group][iter->event]) != NULL) {
            iter->event++;
            if (!iter->pattern || fnmatch(iter->pattern, event->name, 0) == 0)
                return event;
        }
    }
    return NULL;
}

TraceEvent *trace_event_name(const char *name)
{
    TraceEventIter iter;
    TraceEvent *event;
    trace_event_iter_init_all(&iter);
    while ((event = trace_event_iter_next(&iter)) != NULL && strcmp(event->name, name) != 0)
        ;
    return event;
}

void trace_event_set_state_dynamic(TraceEvent *event, bool state)
{
    if (*event->dstate == state)
        return;
    *event->dstate = state;
    trace_events_enabled_count += state ? 1 : -1;
}

bool qemu_loglevel_mask(int mask)
{
    return (mask & LOG_TRACE) != 0 && getenv("SHIM_LOG") != NULL;
}

/* As QEMU's: whole lines, and nothing held back. */
void qemu_log(const char *format, ...)
{
    va_list args;
    flockfile(stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fflush(stderr);
    funlockfile(stderr);
}

int qemu_get_thread_id(void)
{
    return (int)syscall(SYS_gettid);
}

void qemu_printf(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
}

void warn_report(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

void shim_start(void)
{
    const char *patterns = getenv("SHIM_TRACE");
    const char *file = getenv("SHIM_FILE");
    char *copy = strdup(patterns ? patterns : "");
    char *rest = copy;
    for (char *one; (one = strsep(&rest, ",")) != NULL;) {
        TraceEventIter iter;
        TraceEvent *event;
        trace_event_iter_init_pattern(&iter, one);
        while ((event = trace_event_iter_next(&iter)) != NULL)
            if (event->sstate)
                trace_event_set_state_dynamic(event, true);
    }
    free(copy);
    if (!st_init())
        exit(1);
    if (file) {
        st_set_trace_file(file);
        st_set_trace_file_enabled(true);
    }
}
