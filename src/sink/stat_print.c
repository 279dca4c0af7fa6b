/* SPDX-License-Identifier: MIT
 *
 * stat_print.c: the tables and the JSON of stat.c.
 *
 * Reads:  a struct stat_sink.
 * Writes: the output buffer.
 * Never:  counts.
 */
#include <errno.h>
#include <stdlib.h>

#include "sink/escape.h"
#include "sink/stat.h"

typedef unsigned long long ull;

static int by_events(const struct stat_count *a, const struct stat_count *b)
{
    return a->events < b->events ? 1 : a->events > b->events ? -1 : 0;
}

static int compare_events(const void *left, const void *right)
{
    const struct stat_event *a = left, *b = right;
    int order = by_events(&a->count, &b->count);
    return order ? order : strcmp(a->name, b->name);
}

static int compare_names(const void *left, const void *right)
{
    const struct stat_event *a = left, *b = right;
    return strcmp(a->name, b->name);
}

/* Each process declares its events; what has one name is one row. */
static void merge_names(struct stat_sink *stat)
{
    uint32_t n = 0;
    if (stat->n_events)
        qsort(stat->events, stat->n_events, sizeof(*stat->events), compare_names);
    for (uint32_t i = 0; i < stat->n_events; i++) {
        struct stat_event *event = &stat->events[i], *last = n ? &stat->events[n - 1] : NULL;
        if (!last || strcmp(last->name, event->name) != 0) {
            stat->events[n++] = *event;
            continue;
        }
        last->count.events += event->count.events;
        last->count.bytes += event->count.bytes;
        free(event->name);
        free(event->terms);
    }
    stat->n_events = n;
}

static int compare_threads(const void *left, const void *right)
{
    const struct stat_thread *a = left, *b = right;
    int order = by_events(&a->count, &b->count);
    if (order)
        return order;
    return a->pid != b->pid ? (a->pid < b->pid ? -1 : 1) : (a->tid > b->tid) - (a->tid < b->tid);
}

static int compare_pids(const void *left, const void *right)
{
    const struct stat_thread *a = left, *b = right;
    return (a->pid > b->pid) - (a->pid < b->pid);
}

/* The threads added up to processes; malloc'd. */
static struct stat_thread *make_processes(const struct stat_sink *stat, size_t *n)
{
    struct stat_thread *all = malloc((stat->n_threads + 1) * sizeof(*all));
    if (!all)
        return NULL;
    if (stat->n_threads)
        memcpy(all, stat->threads, stat->n_threads * sizeof(*all));
    qsort(all, stat->n_threads, sizeof(*all), compare_pids);
    *n = 0;
    for (uint32_t i = 0; i < stat->n_threads; i++) {
        struct stat_thread *last = *n ? &all[*n - 1] : NULL;
        if (!last || last->pid != all[i].pid) {
            all[*n] = all[i];
            all[(*n)++].tid = 0;
            continue;
        }
        last->count.events += all[i].count.events;
        last->count.bytes += all[i].count.bytes;
        last->count.lost += all[i].count.lost;
    }
    qsort(all, *n, sizeof(*all), compare_threads);
    return all;
}

/* Whether the trace tells threads apart. */
static bool knows_threads(const struct stat_sink *stat)
{
    for (uint32_t i = 0; i < stat->n_threads; i++)
        if (stat->threads[i].tid)
            return true;
    return false;
}

/* ---- tables ---- */

static double rate(uint64_t events, uint64_t span_ns)
{
    return span_ns ? (double)events * 1e9 / (double)span_ns : 0;
}

static void print_row(struct etch_out *out, const struct stat_count *count, uint64_t span)
{
    etch_out_format(out, "%12llu %14.1f %14llu", (ull)count->events, rate(count->events, span),
                    (ull)count->bytes);
}

static void print_threads(struct etch_out *out, const char *title, const struct stat_thread *v,
                          size_t n, uint64_t span)
{
    etch_out_format(out, "\n%12s %14s %14s %12s  %s\n", "EVENTS", "EVENTS/S", "BYTES", "DROPPED",
                    title);
    for (size_t i = 0; i < n; i++) {
        print_row(out, &v[i].count, span);
        etch_out_format(out, " %12llu  %u", (ull)v[i].count.lost, v[i].pid);
        if (v[i].tid)
            etch_out_format(out, "/%u", v[i].tid);
        if (v[i].program) {
            const char *slash = strrchr(v[i].program, '/'),
                       *name = slash ? slash + 1 : v[i].program;
            etch_out_text(out, " ");
            out->p = etch_put_text(out, out->p, name, strlen(name));
        }
        etch_out_text(out, "\n");
    }
}

