/* SPDX-License-Identifier: MIT
 *
 * merge.h: several sources as one, in order of time.
 */
#ifndef ETCH_READ_MERGE_H
#define ETCH_READ_MERGE_H

#include <stdbool.h>

#include "read/source.h"

/* A merger without sources; `unordered`: one source after the other. NULL: out
 * of memory. */
struct source *merge_new(struct fault *fault, bool unordered);

/* Adds a source, which the merger owns from now on, also on failure. Before the
 * first next() only. 0 or -ENOMEM. */
int merge_add(struct source *merger, struct source *source);

#endif
