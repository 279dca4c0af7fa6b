/* SPDX-License-Identifier: MIT
 *
 * pair.h: what pair.c counts and pair_print.c shows.
 *
 * Reads:  -
 * Writes: -
 * Never:  used outside of these two.
 */
#ifndef ETCH_SINK_PAIR_H
#define ETCH_SINK_PAIR_H

#include "sink/events.h"
#include "sink/field.h"
#include "sink/hist.h"
#include "sink/sink.h"
#include "sink/table.h"

/* The time of a start that is declared notime: it has no duration. */
#define PAIR_UNTIMED UINT64_MAX

struct pair_event {
    char *name;
    uint8_t *arguments; /* the keys that end, then those that start */
    size_t n_ends, n_starts;
    struct etch_term sum;
};

struct pair_count {
    uint64_t matched, matched_sum;
    uint64_t lone_ends; /* ends of what did not start in the trace */
    uint64_t restarted; /* starts with a key that was open */
    uint64_t failed;    /* starts with key 0 */
    uint64_t dropped;
    uint64_t lost_packets, lost_bytes; /* with events that nobody counted */
};

struct pair_sink {
    struct etch_sink sink;
    struct etch_pair_options options;
    struct etch_field *starts, *ends;
    size_t n_starts, n_ends;
    struct etch_events numbers;
    struct pair_event *events;
    uint32_t n_events, room;
    struct etch_table open; /* (key, pid) → time and sum of its start; tag: 1 + event */
    struct etch_hist durations;
    struct pair_count count;
};

/* 0 or -ENOMEM. */
int pair_print(struct pair_sink *pair);

#endif
