/* SPDX-License-Identifier: MIT
 *
 * pair.c: what began and what ended: for each start the end of the same process
 * that has the same key, their durations, and the starts that never ended.
 *
 * Reads:  records.
 * Writes: nothing before the end, then a report (pair_print.c).
 * Never:  takes more memory than there are starts open at once.
 *
 * An event that is both an end and a start (realloc) ends first. A key of 0 is
 * no key: free(NULL) ends nothing and a malloc that failed starts nothing; nor
 * does a realloc that failed end anything, which shows by its new key 0 where
 * the field of --sum, its size, is not 0 (of size 0 it is a free).
 */
#include "sink/pair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/kind.h"

/* Enters the arguments of an event that are named by these fields. */
static size_t find_arguments(struct etch_field *fields, size_t n, const struct etch_record *record,
                             uint8_t *arguments)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        if (!etch_field_is_of(&fields[i], record->name))
            continue;
        fields[i].seen = true;
        struct etch_term term = etch_field_find(record->decl, fields[i].name);
        if (term.n != 1 || record->decl->args[term.argument[0]].kind == ETCH_KIND_STRING)
            continue;
        fields[i].met = true;
        arguments[found++] = term.argument[0];
    }
    return found;
}

static int new_event(struct pair_sink *pair, const struct etch_record *record, uint32_t index)
{
    int r = etch_events_grow((void **)&pair->events, sizeof(*pair->events), &pair->room, index);
    if (r)
        return r;
    struct pair_event *event = &pair->events[index];
    pair->n_events = index + 1;
    event->name = strdup(record->name);
    event->arguments = malloc(pair->n_ends + pair->n_starts + 1);
    if (!event->name || !event->arguments)
        return -ENOMEM;
    event->n_ends = find_arguments(pair->ends, pair->n_ends, record, event->arguments);
    event->n_starts =
        find_arguments(pair->starts, pair->n_starts, record, event->arguments + event->n_ends);
    event->sum = etch_field_find(record->decl, pair->options.sum);
    return 0;
}

/* Whether the event is a realloc that failed. */
static bool has_failed(const struct pair_event *event, const struct etch_record *record)
{
    if (!event->n_ends || !event->n_starts || !event->sum.n ||
        !etch_term_value(&event->sum, record))
        return false;
    for (size_t i = 0; i < event->n_starts; i++)
        if (record->value[event->arguments[event->n_ends + i]])
            return false;
    return true;
}

static void end_pair(struct pair_sink *pair, const struct etch_record *record, uint64_t key)
{
    struct etch_item *item = etch_table_find(&pair->open, key, record->pid);
    if (!item) {
        pair->count.lone_ends++;
        return;
    }
    /* Events next to each other in two threads may be stamped out of order. */
    if (item->a != PAIR_UNTIMED && !record->not_before)
        etch_hist_add(&pair->durations, record->time_ns > item->a ? record->time_ns - item->a : 0);
    pair->count.matched++;
    pair->count.matched_sum += item->b;
    etch_table_remove(&pair->open, item);
}

static int start_pair(struct pair_sink *pair, const struct etch_record *record, uint64_t key,
                      uint32_t index)
{
    const struct pair_event *event = &pair->events[index];
    size_t before = pair->open.n;
    struct etch_item *item = etch_table_get(&pair->open, key, record->pid, index + 1);
    if (!item)
        return -ENOMEM;
    if (pair->open.n == before)
        pair->count.restarted++;
    item->tag = index + 1;
    item->a = record->not_before ? PAIR_UNTIMED : record->time_ns;
    item->b = event->sum.n ? etch_term_value(&event->sum, record) : 0;
    return 0;
}

static int pair_event(struct etch_sink *sink, const struct etch_record *record)
{
    struct pair_sink *pair = (struct pair_sink *)sink;
    uint32_t index;
    bool is_new;

    if (record->type == ETCH_RECORD_LOST) {
        pair->count.dropped += record->lost;
        pair->count.lost_packets += record->why.packets;
        pair->count.lost_bytes += record->why.bytes;
        return 0;
    }
    int r = etch_events_index(&pair->numbers, record, &index, &is_new);
    if (r == 0 && is_new)
        r = new_event(pair, record, index);
    if (r)
        return r;
    const struct pair_event *event = &pair->events[index];
    if (!event->n_ends && !event->n_starts)
        return 0;
    if (has_failed(event, record)) {
        pair->count.failed++;
        return 0;
    }
    for (size_t i = 0; i < event->n_ends; i++) {
        uint64_t key = record->value[event->arguments[i]];
        if (key)
            end_pair(pair, record, key);
    }
    for (size_t i = 0; i < event->n_starts && r == 0; i++) {
        uint64_t key = record->value[event->arguments[event->n_ends + i]];
        if (key)
            r = start_pair(pair, record, key, index);
        else if (!event->n_ends)
            pair->count.failed++;
    }
    return r;
}

static int pair_end(struct etch_sink *sink)
{
    return pair_print((struct pair_sink *)sink);
}

static const struct etch_field *pair_missing(const struct etch_sink *sink, size_t *at)
{
    const struct pair_sink *pair = (const struct pair_sink *)sink;
    while (*at < pair->n_starts + pair->n_ends) {
        size_t i = (*at)++;
        const struct etch_field *field =
            i < pair->n_starts ? &pair->starts[i] : &pair->ends[i - pair->n_starts];
        if (!field->met)
            return field;
    }
    return NULL;
}

static void pair_free(struct etch_sink *sink)
{
    struct pair_sink *pair = (struct pair_sink *)sink;
    for (uint32_t i = 0; i < pair->n_events; i++) {
        free(pair->events[i].name);
        free(pair->events[i].arguments);
    }
    etch_events_free(&pair->numbers);
    etch_table_free(&pair->open);
    free(pair->events);
    free(pair->starts);
    free(pair->ends);
    free(pair);
}

static struct etch_field *parse_fields(const char *const *texts, const char *key, size_t *n)
{
    *n = 0;
    while (texts && texts[*n])
        ++*n;
    struct etch_field *fields = calloc(*n + 1, sizeof(*fields));
    for (size_t i = 0; fields && i < *n; i++)
        fields[i] = etch_field_parse(texts[i], key);
    return fields;
}

struct etch_sink *etch_pair_sink(struct etch_out *out, const struct etch_pair_options *options)
{
    struct pair_sink *pair = calloc(1, sizeof(*pair));
    if (!pair)
        return NULL;
    pair->sink = (struct etch_sink){.event = pair_event,
                                    .end = pair_end,
                                    .missing = pair_missing,
                                    .free = pair_free,
                                    .out = out};
    pair->options = *options;
    pair->starts = parse_fields(options->starts, options->key, &pair->n_starts);
    pair->ends = parse_fields(options->ends, options->key, &pair->n_ends);
    if (!pair->starts || !pair->ends) {
        pair_free(&pair->sink);
        return NULL;
    }
    return &pair->sink;
}
