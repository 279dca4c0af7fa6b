/* SPDX-License-Identifier: MIT
 *
 * source.h: the one interface of everything that events come from: a simple
 * file, the pool of a process, a merger of several.
 */
#ifndef ETCH_READ_SOURCE_H
#define ETCH_READ_SOURCE_H

#include <etch/read.h>
#include "read/fault.h"

struct source;

struct source_ops {
    /* As etch_reader_next(); what the record points to is valid until the next
     * call on the same source. */
    int (*next)(struct source *source, struct etch_record *record);
    void (*progress)(const struct source *source, uint64_t *done, uint64_t *all);
    void (*close)(struct source *source);
};

struct source {
    const struct source_ops *ops;
    struct fault *fault; /* shared by all sources of a reader */
};

#endif
