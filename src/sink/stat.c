/* SPDX-License-Identifier: MIT
 *
 * stat.c: counts events, bytes and losses by event, process and thread, and the
 * values of fields.
 *
 * Reads:  records.
 * Writes: nothing before the end, then tables or JSON (stat_print.c).
 * Never:  takes more memory than the trace has events declared, threads, and,
 *         up to a bound, values of the fields that were asked for.
 */
#include "sink/stat.h"

#include <errno.h>
#include <stdlib.h>

#include "format/kind.h"
#include "format/simple.h"

/* What a record takes in a file of the simple format, its type word included. */
#define RECORD_HEAD (sizeof(uint64_t) + sizeof(struct etch_simple_record))

/* Enters which of the fields that were asked for an event has. */
static int find_fields(struct stat_sink *stat, const struct etch_record *record,
                       struct stat_event *event)
{
    if (!stat->n_values)
        return 0;
    event->terms = calloc(stat->n_values, sizeof(*event->terms));
    if (!event->terms)
        return -ENOMEM;
    for (size_t i = 0; i < stat->n_values; i++) {
        struct stat_values *values = &stat->values[i];
        if (!etch_field_is_of(&values->field, record->name))
            continue;
        values->field.seen = true;
        struct etch_term term = etch_field_find(record->decl, values->field.name);
        if (term.n == 0)
            continue;
        char kind = record->decl->args[term.argument[0]].kind;
        if (!values->field.met)
            values->kind = kind;
        /* Texts and numbers do not go into one table. */
        if ((values->kind == ETCH_KIND_STRING) != (kind == ETCH_KIND_STRING))
            continue;
        values->field.met = true;
        event->terms[i] = term;
        event->n_fields++;
    }
    return 0;
}

static int new_event(struct stat_sink *stat, const struct etch_record *record, uint32_t index)
{
    int r =
        etch_events_grow((void **)&stat->events, sizeof(*stat->events), &stat->events_room, index);
    if (r)
        return r;
    struct stat_event *event = &stat->events[index];
    stat->n_events = index + 1;
    event->name = strdup(record->name);
    if (!event->name)
        return -ENOMEM;
    event->head = RECORD_HEAD;
    const struct etch_decl *decl = record->decl;
    for (size_t i = 0; decl && i < decl->n_args && i < ETCH_VALUES_MAX; i++) {
        bool string = decl->args[i].kind == ETCH_KIND_STRING;
        event->head += string ? 4 : 8;
        event->strings |= (uint64_t)string << i;
    }
    return find_fields(stat, record, event);
}

static uint64_t record_bytes(const struct stat_event *event, const struct etch_record *record)
{
    uint64_t bytes = event->head;
    if (!record->decl) {
        for (uint32_t i = 0; i < record->n_values; i++)
            bytes += record->length[i] ? record->length[i] : 8;
        return bytes;
    }
    for (uint64_t left = event->strings; left; left &= left - 1)
        bytes += record->length[__builtin_ctzll(left)];
    return bytes;
}

/* The thread of a record, in `last_thread`. */
static int find_thread(struct stat_sink *stat, const struct etch_record *record)
{
    const struct stat_thread *last = stat->n_threads ? &stat->threads[stat->last_thread] : NULL;
    if (last && last->pid == record->pid && last->tid == record->tid)
        return 0;
    struct etch_item *item = etch_table_get(&stat->thread_index, record->tid, record->pid, 1);
    if (!item)
        return -ENOMEM;
    if (item->a == 0) { /* 1 + index */
        int r = etch_events_grow((void **)&stat->threads, sizeof(*stat->threads),
                                 &stat->threads_room, stat->n_threads);
        if (r)
            return r;
        stat->threads[stat->n_threads].pid = record->pid;
        stat->threads[stat->n_threads].tid = record->tid;
        item->a = ++stat->n_threads;
    }
    stat->last_thread = (uint32_t)item->a - 1;
    return 0;
}

static void count_time(struct stat_sink *stat, uint64_t time_ns)
{
    if (!stat->begun || time_ns < stat->first_ns)
        stat->first_ns = time_ns;
    if (!stat->begun || time_ns > stat->last_ns)
        stat->last_ns = time_ns;
    stat->begun = true;
}

static int count_values(struct stat_sink *stat, const struct stat_event *event,
                        const struct etch_record *record)
{
    int r = 0;
    for (size_t i = 0; i < stat->n_values && r == 0; i++)
        if (event->terms[i].n)
            r = stat_values_add(&stat->values[i], &event->terms[i], record);
    return r;
}

static int stat_event(struct etch_sink *sink, const struct etch_record *record)
{
    struct stat_sink *stat = (struct stat_sink *)sink;
    uint32_t index;
    bool is_new;

    count_time(stat, record->time_ns);
    int r = find_thread(stat, record);
    if (r)
        return r;
    struct stat_count *of_thread = &stat->threads[stat->last_thread].count;
    if (record->program)
        stat->threads[stat->last_thread].program = record->program;
    if (record->type == ETCH_RECORD_LOST) {
        stat->total.lost += record->lost;
        of_thread->lost += record->lost;
        return stat_lost_add(stat, record);
    }
    r = etch_events_index(&stat->numbers, record, &index, &is_new);
    if (r == 0 && is_new)
        r = new_event(stat, record, index);
    if (r)
        return r;
    struct stat_event *event = &stat->events[index];
    uint64_t bytes = record_bytes(event, record);
    event->count.events++;
    event->count.bytes += bytes;
    of_thread->events++;
    of_thread->bytes += bytes;
    stat->total.events++;
    stat->total.bytes += bytes;
    return event->n_fields ? count_values(stat, event, record) : 0;
}

static int stat_end(struct etch_sink *sink)
{
    return stat_print((struct stat_sink *)sink);
}

static const struct etch_field *stat_missing(const struct etch_sink *sink, size_t *at)
{
    const struct stat_sink *stat = (const struct stat_sink *)sink;
    while (*at < stat->n_values) {
        const struct etch_field *field = &stat->values[(*at)++].field;
        if (!field->met)
            return field;
    }
    return NULL;
}

static void stat_free(struct etch_sink *sink)
{
    struct stat_sink *stat = (struct stat_sink *)sink;
    for (uint32_t i = 0; i < stat->n_events; i++) {
        free(stat->events[i].name);
        free(stat->events[i].terms);
    }
    for (size_t i = 0; i < stat->n_values; i++)
        stat_values_free(&stat->values[i]);
    etch_events_free(&stat->numbers);
    etch_table_free(&stat->thread_index);
    etch_table_free(&stat->lost_index);
    free(stat->lost);
    free(stat->values);
    free(stat->events);
    free(stat->threads);
    free(stat);
}

struct etch_sink *etch_stat_sink(struct etch_out *out, const struct etch_stat_options *options)
{
    struct stat_sink *stat = calloc(1, sizeof(*stat));
    size_t n = 0;
    while (options->fields && options->fields[n])
        n++;
    if (stat)
        stat->values = calloc(n + 1, sizeof(*stat->values));
    if (!stat || !stat->values) {
        free(stat);
        return NULL;
    }
    stat->sink = (struct etch_sink){.event = stat_event,
                                    .end = stat_end,
                                    .missing = stat_missing,
                                    .free = stat_free,
                                    .out = out};
    stat->options = *options;
    stat->n_values = n;
    for (size_t i = 0; i < n; i++)
        stat->values[i].field = etch_field_parse(options->fields[i], NULL);
    return &stat->sink;
}
