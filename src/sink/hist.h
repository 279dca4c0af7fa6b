/* SPDX-License-Identifier: MIT
 *
 * hist.h: a histogram of 64-bit numbers in constant memory: 16 buckets in each
 * power of two, so that a quantile is within 1/16 of the true value.
 *
 * Reads:  numbers.
 * Writes: the output buffer.
 * Never:  allocates.
 */
#ifndef ETCH_SINK_HIST_H
#define ETCH_SINK_HIST_H

#include <stdint.h>

#include "sink/out.h"

#define ETCH_HIST_BUCKETS 976u

struct etch_hist {
    uint64_t count[ETCH_HIST_BUCKETS];
    uint64_t n, min, max;
};

void etch_hist_add(struct etch_hist *hist, uint64_t value);

/* The smallest number of a bucket. */
uint64_t etch_hist_low(unsigned bucket);

/* The value below which `part` of 1000 lie; exact for 0 and 1000. 0 if empty. */
uint64_t etch_hist_quantile(const struct etch_hist *hist, unsigned part);

/* A table of durations with a bar for each power of two. */
void etch_hist_print(const struct etch_hist *hist, struct etch_out *out);

/* [{"from_ns":N,"to_ns":N,"count":N},...]: each power of two that holds any. */
void etch_hist_json(const struct etch_hist *hist, struct etch_out *out);

/* "1.23 us": a duration; the number in a width. */
void etch_print_duration(struct etch_out *out, uint64_t ns, int width);

#endif
