/* SPDX-License-Identifier: MIT
 *
 * select.h: which records of a stream go on: by event and by time.
 *
 * Reads:  records.
 * Writes: nothing.
 * Never:  reorders.
 */
#ifndef ETCH_SINK_SELECT_H
#define ETCH_SINK_SELECT_H

#include <stdbool.h>

#include "condition/condition.h"
#include "sink/events.h"

/* A pattern: * is any run of characters, ? one; "-PATTERN" takes events out
 * again; "PATTERN if CONDITION" takes those of its firings for which it holds. They
 * apply from left to right; if the first takes out, or there is none, all events are
 * in before. */
struct etch_pattern {
    const char *text;
    bool used;     /* it met an event */
    unsigned left; /* events of which it cannot speak: they have not the argument */
    struct etch_clause_fault fault; /* why, of the first */
};

struct etch_select {
    struct etch_pattern *patterns;
    size_t n_patterns;
    bool has_from, has_to;
    bool monotonic;    /* from and to are the clock's, not since the first record */
    uint64_t from, to; /* ns, both inclusive */

    bool begun, all;
    uint64_t base;
    struct etch_events numbers;
    struct select_event {
        bool taken;
        struct etch_condition *condition; /* or NULL */
    } * of;                               /* by event */
    uint32_t room;
    const struct etch_pattern *wrong; /* what -EINVAL is about */
};

/* The first record, and those of a selection that is not of all. */
int etch_select_choose(struct etch_select *select, const struct etch_record *record);

/* 1: goes on; 0: not; -ENOMEM; -EINVAL: the condition of a pattern that names one
 * event does not fit it, see `wrong`. Lost records are chosen by time alone. */
static inline int etch_select_record(struct etch_select *select, const struct etch_record *record)
{
    return __builtin_expect(select->all, 1) ? 1 : etch_select_choose(select, record);
}

void etch_select_free(struct etch_select *select);

#endif
