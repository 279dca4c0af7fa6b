/* SPDX-License-Identifier: MIT
 *
 * parts.h: the files of a simple trace that rotated, PATH, PATH.part1 and so on
 * (runtime/rotate.c), one after the other as one source. A trace of one file is
 * one of those.
 *
 * Reads:  the files, one open at a time.
 * Writes: nothing but what parts_tidy() is for.
 * Never:  takes a file for a part that does not follow on another.
 */
#ifndef ETCH_READ_PARTS_H
#define ETCH_READ_PARTS_H

#include "format/pool.h"
#include "read/in_simple.h"

/* All that are there. */
#define PARTS_ALL UINT64_MAX

/* How far a trace goes: into which file, and how far into that. */
struct parts_end {
    uint64_t file; /* its number, or PARTS_ALL */
    uint64_t limit;
    bool growing; /* it goes further */
};

struct parts;

/* Opens the trace PATH; `config` but for its end. 0 or -errno with a message. */
int parts_open(struct parts **parts, const char *path, const struct simple_config *config,
               const struct parts_end *end, struct fault *fault);
struct source *parts_source(struct parts *parts);

/* The trace goes further by now, or has ended. False: as far as before. */
bool parts_reach(struct parts *parts, const struct parts_end *end);

/* Does the rest of what the drain was at when it was killed: removes the files
 * that are to be removed and the one that the checkpoint does not know, and
 * counts their events. 0 or -errno with a message. */
int parts_tidy(const struct etch_pool_header *header, struct fault *fault);

/* The name of a file by number, malloc'd, or NULL. */
char *part_path(const char *path, uint64_t number);
/* The length of the name of the trace that a file is of. */
size_t part_base_length(const char *path);

/* How far a pool says that its trace goes. */
struct parts_end parts_end_of(const struct etch_pool_header *header);

#endif
