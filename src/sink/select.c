/* SPDX-License-Identifier: MIT
 *
 * select.c: see select.h.
 *
 * Reads:  records.
 * Writes: a struct etch_select.
 * Never:  reorders.
 */
#include "sink/select.h"

#include <stdlib.h>

#include "format/pattern.h"

static bool name_is_taken(struct etch_select *select, const char *name)
{
    bool taken = select->n_patterns == 0 || select->patterns[0].text[0] == '-';
    for (size_t i = 0; i < select->n_patterns; i++) {
        struct etch_pattern *pattern = &select->patterns[i];
        bool out = pattern->text[0] == '-';
        if (!pattern_match(pattern->text + out, name))
            continue;
        pattern->used = true;
        taken = !out;
    }
    return taken;
}

static int event_is_taken(struct etch_select *select, const struct etch_record *record)
{
    uint32_t index;
    bool is_new;
    int r = etch_events_index(&select->numbers, record, &index, &is_new);
    if (r == 0 && is_new) {
        r = etch_events_grow((void **)&select->taken, 1, &select->room, index);
        if (r == 0)
            select->taken[index] = name_is_taken(select, record->name);
    }
    return r ? r : select->taken[index];
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
    free(select->taken);
    free(select->patterns);
}
