/* SPDX-License-Identifier: MIT
 *
 * onward.h: where a trace went on when it was switched to other files
 * (`trace-file`), which its side file tells.
 *
 * Reads:  side files, the traces that they name, heads of pools.
 * Writes: nothing.
 * Never:  takes a trace for this process's that says otherwise.
 */
#ifndef ETCH_READ_ONWARD_H
#define ETCH_READ_ONWARD_H

#include <stdbool.h>

#include "read/declared.h"
#include "read/in_meta.h"
#include "read/source.h"

/* The one of the files that is to be read, of the CTF trace and the simple one. NULL:
 * it was switched off. */
const char *onward_path(const struct etch_pool_next *files, bool ctf);

/* Finds the pool of a process that lives, by its side file. */
bool onward_pool(const struct meta *side, struct etch_pool_header *header);

/* Whether files number n of a side file are written now; `pool`: as found, NULL: the
 * process is gone. They are told of before they count. */
enum onward_when { ONWARD_PAST, ONWARD_NOW, ONWARD_LATER };
enum onward_when onward_when(const struct meta *side, size_t n,
                             const struct etch_pool_header *pool);

/* Opens it; `side`, which told of it, stays open; `now`: its process writes it. 0 or
 * -errno with a message. */
int onward_open(struct source **source, const char *path, struct meta *side, bool now,
                const struct etch_read_options *options, const struct declared *declared,
                struct fault *fault);

/* The trace `path` as it grows, and all files that its process goes over to. 0 or -errno
 * with a message. */
int onward_follow(struct source **source, const char *path, bool ctf,
                  const struct etch_read_options *options, const struct declared *declared,
                  struct fault *fault);

#endif
