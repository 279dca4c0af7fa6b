/* SPDX-License-Identifier: MIT
 *
 * select.c: see select.h.
 *
 * Reads:  records.
 * Writes: a struct etch_select.
 * Never:  reorders.
 */
#include "sink/select.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "declare/declare.h"
#include "format/pattern.h"

/* The arguments of an event; the machine that recorded it is taken for one of 64
 * bits, which bounds constants only. */
static void arguments_of(const struct etch_decl *decl, struct etch_arguments *args)
{
    *args = (struct etch_arguments){
        .event = decl->name, .long_size = 8, .ptr_size = 8, .char_signed = true};
    for (; args->n < decl->n_args && args->n < ETCH_CONDITION_ARGS_MAX; args->n++) {
        const struct etch_arg *arg = &decl->args[args->n];
        args->v[args->n] =
            (struct etch_argument){arg->name, (uint32_t)strlen(arg->name), arg->kind};
    }
}

/* The condition of a pattern for an event; NULL with pattern->fault, or, without
 * it (column 0), for want of memory. */
static struct etch_condition *bind(struct etch_pattern *pattern, size_t length, size_t clause,
                                   const struct etch_record *record)
{
    struct etch_clause_fault fault = {0, "its arguments are not known; name its trace-events file "
                                         "by --events, or the program by --exe"};
    struct etch_arguments args;
    struct etch_clause compiled;
    struct etch_condition *condition = NULL;
    int r = -EINVAL;
    if (record->decl) {
        arguments_of(record->decl, &args);
        r = etch_clause_compile(&compiled, pattern->text, length, clause, &args, &fault);
    } else {
        fault.column = clause + 1;
    }
    if (r == 0)
        condition = malloc(sizeof(*condition));
    if (condition)
        *condition = compiled.condition;
    else if (r < 0 && pattern->left++ == 0)
        pattern->fault = fault;
    return condition;
}

/* What one pattern says of an event that it matches. */
static int apply(struct etch_select *select, struct etch_pattern *pattern, size_t clause,
                 const struct etch_record *record, struct select_event *event)
{
    size_t length = strlen(pattern->text);
    unsigned left = pattern->left;
    free(event->condition);
    event->condition = NULL;
    event->taken = pattern->text[0] != '-';
    if (clause == length)
        return 0;
    event->condition = bind(pattern, length, clause, record);
    event->taken = event->condition != NULL;
    if (event->taken)
        return 0;
    if (pattern->left == left)
        return -ENOMEM;
    if (memchr(pattern->text, '*', clause) || memchr(pattern->text, '?', clause))
        return 0;
    select->wrong = pattern;
    return -EINVAL;
}

static int look_at(struct etch_select *select, const struct etch_record *record,
                   struct select_event *event)
{
    int r = 0;
    event->taken = select->patterns[0].text[0] == '-';
    for (size_t i = 0; i < select->n_patterns && r == 0; i++) {
        struct etch_pattern *pattern = &select->patterns[i];
        size_t out = pattern->text[0] == '-', length = strlen(pattern->text);
        size_t clause = etch_clause_find(pattern->text, length);
        size_t name = etch_clause_name(pattern->text, clause, length);
        if (!pattern_match_bytes(pattern->text + out, name - out, record->name,
                                 strlen(record->name)))
            continue;
        pattern->used = true;
        r = apply(select, pattern, clause, record, event);
    }
    return r;
}

static int event_is_taken(struct etch_select *select, const struct etch_record *record)
{
    uint32_t index;
    bool is_new;
    int r = etch_events_index(&select->numbers, record, &index, &is_new);
    if (r == 0 && is_new) {
        r = etch_events_grow((void **)&select->of, sizeof(*select->of), &select->room, index);
        if (r == 0)
            r = look_at(select, record, &select->of[index]);
    }
    if (r != 0)
        return r;
    const struct select_event *event = &select->of[index];
    return event->taken && (!event->condition ||
                            etch_condition_holds(event->condition, record->value, record->length));
}

int etch_select_choose(struct etch_select *select, const struct etch_record *record)
{
    if (!select->begun) {
        select->begun = true;
        select->all = !select->n_patterns && !select->has_from && !select->has_to;
        select->base = select->monotonic ? 0 : record->time_ns;
    }
    /* Before the first record: only where the stream is not in order. */
    uint64_t time = record->time_ns > select->base ? record->time_ns - select->base : 0;
    if ((select->has_from && time < select->from) || (select->has_to && time > select->to))
        return 0;
    if (select->n_patterns == 0 || record->type == ETCH_RECORD_LOST)
        return 1;
    return event_is_taken(select, record);
}

void etch_select_free(struct etch_select *select)
{
    etch_events_free(&select->numbers);
    for (uint32_t i = 0; i < select->room; i++)
        free(select->of[i].condition);
    free(select->of);
    free(select->patterns);
}
