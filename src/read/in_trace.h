/* SPDX-License-Identifier: MIT
 *
 * in_trace.h: one trace of etch's or QEMU's: the simple file, its side file,
 * and what a pool has of it that the file has not.
 *
 * Reads:  these three.
 * Writes: nothing.
 * Never:  gives an event twice: the file counts up to the pool's checkpoint.
 */
#ifndef ETCH_READ_IN_TRACE_H
#define ETCH_READ_IN_TRACE_H

#include "read/in_simple.h"

struct meta;

/* Opens the trace file `path`, whose side file is `side`, which stays the caller's and
 * open; NULL: that beside it. 0 or -errno with a message. */
int trace_open(struct source **source, const char *path, struct meta *side,
               const struct etch_read_options *options, const struct declared *declared,
               struct fault *fault);

/* Opens what the pool file `path` has, and the trace file that it names, where
 * that is there. */
int trace_open_pool(struct source **source, const char *path,
                    const struct etch_read_options *options, const struct declared *declared,
                    struct fault *fault);

/* Whether the first `limit` bytes of a trace file are of a process: its first
 * event bears that pid, or it has none. */
bool trace_is_of(const char *path, uint64_t limit, uint32_t pid);

/* Whose and when the first event of a trace file is; false: it has none. */
bool trace_first_event(const char *path, uint64_t limit, uint32_t *pid, uint64_t *time_ns);

#endif
