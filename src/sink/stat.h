/* SPDX-License-Identifier: MIT
 *
 * stat.h: what stat.c counts and stat_print.c shows.
 *
 * Reads:  -
 * Writes: -
 * Never:  used outside of these two, stat_lost.c and values.c.
 */
#ifndef ETCH_SINK_STAT_H
#define ETCH_SINK_STAT_H

#include "sink/events.h"
#include "sink/field.h"
#include "sink/sink.h"
#include "sink/table.h"

struct stat_count {
    uint64_t events, bytes, lost;
};

struct stat_event {
    char *name;
    struct stat_count count;
    uint64_t strings;        /* a bit for each argument that is one */
    uint32_t head;           /* bytes of a record with empty strings */
    uint32_t n_fields;       /* of stat_options.fields that are its own */
    struct etch_term *terms; /* of each field; NULL: it has none of them */
};

struct stat_thread {
    uint32_t pid, tid;
    const char *program; /* the reader's; of the last image, NULL: not known */
    struct stat_count count;
};

/* What a thread lost for one reason, from the first such moment to the last. */
struct stat_lost {
    uint32_t pid, tid;
    enum etch_lost_reason reason;
    uint64_t events, packets, bytes, from_ns, to_ns;
};

/* The values of a field (values.c). */
struct stat_values {
    struct etch_field field;
    char kind; /* of the argument, once met */
    uint64_t n;
    __int128 sum;
    uint64_t min, max;       /* as its kind compares */
    struct etch_table table; /* value, or hash of a string → count, text */
    uint64_t n_other;        /* of values that came when the table was full */
};

struct stat_sink {
    struct etch_sink sink;
    struct etch_stat_options options;
    struct etch_events numbers;
    struct stat_event *events;
    uint32_t n_events, events_room;
    struct stat_thread *threads;
    uint32_t n_threads, threads_room, last_thread;
    struct etch_table thread_index;
    struct stat_lost *lost; /* stat_lost.c */
    uint32_t n_lost, lost_room;
    struct etch_table lost_index;
    struct stat_values *values;
    size_t n_values;
    bool begun;
    uint64_t first_ns, last_ns;
    struct stat_count total;
};

/* Counts a value of a record. 0 or -ENOMEM. */
int stat_values_add(struct stat_values *values, const struct etch_term *term,
                    const struct etch_record *record);
void stat_values_print(const struct stat_values *values, size_t top, struct etch_out *out);
void stat_values_json(const struct stat_values *values, size_t top, struct etch_out *out);
void stat_values_free(struct stat_values *values);

/* Enters a loss whose reason is known. 0 or -ENOMEM. */
int stat_lost_add(struct stat_sink *stat, const struct etch_record *record);
void stat_lost_print(struct stat_sink *stat);
void stat_lost_json(struct stat_sink *stat);

/* Sorts and prints all; 0 or -ENOMEM. */
int stat_print(struct stat_sink *stat);

#endif