static void print_text(struct stat_sink *stat, const struct stat_thread *processes,
                       size_t n_processes)
{
    struct etch_out *out = stat->sink.out;
    uint64_t span = stat->last_ns - stat->first_ns;

    etch_out_format(out, "events: %llu\ndropped: %llu\n", (ull)stat->total.events,
                    (ull)stat->total.lost);
    etch_out_format(out, "time: %llu.%09llu s\nprocesses: %zu\n", (ull)span / 1000000000,
                    (ull)span % 1000000000, n_processes);
    if (stat->n_events)
        etch_out_format(out, "\n%12s %14s %14s  EVENT\n", "EVENTS", "EVENTS/S", "BYTES");
    for (uint32_t i = 0; i < stat->n_events; i++) {
        const struct stat_event *event = &stat->events[i];
        print_row(out, &event->count, span);
        etch_out_text(out, "  ");
        out->p = etch_put_text(out, out->p, event->name, strlen(event->name));
        etch_out_text(out, "\n");
    }
    if (n_processes)
        print_threads(out, "PROCESS", processes, n_processes, span);
    if (knows_threads(stat))
        print_threads(out, "THREAD", stat->threads, stat->n_threads, span);
    stat_lost_print(stat);
    for (size_t i = 0; i < stat->n_values; i++)
        if (stat->values[i].field.met)
            stat_values_print(&stat->values[i], stat->options.top, out);
}

/* ---- JSON ---- */

static void json_threads(struct etch_out *out, const char *name, const struct stat_thread *v,
                         size_t n)
{
    etch_out_format(out, ",\"%s\":[", name);
    for (size_t i = 0; i < n; i++) {
        etch_out_format(out, "%s{\"pid\":%u", i ? "," : "", v[i].pid);
        if (v[i].tid)
            etch_out_format(out, ",\"tid\":%u", v[i].tid);
        if (v[i].program) {
            etch_out_text(out, ",\"program\":\"");
            out->p = etch_put_json(out, out->p, v[i].program, strlen(v[i].program));
            etch_out_text(out, "\"");
        }
        etch_out_format(out, ",\"events\":%llu,\"bytes\":%llu,\"dropped\":%llu}",
                        (ull)v[i].count.events, (ull)v[i].count.bytes, (ull)v[i].count.lost);
    }
    etch_out_text(out, "]");
}

static void print_json(struct stat_sink *stat, const struct stat_thread *processes,
                       size_t n_processes)
{
    struct etch_out *out = stat->sink.out;

    etch_out_format(out, "{\"events\":%llu,\"dropped\":%llu,\"bytes\":%llu,\"time_ns\":%llu",
                    (ull)stat->total.events, (ull)stat->total.lost, (ull)stat->total.bytes,
                    (ull)(stat->last_ns - stat->first_ns));
    etch_out_text(out, ",\"by_event\":[");
    for (uint32_t i = 0; i < stat->n_events; i++) {
        const struct stat_event *event = &stat->events[i];
        etch_out_text(out, i ? ",{\"name\":\"" : "{\"name\":\"");
        out->p = etch_put_json(out, out->p, event->name, strlen(event->name));
        etch_out_format(out, "\",\"events\":%llu,\"bytes\":%llu}", (ull)event->count.events,
                        (ull)event->count.bytes);
    }
    etch_out_text(out, "]");
    json_threads(out, "by_process", processes, n_processes);
    json_threads(out, "by_thread", stat->threads, knows_threads(stat) ? stat->n_threads : 0);
    stat_lost_json(stat);
    etch_out_text(out, ",\"fields\":[");
    const char *comma = "";
    for (size_t i = 0; i < stat->n_values; i++) {
        if (!stat->values[i].field.met)
            continue;
        etch_out_text(out, comma);
        stat_values_json(&stat->values[i], stat->options.top, out);
        comma = ",";
    }
    etch_out_text(out, "]}\n");
}

int stat_print(struct stat_sink *stat)
{
    size_t n;
    struct stat_thread *processes = make_processes(stat, &n);
    if (!processes)
        return -ENOMEM;
    merge_names(stat);
    if (stat->n_events)
        qsort(stat->events, stat->n_events, sizeof(*stat->events), compare_events);
    if (stat->n_threads)
        qsort(stat->threads, stat->n_threads, sizeof(*stat->threads), compare_threads);
    if (stat->options.json)
        print_json(stat, processes, n);
    else
        print_text(stat, processes, n);
    free(processes);
    return 0;
}
