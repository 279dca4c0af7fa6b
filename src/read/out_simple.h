/* SPDX-License-Identifier: MIT
 *
 * out_simple.h: events → records of the simple format, at the end of a file.
 *
 * Reads:  records that were decoded from a pool.
 * Writes: the file from an offset on.
 * Never:  changes a byte before that offset.
 */
#ifndef ETCH_READ_OUT_SIMPLE_H
#define ETCH_READ_OUT_SIMPLE_H

#include "read/in_meta.h"

struct out_simple;

/* A writer that appends at `offset`; at 0 it writes the file header and a
 * mapping for every event of the side file. NULL: out of memory. */
struct out_simple *out_simple_new(int fd, uint64_t offset, struct meta *meta);

/* Each 0 or -errno. */
int out_simple_record(struct out_simple *out, const struct etch_record *record);
int out_simple_finish(struct out_simple *out);
void out_simple_free(struct out_simple *out);

#endif
