/* SPDX-License-Identifier: MIT
 *
 * sink.h: what takes a stream of records and makes something of it.
 *
 * Reads:  records (etch/read.h), in the order in which they come.
 * Writes: a struct etch_out.
 * Never:  opens traces, prints messages or exits: the commands do.
 *
 * The life of a sink: an etch_..._sink() makes it, begin, event for each
 * record, end, then free. Functions return 0 or -errno; a failed write is kept
 * in the output and is no error of the sink. begin and end may be NULL.
 */
#ifndef ETCH_SINK_SINK_H
#define ETCH_SINK_SINK_H

#include <etch/read.h>

#include "sink/field.h"
#include "sink/out.h"

struct etch_sink {
    int (*begin)(struct etch_sink *sink);
    int (*event)(struct etch_sink *sink, const struct etch_record *record);
    int (*end)(struct etch_sink *sink);
    /* The next of what the user named that no record had, counted by *at from 0
     * on; NULL: no more. May be NULL. */
    const struct etch_field *(*missing)(const struct etch_sink *sink, size_t *at);
    void (*free)(struct etch_sink *sink);
    struct etch_out *out;
    uint64_t base; /* time of the stream's first record, whether it came here or
                    * not; set before the first event */
};

/* text.c: a line for people. */
struct etch_text_options {
    bool raw;       /* name=value instead of the declared format */
    bool delta;     /* a column: the time since the line before */
    bool monotonic; /* the clock's time instead of that since the first event */
    bool colour;
};
struct etch_sink *etch_text_sink(struct etch_out *out, const struct etch_text_options *options);

/* json.c: one object a line. */
struct etch_sink *etch_json_sink(struct etch_out *out);

/* simpletrace.c: the lines of QEMU's simpletrace.py; bare: of QEMU 2.8's. */
struct etch_sink *etch_simpletrace_sink(struct etch_out *out, bool bare);

/* stat.c: how many of what. */
struct etch_stat_options {
    const char *const *fields; /* "EVENT.FIELD": its sum and most frequent values; NULL-ended */
    size_t top;                /* how many of these */
    bool json;
};
struct etch_sink *etch_stat_sink(struct etch_out *out, const struct etch_stat_options *options);

/* pair.c: what began and what ended. */
struct etch_pair_options {
    const char *const *starts; /* "EVENT" or "EVENT.FIELD"; NULL-ended */
    const char *const *ends;
    const char *key;  /* the field, where none is named; may be NULL if all are */
    const char *sum;  /* a field of the starts to add up, or NULL */
    size_t unmatched; /* how many starts without end are listed */
    bool json;
};
struct etch_sink *etch_pair_sink(struct etch_out *out, const struct etch_pair_options *options);

static inline void etch_sink_free(struct etch_sink *sink)
{
    if (sink)
        sink->free(sink);
}

#endif
